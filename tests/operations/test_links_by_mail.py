"""Leaving a contact list by a mail to SES: the other address that ``List-Unsubscribe`` holds."""

from __future__ import annotations

import re
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_sesfake import Message, SesFake

ADA = "ada@example.com"
TOPIC = "arn:aws:sns:us-east-1:123456789012:inbox"


@pytest.fixture
def mail(sesfake: SesFake) -> Message:
    sesfake.contact_list("news", topics=["weekly", "offers"])
    return sesfake.send(ADA, contact_list="news", topic="weekly")


def mailbox(message: Message) -> str:
    """Where a mail client that knows no other way writes to."""
    found = re.search("<mailto:([^>]+)>", message_from_bytes(message.raw)["List-Unsubscribe"])
    assert found
    return found[1]


def listen(sesfake: SesFake) -> None:
    """Let everything that comes in go to a topic."""
    ses = sesfake.client("ses")
    rule: Any = {
        "Name": "all",
        "Enabled": True,
        "Actions": [{"SNSAction": {"TopicArn": TOPIC, "Encoding": "UTF-8"}}],
    }
    ses.create_receipt_rule_set(RuleSetName="inbox")
    ses.create_receipt_rule(RuleSetName="inbox", Rule=rule)
    ses.set_active_receipt_rule_set(RuleSetName="inbox")


def test_a_mail_to_ses_leaves_the_topic(sesfake: SesFake, mail: Message) -> None:
    received = sesfake.receive(to=mailbox(mail), sender=ADA, subject="Unsubscribe")

    assert received.accepted
    event = sesfake.events.one("Subscription")
    assert (event.message, event.recipients) == (mail, (ADA,))
    assert event.detail["source"] == "UnsubscribeHeader"
    contact = sesfake.client().get_contact(ContactListName="news", EmailAddress=ADA)
    assert contact["TopicPreferences"] == [{"TopicName": "weekly", "SubscriptionStatus": "OPT_OUT"}]
    assert sesfake.send(ADA, contact_list="news", topic="weekly").status[ADA] == "Suppressed"


def test_it_leaves_the_list_where_the_mail_had_no_topic(sesfake: SesFake, mail: Message) -> None:
    other = sesfake.send(ADA, contact_list="news")

    sesfake.receive(to=mailbox(other).upper(), sender="somebody@example.net")

    assert sesfake.client().get_contact(ContactListName="news", EmailAddress=ADA)["UnsubscribeAll"]
    assert mailbox(mail) != mailbox(other)


def test_it_is_no_business_of_the_receipt_rules(sesfake: SesFake, mail: Message) -> None:
    listen(sesfake)

    received = sesfake.receive(to=[mailbox(mail), "info@example.org"], sender=ADA)

    assert sesfake.events.one("Subscription").message == mail
    assert [action.recipients for action in received.actions] == [["info@example.org"]]


@pytest.mark.parametrize("change", [("unsubscribe+", "unsubscribe+0"), ("us-east-1", "eu-west-1")])
def test_an_address_that_ses_did_not_write_is_an_unknown_one(
    sesfake: SesFake, mail: Message, change: tuple[str, str]
) -> None:
    received = sesfake.receive(to=mailbox(mail).replace(*change), sender=ADA)

    assert received.reply == 550
    assert not sesfake.events.all("Subscription")
