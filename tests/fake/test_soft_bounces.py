"""Mail that is delayed, tried again, and delivered or given up in the end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sends import send_email

if TYPE_CHECKING:
    from pytest_sesfake import SesFake

ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture(autouse=True)
def _the_clock_stands_still(sesfake: SesFake) -> None:
    sesfake.clock.freeze()


def history(sesfake: SesFake) -> list[tuple[str, float]]:
    """The events with their minutes after the message was sent."""
    sent = sesfake.outbox.one().sent_at
    return [(event.type, (event.timestamp - sent) / timedelta(minutes=1)) for event in sesfake.events]


def test_delayed_mail_is_delivered_when_its_time_has_come(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).soft_bounce(attempts=2)
    send_email(sesfake.client(), ADA)
    message = sesfake.outbox.one()

    assert message.status[ADA] == "Delayed"
    assert message.status[ADA].event.detail["delayType"] == "MailboxFull"

    sesfake.clock.advance(minutes=44)
    assert message.status[ADA] == "Delayed"

    sesfake.clock.advance(minutes=1)
    assert message.status[ADA] == "Delivered"
    assert history(sesfake) == [
        ("Send", 0),
        ("DeliveryDelay", 0),
        ("DeliveryDelay", 15),
        ("Delivery", 45),
    ]


def test_mail_that_is_given_up_bounces_after_fourteen_hours_and_is_not_suppressed(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).soft_bounce().then.deliver()
    send_email(sesfake.client(), ADA)
    sesfake.clock.advance(hours=13, minutes=59)
    assert sesfake.events.none("Bounce")

    sesfake.clock.advance(minutes=1)

    bounce = sesfake.events.one("Bounce").detail
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Transient", "MailboxFull")
    assert bounce["bouncedRecipients"] == [
        {
            "emailAddress": ADA,
            "action": "failed",
            "status": "4.4.7",
            "diagnosticCode": (
                "smtp; 550 4.4.7 Message expired: unable to deliver in 840 minutes.<452 4.2.2 mailbox full>"
            ),
        }
    ]
    send_email(sesfake.client(), ADA)
    assert sesfake.outbox.last().status[ADA] == "Delivered"


@pytest.mark.parametrize("max_delivery_seconds", [1800, timedelta(minutes=30)])
def test_a_configuration_set_may_have_less_patience(sesfake: SesFake, max_delivery_seconds: timedelta | float) -> None:
    sesfake.configuration_set("hasty", max_delivery_seconds=max_delivery_seconds)
    sesfake.on(recipient=ADA).soft_bounce(attempts=3)
    send_email(sesfake.client(), ADA, ConfigurationSetName="hasty")
    sesfake.clock.advance(days=1)

    assert history(sesfake) == [("Send", 0), ("DeliveryDelay", 0), ("DeliveryDelay", 15), ("Bounce", 30)]
    assert sesfake.events.last().detail["bounceSubType"] == "CustomTimeoutExceeded"
    expires = sesfake.events.first("DeliveryDelay").detail["expirationTime"]
    assert expires == sesfake.events.last().detail["timestamp"]


def test_the_patience_of_a_configuration_set_can_be_set_by_the_api(sesfake: SesFake) -> None:
    client = sesfake.client("sesv2")
    client.create_configuration_set(ConfigurationSetName="hasty", DeliveryOptions={"MaxDeliverySeconds": 300})
    sesfake.on(recipient=ADA).soft_bounce()
    send_email(sesfake.client(), ADA, ConfigurationSetName="hasty")
    sesfake.clock.advance(minutes=5)

    assert history(sesfake) == [("Send", 0), ("DeliveryDelay", 0), ("Bounce", 5)]


@pytest.mark.parametrize("max_delivery_seconds", [299, 50_401, timedelta(days=1), -1])
def test_a_patience_that_ses_does_not_have_is_a_value_error(
    sesfake: SesFake, max_delivery_seconds: timedelta | float
) -> None:
    with pytest.raises(ValueError, match=r"300 to 50400 seconds|cannot be negative"):
        sesfake.configuration_set("hasty", max_delivery_seconds=max_delivery_seconds)


def test_a_domain_that_cannot_be_looked_up_is_a_hard_bounce_that_is_tried_again(sesfake: SesFake) -> None:
    sesfake.on(recipient="*@no-such-domain.example").bounce(retried=True)
    send_email(sesfake.client(), "ada@no-such-domain.example")
    sesfake.clock.advance(hours=14)

    bounce = sesfake.events.last("Bounce").detail
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Permanent", "General")
    assert "Unable to lookup DNS for no-such-domain.example" in bounce["bouncedRecipients"][0]["diagnosticCode"]
    assert "remoteMtaIp" not in bounce
    assert sesfake.events.count("DeliveryDelay") == 6
    send_email(sesfake.client(), "ada@no-such-domain.example")
    assert sesfake.outbox.last().status["ada@no-such-domain.example"] == "Suppressed"


@pytest.mark.parametrize(
    "words,reason,subtype,said",
    [
        ({}, "MailboxFull", "MailboxFull", "452 4.2.2 mailbox full"),
        ({"reason": "MailboxFull"}, "MailboxFull", "MailboxFull", "452 4.2.2 mailbox full"),
        ({"reason": "RecipientServerError"}, "RecipientServerError", "General", "421 4.3.2 too many connections"),
        (
            {"reason": "TransientCommunicationFailure", "diagnostic": "421 4.4.2 timed out"},
            "TransientCommunicationFailure",
            "General",
            "421 4.4.2 timed out",
        ),
        (
            {"subtype": "ContentRejected", "reason": "SpamDetected"},
            "SpamDetected",
            "ContentRejected",
            "looks like spam",
        ),
        ({"subtype": "ContentRejected"}, "General", "ContentRejected", "554 5.6.1 message content rejected"),
    ],
)
def test_a_soft_bounce_has_a_reason_while_it_lasts_and_a_subtype_in_the_end(
    sesfake: SesFake, words: dict[str, Any], reason: str, subtype: str, said: str
) -> None:
    sesfake.on(recipient=ADA).soft_bounce(**words)
    send_email(sesfake.client(), ADA)
    sesfake.clock.advance(days=1)

    for delay in sesfake.events.all("DeliveryDelay"):
        assert delay.detail["delayType"] == reason
        assert said in delay.detail["delayedRecipients"][0]["diagnosticCode"]
    bounce = sesfake.events.one("Bounce").detail
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Transient", subtype)
    assert said in bounce["bouncedRecipients"][0]["diagnosticCode"]
    assert "remoteMtaIp" in bounce


def test_a_delay_has_a_reason_of_ses_and_ends_in_what_follows(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).delay(timedelta(hours=1), reason="RecipientServerError").bounce()
    sesfake.on(recipient=BOB).delay(1800).complain(after=timedelta(hours=2))
    send_email(sesfake.client(), ADA, BOB)
    sesfake.clock.advance(hours=3)

    assert history(sesfake) == [
        ("Send", 0),
        ("DeliveryDelay", 0),
        ("DeliveryDelay", 0),
        ("Delivery", 30),
        ("Bounce", 60),
        ("Complaint", 120),
    ]
    delay = sesfake.events.one("DeliveryDelay", recipient=ADA).detail
    assert list(delay) == ["timestamp", "delayType", "expirationTime", "delayedRecipients"]
    assert delay["delayType"] == "RecipientServerError"
    assert list(delay["delayedRecipients"][0]) == ["emailAddress", "status", "diagnosticCode"]


@pytest.mark.sesfake(unfinished="ignore")
def test_a_failed_query_shows_future_events_of_delayed_mail(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).soft_bounce(attempts=1)
    send_email(sesfake.client(), ADA)

    with pytest.raises(AssertionError, match=r"Delivery of ada@example\.com is due in 15 minutes"):
        sesfake.events.one("Delivery", recipient=ADA)
