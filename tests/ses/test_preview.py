"""What a message offers to readers: a preview, html as text, invitations."""

from __future__ import annotations

from datetime import datetime, timezone
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from pytest_sesfake import SesFake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_sesfake import Message

INVITATION = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Café\nEND:VEVENT\nEND:VCALENDAR\n"


@pytest.fixture
def sesfake() -> Iterator[SesFake]:
    with SesFake() as fake:
        fake.clock.freeze(datetime(2026, 3, 26, 12, 0, 0, tzinfo=timezone.utc))
        yield fake


def post(sesfake: SesFake, mail: EmailMessage) -> Message:
    sesfake.client("ses").send_raw_email(
        Source="me@x.com", Destinations=["ada@example.com", "bob@example.com"], RawMessage={"Data": bytes(mail)}
    )
    return sesfake.outbox.last()


@pytest.fixture
def mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Shop <me@x.com>", "Ada <ada@example.com>", "Grüße"
    return mail


def test_a_preview_shows_what_a_reader_sees(sesfake: SesFake, mail: EmailMessage) -> None:
    mail.set_content("Hello Ada,\nsee https://example.com/shop.\n")
    mail.add_alternative("<p>Hello <a href='https://example.com/confirm'>Ada</a></p>", subtype="html")
    mail.add_attachment(b"%PDF" * 400, maintype="application", subtype="pdf", filename="terms.pdf")

    assert post(sesfake, mail).preview() == (
        "From: Shop <me@x.com>\n"
        "To: Ada <ada@example.com>\n"
        "Bcc: bob@example.com\n"
        "Date: 2026-03-26 12:00:00 UTC\n"
        "Subject: Grüße\n"
        "\n"
        "Hello Ada,\n"
        "see https://example.com/shop.\n"
        "\n"
        "Link: https://example.com/confirm\n"
        "\n"
        "Attachment: terms.pdf (application/pdf, 1.6 kB)"
    )


def test_a_preview_of_html_alone_is_its_words(sesfake: SesFake) -> None:
    message = sesfake.send("ada@example.com", text="", html="<h1>Welcome</h1><p>Glad to see you.</p>")
    assert message.html_text == "Welcome\n\nGlad to see you."

    sesfake.client().send_email(
        FromEmailAddress="me@x.com",
        Destination={"ToAddresses": ["ada@example.com"]},
        Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Html": {"Data": "<p>Glad to see you.</p>"}}}},
    )
    assert sesfake.outbox[-1].preview().endswith("Subject: Hi\n\nGlad to see you.")


def test_without_html_there_is_no_html_as_text(sesfake: SesFake) -> None:
    assert sesfake.send("ada@example.com").html_text is None


def test_an_invitation_beside_the_text_is_a_calendar_and_no_attachment(sesfake: SesFake, mail: EmailMessage) -> None:
    mail.set_content("You are invited.")
    mail.add_alternative(INVITATION, subtype="calendar", params={"method": "REQUEST"})

    message = post(sesfake, mail)

    assert [calendar.text for calendar in message.calendars] == [INVITATION]
    assert message.calendars[0].content_type == "text/calendar"
    assert message.attachments == []
    assert message.text == "You are invited.\n"


def test_an_invitation_that_is_attached_is_both(sesfake: SesFake, mail: EmailMessage) -> None:
    mail.set_content("You are invited.")
    mail.add_attachment(INVITATION, subtype="calendar", filename="invite.ics")

    message = post(sesfake, mail)

    assert message.calendars == [message.attachments["invite.ics"]]
    assert "SUMMARY:Café" in message.calendars[0].text


def test_a_mail_without_an_invitation_has_no_calendars(sesfake: SesFake) -> None:
    assert sesfake.send("ada@example.com").calendars == []
