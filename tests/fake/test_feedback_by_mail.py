"""What SES mails to senders of what became of their mail."""

from __future__ import annotations

import smtplib
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from flufl.bounce import all_failures, scan_message

from pytest_sesfake import AutoReply, Bounce, Complaint, SesFake, Suppression

if TYPE_CHECKING:
    from pytest_sesfake.ses.outcomes.bounces import BounceSubtype
    from pytest_sesfake.ses.system_mail import SystemMail

ADA, BOB = "ada@example.com", "bob@example.com"


def parsed(mail: SystemMail) -> EmailMessage:
    """The letter as the standard library reads it, without a fault."""
    made = message_from_bytes(mail.raw, policy=policy.default)
    assert isinstance(made, EmailMessage)
    assert not [part.defects for part in made.walk() if part.defects]
    return made


def blocks(part: Any) -> list[dict[str, str]]:
    return [dict(block.items()) for block in part.get_payload()]


def original(report: EmailMessage) -> EmailMessage:
    (made,) = list(report.iter_parts())[2].iter_parts()
    assert isinstance(made, EmailMessage)
    return made


def test_a_bounce_is_reported_as_rfc_3464_says(sesfake: SesFake) -> None:
    sent = sesfake.send(ADA, outcome=Bounce(), subject="Grüße")

    mail = sesfake.system_mail.one(kind="bounce")
    report = parsed(mail)
    assert report["From"] == "MAILER-DAEMON@amazonses.com"
    assert report["To"] == "sender@example.com"
    assert report["Subject"] == "Delivery Status Notification (Failure)"
    assert report["Return-Path"] == "<>"
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    text, status, returned = report.iter_parts()
    assert ADA in text.get_content()
    assert text["Content-Description"] == "Notification"
    assert status["Content-Description"] == "Delivery Status Notification"
    assert blocks(status) == [
        {"Reporting-MTA": "dns; a8-77.smtp-out.amazonses.com"},
        {
            "Action": "failed",
            "Final-Recipient": f"rfc822; {ADA}",
            "Diagnostic-Code": "smtp; 550 5.1.1 user unknown",
            "Status": "5.1.1",
        },
    ]
    assert returned["Content-Description"] == "Undelivered Message"
    assert original(report)["Message-ID"] == f"<{sent.id}@email.amazonses.com>"
    assert original(report)["Subject"] == "Grüße"


@pytest.mark.parametrize(
    "outcome",
    [Bounce(), Bounce("Permanent", "NoEmail"), Bounce(after=60), Bounce(retried=True), Suppression()],
    ids=str,
)
def test_a_bounce_parsing_library_finds_who_failed(sesfake: SesFake, outcome: Any) -> None:
    sesfake.send(ADA, outcome=outcome)
    sesfake.clock.advance(days=1)

    report = message_from_bytes(sesfake.system_mail.one(kind="bounce").raw)
    assert set(scan_message(report)) == {ADA.encode()}


@pytest.mark.parametrize("subtype", ["MailboxFull", "General"])
def test_a_bounce_parsing_library_finds_who_failed_for_now(sesfake: SesFake, subtype: BounceSubtype) -> None:
    sesfake.send(ADA, outcome=Bounce("Transient", subtype))

    temporary, permanent = all_failures(message_from_bytes(sesfake.system_mail.one().raw))
    assert set(temporary) | set(permanent) == {ADA.encode()}


def test_grouped_bounces_are_one_report(sesfake: SesFake) -> None:
    sesfake.send([ADA, BOB], outcome=Bounce(grouped=True))

    report = message_from_bytes(sesfake.system_mail.one(kind="bounce").raw)
    assert set(scan_message(report)) == {ADA.encode(), BOB.encode()}


def test_a_bounce_that_comes_later_is_the_other_server_s(sesfake: SesFake) -> None:
    sesfake.clock.freeze()
    sent = sesfake.send(ADA, outcome=Bounce(after=3600))
    assert not sesfake.system_mail
    sesfake.clock.advance(hours=3)

    mail = sesfake.system_mail.one()
    assert mail.sender == "MAILER-DAEMON@example.com"
    assert (mail.sent_at - sent.sent_at).total_seconds() == 3600
    assert blocks(list(parsed(mail).iter_parts())[1])[0] == {"Reporting-MTA": "dns; mail.example.com"}
    assert sesfake.events.one("Bounce").detail["reportingMTA"] == "dns; mail.example.com"


def test_a_complaint_is_reported_as_arf_says(sesfake: SesFake) -> None:
    sent = sesfake.send(ADA, outcome=Complaint("fraud"), sender="Shop <shop@example.org>", subject="Buy")

    mail = sesfake.system_mail.one(kind="complaint")
    report = parsed(mail)
    assert report["From"] == "complaints@email-abuse.amazonses.com"
    assert report["To"] == "shop@example.org"
    assert report["Subject"] == "Fw: Buy"
    assert report.get_param("report-type") == "feedback-report"
    text, feedback, _ = report.iter_parts()
    assert text.get_content().startswith("This is an email abuse report for an email message from amazonses.com on ")
    assert feedback.get_content_type() == "message/feedback-report"
    (fields,) = blocks(feedback)
    assert fields == {
        "Feedback-Type": "fraud",
        "User-Agent": "ReturnPathFBL/1.0",
        "Version": "1",
        "Original-Mail-From": f"<{sent.id}@amazonses.com>",
        "Original-Rcpt-To": ADA,
        "Received-Date": fields["Received-Date"],
        "Reported-Domain": "example.org",
        "Source-IP": "54.240.8.77",
    }
    assert original(report)["Subject"] == "Buy"


def test_a_redacted_complaint_does_not_say_who_complained(sesfake: SesFake) -> None:
    sesfake.send([ADA, BOB], outcome=Complaint(redacted=True))

    assert "Original-Rcpt-To" not in sesfake.system_mail.first(kind="complaint").raw.decode()


def test_an_auto_reply_is_handed_on(sesfake: SesFake) -> None:
    sent = sesfake.send(ADA, outcome=AutoReply(), subject="Buy")

    mail = sesfake.system_mail.one(kind="reply")
    reply = parsed(mail)
    assert (mail.sender, mail.to, mail.subject) == (ADA, ["sender@example.com"], "Automatic reply: Buy")
    assert reply["Auto-Submitted"] == "auto-replied"
    assert sent.id in reply["In-Reply-To"]
    assert not set(scan_message(message_from_bytes(mail.raw)))


def test_other_regions_have_daemons_of_their_own(sesfake: SesFake) -> None:
    sesfake.send([ADA, BOB], outcome=Bounce("Transient", "General"), region="eu-west-1")
    sesfake.send(ADA, outcome=Complaint(), region="eu-west-1")

    assert sesfake.system_mail.first(kind="bounce").sender == "MAILER-DAEMON@eu-west-1.amazonses.com"
    assert sesfake.system_mail.one(kind="complaint").sender == "complaints@eu-west-1.email-abuse.amazonses.com"


def test_the_simulator_s_bounces_and_complaints_are_mailed_too(sesfake: SesFake) -> None:
    sesfake.send(["bounce@simulator.amazonses.com", "complaint@simulator.amazonses.com"])

    assert [mail.kind for mail in sesfake.system_mail] == ["bounce", "complaint"]


# When feedback is mailed, and to which address.


@pytest.mark.parametrize(
    "topics,forwarding,kinds",
    [
        ([], True, ["bounce", "complaint"]),
        (["Bounce", "Complaint"], True, ["bounce", "complaint"]),
        (["Bounce", "Complaint"], False, []),
    ],
)
def test_feedback_is_mailed_unless_the_identity_switched_it_off(
    sesfake: SesFake, topics: list[Any], forwarding: bool, kinds: list[str]
) -> None:
    sesfake.verify("example.com")
    client = sesfake.client("ses")
    for topic in topics:
        arn = "arn:aws:sns:us-east-1:123456789012:feedback"
        client.set_identity_notification_topic(Identity="example.com", NotificationType=topic, SnsTopic=arn)
    client.set_identity_feedback_forwarding_enabled(Identity="example.com", ForwardingEnabled=forwarding)

    sesfake.send(ADA, outcome=Bounce("Transient", "General"))
    sesfake.send(ADA, outcome=Complaint())

    assert [mail.kind for mail in sesfake.system_mail] == kinds


BODY: Any = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}
RAW = b"From: Author <author@example.org>\r\nTo: ada@example.com\r\nSubject: Hi\r\n%s\r\nHi\r\n"
WITH_RETURN_PATH = RAW % b"Return-Path: <returns@example.org>\r\n"
PLAIN = RAW % b""


@pytest.mark.parametrize(
    "words,to",
    [
        ({"Source": "me@example.org"}, "me@example.org"),
        ({"Source": "Me <me@example.org>", "ReturnPath": "returns@example.org"}, "returns@example.org"),
    ],
)
def test_v1_send_email_returns_to_the_return_path_else_to_the_source(
    sesfake: SesFake, words: dict[str, Any], to: str
) -> None:
    sesfake.on(recipient=ADA).bounce()
    sesfake.client("ses").send_email(**words, Destination={"ToAddresses": [ADA]}, Message=BODY)

    assert sesfake.system_mail.one().to == [to]


@pytest.mark.parametrize(
    "words,data,to",
    [
        ({"Source": "me@example.org"}, WITH_RETURN_PATH, "me@example.org"),
        ({}, WITH_RETURN_PATH, "returns@example.org"),
        ({}, PLAIN, "author@example.org"),
    ],
)
def test_v1_raw_mail_returns_to_the_source_else_the_return_path_else_the_author(
    sesfake: SesFake, words: dict[str, Any], data: bytes, to: str
) -> None:
    sesfake.on(recipient=ADA).bounce()
    sesfake.client("ses").send_raw_email(**words, RawMessage={"Data": data})

    assert sesfake.system_mail.one().to == [to]


@pytest.mark.parametrize(
    "words,to",
    [
        ({"FromEmailAddress": "me@example.org"}, "me@example.org"),
        ({"FromEmailAddress": "me@example.org", "FeedbackForwardingEmailAddress": "fb@example.org"}, "fb@example.org"),
    ],
)
@pytest.mark.parametrize("content", [{"Simple": BODY}, {"Raw": {"Data": WITH_RETURN_PATH}}], ids=["simple", "raw"])
def test_v2_returns_to_the_feedback_address_else_as_v1(
    sesfake: SesFake, words: dict[str, Any], content: Any, to: str
) -> None:
    sesfake.on(recipient=ADA).bounce()
    sesfake.client("sesv2").send_email(**words, Destination={"ToAddresses": [ADA]}, Content=content)

    assert sesfake.system_mail.one().to == [to]


@pytest.mark.parametrize("data,to", [(PLAIN, "envelope@example.org"), (WITH_RETURN_PATH, "returns@example.org")])
def test_smtp_returns_to_the_envelope_unless_a_return_path_is_given(sesfake: SesFake, data: bytes, to: str) -> None:
    sesfake.on(recipient=ADA).bounce()
    with smtplib.SMTP(sesfake.smtp.host, sesfake.smtp.port) as server:
        server.starttls()
        server.login(sesfake.smtp.username, sesfake.smtp.password)
        server.sendmail("envelope@example.org", [ADA], data)

    assert sesfake.system_mail.one().to == [to]


@pytest.mark.sesfake(verified=["example.org"])
def test_a_return_path_has_to_be_verified_even_where_feedback_goes_elsewhere(sesfake: SesFake) -> None:
    foreign = RAW % b"Return-Path: <returns@example.net>\r\n"
    with pytest.raises(Exception, match=r"not verified.*returns@example\.net"):
        sesfake.client("ses").send_raw_email(Source="me@example.org", RawMessage={"Data": foreign})


def test_a_feedback_mail_is_not_in_the_outbox_and_not_counted(sesfake: SesFake) -> None:
    sesfake.send(ADA, outcome=Bounce("Transient", "General"))

    assert len(sesfake.outbox) == 1
    assert sesfake.client("ses").get_send_quota()["SentLast24Hours"] == 1.0
    mail = sesfake.system_mail.one()
    assert mail.raw == mail.raw
    assert mail.mime["Subject"] == mail.subject
