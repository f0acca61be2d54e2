"""SMTP passwords, which SES derives from a secret access key and a region.

https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html
"""

from __future__ import annotations

import base64
import hmac

LENGTH = 44

_VERSION = b"\x04"
_STEPS = ("ses", "aws4_request", "SendRawEmail")


def derive(secret: str, region: str) -> str:
    """Return the SMTP password for a secret access key and a region: 44 characters that start with ``B``."""
    signature = ("AWS4" + secret).encode()
    for step in ("11111111", region, *_STEPS):
        signature = hmac.new(signature, step.encode(), "sha256").digest()
    return base64.b64encode(_VERSION + signature).decode()
