"""The REST-JSON protocol of API v2: decode paths, query strings and JSON, encode results and errors as JSON.

For speed, a reader for the arguments and a writer for the result are compiled for each shape when an operation is
first called.
"""

from __future__ import annotations

import json
from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.parse import parse_qs, unquote

from pytest_sesfake.wire import model, scalars
from pytest_sesfake.wire.http import Response
from pytest_sesfake.wire.model import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_sesfake.wire.http import Request
    from pytest_sesfake.wire.model import Api, Operation, Shape

    Reader = Callable[[object], object]
    FieldReader = Callable[[list[str]], object]
    Writer = Callable[[Any], object]
    Routes = tuple[
        Mapping[tuple[str, str], Operation], Mapping[tuple[str, int], list[tuple[list[str | None], Operation]]]
    ]

API = "sesv2"

_DKIM = "/email/identities/{EmailIdentity}/dkim/signing"
# botocore 1.43.105 moved the list operations from GET to POST. Other SDKs and older versions use the old routes.
MOVED: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType({
    "ListConfigurationSets": (("GET", "/v2/email/configuration-sets"), ("POST", "/v2/email/list-configuration-sets")),
    "ListEmailIdentities": (("GET", "/v2/email/identities"), ("POST", "/v2/email/list-identities")),
    "PutEmailIdentityDkimSigningAttributes": (("PUT", f"/v1{_DKIM}"), ("PUT", f"/v2{_DKIM}")),
})  # fmt: skip

# HTTP statuses of error codes that the model lacks. All other codes have the status 400.
STATUSES: Mapping[str, int] = MappingProxyType({
    "AccessDeniedException": 403,
    "ExpiredTokenException": 403,
    "InternalFailure": 500,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "ServiceUnavailable": 503,
    "UnknownOperationException": 404,
    "UnrecognizedClientException": 403,
})  # fmt: skip

_NO_MEMBERS: Mapping[str, object] = MappingProxyType({})


# Requests


def match(request: Request) -> Operation:
    """Return the operation of a request. Raises ``Malformed`` if SES has no operation on that route."""
    whole, labelled = routes(model.api(API))
    # Ignore a slash at the end: some templates have one, and some clients drop it.
    path = request.path.removesuffix("/")
    operation = whole.get((request.method, path))
    if operation is not None:
        return operation
    segments = path.split("/")
    for route, operation in labelled.get((request.method, len(segments)), ()):
        if all(mine is None or mine == theirs for mine, theirs in zip(route, segments, strict=True)):
            return operation
    raise Malformed("UnknownOperationException", f"Unknown operation: {request.method} {request.path}", 404)


@cache
def routes(api: Api) -> Routes:
    """Return the routes of the model and of ``MOVED``: first those without labels, then those with labels.

    Routes without labels are indexed by method and path. Routes with labels are indexed by method and number of path
    segments; ``None`` stands for a label.
    """
    whole: dict[tuple[str, str], Operation] = {}
    labelled: dict[tuple[str, int], list[tuple[list[str | None], Operation]]] = {}
    for operation in api.operations.values():
        for method, template in {(operation.method, operation.path), *MOVED.get(operation.name, ())}:
            path = template.removesuffix("/")
            if "{" in path:
                route = [None if part.startswith("{") else part for part in path.split("/")]
                labelled.setdefault((method, len(route)), []).append((route, operation))
            else:
                whole[method, path] = operation
    for candidates in labelled.values():
        candidates.sort(key=lambda candidate: [part is None for part in candidate[0]])
    return whole, labelled


def decode(operation: Operation, request: Request) -> dict[str, Any]:
    """Return a request's arguments in the form that boto3 takes. Raises ``Malformed`` if they cannot be read."""
    places = _places(operation)
    arguments: dict[str, Any] = {}
    if request.body and places.body:
        arguments = _read_members(places.body, _json(request.body))
    if request.query and places.fields:
        arguments.update(_read_query(places.fields, request.query))
    if places.labels:
        segments = request.path.split("/")
        for name, position in places.labels:
            arguments[name] = _unquoted(segments[position])
    return arguments


class _Places(NamedTuple):
    """The places of an operation's arguments: the positions of path labels, and readers for query and body by name."""

    labels: list[tuple[str, int]]
    fields: dict[str, tuple[str, FieldReader]]
    body: dict[str, tuple[str, Reader]]


@cache
def _places(operation: Operation) -> _Places:
    """Return the places of an operation's arguments. A moved operation can have them in the query and in the body."""
    template = operation.path.split("/")
    places = _Places([], {}, {})
    known: dict[Shape, Reader] = {}
    moved = operation.name in MOVED and operation.method != "PUT"
    for name, member in operation.input.members.items() if operation.input else ():
        if member.location == "uri":
            places.labels.append((name, template.index(f"{{{member.wire_name}}}")))
            continue
        if (member.location == "querystring" or moved) and member.shape.kind != "map":
            places.fields[member.wire_name] = (name, _field_reader(member.shape))
        if member.location is None or moved:
            places.body[member.wire_name] = (name, _reader(member.shape, known))
    return places


def _unquoted(segment: str) -> str:
    try:
        return unquote(segment, errors="strict") if "%" in segment else segment
    except UnicodeDecodeError:
        raise Malformed("SerializationException", None) from None


def _read_query(fields: Mapping[str, tuple[str, FieldReader]], query: str) -> dict[str, Any]:
    try:
        given = parse_qs(query, keep_blank_values=True, errors="strict")
    except ValueError:
        raise Malformed("SerializationException", None) from None
    read = {fields[name][0]: fields[name][1](values) for name, values in given.items() if name in fields}
    return {name: value for name, value in read.items() if value is not None}


# Readers of query strings: they turn all values of one name into a value for boto3


def _field_reader(shape: Shape) -> FieldReader:
    if shape.kind == "list":
        read = _FIELDS[shape.item.kind]
        return lambda values: [read(value) for value in values]
    read = _FIELDS[shape.kind]
    return lambda values: read(values[0])


def _integer_field(kind: str, text: str) -> int | None:
    if not text:
        return None
    try:
        return scalars.to_integer(text, kind)
    except ValueError:
        raise Malformed("SerializationException", f"'{text}' can not be converted to {kind.capitalize()}") from None


def _timestamp_field(text: str) -> object:
    try:
        return scalars.to_datetime(text)
    except ValueError:
        raise Malformed("SerializationException", f"'{text}' can not be converted to Timestamp") from None


_FIELDS: Mapping[str, Callable[[str], object]] = {
    "string": str,
    "integer": partial(_integer_field, "integer"),
    "long": partial(_integer_field, "long"),
    "boolean": lambda text: _truth(text, f"'{text}' can not be converted to Boolean"),
    "timestamp": _timestamp_field,
}


# Readers of JSON: one function for each shape, compiled when an operation is first called. `known` holds the readers
# of the operation that exist already. A structure is added before its members, because they may contain it again.


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_from_json = json.JSONDecoder(parse_constant=_refuse_constant).decode


def _json(body: bytes) -> object:
    try:
        document = _from_json(body.decode())
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, (dict, list)):
        return document
    raise Malformed("SerializationException", None)


def _mismatch(value: object, text: str) -> Malformed:
    """Return Coral's error for a value of the wrong JSON type. ``{}`` in ``text`` stands for the type found."""
    if isinstance(value, list):
        text = "Start of list found where not expected"
    elif isinstance(value, dict):
        text = "Start of structure or map found where not expected."
    elif isinstance(value, bool):
        text = text.replace("{}", "TRUE_VALUE" if value else "FALSE_VALUE")
    else:
        text = text.replace("{}", "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE")
    return Malformed("SerializationException", text)


def _reader(shape: Shape, known: dict[Shape, Reader]) -> Reader:
    return known.get(shape) or _READERS[shape.kind](shape, known)


def _read_members(members: Mapping[str, tuple[str, Reader]], value: object) -> dict[str, Any]:
    if type(value) is not dict:
        raise _mismatch(value, "Expected null")
    arguments: dict[str, Any] = {}
    for name, inner in value.items():
        member = members.get(name)
        if member is not None and inner is not None:
            arguments[member[0]] = member[1](inner)
    return arguments


def _structure_reader(shape: Shape, known: dict[Shape, Reader]) -> Reader:
    members: dict[str, tuple[str, Reader]] = {}
    read = known[shape] = partial(_read_members, members)
    for member in shape.members.values():
        members[member.wire_name] = (member.name, _reader(member.shape, known))
    return read


def _list_reader(shape: Shape, known: dict[Shape, Reader]) -> Reader:
    read_item = _reader(shape.item, known)

    def read(value: object) -> object:
        if type(value) is not list:
            raise _mismatch(value, "Expected list or null")
        return [read_item(item) for item in value if item is not None]

    return read


def _map_reader(shape: Shape, known: dict[Shape, Reader]) -> Reader:
    read_key, read_value = _reader(shape.key, known), _reader(shape.value, known)

    def read(value: object) -> object:
        if type(value) is not dict:
            raise _mismatch(value, "Expected null")
        return {read_key(key): read_value(inner) for key, inner in value.items() if inner is not None}

    return read


def _string(value: object) -> str:
    if type(value) is not str:
        raise _mismatch(value, "{} can not be converted to a String")
    # JSON can escape half of a surrogate pair, which later encoders would refuse.
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _integer(kind: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _mismatch(value, f"{{}} can not be converted to {'an Integer' if kind == 'integer' else 'a Long'}")
    if not scalars.is_integer(value, kind):
        raise Malformed("SerializationException", None)
    return int(value)


def _double(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _mismatch(value, "{} can not be converted to a Double")
    try:
        return float(value)
    except OverflowError:
        raise Malformed("SerializationException", None) from None


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _truth(value, "STRING_VALUE can not be converted to an Boolean")
    raise _mismatch(value, "{} can not be converted to a Boolean")


def _truth(text: str, otherwise: str) -> bool:
    word = text.lower()
    if word in ("true", "yes", "y", "t", "1"):
        return True
    if word in ("false", "no", "n", "f", "0"):
        return False
    raise Malformed("SerializationException", otherwise)


def _blob(value: object) -> bytes:
    if type(value) is not str:
        raise _mismatch(value, "{} can not be converted to a Blob")
    try:
        return scalars.to_bytes(value.encode("utf-8", "replace"))
    except ValueError as error:
        raise Malformed("SerializationException", str(error)) from None


def _timestamp(value: object) -> object:
    try:
        if isinstance(value, str):
            return scalars.to_datetime(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return scalars.from_epoch(value)
    except ValueError:
        pass
    raise _mismatch(value, "{} can not be converted to milliseconds since epoch")


_READERS: Mapping[str, Callable[[Shape, dict[Shape, Reader]], Reader]] = {
    "structure": _structure_reader,
    "list": _list_reader,
    "map": _map_reader,
    "string": lambda *_: _string,
    "integer": lambda *_: partial(_integer, "integer"),
    "long": lambda *_: partial(_integer, "long"),
    "double": lambda *_: _double,
    "float": lambda *_: _double,
    "boolean": lambda *_: _boolean,
    "blob": lambda *_: _blob,
    "timestamp": lambda *_: _timestamp,
}


# Responses


def encode(operation: Operation, result: Mapping[str, Any] | None, request_id: str) -> Response:
    """Encode the result of a call.

    A member that the model does not know is left out.
    """
    try:
        content = (
            _writer_of(operation.output)(result or {}) if operation.output else _unmodelled(operation.name, result)
        )
    except TypeError as error:
        raise TypeError(f"{operation.api} {operation.name}: {error}") from error
    return _response(operation.status, content, {"x-amzn-RequestId": request_id})


def encode_error(
    operation: Operation | None,
    code: str,
    text: str | None,
    request_id: str,
    *,
    members: Mapping[str, Any] = _NO_MEMBERS,
    status: int | None = None,
) -> Response:
    """Encode an error by the name of its shape. The default for ``status`` is the model's HTTP status."""
    api = model.api(API)
    fault = api.errors.get(code)
    if status is None:
        status = fault.status if fault else STATUSES.get(code, 400)
    try:
        said = _writer_of(fault.shape)(members) if fault else _unmodelled(code, members)
    except TypeError as error:
        raise TypeError(f"{api.name} {operation.name if operation else 'error'}: {error}") from error
    return _response(status, {"message": text, **said}, {"x-amzn-RequestId": request_id, "x-amzn-ErrorType": code})


def _unmodelled(owner: str, members: Mapping[str, Any] | None) -> dict[str, Any]:
    for name in members or ():
        model.leave_out(f"{owner}.{name}")
    return {}


_to_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def _response(status: int, content: object, headers: dict[str, str]) -> Response:
    body = _to_json(content).encode()
    headers["Content-Type"] = "application/json"
    headers["Content-Length"] = str(len(body))
    return Response(status, headers, body)


# Writers: one function for each shape of a result


@cache
def _writer_of(shape: Shape) -> Callable[[Any], Any]:
    return _writer(shape, {})


def _writer(shape: Shape, known: dict[Shape, Writer]) -> Writer:
    return known.get(shape) or _WRITERS[shape.kind](shape, known)


def _structure_writer(shape: Shape, known: dict[Shape, Writer]) -> Writer:
    members: dict[str, tuple[str, Writer]] = {}

    def write(result: Mapping[str, Any]) -> object:
        content = {}
        for name, value in result.items():
            member = members.get(name)
            if member is None:
                model.leave_out(f"{shape.name}.{name}")
                continue
            if value is not None:
                try:
                    content[member[0]] = member[1](value)
                except TypeError as error:
                    raise TypeError(f"{name}: {error}") from error
        return content

    known[shape] = write
    for member in shape.members.values():
        members[member.name] = (member.wire_name, _writer(member.shape, known))
    return write


def _list_writer(shape: Shape, known: dict[Shape, Writer]) -> Writer:
    write_item = _writer(shape.item, known)
    return lambda items: [write_item(item) for item in items]


def _map_writer(shape: Shape, known: dict[Shape, Writer]) -> Writer:
    write_value = _writer(shape.value, known)
    return lambda entries: {scalars.text_of(key): write_value(value) for key, value in entries.items()}


_WRITERS: Mapping[str, Callable[[Shape, dict[Shape, Writer]], Writer]] = {
    "structure": _structure_writer,
    "list": _list_writer,
    "map": _map_writer,
    "string": lambda *_: scalars.text_of,
    "integer": lambda *_: scalars.integer_of,
    "long": lambda *_: scalars.integer_of,
    "double": lambda *_: scalars.number_of,
    "float": lambda *_: scalars.number_of,
    "boolean": lambda *_: scalars.flag_of,
    "blob": lambda *_: scalars.base64_of,
    "timestamp": lambda shape, _: scalars.instant_writer(shape.timestamp_format, "unixtimestamp"),
}
