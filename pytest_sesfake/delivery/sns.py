"""The exact envelopes and HTTP requests of SNS, and forgeries of them.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, get_args

from pytest_sesfake.delivery.details import iso
from pytest_sesfake.ses.event_forms import Forge, HttpRequest
from pytest_sesfake.ses.regions import partition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_sesfake.ses.simulation import Simulation

    Handshake = Literal["SubscriptionConfirmation", "UnsubscribeConfirmation"]

FORGERIES: tuple[Forge, ...] = get_args(Forge)
"""The parts of an envelope that can be forged. A careful application refuses each forgery."""
AGENT = "Amazon Simple Notification Service Agent"
CONTENT_TYPE = "text/plain; charset=UTF-8"

_UNKNOWN = "Unknown"
_ENDS = "SubscriptionArn="
_STRANGERS = ("999999999999", "999999999990")
_LONG_AGO = 30 * 24 * 60 * 60  # a month in seconds: longer than the retries of any SNS delivery policy
_WORDS = {
    "SubscriptionConfirmation": (
        "You have chosen to subscribe to the topic {topic}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message."
    ),
    "UnsubscribeConfirmation": (
        "You have chosen to deactivate subscription {subscription}.\n"
        "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
    ),
}


# Envelopes.


def envelope(
    simulation: Simulation,
    text: str,
    *,
    topic_arn: str,
    subscription_arn: str,
    message_id: str,
    at: float,
    subject: str | None = None,
    signature: int = 1,
    forge: Forge | None = None,
) -> dict[str, str]:
    """Return the signed SNS envelope of a text, with the fields in the order of SNS.

    ``forge`` makes one part wrong. All other parts stay correct, also the signature if that is possible.
    """
    topic_arn, subscription_arn, at = _forged(forge, topic_arn, subscription_arn, at)
    fields = {
        "Type": _UNKNOWN if forge == "type" else "Notification",
        "MessageId": message_id,
        "TopicArn": topic_arn,
    }
    if subject is not None:
        fields["Subject"] = subject
    fields |= {"Message": text, "Timestamp": iso(at)}
    signed = _signed(simulation, fields, signature, forge)
    region = topic_arn.split(":")[3]
    return {**signed, "UnsubscribeURL": f"{site(region)}/?Action=Unsubscribe&{_ENDS}{subscription_arn}"}


def confirmation(
    simulation: Simulation,
    handshake: Handshake,
    *,
    topic_arn: str,
    subscription_arn: str,
    token: str,
    message_id: str,
    at: float,
    signature: int = 1,
    forge: Forge | None = None,
) -> dict[str, str]:
    """Return the envelope in which SNS asks to confirm a subscription, or reports that it ended."""
    topic_arn, subscription_arn, at = _forged(forge, topic_arn, subscription_arn, at)
    region = topic_arn.split(":")[3]
    fields = {
        "Type": _UNKNOWN if forge == "type" else handshake,
        "MessageId": message_id,
        "Token": token,
        "TopicArn": topic_arn,
        "Message": _WORDS[handshake].format(topic=topic_arn, subscription=subscription_arn),
        "SubscribeURL": f"{site(region)}/?Action=ConfirmSubscription&TopicArn={topic_arn}&Token={token}",
        "Timestamp": iso(at),
    }
    return _signed(simulation, fields, signature, forge)


def _signed(simulation: Simulation, fields: dict[str, str], version: int, forge: Forge | None) -> dict[str, str]:
    # The import takes about a tenth of a second, and making the key another one.
    from pytest_sesfake.delivery import signing

    region = fields["TopicArn"].split(":")[3]
    signer = signing.stranger() if forge == "certificate" else signing.signer()
    covered = {**fields, "MessageId": "another"} if forge == "signature" else fields
    address = signer.certificate_url(region)
    simulation.signed.add(address.split("/")[2])
    return {
        **fields,
        "SignatureVersion": str(version),
        "Signature": signer.sign(covered, version),
        "SigningCertURL": address,
    }


def _forged(forge: Forge | None, topic_arn: str, subscription_arn: str, at: float) -> tuple[str, str, float]:
    """Return the topic, the subscription and the time for an envelope, forged or not."""
    if forge is not None and forge not in FORGERIES:
        raise ValueError(f"forge takes {', '.join(map(repr, FORGERIES))}, not {forge!r}")
    if forge == "topic":
        stranger = _foreign(topic_arn)
        return stranger, stranger + ":" + subscription_arn.rpartition(":")[2], at
    return topic_arn, subscription_arn, at - _LONG_AGO if forge == "age" else at


def _foreign(topic_arn: str) -> str:
    """Return the ARN of a topic of another account in the same region."""
    parts = topic_arn.split(":")
    account = next(account for account in _STRANGERS if account != parts[4])
    return ":".join([*parts[:4], account, "not-yours"])


def site(region: str) -> str:
    """Return the URL of SNS in a region."""
    return f"https://sns.{region}.amazonaws.com" + (".cn" if partition(region) == "aws-cn" else "")


def written(fields: Mapping[str, str]) -> str:
    """Return the text of an envelope: JSON on several lines, with spaces around the colons, as SNS writes it."""
    return json.dumps(fields, ensure_ascii=False, indent=2, separators=(",", " : "))


# HTTP requests.


def request(
    fields: Mapping[str, str], *, subscription_arn: str | None = None, path: str = "/", raw: bool = False
) -> HttpRequest:
    """Return the HTTP request with an envelope or, with ``raw``, with only the published text.

    ``subscription_arn`` is needed only if the envelope has no UnsubscribeURL that contains it.
    """
    text = fields["Message"] if raw else written(fields)
    body = text.encode("utf-8", "replace")
    headers = {
        "x-amz-sns-message-type": fields["Type"],
        "x-amz-sns-message-id": fields["MessageId"],
        "x-amz-sns-topic-arn": fields["TopicArn"],
    }
    if fields["Type"] != "SubscriptionConfirmation":
        headers["x-amz-sns-subscription-arn"] = subscription_arn or fields["UnsubscribeURL"].partition(_ENDS)[2]
    if raw:
        headers["x-amz-sns-rawdelivery"] = "true"
    headers |= {
        "Content-Length": str(len(body)),
        "Content-Type": CONTENT_TYPE,
        "Connection": "Keep-Alive",
        "User-Agent": AGENT,
        "Accept-Encoding": "gzip,deflate",
    }
    return HttpRequest("POST", path, headers, body)
