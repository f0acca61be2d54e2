"""Errands are run here: what the world's work needs from outside, or hands out, between two of its steps."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_sesfake.delivery import neighbours, receipts
from pytest_sesfake.ses import announcements
from pytest_sesfake.ses.receipt_rules import function_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pytest_sesfake.ses.io_requests import Errand
    from pytest_sesfake.ses.simulation import Cloud

    R = TypeVar("R")


def finish(cloud: Cloud, failed: Callable[[Exception], None]) -> None:
    """Do all the work that answered calls have left behind; ``failed`` is told of what goes wrong in it."""
    while True:
        with cloud.lock:
            if not cloud.work:
                return
            work = cloud.work.pop(0)
        try:
            drive(cloud, work)
        except Exception as error:  # noqa: BLE001 - the call was answered, so nobody else could be told
            failed(error)


def drive(cloud: Cloud, work: Generator[Errand, Any, R]) -> R:
    """Do one piece of work to its end: its steps with the lock held, its errands without."""
    answer: Any = None
    failure: Exception | None = None
    while True:
        with cloud.lock:
            try:
                errand = work.send(answer) if failure is None else work.throw(failure)
            except StopIteration as end:
                result: R = end.value
                return result
        answer, failure = None, None
        try:
            answer = _DO[errand.kind](cloud, errand)
        except Exception as error:  # noqa: BLE001 - it belongs to the work
            failure = error


def _read(cloud: Cloud, errand: Errand) -> bytes | None:
    with cloud.lock:
        placed = cloud.objects.get(errand.target)
    return neighbours.read_object(errand.target) if placed is None else placed


def _store(cloud: Cloud, errand: Errand) -> None:
    if not neighbours.store_object(errand.target, errand.body):
        with cloud.lock:
            cloud.objects[errand.target] = errand.body


def _publish(cloud: Cloud, errand: Errand) -> None:
    with cloud.lock:
        announcements.post(errand.body.reception.world, "received", errand.target, errand.body)


def _ask(cloud: Cloud, errand: Errand) -> Any:
    function = function_of(cloud, errand.target)
    if function is None:
        return None
    answer = function(receipts.lambda_event(errand.body), None)
    if isinstance(answer, Coroutine):
        answer.close()
        raise TypeError(f"the function for {errand.target} is async; SES is answered by plain functions")
    return answer


_DO: dict[str, Callable[[Cloud, Errand], Any]] = {"read": _read, "store": _store, "publish": _publish, "ask": _ask}
