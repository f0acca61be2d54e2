"""One look into a log: what was asked, among which items, and what was found."""

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
    """What is special about one log, whose items are of class ``item``.

    ``leading`` names the matcher that may be given by position; ``indexed`` the matchers whose addresses are worth an
    index, each with how to read them. ``describe`` tells an item in one line, ``brief`` in a few words, where the
    recipients that were asked for come first.
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
    """What a look saw: the first ``total`` items of ``log``, which only grows, and those of them that match."""

    kind: Kind[T]
    simulation: Simulation
    matchers: Mapping[str, Any]
    log: Sequence[T]
    total: int
    found: list[T]
    pulse: tuple[int, ...]

    @property
    def items(self) -> Sequence[T]:
        """All items that the look saw."""
        return self.log[: self.total]

    @property
    def addresses(self) -> list[object]:
        """The recipients that were asked for, under whatever name."""
        asked: list[object] = []
        for name in ("to", "recipient", "cc", "bcc"):
            wanted = self.matchers.get(name)
            if isinstance(wanted, (list, tuple, set, frozenset)):
                asked += wanted
            elif wanted is not None:
                asked.append(wanted)
        return asked


def pulse(simulation: Simulation) -> tuple[int, ...]:
    """Return what changes whenever something is sent, called or happens."""
    return len(simulation.messages), len(simulation.events), len(simulation.calls)
