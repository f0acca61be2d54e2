"""Both codecs against botocore's own serializer and parser: every operation, every error, both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import Loader

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.wire.conftest import Invention, Peer

REQUEST_ID = "b10d2eec-1d4d-11e9-87c9-8d0b3a4ebbd8"
ROUNDS = 12
OPERATIONS = [
    pytest.param(api, name, id=f"{api}-{name}")
    for api in ("ses", "sesv2")
    for name in sorted(Loader().load_service_model(api, "service-2")["operations"])
]


def without_empty(value: Any) -> Any:
    """Leave out empty structures and maps, which the query protocol cannot say."""
    if isinstance(value, dict):
        kept = {key: without_empty(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner != {}}
    if isinstance(value, list):
        return [kept for kept in map(without_empty, value) if kept != {}]
    return value


def without_empty_lists(arguments: dict[str, Any], operation: Any) -> dict[str, Any]:
    """Leave out empty lists that are bound to the query string, which cannot say them."""
    members = operation.input_shape.members if operation.input_shape else {}
    return {
        name: value
        for name, value in arguments.items()
        if value != [] or members[name].serialization.get("location") != "querystring"
    }


@pytest.mark.parametrize("api,name", OPERATIONS)
def test_what_botocore_sends_is_read_as_it_was_meant(
    api: str, name: str, peer: Callable[[str], Peer], invent: Callable[[str], Invention]
) -> None:
    botocore = peer(api)
    operation = botocore.model.operation_model(name)
    for number in range(ROUNDS):
        arguments = invent(f"{name} {number}").value(operation.input_shape) if operation.input_shape else {}
        request = botocore.request(name, arguments)
        expected = without_empty(arguments) if api == "ses" else without_empty_lists(arguments, operation)

        found = botocore.codec.match(request)

        assert found is botocore.operation(name)
        decoded = botocore.codec.decode(found, request)
        assert (without_empty(decoded) if api == "ses" else decoded) == expected


@pytest.mark.parametrize("api,name", OPERATIONS)
def test_botocore_understands_what_is_answered(
    api: str, name: str, peer: Callable[[str], Peer], invent: Callable[[str], Invention]
) -> None:
    botocore = peer(api)
    shape = botocore.model.operation_model(name).output_shape
    for number in range(ROUNDS):
        result = invent(f"{name} {number}").value(shape) if shape else {}

        response = botocore.codec.encode(botocore.operation(name), {**result}, REQUEST_ID)

        understood = botocore.understand(name, response)
        metadata = understood.pop("ResponseMetadata")
        assert understood == result
        assert (metadata["HTTPStatusCode"], metadata["RequestId"]) == (200, REQUEST_ID)


@pytest.mark.parametrize("api,name", OPERATIONS)
def test_botocore_understands_every_modelled_error(
    api: str, name: str, peer: Callable[[str], Peer], invent: Callable[[str], Invention]
) -> None:
    botocore = peer(api)
    operation = botocore.operation(name)
    shapes: list[Any] = list(botocore.model.operation_model(name).error_shapes)
    modelled = {shape.error_code: shape for shape in shapes}
    assert operation.errors.keys() == modelled.keys()
    for code, shape in modelled.items():
        members = invent(f"{name} {code}").value(shape)
        members.pop("message", None)

        response = botocore.codec.encode_error(operation, code, "No <b> & c", REQUEST_ID, members=members)

        understood = botocore.understand(name, response)
        assert response.status == shape.metadata["error"]["httpStatusCode"]
        assert (understood["Error"]["Code"], understood["Error"]["Message"]) == (code, "No <b> & c")
        assert understood["ResponseMetadata"]["RequestId"] == REQUEST_ID
        assert {key: understood[key] for key in members} == members


@pytest.mark.parametrize("api", ["ses", "sesv2"])
def test_neither_model_has_what_the_codecs_do_not_know(api: str, peer: Callable[[str], Peer]) -> None:
    """Payloads, headers, flattened lists: a botocore that brings one to SES must not go unnoticed."""
    model = peer(api).model
    strange = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        for shape in (operation.input_shape, operation.output_shape):
            if shape is None:
                continue
            strange += [name for key in ("payload", "streaming", "eventstream") if key in shape.serialization]
            for member in shape.members.values():
                location = member.serialization.get("location")
                if location not in (None, "uri", "querystring") or (location and shape is operation.output_shape):
                    strange.append(f"{name}.{member.name} in {location}")
                if "flattened" in member.serialization:
                    strange.append(f"{name}.{member.name} is flattened")

    assert strange == []
