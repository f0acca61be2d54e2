"""Collects the results of all tests for the HTML page.

pytest reports the phases of a test (setup, call, teardown) one by one, and with xdist from several worker processes.
The data of a test arrive with its last phase.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pytest_sesfake.reading.showing import redact
from pytest_sesfake.report import records
from pytest_sesfake.report.sections import without_sections

if TYPE_CHECKING:
    from pytest_sesfake.report.records import Json

MOST_FAILURE = 30_000
"""The most characters that are kept of a failure's text. Its end is kept."""

_GRAVEST_FIRST = ("error", "failed", "rerun", "xpassed", "xfailed", "skipped", "passed")


class Gathering:
    """The tests so far. Only those that had a fake, or crashed, are on the page."""

    def __init__(self) -> None:
        self._phases: dict[tuple[str, str], list[Json]] = defaultdict(list)
        self._tests: list[Json] = []
        self._blobs: dict[str, str] = {}

    def phase(self, test: str, worker: str, category: str, duration: float, failure: str) -> None:
        """Note how one phase of a test ended. ``category`` is pytest's, and ``duration`` is in seconds."""
        self._phases[test, worker].append({"category": category, "duration": duration, "failure": failure})

    def over(self, test: str, worker: str, record: Json | None) -> None:
        """Note the end of a test and the record of its fake; ``None`` if it had no fake."""
        phases = self._phases.pop((test, worker), [])
        if record is None:
            return
        self._blobs.update(record["blobs"])
        categories = {phase["category"] for phase in phases}
        failures = [phase["failure"] for phase in phases if phase["failure"]]
        failure = redact("\n\n".join(map(without_sections, failures)))
        self._tests.append(
            {
                **{name: value for name, value in record.items() if name != "blobs"},
                "id": test,
                "worker": worker,
                "outcome": next((word for word in _GRAVEST_FIRST if word in categories), "passed"),
                "duration": sum(phase["duration"] for phase in phases),
                "failure": records.pack(failure[-MOST_FAILURE:].encode("utf-8", "replace")),
            }
        )

    def lost(self, test: str, worker: str) -> None:
        """Note that the worker of a test crashed, so that its data are lost."""
        self.over(test, worker, records.lost("The data of this test are lost, because its worker crashed."))

    def run(self, **about: Any) -> Json:
        """Return the whole run for ``html.page``. ``about`` is added to it."""
        return {**about, "tests": self._tests, "blobs": self._blobs}
