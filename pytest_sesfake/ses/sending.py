"""Send a message as SES does: run all checks in the order of SES, then choose the outcome of each recipient.

A send has two phases. ``plan`` may call user code (``where`` functions of scripts, plugin hooks) and changes no state.
``Simulation.commit`` changes the state and calls no user code. A call with several messages plans all of them before it
commits any, so a refusal leaves nothing half done.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_sesfake.ses import authorization, contacts, identities, suppression, tenants, virus
from pytest_sesfake.ses.events import DELIVERED, Fact
from pytest_sesfake.ses.mail.addresses import check
from pytest_sesfake.ses.outcomes import event_grouping, simulator
from pytest_sesfake.ses.outcomes.outcomes import Rejection
from pytest_sesfake.ses.outcomes.timeline import Timeline, build_timeline
from pytest_sesfake.ses.refusals import Interrupted, Invalid, Paused, TooLong

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_sesfake.ses.calls import Call
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome
    from pytest_sesfake.ses.outcomes.scripts import Fault, Script, Stage
    from pytest_sesfake.ses.outcomes.timeline import TimedFacts
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.submission import Submission

    Outcomes = tuple[Outcome, ...]
    Stages = dict[str, tuple[Script, Stage]]
    Ahead = Mapping[tuple[Script, str], int]
    PlannedFact = tuple[float, tuple[str, ...], Fact]

MOST_RECIPIENTS = 50
MOST_BYTES = {"ses": 10_485_760, "sesv2": 41_943_040, "smtp": 41_943_040}

_TAG_NAME = re.compile(r"[A-Za-z0-9_-]+|ses:feedback-id-[abcd]")
_TAG_VALUE = re.compile(r"[A-Za-z0-9_.@-]+")
_TAG_VALUE_RULE = "only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed."
_LONGEST_TAG = 255
_NOTHING: Ahead = {}


@dataclass(slots=True)
class Plan:
    """A message to commit: its timed facts, and the script steps that it consumes.

    ``is_sent`` is false for a message that SES accepted but cannot render. It is no mail, but it has an event.
    """

    message: Message
    timeline: list[PlannedFact]
    consumed: list[tuple[Script, str]] = field(default_factory=list)
    is_sent: bool = True


def send(region_state: RegionState, submission: Submission) -> Message:
    """Plan and commit one message. Raises a `Refusal` if SES refuses it."""
    simulation = region_state.simulation
    call = simulation.current
    call.envelope = submission.message.envelope
    call.drafts = (submission.message,)
    interrupt(call, submission.message)
    made = plan(region_state, call, submission)
    simulation.commit([made])
    call.set_messages((made.message,))
    return made.message


def plan(
    region_state: RegionState,
    call: Call,
    submission: Submission,
    *,
    ahead: Ahead = _NOTHING,
    counted: int = 0,
    forced: Outcomes | None = None,
) -> Plan:
    """Check a message as SES does and choose the outcome of every recipient. Raises a `Refusal` if SES refuses it.

    ``ahead`` counts the script uses that earlier plans of the same call have planned, by script and address.
    ``counted`` is the number of recipients in those plans. ``forced`` outcomes (if given) apply to every recipient
    instead of scripts.
    """
    message = submission.message
    submission.inspect()
    if message.configuration_set is None:
        message.configuration_set = identities.default_configuration_set(region_state, message.source)
    tenants.admit(region_state, message)
    _check_parameters(message)
    _check_state(region_state, submission, counted)
    message.identity = identities.name_for_sender(region_state, message.source)
    message.sent_time = now = region_state.simulation.clock.time()
    message.id = region_state.simulation.ids.message_id(
        region_state.region, now, f"message {region_state.simulation.draw()}"
    )
    if submission.failure is not None:
        return Plan(message, [(0.0, message.envelope, submission.failure)], is_sent=False)
    return _choose_outcomes(
        region_state, message, _stages(region_state, call, message, ahead) if forced is None else {}, forced
    )


def interrupt(call: Call, message: Message | None) -> None:
    """Apply the scripted fault (if any) to this attempt of a call before SES accepts it. Raises `Interrupted`."""
    if len(call.simulation.scripts):
        apply_fault(call, call.simulation.scripts.for_call(call, message))


def apply_fault(call: Call, fault: Fault | None) -> None:
    """Apply a fault to this attempt of a call.

    Raises `Interrupted`, except for a slow call and for a fault that strikes after SES accepted the message.
    """
    call.current_fault = fault
    if fault is not None and fault.kind != "slow" and not fault.accepted:
        raise Interrupted(fault)


def _check_parameters(message: Message) -> None:
    if message.tags:
        check_tags(message.tags)
    check((message.source,))
    if message.return_path is not None:
        check((message.return_path,))
    check(message.envelope)
    count = len(message.envelope)
    if not count:
        raise Invalid("Missing required header 'To'.")
    if count > MOST_RECIPIENTS:
        raise Invalid(f"Recipient count exceeds {MOST_RECIPIENTS}.")
    limit = MOST_BYTES[message.api]
    length = message.size(limit)
    if length > limit:
        raise TooLong(length, limit)


def check_tags(tags: Mapping[str, str]) -> None:
    """Check message tags. Raises `Invalid` for the first tag whose name or value SES does not accept."""
    for name, value in tags.items():
        if not name:
            _refuse("The tag name must be specified.")
        if not value:
            _refuse("The tag value must be specified.")
        if not _TAG_NAME.fullmatch(name):
            _refuse(f"Invalid tag name <{name}>: only alphanumeric ASCII characters, '_',  '-' are allowed.")
        if len(name) > _LONGEST_TAG:
            _refuse(f"Tag name cannot exceed {_LONGEST_TAG} characters.")
        if not _TAG_VALUE.fullmatch(value):
            _refuse(f"Invalid tag value <{value}>: {_TAG_VALUE_RULE}")
        if len(value) > _LONGEST_TAG:
            _refuse(f"Tag value cannot exceed {_LONGEST_TAG} characters.")


def _refuse(text: str) -> None:
    raise Invalid(text)


def check_call(region_state: RegionState, submission: Submission) -> None:
    """Check what all messages of a bulk call share: tenant, configuration set and sender identities."""
    message = submission.message
    if message.configuration_set is None:
        message.configuration_set = identities.default_configuration_set(region_state, message.source)
    tenants.admit(region_state, message)
    _check_switches(region_state, message)
    identities.check_verified(region_state, _unauthorized(region_state, submission), ())
    identities.mail_from(authorization.find_identity(message))


def _check_state(region_state: RegionState, submission: Submission, counted: int) -> None:
    message = submission.message
    _check_switches(region_state, message)
    contacts.check(region_state, message)
    identities.check_verified(region_state, _unauthorized(region_state, submission), submission.recipients)
    message.mail_from = identities.mail_from(authorization.find_identity(message))
    region_state.meter.check_limits(region_state.account, region_state.simulation.clock.time(), counted)


def _unauthorized(region_state: RegionState, submission: Submission) -> Sequence[str]:
    """Return the senders that must be verified here: all except those whose identity policies allow this account."""
    if not submission.authorizations:
        return submission.senders
    authorized = authorization.admit(region_state, submission.message, submission.authorizations)
    return [address for address in submission.senders if address not in authorized]


def _check_switches(region_state: RegionState, message: Message) -> None:
    if message.configuration_set is not None:
        chosen = region_state.configuration_sets.get(message.configuration_set)
        if not chosen.sending:
            raise Paused(chosen.name)
    if not region_state.account.sending:
        raise Paused


def _choose_outcomes(region_state: RegionState, message: Message, stages: Stages, forced: Outcomes | None) -> Plan:
    made = Plan(message, [])
    # A rejection concerns the whole message, so look for one before the outcomes of single recipients.
    for address, (script, stage) in stages.items():
        if _rejects(stage.outcomes):
            made.consumed.append((script, address))
            return _reject(made, stage.outcomes)
    if virus.is_infected(message):
        return _reject(made, _INFECTED)
    if forced is not None and _rejects(forced):
        return _reject(made, forced)
    max_delivery_seconds = event_grouping.max_delivery_seconds(message)
    timelines = []
    for address in message.envelope:
        outcomes = _outcomes(region_state, made, address, stages, forced)
        if outcomes is None:
            timelines.append((address, _ORDINARY))
        elif _rejects(outcomes):  # from a plugin hook; rejections of scripts were handled above
            return _reject(Plan(message, []), outcomes)  # a new plan: it consumes no script steps
        else:
            timelines.append(
                (
                    address,
                    build_timeline(Timeline(message, address, max_delivery_seconds=max_delivery_seconds), outcomes),
                )
            )
    if len(timelines) == 1 and timelines[0][1] is _ORDINARY:
        made.timeline.append((0.0, message.envelope, DELIVERED))
    else:
        made.timeline.extend(event_grouping.group(timelines))
    return made


_ORDINARY: TimedFacts = [(0.0, DELIVERED)]
_INFECTED = (Rejection(),)


def _stages(region_state: RegionState, call: Call, message: Message, ahead: Ahead) -> Stages:
    scripts = region_state.simulation.scripts
    if not len(scripts):
        return {}
    found = {}
    for address in message.envelope:
        chosen = scripts.for_recipient(call, message, address, rival=simulator.is_simulator(address), ahead=ahead)
        if chosen is not None:
            found[address] = chosen
    return found


def _rejects(outcomes: Outcomes) -> bool:
    return any(isinstance(outcome, Rejection) for outcome in outcomes)


def _reject(made: Plan, outcomes: Outcomes) -> Plan:
    """Apply a rejection to all recipients: SES rejects a whole message, not single recipients."""
    message = made.message
    facts = build_timeline(Timeline(message, message.envelope[0]), outcomes)
    made.timeline.extend((after, message.envelope, fact) for after, fact in facts)
    return made


def _outcomes(
    region_state: RegionState, made: Plan, address: str, stages: Stages, forced: Outcomes | None
) -> Outcomes | None:
    """Return the outcomes of a recipient, or ``None`` for an ordinary delivery.

    In this order: suppression and contact lists, forced outcomes, a script, then the mailbox simulator or a plugin.
    """
    message = made.message
    blocked = suppression.outcome(region_state, message, address) or contacts.outcome(region_state, message, address)
    if blocked is not None:
        return (blocked,)
    if forced is not None:
        return forced
    chosen = stages.get(address)
    if chosen is not None:
        made.consumed.append((chosen[0], address))
        return chosen[1].outcomes
    asked = region_state.simulation.collaborators.ask(message, address)
    return None if asked is None else (asked,)
