"""Who answers now: the one stack of desks of this process, and all that is shared between fakes.

Patches are put while a fake is active. The event loop, the listeners and the certificate authority start when they
are first needed and stay for the session. Nothing here imports a client library before a fake is entered.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.transports.aioboto import AioBotoSeam
    from pytest_sesfake.transports.boto import BotoSeam
    from pytest_sesfake.transports.call_handler import Desk
    from pytest_sesfake.transports.endpoint import Endpoint
    from pytest_sesfake.transports.fork import Parent
    from pytest_sesfake.transports.hosts import HostSeam
    from pytest_sesfake.transports.loop import LoopThread, Workers
    from pytest_sesfake.transports.plain_http import RequestsSeam
    from pytest_sesfake.transports.resolvers import ResolverSeam
    from pytest_sesfake.transports.smtp import SmtpListener
    from pytest_sesfake.transports.trust import Authority

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_REGION = "AWS_DEFAULT_REGION"  # what botocore reads; Lambda and other SDKs know AWS_REGION


class Shared(NamedTuple):
    """What the listeners of a process have in common."""

    thread: LoopThread
    workers: Workers
    authority: Authority


class Loan(NamedTuple):
    """What a variable of the environment is set to while a fake is active, and what it was before."""

    value: str
    before: str | None


class Exchange:
    """The exchange of one process; use the functions of this module."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._entered: list[tuple[Desk, dict[str, Loan]]] = []
        self._desk: Desk | None = None
        self._seams: tuple[BotoSeam, AioBotoSeam, ResolverSeam, HostSeam] | None = None
        self._requests: RequestsSeam | None = None
        self._shared: Shared | None = None
        self._smtp: SmtpListener | None = None
        self._endpoint: Endpoint | None = None
        self._parent: Parent | None = None
        self._inherited = 0
        self._left: list[object] = []
        self._strays: list[str] = []
        # Of every variable that was lent since the environment was tidy: what was there, and what it was set to.
        self._lent: dict[str, tuple[str | None, set[str]]] = {}

    # -- the stack ------------------------------------------------------------------------------------------------

    def top(self) -> Desk | None:
        """Give the desk of the innermost active fake, ``None`` between fakes."""
        return self._desk

    def take_strays(self) -> list[str]:
        """Give the interfaces, one for each call, that were used since the last time while no fake was active."""
        strays, self._strays = self._strays, []
        return strays

    def _top_or_stray(self, interface: str) -> Desk | None:
        if self._desk is None:
            self._strays.append(interface)
        return self._desk

    def enter(self, desk: Desk, *, region: str = "us-east-1") -> None:
        """Make a desk the one that serves, and lend the environment what clients need to be made.

        Credentials are lent if neither keys nor a profile are set, ``region`` if no region is; what an outer fake has
        lent counts as not set. This is also where every patch is looked at again, since others may have replaced it
        (pytest-socket does).
        """
        with self._lock:
            if self._seams is None:
                self._seams = self._make_seams()
            lent = _lend(region, [each for _, each in self._entered])
            for name, loan in lent.items():
                self._lent.setdefault(name, (loan.before, set()))[1].add(loan.value)
            self._entered.append((desk, lent))
            self._desk = desk
            self.renew()

    def renew(self) -> None:
        """Look at every patch again while a fake is active: others may have replaced it, or have loaded a library."""
        with self._lock:
            if self._desk is None or self._seams is None:
                return
            if self._requests is None and "requests" in sys.modules:
                from pytest_sesfake.transports.plain_http import RequestsSeam  # noqa: PLC0415 -- never imported to patch it

                self._requests = RequestsSeam(self.top)
            for seam in self._patched():
                seam.put()

    def check_innermost(self, desk: Desk) -> None:
        """Raise a RuntimeError unless a desk may be left: fakes are in the reverse order of entering."""
        if not self._entered or self._entered[-1][0] is not desk:
            raise RuntimeError("fakes must be left in the reverse order of entering: this one is not the innermost")

    def leave(self, desk: Desk) -> None:
        """Take back what ``enter`` did. Fakes are left in the reverse order of entering."""
        with self._lock:
            self.check_innermost(desk)
            _, lent = self._entered.pop()
            for name, loan in lent.items():
                _restore(name, loan.before)
            self._desk = self._find_desk()
            for listener in self._listeners():
                listener.let_go(desk)
            if self._desk is None:
                self._lift()

    def tidy(self) -> None:
        """Take back once more what was lent: a patch that is older than the fake may have put it back when undone."""
        if not self._entered:
            lent, self._lent = self._lent, {}
            for name, (before, values) in lent.items():
                if os.environ.get(name) in values:
                    _restore(name, before)

    # -- what is shared -------------------------------------------------------------------------------------------

    def smtp(self) -> SmtpListener:
        """Give the SMTP listener, started on first use."""
        with self._lock:
            if (parent := self._serving_parent()) is not None:
                return parent.smtp
            _check_sockets()
            if self._smtp is None:
                # Needed by few tests, and slow to import.
                from pytest_sesfake.transports.smtp import SmtpListener  # noqa: PLC0415

                if self._seams is None:
                    self._seams = self._make_seams()
                hosts = self._seams[-1]
                self._smtp = smtp = SmtpListener(*self.shared(), partial(self._top_or_stray, "SMTP"), hosts.callers)
                hosts.listeners |= {(smtp.host, smtp.port), (smtp.host, smtp.tls_port)}
            return self._smtp

    def endpoint(self) -> Endpoint:
        """Give the HTTP listener, started on first use."""
        with self._lock:
            if (parent := self._serving_parent()) is not None:
                return parent.endpoint
            _check_sockets()
            if self._endpoint is None:
                from pytest_sesfake.transports.endpoint import Endpoint  # noqa: PLC0415 -- as above

                if self._seams is None:
                    self._seams = self._make_seams()
                hosts = self._seams[-1]
                self._endpoint = endpoint = Endpoint(*self.shared(), partial(self._top_or_stray, "HTTP"), hosts.callers)
                hosts.listeners |= {(endpoint.host, endpoint.port), (endpoint.host, endpoint.tls_port)}
            return self._endpoint

    def shared(self) -> Shared:
        """Give the event loop, its workers and the certificate authority, started on first use."""
        with self._lock:
            if self._shared is None:
                # As above: cryptography alone takes longer to import than most tests to run.
                from pytest_sesfake.transports.loop import LoopThread, Workers  # noqa: PLC0415
                from pytest_sesfake.transports.trust import Authority  # noqa: PLC0415

                with ExitStack() as on_failure:
                    authority = Authority()
                    on_failure.callback(authority.close)
                    thread = LoopThread()
                    on_failure.pop_all()
                self._shared = Shared(thread, Workers(thread.loop), authority)
            return self._shared

    def finish(self, timeout: float = 5.0) -> bool:
        """Wait until all is done that calls through sockets caused; tell whether it was in time."""
        return self._shared is None or self._shared.workers.finish(timeout)

    def close(self) -> None:
        """Stop everything; it starts again when it is needed again."""
        with self._lock:
            self._lift()
            listeners = self._listeners()
            self._smtp = self._endpoint = None
            shared, self._shared = self._shared, None
        if self._seams is not None:
            self._seams[-1].listeners.clear()
        for listener in listeners:
            listener.stop()
        if shared is not None:
            shared.workers.stop()
            shared.thread.stop()
            shared.authority.close()

    # -- forks ----------------------------------------------------------------------------------------------------

    def before_fork(self) -> None:
        """Start what a child would need of this process to reach the fake that is active here."""
        if self._desk is not None and self._serving_parent() is None and not _are_sockets_forbidden():
            self.smtp()
            self.endpoint()

    def after_fork(self) -> None:
        """Start anew in a child: threads do not survive a fork, and sockets are the parent's.

        If a fake is active the parent answers for it, or nobody where there may be no sockets. What is left behind is
        kept, as closing it would reach into the parent's event loop.
        """
        self._lock = threading.RLock()
        if self._seams is not None:
            self._seams[-1].listeners.clear()
        if self._desk is not None and self._serving_parent() is None:
            from pytest_sesfake.transports import fork  # noqa: PLC0415 -- few tests fork

            for desk, _ in self._entered:
                desk.forked()
            if self._smtp and self._endpoint and self._shared:
                self._parent = fork.Parent(
                    self._smtp, self._endpoint, self._shared, fork.hand_on(self._endpoint, self._desk)
                )
                self._inherited = len(self._entered)
                self._desk = self._find_desk()
            else:
                self._desk = fork.cut_off(self._desk)
        if self._shared is not None:
            self._left.append((self._smtp, self._endpoint, self._shared))
        self._smtp = self._endpoint = self._shared = None

    def _find_desk(self) -> Desk | None:
        """Find the desk on top, which is the parent's for a fake that was entered before the fork."""
        if self._parent is not None and 0 < len(self._entered) <= self._inherited:
            return self._parent.desk
        return self._entered[-1][0] if self._entered else None

    def _serving_parent(self) -> Parent | None:
        return self._parent if self._parent is not None and self._desk is self._parent.desk else None

    def _trusted(self) -> Shared:
        parent = self._serving_parent()
        return self.shared() if parent is None else parent.shared

    def _make_seams(self) -> tuple[BotoSeam, AioBotoSeam, ResolverSeam, HostSeam]:
        """Import what is to be patched: botocore, which the whole package stands on, and the standard library's."""
        from pytest_sesfake.transports import hosts  # noqa: PLC0415
        from pytest_sesfake.transports.aioboto import AioBotoSeam  # noqa: PLC0415
        from pytest_sesfake.transports.boto import BotoSeam  # noqa: PLC0415
        from pytest_sesfake.transports.resolvers import ResolverSeam  # noqa: PLC0415

        seam = hosts.HostSeam(
            lambda: self._desk is not None, self._serves, lambda: self._trusted().authority.client_context
        )
        for ports, attribute in ((hosts.SMTP_PORTS, "port"), (hosts.SMTP_TLS_PORTS, "tls_port")):
            route: Callable[[], tuple[str, int]] = partial(self._address, self.smtp, attribute)
            seam.routes |= {("smtp", port): route for port in ports}
        seam.routes["https", hosts.HTTPS_PORT] = partial(self._address, self.endpoint, "tls_port")
        for kind in ("sns", "link"):
            seam.routes[kind, hosts.HTTP_PORT] = partial(self._address, self.endpoint, "port")
            seam.routes[kind, hosts.HTTPS_PORT] = partial(self._address, self.endpoint, "tls_port")
        boto = BotoSeam(self.top)
        return boto, AioBotoSeam(self.top, boto), ResolverSeam(seam), seam

    def _serves(self, host: str) -> bool:
        desk = self._desk
        return desk is not None and desk.serves(host, "")

    def _address(self, listener: Callable[[], SmtpListener | Endpoint], attribute: str) -> tuple[str, int]:
        started = listener()
        return started.host, getattr(started, attribute)

    def _listeners(self) -> list[SmtpListener | Endpoint]:
        return [each for each in (self._smtp, self._endpoint) if each is not None]

    def _patched(self) -> list[BotoSeam | AioBotoSeam | ResolverSeam | HostSeam | RequestsSeam]:
        return [each for each in (*(self._seams or ()), self._requests) if each is not None]

    def _lift(self) -> None:
        for seam in self._patched():
            seam.lift()


def _lend(region: str, outer: list[dict[str, Loan]]) -> dict[str, Loan]:
    """Set what is missing in the environment, and tell what was set and what was there instead.

    ``outer`` are the loans of the fakes around this one: what is still as it was lent is nobody's.
    """
    environment = os.environ

    def own(name: str) -> str | None:
        value = environment.get(name)
        last = next((loans[name] for loans in reversed(outer) if name in loans), None)
        return None if last is not None and value == last.value else value

    wanted: dict[str, str] = {}
    has_profile = any(environment.get(name) for name in _PROFILES)
    if not has_profile and not any(own(name) for name in _KEYS):
        wanted = dict.fromkeys(_KEYS, "testing")
    # The environment would override the region that a profile names.
    if not own(_REGION) and not (has_profile and _profile_names_region()):
        wanted[_REGION] = environment.get("AWS_REGION") or region
    loans = {name: Loan(value, environment.get(name)) for name, value in wanted.items()}
    environment.update(wanted)
    return loans


def _profile_names_region() -> bool:
    from pytest_sesfake.transports import profiles  # noqa: PLC0415 -- few use profiles

    return profiles.region() is not None


def _are_sockets_forbidden() -> bool:
    from pytest_sesfake.transports import hosts  # noqa: PLC0415 -- as above

    return hosts.are_forbidden()


def _check_sockets() -> None:
    from pytest_sesfake.transports import hosts  # noqa: PLC0415 -- as above

    if hosts.are_forbidden():
        raise hosts.forbidden()


def _restore(name: str, before: str | None) -> None:
    if before is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = before


_exchange = Exchange()
top = _exchange.top
enter = _exchange.enter
check_innermost = _exchange.check_innermost
leave = _exchange.leave
tidy = _exchange.tidy
take_strays = _exchange.take_strays
renew = _exchange.renew
smtp = _exchange.smtp
endpoint = _exchange.endpoint
shared = _exchange.shared
finish = _exchange.finish
close = _exchange.close

atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_exchange.before_fork, after_in_child=_exchange.after_fork)
