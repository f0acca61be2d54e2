"""In-process fakes of Amazon SES for pytest: record mail, script what becomes of it, assert on it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_sesfake.delivery.courier import NotifyError as NotifyError
    from pytest_sesfake.delivery.notifications import Notification as Notification
    from pytest_sesfake.delivery.notifications import TargetResponse as TargetResponse
    from pytest_sesfake.delivery.sns import HttpRequest as HttpRequest
    from pytest_sesfake.delivery.subscriptions import Subscription as Subscription
    from pytest_sesfake.fake import SesFake as SesFake
    from pytest_sesfake.reading.events import Event as Event
    from pytest_sesfake.world.calls import Call as Call
    from pytest_sesfake.world.messages import Message as Message
    from pytest_sesfake.world.outcomes import Bounce as Bounce
    from pytest_sesfake.world.outcomes import Complaint as Complaint
    from pytest_sesfake.world.outcomes import Delay as Delay
    from pytest_sesfake.world.outcomes import Delivery as Delivery
    from pytest_sesfake.world.outcomes import Outcome as Outcome
    from pytest_sesfake.world.outcomes import Rejection as Rejection
    from pytest_sesfake.world.outcomes import SoftBounce as SoftBounce
    from pytest_sesfake.world.outcomes import Suppression as Suppression
    from pytest_sesfake.world.readers import AutoReply as AutoReply
    from pytest_sesfake.world.readers import Click as Click
    from pytest_sesfake.world.readers import Open as Open
    from pytest_sesfake.world.readers import Unsubscribe as Unsubscribe

_HOMES = {
    "SesFake": "fake",
    "TargetResponse": "delivery.notifications",
    "RealSesBlockedError": "fronts.guard",
    "Event": "reading.events",
    "HttpRequest": "delivery.sns",
    "Notification": "delivery.notifications",
    "NotifyError": "delivery.courier",
    "Subscription": "delivery.subscriptions",
    "Call": "world.calls",
    "Message": "world.messages",
    "Bounce": "world.outcomes",
    "Complaint": "world.outcomes",
    "Delay": "world.outcomes",
    "Delivery": "world.outcomes",
    "Outcome": "world.outcomes",
    "Rejection": "world.outcomes",
    "SoftBounce": "world.outcomes",
    "Suppression": "world.outcomes",
    "AutoReply": "world.readers",
    "Click": "world.readers",
    "Open": "world.readers",
    "Unsubscribe": "world.readers",
}

__all__ = [
    "AutoReply",
    "Bounce",
    "Call",
    "Click",
    "Complaint",
    "Delay",
    "Delivery",
    "Event",
    "HttpRequest",
    "Message",
    "Notification",
    "NotifyError",
    "Open",
    "Outcome",
    "RealSesBlockedError",
    "Rejection",
    "SesFake",
    "SoftBounce",
    "Subscription",
    "Suppression",
    "TargetResponse",
    "Unsubscribe",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - one of the public names
    home = _HOMES.get(name)
    if home is None:
        msg = f"module 'pytest_sesfake' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(f"pytest_sesfake.{home}"), name)
