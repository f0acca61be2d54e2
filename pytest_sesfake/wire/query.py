"""The query protocol of API v1: decode form fields to arguments, encode results and errors as XML.

For speed, a reader for the arguments and a printer for the result are compiled for each shape when an operation is
first called.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from functools import cache, lru_cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote_to_bytes

from pytest_sesfake.wire import model, scalars
from pytest_sesfake.wire.http import Response
from pytest_sesfake.wire.model import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_sesfake.wire.http import Request
    from pytest_sesfake.wire.model import Operation, Shape

    Reader = Callable[[object], object]
    Printer = Callable[[Any], str]

API = "ses"

# HTTP statuses of error codes that the model lacks. All other codes have the status 400.
STATUSES: Mapping[str, int] = MappingProxyType({
    "AccessDenied": 403,
    "ExpiredToken": 403,
    "InternalFailure": 500,
    "InvalidClientTokenId": 403,
    "MalformedQueryString": 404,
    "MissingAuthenticationToken": 403,
    "OptInRequired": 403,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "UnknownOperationException": 404,
})  # fmt: skip

_MOST_DIGITS = 9
_NO_MEMBERS: Mapping[str, object] = MappingProxyType({})
_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# The other characters that `_SPECIAL` finds cannot occur in XML, not even as entities.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}


# Requests


def match(request: Request) -> Operation:
    """Return the operation of a request. Raises ``Malformed`` if SES has no such operation."""
    if request.method not in ("POST", "GET") or request.path not in ("", "/"):
        raise Malformed("UnknownOperationException", f"Unknown operation: {request.method} {request.path}", 404)
    form = _form(request)
    action = _text(_field(form, b"Action="))
    if not action:
        raise Malformed("MissingAction", "The request is missing an action or a required parameter.")
    api = model.api(API)
    version = _text(_field(form, b"Version=")) or "NO_VERSION_SPECIFIED"
    operation = api.operations.get(action)
    if operation is None or version != api.version:
        raise Malformed("InvalidAction", f"Could not find operation {action} for version {version}")
    return operation


def decode(operation: Operation, request: Request) -> dict[str, Any]:
    """Return a request's arguments in the form that boto3 takes. Raises ``Malformed`` if they cannot be read."""
    if operation.input is None:
        return {}
    return cast("dict[str, Any]", _reader_of(operation.input)(_tree(_form(request))))


def _form(request: Request) -> bytes:
    """Return the percent-encoded fields of a request, with ``+`` as a space and line ends percent-encoded, too."""
    form = request.body
    if request.query:
        query = request.query.encode("utf-8", "surrogateescape")
        form = query if request.method == "GET" or not form else form + b"&" + query
    return form.replace(b"+", b" ").replace(b"\n", b"%0A").replace(b"\r", b"%0D")


def _field(form: bytes, name: bytes) -> bytes:
    """Return one field of a form. It does not split the form, which can hold a mail of several megabytes."""
    if form.startswith(name):
        start = len(name)
    else:
        at = form.find(b"&" + name)
        if at < 0:
            return b""
        start = at + 1 + len(name)
    end = form.find(b"&", start)
    return form[start:] if end < 0 else form[start:end]


def _tree(form: bytes) -> dict[bytes, Any]:
    """Return a form as a tree: a dot in a name starts a branch. If a name repeats, the first field counts."""
    root: dict[bytes, Any] = {}
    for field in form.split(b"&"):
        name, _, value = field.partition(b"=")
        parents, leaf = _path(name)
        branch = root
        for part in parents:
            below = branch.get(part)
            if below is None:
                below = branch[part] = {}
            elif type(below) is bytes:
                break
            branch = below
        else:
            branch.setdefault(leaf, value)
    return root


@lru_cache(maxsize=4096)
def _path(name: bytes) -> tuple[list[bytes], bytes]:
    *parents, leaf = unquote_to_bytes(name).split(b".")
    return parents, leaf


def _unquote(raw: bytes) -> bytes:
    """Decode percent-encoding in bytes without line ends, like ``unquote_to_bytes`` but several times faster.

    Quoted-printable is the same encoding with ``=`` instead of ``%``, and the standard library decodes it in C. The
    two differ if ``%`` is not followed by two hexadecimal digits. The length of the result shows that.
    """
    count = raw.count(b"%")
    if not count:
        return raw
    decoded = a2b_qp(raw.replace(b"=", b"=3D").replace(b"%", b"="))
    return decoded if len(decoded) == len(raw) - 2 * count else unquote_to_bytes(raw)


# Readers: one function for each shape, compiled when an operation is first called. `known` holds the readers
# of the operation that exist already. A structure is added before its members, because they may contain it again.


@cache
def _reader_of(shape: Shape) -> Reader:
    return _reader(shape, {})


def _reader(shape: Shape, known: dict[Shape, Reader]) -> Reader:
    return known.get(shape) or _READERS[shape.kind](shape, known)


def _structure_reader(shape: Shape, known: dict[Shape, Reader]) -> Reader:
    members: dict[bytes, tuple[str, Reader]] = {}

    def read(tree: object) -> object:
        if type(tree) is not dict:
            return _nothing(tree, {})
        arguments = {}
        for name, branch in tree.items():
            member = members.get(name)
            if member is not None:
                arguments[member[0]] = member[1](branch)
        return arguments

    known[shape] = read
    for member in shape.members.values():
        members[member.wire_name.encode()] = (member.name, _reader(member.shape, known))
    return read


def _list_reader(shape: Shape, known: dict[Shape, Reader]) -> Reader:
    item_name = shape.item_name.encode()
    read_item = _reader(shape.item, known)

    def read(tree: object) -> object:
        if type(tree) is not dict:
            return _nothing(tree, [])
        numbered = tree.get(item_name)
        if numbered is None:
            raise Malformed("MalformedInput", "Top level element may not be treated as a list")
        return [read_item(branch) for branch in _in_order(numbered)]

    return read


def _map_reader(shape: Shape, known: dict[Shape, Reader]) -> Reader:
    key_name, value_name = shape.key_name.encode(), shape.value_name.encode()
    read_key, read_value = _reader(shape.key, known), _reader(shape.value, known)

    def read(tree: object) -> object:
        if type(tree) is not dict:
            return _nothing(tree, {})
        found = {}
        for entry in _in_order(tree.get(b"entry", {})):
            if type(entry) is not dict:
                raise Malformed("MalformedInput", "Value found where not expected")
            found[read_key(entry.get(key_name, b""))] = read_value(entry.get(value_name, b""))
        return found

    return read


def _nothing(raw: object, empty: object) -> object:
    """Return an empty list, map or structure for ``Name=``. The protocol has no other form for an empty one."""
    if raw:
        raise Malformed("MalformedInput", "Value found where not expected")
    return empty


def _in_order(numbered: object) -> list[object]:
    """Return the items of a list, sorted by their numbers. The numbers can have gaps and come in any order."""
    if type(numbered) is not dict:
        raise Malformed("MalformedInput", "Start of list found where not expected")
    return [numbered[name] for name in sorted(numbered, key=_number)]


@lru_cache(maxsize=256)
def _number(name: bytes) -> int:
    if not name.isdigit():
        raise Malformed("MalformedInput", "Start of list found where not expected")
    if len(name) > _MOST_DIGITS:
        raise Malformed("MalformedInput", f"Index {name.decode()} is illegal")
    if int(name) == 0:
        raise Malformed("MalformedInput", f"{name.decode()} is not a valid index")
    return int(name)


def _leaf(raw: object) -> bytes:
    if type(raw) is not bytes:
        raise Malformed("MalformedInput", "Start of structure or map found where not expected.")
    return _unquote(raw)


def _text(raw: object) -> str:
    try:
        return _leaf(raw).decode()
    except UnicodeDecodeError:
        raise Malformed("MalformedQueryString", "The query string contains a syntax error.", 404) from None


def _integer(kind: str, raw: object) -> int:
    text = _text(raw)
    if not text:
        raise Malformed("MalformedInput", "missing value for decimal type")
    try:
        return scalars.to_integer(text, kind)
    except ValueError:
        raise Malformed("MalformedInput", None) from None


def _double(raw: object) -> float:
    try:
        return float(_text(raw))
    except ValueError:
        raise Malformed("MalformedInput", None) from None


def _boolean(raw: object) -> bool:
    text = _leaf(raw)
    if text in (b"true", b"1"):
        return True
    if text in (b"false", b"0"):
        return False
    raise Malformed("MalformedInput", None)


def _blob(raw: object) -> bytes:
    try:
        return scalars.to_bytes(_leaf(raw))
    except ValueError as error:
        raise Malformed("MalformedInput", str(error)) from None


def _timestamp(raw: object) -> object:
    try:
        return scalars.to_datetime(_text(raw))
    except ValueError:
        raise Malformed("MalformedInput", None) from None


_READERS: Mapping[str, Callable[[Shape, dict[Shape, Reader]], Reader]] = {
    "structure": _structure_reader,
    "list": _list_reader,
    "map": _map_reader,
    "string": lambda *_: _text,
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
    name = operation.name
    try:
        body = (
            _unmodelled(name, result)
            if operation.output is None
            else _element(operation.wrapper or f"{name}Result", _printer_of(operation.output)(result or {}))
        )
    except TypeError as error:
        raise TypeError(f"{operation.api} {name}: {error}") from error
    return _response(
        operation.status,
        f'<{name}Response xmlns="{operation.namespace}">{body}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>",
        request_id,
    )


def encode_error(
    operation: Operation | None,
    code: str,
    text: str | None,
    request_id: str,
    *,
    members: Mapping[str, Any] = _NO_MEMBERS,
    status: int | None = None,
) -> Response:
    """Encode an error by its wire code. The default for ``status`` is the model's HTTP status."""
    api = model.api(API)
    fault = api.errors.get(code)
    if status is None:
        status = fault.status if fault else STATUSES.get(code, 400)
    try:
        said = _printer_of(fault.shape)(members) if fault else _unmodelled(code, members)
    except TypeError as error:
        raise TypeError(f"{api.name} {operation.name if operation else 'error'}: {error}") from error
    sender = "Receiver" if status >= 500 else "Sender"  # noqa: PLR2004 - HTTP: server errors
    message = "" if text is None else f"<Message>{_escape(text)}</Message>"
    return _response(
        status,
        f'<ErrorResponse xmlns="{api.namespace}"><Error><Type>{sender}</Type><Code>{_escape(code)}</Code>{message}'
        f"{said}</Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        request_id,
    )


def _unmodelled(owner: str, members: Mapping[str, Any] | None) -> str:
    for name in members or ():
        model.leave_out(f"{owner}.{name}")
    return ""


def _response(status: int, xml: str, request_id: str) -> Response:
    body = xml.encode()
    headers = {"x-amzn-RequestId": request_id, "Content-Type": "text/xml", "Content-Length": str(len(body))}
    return Response(status, headers, body)


def _element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>" if content else f"<{name}/>"


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ENTITIES.get(found.group(), "\ufffd"), text) if _SPECIAL.search(text) else text


# Printers: one function for each shape of a result


@cache
def _printer_of(shape: Shape) -> Printer:
    return _printer(shape, {})


def _printer(shape: Shape, known: dict[Shape, Printer]) -> Printer:
    return known.get(shape) or _PRINTERS.get(shape.kind, _plain_printer)(shape, known)


def _structure_printer(shape: Shape, known: dict[Shape, Printer]) -> Printer:
    members: dict[str, Printer] = {}

    def print_members(result: Mapping[str, Any]) -> str:
        try:
            return "".join([members[name](value) for name, value in result.items() if value is not None])
        except KeyError:
            for name in result.keys() - members.keys():
                model.leave_out(f"{shape.name}.{name}")
            return print_members({name: value for name, value in result.items() if name in members})

    known[shape] = print_members
    for member in shape.members.values():
        members[member.name] = _member_printer(member.wire_name, _printer(member.shape, known))
    return print_members


def _member_printer(name: str, print_value: Printer) -> Printer:
    opened, closed, alone = f"<{name}>", f"</{name}>", f"<{name}/>"

    def print_element(value: object) -> str:
        try:
            content = print_value(value)
        except TypeError as error:
            raise TypeError(f"{name}: {error}") from error
        return opened + content + closed if content else alone

    return print_element


def _list_printer(shape: Shape, known: dict[Shape, Printer]) -> Printer:
    name, print_item = shape.item_name, _printer(shape.item, known)
    return lambda items: "".join([_element(name, print_item(item)) for item in items])


def _map_printer(shape: Shape, known: dict[Shape, Printer]) -> Printer:
    key_name, value_name, print_value = shape.key_name, shape.value_name, _printer(shape.value, known)

    def print_entries(entries: Mapping[str, object]) -> str:
        return "".join([
            f"<entry>{_element(key_name, _escape(key))}{_element(value_name, print_value(value))}</entry>"
            for key, value in entries.items()
        ])  # fmt: skip

    return print_entries


def _plain_printer(shape: Shape, _known: dict[Shape, Printer]) -> Printer:
    if shape.kind == "timestamp":
        write = scalars.instant_writer(shape.timestamp_format, "iso8601")
        return lambda value: str(write(value))
    return _TEXTS[shape.kind]


_PRINTERS: Mapping[str, Callable[[Shape, dict[Shape, Printer]], Printer]] = {
    "structure": _structure_printer,
    "list": _list_printer,
    "map": _map_printer,
}
_TEXTS: Mapping[str, Printer] = {
    "string": _escape,
    "integer": lambda value: str(scalars.integer_of(value)),
    "long": lambda value: str(scalars.integer_of(value)),
    "double": lambda value: repr(scalars.number_of(value)),
    "float": lambda value: repr(scalars.number_of(value)),
    "boolean": lambda value: "true" if scalars.flag_of(value) else "false",
    "blob": scalars.base64_of,
}
