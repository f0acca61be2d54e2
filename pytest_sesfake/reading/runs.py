"""The runs of pytest in this process: their verbosity, and the function that each one calls with every entered fake.

The plugin appends a run when it starts and removes it at its end. The last one counts, because a test may run pytest
again (pytester). Without pytest the list is empty. Fakes never change it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Run:
    """One run of pytest. ``verbosity`` is pytest's. ``entered`` is called with each fake that a test enters."""

    def __init__(self, *, verbosity: int, entered: Callable[[Any], object]) -> None:
        self.verbosity = verbosity
        self.entered = entered


runs: list[Run] = []


def verbosity() -> int:
    """Return the verbosity of the current run; 0 without pytest."""
    return runs[-1].verbosity if runs else 0
