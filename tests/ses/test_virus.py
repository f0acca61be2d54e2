"""The scan for viruses."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from pytest_sesfake.ses.virus import EICAR

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import SesFake


def mail(content: bytes, encoding: str = "base64") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "me@example.org", "ada@example.com", "A file"
    made.set_content("See the file.")
    made.add_attachment(content, maintype="application", subtype="octet-stream", filename="test.txt", cte=encoding)
    return made


def by_v1(sesfake: SesFake, content: bytes) -> None:
    sesfake.client("ses").send_raw_email(RawMessage={"Data": mail(content).as_bytes()})


def by_v1_as_it_is(sesfake: SesFake, content: bytes) -> None:
    sesfake.client("ses").send_raw_email(RawMessage={"Data": mail(content, "7bit").as_bytes()})


def by_v2(sesfake: SesFake, content: bytes) -> None:
    sesfake.client("sesv2").send_email(
        FromEmailAddress="me@example.org",
        Destination={"ToAddresses": ["ada@example.com"]},
        Content={
            "Simple": {
                "Subject": {"Data": "A file"},
                "Body": {"Text": {"Data": "See the file."}},
                "Attachments": [{"FileName": "test.txt", "RawContent": content}],
            }
        },
    )


def by_smtp(sesfake: SesFake, content: bytes) -> None:
    import smtplib

    with smtplib.SMTP(sesfake.smtp.host, sesfake.smtp.port) as server:
        server.starttls()
        server.login(sesfake.smtp.username, sesfake.smtp.password)
        server.send_message(mail(content))


WAYS = pytest.mark.parametrize("send", [by_v1, by_v1_as_it_is, by_v2, by_smtp])


@WAYS
def test_the_test_virus_is_rejected_after_the_call_succeeded(
    sesfake: SesFake, send: Callable[[SesFake, bytes], None]
) -> None:
    send(sesfake, EICAR + b"\r\n")

    message = sesfake.outbox.one()
    assert message.status["ada@example.com"] == "Rejected"
    assert [event.type for event in message.events] == ["Send", "Reject"]
    assert message.events[-1].detail == {"reason": "Bad content"}
    assert sesfake.client("ses").get_send_quota()["SentLast24Hours"] == 1.0


@WAYS
def test_what_only_mentions_the_virus_is_delivered(sesfake: SesFake, send: Callable[[SesFake, bytes], None]) -> None:
    send(sesfake, b"The test file is " + EICAR[:30])

    assert sesfake.outbox.one().status["ada@example.com"] == "Delivered"


def test_a_virus_leaves_the_scripts_of_recipients_where_they_were(sesfake: SesFake) -> None:
    sesfake.on(recipient="ada@example.com").complain()
    by_v1(sesfake, EICAR)
    by_v1(sesfake, b"harmless")

    assert [str(message.status["ada@example.com"]) for message in sesfake.outbox] == ["Rejected", "Complained"]
