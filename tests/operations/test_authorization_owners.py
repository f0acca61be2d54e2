"""Mail that is sent from another account's identity: what its owner has set for it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError

from sends import send_email

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

    from pytest_sesfake import Message, SesFake

OTHER = "999999999999"
TOPIC = f"arn:aws:sns:us-east-1:{OTHER}:bounces"
BOUNCING = "bounce@simulator.amazonses.com"

pytestmark = pytest.mark.sesfake(verified=["mine.example"])


@pytest.fixture
def owner() -> SESClient:
    """A client of the other account, whose number is its key id."""
    return boto3.client("ses", "us-east-1", aws_access_key_id=OTHER, aws_secret_access_key="testing")


def send(sesfake: SesFake, arn: str | None = None, source: str = "news@partner.example") -> Message:
    """Send a mail that bounces, from the identity of another account if ``arn`` names it."""
    owner = {} if arn is None else {"SourceArn": arn}
    send_email(sesfake.client("ses"), BOUNCING, sender=source, **owner)
    return sesfake.outbox[-1]


def test_the_topic_of_the_owner_gets_the_notification(sesfake: SesFake, owner: SESClient) -> None:
    arn = sesfake.authorize("partner.example")
    owner.set_identity_notification_topic(Identity="partner.example", NotificationType="Bounce", SnsTopic=TOPIC)

    message = send(sesfake, arn)
    send(sesfake, None, "me@mine.example")

    notification = sesfake.notifications.one(type="Bounce")
    assert (notification.topic, notification.body["mail"]["messageId"]) == (TOPIC, message.id)
    assert (notification.body["mail"]["sourceArn"], notification.body["mail"]["sendingAccountId"]) == (
        arn,
        "123456789012",
    )


def test_the_owner_says_whether_feedback_is_mailed(sesfake: SesFake, owner: SESClient) -> None:
    arn = sesfake.authorize("partner.example")
    send(sesfake, arn)
    assert len(sesfake.system_mail.all(kind="bounce")) == 1

    for kind in ("Bounce", "Complaint"):
        owner.set_identity_notification_topic(Identity="partner.example", NotificationType=kind, SnsTopic=TOPIC)
    owner.set_identity_feedback_forwarding_enabled(Identity="partner.example", ForwardingEnabled=False)
    send(sesfake, arn)

    assert len(sesfake.system_mail.all(kind="bounce")) == 1


def test_the_mail_comes_from_the_domain_that_the_owner_has_chosen(sesfake: SesFake, owner: SESClient) -> None:
    arn = sesfake.authorize("partner.example")
    owner.set_identity_mail_from_domain(
        Identity="partner.example", MailFromDomain="mail.partner.example", BehaviorOnMXFailure="RejectMessage"
    )

    with pytest.raises(ClientError, match="DNS setup for MAIL FROM domain is invalid"):
        send(sesfake, arn)
