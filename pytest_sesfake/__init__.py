"""In-process fakes of Amazon SES for pytest: record mail, script its outcomes, and assert on both.

A public name is imported when it is first used, because pytest loads this package in every run.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_sesfake.delivery.dispatcher import NotifyError as NotifyError
    from pytest_sesfake.delivery.notifications import Notification as Notification
    from pytest_sesfake.delivery.notifications import TargetResponse as TargetResponse
    from pytest_sesfake.delivery.subscriptions import Subscription as Subscription
    from pytest_sesfake.fake.ses_fake import SesFake as SesFake
    from pytest_sesfake.fake.warning import SesFakeWarning as SesFakeWarning
    from pytest_sesfake.ses.calls import Call as Call
    from pytest_sesfake.ses.event_forms import HttpRequest as HttpRequest
    from pytest_sesfake.ses.events import Event as Event
    from pytest_sesfake.ses.messages import Message as Message
    from pytest_sesfake.ses.outcomes.engagement import AutoReply as AutoReply
    from pytest_sesfake.ses.outcomes.engagement import Click as Click
    from pytest_sesfake.ses.outcomes.engagement import Open as Open
    from pytest_sesfake.ses.outcomes.engagement import Unsubscribe as Unsubscribe
    from pytest_sesfake.ses.outcomes.outcomes import Bounce as Bounce
    from pytest_sesfake.ses.outcomes.outcomes import Complaint as Complaint
    from pytest_sesfake.ses.outcomes.outcomes import Delay as Delay
    from pytest_sesfake.ses.outcomes.outcomes import Delivery as Delivery
    from pytest_sesfake.ses.outcomes.outcomes import Outcome as Outcome
    from pytest_sesfake.ses.outcomes.outcomes import Rejection as Rejection
    from pytest_sesfake.ses.outcomes.outcomes import SoftBounce as SoftBounce
    from pytest_sesfake.ses.outcomes.outcomes import Suppression as Suppression
    from pytest_sesfake.transports.guard import RealSesBlockedError as RealSesBlockedError

_HOMES = {
    "SesFake": "fake.ses_fake",
    "TargetResponse": "delivery.notifications",
    "RealSesBlockedError": "transports.guard",
    "SesFakeWarning": "fake.warning",
    "Event": "ses.events",
    "HttpRequest": "ses.event_forms",
    "Notification": "delivery.notifications",
    "NotifyError": "delivery.dispatcher",
    "Subscription": "delivery.subscriptions",
    "Call": "ses.calls",
    "Message": "ses.messages",
    "Bounce": "ses.outcomes.outcomes",
    "Complaint": "ses.outcomes.outcomes",
    "Delay": "ses.outcomes.outcomes",
    "Delivery": "ses.outcomes.outcomes",
    "Outcome": "ses.outcomes.outcomes",
    "Rejection": "ses.outcomes.outcomes",
    "SoftBounce": "ses.outcomes.outcomes",
    "Suppression": "ses.outcomes.outcomes",
    "AutoReply": "ses.outcomes.engagement",
    "Click": "ses.outcomes.engagement",
    "Open": "ses.outcomes.engagement",
    "Unsubscribe": "ses.outcomes.engagement",
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
    "SesFakeWarning",
    "SoftBounce",
    "Subscription",
    "Suppression",
    "TargetResponse",
    "Unsubscribe",
]


_FORMER = {"Answer": "TargetResponse", "NotifyFailed": "NotifyError", "RealSesBlocked": "RealSesBlockedError"}


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        meant = _FORMER.get(name)
        hint = f". Did you mean {meant!r}?" if meant else ""
        raise AttributeError(f"module 'pytest_sesfake' has no attribute {name!r}{hint}")
    return getattr(importlib.import_module(f"pytest_sesfake.{home}"), name)
