"""django-ses gets notifications of received mail. test_django_inbound.py runs this file in its own process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import django  # type: ignore[import-untyped]
import pytest
from django.conf import settings  # type: ignore[import-untyped]
from django.core.wsgi import get_wsgi_application  # type: ignore[import-untyped]
from django.test import override_settings  # type: ignore[import-untyped]
from django.urls import path  # type: ignore[import-untyped]
from moto import mock_aws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_sesfake import Received, SesFake

    Application = Callable[..., Iterable[bytes]]

settings.configure(
    ALLOWED_HOSTS=["testserver"],
    SECRET_KEY="not secret",
    ROOT_URLCONF=(),
    AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS=["arn:aws:sns:us-east-1:123456789012:inbox"],
)
django.setup()

from django_ses.inbound import S3Handler, SnsHandler  # type: ignore[import-untyped]  # noqa: E402 - they read the settings
from django_ses.views import SESEventWebhookView  # type: ignore[import-untyped]  # noqa: E402 - it reads the settings

settings.ROOT_URLCONF = (path("ses/event-webhook/", SESEventWebhookView.as_view()),)
TOPIC = "arn:aws:sns:us-east-1:123456789012:inbox"
TAKEN: list[Any] = []
"""What the application made of the mail."""


class FromTopic(SnsHandler):  # type: ignore[misc]
    """Takes mail that is in the notification."""

    def process(self) -> None:
        """Keep it."""
        TAKEN.append((self.email, self.receipt))


class FromBucket(S3Handler):  # type: ignore[misc]
    """Takes mail that is in a bucket."""

    def process(self) -> None:
        """Keep it."""
        TAKEN.append((self.email, self.receipt))


@pytest.fixture
def app() -> Iterator[Application]:
    TAKEN.clear()
    application: Application = get_wsgi_application()
    yield application
    TAKEN.clear()


def receive(sesfake: SesFake, *actions: Any) -> Received:
    """Let a mail come in where a rule does that."""
    ses = sesfake.client("ses")
    ses.create_receipt_rule_set(RuleSetName="inbox")
    rule: Any = {"Name": "all", "Enabled": True, "ScanEnabled": True, "Actions": actions}
    ses.create_receipt_rule(RuleSetName="inbox", Rule=rule)
    ses.set_active_receipt_rule_set(RuleSetName="inbox")
    return sesfake.receive(
        to="info@shop.example",
        sender="eve@example.net",
        subject="Grüße",
        text="Später.",
        html="<p>Später.</p>",
        attachments={"bill.pdf": b"%PDF\xff"},
    )


def check(received: Received) -> None:
    """See that the application got that mail, and nothing else."""
    ((email, receipt),) = TAKEN
    assert (email["subject"], email["to"]) == ("Grüße", ["info@shop.example"])
    assert (email["plain_text"].strip(), email["html_text"].strip()) == ("Später.", "<p>Später.</p>")
    assert [(file["filename"], file["data"]) for file in email["attachments"]] == [("bill.pdf", b"%PDF\xff")]
    assert receipt["recipients"] == received.recipients
    assert receipt["spamVerdict"] == {"status": "PASS"}


def test_mail_in_a_notification_is_taken_in(sesfake: SesFake, app: Application) -> None:
    sesfake.subscribe(app, path="/ses/event-webhook/", topic=TOPIC)

    received = receive(sesfake, {"SNSAction": {"TopicArn": TOPIC, "Encoding": "Base64"}})
    with override_settings(AWS_SES_INBOUND_HANDLER=f"{__name__}.FromTopic"):
        answers = sesfake.notify()

    # The confirmation, the note to a topic that a rule names it, which django-ses passes over, and the mail.
    assert {answer.status for answer in answers} == {200}
    check(received)


def test_mail_in_a_bucket_is_taken_in(sesfake: SesFake, app: Application) -> None:
    inbox = override_settings(
        AWS_SES_INBOUND_HANDLER=f"{__name__}.FromBucket",
        AWS_SES_INBOUND_ACCESS_KEY_ID="testing",
        AWS_SES_INBOUND_SECRET_ACCESS_KEY="testing",
        AWS_SES_INBOUND_SESSION_TOKEN=None,
    )
    with mock_aws(), inbox:
        boto3.client("s3", "us-east-1").create_bucket(Bucket="mail")
        boto3.client("sns", "us-east-1").create_topic(Name="inbox")
        sesfake.subscribe(app, path="/ses/event-webhook/", topic=TOPIC)

        received = receive(sesfake, {"S3Action": {"BucketName": "mail", "TopicArn": TOPIC}})
        sesfake.notify()

    check(received)
