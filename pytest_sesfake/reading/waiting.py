"""How ``wait`` and ``wait_async`` wait for other threads and processes.

They wait in real time, also when a test has frozen the clock. The simulation wakes them when something is logged.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from pytest_sesfake.reading.search import pulse

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.simulation import Simulation

# Nothing wakes them when an event becomes due, or when a logged call gets its response. So they also look this often,
# in seconds.
_NAP = 0.25
_NAP_BEFORE_DUE = 0.05


def _real_clock() -> Callable[[], float]:
    # freezegun replaces `time.monotonic` in every module that has it; older time-machines, in the interpreter.
    clock = getattr(time, "CLOCK_MONOTONIC", None)
    return time.monotonic if clock is None else partial(time.clock_gettime, clock)


now = _real_clock()
"""Return the seconds of a clock that tests do not freeze."""


def rest(simulation: Simulation, seen: tuple[int, ...], seconds: float) -> None:
    """Wait until something happened since ``seen``, at most ``seconds``. It may return earlier, so look again."""
    with simulation.changed:
        if pulse(simulation) == seen:
            simulation.changed.wait(min(seconds, _NAP_BEFORE_DUE if len(simulation.schedule) else _NAP))


async def rest_async(simulation: Simulation, seen: tuple[int, ...], seconds: float) -> None:
    """Do the same in a thread, so that the event loop goes on. The loop's own timers may stop with a frozen clock."""
    if running() == "trio":
        await sys.modules["trio"].to_thread.run_sync(rest, simulation, seen, seconds)
    else:
        import asyncio

        await asyncio.get_running_loop().run_in_executor(None, rest, simulation, seen, seconds)


def running() -> str | None:
    """Return the library whose event loop runs in this thread: ``"asyncio"``, ``"trio"`` or ``None``."""
    for library, module, ask in (("asyncio", "asyncio", "get_running_loop"), ("trio", "trio.lowlevel", "current_task")):
        if module in sys.modules:
            try:
                getattr(sys.modules[module], ask)()
            except RuntimeError:
                continue
            return library
    return None
