"""`sesfake.notifications`: the log of what was published to topics, delivery streams and event buses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from pytest_sesfake.delivery.notifications import Notification
from pytest_sesfake.reading.logs import Log
from pytest_sesfake.reading.matching import NOTIFICATION
from pytest_sesfake.reading.search import Kind
from pytest_sesfake.ses.mail.addresses import parse_address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta
    from typing import Literal

    from typing_extensions import Unpack, override

    from pytest_sesfake.delivery.notifications import NotificationType, TargetResponse
    from pytest_sesfake.reading.matching import NotificationMatchers
    from pytest_sesfake.ses.outcomes.selectors import Condition
    from pytest_sesfake.ses.simulation import Simulation


def describe(notification: Notification) -> str:
    """Describe a notification in one line, for failure texts."""
    answers = ", ".join(map(_answered, notification.responses))
    answered = f" answers: {answers}" if answers else ""
    return f"{brief(notification)} {notification.timestamp:%H:%M:%S} to {notification.topic}{answered}"


def brief(notification: Notification, wanted: Sequence[object] = ()) -> str:
    """Describe a notification in a few words, for lists in failure texts. ``wanted`` is ignored."""
    del wanted  # a notification is about few recipients, and all are shown
    people = ", ".join(parse_address(recipient).bare for recipient in notification.recipients)
    return f"{notification.type} {people}".rstrip()


def _answered(answer: TargetResponse) -> str:
    if answer.error is not None:
        return type(answer.error).__name__
    if answer.unprocessed:
        return "left in the queue"
    return "ok" if answer.status is None else str(answer.status)


class Notifications(Log[Notification]):
    """The published notifications, oldest first. Each method takes the type as its first positional argument.

    ``read`` returns the list, which the dispatcher keeps.
    """

    __slots__ = ("read",)
    kind = Kind(
        item=Notification,
        noun="notification",
        differs=NOTIFICATION,
        describe=describe,
        brief=brief,
        leading="type",
    )

    def __init__(self, simulation: Simulation, read: Callable[[], list[Notification]]) -> None:
        super().__init__(simulation)
        self.read = read

    def _kept(self, simulation: Simulation) -> list[Notification]:
        del simulation  # the dispatcher has the list
        return self.read()

    if TYPE_CHECKING:

        @override
        def one(
            self, type: NotificationType | Condition = ..., /, **matchers: Unpack[NotificationMatchers]
        ) -> Notification: ...
        @override
        def all(
            self, type: NotificationType | Condition = ..., /, **matchers: Unpack[NotificationMatchers]
        ) -> list[Notification]: ...
        @override
        def first(
            self, type: NotificationType | Condition = ..., /, **matchers: Unpack[NotificationMatchers]
        ) -> Notification: ...
        @override
        def last(
            self, type: NotificationType | Condition = ..., /, **matchers: Unpack[NotificationMatchers]
        ) -> Notification: ...
        @override
        def none(
            self, type: NotificationType | Condition = ..., /, **matchers: Unpack[NotificationMatchers]
        ) -> Literal[True]: ...
        @override
        def count(
            self, type: NotificationType | Condition | Notification = ..., /, **matchers: Unpack[NotificationMatchers]
        ) -> int: ...
        @overload
        def wait(
            self, count: int = 1, timeout: timedelta | float = 5.0, **matchers: Unpack[NotificationMatchers]
        ) -> list[Notification]: ...
        @overload
        def wait(
            self,
            type: NotificationType | Condition,
            /,
            count: int = 1,
            timeout: timedelta | float = 5.0,
            **matchers: Unpack[NotificationMatchers],
        ) -> list[Notification]: ...
        @override
        def wait(self, *args: Any, **matchers: Any) -> list[Notification]: ...
        @overload
        async def wait_async(
            self, count: int = 1, timeout: timedelta | float = 5.0, **matchers: Unpack[NotificationMatchers]
        ) -> list[Notification]: ...
        @overload
        async def wait_async(
            self,
            type: NotificationType | Condition,
            /,
            count: int = 1,
            timeout: timedelta | float = 5.0,
            **matchers: Unpack[NotificationMatchers],
        ) -> list[Notification]: ...
        @override
        async def wait_async(self, *args: Any, **matchers: Any) -> list[Notification]: ...
