"""The JSON of mail that came in, to the key: as topics and Lambda functions get it."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import SesFake
from pytest_sesfake.delivery import receipts, signing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_sesfake.reading.received import Received

ARN = "arn:aws:{}:us-east-1:123456789012:{}"
TOPIC = ARN.format("sns", "inbox")
FUNCTION = ARN.format("lambda", "function:inbox")
AT = datetime(2024, 10, 4, 16, 31, 14, 331000, tzinfo=timezone.utc)
MAIL = (
    b"From: =?utf-8?q?Z=C3=BCri?= <eve@example.net>\r\nTo: Ada <ada@example.com>,\r\n bob@example.com\r\n"
    b"Cc: cy@example.com\r\nReply-To: eve@example.org\r\nSubject: Hi\r\nMessage-ID: <1@example.net>\r\n"
    b"Date: Fri, 4 Oct 2024 13:31:10 -0300\r\n\r\nH\xc3\xa9\xff\r\n"
)


@pytest.fixture
def fake() -> Iterator[SesFake]:
    with SesFake(seed="receipts") as fake:
        fake.clock.freeze(AT)
        yield fake


def receive(fake: SesFake, *actions: Any, raw: bytes = MAIL, scans: bool = True, **more: Any) -> Received:
    v1 = fake.client("ses")
    v1.create_receipt_rule_set(RuleSetName="inbox")
    rule: Any = {
        "Name": "r",
        "Enabled": True,
        "ScanEnabled": scans,
        "Recipients": ["inbox@example.com"],
        "Actions": actions,
    }
    v1.create_receipt_rule(RuleSetName="inbox", Rule=rule)
    v1.create_receipt_rule(RuleSetName="inbox", Rule={"Name": "all", "Enabled": True})
    v1.set_active_receipt_rule_set(RuleSetName="inbox")
    return fake.receive(raw, **{"to": ["inbox@example.com", "zoe@example.com"], "sender": "list@example.net", **more})


def test_a_notification_has_ses_s_keys_in_ses_s_order(fake: SesFake) -> None:
    received = receive(fake, {"SNSAction": {"TopicArn": TOPIC}})

    body = received.notifications[0].body

    assert list(body) == ["notificationType", "mail", "receipt", "content"]
    assert body["notificationType"] == "Received"
    mail, receipt = body["mail"], body["receipt"]
    assert list(mail) == [
        *("timestamp", "source", "messageId", "destination", "headersTruncated", "headers", "commonHeaders"),
    ]
    assert mail["timestamp"] == "2024-10-04T16:31:14.331Z"
    assert mail["source"] == "list@example.net"
    assert mail["messageId"] == received.message_id
    assert mail["headersTruncated"] is False
    assert mail["commonHeaders"] == {
        "returnPath": "list@example.net",
        "from": ['"Züri" <eve@example.net>'],
        "replyTo": ["eve@example.org"],
        "date": "Fri, 4 Oct 2024 13:31:10 -0300",
        "to": ["Ada <ada@example.com>", "bob@example.com"],
        "cc": ["cy@example.com"],
        "messageId": "<1@example.net>",
        "subject": "Hi",
    }
    assert list(mail["commonHeaders"]) == ["returnPath", "from", "replyTo", "date", "to", "cc", "messageId", "subject"]
    assert receipt == {
        "timestamp": "2024-10-04T16:31:14.331Z",
        "processingTimeMillis": 222,
        "recipients": ["inbox@example.com"],
        "spamVerdict": {"status": "PASS"},
        "virusVerdict": {"status": "PASS"},
        "spfVerdict": {"status": "PASS"},
        "dkimVerdict": {"status": "PASS"},
        "dmarcVerdict": {"status": "PASS"},
        "action": {"type": "SNS", "topicArn": TOPIC, "encoding": "UTF8"},
    }
    assert list(receipt)[:4] == ["timestamp", "processingTimeMillis", "recipients", "spamVerdict"]


def test_the_headers_are_those_of_the_mail_as_ses_hands_it_on(fake: SesFake) -> None:
    received = receive(fake, {"SNSAction": {"TopicArn": TOPIC}}, to="inbox@example.com")

    headers = received.notifications[0].body["mail"]["headers"]

    assert [header["name"] for header in headers] == [
        *("Return-Path", "Received", "X-SES-Spam-Verdict", "X-SES-Virus-Verdict", "Received-SPF"),
        *("Authentication-Results", "X-SES-RECEIPT"),
        *("From", "To", "Cc", "Reply-To", "Subject", "Message-ID", "Date"),
    ]
    assert headers[0]["value"] == "<list@example.net>"
    assert headers[1]["value"] == (
        "from mail.example.net (mail.example.net [192.0.2.1]) by inbound-smtp.us-east-1.amazonaws.com with SMTP id "
        f"{received.message_id} for inbox@example.com; Fri, 04 Oct 2024 16:31:14 +0000 (UTC)"
    )
    assert headers[8]["value"] == "Ada <ada@example.com>, bob@example.com"


def test_the_destination_has_the_recipients_of_the_header(fake: SesFake) -> None:
    received = receive(fake, {"SNSAction": {"TopicArn": TOPIC}})
    assert received.notifications[0].body["mail"]["destination"] == [
        *("ada@example.com", "bob@example.com", "cy@example.com"),
    ]

    unnamed = fake.receive(b"Subject: Hi\r\n\r\n", to=["inbox@example.com", "zoe@example.com"])
    assert unnamed.notifications[0].body["mail"]["destination"] == ["inbox@example.com", "zoe@example.com"]


def test_a_topic_gets_the_mail_as_text_or_as_base64(fake: SesFake) -> None:
    received = receive(
        fake,
        {"SNSAction": {"TopicArn": TOPIC}},
        {"SNSAction": {"TopicArn": TOPIC, "Encoding": "Base64"}},
        {"S3Action": {"BucketName": "mail", "TopicArn": TOPIC}},
    )

    text, encoded, stored = (notification.body for notification in received.notifications)

    assert text["content"] == received.raw.decode("utf-8", "replace")
    assert text["content"].endswith("\r\nHé\ufffd\r\n")
    assert encoded["receipt"]["action"]["encoding"] == "BASE64"
    assert base64.b64decode(encoded["content"]) == received.raw
    assert "content" not in stored


def test_only_failed_dmarc_has_a_policy(fake: SesFake) -> None:
    received = receive(fake, {"SNSAction": {"TopicArn": TOPIC}}, dmarc="FAIL", dmarc_policy="reject", spam="GRAY")

    receipt = received.notifications[0].body["receipt"]

    assert receipt["spamVerdict"] == {"status": "GRAY"}
    assert (receipt["dmarcVerdict"], receipt["dmarcPolicy"]) == ({"status": "FAIL"}, "reject")
    assert list(receipt)[-3:] == ["dmarcVerdict", "dmarcPolicy", "action"]


def test_without_a_scan_its_verdicts_are_disabled(fake: SesFake) -> None:
    received = receive(fake, {"SNSAction": {"TopicArn": TOPIC}}, scans=False, spam=True, virus=True)

    receipt = received.notifications[0].body["receipt"]

    assert (receipt["spamVerdict"], receipt["virusVerdict"]) == ({"status": "DISABLED"}, {"status": "DISABLED"})


BOUNCE = {"SmtpReplyCode": "550", "Message": "Nobody", "Sender": "daemon@example.com", "TopicArn": TOPIC}


@pytest.mark.parametrize(
    "action, keys",
    [
        ({"S3Action": {"BucketName": "mail"}}, {"type": "S3", "bucketName": "mail", "objectKey": "{id}"}),
        (
            {"S3Action": {"BucketName": "mail", "ObjectKeyPrefix": "in"}},
            {"type": "S3", "bucketName": "mail", "objectKeyPrefix": "in", "objectKey": "in/{id}"},
        ),
        (
            {"BounceAction": BOUNCE},
            {"type": "Bounce", "smtpReplyCode": "550", "message": "Nobody", "sender": "daemon@example.com"},
        ),
        (
            {"BounceAction": {**BOUNCE, "StatusCode": "5.1.1"}},
            {
                "type": "Bounce",
                "smtpReplyCode": "550",
                "statusCode": "5.1.1",
                "message": "Nobody",
                "sender": "daemon@example.com",
            },
        ),
        (
            {"LambdaAction": {"FunctionArn": FUNCTION}},
            {"type": "Lambda", "functionArn": FUNCTION, "invocationType": "Event"},
        ),
        ({"StopAction": {"Scope": "RuleSet"}}, {"type": "Stop"}),
        ({"WorkmailAction": {"OrganizationArn": "org"}}, {"type": "WorkMail", "organizationArn": "org"}),
    ],
)
def test_each_action_has_its_own_keys(fake: SesFake, action: dict[str, Any], keys: dict[str, str]) -> None:
    ((name, said),) = action.items()
    received = receive(fake, {name: {**said, "TopicArn": TOPIC}})

    found = received.notifications[0].body["receipt"]["action"]

    expected = {key: value.format(id=received.message_id) for key, value in keys.items()}
    assert found == {"topicArn": TOPIC, **expected}
    assert list(found)[:2] == ["type", "topicArn"]
    assert list(found)[2:] == list(keys)[1:]


def test_headers_are_shown_up_to_ten_kilobytes(fake: SesFake) -> None:
    long = b"".join(b"X-%d: " % number + b"v" * 900 + b"\r\n" for number in range(12))
    received = receive(fake, {"SNSAction": {"TopicArn": TOPIC}}, raw=long + MAIL)

    mail = received.notifications[0].body["mail"]

    assert mail["headersTruncated"] is True
    assert 0 < len(mail["headers"]) < 7 + 12


def test_a_function_gets_all_but_the_mail_itself(fake: SesFake) -> None:
    got: list[Any] = []
    fake.lambda_function(FUNCTION, lambda event, context: got.append((event, context)))
    received = receive(fake, {"LambdaAction": {"FunctionArn": FUNCTION, "InvocationType": "RequestResponse"}})

    ((event, context),) = got

    assert context is None
    assert event == received.actions[0].event
    (record,) = event["Records"]
    assert list(record) == ["eventSource", "eventVersion", "ses"]
    assert (record["eventSource"], record["eventVersion"]) == ("aws:ses", "1.0")
    assert list(record["ses"]) == ["mail", "receipt"]
    assert record["ses"]["mail"]["messageId"] == received.message_id
    assert record["ses"]["receipt"]["action"] == {
        "type": "Lambda",
        "functionArn": FUNCTION,
        "invocationType": "RequestResponse",
    }
    json.dumps(event)


def test_sns_hands_it_on_in_an_envelope_with_a_subject(fake: SesFake) -> None:
    received = receive(
        fake, {"SNSAction": {"TopicArn": TOPIC}}, {"StopAction": {"Scope": "RuleSet", "TopicArn": TOPIC}}
    )

    first, second = (notification.sns() for notification in received.notifications)

    assert first["Subject"] == receipts.SUBJECT == "Amazon SES Email Receipt Notification"
    assert (first["Type"], first["TopicArn"]) == ("Notification", TOPIC)
    assert json.loads(first["Message"]) == received.notifications[0].body
    assert first["MessageId"] != second["MessageId"]
    assert first == received.notifications[0].sns()
    assert first["SigningCertURL"] == signing.signer().certificate_url("us-east-1")
    assert received.notifications[0].sns(signature=2)["SignatureVersion"] == "2"


def test_broken_text_still_is_json(fake: SesFake) -> None:
    received = receive(
        fake, {"SNSAction": {"TopicArn": TOPIC}}, raw=b"Subject: \xff\xfe\r\nFrom: \xc3(\r\n\r\n\x00\xff"
    )

    (notification,) = received.notifications

    assert json.loads(notification.text.encode())["mail"]["messageId"] == received.message_id
