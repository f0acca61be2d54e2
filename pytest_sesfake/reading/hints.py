"""The hints of failure texts: why a test may have found too few items, or too many.

Each function checks for one cause. It gets the search and the width of values in characters (``None`` for no limit),
and yields its hint if it finds the cause in the state of the fake. The lists at the end of the file put the most likely
cause first.
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from html import unescape
from typing import TYPE_CHECKING, Any

from pytest_sesfake.reading.elsewhere import describe_elsewhere
from pytest_sesfake.reading.matching import fits, of_fields
from pytest_sesfake.reading.showing import place, redact, shorten, show
from pytest_sesfake.reading.unpublished import unpublished
from pytest_sesfake.ses.events import Bounced, Complained, Event, RejectedMessage
from pytest_sesfake.ses.identities import is_verified
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.mail.html_text import to_prose
from pytest_sesfake.ses.outcomes.selectors import addresses_fit
from pytest_sesfake.ses.providers import has_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pytest_sesfake.reading.search import Search
    from pytest_sesfake.ses.calls import Call
    from pytest_sesfake.ses.events import Fact
    from pytest_sesfake.ses.messages import Message

    Hint = Callable[[Search[Any], "int | None"], Iterable[str]]

_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]*\w")
# Error texts of SES name the refused identities at the end, so they are cut later than other texts.
_WIDE = 3
_BLANKS = re.compile(r"\s+")


def hints(search: Search[Any], width: int | None, *, too_many: bool = False) -> list[str]:
    """Return the hints that may explain why a search found too few items, or with ``too_many`` too many.

    Texts of SES and of the application are shortened to about ``width`` characters.
    """
    return [text for hint in (_TOO_MANY if too_many else _TOO_FEW) for text in hint(search, width)]


# The item exists, but the test asked for it by another name.

_NEIGHBOURS = {
    "to": ("cc", "bcc"),
    "cc": ("to", "bcc"),
    "bcc": ("to", "cc"),
    "recipient": ("to", "cc"),
    "text": ("html",),
    "html": ("text",),
    "sender": ("source",),
    "source": ("sender",),
}
_CALLED = {
    "to": "the To header",
    "cc": "the Cc header",
    "bcc": "Bcc",
    "recipient": "the envelope",
    "sender": "the From header",
    "source": "the envelope's sender",
}

_CHANGES = dict.fromkeys(("date", "message-id", "list-unsubscribe", "list-unsubscribe-post"), "replaces")
"""What SES does to header fields of the application. It removes the other ones that it does not deliver."""


def _under_another_name(search: Search[Any], width: int | None) -> Iterator[str]:
    for name, value in search.matchers.items():
        if not isinstance(value, (str, re.Pattern)) or (name == "recipient" and search.kind.noun != "message"):
            continue
        for other in _NEIGHBOURS.get(name, ()):
            if other in search.matchers:
                continue
            numbers = _matching(search, {**_without(search.matchers, name), other: value})
            if numbers:
                yield (
                    f"{show(value, width)} was found in {_CALLED.get(other, other)} of {numbers}, "
                    f"but searched in {_CALLED.get(name, name)}: use {other}="
                )
                break


def _changed_header(search: Search[Any], width: int | None) -> Iterator[str]:
    wanted = search.matchers.get("header")
    if search.kind.noun != "message" or not isinstance(wanted, Mapping):
        return
    rest = _without(search.matchers, "header")
    for name, value in wanted.items():
        if value is None:
            continue
        field = {name: value}
        numbers = _numbers(
            n for n, item in enumerate(search.items, 1) if _has_lost(field, item) and _would_fit(search, rest, item)
        )
        if numbers:
            change = _CHANGES.get(name.lower(), "removes")
            yield (
                f"the application gave {show(name, width)} to {numbers}, but SES {change} it: "
                "compare message.submitted_headers"
            )


def _has_lost(field: Mapping[str, object], message: Message) -> bool:
    with suppress(Exception):  # a function of the test may not work for every value
        return of_fields(field, message.submitted_headers) is None and of_fields(field, message.headers) is not None
    return False


def _with_another_spelling(search: Search[Any], width: int | None) -> Iterator[str]:
    for name in ("subject", "text", "html"):
        wanted = search.matchers.get(name)
        if not isinstance(wanted, str) or not wanted.strip():
            continue
        rest = _without(search.matchers, name)
        loose = _loose(wanted)
        read = _matching(search, {**rest, name: lambda found, loose=loose: loose in _read(found or "")})
        if name == "html" and read:
            yield f"a reader of {read} sees {show(wanted, width)}, but html= searches in the HTML source: {_AS_READ}"
            continue
        numbers = _matching(search, {**rest, name: lambda found, loose=loose: loose in _loose(found or "")})
        if not numbers:
            continue
        if name == "subject":
            yield f"the subject of {numbers} contains it{_searching(search, rest, wanted)}"
        else:
            yield f"the {name} of {numbers} contains it with other capitals, spaces or escapes"


def _searching(search: Search[Any], rest: Mapping[str, Any], wanted: str) -> str:
    """Return how a compiled pattern finds the words of a subject, if it does."""
    words = re.escape(wanted).replace("\\ ", " ")
    written = show(words).replace("\\\\", "\\")
    pattern = f"r{written}" if "\\" in words else written
    for flags, shown in ((0, ""), (re.IGNORECASE, ", re.IGNORECASE")):
        if _matching(search, {**rest, "subject": re.compile(words, flags)}):
            return f", but subject= compares the whole subject: use subject=re.compile({pattern}{shown})"
    return " with other capitals, spaces or escapes"


_AS_READ = "use message.html_text"


def _read(html: str) -> str:
    return _loose(to_prose(html))


def _loose(text: str) -> str:
    return _BLANKS.sub(" ", unescape(text)).strip().casefold()


def _matching(search: Search[Any], matchers: Mapping[str, Any]) -> str:
    return _numbers(n for n, item in enumerate(search.items, 1) if _would_fit(search, matchers, item))


def _numbers(found: Iterable[int]) -> str:
    numbers = [f"#{n}" for n in found]
    return ", ".join(numbers[:3]) + (f" and {len(numbers) - 3} more" if len(numbers) > 3 else "")  # noqa: PLR2004 - three numbers fit a line


def _would_fit(search: Search[Any], matchers: Mapping[str, Any], item: object) -> bool:
    with suppress(Exception):  # a function of the test may not work for every item
        return fits(search.kind.differs, matchers, item)
    return False


def _without(matchers: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in matchers.items() if name not in names}


# The mail or the event was stopped on its way.


def _refused_calls(search: Search[Any], width: int | None) -> Iterator[str]:
    if search.kind.noun == "call":
        return
    counts = Counter(
        (people, call.error, call.text, call.status is None, _scripted_at(call), call.caller)
        for call in search.simulation.calls
        if call.error is not None and (people := _concerned(search, call)) is not None
    )
    for (people, error, text, unanswered, script, caller), count in counts.items():
        what = "got no answer" if unanswered else "was refused" if count == 1 else "were refused"
        shown = text if text and not (script and unanswered) else None
        said = f"{error}, {shorten(redact(shown), width and _WIDE * width)}" if shown else error
        lines = [place(caller)] if caller else []
        lines += [f"scripted at {place(script)}"] if script else []
        where = f" ({', '.join(lines)})" if lines else ""
        yield f"{_counted(count, 'call')}{people} {what}: {said}{where}"


def _scripted_at(call: Call) -> tuple[str, int] | None:
    """Return the line of the script that decided the response of a call."""
    scripts = call.simulation.scripts if call.fault is not None else ()
    return next((script.origin for script in scripts if any(fault is call.fault for fault in script.faults)), None)


def _concerned(search: Search[Any], call: Call) -> str | None:
    """Return " for" and the recipients that the search asks for; ``None`` if the call was for other recipients."""
    if not search.addresses or not (call.recipients or call.messages):
        sends = call.recipients or call.operation is None or call.operation.startswith("Send")
        return "" if sends else None
    wanted = next((wanted for wanted in search.addresses if addresses_fit(wanted, call.recipients)), None)
    return None if wanted is None else f" for {_named(wanted)}"


def _missing_resource(search: Search[Any], _: int | None) -> Iterator[str]:
    if search.kind.noun != "call":
        yield from describe_elsewhere(call for call in search.simulation.calls if _concerned(search, call) is not None)


def _not_verified(search: Search[Any], _: int | None) -> Iterator[str]:
    if search.kind.noun != "call":
        yield from describe_not_verified(
            call for call in search.simulation.calls if _concerned(search, call) is not None
        )


def describe_not_verified(calls: Iterable[Call]) -> Iterator[str]:
    """Yield where an address that failed the check is verified, or how the test can verify it."""
    found: dict[str, None] = {}
    for call in calls:
        if call.text is None or "not verified" not in call.text or _scripted_at(call) is not None:
            continue
        region_states = call.simulation.region_states()
        in_sandbox = any(
            not region_state.account.production for region_state in region_states if region_state.region == call.region
        )
        for address in _ADDRESS.findall(call.text):
            elsewhere = [region_state.region for region_state in region_states if is_verified(region_state, address)]
            cure = f"use sesfake.verify({address!r})"
            if elsewhere:
                text = f"{address} is verified in {' and '.join(elsewhere)}, but the call went to {call.region}"
            elif in_sandbox and addresses_fit(address, call.recipients):
                text = f"in the sandbox, recipients must be verified too: {cure} or the setting sandbox=False"
            else:
                text = f"SES accepts only verified senders here: {cure}"
            found[text] = None
    yield from found


def _failed_rendering(search: Search[Any], width: int | None) -> Iterator[str]:
    if search.kind.noun == "call":
        return
    for event in search.simulation.events:
        if isinstance(event, Event) and event.type == "RenderingFailure" and _is_asked(search, event.recipients):
            reason = shorten(redact(str(event.detail.get("errorMessage", ""))), width)
            template = event.detail.get("templateName")
            name = f" {template!r}" if template else ""
            mail = f"the mail for {_named(event.recipients)}"
            yield f"{mail} was not sent, because its template{name} did not render: {reason}"


def _fate(search: Search[Any], width: int | None) -> Iterator[str]:
    if search.kind.noun == "call":
        return
    for wanted in search.addresses:
        of_it = [event for event in search.simulation.events if addresses_fit(wanted, event.recipients)]
        changes = [event for event in of_it if event.fact.new_state]
        if changes and (fate := _fated(changes[-1].fact, width)) is not None:
            why = _because_it_bounced(changes) or _because_of_a_script(search, changes[-1])
            yield f"{_named(wanted)} {fate}, at {changes[-1].timestamp:%H:%M:%S}{why}"


def _fated(fact: Fact, width: int | None) -> str | None:
    if isinstance(fact, Bounced) and fact.new_state == "Bounced":
        return f"bounced, {fact.kind}/{fact.subtype}: {shorten(redact(fact.diagnostic or ''), width)}"
    if isinstance(fact, (Bounced, Complained)) and fact.new_state == "Suppressed":
        return f"was suppressed, {fact.subtype}: SES did not try to deliver"
    if isinstance(fact, Complained):
        return "complained"
    return f"was rejected, {fact.reason}" if isinstance(fact, RejectedMessage) else None


def _because_of_a_script(search: Search[Any], event: Any) -> str:
    """Return the line of the script that decided the event, if exactly one line did."""
    message, recipients = event.message, event.recipients
    lines = {
        script.origin
        for script in search.simulation.scripts
        if any(script.was_applied(message, each) for each in recipients)
    }
    line = lines.pop() if len(lines) == 1 else None
    return f" (scripted at {place(line)})" if line is not None else ""


def _because_it_bounced(changes: Sequence[Any]) -> str:
    if getattr(changes[-1].fact, "subtype", None) != "OnAccountSuppressionList":
        return ""
    facts = [event.fact for event in changes if isinstance(event.fact, Bounced)]
    bounced = any(fact.kind == "Permanent" and fact.new_state == "Bounced" for fact in facts)
    return (
        " (SES suppresses an address after a Permanent bounce; the setting suppression=[] switches this off)"
        if bounced
        else ""
    )


def _unheard(search: Search[Any], _: int | None) -> Iterator[str]:
    if search.kind.noun != "event" or search.matchers.get("type") != "Complaint":
        return
    readers = (address for message in search.simulation.messages for address in message.recipients)
    silent = dict.fromkeys(
        parse_address(each).domain for each in readers if not has_loop(each) and _is_asked(search, (each,))
    )
    if silent:
        yield f"{' and '.join(silent)} does not report complaints to SES, so there are no Complaint events"


def _overruled(search: Search[Any], _: int | None) -> Iterator[str]:
    if search.kind.noun != "event" or search.matchers.get("type") != "Bounce":
        return
    readers = dict.fromkeys(address for message in search.simulation.messages for address in message.recipients)
    for address in readers:
        if search.simulation.globally_suppressed.find_for(address) is not None and _is_asked(search, (address,)):
            yield (
                f"{address} is on the global suppression list, which SES checks only if the account's list is off: "
                "use the setting suppression=[]"
            )
            return


def due_later(search: Search[Any], _: int | None) -> Iterator[str]:
    """Yield when a matching event, or an event of a matching message, will happen, if it is scheduled."""
    asks_events = search.kind.noun == "event"
    if not asks_events and "where" not in search.matchers:  # only a function can ask for the status of a message
        return
    with search.simulation.lock:
        waiting, now = search.simulation.schedule.waiting(), search.simulation.clock.time()
    matchers = _without(search.matchers, "where", "detail")
    for at, number, message, recipients, fact in waiting:
        item = Event(message, number, at, recipients, fact) if asks_events else message
        if _would_fit(search, matchers, item):
            yield describe_due(fact, recipients, at - now)
            return


def describe_due(fact: Fact, recipients: Sequence[str], seconds: float) -> str:
    """Return in how many seconds a scheduled event happens, and how a test gets there."""
    span, words = _span(seconds)
    return f"{fact.type} of {_named(recipients)} is due in {span}: use sesfake.clock.advance({words})"


def due_for(message: Message, recipients: Sequence[str]) -> Iterator[str]:
    """Yield which event of these recipients of a message happens next."""
    simulation = message.region_state.simulation
    with simulation.lock:
        waiting, now = simulation.schedule.waiting(), simulation.clock.time()
    for at, _, whose, people, fact in waiting:
        if whose is message and addresses_fit(list(recipients), people):
            yield describe_due(fact, people, at - now)
            return


def _span(seconds: float) -> tuple[str, str]:
    left = max(1, math.ceil(seconds))
    for size, unit in ((3600, "hours"), (60, "minutes")):
        if left % size == 0:
            return _counted(left // size, unit[:-1]), f"{unit}={left // size}"
    return _counted(left, "second"), f"seconds={left}"


def kept_by_django(search: Search[Any], _: int | None) -> Iterator[str]:
    """Yield a hint if the mail is in Django's own outbox."""
    mail = sys.modules.get("django.core.mail")
    kept = [message for message in getattr(mail, "outbox", ()) if _is_asked(search, message.recipients())]
    if kept:
        are = "is" if len(kept) == 1 else "are"
        yield (
            f"{_counted(len(kept), 'message')} {are} in django.core.mail.outbox: "
            "Django uses its locmem backend, which sends nothing to SES. Write `sesfake_django = true` in the ini file"
        )


def _nothing_called(search: Search[Any], width: int | None) -> Iterator[str]:
    if any(kept_by_django(search, width)):
        return
    if not (search.total or search.simulation.calls or search.simulation.events):
        yield "no call reached SES. Other processes need the fixture sesfake_endpoint or sesfake_smtp"


def _nothing_published(search: Search[Any], _: int | None) -> Iterator[str]:
    events = search.simulation.events
    if search.kind.noun != "notification" or search.total or not events:
        return
    if any(event.message.configuration_set is not None for event in events):  # then `unpublished` finds the reason
        return
    yield (
        "SES published nothing. sesfake.subscribe(application) sends all events to an application; "
        "sesfake.configuration_set(name, topic=...) publishes them to a topic"
    )


# There are several matches.


def _sent_from(search: Search[Any], _: int | None) -> Iterator[str]:
    if search.kind.noun != "message":
        return
    wanted = {id(message) for message in search.found}
    lines = Counter(
        call.caller
        for call in search.simulation.calls
        for message in call.messages
        if call.caller is not None and id(message) in wanted
    )
    if lines:
        yield "sent at " + ", ".join(place(line) + (f" ({n} times)" if n > 1 else "") for line, n in lines.items())


def _is_asked(search: Search[Any], recipients: Sequence[str]) -> bool:
    return not search.addresses or any(addresses_fit(wanted, tuple(recipients)) for wanted in search.addresses)


def _named(wanted: object) -> str:
    """Return one address, several addresses, or a pattern, as part of a sentence."""
    if isinstance(wanted, (list, tuple)):
        return ", ".join(map(str, wanted))
    return wanted if isinstance(wanted, str) else show(wanted)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


_TOO_FEW: list[Hint] = [
    _under_another_name,
    _changed_header,
    _with_another_spelling,
    _refused_calls,
    _not_verified,
    _missing_resource,
    _failed_rendering,
    due_later,
    _fate,
    _unheard,
    _overruled,
    kept_by_django,
    _nothing_called,
    _nothing_published,
    unpublished,
]
_TOO_MANY: list[Hint] = [_sent_from]
