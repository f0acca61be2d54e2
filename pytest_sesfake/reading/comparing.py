"""The explanation that pytest shows when a plain ``assert`` about messages, events, statuses or logs fails.

pytest asks ``explain`` about each failed comparison. It answers only for values of this package, and leaves all other
comparisons to pytest.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from pytest_sesfake.reading.event_log import Events
from pytest_sesfake.reading.event_log import describe as describe_event
from pytest_sesfake.reading.explain import is_full, listed, width
from pytest_sesfake.reading.hints import due_for
from pytest_sesfake.reading.logs import Log
from pytest_sesfake.reading.outbox import Outbox
from pytest_sesfake.reading.outbox import describe as describe_message
from pytest_sesfake.reading.showing import show, show_both
from pytest_sesfake.reading.suggestions import suggest
from pytest_sesfake.ses.events import Event, State
from pytest_sesfake.ses.messages import Message, Status, Statuses, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_MISSING = object()
_FIELDS = ("sender", "to", "cc", "bcc", "reply_to", "subject", "text", "html", "configuration_set", "tags", "template")
_CURES: dict[type, str] = {
    Message: "a message equals only itself. Compare its subject, text, html or to, or use dirty_equals.HasAttributes",
    Event: "an event equals only itself. Compare its type, recipients, detail or payload()",
}
_ASKS: dict[type, str] = {
    Outbox: "an outbox contains messages. Use outbox.count(to=...) or outbox.count(subject=...)",
    Events: "this log contains events. Use events.count('Bounce', recipient=...)",
}


def explain(op: str, left: object, right: object) -> list[str] | None:
    """Return the lines that pytest shows for the failed comparison ``left op right``; ``None`` leaves it to pytest."""
    if op == "==":
        lines = list(_unequal(left, right))
    elif op == "in" and isinstance(right, Log):
        lines = list(_absent(left, right))
    else:
        return None
    return [f"{_name(left)} {op} {_name(right)}", *lines] if lines else None


def _unequal(left: object, right: object) -> Iterator[str]:
    if isinstance(right, (Message, Event, Log, Status, Statuses)) and not isinstance(left, type(right)):
        left, right = right, left
    if isinstance(left, Status):
        yield from _of_status(left, right)
    elif isinstance(left, Statuses) and isinstance(right, Mapping):
        for address in {**left, **right}:
            status, wanted = left.get(address, _MISSING), right.get(address, _MISSING)
            if status != wanted:
                yield f"{address}: {_of_two(status, wanted)}"
                if isinstance(status, Status):
                    yield from (f"  {line}" for line in _of_status(status, wanted))
    elif isinstance(left, (Message, Event)):
        yield from _of_item(left, right)
    elif isinstance(left, Log) and isinstance(right, (list, Log)):
        yield from _of_log(left, list(right))


def _of_status(status: Status, wanted: object) -> Iterator[str]:
    states = get_args(State)
    if isinstance(wanted, str) and wanted not in states:
        yield f"unknown status {wanted!r}{suggest(wanted, states, otherwise='The statuses are')}"
    elif str(status) == "Pending":
        yield "nothing has happened to this recipient yet. Delayed events happen after sesfake.clock.advance(...)"
    else:
        yield f"{str(status)!r} was caused by {describe_event(status.event)}"
        diagnostic = getattr(status.event.fact, "diagnostic", None)
        if diagnostic:
            yield f"  {show(diagnostic, width())}"
    place = place_of(status)
    if place is not None:
        message, recipient = place
        yield from due_for(message, (recipient,))


def _of_item(item: Message | Event, wanted: object) -> Iterator[str]:
    if isinstance(wanted, Message) and isinstance(item, Message):
        differing = list(_of_fields(item, {name: getattr(wanted, name) for name in _FIELDS}))
        yield from differing or ["both messages have the same content: the mail was sent twice"]
    elif (attributes := _attributes(wanted)) is not None:
        yield from _of_fields(item, attributes)
    elif _is_plain(wanted):
        yield next(cure for kind, cure in _CURES.items() if isinstance(item, kind))


def _of_fields(item: object, wanted: Mapping[str, Any]) -> Iterator[str]:
    column = max(map(len, wanted), default=0)
    for name, value in wanted.items():
        found = getattr(item, name, _MISSING)
        if found != value:
            yield f"{name:{column}} : {_of_two(found, value)}"


def _of_log(log: Log[Any], wanted: list[Any]) -> Iterator[str]:
    items = list(log)
    nouns = f"{log.kind.noun}{'' if len(items) == 1 else 's'}"
    yield f"the log has {len(items)} {nouns}, the list has {len(wanted)}"
    yield from listed("holds", [f"#{n} {log.kind.describe(item)}" for n, item in enumerate(items, 1)])
    for number, (item, hoped) in enumerate(zip(items, wanted, strict=False), 1):
        if item != hoped:
            yield f"#{number} is the first item that differs from {_name(hoped)}"
            yield from (f"  {line}" for line in _unequal(item, hoped))
            return


def _absent(item: object, log: Log[Any]) -> Iterator[str]:
    if _is_plain(item):
        yield next((ask for kind, ask in _ASKS.items() if isinstance(log, kind)), f"this log contains {log.kind.noun}s")
    yield from listed("holds", [f"#{n} {log.kind.describe(one)}" for n, one in enumerate(log, 1)] or ["nothing"])


def _attributes(wanted: object) -> Mapping[str, Any] | None:
    """Return the attributes that ``HasAttributes`` of dirty-equals compares; ``None`` for any other value."""
    kind = getattr(sys.modules.get("dirty_equals"), "HasAttributes", None)
    asked = getattr(wanted, "expected_attrs", None) if isinstance(kind, type) and isinstance(wanted, kind) else None
    return asked if isinstance(asked, Mapping) else None


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, (str, bytes, int, dict, list, tuple))


def _of_two(found: object, wanted: object) -> str:
    if found is _MISSING:
        return f"it is missing, expected {show(wanted, width())}"
    if wanted is _MISSING:
        return f"{show(found, width())} was not expected"
    if isinstance(found, str) and isinstance(wanted, str):
        return " != ".join(show_both(str(found), str(wanted), width()))
    return f"{show(found, width())} != {show(wanted, width())}"


def _name(value: object) -> str:
    if isinstance(value, Log):
        return type(value).__name__.lower()
    names: list[tuple[type, Callable[[Any], str]]] = [(Message, describe_message), (Event, describe_event)]
    for kind, describe in names:
        if isinstance(value, kind):
            return f"<{describe(value)}>"
    if isinstance(value, (list, tuple)) and not is_full():
        return f"[{_shown(value)}]"
    return show(str(value) if isinstance(value, Status) else value, width())


def _shown(values: Iterable[object]) -> str:
    entries = [_name(value) for value in values]
    return ", ".join(entries[:1]) + (f", and {len(entries) - 1} more" if len(entries) > 1 else "")
