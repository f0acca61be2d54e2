"""Subscriptions: which application gets which notifications, and whether it has confirmed that.

https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery import targets
from pytest_sesfake.delivery.envelopes import stand_in
from pytest_sesfake.delivery.notifications import OfSubscription, OfTest
from pytest_sesfake.ses.event_forms import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.delivery.dispatcher import Dispatcher
    from pytest_sesfake.delivery.notifications import Notification, TargetResponse
    from pytest_sesfake.delivery.sns import Handshake
    from pytest_sesfake.delivery.targets import SubscriptionOptions
    from pytest_sesfake.ses.simulation import RegionState

TOKEN_LIFE = 3 * 24 * 60 * 60
"""The lifetime of a confirmation token in seconds."""


_FOR_TESTS = {"arn", "topic", "target", "token", "confirmed", "ended", "unsubscribe", "post", "post_async"}


class Subscription:
    """One application that gets what is published to a topic, or every event.

    ``arn`` and ``topic`` are the ARNs of SNS. ``token`` confirms the subscription. If ``guarded`` is true, only a
    signed request can end it (AuthenticateOnUnsubscribe). ``options`` are the arguments of ``subscribe``.
    """

    def __init__(
        self, dispatcher: Dispatcher, region_state: RegionState, options: SubscriptionOptions, number: int
    ) -> None:
        self.options: SubscriptionOptions = options
        self.target: Any = options.target
        self.topic: str = options.topic or stand_in(region_state)
        self.arn = f"{self.topic}:{region_state.simulation.ids.uuid(f'subscription {number} {self.topic}')}"
        self.token = ""
        self.guarded = False
        self.origin: tuple[str, int] | None = None
        self.was_reached = False
        self._dispatcher = dispatcher
        self._region_state = region_state
        self._asked_at = 0.0
        self._is_wanted = not options.confirm
        self._has_ended = False

    def __dir__(self) -> list[str]:
        """Return the attributes for tests. Completion leaves out those that only this package uses."""
        return [name for name in super().__dir__() if name.startswith("_") or name in _FOR_TESTS]

    def __repr__(self) -> str:
        state = "ended" if self._has_ended else "confirmed" if self._is_wanted else "pending"
        return f"<Subscription {state} {self.options.target_type} {self.target!r} to {self.topic}>"

    @property
    def confirmed(self) -> bool:
        """Whether the application gets notifications: it has confirmed and has not unsubscribed."""
        return self._is_wanted and not self._has_ended

    @property
    def ended(self) -> bool:
        """Whether it was unsubscribed and not confirmed again since."""
        return self._has_ended

    def unsubscribe(self) -> None:
        """End the subscription. A web application gets a message that says so and how to subscribe again."""
        self._dispatcher.unsubscribe(self)

    def post(self, what: HttpRequest | str, *, subject: str | None = None) -> TargetResponse:
        """Send something to the application right now, confirmed or not, and return its response.

        An ``HttpRequest``, such as ``event.http_request()`` returns, is sent with its own headers and body. It may be
        forged or changed, and it may be sent twice. A text is sent in a signed envelope, with an optional ``subject``.
        """
        return self._dispatcher.send(self, *self._given(what, subject))

    async def post_async(self, what: HttpRequest | str, *, subject: str | None = None) -> TargetResponse:
        """Do the same as ``post`` without blocking the running event loop."""
        return await self._dispatcher.send_async(self, *self._given(what, subject))

    def _given(self, what: HttpRequest | str, subject: str | None) -> tuple[Notification, Callable[[], Any]]:
        self.was_reached = True
        simulation = self._region_state.simulation
        if isinstance(what, str):
            with simulation.lock:
                text = OfTest(self._region_state, self.topic, what, subject)
            return text, lambda: self.reach(text)
        if not isinstance(what, HttpRequest):
            raise TypeError(f"post() takes an HttpRequest or a string, not {what!r}")
        if self.options.target_type not in targets.WEB:
            raise TypeError(
                f"post() sends requests only to web applications, not to target_type={self.options.target_type!r}"
            )
        request = replace(what, path=self.options.path)
        with simulation.lock:
            sent = OfTest(self._region_state, self.topic, request.body.decode("utf-8", "replace"), None)
        return sent, lambda: targets.post(self.options, request)

    # For the dispatcher and the SNS handler.

    def reach(self, notification: Notification) -> Any:
        """Deliver a notification to the target. Return a reply, or an awaitable of one."""
        self.was_reached = True
        return targets.deliver(self.options, self.arn, notification)

    def ask(self, handshake: Handshake) -> Notification:
        """Make a new token, and return the message that asks the application to use it."""
        simulation = self._region_state.simulation
        number = simulation.draw()
        digits = "".join(simulation.ids.hex(f"token {part} {number}", 128) for part in range(2))
        self.token = "2336412f37" + digits[10:]  # every token of SNS begins with these digits
        self._asked_at = simulation.clock.time()
        return OfSubscription(self._region_state, handshake, self.topic, subscription=self.arn, token=self.token)

    def confirm(self, *, guarded: bool) -> bool:
        """Confirm the subscription, or renew an ended one. Return False if its token has expired."""
        simulation = self._region_state.simulation
        if simulation.clock.time() - self._asked_at > TOKEN_LIFE:
            return False
        self._is_wanted, self._has_ended, self.guarded = True, False, guarded
        return True

    def end(self) -> None:
        """Mark the subscription as ended."""
        self._has_ended = True
