"""One search in a log: the matchers, the items that were searched, and the matches. Failure texts are made from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pytest_sesfake.reading.matching import Differ
    from pytest_sesfake.ses.simulation import Simulation

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[T]):
    """The properties of one kind of log.

    ``item`` is the class of the items, ``noun`` their name in texts, and ``differs`` has a function for each matcher.
    ``describe`` describes an item in one line; ``brief`` does so in a few words, with wanted recipients first.
    ``leading`` is the matcher that may be given by position. ``indexed`` has the matchers that use an index of
    addresses, each with the function that reads the addresses of an item.
    """

    item: type
    noun: str
    differs: Mapping[str, Differ[T]]
    describe: Callable[[T], str]
    brief: Callable[[T, Sequence[object]], str]
    leading: str | None = None
    indexed: Mapping[str, Callable[[T], Iterable[str]]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Search(Generic[T]):
    """The result of a search in the first ``total`` items of ``log``, which only grows. ``found`` has the matches."""

    kind: Kind[T]
    simulation: Simulation
    matchers: Mapping[str, Any]
    log: Sequence[T]
    total: int
    found: list[T]
    pulse: tuple[int, ...]

    @property
    def items(self) -> Sequence[T]:
        """All items that were searched."""
        return self.log[: self.total]

    @property
    def addresses(self) -> list[object]:
        """The recipients that the matchers ask for, by ``to``, ``recipient``, ``cc`` or ``bcc``."""
        asked: list[object] = []
        for name in ("to", "recipient", "cc", "bcc"):
            wanted = self.matchers.get(name)
            if isinstance(wanted, (list, tuple, set, frozenset)):
                asked += wanted
            elif wanted is not None:
                asked.append(wanted)
        return asked


def pulse(simulation: Simulation) -> tuple[int, ...]:
    """Return numbers that change whenever a message, an event or a call is added."""
    return len(simulation.messages), len(simulation.events), len(simulation.calls)
