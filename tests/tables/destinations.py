"""Every destination and form in which an application gets an event, and what each contains.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Event, Notification, SesFake

EVERY = [
    "SEND",
    "REJECT",
    "BOUNCE",
    "COMPLAINT",
    "DELIVERY",
    "OPEN",
    "CLICK",
    "RENDERING_FAILURE",
    "DELIVERY_DELAY",
    "SUBSCRIPTION",
]
ARN = "arn:aws:{}:us-east-1:123456789012:{}"
FEEDBACK = ARN.format("sns", "feedback")
ROLE = "arn:aws:iam::123456789012:role/ses"
DESTINATIONS: dict[str, dict[str, Any]] = {
    "sns": {"SnsDestination": {"TopicArn": ARN.format("sns", "events")}},
    "firehose": {
        "KinesisFirehoseDestination": {
            "IamRoleArn": ROLE,
            "DeliveryStreamArn": ARN.format("firehose", "deliverystream/events"),
        }
    },
    "eventbridge": {"EventBridgeDestination": {"EventBusArn": ARN.format("events", "event-bus/default")}},
    "pinpoint": {"PinpointDestination": {"ApplicationArn": ARN.format("mobiletargeting", "apps/events")}},
    "cloudwatch": {
        "CloudWatchDestination": {
            "DimensionConfigurations": [
                {
                    "DimensionName": "ses:from-domain",
                    "DimensionValueSource": "MESSAGE_TAG",
                    "DefaultDimensionValue": "none",
                }
            ]
        }
    },
}


def connect(sesfake: SesFake) -> None:
    """Publish all events of the configuration set ``cs`` and of the sender's identity to every destination."""
    v2, ses = sesfake.client("sesv2"), sesfake.client("ses")
    for name, destination in DESTINATIONS.items():
        wanted: Any = {"Enabled": True, "MatchingEventTypes": EVERY, **destination}
        v2.create_configuration_set_event_destination(
            ConfigurationSetName="cs",
            EventDestinationName=name,
            EventDestination=wanted,
        )
    sesfake.verify("example.org")
    for kind in ("Bounce", "Complaint", "Delivery"):
        ses.set_identity_notification_topic(Identity="example.org", NotificationType=kind, SnsTopic=FEEDBACK)


# What each of them gets.


def of_sns(notification: Notification) -> Any:
    assert notification.text.endswith("}\n")
    assert notification.envelope["Subject"] == "Amazon SES Email Event Notification"
    return json.loads(notification.envelope["Message"])


def of_firehose(notification: Notification) -> Any:
    record: bytes = notification.envelope["Data"]
    assert record.endswith(b"}\n")
    return json.loads(record)


def of_a_bus(notification: Notification) -> Any:
    assert notification.event is not None
    assert notification.envelope["source"] == "aws.ses"
    assert notification.envelope["detail-type"] == DETAIL_TYPES[notification.event.type]
    return notification.envelope["detail"]


READS: dict[str, Callable[[Notification], Any]] = {
    "sns": of_sns,
    "firehose": of_firehose,
    "eventbridge": of_a_bus,
    "pinpoint": lambda notification: notification.body,
}


# What each event can be turned into, whether or not anything is connected.


def of_a_post(event: Event) -> Any:
    return json.loads(json.loads(event.http_request().body)["Message"])


def of_a_queue(event: Event) -> Any:
    return json.loads(json.loads(event.sqs_message()["Body"])["Message"])


def of_a_queue_by_lambda(event: Event) -> Any:
    return json.loads(json.loads(event.lambda_event("sqs")["Records"][0]["body"])["Message"])


FORMS: dict[str, Callable[[Event], Any]] = {
    "sns": lambda event: json.loads(event.sns()["Message"]),
    "http": of_a_post,
    "sns by lambda": lambda event: json.loads(event.lambda_event("sns")["Records"][0]["Sns"]["Message"]),
    "sqs": of_a_queue,
    "sqs by lambda": of_a_queue_by_lambda,
    "firehose": lambda event: json.loads(event.firehose_record()),
    "eventbridge": lambda event: event.eventbridge_event()["detail"],
    "eventbridge by lambda": lambda event: event.lambda_event("eventbridge")["detail"],
}
EVENT_TYPES = {"RenderingFailure": "Rendering Failure"}
KEYS = {"DeliveryDelay": "deliveryDelay", "RenderingFailure": "failure"}
DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
    "RenderingFailure": "Email Rendering Failed",
    "Open": "Email Opened",
    "Click": "Email Clicked",
    "DeliveryDelay": "Email Delivery Delayed",
    "Subscription": "Email Subscribed",
}


def check_publishing(sesfake: SesFake, event: Event, to: str) -> None:
    """Check that the event's own form and its notification at each destination agree, in SES's spelling and order."""
    payload = event.payload()
    key = KEYS.get(event.type, event.type.lower())
    order = ["eventType", key, "mail"] if event.type in {"Bounce", "Complaint"} else ["eventType", "mail", key]
    assert list(payload) == order
    assert payload["eventType"] == EVENT_TYPES.get(event.type, event.type)
    assert payload[key] == event.detail
    mail = payload["mail"]
    assert mail["messageId"] == event.message.id
    assert mail["destination"] == [to]
    assert mail["tags"]["ses:configuration-set"] == ["cs"]
    assert ("ses:outgoing-ip" in mail["tags"]) is (event.type == "Delivery")
    if event.type == "RenderingFailure":
        assert not {"headers", "commonHeaders"} & set(mail)
    else:
        assert mail["commonHeaders"]["messageId"] == event.message.id
    for form, read in FORMS.items():
        assert read(event) == payload, form

    published: dict[str, Notification] = {
        each.kind: each for each in sesfake.notifications if each.event is event and each.topic != FEEDBACK
    }
    assert set(published) == set(DESTINATIONS)
    for kind, reads in READS.items():
        assert reads(published[kind]) == payload, kind
    (metric,) = published["cloudwatch"].envelope["MetricData"]
    assert metric["MetricName"] == event.type
    assert metric["Dimensions"] == [{"Name": "ses:from-domain", "Value": "example.org"}]

    of_identity = [each.body for each in sesfake.notifications if each.event is event and each.topic == FEEDBACK]
    if event.type in {"Bounce", "Complaint", "Delivery"}:
        feedback = event.feedback()
        assert of_identity == [feedback]
        assert feedback["notificationType"] == event.type
        assert feedback[key] == event.detail
        assert json.loads(event.lambda_event(form="feedback")["Records"][0]["Sns"]["Message"]) == feedback
        assert "tags" not in feedback["mail"]
    else:
        assert not of_identity
        with pytest.raises(ValueError, match="no identity notification"):
            event.feedback()
