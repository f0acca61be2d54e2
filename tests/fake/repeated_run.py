"""A run that makes everything with an id, a date or a boundary. ``test_repeats.py`` compares runs in several processes.

As a program it takes a seed, and prints what it saw as JSON.
"""

from __future__ import annotations

import json
import smtplib
import ssl
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import boto3

from pytest_sesfake import SesFake

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNED = ("Signature", "SigningCertURL", "SigningCertUrl")
RAW = b"From: me@example.org\r\nTo: ada@example.com\r\nBcc: bob@example.com\r\nSubject: Raw\r\n\r\nHello"


def dump(fake: SesFake) -> dict[str, Any]:
    """Send mail of every kind at a frozen time, and return all that a test can see, ready for JSON."""
    fake.clock.freeze(datetime(2026, 3, 26, 12, 0, 0, tzinfo=timezone.utc))
    subscription = fake.subscribe(lambda _event, _context: None, target_type="lambda")
    answers = _send_all(fake)
    incoming = fake.receive(to="me@example.org", html="<p>Hi", text="Hi", attachments={"a.txt": "a"})
    fake.notify()
    fake.clock.advance(days=1)
    events = list(fake.events)
    requests = [event.http_request() for event in events]
    return {
        "answers": answers,
        "messages": [[message.id, _text(message.raw), _text(message.submitted)] for message in fake.outbox],
        "headers": [message.headers.items() for message in fake.outbox],
        "links": [message.links for message in fake.outbox],
        "system mail": [[mail.id, _text(mail.raw)] for mail in fake.system_mail],
        "incoming mail": [_text(incoming.raw), incoming.message_id],
        "events": [[event.payload, str(event.timestamp), event.eventbridge_event()] for event in events],
        "records": [event.firehose_record().decode() for event in events],
        "arguments": [event.lambda_event("eventbridge") for event in events],
        "function envelopes": [_unsigned(event.lambda_event()["Records"][0]["Sns"]) for event in events],
        "envelopes": [_unsigned(event.sns()) for event in events],
        "queue ids": [[event.sqs_message()["MessageId"], event.sqs_message()["ReceiptHandle"]] for event in events],
        "queue envelopes": [_unsigned(json.loads(event.sqs_message()["Body"])) for event in events],
        "request headers": [request.headers for request in requests],
        "request envelopes": [_unsigned(request.json()) for request in requests],
        "calls": [[call.operation, str(call.at), call.params] for call in fake.calls],
        "notifications": [[each.text, str(each.timestamp)] for each in fake.notifications],
        "subscription": subscription.arn,
        "signatures": [event.sns()["Signature"] for event in events],
        "signatures again": [event.sns()["Signature"] for event in events],
    }


def _send_all(fake: SesFake) -> list[Any]:
    """Send by every interface, and return the answers with their request ids."""
    fake.configuration_set("news")
    fake.contact_list("readers", topics=["weekly"])
    fake.template("welcome", subject="Hi {{name}}", text="Hi", html="<p>Hi {{name}}</p>")
    fake.on(recipient="bob@example.com").bounce()
    fake.on(recipient="cy@example.com").complain()
    v1 = boto3.client("ses", region_name="us-east-1")
    v2 = boto3.client("sesv2", region_name="us-east-1")
    answers: list[Any] = [
        v2.send_email(
            FromEmailAddress="me@example.org",
            Destination={"ToAddresses": [to]},
            Content={
                "Simple": {
                    "Subject": {"Data": "News"},
                    "Body": {
                        "Text": {"Data": "Hello"},
                        "Html": {"Data": "<p>Hello {{amazonSESUnsubscribeUrl}}</p>"},
                    },
                }
            },
            ConfigurationSetName="news",
            ListManagementOptions={"ContactListName": "readers", "TopicName": "weekly"},
        )
        for to in ("ada@example.com", "bob@example.com", "cy@example.com")
    ]
    answers += [
        v1.send_raw_email(RawMessage={"Data": RAW}, ConfigurationSetName="news"),
        v1.send_bulk_templated_email(
            Source="me@example.org",
            Template="welcome",
            DefaultTemplateData="{}",
            Destinations=[
                {"Destination": {"ToAddresses": [to]}, "ReplacementTemplateData": json.dumps({"name": to})}
                for to in ("dee@example.com", "eve@example.com")
            ],
        ),
        v1.verify_email_identity(EmailAddress="me@example.org"),
        v2.create_email_identity(EmailIdentity="example.net"),
    ]
    with smtplib.SMTP("email-smtp.us-east-1.amazonaws.com", 587, local_hostname="shop") as client:
        client.starttls(context=ssl.create_default_context())
        client.login("user", "password")
        client.sendmail("me@example.org", ["ada@example.com"], RAW)
    return [{**answer, "ResponseMetadata": answer["ResponseMetadata"]["RequestId"]} for answer in answers]


def _unsigned(envelope: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in envelope.items() if name not in SIGNED}


def _text(data: bytes) -> str:
    return data.decode("latin-1")


if __name__ == "__main__":
    with SesFake(seed=sys.argv[1], unfinished="ignore") as sesfake:
        json.dump(dump(sesfake), sys.stdout, default=str)
