"""`sesfake.expect(...)`: a ``with`` block that fails if the counts of messages, events or calls in it are different.

The block remembers the length of each log when it starts, and counts what was added when it ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from operator import methodcaller
from typing import TYPE_CHECKING, Any

from pytest_sesfake.reading.explain import listed
from pytest_sesfake.reading.hints import due_later, kept_by_django
from pytest_sesfake.reading.matching import one_of, types_of_events
from pytest_sesfake.reading.search import Search

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self

    from pytest_sesfake.reading.calls import Calls
    from pytest_sesfake.reading.event_log import Events
    from pytest_sesfake.reading.logs import Log
    from pytest_sesfake.reading.outbox import Outbox
    from pytest_sesfake.ses.simulation import Simulation

Wanted = int | Mapping[str, int]

# pytest hides our frames, so that the failure shows the line of the test.
_HIDDEN = methodcaller("errisinstance", AssertionError)


class Expectation:
    """The block of ``with sesfake.expect(sent=1, calls=3):``. It fails at its end if a count is different.

    ``wanted`` has the expected counts under ``sent``, ``events`` and ``calls``. ``None`` means: do not count this log.
    Wrong counts raise AssertionError. If the block raises an exception, nothing is counted and the exception goes on.
    Without any count, or with a value that is no count, TypeError is raised; for an unknown event type, ValueError.
    """

    def __init__(self, outbox: Outbox, events: Events, calls: Calls, wanted: Mapping[str, Any]) -> None:
        __tracebackhide__ = True
        self._logs: dict[str, Log[Any]] = {"sent": outbox, "events": events, "calls": calls}
        given = {name: value for name, value in wanted.items() if value is not None}
        # `events={}` means no events, like an empty list.
        self._wanted: dict[str, Wanted] = {name: 0 if value == {} else value for name, value in given.items()}
        if not self._wanted:
            raise TypeError("expect() takes at least one of sent=, events= and calls=")
        for name, value in self._wanted.items():
            _check(name, value)

    def __enter__(self) -> Self:
        """Start to count."""
        self._simulation = self._logs["sent"].simulation
        self._before = {name: len(log) for name, log in self._logs.items()}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raise AssertionError if a count differs from the expected one."""
        __tracebackhide__ = _HIDDEN
        if error is not None:
            return
        if (
            self._logs["sent"].simulation is not self._simulation
        ):  # started over, so that all there is belongs to the block
            self._before = dict.fromkeys(self._before, 0)
        items = {name: list(log)[self._before[name] :] for name, log in self._logs.items()}
        counts = {name: _count(items[name], wanted) for name, wanted in self._wanted.items()}
        if counts != self._wanted:
            raise AssertionError(self._text(items, counts))

    def _text(self, items: dict[str, list[Any]], counts: Mapping[str, Wanted]) -> str:
        wrong = [name for name, wanted in self._wanted.items() if counts[name] != wanted]
        asked = ", ".join(f"{name}={value!r}" for name, value in self._wanted.items())
        said = ", ".join(f"{name} is {_said(counts[name], self._wanted[name])}" for name in wrong)
        lines = [f"expected {asked} in this block: {said}"]
        # If too little was sent, the calls show the reason: SES may have refused them.
        shown = [name for name in self._logs if name in wrong or (name == "calls" and "sent" in wrong)]
        for name in shown:
            log = self._logs[name]
            numbered = enumerate(items[name], self._before[name] + 1)
            entries = [f"#{number} {log.kind.describe(item)}" for number, item in numbered]
            lines += listed(name, entries or ["nothing"])
        lines += [f"  hint   : {hint}" for hint in self._hints(counts)]
        return "\n".join(lines)

    def _hints(self, counts: Mapping[str, Wanted]) -> Iterator[str]:
        sent, wanted = counts.get("sent"), self._wanted.get("sent")
        if isinstance(sent, int) and isinstance(wanted, int) and sent < wanted:
            if before := self._before["sent"]:
                yield f"{before} message{'s were' if before > 1 else ' was'} sent before this block"
            yield from kept_by_django(self._search("sent", {}), None)
        happened, hoped = counts.get("events"), self._wanted.get("events")
        if isinstance(happened, Mapping) and isinstance(hoped, Mapping):
            for name in hoped:
                if happened[name] < hoped[name]:
                    yield from due_later(self._search("events", {"type": name}), None)

    def _search(self, name: str, matchers: dict[str, Any]) -> Search[Any]:
        log, simulation = self._logs[name], self._cloud_now
        return Search(kind=log.kind, simulation=simulation, matchers=matchers, log=[], total=0, found=[], pulse=())

    @property
    def _cloud_now(self) -> Simulation:
        return self._logs["sent"].simulation


def _check(name: str, value: Wanted) -> None:
    __tracebackhide__ = True
    if isinstance(value, Mapping) and name == "events":
        for kind in value:
            one_of("type", kind, types_of_events())
    for count in value.values() if isinstance(value, Mapping) and name == "events" else (value,):
        if type(count) is not int or count < 0:
            takes = "a whole number, or a dict such as {'Bounce': 1}" if name == "events" else "a whole number"
            raise TypeError(f"expect({name}=) takes {takes}, not {value!r}")


def _count(items: list[Any], wanted: Wanted) -> Wanted:
    if not isinstance(wanted, Mapping):
        return len(items)
    counts = Counter(event.type for event in items)
    return {name: counts[name] for name in wanted}


def _said(count: Wanted, wanted: Wanted) -> str:
    if not isinstance(count, Mapping) or not isinstance(wanted, Mapping):
        return str(count)
    return repr({name: number for name, number in count.items() if number != wanted[name]})
