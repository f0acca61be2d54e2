"""Build mail as SES does.

``assemble`` builds MIME from the parts that an application passes. ``delivered`` adds and removes header fields of any
mail, as SES does before recipients get it.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.mail.encoded_words import encode, to_base64, to_quoted_printable, usable
from pytest_sesfake.ses.mail.mime import head_end
from pytest_sesfake.ses.regions import OUTGOING_IP, bounce_host, message_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_sesfake.ses.messages import Message, PartedMessage


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment that an application passes to SES beside the text and html of a message."""

    content: bytes
    file_name: str
    content_type: str | None = None
    disposition: Literal["ATTACHMENT", "INLINE"] = "ATTACHMENT"
    content_id: str | None = None
    description: str | None = None
    encoding: Literal["BASE64", "QUOTED_PRINTABLE", "SEVEN_BIT"] | None = None

    @property
    def is_shown(self) -> bool:
        """Whether html can show the attachment through its content id."""
        return self.disposition == "INLINE" and bool(self.content_id)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a message for which SES builds the MIME. ``None`` means that the application did not set it."""

    subject: str | None = None
    text: str | None = None
    html: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject_charset: str | None = None
    text_charset: str | None = None
    html_charset: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attached, ...] = ()


# Mail from parts. SES uses JavaMail, so this code follows JavaMail. [guess] marks behavior that no captured mail shows.

_Piece = tuple[list[str], bytes]  # the header fields of a part, one line each, and its body

_LONGEST_LINE = 76
_LONGEST_BODY_LINE = 998  # RFC 5322, section 2.1.1
_BREAKS = re.compile(r"[\r\n]+")
_ROUTE = re.compile(r"\s*(.*?)\s*<([^<>]*)>\s*", re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


def assemble(message: PartedMessage) -> bytes:
    """Return the mail that SES builds from a message's parts, without Bcc, Date and Message-ID."""
    parts = message.parts
    fields = [_addresses("From", (message.source,))]
    for name, addresses in (("Reply-To", parts.reply_to), ("To", parts.to), ("Cc", parts.cc)):
        if addresses:
            fields.append(_addresses(name, addresses))
    if parts.subject is not None:
        fields.append(_fold(f"Subject: {encode(_line(parts.subject), parts.subject_charset)}"))
    described, body = _content(parts, _boundaries(message))
    fields += ["MIME-Version: 1.0", *described]
    fields += [f"{_line(name)}: {_line(value)}" for name, value in parts.headers]
    return _join(fields, body)


def _join(fields: Iterable[str], body: bytes) -> bytes:
    return b"\r\n".join((*(field.encode("utf-8", "replace") for field in fields), b"", body))


def _line(text: str) -> str:
    """Return the text as one line. A line break in a value would let the caller inject header fields."""
    return _BREAKS.sub(" ", text)


def _fold(field: str) -> str:
    """Fold a header field at single spaces, so that unfolding restores it."""
    if len(field) <= _LONGEST_LINE or "\r\n" in field:
        return field
    lines: list[str] = []
    line = ""
    for word in re.split(r"(?<=\S) (?=\S)", field):
        if (lines or " " in line) and len(line) + 1 + len(word) > _LONGEST_LINE:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join((*lines, line))


def _addresses(name: str, addresses: Sequence[str]) -> str:
    lines: list[str] = []
    line = f"{name}:"
    for number, address in enumerate(map(_mailbox, addresses), start=1):
        entry = address if number == len(addresses) else f"{address},"
        if number > 1 and len(line) + 1 + len(entry) > _LONGEST_LINE:
            lines.append(line)
            line = entry
        else:
            line = f"{line} {entry}"
    return "\r\n\t".join((*lines, line))


def _mailbox(address: str) -> str:
    route = None if address.isascii() else _ROUTE.fullmatch(address)
    if route is None:
        return _line(address)
    name = route[1]
    if name.startswith('"') and name.endswith('"') and len(name) > 1:
        name = _QUOTED_PAIR.sub(r"\1", name[1:-1])
    return f"{encode(_line(name))} <{_line(route[2])}>"


def _boundaries(message: PartedMessage) -> Iterator[str]:
    instant, number = round(message.sent_time * 1000), 0
    while True:
        digits = message.region_state.simulation.ids.hex(f"boundary {number} of {message.id}", 14)
        yield f"----=_Part_{int(digits[:5], 16)}_{int(digits[5:], 16) >> 5}.{instant}"
        number += 1


def _content(parts: Parts, boundaries: Iterator[str]) -> _Piece:
    texts = [
        _text(kind, text, charset)
        for kind, text, charset in (("plain", parts.text, parts.text_charset), ("html", parts.html, parts.html_charset))
        if text is not None
    ]
    content = (
        _multipart("alternative", texts, boundaries) if len(texts) > 1 else (texts or [_text("plain", "", None)])[0]
    )
    # The nesting of attachments follows the habit of Java programs. [guess]
    shown = [attached for attached in parts.attachments if attached.is_shown]
    others = [attached for attached in parts.attachments if not attached.is_shown]
    if shown:
        content = _multipart("related", [content, *map(_file, shown)], boundaries)
    if others:
        content = _multipart("mixed", [content, *map(_file, others)], boundaries)
    return content


def _multipart(kind: str, pieces: Iterable[_Piece], boundaries: Iterator[str]) -> _Piece:
    boundary = next(boundaries)
    delimiter = f"--{boundary}".encode()
    lines = []
    for fields, body in pieces:
        lines += [delimiter, _join(fields, body)]
    # JavaMail ends the line with a space. Unfolding gives two spaces, as in SES's notifications.
    return [f'Content-Type: multipart/{kind}; \r\n\tboundary="{boundary}"'], b"\r\n".join(
        (*lines, delimiter + b"--\r\n")
    )


def _text(kind: str, text: str, charset: str | None) -> _Piece:
    charset = usable(text, charset)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    body = lines.encode(charset, "replace")
    # JavaMail chooses the encoding like this. For text beyond ASCII this is a [guess].
    if _is_seven_bit(body):
        encoding = "7bit"
    elif 2 * sum(map(str.isascii, text)) > len(text) and b"\0" not in body:
        encoding, body = "quoted-printable", to_quoted_printable(body)
    else:
        encoding, body = "base64", to_base64(body)
    return [f"Content-Type: text/{kind}; charset={charset}", f"Content-Transfer-Encoding: {encoding}"], body


def _file(attached: Attached) -> _Piece:
    content_type = attached.content_type or _guess_type(attached.file_name)
    fields = [_line(f"Content-Type: {content_type}")]
    # SES documents 7bit as the default, but most files cannot use it. Those are sent as base64. [guess]
    if attached.encoding == "QUOTED_PRINTABLE":
        encoding, body = "quoted-printable", to_quoted_printable(attached.content, istext=False)
    elif attached.encoding != "BASE64" and _is_seven_bit(attached.content):
        encoding, body = "7bit", attached.content
    else:
        encoding, body = "base64", to_base64(attached.content)
    fields.append(f"Content-Transfer-Encoding: {encoding}")
    name = _line(attached.file_name)
    if name.isascii():
        value = 'filename="' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    else:
        value = "filename*=UTF-8''" + quote(name, safe="", errors="replace")
    fields.append(f"Content-Disposition: {attached.disposition.lower()}; {value}")
    if attached.content_id:
        fields.append(f"Content-ID: <{_line(attached.content_id).removeprefix('<').removesuffix('>')}>")
    if attached.description:
        fields.append(_fold(f"Content-Description: {encode(_line(attached.description))}"))
    return fields, body


def _guess_type(file_name: str) -> str:
    from mimetypes import MimeTypes

    return MimeTypes().guess_type(file_name)[0] or "application/octet-stream"


def _is_seven_bit(data: bytes) -> bool:
    """Tell whether the data needs no encoding: ASCII, with CRLF line ends and no line that is too long."""
    lines = data.split(b"\r\n")
    return (
        data.isascii()
        and b"\0" not in data
        and data.count(b"\n") == data.count(b"\r") == len(lines) - 1
        and max(map(len, lines)) <= _LONGEST_BODY_LINE
    )


# Outgoing mail.

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def mail_date(seconds: float) -> str:
    """Return a time (seconds since 1970) as SES writes it into Date: ``Thu, 4 Aug 2022 02:26:12 +0000``."""
    at = moment(seconds)
    return f"{_DAYS[at.weekday()]}, {at.day} {_MONTHS[at.month - 1]} {at.year} {at:%H:%M:%S} +0000"


def received_field(message: Message) -> str:
    """Return the Received field that SES's SMTP server adds at the top of a mail, unfolded."""
    ids = message.region_state.simulation.ids
    at = moment(message.sent_time)
    server = base64.b32encode(bytes.fromhex(ids.hex(f"server of {message.region}", 12)))[:9].decode()
    number = base64.b64encode(bytes.fromhex(ids.hex(f"received {message.id}", 30)), b"Ss").decode()
    # All captured mails have one recipient. Several recipients are not named, to keep them from each other. [guess]
    reader = f" for {message.recipients[0]}" if len(message.recipients) == 1 else ""
    return (
        f"from {message.helo or 'unknown'} (localhost [127.0.0.1]) by email-smtp.amazonaws.com with SMTP "
        f"(SimpleEmailService-d-{server}) id {number}{reader}; "
        f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year} {at:%H:%M:%S} +0000 (UTC)"
    )


_DROPPED = frozenset({"bcc", "date", "message-id", "return-path"})
_REPLACED = frozenset({"date", "message-id", "list-unsubscribe", "list-unsubscribe-post"})


def assemble_delivered(
    message: Message, data: bytes, *, unsubscribe: Mapping[str, str], mail_from: str | None = None
) -> bytes:
    """Return the mail as its recipients get it. ``data`` is the submitted mail with its unsubscribe links filled in.

    ``unsubscribe`` are the List-Unsubscribe fields that SES adds. ``mail_from`` is a custom MAIL FROM domain.

    SES sets Date and Message-ID, and the List-Unsubscribe fields if it manages the contact list. They replace the
    caller's fields in place, or follow at the end. SES removes Bcc and the X-SES fields. All other fields and the body
    stay the same byte for byte, except the unsubscribe link. The fake adds no DKIM signature.

    https://docs.aws.amazon.com/ses/latest/dg/header-fields.html
    """
    end, _ = head_end(data)
    head, rest = data[:end], data[end:]
    eol = b"\n" if b"\n" in head and b"\r\n" not in head else b"\r\n"
    own = {
        name.lower(): f"{name}: {value}".encode("utf-8", "replace") + eol
        for name, value in _own_fields(message, unsubscribe, mail_from)
    }
    lines = [own.pop(name) for name in ("return-path", "received") if name in own]
    if message.template is not None or message.template_data is not None:  # mail from a template begins with Date
        lines.append(own.pop("date"))
    for name, field in _raw_fields(head, eol):
        if name in _REPLACED and name in own:
            lines.append(own.pop(name))
        elif name not in _DROPPED and not name.startswith("x-ses-"):
            lines.append(field)
    return b"".join((*lines, *own.values())) + (rest or eol)


def _own_fields(message: Message, unsubscribe: Mapping[str, str], mail_from: str | None) -> Iterator[tuple[str, str]]:
    """Yield the fields that SES adds, in their order. A field that replaces one of the caller's takes its place."""
    region, ids = message.region, message.region_state.simulation.ids
    yield "Return-Path", f"<{message.id}@{mail_from or bounce_host(region)}>"
    if message.api == "smtp":
        yield "Received", received_field(message)
    yield "Message-ID", f"<{message.id}@{message_host(region)}>"
    yield "Date", mail_date(message.sent_time)
    account = base64.b64encode(
        bytes.fromhex(ids.hex(f"feedback to {message.region_state.account_id} in {region}", 64))
    ).decode()
    campaign = ":".join(message.tags.get(f"ses:feedback-id-{letter}", "") for letter in "ab")
    yield "Feedback-ID", f"{campaign}:1.{region}.{account}:AmazonSES"
    yield from unsubscribe.items()
    yield "X-SES-Outgoing", f"{moment(message.sent_time):%Y.%m.%d}-{OUTGOING_IP}"


def _raw_fields(head: bytes, eol: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield each field's name in lower case, and the unchanged field with its folds and line ends."""
    fields: list[bytes] = []
    for line in head.splitlines(keepends=True):
        if line[:1] in {b" ", b"\t"} and fields:
            fields[-1] += line
        else:
            fields.append(line)
    for field in fields:
        name = field.partition(b":")[0].strip().lower().decode("latin-1")
        yield name, field if field.endswith((b"\n", b"\r")) else field + eol
