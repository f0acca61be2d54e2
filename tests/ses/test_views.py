"""A mail as a reader sees it, checked against what the standard library's ``email`` package made and reads."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_sesfake.ses.mail.views import Attachment, View, parse

LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
LINES = st.lists(st.text(LETTERS, max_size=90), max_size=6).map("\n".join)
NAMES = (
    st.text(st.characters(categories=("L", "N"), include_characters=" .-_"), max_size=30).map(str.strip).filter(bool)
)
FILES = st.tuples(NAMES, st.binary(max_size=120), st.sampled_from(["application/pdf", "image/png", "text/csv"]))


def mail(head: str, body: bytes | str = "") -> View:
    content = body if isinstance(body, bytes) else body.encode()
    return parse(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + content.replace(b"\n", b"\r\n"))


def composed(subject: str, text: str | None, html: str | None, files: list[tuple[str, bytes, str]], how: Any) -> bytes:
    message = EmailMessage(policy=how)
    message["From"] = "Shop <shop@example.com>"
    message["Subject"] = subject
    if text is not None:
        message.set_content(text)
    if html is not None and text is not None:
        message.add_alternative(html, subtype="html")
    elif html is not None:
        message.set_content(html, subtype="html")
    for name, content, kind in files:
        maintype, _, subtype = kind.partition("/")
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return message.as_bytes()


def content(message: Any, kind: str) -> str | None:
    body = message.get_body((kind,))
    return None if body is None else body.get_content().replace("\r\n", "\n")


@given(
    st.text(LETTERS, max_size=120).map(str.strip),
    st.none() | LINES,
    st.none() | LINES,
    st.lists(FILES, max_size=3),
    st.sampled_from([policy.default, policy.SMTP, policy.SMTPUTF8, policy.SMTP.clone(cte_type="8bit")]),
)
def test_we_read_what_email_composes_as_email_reads_it(
    subject: str,
    text: str | None,
    html: str | None,
    files: list[tuple[str, bytes, str]],
    how: Any,
) -> None:
    data = composed(subject, text, html, files, how)
    theirs: Any = message_from_bytes(data, policy=policy.default)

    ours = parse(data)

    assert ours.subject == theirs["Subject"]
    assert (ours.text, ours.html) == (content(theirs, "plain"), content(theirs, "html"))
    assert [(each.name, each.content, each.content_type) for each in ours.attachments] == files
    assert [attachment.inline for attachment in ours.attachments] == [False] * len(files)
    assert ours.mime.as_bytes() == theirs.as_bytes()


@given(st.binary(max_size=300), st.sampled_from(["base64", "quoted-printable", "7bit", "8bit"]), st.booleans())
def test_contents_are_decoded_as_email_decodes_them(data: bytes, encoding: str, is_html: bool) -> None:
    kind = "html" if is_html else "plain"
    raw = f"Content-Type: text/{kind}; charset=iso-8859-1\nContent-Transfer-Encoding: {encoding}\n\n".encode() + data
    theirs = message_from_bytes(raw).get_payload(decode=True)
    assert isinstance(theirs, bytes)

    ours = parse(raw)

    found = ours.html if is_html else ours.text
    assert found is not None
    if encoding != "base64" or not _is_cut(data):
        assert found == theirs.decode("iso-8859-1").replace("\r\n", "\n").replace("\r", "\n")


def _is_cut(data: bytes) -> bool:
    """Whether base64 misses its end: then `email` gives it up, and we read as far as it goes."""
    digits = sum(byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" for byte in data)
    return digits % 4 != 0


# Header fields.


def test_headers_are_looked_up_without_case_and_decoded() -> None:
    headers = mail("From: =?utf-8?q?J=C3=BCrgen?= <j@x.com>\nX-Tag: 1\nx-tag: 2\nSubject: a\n b").headers

    assert headers["FROM"] == "Jürgen <j@x.com>"
    assert headers["subject"] == headers.get("Subject") == "a b"
    assert headers["X-TAG"] == "1"
    assert headers.get_all("x-Tag") == ["1", "2"]
    assert "x-tAG" in headers
    assert "To" not in headers
    assert (headers.get("To"), headers.get("To", "nobody"), headers.get_all("To")) == (None, "nobody", [])


def test_headers_are_gone_through_in_their_order_and_spelling() -> None:
    headers = mail("From: a@x.com\nX-Tag: 1\nx-tag: =?utf-8?q?=C3=BC?=").headers

    assert list(headers) == headers.keys() == ["From", "X-Tag", "x-tag"]
    assert headers.values() == ["a@x.com", "1", "ü"]
    assert headers.items() == [("From", "a@x.com"), ("X-Tag", "1"), ("x-tag", "ü")]
    assert len(headers) == 3
    assert dict(headers) == {"From": "a@x.com", "X-Tag": "1", "x-tag": "1"}
    assert repr(headers) == "<Headers [('From', 'a@x.com'), ('X-Tag', '1'), ('x-tag', 'ü')]>"


def test_a_missing_header_names_those_that_are_there() -> None:
    with pytest.raises(KeyError, match="no header 'Bcc'; there are From, X-Tag"):
        mail("From: a@x.com\nX-Tag: 1\nX-Tag: 2").headers["Bcc"]


def test_addresses_keep_their_display_names_even_those_with_a_comma_in_them() -> None:
    view = mail("To: =?utf-8?q?Doe=2C_J=C3=BCrgen?= <j@x.com>,\n b@x.com\nto: team: c@x.com;\nCc:")

    assert view.addresses("To") == ["Doe, Jürgen <j@x.com>", "b@x.com", "c@x.com"]
    assert view.addresses("Cc") == view.addresses("Bcc") == []


# Text and html.


def test_what_is_not_there_is_none() -> None:
    view = parse(b"")

    assert (view.subject, view.text, view.html, view.links) == (None, "", None, [])
    assert view.attachments == []
    assert mail("Content-Type: application/pdf").text is None
    assert mail("Subject:").subject == ""


@pytest.mark.parametrize(
    "charset, body, text",
    [
        ("; charset=utf-8", "Grüße".encode(), "Grüße"),
        ("; charset=ISO-8859-1", "Grüße".encode("latin-1"), "Grüße"),
        ('; charset="shift_jis"', "用戶".encode("gb18030"), None),  # wrong, and still no error
        ("; charset=utf-8", "Grüße".encode("latin-1"), "Gr��e"),
        ("; charset=klingon", "Grüße".encode(), "Grüße"),
        ("; charset=us-ascii", "Grüße".encode("latin-1"), "Grüße"),
        ("", "Grüße".encode("latin-1"), "Grüße"),
        ("; charset=", "Grüße".encode(), "Grüße"),
    ],
)
def test_eight_bit_text_is_decoded_whatever_was_declared(charset: str, body: bytes, text: str | None) -> None:
    found = mail(f"Content-Type: text/plain{charset}\nContent-Transfer-Encoding: 8bit", body).text

    assert found is not None
    assert found == text or text is None


def test_lines_end_with_a_newline_however_they_came() -> None:
    assert parse(b"Subject: x\r\n\r\na\r\nb\nc\rd").text == "a\nb\nc\nd"


def test_the_first_text_and_the_first_html_count_and_attached_ones_do_not() -> None:
    view = mail(
        "Content-Type: multipart/mixed; boundary=b",
        "--b\nContent-Type: text/plain\nContent-Disposition: attachment\n\nattached\n"
        '--b\nContent-Type: text/html; name="page.html"\n\n<p>named\n'
        "--b\nContent-Type: text/plain\n\nfirst\n"
        "--b\nContent-Type: text/plain\n\nsecond\n"
        "--b\nContent-Type: text/html\nContent-Disposition: inline\n\n<p>shown\n--b--",
    )

    assert (view.text, view.html) == ("first", "<p>shown")
    assert [(each.name, each.text) for each in view.attachments] == [
        (None, "attached"),
        ("page.html", "<p>named"),
        (None, "second"),
    ]


def test_a_mail_that_is_one_named_text_still_has_a_text() -> None:
    assert mail('Content-Type: text/plain; name="note.txt"', "Hi").text == "Hi"


def test_other_forms_of_the_same_text_are_no_attachments_unless_they_are_files() -> None:
    view = mail(
        "Content-Type: multipart/alternative; boundary=b",
        "--b\n\ntext\n--b\nContent-Type: text/x-amp-html\n\n<amp>\n"
        '--b\nContent-Type: text/calendar; name="invite.ics"\n\nBEGIN\n--b--',
    )

    assert view.text == "text"
    assert [attachment.name for attachment in view.attachments] == ["invite.ics"]


# Attachments.


def with_files() -> View:
    return mail(
        "Content-Type: multipart/mixed; boundary=b",
        "--b\nContent-Type: multipart/related; boundary=r\n\n"
        '--r\nContent-Type: text/html\n\n<img src="cid:logo@x">\n'
        "--r\nContent-Type: IMAGE/PNG\nContent-ID: <logo@x>\nContent-Transfer-Encoding: BASE64\n\niVBORw0K\n--r--\n"
        "--b\nContent-Type: text/csv; charset=iso-8859-1\nContent-Description: =?utf-8?q?L=C3=B6hne?=\n"
        "Content-Transfer-Encoding: quoted-printable\n"
        "Content-Disposition: attachment; filename*=utf-8''L%C3%B6hne.csv\n\na;=FC=0D=0Ab\n"
        "--b\nContent-Type: message/rfc822\n\nSubject: inner\n\nbody\n--b--",
    )


def test_attachments_are_a_sequence() -> None:
    attachments = with_files().attachments

    assert len(attachments) == 3
    assert attachments[0].content == b"\x89PNG\r\n"
    assert [attachment.content_type for attachment in attachments] == ["image/png", "text/csv", "message/rfc822"]
    assert attachments[-1].content == b"Subject: inner\r\n\r\nbody"
    assert attachments[1:] == list(attachments)[1:]
    assert attachments == list(attachments) == with_files().attachments
    assert attachments != []
    assert attachments != "logo"
    assert attachments[0] in attachments
    assert repr(attachments) == "<Attachments [None, 'Löhne.csv', None]>"


def test_attachments_are_looked_up_by_file_name() -> None:
    attachments = with_files().attachments

    assert "Löhne.csv" in attachments
    assert "other.csv" not in attachments
    assert None not in attachments
    assert attachments["Löhne.csv"] == Attachment(
        "Löhne.csv", "text/csv", b"a;\xfc\r\nb", charset="iso-8859-1", description="Löhne"
    )
    assert attachments["Löhne.csv"].text == "a;ü\nb"


def test_a_missing_attachment_names_those_that_are_there() -> None:
    with pytest.raises(KeyError, match=r"no attachment 'x'; there are None, 'Löhne.csv', None"):
        with_files().attachments["x"]
    with pytest.raises(KeyError, match=r"no attachment 'x'; there are none"):
        mail("Subject: x").attachments["x"]


def test_an_image_that_html_shows_is_inline() -> None:
    logo, table, _ = with_files().attachments

    assert (logo.inline, logo.content_id) == (True, "logo@x")
    assert (table.inline, table.content_id) == (False, None)


def test_a_long_attachment_does_not_flood_a_failure_text() -> None:
    assert "content=" not in repr(Attachment("x.bin", "application/octet-stream", b"x" * 10_000))


def test_the_name_of_the_disposition_comes_before_that_of_the_type() -> None:
    view = mail(
        "Content-Type: multipart/mixed; boundary=b",
        '--b\nContent-Type: application/pdf; name="type.pdf"\nContent-Disposition: attachment; filename="file.pdf"\n\n'
        '--b\nContent-Type: application/pdf; name="type.pdf"\nContent-Disposition: attachment\n\n--b--',
    )

    assert [attachment.name for attachment in view.attachments] == ["file.pdf", "type.pdf"]


# Links.


def test_links_are_those_of_html_then_those_of_text_each_once() -> None:
    view = mail(
        "Content-Type: multipart/alternative; boundary=b",
        "--b\n\nSee https://x.com/confirm?a=1&b=2 or https://x.com/text.\n"
        "--b\nContent-Type: text/html\n\n"
        '<a href="https://x.com/confirm?a=1&amp;b=2">1</a> <A HREF=HTTP://X.com/two>2</A>'
        '<area href=" https://x.com/3 ">'
        '<a href="/relative">no</a><a href="mailto:a@x.com">no</a><a href="#top">no</a><a name=x>no</a>'
        '<link href="https://x.com/style.css"><a href>no</a>\n--b--',
    )

    assert view.links == ["https://x.com/confirm?a=1&b=2", "HTTP://X.com/two", "https://x.com/3", "https://x.com/text"]


def test_relative_links_are_absolute_by_the_base_that_the_html_names() -> None:
    view = mail(
        "Content-Type: text/html",
        '<base target="_blank"><base href="https://x.com/mail/1"><base href="https://y.com/">'
        '<a href="/confirm?a=1&amp;b=2">1</a> <a href="two">2</a> <a href="//z.com/3">3</a> <a href="http://[">4</a>'
        '<a href="https://x.com/5">5</a> <a href="#top">no</a><a href="mailto:a@x.com">no</a><a href="">no</a>',
    )

    assert view.links == [
        "https://x.com/confirm?a=1&b=2",
        "https://x.com/mail/two",
        "https://z.com/3",
        "https://x.com/5",
    ]


@pytest.mark.parametrize(
    "text, links",
    [
        ("Go to https://x.com/a, or http://y.com!", ["https://x.com/a", "http://y.com"]),
        ("(https://x.com/a_(b)) [https://x.com/c]", ["https://x.com/a_(b)", "https://x.com/c"]),
        ("<https://x.com/a>", ["https://x.com/a"]),
        ('"https://x.com/a"', ["https://x.com/a"]),
        ("**https://x.com/a**", ["https://x.com/a"]),
        ("[here](https://x.com/a?b=(c))", ["https://x.com/a?b=(c)"]),
        ("https://x.com/token_-_", ["https://x.com/token_-_"]),
        ("https://x.com/?q=ü", ["https://x.com/?q=ü"]),
        ("ftp://x.com nothttps://x.com https:// www.x.com", []),
    ],
)
def test_links_of_text_end_where_a_reader_ends_them(text: str, links: list[str]) -> None:
    assert mail("Content-Type: text/plain; charset=utf-8", text).links == links


@pytest.mark.parametrize(
    "before",
    [
        "<![if !mso]>",
        "<!--[if mso]><table><![endif]-->",
        "<![CDATA[x]]>",
        "<![unknown[x]]>",
        "<!DOCTYPE x [<!ENTITY>",
        "<?x",
    ],
)
def test_odd_markup_hides_no_link(before: str) -> None:
    assert mail("Content-Type: text/html", f'{before}> <a href="https://x.com">x</a>').links == ["https://x.com"]


def test_markup_that_stops_the_parser_only_ends_the_search() -> None:
    monster = '<a href="https://x.com">x</a> <a href="&#' + "9" * 5000 + ';">y</a>'

    assert mail("Content-Type: text/html", monster).links == ["https://x.com"]


# Broken mail.

SCRAPS = st.sampled_from(
    [
        "Subject: =?x?b?!?=",
        "Content-Type: multipart/mixed; boundary=b",
        "Content-Type: text/html",
        "Content-Type: text/plain; charset=unicode_escape",
        "Content-Type: text",
        "Content-Disposition: attachment; filename*=x",
        "Content-Disposition: =",
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: quoted-printable",
        "Content-Transfer-Encoding: x-unknown",
        "From: <<>,:;",
        "Date: never",
        "--b",
        "--b--",
        " ",
        "",
        "=\xff=0",
        "<a href='https://x",
        "<![x[",
        "\\x",
    ]
)


@given(st.lists(SCRAPS | st.text(max_size=8), max_size=14), st.sampled_from(["\n", "\r\n", "\r"]))
def test_no_mail_is_too_broken_to_be_looked_at(scraps: list[str], end: str) -> None:
    view = parse(end.join(scraps).encode("utf-8", "surrogatepass"))

    assert isinstance(view.headers.items(), list)
    assert isinstance(view.subject, (str, type(None)))
    assert isinstance(view.text, (str, type(None)))
    assert isinstance(view.html, (str, type(None)))
    assert isinstance(view.links, list)
    assert all(isinstance(attachment.text, str) for attachment in view.attachments)
    assert isinstance(view.mime, EmailMessage)


def test_a_truncated_multipart_is_read_as_far_as_it_goes() -> None:
    view = mail("Content-Type: multipart/mixed; boundary=b", "--b\n\nHi\n--b\nContent-Type: text/html\n\n<p>the e")

    assert (view.text, view.html) == ("Hi", "<p>the e")


def test_a_multipart_without_its_parts_has_neither_text_nor_attachments() -> None:
    view = mail("Content-Type: multipart/mixed; boundary=b", "no parts")

    assert (view.text, view.html) == (None, None)
    assert view.attachments == []


def test_mail_that_email_cannot_read_is_one_opaque_thing_to_it() -> None:
    deep = b"From: a@x.com\n"
    for level in range(2000):
        deep += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level)

    view = parse(deep)

    assert view.mime.get_content_type() == "application/octet-stream"
    assert view.mime.get_content() == deep
    assert view.text == ""
