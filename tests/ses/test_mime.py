"""How SES reads mail, and what it says of mail that it does not take."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_sesfake.ses.mail.mime import check, check_file_name, content_type, disposition, header_lines, walk
from pytest_sesfake.ses.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCKED = (
    ".ade .adp .app .asp .bas .bat .cer .chm .cmd .com .cpl .crt .csh .der .exe .fxp .gadget .hlp .hta .inf .ins .isp "
    ".its .js .jse .ksh .lib .lnk .mad .maf .mag .mam .maq .mar .mas .mat .mau .mav .maw .mda .mdb .mde .mdt .mdw .mdz "
    ".msc .msh .msh1 .msh2 .mshxml .msh1xml .msh2xml .msi .msp .mst .ops .pcd .pif .plg .prf .prg .reg .scf .scr .sct "
    ".shb .shs .sys .ps1 .ps1xml .ps2 .ps2xml .psc1 .psc2 .tmp .url .vb .vbe .vbs .vps .vsmacros .vss .vst .vsw .vxd "
    ".ws .wsc .wsf .wsh .xnk"
)
ONCE = (
    "Accept-Language, acceptLanguage, Archived-At, Auto-Submitted, Bounces-to, Comments, Content-Alternative, "
    "Content-Base, Content-Class, Content-Description, Content-Disposition, Content-Duration, Content-ID, "
    "Content-Language, Content-Length, Content-Location, Content-MD5, Content-Transfer-Encoding, Content-Type, Date, "
    "Delivered-To, Disposition-Notification-Options, Disposition-Notification-To, DKIM-Signature, "
    "DomainKey-Signature, Errors-To, From, Importance, In-Reply-To, Keywords, List-Archive, List-Help, List-Id, "
    "List-Owner, List-Post, List-Subscribe, List-Unsubscribe, Message-Context, Message-ID, MIME-Version, Organization, "
    "Original-From, Original-Message-ID, Original-Recipient, Original-Subject, Precedence, Priority, References, "
    "Reply-To, Return-Path, Return-Receipt-To, Sender, Solicitation, Sensitivity, Subject, Thread-Index, Thread-Topic, "
    "User-Agent, VBR-Info, List-Unsubscribe-Post"
)


def crlf(mail: str) -> bytes:
    return mail.replace("\n", "\r\n").encode()


def refusal(data: bytes) -> str | None:
    """What SES says of a mail, ``None`` if it takes it."""
    try:
        check(header_lines(data), data)
    except Invalid as refused:
        return refused.text
    return None


def described(field: str) -> str | None:
    """What SES says of a mail with this header field."""
    return refusal(crlf(f"From: a@example.com\n{field}\n\nbody"))


def parted(*parts: str, kind: str = "mixed") -> bytes:
    """A multipart of parts that are given with their heads."""
    body = "".join(f"--edge\n{part}\n" for part in parts)
    return crlf(f'From: a@example.com\nContent-Type: multipart/{kind}; boundary="edge"\n\n{body}--edge--\n')


# Header fields.


def test_fields_keep_their_order_and_spelling() -> None:
    assert header_lines(b"to: b@x.com\r\nFROM: a@x.com\r\nX-A: 1\r\nx-a: 2\r\n\r\nSubject: body") == [
        ("to", "b@x.com"),
        ("FROM", "a@x.com"),
        ("X-A", "1"),
        ("x-a", "2"),
    ]


def test_a_fold_becomes_one_blank_so_that_mail_of_ses_itself_shows_two() -> None:
    assert header_lines(b'Content-Type: multipart/alternative; \r\n\tboundary="b"\r\n\r\n') == [
        ("Content-Type", 'multipart/alternative;  boundary="b"')
    ]
    assert header_lines(b'Content-Type: multipart/alternative;\n boundary="b"\n\n') == [
        ("Content-Type", 'multipart/alternative; boundary="b"')
    ]
    assert header_lines(b"Subject: a\r\n \t b\r\n\tc\r\n\r\n") == [("Subject", "a b c")]


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_any_line_end_ends_a_field(end: bytes) -> None:
    assert header_lines(end.join((b"From: a@x.com", b"Subject: Hi", b""))) == [("From", "a@x.com"), ("Subject", "Hi")]


@pytest.mark.parametrize(
    "data, fields",
    [
        (b"", []),
        (b"\r\nFrom: a@x.com\r\n\r\n", []),
        (b"\nFrom: a@x.com", []),
        (b"From: a@x.com", [("From", "a@x.com")]),
        (b"Subject :\t Hi \r\n\r\n", [("Subject", "Hi")]),
        (b"Subject:\r\n\r\n", [("Subject", "")]),
        (b"From: a@x.com\r\n--no field\r\nTo: b@x.com\r\n\r\n", [("From", "a@x.com"), ("To", "b@x.com")]),
        (b"X: a:b: c\r\n\r\n", [("X", "a:b: c")]),
        (b"X: a\xc2\x85b\xe2\x80\xa8c\x0cd\r\n\r\n", [("X", "a\x85b\u2028c\x0cd")]),  # no line ends of mail
    ],
)
def test_odd_heads_are_read_as_far_as_they_go(data: bytes, fields: list[tuple[str, str]]) -> None:
    assert header_lines(data) == fields


def test_eight_bit_fields_are_utf_8_or_else_latin_1_each_by_itself() -> None:
    assert header_lines("Subject: Grüße\r\n\r\n".encode()) == [("Subject", "Grüße")]
    mixed = "Subject: Grüße\r\n".encode("latin-1") + "X-Name: Jürgen\r\n".encode() + b"\r\n"
    assert header_lines(mixed) == [("Subject", "Grüße"), ("X-Name", "Jürgen")]


@given(st.binary(max_size=200) | st.text(st.sampled_from('Fromo: \r\n\t=?-/;"ü'), max_size=80).map(str.encode))
@example(b"\n")
@example(b"\r\n\r\n")
@example(b" folded: first")
def test_reading_fields_never_raises(data: bytes) -> None:
    assert all(isinstance(name, str) and isinstance(value, str) for name, value in header_lines(data))


# Refusals, each in the words of SES.


def test_an_ordinary_mail_is_taken() -> None:
    assert refusal(b"From: a@x.com\r\nTo: b@x.com\r\nSubject: Hi\r\n\r\nHello\r\n") is None
    assert refusal(parted("Content-Type: text/plain\n\nHi", "Content-Type: text/html; charset=utf-8\n\n<p>Hi")) is None


@pytest.mark.parametrize("data", [b"To: b@x.com\r\n\r\nFrom: a@x.com", b"", b"hello", b"\r\nFrom: a@x.com"])
def test_mail_without_from_is_refused(data: bytes) -> None:
    assert refusal(data) == "Missing required header 'From'."


def test_mail_with_an_empty_from_is_refused() -> None:
    assert refusal(b"From:\r\nTo: b@x.com\r\n\r\n") == "Empty required header 'From'."


@pytest.mark.parametrize("name", ONCE.split(", "))
def test_fields_that_may_be_there_once_are_refused_twice(name: str) -> None:
    value = {"content-type": "text/plain", "content-disposition": "inline"}.get(name.lower(), "a@example.com")
    again = f"{name.upper()}: {value}"

    assert described(f"{name}: {value}\n{again}") == f"Duplicate header '{name.upper() if name != 'From' else name}'."


@pytest.mark.parametrize("name", ["To", "Cc", "Bcc", "Received", "Resent-From", "X-SES-MESSAGE-TAGS", "X-Any"])
def test_other_fields_may_be_there_twice(name: str) -> None:
    assert described(f"{name}: b@example.com\n{name}: c@example.com") is None


def test_a_boundary_without_a_blank_line_before_it_doubles_the_content_type() -> None:
    mail = (
        "From: a@x.com\nContent-Type: multipart/mixed; boundary=edge\n--edge\nContent-Type: text/plain\n\nHi\n--edge--"
    )

    assert refusal(crlf(mail)) == "Duplicate header 'Content-Type'."


def test_a_head_that_is_too_long_is_refused() -> None:
    assert described("X-Long: " + "x" * 102_400) == "Header section too long."
    assert described("X-Long: " + "x" * 102_000) is None
    assert refusal(b"From: a@x.com\r\n\r\n" + b"x" * 102_400) is None
    assert refusal(b"RnJvbTogYUB4LmNvbQ0K" * 6000) == "Header section too long."  # a mail in base64 is all head


def test_a_field_without_a_name_is_refused() -> None:
    assert described(": nothing") == "Empty header names are illegal."


def test_html_where_header_fields_belong_is_refused() -> None:
    line = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/x.dtd">'

    assert described(line) == (
        """Illegal header '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http'."""
    )
    assert described("X-Größe: 1") == "Illegal header 'X-Größe'."


@pytest.mark.parametrize(
    "value, text",
    [
        ("text", "Expected '/', got null"),
        ("text; charset=utf-8", "Expected '/', got ;"),
        ("text plain", "Expected '/', got plain"),
        ("", "Expected MIME type, got null"),
        ('"text"/plain', "Expected MIME type, got text"),
        ("/plain", "Expected MIME type, got /"),
        ("text/", "Expected MIME subtype, got null"),
        ("text/;", "Expected MIME subtype, got ;"),
        ("text/plain charset=utf-8", "Expected ';', got \"charset\""),
        ("text/plain; charset", "Expected '=', got \"null\""),
        ("text/plain; =utf-8", 'Expected parameter name, got "="'),
        ("text/plain; charset=", 'Expected parameter value, got "null"'),
        ("image/jpg; filename==?UTF-8?Q?x.jpg?=", 'Expected parameter value, got "="'),
        ("image/png; name=my file.png", "Expected ';', got \"file.png\""),
        ('image/png; name="my file.png', "Unbalanced quoted string"),
        ('image/png; name="' + '\\"' * 20_000, "Unbalanced quoted string"),
        ("text/plain (comment", "Unbalanced comments"),
    ],
)
def test_a_content_type_that_cannot_be_read_is_refused(value: str, text: str) -> None:
    assert described(f"Content-Type: {value}") == text
    assert refusal(parted(f"Content-Type: {value}\n\nbody")) == text


@pytest.mark.parametrize(
    "value, text",
    [
        ('=?utf-8?Q?attachment?=; filename="x"', "Expected disposition, got ="),
        ("", "Expected disposition, got null"),
        ("; filename=x", "Expected disposition, got ;"),
        ("attachment; filename=2017-12-11T21:33:40.png", "Expected ';', got \":\""),
    ],
)
def test_a_content_disposition_that_cannot_be_read_is_refused(value: str, text: str) -> None:
    assert described(f"Content-Disposition: {value}") == text
    assert refusal(parted(f"Content-Disposition: {value}\n\nbody")) == text


def test_a_multipart_without_its_boundary_is_refused() -> None:
    head = "From: a@x.com\nContent-Type: multipart/alternative; boundary="

    assert refusal(crlf(head + "right\n\n--wrong\n\nHi\n--wrong--\n")) == "Missing start boundary"
    assert refusal(crlf(head + "edge\n\n")) == "Missing start boundary"
    assert refusal(crlf(head + "edge")) == "Missing start boundary"
    assert refusal(crlf(head + "edge\n\n--edge--\n")) == "Missing start boundary"
    assert refusal(crlf(head + "edge\n\n--edges\n\nHi\n--edges--\n")) == "Missing start boundary"
    assert refusal(crlf(head + "edge\n\nnot --edge\n")) == "Missing start boundary"
    assert refusal(crlf("From: a@x.com\nContent-Type: multipart/mixed\n\n--edge\n\nHi\n--edge--\n")) == (
        "Missing start boundary"
    )
    assert refusal(parted("Content-Type: multipart/related; boundary=inner\n\nHi")) == "Missing start boundary"


def test_a_multipart_that_lacks_its_end_is_taken() -> None:
    assert (
        refusal(crlf("From: a@x.com\nContent-Type: multipart/mixed; boundary=edge\n\npreamble\n--edge\n\nHi")) is None
    )


def test_more_than_500_parts_are_refused() -> None:
    assert refusal(parted(*["\nHi"] * 500)) is None
    assert refusal(parted(*["\nHi"] * 501)) == "The message has more than 500 MIME parts."
    deep = "\nHi"
    for level in range(501):
        deep = f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n{deep}\n--b{level}--"
    assert refusal(crlf("From: a@x.com\n" + deep)) == "The message has more than 500 MIME parts."


@pytest.mark.parametrize("ending", BLOCKED.split())
def test_files_with_a_blocked_ending_are_refused(ending: str) -> None:
    name = f"Invoice.{ending[1:].upper()}"

    assert described(f'Content-Disposition: attachment; filename="{name}"') == f"Illegal filename '{name}'."


def test_there_are_ninety_blocked_endings_and_sixty_fields_that_may_be_there_once() -> None:
    assert len(BLOCKED.split()) == 90
    assert len(ONCE.split(", ")) == 60


@pytest.mark.parametrize("name", ["terms.pdf", "archive.zip", "exe", "an.exe.pdf", "noending", ".profile", "a.json"])
def test_other_files_are_taken(name: str) -> None:
    check_file_name("x" + name)
    assert described(f'Content-Disposition: attachment; filename="x{name}"') is None


@pytest.mark.parametrize(
    "head",
    [
        'Content-Type: application/octet-stream; name="run.exe"',
        "Content-Disposition: attachment; filename=run.exe",
        'Content-Disposition: inline;\n filename="run.exe"',
        "CONTENT-DISPOSITION: ATTACHMENT; FILENAME=run.exe",
        "Content-Disposition: attachment; filename*=utf-8''run%2Eexe",
        'Content-Disposition: attachment; filename*0="run."; filename*1=exe',
        "Content-Disposition: attachment; filename*1=xe; filename*0*=utf-8''run%2Ee",
        'Content-Disposition: attachment; filename="=?utf-8?b?cnVuLmV4ZQ==?="',
        'Content-Disposition: attachment; filename="run\\.exe"',
        "Content-Disposition: attachment (really); filename=run.exe",
    ],
)
def test_no_spelling_hides_a_blocked_file_name(head: str) -> None:
    assert refusal(parted("\nHi", f"{head}\n\nMZ")) == "Illegal filename 'run.exe'."
    inner = f"Content-Type: multipart/mixed; boundary=inner\n\n--inner\n\nHi\n--inner\n{head}\n\nMZ\n--inner--"
    assert refusal(parted("\nHi", inner)) == "Illegal filename 'run.exe'."


def test_a_forwarded_mail_is_one_part_and_its_files_are_its_own() -> None:
    forwarded = "Content-Type: message/rfc822\n\nFrom: b@x.com\nContent-Disposition: attachment; filename=run.exe\n\nMZ"

    assert refusal(parted(forwarded)) is None


PIECES = st.sampled_from(
    [
        "From: a@x.com",
        "Content-Type: multipart/mixed; boundary=b",
        'Content-Type: multipart/mixed; boundary="',
        "Content-Type: text/plain; name*0*=x''%; name*x=1; name*99999=2",
        "Content-Disposition: attachment; filename*=a'b",
        "Content-Disposition: attachment; filename*=klingon''%ff%e2",
        "Content-Type: (((",
        "Content-Type:",
        "--b",
        "--b--",
        " folded",
        ":",
        "",
        "\xff",
        "=?utf-8?b?x?=",
    ]
)


@given(st.lists(PIECES | st.text(max_size=10), max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))
def test_broken_mail_raises_nothing_but_refusals(pieces: list[str], end: str) -> None:
    data = end.join(pieces).encode("utf-8", "surrogatepass")

    assert refusal(data) is None or isinstance(refusal(data), str)


# What is read, against the standard library.

TOKENS = st.text(st.sampled_from("abcXYZ019-.+!#$&^"), min_size=1, max_size=12)
VALUES = st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60).map(str.strip).filter(bool)


@given(TOKENS, TOKENS, TOKENS, VALUES)
def test_content_types_are_read_as_email_reads_them(first: str, second: str, name: str, value: str) -> None:
    message = EmailMessage()
    message.add_header("Content-Type", f"{first}/{second}", **{name: value})
    again = message_from_bytes(message.as_bytes())

    kind, parameters = content_type(header_lines(message.as_bytes())[0][1])

    assert kind == f"{first}/{second}".lower() == again.get_content_type()
    assert parameters == {name.lower(): value} == {name.lower(): again.get_param(name)}


@given(NAMES)
def test_file_names_are_read_as_email_writes_them(name: str) -> None:
    message = EmailMessage()
    message.add_header("Content-Disposition", "attachment", filename=name)

    kind, parameters = disposition(header_lines(message.as_bytes())[0][1])

    assert (kind, parameters["filename"]) == ("attachment", message.get_filename())


BODIES = st.text(st.sampled_from("ab -=\r\n"), max_size=40).map(lambda text: text.replace("\r", "").encode())


Tree = bytes | list["Tree"]

TREES: st.SearchStrategy[Tree] = st.recursive(
    BODIES, lambda pieces: st.lists(pieces, min_size=1, max_size=3), max_leaves=6
)


def rendered(tree: Tree, boundaries: Iterator[str]) -> bytes:
    """A part with its head: a text, or a multipart of parts."""
    if isinstance(tree, bytes):
        return b"Content-Type: text/plain\n\n" + tree
    boundary = next(boundaries)
    edge = f"\n--{boundary}".encode()
    head = f'Content-Type: multipart/mixed; boundary="{boundary}"\n\npreamble'.encode()
    return head + b"".join(edge + b"\n" + rendered(piece, boundaries) for piece in tree) + edge + b"--\nepilogue"


@given(TREES, st.sampled_from("_=x'"), st.booleans())
def test_parts_are_found_where_email_finds_them(tree: Tree, more: str, is_crlf: bool) -> None:
    # Each boundary begins as those before it do.
    mail = rendered(tree, (f"edge{more * number}" for number in count()))
    data = b"From: a@x.com\n" + mail
    data = data.replace(b"\n", b"\r\n") if is_crlf else data
    theirs = [
        (part.get_content_type(), None if part.is_multipart() else part.get_payload(decode=True))
        for part in message_from_bytes(data).walk()
    ]

    ours = [
        (part.content_type, None if part.pieces else data[part.start : part.stop])
        for part in walk(data, header_lines(data))
    ]

    assert ours == theirs
