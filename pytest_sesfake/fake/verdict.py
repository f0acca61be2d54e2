"""When a fake says what a test must fail for: once, and of a script only when no later test can use it any more."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.fake.ses_fake import SesFake

_OURS = str(Path(__file__).parent)

watchers: list[Callable[[Any], object]] = []
"""Functions that get every fake that is entered. Only the last one is called: pytest may run within pytest."""


def at(error: Exception, here: Callable[[str], str]) -> str:
    """Return the line where an error was raised, of the user's code if there is any; ``here`` shortens its path."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not frame.filename.startswith(_OURS)]
    return "".join(f" ({here(frame.filename)}:{frame.lineno})" for frame in (theirs or frames)[-1:])


class Verdict:
    """Decides what a test must fail for, when it ends and when its fake is left.

    ``complaints`` returns the texts of what is wrong, with scripts that were never used or without. A fake of a fixture
    with a wider scope is ``shared``: a problem inside a call fails the test that made the call. Its scripts are checked
    when the fake is left, unless a test that used it failed or was skipped.
    """

    def __init__(self, complaints: Callable[..., list[str]]) -> None:
        self.complaints = complaints
        self.shared = False
        self._is_settled = False
        self._is_excused = False
        self._reported: tuple[str, ...] = ()

    def start_over(self) -> None:
        """Forget what was reported: the fake starts over."""
        self._reported = ()

    def at_end_of_test(self, *, passed: bool) -> list[str]:
        """Return what a test must fail for; nothing if the test did not pass."""
        if not self.shared:
            self._is_settled = True
            return self.complaints() if passed else []
        texts = self._news(scripts=False)
        self._is_excused |= bool(texts) or not passed
        self._reported += tuple(texts)
        return texts if passed else []

    def at_exit(self) -> list[str]:
        """Return what was not reported yet."""
        texts = [] if self._is_settled else self._news(scripts=not self._is_excused)
        self._reported += tuple(texts)
        return texts

    def _news(self, *, scripts: bool) -> list[str]:
        return [text for text in self.complaints(scripts=scripts) if text not in self._reported]


def verdict_of(fake: SesFake) -> Verdict:
    """Return the verdict of a fake. It is no attribute of the fake that tests see."""
    return fake._verdict  # noqa: SLF001 - of the same room


def leave(fake: SesFake) -> None:
    """Stop answering, without a verdict: the report of the test has it."""
    fake._leave()  # noqa: SLF001 - of the same room
