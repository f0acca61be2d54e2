"""Both protocols as botocore itself speaks them, to hold ours against, and random values for any shape."""

from __future__ import annotations

import random
import string
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.compat import HTTPHeaders
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from pytest_sesfake.wire import model, query, rest_json
from pytest_sesfake.wire.http import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.model import Shape

    from pytest_sesfake.wire.http import Response
    from pytest_sesfake.wire.model import Operation

LETTERS = string.ascii_letters + string.digits + " \t\n\r&<>%+=./;:?#[]{}\"'\\_-éß漢字😀\u2028"


class Peer:
    """One API as botocore speaks it: what it sends, and what it understands of an answer."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.codec = query if api == "ses" else rest_json
        self.model = ServiceModel(Loader().load_service_model(api, "service-2"), api)
        protocol = self.model.metadata["protocol"]
        self.serializer = create_serializer(protocol, include_validation=False)
        self.parser = create_parser(protocol)

    def operation(self, name: str) -> Operation:
        return model.api(self.api).operations[name]

    def request(self, name: str, arguments: Mapping[str, Any]) -> Request:
        """The request that botocore would send."""
        parts = self.serializer.serialize_to_request(arguments, self.model.operation_model(name))
        prepare_request_dict(parts, endpoint_url="https://email.us-east-1.amazonaws.com", context={})
        sent = create_request_object(parts).prepare()
        url = urlsplit(sent.url)
        body = sent.body or b""
        return Request(
            sent.method,
            url.netloc,
            url.path,
            url.query,
            {key.lower(): value for key, value in sent.headers.items()},
            body.encode() if isinstance(body, str) else bytes(body),
        )

    def understand(self, name: str, response: Response) -> dict[str, Any]:
        """What a client of botocore returns or raises for an answer, an error's own members included."""
        headers = HTTPHeaders()
        for key, value in response.headers.items():
            headers[key] = value
        answer = {"status_code": response.status, "headers": headers, "body": response.body}
        shape: Any = self.model.operation_model(name).output_shape
        parsed: dict[str, Any] = self.parser.parse(answer, shape)
        if response.status >= 301:
            shape = self.model.shape_for_error_code(parsed["Error"]["Code"])
            if shape is not None:
                parsed.update(self.parser.parse(answer, shape))
        return parsed


@pytest.fixture(scope="session")
def peer() -> Callable[[str], Peer]:
    peers = {api: Peer(api) for api in ("ses", "sesv2")}
    return peers.__getitem__


class Invention:
    """Random values for any shape, the same ones for the same seed."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)  # noqa: S311 - these need no secrecy

    def value(self, shape: Shape) -> Any:
        return getattr(self, shape.type_name)(shape)

    def structure(self, shape: Any) -> dict[str, Any]:
        members = dict(shape.members)
        if shape.is_tagged_union:
            members = dict([self.random.choice(list(members.items()))])
        return {name: self.value(member) for name, member in members.items() if self.wants(name, member, shape)}

    def wants(self, name: str, member: Shape, shape: Any) -> bool:
        is_label = member.serialization.get("location") == "uri"
        return is_label or shape.is_tagged_union or name in shape.required_members or self.random.random() < 0.7

    def list(self, shape: Any) -> list[Any]:
        return [self.value(shape.member) for _ in range(self.random.randrange(4))]

    def map(self, shape: Any) -> dict[str, Any]:
        return {self.value(shape.key): self.value(shape.value) for _ in range(self.random.randrange(4))}

    def string(self, shape: Shape) -> str:
        is_label = shape.serialization.get("location") == "uri"
        return "".join(self.random.choices(LETTERS, k=self.random.randrange(1 if is_label else 0, 12)))

    def blob(self, _: Shape) -> bytes:
        return self.random.randbytes(self.random.randrange(40))

    def integer(self, _: Shape) -> int:
        return self.random.randrange(-(2**31), 2**31)

    def long(self, _: Shape) -> int:
        return self.random.randrange(-(2**63), 2**63)

    def double(self, _: Shape) -> float:
        return self.random.choice([0.0, 200.0, -1.0, self.random.random(), self.random.uniform(-1e9, 1e9)])

    def boolean(self, _: Shape) -> bool:
        return self.random.random() < 0.5

    def timestamp(self, _: Shape) -> datetime:
        return datetime(2015, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=self.random.randrange(10**9))


@pytest.fixture(scope="session")
def invent() -> Callable[[str], Invention]:
    return Invention


@pytest.fixture
def post() -> Callable[..., Request]:
    """A request by hand, as no client of botocore would send it."""

    def request(path: str, body: bytes | str, query: str = "", method: str = "POST") -> Request:
        return Request(method, "localhost", path, query, {}, body.encode() if isinstance(body, str) else body)

    return request
