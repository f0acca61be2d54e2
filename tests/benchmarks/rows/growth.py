"""Rows 8 and 9: a fake that holds 100,000 messages: to send one more (8a), to keep them (8b), to find one (9)."""

from __future__ import annotations

import gc
import tracemalloc
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from pytest_sesfake import SesFake
from tests.benchmarks.measure import Finding, Measure, at_most, durations
from tests.benchmarks.rows.send import client_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FEW, MANY = 1_000, 100_000
AROUND = 500  # sends that are timed around each of the two
SUBJECT, TEXT = "Welcome", "Hello,\n\nwelcome.\n"


def recipient(number: int) -> str:
    return f"reader{number}@example.com"


def fill(sesfake: SesFake, numbers: range) -> None:
    for number in numbers:
        sesfake.send(recipient(number), subject=SUBJECT, text=TEXT)


def take_sends(rounds: int) -> Finding:
    """Time the same sends by the same client in a fake of few and in one of many messages, in turns."""
    taken: dict[str, list[float]] = {"around the 1,000th": [], "around the 100,000th": []}
    for _ in range(rounds):
        with SesFake() as sesfake:
            client = client_for("sesv2")
            for name, total in zip(taken, (FEW, MANY), strict=True):
                fill(sesfake, range(sesfake.outbox.count(), total - AROUND // 2))
                gc.collect()
                for number in range(AROUND):
                    started = perf_counter()
                    client.send_email(
                        FromEmailAddress="news@example.com",
                        Destination={"ToAddresses": [f"around{number}@example.com"]},
                        Content={"Simple": {"Subject": {"Data": SUBJECT}, "Body": {"Text": {"Data": TEXT}}}},
                    )
                    taken[name].append(perf_counter() - started)
    seconds = {name: median(each) for name, each in taken.items()}
    few, many = seconds.values()
    return Finding(seen=durations(seconds), result=many / few, target=at_most(1.1, "× those around the 1,000th"))


def take_memory(rounds: int) -> Finding:
    kept = 10_000
    with SesFake() as sesfake:
        fill(sesfake, range(FEW))
        gc.collect()
        tracemalloc.start()
        fill(sesfake, range(FEW, FEW + kept))
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] / kept
        tracemalloc.stop()
    own = len(SUBJECT) + len(TEXT) + len(recipient(FEW))
    return Finding(
        seen={"with its own bytes": f"{grown:.0f} bytes", "its own": f"{own} bytes"},
        result=(grown - own) / 1024,
        target=at_most(2, "KiB a message"),
    )


@contextmanager
def timed(taken: list[float]) -> Iterator[None]:
    started = perf_counter()
    yield
    taken.append(perf_counter() - started)


def take_look(rounds: int) -> Finding:
    first: list[float] = []
    looks: list[float] = []
    with SesFake() as sesfake:
        fill(sesfake, range(MANY))
        look: Callable[..., object] = sesfake.outbox.one
        with timed(first):
            look(to=recipient(MANY // 2))
        for number in range(0, MANY, MANY // rounds):
            with timed(looks):
                look(to=recipient(number))
    seconds = {"the first look": first[0], "each one more": median(looks)}
    return Finding(seen=durations(seconds), result=1000 * seconds["each one more"], target=at_most(1, "ms"))


MEASURES = [
    Measure(number="8a", title="growth: one send among 100,000", rounds=3, take=take_sends),
    Measure(number="8b", title="memory of a small message, beyond its bytes", rounds=1, take=take_memory),
    Measure(number="9", title="`outbox.one(to=...)` among 100,000 messages", rounds=100, take=take_look),
]
