"""What the HTTP and the SMTP listener share: their two ports, their connections and the clients that wait in vain."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from pytest_sesfake.transports.call_handler import CallHandler
    from pytest_sesfake.transports.loop import LoopThread, Workers
    from pytest_sesfake.transports.trust import Authority, ServerContext

HOLD = 30.0
"""The longest time in seconds that a client waits without an answer."""


class Connection(Protocol):
    """One connection of a client."""

    def hang_up(self) -> None:
        """Close the connection in an orderly way."""


class Shared(NamedTuple):
    """The parts that all listeners of a process share."""

    thread: LoopThread
    workers: Workers
    authority: Authority


C = TypeVar("C", bound=Connection)


class Listener(ABC, Generic[C]):
    """Two listeners on this machine: ``port`` begins without TLS, ``tls_port`` speaks TLS from the first byte.

    ``top`` returns the call handler of the active fake. ``callers`` maps the local port of a client in this process to
    the line of code that connected. ``ports`` are the numbers of ``port`` and ``tls_port``; 0 means any free port.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        shared: Shared,
        top: Callable[[], CallHandler | None],
        callers: MutableMapping[int, tuple[str, int] | None],
        ports: tuple[int, int] = (0, 0),
    ) -> None:
        self.top = top
        self.workers = shared.workers
        self.callers = callers
        self.ca_file = shared.authority.ca_file
        self.open: set[C] = set()
        self.held: dict[C, CallHandler] = {}
        self._thread = shared.thread
        context = shared.authority.server_context()
        plain, tls = (partial(self._connect, context), None), (partial(self._connect, None), context)
        self._servers = self._thread.listen(self.host, ports, plain, tls)
        self.port, self.tls_port = (server.sockets[0].getsockname()[1] for server in self._servers)

    @abstractmethod
    def _connect(self, starttls: ServerContext | None) -> asyncio.BaseProtocol:
        """Make a connection. On ``port`` it gets the TLS context that a client may ask for later."""

    async def hold(self, connection: C, call_handler: CallHandler) -> None:
        """Keep a client waiting until it gives up, its test ends or ``HOLD`` seconds have passed."""
        self.held[connection] = call_handler
        try:
            await asyncio.sleep(HOLD)
        finally:
            del self.held[connection]

    def let_go(self, call_handler: CallHandler) -> None:
        """Close the connections that a call handler keeps waiting. May be called from any thread."""
        if self.held:
            self._thread.call(self._let_go, call_handler)

    def stop(self) -> None:
        """Close the listeners and every connection."""
        self._thread.run(self._stop())

    def _let_go(self, call_handler: CallHandler) -> None:
        for connection, holder in list(self.held.items()):
            if holder is call_handler:
                connection.hang_up()

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        await self._close(list(self.open))

    async def _close(self, connections: list[C]) -> None:
        for connection in connections:
            connection.hang_up()
