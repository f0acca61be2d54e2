"""The hooks that other plugins and conftest files can implement.

Hooks in a conftest file are called for the tests in its folder and below. If a hook raises an exception or returns a
wrong value, the test fails and names the plugin. The application's call goes on as if the hook did not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_sesfake.fake.ses_fake import SesFake
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome


def pytest_sesfake_configure(sesfake: SesFake) -> None:
    """Set up a fake before its test, and after each ``sesfake.reset()``.

    Use it for set-up that all tests of a folder share. Scripts written here may stay unused.
    """


@pytest.hookspec(firstresult=True)
def pytest_sesfake_outcome(message: Message, recipient: str) -> Outcome | None:
    """Return the outcome for one recipient of a message, or ``None`` to leave it to the other hooks.

    The first outcome counts. The hook is called only if no suppression list, script or mailbox simulator decides. The
    message is not in the outbox yet. The fake holds its lock meanwhile, so the hook may read the message but must not
    wait for other threads.
    """


def pytest_sesfake_message(message: Message) -> None:
    """Get a message that SES sent, after the response of its call."""


def pytest_sesfake_event(event: Event) -> None:
    """Get an event of a message, in the order of ``sesfake.events``.

    It is called after the response of a call, after the clock moved, or at the end of the test.
    """
