"""Group the outcomes of all recipients of a message into events, and apply outcomes to mail that was already sent.

SES reports some outcomes of several recipients in one event, for example deliveries to one domain at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_sesfake.ses.events import Bounced, Complained, Delayed, Delivered, Fact, RejectedMessage
from pytest_sesfake.ses.mail.addresses import normal_form, parse_address
from pytest_sesfake.ses.outcomes.outcomes import Bounce, Outcome, Rejection, Suppression, check, check_reports
from pytest_sesfake.ses.outcomes.retries import MAX_DELIVERY_SECONDS
from pytest_sesfake.ses.outcomes.timeline import Timeline, build_timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.timeline import TimedFacts

    Moments = dict[object, tuple[float, list[str], list[Fact]]]

_WAY = (Delayed, Delivered, Bounced)
"""Facts about mail that was not delivered yet."""


def max_delivery_seconds(message: Message) -> float:
    """Return the seconds after which SES gives up: MaxDeliverySeconds of the configuration set, or the SES default."""
    if message.configuration_set is None:
        return MAX_DELIVERY_SECONDS
    chosen = message.region_state.configuration_sets.find(message.configuration_set)
    return (
        MAX_DELIVERY_SECONDS
        if chosen is None or chosen.max_delivery_seconds is None
        else float(chosen.max_delivery_seconds)
    )


def check_outcomes(given: object, recipients: Sequence[str]) -> tuple[Outcome, ...]:
    """Return one outcome, or an iterable of outcomes in order, as a checked tuple.

    Raises TypeError for a value that is not an outcome. Raises ValueError for an outcome that cannot follow those
    before it, or that cannot happen to one of the recipients.
    """
    __tracebackhide__ = True
    chosen: tuple[Outcome, ...] = ()
    several = given if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
    for outcome in several:
        if not isinstance(outcome, Outcome):
            raise TypeError(f"outcomes are values like Bounce(), not {outcome!r}")
        check(chosen, outcome)
        for recipient in recipients:
            check_reports(outcome, recipient)
        chosen = (*chosen, outcome)
    return chosen


# Which recipients share one event.


def group(
    timelines: Iterable[tuple[str, TimedFacts]], there: Sequence[str] = ()
) -> list[tuple[float, tuple[str, ...], Fact]]:
    """Return the events of a message as tuples: seconds after acceptance, recipients, fact.

    ``there`` are the recipients that have the mail already.
    """
    moments: Moments = {}
    for address, facts in timelines:
        for after, fact in facts:
            _gather(moments, after, address, fact)
    _spread(moments, there)
    return [(after, tuple(addresses), _merge(facts)) for after, addresses, facts in moments.values()]


def _gather(moments: Moments, after: float, address: str, fact: Fact) -> None:
    if fact.per == "domain":
        group: object = (after, fact, parse_address(address).domain)
    elif fact.group_key is not None:
        group = (after, fact.type, fact.group_key)
    else:
        group = (after, address, len(moments))  # a key that nothing else has: an event of its own
    entry = moments.setdefault(group, (after, [], []))
    entry[1].append(address)
    entry[2].append(fact)


def _spread(moments: Moments, there: Sequence[str]) -> None:
    """Extend each redacted complaint to all recipients at that domain that have the mail."""
    for after, addresses, facts in moments.values():
        if isinstance(facts[0], Complained) and facts[0].redacted:
            domains = {parse_address(each).domain for each in addresses}
            arrived = [
                address
                for at, those, others in moments.values()
                if isinstance(others[0], Delivered) and at <= after
                for address in those
            ]
            readers = (address for address in (*there, *arrived) if parse_address(address).domain in domains)
            addresses[:] = dict.fromkeys((*addresses, *readers))


def _merge(facts: list[Fact]) -> Fact:
    first = facts[0]
    if isinstance(first, Bounced) and any(fact != first for fact in facts):
        reports = tuple((fact.status, fact.diagnostic) for fact in facts if isinstance(fact, Bounced))
        return replace(first, each=reports)
    return first


# Outcomes that a test applies to sent mail, in addition to those that were planned at the send.


def apply_outcomes(message: Message, outcomes: Sequence[Outcome], addresses: Sequence[str]) -> None:
    """Apply outcomes to recipients of a sent message, starting now.

    They replace the facts that are still scheduled for mail that was not delivered yet. Raises ValueError if an
    outcome is impossible now.
    """
    simulation = message.region_state.simulation
    simulation.settle()
    time = simulation.clock.time()
    now = time - message.sent_time
    there = [address for address in message.envelope if _has(message, address, Delivered)]
    timelines = [
        (address, _build_later_timeline(message, address, outcomes, now, has_arrived=address in there))
        for address in addresses
    ]
    for address, timeline in timelines:
        if address not in there:
            simulation.schedule.forget(message, address, Fact if timeline.ended else _WAY)
    for after, recipients, fact in group(((address, timeline.facts) for address, timeline in timelines), there):
        simulation.schedule.add(message.sent_time + after if after > now else time, message, recipients, fact)
    simulation.settle()


def _build_later_timeline(
    message: Message, address: str, outcomes: Sequence[Outcome], now: float, *, has_arrived: bool
) -> Timeline:
    has_failed = not has_arrived and _has(message, address, (Bounced, Complained, RejectedMessage))
    for outcome in outcomes:
        if isinstance(outcome, (Suppression, Rejection)):
            reason = "SES decides that when it takes a message: sesfake.on(...) and send(outcome=...) can let it"
            raise _impossible(outcome, address, reason)
        if has_failed:
            raise _impossible(outcome, address, f"the mail was not delivered, it is {message.status[address]}")
        if has_arrived and not outcome.follows and (not isinstance(outcome, Bounce) or outcome.retried):
            raise _impossible(outcome, address, "the mail was delivered already")
    timeline = Timeline(
        message, address, max_delivery_seconds=max_delivery_seconds(message), start=now, arrived=has_arrived
    )
    build_timeline(timeline, outcomes)
    return timeline


def _has(message: Message, address: str, kinds: type[Fact] | tuple[type[Fact], ...]) -> bool:
    wanted = parse_address(address).normal
    return any(isinstance(event.fact, kinds) and wanted in map(normal_form, event.envelope) for event in message.events)


def _impossible(outcome: Outcome, address: str, reason: str) -> ValueError:
    return ValueError(f"{outcome!r} cannot happen to {address} now: {reason}")
