"""Posting at once: from a thread, after the call was answered."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from pytest_sesfake import Bounce, SesFake
from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import HttpRequest
    from tests.delivery.conftest import Shop

CONTENT: Any = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}}


def send(address: str = "ada@example.com") -> None:
    send_email(boto3.client("sesv2"), address, sender="shop@example.com")


def eventually(holds: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_an_immediate_subscription_is_notified_from_another_thread(sesfake: SesFake, shop: Shop) -> None:
    threads: list[int] = []
    shop.does = lambda _: threads.append(threading.get_ident())
    subscription = sesfake.subscribe(shop, immediate=True)
    eventually(lambda: subscription.confirmed)
    send()
    answers = sesfake.notifications.wait(count=2, where=lambda each: each.responses)

    assert shop.got == ["SubscriptionConfirmation", "Send", "Delivery"]
    assert [each.type for each in answers] == ["Send", "Delivery"]
    assert threading.get_ident() not in threads
    assert sesfake.notify() == []


def test_the_call_is_answered_first(sesfake: SesFake) -> None:
    returned = threading.Event()
    answered: list[bool] = []
    sesfake.subscribe(lambda request: answered.append(returned.wait(10)), confirm=False, immediate=True)
    send()
    returned.set()
    eventually(lambda: len(answered) == 2)

    assert answered == [True, True]


def test_moving_the_clock_notifies_what_became_due(sesfake: SesFake, shop: Shop) -> None:
    sesfake.subscribe(shop, confirm=False, immediate=True)
    sesfake.on(recipient="ada@example.com").bounce("Transient", after=60)
    send()
    sesfake.clock.advance(minutes=2)
    eventually(lambda: len(shop.got) == 3)

    assert shop.got == ["Send", "Delivery", "Bounce"]


def test_mail_of_the_fake_itself_is_notified_too(sesfake: SesFake, shop: Shop) -> None:
    sesfake.subscribe(shop, confirm=False, immediate=True)
    sesfake.send("ada@example.com", outcome=Bounce())
    eventually(lambda: len(shop.got) == 2)

    assert shop.got == ["Send", "Bounce"]


def test_an_application_that_sends_mail_itself_blocks_nobody(sesfake: SesFake) -> None:
    calls: list[str] = []

    def hook(request: HttpRequest) -> None:
        calls.append(request.headers["x-amz-sns-message-id"])
        if len(calls) < 6:
            send(f"owner{len(calls)}@example.com")

    sesfake.subscribe(hook, confirm=False, immediate=True)
    send()
    eventually(lambda: len(calls) == 12)

    assert len(set(calls)) == 12
    assert len(sesfake.outbox) == 6


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("end", [SystemExit, pytest.fail.Exception])
def test_an_application_that_exits_ends_only_its_own_request(sesfake: SesFake, end: type[BaseException]) -> None:
    calls: list[int] = []

    def hook(_: HttpRequest) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise end

    sesfake.subscribe(hook, confirm=False, immediate=True)
    send()
    eventually(lambda: len(calls) >= 1)
    send("bob@example.com")
    eventually(lambda: len(calls) == 4)


def test_a_failed_notification_waits_for_notify_and_is_not_repeated(sesfake: SesFake) -> None:
    statuses = [500, 500]
    calls: list[int] = []

    def hook(request: HttpRequest) -> int:
        calls.append(len(request.body))
        return statuses.pop() if statuses else 200

    sesfake.subscribe(hook, confirm=False, immediate=True)
    sesfake.send("ada@example.com")
    eventually(lambda: len(calls) == 2)
    sesfake.send("bob@example.com")
    eventually(lambda: len(calls) == 4)

    assert [answer.status for answer in sesfake.notify()] == [200, 200]
    assert len(calls) == 6


def test_notify_waits_its_turn(sesfake: SesFake) -> None:
    busy = threading.Event()
    free = threading.Event()
    calls: list[str] = []

    def slow(_request: HttpRequest) -> None:
        busy.set()
        assert free.wait(10)
        calls.append("at once")

    sesfake.subscribe(slow, confirm=False, immediate=True)
    sesfake.subscribe(lambda request: calls.append("then"), confirm=False)
    sesfake.configuration_set("cs")
    sesfake.send("ada@example.com")
    assert busy.wait(10)
    threading.Timer(0.05, free.set).start()
    sesfake.notify()

    assert calls[0] == "at once"
    assert calls.count("then") == 2


def test_leaving_the_fake_waits_for_running_requests_and_starts_no_others(shop: Shop) -> None:
    started = threading.Event()
    with SesFake() as sesfake:

        def hook(_request: HttpRequest) -> None:
            started.set()
            time.sleep(0.05)
            send("owner@example.com")
            shop.bodies.append("{}")

        sesfake.subscribe(hook, confirm=False, immediate=True)
        sesfake.send("ada@example.com")
        assert started.wait(10)
    calls = len(shop.bodies)

    assert calls >= 1
    assert sesfake.outbox.count(to="owner@example.com") == calls
    time.sleep(0.1)
    assert len(shop.bodies) == calls


def test_a_fake_that_starts_over_posts_at_once_again(sesfake: SesFake, shop: Shop) -> None:
    sesfake.reset()
    sesfake.subscribe(shop, confirm=False, immediate=True)
    sesfake.send("ada@example.com")

    eventually(lambda: len(shop.got) == 2)


@pytest.mark.parametrize("immediate", [True, False])
def test_a_fake_that_is_not_active_posts_nothing_by_itself(shop: Shop, immediate: bool) -> None:
    sesfake = SesFake()
    sesfake.subscribe(shop, confirm=False, immediate=immediate)
    sesfake.send("ada@example.com")
    time.sleep(0.05)
    assert shop.got == []

    assert len(sesfake.notify()) == 2
