"""The base class of all logs that tests read, such as `sesfake.outbox` and `sesfake.events`.

A log is a sequence that grows. Its methods take matchers and find items; those that expect something fail with an
explanation. Methods take the lock only to copy the list, because matchers may call functions of the test.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import methodcaller
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, overload

from pytest_sesfake.reading.explain import failure, missing
from pytest_sesfake.reading.index import AddressIndex
from pytest_sesfake.reading.matching import check, check_operation, fits
from pytest_sesfake.reading.search import Search, pulse
from pytest_sesfake.reading.showing import redact
from pytest_sesfake.reading.suggestions import suggest
from pytest_sesfake.reading.waiting import now, rest, rest_async, running
from pytest_sesfake.ses.clock import to_seconds
from pytest_sesfake.ses.outcomes.selectors import is_exact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_sesfake.reading.search import Kind
    from pytest_sesfake.ses.simulation import Simulation

T = TypeVar("T")

# pytest hides our frames, so that the failure shows the line of the test.
HIDDEN = methodcaller("errisinstance", (AssertionError, TypeError, ValueError, RuntimeError))

MOST_SHOWN = 10
"""The most items that the repr of a log shows."""


_SYNONYMS = {
    "filter": "all(...)",
    "find": "all(...)",
    "get": "one(...)",
    "len": "count(...)",
    "size": "count(...)",
    "clear": "sesfake.reset()",
}
_VERBS = ("one", "all", "first", "last", "none", "count", "wait", "wait_async")
_FOR_TESTS = {*_VERBS, "index"}  # `index` comes from Sequence


def a(noun: str) -> str:
    """Return a noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


class Log(Sequence[T]):
    """A sequence of items, oldest first. It is equal to a list of the same items.

    Each read first lets everything happen that is due by the fake's clock. An item has to match all given matchers; see
    ``reading.matching``. ``simulation`` owns the items. ``sesfake.reset()`` sets a new one.
    """

    __slots__ = ("_indexes", "simulation")
    __hash__ = None  # type: ignore[assignment]  # it equals a list, and lists have no hash either
    kind: ClassVar[Kind[Any]]

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self._indexes = {name: AddressIndex(read) for name, read in self.kind.indexed.items()}

    def _kept(self, simulation: Simulation) -> list[T]:
        """Return the list of items that the simulation keeps."""
        raise NotImplementedError

    # The methods of a sequence.

    def _snapshot(self) -> list[T]:
        simulation = self.simulation
        with simulation.lock:
            simulation.settle()
            return list(self._kept(simulation))

    def __len__(self) -> int:
        simulation = self.simulation
        with simulation.lock:
            simulation.settle()
            return len(self._kept(simulation))

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        __tracebackhide__ = methodcaller("errisinstance", IndexError)
        try:
            return self._snapshot()[place]
        except IndexError:
            what = f"{type(self).__name__.lower()}[{place}]"
            raise IndexError(missing(self._look({}), what)) from None

    def __iter__(self) -> Iterator[T]:
        return iter(self._snapshot())

    def __reversed__(self) -> Iterator[T]:
        return reversed(self._snapshot())

    def __contains__(self, item: object) -> bool:
        return item in self._snapshot()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (list, Log)):
            return self._snapshot() == list(other)
        return NotImplemented

    def __dir__(self) -> list[str]:
        """Return the attributes for tests. Completion leaves out those that only this package uses."""
        return [name for name in super().__dir__() if name.startswith("_") or name in _FOR_TESTS]

    def __repr__(self) -> str:
        items = self._snapshot()
        shown = [repr(item) for item in items[:MOST_SHOWN]]
        if len(items) > MOST_SHOWN:
            shown.append(f"... {len(items) - MOST_SHOWN} more")
        return redact(f"{type(self).__name__}([{', '.join(shown)}])")

    if not TYPE_CHECKING:  # with it, type checkers would accept every attribute

        def __getattr__(self, name: str) -> Any:
            log, noun = type(self).__name__.lower(), self.kind.noun
            if hasattr(self.kind.item, name):
                hint = f". The attribute belongs to {a(noun)}: {log}.one().{name}"
            else:
                hint = suggest(name, _VERBS, otherwise="Its methods are", cures=_SYNONYMS)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")

    # The methods of tests. The classes of logs declare their matchers again, for type checkers.

    def one(self, *args: Any, **matchers: Any) -> T:
        """Return the only item that matches. Fail with an explanation if none or several match."""
        __tracebackhide__ = HIDDEN
        search = self._search("one", args, matchers)
        if len(search.found) != 1:
            text = failure(search, f"exactly one {self.kind.noun}", too_many=bool(search.found))
            raise AssertionError(text)
        return search.found[0]

    def all(self, *args: Any, **matchers: Any) -> list[T]:
        """Return all items that match, which may be an empty list."""
        __tracebackhide__ = HIDDEN
        return self._search("all", args, matchers).found

    def first(self, *args: Any, **matchers: Any) -> T:
        """Return the oldest item that matches. Fail with an explanation if none matches."""
        __tracebackhide__ = HIDDEN
        return self._some(self._search("first", args, matchers))[0]

    def last(self, *args: Any, **matchers: Any) -> T:
        """Return the newest item that matches. Fail with an explanation if none matches."""
        __tracebackhide__ = HIDDEN
        return self._some(self._search("last", args, matchers))[-1]

    def none(self, *args: Any, **matchers: Any) -> Literal[True]:
        """Return ``True`` if no item matches. Fail with a list of the matches otherwise."""
        __tracebackhide__ = HIDDEN
        search = self._search("none", args, matchers)
        if search.found:
            raise AssertionError(failure(search, f"no {self.kind.noun}", too_many=True))
        return True

    def count(self, *args: Any, **matchers: Any) -> int:
        """Return the number of items that match, or how often one given item is in the log."""
        __tracebackhide__ = HIDDEN
        if args and (self.kind.leading is None or isinstance(args[0], self.kind.item)):
            if len(args) > 1 or matchers:
                raise TypeError("count() takes one item, or matchers by name")
            return self._snapshot().count(args[0])
        return len(self._search("count", args, matchers).found)

    def wait(self, *args: Any, **matchers: Any) -> list[T]:
        """Wait until at least ``count`` items match, and return all matches. Fail after ``timeout`` seconds.

        Use it for mail that other threads and processes send. The time is real time; ``sesfake.clock`` does not move.
        While an event loop runs in this thread, RuntimeError is raised: use ``wait_async`` there.
        """
        __tracebackhide__ = HIDDEN
        if running() is not None:
            log = type(self).__name__.lower()
            raise RuntimeError(f"wait() would block the running event loop. Use `await sesfake.{log}.wait_async(...)`")
        matchers, count, seconds = self._bounds("wait", args, matchers)
        deadline = now() + seconds
        while len((search := self._look(matchers)).found) < count:
            if (left := deadline - now()) <= 0:
                raise AssertionError(self._too_late(search, count, seconds))
            rest(search.simulation, search.pulse, left)
        return search.found

    async def wait_async(self, *args: Any, **matchers: Any) -> list[T]:
        """Do the same as ``wait`` without blocking the running event loop."""
        __tracebackhide__ = HIDDEN
        matchers, count, seconds = self._bounds("wait_async", args, matchers)
        deadline = now() + seconds
        while len((search := self._look(matchers)).found) < count:
            if (left := deadline - now()) <= 0:
                raise AssertionError(self._too_late(search, count, seconds))
            await rest_async(search.simulation, search.pulse, left)
        return search.found

    # How these methods search.

    def _search(self, verb: str, args: tuple[Any, ...], matchers: dict[str, Any]) -> Search[T]:
        __tracebackhide__ = HIDDEN
        matchers = self._named(verb, args, (self.kind.leading,) if self.kind.leading else (), matchers)
        self._check(verb, matchers)
        return self._look(matchers)

    def _bounds(self, verb: str, args: tuple[Any, ...], matchers: dict[str, Any]) -> tuple[dict[str, Any], int, float]:
        """Return the matchers of ``wait``, the number of matches to wait for, and the most seconds to wait."""
        __tracebackhide__ = HIDDEN
        # A number as first argument is the count, in every log: no type is a number.
        leads = self.kind.leading and not (args and isinstance(args[0], (int, float)))
        names = (self.kind.leading, "count", "timeout") if self.kind.leading and leads else ("count", "timeout")
        matchers = self._named(verb, args, names, matchers)
        count, seconds = matchers.pop("count", 1), to_seconds(matchers.pop("timeout", 5.0))
        if type(count) is not int or count < 0:
            example = next(iter(self.kind.differs))
            raise TypeError(f"{verb}() takes a whole number as count, as in {verb}(2, {example}=...), not {count!r}")
        self._check(verb, matchers)
        return matchers, count, seconds

    def _check(self, verb: str, matchers: dict[str, Any]) -> None:
        __tracebackhide__ = HIDDEN
        check(verb, self.kind.noun, self.kind.differs, matchers)
        simulation = self.simulation
        called = (call.operation for call in simulation.calls)
        check_operation(matchers.get("operation"), simulation.collaborators.operations, called)

    def _named(
        self, verb: str, args: tuple[Any, ...], names: tuple[str, ...], matchers: dict[str, Any]
    ) -> dict[str, Any]:
        """Return all arguments by name, positional ones first. ``names`` are the names of positional arguments."""
        __tracebackhide__ = HIDDEN
        if len(args) > len(names):
            example = next(iter(self.kind.differs))
            raise TypeError(f"{verb}() takes matchers by name, as in {verb}({example}={args[len(names)]!r})")
        placed = dict(zip(names, args, strict=False))
        for name in placed.keys() & matchers.keys():
            raise TypeError(f"{verb}() takes {name} once, by position or by name")
        return {**placed, **matchers}

    def _look(self, matchers: dict[str, Any]) -> Search[T]:
        __tracebackhide__ = HIDDEN
        simulation = self.simulation
        with simulation.lock:
            simulation.settle()
            log = self._kept(simulation)
            total = len(log)
            candidates = self._candidates(log, matchers)
            seen = pulse(simulation)
        # Not under the lock, because matchers may call functions of the test.
        found = [item for item in candidates if fits(self.kind.differs, matchers, item)]
        return Search(
            kind=self.kind, simulation=simulation, matchers=matchers, log=log, total=total, found=found, pulse=seen
        )

    def _candidates(self, log: list[T], matchers: dict[str, Any]) -> list[T]:
        for name, index in self._indexes.items():
            wanted = matchers.get(name)
            if isinstance(wanted, str) and is_exact(wanted):
                return index.find(log, wanted)
        return list(log)

    def _some(self, search: Search[T]) -> list[T]:
        __tracebackhide__ = HIDDEN
        if not search.found:
            raise AssertionError(failure(search, a(self.kind.noun)))
        return search.found

    def _too_late(self, search: Search[T], count: int, seconds: float) -> str:
        noun = self.kind.noun if count == 1 else f"{self.kind.noun}s"
        return failure(search, f"at least {count} {noun}", within=f" within {seconds:g} s")
