"""SendBounce: answers to mail that came in."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]


@pytest.fixture
def mail_id(sesfake: SesFake, v1: SESClient) -> str:
    """The id of a mail that came in."""
    v1.create_receipt_rule_set(RuleSetName="inbox")
    v1.create_receipt_rule(RuleSetName="inbox", Rule={"Name": "all", "Enabled": True})
    v1.set_active_receipt_rule_set(RuleSetName="inbox")
    received = sesfake.receive(to=["ada@example.com", "bob@example.com"], sender="Eve <eve@example.net>", subject="Hi")
    assert received.message_id is not None
    return received.message_id


def bounce(v1: SESClient, mail_id: str, *infos: dict[str, Any], **more: Any) -> str:
    given: Any = infos or ({"Recipient": "ada@example.com", "BounceType": "DoesNotExist"},)
    call = {"OriginalMessageId": mail_id, "BounceSender": "daemon@example.com", "BouncedRecipientInfoList": given}
    return v1.send_bounce(**{**call, **more})["MessageId"]


def report(sesfake: SesFake) -> list[dict[str, str]]:
    """The blocks of the last bounce's report, each as its fields."""
    part = next(
        part for part in sesfake.system_mail[-1].mime.walk() if part.get_content_type() == "message/delivery-status"
    )
    return [dict(block.items()) for block in part.iter_parts()]


def test_a_bounce_goes_to_the_sender_of_the_mail_and_holds_it(sesfake: SesFake, v1: SESClient, mail_id: str) -> None:
    sent = bounce(v1, mail_id)

    mail = sesfake.system_mail[-1]
    assert (mail.id, mail.kind, mail.to) == (sent, "bounce", ["eve@example.net"])
    assert mail.sender == "daemon@example.com"
    assert mail.subject == "Delivery Status Notification (Failure)"
    assert mail.text is not None
    assert mail.text.splitlines() == [
        "An error occurred while trying to deliver the mail to the following recipients:",
        "ada@example.com",
    ]
    assert mail.mime.get_content_type() == "multipart/report"
    assert mail.mime.get_param("report-type") == "delivery-status"
    assert mail.raw.startswith(b"Return-Path: <>\r\n")
    original = next(part for part in mail.mime.walk() if part.get_content_type() == "message/rfc822")
    assert original.get_payload(0)["Subject"] == "Hi"  # type: ignore[index] # a mail
    assert sesfake.outbox == []


def test_a_bounce_says_what_ses_says_where_the_call_says_nothing(sesfake: SesFake, v1: SESClient, mail_id: str) -> None:
    bounce(v1, mail_id)

    message, recipient = report(sesfake)
    assert message["Reporting-MTA"] == "dns; inbound-smtp.us-east-1.amazonaws.com"
    assert message["Arrival-Date"] == sesfake.system_mail[-1].headers["Date"]
    assert recipient == {
        "Action": "failed",
        "Final-Recipient": "rfc822; ada@example.com",
        "Diagnostic-Code": "smtp; 550 5.1.1 Mailbox does not exist",
        "Status": "5.1.1",
    }


@pytest.mark.parametrize(
    "kind, status",
    [
        ("DoesNotExist", "5.1.1"),
        ("MessageTooLarge", "5.3.4"),
        ("ExceededQuota", "5.2.2"),
        ("ContentRejected", "5.6.1"),
        ("Undefined", "5.0.0"),
        ("TemporaryFailure", "4.0.0"),
    ],
)
def test_each_type_of_bounce_has_its_status(
    sesfake: SesFake, v1: SESClient, mail_id: str, kind: str, status: str
) -> None:
    bounce(v1, mail_id, {"Recipient": "ada@example.com", "BounceType": kind})

    assert report(sesfake)[1]["Status"] == status


def test_a_bounce_says_all_that_the_call_says(sesfake: SesFake, v1: SESClient, mail_id: str) -> None:
    at = datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone.utc)
    bounce(
        v1,
        mail_id,
        {
            "Recipient": "ada@example.com",
            "RecipientDsnFields": {
                "FinalRecipient": "ada@example.org",
                "Action": "delayed",
                "RemoteMta": "dns; mx.example.org",
                "Status": "4.4.1",
                "DiagnosticCode": "smtp; 421 later\r\nX-Evil: yes",
                "LastAttemptDate": at,
                "ExtensionFields": [{"Name": "X-Try", "Value": "3"}],
            },
        },
        {"Recipient": "bob@example.com", "BounceType": "ExceededQuota"},
        Explanation="Später\nvielleicht",
        MessageDsn={
            "ReportingMta": "dns; mx.example.com",
            "ArrivalDate": at - timedelta(minutes=5),
            "ExtensionFields": [{"Name": "X-Host", "Value": "7"}],
        },
    )

    assert sesfake.system_mail[-1].text == "Später\nvielleicht"
    message, first, second = report(sesfake)
    assert message == {
        "Reporting-MTA": "dns; mx.example.com",
        "Arrival-Date": "Mon, 6 May 2024 07:03:09 +0000",
        "X-Host": "7",
    }
    assert first == {
        "Action": "delayed",
        "Final-Recipient": "rfc822; ada@example.org",
        "Remote-MTA": "dns; mx.example.org",
        "Diagnostic-Code": "smtp; 421 later X-Evil: yes",
        "Status": "4.4.1",
        "Last-Attempt-Date": "Mon, 6 May 2024 07:08:09 +0000",
        "X-Try": "3",
    }
    assert second["Final-Recipient"] == "rfc822; bob@example.com"


def test_a_mail_can_be_answered_for_24_hours(sesfake: SesFake, v1: SESClient, refused: Refused, mail_id: str) -> None:
    sesfake.clock.freeze()
    sesfake.clock.advance(hours=23, minutes=59)
    bounce(v1, mail_id)
    sesfake.clock.advance(minutes=2)

    assert refused(lambda: bounce(v1, mail_id), v1.exceptions.MessageRejected) == (
        "MessageRejected",
        400,
        f"Original message not found: {mail_id}",
    )


def test_only_mail_that_came_in_there_can_be_answered(
    sesfake: SesFake, v1: SESClient, refused: Refused, mail_id: str
) -> None:
    sent = sesfake.send("ada@example.com").id
    elsewhere = sesfake.client("ses", "eu-west-1")

    assert refused(lambda: bounce(v1, sent))[2] == f"Original message not found: {sent}"
    assert refused(lambda: bounce(elsewhere, mail_id))[0] == "MessageRejected"


def test_only_a_recipient_of_the_mail_can_have_bounced(v1: SESClient, refused: Refused, mail_id: str) -> None:
    fields = {"Action": "failed", "Status": "5.1.1", "FinalRecipient": "Ada@example.com"}

    def outcome(recipient: str, **more: Any) -> tuple[str, int, str | None]:
        return refused(lambda: bounce(v1, mail_id, {"Recipient": recipient, **more}))

    assert outcome("eve@example.com", BounceType="Undefined") == (
        "MessageRejected",
        400,
        "Not a recipient of the original message: eve@example.com",
    )
    assert outcome("eve@example.com", RecipientDsnFields=fields)[0] == "MessageRejected"
    bounce(v1, mail_id, {"Recipient": "ada@EXAMPLE.com", "RecipientDsnFields": fields})


def test_a_bounce_says_why(v1: SESClient, refused: Refused, mail_id: str) -> None:
    assert refused(lambda: bounce(v1, mail_id, {"Recipient": "ada@example.com"})) == (
        "InvalidParameterValue",
        400,
        "Either BounceType or RecipientDsnFields must be specified for recipient: ada@example.com",
    )
    assert refused(lambda: bounce(v1, mail_id, BouncedRecipientInfoList=[])) == (
        "InvalidParameterValue",
        400,
        "At least one bounced recipient must be specified.",
    )


def test_a_bounce_is_not_answered_with_a_bounce(
    sesfake: SesFake, v1: SESClient, refused: Refused, mail_id: str
) -> None:
    received = sesfake.receive(to="ada@example.com", sender="")
    assert received.message_id not in {None, mail_id}

    assert refused(lambda: bounce(v1, str(received.message_id)))[:2] == ("MessageRejected", 400)


@pytest.mark.sesfake(verified=["example.com"])
def test_the_sender_of_a_bounce_is_verified(v1: SESClient, refused: Refused, mail_id: str) -> None:
    bounce(v1, mail_id)

    assert refused(lambda: bounce(v1, mail_id, BounceSender="me@example.org"), v1.exceptions.MessageRejected) == (
        "MessageRejected",
        400,
        "Email address is not verified. The following identities failed the check in region US-EAST-1: me@example.org",
    )
