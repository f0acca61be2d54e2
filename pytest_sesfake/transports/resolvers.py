"""Leads clients of aiodns and uvloop to the listeners: these libraries do not use ``socket``.

A library is patched only if the application has imported it.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

from pytest_sesfake.transports.arrivals import Arrivals
from pytest_sesfake.transports.patches import Patch

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.transports.hosts import HostInterceptor


class ResolverInterceptor:
    """The patches of aiodns and uvloop. ``hosts`` knows the host names, their aliases and the listeners."""

    def __init__(self, hosts: HostInterceptor) -> None:
        self._hosts = hosts
        self._patches: list[Patch] = []
        self._where_loaded: dict[str, Callable[[Any], list[Patch]]] = {
            "aiodns": self._patch_aiodns,
            "uvloop": self._patch_uvloop,
        }
        self._arrivals = Arrivals(tuple(self._where_loaded), self.put)

    def put(self) -> None:
        """Apply every patch that is missing."""
        for name in [name for name in self._where_loaded if name in sys.modules]:
            self._patches += self._where_loaded.pop(name)(sys.modules[name])
        for patch in self._patches:
            patch.put()
        self._arrivals.put()

    def lift(self) -> None:
        """Remove every patch that nobody else has replaced."""
        self._arrivals.lift()
        for patch in self._patches:
            patch.lift()

    def _patch_aiodns(self, module: Any) -> list[Patch]:
        lookups = [name for name in ("getaddrinfo", "gethostbyname") if hasattr(module.DNSResolver, name)]
        queries = [name for name in ("query", "query_dns") if hasattr(module.DNSResolver, name)]
        return [
            *(Patch(module.DNSResolver, name, self._wrap_lookup) for name in lookups),
            *(Patch(module.DNSResolver, name, functools.partial(self._wrap_query, module)) for name in queries),
        ]

    def _patch_uvloop(self, module: Any) -> list[Patch]:
        return [
            Patch(module.Loop, "getaddrinfo", self._wrap_lookup),
            Patch(module.Loop, "sock_connect", self._wrap_sock_connect),
            Patch(module.Loop, "create_connection", self._wrap_create_connection),
        ]

    def _wrap_lookup(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a method whose first argument is a host name, so that it gets the alias instead."""

        @functools.wraps(original)
        def look_up(resolver: object, host: Any, *args: Any, **kwargs: Any) -> Any:
            return original(resolver, self._hosts.alias(host), *args, **kwargs)

        return look_up

    def _wrap_query(self, module: Any, original: Callable[..., Any]) -> Callable[..., Any]:
        """Make a query for single DNS records of a host of the fake fail with ENODATA, without the network."""

        @functools.wraps(original)
        def query(resolver: Any, host: Any, *args: Any, **kwargs: Any) -> Any:
            if self._hosts.kind(host) is None:
                return original(resolver, host, *args, **kwargs)
            answer = resolver.loop.create_future()
            answer.set_exception(
                module.error.DNSError(module.error.ARES_ENODATA, "the fake of SES has addresses only (getaddrinfo)")
            )
            return answer

        return query

    def _wrap_sock_connect(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        async def sock_connect(loop: object, sock: Any, address: Any) -> Any:
            target = self._hosts.target(address)
            try:
                return await original(loop, sock, target)
            finally:
                self._hosts.note_caller(sock.getsockname, target)

        return sock_connect

    def _wrap_create_connection(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        async def create_connection(
            loop: object,
            factory: Any,
            host: Any = None,
            port: Any = None,
            **kwargs: Any,
        ) -> Any:
            target = self._hosts.target((host, port))
            if target == (host, port):
                return await original(loop, factory, host, port, **kwargs)
            if kwargs.get("ssl") and kwargs.get("server_hostname") is None:
                kwargs["server_hostname"] = host
            made = await original(loop, factory, *target, **kwargs)
            self._hosts.note_caller(functools.partial(made[0].get_extra_info, "sockname"), target)
            return made

        return create_connection
