"""What the failure of a test says about its fake: what was sent, what was refused, and what happened then."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pytest_sesfake.reading import calls, explain, happened, outbox
from pytest_sesfake.reading.showing import redact, shorten, show
from pytest_sesfake.report.excerpt import kind, reason, statuses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.reading.events import Event
    from pytest_sesfake.report.excerpt import Excerpt
    from pytest_sesfake.world.messages import Message

MOST = 10
"""How many lines a section has, unless everything is asked for (``-vv``)."""

MOST_FATES = 3

Section = tuple[str, str]

_TITLE = re.compile(r"^-+ sesfake: .*$", re.MULTILINE)


def sections(seen: Excerpt, problems: Sequence[str] = ()) -> list[Section]:
    """Return title and text of each section, none where nothing happened; ``problems`` were told by the fake."""
    fates = seen.fates()
    sent = [_sent(message, fates.get(message, [])) for message in seen.messages]
    refused = [calls.describe(call) for call in seen.refused]
    told = [event for event in seen.events if event.type != "Send"]  # which is one for each message
    found = [
        (_counted(len(sent), "message", "sent"), _cut(sent)),
        (_counted(len(refused), "call", "refused"), _cut(refused)),
        (_counted(len(told), "event", "after sending"), _events(told)),
        (_counted(len(problems), "problem", "inside calls"), _cut([_problem(text) for text in problems])),
    ]
    return [(f"sesfake: {title}", "\n".join(lines)) for title, lines in found if lines]


def without_sections(failure: str) -> str:
    """Return the text of a failure as it was before sections were added to it."""
    return _TITLE.split(failure, maxsplit=1)[0].rstrip()


def _sent(message: Message, events: Sequence[Event]) -> str:
    return f"#{message.number + 1} {outbox.describe(message)}{_fate(statuses(message, events))}"


def _fate(found: dict[str, str]) -> str:
    """Return what became of the recipients, those left out to whom nothing went wrong."""
    words = [f"{address} {state}" for address, state in found.items() if state != "Delivered"]
    if words and len(set(found.values())) == 1:
        return f" {next(iter(found.values()))}"
    more = "" if len(words) <= MOST_FATES or explain.is_full() else f" and {len(words) - MOST_FATES} more"
    shown = words if explain.is_full() else words[:MOST_FATES]
    return f" ({', '.join(shown)}{more})" if shown else ""


def _events(told: Sequence[Event]) -> list[str]:
    if len(told) <= MOST or explain.is_full():
        return [_event(event) for event in told]
    # An ordinary delivery is the last thing that somebody looks for.
    rare = [event for event in told if event.type != "Delivery"]
    shown = (rare or told)[:MOST]
    hidden = Counter(event.type for event in told) - Counter(event.type for event in shown)
    kinds = ", ".join(f"{count} {kind}" for kind, count in hidden.items())
    return [*(_event(event) for event in shown), f"and {kinds}; -vv shows all"]


def _event(event: Event) -> str:
    what = kind(event.fact)
    said = reason(event.fact)
    message = event.message
    return (
        f"{happened.brief(event)} {event.timestamp:%H:%M:%S}{f' {what}' if what else ''}"
        f"{f': {shorten(redact(said), explain.width())}' if said else ''}"
        f"{f' (#{message.number + 1})' if message.number >= 0 else f' of {show(message.subject)}'}"
    )


def _problem(text: str) -> str:
    return redact(text.removeprefix("sesfake: "))


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= MOST or explain.is_full():
        return lines
    return [*lines[:MOST], f"and {len(lines) - MOST} more; -vv shows all"]


def _counted(count: int, noun: str, what: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'} {what}"
