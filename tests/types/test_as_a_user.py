"""A user's test module: it passes mypy strict and pyright, and it passes.

Nothing here works around a type: what is typed is what a test author would type, and `assert_type` says what an editor
would show.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from dirty_equals import IsStr
from typing_extensions import assert_type

from pytest_sesfake import Bounce, Call, Complaint, Delivery, Event, Message, Outcome, SesFake

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client


TOPIC = "arn:aws:sns:us-east-1:123456789012:mail"


@pytest.fixture
def shop(sesfake: SesFake) -> SesFake:
    sesfake.verify("example.com")
    sesfake.configuration_set("shop", tags={"team": "mail"})
    return sesfake


def mail(sesfake: SesFake, to: str = "ada@example.com") -> Message:
    return sesfake.send(to, subject="Welcome, Ada", text="Confirm: https://example.com/c", html="<p>Confirm</p>")


def test_messages(shop: SesFake) -> None:
    message = mail(shop)
    assert_type(shop.outbox.one(to="ada@example.com"), Message)
    assert_type(shop.outbox.all(subject=re.compile("Welcome")), list[Message])
    assert_type(shop.outbox.count(recipient="*@example.com"), int)
    assert_type(shop.outbox[0], Message)
    assert_type(shop.outbox[:1], list[Message])
    assert [message.id for message in shop.outbox] == [message.id]
    assert shop.outbox.first(sender=IsStr()) is shop.outbox.last(text="Confirm", html="Confirm")
    assert shop.outbox.none(cc="ada@example.com", bcc=None, reply_to=None, source="x@example.com")
    assert shop.outbox.wait(2 - 1, timeout=timedelta(seconds=1), api="sesv2", operation="SendEmail", region="us-east-1")
    assert not shop.outbox.all(header={"X-Kind": "a"}, tag={"campaign": "a"}, template="a", configuration_set="a")
    assert not shop.outbox.all(attachment="a.pdf", where=lambda message: message.subject == "a")


def test_a_message(shop: SesFake) -> None:
    message = mail(shop)
    assert_type(message.to, list[str])
    assert message.recipients == ["ada@example.com"]
    first: tuple[str, ...] = message.recipients[:1]
    assert first == ("ada@example.com",)
    assert_type(message.links, list[str])
    assert_type(message.sent_at, datetime)
    assert_type(message.headers["Subject"], str)
    assert_type(message.submitted_headers["Subject"], str)
    assert_type(message.preview(), str)
    assert "Welcome" in message.subject
    assert "Confirm" in message.text
    assert message.html_text == "Confirm"
    assert message.status["ada@example.com"] == "Delivered"
    assert_type(message.status["ada@example.com"].event, Event)
    assert not message.attachments
    assert [calendar.text for calendar in message.calendars] == []


def test_events(shop: SesFake) -> None:
    shop.on(recipient="ada@example.com").bounce("Transient", "MailboxFull")
    mail(shop)
    event = shop.events.one("Bounce", recipient="ada@example.com", detail={"bounceType": "Transient"})
    assert_type(event, Event)
    assert_type(event.message, Message)
    assert_type(event.payload(), dict[str, Any])
    assert_type(shop.events.all("Send", where=lambda event: event.type == "Send"), list[Event])
    assert_type(shop.events.wait(1, 0.1), list[Event])
    assert_type(shop.events.wait("Bounce", 1, timeout=0.1, to="ada@example.com"), list[Event])
    assert_type(shop.events.wait(1, type="Send"), list[Event])
    assert event.lambda_event(via="sqs")["Records"]


def test_calls(shop: SesFake) -> None:
    shop.client().get_account()
    call = shop.calls.one(operation="GetAccount", api="sesv2", error=None, region="us-east-1")
    assert_type(call, Call)
    assert_type(call.params, dict[str, Any])
    assert_type(shop.calls.all(params={}, message=None), list[Call])


def test_scripts(shop: SesFake) -> None:
    shop.on(recipient="ada@example.com", optional=True).deliver(after=1).complain(
        after=timedelta(hours=1)
    ).then.bounce()
    shop.on(operation="SendEmail", where=lambda call: call.attempts > 1, optional=True).throttle(times=2).then.slow(0.1)
    outcomes: Sequence[Outcome] = [Delivery(), Complaint(feedback="abuse")]
    SesFake(outcomes={"ada@example.com": Bounce(), "bob@example.com": outcomes})
    shop.send("bob@example.com", outcome=outcomes)
    shop.send("bob@example.com", outcome=Bounce())


def test_blocks(shop: SesFake) -> None:
    with shop.expect(sent=1, events={"Send": 1}, calls=0):
        mail(shop)
    with shop.fresh() as again:
        assert_type(again, SesFake)


def test_words(shop: SesFake) -> None:
    shop.on(recipient="ada@example.com", api="sesv2", optional=True).soft_bounce("MailboxFull", 1, reason="MailboxFull")
    shop.on(api=re.compile("^ses"), optional=True).accept()
    shop.suppression = ["BOUNCE"]
    shop.suppression = shop.suppression
    shop.configuration_set("all", suppression=shop.suppression, events="Bounce", topic=TOPIC)
    shop.configuration_set("some", events=["Bounce", "Complaint"], topic=TOPIC)
    shop.contact_list("readers", topics={"daily": "OPT_OUT"}, contacts={"ada@example.com": {"daily": "OPT_IN"}})
    shop.suppress("eve@example.com", "BOUNCE", "global")
    mail(shop)
    kinds: list[Literal["Send", "DeliveryDelay"]] = ["Send", "DeliveryDelay"]
    for kind in kinds:
        assert shop.events.one(kind).type == kind
    assert shop.events.one(IsStr(regex="Se.*")) == shop.events.one(re.compile("Send"))
    assert shop.events.all(lambda name: name != "Send") == shop.events.all("DeliveryDelay")
    assert shop.events.one("Send").sns("signature", form="events", signature=2)["SignatureVersion"] == "2"


def test_clients(shop: SesFake) -> None:
    v1: SESClient = shop.client("ses", "eu-west-1")
    v2: SESV2Client = shop.client()
    assert_type(v1.get_send_quota()["SentLast24Hours"], float)
    assert_type(v2.get_account()["SendingEnabled"], bool)
    assert shop.client("sesv2").get_account()["SendingEnabled"]
    assert shop.client("ses").get_send_quota()["Max24HourSend"] == 50_000


async def wait(sesfake: SesFake) -> list[Message]:
    found = await sesfake.outbox.wait_async(1, 0.1, to="ada@example.com")
    assert_type(found, list[Message])
    assert_type(await sesfake.events.wait_async("Send"), list[Event])
    return found


@pytest.mark.sesfake(region="eu-west-1", sandbox=True, quota=3, outcomes={"ada@example.com": Bounce()})
def test_settings(sesfake: SesFake) -> None:
    assert sesfake.quota == 3
    sesfake.verify("ada@example.com")
    assert mail(sesfake).status["ada@example.com"] == "Bounced"
    with SesFake(region="us-west-2", verified=["example.com"], strict=True, unused_scripts="ignore") as other:
        assert other.client().meta.region_name == "us-west-2"
