"""Finds the scripts that were never used, and explains from the logs why."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from pytest_sesfake.ses import suppression, virus
from pytest_sesfake.ses.calls import Call
from pytest_sesfake.ses.events import Bounced
from pytest_sesfake.ses.outcomes import simulator
from pytest_sesfake.ses.outcomes.outcomes import Rejection
from pytest_sesfake.ses.outcomes.scripts import EXACT
from pytest_sesfake.ses.outcomes.selectors import addresses_fit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.scripts import Script
    from pytest_sesfake.ses.simulation import Simulation

    Shorten = Callable[[str], str]

_MOST_NAMED = 3


class _Candidate(NamedTuple):
    """A call, or one recipient of a call, to which a script might have applied.

    ``is_late`` is true if the call was made before the script was written. ``is_own`` is true for ``sesfake.send()``,
    which is no call of the application.
    """

    call: Call
    message: Message | None = None
    address: str = ""
    is_late: bool = False
    is_own: bool = False


def explain_unused(simulation: Simulation, shorten: Shorten) -> list[tuple[Script, str]]:
    """Return each unused script with a text that says why. ``shorten`` shortens the path of a file."""
    return [
        (script, f"{describe_script(script, shorten)} was never used: {_explain(simulation, script, shorten)}")
        for script in simulation.scripts
        if not script.used and not script.optional
    ]


def describe_script(script: Script, shorten: Shorten) -> str:
    """Return a script as text: its file and line, and its selectors."""
    if script.origin is None:
        return f"outcome for {script.selectors.get('recipient')!r}"
    selectors = ", ".join(f"{name}={_format(value, shorten)}" for name, value in script.selectors.items())
    return f"{shorten(script.origin[0])}:{script.origin[1]}: {script.word}({selectors})"


def _format(value: object, shorten: Shorten) -> str:
    code = getattr(value, "__code__", None)
    if code is None:
        return repr(value)
    return f"<{code.co_name.strip('<>')} {shorten(code.co_filename)}:{code.co_firstlineno}>"


def _explain(simulation: Simulation, script: Script, shorten: Shorten) -> str:
    if not script.stages and not script.faults:
        return "it has no step. Add one, for example .bounce()"
    return (
        _explain_recipients(simulation, script, shorten)
        if script.stages
        else _explain_calls(simulation, script, shorten)
    )


# Scripts for recipients.


def _explain_recipients(simulation: Simulation, script: Script, shorten: Shorten) -> str:
    sent = [candidate for candidate in _list_recipients(simulation, script) if _fits(script, candidate)]
    in_time = [candidate for candidate in sent if not candidate.is_late]
    if in_time:
        return _explain_other_decision(simulation, script, in_time, shorten)
    refused = [candidate for candidate in _list_refused(simulation, script) if _fits(script, candidate)]
    early = next((candidate for candidate in refused if not candidate.is_late), None)
    if early is not None:
        return _describe_refusal(simulation, early, shorten)
    if sent:
        return _describe_too_late(f"the message to {sent[-1].address} was sent", sent[-1], shorten)
    if refused:
        return _describe_too_late(f"the call for {refused[-1].address} was made, and refused", refused[-1], shorten)
    return _explain_nothing_sent(simulation, script, shorten)


def _explain_nothing_sent(simulation: Simulation, script: Script, shorten: Shorten) -> str:
    if not simulation.messages:
        return "no message was sent at all"
    wanted = script.selectors.get("recipient")
    if isinstance(wanted, str) and not any(
        addresses_fit(wanted, message.recipients) for message in simulation.messages
    ):
        people = dict.fromkeys(address for message in simulation.messages for address in message.recipients)
        return f"nothing was sent to {wanted!r}; mail went to {_join_some(people)}"
    return _explain_selectors(script, _list_recipients(simulation, script), "message", shorten)


def _list_recipients(simulation: Simulation, script: Script) -> Iterator[_Candidate]:
    """Yield each recipient of each sent message, also of the messages that the fake itself sent."""
    made, sent = script.since
    for number, call in enumerate(simulation.calls):
        for message in call.messages:
            for address in message.recipients:
                yield _Candidate(call, message, address, number < made)
    called = {message.number for call in simulation.calls for message in call.messages}
    for message in simulation.messages:
        if message.number not in called:
            call = Call(simulation, message.api, message.operation, message.region, message.sent_time)
            for address in message.recipients:
                yield _Candidate(call, message, address, message.number < sent, is_own=True)


def _list_refused(simulation: Simulation, script: Script) -> Iterator[_Candidate]:
    """Yield each recipient of each refused call, and of each refused entry of a bulk call."""
    for number, call in enumerate(simulation.calls):
        for message in call.drafts:
            for address in message.recipients:
                yield _Candidate(call, message, address, number < script.since[0])


def _fits(script: Script, candidate: _Candidate) -> bool:
    with suppress(Exception):  # a function of the test may raise for calls that it was not written for
        return script.fits(candidate.call, candidate.message, candidate.address or None)
    return False


def _describe_refusal(simulation: Simulation, candidate: _Candidate, shorten: Shorten) -> str:
    call = candidate.call
    if call.error is None:
        return f"the entry for {candidate.address} of the call {call.operation} was refused"
    said = "was refused" if call.status is not None else "got no answer"
    by = _find_call_script(simulation, call)
    scripted = f" ({describe_script(by, shorten)})" if by is not None else ""
    return f"the call for {_join_some(call.recipients)} {said}: {call.error}, {call.text}{scripted}"


def _explain_other_decision(
    simulation: Simulation, script: Script, candidates: list[_Candidate], shorten: Shorten
) -> str:
    """Return what decided the matching messages instead of this script. ``candidates`` are their recipients."""
    first = candidates[0]
    reason = _explain_before_scripts(simulation, first, shorten)
    if reason is not None:
        return reason
    decided = [(candidate, _find_recipient_script(simulation, candidate)) for candidate in candidates]
    names = dict.fromkeys(describe_script(other, shorten) for _, other in decided if other is not None)
    addresses = dict.fromkeys(candidate.address for candidate, other in decided if other is not None)
    if decided[0][1] is not None:
        return f"another script was used for every message to {_join_some(addresses)}: {', '.join(names)}"
    if simulator.is_simulator(first.address) and script.rank[0] < EXACT:
        return (
            f"the mailbox simulator decides about mail to {first.address}, "
            f"unless a script names the exact address: on(recipient={first.address!r})"
        )
    if first.is_own:
        return f"the outcome given to sesfake.send() was used for the message to {first.address}"
    return f"it matches the message to {first.address} now, but it did not match, or had no step, when this was sent"


def _explain_before_scripts(simulation: Simulation, candidate: _Candidate, shorten: Shorten) -> str | None:
    """Return what decided about a recipient before SES looked for a script, or ``None``."""
    message, address = candidate.message, candidate.address
    if message is None:
        return None
    kinds = [event.type for event in message.events]
    if "RenderingFailure" in kinds:
        return f"the mail to {address} was not sent, because its template did not render"
    if "Reject" in kinds:
        culprit = _describe_rejection(simulation, message, shorten)
        return f"{culprit} rejected the message for all recipients, also for {address}"
    if (
        message.status[address] == "Suppressed"
        and _find_recipient_script(simulation, candidate) is None
        and not candidate.is_own
    ):
        return f"no script applies to {address}, because SES suppressed it: {_describe_suppression(message, address)}"
    return None


def _describe_rejection(simulation: Simulation, message: Message, shorten: Shorten) -> str:
    for address in message.recipients:
        by = _find_recipient_script(simulation, _Candidate(simulation.current, message, address))
        if by is not None and any(isinstance(one, Rejection) for stage in by.stages for one in stage.outcomes):
            return describe_script(by, shorten)
    return "the virus scan" if virus.is_infected(message) else "a hook or the outcome of send()"


def _describe_suppression(message: Message, address: str) -> str:
    """Return which list has the recipient of a message, and the setting that switches the list off, if there is one."""
    fact = message.status[address].event.fact
    subtype = getattr(fact, "subtype", None)
    if subtype == "UnsubscribedRecipient" and message.listed is not None:
        return f"it has opted out of the contact list {message.listed.contact_list!r}"
    if subtype == "Suppressed" and isinstance(fact, Bounced):
        return "it is on the global suppression list"
    if subtype == "OnTenantSuppressionList":
        return "it is on the tenant's suppression list"
    its_own = (
        suppression.terms(message.region_state, message).reasons != message.region_state.account.suppressed_reasons
    )
    return "it is on the account's suppression list" + (
        "" if its_own else ". The setting suppression=[] switches the list off"
    )


def _find_recipient_script(simulation: Simulation, candidate: _Candidate) -> Script | None:
    """Return the script that was applied to a recipient."""
    message = candidate.message
    if message is None:
        return None
    return next((other for other in simulation.scripts if other.was_applied(message, candidate.address)), None)


# Scripts for calls.


def _explain_calls(simulation: Simulation, script: Script, shorten: Shorten) -> str:
    if script.word != "on":
        return "no matching call was made in its block"
    made = [candidate for candidate in _list_calls(simulation, script) if _fits(script, candidate)]
    in_time = [candidate for candidate in made if not candidate.is_late]
    if in_time:
        names = dict.fromkeys(
            describe_script(by, shorten)
            for by in (_find_used_script(simulation, each) for each in in_time)
            if by is not None
        )
        if names:
            return f"another script was used for every matching call: {', '.join(names)}"
        return "it matches a call now, but it did not match, or had no step, when the call was made"
    if made:
        last = made[-1].call
        return _describe_too_late(f"the call {last.operation or f'by {last.api}'} was made", made[-1], shorten)
    return _explain_no_call(simulation, script, shorten)


def _explain_no_call(simulation: Simulation, script: Script, shorten: Shorten) -> str:
    if not simulation.calls:
        return "no call was made at all"
    operation = script.selectors.get("operation")
    there = dict.fromkeys(call.operation or call.api for call in simulation.calls)
    if isinstance(operation, str) and operation not in there:
        return f"no call of {operation} was made. The calls were: {', '.join(there)}"
    return _explain_selectors(script, _list_calls(simulation, script), "call", shorten)


def _list_calls(simulation: Simulation, script: Script) -> Iterator[_Candidate]:
    """Yield each call of the application, once for each message that it sent or tried to send."""
    for number, call in enumerate(simulation.calls):
        for message in (*call.messages, *call.drafts) or (None,):
            yield _Candidate(call, message, is_late=number < script.since[0])


def _find_used_script(simulation: Simulation, candidate: _Candidate) -> Script | None:
    """Return the script that decided a call. For an entry of a bulk call, return the used script that matches it."""
    by = _find_call_script(simulation, candidate.call)
    others = (other for other in simulation.scripts if other.used and other.faults and _fits(other, candidate))
    return by if by is not None else next(others, None)


def _find_call_script(simulation: Simulation, call: Call) -> Script | None:
    """Return the script or the outage whose fault hit a call."""
    faults = [fault for fault in (call.current_fault, call.fault) if fault is not None]
    return next(
        (other for other in simulation.scripts for one in other.faults if any(one is fault for fault in faults)), None
    )


# All scripts.


def _describe_too_late(what: str, candidate: _Candidate, shorten: Shorten) -> str:
    call = candidate.call
    where = f"at {shorten(call.caller[0])}:{call.caller[1]}" if call.caller is not None else f"at {call.at:%H:%M:%S}"
    return f"it was written too late, after {what} {where}"


def _explain_selectors(script: Script, candidates: Iterable[_Candidate], noun: str, shorten: Shorten) -> str:
    """Return the selector that matches nothing at all. For a region, also return the regions of the calls."""
    every = list(candidates)
    for name, expected in script.selectors.items():
        if name != "where" and not any(script.fits_by(name, candidate.call, candidate.message) for candidate in every):
            seen = dict.fromkeys(candidate.call.region for candidate in every) if name == "region" else {}
            instead = f". The regions were: {', '.join(map(repr, seen))}" if seen else ""
            return f"no {noun} matches {name}={_format(expected, shorten)}{instead}"
    return f"no {noun} matches all its selectors"


def _join_some(addresses: Iterable[str]) -> str:
    every = list(addresses)
    rest = len(every) - _MOST_NAMED
    return ", ".join(every[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
