"""The events of real clients' sends: every form has the message id that the call returned."""

from __future__ import annotations

import json
import smtplib
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import SesFake
from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def fake() -> Iterator[SesFake]:
    with SesFake(seed="events of sends") as fake:
        fake.configuration_set("cs")
        yield fake


def send(fake: SesFake, *to: str, **parameters: Any) -> str:
    """Send a mail through the set cs, and return its id."""
    given = {"sender": "Shop <shop@example.com>", "subject": "Hi", "ConfigurationSetName": "cs", **parameters}
    return send_email(fake.client(), *to, **given)


def test_the_id_that_the_call_answered_is_in_every_form(fake: SesFake) -> None:
    answered = send(fake, "bounce@simulator.amazonses.com")

    event = fake.events[-1]

    sns, sqs = (event.lambda_event(via=via)["Records"][0] for via in ("sns", "sqs"))
    bodies = [
        event.payload(),
        event.feedback(),
        json.loads(sns["Sns"]["Message"]),
        json.loads(json.loads(sqs["body"])["Message"]),
        json.loads(json.loads(event.sqs_message()["Body"])["Message"]),
        event.eventbridge_event()["detail"],
        json.loads(event.firehose_record()),
    ]
    assert {body["mail"]["messageId"] for body in bodies} == {answered}
    assert {json.dumps(body["bounce"]) for body in bodies} == {json.dumps(event.detail)}


def test_an_event_has_the_display_name_of_the_source_and_the_tags(fake: SesFake) -> None:
    send(fake, "ada@example.net", EmailTags=[{"Name": "campaign", "Value": "spring"}])

    for event in fake.events:
        mail = event.payload()["mail"]
        assert mail["source"] == "Shop <shop@example.com>"
        assert mail["commonHeaders"]["from"] == ["Shop <shop@example.com>"]
        assert mail["sourceArn"] == "arn:aws:ses:us-east-1:123456789012:identity/example.com"
        assert mail["tags"]["campaign"] == ["spring"]
        assert mail["tags"]["ses:configuration-set"] == ["cs"]
    assert event.feedback()["mail"]["source"] == "Shop <shop@example.com>"


def test_the_source_arn_is_that_of_the_verified_identity(fake: SesFake) -> None:
    fake.verify("shop@example.com")

    send(fake, "ada@example.net")

    arn = "arn:aws:ses:us-east-1:123456789012:identity/shop@example.com"
    assert [event.payload()["mail"]["sourceArn"] for event in fake.events] == [arn, arn]


def test_the_simulator_s_complaint_and_auto_reply_follow_a_delivery(fake: SesFake) -> None:
    send(fake, "complaint@simulator.amazonses.com", "ooto+label@simulator.amazonses.com")

    events = [(event.payload()["eventType"], event.detail) for event in fake.events]

    assert [kind for kind, _ in events] == ["Send", "Delivery", "Complaint", "Bounce"]
    details = dict(events)
    assert sorted(details["Delivery"]["recipients"]) == [
        "complaint@simulator.amazonses.com",
        "ooto+label@simulator.amazonses.com",
    ]
    assert details["Delivery"]["smtpResponse"] == "250 Ok"
    assert details["Complaint"]["userAgent"] == "Amazon SES Mailbox Simulator"
    assert details["Complaint"]["complaintSubType"] is None
    assert list(details["Bounce"]) == ["feedbackId", "bounceType", "bounceSubType", "bouncedRecipients", "timestamp"]
    assert details["Bounce"]["bouncedRecipients"] == [{"emailAddress": "ooto+label@simulator.amazonses.com"}]


def test_a_suppressed_address_has_the_bounce_texts_of_ses(fake: SesFake) -> None:
    fake.suppress("ada@example.net")
    fake.suppress("bob@example.net", "COMPLAINT")

    send(fake, "ada@example.net", "bob@example.net")

    details = {event.type: event.detail for event in fake.events}
    assert details["Bounce"]["bounceSubType"] == "OnAccountSuppressionList"
    assert details["Bounce"]["reportingMTA"] == "dns; amazonses.com"
    assert "remoteMtaIp" not in details["Bounce"]
    assert details["Complaint"]["complaintSubType"] == "OnAccountSuppressionList"
    assert "complaintFeedbackType" not in details["Complaint"]


def test_an_asynchronous_bounce_has_its_own_timestamp(fake: SesFake) -> None:
    fake.clock.freeze()
    fake.on(recipient="ada@example.net").bounce(after=90.5)
    send(fake, "ada@example.net")

    fake.clock.advance(hours=1)

    delivery, bounce = fake.events[-2:]
    assert (delivery.type, bounce.type) == ("Delivery", "Bounce")
    assert (bounce.timestamp - delivery.timestamp).total_seconds() == 90.5
    assert json.loads(bounce.sqs_message()["Body"])["Timestamp"] == bounce.detail["timestamp"]


def test_the_event_of_a_mail_by_smtp_has_its_received_field(fake: SesFake) -> None:
    smtp = fake.smtp
    with smtplib.SMTP(smtp.host, smtp.port, local_hostname="app.example.com") as client:
        client.starttls(context=ssl.create_default_context(cafile=smtp.ca_file))
        client.login(smtp.username, smtp.password)
        data = "From: shop@example.com\r\nTo: ada@example.net\r\nSubject: Hi\r\n\r\nHello\r\n"
        client.sendmail("bounces@example.com", ["ada@example.net"], data)

    mail = fake.events[0].payload()["mail"]

    assert mail["source"] == "bounces@example.com"
    assert mail["tags"]["ses:operation"] == ["SendSmtpEmail"]
    assert [header["name"] for header in mail["headers"]] == ["Received", "From", "To", "Subject"]
    assert mail["headers"][0]["value"].startswith("from app.example.com (")
    assert mail["headers"][0]["value"].endswith("+0000 (UTC)")


def test_events_can_be_read_after_the_fake_was_left() -> None:
    with SesFake() as fake:
        fake.send("ada@example.net")
    event = fake.events[-1]

    assert event.payload()["mail"]["destination"] == ["ada@example.net"]
    assert event.lambda_event()["Records"][0]["Sns"]["SignatureVersion"] == "1"
