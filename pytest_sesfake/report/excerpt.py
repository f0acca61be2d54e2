"""The part of a fake's logs that belongs to one test.

A fixture of a wider scope shares one fake between tests. So the length of each log is noted when a test ends, and the
part of the next test starts there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pytest_sesfake.ses.events import Delayed
from pytest_sesfake.ses.messages import Statuses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_sesfake.delivery.notifications import Notification
    from pytest_sesfake.ses.calls import Call
    from pytest_sesfake.ses.events import Event, Fact
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.receiving import Reception
    from pytest_sesfake.ses.schedule import Entry
    from pytest_sesfake.ses.simulation import Simulation
    from pytest_sesfake.ses.system_mail import SystemMail


T = TypeVar("T")


class LogPosition(NamedTuple):
    """The length of each log at some time. The part of the next test starts there."""

    messages: int = 0
    events: int = 0
    calls: int = 0
    system_mail: int = 0
    receptions: int = 0
    notifications: int = 0


def mark(simulation: Simulation, published: Sequence[Notification]) -> LogPosition:
    """Return the present length of each log. ``published`` are the notifications of the dispatcher."""
    logs: tuple[Sequence[object], ...] = (
        simulation.messages,
        simulation.events,
        simulation.calls,
        simulation.system_mail,
        simulation.receptions,
        published,
    )
    return LogPosition(*(len(log) for log in logs))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a fake's logs, and the events that are still scheduled.

    To make it does not settle time, as reading a log in a test does. At the end of a test the clock may no longer be
    frozen, so events that are due in a week of test time would seem to have happened.
    """

    messages: Sequence[Message]
    events: Sequence[Event]
    calls: Sequence[Call]
    system_mail: Sequence[SystemMail]
    receptions: Sequence[Reception]
    notifications: Sequence[Notification]
    waiting: Sequence[Entry]

    @property
    def refused(self) -> list[Call]:
        """The calls that got an error, or no response. A lookup that found nothing was not refused."""
        return [call for call in self.calls if call.error is not None and not _is_lookup(call)]

    def __bool__(self) -> bool:
        return bool(self.messages or self.events or self.calls or self.system_mail or self.receptions)

    def fates(self) -> dict[Message, list[Event]]:
        """Return the events of this part by message."""
        found: dict[Message, list[Event]] = defaultdict(list)
        for event in self.events:
            found[event.message].append(event)
        return found


def excerpt(simulation: Simulation, since: LogPosition, published: Sequence[Notification]) -> Excerpt:
    """Return what was logged after ``since``. ``published`` are the notifications of the dispatcher."""
    with simulation.lock:
        return Excerpt(
            messages=simulation.messages[since.messages :],
            events=simulation.events[since.events :],
            calls=simulation.calls[since.calls :],
            system_mail=simulation.system_mail[since.system_mail :],
            receptions=simulation.receptions[since.receptions :],
            notifications=published[since.notifications :],
            waiting=simulation.schedule.waiting(),
        )


def joined(parts: Sequence[Excerpt]) -> Excerpt:
    """Return the excerpts of several fakes as one. Events and calls are sorted by time."""

    def every(log: Callable[[Excerpt], Sequence[T]]) -> list[T]:
        return list(chain.from_iterable(map(log, parts)))

    if len(parts) == 1:
        return parts[0]
    return Excerpt(
        messages=every(lambda part: part.messages),
        events=sorted(every(lambda part: part.events), key=lambda event: event.at),
        calls=sorted(every(lambda part: part.calls), key=lambda call: call.time),
        system_mail=every(lambda part: part.system_mail),
        receptions=every(lambda part: part.receptions),
        notifications=every(lambda part: part.notifications),
        waiting=every(lambda part: part.waiting),
    )


def statuses(message: Message, events: Sequence[Event]) -> dict[str, str]:
    """Return the state of each recipient after these events, by address."""
    return {address: str(status) for address, status in Statuses(message, events).items()}


def kind(fact: Fact) -> str:
    """Return the details of an event's type, such as ``"Permanent/General"``; an empty text if it has none."""
    if isinstance(fact, Delayed):
        return fact.reason
    words = [getattr(fact, name, None) for name in ("kind", "subtype", "feedback", "topic")]
    return "/".join(word for word in words if word)


_REASONS = ("diagnostic", "reason", "text", "link")


def reason(fact: Fact) -> str:
    """Return the reason of an event, such as a diagnostic code, or the link of a click; else an empty text."""
    return next((str(said) for name in _REASONS if (said := getattr(fact, name, None))), "")


def _is_lookup(call: Call) -> bool:
    """Tell whether a call only asked for a resource that does not exist."""
    asked = (call.operation or "").startswith(("Get", "List", "Describe"))
    return asked and (call.error or "").endswith(("NotFoundException", "DoesNotExist", "DoesNotExistException"))
