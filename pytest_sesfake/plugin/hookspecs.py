"""The hooks that this plugin offers to other plugins and to conftest files.

Those of the test's own folder, and of the folders above it, are called. An exception, or a result that makes no sense,
fails the test and names the plugin; the application's call goes on as if there were no hook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_sesfake.delivery.events import Event
    from pytest_sesfake.fake.ses_fake import SesFake
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome


def pytest_sesfake_configure(sesfake: SesFake) -> None:
    """Set a fake up, before its test, and whenever it is started over.

    This is the place for what all tests of a folder have in common. Scripts written here may stay unused.
    """


@pytest.hookspec(firstresult=True)
def pytest_sesfake_outcome(message: Message, recipient: str) -> Outcome | None:
    """Decide what becomes of one recipient of a message that SES takes, ``None`` where somebody else may.

    The first answer counts. It is asked when neither a suppression list, nor a script, nor the mailbox simulator has
    the say. The message is not in the outbox yet, and the lock is held: it may read the message, and must not wait.
    """


def pytest_sesfake_message(message: Message) -> None:
    """See a message that SES sent, once the call that sent it was answered."""


def pytest_sesfake_event(event: Event) -> None:
    """See something that happened to a message, in the order of ``sesfake.events``, once it happened.

    That is when a call was answered, when the clock was moved, or at the end of the test.
    """
