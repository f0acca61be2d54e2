"""The fates that a test can give a recipient, as values; each says which facts follow and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_sesfake.ses.clock import to_seconds
from pytest_sesfake.ses.events import Bounced, Complained, Delivered, Fact, RejectedMessage
from pytest_sesfake.ses.mail.addresses import domain_of
from pytest_sesfake.ses.outcomes.bounces import BOUNCES, IMPATIENT, check_kind, check_text, one_of, reply_of, status_of
from pytest_sesfake.ses.outcomes.retries import MAX_DELIVERY_SECONDS, MOST_ATTEMPTS, REASONS, Deferral, reached_after
from pytest_sesfake.ses.providers import has_loop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from pytest_sesfake.ses.outcomes.timeline import Timeline

    Span = timedelta | float | None

FEEDBACKS = ("abuse", "auth-failure", "fraud", "not-spam", "other", "virus")
SUPPRESSIONS = {
    "global": "Suppressed",
    "account": "OnAccountSuppressionList",
    "tenant": "OnTenantSuppressionList",
}


class Outcome:
    """What becomes of one recipient of a message."""

    __slots__ = ()

    @property
    def ends(self) -> bool:
        """Whether the story ends with this, so that no further step can follow for the same message."""
        return False

    @property
    def delivers(self) -> bool:
        """Whether the mail is at its recipient's server with this."""
        return True

    @property
    def follows(self) -> bool:
        """Whether this happens to mail that was delivered, and not to mail on its way."""
        return False

    @property
    def takes(self) -> float:
        """The seconds for which this holds the mail up."""
        return 0.0

    @property
    def due(self) -> float | None:
        """The seconds after acceptance that were asked for, if any were."""
        span = getattr(self, "after", None)
        return None if span is None else to_seconds(span)

    def tell(self, timeline: Timeline) -> None:
        """Let the facts that this means happen in a recipient's story."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Delivery(Outcome):
    """The recipient's server takes the mail, ``after`` seconds (or a timedelta) if given."""

    after: Span = None

    def __post_init__(self) -> None:
        _in_time("a delivery", self.after)

    def tell(self, timeline: Timeline) -> None:
        """Deliver the mail."""
        timeline.arrive(self.after)


@dataclass(frozen=True, slots=True)
class Bounce(Outcome):
    """The mail bounces: at once, or ``after`` a span when the server had taken it first (asynchronous).

    ``type`` and ``subtype`` are SES's bounceType and bounceSubType; ``diagnostic`` is the text of the remote server,
    with or without ``smtp; `` before it. ``grouped`` merges the bounces of one message into one event. SES tries none
    of them again but one, that it cannot look up the domain: ``retried`` is that, a Permanent bounce after 14 hours.
    """

    type: str = "Permanent"
    subtype: str = "General"
    diagnostic: str | None = None
    after: Span = None
    grouped: bool = False
    retried: bool = False

    def __post_init__(self) -> None:
        if self.type == "Undetermined" and self.subtype == "General":
            object.__setattr__(self, "subtype", "Undetermined")
        check_kind(self.type, self.subtype)
        check_text(self.diagnostic)
        to_seconds(self.after or 0)
        if self.retried and ((self.type, self.subtype) != ("Permanent", "General") or self.after is not None):
            msg = (
                "a bounce that is retried=True is Permanent/General and has no after=: SES cannot look up the domain; "
                "soft_bounce() is what SES tries again for other reasons"
            )
            raise ValueError(msg)

    @property
    def ends(self) -> bool:
        """A bounce without a delivery before it is the end."""
        return self.after is None

    @property
    def delivers(self) -> bool:
        """An asynchronous bounce follows a delivery."""
        return self.after is not None

    @property
    def follows(self) -> bool:
        """An asynchronous bounce follows a delivery."""
        return self.after is not None

    @property
    def fact(self) -> Bounced:
        """The bounce, as it happens."""
        status, diagnostic, reporter = BOUNCES[self.type, self.subtype]
        if self.diagnostic is not None:
            diagnostic = f"smtp; {reply_of(self.diagnostic)}"
            status = status_of(self.diagnostic, status)
        return Bounced(self.type, self.subtype, status, diagnostic, reporter, self.grouped)

    def tell(self, timeline: Timeline) -> None:
        """Let the mail come back."""
        if self.retried:
            reply = reply_of(self.diagnostic or f"421 4.4.0 Unable to lookup DNS for {domain_of(timeline.address)}")
            status = status_of(reply, "4.4.0")
            why = Deferral("TransientCommunicationFailure", status, reply, self.type, self.subtype, "relay")
            timeline.hold_off(why, None)
        elif self.after is None and not timeline.arrived:
            timeline.stop(self.fact)
        elif timeline.arrive():
            timeline.happen(self._late, self.after)
            timeline.ended = self.ends

    @property
    def _late(self) -> Bounced:
        """The bounce of mail that its server had taken: a bounce mail tells of it."""
        fact = self.fact
        return replace(fact, reporter="mail") if fact.was_tried else fact


@dataclass(frozen=True, slots=True)
class SoftBounce(Outcome):
    """The recipient's server does not take the mail for now, and SES tries again.

    After so many ``attempts``, each of which is told by a DeliveryDelay event, it is delivered; ``None`` lets SES give
    up, after 14 hours or the time that the configuration set says. ``subtype`` is the bounceSubType of that Transient
    bounce, and ``diagnostic`` the text of the remote server. ``reason`` is SES's delayType, that of the subtype if none
    is given; of any but ``"MailboxFull"`` the bounce is a Transient/General one.
    """

    subtype: str = "MailboxFull"
    attempts: int | None = None
    diagnostic: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.reason is not None:
            one_of("reason of a soft bounce", self.reason, REASONS)
            if self.subtype == "MailboxFull":
                object.__setattr__(self, "subtype", REASONS[self.reason].subtype)
        if self.subtype == IMPATIENT:
            msg = f"a soft bounce becomes {IMPATIENT!r} where the configuration set has a shorter time than SES"
            raise ValueError(msg)
        known = [sub for kind, sub in BOUNCES if kind == "Transient" and sub != IMPATIENT]
        one_of("subtype of a soft bounce", self.subtype, known)
        check_text(self.diagnostic)
        attempts = self.attempts
        if attempts is not None and (type(attempts) is not int or not 1 <= attempts <= MOST_ATTEMPTS):
            msg = (
                f"attempts= takes a number from 1 to {MOST_ATTEMPTS}, or None if SES has to give up, not {attempts!r}: "
                "in 14 hours SES cannot try more often"
            )
            raise ValueError(msg)

    @property
    def ends(self) -> bool:
        """Giving up is the end."""
        return self.attempts is None

    @property
    def delivers(self) -> bool:
        """Whether it is delivered in the end."""
        return self.attempts is not None

    @property
    def takes(self) -> float:
        """The seconds until the server takes it."""
        return reached_after(self.attempts or 0)

    def tell(self, timeline: Timeline) -> None:
        """Try again and again."""
        if self.reason is not None:
            reason, status, reply, *_ = REASONS[self.reason]
        else:
            reason = self.subtype if self.subtype in REASONS else "General"
            status, diagnostic, _ = BOUNCES["Transient", self.subtype]
            reply = reply_of(diagnostic or "")
        if self.diagnostic is not None:
            status, reply = status_of(self.diagnostic, status), reply_of(self.diagnostic)
        timeline.hold_off(Deferral(reason, status, reply, subtype=self.subtype), self.attempts)
        if self.attempts is not None:
            timeline.arrive()


@dataclass(frozen=True, slots=True)
class Delay(Outcome):
    """The mail is held up for a ``duration``; what follows happens then, a delivery if nothing else is said.

    ``reason`` is SES's delayType.
    """

    duration: timedelta | float
    reason: str = "TransientCommunicationFailure"

    def __post_init__(self) -> None:
        one_of("reason of a delay", self.reason, REASONS)
        _in_time("a delay", self.duration)

    @property
    def delivers(self) -> bool:
        """It is on its way still."""
        return False

    @property
    def takes(self) -> float:
        """The seconds that it takes."""
        return to_seconds(self.duration)

    def tell(self, timeline: Timeline) -> None:
        """Hold the mail up."""
        timeline.hold_up(REASONS[self.reason], self.takes)


@dataclass(frozen=True, slots=True)
class Complaint(Outcome):
    """The recipient calls the delivered mail spam; ``feedback`` is the report's Feedback-Type.

    A ``redacted`` report hides who complained, so that SES names every recipient of the message at that domain.
    """

    feedback: str = "abuse"
    after: Span = None
    grouped: bool = False
    redacted: bool = False

    def __post_init__(self) -> None:
        one_of("feedback type", self.feedback, FEEDBACKS)
        to_seconds(self.after or 0)

    @property
    def follows(self) -> bool:
        """Only who got a mail complains."""
        return True

    def tell(self, timeline: Timeline) -> None:
        """Complain, which SES hears of if the provider has a feedback loop."""
        if timeline.arrive() and has_loop(timeline.address):
            fact = Complained(self.feedback, grouped=self.grouped, redacted=self.redacted)
            timeline.happen(fact, self.after)


@dataclass(frozen=True, slots=True)
class Suppression(Outcome):
    """SES does not try, because the address is on a suppression list: ``global``, ``account`` or ``tenant``."""

    scope: str = "global"

    def __post_init__(self) -> None:
        one_of("suppression scope", self.scope, SUPPRESSIONS)

    @property
    def ends(self) -> bool:
        """Nothing follows."""
        return True

    @property
    def delivers(self) -> bool:
        """SES did not try."""
        return False

    def tell(self, timeline: Timeline) -> None:
        """Let SES report the bounce."""
        timeline.stop(Bounce("Permanent", SUPPRESSIONS[self.scope]).fact)


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

    def tell(self, timeline: Timeline) -> None:
        """Reject the message."""
        timeline.stop(RejectedMessage(self.reason))


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

    def tell(self, timeline: Timeline) -> None:
        """Let the facts happen."""
        for fact in self.facts:
            if isinstance(fact, Delivered):
                timeline.arrive(fact=fact)
            else:
                timeline.happen(fact)
        timeline.ended = not timeline.arrived


def check(outcomes: Sequence[Outcome], outcome: Outcome) -> None:
    """Refuse an outcome that cannot follow these for the same message, by a ValueError that says why."""
    last = outcomes[-1] if outcomes else None
    if last is None:
        return
    if last.ends:
        msg = (
            f"{last!r} ends the story of a message, so {outcome!r} cannot follow it; "
            "write .then before the step for the next message, or give the first one after="
        )
        raise ValueError(msg)
    if isinstance(outcome, (Suppression, Rejection)):
        msg = f"{outcome!r} means that the mail was not delivered, and that SES did not even try; it stands alone"
        raise ValueError(msg)  # noqa: TRY004 - of the right type, in the wrong place
    if not outcome.follows and any(each.delivers for each in outcomes):
        what = "delivers the mail a second time" if outcome.delivers else "says that the mail was not delivered"
        msg = (
            f"an earlier step delivers the mail, and {outcome!r} {what}; "
            "write .then before the step for the next message to the address"
        )
        raise ValueError(msg)
    arrival = 0.0
    for each in outcomes:
        arrival = max(arrival, each.due or 0.0) if isinstance(each, Delivery) else arrival + each.takes
    if outcome.due is not None and outcome.due < arrival:
        msg = f"{outcome!r} comes too early: the steps before it deliver the mail after {arrival:g} seconds"
        raise ValueError(msg)


def check_reports(outcome: Outcome, address: object) -> None:
    """Refuse a complaint of somebody, if it is one known address, of whose complaints SES is never told."""
    if isinstance(outcome, Complaint) and isinstance(address, str) and "*" not in address and not has_loop(address):
        msg = (
            f"{outcome!r} cannot happen: {domain_of(address)} does not report complaints to SES; "
            "use an address of another provider, such as ada@example.com"
        )
        raise ValueError(msg)


def _in_time(what: str, span: Span) -> None:
    if to_seconds(span or 0) > MAX_DELIVERY_SECONDS:
        msg = f"SES gives up after 14 hours, which {what} of {span!r} exceeds; soft_bounce() lets it give up"
        raise ValueError(msg)
