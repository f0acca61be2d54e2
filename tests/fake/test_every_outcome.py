"""Every outcome that a test can script, by every interface, in every form in which an application gets its events.

The expectations are those of SES: which events, in which order, with which keys in which order, and what counts where.
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from expected import BOUNCE, COMPLAINED, DELAYS, DELIVERY, REMOTE, REPORTED_BOUNCE, SENT, Expected, check_send
from interfaces import HTML, WAYS, WITHOUT_LISTS
from pytest_sesfake import (
    AutoReply,
    Bounce,
    Click,
    Complaint,
    Delay,
    Delivery,
    Open,
    Rejection,
    SoftBounce,
    Suppression,
    Unsubscribe,
)

if TYPE_CHECKING:
    from pytest_sesfake import Outcome, SesFake

ADA = "ada@example.com"

OUTCOMES: dict[str, tuple[Outcome, Expected]] = {
    "delivery": (
        Delivery(),
        Expected(
            SENT,
            "Delivered",
            DELIVERY,
            {"recipients": [ADA]},
        ),
    ),
    "hard bounce": (
        Bounce(),
        Expected(
            ["Send", "Bounce"],
            "Bounced",
            REMOTE,
            {"bounceType": "Permanent", "bounceSubType": "General"},
            bounces=1,
            suppresses="BOUNCE",
        ),
    ),
    "asynchronous bounce": (
        Bounce("Permanent", "NoEmail", after=60),
        Expected(
            [*SENT, "Bounce"],
            "Bounced",
            REPORTED_BOUNCE,
            {"bounceSubType": "NoEmail", "reportingMTA": "dns; mail.example.com"},
            bounces=1,
            suppresses="BOUNCE",
        ),
    ),
    "transient bounce": (
        Bounce("Transient", "MessageTooLarge"),
        Expected(
            ["Send", "Bounce"], "Bounced", REMOTE, {"bounceType": "Transient", "bounceSubType": "MessageTooLarge"}
        ),
    ),
    "undetermined bounce": (
        Bounce("Undetermined"),
        Expected(
            ["Send", "Bounce"],
            "Bounced",
            BOUNCE,
            {"bounceType": "Undetermined", "bounceSubType": "Undetermined"},
            bounced=["emailAddress"],
        ),
    ),
    "soft bounce": (
        SoftBounce("MailboxFull"),
        Expected(
            ["Send", *DELAYS, "Bounce"],
            "Bounced",
            REMOTE,
            {"bounceType": "Transient", "bounceSubType": "MailboxFull"},
        ),
    ),
    "soft bounce that is overcome": (
        SoftBounce(attempts=2),
        Expected(
            ["Send", "DeliveryDelay", "DeliveryDelay", "Delivery"],
            "Delivered",
            DELIVERY,
            {"processingTimeMillis": 2_700_000},
        ),
    ),
    "lookup failure": (
        Bounce(retried=True),
        Expected(
            ["Send", *DELAYS, "Bounce"],
            "Bounced",
            REPORTED_BOUNCE,  # no server was found, so that there is no address of one
            {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "reportingMTA": "dns; a8-77.smtp-out.amazonses.com",
            },
            bounces=1,
            suppresses="BOUNCE",
        ),
    ),
    "delay": (
        Delay(60),
        Expected(
            ["Send", "DeliveryDelay", "Delivery"],
            "Delivered",
            DELIVERY,
            {"processingTimeMillis": 60_000},
        ),
    ),
    "complaint": (
        Complaint(),
        Expected(
            [*SENT, "Complaint"],
            "Complained",
            COMPLAINED,
            {"complaintSubType": None, "complaintFeedbackType": "abuse"},
            complaints=1,
            suppresses="COMPLAINT",
        ),
    ),
    "auto-reply": (
        AutoReply(),
        Expected(
            [*SENT, "Bounce"],
            "Delivered",
            BOUNCE,
            {"bounceType": "Transient", "bounceSubType": "General"},
            bounced=["emailAddress"],
        ),
    ),
    "global suppression": (
        Suppression("global"),
        Expected(["Send", "Bounce"], "Suppressed", REPORTED_BOUNCE, {"bounceSubType": "Suppressed"}, bounces=1),
    ),
    "account suppression": (
        Suppression("account"),
        Expected(["Send", "Bounce"], "Suppressed", REPORTED_BOUNCE, {"bounceSubType": "OnAccountSuppressionList"}),
    ),
    "tenant suppression": (
        Suppression("tenant"),
        Expected(["Send", "Bounce"], "Suppressed", REPORTED_BOUNCE, {"bounceSubType": "OnTenantSuppressionList"}),
    ),
    "rejection": (Rejection(), Expected(["Send", "Reject"], "Rejected", ["reason"], {"reason": "Bad content"})),
    "open": (
        Open(),
        Expected([*SENT, "Open"], "Delivered", ["timestamp", "userAgent", "ipAddress", "isBotEvent"], {}),
    ),
    "click": (
        Click(),
        Expected(
            [*SENT, "Click"],
            "Delivered",
            ["timestamp", "ipAddress", "userAgent", "link", "linkTags", "isBotEvent"],
            {"link": "https://shop.example/"},
        ),
    ),
    "unsubscription": (
        Unsubscribe(),
        Expected(
            [*SENT, "Subscription"],
            "Delivered",
            ["contactList", "timestamp", "source", "newTopicPreferences", "oldTopicPreferences"],
            {"contactList": "readers", "source": "UnsubscribeHeader"},
        ),
    ),
}
CELLS = [(name, way) for name in OUTCOMES for way in WAYS if name != "unsubscription" or way not in WITHOUT_LISTS]


@pytest.mark.parametrize("name,way", CELLS)
def test_an_outcome_is_the_same_by_every_interface_and_at_every_destination(
    sesfake: SesFake, name: str, way: str
) -> None:
    outcome, expected = OUTCOMES[name]
    check_send(sesfake, expected, lambda fake: fake.on(recipient=ADA).apply(outcome), way=way, to=ADA)


def test_ten_recipients_of_a_message_may_have_ten_outcomes(sesfake: SesFake) -> None:
    sesfake.clock.freeze()
    outcomes: dict[str, Outcome] = {
        "fine": Delivery(),
        "slow": Delivery(after=300),
        "gone": Bounce(),
        "late": Bounce(after=7200),
        "full": SoftBounce("MailboxFull"),
        "busy": SoftBounce("General", attempts=1),
        "spam": Complaint(after=600),
        "away": AutoReply(after=60),
        "keen": Click(after=1200),
        "shut": Suppression(),
    }
    for name, outcome in outcomes.items():
        sesfake.on(recipient=f"{name}@example.com").apply(outcome)
    message = sesfake.send([f"{name}@example.com" for name in outcomes], html=HTML)
    sesfake.clock.advance(days=1)

    events = [
        (event.type, ", ".join(each.partition("@")[0] for each in event.recipients), minutes)
        for event in message.events
        if (minutes := (event.timestamp - message.sent_at).total_seconds() / 60) is not None
    ]
    assert events == [
        ("Send", "fine, slow, gone, late, full, busy, spam, away, keen, shut", 0),
        ("Delivery", "fine, late, spam, away, keen", 0),
        ("Bounce", "gone", 0),
        ("DeliveryDelay", "full", 0),
        ("DeliveryDelay", "busy", 0),
        ("Bounce", "shut", 0),
        ("Bounce", "away", 1),
        ("Delivery", "slow", 5),
        ("Complaint", "spam", 10),
        ("DeliveryDelay", "full", 15),
        ("Delivery", "busy", 15),
        ("Click", "keen", 20),
        ("DeliveryDelay", "full", 45),
        ("DeliveryDelay", "full", 105),
        ("Bounce", "late", 120),
        ("DeliveryDelay", "full", 225),
        ("DeliveryDelay", "full", 465),
        ("Bounce", "full", 840),
    ]
    assert {address.partition("@")[0]: str(status) for address, status in message.status.items()} == {
        "fine": "Delivered",
        "slow": "Delivered",
        "gone": "Bounced",
        "late": "Bounced",
        "full": "Bounced",
        "busy": "Delivered",
        "spam": "Complained",
        "away": "Delivered",
        "keen": "Delivered",
        "shut": "Suppressed",
    }
