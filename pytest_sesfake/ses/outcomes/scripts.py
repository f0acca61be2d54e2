"""Scripts: choose the script for a call or a recipient, and count how many of its steps are used.

A call script holds faults and has one counter. A recipient script holds outcomes and has one counter per address.
Choosing a recipient script is separate from consuming it. So a refused call, or a bulk call that fails in its last
entry, uses no step of any recipient script.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.outcomes.selectors import address_fits, addresses_fit, is_exact, subset_fits, value_fits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_sesfake.ses.calls import Call
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome

    FaultMatcher = Callable[["Script", "Fault"], bool]

_PICKING = frozenset({"recipient", "subject", "template", "tag", "where"})
_OF_ONE_MESSAGE = ("accept", "error")

EXACT = 2
"""The first part of the rank of a script for one exact address."""


@dataclass(slots=True)
class Stage:
    """A step for one message: several outcomes in order. It applies ``times`` times; ``None`` means without end."""

    outcomes: tuple[Outcome, ...]
    times: int | None = None
    times_given: bool = False


@dataclass(slots=True)
class Fault:
    """A step for one call: ``accept`` (no fault), an error, a timeout, a lost connection or a delay of ``seconds``.

    ``times`` is the number of calls; ``None`` means without end. botocore repeats a failed call: ``attempts`` is how
    many attempts of each call the fault hits; ``None`` means all of them.
    """

    kind: Literal["accept", "error", "timeout", "disconnect", "slow"]
    times: int | None = 1
    times_given: bool = False
    attempts: int | None = None
    code: str = ""
    text: str | None = None
    status: int | None = None
    accepted: bool = False
    seconds: float = 0.0


@dataclass(slots=True, eq=False)
class Script:
    """One script that a test wrote with ``on(...)``: selectors, and the stages or faults in order.

    ``origin`` is the file and line in the test. ``word`` is the function that created it: ``on`` or ``outage``.
    ``since`` are the numbers of calls and messages that existed before it. ``applied`` holds the recipients that it
    was applied to, as pairs of message number and address.
    """

    number: int
    selectors: dict[str, Any]
    origin: tuple[str, int] | None = None
    optional: bool = False
    stages: list[Stage] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    uses: dict[str, int] = field(default_factory=dict)
    word: str = "on"
    since: tuple[int, int] = (0, 0)
    applied: set[tuple[int, str]] = field(default_factory=set)

    @property
    def used(self) -> bool:
        """Whether any step was used."""
        return bool(self.uses)

    @property
    def rank(self) -> tuple[int, int, int]:
        """The sort key for priority: exact address, then pattern, then no address; more selectors; the later line."""
        asked = self.selectors.get("recipient")
        exactness = 0 if asked is None else EXACT if is_exact(asked) else EXACT - 1
        return exactness, len(self.selectors), self.number

    @property
    def picks(self) -> bool:
        """Whether the selectors can choose single messages of a bulk call."""
        return not _PICKING.isdisjoint(self.selectors)

    def discard(self) -> None:
        """Remove all steps, because one of them was wrong. The script decides nothing, and nobody misses it."""
        self.stages.clear()
        self.faults.clear()
        self.optional = True

    def stage(self, address: str, ahead: int = 0) -> Stage | None:
        """Return the stage for the next message to the address, or ``None`` if all are used.

        ``ahead`` is how many further uses earlier messages of the same call have planned.
        """
        return _step(self.stages, self.uses.get(parse_address(address).normal, 0) + ahead)

    def fault(self) -> Fault | None:
        """Return the fault for the next call, or ``None`` if all are used."""
        return _step(self.faults, self.uses.get("", 0))

    def consume(self) -> None:
        """Count one use of a call script."""
        self.uses[""] = self.uses.get("", 0) + 1

    def count_use(self, message: Message, address: str) -> None:
        """Count one use of a recipient script for an address."""
        key = parse_address(address).normal
        self.uses[key] = self.uses.get(key, 0) + 1
        self.applied.add((message.number, key))

    def was_applied(self, message: Message, address: str) -> bool:
        """Tell whether this script was applied to a recipient of a message."""
        return (message.number, parse_address(address).normal) in self.applied

    def fits(self, call: Call, message: Message | None, address: str | None) -> bool:
        """Tell whether every selector matches the call, its message (if any) and the recipient (if given)."""
        return all(_FITS[name](expected, call, message, address) for name, expected in self.selectors.items())

    def fits_by(self, name: str, call: Call, message: Message | None) -> bool:
        """Tell whether the selector ``name`` matches a call and its message (if any)."""
        return _FITS[name](self.selectors[name], call, message, None)


_Step = TypeVar("_Step", Stage, Fault)


def _step(steps: list[_Step], used: int) -> _Step | None:
    for step in steps:
        if step.times is None or used < step.times:
            return step
        used -= step.times
    return None


class Scripts:
    """All scripts of one fake, searched in the order of their rank."""

    def __init__(self) -> None:
        self._all: list[Script] = []
        self._ranked: list[Script] = []
        self._outages: list[Script] = []

    def __iter__(self) -> Iterator[Script]:
        return iter(list(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def add(
        self,
        selectors: dict[str, Any],
        origin: tuple[str, int] | None,
        *,
        optional: bool,
        since: tuple[int, int] = (0, 0),
    ) -> Script:
        """Add a script without steps. ``since`` are the numbers of calls and messages that existed before it."""
        script = Script(len(self._all), selectors, origin, optional, since=since)
        self._all.append(script)
        self._rank()
        return script

    def _rank(self) -> None:
        scripts = (script for script in self._all if script.word == "on")
        self._ranked = sorted(scripts, key=lambda script: script.rank, reverse=True)

    def share(self, since: int) -> None:
        """Mark the scripts from number ``since`` on as shared by many tests.

        They become optional (a test may leave them unused), and they rank behind the scripts of the test.
        """
        shared = self._all[since:]
        for script in shared:
            script.optional = True
        self._all = shared + self._all[:since]
        for number, script in enumerate(self._all):
            script.number = number
        self._rank()

    def begin_outage(self, selectors: dict[str, Any], origin: tuple[str, int] | None, fault: Fault) -> Script:
        """Start an outage: a fault for every attempt of every matching call, before any other script."""
        script = Script(len(self._all), selectors, origin, faults=[fault], word="outage")
        self._all.append(script)
        self._outages.append(script)
        return script

    def end_outage(self, script: Script) -> None:
        """End an outage. It stays in the list of scripts, so that an unused outage is reported."""
        self._outages.remove(script)

    def for_call(self, call: Call, message: Message | None) -> Fault | None:
        """Choose and consume the fault for this attempt of a call, or return ``None``."""
        return self._for_attempt(call, lambda script, _: script.fits(call, message, None))

    def for_step(self, call: Call) -> Fault | None:
        """Choose and consume the fault for an SMTP command before the mail data.

        Only scripts with the selector ``operation`` apply.
        """
        return self._for_attempt(
            call, lambda script, _: "operation" in script.selectors and script.fits(call, None, None)
        )

    def for_bulk(self, call: Call, messages: Sequence[Message]) -> Fault | None:
        """Choose and consume the fault for a bulk call as a whole.

        A script that chooses single messages applies to the whole call only if its fault is a timeout, a lost
        connection or a delay. `for_entry` handles its errors.
        """

        def matches(script: Script, fault: Fault) -> bool:
            if script.picks and fault.kind in _OF_ONE_MESSAGE:
                return False
            return any(script.fits(call, message, None) for message in messages)

        return self._for_attempt(call, matches)

    def for_entry(self, call: Call, message: Message) -> Fault | None:
        """Choose and consume the error for one message of a bulk call."""

        def matches(script: Script, fault: Fault) -> bool:
            return script.picks and fault.kind in _OF_ONE_MESSAGE and script.fits(call, message, None)

        fault = self._choose_fault(matches)
        return None if fault is None or fault.kind == "accept" else fault

    def _for_attempt(self, call: Call, matches: FaultMatcher) -> Fault | None:
        for outage in reversed(self._outages):  # the latest outage first
            if matches(outage, outage.faults[0]):
                outage.consume()
                return outage.faults[0]
        if call.attempts > 1:
            # A retry of the same call keeps the fault of its first attempt, so it consumes no further step.
            fault = call.fault
        else:
            fault = call.fault = self._choose_fault(matches)
        if fault is None or fault.kind == "accept":
            return None
        if fault.attempts is not None and call.attempts > fault.attempts:
            return None
        return fault

    def _choose_fault(self, matches: FaultMatcher) -> Fault | None:
        for script in self._ranked:
            if script.faults and (fault := script.fault()) is not None and matches(script, fault):
                script.consume()
                return fault
        return None

    def for_recipient(
        self, call: Call, message: Message, address: str, *, rival: bool, ahead: Mapping[tuple[Script, str], int]
    ) -> tuple[Script, Stage] | None:
        """Choose the script for a recipient without consuming it.

        ``rival`` means that the address belongs to the mailbox simulator: only scripts for one exact address come
        before the simulator. ``ahead`` counts the uses that earlier messages of the same call have planned.
        """
        for script in self._ranked:
            if rival and script.rank[0] < EXACT:
                return None
            if not script.stages:
                continue
            stage = script.stage(address, ahead.get((script, parse_address(address).normal), 0))
            if stage is not None and script.fits(call, message, address):
                return script, stage
        return None


def _fits_recipient(expected: Any, _: Call, message: Message | None, address: str | None) -> bool:
    if address is not None:
        return address_fits(expected, address)
    return message is not None and addresses_fit(expected, message.envelope)


def _of_message(fits: Callable[[Any, Message], bool]) -> Callable[[Any, Call, Message | None, str | None], bool]:
    return lambda expected, _, message, __: message is not None and fits(expected, message)


_FITS: dict[str, Callable[[Any, Call, Message | None, str | None], bool]] = {
    "recipient": _fits_recipient,
    "sender": _of_message(lambda expected, message: address_fits(expected, message.sender)),
    "subject": _of_message(lambda expected, message: value_fits(expected, message.subject)),
    "configuration_set": _of_message(lambda expected, message: value_fits(expected, message.configuration_set)),
    "template": _of_message(lambda expected, message: value_fits(expected, message.template)),
    "tag": _of_message(lambda expected, message: subset_fits(expected, message.tags)),
    "operation": lambda expected, call, _, __: value_fits(expected, call.operation),
    "api": lambda expected, call, _, __: value_fits(expected, call.api),
    "region": lambda expected, call, _, __: value_fits(expected, call.region),
    "where": lambda expected, call, message, _: bool(expected(call if message is None else message)),
}
SELECTORS = tuple(_FITS)
