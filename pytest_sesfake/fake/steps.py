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
    from pytest_sesfake.ses.outcomes.bounces import BounceSubtype, BounceType, SoftBounceSubtype
    from pytest_sesfake.ses.outcomes.outcomes import Feedback, SuppressionScope
    from pytest_sesfake.ses.outcomes.retries import DelayReason

    P = ParamSpec("P")

    Times = int | EllipsisType | None

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")


def step(method: Callable[Concatenate[T, P], R]) -> Callable[Concatenate[T, P], R]:
    """Make a method a step of a script. If the step raises, the whole script is discarded: half a script never applies.

    An old name of a keyword raises TypeError with the new name.
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
    """The steps for a recipient. ``times`` is the number of messages to an address, from 1, for which a step is used.

    Without ``times``, a step before ``.then`` is used once, and the last step is used forever, as with ``times=None``.
    Each address has its own count. ``after`` is the time since SES accepted the message, in seconds or a timedelta, by
    the clock of the fake.
    """

    def _apply(self, outcome: Outcome, times: Times) -> S:
        raise NotImplementedError

    def _discard(self) -> None:
        raise NotImplementedError

    # Before or instead of the delivery.

    @step
    def deliver(self, after: Span = None, *, times: Times = ...) -> S:
        """Deliver the mail at once, or ``after`` a time in seconds or a timedelta."""
        __tracebackhide__ = True
        return self._apply(Delivery(after), times)

    @step
    def bounce(
        self,
        type: BounceType = "Permanent",  # noqa: A002 - the name in SES: bounceType
        subtype: BounceSubtype = "General",
        diagnostic: str | None = None,
        after: Span = None,
        grouped: bool = False,  # noqa: FBT001, FBT002 - the outcome has the same argument
        *,
        retried: bool = False,
        times: Times = ...,
    ) -> S:
        """Bounce the mail: at once, or with ``after`` as an asynchronous bounce of mail that was already delivered.

        ``type`` and ``subtype`` are the bounceType and bounceSubType of SES, such as ``"Transient"`` and
        ``"MailboxFull"``. Raises ValueError for a pair that SES does not have. ``diagnostic`` is the text of the remote
        server, SES's diagnosticCode. ``grouped`` puts the bounces of one message into one event. With ``retried`` SES
        cannot look up the domain: it tries again for 14 hours, and then reports a Permanent/General bounce.
        """
        __tracebackhide__ = True
        return self._apply(Bounce(type, subtype, diagnostic, after, grouped, retried), times)

    @step
    def soft_bounce(
        self,
        subtype: SoftBounceSubtype = "MailboxFull",
        attempts: int | None = None,
        diagnostic: str | None = None,
        *,
        reason: DelayReason | None = None,
        times: Times = ...,
    ) -> S:
        """Let the server of the recipient refuse the mail temporarily, so that SES tries again.

        The first ``attempts`` attempts fail, each with a DeliveryDelay event. Then the mail is delivered. With ``None``
        SES gives up after 14 hours, or after the MaxDeliverySeconds of the configuration set, with a Transient bounce
        of this ``subtype`` (bounceSubType). ``diagnostic`` is the text of the remote server. ``reason`` is SES's
        delayType, such as ``"RecipientServerError"`` or ``"TransientCommunicationFailure"``; by default it belongs to
        the ``subtype``.
        """
        __tracebackhide__ = True
        return self._apply(SoftBounce(subtype, attempts, diagnostic, reason), times)

    @step
    def delay(
        self, duration: timedelta | float, reason: DelayReason = "TransientCommunicationFailure", *, times: Times = ...
    ) -> S:
        """Delay the mail by ``duration``, in seconds or a timedelta, with a DeliveryDelay event.

        The next step applies after the delay. Without a next step the mail is delivered. ``reason`` is the delayType of
        SES, such as ``"MailboxFull"``.
        """
        __tracebackhide__ = True
        return self._apply(Delay(duration, reason), times)

    @step
    def suppress(self, scope: SuppressionScope = "global", *, times: Times = ...) -> S:
        """Bounce the mail because the address is on a suppression list. SES does not try to deliver it.

        ``scope`` is ``"global"``, ``"account"`` or ``"tenant"``. The lists themselves do not change.
        """
        __tracebackhide__ = True
        return self._apply(Suppression(scope), times)

    @step
    def reject(self, reason: str = "Bad content", *, times: Times = ...) -> S:
        """Let SES find a virus in the message. The call succeeds, and no recipient gets the message.

        The Reject event has this ``reason``.
        """
        __tracebackhide__ = True
        return self._apply(Rejection(reason), times)

    # After the delivery.

    @step
    def complain(
        self,
        feedback: Feedback = "abuse",
        after: Span = None,
        grouped: bool = False,  # noqa: FBT001, FBT002 - the outcome has the same argument
        *,
        redacted: bool = False,
        times: Times = ...,
    ) -> S:
        """Let the recipient report the delivered mail as spam.

        ``feedback`` is the Feedback-Type of the report (complaintFeedbackType), such as ``"abuse"``, ``"fraud"`` or
        ``"not-spam"``. ``grouped`` puts the complaints of one message into one event. A ``redacted`` report hides who
        complained, so SES names every recipient of the message at that domain. Providers without a feedback loop, such
        as Gmail, do not report complaints to SES: the mail is delivered, and no Complaint event follows.
        """
        __tracebackhide__ = True
        return self._apply(Complaint(feedback, after, grouped, redacted), times)

    @step
    def auto_reply(self, after: Span = None, *, times: Times = ...) -> S:
        """Let the mailbox send an out-of-office reply after the delivery. SES reports a Transient/General bounce."""
        __tracebackhide__ = True
        return self._apply(AutoReply(after), times)

    @step
    def open(self, after: Span = None, user_agent: str | None = None, *, times: Times = ...) -> S:
        """Let the recipient open the mail, which causes an Open event.

        SES can track this only in mail with an HTML part. ``user_agent`` is the User-Agent header of the mail program.
        """
        __tracebackhide__ = True
        return self._apply(Open(after, user_agent), times)

    @step
    def click(self, link: object = None, after: Span = None, user_agent: str | None = None, *, times: Times = ...) -> S:
        """Let the recipient click a link in the mail, which causes a Click event.

        ``link`` is a URL, a compiled pattern or a function that gets a URL. By default it is the first link.
        ``user_agent`` is the User-Agent header of the browser.
        """
        __tracebackhide__ = True
        return self._apply(Click(link, after, user_agent), times)

    @step
    def unsubscribe(self, topic: str | None = None, after: Span = None, *, times: Times = ...) -> S:
        """Let the recipient unsubscribe from the contact list of the message, which causes a Subscription event.

        ``topic`` is a topic of the list. By default it is the topic of the message, or the whole list if the message
        has no topic.
        """
        __tracebackhide__ = True
        return self._apply(Unsubscribe(topic, after), times)

    # Any outcome.

    @step
    def apply(self, outcome: Outcome, *, times: Times = ...) -> S:
        """Apply an outcome, for example ``Bounce("Transient", "MailboxFull")``. Raises TypeError for anything else."""
        __tracebackhide__ = True
        if not isinstance(outcome, Outcome):
            raise TypeError(f"apply() takes an outcome such as Bounce(), not {outcome!r}")
        return self._apply(outcome, times)
