"""The tests of a whole run, put together from what each of them left behind, in whichever process it ran."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pytest_sesfake.reading.showing import redact
from pytest_sesfake.report import records
from pytest_sesfake.report.sections import without_sections

Json = dict[str, Any]

MOST_FAILURE = 30_000
"""How many characters of a failure's text are kept, of its end."""

_GRAVEST_FIRST = ("error", "failed", "rerun", "xpassed", "xfailed", "skipped", "passed")


class Gathering:
    """What is known of the tests so far: of each its phases, and of those that had a fake the record as well."""

    def __init__(self) -> None:
        self._phases: dict[tuple[str, str], list[Json]] = defaultdict(list)
        self._tests: list[Json] = []
        self._blobs: dict[str, str] = {}

    def phase(self, test: str, worker: str, category: str, duration: float, failure: str) -> None:
        """Note how set-up, call or tear-down of a test ended; ``category`` is pytest's word for it."""
        self._phases[test, worker].append({"category": category, "duration": duration, "failure": failure})

    def over(self, test: str, worker: str, record: Json | None) -> None:
        """Note that a test is over, and what it did with its fake, ``None`` if it had none."""
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
        """Note that a test is over because its process crashed, and with it went what it did."""
        self.over(test, worker, records.lost("What it sent is lost, because its worker crashed."))

    def run(self, **about: Any) -> Json:
        """Return the run as ``html`` takes it."""
        return {**about, "tests": self._tests, "blobs": self._blobs}
