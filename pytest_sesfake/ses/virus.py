"""The scan for viruses: the one that SES's documentation tells people to test with is found.

https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pytest_sesfake.ses.messages import PartedMessage

if TYPE_CHECKING:
    from pytest_sesfake.ses.messages import Message

# The test file of https://www.eicar.org, in two halves: virus scanners need not find this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What an infected attachment begins with."""

# A raw mail without these, once as it is and once as base64 begins, is not taken apart.
_MARKS = (EICAR[28:-8], base64.b64encode(EICAR[:27]))


def is_infected(message: Message) -> bool:
    """Tell whether an attachment of a message is a virus."""
    if isinstance(message, PartedMessage):
        return any(attached.content.startswith(EICAR) for attached in message.parts.attachments)
    data = message.submitted
    if not any(mark in data for mark in _MARKS):
        return False
    return any(attachment.content.startswith(EICAR) for attachment in message.attachments)
