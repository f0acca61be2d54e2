"""Lets a forked child use the fake of its parent process.

The child has only a copy of the parent's memory, so it must not answer by itself. Clients that open sockets connect to
the parent's listeners anyway. Calls that are answered without a socket are forwarded to the parent's HTTP interface.
Extra headers carry what HTTP cannot express: the caller, the delay and a missing answer.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from pytest_sesfake.transports import hosts
from pytest_sesfake.transports.call_handler import CallHandler
from pytest_sesfake.wire.http import NoAnswer, Request, Response

if TYPE_CHECKING:
    from pytest_sesfake.transports.endpoint import HttpListener
    from pytest_sesfake.wire.smtp import Envelope, Login, Reply

_KEY = "x-sesfake-key"
_CALLER = "x-sesfake-caller"
_DELAY = "x-sesfake-delay"
_KIND = "x-sesfake-no-answer"
_ADVANCE = "/sesfake/advance"
_TIMEOUT = 60.0
_ELSEWHERE = "clients of SMTP talk to the listener of the parent process"


def hand_on(endpoint: HttpListener, call_handler: CallHandler) -> CallHandler:
    """Make the call handler of a child, which forwards calls to the HTTP listener of its parent."""
    return CallHandler(
        handle=partial(_forward, endpoint),
        after=lambda: None,  # the parent does it
        authenticate=_login_elsewhere,
        submit=_submit_elsewhere,
        advance=partial(_advance, endpoint),
        serves=call_handler.serves,
    )


def cut_off(call_handler: CallHandler) -> CallHandler:
    """Make the call handler of a child that cannot reach its parent because pytest-socket forbids sockets."""
    return replace(call_handler, handle=_refuse, after=lambda: None, authenticate=_refuse, submit=_refuse)


def is_from_child(request: Request, key: str) -> bool:
    """Tell whether a forked child of this process forwarded the request."""
    return request.headers.get(_KEY) == key


def answer(call_handler: CallHandler, request: Request) -> Response:
    """Answer in the parent a request that a child forwarded."""
    if request.path == _ADVANCE:
        call_handler.advance(float(request.query))
        return Response(204)
    file, _, line = request.headers.get(_CALLER, "").rpartition(":")
    headers = {name: value for name, value in request.headers.items() if name not in (_KEY, _CALLER)}
    given = call_handler.handle(replace(request, headers=headers, caller=(file, int(line)) if file else None))
    if isinstance(given, NoAnswer):
        return Response(200, {_KIND: given.kind, _DELAY: str(given.delay)})
    return Response(given.status, {**given.headers, _DELAY: str(given.delay)}, given.body)


def _forward(endpoint: HttpListener, request: Request) -> Response | NoAnswer:
    target = f"{request.path}?{request.query}" if request.query else request.path
    headers = {name: value for name, value in request.headers.items() if name not in ("transfer-encoding", "expect")}
    headers["host"] = request.host
    if request.caller is not None:
        file, line = request.caller
        headers[_CALLER] = f"{file}:{line}"
    given = _ask(endpoint, request.method, target, headers, request.body)
    delay = float(given.headers.pop(_DELAY, 0))
    kind = given.headers.pop(_KIND, None)
    if kind is not None:
        return NoAnswer("timeout" if kind == "timeout" else "disconnect", delay)
    given.delay = delay
    return given


def _advance(endpoint: HttpListener, seconds: float) -> None:
    _ask(endpoint, "POST", f"{_ADVANCE}?{seconds!r}", {"host": endpoint.host}, b"")


def _ask(endpoint: HttpListener, method: str, target: str, headers: dict[str, str], body: bytes) -> Response:
    import http.client

    connection = http.client.HTTPConnection(endpoint.host, endpoint.port, timeout=_TIMEOUT)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {**headers, "content-length": str(len(body)), _KEY: endpoint.key}.items():
            connection.putheader(name, value.encode("latin-1", "replace"))
        connection.endheaders(body)
        got = connection.getresponse()
        return Response(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
    finally:
        connection.close()


def _refuse(_: object) -> NoReturn:
    raise hosts.forbidden()


def _login_elsewhere(_: Login) -> Reply | NoAnswer:
    raise RuntimeError(_ELSEWHERE)


def _submit_elsewhere(_: Envelope) -> Reply | NoAnswer:
    raise RuntimeError(_ELSEWHERE)
