"""The dispatcher delivers notifications to subscribers.

It pulls: the simulation logs every event with its routes, and the dispatcher remembers how far it has read the logs.
It never holds the lock of the simulation while it waits for an application. Only one drain runs at a time. If an
application causes new events during a delivery, they stay queued for the next drain.
"""

from __future__ import annotations

import inspect
import threading
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery import mocks, neighbours, targets, webhook
from pytest_sesfake.delivery.notifications import Notification, OfAnnouncement, OfEvent, TargetResponse
from pytest_sesfake.delivery.routes import unrouted
from pytest_sesfake.delivery.subscriptions import Subscription
from pytest_sesfake.ses.identities import NOTIFIED

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.delivery.targets import SubscriptionOptions
    from pytest_sesfake.delivery.webhook import WebhookReply
    from pytest_sesfake.ses.event_forms import Form
    from pytest_sesfake.ses.simulation import RegionState, Simulation

WAIT_SECONDS = 30.0
"""How many seconds one drain waits for another one."""

_SHOWN = 200  # characters of an application's answer in an error text
_LISTED = 20  # failed posts in an error text


class NotifyError(AssertionError):
    """A target did not accept a notification. ``responses`` has all responses of the same ``notify``."""

    __module__ = "pytest_sesfake"  # where users import it from; tracebacks show this name

    def __init__(self, text: str, responses: list[TargetResponse]) -> None:
        super().__init__(text)
        self.responses = responses


class PendingDelivery:
    """One notification on its way to one subscriber."""

    __slots__ = ("has_failed", "is_handshake", "notification", "subscription")

    def __init__(self, notification: Notification, subscription: Subscription, *, is_handshake: bool = False) -> None:
        self.notification = notification
        self.subscription = subscription
        self.is_handshake = is_handshake
        self.has_failed = False

    @property
    def is_held(self) -> bool:
        """Whether the delivery has to wait until the subscriber confirms its subscription."""
        return not self.is_handshake and not self.subscription.confirmed


class DrainTurn:
    """One drain by the current thread. ``runs`` marks the background thread of immediate subscriptions."""

    __slots__ = ("is_over", "runs", "thread")

    def __init__(self, *, runs: bool = False) -> None:
        self.thread = threading.get_ident()
        self.runs = runs
        self.is_over = False  # cancelled before it began


class Dispatcher:
    """The dispatcher of one simulation.

    ``failed`` gets the errors that no caller waits for. ``responded`` gets every response of a target, after the lock
    is released.
    """

    def __init__(
        self,
        simulation: Simulation,
        failed: Callable[[Exception], None],
        responded: Callable[[TargetResponse], None],
    ) -> None:
        self.subscriptions: list[Subscription] = []
        self._simulation = simulation
        self._failed = failed
        self._responded = responded
        self._published: list[Notification] = []
        self._events = 0  # how many entries of the log have been read
        self._announcements = 0
        self._offered = 0  # how many notifications the neighbours have been offered
        self._seen = (0, 0)  # the numbers of routed events and of announcements at the last look
        self._due: dict[PendingDelivery, None] = {}
        self._turn: DrainTurn | None = None
        self._runner: threading.Thread | None = None  # the background thread of immediate subscriptions
        self.is_open = False  # true while the fake is active; immediate delivery needs it

    # Published notifications.

    def published(self) -> list[Notification]:
        """Return all notifications published so far, oldest first. This is the list itself, and it only grows."""
        with self._simulation.lock:
            self._pull()
            return self._published

    def _pull(self) -> None:
        """Read the new entries of both logs, in the order in which they happened."""
        events, announcements = self._simulation.events, self._simulation.announcements
        for announcement in announcements[self._announcements :]:
            self._pull_events(announcement.before)
            self._publish(OfAnnouncement(announcement))
        self._announcements = len(announcements)
        self._pull_events(len(events))

    def _pull_events(self, end: int) -> None:
        if self._events >= end:
            return
        every = [each for each in self.subscriptions if each.options.topic is None and not each.ended]
        forms: list[Form] = list(dict.fromkeys(each.options.form for each in every))
        fresh: list[Any] = self._simulation.events[self._events : end]
        for event in fresh:
            for route in event.routes:
                self._publish(OfEvent(event, route))
            for form in forms:
                if form == "events" or event.type in NOTIFIED:
                    notification = OfEvent(event, unrouted(event, form))
                    self._published.append(notification)
                    self._hand(notification, [each for each in every if each.options.form == form])
        self._events = end

    def _publish(self, notification: Notification) -> None:
        self._published.append(notification)
        topic = notification.topic
        self._hand(
            notification, [each for each in self.subscriptions if each.options.topic == topic and not each.ended]
        )

    def _hand(self, notification: Notification, subscriptions: list[Subscription]) -> None:
        for each in subscriptions:
            self._due[PendingDelivery(notification, each)] = None

    # Subscriptions.

    def count_due(self) -> dict[Subscription, int]:
        """Return how many events are queued for each subscription that waits for ``notify``.

        Announcements of a set-up do not count, because an application may ignore them.
        """
        with self._simulation.lock:
            self._pull()
            return Counter(
                post.subscription
                for post in self._due
                if not (post.is_handshake or post.has_failed or isinstance(post.notification, OfAnnouncement))
                and not (post.subscription.ended or post.subscription.options.immediate)
            )

    def subscribe(
        self, region_state: RegionState, options: SubscriptionOptions, origin: tuple[str, int] | None = None
    ) -> Subscription:
        """Subscribe an application to everything that is published from now on. ``origin`` is the line of the test."""
        with self._simulation.lock:
            self._simulation.settle()
            self._pull()
            made = Subscription(self, region_state, options, len(self.subscriptions))
            made.origin = origin
            self.subscriptions.append(made)
            if options.confirm:
                self._due[PendingDelivery(made.ask("SubscriptionConfirmation"), made, is_handshake=True)] = None
        self._start_runner()
        return made

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription. A web application is still told that its subscription has ended."""
        with self._simulation.lock:
            if subscription.ended:
                return
            self._pull()
            subscription.end()
            if subscription.options.confirm:
                self._due[
                    PendingDelivery(subscription.ask("UnsubscribeConfirmation"), subscription, is_handshake=True)
                ] = None
        self._start_runner()

    # Delivery.

    def notify(self, *, check: bool) -> list[TargetResponse]:
        """Deliver each queued notification once, oldest first, and return the responses.

        With ``check``, raises NotifyError if a target did not accept a notification or has not confirmed yet. If
        another drain is running, nothing is delivered and the list is empty.
        """
        __tracebackhide__ = True
        if not self._begin(DrainTurn()):
            return []  # a drain is running; the queue is kept for a later one
        try:
            answers = [self._settle(post, self._reach(post)) for post in self._round() if self._is_open(post)]
        finally:
            self._end()
        return self._checked(answers, check=check)

    async def notify_async(self, *, check: bool) -> list[TargetResponse]:
        """Do the same as ``notify`` without blocking the running event loop."""
        __tracebackhide__ = True
        if not await self._begin_async(DrainTurn()):
            return []
        try:
            answers = [
                self._settle(post, await self._reach_async(post)) for post in self._round() if self._is_open(post)
            ]
        finally:
            self._end()
        return self._checked(answers, check=check)

    def send(self, subscription: Subscription, notification: Notification, call: Callable[[], Any]) -> TargetResponse:
        """Send a notification or request that a test made itself, and return the response."""
        return self._note(notification, subscription, _outcome(call))

    async def send_async(
        self, subscription: Subscription, notification: Notification, call: Callable[[], Any]
    ) -> TargetResponse:
        """Do the same as ``send`` without blocking the running event loop."""
        return self._note(notification, subscription, await _outcome_async(subscription, call))

    def _round(self) -> list[PendingDelivery]:
        """Return the queue as it is now. Deliveries that this round causes belong to the next round."""
        self._simulation.settle()
        self._offer()
        with self._simulation.lock:
            return list(self._due)

    def _is_open(self, post: PendingDelivery) -> bool:
        """Tell whether a post can be made now. Drop it from the queue if its subscription has ended."""
        with self._simulation.lock:
            if post.subscription.ended and not post.is_handshake:
                self._due.pop(post, None)
            return post in self._due and not post.is_held

    def _reach(self, post: PendingDelivery) -> WebhookReply | Exception:
        return _outcome(lambda: post.subscription.reach(post.notification))

    async def _reach_async(self, post: PendingDelivery) -> WebhookReply | Exception:
        return await _outcome_async(post.subscription, lambda: post.subscription.reach(post.notification))

    def _settle(self, post: PendingDelivery, outcome: WebhookReply | Exception) -> TargetResponse:
        answer = self._note(post.notification, post.subscription, outcome)
        with self._simulation.lock:
            post.has_failed = not answer.ok
            if answer.ok:
                self._due.pop(post, None)
        return answer

    def _note(
        self, notification: Notification, subscription: Subscription, outcome: WebhookReply | Exception
    ) -> TargetResponse:
        if isinstance(outcome, Exception):
            answer = TargetResponse(notification, subscription.target, error=outcome)
        else:
            answer = TargetResponse(notification, subscription.target, *outcome)
        if not answer.ok:
            answer = replace(answer, where=targets.describe(subscription.options, subscription.topic))
        with self._simulation.changed:
            notification.responses.append(answer)
            self._simulation.changed.notify_all()
        self._responded(answer)
        return answer

    def _checked(self, answers: list[TargetResponse], *, check: bool) -> list[TargetResponse]:
        __tracebackhide__ = True
        failed = [answer for answer in answers if not answer.ok]
        with self._simulation.lock:
            held = {post.subscription: None for post in self._due if post.is_held and not post.subscription.ended}
        if check and (failed or held):
            lines = [_reported(answer) for answer in failed[:_LISTED]] + [_held(subscription) for subscription in held]
            if len(failed) > _LISTED:
                lines.insert(_LISTED, f"and {len(failed) - _LISTED} more, all in the error's `responses`")
            text = (
                f"{len(failed)} of {len(answers)} notifications were not accepted"
                if failed
                else "some notifications could not be delivered"
            )
            raise NotifyError("\n  ".join([text, *lines]), answers) from (failed[0].error if failed else None)
        return answers

    # One drain at a time.

    def _begin(self, turn: DrainTurn) -> bool:
        """Start a drain; return False if another drain is running.

        A drain waits only if it or the running one belongs to the background thread. Any other running drain may be
        the caller of this one, and waiting for it would be a deadlock.
        """
        changed = self._simulation.changed
        with changed:
            while self._turn is not None:
                runs = self._turn.runs or turn.runs
                if not runs or self._turn.thread == turn.thread or not changed.wait(WAIT_SECONDS):
                    return False
            if turn.is_over:
                return False
            self._turn = turn
            return True

    async def _begin_async(self, turn: DrainTurn) -> bool:
        try:
            return await webhook.in_thread(self._begin, turn)
        except BaseException:  # cancelled; the thread still runs, and must not start a drain that nobody would end
            with self._simulation.lock:
                turn.is_over = True
                if self._turn is turn:
                    self._end()
            raise

    def _end(self) -> None:
        with self._simulation.changed:
            self._turn = None
            self._simulation.changed.notify_all()

    # After a call was answered.

    def after(self) -> None:
        """Publish to neighbours such as moto, and start delivery to immediate subscriptions."""
        simulation = self._simulation
        seen = (simulation.routed, len(simulation.announcements))
        if self.subscriptions or seen != self._seen:
            self._seen = seen
            self._offer()
            self._start_runner()

    def _offer(self) -> None:
        with self._simulation.lock:
            self._pull()
            fresh = self._published[self._offered :]
            self._offered = len(self._published)
        for notification in fresh:
            try:
                neighbours.take(notification)
            except Exception as error:  # noqa: BLE001, PERF203 - the call was answered, so it cannot raise this
                self._failed(error)

    def close(self) -> None:
        """Stop immediate delivery, and wait for the delivery that is running."""
        self.is_open = False
        runner = self._runner
        if runner is not None and runner is not threading.current_thread():
            runner.join(WAIT_SECONDS)

    def _start_runner(self) -> None:
        if not self._due:
            return
        with self._simulation.lock:
            if self._runner is None and self._next_at_once() is not None:
                self._runner = threading.Thread(target=self._run, name="sesfake-dispatcher", daemon=True)
                self._runner.start()

    def _next_at_once(self) -> PendingDelivery | None:
        if not self.is_open:
            return None
        waiting = (post for post in self._due if post.subscription.options.immediate and not post.has_failed)
        return next((post for post in waiting if not post.is_held), None)

    def _run(self) -> None:
        while True:
            with self._simulation.lock:
                post = self._next_at_once()
                if post is None:
                    self._runner = None
                    return
            if self._begin(DrainTurn(runs=True)):
                try:
                    if self._is_open(post):
                        self._settle(post, self._reach(post))
                except BaseException:  # no answer of an application, such as `sys.exit()` or `pytest.fail()`
                    with self._simulation.lock:
                        post.has_failed, self._runner = True, None
                    self._start_runner()  # a new thread delivers the rest
                    raise
                finally:
                    self._end()


def _outcome(call: Callable[[], Any]) -> WebhookReply | Exception:
    try:
        result = call()
        return _run(result) if inspect.isawaitable(result) else result
    except Exception as error:  # noqa: BLE001 - the error is the answer of the application
        return error


def _run(result: Any) -> WebhookReply:
    import asyncio

    async def run() -> WebhookReply:
        reply: WebhookReply = await result
        return reply

    return asyncio.run(run())


async def _outcome_async(subscription: Subscription, call: Callable[[], Any]) -> WebhookReply | Exception:
    """Call a target from the running event loop.

    An asynchronous target is awaited in this loop. Any other target is called in a thread, because it might wait for
    this loop.
    """
    try:
        # In a tuple, because trio refuses an awaitable as the result of a thread.
        (result,) = (call(),) if targets.is_async(subscription.target) else await webhook.in_thread(lambda: (call(),))
        reply: WebhookReply = await result if inspect.isawaitable(result) else result
    except Exception as error:  # noqa: BLE001 - the caller gets any error
        return error
    return reply


def _reported(answer: TargetResponse) -> str:
    notification = answer.notification
    recipients = f" for {', '.join(notification.recipients)}" if notification.recipients else ""
    what = f"{notification.type}{recipients}: {answer.where}"
    if answer.error is not None:
        cure = mocks.let_through(answer.error)
        return f"{what}: {type(answer.error).__name__}: {answer.error}" + (f"\n    {cure}" if cure else "")
    if answer.unprocessed:
        return f"{what}: it is named in batchItemFailures"
    elsewhere = next((value for name, value in answer.headers.items() if name.lower() == "location"), "")
    if elsewhere and answer.status is not None and 300 <= answer.status < 400:  # noqa: PLR2004 - RFC 9110
        return f"{what}: {answer.status}, a redirection to {elsewhere}. SNS does not follow redirections"
    said = answer.body[:_SHOWN].decode("utf-8", "replace").strip()
    return f"{what}: {answer.status}{f' {said!r}' if said else ''}"


def _held(subscription: Subscription) -> str:
    return (
        f"{targets.named(subscription.target)} has not confirmed its subscription by visiting the SubscribeURL, so it "
        "gets no notification. Use subscribe(..., confirm=False) to skip the confirmation"
    )
