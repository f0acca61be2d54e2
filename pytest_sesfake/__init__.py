"""In-process fakes of Amazon SES for pytest: record mail, script what becomes of it, assert on it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_sesfake.fake import SesFake as SesFake
    from pytest_sesfake.reading.events import Event as Event
    from pytest_sesfake.world.calls import Call as Call
    from pytest_sesfake.world.messages import Message as Message
    from pytest_sesfake.world.outcomes import Bounce as Bounce
    from pytest_sesfake.world.outcomes import Complaint as Complaint
    from pytest_sesfake.world.outcomes import Delivery as Delivery
    from pytest_sesfake.world.outcomes import Outcome as Outcome
    from pytest_sesfake.world.outcomes import Rejection as Rejection
    from pytest_sesfake.world.outcomes import Suppression as Suppression

_HOMES = {
    "SesFake": "fake",
    "Event": "reading.events",
    "Call": "world.calls",
    "Message": "world.messages",
    "Bounce": "world.outcomes",
    "Complaint": "world.outcomes",
    "Delivery": "world.outcomes",
    "Outcome": "world.outcomes",
    "Rejection": "world.outcomes",
    "Suppression": "world.outcomes",
}

__all__ = [
    "Bounce",
    "Call",
    "Complaint",
    "Delivery",
    "Event",
    "Message",
    "Outcome",
    "Rejection",
    "SesFake",
    "Suppression",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - one of the public names
    home = _HOMES.get(name)
    if home is None:
        msg = f"module 'pytest_sesfake' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(f"pytest_sesfake.{home}"), name)
