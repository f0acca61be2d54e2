"""What ``on(...)`` returns: the steps a test writes, checked at the line that writes them."""

from __future__ import annotations

import difflib
import sys
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypedDict

from pytest_sesfake.steps import RecipientSteps
from pytest_sesfake.world import outcomes
from pytest_sesfake.world.clock import to_seconds
from pytest_sesfake.world.script import SELECTORS, Fault, Script, Stage
from pytest_sesfake.world.selectors import addresses_fit

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.world.cloud import Cloud
    from pytest_sesfake.world.messages import Message
    from pytest_sesfake.world.outcomes import Outcome

    Times = int | EllipsisType | None


class Selectors(TypedDict, total=False):
    """What ``on(...)`` selects by; all that are given must hold.

    ``to`` is one recipient of the envelope, ``sender`` the From header, ``tag`` a mapping of message tags,
    ``where`` a function of the message, or of the call where it sends none. Strings of addresses may have ``*`` as
    a wildcard; of other values a compiled pattern searches and a function is asked.
    """

    to: Any
    sender: Any
    subject: Any
    operation: Any
    api: Any
    configuration_set: Any
    template: Any
    tag: Any
    region: Any
    where: Callable[[Any], Any]


_CURES = {"recipient": "to", "bcc": "to", "cc": "to", "source": "sender", "from_": "sender", "tags": "tag"}


def on(cloud: Cloud, selectors: dict[str, Any], *, optional: bool, depth: int) -> On:
    """Start a script for the line ``depth`` frames up."""
    __tracebackhide__ = True
    for name in selectors:
        if name not in SELECTORS:
            near = [_CURES[name]] if name in _CURES else difflib.get_close_matches(name, SELECTORS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"its selectors are {', '.join(SELECTORS)}"
            msg = f"on() has no selector {name!r}; {hint}"
            raise TypeError(msg)
    if "where" in selectors and not callable(selectors["where"]):
        msg = f"on(where=...) takes a function, not {selectors['where']!r}"
        raise TypeError(msg)
    frame = sys._getframe(depth)  # noqa: SLF001 - the one way to know the user's line
    with cloud.lock:
        origin = (frame.f_code.co_filename, frame.f_lineno)
        return On(cloud.scripts.add(selectors, origin, optional=optional))


def _times(times: int | EllipsisType | None) -> int | None:
    if times is None or isinstance(times, EllipsisType):
        return None
    if type(times) is not int or times < 1:
        msg = f"times= takes a whole number from 1, or None for ever, not {times!r}"
        raise ValueError(msg)
    return times


class RecipientScript(RecipientSteps["RecipientScript"]):
    """A script that decides what happens to a recipient; a further step happens to the same message."""

    def __init__(self, script: Script) -> None:
        self._script = script

    @classmethod
    def of(cls, script: Script) -> RecipientScript:
        """Begin the first stage of a script."""
        script.stages.append(Stage(()))
        return cls(script)

    def __repr__(self) -> str:
        return f"<RecipientScript {self._script.selectors} {[stage.outcomes for stage in self._script.stages]}>"

    def _happens(self, outcome: Outcome, times: Times) -> RecipientScript:
        __tracebackhide__ = True
        stage = self._script.stages[-1]
        outcomes.check(stage.outcomes, outcome)
        outcomes.check_reports(outcome, self._script.selectors.get("to"))
        stage.outcomes = (*stage.outcomes, outcome)
        if not isinstance(times, EllipsisType):
            stage.times, stage.times_given = _times(times), True
        return self

    @property
    def then(self) -> RecipientScript:
        """Move on: the next step is for the next message to the same address."""
        __tracebackhide__ = True
        last = self._script.stages[-1]
        if not last.times_given:
            last.times = 1
        elif last.times is None:
            msg = "a step with times=None happens for ever, so nothing can come .then"
            raise ValueError(msg)
        self._script.stages.append(Stage(()))
        return self


class _CallSteps:
    """The steps that happen to a call."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def _meets(self, fault: Fault, times: Times, attempts: int | None) -> CallScript:
        raise NotImplementedError

    def accept(self, *, times: Times = ...) -> CallScript:
        """Let the call through."""
        __tracebackhide__ = True
        return self._meets(Fault("accept"), times, None)

    def throttle(self, times: Times = ..., *, attempts: int | None = None) -> CallScript:
        """Refuse ``times`` calls (1) because they come too fast.

        v1 answers ``Throttling`` 400, v2 ``TooManyRequestsException`` 429, SMTP 454. With ``attempts`` only that many
        attempts within one call are refused, which the client's own retries then overcome.
        """
        __tracebackhide__ = True
        return self._meets(Fault("error"), times, attempts)

    def fail(
        self,
        code: str,
        message: str | None = None,
        status: int | None = None,
        times: Times = ...,
        *,
        attempts: int | None = None,
    ) -> CallScript:
        """Refuse ``times`` calls (1) with an error code of AWS, its text and its HTTP status."""
        __tracebackhide__ = True
        if not isinstance(code, str) or not code:
            msg = f"fail() takes an error code, 'MessageRejected' for one, not {code!r}"
            raise ValueError(msg)
        return self._meets(Fault("error", code=code, text=message, status=status), times, attempts)

    def timeout(
        self,
        times: Times = ...,
        attempts: int | None = None,
        accepted: bool = False,  # noqa: FBT001, FBT002 - a word
    ) -> CallScript:
        """Leave ``times`` calls (1) without an answer; with ``accepted`` SES took the mail and the answer is lost."""
        __tracebackhide__ = True
        return self._meets(Fault("timeout", accepted=accepted), times, attempts)

    def disconnect(
        self,
        times: Times = ...,
        attempts: int | None = None,
        accepted: bool = False,  # noqa: FBT001, FBT002 - a word
    ) -> CallScript:
        """Cut the connection of ``times`` calls (1); with ``accepted`` SES took the mail and the answer is lost."""
        __tracebackhide__ = True
        return self._meets(Fault("disconnect", accepted=accepted), times, attempts)

    def slow(self, seconds: float, *, times: Times = ...) -> CallScript:
        """Let the answer take ``seconds`` of real time."""
        __tracebackhide__ = True
        return self._meets(Fault("slow", seconds=to_seconds(seconds)), times, None)


class CallScript(_CallSteps):
    """A script that decides what happens to a call."""

    def __init__(self, script: Script, *, open: bool = True) -> None:  # noqa: A002 - whether a step may follow
        super().__init__(script)
        self._open = open

    def __repr__(self) -> str:
        return f"<CallScript {self._script.selectors} {[fault.kind for fault in self._script.faults]}>"

    def _meets(self, fault: Fault, times: Times, attempts: int | None) -> CallScript:
        __tracebackhide__ = True
        if not self._open:
            msg = "one step meets one call; write .then before the step for the next call"
            raise ValueError(msg)
        if attempts is not None:
            if not isinstance(times, EllipsisType):
                msg = "give times= (calls) or attempts= (attempts within one call), not both"
                raise TypeError(msg)
            fault.attempts = _times(attempts)
        endless = fault.kind in ("accept", "slow")
        if isinstance(times, EllipsisType):
            fault.times = None if endless else 1
        else:
            fault.times, fault.times_given = _times(times), True
        self._script.faults.append(fault)
        self._open = False
        return self

    @property
    def then(self) -> CallScript:
        """Move on: the next step is for the next call."""
        __tracebackhide__ = True
        last = self._script.faults[-1]
        if last.times is None:
            if last.times_given:
                msg = "a step with times=None happens for ever, so nothing can come .then"
                raise ValueError(msg)
            last.times = 1
        return CallScript(self._script)


class On(RecipientSteps[RecipientScript], _CallSteps):
    """The start of a script: its first step decides whether it is one for recipients or for calls."""

    def __repr__(self) -> str:
        return f"<on {self._script.selectors}: no step yet>"

    def _happens(self, outcome: Outcome, times: Times) -> RecipientScript:
        __tracebackhide__ = True
        self._begin()
        return RecipientScript.of(self._script)._happens(outcome, times)  # noqa: SLF001 - the same family

    def _meets(self, fault: Fault, times: Times, attempts: int | None) -> CallScript:
        __tracebackhide__ = True
        self._begin()
        return CallScript(self._script)._meets(fault, times, attempts)  # noqa: SLF001 - the same family

    def _begin(self) -> None:
        __tracebackhide__ = True
        if self._script.stages or self._script.faults:
            msg = "this on(...) has its first step already; go on with what that step returned"
            raise ValueError(msg)


def unused(cloud: Cloud, here: Callable[[str], str]) -> list[str]:
    """Return a text for each script that no call and no recipient met; ``here`` shortens a file's path."""
    return [
        f"{_name(script, here)} was never used: {_why(cloud, script, here)}"
        for script in cloud.scripts
        if not script.used and not script.optional
    ]


def _name(script: Script, here: Callable[[str], str]) -> str:
    if script.origin is None:
        return f"outcome for {script.selectors.get('to')!r}"
    selectors = ", ".join(f"{name}={_shown(value, here)}" for name, value in script.selectors.items())
    return f"{here(script.origin[0])}:{script.origin[1]}: {script.word}({selectors})"


def _shown(value: object, here: Callable[[str], str]) -> str:
    code = getattr(value, "__code__", None)
    if code is None:
        return repr(value)
    return f"<{code.co_name.strip('<>')} {here(code.co_filename)}:{code.co_firstlineno}>"


def _why(cloud: Cloud, script: Script, here: Callable[[str], str]) -> str:
    if not script.stages and not script.faults:
        return "it has no step; write one, .bounce() for example"
    return _why_recipients(cloud, script, here) if script.stages else _why_calls(cloud)


def _why_calls(cloud: Cloud) -> str:
    return "no call fits it, or another script met each that does" if cloud.calls else "no call was made at all"


def _why_recipients(cloud: Cloud, script: Script, here: Callable[[str], str]) -> str:
    wanted = script.selectors.get("to")
    for call in cloud.calls:
        for message in call.messages:
            for address in message.recipients:
                if script.fits(call, message, address):
                    others = (other for other in cloud.scripts if other.used and other.fits(call, message, address))
                    return _why_not_met(message, address, next((_name(other, here) for other in others), None))
        if call.error is not None and (wanted is None or addresses_fit(wanted, call.recipients)) and call.recipients:
            return f"the call for {', '.join(call.recipients)} was refused: {call.error}, {call.text}"
    if not cloud.messages:
        return "no message was sent at all"
    return f"nothing was sent to {wanted!r}" if isinstance(wanted, str) else "no message fits it"


def _why_not_met(message: Message, address: str, other: str | None) -> str:
    if any(event.type == "RenderingFailure" for event in message.events):
        return f"the mail to {address} was not sent, because its template did not render"
    if message.status[address] == "Suppressed":
        return f"{address} was suppressed before a script could meet it; suppression=[] turns that off"
    met = "the mailbox simulator, or a hook," if other is None else other
    return f"{met} met every message to {address} first"
