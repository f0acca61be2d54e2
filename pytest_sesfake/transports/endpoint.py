"""The HTTP interface: listeners that pass every request to the call handler of the active fake.

It speaks HTTP/1.1 with persistent connections, and does not interpret the requests.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import h11

from pytest_sesfake.transports import fork
from pytest_sesfake.transports.listener import Listener
from pytest_sesfake.wire.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.transports.call_handler import CallHandler
    from pytest_sesfake.transports.trust import ServerContext
    from pytest_sesfake.wire.http import NoAnswer

IDLE = 60.0
"""After this many seconds an idle connection is closed."""

_CLOSED = Response(503, {"Content-Type": "text/plain"}, b"no test uses the fake at the moment\n")
_BROKEN = Response(500, {"Content-Type": "text/plain"}, b"the fake failed to answer\n")
_MALFORMED = Response(400, {"Content-Type": "text/plain"}, b"this is no request of HTTP/1.1\n")

_UNSENDABLE = re.compile(rb"[\x00-\x1f\x7f]")

_log = logging.getLogger(__name__)


class HttpListener(Listener["Exchanges"]):
    """The listener of HTTP at ``port`` and HTTPS at ``tls_port``, with a certificate for any name."""

    key = os.urandom(8).hex()
    """A secret between this process and its forked children."""

    def _connect(self, starttls: ServerContext | None) -> Exchanges:  # noqa: ARG002 - HTTP has no STARTTLS
        return Exchanges(self)


class Exchanges(asyncio.Protocol):
    """One connection: its requests are answered one after the other."""

    def __init__(self, endpoint: HttpListener) -> None:
        self._endpoint = endpoint
        self._http = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None

    # -- the connection -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection, and start its idle timeout."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream server always makes one
        self._transport = transport
        self._peer: tuple[str, int] = transport.get_extra_info("peername") or ("", 0)
        self._endpoint.open.add(self)
        self._rest()

    def connection_lost(self, _error: Exception | None) -> None:
        """Clean up after the connection."""
        self._endpoint.open.discard(self)
        self._endpoint.callers.pop(self._peer[1], None)
        if self._idle is not None:
            self._idle.cancel()
        if self._task is not None:
            self._task.cancel()
        self._transport.close()  # needed for TLS in Python 3.10, which still counts as open

    def data_received(self, data: bytes) -> None:
        """Parse incoming data, and answer when a request is complete."""
        self._http.receive_data(data)
        self._read()

    def eof_received(self) -> bool:
        """Note that the client sends no more data. Return True if it still waits for an answer."""
        self._http.receive_data(b"")
        self._read()
        return self._task is not None and self._transport.get_extra_info("ssl_object") is None  # TLS has no half-close

    def hang_up(self) -> None:
        """Close the connection in an orderly way."""
        self._transport.close()

    def _rest(self) -> None:
        """Wait for the next request for at most ``IDLE`` seconds."""
        self._idle = self._endpoint.workers.loop.call_later(IDLE, self.hang_up)

    # -- requests -------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            while self._task is None:
                event = self._http.next_event()
                if event is h11.NEED_DATA:
                    if self._http.they_are_waiting_for_100_continue:
                        self._send(h11.InformationalResponse(status_code=100, headers=[]))
                    return
                if isinstance(event, h11.ConnectionClosed):
                    self.hang_up()
                    return
                self._take(event)
        except h11.RemoteProtocolError:
            if self._http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
                self._answer(_MALFORMED)
            self.hang_up()

    def _take(self, event: object) -> None:
        if isinstance(event, h11.Request):
            self._head = event
            self._body.clear()
            if self._idle is not None:
                self._idle.cancel()
        elif isinstance(event, h11.Data):
            self._body += event.data
        elif isinstance(event, h11.EndOfMessage):
            self._task = self._endpoint.workers.loop.create_task(self._serve(self._request()))

    def _request(self) -> Request:
        assert self._head is not None  # noqa: S101 - the head precedes the end of a message
        try:
            target = urlsplit(self._head.target.decode("ascii"))
        except ValueError as error:
            raise h11.RemoteProtocolError(str(error)) from error
        headers: dict[str, str] = {}
        for name, value in self._head.headers:
            key, text = name.decode("ascii"), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        return Request(
            method=self._head.method.decode("ascii"),
            host=target.netloc or headers.get("host", ""),
            path=target.path or "/",
            query=target.query,
            headers=headers,
            body=bytes(self._body),
            caller=self._endpoint.callers.get(self._peer[1]),
            peer=self._peer[0],
        )

    # -- answers --------------------------------------------------------------------------------------------------

    async def _serve(self, request: Request) -> None:
        call_handler = self._endpoint.top()
        if call_handler is None:
            self._answer(_CLOSED)
        else:
            try:
                answer = await self._endpoint.workers.ask(
                    self._asked(call_handler, request), request, then=call_handler.after
                )
            except Exception:  # noqa: BLE001 - the client must get an answer after any error
                _log.exception("in a request to sesfake")
                answer = _BROKEN
            await asyncio.sleep(answer.delay)
            if isinstance(answer, Response):
                self._answer(answer)
            elif answer.kind == "timeout":
                await self._endpoint.hold(self, call_handler)
            else:
                self.hang_up()
        self._task = None
        self._go_on()

    def _asked(self, call_handler: CallHandler, request: Request) -> Callable[[Request], Response | NoAnswer]:
        return (
            partial(fork.answer, call_handler)
            if fork.is_from_child(request, self._endpoint.key)
            else call_handler.handle
        )

    def _answer(self, answer: Response) -> None:
        headers = [
            (name.encode("ascii"), _sendable(value))
            for name, value in answer.headers.items()
            if name.lower() != "content-length"
        ]
        headers.append((b"Content-Length", b"%d" % len(answer.body)))
        is_empty = self._head is not None and self._head.method == b"HEAD"
        body = h11.Data(data=b"" if is_empty else answer.body)
        self._send(h11.Response(status_code=answer.status, headers=headers), body, h11.EndOfMessage())

    def _send(self, *events: h11.InformationalResponse | h11.Response | h11.Data | h11.EndOfMessage) -> None:
        self._transport.write(b"".join(self._http.send(event) or b"" for event in events))

    def _go_on(self) -> None:
        """Go on with the next request of a persistent connection, or close the connection."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            self._rest()
            self._read()
        else:
            self.hang_up()


def _sendable(value: str) -> bytes:
    """Return a header value without characters that HTTP forbids, which a script may have put into it."""
    return _UNSENDABLE.sub(b" ", value.encode("latin-1", "replace")).strip()
