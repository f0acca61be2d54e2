"""The outer forms of a published text: SNS, SQS, Lambda, EventBridge and Firehose, with all keys that consumers get.

No destination needs to be configured. Ids are hashes of the event and its destination, so each call returns the same.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery import sns
from pytest_sesfake.delivery.bodies import body_of, feedback_text, payload, payload_text
from pytest_sesfake.ses.regions import partition

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.event_forms import Forge, Form, HttpRequest, Via
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.ids import Ids
    from pytest_sesfake.ses.simulation import RegionState

SUBJECT = "Amazon SES Email Event Notification"
"""The SNS subject of event publishing. Identity notifications have no subject."""
NAME = "ses-events"
"""The name of the default topic and the default queue."""

_COLONS = 5  # in an ARN

# The user id with which SNS writes to queues.
_SNS_SENDER = "AIDAIENQZJOLO23YVJ4VO"


# SNS.


def sns_notification(
    event: Event,
    *,
    form: Form = "events",
    topic_arn: str | None = None,
    headers: bool = False,
    signature: int = 1,
    forge: Forge | None = None,
) -> dict[str, str]:
    """Return the signed envelope in which SNS sends the event after its publication to ``topic_arn``.

    ``form`` selects the text: that of an event destination (``events``) or that of an identity's topic (``feedback``).
    ``headers`` includes the original headers in the latter. ``feedback`` raises ValueError for events that
    identities do not publish. ``forge`` makes one part of the envelope wrong.
    """
    topic = stand_in(event.message.region_state) if topic_arn is None else topic_arn
    if not topic.startswith("arn:") or topic.count(":") < _COLONS:
        raise ValueError(f"topic takes the ARN of a topic, not {topic!r}")
    text, subject = told(event, form, headers=headers)
    return sns.envelope(
        event.message.region_state.simulation,
        text,
        subject=subject,
        topic_arn=topic,
        subscription_arn=subscription_arn(event.message.region_state, topic),
        message_id=event.message.region_state.simulation.ids.uuid(f"sns {form} {topic} {event.number}"),
        at=event.at,
        signature=signature,
        forge=forge,
    )


def told(event: Event, form: Form, *, headers: bool = False) -> tuple[str, str | None]:
    """Return the published text of an event in one form, and its subject."""
    if form == "feedback":
        return feedback_text(event, headers=headers), None
    if form != "events":
        raise ValueError(f"form takes 'events' or 'feedback', not {form!r}")
    return payload_text(event), SUBJECT


def stand_in(region_state: RegionState, service: str = "sns") -> str:
    """Return the ARN of the default topic or, for the service ``sqs``, of the default queue."""
    return f"arn:{partition(region_state.region)}:{service}:{region_state.region}:{region_state.account_id}:{NAME}"


def subscription_arn(region_state: RegionState, topic_arn: str) -> str:
    """Return the ARN of a subscription to the topic."""
    return f"{topic_arn}:{region_state.simulation.ids.uuid(f'subscription {topic_arn}')}"


def http_request(
    event: Event,
    *,
    path: str = "/",
    form: Form = "events",
    topic_arn: str | None = None,
    signature: int = 1,
    forge: Forge | None = None,
) -> HttpRequest:
    """Return the HTTP request in which SNS sends the event to an application."""
    fields = sns_notification(event, form=form, topic_arn=topic_arn, signature=signature, forge=forge)
    return sns.request(fields, path=path)


# SQS: a queue that is subscribed to the topic.


def sqs_message(event: Event, *, form: Form = "events", topic_arn: str | None = None) -> dict[str, str]:
    """Return the message of a queue as ``receive_message`` returns it."""
    region_state = event.message.region_state
    text = sns.written(sns_notification(event, form=form, topic_arn=topic_arn))
    return queued(region_state.simulation.ids, text, f"{form} {topic_arn or stand_in(region_state)} {event.number}")


def queued(ids: Ids, text: str, what: str) -> dict[str, str]:
    """Return a queue message with a text. Its ids are derived from ``what``, which must be unique."""
    handle = "".join(ids.hex(f"receipt {part} {what}", 128) for part in range(4))
    return {
        "MessageId": ids.uuid(f"sqs {what}"),
        "ReceiptHandle": "AQEB" + base64.b64encode(bytes.fromhex(handle)).decode(),
        "MD5OfBody": hashlib.md5(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest(),
        "Body": text,
    }


# EventBridge and Firehose. They get no identity notifications.


def eventbridge_event(event: Event) -> dict[str, Any]:
    """Return the event as EventBridge's default bus carries it."""
    region_state = event.message.region_state
    chosen = event.message.configuration_set
    return {
        "version": "0",
        "id": region_state.simulation.ids.uuid(f"eventbridge {event.number}"),
        "detail-type": body_of(event).bridge,
        "source": "aws.ses",
        "account": region_state.account_id,
        "time": event.timestamp.replace(tzinfo=None).isoformat(timespec="seconds") + "Z",
        "region": region_state.region,
        "resources": [] if chosen is None else [region_state.arn(f"configuration-set/{chosen}")],
        "detail": payload(event),
    }


def firehose_record(event: Event) -> bytes:
    """Return the data of the event's record in a delivery stream: its JSON on a line of its own."""
    return payload_text(event).encode()


# Lambda.


def lambda_event(
    event: Event, via: Via = "sns", *, form: Form = "events", topic_arn: str | None = None
) -> dict[str, Any]:
    """Return the argument of a Lambda function that SNS, a queue or EventBridge calls with the event."""
    if via == "eventbridge":
        if form != "events":
            raise ValueError(f"EventBridge takes form='events', not {form!r}")
        if topic_arn is not None:
            raise ValueError(f"EventBridge has no topics, but topic is {topic_arn!r}. Leave it out")
        return eventbridge_event(event)
    if via not in _RECORDS:
        raise ValueError(f"a Lambda function gets events via 'sns', 'sqs' or 'eventbridge', not {via!r}")
    return {"Records": [_RECORDS[via](event, form, topic_arn)]}


def _sns_record(event: Event, form: Form, topic_arn: str | None) -> dict[str, Any]:
    fields = sns_notification(event, form=form, topic_arn=topic_arn)
    return sns_record(fields, subscription_arn(event.message.region_state, fields["TopicArn"]))


def sns_record(fields: dict[str, str], subscription: str) -> dict[str, Any]:
    """Return an envelope of SNS as a Lambda function gets it."""
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": {
            "Type": fields["Type"],
            "MessageId": fields["MessageId"],
            "TopicArn": fields["TopicArn"],
            "Subject": fields.get("Subject"),  # null without a subject
            "Message": fields["Message"],
            "Timestamp": fields["Timestamp"],
            "SignatureVersion": fields["SignatureVersion"],
            "Signature": fields["Signature"],
            "SigningCertUrl": fields["SigningCertURL"],  # only Lambda gets this spelling
            "UnsubscribeUrl": fields["UnsubscribeURL"],
            "MessageAttributes": {},
        },
    }


def _sqs_record(event: Event, form: Form, topic_arn: str | None) -> dict[str, Any]:
    region_state = event.message.region_state
    return sqs_record(sqs_message(event, form=form, topic_arn=topic_arn), event.at, stand_in(region_state, "sqs"))


def sqs_record(message: dict[str, str], at: float, queue_arn: str) -> dict[str, Any]:
    """Return the message of a queue as a Lambda function gets it."""
    sent = str(round(at * 1000))
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": sent,
            "SenderId": _SNS_SENDER,
            "ApproximateFirstReceiveTimestamp": sent,
        },
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


_RECORDS: dict[str, Callable[[Event, Form, str | None], dict[str, Any]]] = {"sns": _sns_record, "sqs": _sqs_record}
