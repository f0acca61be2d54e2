"""What botocore waits for between the attempts of a call of SES, the fake's clock waits for instead."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import botocore.endpoint
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from freezegun import freeze_time

from pytest_sesfake.wire.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from botocore.client import BaseClient

    from tests.transports.conftest import Session, StubCallHandler

THROTTLED = {
    "ses": Response(
        400,
        {"Content-Type": "text/xml"},
        b"<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Slow down.</Message></Error>"
        b"<RequestId>r</RequestId></ErrorResponse>",
    ),
    "sesv2": Response(429, {"X-Amzn-ErrorType": "TooManyRequestsException"}, b'{"message": "Slow down."}'),
}


def seen_by_botocore() -> ModuleType:
    """The module ``time`` as the file that waits between attempts sees it."""
    module: ModuleType = vars(botocore.endpoint)["time"]
    return module


THRICE = Config(retries={"mode": "standard", "total_max_attempts": 3})


@pytest.fixture(params=["ses", "sesv2"])
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=["legacy", "standard"])
def client(clients: Callable[..., BaseClient], service: str, request: pytest.FixtureRequest) -> BaseClient:
    """A client of either service, that tries again in either way."""
    return clients(service, mode=request.param, attempts=4)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What anybody really waited for."""
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


def test_the_clock_advances_and_nobody_sleeps(
    call_handler: StubCallHandler,
    send: Callable[..., Any],
    client: BaseClient,
    accept: Callable[[Request], Response],
    slept: list[float],
) -> None:
    throttled = THROTTLED[client.meta.service_model.service_name]
    call_handler.answers = [throttled, throttled, accept]
    answer = send(client)

    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert len(call_handler.requests) == 3
    assert len(call_handler.advanced) == 2
    assert all(seconds >= 0 for seconds in call_handler.advanced)
    assert slept == []


def test_the_last_attempt_raises_and_the_clock_has_waited_for_all(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any], slept: list[float]
) -> None:
    call_handler.answers = [THROTTLED["ses"]]
    with pytest.raises(ClientError, match="Throttling"):
        send(clients("ses", mode="legacy", attempts=5))

    assert (len(call_handler.requests), len(call_handler.advanced), slept) == (5, 4, [])


@pytest.mark.parametrize("is_frozen", [False, True])
def test_adaptive_mode_paces_calls_by_the_fake_s_clock_even_where_time_stands_still(
    call_handler: StubCallHandler,
    send: Callable[..., Any],
    clients: Callable[..., Any],
    accept: Callable[[Request], Response],
    is_frozen: bool,
) -> None:
    started = time.monotonic()
    call_handler.answers = [THROTTLED["ses"], THROTTLED["ses"], accept]
    with freeze_time("2026-03-02") if is_frozen else nullcontext():
        client = clients("ses", mode="adaptive", attempts=6)
        for _ in range(6):
            send(client)

    assert len(call_handler.requests) == 8
    assert len(call_handler.advanced) > 2  # for more than the back-off
    assert time.monotonic() - started < 2


def test_every_attempt_is_of_the_same_call(
    call_handler: StubCallHandler,
    send: Callable[..., Any],
    clients: Callable[..., Any],
    accept: Callable[[Request], Response],
) -> None:
    call_handler.answers = [THROTTLED["ses"], accept]
    send(clients("ses"))

    first, second = (request.headers for request in call_handler.requests)
    assert first["amz-sdk-invocation-id"] == second["amz-sdk-invocation-id"]
    assert (first["amz-sdk-request"][:9], second["amz-sdk-request"][:9]) == ("attempt=1", "attempt=2")


def test_other_services_really_sleep(call_handler: StubCallHandler, session: Session, slept: list[float]) -> None:
    queue = session.client("sqs", region_name="eu-west-1", endpoint_url="http://127.0.0.1:9", config=THRICE)
    with pytest.raises(Exception, match="Could not connect"):
        queue.list_queues()

    assert len(slept) == 2
    assert call_handler.advanced == []


def test_retries_of_another_service_really_sleep(
    call_handler: StubCallHandler,
    send: Callable[..., Any],
    session: Session,
    accept: Callable[[Request], Response],
    slept: list[float],
) -> None:
    queue = session.client("sqs", region_name="eu-west-1", endpoint_url="http://127.0.0.1:9", config=THRICE)
    client = session.client("ses", region_name="eu-west-1", config=THRICE)

    def report(attempts: int, **_kwargs: object) -> None:
        if attempts == 1:
            with pytest.raises(Exception, match="Could not connect"):
                queue.list_queues()

    client.meta.events.register("needs-retry.ses", report)
    call_handler.answers = [THROTTLED["ses"], accept]
    send(client)

    assert (len(call_handler.advanced), len(slept)) == (1, 2)


def test_a_thread_that_tries_again_does_not_keep_others_from_sleeping(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any], slept: list[float]
) -> None:
    between, done = threading.Event(), threading.Event()

    def hold(_request: Request) -> Response:
        between.set()
        assert done.wait(10)
        return THROTTLED["ses"]

    call_handler.answers = [hold, THROTTLED["ses"]]
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(send, clients("ses"))
        assert between.wait(10)
        seen_by_botocore().sleep(7)
        done.set()
        with pytest.raises(ClientError):
            call.result()

    assert slept == [7]
    assert len(call_handler.advanced) == 2


def test_the_time_of_botocore_is_otherwise_the_real_one(call_handler: StubCallHandler) -> None:
    assert call_handler.requests == []
    assert seen_by_botocore() is not time
    assert seen_by_botocore().monotonic is time.monotonic
