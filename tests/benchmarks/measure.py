"""How a measure is taken: contenders take turns, and the median round of each counts."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

# Entered before a round and left after it, neither of them timed; gives what is timed.
Contender: TypeAlias = Callable[[], AbstractContextManager[Callable[[], object]]]


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a result has to reach: at most or at least so much."""

    bound: float
    unit: str
    is_upper: bool

    def is_met(self, result: float) -> bool:
        return result <= self.bound if self.is_upper else result >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.is_upper else '≥'} {self.bound:g} {self.unit}"


def at_most(bound: float, unit: str) -> Target:
    return Target(bound=bound, unit=unit, is_upper=True)


def at_least(bound: float, unit: str) -> Target:
    return Target(bound=bound, unit=unit, is_upper=False)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the table: what each contender took, in words, and the one number that is judged."""

    seen: Mapping[str, str]
    result: float
    target: Target


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One row of the table. ``take`` gets the number of rounds."""

    number: str
    title: str
    rounds: int
    take: Callable[[int], Finding]


def medians(
    contenders: Mapping[str, Contender], *, rounds: int, calls: int, clock: Callable[[], float] = perf_counter
) -> dict[str, float]:
    """The seconds that one call of each contender takes, in its median round.

    All contenders are in every round, and each round starts with another one: a machine that is busy for a while is
    busy for all of them.
    """
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    for _ in range(rounds):
        for name in order:
            with contenders[name]() as call:
                call()
                gc.collect()
                started = clock()
                for _ in range(calls):
                    call()
                taken[name].append((clock() - started) / calls)
        order.append(order.pop(0))
    return {name: median(seconds) for name, seconds in taken.items()}


def durations(seconds: Mapping[str, float]) -> dict[str, str]:
    """Seconds as people read them."""
    return {
        name: f"{1e6 * value:.0f} µs" if value < 1e-3 else f"{1e3 * value:.2f} ms" for name, value in seconds.items()
    }
