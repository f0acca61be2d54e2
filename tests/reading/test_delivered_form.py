"""`raw`, `mime` and `headers` are the mail as SES delivers it; the `submitted` forms are what the application gave."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake.ses.mail import compose

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Message, SesFake

    Send = Callable[..., Message]

RAW = (
    b"From: ada@example.com\r\nTo: bob@example.com\r\nBcc: eve@example.com\r\nX-SES-MESSAGE-TAGS: a=b\r\n"
    b"Date: Thu, 1 Jan 2015 00:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nSubject: Hi\r\n\r\nHello"
)


@pytest.fixture
def message(sesfake: SesFake) -> Message:
    sesfake.client("ses").send_raw_email(RawMessage={"Data": RAW})
    return sesfake.outbox.one()


def test_mime_and_headers_are_the_delivered_mail(message: Message) -> None:
    theirs = message_from_bytes(message.raw, policy=policy.default)
    assert message.mime.as_bytes() == theirs.as_bytes()
    assert message.headers.keys() == theirs.keys()
    assert "Bcc" not in message.headers
    assert "X-SES-MESSAGE-TAGS" not in message.headers
    assert message.headers["Message-ID"] == message.mime["Message-ID"] == f"<{message.id}@email.amazonses.com>"
    assert message.headers["Date"] == message.mime["Date"] == "Thu, 26 Mar 2026 12:00:00 +0000"


def test_the_submitted_forms_are_what_the_application_gave(message: Message) -> None:
    assert message.submitted == RAW
    assert message.submitted_mime.as_bytes() == message_from_bytes(RAW, policy=policy.default).as_bytes()
    assert message.submitted_headers["Bcc"] == message.submitted_mime["Bcc"] == "eve@example.com"
    assert message.submitted_headers["X-SES-MESSAGE-TAGS"] == "a=b"
    assert message.submitted_headers["Message-ID"] == "<1@example.com>"


def test_the_error_about_a_field_that_ses_removed_says_where_it_is(message: Message) -> None:
    with pytest.raises(
        KeyError, match=r"no header 'bcc'; .*\. SES removed it from the mail: .* message\.submitted_headers"
    ):
        message.headers["bcc"]
    with pytest.raises(KeyError) as caught:
        message.headers["X-Shop"]
    assert "SES removed" not in str(caught.value)


def test_mail_to_a_contact_list_shows_the_link_of_ses(sesfake: SesFake, send: Send) -> None:
    sesfake.contact_list("news", topics=["weekly"])
    message = send("ada@example.com", ListManagementOptions={"ContactListName": "news", "TopicName": "weekly"})
    assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "List-Unsubscribe" not in message.submitted_headers


def test_a_search_by_header_searches_the_delivered_mail(sesfake: SesFake, message: Message) -> None:
    assert sesfake.outbox.one(header={"Message-ID": f"<{message.id}@email.amazonses.com>"}) == message
    assert sesfake.outbox.one(header={"Bcc": None, "X-SES-MESSAGE-TAGS": None}) == message
    assert not sesfake.outbox.all(header={"X-SES-MESSAGE-TAGS": "a=b"})


def test_a_function_that_sees_a_message_before_its_id_leaves_no_old_fields(sesfake: SesFake) -> None:
    seen: list[Message] = []

    def look(message: Message) -> bool:
        assert message.headers["Subject"] == message.mime["Subject"] == "Hi"
        seen.append(message)
        return True

    sesfake.on(operation="SendRawEmail", where=look).slow(0.001)
    sesfake.client("ses").send_raw_email(RawMessage={"Data": RAW})
    assert seen[0].headers["Message-ID"] == f"<{sesfake.outbox.one().id}@email.amazonses.com>"


def test_a_send_that_nobody_looks_at_assembles_nothing(
    sesfake: SesFake, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    assembled: list[object] = []
    real = compose.assemble_delivered

    def count(message: Message, *args: Any, **fields: Any) -> bytes:
        assembled.append(message)
        return real(message, *args, **fields)

    monkeypatch.setattr(compose, "assemble_delivered", count)
    message = send("ada@example.com")
    assert sesfake.outbox.one(to="ada@example.com", subject="A subject").text == "A text."
    assert assembled == []
    assert message.headers["To"] == message.mime["To"] == message.headers["to"] == "ada@example.com"
    assert assembled == [message]
