"""The matchers of all logs: which names exist, and how an item differs from a wanted value.

Each matcher has a function that returns the difference between a wanted value and an item, or ``None`` if the item
matches. So the same functions find items and explain failures. The TypedDicts name the matchers of each log, for type
checkers and at run time. ``ses.outcomes.selectors``, which scripts use too, defines what a wanted value means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, TypeVar, get_args

from pytest_sesfake.delivery.notifications import RECEIVED, SET_UP
from pytest_sesfake.reading.suggestions import suggest
from pytest_sesfake.ses.calls import Api
from pytest_sesfake.ses.events import Fact
from pytest_sesfake.ses.mail.addresses import split
from pytest_sesfake.ses.outcomes.selectors import address_fits, addresses_fit, equals, subset_misfit, value_fits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pytest_sesfake.delivery.notifications import Notification, NotificationType
    from pytest_sesfake.ses.calls import Call
    from pytest_sesfake.ses.events import Event, EventType
    from pytest_sesfake.ses.mail.views import Headers
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.selectors import Condition
    from pytest_sesfake.ses.system_mail import SystemMail

T = TypeVar("T")


# The names of matchers. A value may be a string, a compiled pattern, a function, or any object with its own __eq__.


class _OfMessages(TypedDict, total=False):
    to: object
    cc: object
    bcc: object
    recipient: object
    sender: object
    source: object
    reply_to: object
    subject: object
    text: object
    html: object
    header: object
    tag: object
    template: object
    configuration_set: object
    api: Api | Condition
    operation: object
    region: object
    attachment: object


class MessageMatchers(_OfMessages, total=False):
    """The matchers of `sesfake.outbox`."""

    where: Callable[[Message], object]


class EventMatchers(_OfMessages, total=False):
    """The matchers of `sesfake.events`: also those of messages, but ``recipient`` means a recipient of the event."""

    type: EventType | Condition
    message: object
    detail: object
    where: Callable[[Event], object]


class CallMatchers(TypedDict, total=False):
    """The matchers of `sesfake.calls`."""

    operation: object
    api: Api | Condition
    region: object
    error: object
    params: object
    message: object
    where: Callable[[Call], object]


class SystemMailMatchers(TypedDict, total=False):
    """The matchers of `sesfake.system_mail`."""

    kind: object
    to: object
    sender: object
    subject: object
    text: object
    html: object
    header: object
    region: object
    where: Callable[[SystemMail], object]


class NotificationMatchers(TypedDict, total=False):
    """The matchers of `sesfake.notifications`."""

    topic: object
    type: NotificationType | Condition
    recipient: object
    target: object
    where: Callable[[Notification], object]


# How an item differs from a wanted value.


class Difference(NamedTuple):
    """A wanted value, its relation to the found value, and the path of both in the field if they are parts of it."""

    wanted: object
    relation: str
    found: object
    path: str = ""


NOTHING: Any = object()
"""The found value of a difference that shows none."""

Differ = Callable[[Any, T], "Difference | None"]


def of_value(wanted: object, found: object) -> Difference | None:
    """Compare a plain value."""
    return None if value_fits(wanted, found) else Difference(wanted, _unlike(wanted), found)


def of_address(wanted: object, found: str) -> Difference | None:
    """Compare a field that holds one address. If a From header holds several, one match is enough."""
    if address_fits(wanted, found) or ("," in found and addresses_fit(wanted, split(found))):
        return None
    return Difference(wanted, _unlike(wanted), found)


def of_addresses(wanted: object, found: Sequence[str]) -> Difference | None:
    """Compare a field that holds a list of addresses."""
    return None if addresses_fit(wanted, tuple(found)) else Difference(wanted, _outside(wanted), list(found))


def of_content(wanted: object, found: str | None) -> Difference | None:
    """Compare a body. A string has to be in it; it need not be the whole body."""
    if isinstance(wanted, str):
        return None if found is not None and wanted in found else Difference(wanted, "is not in", found)
    return of_value(wanted, found)


def of_subset(wanted: object, found: Mapping[str, Any]) -> Difference | None:
    """Compare a mapping. The wanted mapping may name only some of the keys."""
    misfit = subset_misfit(wanted, found)
    if misfit is None:
        return None
    path, inner, actual = misfit
    return Difference(inner, _unlike(inner), actual, path)


def of_headers(wanted: object, message: Message | SystemMail) -> Difference | None:
    """Compare the header fields that the recipients received."""
    return of_fields(wanted, message.headers)


def of_fields(wanted: object, headers: Headers) -> Difference | None:
    """Compare header fields. If a name has several fields, one match is enough."""
    if not isinstance(wanted, Mapping):
        return of_value(wanted, headers)
    for name, value in wanted.items():
        fields = headers.get_all(name)
        candidates: list[str | None] = [*fields] or [None]
        if not any(value_fits(value, candidate) for candidate in candidates):
            found = fields if len(fields) > 1 else fields[0] if fields else None
            return Difference(value, _unlike(value), found, str(name))
    return None


def of_attachments(wanted: object, message: Message) -> Difference | None:
    """Compare the file names of the attachments. One match is enough; a list must match all, in any order."""
    names = [attachment.name for attachment in message.attachments]
    if wanted is None or isinstance(wanted, (list, tuple, set, frozenset)):
        fits = sorted(map(str, wanted or ())) == sorted(map(str, names))
    else:
        fits = any(value_fits(wanted, name) for name in names) or equals(wanted, names)
    return None if fits else Difference(wanted, _outside(wanted), names)


def of_message(wanted: object, found: Sequence[Message]) -> Difference | None:
    """Compare the messages of an event or a call with a message or its id. One match is enough."""
    if wanted is None:
        return Difference(wanted, "!=", list(found)) if found else None
    if isinstance(wanted, str):
        ids = [message.id for message in found]
        return None if wanted in ids else Difference(wanted, "is not in", ids)
    if any(value_fits(wanted, message) for message in found):
        return None
    return Difference(wanted, _outside(wanted), list(found))


def of_targets(wanted: object, found: Sequence[object]) -> Difference | None:
    """Compare the targets of a notification. A function or an application is compared by identity, and not called."""
    known = any(wanted is target or wanted == target for target in found)
    return None if known else Difference(wanted, "is not in", list(found))


def of_judgement(wanted: Callable[[Any], object], item: object) -> Difference | None:
    """Call a function of the test with the item. A false result is a difference."""
    return None if wanted(item) else Difference(wanted, "is false for it", NOTHING)


def _unlike(wanted: object) -> str:
    """Return the relation between a wanted value and a value that does not match it, as failure texts show it."""
    if isinstance(wanted, re.Pattern):
        return "is not found in"
    return "is false for" if _is_asked(wanted) else "!="


def _outside(wanted: object) -> str:
    """Return the relation between a wanted value and a list that does not match it, as failure texts show it."""
    if isinstance(wanted, re.Pattern):
        return "is not found in any of"
    if _is_asked(wanted):
        return "is false for all of"
    return "!=" if wanted is None or isinstance(wanted, (list, tuple, set, frozenset)) else "is not in"


def _is_asked(wanted: object) -> bool:
    return callable(wanted) and type(wanted).__eq__ is object.__eq__


def _complete(matchers: type, differs: dict[str, Differ[T]]) -> dict[str, Differ[T]]:
    """Return the functions in the order of the TypedDict, which defines the matchers."""
    if differs.keys() != matchers.__annotations__.keys():
        raise TypeError(
            f"{matchers.__name__} and its functions differ in {differs.keys() ^ matchers.__annotations__.keys()}"
        )
    return {name: differs[name] for name in matchers.__annotations__}


def _of_its_message(differ: Differ[Message]) -> Differ[Event]:
    return lambda wanted, event: differ(wanted, event.message)


MESSAGE: dict[str, Differ[Message]] = _complete(
    MessageMatchers,
    {
        "to": lambda wanted, message: of_addresses(wanted, message.to),
        "cc": lambda wanted, message: of_addresses(wanted, message.cc),
        "bcc": lambda wanted, message: of_addresses(wanted, message.bcc),
        "recipient": lambda wanted, message: of_addresses(wanted, message.recipients),
        "sender": lambda wanted, message: of_address(wanted, message.sender),
        "source": lambda wanted, message: of_address(wanted, message.source),
        "reply_to": lambda wanted, message: of_addresses(wanted, message.reply_to),
        "subject": lambda wanted, message: of_value(wanted, message.subject),
        "text": lambda wanted, message: of_content(wanted, message.text),
        "html": lambda wanted, message: of_content(wanted, message.html),
        "header": of_headers,
        "tag": lambda wanted, message: of_subset(wanted, message.tags),
        "template": lambda wanted, message: of_value(wanted, message.template),
        "configuration_set": lambda wanted, message: of_value(wanted, message.configuration_set),
        "api": lambda wanted, message: of_value(wanted, message.api),
        "operation": lambda wanted, message: of_value(wanted, message.operation),
        "region": lambda wanted, message: of_value(wanted, message.region),
        "attachment": of_attachments,
        "where": of_judgement,
    },
)
EVENT: dict[str, Differ[Event]] = _complete(
    EventMatchers,
    {
        **{name: _of_its_message(differ) for name, differ in MESSAGE.items()},
        "recipient": lambda wanted, event: of_addresses(wanted, event.recipients),
        "type": lambda wanted, event: of_value(wanted, event.type),
        "message": lambda wanted, event: of_message(wanted, (event.message,)),
        "detail": lambda wanted, event: of_subset(wanted, event.detail),
        "where": of_judgement,
    },
)
CALL: dict[str, Differ[Call]] = _complete(
    CallMatchers,
    {
        "operation": lambda wanted, call: of_value(wanted, call.operation),
        "api": lambda wanted, call: of_value(wanted, call.api),
        "region": lambda wanted, call: of_value(wanted, call.region),
        "error": lambda wanted, call: of_value(wanted, call.error),
        "params": lambda wanted, call: of_subset(wanted, call.params),
        "message": lambda wanted, call: of_message(wanted, call.messages),
        "where": of_judgement,
    },
)

SYSTEM_MAIL: dict[str, Differ[SystemMail]] = _complete(
    SystemMailMatchers,
    {
        "kind": lambda wanted, mail: of_value(wanted, mail.kind),
        "to": lambda wanted, mail: of_addresses(wanted, mail.to),
        "sender": lambda wanted, mail: of_address(wanted, mail.sender),
        "subject": lambda wanted, mail: of_value(wanted, mail.subject),
        "text": lambda wanted, mail: of_content(wanted, mail.text),
        "html": lambda wanted, mail: of_content(wanted, mail.html),
        "header": of_headers,
        "region": lambda wanted, mail: of_value(wanted, mail.region),
        "where": of_judgement,
    },
)

NOTIFICATION: dict[str, Differ[Notification]] = _complete(
    NotificationMatchers,
    {
        "topic": lambda wanted, notification: of_value(wanted, notification.topic),
        "type": lambda wanted, notification: of_value(wanted, notification.type),
        "recipient": lambda wanted, notification: of_addresses(wanted, notification.recipients),
        "target": lambda wanted, notification: of_targets(wanted, notification.targets),
        "where": of_judgement,
    },
)


def differences(differs: Mapping[str, Differ[T]], matchers: Mapping[str, object], item: T) -> dict[str, Difference]:
    """Return the differences between an item and the wanted values, by matcher. A function that raises differs."""
    found = ((name, _reported(differs[name], wanted, item)) for name, wanted in matchers.items())
    return {name: difference for name, difference in found if difference is not None}


def _reported(differ: Differ[T], wanted: object, item: T) -> Difference | None:
    try:
        return differ(wanted, item)
    except Exception as error:  # noqa: BLE001 - the test already failed by another matcher
        return Difference(wanted, f"raises {type(error).__name__} for it", NOTHING)


def fits(differs: Mapping[str, Differ[T]], matchers: Mapping[str, object], item: T) -> bool:
    """Tell whether an item matches. Matchers after the first difference are not evaluated."""
    return all(differs[name](value, item) is None for name, value in matchers.items())


# A value that can never match is a mistake of the test, and raises an error: `none(type="bounce")` would always pass.

_NO_MAPPING = ((str, bytes, int, list, tuple, set), "a dict of names and values")
_NO_ADDRESS = ((bytes, int, float, dict), "an address, a pattern, or a list of addresses")
_NEVER: dict[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(("to", "cc", "bcc", "recipient", "sender", "source", "reply_to"), _NO_ADDRESS),
    "header": _NO_MAPPING,
    "tag": _NO_MAPPING,
    "detail": _NO_MAPPING,
    "params": _NO_MAPPING,
    "type": ((bytes, int, list, tuple, set, dict), "one event type, such as type='Bounce'"),
}
_CURES = {
    "body": "text or html",
    "content": "text or html",
    "destination": "to, or recipient for the envelope",
    "event": "type",
    "event_type": "type",
    "from_": "sender, or source for the envelope",
    "from_email": "sender, or source for the envelope",
    "id": "where=lambda item: item.id == ...",
    "message_id": "where=lambda message: message.id == ...",
    "status": "where=lambda message: message.status[address] == ...",
}


def types_of_events() -> list[str]:
    """Return the names of all event types, sorted."""
    return sorted({fact.type for fact in _kinds(Fact)})


def _kinds(fact: type[Fact]) -> Iterable[type[Fact]]:
    for kind in fact.__subclasses__():
        yield kind
        yield from _kinds(kind)


_WORDS: dict[str, Callable[[], list[str]]] = {"type": types_of_events, "api": lambda: [*get_args(Api)]}
_MORE_WORDS = {("notification", "type"): [RECEIVED, SET_UP]}


def check(verb: str, noun: str, names: Collection[str], matchers: Mapping[str, object]) -> None:
    """Check the matchers that a test gave to ``verb``. ``names`` are those that exist.

    An unknown matcher or a value of a wrong type raises TypeError. A word that never matches raises ValueError.
    """
    __tracebackhide__ = True
    for name, value in matchers.items():
        if name not in names:
            hint = suggest(name, names, otherwise=f"The matchers of {noun}s are", cures=_CURES)
            raise TypeError(f"{verb}() has no matcher {name!r}{hint}")
        if name == "where" and not callable(value):
            raise TypeError(f"where= takes a function of one {noun}, not {value!r}")
        wrong, right = _NEVER.get(name, ((), ""))
        if isinstance(value, wrong):
            raise TypeError(f"{name}= takes {right}, not {value!r}")
        if name in _WORDS:
            one_of(name, value, [*_WORDS[name](), *_MORE_WORDS.get((noun, name), ())])


def check_operation(wanted: object, operations: Collection[str], called: Iterable[str | None]) -> None:
    """Raise ValueError for an operation that does not exist, unless it was ``called``: new ones may be unknown."""
    __tracebackhide__ = True
    if operations and isinstance(wanted, str) and wanted not in operations and wanted not in called:
        hint = suggest(wanted, operations)
        raise ValueError(f"operation={wanted!r} never matches: SES has no such operation{hint}")


def one_of(name: str, value: object, known: Collection[str]) -> None:
    """Raise ValueError if a string is not among the known ones. The text suggests the most similar one."""
    __tracebackhide__ = True
    if isinstance(value, str) and value not in known:
        hint = suggest(value, known, otherwise="The known values are")
        raise ValueError(f"{name}={value!r} never matches{hint}")
