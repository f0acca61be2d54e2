"""A mail as its reader sees it: header fields, text, html, attachments and links, for any structure of MIME.

Broken mail never raises an error. The readable parts are available, and the rest is missing.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, TypeVar, overload
from urllib.parse import urljoin

from pytest_sesfake.ses.mail.addresses import split
from pytest_sesfake.ses.mail.encoded_words import decode, from_base64, newlines, to_text
from pytest_sesfake.ses.mail.mime import header_lines, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage

    from pytest_sesfake.ses.mail.mime import Part

T = TypeVar("T")


class Headers:
    """Header fields. Names ignore case, and values are unfolded and decoded.

    ``headers["Subject"]``, ``get`` and ``in`` use the first field of a name, ``get_all`` returns every one. Iteration
    and ``items`` go through all fields in order.

    ``hint`` (if given) returns a text about a missing name, for the error.
    """

    def __init__(self, lines: Sequence[tuple[str, str]], hint: Callable[[str], str] | None = None) -> None:
        self._lines = lines
        self._hint = hint

    def __getitem__(self, name: str) -> str:
        found = self.get(name)
        if found is None:
            hint = self._hint(name) if self._hint is not None else ""
            raise KeyError(f"no header {name!r}; there are {', '.join(dict.fromkeys(self)) or 'none'}{hint}")
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __repr__(self) -> str:
        return f"<Headers {self.items()}>"

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: T) -> str | T: ...
    def get(self, name: str, default: T | None = None) -> str | T | None:
        """Return the value of the first field of a name, or ``default`` without such a field."""
        wanted = name.lower()
        return next((decode(value) for spelt, value in self._lines if spelt.lower() == wanted), default)

    def get_all(self, name: str) -> list[str]:
        """Return the values of all fields of a name, in order."""
        wanted = name.lower()
        return [decode(value) for spelt, value in self._lines if spelt.lower() == wanted]

    def keys(self) -> list[str]:
        """Return the names of all fields in their original spelling."""
        return [name for name, _ in self._lines]

    def values(self) -> list[str]:
        """Return the values of all fields."""
        return [decode(value) for _, value in self._lines]

    def items(self) -> list[tuple[str, str]]:
        """Return the name and value of every field."""
        return [(name, decode(value)) for name, value in self._lines]


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment or other part of a mail, except its text and its html.

    ``name`` is the file name or ``None``. ``content_id`` is the id in ``cid:`` links of html, without angle brackets.
    ``inline`` is true if a mail program shows the part within the mail.
    """

    name: str | None
    content_type: str
    content: bytes = field(repr=False)
    content_id: str | None = None
    inline: bool = False
    charset: str | None = None
    description: str | None = None

    @property
    def text(self) -> str:
        """The content as text, with LF as line end."""
        return newlines(to_text(self.content, self.charset))


class Attachments(Sequence[Any]):  # Any: otherwise type checkers forbid ``"terms.pdf" in attachments``
    """The attachments of a mail, in order. Index them by position or by file name."""

    def __init__(self, found: Sequence[Attachment]) -> None:
        self._found = tuple(found)

    @overload
    def __getitem__(self, key: int | str) -> Attachment: ...
    @overload
    def __getitem__(self, key: slice) -> list[Attachment]: ...
    def __getitem__(self, key: int | str | slice) -> Attachment | list[Attachment]:
        if isinstance(key, slice):
            return list(self._found[key])
        if isinstance(key, int):
            return self._found[key]
        found = next((attachment for attachment in self._found if attachment.name == key), None)
        if found is None:
            names = ", ".join(repr(attachment.name) for attachment in self._found)
            raise KeyError(f"no attachment {key!r}; there are {names or 'none'}")
        return found

    def __iter__(self) -> Iterator[Attachment]:
        return iter(self._found)

    def __contains__(self, value: object) -> bool:
        return any(value in (attachment, attachment.name) for attachment in self._found if value is not None)

    def __len__(self) -> int:
        return len(self._found)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Attachments, list, tuple)):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment] # it equals lists, which are not hashable

    def __repr__(self) -> str:
        return f"<Attachments {[attachment.name for attachment in self._found]}>"


class View:
    """One mail. Each attribute is parsed at first use."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._lines = header_lines(data)

    @cached_property
    def mime(self) -> EmailMessage:
        """The mail as parsed by the standard library."""
        from email import message_from_bytes, policy
        from email.message import EmailMessage

        try:
            return message_from_bytes(self._data, policy=policy.default)
        except Exception:  # noqa: BLE001 - the parser raises many kinds of errors for broken mail
            whole = EmailMessage()
            whole.set_content(self._data, maintype="application", subtype="octet-stream")
            return whole

    @property
    def headers(self) -> Headers:
        """The header fields."""
        return Headers(self._lines)

    def headers_with(self, hint: Callable[[str], str]) -> Headers:
        """Return the header fields, with a hint for the error about a missing one."""
        return Headers(self._lines, hint)

    def addresses(self, name: str) -> list[str]:
        """Return the addresses in all header fields of a name, with their display names."""
        wanted = name.lower()
        # Split before decoding: a decoded display name can contain a comma.
        values = [value for spelt, value in self._lines if spelt.lower() == wanted]
        return [decode(address) for value in values for address in split(value)]

    @property
    def subject(self) -> str | None:
        """The decoded subject, ``None`` without one."""
        return self.headers.get("Subject")

    @cached_property
    def text(self) -> str | None:
        """The decoded plain text with LF as line end, ``None`` without one."""
        return self._read(self._parts[0])

    @cached_property
    def html(self) -> str | None:
        """The decoded html with LF as line end, ``None`` without one."""
        return self._read(self._parts[1])

    @cached_property
    def attachments(self) -> Attachments:
        """The other parts beside text and html, including inline images."""
        return Attachments([self._attachment(part) for part in self._parts[2]])

    @cached_property
    def calendars(self) -> list[Attachment]:
        """The text/calendar parts. Invitations have them beside text and html, or as attachments."""
        return [
            self._attachment(part) for part in walk(self._data, self._lines) if part.content_type == "text/calendar"
        ]

    @cached_property
    def links(self) -> list[str]:
        """The http and https URLs of the html, then those of the text, in order and without duplicates."""
        return list(dict.fromkeys((*_links_of_html(self.html or ""), *_links_of_text(self.text or ""))))

    @cached_property
    def _parts(self) -> tuple[Part | None, Part | None, list[Part]]:
        """The text part, the html part, and the attachments."""
        bodies: dict[str, Part] = {}
        others = []
        for part in walk(self._data, self._lines):
            kind = part.content_type
            if kind.startswith("multipart/"):
                continue
            is_named = part.disposition == "attachment" or (part.file_name is not None and part.within is not None)
            if kind in {"text/plain", "text/html"} and not is_named and kind not in bodies:
                bodies[kind] = part
            elif is_named or part.within != "multipart/alternative":  # others are alternatives of the same text
                others.append(part)
        return bodies.get("text/plain"), bodies.get("text/html"), others

    def _read(self, part: Part | None) -> str | None:
        return None if part is None else newlines(to_text(self._content(part), part.parameters.get("charset")))

    def _attachment(self, part: Part) -> Attachment:
        content_id = part.fields.get("content-id")
        description = part.fields.get("content-description")
        return Attachment(
            part.file_name,
            part.content_type,
            self._content(part),
            None if content_id is None else content_id.removeprefix("<").removesuffix(">"),
            part.disposition == "inline" or (part.disposition is None and content_id is not None),
            part.parameters.get("charset"),
            None if description is None else decode(description),
        )

    def _content(self, part: Part) -> bytes:
        body = self._data[part.start : part.stop]
        undo = _ENCODINGS.get(part.fields.get("content-transfer-encoding", "").lower())
        return body if undo is None else undo(body)


def parse(data: bytes) -> View:
    """Return a view of a mail, from its bytes."""
    return View(data)


_ENCODINGS: dict[str, Callable[[bytes], bytes]] = {"base64": from_base64, "quoted-printable": binascii.a2b_qp}

_URL = re.compile(r"""\bhttps?://[^\s<>"'`\x00-\x1f]+""", re.IGNORECASE)
_ENDS_A_SENTENCE = ".,;:!?*"


def _links_of_text(text: str) -> Iterator[str]:
    for found in _URL.finditer(text):
        url = found[0].rstrip(_ENDS_A_SENTENCE)
        for opened, closed in ("()", "[]", "{}"):
            while url.endswith(closed) and url.count(closed) > url.count(opened):
                url = url[:-1].rstrip(_ENDS_A_SENTENCE)
        yield url


class _Links(HTMLParser):
    """Collects the link targets of a page. Relative links count only if the page has a <base>."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._base: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = (dict(attrs).get("href") or "").strip()
        if tag == "base" and self._base is None and _URL.match(href):
            self._base = href
        if tag in {"a", "area"} and href and not href.startswith("#"):
            with suppress(ValueError):  # href is not a URL
                address = href if self._base is None else urljoin(self._base, href)
                if _URL.match(address):
                    self.found.append(address)


def _links_of_html(html: str) -> list[str]:
    parser = _Links()
    with suppress(AssertionError, ValueError):  # html that Python's parser cannot read ends the search
        # The parser fails on marked sections, which are common in mail (``<![if !mso]>``). As comments they are fine.
        parser.feed(html.replace("<![", "<! ["))
        parser.close()
    return parser.found
