"""How a request of SNS reaches an application: over a socket, or by a call in this process.

Each way is a function of the request that returns a ``Reply``, or something to await that does.
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

    from pytest_sesfake.delivery.sns import HttpRequest

T = TypeVar("T")

TIMEOUT_SECONDS = 15.0
"""The seconds that SNS waits for an answer."""
HOST = "testserver"
"""The host that an application called in this process is asked for, unless its path is a whole URL."""

_OK = 200


class WebhookReply(NamedTuple):
    """What an application answered; ``result`` is what a function returned."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    result: Any = None


def joined(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return header fields by name; what comes several times, as challenges may, is one list."""
    found: dict[str, str] = {}
    for name, value in fields:
        known = next((each for each in found if each.lower() == name.lower()), name)
        found[known] = f"{found[known]}, {value}" if known in found else value
    return found


def uri(where: str) -> str:
    """Return what a request to a URL, or to the path of an application, asks for: a path with its query."""
    return _target(_place(where))


# Over a socket.


def at_url(url: str) -> Callable[[HttpRequest], WebhookReply]:
    """Return how to post to a URL."""
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
    import ssl  # noqa: PLC0415 - rarely needed

    return HTTPSConnection(host, place.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())


def _target(place: SplitResult) -> str:
    return (place.path or "/") + (f"?{place.query}" if place.query else "")


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding.lower() == "gzip":
        return gzip.decompress(body)
    return zlib.decompress(body) if encoding.lower() == "deflate" else body


# In this process.


def in_wsgi(app: Callable[..., Iterable[bytes]], path: str) -> Callable[[HttpRequest], WebhookReply]:
    """Return how to call a WSGI application (PEP 3333)."""
    place = _place(path)

    def post(request: HttpRequest) -> WebhookReply:
        started: list[Any] = []
        written: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started[:] = [status, headers]
            del exc_info  # nothing was sent yet that could not be taken back
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
    """Return how to call an ASGI application, in the event loop that runs."""
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
    """Return an event of whoever's loop is running."""
    trio = _running_trio()
    if trio is not None:
        return trio.Event()
    import asyncio  # noqa: PLC0415 - it is loaded, or nobody could be here

    return asyncio.Event()


async def in_thread(function: Callable[..., T], *args: object) -> T:
    """Call a function in a thread, while whoever's loop is running goes on."""
    trio = _running_trio()
    if trio is not None:
        result: T = await trio.to_thread.run_sync(function, *args)
        return result
    import asyncio  # noqa: PLC0415 - it is loaded, or nobody could be here

    return await asyncio.to_thread(function, *args)


def _running_trio() -> Any:
    """Return trio where its loop is the one that is running."""
    trio = sys.modules.get("trio")
    with suppress(RuntimeError):
        if trio is not None and trio.lowlevel.current_task():
            return trio
    return None


def _place(path: str) -> SplitResult:
    # HTTPS, because applications send those who come without it elsewhere, and SNS does not go there.
    return urlsplit(path if "://" in path else f"https://{HOST}/{path.removeprefix('/')}")


def _port(place: SplitResult) -> int:
    return place.port or (80 if place.scheme == "http" else 443)


# By a function.


def in_function(function: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Return how to call a function of one request.

    What it returns may be nothing, a status, or the answer of whatever library it asked.
    """

    def post(request: HttpRequest) -> Any:
        result = function(request)
        return _awaited(result) if inspect.isawaitable(result) else read(result)

    return post


async def _awaited(result: Awaitable[Any]) -> WebhookReply:
    return read(await result)


def read(result: Any) -> WebhookReply:
    """Return what a function's result says as an answer of HTTP: 200 unless it says otherwise."""
    if isinstance(result, int) and not isinstance(result, bool):
        return WebhookReply(int(result), {}, b"", result)
    # `status` is aiohttp's and urllib's word; what has no headers is no answer of HTTP, and its status another thing.
    words = ("status_code", "status") if hasattr(result, "headers") else ("status_code",)
    status = next((found for word in words if isinstance(found := getattr(result, word, None), int)), None)
    if status is None:
        return WebhookReply(_OK, {}, b"", result)
    bodies = (getattr(result, name, None) for name in ("content", "data", "body"))
    body = next((found for found in bodies if isinstance(found, bytes)), b"")
    headers = getattr(result, "headers", {})
    return WebhookReply(status, {str(name): str(value) for name, value in headers.items()}, body, result)
