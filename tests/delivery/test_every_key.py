"""Every type of event as it is published, by a configuration set and by an identity: each key, its place and its kind.

The order of keys is that of captures of real notifications; without a capture it is the order of the developer guide.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import (
    Bounce,
    Click,
    Complaint,
    Delay,
    Delivery,
    Open,
    Outcome,
    Rejection,
    SesFake,
    Suppression,
    Unsubscribe,
)
from pytest_sesfake.delivery.details import BODIES

if TYPE_CHECKING:
    from pytest_sesfake.ses.events import EventType

EVENTS = "arn:aws:sns:us-east-1:123456789012:events"
FEEDBACK = "arn:aws:sns:us-east-1:123456789012:feedback"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
HTML = '<a href="https://example.com/" ses:tags="place:top;">x</a>'

COMMON = {"from": ["string"], "to": ["string"], "messageId": "string", "subject": "string"}
HEADERS = {
    "headersTruncated": "boolean",
    "headers": [{"name": "string", "value": "string"}],
    "commonHeaders": COMMON,
}


def tags(*, delivered: bool) -> dict[str, Any]:
    names = ["ses:source-tls-version", "ses:operation", "ses:configuration-set"]
    names += ["ses:outgoing-tls-version"] if delivered else []
    names += ["ses:source-ip", "ses:from-domain", "campaign", "ses:caller-identity"]
    names += ["ses:outgoing-ip"] if delivered else []
    return {name: ["string"] for name in names}


def published(headers: dict[str, Any] = HEADERS, *, arn: bool = True, delivered: bool = False) -> dict[str, Any]:
    """The ``mail`` of event publishing."""
    return {
        "timestamp": "instant",
        "source": "string",
        **({"sourceArn": "string"} if arn else {}),
        "sendingAccountId": "string",
        "messageId": "string",
        "destination": ["string"],
        **headers,
        "tags": tags(delivered=delivered),
    }


def notified(*, headers: bool) -> dict[str, Any]:
    """The ``mail`` of an identity's notifications, whose common headers have the application's own Message-ID."""
    common = {name: kind for name, kind in COMMON.items() if name != "messageId"}
    return {
        "timestamp": "instant",
        "source": "string",
        "sourceArn": "string",
        "sourceIp": "string",
        "callerIdentity": "string",
        "sendingAccountId": "string",
        "messageId": "string",
        "destination": ["string"],
        **({**HEADERS, "commonHeaders": common} if headers else {}),
    }


BOUNCED = {
    "feedbackId": "string",
    "bounceType": "string",
    "bounceSubType": "string",
    "bouncedRecipients": [
        {"emailAddress": "string", "action": "string", "status": "string", "diagnosticCode": "string"}
    ],
    "timestamp": "instant",
}
REMOTELY = {"remoteMtaIp": "string", "reportingMTA": "string"}
COMPLAINED = {
    "feedbackId": "string",
    "complaintSubType": "null",
    "complainedRecipients": [{"emailAddress": "string"}],
    "timestamp": "instant",
    "userAgent": "string",
    "complaintFeedbackType": "string",
    "arrivalDate": "instant",
}
DELIVERED = {
    "timestamp": "instant",
    "processingTimeMillis": "integer",
    "recipients": ["string"],
    "smtpResponse": "string",
    **REMOTELY,
}
DELAYED = {
    "timestamp": "instant",
    "delayType": "string",
    "expirationTime": "instant",
    "delayedRecipients": [{"emailAddress": "string", "status": "string", "diagnosticCode": "string"}],
}
PREFERENCES = {
    "unsubscribeAll": "boolean",
    "topicSubscriptionStatus": [{"topicName": "string", "subscriptionStatus": "string"}],
}
RESUBSCRIBED = {
    "contactList": "string",
    "timestamp": "instant",
    "source": "string",
    "newTopicPreferences": PREFERENCES,
    "oldTopicPreferences": PREFERENCES,
}
OPENED = {"timestamp": "instant", "userAgent": "string", "ipAddress": "string", "isBotEvent": "string"}
CLICKED = {
    "timestamp": "instant",
    "ipAddress": "string",
    "userAgent": "string",
    "link": "string",
    "linkTags": {"place": ["string"]},
    "isBotEvent": "string",
}

PUBLISHED: dict[str, tuple[Outcome, dict[str, Any]]] = {
    "Send": (Delivery(), {"mail": published(), "send": {}}),
    "Delivery": (Delivery(), {"mail": published(delivered=True), "delivery": DELIVERED}),
    "Bounce": (Bounce(), {"bounce": {**BOUNCED, **REMOTELY}, "mail": published()}),
    "Complaint": (Complaint(), {"complaint": COMPLAINED, "mail": published()}),
    "Reject": (Rejection(), {"mail": published(), "reject": {"reason": "string"}}),
    "Open": (Open(), {"mail": published(arn=False), "open": OPENED}),
    "Click": (Click(), {"mail": published(arn=False), "click": CLICKED}),
    "DeliveryDelay": (Delay(60), {"mail": published(), "deliveryDelay": DELAYED}),
    "Subscription": (Unsubscribe("news"), {"mail": published(), "subscription": RESUBSCRIBED}),
}
NOTIFIED = {"Bounce": ("bounce", {**BOUNCED, **REMOTELY}), "Complaint": ("complaint", COMPLAINED)}


def shape(value: object) -> Any:
    """Return what a value is made of: keys in their order, and the kinds of what they hold."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return list({json.dumps(each): each for each in map(shape, value)}.values())
    if isinstance(value, str):
        return "instant" if INSTANT.fullmatch(value) else "string"
    return {bool: "boolean", int: "integer", type(None): "null"}[type(value)]


def ordered(value: object) -> str:
    return json.dumps(value, indent=1)


@pytest.fixture
def sesfake(sesfake: SesFake) -> SesFake:
    """Of example.com, whose events are published, and whose feedback is notified of."""
    sesfake.verify("example.com")
    sesfake.configuration_set("cs", topic=EVENTS)
    sesfake.contact_list("readers", topics=["news"])
    sesfake.client().create_contact(
        ContactListName="readers",
        EmailAddress="ada@example.net",
        TopicPreferences=[{"TopicName": "news", "SubscriptionStatus": "OPT_IN"}],
    )
    for kind in ("Bounce", "Complaint", "Delivery"):
        sesfake.client("ses").set_identity_notification_topic(
            Identity="example.com", NotificationType=kind, SnsTopic=FEEDBACK
        )
    return sesfake


def send(sesfake: SesFake, outcome: Outcome) -> None:
    sesfake.on(recipient="ada@example.net").apply(outcome)
    is_listed = isinstance(outcome, Unsubscribe)
    listed: Any = {"ListManagementOptions": {"ContactListName": "readers", "TopicName": "news"}} if is_listed else {}
    sesfake.client().send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["ada@example.net"]},
        Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Html": {"Data": HTML}}}},
        ConfigurationSetName="cs",
        EmailTags=[{"Name": "campaign", "Value": "spring"}],
        **listed,
    )
    sesfake.clock.advance(minutes=5)


@pytest.mark.parametrize("kind", PUBLISHED)
def test_a_configuration_set_publishes_these_keys(sesfake: SesFake, kind: EventType) -> None:
    outcome, expected = PUBLISHED[kind]
    send(sesfake, outcome)

    body = sesfake.notifications.one(kind, topic=EVENTS).body

    assert body["eventType"] == kind
    assert ordered(shape(body)) == ordered({"eventType": "string", **expected})


def test_a_configuration_set_publishes_these_keys_of_a_failed_rendering(sesfake: SesFake) -> None:
    sesfake.template("t", subject="Hi", text="{{name}}")
    sesfake.client("ses").send_templated_email(
        Source="shop@example.com",
        Destination={"ToAddresses": ["ada@example.net"]},
        Template="t",
        TemplateData="{}",
        ConfigurationSetName="cs",
        Tags=[{"Name": "campaign", "Value": "spring"}],
    )

    body = sesfake.notifications.one("RenderingFailure", topic=EVENTS).body

    assert body["eventType"] == "Rendering Failure"
    assert ordered(shape(body)) == ordered(
        {
            "eventType": "string",
            "mail": published({"headersTruncated": "boolean"}),
            "failure": {"errorMessage": "string", "templateName": "string"},
        }
    )


def test_no_type_of_event_is_left_out() -> None:
    assert {body.name for body in BODIES.values()} == {*PUBLISHED, "Rendering Failure"}
    assert {body.name for body in BODIES.values() if body.feedback} == {*NOTIFIED, "Delivery"}


@pytest.mark.parametrize("headers", [False, True])
@pytest.mark.parametrize("kind", [*NOTIFIED, "Delivery"])
def test_an_identity_notifies_of_these_keys(sesfake: SesFake, kind: Any, headers: bool) -> None:
    sesfake.client("ses").set_identity_headers_in_notifications_enabled(
        Identity="example.com", NotificationType=kind, Enabled=headers
    )
    send(sesfake, PUBLISHED[kind][0])

    body = sesfake.notifications.one(kind, topic=FEEDBACK).body

    mail = notified(headers=headers)
    rest: dict[str, Any] = {"mail": mail, "delivery": DELIVERED}
    if kind in NOTIFIED:
        key, detail = NOTIFIED[kind]
        rest = {key: detail, "mail": mail}
    assert body["notificationType"] == kind
    assert ordered(shape(body)) == ordered({"notificationType": "string", **rest})


@pytest.mark.parametrize("topic", [EVENTS, FEEDBACK])
@pytest.mark.parametrize("scope", ["account", "global"])
def test_a_suppressed_bounce_names_only_the_server_of_ses(sesfake: SesFake, topic: str, scope: Any) -> None:
    send(sesfake, Suppression(scope))

    bounce = sesfake.notifications.one("Bounce", topic=topic).body["bounce"]

    assert ordered(shape(bounce)) == ordered({**BOUNCED, "reportingMTA": "string"})
