"""One recipient, one scripted bounce, three ways to reach SES."""

from __future__ import annotations

import json
import smtplib
import ssl
from typing import TYPE_CHECKING

import boto3
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import SesFake

ADA = "ada@example.com"
SENDER = "me@example.org"


def by_boto3_v1() -> None:
    boto3.client("ses").send_email(
        Source=SENDER,
        Destination={"ToAddresses": [ADA]},
        Message={"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello, Ada"}}},
    )


def by_boto3_v2() -> None:
    boto3.client("sesv2").send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": [ADA]},
        Content={"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello, Ada"}}}},
    )


def by_smtp() -> None:
    with smtplib.SMTP("email-smtp.us-east-1.amazonaws.com", 587, timeout=10) as server:
        server.starttls(context=ssl.create_default_context())
        server.login("user", "password")
        server.sendmail(SENDER, [ADA], f"From: {SENDER}\r\nTo: {ADA}\r\nSubject: Hello\r\n\r\nHello, Ada")


@pytest.mark.parametrize(
    "send,api", [(by_boto3_v1, "ses"), (by_boto3_v2, "sesv2"), (by_smtp, "smtp")], ids=["v1", "v2", "smtp"]
)
def test_a_bounce_is_the_same_however_the_mail_was_sent(sesfake: SesFake, send: Callable[[], None], api: str) -> None:
    sesfake.on(recipient=ADA).bounce(diagnostic="550 5.1.1 no such user")

    send()

    message = sesfake.outbox.one(to=ADA)
    assert (message.api, message.subject, message.text.strip()) == (api, "Hello", "Hello, Ada")
    assert message.status[ADA] == "Bounced"

    payload = message.status[ADA].event.payload()
    assert payload["eventType"] == "Bounce"
    assert payload["bounce"]["bounceType"] == "Permanent"
    assert payload["bounce"]["bouncedRecipients"] == [
        {
            "emailAddress": ADA,
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 no such user",
        }
    ]
    assert payload["mail"]["messageId"] == message.id
    assert payload["mail"]["destination"] == [ADA]
    assert payload["mail"]["commonHeaders"]["subject"] == "Hello"

    notification = json.loads(sesfake.events.one("Bounce").sqs_message()["Body"])
    assert json.loads(notification["Message"]) == payload
