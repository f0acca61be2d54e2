"""The desk that every front hands its calls to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_sesfake.wire.smtp import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.wire.http import NoAnswer, Request, Response
    from pytest_sesfake.wire.smtp import Envelope, Login


def _nobody(_host: str, _target: str) -> bool:
    return False


def _nothing() -> None:
    pass


def _welcome(_host: str | None) -> Reply:
    return Reply(220, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHandler:
    """What a front is given, and nothing else.

    ``handle`` and ``submit`` do no I/O and never wait; they may be called from any thread. ``after`` runs what the
    calls caused (notifications, hooks) and may take its time: a front calls it when the answer is ready, in the
    caller's own thread where there is one, in an executor otherwise. ``greet`` is asked at a connection,
    with the host name as far as that is known, ``authenticate`` at a login: a 220 or 235 lets the client go on, any
    other reply refuses it. ``advance`` moves the fake clock by seconds, in place of a sleep.
    ``serves`` tells whether ``handle`` also answers for a host that is none of SES's; given a path and a query, too,
    whether it does for that very address. ``forked`` is called in a forked child, where threads that held a lock are
    no more, and when gevent or eventlet have replaced threads and locks.
    """

    handle: Callable[[Request], Response | NoAnswer]
    after: Callable[[], None]
    authenticate: Callable[[Login], Reply | NoAnswer]
    submit: Callable[[Envelope], Reply | NoAnswer]
    advance: Callable[[float], None]
    greet: Callable[[str | None], Reply | NoAnswer] = _welcome
    serves: Callable[[str, str], bool] = _nobody
    forked: Callable[[], None] = _nothing
