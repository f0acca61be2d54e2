"""Row 11: eight threads that send through eight clients against one thread, beside botocore's own ratio."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

from pytest_sesfake import SesFake
from tests.benchmarks.measure import Finding, Measure, at_least, durations, medians
from tests.benchmarks.rows import send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

THREADS = 8
SENDS = 200  # in all threads together
API = "sesv2"


def share_out(sends: list[Callable[[], object]]) -> None:
    """Let every client send its share in a thread of its own."""

    def work(call: Callable[[], object]) -> None:
        for _ in range(SENDS // len(sends)):
            call()

    threads = [Thread(target=work, args=(call,)) for call in sends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def floor(threads: int) -> Iterator[Callable[[], object]]:
    with ExitStack() as stack:
        yield partial(share_out, [stack.enter_context(send.floor(API)) for _ in range(threads)])


@contextmanager
def ours(threads: int) -> Iterator[Callable[[], object]]:
    with SesFake() as sesfake:
        clients = [send.client_for(API) for _ in range(threads)]
        yield partial(share_out, [partial(client.send_email, **send.PARAMETERS[API]) for client in clients])
        assert sesfake.outbox.count() == 2 * SENDS  # nothing is lost, and the first time warms up


def take(rounds: int) -> Finding:
    contenders = {
        f"{name} with {threads} thread{'s' if threads > 1 else ''}": partial(contender, threads)
        for name, contender in (("floor", floor), ("ours", ours))
        for threads in (1, THREADS)
    }
    seconds = medians(contenders, rounds=rounds, calls=1)
    floor_one, floor_all, ours_one, ours_all = seconds.values()
    return Finding(
        seen=durations(seconds),
        result=(ours_one / ours_all) / (floor_one / floor_all),
        target=at_least(0.95, "× the floor's ratio"),
    )


MEASURES = [Measure(number="11", title="8 threads against 1", rounds=21, take=take)]
