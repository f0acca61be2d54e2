"""Row 12: the suite of `docs/examples` in two workers of pytest-xdist, and without."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.measure import Finding, Measure, at_most

ROOT = Path(__file__).parents[3]
OUTCOME = re.compile(r"^(PASSED|FAILED|ERROR|SKIPPED) (\S+)", re.MULTILINE)


def outcomes(*options: str) -> dict[str, str]:
    """What became of each test."""
    command = [sys.executable, "-m", "pytest", "docs/examples", "-q", "-rA", "-p", "no:cacheprovider", *options]
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    return {test: outcome for outcome, test in OUTCOME.findall(run.stdout)}


def take(rounds: int) -> Finding:
    alone = outcomes()
    assert alone
    differing = [
        {test for test in alone | shared if alone.get(test) != shared.get(test)}
        for shared in (outcomes("-n", "2") for _ in range(rounds))
    ]
    return Finding(
        seen={"alone": f"{len(alone)} tests", "in two workers": f"the same, {rounds} times"},
        result=sum(map(len, differing)),
        target=at_most(0, "outcomes that differ"),
    )


MEASURES = [Measure(number="12", title="`docs/examples` with `-n 2`", rounds=3, take=take)]
