"""The outcomes that a test can choose for a recipient, as values such as ``Bounce()``.

Each outcome adds its facts (delivery, bounce, delay and so on) to the timeline of the recipient.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from pytest_sesfake.ses.clock import to_seconds
from pytest_sesfake.ses.events import Bounced, Complained, Delivered, Fact, RejectedMessage
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.outcomes.bounces import BOUNCES, IMPATIENT, check_kind, check_text, one_of, reply_of, status_of
from pytest_sesfake.ses.outcomes.retries import (
    MAX_DELIVERY_SECONDS,
    MOST_ATTEMPTS,
    REASONS,
    Deferral,
    seconds_before_retry,
)
from pytest_sesfake.ses.providers import has_loop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from pytest_sesfake.ses.clock import Span
    from pytest_sesfake.ses.outcomes.bounces import BounceSubtype, BounceType, SoftBounceSubtype
    from pytest_sesfake.ses.outcomes.retries import DelayReason
    from pytest_sesfake.ses.outcomes.timeline import Timeline


Feedback = Literal["abuse", "auth-failure", "fraud", "not-spam", "other", "virus"]
FEEDBACKS: tuple[Feedback, ...] = get_args(Feedback)
SuppressionScope = Literal["global", "account", "tenant"]
SUPPRESSIONS: dict[SuppressionScope, BounceSubtype] = {
    "global": "Suppressed",
    "account": "OnAccountSuppressionList",
    "tenant": "OnTenantSuppressionList",
}


class Outcome:
    """The result of a message for one recipient. Base class of all outcomes."""

    __slots__ = ()

    @property
    def ends(self) -> bool:
        """Whether no further outcome can follow for the same message."""
        return False

    @property
    def delivers(self) -> bool:
        """Whether the server of the recipient accepts the mail."""
        return True

    @property
    def follows(self) -> bool:
        """Whether the outcome needs mail that was already delivered."""
        return False

    @property
    def takes(self) -> float:
        """The seconds by which the outcome delays the mail."""
        return 0.0

    @property
    def due(self) -> float | None:
        """The value of ``after`` in seconds after acceptance, or ``None``."""
        span = getattr(self, "after", None)
        return None if span is None else to_seconds(span)

    def add_facts(self, timeline: Timeline) -> None:
        """Add the facts of this outcome to the timeline of a recipient."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Delivery(Outcome):
    """The server of the recipient accepts the mail. ``after`` is the delay in seconds or a timedelta."""

    after: Span = None

    def __post_init__(self) -> None:
        _in_time("a delivery", self.after)

    def add_facts(self, timeline: Timeline) -> None:
        """Add the delivery."""
        timeline.arrive(self.after)


@dataclass(frozen=True, slots=True)
class Bounce(Outcome):
    """The mail bounces.

    With ``after`` (seconds or a timedelta) the bounce is asynchronous: the server accepts the mail first. ``type`` and
    ``subtype`` are the bounceType and bounceSubType of SES. ``diagnostic`` is the text of the remote server; the prefix
    ``smtp; `` is optional. ``grouped`` puts the bounces of one message into one event.

    SES tries again for only one kind of bounce, ``retried``: it cannot look up the domain, and reports a Permanent
    bounce after 14 hours.
    """

    type: BounceType = "Permanent"
    subtype: BounceSubtype = "General"
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
            raise ValueError(
                "a bounce that is retried=True is Permanent/General and has no after=: SES cannot look up the domain; "
                "soft_bounce() is what SES tries again for other reasons"
            )

    @property
    def ends(self) -> bool:
        """True for a synchronous bounce."""
        return self.after is None

    @property
    def delivers(self) -> bool:
        """True for an asynchronous bounce: the server accepts the mail first."""
        return self.after is not None

    @property
    def follows(self) -> bool:
        """True for an asynchronous bounce: the server accepts the mail first."""
        return self.after is not None

    @property
    def fact(self) -> Bounced:
        """The bounce as a fact, with its status code and diagnostic."""
        status, diagnostic, reporter = BOUNCES[self.type, self.subtype]
        if self.diagnostic is not None:
            diagnostic = f"smtp; {reply_of(self.diagnostic)}"
            status = status_of(self.diagnostic, status)
        return Bounced(self.type, self.subtype, status, diagnostic, reporter, self.grouped)

    def add_facts(self, timeline: Timeline) -> None:
        """Add the bounce, after the retries or the delivery that come before it."""
        if self.retried:
            reply = reply_of(
                self.diagnostic or f"421 4.4.0 Unable to lookup DNS for {parse_address(timeline.address).domain}"
            )
            status = status_of(reply, "4.4.0")
            why = Deferral("TransientCommunicationFailure", status, reply, self.type, self.subtype, "relay")
            timeline.hold_off(why, None)
        elif self.after is None and not timeline.arrived:
            timeline.stop(self.fact)
        elif timeline.arrive():
            timeline.add(self._late, self.after)
            timeline.ended = self.ends

    @property
    def _late(self) -> Bounced:
        """The asynchronous bounce. A bounce mail from the remote server reports it."""
        fact = self.fact
        return replace(fact, reporter="mail") if fact.was_tried else fact


@dataclass(frozen=True, slots=True)
class SoftBounce(Outcome):
    """The server of the recipient refuses the mail temporarily, and SES tries again.

    The first ``attempts`` attempts fail, each with a DeliveryDelay event; then the mail is delivered. With ``None`` SES
    gives up after 14 hours, or after the MaxDeliverySeconds of the configuration set, and reports a Transient bounce.
    ``subtype`` is the bounceSubType of that bounce. ``diagnostic`` is the text of the remote server. ``reason`` is the
    delayType of SES; by default it belongs to the subtype. For every reason except ``"MailboxFull"`` the subtype of the
    bounce is General by default.
    """

    subtype: SoftBounceSubtype = "MailboxFull"
    attempts: int | None = None
    diagnostic: str | None = None
    reason: DelayReason | None = None

    def __post_init__(self) -> None:
        if self.reason is not None:
            one_of("reason of a soft bounce", self.reason, REASONS)
            if self.subtype == "MailboxFull":
                object.__setattr__(self, "subtype", REASONS[self.reason].subtype)
        if self.subtype == IMPATIENT:
            raise ValueError(
                f"a soft bounce becomes {IMPATIENT!r} where the configuration set has a shorter time than SES"
            )
        known = [sub for kind, sub in BOUNCES if kind == "Transient" and sub != IMPATIENT]
        one_of("subtype of a soft bounce", self.subtype, known)
        check_text(self.diagnostic)
        attempts = self.attempts
        if attempts is not None and (type(attempts) is not int or not 1 <= attempts <= MOST_ATTEMPTS):
            raise ValueError(
                f"attempts= takes a number from 1 to {MOST_ATTEMPTS}, or None if SES has to give up, not {attempts!r}: "
                "in 14 hours SES cannot try more often"
            )

    @property
    def ends(self) -> bool:
        """True if SES gives up."""
        return self.attempts is None

    @property
    def delivers(self) -> bool:
        """Whether the mail is delivered in the end."""
        return self.attempts is not None

    @property
    def takes(self) -> float:
        """The seconds until the server accepts the mail."""
        return seconds_before_retry(self.attempts or 0)

    def add_facts(self, timeline: Timeline) -> None:
        """Add the delays, then the delivery or the bounce."""
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
    """The mail is delayed by ``duration`` (seconds or a timedelta). Then the next outcome follows.

    Without a next outcome the mail is delivered. ``reason`` is the delayType of SES.
    """

    duration: timedelta | float
    reason: DelayReason = "TransientCommunicationFailure"

    def __post_init__(self) -> None:
        one_of("reason of a delay", self.reason, REASONS)
        _in_time("a delay", self.duration)

    @property
    def delivers(self) -> bool:
        """Always false: a delay does not deliver the mail."""
        return False

    @property
    def takes(self) -> float:
        """The duration in seconds."""
        return to_seconds(self.duration)

    def add_facts(self, timeline: Timeline) -> None:
        """Add the delay."""
        timeline.hold_up(REASONS[self.reason], self.takes)


@dataclass(frozen=True, slots=True)
class Complaint(Outcome):
    """The recipient marks the delivered mail as spam. ``feedback`` is the Feedback-Type of the report.

    ``after`` is in seconds or a timedelta. ``grouped`` puts the complaints of one message into one event. A
    ``redacted`` report hides who complained, so SES names every recipient of the message at that domain.
    """

    feedback: Feedback = "abuse"
    after: Span = None
    grouped: bool = False
    redacted: bool = False

    def __post_init__(self) -> None:
        one_of("feedback type", self.feedback, FEEDBACKS)
        to_seconds(self.after or 0)

    @property
    def follows(self) -> bool:
        """Always true: the recipient must have the mail first."""
        return True

    def add_facts(self, timeline: Timeline) -> None:
        """Add the complaint, if the provider of the address has a feedback loop with SES."""
        if timeline.arrive() and has_loop(timeline.address):
            fact = Complained(self.feedback, grouped=self.grouped, redacted=self.redacted)
            timeline.add(fact, self.after)


@dataclass(frozen=True, slots=True)
class Suppression(Outcome):
    """SES does not send, because the address is on a suppression list: ``global``, ``account`` or ``tenant``."""

    scope: SuppressionScope = "global"

    def __post_init__(self) -> None:
        one_of("suppression scope", self.scope, SUPPRESSIONS)

    @property
    def ends(self) -> bool:
        """Always true."""
        return True

    @property
    def delivers(self) -> bool:
        """Always false: SES sends nothing."""
        return False

    def add_facts(self, timeline: Timeline) -> None:
        """Add the bounce that SES reports for a suppressed address."""
        timeline.stop(Bounce("Permanent", SUPPRESSIONS[self.scope]).fact)


@dataclass(frozen=True, slots=True)
class Rejection(Outcome):
    """SES accepts the message, finds a virus in it and does not send it to any recipient."""

    reason: str = "Bad content"

    @property
    def ends(self) -> bool:
        """Always true."""
        return True

    @property
    def delivers(self) -> bool:
        """Always false: SES sends nothing."""
        return False

    def add_facts(self, timeline: Timeline) -> None:
        """Add the Reject event."""
        timeline.stop(RejectedMessage(self.reason))


@dataclass(frozen=True, slots=True)
class Answered(Outcome):
    """A fixed list of facts. The mailbox simulator uses it for its own texts."""

    facts: tuple[Fact, ...]

    @property
    def ends(self) -> bool:
        """Whether the facts contain no delivery."""
        return not self.delivers

    @property
    def delivers(self) -> bool:
        """Whether the facts contain a delivery."""
        return any(isinstance(fact, Delivered) for fact in self.facts)

    def add_facts(self, timeline: Timeline) -> None:
        """Add the facts."""
        for fact in self.facts:
            if isinstance(fact, Delivered):
                timeline.arrive(fact=fact)
            else:
                timeline.add(fact)
        timeline.ended = not timeline.arrived


def check(outcomes: Sequence[Outcome], outcome: Outcome) -> None:
    """Check that ``outcome`` can follow ``outcomes`` for the same message. Raises ValueError with the reason if not."""
    __tracebackhide__ = True
    last = outcomes[-1] if outcomes else None
    if last is None:
        return
    if last.ends:
        raise ValueError(
            f"{outcome!r} cannot follow {last!r}, because that ends the delivery of a message; "
            "write .then before the step for the next message, or give the first one after="
        )
    if isinstance(outcome, (Suppression, Rejection)):
        raise ValueError(  # noqa: TRY004 - the type is right, the position is wrong
            f"{outcome!r} means that SES did not try to deliver the mail, so it must be the only step"
        )
    if not outcome.follows and any(each.delivers for each in outcomes):
        what = "delivers the mail a second time" if outcome.delivers else "says that the mail was not delivered"
        raise ValueError(
            f"an earlier step delivers the mail, and {outcome!r} {what}; "
            "write .then before the step for the next message to the address"
        )
    arrival = 0.0
    for each in outcomes:
        arrival = max(arrival, each.due or 0.0) if isinstance(each, Delivery) else arrival + each.takes
    if outcome.due is not None and outcome.due < arrival:
        raise ValueError(f"{outcome!r} comes too early: the steps before it deliver the mail after {arrival:g} seconds")


def check_reports(outcome: Outcome, address: object) -> None:
    """Check that SES can learn of a complaint.

    Raises ValueError for a complaint of one exact address whose provider has no feedback loop with SES.
    """
    __tracebackhide__ = True
    if isinstance(outcome, Complaint) and isinstance(address, str) and "*" not in address and not has_loop(address):
        raise ValueError(
            f"{outcome!r} cannot happen: {parse_address(address).domain} does not report complaints to SES; "
            "use an address of another provider, such as ada@example.com"
        )


def _in_time(what: str, span: Span) -> None:
    if to_seconds(span or 0) > MAX_DELIVERY_SECONDS:
        raise ValueError(
            f"SES gives up after 14 hours, which {what} of {span!r} exceeds; soft_bounce() lets it give up"
        )
