"""Scripts: what ``on(...)`` returns. A wrong selector or step raises at the line of the test that writes it."""

from __future__ import annotations

import sys
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypedDict

from pytest_sesfake.fake import known_names
from pytest_sesfake.fake.steps import RecipientSteps, step
from pytest_sesfake.reading.suggestions import suggest
from pytest_sesfake.ses.clock import to_seconds
from pytest_sesfake.ses.outcomes import event_grouping, outcomes
from pytest_sesfake.ses.outcomes.scripts import SELECTORS, Fault, Script, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.fake.steps import Times
    from pytest_sesfake.ses.calls import Api
    from pytest_sesfake.ses.outcomes.outcomes import Outcome
    from pytest_sesfake.ses.outcomes.selectors import Condition
    from pytest_sesfake.ses.simulation import Simulation


class Selectors(TypedDict, total=False):
    """The selectors of ``on(...)``. A script applies when all its selectors match.

    ``recipient`` is one recipient of the envelope. ``sender`` is the From header. ``api`` is ``"ses"``, ``"sesv2"`` or
    ``"smtp"``. ``operation`` is the AWS name, such as ``"SendEmail"``. ``tag`` is a mapping of message tags. ``where``
    is a function that gets the message, or the call if the call sends no message, and returns whether it matches.

    In an address, ``*`` is a wildcard. Instead of a text, a selector takes a compiled pattern, which searches in the
    value, or a function, which gets the value and returns whether it matches.
    """

    recipient: Any
    sender: Any
    subject: Any
    operation: Any
    api: Api | Condition
    configuration_set: Any
    template: Any
    tag: Any
    region: Any
    where: Callable[[Any], Any]


_LEAST_ERROR, _LAST_ERROR = 400, 599
_NO_TEXT = (bytes, int, float, list, tuple, set, frozenset, dict)
_NO_MAPPING = (str, bytes, int, float, list, tuple, set, frozenset)
_NEVER_NONE = ("recipient", "api", "region")
_TAKES = {
    "recipient": "one recipient, an address or a pattern like '*@example.com'",
    "sender": "one address, or a pattern like '*@example.com'",
    "subject": "a text",
    "operation": "the name of one operation, such as 'SendEmail'",
    "api": "'ses', 'sesv2' or 'smtp'",
    "configuration_set": "the name of a configuration set",
    "template": "the name of a template",
    "tag": "a dict of names and values, as tag={'campaign': 'spring'}",
    "region": "the name of a region, such as 'eu-west-1'",
}
_CURES = {
    "to": "recipient",
    "bcc": "recipient",
    "cc": "recipient",
    "source": "sender",
    "from_": "sender",
    "tags": "tag",
}


def line_of_test() -> tuple[str, int]:
    """Return the file and line that called this package."""
    frame = sys._getframe(1)  # noqa: SLF001 - the only way to read the caller's line
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("pytest_sesfake."):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def on(simulation: Simulation, selectors: dict[str, Any], *, optional: bool) -> On:
    """Check the selectors and start a script. The script remembers the line of the test."""
    __tracebackhide__ = True
    for name in selectors:
        if name not in SELECTORS:
            hint = suggest(name, SELECTORS, otherwise="The selectors are", cures=_CURES)
            raise TypeError(f"on() has no selector {name!r}{hint}")
    if "where" in selectors and not callable(selectors["where"]):
        raise TypeError(f"on(where=...) takes a function, not {selectors['where']!r}")
    _check_values(selectors)
    known_names.check_selectors("on", selectors, simulation.collaborators.operations)
    origin = line_of_test()
    with simulation.lock:
        since = len(simulation.calls), len(simulation.messages)
        return On(simulation.scripts.add(selectors, origin, optional=optional, since=since))


def add_from_settings(simulation: Simulation, address: str, given: object, *, optional: bool) -> None:
    """Start a script for one address of the setting ``outcomes``: one outcome, or several that apply in order.

    Raises ValueError for a wrong outcome, as the other settings do.
    """
    try:
        chosen = event_grouping.check_outcomes(given, (address,))
    except (TypeError, ValueError) as error:
        raise ValueError(f"outcomes[{address!r}]: {error}") from None
    script = simulation.scripts.add({"recipient": address}, None, optional=optional)
    script.stages.append(Stage(chosen))


def _check_values(selectors: dict[str, Any]) -> None:
    """Raise TypeError for a value whose type can never match, and ValueError for a text that can never match."""
    __tracebackhide__ = True
    for name, value in selectors.items():
        wrong = _NO_MAPPING if name == "tag" else _NO_TEXT
        if name != "where" and (isinstance(value, wrong) or (value is None and name in _NEVER_NONE)):
            several = name == "recipient" and isinstance(value, (list, tuple, set, frozenset))
            hint = ". Write one script for each recipient" if several else ""
            raise TypeError(f"on({name}=...) takes {_TAKES[name]}, not {value!r}{hint}")
    recipient = selectors.get("recipient")
    if isinstance(recipient, str) and not {"@", "*"} & set(recipient):
        raise ValueError(f"on(recipient=...) takes an address, or a pattern like '*@example.com', not {recipient!r}")


def _check_times(times: int | EllipsisType | None) -> int | None:
    __tracebackhide__ = True
    if times is None or isinstance(times, EllipsisType):
        return None
    if type(times) is not int or times < 1:
        raise ValueError(f"times takes a whole number from 1, or None (forever), not {times!r}")
    return times


def _check_attempts(attempts: int) -> int:
    __tracebackhide__ = True
    if type(attempts) is not int or attempts < 1:
        raise ValueError(f"attempts takes a whole number from 1, not {attempts!r}")
    return attempts


def _check_countable(step: Stage | Fault) -> None:
    """Raise ValueError for a step before ``.then`` that is used forever."""
    __tracebackhide__ = True
    if step.times_given and step.times is None:
        raise ValueError(
            "the step before .then has times=None, so the step after .then would never be used. "
            "Give a number, such as times=2, or leave times out"
        )


class RecipientScript(RecipientSteps["RecipientScript"]):
    """A script for recipients. The next step applies to the same message; ``.then`` moves on to the next message."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def _discard(self) -> None:
        self._script.discard()

    def __repr__(self) -> str:
        return f"<RecipientScript {self._script.selectors} {[stage.outcomes for stage in self._script.stages]}>"

    def _apply(self, outcome: Outcome, times: Times) -> RecipientScript:
        __tracebackhide__ = True
        stage = self._script.stages[-1]
        outcomes.check(stage.outcomes, outcome)
        outcomes.check_reports(outcome, self._script.selectors.get("recipient"))
        if not isinstance(times, EllipsisType):
            if stage.times_given and stage.times != _check_times(times):
                raise ValueError(
                    f"the steps of one message have times={stage.times!r} and times={times!r}. "
                    "Give times to one step only, or write .then before the step for the next message"
                )
            stage.times, stage.times_given = _check_times(times), True
        stage.outcomes = (*stage.outcomes, outcome)
        return self

    @property
    @step
    def then(self) -> RecipientScript:
        """Move on: the next step is for the next message to the same address.

        The step before ``.then`` is used once, unless it has ``times``. Raises ValueError if it has ``times=None``.
        """
        __tracebackhide__ = True
        last = self._script.stages[-1]
        _check_countable(last)
        if not last.times_given:
            last.times = 1
        self._script.stages.append(Stage(()))
        return self


class _CallSteps:
    """The steps for a call. ``times`` is the number of calls, from 1, for which a step is used; ``None`` is forever."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def _discard(self) -> None:
        self._script.discard()

    def _add_fault(self, fault: Fault, times: Times, attempts: int | None) -> CallScript:
        raise NotImplementedError

    @step
    def accept(self, *, times: Times = ...) -> CallScript:
        """Let SES answer ``times`` calls as usual. By default every call from then on."""
        __tracebackhide__ = True
        return self._add_fault(Fault("accept"), times, None)

    @step
    def throttle(self, times: Times = ..., *, attempts: int | None = None) -> CallScript:
        """Refuse ``times`` calls (by default 1) because they come too fast, with the throttling error of AWS.

        v1 answers ``Throttling`` with HTTP 400, v2 ``TooManyRequestsException`` with HTTP 429, SMTP 454. Without
        ``attempts`` every attempt of a call is refused, also the retries of botocore. ``attempts=2`` refuses the first
        two attempts of one call, so that the third one succeeds. Use either ``times`` or ``attempts``.
        """
        __tracebackhide__ = True
        return self._add_fault(Fault("error"), times, attempts)

    @step
    def fail(
        self,
        code: str,
        message: str | None = None,
        status: int | None = None,
        times: Times = ...,
        *,
        attempts: int | None = None,
        custom: bool = False,
    ) -> CallScript:
        """Refuse ``times`` calls (by default 1) with an AWS error code, such as ``"MessageRejected"``.

        ``message`` is the text of the error. ``status`` is its HTTP status, 400 to 599. By default both are those of
        SES. A ``code`` of three digits is an SMTP reply. Raises ValueError for a code that SES does not have, unless
        ``custom`` is true. ``attempts`` refuses only the first attempts of one call, see ``throttle``.
        """
        __tracebackhide__ = True
        if not isinstance(code, str) or not code:
            raise ValueError(f"fail() takes an error code such as 'MessageRejected', not {code!r}")
        if message is not None and not isinstance(message, str):
            raise ValueError(f"fail() takes the text of the error as message, not {message!r}")
        if status is not None and (type(status) is not int or not _LEAST_ERROR <= status <= _LAST_ERROR):
            raise ValueError(f"fail() takes an HTTP status from 400 to 599 as status, not {status!r}")
        if not custom:
            known_names.check_code(code)
        return self._add_fault(Fault("error", code=code, text=message, status=status), times, attempts)

    @step
    def timeout(
        self,
        times: Times = ...,
        attempts: int | None = None,
        accepted: bool = False,  # noqa: FBT001, FBT002 - short calls read well
    ) -> CallScript:
        """Let ``times`` calls (by default 1) time out: the client gets no answer.

        With ``accepted=True`` SES accepts the mail, and only the answer is lost. So a retry sends the mail again.
        ``attempts`` affects only the first attempts of one call, see ``throttle``.
        """
        __tracebackhide__ = True
        return self._add_fault(Fault("timeout", accepted=accepted), times, attempts)

    @step
    def disconnect(
        self,
        times: Times = ...,
        attempts: int | None = None,
        accepted: bool = False,  # noqa: FBT001, FBT002 - short calls read well
    ) -> CallScript:
        """Close the connection of ``times`` calls (by default 1) before the client gets an answer.

        With ``accepted=True`` SES accepts the mail, and only the answer is lost. So a retry sends the mail again.
        ``attempts`` affects only the first attempts of one call, see ``throttle``.
        """
        __tracebackhide__ = True
        return self._add_fault(Fault("disconnect", accepted=accepted), times, attempts)

    @step
    def slow(self, seconds: float, *, times: Times = ...) -> CallScript:
        """Delay the answer by ``seconds`` of real time. By default for every call from then on.

        If ``seconds`` exceeds the read timeout of the client, the call times out immediately.
        """
        __tracebackhide__ = True
        return self._add_fault(Fault("slow", seconds=to_seconds(seconds)), times, None)


class CallScript(_CallSteps):
    """A script for calls. Each step is for one call; ``.then`` moves on to the next call."""

    def __init__(self, script: Script, *, open: bool = True) -> None:  # noqa: A002 - the natural word: a step may still be added
        super().__init__(script)
        self._open = open

    def __repr__(self) -> str:
        return f"<CallScript {self._script.selectors} {[fault.kind for fault in self._script.faults]}>"

    def _add_fault(self, fault: Fault, times: Times, attempts: int | None) -> CallScript:
        __tracebackhide__ = True
        if not self._open:
            raise ValueError("a call takes only one step. Write .then before the step for the next call")
        if attempts is not None:
            if not isinstance(times, EllipsisType):
                raise TypeError(
                    "give either times (a number of calls) or attempts (a number of attempts within one call), not both"
                )
            fault.attempts = _check_attempts(attempts)
        endless = fault.kind in ("accept", "slow")
        if isinstance(times, EllipsisType):
            fault.times = None if endless else 1
        else:
            fault.times, fault.times_given = _check_times(times), True
        self._script.faults.append(fault)
        self._open = False
        return self

    @property
    @step
    def then(self) -> CallScript:
        """Move on: the next step is for the next call.

        The step before ``.then`` is used once, unless it has ``times``. Raises ValueError if it has ``times=None``.
        """
        __tracebackhide__ = True
        last = self._script.faults[-1]
        _check_countable(last)
        if not last.times_given:
            last.times = 1
        return CallScript(self._script)


class On(_CallSteps, RecipientSteps[RecipientScript]):
    """The start of a script. The first step decides whether the script is for recipients or for calls."""

    def __repr__(self) -> str:
        return f"<on {self._script.selectors}: no step yet>"

    def _apply(self, outcome: Outcome, times: Times) -> RecipientScript:
        __tracebackhide__ = True
        self._begin()
        self._script.stages.append(Stage(()))
        return RecipientScript(self._script)._apply(outcome, times)  # noqa: SLF001 - the same family

    def _add_fault(self, fault: Fault, times: Times, attempts: int | None) -> CallScript:
        __tracebackhide__ = True
        self._begin()
        return CallScript(self._script)._add_fault(fault, times, attempts)  # noqa: SLF001 - a class of this module

    def _begin(self) -> None:
        __tracebackhide__ = True
        if self._script.stages or self._script.faults:
            raise ValueError("this on(...) already has its first step. Add further steps to what that step returned")
