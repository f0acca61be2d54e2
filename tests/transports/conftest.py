"""A call handler that knows nothing of SES: it records calls, and answers what the test chose."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import http.client
import json
import os
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

import boto3
import botocore.awsrequest
import botocore.endpoint
import botocore.loaders
import botocore.regions
import botocore.session
import botocore.signers
import pytest
import requests
from botocore.config import Config

from pytest_sesfake.transports import runtime
from pytest_sesfake.transports.arrivals import Arrivals
from pytest_sesfake.transports.call_handler import CallHandler
from pytest_sesfake.wire.http import NoAnswer, Request, Response
from pytest_sesfake.wire.smtp import Envelope, Login, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from pytest_sesfake.transports.patches import PatchMark

_XML = (
    '<{0}Response xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><{0}Result><MessageId>id-1</MessageId></{0}Result>'
    "<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></{0}Response>"
)


with contextlib.suppress(ImportError):  # not on every system
    import uvloop

    uvloop.new_event_loop().close()  # the first one opens a pipe for good

SMTP_HOST = "email-smtp.eu-west-1.amazonaws.com"
_LOADER = botocore.loaders.create_loader()


class Session(Protocol):
    """A boto3 session that makes clients by any name."""

    def client(self, service: str, /, **options: Any) -> Any: ...


def _accept(request: Request) -> Response:
    """Answer as SES does to a send, in the protocol that was asked in."""
    if request.path.startswith("/v2/"):
        return Response(200, {"Content-Type": "application/json"}, json.dumps({"MessageId": "id-2"}).encode())
    operation = request.body.decode().partition("Action=")[2].partition("&")[0]
    return Response(200, {"Content-Type": "text/xml"}, _XML.format(operation).encode())


# Set by pytest itself, and around the first and the last test by the fixtures of the whole suite.
_OF_THE_SESSION = frozenset(
    {
        *("PYTEST_CURRENT_TEST", "AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
        "AWS_EC2_METADATA_DISABLED",
    }
)


# Ours stay for the session, those of trio for ten seconds, the one of pycares (aiodns) for ever.
_LASTING_THREADS = ("sesfake-", "Trio thread", "_run_safe_shutdown_loop")


_WHERE_LOADED = (
    *(("botocore.retries.bucket", "TokenBucket"), ("botocore.retries.bucket", "Clock")),
    *(("aiobotocore.endpoint", "AioEndpoint"), ("aiobotocore.signers", "AioRequestSigner")),
    ("aiobotocore.retries.bucket", "AsyncTokenBucket"),
    *(("moto.core.botocore_stubber", "BotocoreStubber"), ("aiodns", "DNSResolver"), ("uvloop", "Loop")),
)


def _who(wrap: Any) -> str:
    """Name the class that put a patch."""
    return type(getattr(getattr(wrap, "func", wrap), "__self__", None)).__name__


def _marks(value: object) -> Iterator[PatchMark]:
    """Give the marks of all our wrappers in a function, from the outermost to the one that was put first."""
    while (mark := getattr(value, "_sesfake_patch", None)) is not None:
        yield mark
        value = mark.wrapped


class Traces:
    """What tests leave behind that do not clean up: in the environment, in other libraries, threads, open files."""

    def __init__(self) -> None:
        self._environment = self._now_in_environment()
        self._patches = self._now_patched()
        self._threads = self._now_running()
        self._served = self._now_serving()
        self._files = self._now_open()

    def left(self) -> str | None:
        """Say what is there that was not there before. Connections get some time to end at both ends."""
        if self._now_in_environment() != self._environment:
            return f"environment {self._now_in_environment() ^ self._environment}"
        if self._now_patched() - self._patches:
            return f"patches {self._now_patched() - self._patches}"
        deadline = time.monotonic() + 5
        while True:
            threads = self._now_running() - self._threads
            # Listeners stay for the session, so a test that starts them may leave them.
            files = self._now_open() - self._files if self._now_serving() == self._served else None
            if not threads and not files:
                return None
            if time.monotonic() > deadline:
                return f"threads {threads}, open files {files}"
            gc.collect()
            time.sleep(0.02)

    def _now_in_environment(self) -> set[tuple[str, str]]:
        return {(name, value) for name, value in os.environ.items() if name not in _OF_THE_SESSION}

    def _now_patched(self) -> set[str]:
        """Find what of other libraries is ours, be it beneath what somebody else put around it."""
        owners: list[Any] = [
            *(socket, socket.socket, ssl.SSLContext, http.client.HTTPConnection, asyncio.BaseEventLoop),
            *(botocore.endpoint, botocore.endpoint.Endpoint, botocore.signers.RequestSigner),
            *(botocore.regions.EndpointRulesetResolver, botocore.awsrequest.AWSConnection, requests.Session),
        ]
        late = [getattr(sys.modules.get(module), name, None) for module, name in _WHERE_LOADED]
        found = {
            f"{owner.__name__}.{name} by {_who(mark.patch._wrap)}"
            for owner in [*owners, *late]
            if owner is not None
            for name, value in vars(owner).items()
            for mark in _marks(value)
            if owner not in late or _who(mark.patch._wrap) != "Guard"  # which stands around the test that loads it
        }
        return found | {repr(finder) for finder in sys.meta_path if type(finder) is Arrivals}

    def _now_running(self) -> set[threading.Thread]:
        return {each for each in threading.enumerate() if not any(name in each.name for name in _LASTING_THREADS)}

    def _now_serving(self) -> tuple[object, ...]:
        now = runtime._runtime
        return now._shared, now._smtp, now._endpoint

    def _now_open(self) -> Counter[str]:
        """Name the open files of this process, sockets and pipes among them, where the system tells."""
        found: Counter[str] = Counter()
        for entry in Path("/proc/self/fd").glob("*"):
            with contextlib.suppress(OSError):
                found[str(entry.readlink())] += 1
        return found


_BEFORE = pytest.StashKey[Traces]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Look at what may leak before any fixture does anything."""
    item.stash[_BEFORE] = Traces()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that left something behind when all its fixtures are gone."""
    yield
    before = item.stash.get(_BEFORE, None)
    left = before.left() if before is not None else None
    if left:
        pytest.fail(f"left behind: {left}", pytrace=False)


@dataclass
class StubCallHandler:
    """What was asked, and what is to be answered; each answer once, the last one for ever."""

    answers: list[Response | NoAnswer | Callable[[Request], Response]] = field(default_factory=lambda: [_accept])
    replies: list[Reply | NoAnswer] = field(default_factory=lambda: [Reply(250, "Ok id-3")])
    admits: Reply = field(default_factory=lambda: Reply(235, "Authentication successful."))
    requests: list[Request] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    logins: list[Login] = field(default_factory=list)
    advanced: list[float] = field(default_factory=list)
    after: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.call_handler = CallHandler(
            handle=self._handle,
            after=self._after,
            authenticate=self._authenticate,
            submit=self._submit,
            advance=self.advanced.append,
        )

    def _handle(self, request: Request) -> Response | NoAnswer:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(request) if callable(answer) else answer

    def _after(self) -> None:
        self.after()

    def _authenticate(self, login: Login) -> Reply:
        self.logins.append(login)
        return self.admits

    def _submit(self, envelope: Envelope) -> Reply | NoAnswer:
        self.envelopes.append(envelope)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class Talk:
    """A client that sends the bytes that a test gives it."""

    def __init__(self, *, tls: bool) -> None:
        self._socket: socket.socket = socket.create_connection((SMTP_HOST, 465 if tls else 587), timeout=20)
        if tls:
            self._wrap()
        self._file = self._socket.makefile("rb")
        self.greeting = self.hear()

    def _wrap(self) -> None:
        self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=SMTP_HOST)

    def starttls(self) -> None:
        """Go on in TLS, as the server is about to."""
        self._file.close()
        self._wrap()
        self._file = self._socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def hear(self) -> str:
        """Read one reply, ``""`` if the connection was closed instead."""
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            line = self._file.readline().decode()
            if not line:
                break
            assert line.endswith("\r\n")
            lines.append(line.removesuffix("\r\n"))
        return "\n".join(lines)

    def say(self, command: str | bytes) -> str:
        self.send((command if isinstance(command, bytes) else command.encode()) + b"\r\n")
        return self.hear()

    def login(self) -> None:
        assert self.say("EHLO app.example.com").startswith("250-")
        assert self.say(b"AUTH PLAIN " + base64.b64encode(b"\0user\0secret")) == "235 Authentication successful."

    def mail(self, data: bytes) -> str:
        assert self.say("MAIL FROM:<me@example.com>") == "250 Ok"
        assert self.say("RCPT TO:<ada@example.com>") == "250 Ok"
        assert self.say("DATA") == "354 End data with <CR><LF>.<CR><LF>"
        self.send(data)
        return self.hear()

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def _make_session() -> Session:
    """Make a session that shares nothing with others but what it has read of botocore's own files."""
    core = botocore.session.Session()
    core.register_component("data_loader", _LOADER)
    return cast("Session", boto3.Session(botocore_session=core))


@pytest.fixture
def stub() -> StubCallHandler:
    """A call handler that is not active yet."""
    return StubCallHandler()


@pytest.fixture
def call_handler(stub: StubCallHandler) -> Iterator[StubCallHandler]:
    """The active call handler of the test."""
    runtime.enter(stub.call_handler)
    yield stub
    runtime.leave(stub.call_handler)


@pytest.fixture
def accept() -> Callable[[Request], Response]:
    """The answer of SES to a send."""
    return _accept


@pytest.fixture(scope="session")
def clients() -> Callable[..., Any]:
    """Clients that found no credentials and outlive the fake of a test; a test that changes one makes its own."""
    session = _make_session()

    @lru_cache
    def client(
        service: str,
        *,
        attempts: int = 3,
        mode: Literal["legacy", "standard"] = "standard",
        read_timeout: int = 60,
    ) -> Any:
        config = Config(retries={"mode": mode, "total_max_attempts": attempts}, read_timeout=read_timeout)
        with pytest.MonkeyPatch.context() as patch:
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                patch.delenv(name, raising=False)
            return session.client(service, region_name="eu-west-1", config=config)

    return client


@pytest.fixture
def session() -> Session:
    """A session that has looked for no credentials yet."""
    return _make_session()


@pytest.fixture
def send() -> Callable[[Any], Any]:
    """How to send one mail through any boto3 client of SES."""

    def send(client: Any, **parameters: Any) -> Any:
        content = {"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "Hello, Ada"}}}
        addresses = {"ToAddresses": ["ada@example.com"]}
        if client.meta.service_model.service_name == "ses":
            return client.send_email(Source="me@example.com", Destination=addresses, Message=content, **parameters)
        return client.send_email(
            FromEmailAddress="me@example.com", Destination=addresses, Content={"Simple": content}, **parameters
        )

    return send


@pytest.fixture
def connect() -> Iterator[Callable[..., Talk]]:
    """How to connect to the SMTP interface; what was opened is closed with the test."""
    opened: list[Talk] = []

    def connect(*, tls: bool = True, login: bool = False) -> Talk:
        talk = Talk(tls=tls)
        opened.append(talk)
        if login:
            talk.login()
        return talk

    yield connect
    for talk in opened:
        talk.close()


@pytest.fixture
def plain(call_handler: StubCallHandler, connect: Callable[..., Talk]) -> Talk:
    """A connection without TLS to an active call handler."""
    assert call_handler.logins == []
    return connect(tls=False)


@pytest.fixture
def secure(call_handler: StubCallHandler, connect: Callable[..., Talk]) -> Talk:
    """A connection with TLS to an active call handler."""
    assert call_handler.logins == []
    return connect()


@pytest.fixture
def ready(call_handler: StubCallHandler, connect: Callable[..., Talk]) -> Talk:
    """A connection with TLS and a login to an active call handler."""
    assert call_handler.logins == []
    return connect(login=True)
