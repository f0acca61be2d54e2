"""What happened to a message: one class for each kind of thing that can happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.recipients import Addressed

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_sesfake.ses.messages import Message

Reporter = Literal["remote", "mail", "relay", "ses", "reply"]
State = Literal["Pending", "Delayed", "Delivered", "Bounced", "Suppressed", "Rejected", "Complained"]


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened, without its time and its recipients.

    ``state`` is what a recipient's status becomes by it, ``None`` where it stays what it was.
    """

    type: ClassVar[str]
    per: ClassVar[Literal["message", "domain", "recipient"]] = "recipient"
    state: ClassVar[State | None] = None

    @property
    def alike(self) -> object:
        """What must be equal for several of one message to be told together; ``None`` where each is told alone."""
        return None

    @property
    def becomes(self) -> State | None:
        """What the status of a recipient becomes by this."""
        return self.state


@dataclass(frozen=True, slots=True)
class Sent(Fact):
    """SES took the message and will try to deliver it."""

    type = "Send"
    per = "message"


@dataclass(frozen=True, slots=True)
class Delivered(Fact):
    """The recipient's mail server took the mail, answering ``response``."""

    type = "Delivery"
    per = "domain"
    state = "Delivered"

    response: str = "250 2.0.0 OK"


@dataclass(frozen=True, slots=True)
class Bounced(Fact):
    """The mail did not reach its recipient, or came back.

    ``reporter`` says who told SES: the ``remote`` server in its dialogue, or by a bounce ``mail`` after a delivery; a
    ``relay`` of SES's own, which found no server to talk to; ``ses`` itself, which did not even try; or an
    auto-``reply`` of the mailbox, after a delivery. ``grouped`` merges the bounces of one message into one event;
    where they differ, ``each`` holds status and diagnostic recipient by recipient.
    """

    type = "Bounce"

    kind: str = "Permanent"
    subtype: str = "General"
    status: str | None = "5.1.1"
    diagnostic: str | None = "smtp; 550 5.1.1 user unknown"
    reporter: Reporter = "remote"
    grouped: bool = False
    each: tuple[tuple[str | None, str | None], ...] = ()

    @property
    def alike(self) -> object:
        """What must be equal for several of one message to be told together; ``None`` where each is told alone."""
        return (self.kind, self.subtype, self.reporter) if self.grouped else None

    @property
    def was_tried(self) -> bool:
        """Whether SES tried to deliver the mail."""
        return self.reporter != "ses"

    def told(self, place: int) -> tuple[str | None, str | None]:
        """Return status and diagnostic of the recipient at that place of the event."""
        return self.each[place] if self.each else (self.status, self.diagnostic)

    @property
    def becomes(self) -> State | None:
        """What the status of a recipient becomes by this."""
        if self.reporter == "reply":
            return None
        return "Suppressed" if self.subtype in SUPPRESSED else "Bounced"


@dataclass(frozen=True, slots=True)
class Complained(Fact):
    """The recipient called the mail spam; with a ``subtype`` SES did not send it because of an earlier complaint.

    A ``redacted`` report hides who it was, and means everybody at the same provider who got the mail.
    """

    type = "Complaint"

    feedback: str | None = "abuse"
    user_agent: str | None = "ReturnPathFBL/1.0"
    subtype: str | None = None
    grouped: bool = False
    redacted: bool = False

    @property
    def alike(self) -> object:
        """What must be equal for several of one message to be told together; ``None`` where each is told alone."""
        return (self.feedback, self.user_agent, self.subtype) if self.grouped else None

    @property
    def becomes(self) -> State | None:
        """What the status of a recipient becomes by this."""
        return "Complained" if self.subtype is None else "Suppressed"


@dataclass(frozen=True, slots=True)
class RejectedMessage(Fact):
    """SES took the message, found ``reason`` in it and did not send it to anybody."""

    type = "Reject"
    per = "message"
    state = "Rejected"

    reason: str = "Bad content"


@dataclass(frozen=True, slots=True)
class Unrendered(Fact):
    """SES took the call, but the template and its data do not fit, so that there is no mail; ``text`` says why.

    A template that the call brought along has no name.
    """

    type = "RenderingFailure"
    per = "message"

    text: str
    template: str | None


@dataclass(frozen=True, slots=True)
class Delayed(Fact):
    """The mail did not get to the recipient for now, for a ``reason`` that SES knows; it tries again.

    It gives up ``max_delivery_seconds`` seconds after it took the message.
    """

    type = "DeliveryDelay"
    state = "Delayed"

    reason: str
    status: str | None
    diagnostic: str | None
    max_delivery_seconds: float


@dataclass(frozen=True, slots=True)
class Opened(Fact):
    """The recipient looked at the mail, and the program that showed it loaded SES's image."""

    type = "Open"

    user_agent: str


@dataclass(frozen=True, slots=True)
class Clicked(Fact):
    """The recipient followed a link of the mail."""

    type = "Click"

    link: str
    user_agent: str


class Preferences(NamedTuple):
    """What a contact wants: of ``topics`` what was said of them, of ``defaults`` nothing; or ``nothing`` at all."""

    nothing: bool
    topics: tuple[tuple[str, bool], ...] = ()
    defaults: tuple[tuple[str, bool], ...] = ()


EVERYTHING = Preferences(nothing=False)


@dataclass(frozen=True, slots=True)
class Resubscribed(Fact):
    """The recipient changed what to get of a contact list: by the header of the mail, or on SES's page.

    It is about one ``topic``, or about all mail, unless more was ``chosen`` on the page. What was wanted before and is
    wanted now is known once it happens.
    """

    type = "Subscription"

    topic: str | None
    by_header: bool
    contact_list: str = ""
    before: Preferences = EVERYTHING
    after: Preferences = EVERYTHING
    chosen: Preferences | None = None


SUPPRESSED = frozenset(
    {
        "Suppressed",
        "OnAccountSuppressionList",
        "OnTenantSuppressionList",
        "UnsubscribedRecipient",
        "EmailValidationSuppressed",
    }
)
"""The subtypes of bounces that mean: SES did not try."""

SENT = Sent()
DELIVERED = Delivered()


class Event(Addressed):
    """One thing that happened to a message, to one recipient of it or to several at once.

    ``number`` is its place in the log, ``at`` its instant in epoch seconds, ``routes`` where it is published,
    fixed when it happened.
    """

    __slots__ = ("at", "envelope", "fact", "message", "number", "routes")

    def __init__(self, message: Message, number: int, at: float, recipients: tuple[str, ...], fact: Fact) -> None:
        self.message = message
        self.number = number
        self.at = at
        self.envelope = recipients
        self.fact = fact
        self.routes: tuple[Any, ...] = ()

    def __repr__(self) -> str:
        return f"<{self.type} {', '.join(self.recipients)} {self.timestamp:%H:%M:%S} {self.message.id}>"

    @property
    def type(self) -> str:
        """The event's kind in SES's words: ``"Send"``, ``"Delivery"``, ``"Bounce"``, ``"RenderingFailure"``..."""
        return self.fact.type

    @property
    def timestamp(self) -> datetime:
        """When it happened, an aware datetime in UTC."""
        return moment(self.at)

    @property
    def feedback_id(self) -> str:
        """The id that bounces and complaints carry; of the shape of a message id."""
        return self.message.region_state.simulation.ids.message_id(self.message.region, self.at, f"event {self.number}")
