"""Leads clients that open sockets themselves to the listeners of the fake.

A host name of SES resolves to an alias: a local address (127.83.x.y) on which nothing listens. The port does not
change, because some libraries remember the port that they asked for and ignore the port of the answer. ``connect``
replaces an alias and port by the address of the matching listener. For these names only, TLS uses a context that trusts
the certificates of the fake. The environment and the trust store do not change.
"""

from __future__ import annotations

import errno
import functools
import itertools
import os
import socket
import sys
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pytest_sesfake.transports import greenlets
from pytest_sesfake.transports.caller import find_caller
from pytest_sesfake.transports.patches import EveryPatch, find_contexts, find_resolvers, find_sockets, is_original
from pytest_sesfake.wire import hosts

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

Kind: TypeAlias = Literal["https", "smtp", "link", "sns"]
"""The kind of a host that the fake answers for. It answers for "sns" only after it has signed a message there."""

HTTP_PORT = 80
HTTPS_PORT = 443
SMTP_PORTS = frozenset({25, 587, 2587})
SMTP_TLS_PORTS = frozenset({465, 2465})

# The position of the argument `server_hostname` of these methods.
_WRAP_SOCKET = 4
_WRAP_BIO = 3

_MAPPED = "::ffff:"  # the prefix of an IPv4 address in an IPv6 socket


class HostInterceptor:
    """The patches of ``socket`` and ``ssl``.

    ``is_active`` tells whether a fake is active. ``serves`` tells whether it also answers for a host of SNS.
    ``context`` returns the TLS context, of a given class, that trusts the certificates of the fake. ``routes`` maps a
    kind of host and a port to a function that returns the listener's address and starts the listener if needed. Hosts
    of a kind without routes are left alone. ``callers`` has the line that opened each connection to one of the
    ``listeners``, by the local port of the client.
    """

    def __init__(
        self,
        is_active: Callable[[], bool],
        serves: Callable[[str], bool],
        context: Callable[[type[ssl.SSLContext]], ssl.SSLContext],
    ) -> None:
        self.routes: dict[tuple[Kind, int], Callable[[], tuple[str, int]]] = {}
        self.listeners: set[tuple[str, int]] = set()
        self.callers: dict[int, tuple[str, int] | None] = {}
        self._is_active = is_active
        self._serves = serves
        self._context = context
        self._aliases: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._number = itertools.count(1)
        self._patches = [
            EveryPatch(find_resolvers, "getaddrinfo", self._wrap_resolver),
            EveryPatch(find_resolvers, "gethostbyname", self._wrap_resolver),
            EveryPatch(find_resolvers, "gethostbyname_ex", self._wrap_resolver),
            EveryPatch(find_sockets, "connect", self._wrap_connect),
            EveryPatch(find_sockets, "connect_ex", self._wrap_connect_ex),
            EveryPatch(find_contexts, "wrap_socket", functools.partial(self._wrap_tls, _WRAP_SOCKET)),
            EveryPatch(find_contexts, "wrap_bio", functools.partial(self._wrap_tls, _WRAP_BIO)),
        ]

    def put(self) -> None:
        """Apply every patch that is missing."""
        for patch in self._patches:
            patch.put()

    def lift(self) -> None:
        """Remove every patch that nobody else has replaced."""
        for patch in self._patches:
            patch.lift()

    def kind(self, host: object) -> Kind | None:
        """Return the kind of a host that the fake answers for now, or ``None`` for any other host."""
        if isinstance(host, bytes):
            host = host.decode("ascii", "replace")
        if not isinstance(host, str) or not self._is_active():
            return None
        if host[:4].lower() == "sns." and self._serves(host):
            return "sns"
        kind = hosts.kind(host)
        return kind if any(kind == known for known, _ in self.routes) else None

    # -- names ----------------------------------------------------------------------------------------------------

    def _wrap_resolver(self, _owner: object, original: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function of ``socket`` whose first argument is a host name, so that it gets the alias instead."""

        @functools.wraps(original)
        def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
            flags = kwargs.get("flags", args[4] if len(args) > 4 else 0)  # noqa: PLR2004 - port family type proto flags
            return original(host if flags & socket.AI_NUMERICHOST else self.alias(host), *args, **kwargs)

        return resolve

    def alias(self, host: Any) -> Any:
        """Return the alias of a host that the fake answers for, constant for the session. Return others unchanged."""
        if self.kind(host) is None:
            return host
        name = (host if isinstance(host, str) else host.decode("ascii")).rstrip(".").lower()
        if name not in self._aliases:
            high, low = divmod(next(self._number), 250)
            alias = self._aliases.setdefault(name, f"127.83.{high}.{low + 1}")
            self._names[alias] = self._names[_MAPPED + alias] = name
        return self._aliases[name]

    # -- connections ----------------------------------------------------------------------------------------------

    def _wrap_connect(self, owner: type, original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def connect(sock: socket.socket, address: Any, /) -> None:
            target = self.target(address)
            self._check_waits(owner, sock, target)
            try:
                original(sock, target)
            finally:
                self.note_caller(sock.getsockname, target)

        return connect

    def _wrap_connect_ex(self, owner: type, original: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(original)
        def connect_ex(sock: socket.socket, address: Any, /) -> int:
            try:
                target = self.target(address)
            except ConnectionRefusedError:
                return errno.ECONNREFUSED
            self._check_waits(owner, sock, target)
            result = original(sock, target)
            self.note_caller(sock.getsockname, target)
            return result

        return connect_ex

    def target(self, address: Any) -> Any:
        """Return the address of the listener for an alias or a host name and a port. Return others unchanged.

        A port on which SES does not listen raises ConnectionRefusedError.
        """
        if not isinstance(address, tuple) or len(address) < 2 or not self._is_active():  # noqa: PLR2004 - host, port
            return address
        host, port, *rest = address
        kind = self.kind(self._names.get(host, host))
        if kind is None:
            return address
        route = self.routes.get((kind, port))
        if route is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        listener, local_port = route()
        mapped = _MAPPED if str(host).startswith(_MAPPED) else ""
        return (mapped + listener, local_port, *rest)

    def _check_waits(self, owner: type, sock: socket.socket, target: Any) -> None:
        """Raise RuntimeError for a blocking socket that would wait for a listener greenlet and keep it from running."""
        is_ours = isinstance(target, tuple) and target[:2] in self.listeners
        if is_ours and is_original(owner) and sock.gettimeout() != 0 and greenlets.library() is not None:
            raise RuntimeError(greenlets.describe_blocking_socket())

    def note_caller(self, source: Callable[[], Any], target: Any) -> None:
        """Remember the line of code that connected to a listener of the fake, for error texts.

        ``source`` returns the local address of the connection. It is not called for other targets, because the socket
        may be closed already.
        """
        if self.listeners and isinstance(target, tuple) and target[:2] in self.listeners:
            self.callers[source()[1]] = find_caller()

    # -- TLS ------------------------------------------------------------------------------------------------------

    def _wrap_tls(self, position: int, owner: type[ssl.SSLContext], original: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a method of TLS contexts, so that hosts of the fake get a context that trusts its certificates."""
        import ssl

        @functools.wraps(original)
        def wrap(context: ssl.SSLContext, *args: Any, **kwargs: Any) -> Any:
            host = args[position] if len(args) > position else kwargs.get("server_hostname")
            if host is None or self.kind(host) is None:
                return original(context, *args, **kwargs)
            # A TLS session can be resumed only with the context that made it, so it is dropped.
            kwargs.pop("session", None)
            if position == _WRAP_SOCKET and is_original(owner) and not is_original(ssl.SSLContext):
                # The context was made before gevent or eventlet patched ssl. Its sockets would block all greenlets.
                return self._context(ssl.SSLContext).wrap_socket(*args[: position + 1], **kwargs)
            return original(self._context(owner), *args[: position + 1], **kwargs)

        return wrap


_CURE = (
    "A test tried to use socket.socket: the SMTP interface and the endpoint of sesfake listen on 127.0.0.1, which "
    "pytest-socket has to allow, by the option --allow-hosts=127.0.0.1 or the marker "
    "@pytest.mark.allow_hosts(['127.0.0.1']) (boto3 needs no socket)"
)


def are_forbidden() -> bool:
    """Tell whether pytest-socket forbids all sockets."""
    return socket.socket.__module__ == "pytest_socket"


def forbidden() -> Exception:
    """Make an error of pytest-socket's class whose text says how to allow the listeners."""
    kind = getattr(sys.modules.get("pytest_socket"), "SocketBlockedError", RuntimeError)
    error: Exception = kind(_CURE)
    error.args = (_CURE,)  # older versions ignore the text that they are given
    return error
