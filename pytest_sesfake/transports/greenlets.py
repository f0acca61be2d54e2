"""Finds out what gevent and eventlet have replaced in this process.

They replace threads by greenlets. All greenlets run in one thread of the operating system, so a greenlet that waits
must let the others run. This module imports neither library.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pytest_sesfake.transports.arrivals import Arrivals
from pytest_sesfake.transports.patches import Patch

if TYPE_CHECKING:
    from collections.abc import Callable

_MONKEYS = ("eventlet", "eventlet.patcher", "gevent.events")
_NEEDED = {"gevent": ("socket", "ssl", "select"), "eventlet": ("socket", "select")}
_PATCHED_ONE = "GeventDidPatchModuleEvent"
_PATCHED_ALL = "GeventDidPatchAllEvent"
_CALLS = {"gevent": "gevent.monkey.patch_all()", "eventlet": "eventlet.monkey_patch()"}


def library() -> str | None:
    """Return the library that has replaced threads by greenlets, or ``None`` if threads are real threads."""
    if _has_replaced("gevent", "threading"):
        return "gevent"
    return "eventlet" if _has_replaced("eventlet", "thread") else None


def find_obstacle() -> str | None:
    """Return an error text if too little is patched for the listeners to run, otherwise ``None``."""
    name = library()
    if name is None:
        # Real threads, such as those of a ThreadPoolExecutor, fail when they wait for an empty queue of gevent.
        name, has, misses = "gevent", "the module queue", "threading" if _has_replaced("gevent", "queue") else ""
    else:
        missing = [module for module in _NEEDED[name] if not _has_replaced(name, module)]
        has, misses = "threads", ", ".join(missing)
    if not misses:
        return None
    return (
        f"{name} has replaced {has}, but not {misses}. The SMTP interface and the endpoint of sesfake "
        f"need all of them: call {_CALLS[name]} without arguments that exclude modules"
    )


def describe_blocking_socket() -> str:
    """Return the error text for a client whose socket would block all greenlets, also the listener."""
    name = library() or "gevent"
    return (
        f"{name} has replaced threads, but this socket is an original one: while it waits no greenlet runs, and so "
        f"neither do the SMTP interface and the endpoint of sesfake. Call {_CALLS[name]} before other imports. "
        "pytest-socket undoes the patch of socket.socket after each test: disable it by `-p no:socket`"
    )


def _has_replaced(name: str, module: str) -> bool:
    owner, function = (
        ("gevent.monkey", "is_module_patched")
        if name == "gevent"
        else (
            "eventlet.patcher",
            "is_monkey_patched",
        )
    )
    ask = getattr(sys.modules.get(owner), function, None)
    return ask is not None and bool(ask(module))


class MonkeyPatchInterceptor:
    """Reports when gevent or eventlet has patched the standard library.

    ``patched`` is called after each module that gevent patches, and once after eventlet has patched all. ``finished``
    is called when everything is patched.
    """

    def __init__(self, patched: Callable[[], None], finished: Callable[[], None]) -> None:
        self._patched = patched
        self._finished = finished
        self._patches: dict[str, Patch] = {}
        self._arrivals = Arrivals(_MONKEYS, self.put)

    def put(self) -> None:
        """Start to listen."""
        self._arrivals.put()
        subscribers = self._subscribers()
        if subscribers is not None and self._hear not in subscribers:
            subscribers.append(self._hear)
        for name in ("eventlet", "eventlet.patcher"):
            module = sys.modules.get(name)
            if name not in self._patches and hasattr(module, "monkey_patch"):
                self._patches[name] = Patch(module, "monkey_patch", self._wrap_monkey_patch)
        for patch in self._patches.values():
            patch.put()

    def lift(self) -> None:
        """Stop listening."""
        self._arrivals.lift()
        subscribers = self._subscribers()
        if subscribers is not None and self._hear in subscribers:
            subscribers.remove(self._hear)
        for patch in self._patches.values():
            patch.lift()

    def _subscribers(self) -> list[Any] | None:
        found: list[Any] | None = getattr(sys.modules.get("gevent.events"), "subscribers", None)
        return found

    def _hear(self, event: object) -> None:
        kind = type(event).__name__
        if kind in (_PATCHED_ONE, _PATCHED_ALL):
            self._patched()
        if kind == _PATCHED_ALL:
            self._finished()

    def _wrap_monkey_patch(self, original: Callable[..., None]) -> Callable[..., None]:
        def monkey_patch(*args: Any, **kwargs: Any) -> None:
            original(*args, **kwargs)
            self._patched()
            self._finished()

        return monkey_patch
