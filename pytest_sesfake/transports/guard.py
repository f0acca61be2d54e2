"""The guard: while a test runs and no fake is active, nobody reaches a host of Amazon SES.

It judges last before the network, where a name is looked up or a connection used again: whatever answers before that
(a Stubber, moto, responses, a cassette, an endpoint on this machine) never meets it. It has no list of clients, and
loads none.
"""

from __future__ import annotations

import functools
import re
import socket
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_sesfake.transports.arrivals import Arrivals
from pytest_sesfake.transports.patches import SOCKET, Patch, is_shut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CURE = (
    "Request the fixture `sesfake` to have the fake answer, or allow it: @pytest.mark.sesfake(guard=False) for a test, "
    "`sesfake_guard = false` in the ini file, or the option --no-sesfake-guard."
)


class RealSesBlockedError(BaseException):
    """A test reached for Amazon SES while no fake was active.

    No ``Exception``, because applications that survive a mail that cannot be sent catch those, and client libraries
    try again or turn them into their own.
    """


class Blocked(NamedTuple):
    """What was blocked: the host, the test, and the line of the application and its call as far as they are known."""

    host: str
    test: str
    caller: tuple[str, int] | None
    call: str | None

    def __str__(self) -> str:
        place = "a line that is not known (in another thread)"
        if self.caller is not None:
            path, line = self.caller
            place = f"{_shortened(path)}:{line}"
        return f"{self.call or 'a connection'} at {place} in {self.test} reached for {self.host}, and no fake is active"


class Guard:
    """The guard of one process; use the functions of this module."""

    def __init__(self) -> None:
        self._tests: list[str | None] = []
        self._blocked: list[Blocked] = []
        self._patches = [
            Patch(socket, "getaddrinfo", self._wrap_resolver),
            Patch(socket, "gethostbyname", self._wrap_resolver),
            Patch(socket, "gethostbyname_ex", self._wrap_resolver),
            Patch(SOCKET, "connect", self._wrap_connect),
            Patch(SOCKET, "connect_ex", self._wrap_connect),
        ]
        # Libraries that hide the name from the resolver, or the application from the thread that asks it.
        self._where_loaded: dict[str, Callable[[Any], list[Patch]]] = {
            "asyncio.base_events": lambda module: [
                Patch(module.BaseEventLoop, "getaddrinfo", functools.partial(self._wrap_method, _first)),
                *self._patch_tls(module.BaseEventLoop, "start_tls", "create_connection"),
            ],
            # Whoever asks a proxy to look a name up says it once more, for TLS.
            "ssl": lambda module: self._patch_tls(module.SSLContext, "wrap_socket", "wrap_bio"),
            "http.client": lambda module: [
                Patch(module.HTTPConnection, "set_tunnel", functools.partial(self._wrap_method, _first)),
                Patch(module.HTTPConnection, "putrequest", functools.partial(self._wrap_method, _kept)),
            ],
            "aiodns": lambda module: [
                Patch(module.DNSResolver, name, functools.partial(self._wrap_method, _first))
                for name in ("getaddrinfo", "gethostbyname", "query", "query_dns")
                if hasattr(module.DNSResolver, name)
            ],
            "uvloop": lambda module: [
                Patch(module.Loop, "getaddrinfo", functools.partial(self._wrap_method, _first)),
                Patch(module.Loop, "create_connection", functools.partial(self._wrap_method, _second)),
                *self._patch_tls(module.Loop, "start_tls"),
            ],
        }

        self._arrivals = Arrivals(tuple(self._where_loaded), self._put)

    @contextmanager
    def watch(self, test: str | None) -> Iterator[None]:
        """Stand guard for a test, named for the texts; ``None`` is a test that may reach the real SES."""
        self._tests.append(test)
        try:
            if test is not None:
                self._put()
            yield
        finally:
            self._tests.pop()
            self.step_aside()

    def put_back(self) -> None:
        """Put every patch back that somebody removed while the guard stands."""
        if self._tests and self._tests[-1] is not None:
            self._put()

    def step_aside(self) -> None:
        """Leave no trace when no test is under way. A fake that outlives a test is in the way of that for as long."""
        if not self._tests:
            self._arrivals.lift()
            for patch in self._patches:
                patch.lift()

    def take(self) -> list[str]:
        """Give the texts of what was blocked since the last time."""
        blocked, self._blocked = self._blocked, []
        return [str(each) for each in blocked]

    def check(self, host: object) -> None:
        """Raise ``RealSesBlockedError`` for a host of SES that nobody answers for."""
        if not self._tests or self._tests[-1] is None or _is_answered():
            return
        name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
        # Every host of SES has the word in it, and a closer look costs an import.
        if not isinstance(name, str) or "email" not in name.lower():
            return
        from pytest_sesfake.transports.caller import find_caller  # noqa: PLC0415 -- every start of pytest would pay for it
        from pytest_sesfake.wire import hosts  # noqa: PLC0415 -- likewise

        if hosts.kind(name) in ("https", "smtp"):
            blocked = Blocked(name, self._tests[-1], find_caller(), _find_call())
            self._blocked.append(blocked)
            raise RealSesBlockedError(f"{blocked}.\n{_CURE}")

    def _put(self) -> None:
        for name in [name for name in self._where_loaded if name in sys.modules]:
            self._patches += self._where_loaded.pop(name)(sys.modules[name])
        for patch in self._patches:
            if not is_shut(patch):
                patch.put()
        self._arrivals.put()

    def _wrap_resolver(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
            self.check(host)
            return original(host, *args, **kwargs)

        return resolve

    def _wrap_connect(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def connect(sock: socket.socket, address: Any, /) -> Any:
            if isinstance(address, tuple) and address:
                self.check(address[0])
            return original(sock, address)

        return connect

    def _patch_tls(self, owner: type, *names: str) -> list[Patch]:
        return [Patch(owner, name, functools.partial(self._wrap_method, _of_tls)) for name in names]

    def _wrap_method(self, names: Callable[..., Iterator[object]], original: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a method whose call says which hosts it is for."""

        @functools.wraps(original)
        def method(*args: Any, **kwargs: Any) -> Any:
            for name in names(*args, **kwargs):
                self.check(name)
            return original(*args, **kwargs)

        return method


def _first(_self: object, host: object = None, *_args: object, **_kwargs: object) -> Iterator[object]:
    yield host


def _second(_self: object, _first: object, host: object = None, *_args: object, **kwargs: object) -> Iterator[object]:
    yield host
    yield kwargs.get("server_hostname")


def _of_tls(_self: object, *args: object, **kwargs: object) -> Iterator[object]:
    """Name the host of TLS, wherever among the arguments its name is."""
    yield from (argument for argument in args if isinstance(argument, str))
    yield kwargs.get("server_hostname")


def _kept(connection: Any, *_args: object, **_kwargs: object) -> Iterator[object]:
    """Name the host of a connection that may be older than the test, or go through a proxy."""
    yield connection.host
    yield getattr(connection, "_tunnel_host", None)


def _is_answered() -> bool:
    """Tell whether a fake is active; where the exchange was never loaded, none has been yet."""
    runtime = sys.modules.get("pytest_sesfake.transports.runtime")
    return runtime is not None and runtime.top() is not None


def _find_call() -> str | None:
    """Name the operation of botocore that is under way in this thread, if there is one."""
    frame = sys._getframe(1)  # noqa: SLF001 -- seen on the stack: only a call that is blocked pays for it
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_name == "_make_api_call" and "operation_name" in frame.f_locals:
            return f"{type(frame.f_locals.get('self')).__name__} {frame.f_locals['operation_name']}"
    return None


def _shortened(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return re.sub(r".*/(site-packages|lib)/", "", path)


_guard = Guard()
watch = _guard.watch
put_back = _guard.put_back
step_aside = _guard.step_aside
take = _guard.take
check = _guard.check
