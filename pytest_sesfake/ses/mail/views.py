"""A mail as a reader sees it: header fields, text, html, attachments and links, whatever MIME they came in.

Nothing here raises for a mail that is broken: what can be read is there, the rest is not.
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
    """Header fields, looked up without case; values are unfolded and decoded.

    ``headers["Subject"]``, ``get`` and ``in`` look at the first field of a name, ``get_all`` at every one. Iteration
    and ``items`` go through all fields in their order.
    """

    def __init__(self, lines: Sequence[tuple[str, str]]) -> None:
        self._lines = lines

    def __getitem__(self, name: str) -> str:
        found = self.get(name)
        if found is None:
            msg = f"no header {name!r}; there are {', '.join(dict.fromkeys(self)) or 'none'}"
            raise KeyError(msg)
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
        """Return the value of the first field of a name, ``default`` if there is none."""
        wanted = name.lower()
        return next((decode(value) for spelt, value in self._lines if spelt.lower() == wanted), default)

    def get_all(self, name: str) -> list[str]:
        """Return the values of every field of a name, in their order."""
        wanted = name.lower()
        return [decode(value) for spelt, value in self._lines if spelt.lower() == wanted]

    def keys(self) -> list[str]:
        """Return the names as they are spelt, one for each field."""
        return [name for name, _ in self._lines]

    def values(self) -> list[str]:
        """Return the values of all fields."""
        return [decode(value) for _, value in self._lines]

    def items(self) -> list[tuple[str, str]]:
        """Return name and value of every field."""
        return [(name, decode(value)) for name, value in self._lines]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of a mail that is neither its text nor its html.

    ``name`` is its file name, if it has one; ``content_id`` is what html calls ``cid:``, without angle brackets;
    ``inline`` tells that it is shown within the mail.
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
        """The content as text, lines ended by a newline."""
        return newlines(to_text(self.content, self.charset))


class Attachments(Sequence[Any]):  # Any, or type checkers would forbid ``"terms.pdf" in attachments``
    """The attachments of a mail in their order; looked up by position or by file name."""

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
            msg = f"no attachment {key!r}; there are {names or 'none'}"
            raise KeyError(msg)
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

    __hash__ = None  # type: ignore[assignment] # equal to lists, which have none either

    def __repr__(self) -> str:
        return f"<Attachments {[attachment.name for attachment in self._found]}>"


class View:
    """One mail; each thing is looked for when it is first asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._lines = header_lines(data)

    @cached_property
    def mime(self) -> EmailMessage:
        """The mail as the standard library reads it."""
        from email import message_from_bytes, policy  # noqa: PLC0415 - it is heavy, and seldom asked for
        from email.message import EmailMessage  # noqa: PLC0415

        try:
            return message_from_bytes(self._data, policy=policy.default)
        except Exception:  # noqa: BLE001 - it stumbles over some broken mail, in many ways
            whole = EmailMessage()
            whole.set_content(self._data, maintype="application", subtype="octet-stream")
            return whole

    @property
    def headers(self) -> Headers:
        """The header fields."""
        return Headers(self._lines)

    def addresses(self, name: str) -> list[str]:
        """Return the addresses of every header field of a name, with their display names."""
        wanted = name.lower()
        # A display name may hold a comma once it is decoded.
        values = [value for spelt, value in self._lines if spelt.lower() == wanted]
        return [decode(address) for value in values for address in split(value)]

    @property
    def subject(self) -> str | None:
        """The subject, decoded; ``None`` when there is none."""
        return self.headers.get("Subject")

    @cached_property
    def text(self) -> str | None:
        """The plain text, decoded, lines ended by a newline; ``None`` when there is none."""
        return self._read(self._parts[0])

    @cached_property
    def html(self) -> str | None:
        """The html, decoded, lines ended by a newline; ``None`` when there is none."""
        return self._read(self._parts[1])

    @cached_property
    def attachments(self) -> Attachments:
        """What the mail holds beside text and html; inline images, too."""
        return Attachments([self._attachment(part) for part in self._parts[2]])

    @cached_property
    def calendars(self) -> list[Attachment]:
        """The parts of type text/calendar, which invitations have beside text and html, or as attachments."""
        return [
            self._attachment(part) for part in walk(self._data, self._lines) if part.content_type == "text/calendar"
        ]

    @cached_property
    def links(self) -> list[str]:
        """The http and https addresses that html leads to and that text names, each once, in their order."""
        return list(dict.fromkeys((*_links_of_html(self.html or ""), *_links_of_text(self.text or ""))))

    @cached_property
    def _parts(self) -> tuple[Part | None, Part | None, list[Part]]:
        """The part that is the text, the one that is the html, and the attachments."""
        bodies: dict[str, Part] = {}
        others = []
        for part in walk(self._data, self._lines):
            kind = part.content_type
            if kind.startswith("multipart/"):
                continue
            is_named = part.disposition == "attachment" or (part.file_name is not None and part.within is not None)
            if kind in {"text/plain", "text/html"} and not is_named and kind not in bodies:
                bodies[kind] = part
            elif is_named or part.within != "multipart/alternative":  # else another form of the same text
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
    """Return a view of a mail."""
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
    """Collects where the anchors of a page lead; relative ones lead somewhere if the page says what to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._base: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = (dict(attrs).get("href") or "").strip()
        if tag == "base" and self._base is None and _URL.match(href):
            self._base = href
        if tag in {"a", "area"} and href and not href.startswith("#"):
            with suppress(ValueError):  # of what is no URL at all
                address = href if self._base is None else urljoin(self._base, href)
                if _URL.match(address):
                    self.found.append(address)


def _links_of_html(html: str) -> list[str]:
    parser = _Links()
    with suppress(AssertionError, ValueError):  # what Python's parser stumbles over ends the search
        # It stumbles over marked sections, which are common in mail (``<![if !mso]>``); as comments it takes them.
        parser.feed(html.replace("<![", "<! ["))
        parser.close()
    return parser.found
