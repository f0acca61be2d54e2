"""The one event loop that serves every listener, in a thread of its own, and the threads that work for it."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

T = TypeVar("T")

_log = logging.getLogger(__name__)

# How long another thread waits for the loop. It is never busy for long, so this only ever ends a deadlock.
_PATIENCE = 30.0


def _machine_clock() -> Callable[[], float]:
    """Find the monotonic clock that freezegun and time-machine leave alone.

    freezegun replaces ``time.monotonic`` wherever a module holds it, also in one that is imported while it acts, and a
    loop whose clock stands still never wakes.
    """
    clock = getattr(time, "CLOCK_MONOTONIC", None)
    return time.monotonic if clock is None else partial(time.clock_gettime, clock)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that keeps going while a test has frozen the time."""

    _clock: Callable[[], float]

    def __init__(self) -> None:
        self._clock = _machine_clock()
        super().__init__()

    def time(self) -> float:
        return self._clock()


def _log_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Keep broken connections quiet: a client that goes away is no error of anybody's."""
    error = context.get("exception")
    if error is not None and not isinstance(error, OSError):
        _log.error("in the event loop of sesfake: %s", context["message"], exc_info=error)


class LoopThread:
    """An event loop running in a daemon thread from birth until ``stop``."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop = _Loop()
        self.loop.set_exception_handler(_log_error)
        self._thread = threading.Thread(target=self.loop.run_forever, name="sesfake-loop", daemon=True)
        with ExitStack() as on_failure:
            on_failure.callback(self.loop.close)
            self._thread.start()
            on_failure.pop_all()

    @property
    def ident(self) -> int | None:
        """The identity of the thread."""
        return self._thread.ident

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop and wait for its result. Never call this with the world locked."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(_PATIENCE)

    def call(self, work: Callable[..., object], *args: object) -> None:
        """Have a function called in the loop soon, without waiting."""
        self.loop.call_soon_threadsafe(work, *args)

    def listen(
        self, host: str, *servers: tuple[Callable[[], asyncio.BaseProtocol], ssl.SSLContext | None]
    ) -> list[asyncio.Server]:
        """Start a server on a free port of ``host`` for each pair of a protocol factory and its TLS context.

        If one of them fails to start, the ones before it are closed and the error is raised.
        """
        return self.run(self._listen(host, servers))

    async def _listen(
        self, host: str, servers: tuple[tuple[Callable[[], asyncio.BaseProtocol], ssl.SSLContext | None], ...]
    ) -> list[asyncio.Server]:
        started = []
        with ExitStack() as on_failure:
            for make, context in servers:
                # With its protocol named asyncio sends small answers at once (TCP_NODELAY).
                listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
                on_failure.callback(listening.close)
                listening.bind((host, 0))
                server = await self.loop.create_server(make, sock=listening, ssl=context)
                on_failure.callback(server.close)
                started.append(server)
            on_failure.pop_all()
        return started

    def stop(self) -> None:
        """End everything that still runs in the loop, then the loop and its thread."""
        self.run(self._wind_up())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_PATIENCE)
        self.loop.close()

    async def _wind_up(self) -> None:
        tasks = asyncio.all_tasks(self.loop) - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.loop.shutdown_asyncgens()


class Workers:
    """Threads that do for the event loop what may call the user's code or wait for a lock.

    There may be many, as one that waits for a mail sent by itself must not keep that very mail from being taken;
    one or two are started in practice.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._now = _machine_clock()
        self._pool = ThreadPoolExecutor(64, "sesfake-worker")
        self._busy: set[Future[None]] = set()

    def ask(
        self, question: Callable[..., T], *args: object, then: Callable[[], None] | None = None
    ) -> asyncio.Future[T]:
        """Have a question answered by a thread, which then goes on with what nobody waits for."""
        answer: asyncio.Future[T] = self.loop.create_future()
        work = self._pool.submit(self._work, answer, question, args, then)
        self._busy.add(work)
        work.add_done_callback(self._busy.discard)
        return answer

    def finish(self, timeout: float) -> bool:
        """Wait until all work is done, also what it causes meanwhile; tell whether it was in time."""
        deadline = self._now() + timeout
        while busy := set(self._busy):
            if wait(busy, max(0.0, deadline - self._now())).not_done:
                return False
        return True

    def stop(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _work(
        self,
        answer: asyncio.Future[T],
        question: Callable[..., T],
        args: tuple[object, ...],
        then: Callable[[], None] | None,
    ) -> None:
        try:
            result = question(*args)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it belongs to who asked
            self.loop.call_soon_threadsafe(_settle, answer, None, error)
        else:
            self.loop.call_soon_threadsafe(_settle, answer, result, None)
            if then is not None:
                try:
                    then()
                except Exception:  # noqa: BLE001 -- nobody waits for it who could be told
                    _log.exception("after a call had been answered")


def _settle(answer: asyncio.Future[Any], result: object, error: Exception | None) -> None:
    """Hand an answer over, unless its client has gone away in the meantime."""
    if not answer.done():
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)
