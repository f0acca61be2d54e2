"""The details of delays, opens, clicks and subscriptions, key by key and in SES's order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake.ses.contacts import Contact, ContactList, Topic
from pytest_sesfake.ses.events import Clicked, Delayed, Opened, Preferences, Resubscribed
from pytest_sesfake.ses.mail.compose import Parts
from pytest_sesfake.ses.messages import Listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message

    Happened = Callable[..., Event]

AT = "2026-03-26T02:13:22.263Z"


def ordered(value: object) -> str:
    """The JSON of a value, which keeps the order of keys."""
    return json.dumps(value)


def test_a_delay(happened: Happened) -> None:
    event = happened(
        Delayed("TransientCommunicationFailure", "4.4.1", "smtp; 421 4.4.1 Unable to connect to remote host", 50_400)
    )

    assert ordered(event.payload()["deliveryDelay"]) == ordered(
        {
            "timestamp": AT,
            "delayType": "TransientCommunicationFailure",
            "expirationTime": "2026-03-26T16:13:21.662Z",
            "delayedRecipients": [
                {
                    "emailAddress": "ada@example.net",
                    "status": "4.4.1",
                    "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host",
                }
            ],
        }
    )
    assert list(event.payload()) == ["eventType", "mail", "deliveryDelay"]
    assert event.payload()["eventType"] == "DeliveryDelay"


def test_a_delay_without_a_reply(happened: Happened) -> None:
    event = happened(Delayed("Undetermined", None, None, 300))

    assert event.detail["delayedRecipients"] == [{"emailAddress": "ada@example.net"}]
    assert event.detail["expirationTime"] == "2026-03-26T02:18:21.662Z"


def test_an_open(happened: Happened) -> None:
    event = happened(Opened("Mozilla/5.0"))

    assert ordered(event.detail) == ordered(
        {"timestamp": AT, "userAgent": "Mozilla/5.0", "ipAddress": "192.0.2.99", "isBotEvent": "Unlikely"}
    )
    assert "sourceArn" not in event.payload()["mail"]


@pytest.mark.parametrize(
    "attribute,tags", [("", None), ('ses:tags="product:book"', {"product": ["book"]}), ('ses:tags=""', None)]
)
def test_a_click(happened: Happened, sent: Callable[..., Message], attribute: str, tags: dict[str, Any] | None) -> None:
    html = f'<a {attribute} href="https://example.com/?a=1&amp;b=2">The book</a>'
    event = happened(Clicked("https://example.com/?a=1&b=2", "Mozilla/5.0"), sent(Parts(html=html)))

    assert ordered(event.detail) == ordered(
        {
            "timestamp": AT,
            "ipAddress": "192.0.2.99",
            "userAgent": "Mozilla/5.0",
            "link": "https://example.com/?a=1&b=2",
            "linkTags": tags,
            "isBotEvent": "Unlikely",
        }
    )


def test_a_subscription(happened: Happened, sent: Callable[..., Message]) -> None:
    message = sent(listed=Listed("L", "T"))
    topics = {"T": Topic("T", "T", subscribed=True), "U": Topic("U", "U", subscribed=False)}
    chosen = message.region_state.contact_lists.add("L", ContactList("L", 0, 0, topics))
    chosen.contacts.add("ada@example.net", Contact("ada@example.net", 0, 0, {"T": True}))

    event = happened(Resubscribed("T", by_header=True), message)

    assert ordered(event.payload()["subscription"]) == ordered(
        {
            "contactList": "L",
            "timestamp": AT,
            "source": "UnsubscribeHeader",
            "newTopicPreferences": {
                "unsubscribeAll": False,
                "topicSubscriptionStatus": [{"topicName": "T", "subscriptionStatus": "OptOut"}],
                "topicDefaultSubscriptionStatus": [{"topicName": "U", "subscriptionStatus": "OptOut"}],
            },
            "oldTopicPreferences": {
                "unsubscribeAll": False,
                "topicSubscriptionStatus": [{"topicName": "T", "subscriptionStatus": "OptIn"}],
                "topicDefaultSubscriptionStatus": [{"topicName": "U", "subscriptionStatus": "OptOut"}],
            },
        }
    )
    assert event.fact == Resubscribed(
        "T",
        by_header=True,
        contact_list="L",
        before=Preferences(nothing=False, topics=(("T", True),), defaults=(("U", False),)),
        after=Preferences(nothing=False, topics=(("T", False),), defaults=(("U", False),)),
    )
