"""Subscriptions: connects applications to events, and delivers notifications to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery.targets import SubscriptionOptions
from pytest_sesfake.fake.script import line_of_test
from pytest_sesfake.reading.waiting import running
from pytest_sesfake.transports import runtime

if TYPE_CHECKING:
    from pytest_sesfake.delivery.logins import Auth
    from pytest_sesfake.delivery.notifications import TargetResponse
    from pytest_sesfake.delivery.subscriptions import Subscription
    from pytest_sesfake.delivery.targets import TargetType
    from pytest_sesfake.fake.backend import Backend
    from pytest_sesfake.ses.event_forms import Form, SignatureVersion


class Subscriber:
    """Subscribes applications to events, and delivers notifications to them."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def subscribe(
        self,
        target: Any,
        *,
        topic: str | None = None,
        path: str = "/",
        form: Form = "events",
        target_type: TargetType | None = None,
        raw: bool = False,
        confirm: bool = True,
        immediate: bool = False,
        signature: SignatureVersion = 1,
        auth: Auth | None = None,
    ) -> Subscription:
        """Connect an application to later events. It gets them at ``notify()``, or with ``immediate`` after each call.

        ``target`` is a URL, a WSGI or ASGI application, a function that gets an ``HttpRequest``, or a Lambda handler.
        ``target_type`` names the kind if the target does not show it: ``"http"``, ``"wsgi"``, ``"asgi"``,
        ``"request"``, ``"lambda"``, ``"sqs"``, ``"eventbridge"`` or ``"firehose"``.

        ``topic`` is the ARN of an SNS topic, an event bus or a Firehose stream: the application gets what SES publishes
        there. Without ``topic`` it gets every event once, even if no destination is configured. Then ``form`` is
        ``"events"`` (event publishing) or ``"feedback"`` (identity notifications).

        ``path`` is the URL path of a WSGI or ASGI application. A web application must confirm the subscription, as with
        SNS: it visits the SubscribeURL or calls ``confirm_subscription``. ``confirm=False`` skips this. ``raw`` leaves
        out the SNS envelope (RawMessageDelivery). ``signature`` is the SignatureVersion: 1 (SHA-1) or 2 (SHA-256).
        ``auth=(user, password)`` logs in at an application that demands it. Raises TypeError for a target of unknown
        kind, and TypeError or ValueError for arguments that do not fit together.
        """
        __tracebackhide__ = True
        options = SubscriptionOptions(
            target=target,
            topic=topic,
            path=path,
            form=form,
            target_type=target_type,
            raw=raw,
            confirm=confirm,
            immediate=immediate,
            signature=signature,
            auth=auth,
        ).checked()
        runtime.renew()
        simulation = self._backend.simulation
        with simulation.lock:
            region_state = simulation.at(simulation.account_id, _find_region(topic) or simulation.region)
        return self._backend.dispatcher.subscribe(region_state, options, line_of_test())

    def notify(self, *, check: bool = True) -> list[TargetResponse]:
        """Deliver the queued notifications to the subscribed applications, oldest first, in this thread.

        Returns a response for each notification. An application accepts a notification if it answers with status 2xx
        and does not raise. A notification that was not accepted stays queued. When all others are delivered, ``notify``
        raises ``NotifyError``; with ``check=False`` it only returns the responses. Notifications that this delivery
        causes are queued for the next call. Raises RuntimeError without a subscription, and in a running event loop.
        """
        __tracebackhide__ = True
        if running() is not None:
            raise RuntimeError("notify() would block the running event loop. Use `await sesfake.notify_async()`")
        self._check_subscribed("notify")
        return self._backend.dispatcher.notify(check=check)

    async def notify_async(self, *, check: bool = True) -> list[TargetResponse]:
        """Deliver like ``notify``, but without blocking the event loop.

        Synchronous applications run in a thread.
        """
        __tracebackhide__ = True
        self._check_subscribed("notify_async")
        return await self._backend.dispatcher.notify_async(check=check)

    def _check_subscribed(self, verb: str) -> None:
        __tracebackhide__ = True
        runtime.renew()
        if not self._backend.dispatcher.subscriptions:
            raise RuntimeError(f"{verb}() has no subscriber. Call sesfake.subscribe(application) first")


def _find_region(topic: str | None) -> str | None:
    return None if topic is None else topic.split(":")[3] or None
