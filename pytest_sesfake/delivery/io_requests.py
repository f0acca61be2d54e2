"""Runs background jobs and executes their I/O requests.

A job of the simulation is a generator. It yields an I/O request when it needs something from outside (an S3 object, a
Lambda function) or publishes something. The lock is held during the steps of the job, and released during the I/O.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_sesfake.delivery import neighbours, receipts
from pytest_sesfake.ses import announcements
from pytest_sesfake.ses.receipt_rules import function_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pytest_sesfake.ses.io_requests import IORequest
    from pytest_sesfake.ses.simulation import Simulation

    R = TypeVar("R")


def finish(simulation: Simulation, failed: Callable[[Exception], None]) -> None:
    """Run all background jobs that answered calls have left. ``failed`` gets the errors of the jobs."""
    while True:
        with simulation.lock:
            if not simulation.work:
                return
            work = simulation.work.pop(0)
        try:
            drive(simulation, work)
        except Exception as error:  # noqa: BLE001 - the call was answered, so it cannot raise this
            failed(error)


def drive(simulation: Simulation, work: Generator[IORequest, Any, R]) -> R:
    """Run one job to its end and return its result. An I/O request that fails raises its error inside the job."""
    answer: Any = None
    failure: Exception | None = None
    while True:
        with simulation.lock:
            try:
                io_request = work.send(answer) if failure is None else work.throw(failure)
            except StopIteration as end:
                result: R = end.value
                return result
        answer, failure = None, None
        try:
            answer = _DO[io_request.kind](simulation, io_request)
        except Exception as error:  # noqa: BLE001 - the job gets the error
            failure = error


def _read(simulation: Simulation, io_request: IORequest) -> bytes | None:
    with simulation.lock:
        placed = simulation.objects.get(io_request.target)
    return neighbours.read_object(io_request.target) if placed is None else placed


def _store(simulation: Simulation, io_request: IORequest) -> None:
    if not neighbours.store_object(io_request.target, io_request.body):
        with simulation.lock:
            simulation.objects[io_request.target] = io_request.body


def _publish(simulation: Simulation, io_request: IORequest) -> None:
    with simulation.lock:
        announcements.post(io_request.body.reception.region_state, "received", io_request.target, io_request.body)


def _ask(simulation: Simulation, io_request: IORequest) -> Any:
    function = function_of(simulation, io_request.target)
    if function is None:
        return None
    answer = function(receipts.lambda_event(io_request.body), None)
    if isinstance(answer, Coroutine):
        answer.close()
        raise TypeError(f"the function for {io_request.target} is async; SES is answered by plain functions")
    return answer


_DO: dict[str, Callable[[Simulation, IORequest], Any]] = {
    "read": _read,
    "store": _store,
    "publish": _publish,
    "ask": _ask,
}
