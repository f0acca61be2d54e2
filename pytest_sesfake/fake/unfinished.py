"""Finds what a test set up but did not finish: such a test proves less than it seems to.

It finds steps that no message or call reached, events that are due later, and notifications that were not delivered. A
passed test gets them as a warning, a failed test as possible causes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_sesfake.fake.unused_scripts import describe_script, explain_unused
from pytest_sesfake.reading.elsewhere import describe_elsewhere
from pytest_sesfake.reading.hints import describe_due, describe_not_verified
from pytest_sesfake.reading.showing import redact
from pytest_sesfake.reading.unpublished import describe_unpublished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_sesfake.fake.backend import Backend
    from pytest_sesfake.ses.outcomes.scripts import Fault, Script, Stage
    from pytest_sesfake.ses.simulation import Simulation

    Shorten = Callable[[str], str]

_MOST_DUE = 3
"""The maximum number of later events that a warning lists."""


class Finding(NamedTuple):
    """One thing that is not finished. ``origin`` is the file and line of the test that set it up, or ``None``."""

    text: str
    origin: tuple[str, int] | None


def find_unused(backend: Backend, shorten: Shorten) -> list[Finding]:
    """Return the scripts that were never used, with the reason. ``shorten`` shortens a file's path."""
    return [Finding(text, script.origin) for script, text in explain_unused(backend.simulation, shorten)]


def find_unfinished(backend: Backend, shorten: Shorten) -> list[Finding]:
    """Return what was begun but not finished. Unused scripts are not included."""
    return [
        *_find_steps(backend.simulation, shorten),
        *_find_due(backend.simulation),
        *_find_undelivered(backend, shorten, only_never_notified=True),
    ]


def find_causes(backend: Backend, shorten: Shorten, *, scripts: bool) -> list[str]:
    """Return possible causes of a failed test, the most likely first.

    Without ``scripts``, unused scripts and steps are left out, because another test may use those of a shared fake.
    """
    simulation = backend.simulation
    findings = [
        *(find_unused(backend, shorten) if scripts else ()),
        *_find_wrong_places(simulation),
        *_find_due(simulation),
        *_find_undelivered(backend, shorten, only_never_notified=False),
        *_find_unpublished(backend),
        *(_find_steps(simulation, shorten) if scripts else ()),
    ]
    return [redact(finding.text) for finding in findings]


def _find_wrong_places(simulation: Simulation) -> Iterator[Finding]:
    """Yield the region or the right name of each identity and resource that a refused call did not find."""
    calls = list(simulation.calls)
    for text in (*describe_not_verified(calls), *describe_elsewhere(calls)):
        yield Finding(text, None)


# Steps of scripts.


def _find_steps(simulation: Simulation, shorten: Shorten) -> Iterator[Finding]:
    for script in simulation.scripts:
        if not script.used or script.optional or script.word != "on":
            continue
        steps: Sequence[Stage | Fault] = script.stages or script.faults
        used = max(script.uses.values())
        name = describe_script(script, shorten)
        text = _describe_missing_step(steps, used, "message" if script.stages else "call")
        text = text or _describe_missing_attempts(simulation, script)
        if text is not None:
            yield Finding(f"{name}: {text}", script.origin)


def _describe_missing_step(steps: Sequence[Stage | Fault], used: int, noun: str) -> str | None:
    """Return which step was not reached or not used up by ``used`` messages or calls, or ``None``."""
    before = 0
    for number, step in enumerate(steps, 1):
        if used <= before:
            after = (
                f"only {_format_count(used, noun)} used the script" if used > 1 else f"only one {noun} used the script"
            )
            return f"step {number} of {len(steps)} was never reached: {after}"
        if step.times is None:
            return None
        if step.times_given and used < before + step.times:
            return f"times={step.times} was used {_format_times(used - before)}"
        before += step.times
    return None


def _describe_missing_attempts(simulation: Simulation, script: Script) -> str | None:
    """Return which step expected more attempts of a call than the client made, or ``None``."""
    for fault in script.faults:
        if fault.attempts is not None:
            affected = [min(call.attempts, fault.attempts) for call in simulation.calls if call.fault is fault]
            if affected and max(affected) < fault.attempts:
                return f"attempts={fault.attempts}, but the client made only {_format_count(max(affected), 'attempt')}"
    return None


# Events that are due later.


def _find_due(simulation: Simulation) -> Iterator[Finding]:
    with simulation.lock:
        waiting, now = simulation.schedule.waiting(), simulation.clock.time()
    seen: set[int] = set()
    for at, _, message, recipients, fact in waiting:
        if id(message) in seen or len(seen) == _MOST_DUE:
            continue  # the next event of a message is enough: the others may depend on it
        seen.add(id(message))
        origins = [
            script.origin
            for script in simulation.scripts
            if not script.optional and any(script.was_applied(message, each) for each in recipients)
        ]
        yield Finding(describe_due(fact, recipients, at - now), next(iter(origins), None))


# Notifications.


def _find_undelivered(backend: Backend, shorten: Shorten, *, only_never_notified: bool) -> Iterator[Finding]:
    """Yield each subscription that has queued notifications."""
    for subscription, count in backend.dispatcher.count_due().items():
        if only_never_notified and subscription.was_reached:
            continue
        origin = subscription.origin
        where = "" if origin is None else f"{shorten(origin[0])}:{origin[1]}: "
        verb = "is" if count == 1 else "are"
        text = f"{where}subscribe(): {_format_count(count, 'notification')} {verb} queued: call sesfake.notify()"
        yield Finding(text, origin)


def _find_unpublished(backend: Backend) -> Iterator[Finding]:
    """Yield why events were not published, if the test subscribed to a topic or read the notifications."""
    asked = backend.notifications_were_read or any(
        subscription.options.topic is not None for subscription in backend.dispatcher.subscriptions
    )
    if asked:
        for text in describe_unpublished(backend.simulation):
            yield Finding(text, None)


def _format_count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _format_times(number: int) -> str:
    return "once" if number == 1 else "twice" if number == 2 else f"{number} times"  # noqa: PLR2004 - the word is twice
