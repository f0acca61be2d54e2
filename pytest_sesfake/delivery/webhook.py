"""Sends a request of SNS to an application: over a socket, or by a call in this process.

Each ``at_`` or ``in_`` function returns a sender. A sender takes the request and returns a ``WebhookReply``, or an
awaitable of one.
"""

from __future__ import annotations

import gzip
import inspect
import io
import sys
import zlib
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import unquote, unquote_to_bytes, urlsplit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from urllib.parse import SplitResult

    from pytest_sesfake.ses.event_forms import HttpRequest

T = TypeVar("T")

TIMEOUT_SECONDS = 15.0
"""How many seconds SNS waits for an answer."""
HOST = "testserver"
"""The host name in requests to an application in this process, unless its path is a full URL."""

_OK = 200


class WebhookReply(NamedTuple):
    """The answer of an application. ``result`` is the return value of a function."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    result: Any = None


def joined(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return header fields by name. Repeated fields, such as challenges, are joined into one value."""
    found: dict[str, str] = {}
    for name, value in fields:
        known = next((each for each in found if each.lower() == name.lower()), name)
        found[known] = f"{found[known]}, {value}" if known in found else value
    return found


def uri(where: str) -> str:
    """Return the target of a request, a path with its query. ``where`` is a URL or a path."""
    return _target(_place(where))


# Over a socket.


def at_url(url: str) -> Callable[[HttpRequest], WebhookReply]:
    """Return a sender that posts to a URL."""
    place = urlsplit(url)

    def post(request: HttpRequest) -> WebhookReply:
        connection = _connect(place)
        try:
            connection.putrequest(request.method, _target(place), skip_accept_encoding=True)
            for name, value in request.headers.items():
                connection.putheader(name, value)
            connection.endheaders(request.body)
            answer = connection.getresponse()
            headers = joined(answer.getheaders())
            return WebhookReply(
                answer.status, headers, _decoded(answer.read(), answer.getheader("Content-Encoding", ""))
            )
        finally:
            connection.close()

    return post


def _connect(place: SplitResult) -> HTTPConnection:
    host = place.hostname or ""
    if place.scheme == "http":
        return HTTPConnection(host, place.port, timeout=TIMEOUT_SECONDS)
    import ssl

    return HTTPSConnection(host, place.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())


def _target(place: SplitResult) -> str:
    return (place.path or "/") + (f"?{place.query}" if place.query else "")


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding.lower() == "gzip":
        return gzip.decompress(body)
    return zlib.decompress(body) if encoding.lower() == "deflate" else body


# In this process.


def in_wsgi(app: Callable[..., Iterable[bytes]], path: str) -> Callable[[HttpRequest], WebhookReply]:
    """Return a sender that calls a WSGI application (PEP 3333)."""
    place = _place(path)

    def post(request: HttpRequest) -> WebhookReply:
        started: list[Any] = []
        written: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started[:] = [status, headers]
            del exc_info  # no headers were sent yet, so they may still be replaced
            return written.append

        pieces = app(_environ(place, request), start_response)
        try:
            written += pieces
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        if not started:
            raise RuntimeError("the WSGI application returned without calling start_response")
        return WebhookReply(int(started[0].split(" ", 1)[0]), joined(started[1]), b"".join(written))

    return post


def _environ(place: SplitResult, request: HttpRequest) -> dict[str, Any]:
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(place.path).decode("latin-1"),
        "QUERY_STRING": place.query,
        "SERVER_NAME": place.hostname,
        "SERVER_PORT": str(_port(place)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": place.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": place.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return environ


def in_asgi(app: Callable[..., Awaitable[None]], path: str) -> Callable[[HttpRequest], Awaitable[WebhookReply]]:
    """Return a sender that calls an ASGI application in the running event loop."""
    place = _place(path)

    async def post(request: HttpRequest) -> WebhookReply:
        done = _event()
        unread = [{"type": "http.request", "body": request.body, "more_body": False}]
        sent: list[Mapping[str, Any]] = []

        async def receive() -> Mapping[str, Any]:
            if unread:
                return unread.pop()
            await done.wait()
            return {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                done.set()

        await app(_scope(place, request), receive, send)
        start = next((message for message in sent if message["type"] == "http.response.start"), None)
        if start is None:
            raise RuntimeError("the ASGI application returned without an answer")
        headers = joined((name.decode("latin-1"), value.decode("latin-1")) for name, value in start.get("headers", ()))
        body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
        return WebhookReply(start["status"], headers, body)

    return post


def _scope(place: SplitResult, request: HttpRequest) -> dict[str, Any]:
    headers = [("host", place.netloc), *request.headers.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": place.scheme,
        "path": unquote(place.path),
        "raw_path": place.path.encode("ascii", "replace"),
        "query_string": place.query.encode("ascii", "replace"),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 49152),
        "server": (place.hostname, _port(place)),
    }


def _event() -> Any:
    """Return an event object of the running event loop: trio or asyncio."""
    trio = _running_trio()
    if trio is not None:
        return trio.Event()
    import asyncio

    return asyncio.Event()


async def in_thread(function: Callable[..., T], *args: object) -> T:
    """Call a function in a thread without blocking the running event loop, trio or asyncio."""
    trio = _running_trio()
    if trio is not None:
        result: T = await trio.to_thread.run_sync(function, *args)
        return result
    import asyncio

    return await asyncio.to_thread(function, *args)


def _running_trio() -> Any:
    """Return the module ``trio`` if its event loop is running, otherwise ``None``."""
    trio = sys.modules.get("trio")
    with suppress(RuntimeError):
        if trio is not None and trio.lowlevel.current_task():
            return trio
    return None


def _place(path: str) -> SplitResult:
    # HTTPS, because many applications redirect HTTP requests, and SNS does not follow redirects.
    return urlsplit(path if "://" in path else f"https://{HOST}/{path.removeprefix('/')}")


def _port(place: SplitResult) -> int:
    return place.port or (80 if place.scheme == "http" else 443)


# By a function.


def in_function(function: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Return a sender that calls a function with the request.

    The function may return nothing, a status, or the response object of an HTTP library.
    """

    def post(request: HttpRequest) -> Any:
        result = function(request)
        return _awaited(result) if inspect.isawaitable(result) else read(result)

    return post


async def _awaited(result: Awaitable[Any]) -> WebhookReply:
    return read(await result)


def read(result: Any) -> WebhookReply:
    """Convert the return value of a function into a reply. The status is 200 if the value has none."""
    if isinstance(result, int) and not isinstance(result, bool):
        return WebhookReply(int(result), {}, b"", result)
    # aiohttp and urllib call it `status`. An object without headers is no HTTP response: its `status` is not used.
    words = ("status_code", "status") if hasattr(result, "headers") else ("status_code",)
    status = next((found for word in words if isinstance(found := getattr(result, word, None), int)), None)
    if status is None:
        return WebhookReply(_OK, {}, b"", result)
    bodies = (getattr(result, name, None) for name in ("content", "data", "body"))
    body = next((found for found in bodies if isinstance(found, bytes)), b"")
    headers = getattr(result, "headers", {})
    return WebhookReply(status, {str(name): str(value) for name, value in headers.items()}, body, result)
