"""Accept a call that sends several messages: check the whole call, then each message by itself.

A refused entry does not stop the others. All messages are planned before the first is committed, so nothing is sent
if the call fails as a whole. ``ahead`` and ``counted`` carry from one plan to the next what the earlier plans will use:
steps of scripts, and sending quota.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_sesfake.ses.mail.addresses import addresses_of, parse_address
from pytest_sesfake.ses.refusals import Interrupted, Refusal
from pytest_sesfake.ses.sending import apply_fault, check_call, check_tags, plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.scripts import Script
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.submission import Submission


def send(
    region_state: RegionState, submissions: Sequence[Submission], *, refusal: Refusal | None, tags: Mapping[str, str]
) -> list[Message | Refusal]:
    """Send the messages of a bulk call. Return the message or the refusal of each submission, in order.

    ``refusal`` is an error of the call as a whole, if the caller found one. ``tags`` are the default tags of all its
    messages. Raises a `Refusal` if SES refuses the whole call.
    """
    simulation = region_state.simulation
    call = simulation.current
    messages = [submission.message for submission in submissions]
    call.envelope = addresses_of([address for message in messages for address in message.envelope])
    call.drafts = messages
    if len(simulation.scripts):
        apply_fault(call, simulation.scripts.for_bulk(call, messages))
    if refusal is not None:
        raise refusal
    check_tags(tags)
    check_call(region_state, submissions[0])
    plans = []
    results: list[Message | Refusal] = []
    ahead: Counter[tuple[Script, str]] = Counter()
    counted = 0
    for submission in submissions:
        message = submission.message
        try:
            fault = simulation.scripts.for_entry(call, message)
            if fault is not None:
                raise Interrupted(fault)
            made = plan(region_state, call, submission, ahead=ahead, counted=counted)
        except Refusal as error:
            results.append(error)
            continue
        plans.append(made)
        results.append(message)
        ahead.update((script, parse_address(address).normal) for script, address in made.consumed)
        counted += len(message.envelope) if made.is_sent else 0
    simulation.commit(plans)
    call.set_messages(tuple(made.message for made in plans))
    return results
