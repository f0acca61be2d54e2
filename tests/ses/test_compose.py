"""What SES makes of parts and of mail, checked against what the standard library's ``email`` package reads."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from email import message_from_bytes, policy
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_sesfake.ses.ids import Ids
from pytest_sesfake.ses.mail.compose import Attached, Parts, assemble, assemble_delivered, mail_date, received_field
from pytest_sesfake.ses.mail.mime import header_lines
from pytest_sesfake.ses.mail.views import parse
from pytest_sesfake.ses.messages import Message, PartedMessage, RawMessage

SENT_AT = datetime(2022, 8, 4, 2, 26, 12, 446000, tzinfo=timezone.utc).timestamp()
ID = "0100018264c6505e-66ca92ab-0593-41de-8df9-38b09a02a206-000000"
LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
LINES = st.lists(st.text(LETTERS, max_size=90), max_size=6).map("\n".join)
ADDRESSES = ("ada@example.net",)


def delivered(message: Message, *, mail_from: str | None = None) -> bytes:
    return assemble_delivered(message, message.submitted, unsubscribe={}, mail_from=mail_from)


def stamped(message: Any, region: str = "us-east-1") -> Any:
    message.region_state = SimpleNamespace(
        region=region, account_id="123456789012", simulation=SimpleNamespace(ids=Ids("seed"), settle=lambda: None)
    )
    message.number, message.sent_time, message.id = 0, SENT_AT, ID
    return message


def given_in_parts(source: str = "shop@example.com", parts: Parts | None = None, **fields: Any) -> PartedMessage:
    parts = parts or Parts(**{"subject": "Hi", "text": "Hello", "to": ADDRESSES, **fields})
    message = PartedMessage(
        cast("Any", None), parts, api="sesv2", operation="SendEmail", source=source, recipients=ADDRESSES
    )
    return cast("PartedMessage", stamped(message))


def given_as_mime(data: bytes, region: str = "us-east-1", **fields: Any) -> Message:
    fields = {"api": "ses", "operation": "SendRawEmail", "source": "a@x.com", "recipients": ADDRESSES, **fields}
    return cast("Message", stamped(RawMessage(cast("Any", None), data, **fields), region))


def by_email(data: bytes) -> Any:
    return message_from_bytes(data, policy=policy.default)


# Assembling.


def test_text_alone_is_one_plain_part() -> None:
    assert assemble(given_in_parts()) == (
        b"From: shop@example.com\r\n"
        b"To: ada@example.net\r\n"
        b"Subject: Hi\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=UTF-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Hello"
    )


def test_text_and_html_are_alternatives_as_captures_show_them() -> None:
    data = assemble(given_in_parts(html="<p>Hello", cc=("b@x.com",), reply_to=("r@x.com",), bcc=("secret@x.com",)))

    boundary = re.escape(parse(data).mime.get_boundary() or "")
    assert re.fullmatch(r"----=_Part_\d{1,7}_\d{1,10}\.1659579972446", boundary.replace("\\", ""))
    head = (
        r"From: shop@example.com\r\nReply-To: r@x.com\r\nTo: ada@example.net\r\nCc: b@x.com\r\nSubject: Hi\r\n"
        rf'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; \r\n\tboundary="{boundary}"\r\n\r\n'
    )
    rest = r"; charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    plain = rf"--{boundary}\r\nContent-Type: text/plain{rest}Hello\r\n"
    html = rf"--{boundary}\r\nContent-Type: text/html{rest}<p>Hello\r\n"
    assert re.fullmatch(f"{head}{plain}{html}--{boundary}--\\r\\n", data.decode())


def test_what_notifications_show_of_it_has_the_two_blanks_of_captures() -> None:
    shown = dict(header_lines(assemble(given_in_parts(html="<p>Hello"))))

    assert shown["Content-Type"].startswith('multipart/alternative;  boundary="----=_Part_')


def test_html_alone_is_one_html_part() -> None:
    view = parse(assemble(given_in_parts(text=None, html="<p>Hello")))

    assert (view.text, view.html, view.headers["Content-Type"]) == (None, "<p>Hello", "text/html; charset=UTF-8")


def test_no_content_at_all_is_an_empty_text() -> None:
    assert parse(assemble(given_in_parts(subject=None, text=None, to=()))).headers.keys() == [
        "From",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ]


def test_assembling_the_same_message_again_gives_the_same_mail() -> None:
    files = (Attached(b"1", "1.txt"), Attached(b"2", "2.txt"))
    first, second = (assemble(given_in_parts(html="<p>", attachments=files)) for _ in range(2))

    assert first == second


def test_nobody_reads_of_bcc_date_or_message_id_in_it() -> None:
    names = {name.lower() for name, _ in header_lines(assemble(given_in_parts(bcc=("secret@x.com",))))}

    assert not names & {"bcc", "date", "message-id"}


TEXTS = st.none() | LINES
CHARSETS = st.none() | st.sampled_from(["UTF-8", "ISO-8859-1", "Shift_JIS", "utf-16", "klingon"])
FILES = st.builds(
    Attached,
    content=st.binary(max_size=200) | st.text(st.sampled_from("ab \r\n"), max_size=200).map(str.encode),
    file_name=st.text(LETTERS, min_size=1, max_size=40).map(str.strip).filter(bool),
    content_type=st.sampled_from(["application/pdf", "image/png", "text/csv"]),
    disposition=st.sampled_from(["ATTACHMENT", "INLINE"]),
    content_id=st.none() | st.sampled_from(["logo", "logo@example.com"]),
    description=st.none() | st.text(LETTERS, min_size=1, max_size=100).map(str.strip).filter(bool),
    encoding=st.none() | st.sampled_from(["BASE64", "QUOTED_PRINTABLE", "SEVEN_BIT"]),
)


@given(
    st.builds(
        Parts,
        subject=st.text(LETTERS, max_size=200).map(str.strip).filter(lambda text: "=?" not in text),
        text=TEXTS,
        html=TEXTS,
        to=st.just(("Ada <ada@example.net>", "b@x.com")),
        subject_charset=CHARSETS,
        text_charset=CHARSETS,
        html_charset=CHARSETS,
        attachments=st.lists(FILES, max_size=3).map(tuple),
    )
)
def test_email_and_we_read_out_of_it_what_the_parts_said(parts: Parts) -> None:
    data = assemble(given_in_parts(parts=parts))

    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 998
    theirs, ours = by_email(data), parse(data)
    leaves = [part for part in theirs.walk() if not part.is_multipart()]
    said = [text for text in (parts.text, parts.html) if text is not None] or [""]
    files = sorted(parts.attachments, key=lambda attached: not attached.is_shown)
    assert " ".join(theirs["Subject"].split()) == " ".join(parts.subject.split()) if parts.subject else True
    assert [leaf.get_content().replace("\r\n", "\n") for leaf in leaves[: len(said)]] == said
    assert [leaf.get_payload(decode=True) for leaf in leaves[len(said) :]] == [each.content for each in files]
    assert ours.subject == parts.subject
    assert (ours.text, ours.html) == (parts.text if parts.html is not None else said[0], parts.html)
    assert [(each.name, each.content, each.content_type, each.description) for each in ours.attachments] == [
        (each.file_name, each.content, each.content_type, each.description) for each in files
    ]


def test_text_is_encoded_as_briefly_as_it_can_be_read() -> None:
    def encoding(text: str) -> str:
        return parse(assemble(given_in_parts(text=text))).headers["Content-Transfer-Encoding"]

    assert encoding("plain") == "7bit"
    assert encoding("Grüße an Ada") == "quoted-printable"
    assert encoding("用戶驗證") == "base64"
    assert encoding("x" * 999) == "quoted-printable"


def test_a_charset_that_was_named_is_used() -> None:
    view = parse(
        assemble(given_in_parts(text="Grüße", text_charset="ISO-8859-1", subject="Ä", subject_charset="cp1252"))
    )

    assert view.headers["Content-Type"] == "text/plain; charset=ISO-8859-1"
    assert (view.text, view.subject) == ("Grüße", "Ä")


def test_display_names_are_encoded_and_addresses_kept() -> None:
    data = assemble(
        given_in_parts('"Jürgen \\"J\\" Groß" <j@x.com>', to=("Ada <a@x.com>", "b@x.com", "用戶 <c@x.com>"))
    )

    assert b"From: =?UTF-8?Q?J=C3=BCrgen_=22J=22_Gro=C3=9F?= <j@x.com>\r\nTo: Ada <a@x.com>, b@x.com," in data
    theirs = by_email(data)
    assert theirs["From"].addresses[0].display_name == 'Jürgen "J" Groß'
    assert [address.addr_spec for address in theirs["To"].addresses] == ["a@x.com", "b@x.com", "c@x.com"]
    assert parse(data).headers["To"] == "Ada <a@x.com>, b@x.com, 用戶 <c@x.com>"


@pytest.mark.parametrize("text", ["ü " * 60, "ü " * 60 + "\n" + "ü " * 60, " " * 200 + "ü", "ü" + " \n" * 3])
def test_long_lines_of_text_are_broken_and_read_as_one(text: str) -> None:
    data = assemble(given_in_parts(text=text + "plain" * 40))

    assert b"quoted-printable" in data
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 76
    assert parse(data).text == text + "plain" * 40


@pytest.mark.parametrize("encoding", ["BASE64", "QUOTED_PRINTABLE", "SEVEN_BIT", None])
@pytest.mark.parametrize("content", [b"a\nb\rc\r\nd", b"\0" * 200, b" " * 200 + b"\r\n ", b"x" * 2000, "ü".encode()])
def test_files_come_through_byte_for_byte_however_they_are_encoded(content: bytes, encoding: Any) -> None:
    data = assemble(given_in_parts(attachments=(Attached(content, "x.bin", encoding=encoding),)))

    assert parse(data).attachments["x.bin"].content == content
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_long_fields_are_folded_and_unfold_to_what_was_said() -> None:
    many = tuple(f"recipient{number}@example.com" for number in range(50))
    subject = "All work and no play makes Jack a dull boy, " * 8 + "he says"
    data = assemble(given_in_parts(subject=subject, to=many))

    assert max(map(len, data.split(b"\r\n"))) <= 76
    assert b"Subject: All work" in data
    assert dict(header_lines(data))["Subject"] == by_email(data)["Subject"] == subject
    assert dict(header_lines(data))["To"] == ", ".join(many)


def test_a_word_that_is_too_long_for_a_line_stays_behind_its_name() -> None:
    assert b"Subject: " + b"x" * 100 + b"\r\n y\r\n" in assemble(given_in_parts(subject="x" * 100 + " y"))


EVIL = "x\r\nBcc: eve@example.com"


@pytest.mark.parametrize(
    "said",
    [
        {"source": f"{EVIL} <a@x.com>"},
        {"source": f"ü{EVIL} <a@x.com>"},
        {"subject": EVIL},
        {"subject": f"ü{EVIL}"},
        {"to": (f"{EVIL} <b@x.com>",)},
        {"headers": (("X-Evil", EVIL),)},
        {"attachments": (Attached(b"", EVIL, EVIL, "INLINE", EVIL, EVIL),)},
        {"attachments": (Attached(b"", f"ü{EVIL}", description=f"ü{EVIL}"),)},
    ],
)
def test_a_line_break_in_what_was_said_begins_no_field(said: dict[str, Any]) -> None:
    data = assemble(given_in_parts(**said))

    assert "bcc" not in {name.lower() for part in by_email(data).walk() for name in part}
    assert "bcc" not in {name.lower() for name, _ in header_lines(data)}


def test_custom_headers_stand_behind_those_of_ses() -> None:
    message = given_in_parts(headers=(("X-Campaign", "spring"), ("List-Unsubscribe", "<https://x.com>")))

    assert header_lines(assemble(message))[-2:] == [("X-Campaign", "spring"), ("List-Unsubscribe", "<https://x.com>")]


def test_attachments_are_mixed_with_the_content_and_images_related_to_it() -> None:
    message = given_in_parts(
        html='<img src="cid:logo">',
        attachments=(
            Attached(b"%PDF-\x80", "terms.pdf"),
            Attached(b"PNG", "logo.png", None, "INLINE", "logo", "Our logo", "BASE64"),
            Attached(b"shown", "note.unknown", None, "INLINE"),
        ),
    )

    theirs = by_email(assemble(message))

    assert [part.get_content_type() for part in theirs.walk()] == [
        "multipart/mixed",
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
        "application/pdf",
        "application/octet-stream",
    ]
    _, _, _, _, _, logo, terms, note = theirs.walk()
    assert (logo["Content-ID"], logo["Content-Description"], logo.get_content_disposition()) == (
        "<logo>",
        "Our logo",
        "inline",
    )
    assert [part["Content-Transfer-Encoding"] for part in (logo, terms, note)] == ["base64", "base64", "7bit"]
    assert [part.get_content_disposition() for part in (terms, note)] == ["attachment", "inline"]
    boundaries = [part.get_boundary() for part in theirs.walk() if part.is_multipart()]
    assert len(set(boundaries)) == 3


# Delivering.

RAW = (
    b"X-First: 1\r\n"
    b"Received: from elsewhere\r\n\tby nowhere; never\r\n"
    b"date: Mon, 1 Jan 2001 00:00:00 +0000\r\n"
    b"From:  A  <a@x.com>\r\n"
    b"Bcc: secret@x.com,\r\n hidden@x.com\r\n"
    b"X-SES-CONFIGURATION-SET: cs\r\n"
    b"x-ses-message-tags: a=b\r\n"
    b"Return-Path: <bounces@x.com>\r\n"
    b"MESSAGE-ID: <mine@x.com>\r\n"
    b"Subject: Gr\xfc\xdfe\r\n folded\r\n"
    b"\r\n"
    b"Bcc: body\r\n\xff\x00bytes\n--\r\n"
)


def test_only_the_fields_of_ses_change_on_the_way() -> None:
    data = delivered(given_as_mime(RAW))

    assert re.fullmatch(
        rb"Return-Path: <" + ID.encode() + rb"@amazonses.com>\r\n"
        rb"X-First: 1\r\n"
        rb"Received: from elsewhere\r\n\tby nowhere; never\r\n"
        rb"Date: Thu, 4 Aug 2022 02:26:12 \+0000\r\n"
        rb"From:  A  <a@x.com>\r\n"
        rb"Message-ID: <" + ID.encode() + rb"@email.amazonses.com>\r\n"
        rb"Subject: Gr\xfc\xdfe\r\n folded\r\n"
        rb"Feedback-ID: ::1.us-east-1.[A-Za-z0-9+/]{43}=:AmazonSES\r\n"
        rb"X-SES-Outgoing: 2022.08.04-54.240.8.77\r\n"
        rb"\r\n"
        rb"Bcc: body\r\n\xff\x00bytes\n--\r\n",
        data,
        re.DOTALL,
    )


def test_mail_from_parts_ends_its_head_as_captures_show_it() -> None:
    assert [name for name, _ in header_lines(delivered(given_in_parts(html="<p>")))] == [
        "Return-Path",
        "From",
        "To",
        "Subject",
        "MIME-Version",
        "Content-Type",
        "Message-ID",
        "Date",
        "Feedback-ID",
        "X-SES-Outgoing",
    ]


def test_mail_from_a_template_begins_with_its_date() -> None:
    message = given_in_parts()
    message.template = "Welcome"

    assert [name for name, _ in header_lines(delivered(message))][:3] == ["Return-Path", "Date", "From"]


def test_other_regions_have_hosts_of_their_own() -> None:
    headers = parse(delivered(given_as_mime(RAW, "eu-west-1"))).headers

    assert headers["Message-ID"] == f"<{ID}@eu-west-1.amazonses.com>"
    assert headers["Return-Path"] == f"<{ID}@eu-west-1.amazonses.com>"
    assert headers["Feedback-ID"].startswith("::1.eu-west-1.")


def test_a_custom_mail_from_domain_is_the_host_of_the_return_path() -> None:
    data = delivered(given_as_mime(RAW), mail_from="bounce.example.com")

    assert parse(data).headers["Return-Path"] == f"<{ID}@bounce.example.com>"


def test_feedback_tags_lead_the_feedback_id() -> None:
    message = given_as_mime(RAW, tags={"ses:feedback-id-a": "campaign", "ses:feedback-id-b": "customer", "x": "y"})

    assert parse(delivered(message)).headers["Feedback-ID"].startswith("campaign:customer:1.us-east-1.")


def test_smtp_adds_where_the_mail_came_from() -> None:
    message = given_as_mime(RAW, api="smtp", operation=None, helo="client.example")

    lines = header_lines(delivered(message))

    assert lines[1] == ("Received", received_field(message))
    assert re.fullmatch(
        r"from client\.example \(localhost \[127\.0\.0\.1\]\) by email-smtp\.amazonaws\.com with SMTP "
        r"\(SimpleEmailService-d-[A-Z2-7]{9}\) id [A-Za-z0-9]{20} for ada@example\.net; "
        r"Thu, 04 Aug 2022 02:26:12 \+0000 \(UTC\)",
        lines[1][1],
    )


def test_several_recipients_do_not_see_each_other() -> None:
    message = given_as_mime(RAW, api="smtp", operation=None, helo="client.example", recipients=("a@x.com", "b@x.com"))

    assert "a@x.com" not in received_field(message)


@pytest.mark.parametrize(
    "data, rest",
    [
        (b"", b"\r\n"),
        (b"Subject: x", b"\r\n"),
        (b"Subject: x\n", b"\n"),
        (b"\r\nbody", b"\r\nbody"),
        (b"Subject: x\n\nbody\n", b"\nbody\n"),
        (b"no field\r\n\r\nbody", b"\r\nbody"),
    ],
)
def test_odd_mail_is_delivered_too(data: bytes, rest: bytes) -> None:
    result = delivered(given_as_mime(data))

    assert result.endswith(b"-54.240.8.77" + rest[: 1 + rest.startswith(b"\r")] + rest)
    assert {"Message-ID", "Date", "Feedback-ID"} <= {name for name, _ in header_lines(result)}


HEADS = st.lists(st.sampled_from(RAW.partition(b"\r\n\r\n")[0].split(b"\r\n")), unique=True)


@given(HEADS, st.binary(max_size=60), st.sampled_from([b"\r\n", b"\n"]))
def test_every_other_field_and_every_body_come_through_byte_for_byte(
    head: list[bytes], body: bytes, eol: bytes
) -> None:
    data = eol.join((*head, b"", body))
    kept = {b"x-first", b"received", b"from", b"subject"}

    result = delivered(given_as_mime(data))

    assert result.endswith(eol + eol + body)
    assert all(line + eol in result for line in head if line.partition(b":")[0].lower() in kept)
    assert not any(line in result for line in head if line.partition(b":")[0] in {b"Bcc", b"Return-Path", b"date"})


@pytest.mark.parametrize(
    "instant, text",
    [
        (SENT_AT, "Thu, 4 Aug 2022 02:26:12 +0000"),
        (1693000803.9996, "Fri, 25 Aug 2023 22:00:04 +0000"),
        (0, "Thu, 1 Jan 1970 00:00:00 +0000"),
    ],
)
def test_dates_are_written_as_ses_writes_them(instant: float, text: str) -> None:
    assert mail_date(instant) == text
