"""When a fake says what a test must fail for: once, and of a script only when no later test can use it any more."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_OURS = str(Path(__file__).parent)

watchers: list[Callable[[Any], object]] = []
"""Who is told of every fake that is entered: the last one is, where pytest runs within pytest."""


def at(error: Exception, here: Callable[[str], str]) -> str:
    """Return the line where an error was raised, of the user's code if there is any; ``here`` shortens its path."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not frame.filename.startswith(_OURS)]
    return "".join(f" ({here(frame.filename)}:{frame.lineno})" for frame in (theirs or frames)[-1:])


class Verdict:
    """What is asked of a fake at the end of a test, and when it is left.

    A fixture of a wider scope makes one that is ``shared``: what goes wrong inside calls fails the test under which it
    did, and scripts are judged when the fake is left, unless a test that used it failed or was skipped.
    """

    shared = False
    is_active = False
    _is_settled = False
    _is_excused = False
    _reported: tuple[str, ...] = ()

    def complaints(self, *, scripts: bool = True) -> list[str]:
        """Return what is wrong, with the scripts that were never used or without."""
        raise NotImplementedError

    def at_end_of_test(self, *, passed: bool) -> list[str]:
        """Return what a test must fail for; of one that has not ``passed`` plainly nothing more is asked."""
        if not self.shared:
            self._is_settled = True
            return self.complaints() if passed else []
        texts = self._news(scripts=False)
        self._is_excused |= bool(texts) or not passed
        self._reported += tuple(texts)
        return texts if passed else []

    def at_exit(self) -> list[str]:
        """Return what nobody was told yet."""
        texts = [] if self._is_settled else self._news(scripts=not self._is_excused)
        self._reported += tuple(texts)
        return texts

    def _news(self, *, scripts: bool) -> list[str]:
        return [text for text in self.complaints(scripts=scripts) if text not in self._reported]
