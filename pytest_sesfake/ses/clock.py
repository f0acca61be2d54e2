"""The clock of a fake: the time of the process, plus what a test has moved it, or a frozen time.

All times in the simulation are epoch seconds of this clock. Moving or freezing it never sleeps. After each change the
clock calls its listeners; the first one lets all events happen that have become due.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Span = timedelta | float | None

UTC = timezone.utc


def moment(seconds: float) -> datetime:
    """Convert epoch seconds to an aware datetime in UTC. It is rounded to milliseconds, as in the timestamps of SES."""
    return datetime.fromtimestamp(round(seconds, 3), tz=UTC)


def to_seconds(span: timedelta | float) -> float:
    """Convert a timedelta or a number of seconds to seconds. Raises ValueError if it is negative, infinite or NaN."""
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


_FOR_TESTS = {"advance", "freeze", "now"}


class Clock:
    """The clock of a fake. It also follows freezegun and time-machine, because it calls ``time.time()``.

    ``moved`` is called after each change of the clock, before all functions that `follow` adds.
    """

    def __init__(self, moved: Callable[[], object]) -> None:
        self._moved = [moved]
        self._offset = 0.0
        self._frozen: float | None = None

    def __dir__(self) -> list[str]:
        """Return the attributes for tests. Completion leaves out those that only this package uses."""
        return [name for name in super().__dir__() if name.startswith("_") or name in _FOR_TESTS]

    def __repr__(self) -> str:
        state = "" if self._frozen is None else " frozen"
        return f"<Clock{state} {self.now().isoformat()}>"

    def follow(self, moved: Callable[[], object]) -> None:
        """Call ``moved`` after each change of the clock, when everything that is due has happened."""
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
        """Move the clock forward by a timedelta, or by the keywords of ``datetime.timedelta``.

        Events that become due happen in order, each with its own scheduled time. Raises ValueError for a negative
        span: the clock does not go back.
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
        """Stop the clock at the aware datetime ``at``, or at the current time. ``advance`` still moves it."""
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
