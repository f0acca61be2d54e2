"""How a look waits for what other threads and processes do: in real time, whatever clock a test has stopped."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from pytest_sesfake.reading.search import pulse

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.simulation import Simulation

# What nobody announces (a due time that came, an answer to a call that was logged) is looked for so often, in seconds.
_NAP = 0.25
_NAP_BEFORE_DUE = 0.05


def _real_clock() -> Callable[[], float]:
    # freezegun replaces `time.monotonic` wherever a module holds it, older time-machines inside the interpreter.
    clock = getattr(time, "CLOCK_MONOTONIC", None)
    return time.monotonic if clock is None else partial(time.clock_gettime, clock)


now = _real_clock()
"""Seconds of a clock that no test stops."""


def rest(simulation: Simulation, seen: tuple[int, ...], seconds: float) -> None:
    """Wait until something has happened since ``seen``, but no longer than ``seconds`` and than is wise."""
    with simulation.changed:
        if pulse(simulation) == seen:
            simulation.changed.wait(min(seconds, _NAP_BEFORE_DUE if len(simulation.schedule) else _NAP))


async def rest_async(simulation: Simulation, seen: tuple[int, ...], seconds: float) -> None:
    """Do the same in a thread, while the event loop goes on; the loop's own timers may stand still with the clock."""
    if running() == "trio":
        await sys.modules["trio"].to_thread.run_sync(rest, simulation, seen, seconds)
    else:
        import asyncio

        await asyncio.get_running_loop().run_in_executor(None, rest, simulation, seen, seconds)


def running() -> str | None:
    """Return whose event loop is running in this thread: ``"asyncio"``, ``"trio"`` or nobody's."""
    for library, module, ask in (("asyncio", "asyncio", "get_running_loop"), ("trio", "trio.lowlevel", "current_task")):
        if module in sys.modules:
            try:
                getattr(sys.modules[module], ask)()
            except RuntimeError:
                continue
            return library
    return None
