"""The JSON in which SES reports incoming mail. It is built from the notice at each call.

The order of keys follows captures from 2018 to 2024.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pytest_sesfake.delivery.bodies import common_headers, json_text, within_limit
from pytest_sesfake.delivery.details import iso
from pytest_sesfake.delivery.sns import envelope
from pytest_sesfake.ses.mail.addresses import parse_address, split
from pytest_sesfake.ses.mail.encoded_words import decode
from pytest_sesfake.ses.mail.mime import header_lines
from pytest_sesfake.ses.receipt_rules import Ask, BounceAction, HandToWorkMail, PublishAction, Store

if TYPE_CHECKING:
    from pytest_sesfake.delivery.details import Json
    from pytest_sesfake.ses.receipt_rules import Action
    from pytest_sesfake.ses.receiving import Notice

SUBJECT = "Amazon SES Email Receipt Notification"
"""The SNS subject of these notifications."""

_PROCESSING = 222
"""The milliseconds that SES needs before the first rule. The fake clock does not advance for them."""


def payload(notice: Notice) -> Json:
    """Return the notification for a topic. It contains the mail itself only for the action that publishes mail."""
    told = {"notificationType": "Received", "mail": _mail(notice), "receipt": _receipt(notice)}
    action = notice.action
    if isinstance(action, PublishAction):
        data = notice.data
        is_text = action.encoding == "UTF-8"
        told["content"] = data.decode("utf-8", "replace") if is_text else base64.b64encode(data).decode("ascii")
    return told


def payload_text(notice: Notice) -> str:
    """Return the notification for a topic on one line, without a newline at the end."""
    return json_text(payload(notice))


def lambda_event(notice: Notice) -> Json:
    """Return the argument of a Lambda function. It does not contain the mail itself."""
    told = {"mail": _mail(notice), "receipt": _receipt(notice)}
    return {"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": told}]}


def sns_notification(notice: Notice, topic: str, *, signature: int = 1) -> dict[str, str]:
    """Return the signed envelope in which SNS sends the notification of its topic."""
    reception = notice.reception
    ids = reception.region_state.simulation.ids
    place = next(place for place, known in enumerate(reception.notices) if known is notice)
    return envelope(
        reception.region_state.simulation,
        payload_text(notice),
        subject=SUBJECT,
        topic_arn=topic,
        subscription_arn=f"{topic}:{ids.uuid(f'subscription {topic}')}",
        message_id=ids.uuid(f"sns received {reception.id} {place}"),
        at=notice.at,
        signature=signature,
    )


def _mail(notice: Notice) -> Json:
    reception = notice.reception
    lines = header_lines(notice.data)
    shown, is_truncated = within_limit(lines)
    common = common_headers(shown, None)
    if "returnPath" in common:
        common["returnPath"] = parse_address(common["returnPath"]).bare
    return {
        "timestamp": iso(reception.at),
        "source": reception.mail.sender,
        "messageId": reception.id,
        "destination": _named(lines) or list(reception.mail.recipients),
        "headersTruncated": is_truncated,
        "headers": [{"name": name, "value": decode(value)} for name, value in shown],
        "commonHeaders": common,
    }


def _named(lines: list[tuple[str, str]]) -> list[str]:
    """Return the recipients in the mail's headers. A capture from a mailing list shows these, not the envelope's."""
    values = [value for name, value in lines if name.lower() in {"to", "cc", "bcc"}]
    return list(dict.fromkeys(parse_address(address).bare for value in values for address in split(value)))


def _receipt(notice: Notice) -> Json:
    verdicts = notice.verdicts
    reception = notice.reception
    return {
        "timestamp": iso(reception.at),
        "processingTimeMillis": _PROCESSING + round((notice.at - reception.at) * 1000),
        "recipients": list(notice.recipients),
        **{f"{name}Verdict": {"status": status} for name, status in verdicts.items()},
        **({"dmarcPolicy": reception.mail.verdicts.policy} if verdicts["dmarc"] == "FAIL" else {}),
        "action": _action(notice, notice.action),
    }


def _action(notice: Notice, action: Action) -> Json:
    told: dict[str, str | None] = {"type": action.type, "topicArn": action.topic}
    if isinstance(action, Store):
        told |= {
            "bucketName": action.bucket,
            "objectKeyPrefix": action.prefix,
            "objectKey": action.object_key(notice.reception.id),
        }
    elif isinstance(action, PublishAction):
        told["encoding"] = "UTF8" if action.encoding == "UTF-8" else "BASE64"
    elif isinstance(action, BounceAction):
        told |= {
            "smtpReplyCode": action.code,
            "statusCode": action.status,
            "message": action.message,
            "sender": action.sender,
        }
    elif isinstance(action, Ask):
        told |= {"functionArn": action.function, "invocationType": action.invocation or "Event"}
    elif isinstance(action, HandToWorkMail):
        told["organizationArn"] = action.organization
    return {key: value for key, value in told.items() if value is not None}
