"""Messages that SES accepted: their content, their recipients, and the events that followed.

`RawMessage` holds MIME that the application sent. `PartedMessage` holds a subject, a text and an html from which SES
assembles the MIME. Tests see both as `Message`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_sesfake.ses import unsubscribing
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.mail import compose
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.mail.encoded_words import newlines
from pytest_sesfake.ses.mail.html_text import to_prose
from pytest_sesfake.ses.mail.mime import header_lines
from pytest_sesfake.ses.mail.preview import preview
from pytest_sesfake.ses.mail.views import parse
from pytest_sesfake.ses.recipients import Addressed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from email.message import EmailMessage
    from typing import TypeAlias

    from typing_extensions import Self

    from pytest_sesfake.ses.authorization import Arns

    # The simulation gets its event class as an argument (`event_type`). Tests always see this one.
    from pytest_sesfake.ses.events import Event, State
    from pytest_sesfake.ses.mail.views import Attachment, Attachments, Headers, View
    from pytest_sesfake.ses.simulation import RegionState

    # Like `str | None`, but type checkers do not demand a check for None before each `"Hello" in message.text`.
    Words: TypeAlias = str | Any

_CURES = {
    "body": "text or html",
    "content": "text, html, attachments or mime",
    "recipient": "recipients (the envelope), to, cc or bcc",
    "from_": "sender (the From header) or source (the envelope)",
    "from_email": "sender (the From header) or source (the envelope)",
    "message_id": "id",
    "alternatives": "html",
    "extra_headers": "headers",
    "date": "sent_at",
}


class Status(str):
    """The state of one recipient: a string such as ``"Bounced"``, with the event that led to it."""

    __slots__ = ("_event", "_place")

    _event: Event | None
    _place: tuple[Message, str] | None

    def __new__(cls, state: str, event: Event | None = None, place: tuple[Message, str] | None = None) -> Self:
        """Create the status ``state``; ``event`` led to it, and ``place`` is its message and recipient."""
        self = super().__new__(cls, state)
        self._event = event
        self._place = place
        return self

    @property
    def event(self) -> Event:
        """The event that led to this status.

        A Pending recipient has no event yet: raises LookupError.
        """
        if self._event is None:
            raise LookupError(f"no event led to the status {str(self)!r}: nothing has happened to the recipient yet")
        return self._event


def place_of(status: Status) -> tuple[Message, str] | None:
    """Return the message and the recipient of a status. Tests know them, so a status does not offer them."""
    return status._place  # noqa: SLF001 - of the same module


class Statuses(Mapping[str, Status]):
    """The state of each recipient by address. Lookups ignore display names and the case of the domain.

    It is the state after ``events``. Without ``events`` it is the state after all events so far.
    """

    def __init__(self, message: Message, events: Sequence[Event] | None = None) -> None:
        self._message = message
        found: dict[str, Status] = {
            parse_address(address).normal: Status("Pending", None, (message, address)) for address in message.recipients
        }
        for event in message.events if events is None else events:
            state: State | None = event.fact.new_state
            if state is not None:
                for address in event.recipients:
                    found[parse_address(address).normal] = Status(state, event, (message, address))
        self._found = found

    def __getitem__(self, address: str) -> Status:
        try:
            return self._found[parse_address(address).normal]
        except KeyError:
            raise KeyError(
                f"{address!r} is not a recipient of this message; its recipients are {list(self._message.recipients)}"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return repr({address: str(status) for address, status in self._found.items()})


class Listed(NamedTuple):
    """The contact list that a message belongs to, and its topic if it has one."""

    contact_list: str
    topic: str | None
    linked: bool = False  # whether SES adds its unsubscribe link to the mail; the send sets it


_FOR_TESTS = {
    *("id", "api", "operation", "region", "sent_at", "source", "sender", "to", "cc", "bcc", "reply_to", "recipients"),
    *("subject", "text", "html", "attachments", "headers", "links", "calendars", "html_text", "preview"),
    *(
        "raw",
        "submitted",
        "mime",
        "submitted_mime",
        "submitted_headers",
        "configuration_set",
        "tags",
        "tenant",
        "template",
        "template_data",
        "return_path",
    ),
    *("status", "events"),
}


class Message(Addressed):
    """One message that SES accepted, through the v1 API, the v2 API or SMTP."""

    __slots__ = (
        "_delivered",
        "_events",
        "_view",
        "api",
        "arns",
        "configuration_set",
        "envelope",
        "helo",
        "id",
        "identity",
        "listed",
        "mail_from",
        "number",
        "operation",
        "region_state",
        "return_path",
        "sent_time",
        "source",
        "tags",
        "template",
        "template_data",
        "tenant",
    )

    id: str
    """The MessageId from the response of SES. Every event carries it."""
    api: str
    """The interface that received the message: ``"ses"``, ``"sesv2"`` or ``"smtp"``."""
    operation: str | None
    """The operation that sent the message; ``None`` for SMTP."""
    source: str
    """The envelope sender as the application gave it."""
    return_path: str | None
    """The address for bounces and complaints, if the application gave one."""
    identity: str
    """The name of the identity that sent the message: an address or a domain."""
    configuration_set: str | None
    tags: dict[str, str]
    template: str | None
    template_data: Any
    tenant: str | None
    """The tenant that sent the message."""
    listed: Listed | None
    """The contact list and the topic that the message belongs to."""
    arns: Arns | None
    """The identity ARNs that the call gave."""

    def __init__(
        self,
        region_state: RegionState,
        *,
        api: str,
        operation: str | None,
        source: str,
        recipients: tuple[str, ...],
        return_path: str | None = None,
        configuration_set: str | None = None,
        tags: dict[str, str] | None = None,
        template: str | None = None,
        template_data: object = None,
        tenant: str | None = None,
        listed: Listed | None = None,
        helo: str | None = None,
        arns: Arns | None = None,
    ) -> None:
        self.region_state = region_state
        self.api = api
        self.operation = operation
        self.source = source
        self.envelope = recipients
        self.return_path = return_path
        self.configuration_set = configuration_set
        self.tags = tags if tags is not None else _NO_TAGS
        self.template = template
        self.template_data = template_data
        self.tenant = tenant
        self.listed = listed
        self.helo = helo
        self.arns = arns
        self.number = -1
        self.sent_time = 0.0
        self.id = ""
        self.identity = ""
        self.mail_from: str | None = None
        self._events: tuple[Event, ...] = ()
        self._view: View | None = None
        self._delivered: View | None = None

    def __repr__(self) -> str:
        call = f"{self.api} {self.operation}" if self.operation else self.api
        return (
            f"<Message {call} {self.sent_at:%H:%M:%S} from={self.source} to={list(self.recipients)} "
            f"subject={self.subject!r}>"
        )

    def __dir__(self) -> list[str]:
        """Return the attributes for tests. Completion leaves out those that only this package uses."""
        return [name for name in super().__dir__() if name.startswith("_") or name in _FOR_TESTS]

    def __getattr__(self, name: str) -> Any:
        cure = _CURES.get(name)
        hint = f". Did you mean {cure}?" if cure else ""
        raise AttributeError(f"'Message' object has no attribute {name!r}{hint}")

    @property
    def region(self) -> str:
        """The region in which SES accepted the message."""
        return self.region_state.region

    @property
    def sent_at(self) -> datetime:
        """The time at which SES accepted the message, as an aware datetime in UTC."""
        return moment(self.sent_time)

    @property
    def events(self) -> list[Event]:
        """The events of the message so far, oldest first."""
        self.region_state.simulation.settle()
        return list(self._events)

    @property
    def status(self) -> Statuses:
        """The state of each recipient: ``message.status["ada@example.com"] == "Bounced"``."""
        return Statuses(self)

    # The content. `PartedMessage` returns the parts as the application gave them; otherwise it is parsed from the MIME.

    @property
    def submitted(self) -> bytes:
        """The MIME that the application gave, or that SES assembled from the parts."""
        raise NotImplementedError

    def size(self, limit: int) -> int:
        """Return the size of the mail in bytes, as SES measures it. It is exact only if it comes near ``limit``."""
        raise NotImplementedError

    @property
    def source_arn(self) -> str:
        """The ARN of the identity that sent the message."""
        named = self.arns.source if self.arns is not None else None
        return named or self.region_state.arn("identity/" + self.identity)

    @property
    def raw(self) -> bytes:
        """The MIME that the recipients received."""
        return compose.assemble_delivered(
            self,
            unsubscribing.fill_in_links(self),
            unsubscribe=unsubscribing.fields(self),
            mail_from=self.mail_from,
        )

    @property
    def view(self) -> View:
        """The submitted mail, parsed. It is parsed once, at the first access."""
        if self._view is None:
            view = parse(self.submitted)
            if not self.id:  # the MIME that SES assembles contains the id: do not cache a view without it
                return view
            self._view = view
        return self._view

    @property
    def delivered_view(self) -> View:
        """The delivered mail, parsed. It is assembled and parsed once, at the first access."""
        if self._delivered is None:
            view = parse(self.raw)
            if not self.id:  # the fields that SES adds contain the id
                return view
            self._delivered = view
        return self._delivered

    @property
    def mime(self) -> EmailMessage:
        """The mail that the recipients received, as the standard library's ``email.message.EmailMessage``."""
        return self.delivered_view.mime

    @property
    def headers(self) -> Headers:
        """The header fields that the recipients received. Lookups ignore case; ``get_all`` returns all of a name."""
        return self.delivered_view.headers_with(self._hint_at_submitted)

    def _hint_at_submitted(self, name: str) -> str:
        is_removed = name in self.submitted_headers
        return ". SES removed it from the mail: it is in message.submitted_headers" if is_removed else ""

    @property
    def submitted_mime(self) -> EmailMessage:
        """The mail before SES changed it, as the standard library's ``email.message.EmailMessage``."""
        return self.view.mime

    @property
    def submitted_headers(self) -> Headers:
        """The header fields before SES changed them, with ``Bcc`` and the ``X-SES-`` fields of the application."""
        return self.view.headers

    @property
    def header_lines(self) -> list[tuple[str, str]]:
        """The submitted header fields in their order and spelling, unfolded, as SES shows them in notifications."""
        return header_lines(self.submitted)

    @property
    def attachments(self) -> Attachments:
        """The attachments: a sequence that can also be indexed by file name."""
        return self.view.attachments

    @property
    def calendars(self) -> list[Attachment]:
        """All invitations (``text/calendar``) in the mail, at any depth. ``.text`` is the content of one."""
        return self.view.calendars

    @property
    def links(self) -> list[str]:
        """The links of html and text, in order, without duplicates."""
        return self.view.links

    @property
    def sender(self) -> str:
        """The From header."""
        return self.view.headers.get("From") or self.source

    @property
    def subject(self) -> Words:
        """The decoded subject, or ``None``."""
        return self.view.subject

    @property
    def text(self) -> Words:
        """The decoded plain text, or ``None``. Its line breaks are single newline characters."""
        return self.view.text

    @property
    def html(self) -> Words:
        """The decoded html, or ``None``. Its line breaks are single newline characters."""
        return self.view.html

    @property
    def to(self) -> list[str]:
        """The addresses of the To header, with their display names."""
        return self._addresses("To")

    @property
    def cc(self) -> list[str]:
        """The addresses of the Cc header, with their display names."""
        return self._addresses("Cc")

    @property
    def bcc(self) -> list[str]:
        """The recipients in the envelope that are in neither the To nor the Cc header."""
        shown = {parse_address(address).normal for address in (*self.to, *self.cc)}
        return [address for address in self.recipients if parse_address(address).normal not in shown]

    @property
    def reply_to(self) -> list[str]:
        """The addresses of the Reply-To header, with their display names."""
        return self._addresses("Reply-To")

    def _addresses(self, name: str) -> list[str]:
        return self.view.addresses(name)

    @property
    def html_text(self) -> Words:
        """The html as a reader sees it: text lines without tags, or ``None`` if there is no html."""
        return None if self.html is None else to_prose(self.html)

    def preview(self) -> str:
        """Return the mail as readable text for ``print``: header fields, text or html as text, attachments."""
        return preview(self)

    # For the simulation only.

    def note(self, event: Any) -> None:
        """Add an event to the message."""
        self._events = (*self._events, event)


_NO_TAGS: dict[str, str] = {}


class RawMessage(Message):
    """A message that the application gave as MIME: SendRawEmail, v2 Raw content, SMTP."""

    __slots__ = ("_data",)

    def __init__(self, region_state: RegionState, data: bytes, **fields: Any) -> None:
        super().__init__(region_state, **fields)
        self._data = data

    @property
    def submitted(self) -> bytes:
        """The mail as the application gave it, byte for byte."""
        return self._data

    def size(self, limit: int) -> int:  # noqa: ARG002 - the size is always exact
        """Return the size of the mail in bytes."""
        return len(self._data)


class PartedMessage(Message):
    """A message that the application gave as subject, text and html: SendEmail, templates."""

    __slots__ = ("parts",)

    def __init__(self, region_state: RegionState, parts: compose.Parts, **fields: Any) -> None:
        super().__init__(region_state, **fields)
        self.parts = parts

    @property
    def submitted(self) -> bytes:
        """The mail as SES assembles it from the parts."""
        return compose.assemble(self)

    def size(self, limit: int) -> int:
        """Return the size of the mail in bytes.

        Far below ``limit`` this is only a lower bound, so that most mail is never assembled for the check.
        """
        parts = self.parts
        least = len(parts.subject or "") + len(parts.text or "") + len(parts.html or "")
        least += sum(len(attached.content) for attached in parts.attachments)
        # No encoding needs more than 12 bytes for a character (quoted-printable of four bytes of UTF-8).
        return least if least * 12 < limit else len(self.submitted)

    @property
    def sender(self) -> str:
        """The From header."""
        return self.source

    @property
    def subject(self) -> Words:
        """The subject."""
        return self.parts.subject

    @property
    def text(self) -> Words:
        """The plain text, or ``None``. Its line breaks are single newline characters."""
        return None if self.parts.text is None else newlines(self.parts.text)

    @property
    def html(self) -> Words:
        """The html, or ``None``. Its line breaks are single newline characters."""
        return None if self.parts.html is None else newlines(self.parts.html)

    @property
    def to(self) -> list[str]:
        """The addresses of the To header, with their display names."""
        return list(self.parts.to)

    @property
    def cc(self) -> list[str]:
        """The addresses of the Cc header, with their display names."""
        return list(self.parts.cc)

    @property
    def bcc(self) -> list[str]:
        """The recipients that the application gave as Bcc."""
        return list(self.parts.bcc)

    @property
    def reply_to(self) -> list[str]:
        """The addresses of the Reply-To header, with their display names."""
        return list(self.parts.reply_to)
