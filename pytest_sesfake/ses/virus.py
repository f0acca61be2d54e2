"""The virus scan. It finds only the EICAR test file, which the documentation of SES recommends for tests.

https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pytest_sesfake.ses.messages import PartedMessage

if TYPE_CHECKING:
    from pytest_sesfake.ses.messages import Message

# The test file of https://www.eicar.org. It is in two halves so that virus scanners do not report this source file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The first bytes of an infected attachment."""

# For speed, a raw mail is parsed only if it contains one of these: part of the file, or its beginning in base64.
_MARKS = (EICAR[28:-8], base64.b64encode(EICAR[:27]))


def is_infected(message: Message) -> bool:
    """Tell whether an attachment of a message is a virus."""
    if isinstance(message, PartedMessage):
        return any(attached.content.startswith(EICAR) for attached in message.parts.attachments)
    data = message.submitted
    if not any(mark in data for mark in _MARKS):
        return False
    return any(attachment.content.startswith(EICAR) for attachment in message.attachments)
