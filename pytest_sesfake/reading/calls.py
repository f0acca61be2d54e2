"""`sesfake.calls`: the log of all calls of the application, accepted or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.reading.logs import Log
from pytest_sesfake.reading.matching import CALL
from pytest_sesfake.reading.search import Kind
from pytest_sesfake.reading.showing import WIDTH, place, redact, several, shorten
from pytest_sesfake.ses.calls import Call

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from typing import Literal

    from typing_extensions import Unpack, override

    from pytest_sesfake.reading.matching import CallMatchers
    from pytest_sesfake.ses.simulation import Simulation


def describe(call: Call) -> str:
    """Describe a call in one line, for failure texts."""
    name = f"{call.api} {call.operation}" if call.operation else call.api
    region = "" if call.region == call.simulation.region else f" {call.region}"
    people = f" to={several(call.recipients)}" if call.recipients else ""
    attempts = f" attempts={call.attempts}" if call.attempts > 1 else ""
    line = f" ({place(call.caller)})" if call.caller else ""
    return f"{name}{region} {call.at:%H:%M:%S}{people} {_answer(call)}{attempts}{line}"


def brief(call: Call, wanted: Sequence[object] = ()) -> str:
    """Describe a call in a few words, for lists in failure texts. ``wanted`` is ignored."""
    del wanted  # calls have no matcher for recipients
    return f"{call.operation or call.api} {call.error or call.status}"


def _answer(call: Call) -> str:
    if call.error is None:
        return str(call.status)
    return f"{call.error}: {shorten(redact(call.text), 3 * WIDTH)}" if call.text else call.error


class Calls(Log[Call]):
    """The calls of the application by API and SMTP, oldest first. The retries of a client library count as one call."""

    __slots__ = ()
    kind = Kind(item=Call, noun="call", differs=CALL, describe=describe, brief=brief)

    def _kept(self, simulation: Simulation) -> list[Call]:
        return simulation.calls

    if TYPE_CHECKING:

        @override
        def one(self, **matchers: Unpack[CallMatchers]) -> Call: ...
        @override
        def all(self, **matchers: Unpack[CallMatchers]) -> list[Call]: ...
        @override
        def first(self, **matchers: Unpack[CallMatchers]) -> Call: ...
        @override
        def last(self, **matchers: Unpack[CallMatchers]) -> Call: ...
        @override
        def none(self, **matchers: Unpack[CallMatchers]) -> Literal[True]: ...
        @override
        def count(self, item: object = ..., /, **matchers: Unpack[CallMatchers]) -> int: ...
        @override
        def wait(
            self, count: int = 1, timeout: timedelta | float = 5.0, **matchers: Unpack[CallMatchers]
        ) -> list[Call]: ...
        @override
        async def wait_async(
            self, count: int = 1, timeout: timedelta | float = 5.0, **matchers: Unpack[CallMatchers]
        ) -> list[Call]: ...
