"""The mail that SES itself wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.reading.logs import Log
from pytest_sesfake.reading.matching import LETTER
from pytest_sesfake.reading.search import Kind
from pytest_sesfake.reading.showing import several, show
from pytest_sesfake.world.letters import Letter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from typing import Literal

    from typing_extensions import Unpack, override

    from pytest_sesfake.reading.matching import LetterMatchers
    from pytest_sesfake.world.cloud import Cloud


def describe(letter: Letter) -> str:
    """Return a letter in one line."""
    return f"{letter.kind} {letter.sent_at:%H:%M:%S} to={several(letter.to)} subject={show(letter.subject)}"


def brief(letter: Letter, wanted: Sequence[object] = ()) -> str:
    """Return a letter in a few words."""
    del wanted  # a letter has one reader
    return f"{letter.kind} {', '.join(letter.to)}"


class Letters(Log[Letter]):
    """The mail that SES itself wrote, oldest first: never a message of the application."""

    __slots__ = ()
    kind = Kind(item=Letter, noun="letter", differs=LETTER, describe=describe, brief=brief)

    def _kept(self, cloud: Cloud) -> list[Letter]:
        return cloud.letters

    if TYPE_CHECKING:

        @override
        def one(self, **matchers: Unpack[LetterMatchers]) -> Letter: ...
        @override
        def all(self, **matchers: Unpack[LetterMatchers]) -> list[Letter]: ...
        @override
        def first(self, **matchers: Unpack[LetterMatchers]) -> Letter: ...
        @override
        def last(self, **matchers: Unpack[LetterMatchers]) -> Letter: ...
        @override
        def none(self, **matchers: Unpack[LetterMatchers]) -> Literal[True]: ...
        @override
        def count(self, item: object = ..., /, **matchers: Unpack[LetterMatchers]) -> int: ...
        @override
        def wait(
            self, count: int = 1, timeout: timedelta | float = 5.0, **matchers: Unpack[LetterMatchers]
        ) -> list[Letter]: ...
        @override
        async def wait_async(
            self, count: int = 1, timeout: timedelta | float = 5.0, **matchers: Unpack[LetterMatchers]
        ) -> list[Letter]: ...
