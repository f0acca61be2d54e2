"""What a run of pytest tells the fakes in its process: how much failures show, and who wants to know the fakes.

The plugin appends a run when it starts and removes it at the end. The last one counts, because pytest may run within
pytest. Without pytest the list is empty. A fake never changes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Run:
    """One run of pytest. ``verbosity`` is pytest's own, and ``entered`` is called with every fake that is entered."""

    def __init__(self, *, verbosity: int, entered: Callable[[Any], object]) -> None:
        self.verbosity = verbosity
        self.entered = entered


runs: list[Run] = []


def verbosity() -> int:
    """Return the verbosity of the run in progress, 0 without pytest."""
    return runs[-1].verbosity if runs else 0
