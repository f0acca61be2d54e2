"""The ``mail`` object of notifications: its headers, common headers and tags, for every way to send."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake.ses.events import DELIVERED, SENT, Bounced

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message

    Happened = Callable[..., Event]
    Sent = Callable[..., Message]

HEADERS = [
    {"name": "From", "value": "shop@example.com"},
    {"name": "To", "value": "ada@example.net"},
    {"name": "Subject", "value": "Hi"},
    {"name": "MIME-Version", "value": "1.0"},
    {"name": "Content-Type", "value": "text/plain; charset=UTF-8"},
    {"name": "Content-Transfer-Encoding", "value": "7bit"},
]


def ordered(value: object) -> str:
    """As text, so that a difference in the order of keys is a difference."""
    return json.dumps(value, indent=1)


RAW = b"""\
Return-Path: <bounces@example.com>
Date: Thu, 26 Mar 2026 03:13:20 +0100
From: "Shop, Ltd." <shop@mail.example.com>
Sender: robot@example.com
Reply-To: help@example.com, Sales <sales@example.com>
To: Ada <ada@example.net>,
 Bob <bob@example.net>
Cc: eve@example.net
Message-ID: <1@example.com>
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
X-Tag: first

Hello
"""


def test_common_headers_come_in_ses_s_order_whatever_the_mail_s(happened: Happened, sent_raw: Sent) -> None:
    message = sent_raw(RAW)

    mail = happened(Bounced(), message).payload()["mail"]

    assert ordered(mail["commonHeaders"]) == ordered(
        {
            "returnPath": "<bounces@example.com>",
            "from": ['"Shop, Ltd." <shop@mail.example.com>'],
            "sender": "robot@example.com",
            "replyTo": ["help@example.com", "Sales <sales@example.com>"],
            "date": "Thu, 26 Mar 2026 03:13:20 +0100",
            "to": ["Ada <ada@example.net>", "Bob <bob@example.net>"],
            "cc": ["eve@example.net"],
            "messageId": message.id,
            "subject": "Grüße",
        }
    )


def test_the_headers_of_a_raw_mail_keep_their_order_and_spelling(happened: Happened, sent_raw: Sent) -> None:
    mail = happened(SENT, sent_raw(RAW.replace(b"X-Tag", b"x-TAG"))).payload()["mail"]

    assert [header["name"] for header in mail["headers"]] == [
        "Return-Path",
        "Date",
        "From",
        "Sender",
        "Reply-To",
        "To",
        "Cc",
        "Message-ID",
        "Subject",
        "x-TAG",
    ]
    assert mail["tags"]["ses:operation"] == ["SendRawEmail"]
    assert mail["tags"]["ses:from-domain"] == ["mail.example.com"]


def test_an_identity_notification_shows_the_application_s_own_message_id(happened: Happened, sent_raw: Sent) -> None:
    mail = happened(Bounced(), sent_raw(RAW)).feedback(headers=True)["mail"]

    assert mail["commonHeaders"]["messageId"] == "<1@example.com>"


def test_a_display_name_is_decoded_and_quoted_where_java_quotes_it(happened: Happened, sent_raw: Sent) -> None:
    data = rb"""From: =?utf-8?b?5Y+w54Gj?= <a@example.com>
To: "Plain Name" <b@example.net>, <c@example.net>, "Eve \"E\" Doe" <e@example.net>
Cc: =?utf-8?q?Doe=2C_Jane?= <j@example.net>, d@example.net

Hello
"""

    mail = happened(SENT, sent_raw(data)).payload()["mail"]

    assert mail["commonHeaders"]["from"] == ['"台灣" <a@example.com>']
    assert mail["commonHeaders"]["to"] == [
        "Plain Name <b@example.net>",
        "c@example.net",
        r'"Eve \"E\" Doe" <e@example.net>',
    ]
    assert mail["commonHeaders"]["cc"] == ['"Doe, Jane" <j@example.net>', "d@example.net"]
    assert mail["headers"][0] == {"name": "From", "value": "台灣 <a@example.com>"}


def test_a_mail_without_headers_has_no_from_domain_and_ses_s_id_alone(happened: Happened, sent_raw: Sent) -> None:
    message = sent_raw(b"\nHello\n")

    mail = happened(SENT, message).payload()["mail"]

    assert mail["headers"] == []
    assert mail["commonHeaders"] == {"messageId": message.id}
    assert "ses:from-domain" not in mail["tags"]


def test_headers_end_before_ten_kilobytes(happened: Happened, sent_raw: Sent) -> None:
    fields = b"".join(b"X-%03d: %s\n" % (number, b"x" * 1000) for number in range(20))
    data = fields + b"From: shop@example.com\n\nHello\n"

    mail = happened(SENT, sent_raw(data)).payload()["mail"]

    assert mail["headersTruncated"] is True
    assert [header["name"] for header in mail["headers"]] == [f"X-{number:03d}" for number in range(10)]
    assert "from" not in mail["commonHeaders"]
    assert mail["tags"]["ses:from-domain"] == ["example.com"]


def test_a_template_is_not_yet_rendered_in_the_send_event(happened: Happened, sent: Sent) -> None:
    message = sent(template="welcome", template_data={}, operation="SendTemplatedEmail", api="ses")

    mail = happened(SENT, message).payload()["mail"]

    assert ordered(mail) == ordered(
        {
            "timestamp": "2026-03-26T02:13:21.662Z",
            "source": "shop@example.com",
            "sendingAccountId": "123456789012",
            "messageId": message.id,
            "destination": ["ada@example.net"],
            "headersTruncated": False,
            "headers": [HEADERS[0], HEADERS[1], HEADERS[3]],
            "commonHeaders": {"from": ["shop@example.com"], "to": ["ada@example.net"], "messageId": message.id},
            "tags": {
                "ses:source-tls-version": ["TLSv1.3"],
                "ses:operation": ["SendTemplatedEmail"],
                "ses:configuration-set": ["cs"],
                "ses:source-ip": ["127.0.0.1"],
                "ses:from-domain": ["example.com"],
                "ses:caller-identity": ["testing"],
            },
        }
    )


def test_after_rendering_a_templated_mail_has_all_headers_and_a_date(happened: Happened, sent: Sent) -> None:
    message = sent(template="welcome", template_data={}, operation="SendTemplatedEmail", api="ses")

    mail = happened(DELIVERED, message).payload()["mail"]

    assert mail["sourceArn"] == "arn:aws:ses:us-east-1:123456789012:identity/example.com"
    assert mail["headers"] == [{"name": "Date", "value": "Thu, 26 Mar 2026 02:13:21 +0000"}, *HEADERS]
    assert ordered(mail["commonHeaders"]) == ordered(
        {
            "from": ["shop@example.com"],
            "date": "Thu, 26 Mar 2026 02:13:21 +0000",
            "to": ["ada@example.net"],
            "messageId": message.id,
            "subject": "Hi",
        }
    )


@pytest.mark.parametrize(
    "fields, operation",
    [
        ({"api": "sesv2", "operation": "SendEmail"}, "SendEmail"),
        ({"api": "sesv2", "operation": "SendEmail", "template": "welcome"}, "SendTemplatedEmail"),
        ({"api": "sesv2", "operation": "SendEmail", "template_data": {}}, "SendTemplatedEmail"),
        ({"api": "sesv2", "operation": "SendBulkEmail", "template": "welcome"}, "SendBulkTemplatedEmail"),
        ({"api": "ses", "operation": "SendBulkTemplatedEmail", "template": "welcome"}, "SendBulkTemplatedEmail"),
    ],
)
def test_the_operation_tag_uses_the_names_of_the_first_api(
    fields: dict[str, Any], operation: str, happened: Happened, sent: Sent
) -> None:
    assert happened(SENT, sent(**fields)).payload()["mail"]["tags"]["ses:operation"] == [operation]


@pytest.mark.parametrize(
    "api, operation, tag", [("sesv2", "SendEmail", "SendRawEmail"), ("smtp", None, "SendSmtpEmail")]
)
def test_the_operation_of_a_raw_mail(
    api: str, operation: str | None, tag: str, happened: Happened, sent_raw: Sent
) -> None:
    message = sent_raw(RAW, api=api, operation=operation, helo="app.example.com")

    assert happened(SENT, message).payload()["mail"]["tags"]["ses:operation"] == [tag]


def test_a_mail_by_smtp_shows_the_line_that_ses_received_it_with(happened: Happened, sent_raw: Sent) -> None:
    message = sent_raw(RAW, api="smtp", operation=None, helo="app.example.com")

    headers = happened(SENT, message).payload()["mail"]["headers"]

    assert headers[0]["name"] == "Received"
    assert headers[0]["value"].startswith("from app.example.com (")
    assert " by email-smtp.amazonaws.com with SMTP (SimpleEmailService-d-" in headers[0]["value"]
    assert headers[1]["name"] == "Return-Path"


def test_bcc_is_a_destination_and_no_header(happened: Happened, sent: Sent) -> None:
    mail = happened(SENT, sent(recipients=("ada@example.net", "Eve <eve@example.net>"))).payload()["mail"]

    assert mail["destination"] == ["ada@example.net", "Eve <eve@example.net>"]
    assert "eve" not in json.dumps(mail["headers"])
    assert "eve" not in json.dumps(mail["commonHeaders"])


def test_without_a_configuration_set_the_tag_is_missing(happened: Happened, sent: Sent) -> None:
    assert "ses:configuration-set" not in happened(SENT, sent(configuration_set=None)).payload()["mail"]["tags"]
