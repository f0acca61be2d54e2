"""The runtime of one process: the stack of active fakes, and everything that fakes share.

The call handler on top of the stack answers all calls. Patches are applied while a fake is active. The event loop, the
listeners and the certificate authority start at their first use and stay for the session. No client library is
imported before a fake is entered.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pytest_sesfake.transports import greenlets
from pytest_sesfake.transports.greenlets import MonkeyPatchInterceptor

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from pytest_sesfake.transports.aioboto import AioBotoInterceptor
    from pytest_sesfake.transports.boto import BotoInterceptor
    from pytest_sesfake.transports.call_handler import CallHandler
    from pytest_sesfake.transports.endpoint import HttpListener
    from pytest_sesfake.transports.hosts import HostInterceptor
    from pytest_sesfake.transports.httpx_client import HttpxInterceptor
    from pytest_sesfake.transports.listener import Listener, Shared
    from pytest_sesfake.transports.plain_http import RequestsInterceptor
    from pytest_sesfake.transports.resolvers import ResolverInterceptor
    from pytest_sesfake.transports.smtp import SmtpListener

    L = TypeVar("L", bound=Listener[Any])

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_REGION = "AWS_DEFAULT_REGION"  # botocore reads only this one; Lambda and other SDKs also use AWS_REGION


class Parent(NamedTuple):
    """The parent's objects that a child uses. The child must not stop or close them.

    ``call_handler`` forwards calls to the parent.
    """

    smtp: SmtpListener
    endpoint: HttpListener
    shared: Shared
    call_handler: CallHandler


class EnvironmentOverride(NamedTuple):
    """The value of an environment variable while a fake is active, and the value before that."""

    value: str
    before: str | None


class Runtime:
    """The runtime of one process. Use the functions of this module instead of this class."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._entered: list[tuple[CallHandler, dict[str, EnvironmentOverride]]] = []
        self._call_handler: CallHandler | None = None
        self._interceptors: (
            tuple[BotoInterceptor, AioBotoInterceptor, ResolverInterceptor, HttpxInterceptor, HostInterceptor] | None
        ) = None
        self._requests: RequestsInterceptor | None = None
        self._library = greenlets.library()
        self._monkey = MonkeyPatchInterceptor(self._put, self.renew)
        self._shared: Shared | None = None
        self._smtp: SmtpListener | None = None
        self._endpoint: HttpListener | None = None
        self._parent: Parent | None = None
        self._inherited = 0
        self._left: list[object] = []
        self._strays: list[str] = []
        # For each variable that was overridden since the last `tidy`: its original value, and the values set by fakes.
        self._overrides: dict[str, tuple[str | None, set[str]]] = {}

    # -- the stack ------------------------------------------------------------------------------------------------

    def top(self) -> CallHandler | None:
        """Return the call handler of the innermost active fake, or ``None`` if no fake is active."""
        return self._call_handler

    def take_strays(self) -> list[str]:
        """Return and clear the stray calls: calls that reached a listener while no fake was active.

        Each entry names the interface of one call, "SMTP" or "HTTP".
        """
        strays, self._strays = self._strays, []
        return strays

    def _top_or_stray(self, interface: str) -> CallHandler | None:
        if self._call_handler is None:
            self._strays.append(interface)
        return self._call_handler

    def enter(self, call_handler: CallHandler, *, region: str = "us-east-1") -> None:
        """Make a call handler answer all calls, and set the environment variables that clients need.

        Test credentials are set if the environment has neither keys nor a profile. ``region`` is set if no region is
        set. Values that an outer fake has set count as not set. All patches are also checked again, because others,
        such as pytest-socket, may have replaced them.
        """
        with self._lock:
            if self._interceptors is None:
                self._interceptors = self._make_interceptors()
            overrides = _override_environment(region, [each for _, each in self._entered])
            for name, override in overrides.items():
                self._overrides.setdefault(name, (override.before, set()))[1].add(override.value)
            self._entered.append((call_handler, overrides))
            self._call_handler = call_handler
            self.renew()

    def renew(self) -> None:
        """Apply missing patches again while a fake is active.

        Others may have replaced a patch, or may have imported a library that needs one.
        """
        with self._lock:
            if self._call_handler is None or self._interceptors is None:
                return
            if self._requests is None and "requests" in sys.modules:
                from pytest_sesfake.transports.plain_http import RequestsInterceptor

                self._requests = RequestsInterceptor(self.top)
            self._put()
            if self._library != (library := greenlets.library()):
                self._library = library
                for call_handler, _ in self._entered:
                    call_handler.forked()
            if self._shared is not None and self._shared.thread.is_outdated and greenlets.find_obstacle() is None:
                self._follow_greenlets()

    def _put(self) -> None:
        if self._call_handler is not None:
            for interceptor in self._patched():
                interceptor.put()

    def check_innermost(self, call_handler: CallHandler) -> None:
        """Raise RuntimeError if another fake was entered after this one and is still active."""
        if not self._entered or self._entered[-1][0] is not call_handler:
            raise RuntimeError("fakes must be left in the reverse order of entering: this one is not the innermost")

    def leave(self, call_handler: CallHandler) -> None:
        """Undo ``enter``. Leaving fakes in any order but the reverse of entering raises RuntimeError."""
        with self._lock:
            self.check_innermost(call_handler)
            _, overrides = self._entered.pop()
            for name, override in overrides.items():
                _restore(name, override.before)
            self._call_handler = self._find_call_handler()
            for listener in self._listeners():
                listener.let_go(call_handler)
            if self._call_handler is None:
                self._lift()

    def tidy(self) -> None:
        """Restore the overridden environment variables once more, if no fake is active.

        For example, a monkeypatch that saved a value inside the fake restores it when it is undone after the fake.
        """
        if not self._entered:
            overrides, self._overrides = self._overrides, {}
            for name, (before, values) in overrides.items():
                if os.environ.get(name) in values:
                    _restore(name, before)

    # -- what is shared -------------------------------------------------------------------------------------------

    def smtp(self) -> SmtpListener:
        """Return the SMTP listener. The first call starts it."""
        with self._lock:
            if (parent := self._serving_parent()) is not None:
                return parent.smtp
            _check_sockets()
            self._check_thread()
            if self._smtp is None:
                # Few tests need it, and its import is slow.
                from pytest_sesfake.transports.smtp import SmtpListener

                self._smtp = self._start(SmtpListener, "SMTP")
            return self._smtp

    def endpoint(self) -> HttpListener:
        """Return the HTTP listener. The first call starts it."""
        with self._lock:
            if (parent := self._serving_parent()) is not None:
                return parent.endpoint
            _check_sockets()
            self._check_thread()
            if self._endpoint is None:
                from pytest_sesfake.transports.endpoint import HttpListener

                self._endpoint = self._start(HttpListener, "HTTP")
            return self._endpoint

    def _start(self, kind: type[L], interface: str) -> L:
        if self._interceptors is None:
            self._interceptors = self._make_interceptors()
        hosts = self._interceptors[-1]
        listener = kind(self.shared(), partial(self._top_or_stray, interface), hosts.callers)
        hosts.listeners |= {(listener.host, listener.port), (listener.host, listener.tls_port)}
        return listener

    def shared(self) -> Shared:
        """Return the event loop, its workers and the certificate authority. The first call starts them."""
        with self._lock:
            if self._shared is None:
                # The import of cryptography alone takes longer than most tests.
                from pytest_sesfake.transports.listener import Shared
                from pytest_sesfake.transports.loop import LoopThread, Workers
                from pytest_sesfake.transports.trust import Authority

                with ExitStack() as on_failure:
                    authority = Authority()
                    on_failure.callback(authority.close)
                    thread = LoopThread()
                    on_failure.pop_all()
                self._shared = Shared(thread, Workers(thread.loop), authority)
            return self._shared

    def _check_thread(self) -> None:
        """Raise RuntimeError if gevent or eventlet has patched too little for the listeners to work."""
        obstacle = greenlets.find_obstacle()
        if obstacle is not None:
            raise RuntimeError(obstacle)
        if self._shared is not None and self._shared.thread.is_outdated:
            self._follow_greenlets()

    def _follow_greenlets(self) -> None:
        """Restart the listeners in a greenlet after gevent or eventlet has replaced threads. Their ports stay.

        Locks of threads and locks of greenlets do not work together, so no part of the fake may stay in a thread.
        """
        from pytest_sesfake.transports.listener import Shared
        from pytest_sesfake.transports.loop import LoopThread, Workers

        smtp, endpoint, shared = self._smtp, self._endpoint, self._shared
        if shared is None:
            return
        for listener in self._listeners():
            listener.stop()
        shared.workers.stop()
        shared.thread.stop()
        self._lock = threading.RLock()
        thread = LoopThread()
        self._shared = Shared(thread, Workers(thread.loop), shared.authority)
        if smtp is not None:
            ports = smtp.port, smtp.tls_port
            self._smtp = type(smtp)(self._shared, smtp.top, smtp.callers, ports)
        if endpoint is not None:
            ports = endpoint.port, endpoint.tls_port
            self._endpoint = type(endpoint)(self._shared, endpoint.top, endpoint.callers, ports)

    def finish(self, timeout: float = 5.0) -> bool:
        """Wait until all work that socket calls caused is done. Return False after ``timeout`` seconds."""
        return self._shared is None or self._shared.workers.finish(timeout)

    def close(self) -> None:
        """Remove all patches and stop all listeners. They start again when they are needed."""
        with self._lock:
            self._lift()
            listeners = self._listeners()
            self._smtp = self._endpoint = None
            shared, self._shared = self._shared, None
        if self._interceptors is not None:
            self._interceptors[-1].listeners.clear()
        for listener in listeners:
            listener.stop()
        if shared is not None:
            shared.workers.stop()
            shared.thread.stop()
            shared.authority.close()

    # -- forks ----------------------------------------------------------------------------------------------------

    def before_fork(self) -> None:
        """Start the listeners, through which a forked child reaches the active fake of this process."""
        if self._call_handler is not None and self._serving_parent() is None and not _are_sockets_forbidden():
            self.smtp()
            self.endpoint()

    def after_fork(self) -> None:
        """Reset the runtime in a forked child: threads do not survive a fork, and the sockets belong to the parent.

        If a fake is active, its parent process answers the calls of the child. If sockets are forbidden, the child
        cannot reach its parent and every call raises. The old objects are kept alive in ``_left``, because closing
        them would disturb the event loop of the parent.
        """
        self._lock = threading.RLock()
        if self._interceptors is not None:
            self._interceptors[-1].listeners.clear()
        if self._call_handler is not None and self._serving_parent() is None:
            from pytest_sesfake.transports import fork

            for call_handler, _ in self._entered:
                call_handler.forked()
            if self._smtp and self._endpoint and self._shared:
                self._parent = Parent(
                    self._smtp, self._endpoint, self._shared, fork.hand_on(self._endpoint, self._call_handler)
                )
                self._inherited = len(self._entered)
                self._call_handler = self._find_call_handler()
            else:
                self._call_handler = fork.cut_off(self._call_handler)
        if self._shared is not None:
            self._left.append((self._smtp, self._endpoint, self._shared))
        self._smtp = self._endpoint = self._shared = None

    def _find_call_handler(self) -> CallHandler | None:
        """Return the call handler on top; for a fake entered before the fork, the one that forwards to the parent."""
        if self._parent is not None and 0 < len(self._entered) <= self._inherited:
            return self._parent.call_handler
        return self._entered[-1][0] if self._entered else None

    def _serving_parent(self) -> Parent | None:
        return self._parent if self._parent is not None and self._call_handler is self._parent.call_handler else None

    def _trusted(self) -> Shared:
        parent = self._serving_parent()
        return self.shared() if parent is None else parent.shared

    def _make_interceptors(
        self,
    ) -> tuple[BotoInterceptor, AioBotoInterceptor, ResolverInterceptor, HttpxInterceptor, HostInterceptor]:
        """Make the interceptors. This imports botocore and the modules of the standard library that they patch."""
        from pytest_sesfake.transports import hosts
        from pytest_sesfake.transports.aioboto import AioBotoInterceptor
        from pytest_sesfake.transports.boto import BotoInterceptor
        from pytest_sesfake.transports.httpx_client import HttpxInterceptor
        from pytest_sesfake.transports.resolvers import ResolverInterceptor

        interceptor = hosts.HostInterceptor(lambda: self._call_handler is not None, self._serves, self._client_context)
        for ports, attribute in ((hosts.SMTP_PORTS, "port"), (hosts.SMTP_TLS_PORTS, "tls_port")):
            route: Callable[[], tuple[str, int]] = partial(self._address, self.smtp, attribute)
            interceptor.routes |= {("smtp", port): route for port in ports}
        interceptor.routes["https", hosts.HTTPS_PORT] = partial(self._address, self.endpoint, "tls_port")
        for kind in ("sns", "link"):
            interceptor.routes[kind, hosts.HTTP_PORT] = partial(self._address, self.endpoint, "port")
            interceptor.routes[kind, hosts.HTTPS_PORT] = partial(self._address, self.endpoint, "tls_port")
        boto = BotoInterceptor(self.top)
        resolver = ResolverInterceptor(interceptor)
        return boto, AioBotoInterceptor(self.top, boto), resolver, HttpxInterceptor(self.top), interceptor

    def _client_context(self, kind: type[SSLContext]) -> SSLContext:
        return self._trusted().authority.client_context(kind)

    def _serves(self, host: str) -> bool:
        call_handler = self._call_handler
        return call_handler is not None and call_handler.serves(host, "")

    def _address(self, listener: Callable[[], SmtpListener | HttpListener], attribute: str) -> tuple[str, int]:
        started = listener()
        return started.host, getattr(started, attribute)

    def _listeners(self) -> list[SmtpListener | HttpListener]:
        return [each for each in (self._smtp, self._endpoint) if each is not None]

    def _patched(
        self,
    ) -> list[
        BotoInterceptor
        | AioBotoInterceptor
        | ResolverInterceptor
        | HttpxInterceptor
        | HostInterceptor
        | RequestsInterceptor
        | MonkeyPatchInterceptor
    ]:
        return [each for each in (*(self._interceptors or ()), self._requests, self._monkey) if each is not None]

    def _lift(self) -> None:
        for interceptor in self._patched():
            interceptor.lift()


def _override_environment(region: str, outer: list[dict[str, EnvironmentOverride]]) -> dict[str, EnvironmentOverride]:
    """Set the missing environment variables. Return the new and the previous values.

    ``outer`` are the overrides of the outer fakes. A variable that still has the value of such an override counts as
    missing.
    """
    environment = os.environ

    def own(name: str) -> str | None:
        value = environment.get(name)
        last = next((overrides[name] for overrides in reversed(outer) if name in overrides), None)
        return None if last is not None and value == last.value else value

    wanted: dict[str, str] = {}
    has_profile = any(environment.get(name) for name in _PROFILES)
    if not has_profile and not any(own(name) for name in _KEYS):
        wanted = dict.fromkeys(_KEYS, "testing")
    # A region in the environment would override the region of a profile, so it is not set then.
    if not own(_REGION) and not (has_profile and _profile_names_region()):
        wanted[_REGION] = environment.get("AWS_REGION") or region
    overrides = {name: EnvironmentOverride(value, environment.get(name)) for name, value in wanted.items()}
    environment.update(wanted)
    return overrides


def _profile_names_region() -> bool:
    from pytest_sesfake.transports import profiles

    return profiles.region() is not None


def _are_sockets_forbidden() -> bool:
    from pytest_sesfake.transports import hosts

    return hosts.are_forbidden()


def _check_sockets() -> None:
    from pytest_sesfake.transports import hosts

    if hosts.are_forbidden():
        raise hosts.forbidden()


def _restore(name: str, before: str | None) -> None:
    if before is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = before


_runtime = Runtime()
top = _runtime.top
enter = _runtime.enter
check_innermost = _runtime.check_innermost
leave = _runtime.leave
tidy = _runtime.tidy
take_strays = _runtime.take_strays
renew = _runtime.renew
smtp = _runtime.smtp
endpoint = _runtime.endpoint
shared = _runtime.shared
finish = _runtime.finish
close = _runtime.close

atexit.register(close)
if hasattr(os, "register_at_fork"):
    # `before_fork` starts threads that use these modules, which hold locks of their own during a fork. What was
    # registered last runs first before a fork, so both must have registered their locks by now.
    import concurrent.futures.thread  # noqa: F401 - only its registration is needed
    import logging  # noqa: F401 - only its registration is needed

    os.register_at_fork(before=_runtime.before_fork, after_in_child=_runtime.after_fork)
