"""Subscriptions: how a test connects an application, and delivers notifications to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery.targets import SubscriptionOptions
from pytest_sesfake.fake.script import line_of_test
from pytest_sesfake.reading.waiting import running
from pytest_sesfake.transports import runtime

if TYPE_CHECKING:
    from pytest_sesfake.delivery.envelopes import Form
    from pytest_sesfake.delivery.logins import Auth
    from pytest_sesfake.delivery.notifications import TargetResponse
    from pytest_sesfake.delivery.subscriptions import Subscription
    from pytest_sesfake.delivery.targets import As
    from pytest_sesfake.fake.backend import Backend


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
        target_type: As | None = None,
        raw: bool = False,
        confirm: bool = True,
        immediate: bool = False,
        signature: int = 1,
        auth: Auth | None = None,
    ) -> Subscription:
        """Connect an application to all further events: at ``notify()``, or, if ``immediate``, after each call.

        Without a ``topic`` it gets every event once, as ``"events"`` or as ``"feedback"``, whatever is
        configured; with the ARN of a topic, an event bus or a delivery stream of what SES publishes there.

        ``target`` is a URL, or what is called in this process: an application (WSGI or ASGI, at ``path``), a function
        of one ``HttpRequest``, a Lambda handler. ``target_type`` says what it is where that cannot be seen: ``"http"``,
        ``"wsgi"``, ``"asgi"``, ``"request"``, ``"lambda"``, ``"sqs"``, ``"eventbridge"`` or ``"firehose"``.

        What gets requests has to confirm, as with SNS, unless ``confirm`` is False: by a visit to the SubscribeURL, or
        a call of ``confirm_subscription``. ``raw`` leaves the envelope out, ``signature=2`` signs with SHA-256,
        ``auth=(user, password)`` answers an application that asks for a login.
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
            region_state = simulation.at(simulation.account_id, _region(topic) or simulation.region)
        return self._backend.dispatcher.subscribe(region_state, options, line_of_test())

    def notify(self, *, check: bool = True) -> list[TargetResponse]:
        """Deliver what is due to the subscribed applications, oldest first, each notification once.

        It is done in this thread. What is not answered with a status of 2xx, or raises, stays due, and when all the
        rest was tried it raises ``NotifyError``; with ``check=False`` it is only in the answers. What is caused by it
        is due at the next call. Without any subscription, or in a running event loop, it is a RuntimeError.
        """
        __tracebackhide__ = True
        if running() is not None:
            raise RuntimeError("notify() would stop the running event loop: use `await sesfake.notify_async()`")
        self._check_subscribed("notify")
        return self._backend.dispatcher.notify(check=check)

    async def notify_async(self, *, check: bool = True) -> list[TargetResponse]:
        """Deliver like ``notify``, without blocking the event loop. Synchronous applications are called in a thread."""
        __tracebackhide__ = True
        self._check_subscribed("notify_async")
        return await self._backend.dispatcher.notify_async(check=check)

    def _check_subscribed(self, verb: str) -> None:
        __tracebackhide__ = True
        runtime.renew()
        if not self._backend.dispatcher.subscriptions:
            raise RuntimeError(f"{verb}() has no subscriber: call sesfake.subscribe(application) first")


def _region(topic: str | None) -> str | None:
    return None if topic is None else topic.split(":")[3] or None
