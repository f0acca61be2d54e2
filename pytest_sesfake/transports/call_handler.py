"""The call handler: the functions through which every transport passes its calls to a fake."""

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
    """The functions of one fake that a transport may call. A transport knows nothing else about the fake.

    - ``handle`` answers an HTTP request and ``submit`` an SMTP message. They do no I/O and never wait. Any thread may
      call them.
    - ``after`` runs what the calls caused (notifications, hooks) and may take time. A transport calls it when the
      answer is ready: in the caller's own thread if there is one, otherwise in an executor.
    - ``greet`` is called when a client connects, with the host name if it is known. A 220 reply lets the client go on;
      any other reply refuses it.
    - ``authenticate`` is called at a login. A 235 reply lets the client go on; any other reply refuses it.
    - ``advance`` moves the fake clock by a number of seconds. It replaces a sleep.
    - ``serves`` tells whether ``handle`` also answers for a host that does not belong to SES. With a path and a query
      it tells whether ``handle`` answers for that exact address.
    - ``forked`` is called in a forked child, where the threads that held a lock no longer exist. It is also called
      when gevent or eventlet has replaced threads and locks.
    """

    handle: Callable[[Request], Response | NoAnswer]
    after: Callable[[], None]
    authenticate: Callable[[Login], Reply | NoAnswer]
    submit: Callable[[Envelope], Reply | NoAnswer]
    advance: Callable[[float], None]
    greet: Callable[[str | None], Reply | NoAnswer] = _welcome
    serves: Callable[[str, str], bool] = _nobody
    forked: Callable[[], None] = _nothing
