"""What one test did with a fake: its part of the logs, seen once and without letting anything happen."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pytest_sesfake.ses.events import Delayed
from pytest_sesfake.ses.messages import Statuses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_sesfake.delivery.events import Event
    from pytest_sesfake.delivery.notifications import Notification
    from pytest_sesfake.ses.calls import Call
    from pytest_sesfake.ses.events import Fact
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.receiving import Reception
    from pytest_sesfake.ses.schedule import Entry
    from pytest_sesfake.ses.simulation import Simulation
    from pytest_sesfake.ses.system_mail import SystemMail


T = TypeVar("T")


class LogPosition(NamedTuple):
    """The length of each log at some time: where the part of the next test begins."""

    messages: int = 0
    events: int = 0
    calls: int = 0
    system_mail: int = 0
    receptions: int = 0
    notifications: int = 0


def mark(simulation: Simulation, published: Sequence[Notification]) -> LogPosition:
    """Return how long the logs are now."""
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
    """A part of a fake's logs, and what is still to come of its messages.

    Other than the logs that tests read it does not settle time: when a test is over, the clock may have been given
    back to the present by whoever had frozen it, and what was due in a week would seem to have happened.
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
        """The calls that were answered with an error, or with nothing."""
        return [call for call in self.calls if call.error is not None]

    def __bool__(self) -> bool:
        return bool(self.messages or self.events or self.calls or self.system_mail or self.receptions)

    def fates(self) -> dict[Message, list[Event]]:
        """Return what happened to each message, as far as it is in this part."""
        found: dict[Message, list[Event]] = defaultdict(list)
        for event in self.events:
            found[event.message].append(event)
        return found


def excerpt(simulation: Simulation, since: LogPosition, published: Sequence[Notification]) -> Excerpt:
    """Return what was logged after ``since``; ``published`` are the notifications of the dispatcher."""
    with simulation.lock:
        return Excerpt(
            messages=simulation.messages[since.messages :],
            events=simulation.events[since.events :],  # type: ignore[arg-type]  # `fake` gives the simulation this class
            calls=simulation.calls[since.calls :],
            system_mail=simulation.system_mail[since.system_mail :],
            receptions=simulation.receptions[since.receptions :],
            notifications=published[since.notifications :],
            waiting=simulation.schedule.waiting(),
        )


def joined(parts: Sequence[Excerpt]) -> Excerpt:
    """Return what a test did with several fakes as one: what happened in the order of its times."""

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
    """Return what the type of an event leaves open, such as ``"Permanent/General"``."""
    if isinstance(fact, Delayed):
        return fact.reason
    words = [getattr(fact, name, None) for name in ("kind", "subtype", "feedback", "topic")]
    return "/".join(word for word in words if word)


_REASONS = ("diagnostic", "reason", "text", "link")


def reason(fact: Fact) -> str:
    """Return what else there is to say of it, for the most part why it went wrong; an empty text if nothing."""
    return next((str(said) for name in _REASONS if (said := getattr(fact, name, None))), "")
