"""What the failure of a test says about its fake: what was sent, what was refused, and what happened then."""

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

    from pytest_sesfake.delivery.events import Event
    from pytest_sesfake.reading.received import ActionTaken
    from pytest_sesfake.report.excerpt import Excerpt
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.receiving import Reception

MOST = 10
"""How many lines a section has, unless everything is asked for (``-vv``)."""

MOST_FATES = 3

Section = tuple[str, str]

_TITLE = re.compile(r"^-+ sesfake: .*$", re.MULTILINE)


def sections(seen: Excerpt, problems: Sequence[str] = (), *, is_another: bool = False) -> list[Section]:
    """Return title and text of each section, none where nothing happened; ``problems`` were told by the fake.

    ``is_another`` tells that there are sections of another fake of the same test already.
    """
    fates = seen.fates()
    sent = [_sent(message, fates.get(message, [])) for message in seen.messages]
    refused = [calls.describe(call) for call in seen.refused]
    told = [event for event in seen.events if event.type != "Send"]  # which is one for each message
    found = [
        (_counted(len(sent), "message", "sent"), _cut(sent)),
        (_counted(len(refused), "call", "refused"), _cut(refused)),
        (_counted(len(seen.receptions), "mail", "received"), _cut([_received(each) for each in seen.receptions])),
        (_counted(len(told), "event", "after sending"), _events(told)),
        (_counted(len(problems), "problem", "inside calls"), _cut([_problem(text) for text in problems])),
    ]
    whose = ", in another fake" if is_another else ""
    return [(f"sesfake: {title}{whose}", "\n".join(lines)) for title, lines in found if lines]


_FORBIDDEN = (
    "Clients of SMTP and HTTP reach the fake through a socket to 127.0.0.1, which pytest-socket has to allow, by\n"
    "the option --allow-hosts=127.0.0.1 or the marker @pytest.mark.allow_hosts(['127.0.0.1']). boto3 needs none."
)


def forbidden(failure: str) -> list[Section]:
    """Return what helps where pytest-socket kept a client from the fake, unless the failure itself says so."""
    is_bare = "SocketBlockedError" in failure and "--allow-hosts" not in failure
    return [("sesfake: sockets are forbidden", _FORBIDDEN)] if is_bare else []


def without_sections(failure: str) -> str:
    """Return the text of a failure as it was before sections were added to it."""
    return _TITLE.split(failure, maxsplit=1)[0].rstrip()


def _sent(message: Message, events: Sequence[Event]) -> str:
    return f"#{message.number + 1} {outbox.describe(message)}{_fate(statuses(message, events))}"


def _fate(found: dict[str, str]) -> str:
    """Return the statuses of recipients, without those that got the mail."""
    words = [f"{address} {state}" for address, state in found.items() if state != "Delivered"]
    if words and len(set(found.values())) == 1:
        return f" {next(iter(found.values()))}"
    more = "" if len(words) <= MOST_FATES or explain.is_full() else f" and {len(words) - MOST_FATES} more"
    shown = words if explain.is_full() else words[:MOST_FATES]
    return f" ({', '.join(shown)}{more})" if shown else ""


def _received(reception: Reception) -> str:
    """Return in one line a mail that came in: the envelope, what the other server was told, and what the rules did."""
    mail = Received(reception)
    done = ", ".join(map(_done, mail.actions))
    people = f"from={mail.source or '<>'} to={several(mail.recipients or mail.refused)}"
    reply = f"{mail.reply}{f': {done}' if done else ''}" if mail.accepted else f"{mail.reply} {mail.reply_text}"
    return f"{mail.received_at:%H:%M:%S} {people} subject={show(mail.view.subject)} {reply}"


def _done(action: ActionTaken) -> str:
    if action.error is None:
        return action.type
    return f"{action.type} failed, {type(action.error).__name__}: {shorten(redact(str(action.error)), explain.width())}"


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


def _counted(count: int, noun: str, what: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'} {what}"
