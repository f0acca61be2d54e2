"""The runs of pytest in this process: their verbosity, and the function that each one calls with every entered fake.

The plugin appends a run when it starts and removes it at its end. The last one counts, because a test may run pytest
again (pytester). Without pytest the list is empty. Fakes never change it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Run:
    """One run of pytest. ``verbosity`` is pytest's, and ``settings`` are those of its ini file.

    ``entered`` is called with each fake that a test enters.
    """

    def __init__(
        self, *, verbosity: int, entered: Callable[[Any], object], settings: Callable[[], Mapping[str, Any]]
    ) -> None:
        self.verbosity = verbosity
        self.entered = entered
        self.settings = settings


runs: list[Run] = []


def settings() -> Mapping[str, Any]:
    """Return the settings of the ini file of the current run; none without pytest."""
    return runs[-1].settings() if runs else {}


def verbosity() -> int:
    """Return the verbosity of the current run; 0 without pytest."""
    return runs[-1].verbosity if runs else 0
