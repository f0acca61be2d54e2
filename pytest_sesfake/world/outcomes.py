"""The fates that a test can give a recipient, as values; each says which facts follow and when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_sesfake.world.clock import to_seconds
from pytest_sesfake.world.events import DELIVERED, Bounced, Complained, Delivered, Fact
from pytest_sesfake.world.events import Rejected as RejectedFact

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    Span = timedelta | float | None
    Timeline = list[tuple[float, Fact]]

_Cause = tuple["str | None", "str | None", Literal["remote", "ses", "reply"]]

ACCOUNT_LIST = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your account. "
    "For more information about removing addresses from the suppression list, see the Amazon SES Developer Guide at "
    "https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html"
)
GLOBAL_LIST = (
    "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid "
    "address. For more information about how to remove an address from the suppression list, see the Amazon SES "
    "Developer Guide: http://docs.aws.amazon.com/ses/latest/DeveloperGuide/remove-from-suppressionlist.html "
)
TENANT_LIST = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your tenant."
)
UNSUBSCRIBED = "Amazon SES did not send the message to this address because its contact has unsubscribed."
INVALIDATED = "Amazon SES did not send the message to this address because its validation found it to be invalid."

# https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
BOUNCES: dict[tuple[str, str], _Cause] = {
    ("Permanent", "General"): ("5.1.1", "smtp; 550 5.1.1 user unknown", "remote"),
    ("Permanent", "NoEmail"): ("5.1.1", "smtp; 550 5.1.1 mailbox does not exist", "remote"),
    ("Permanent", "Suppressed"): ("5.1.1", GLOBAL_LIST, "ses"),
    ("Permanent", "OnAccountSuppressionList"): ("5.1.1", ACCOUNT_LIST, "ses"),
    ("Permanent", "OnTenantSuppressionList"): ("5.1.1", TENANT_LIST, "ses"),
    ("Permanent", "UnsubscribedRecipient"): ("5.1.1", UNSUBSCRIBED, "ses"),
    ("Permanent", "EmailValidationSuppressed"): ("5.1.1", INVALIDATED, "ses"),
    ("Transient", "General"): ("4.0.0", "smtp; 450 4.0.0 temporary failure", "remote"),
    ("Transient", "MailboxFull"): ("4.2.2", "smtp; 452 4.2.2 mailbox full", "remote"),
    ("Transient", "MessageTooLarge"): ("5.3.4", "smtp; 552 5.3.4 message too large", "remote"),
    ("Transient", "ContentRejected"): ("5.6.1", "smtp; 554 5.6.1 message content rejected", "remote"),
    ("Transient", "AttachmentRejected"): ("5.7.1", "smtp; 552 5.7.1 attachment rejected", "remote"),
    ("Transient", "CustomTimeoutExceeded"): ("4.4.7", "smtp; 450 4.4.7 delivery time expired", "remote"),
    ("Undetermined", "Undetermined"): (None, None, "remote"),
}
FEEDBACKS = ("abuse", "auth-failure", "fraud", "not-spam", "other", "virus")
SUPPRESSIONS = {
    "global": "Suppressed",
    "account": "OnAccountSuppressionList",
    "tenant": "OnTenantSuppressionList",
}

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")


def _one_of(what: str, value: str, known: Iterable[str]) -> str:
    names = list(known)
    if value not in names:
        msg = f"{what} {value!r} is not known to SES; it is one of {', '.join(map(repr, names))}"
        raise ValueError(msg)
    return value


class Outcome:
    """What becomes of one recipient of a message."""

    __slots__ = ()

    @property
    def ends(self) -> bool:
        """Whether the story ends with this, so that no further step can follow for the same message."""
        return False

    @property
    def delivers(self) -> bool:
        """Whether the mail reached the recipient's server before this."""
        return True

    def timeline(self) -> Timeline:
        """Return the facts that follow, each with its seconds after acceptance."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Delivery(Outcome):
    """The recipient's server takes the mail, ``after`` seconds (or a timedelta) if given."""

    after: Span = None

    def __post_init__(self) -> None:
        to_seconds(self.after or 0)

    def timeline(self) -> Timeline:
        """Return the delivery."""
        return [(to_seconds(self.after or 0), DELIVERED)]


@dataclass(frozen=True, slots=True)
class Bounce(Outcome):
    """The mail bounces: at once, or ``after`` a span when the server had taken it first (asynchronous).

    ``type`` and ``subtype`` are SES's bounceType and bounceSubType; ``diagnostic`` is the text of the remote server,
    with or without ``smtp; `` before it. ``together`` merges the bounces of one message into one event.
    """

    type: str = "Permanent"
    subtype: str = "General"
    diagnostic: str | None = None
    after: Span = None
    together: bool = False

    def __post_init__(self) -> None:
        _one_of("bounce type", self.type, dict.fromkeys(kind for kind, _ in BOUNCES))
        if self.type == "Undetermined" and self.subtype == "General":
            object.__setattr__(self, "subtype", "Undetermined")
        _one_of(f"subtype of a {self.type} bounce", self.subtype, [sub for kind, sub in BOUNCES if kind == self.type])
        if self.after is not None:
            to_seconds(self.after)

    @property
    def ends(self) -> bool:
        """A bounce without a delivery before it is the end."""
        return self.after is None

    @property
    def delivers(self) -> bool:
        """An asynchronous bounce follows a delivery."""
        return self.after is not None

    def timeline(self) -> Timeline:
        """Return the bounce."""
        status, diagnostic, reporter = BOUNCES[self.type, self.subtype]
        if self.diagnostic is not None:
            diagnostic = self.diagnostic if self.diagnostic.startswith("smtp;") else f"smtp; {self.diagnostic}"
            given = _STATUS.search(self.diagnostic)
            status = given[1] if given else status
        fact = Bounced(self.type, self.subtype, status, diagnostic, reporter, self.together)
        return [(to_seconds(self.after or 0), fact)]


@dataclass(frozen=True, slots=True)
class Complaint(Outcome):
    """The recipient calls the delivered mail spam; ``feedback`` is the report's Feedback-Type."""

    feedback: str = "abuse"
    after: Span = None
    together: bool = False

    def __post_init__(self) -> None:
        _one_of("feedback type", self.feedback, FEEDBACKS)
        to_seconds(self.after or 0)

    def timeline(self) -> Timeline:
        """Return the complaint."""
        return [(to_seconds(self.after or 0), Complained(self.feedback, together=self.together))]


@dataclass(frozen=True, slots=True)
class Suppression(Outcome):
    """SES does not try, because the address is on a suppression list: ``global``, ``account`` or ``tenant``."""

    scope: str = "global"

    def __post_init__(self) -> None:
        _one_of("suppression scope", self.scope, SUPPRESSIONS)

    @property
    def ends(self) -> bool:
        """Nothing follows."""
        return True

    @property
    def delivers(self) -> bool:
        """SES did not try."""
        return False

    def timeline(self) -> Timeline:
        """Return the bounce that SES reports."""
        return Bounce("Permanent", SUPPRESSIONS[self.scope]).timeline()


@dataclass(frozen=True, slots=True)
class Rejection(Outcome):
    """SES takes the message, finds a virus in it and sends it to nobody."""

    reason: str = "Bad content"

    @property
    def ends(self) -> bool:
        """Nothing follows."""
        return True

    @property
    def delivers(self) -> bool:
        """SES did not try."""
        return False

    def timeline(self) -> Timeline:
        """Return the rejection."""
        return [(0.0, RejectedFact(self.reason))]


@dataclass(frozen=True, slots=True)
class Answered(Outcome):
    """Any list of facts: what the mailbox simulator does, to its own words."""

    facts: tuple[Fact, ...]

    @property
    def ends(self) -> bool:
        """Whether nothing was delivered."""
        return not self.delivers

    @property
    def delivers(self) -> bool:
        """Whether one of the facts is a delivery."""
        return any(isinstance(fact, Delivered) for fact in self.facts)

    def timeline(self) -> Timeline:
        """Return the facts."""
        return [(0.0, fact) for fact in self.facts]


DELIVERY = Delivery()


def unfold(stage: tuple[Outcome, ...]) -> Timeline:
    """Return what happens to a recipient whom these outcomes meet in order: with the deliveries they imply."""
    story: Timeline = []
    arrived = False
    for outcome in stage:
        facts = outcome.timeline()
        holds = any(isinstance(fact, Delivered) for _, fact in facts)
        if outcome.delivers and not arrived and not holds:
            story.append((0.0, DELIVERED))
        arrived = arrived or outcome.delivers
        story.extend(facts)
    return story
