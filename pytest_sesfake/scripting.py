"""What ``on(...)`` returns: the steps a test writes, checked at the line that writes them."""

from __future__ import annotations

import difflib
import sys
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypedDict

from pytest_sesfake.world.clock import to_seconds
from pytest_sesfake.world.outcomes import Bounce, Complaint, Delivery, Outcome, Rejection, Suppression
from pytest_sesfake.world.script import SELECTORS, Fault, Script, Stage
from pytest_sesfake.world.selectors import addresses_fit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from pytest_sesfake.world.cloud import Cloud
    from pytest_sesfake.world.messages import Message

    Span = timedelta | float | None
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


def on(cloud: Cloud, selectors: dict[str, Any], *, optional: bool, depth: int) -> On:
    """Start a script for the line ``depth`` frames up."""
    __tracebackhide__ = True
    for name in selectors:
        if name not in SELECTORS:
            near = difflib.get_close_matches(name, SELECTORS, n=1)
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


class _RecipientSteps:
    """The steps that happen to a recipient."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def _happens(self, outcome: Outcome, times: Times) -> RecipientScript:
        raise NotImplementedError

    def deliver(self, after: Span = None, *, times: Times = ...) -> RecipientScript:
        """Let the recipient's server take the mail, ``after`` seconds (or a timedelta) if given."""
        __tracebackhide__ = True
        return self._happens(Delivery(after), times)

    def bounce(  # noqa: PLR0913 - the words of a bounce
        self,
        type: str = "Permanent",  # noqa: A002 - SES's word
        subtype: str = "General",
        diagnostic: str | None = None,
        after: Span = None,
        together: bool = False,  # noqa: FBT001, FBT002 - as the outcome has it
        *,
        times: Times = ...,
    ) -> RecipientScript:
        """Let the mail bounce: at once, or with ``after`` (seconds or a timedelta) when it had been delivered.

        ``type`` and ``subtype`` are SES's bounceType and bounceSubType, ``diagnostic`` the remote server's text;
        ``together`` merges the bounces of one message into one event. A pair that SES does not know is a ValueError.
        """
        __tracebackhide__ = True
        return self._happens(Bounce(type, subtype, diagnostic, after, together), times)

    def complain(
        self,
        feedback: str = "abuse",
        after: Span = None,
        together: bool = False,  # noqa: FBT001, FBT002 - as the outcome has it
        *,
        times: Times = ...,
    ) -> RecipientScript:
        """Let the recipient call the delivered mail spam; ``feedback`` is the Feedback-Type of the report."""
        __tracebackhide__ = True
        return self._happens(Complaint(feedback, after, together), times)

    def suppress(self, scope: str = "global", *, times: Times = ...) -> RecipientScript:
        """Let the address be on a suppression list, ``global``, ``account`` or ``tenant``: SES does not try."""
        __tracebackhide__ = True
        return self._happens(Suppression(scope), times)

    def reject(self, reason: str = "Bad content", *, times: Times = ...) -> RecipientScript:
        """Let SES find a virus: the call succeeds and nobody gets the message."""
        __tracebackhide__ = True
        return self._happens(Rejection(reason), times)

    def happens(self, outcome: Outcome, *, times: Times = ...) -> RecipientScript:
        """Let an outcome happen that is given as a value, ``Bounce("Transient", "MailboxFull")`` for one."""
        __tracebackhide__ = True
        if not isinstance(outcome, Outcome):
            msg = f"happens() takes an outcome, Bounce() for one, not {outcome!r}"
            raise TypeError(msg)
        return self._happens(outcome, times)


class RecipientScript(_RecipientSteps):
    """A script that decides what happens to a recipient; a further step happens to the same message."""

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
        if stage.outcomes and stage.outcomes[-1].ends:
            msg = (
                f"{stage.outcomes[-1]!r} ends the story of a message, so {outcome!r} cannot follow it; "
                "write .then before the step for the next message, or give the first one after="
            )
            raise ValueError(msg)
        if stage.outcomes and not outcome.delivers:
            msg = f"{outcome!r} means that the mail was not delivered, and a step before it says that it was"
            raise ValueError(msg)
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


class On(_RecipientSteps, _CallSteps):
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
        f"{here(script.origin[0])}:{script.origin[1]}: on({_selectors(script)}) was never used: {_why(cloud, script)}"
        if script.origin
        else f"outcome for {script.selectors.get('to')!r} was never used: {_why(cloud, script)}"
        for script in cloud.scripts
        if not script.used and not script.optional
    ]


def _selectors(script: Script) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in script.selectors.items())


def _why(cloud: Cloud, script: Script) -> str:
    reasons = _why_recipients if script.stages else _why_calls
    if not script.stages and not script.faults:
        return "it has no step; write one, .bounce() for example"
    return reasons(cloud, script)


def _why_calls(cloud: Cloud, _: Script) -> str:
    return "no call fits it, or another script met each that does" if cloud.calls else "no call was made at all"


def _why_recipients(cloud: Cloud, script: Script) -> str:
    wanted = script.selectors.get("to")
    for call in cloud.calls:
        for message in call.messages:
            for address in message.recipients:
                if script.fits(call, message, address):
                    return _why_not_met(message, address)
        if call.error is not None and (wanted is None or addresses_fit(wanted, call.recipients)) and call.recipients:
            return f"the call for {', '.join(call.recipients)} was refused: {call.error}, {call.text}"
    if not cloud.messages:
        return "no message was sent at all"
    return f"nothing was sent to {wanted!r}" if isinstance(wanted, str) else "no message fits it"


def _why_not_met(message: Message, address: str) -> str:
    if any(event.type == "RenderingFailure" for event in message.events):
        return f"the mail to {address} was not sent, because its template did not render"
    if message.status[address] == "Suppressed":
        return f"{address} was suppressed before a script could meet it; suppression=[] turns that off"
    return f"another script, or the mailbox simulator, met every message to {address} first"
