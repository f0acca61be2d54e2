"""Background jobs continue with the results of their I/O requests, and the lock is free during the I/O."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pytest_sesfake.delivery import io_requests, neighbours
from pytest_sesfake.ses.io_requests import IORequest

if TYPE_CHECKING:
    import pytest

    from pytest_sesfake.ses.io_requests import BackgroundJob
    from pytest_sesfake.ses.simulation import Simulation

URL = "s3://bucket/key"


def reading(seen: list[object]) -> BackgroundJob:
    try:
        seen.append((yield IORequest("read", URL)))
    except OSError as error:
        seen.append(error)
        raise


def is_free(simulation: Simulation) -> bool:
    """Tell whether another thread gets the lock."""
    found = []

    def ask() -> None:
        found.append(simulation.lock.acquire(blocking=False))
        if found[0]:
            simulation.lock.release()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return found[0]


def test_a_job_gets_the_stored_object_or_none(simulation: Simulation) -> None:
    seen: list[object] = []
    simulation.work.append(reading(seen))
    io_requests.finish(simulation, seen.append)
    simulation.objects[URL] = b"data"
    simulation.work.append(reading(seen))
    io_requests.finish(simulation, seen.append)

    assert seen == [None, b"data"]
    assert simulation.work == []


def test_the_lock_is_free_during_an_io_request_and_held_by_the_job(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    free: list[bool] = []

    def work() -> BackgroundJob:
        free.append(is_free(simulation))
        yield IORequest("read", URL)
        free.append(is_free(simulation))

    def read_object(_url: str) -> None:
        free.append(is_free(simulation))

    monkeypatch.setattr(neighbours, "read_object", read_object)

    io_requests.drive(simulation, work())

    assert free == [False, True, False]


def test_an_error_of_an_io_request_reaches_the_job_and_is_reported(
    simulation: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = OSError("the bucket is on fire")

    def read_object(_url: str) -> None:
        raise failure

    monkeypatch.setattr(neighbours, "read_object", read_object)
    seen: list[object] = []
    problems: list[Exception] = []
    simulation.work += [reading(seen), reading(seen)]

    io_requests.finish(simulation, problems.append)

    assert seen == problems == [failure, failure]
