"""Who answers now: the one stack of desks of this process, and all that is shared between fakes.

Patches are put while a fake is active. The event loop, the listeners and the certificate authority start when they
are first needed and stay for the session. Nothing here imports a client library before a fake is entered.
"""

from __future__ import annotations

import atexit
import os
import threading
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.fronts.boto import BotoSeam
    from pytest_sesfake.fronts.front import Desk
    from pytest_sesfake.fronts.hosts import HostSeam
    from pytest_sesfake.fronts.loop import LoopThread, Workers
    from pytest_sesfake.fronts.smtp import SmtpListener
    from pytest_sesfake.fronts.trust import Authority

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_REGION = "AWS_DEFAULT_REGION"  # what botocore reads; Lambda and other SDKs know AWS_REGION


class Shared(NamedTuple):
    """What the listeners of a process have in common."""

    thread: LoopThread
    workers: Workers
    authority: Authority


class Exchange:
    """The exchange of one process; use the functions of this module."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._entered: list[tuple[Desk, dict[str, str | None]]] = []
        self._desk: Desk | None = None
        self._seams: tuple[BotoSeam, HostSeam] | None = None
        self._shared: Shared | None = None
        self._smtp: SmtpListener | None = None
        self._left_to_parent: list[object] = []

    # -- the stack ------------------------------------------------------------------------------------------------

    def top(self) -> Desk | None:
        """Give the desk of the innermost active fake, ``None`` between fakes."""
        return self._desk

    def enter(self, desk: Desk, *, region: str = "us-east-1") -> None:
        """Make a desk the one that serves, and lend the environment what clients need to be made.

        Credentials are lent if neither keys nor a profile are set, ``region`` if no region is. This is also where
        every patch is looked at again, since others may have replaced it (pytest-socket does).
        """
        with self._lock:
            if self._seams is None:
                self._seams = self._make_seams()
            self._entered.append((desk, _lend(region)))
            self._desk = desk
            for seam in self._seams:
                seam.put()

    def leave(self, desk: Desk) -> None:
        """Take back what ``enter`` did. Fakes are left in the reverse order of entering."""
        with self._lock:
            if self._desk is not desk:
                raise RuntimeError("fakes must be left in the reverse order of entering: this one is not the innermost")
            _, lent = self._entered.pop()
            _restore(lent)
            self._desk = self._entered[-1][0] if self._entered else None
            if self._smtp is not None:
                self._smtp.let_go(desk)
            if self._desk is None:
                self._lift()

    # -- what is shared -------------------------------------------------------------------------------------------

    def smtp(self) -> SmtpListener:
        """Give the SMTP listener, started on first use."""
        with self._lock:
            if self._smtp is None:
                # Needed by few tests, and slow to import.
                from pytest_sesfake.fronts.smtp import SmtpListener  # noqa: PLC0415

                if self._seams is None:
                    self._seams = self._make_seams()
                _, hosts = self._seams
                self._smtp = smtp = SmtpListener(*self.shared(), self.top, hosts.callers)
                hosts.listeners |= {(smtp.host, smtp.port), (smtp.host, smtp.tls_port)}
            return self._smtp

    def shared(self) -> Shared:
        """Give the event loop, its workers and the certificate authority, started on first use."""
        with self._lock:
            if self._shared is None:
                # As above: cryptography alone takes longer to import than most tests to run.
                from pytest_sesfake.fronts.loop import LoopThread, Workers  # noqa: PLC0415
                from pytest_sesfake.fronts.trust import Authority  # noqa: PLC0415

                thread = LoopThread()
                self._shared = Shared(thread, Workers(thread.loop), Authority())
            return self._shared

    def finish(self, timeout: float = 5.0) -> bool:
        """Wait until all is done that calls through sockets caused; tell whether it was in time."""
        return self._shared is None or self._shared.workers.finish(timeout)

    def close(self) -> None:
        """Stop everything; it starts again when it is needed again."""
        with self._lock:
            self._lift()
            smtp, self._smtp = self._smtp, None
            shared, self._shared = self._shared, None
        if self._seams is not None:
            self._seams[1].listeners.clear()
        if smtp is not None:
            smtp.stop()
        if shared is not None:
            shared.workers.stop()
            shared.thread.stop()
            shared.authority.close()

    def forget_parent(self) -> None:
        """Start anew in a forked child: threads do not survive a fork, and sockets are the parent's.

        What is left behind is kept alive, as closing it would reach into the parent's event loop.
        """
        self._lock = threading.RLock()
        self._left_to_parent += [self._smtp, self._shared]
        self._smtp = self._shared = None
        if self._seams is not None:
            self._seams[1].listeners.clear()

    def _make_seams(self) -> tuple[BotoSeam, HostSeam]:
        """Import what is to be patched: botocore, which the whole package stands on, and the standard library's."""
        from pytest_sesfake.fronts import hosts  # noqa: PLC0415
        from pytest_sesfake.fronts.boto import BotoSeam  # noqa: PLC0415

        seam = hosts.HostSeam(lambda: self._desk is not None, lambda: self.shared().authority.client_context)
        for ports, attribute in ((hosts.SMTP_PORTS, "port"), (hosts.SMTP_TLS_PORTS, "tls_port")):
            route: Callable[[], tuple[str, int]] = partial(self._smtp_address, attribute)
            seam.routes |= {("smtp", port): route for port in ports}
        return BotoSeam(self.top), seam

    def _smtp_address(self, attribute: str) -> tuple[str, int]:
        listener = self.smtp()
        return listener.host, getattr(listener, attribute)

    def _lift(self) -> None:
        for seam in self._seams or ():
            seam.lift()


def _lend(region: str) -> dict[str, str | None]:
    """Set what is missing in the environment, and give back what was there instead."""
    environment = os.environ
    loan: dict[str, str] = {}
    if not any(environment.get(name) for name in _PROFILES):
        if not any(environment.get(name) for name in _KEYS):
            loan = dict.fromkeys(_KEYS, "testing")
        # A profile may name a region of its own, which the environment would override.
        if not environment.get(_REGION):
            loan[_REGION] = environment.get("AWS_REGION") or region
    before = {name: environment.get(name) for name in loan}
    environment.update(loan)
    return before


def _restore(before: dict[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


_exchange = Exchange()
top = _exchange.top
enter = _exchange.enter
leave = _exchange.leave
smtp = _exchange.smtp
shared = _exchange.shared
finish = _exchange.finish
close = _exchange.close

atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_exchange.forget_parent)
