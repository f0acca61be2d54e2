"""The guard: while a test runs and no fake is active, it blocks connections to hosts of Amazon SES.

It checks just before the network: when a name is looked up, and when a connection is used again. So it checks only
calls that nothing else has answered (a Stubber, moto, responses, a cassette, an endpoint on this machine). It works for
any client library, and imports none.

A botocore client without credentials cannot sign its call, so the call never comes near the network. There the guard
replaces the error of botocore, because it does not say that the test has no fake.
"""

from __future__ import annotations

import functools
import re
import sys
from contextlib import contextmanager
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_sesfake.transports.arrivals import Arrivals
from pytest_sesfake.transports.greenlets import MonkeyPatchInterceptor
from pytest_sesfake.transports.patches import EveryPatch, Patch, find_contexts, find_resolvers, find_sockets
from pytest_sesfake.transports.services import SERVICE_IDS

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

_CURE = (
    "Request the fixture `sesfake` to have the fake answer, or allow it: @pytest.mark.sesfake(guard=False) for a test, "
    "`sesfake_guard = false` in the ini file, or the option --no-sesfake-guard."
)
_CREDENTIALS = "The fake needs no credentials, and the real SES needs them."


class RealSesBlockedError(BaseException):
    """A test tried to connect to Amazon SES while no fake was active.

    It is no subclass of ``Exception``: applications that tolerate mail errors would catch it, and client libraries
    would retry or convert it to an error of their own.
    """

    __module__ = "pytest_sesfake"  # where users import it from; tracebacks show this name


# A blocked call is shown at the line of the application, without the frames of the guard.
_HIDDEN = methodcaller("errisinstance", RealSesBlockedError)


class Blocked(NamedTuple):
    """A blocked connection: the host, the test, and, if known, the line of the application and its botocore call.

    ``has_credentials`` is False for a call that botocore could not sign.
    """

    host: str
    test: str
    caller: tuple[str, int] | None
    call: str | None
    has_credentials: bool = True

    def __str__(self) -> str:
        place = "a line that is not known (in another thread)"
        if self.caller is not None:
            path, line = self.caller
            place = f"{_shortened(path)}:{line}"
        host = self.host if self.has_credentials else f"{self.host} without AWS credentials"
        return (
            f"{self.call or 'a connection'} at {place} in {self.test} tried to connect to {host}, and no fake is active"
        )


class Guard:
    """The guard of one process. Use the functions of this module instead of this class."""

    def __init__(self) -> None:
        self._tests: list[str | None] = []
        self._blocked: list[Blocked] = []
        self._problems: list[str] = []
        self._reported: set[str] = set()
        self._patches: list[Patch | EveryPatch] = [
            EveryPatch(find_resolvers, "getaddrinfo", self._wrap_resolver),
            EveryPatch(find_resolvers, "gethostbyname", self._wrap_resolver),
            EveryPatch(find_resolvers, "gethostbyname_ex", self._wrap_resolver),
            EveryPatch(find_sockets, "connect", self._wrap_connect),
            EveryPatch(find_sockets, "connect_ex", self._wrap_connect),
        ]
        # Libraries that resolve names without `socket`, or in a thread where the application is not on the stack.
        self._where_loaded: dict[str, Callable[[Any], list[Patch] | list[EveryPatch]]] = {
            "asyncio.base_events": lambda module: [
                Patch(module.BaseEventLoop, "getaddrinfo", functools.partial(self._wrap_method, _first)),
                *self._patch_tls(module.BaseEventLoop, "start_tls", "create_connection"),
            ],
            # With a proxy, the client does not resolve the name itself, but it passes the name to TLS.
            "ssl": lambda _: [
                EveryPatch(find_contexts, name, lambda _, original: self._wrap_method(_of_tls, original))
                for name in ("wrap_socket", "wrap_bio")
            ],
            "http.client": lambda module: [
                Patch(module.HTTPConnection, "set_tunnel", functools.partial(self._wrap_method, _first)),
                Patch(module.HTTPConnection, "putrequest", functools.partial(self._wrap_method, _kept)),
            ],
            "botocore.signers": lambda module: [Patch(module.RequestSigner, "sign", self._wrap_sign)],
            "aiobotocore.signers": lambda module: [Patch(module.AioRequestSigner, "sign", self._wrap_sign_async)],
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
        self._monkey = MonkeyPatchInterceptor(self.put_back, lambda: None)

    @contextmanager
    def watch(self, test: str | None) -> Iterator[None]:
        """Guard a test. ``test`` is its name for error texts; ``None`` means that it may use the real SES."""
        self._tests.append(test)
        try:
            if test is not None:
                self._put()
            yield
        finally:
            self._tests.pop()
            self.step_aside()

    def put_back(self) -> None:
        """Apply every patch again that somebody removed during a guarded test.

        Does nothing while a fake is active: the patches of the fake must wrap those of the guard, and the guard has
        nothing to check then.
        """
        if self._tests and self._tests[-1] is not None and not _is_answered():
            self._put()

    def step_aside(self) -> None:
        """Remove all patches if no test runs. A fake that is still active after its test delays this until it ends."""
        if not self._tests:
            self._arrivals.lift()
            self._monkey.lift()
            for patch in self._patches:
                patch.lift()

    def take(self) -> list[str]:
        """Return one text for each connection that was blocked since the last call."""
        blocked, self._blocked = self._blocked, []
        return [str(each) for each in blocked]

    def take_problems(self) -> list[str]:
        """Return the texts of patches that failed since the last call, each text only once in a process."""
        new = [text for text in self._problems if text not in self._reported]
        self._reported.update(new)
        self._problems.clear()
        return new

    def check(self, host: object, *, has_credentials: bool = True) -> None:
        """Raise RealSesBlockedError if the host belongs to SES, a guarded test runs and no fake is active.

        ``has_credentials`` tells whether the client has AWS credentials. The text of the error says it if not.
        """
        __tracebackhide__ = _HIDDEN
        if not self._tests or self._tests[-1] is None or _is_answered():
            return
        name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
        # Every host name of SES contains "email". This cheap test saves an import.
        if not isinstance(name, str) or "email" not in name.lower():
            return
        from pytest_sesfake.transports.caller import find_caller
        from pytest_sesfake.wire import hosts

        if hosts.kind(name) in ("https", "smtp"):
            blocked = Blocked(name, self._tests[-1], find_caller(), _find_call(), has_credentials)
            self._blocked.append(blocked)
            cure = _CURE if has_credentials else f"{_CURE} {_CREDENTIALS}"
            raise RealSesBlockedError(f"{blocked}.\n{cure}") from None

    def _put(self) -> None:
        complete = sys.modules.keys() - self._arrivals.loading
        for name in [name for name in self._where_loaded if name in complete]:
            make = self._where_loaded.pop(name)
            with self._note_problem(name):
                self._patches += make(sys.modules[name])
        for patch in self._patches:
            with self._note_problem(""):
                patch.put()
        self._arrivals.put()
        with self._note_problem("monkey"):
            self._monkey.put()

    @contextmanager
    def _note_problem(self, where: str) -> Iterator[None]:
        """Note an error instead of raising it: tests without a fake must not fail because a library has changed."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - other libraries may raise anything
            self._problems.append(f"{where or type(error).__name__}: {error}")

    def _wrap_resolver(self, _owner: object, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = _HIDDEN
            self.check(host)
            return original(host, *args, **kwargs)

        return resolve

    def _wrap_connect(self, _owner: object, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def connect(sock: socket.socket, address: Any, /) -> Any:
            if isinstance(address, tuple) and address:
                self.check(address[0])
            return original(sock, address)

        return connect

    def _wrap_sign(self, original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def sign(signer: Any, operation_name: str, request: Any, *args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = _HIDDEN
            try:
                original(signer, operation_name, request, *args, **kwargs)
            except Exception as error:
                self._check_unsigned(signer, request, error)
                raise

        return sign

    def _wrap_sign_async(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        async def sign(signer: Any, operation_name: str, request: Any, *args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = _HIDDEN
            try:
                await original(signer, operation_name, request, *args, **kwargs)
            except Exception as error:
                self._check_unsigned(signer, request, error)
                raise

        return sign

    def _check_unsigned(self, signer: Any, request: Any, error: Exception) -> None:
        """Check a call of SES that could not be signed because the client has no credentials.

        The error is the proof that nothing answers the call: a Stubber answers before it is signed. Moto answers after
        that, so no call may be checked before botocore itself has failed.
        """
        __tracebackhide__ = _HIDDEN
        missing = getattr(sys.modules.get("botocore.exceptions"), "NoCredentialsError", ())
        if isinstance(error, missing) and signer._service_id in SERVICE_IDS:  # noqa: SLF001 - botocore has no public name
            from urllib.parse import urlsplit

            self.check(urlsplit(request.url).hostname, has_credentials=False)

    def _patch_tls(self, owner: type, *names: str) -> list[Patch]:
        return [Patch(owner, name, functools.partial(self._wrap_method, _of_tls)) for name in names]

    def _wrap_method(self, names: Callable[..., Iterator[object]], original: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a method. ``names`` takes its arguments and yields the hosts of the call."""

        @functools.wraps(original)
        def method(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = _HIDDEN
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
    """Yield every argument of a TLS call that may be its host name."""
    yield from (argument for argument in args if isinstance(argument, str))
    yield kwargs.get("server_hostname")


def _kept(connection: Any, *_args: object, **_kwargs: object) -> Iterator[object]:
    """Yield the host and the proxied host of a connection. It may have been opened before the test."""
    yield connection.host
    yield getattr(connection, "_tunnel_host", None)


def _is_answered() -> bool:
    """Tell whether a fake is active. If the runtime was never imported, no fake has been active yet."""
    runtime = sys.modules.get("pytest_sesfake.transports.runtime")
    return runtime is not None and runtime.top() is not None


def _find_call() -> str | None:
    """Return the client and the botocore operation that this thread runs, or ``None``."""
    frame = sys._getframe(1)  # noqa: SLF001 - only blocked calls walk the stack
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
take_problems = _guard.take_problems
step_aside = _guard.step_aside
take = _guard.take
check = _guard.check
