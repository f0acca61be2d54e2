"""Every fate of a recipient that a test can script, by every interface, in every form that tells applications of it.

The expectations are those of SES: which events, in which order, with which keys in which order, and what counts where.
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from expected import BOUNCE, COMPLAINED, DELAYS, DELIVERY, REMOTE, REPORTED_BOUNCE, SENT, Fate, follows
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

FATES: dict[str, tuple[Outcome, Fate]] = {
    "delivery": (
        Delivery(),
        Fate(
            SENT,
            "Delivered",
            DELIVERY,
            {"recipients": [ADA]},
        ),
    ),
    "hard bounce": (
        Bounce(),
        Fate(
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
        Fate(
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
        Fate(["Send", "Bounce"], "Bounced", REMOTE, {"bounceType": "Transient", "bounceSubType": "MessageTooLarge"}),
    ),
    "undetermined bounce": (
        Bounce("Undetermined"),
        Fate(
            ["Send", "Bounce"],
            "Bounced",
            BOUNCE,
            {"bounceType": "Undetermined", "bounceSubType": "Undetermined"},
            bounced=["emailAddress"],
        ),
    ),
    "soft bounce": (
        SoftBounce("MailboxFull"),
        Fate(
            ["Send", *DELAYS, "Bounce"],
            "Bounced",
            REMOTE,
            {"bounceType": "Transient", "bounceSubType": "MailboxFull"},
        ),
    ),
    "soft bounce that is overcome": (
        SoftBounce(attempts=2),
        Fate(
            ["Send", "DeliveryDelay", "DeliveryDelay", "Delivery"],
            "Delivered",
            DELIVERY,
            {"processingTimeMillis": 2_700_000},
        ),
    ),
    "lookup failure": (
        Bounce(retried=True),
        Fate(
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
        Fate(
            ["Send", "DeliveryDelay", "Delivery"],
            "Delivered",
            DELIVERY,
            {"processingTimeMillis": 60_000},
        ),
    ),
    "complaint": (
        Complaint(),
        Fate(
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
        Fate(
            [*SENT, "Bounce"],
            "Delivered",
            BOUNCE,
            {"bounceType": "Transient", "bounceSubType": "General"},
            bounced=["emailAddress"],
        ),
    ),
    "global suppression": (
        Suppression("global"),
        Fate(["Send", "Bounce"], "Suppressed", REPORTED_BOUNCE, {"bounceSubType": "Suppressed"}, bounces=1),
    ),
    "account suppression": (
        Suppression("account"),
        Fate(["Send", "Bounce"], "Suppressed", REPORTED_BOUNCE, {"bounceSubType": "OnAccountSuppressionList"}),
    ),
    "tenant suppression": (
        Suppression("tenant"),
        Fate(["Send", "Bounce"], "Suppressed", REPORTED_BOUNCE, {"bounceSubType": "OnTenantSuppressionList"}),
    ),
    "rejection": (Rejection(), Fate(["Send", "Reject"], "Rejected", ["reason"], {"reason": "Bad content"})),
    "open": (
        Open(),
        Fate([*SENT, "Open"], "Delivered", ["timestamp", "userAgent", "ipAddress", "isBotEvent"], {}),
    ),
    "click": (
        Click(),
        Fate(
            [*SENT, "Click"],
            "Delivered",
            ["timestamp", "ipAddress", "userAgent", "link", "linkTags", "isBotEvent"],
            {"link": "https://shop.example/"},
        ),
    ),
    "unsubscription": (
        Unsubscribe(),
        Fate(
            [*SENT, "Subscription"],
            "Delivered",
            ["contactList", "timestamp", "source", "newTopicPreferences", "oldTopicPreferences"],
            {"contactList": "readers", "source": "UnsubscribeHeader"},
        ),
    ),
}
CELLS = [(name, way) for name in FATES for way in WAYS if name != "unsubscription" or way not in WITHOUT_LISTS]


@pytest.mark.parametrize("name,way", CELLS)
def test_a_fate_is_the_same_by_every_interface_and_everywhere(sesfake: SesFake, name: str, way: str) -> None:
    outcome, fate = FATES[name]
    follows(sesfake, fate, lambda fake: fake.on(recipient=ADA).apply(outcome), way=way, to=ADA)


def test_ten_recipients_of_a_message_may_have_ten_fates(sesfake: SesFake) -> None:
    sesfake.clock.freeze()
    fates: dict[str, Outcome] = {
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
    for name, outcome in fates.items():
        sesfake.on(recipient=f"{name}@example.com").apply(outcome)
    message = sesfake.send([f"{name}@example.com" for name in fates], html=HTML)
    sesfake.clock.advance(days=1)

    told = [
        (event.type, ", ".join(each.partition("@")[0] for each in event.recipients), minutes)
        for event in message.events
        if (minutes := (event.timestamp - message.sent_at).total_seconds() / 60) is not None
    ]
    assert told == [
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
