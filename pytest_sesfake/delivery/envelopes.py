"""What a body travels in: SNS, SQS, Lambda, EventBridge and Firehose, each to the key as its consumers get it.

Nothing needs to be configured for that. Ids are hashes of the event and of where it goes, so every look sees the same.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Literal

from pytest_sesfake.delivery.bodies import body_of, feedback_text, iso, payload, payload_text
from pytest_sesfake.world.regions import partition

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.world.events import Event

    Form = Literal["events", "feedback"]
    Via = Literal["sns", "sqs", "eventbridge"]

SUBJECT = "Amazon SES Email Event Notification"
"""The subject under which SNS gets what event publishing publishes; identity notifications have none."""
NAME = "ses-events"
"""The topic and the queue that stand in where none is named."""

_FORMS: dict[str, tuple[Callable[[Event], str], str | None]] = {
    "events": (payload_text, SUBJECT),
    "feedback": (feedback_text, None),
}

# The user as whom SNS writes to queues.
_SNS_SENDER = "AIDAIENQZJOLO23YVJ4VO"


# SNS.


def sns_notification(
    event: Event, *, form: Form = "events", topic_arn: str | None = None, signature: int = 1
) -> dict[str, str]:
    """Return the signed envelope in which SNS hands the event on, published to ``topic_arn``.

    ``form`` says what is published: what an event destination gets (``events``), or what an identity's topic gets
    (``feedback``); of the latter a ValueError where identities do not notify of such events.
    """
    if form not in _FORMS:
        msg = f"SNS gets 'events' or 'feedback', not {form!r}"
        raise ValueError(msg)
    topic = topic_arn or _arn(event, "sns")
    ids = event.message.world.cloud.ids
    write, subject = _FORMS[form]
    return envelope(
        write(event),
        subject=subject,
        topic_arn=topic,
        subscription_arn=subscription_arn(event, topic),
        message_id=ids.uuid(f"sns {form} {topic} {event.number}"),
        at=event.at,
        signature=signature,
    )


def subscription_arn(event: Event, topic_arn: str) -> str:
    """Return the ARN of a subscription to the topic."""
    return f"{topic_arn}:{event.message.world.cloud.ids.uuid(f'subscription {topic_arn}')}"


def envelope(  # noqa: PLR0913 - what SNS is told when something is published
    text: str,
    *,
    topic_arn: str,
    subscription_arn: str,
    message_id: str,
    at: float,
    subject: str | None = None,
    signature: int = 1,
) -> dict[str, str]:
    """Return SNS's envelope of a text, signed: the fields in the order in which SNS writes them."""
    # Making a key takes a tenth of a second, and loading what makes it about as long.
    from pytest_sesfake.delivery import signing  # noqa: PLC0415

    region = topic_arn.split(":")[3]
    fields = {"Type": "Notification", "MessageId": message_id, "TopicArn": topic_arn}
    if subject is not None:
        fields["Subject"] = subject
    fields |= {"Message": text, "Timestamp": iso(at), "SignatureVersion": str(signature)}
    signer = signing.signer()
    return {
        **fields,
        "Signature": signer.sign(fields, signature),
        "SigningCertURL": signer.certificate_url(region),
        "UnsubscribeURL": f"https://{signing.host(region)}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}",
    }


def written(fields: dict[str, str]) -> str:
    """Return an envelope as SNS writes it: JSON over several lines, with spaces around the colons."""
    return json.dumps(fields, ensure_ascii=False, indent=2, separators=(",", " : "))


# SQS: a queue that is subscribed to the topic.


def sqs_message(event: Event, *, form: Form = "events") -> dict[str, str]:
    """Return the message of a queue as ``receive_message`` returns it."""
    ids = event.message.world.cloud.ids
    text = written(sns_notification(event, form=form))
    handle = "".join(ids.hex(f"receipt {part} {form} {event.number}", 128) for part in range(4))
    return {
        "MessageId": ids.uuid(f"sqs {form} {event.number}"),
        "ReceiptHandle": "AQEB" + base64.b64encode(bytes.fromhex(handle)).decode(),
        "MD5OfBody": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        "Body": text,
    }


# EventBridge and Firehose, which get events alone.


def eventbridge_event(event: Event) -> dict[str, Any]:
    """Return the event as EventBridge's default bus carries it."""
    world = event.message.world
    chosen = event.message.configuration_set
    return {
        "version": "0",
        "id": world.cloud.ids.uuid(f"eventbridge {event.number}"),
        "detail-type": body_of(event).bridge,
        "source": "aws.ses",
        "account": world.account_id,
        "time": event.timestamp.replace(tzinfo=None).isoformat(timespec="seconds") + "Z",
        "region": world.region,
        "resources": [] if chosen is None else [world.arn(f"configuration-set/{chosen}")],
        "detail": payload(event),
    }


def firehose_record(event: Event) -> bytes:
    """Return the data of the event's record in a delivery stream: its JSON on a line of its own."""
    return payload_text(event).encode()


# Lambda.


def lambda_event(event: Event, via: Via = "sns", *, form: Form = "events") -> dict[str, Any]:
    """Return what a Lambda function is called with when SNS, a queue or EventBridge calls it for the event."""
    if via == "eventbridge":
        if form != "events":
            msg = f"EventBridge gets 'events' alone, not {form!r}"
            raise ValueError(msg)
        return eventbridge_event(event)
    if via not in _RECORDS:
        msg = f"a Lambda function gets events via 'sns', 'sqs' or 'eventbridge', not {via!r}"
        raise ValueError(msg)
    return {"Records": [_RECORDS[via](event, form)]}


def _sns_record(event: Event, form: Form) -> dict[str, Any]:
    fields = sns_notification(event, form=form)
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn(event, fields["TopicArn"]),
        "Sns": {
            "Type": fields["Type"],
            "MessageId": fields["MessageId"],
            "TopicArn": fields["TopicArn"],
            "Subject": fields.get("Subject"),  # null where there is none
            "Message": fields["Message"],
            "Timestamp": fields["Timestamp"],
            "SignatureVersion": fields["SignatureVersion"],
            "Signature": fields["Signature"],
            "SigningCertUrl": fields["SigningCertURL"],  # spelt so for Lambda alone
            "UnsubscribeUrl": fields["UnsubscribeURL"],
            "MessageAttributes": {},
        },
    }


def _sqs_record(event: Event, form: Form) -> dict[str, Any]:
    message = sqs_message(event, form=form)
    sent = str(round(event.at * 1000))
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
        "eventSourceARN": _arn(event, "sqs"),
        "awsRegion": event.message.region,
    }


_RECORDS: dict[str, Callable[[Event, Form], dict[str, Any]]] = {"sns": _sns_record, "sqs": _sqs_record}


def _arn(event: Event, service: str) -> str:
    world = event.message.world
    return f"arn:{partition(world.region)}:{service}:{world.region}:{world.account_id}:{NAME}"
