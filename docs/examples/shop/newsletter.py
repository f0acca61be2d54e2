"""The newsletter: SES keeps who wants it, and the links that it writes into the mail let readers leave."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shop.accounts import Accounts

SENDER = "The Shop <news@shop.example>"
CONTACTS = "shop"
TOPIC = "offers"
FOOTER = '<p>Too many offers? <a href="{{amazonSESUnsubscribeUrl}}">Unsubscribe</a></p>'

ses = boto3.client("sesv2", region_name="eu-west-1")


def subscribe(email: str) -> None:
    """Put somebody who asked for it on the list."""
    wanted: Any = [{"TopicName": TOPIC, "SubscriptionStatus": "OPT_IN"}]
    try:
        ses.create_contact(ContactListName=CONTACTS, EmailAddress=email, TopicPreferences=wanted)
    except ses.exceptions.AlreadyExistsException:
        ses.update_contact(ContactListName=CONTACTS, EmailAddress=email, TopicPreferences=wanted)


def readers() -> Iterator[str]:
    """Yield who wants offers."""
    wanted: Any = {"FilteredStatus": "OPT_IN", "TopicFilter": {"TopicName": TOPIC}}
    more: Any = {}
    while True:
        page = ses.list_contacts(ContactListName=CONTACTS, Filter=wanted, **more)
        yield from (contact["EmailAddress"] for contact in page["Contacts"])
        if "NextToken" not in page:
            return
        more = {"NextToken": page["NextToken"]}


def send_issue(subject: str, html: str) -> int:
    """Send an issue to every reader, a mail to each, and return how many that were."""
    count = 0
    for email in list(readers()):
        ses.send_email(
            FromEmailAddress=SENDER,
            Destination={"ToAddresses": [email]},
            Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Html": {"Data": html + FOOTER}}}},
            ListManagementOptions={"ContactListName": CONTACTS, "TopicName": TOPIC},
        )
        count += 1
    return count


def note_farewells(accounts: Accounts, event: dict[str, Any]) -> list[str]:
    """Return the names of those who left: a Lambda function behind the topic for Subscription events."""
    left = []
    for record in event["Records"]:
        notification = json.loads(record["Sns"]["Message"])
        wanted = notification["subscription"]["newTopicPreferences"]
        is_out = {"topicName": TOPIC, "subscriptionStatus": "OptOut"} in wanted["topicSubscriptionStatus"]
        if is_out or wanted["unsubscribeAll"]:
            left += [accounts.by_email[email].name for email in notification["mail"]["destination"]]
    return left
