"""The steps of a script for recipients: one method for each kind of outcome."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pytest_sesfake.fake.misuse import check_keywords
from pytest_sesfake.ses.outcomes.engagement import AutoReply, Click, Open, Unsubscribe
from pytest_sesfake.ses.outcomes.outcomes import (
    Bounce,
    Complaint,
    Delay,
    Delivery,
    Outcome,
    Rejection,
    SoftBounce,
    Suppression,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from types import EllipsisType
    from typing import Concatenate

    from typing_extensions import ParamSpec

    from pytest_sesfake.ses.clock import Span

    P = ParamSpec("P")

    Times = int | EllipsisType | None

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")


def step(method: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """Make a method a step of a script. If the step raises, it discards the script: half a script must decide nothing.

    A former name of a keyword raises TypeError with the present name.
    """
    known = inspect.signature(method).parameters

    @functools.wraps(method)
    def take_step(self: Any, /, *args: P.args, **keywords: P.kwargs) -> R:
        __tracebackhide__ = True
        try:
            check_keywords(method.__name__, keywords, known)
            return method(self, *args, **keywords)
        except Exception:
            self._discard()
            raise

    return take_step


class RecipientSteps(Generic[S]):
    """The steps that happen to a recipient; every one takes ``times``, for how many messages to an address it counts.

    ``after=`` is in seconds, or a timedelta, after SES took the message, by the clock of the fake.
    """

    def _apply(self, outcome: Outcome, times: Times) -> S:
        raise NotImplementedError

    def _discard(self) -> None:
        raise NotImplementedError

    # On the way.

    @step
    def deliver(self, after: Span = None, *, times: Times = ...) -> S:
        """Deliver the mail, at once or ``after`` seconds (or a timedelta)."""
        __tracebackhide__ = True
        return self._apply(Delivery(after), times)

    @step
    def bounce(
        self,
        type: str = "Permanent",  # noqa: A002 - SES's word
        subtype: str = "General",
        diagnostic: str | None = None,
        after: Span = None,
        grouped: bool = False,  # noqa: FBT001, FBT002 - as the outcome has it
        *,
        retried: bool = False,
        times: Times = ...,
    ) -> S:
        """Bounce the mail: at once, or with ``after`` when it was already delivered.

        ``type`` and ``subtype`` are SES's bounceType and bounceSubType, ``diagnostic`` the remote server's text;
        ``grouped`` merges the bounces of one message into one event. ``retried`` is the one hard bounce that SES tries
        again, for 14 hours: it cannot look up the domain. A pair that SES does not know is a ValueError.
        """
        __tracebackhide__ = True
        return self._apply(Bounce(type, subtype, diagnostic, after, grouped, retried), times)

    @step
    def soft_bounce(
        self,
        subtype: str = "MailboxFull",
        attempts: int | None = None,
        diagnostic: str | None = None,
        *,
        reason: str | None = None,
        times: Times = ...,
    ) -> S:
        """Let the recipient's server refuse the mail temporarily, so that SES tries again.

        After so many ``attempts``, each told by a DeliveryDelay event, it takes it; ``None`` lets SES give up, after 14
        hours or what the configuration set says, which is a Transient bounce of that ``subtype``. ``reason`` is SES's
        delayType: ``"RecipientServerError"`` for too many connections, ``"TransientCommunicationFailure"`` for a
        time-out.
        """
        __tracebackhide__ = True
        return self._apply(SoftBounce(subtype, attempts, diagnostic, reason), times)

    @step
    def delay(
        self, duration: timedelta | float, reason: str = "TransientCommunicationFailure", *, times: Times = ...
    ) -> S:
        """Delay the mail, by seconds or a timedelta. The next step follows; by default it is a delivery.

        ``reason`` is SES's delayType.
        """
        __tracebackhide__ = True
        return self._apply(Delay(duration, reason), times)

    @step
    def suppress(self, scope: str = "global", *, times: Times = ...) -> S:
        """Treat the address as suppressed by the ``global``, ``account`` or ``tenant`` list: SES does not try."""
        __tracebackhide__ = True
        return self._apply(Suppression(scope), times)

    @step
    def reject(self, reason: str = "Bad content", *, times: Times = ...) -> S:
        """Let SES find a virus. The call succeeds, and no recipient gets the message."""
        __tracebackhide__ = True
        return self._apply(Rejection(reason), times)

    # When it has arrived.

    @step
    def complain(
        self,
        feedback: str = "abuse",
        after: Span = None,
        grouped: bool = False,  # noqa: FBT001, FBT002 - as the outcome has it
        *,
        redacted: bool = False,
        times: Times = ...,
    ) -> S:
        """Let the recipient report the delivered mail as spam. ``feedback`` is the Feedback-Type of the report.

        ``grouped`` merges the complaints of one message into one event. A ``redacted`` report hides who complained, so
        that SES names every recipient of the message at that domain. Providers without a feedback loop, such as Gmail,
        tell SES nothing.
        """
        __tracebackhide__ = True
        return self._apply(Complaint(feedback, after, grouped, redacted), times)

    @step
    def auto_reply(self, after: Span = None, *, times: Times = ...) -> S:
        """Let the mailbox send an automatic reply: a Transient/General bounce after a delivery."""
        __tracebackhide__ = True
        return self._apply(AutoReply(after), times)

    @step
    def open(self, after: Span = None, user_agent: str | None = None, *, times: Times = ...) -> S:
        """Let the recipient open the mail. It needs an HTML part."""
        __tracebackhide__ = True
        return self._apply(Open(after, user_agent), times)

    @step
    def click(self, link: object = None, after: Span = None, user_agent: str | None = None, *, times: Times = ...) -> S:
        """Let the recipient click a link of the mail: the first one, or the one that equals or matches ``link``."""
        __tracebackhide__ = True
        return self._apply(Click(link, after, user_agent), times)

    @step
    def unsubscribe(self, topic: str | None = None, after: Span = None, *, times: Times = ...) -> S:
        """Let the recipient unsubscribe from the contact list of the message.

        Without a ``topic`` it is what the message says that it is about: its topic, or everything.
        """
        __tracebackhide__ = True
        return self._apply(Unsubscribe(topic, after), times)

    # Anything.

    @step
    def apply(self, outcome: Outcome, *, times: Times = ...) -> S:
        """Apply an outcome that is given as a value, for example ``Bounce("Transient", "MailboxFull")``."""
        __tracebackhide__ = True
        if not isinstance(outcome, Outcome):
            raise TypeError(f"apply() takes an outcome such as Bounce(), not {outcome!r}")
        return self._apply(outcome, times)
