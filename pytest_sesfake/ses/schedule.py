"""The schedule of future events, in order of time."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from pytest_sesfake.ses.mail.addresses import parse_address

if TYPE_CHECKING:
    from pytest_sesfake.ses.events import Fact
    from pytest_sesfake.ses.messages import Message

    Entry = tuple[float, int, Message, tuple[str, ...], Fact]


class Schedule:
    """A heap of tuples: time, running number, message, recipients, fact. The number keeps the order of equal times."""

    __slots__ = ("_entries", "_number")

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._number = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, at: float, message: Message, recipients: tuple[str, ...], fact: Fact) -> None:
        """Schedule a fact for recipients of a message. ``at`` is a time in seconds of the simulated clock."""
        self._number += 1
        heapq.heappush(self._entries, (at, self._number, message, recipients, fact))

    def due(self, now: float) -> Entry | None:
        """Remove and return the next entry that is due at ``now``, or return ``None``."""
        if self._entries and self._entries[0][0] <= now:
            return heapq.heappop(self._entries)
        return None

    def forget(self, message: Message, address: str, kinds: type[Fact] | tuple[type[Fact], ...]) -> None:
        """Remove all scheduled facts of these kinds for one recipient of a message."""
        wanted = parse_address(address).normal
        kept = []
        for entry in self._entries:
            at, number, whose, recipients, fact = entry
            if whose is message and isinstance(fact, kinds):
                rest = tuple(other for other in recipients if parse_address(other).normal != wanted)
                if rest:
                    kept.append((at, number, whose, rest, fact))
            else:
                kept.append(entry)
        self._entries = kept
        heapq.heapify(kept)

    def waiting(self) -> list[Entry]:
        """Return all scheduled entries, earliest first."""
        return sorted(self._entries, key=lambda entry: entry[:2])
