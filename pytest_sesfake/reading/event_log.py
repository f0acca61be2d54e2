"""`sesfake.events`: the log of everything that happened to messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from pytest_sesfake.reading.logs import Log
from pytest_sesfake.reading.matching import EVENT
from pytest_sesfake.reading.search import Kind
from pytest_sesfake.reading.showing import redact, show
from pytest_sesfake.ses.events import Bounced, Clicked, Complained, Delayed, Event, Unrendered
from pytest_sesfake.ses.mail.addresses import parse_address

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from typing import Literal

    from typing_extensions import Unpack, override

    from pytest_sesfake.reading.matching import EventMatchers
    from pytest_sesfake.ses.events import EventType
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.selectors import Condition
    from pytest_sesfake.ses.simulation import Simulation


def describe(event: Event) -> str:
    """Describe an event in one line, for failure texts."""
    what = detail(event)
    return f"{brief(event)} {event.timestamp:%H:%M:%S}{f' {what}' if what else ''}{about(event.message)}"


def about(message: Message) -> str:
    """Return " of" and the subject of a message, or its template if the subject is empty; "" if it has neither."""
    if message.subject:
        return f" of {show(message.subject)}"
    return f" of the template {show(message.template)}" if message.template else ""


def brief(event: Event, wanted: Sequence[object] = ()) -> str:
    """Describe an event in a few words, for lists in failure texts. ``wanted`` is ignored."""
    del wanted  # an event has few recipients, and all are shown
    return f"{event.type} {', '.join(parse_address(recipient).bare for recipient in event.recipients)}"


def detail(event: Event) -> str:
    """Return what the type of an event leaves open, such as ``"Permanent/General"``; an empty text if nothing."""
    if isinstance(event.fact, Bounced):
        return f"{event.fact.kind}/{event.fact.subtype}"
    if isinstance(event.fact, Complained):
        return event.fact.subtype or event.fact.feedback or ""
    if isinstance(event.fact, Delayed):
        return event.fact.reason
    if isinstance(event.fact, Clicked):
        return redact(event.fact.link)
    return ""


def unrendered(simulation: Simulation) -> list[str]:
    """Return one text for each mail that SES did not send because its template did not render."""
    return [
        f"the mail for {', '.join(event.recipients)} was not sent, because its {_template(event.message)} did not "
        f"render, and strict is on: {event.fact.text}"
        for event in simulation.events
        if isinstance(event.fact, Unrendered)
    ]


def _template(message: Message) -> str:
    return f"template {message.template!r}" if message.template else "template"


class Events(Log[Event]):
    """The events of messages, oldest first. Each method takes the event type as its first positional argument."""

    __slots__ = ()
    kind = Kind(
        item=Event,
        noun="event",
        differs=EVENT,
        describe=describe,
        brief=brief,
        leading="type",
        indexed={"recipient": lambda event: event.recipients},
    )

    def _kept(self, simulation: Simulation) -> list[Event]:
        return simulation.events

    if TYPE_CHECKING:

        @override
        def one(self, type: EventType | Condition = ..., /, **matchers: Unpack[EventMatchers]) -> Event: ...
        @override
        def all(self, type: EventType | Condition = ..., /, **matchers: Unpack[EventMatchers]) -> list[Event]: ...
        @override
        def first(self, type: EventType | Condition = ..., /, **matchers: Unpack[EventMatchers]) -> Event: ...
        @override
        def last(self, type: EventType | Condition = ..., /, **matchers: Unpack[EventMatchers]) -> Event: ...
        @override
        def none(self, type: EventType | Condition = ..., /, **matchers: Unpack[EventMatchers]) -> Literal[True]: ...
        @override
        def count(self, type: EventType | Condition | Event = ..., /, **matchers: Unpack[EventMatchers]) -> int: ...
        @overload
        def wait(
            self, count: int = 1, timeout: timedelta | float = 5.0, **matchers: Unpack[EventMatchers]
        ) -> list[Event]: ...
        @overload
        def wait(
            self,
            type: EventType | Condition,
            /,
            count: int = 1,
            timeout: timedelta | float = 5.0,
            **matchers: Unpack[EventMatchers],
        ) -> list[Event]: ...
        @override
        def wait(self, *args: Any, **matchers: Any) -> list[Event]: ...
        @overload
        async def wait_async(
            self, count: int = 1, timeout: timedelta | float = 5.0, **matchers: Unpack[EventMatchers]
        ) -> list[Event]: ...
        @overload
        async def wait_async(
            self,
            type: EventType | Condition,
            /,
            count: int = 1,
            timeout: timedelta | float = 5.0,
            **matchers: Unpack[EventMatchers],
        ) -> list[Event]: ...
        @override
        async def wait_async(self, *args: Any, **matchers: Any) -> list[Event]: ...
