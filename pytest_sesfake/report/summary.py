"""The summary line of a run: counts of unused scripts, refused calls and problems in all tests."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_sesfake.report.excerpt import Excerpt

_WORDS = {
    "unused": ("script was never used", "scripts were never used"),
    "refused": ("call was refused in a test that failed", "calls were refused in tests that failed"),
    "problems": ("problem inside a call", "problems inside calls"),
}

_FAULTS = ("error", "timeout", "disconnect")


def tally(seen: Excerpt, complaints: Sequence[str], problems: Sequence[str]) -> dict[str, int]:
    """Return the counts of one failed test.

    ``complaints`` and ``problems`` are the texts of the fake. Refusals that a script asked for are not counted. Passed
    tests are not counted at all, because they expected their refusals.
    """
    asked_for = [call for call in seen.refused if call.fault is not None and call.fault.kind in _FAULTS]
    counted = Counter(
        unused=sum(" was never used: " in text for text in complaints),
        refused=len(seen.refused) - len(asked_for),
        problems=len(problems),
    )
    return dict(+counted)


def words(counted: Mapping[str, int]) -> str:
    """Return the counts as a part of the summary line."""
    parts = [f"{counted[name]} {forms[counted[name] > 1]}" for name, forms in _WORDS.items() if counted.get(name)]
    return ", ".join(parts)
