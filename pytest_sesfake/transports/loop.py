"""The event loop of all listeners, which runs in its own thread, and the worker threads of this loop."""

from __future__ import annotations

import asyncio
import logging
import os
import selectors
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_sesfake.transports import greenlets

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

T = TypeVar("T")

_log = logging.getLogger(__name__)

# How many seconds another thread waits for the loop. The loop is never busy for long, so this only ends a deadlock.
_TIMEOUT = 30.0
_NAP = 0.001
# The original `sleep`, if this module is imported before gevent or eventlet replaces it.
_sleep = time.sleep


def _machine_clock() -> Callable[[], float]:
    """Return a monotonic clock that freezegun and time-machine do not replace.

    freezegun replaces ``time.monotonic`` in every module, also in modules that are imported later. A loop with a
    frozen clock would never wake.
    """
    clock = getattr(time, "CLOCK_MONOTONIC", None)
    return time.monotonic if clock is None else partial(time.clock_gettime, clock)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that still works while a test has frozen the time."""

    _clock: Callable[[], float]

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        self._clock = _machine_clock()
        super().__init__(selector)

    def time(self) -> float:
        return self._clock()


def _log_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log errors of the loop, but not broken connections: a client may disconnect at any time."""
    error = context.get("exception")
    if error is not None and not isinstance(error, OSError):
        _log.error("in the event loop of sesfake: %s", context["message"], exc_info=error)


class _Context:
    """Saves and restores the state that asyncio keeps for each thread of the operating system.

    With greenlets, several loops run in one such thread. Greenlets switch only while a loop waits in ``select``. So the
    loop of the fake restores the state of the others before it selects, and sets its own state again afterwards.
    Otherwise a test would seem to run inside an event loop.
    """

    def __init__(self) -> None:
        self._other = _leave_loop()

    def select(self, original: Callable[..., Any], timeout: float | None = None) -> Any:
        """Wait for sockets while the state of the other loops is set."""
        own = _leave_loop()
        _enter_loop(*self._other)
        try:
            return original(timeout)
        finally:
            self._other = _leave_loop()
            _enter_loop(*own)

    def end(self) -> None:
        """Restore the state of the other loops for good."""
        _enter_loop(*self._other)


def _leave_loop() -> tuple[asyncio.AbstractEventLoop | None, Any]:
    found = asyncio._get_running_loop(), sys.get_asyncgen_hooks()  # noqa: SLF001 - for those who write event loops
    _enter_loop(None, (None, None))
    return found


def _enter_loop(loop: asyncio.AbstractEventLoop | None, hooks: Any) -> None:
    asyncio._set_running_loop(loop)  # noqa: SLF001 - for those who write event loops
    sys.set_asyncgen_hooks(*hooks)


def _prepare_end() -> None:
    """Let a thread end without an error after gevent or eventlet has replaced ``threading.get_ident``.

    Otherwise the thread would look for itself in the registry under a different number.
    """
    thread: Any = threading.current_thread()
    registry: Any = getattr(threading, "_active", {})
    thread._delete = partial(registry.pop, thread.ident, None)  # noqa: SLF001 - nothing public ends a thread


class LoopThread:
    """An event loop that runs in a daemon thread from its creation until ``stop``.

    With gevent or eventlet the thread is a greenlet of ``library``, and its loop lets other greenlets run while it
    waits. A real thread that was started before the replacement is outdated: it still runs, but it can share no locks
    with greenlets.
    """

    def __init__(self) -> None:
        self.library = greenlets.library()
        self.loop: asyncio.AbstractEventLoop
        self._is_ready = threading.Event()
        self._is_over = False
        target = self._run_thread if self.library is None else self._run_greenlet
        self._thread = threading.Thread(target=target, name="sesfake-loop", daemon=True)
        self._thread.start()
        self._is_ready.wait(_TIMEOUT)

    def _run_thread(self) -> None:
        _prepare_end()
        self._run(selectors.DefaultSelector())

    def _run_greenlet(self) -> None:
        context = _Context()
        selector = selectors.DefaultSelector()
        selector.select = partial(context.select, selector.select)  # type: ignore[method-assign]
        try:
            self._run(selector)
        finally:
            context.end()

    def _run(self, selector: selectors.BaseSelector) -> None:
        """Make and run the loop. It is made here because selectors of gevent and eventlet belong to one thread."""
        self.loop = _Loop(selector)
        self.loop.set_exception_handler(_log_error)
        self.loop.call_soon(self._is_ready.set)
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()
            self._is_over = True

    @property
    def is_outdated(self) -> bool:
        """Whether threads have become greenlets since this one was started."""
        return self.library != greenlets.library()

    @property
    def ident(self) -> int | None:
        """The identity of the thread."""
        return self._thread.ident

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop and wait for its result. Never call this while holding the simulation's lock."""
        if self.is_outdated:
            return self._run_outdated(work)
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(_TIMEOUT)

    def _run_outdated(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the same without a lock: locks of greenlets and of the loop's real thread do not work together."""
        done: list[asyncio.Future[T]] = []
        self.loop.call_soon_threadsafe(lambda: self.loop.create_task(work).add_done_callback(done.append))
        self._wait_until(lambda: bool(done))
        return done[0].result()

    def _wait_until(self, is_true: Callable[[], bool]) -> None:
        naps = int(_TIMEOUT / _NAP)
        while not is_true():
            _sleep(_NAP)
            naps -= 1
            if not naps:
                raise TimeoutError("the event loop of sesfake does not answer")

    def call(self, work: Callable[..., object], *args: object) -> None:
        """Schedule a function call in the loop, and return without waiting."""
        self.loop.call_soon_threadsafe(work, *args)

    def listen(
        self,
        host: str,
        ports: tuple[int, ...],
        *servers: tuple[Callable[[], asyncio.BaseProtocol], ssl.SSLContext | None],
    ) -> list[asyncio.Server]:
        """Start a server at ``host`` for each pair of a protocol factory and its TLS context.

        ``ports`` has the port of each server; 0 is a free one. If a server fails to start, the ones before it are
        closed and the error is raised.
        """
        return self.run(self._listen(host, ports, servers))

    async def _listen(
        self,
        host: str,
        ports: tuple[int, ...],
        servers: tuple[tuple[Callable[[], asyncio.BaseProtocol], ssl.SSLContext | None], ...],
    ) -> list[asyncio.Server]:
        started = []
        with ExitStack() as on_failure:
            for port, (make, context) in zip(ports, servers, strict=True):
                # With an explicit protocol asyncio sets TCP_NODELAY, so small answers are sent at once.
                listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
                on_failure.callback(listening.close)
                if os.name == "posix":  # so that a restarted listener can reuse its port
                    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listening.bind((host, port))
                server = await self.loop.create_server(make, sock=listening, ssl=context)
                on_failure.callback(server.close)
                started.append(server)
            on_failure.pop_all()
        return started

    def stop(self) -> None:
        """Cancel everything that still runs in the loop, then end the loop and its thread."""
        self.run(self._wind_up())
        self.loop.call_soon_threadsafe(self.loop.stop)
        if self.is_outdated:
            self._wait_until(lambda: self._is_over)
        else:
            self._thread.join(_TIMEOUT)

    async def _wind_up(self) -> None:
        tasks = asyncio.all_tasks(self.loop) - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.loop.shutdown_asyncgens()


class Workers:
    """Worker threads for everything that may call the user's code or wait for a lock. The event loop itself may not.

    The limit is high, because a worker may send a mail and wait for it, and another worker must then accept that mail.
    In practice one or two threads are started.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._now = _machine_clock()
        self._pool = ThreadPoolExecutor(64, "sesfake-worker", None if greenlets.library() else _prepare_end)
        self._busy: set[Future[None]] = set()

    def ask(
        self, question: Callable[..., T], *args: object, then: Callable[[], None] | None = None
    ) -> asyncio.Future[T]:
        """Call ``question(*args)`` in a worker thread, and return a future of the loop for its result.

        The same thread then runs ``then``, but the future does not wait for that.
        """
        answer: asyncio.Future[T] = self.loop.create_future()
        work = self._pool.submit(self._work, answer, question, args, then)
        self._busy.add(work)
        work.add_done_callback(self._busy.discard)
        return answer

    def finish(self, timeout: float) -> bool:
        """Wait until all work is done, also work that starts meanwhile. Return False after ``timeout`` seconds."""
        deadline = self._now() + timeout
        while busy := set(self._busy):
            if wait(busy, max(0.0, deadline - self._now())).not_done:
                return False
        return True

    def stop(self) -> None:
        """Accept no more work, and cancel work that has not started."""
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
        except Exception as error:  # noqa: BLE001 - the caller gets any error
            self.loop.call_soon_threadsafe(_settle, answer, None, error)
        else:
            self.loop.call_soon_threadsafe(_settle, answer, result, None)
            if then is not None:
                try:
                    then()
                except Exception:  # noqa: BLE001 - no caller waits for this, so it is logged
                    _log.exception("after a call had been answered")


def _settle(answer: asyncio.Future[Any], result: object, error: Exception | None) -> None:
    """Set the result or the error of a future, unless its client has disconnected in the meantime."""
    if not answer.done():
        if error is None:
            answer.set_result(result)
        else:
            answer.set_exception(error)
