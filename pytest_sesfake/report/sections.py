"""The sections that a failed test shows: messages, refused calls, incoming mail, events, and problems inside calls."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pytest_sesfake.reading import calls, event_log, explain, outbox
from pytest_sesfake.reading.received import Received
from pytest_sesfake.reading.showing import redact, several, shorten, show
from pytest_sesfake.report.excerpt import kind, reason, statuses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.reading.received import ActionTaken
    from pytest_sesfake.report.excerpt import Excerpt
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.receiving import Reception

MOST = 10
"""The most lines of a section, except with ``-vv``."""

MOST_FATES = 3

Section = tuple[str, str]

_TITLE = re.compile(r"^-+ sesfake: .*$", re.MULTILINE)


def sections(
    seen: Excerpt, problems: Sequence[str] = (), causes: Sequence[str] = (), *, is_another: bool = False
) -> list[Section]:
    """Return the title and the text of each section that has lines. ``problems`` and ``causes`` are texts of the fake.

    ``is_another`` means that the test shows the sections of another fake before these.
    """
    fates = seen.fates()
    sent = [_sent(message, fates.get(message, [])) for message in seen.messages]
    refused = [calls.describe(call) for call in seen.refused]
    later = [event for event in seen.events if event.type != "Send"]  # each message has one, so it says nothing new
    found = [
        (_counted(len(sent), "message", "sent"), _cut(sent)),
        (_counted(len(refused), "call", "refused"), _cut(refused)),
        (_counted(len(seen.receptions), "mail", "received"), _cut([_received(each) for each in seen.receptions])),
        (_counted(len(later), "event", "after sending"), _events(later)),
        (_counted(len(problems), "problem", "inside calls"), _cut([_problem(text) for text in problems])),
        (_counted(len(causes), "possible cause"), _cut(list(causes))),
    ]
    whose = ", in another fake" if is_another else ""
    return [(f"sesfake: {title}{whose}", "\n".join(lines)) for title, lines in found if lines]


_FORBIDDEN = (
    "SMTP and HTTP clients reach the fake through a socket to 127.0.0.1. Let pytest-socket allow it, with the option\n"
    "--allow-hosts=127.0.0.1 or the marker @pytest.mark.allow_hosts(['127.0.0.1']). boto3 needs no socket."
)


def forbidden(failure: str) -> list[Section]:
    """Return a section with advice if pytest-socket blocked a client of the fake and the failure gives none."""
    is_bare = "SocketBlockedError" in failure and "--allow-hosts" not in failure
    return [("sesfake: sockets are forbidden", _FORBIDDEN)] if is_bare else []


def without_sections(failure: str) -> str:
    """Return the text of a failure without our sections."""
    return _TITLE.split(failure, maxsplit=1)[0].rstrip()


def _sent(message: Message, events: Sequence[Event]) -> str:
    return f"#{message.number + 1} {outbox.describe(message)}{_fate(statuses(message, events))}"


def _fate(found: dict[str, str]) -> str:
    """Return the statuses of the recipients that did not get the mail."""
    words = [f"{address} {state}" for address, state in found.items() if state != "Delivered"]
    if words and len(set(found.values())) == 1:
        return f" {next(iter(found.values()))}"
    more = "" if len(words) <= MOST_FATES or explain.is_full() else f" and {len(words) - MOST_FATES} more"
    shown = words if explain.is_full() else words[:MOST_FATES]
    return f" ({', '.join(shown)}{more})" if shown else ""


def _received(reception: Reception) -> str:
    """Describe an incoming mail in one line: its envelope, the SMTP reply, and the actions of the rules."""
    mail = Received(reception)
    done = ", ".join(map(_done, mail.actions))
    people = f"from={mail.source or '<>'} to={several(mail.recipients or mail.refused)}"
    reply = f"{mail.reply}{f': {done}' if done else ''}" if mail.accepted else f"{mail.reply} {mail.reply_text}"
    return f"{mail.received_at:%H:%M:%S} {people} subject={show(mail.view.subject)} {reply}"


def _done(action: ActionTaken) -> str:
    if action.error is None:
        return action.type
    return f"{action.type} failed, {type(action.error).__name__}: {shorten(redact(str(action.error)), explain.width())}"


def _events(events: Sequence[Event]) -> list[str]:
    if len(events) <= MOST or explain.is_full():
        return [_event(event) for event in events]
    # Ordinary deliveries are the least interesting events, so they are left out first.
    rare = [event for event in events if event.type != "Delivery"]
    shown = (rare or events)[:MOST]
    hidden = Counter(event.type for event in events) - Counter(event.type for event in shown)
    kinds = ", ".join(f"{count} {kind}" for kind, count in hidden.items())
    return [*(_event(event) for event in shown), f"and {kinds}; -vv shows all"]


def _event(event: Event) -> str:
    what = kind(event.fact)
    said = reason(event.fact)
    message = event.message
    return (
        f"{event_log.brief(event)} {event.timestamp:%H:%M:%S}{f' {what}' if what else ''}"
        f"{f': {shorten(redact(said), explain.width())}' if said else ''}"
        f"{f' (#{message.number + 1})' if message.number >= 0 else event_log.about(message)}"
    )


def _problem(text: str) -> str:
    return redact(text.removeprefix("sesfake: "))


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= MOST or explain.is_full():
        return lines
    return [*lines[:MOST], f"and {len(lines) - MOST} more; -vv shows all"]


def _counted(count: int, noun: str, what: str = "") -> str:
    return f"{count} {noun}{'' if count == 1 else 's'} {what}".rstrip()
