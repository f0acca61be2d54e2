"""Row 5: how much later pytest starts when the plugin is installed and unused.

A start is all computing and no waiting, so it is measured in processor time: on a busy machine, a few milliseconds of a
new process's wall time are lost in the noise.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.benchmarks.measure import Finding, Measure, at_most, durations, medians

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTENDERS = {"without": None, "smtpdfix": "smtpd", "ours": "sesfake"}


@contextmanager
def pytest_run(plugin: str | None) -> Iterator[Callable[[], object]]:
    """A run of one test that sends nothing, with all installed plugins blocked but this one."""
    blocked = sorted({point.name for point in entry_points(group="pytest11")} - {plugin})
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(f"-pno:{name}" for name in blocked)]
    # Bytecode is written, as that of an installed package is: else every start would compile the plugin anew.
    environment = {**os.environ, "PYTEST_ADDOPTS": "", "PYTHONDONTWRITEBYTECODE": ""}
    with TemporaryDirectory() as folder:
        (Path(folder) / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        (Path(folder) / "test_unused.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
        yield partial(subprocess.run, command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)


def processor_time_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def take(rounds: int) -> Finding:
    contenders = {name: partial(pytest_run, plugin) for name, plugin in CONTENDERS.items()}
    seconds = medians(contenders, rounds=rounds, calls=1, clock=processor_time_of_children)
    return Finding(
        seen=durations(seconds),
        result=1000 * (seconds["ours"] - seconds["without"]),
        target=at_most(5, "ms more"),
    )


MEASURES = [Measure(number="5", title="pytest starts, plugin installed and unused", rounds=31, take=take)]
