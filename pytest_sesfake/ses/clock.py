"""The one clock of a fake: real time as the process sees it, moved and stopped by tests."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

UTC = timezone.utc


def moment(seconds: float) -> datetime:
    """Convert epoch seconds to an aware datetime in UTC, to the millisecond as SES tells time."""
    return datetime.fromtimestamp(round(seconds, 3), tz=UTC)


def to_seconds(span: timedelta | float) -> float:
    """Convert a span, a timedelta or a number of seconds, to seconds; a negative or endless one is a ValueError."""
    if isinstance(span, timedelta):
        seconds = span.total_seconds()
    elif isinstance(span, (int, float)):
        seconds = float(span)
    else:
        raise TypeError(f"a time span is a number of seconds or a timedelta, not {span!r}")
    if seconds < 0:
        raise ValueError(f"a time span cannot be negative: {span!r}")
    if not seconds < inf:
        raise ValueError(f"a time span has to end, and {span!r} does not")
    return seconds


class Clock:
    """Tells the fake's time; follows freezegun and time-machine because it asks ``time.time()``.

    ``moved`` is called after each move, so that what has become due happens; who follows is called after that.
    """

    def __init__(self, moved: Callable[[], object]) -> None:
        self._moved = [moved]
        self._offset = 0.0
        self._frozen: float | None = None

    def __repr__(self) -> str:
        state = "" if self._frozen is None else " frozen"
        return f"<Clock{state} {self.now().isoformat()}>"

    def follow(self, moved: Callable[[], object]) -> None:
        """Call a function, too, after each move, for what follows from what has happened."""
        self._moved.append(moved)

    def _tell(self) -> None:
        for moved in self._moved:
            moved()

    def time(self) -> float:
        """Return the time in epoch seconds."""
        base = time.time() if self._frozen is None else self._frozen
        return base + self._offset

    def now(self) -> datetime:
        """Return the time as an aware datetime in UTC."""
        return moment(self.time())

    def advance(
        self,
        span: timedelta | None = None,
        /,
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        milliseconds: float = 0,
    ) -> None:
        """Move forward by a timedelta, or by its parts in the words of ``datetime.timedelta``.

        What becomes due on the way happens, in order, each thing at its own instant.
        """
        parts = timedelta(
            weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds
        )
        try:
            whole = parts if span is None else span + parts
        except TypeError:
            raise TypeError(f"advance() takes a timedelta or keywords (hours=2), not {span!r}") from None
        self._offset += to_seconds(whole)
        self._tell()

    def freeze(self, at: datetime | None = None) -> None:
        """Stop the clock, at the aware datetime ``at`` or where it stands; ``advance`` still moves it."""
        if at is None:
            self._frozen, self._offset = self.time(), 0.0
        elif not isinstance(at, datetime):
            raise TypeError(
                f"freeze() takes an aware datetime, such as datetime(2026, 1, 1, tzinfo=timezone.utc), not {at!r}"
            )
        elif at.tzinfo is None:
            raise ValueError(f"freeze() takes an aware datetime, and {at!r} has no time zone")
        else:
            self._frozen, self._offset = at.timestamp(), 0.0
        self._tell()
