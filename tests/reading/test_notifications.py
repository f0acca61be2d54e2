"""The log of what was published: the same verbs and failure texts as the outbox."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Bounce, Complaint, Notification

if TYPE_CHECKING:
    from pytest_sesfake import HttpRequest, SesFake

ARN = "arn:aws:sns:us-east-1:123456789012:"


def hook(request: HttpRequest) -> int:
    return 500 if b'"Complaint' in request.body.replace(b"\\", b"") else 200


@pytest.fixture
def notified(sesfake: SesFake) -> SesFake:
    """A fake that published to two topics and notified one application."""
    sesfake.configuration_set("one", topic=ARN + "one", events=["Bounce", "Send"])
    sesfake.configuration_set("two", topic=ARN + "two", events=["Complaint"])
    sesfake.subscribe(hook, topic=ARN + "two", confirm=False)
    sesfake.subscribe("http://127.0.0.1:9/", topic=ARN + "one", confirm=False)
    sesfake.send("Ada <ada@example.com>", outcome=Bounce(), configuration_set="one")
    sesfake.send("eve@example.com", outcome=Complaint(), configuration_set="two")
    sesfake.notify(check=False)
    return sesfake


def test_it_is_a_sequence_oldest_first(notified: SesFake) -> None:
    log = notified.notifications

    assert [each.type for each in log] == ["Send", "Bounce", "Complaint"]
    assert all(isinstance(each, Notification) for each in log)
    assert (len(log), bool(log), log[-1], log == list(log)) == (3, True, log.last(), True)
    assert repr(log[2]) == f"<Notification Complaint eve@example.com to {ARN}two>"


@pytest.mark.parametrize(
    "matchers, types",
    [
        ({"type": "Bounce"}, ["Bounce"]),
        ({"topic": ARN + "one"}, ["Send", "Bounce"]),
        ({"topic": re.compile("two$")}, ["Complaint"]),
        ({"topic": lambda topic: topic.endswith("one")}, ["Send", "Bounce"]),
        ({"recipient": "ada@EXAMPLE.com"}, ["Send", "Bounce"]),
        ({"recipient": "*@example.com", "type": "Send"}, ["Send"]),
        ({"target": hook}, ["Complaint"]),
        ({"target": "http://127.0.0.1:9/"}, ["Send", "Bounce"]),
        ({"where": lambda each: each.responses[0].status == 500}, ["Complaint"]),
        ({"target": print}, []),
    ],
)
def test_it_is_asked_by_matchers(notified: SesFake, matchers: dict[str, Any], types: list[str]) -> None:
    assert [each.type for each in notified.notifications.all(**matchers)] == types
    assert notified.notifications.count(**matchers) == len(types)


def test_the_type_may_come_first(notified: SesFake) -> None:
    assert notified.notifications.one("Bounce").recipients == ["ada@example.com"]
    assert notified.notifications.none("Delivery")
    assert notified.notifications.first("Complaint").event is notified.events.one("Complaint")


def test_a_failed_look_explains_itself(notified: SesFake) -> None:
    with pytest.raises(AssertionError) as failed:
        notified.notifications.one("Send", recipient="eve@example.com")

    lines = str(failed.value).splitlines()
    assert lines[0] == (
        "expected exactly one notification with type='Send', recipient='eve@example.com': none of 3 matches"
    )
    assert re.match(
        r"  closest: #1 Send ada@example\.com \d\d:\d\d:\d\d to .*:one answers: ConnectionRefusedError", lines[1]
    )
    assert "recipient : 'eve@example.com' is not in ['ada@example.com']" in lines[2]
    assert lines[3] == "  others : #2 Bounce ada@example.com · #3 Complaint eve@example.com"


def test_a_failed_query_shows_the_targets_of_notifications(notified: SesFake) -> None:
    with pytest.raises(AssertionError, match=r"target +: 'http://elsewhere/' is not in \[<function hook at"):
        notified.notifications.one("Complaint", target="http://elsewhere/")


def test_how_it_went_is_shown(notified: SesFake) -> None:
    with pytest.raises(AssertionError, match=r"Send ada@example\.com .* answers: ConnectionRefusedError"):
        notified.notifications.none("Send")


def test_what_was_left_in_the_queue_is_shown(sesfake: SesFake) -> None:
    def worker(event: dict[str, Any], context: object) -> dict[str, Any]:
        return {"batchItemFailures": [{"itemIdentifier": each["messageId"]} for each in event["Records"]]}

    sesfake.subscribe(worker, target_type="sqs")
    sesfake.send("ada@example.com")
    sesfake.notify(check=False)

    with pytest.raises(AssertionError, match=r"Send ada@example\.com .* answers: left in the queue"):
        sesfake.notifications.none("Send")


@pytest.mark.parametrize(
    "matchers, error, text",
    [
        ({"type": "bounce"}, ValueError, r"type='bounce' never matches\. Did you mean 'Bounce'\?"),
        ({"type": "Recieved"}, ValueError, r"Did you mean 'Received'\?"),
        ({"subject": "Hi"}, TypeError, "The matchers of notifications are topic, type, recipient, target, where"),
    ],
)
def test_a_mistake_in_asking_is_said(
    notified: SesFake, matchers: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        notified.notifications.all(**matchers)


@pytest.mark.parametrize("kind", ["Received", "SetUp"])
def test_there_are_two_types_that_events_do_not_have(notified: SesFake, kind: Any) -> None:
    assert notified.notifications.none(kind)
    with pytest.raises(ValueError, match="never matches"):
        notified.events.none(kind)


def test_it_can_be_waited_for(notified: SesFake) -> None:
    timer = threading.Timer(0.05, lambda: notified.send("bob@example.com", outcome=Bounce(), configuration_set="one"))
    timer.start()
    found = notified.notifications.wait("Bounce", recipient="bob@example.com")
    timer.join()

    assert len(found) == 1


def test_it_can_be_waited_for_in_a_running_loop(notified: SesFake) -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match=r"await sesfake.notifications.wait_async\(...\)"):
            notified.notifications.wait("Bounce")
        assert await notified.notifications.wait_async("Bounce")

    asyncio.run(main())


def test_it_can_be_read_when_the_fake_has_gone(notified: SesFake) -> None:
    bounce = notified.notifications.one("Bounce")

    assert bounce.body == bounce.event.payload() if bounce.event else False
    assert bounce.envelope["Message"] == bounce.text
    assert bounce.timestamp == notified.events.one("Bounce").timestamp
