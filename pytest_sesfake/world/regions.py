"""What SES does differently from region to region."""

from __future__ import annotations

import zlib

# The first four hex digits of a message id; the regions that captures of real ids have shown.
_CODES = {
    "us-east-1": "0100",
    "us-west-2": "0101",
    "eu-west-1": "0102",
    "ap-northeast-1": "0106",
    "eu-central-1": "0107",
    "ap-southeast-2": "0108",
}


def code(region: str) -> str:
    """Return the region's four hex digits in message ids; for regions never seen, a stable number of our own."""
    known = _CODES.get(region)
    return known if known is not None else f"02{zlib.crc32(region.encode()) & 0xFF:02x}"


def partition(region: str) -> str:
    """Return the partition that ARNs of the region name."""
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    if region.startswith("eusc-"):
        return "aws-eusc"
    return "aws"


def message_host(region: str) -> str:
    """Return the right side of the Message-ID that SES gives a mail in the region."""
    return "email.amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"


def bounce_host(region: str) -> str:
    """Return the domain of the envelope sender that SES uses where no custom MAIL FROM domain is set."""
    return "amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"


def outgoing_host(region: str) -> str:
    """Return the name of the host that hands the region's mail on."""
    return "a8-77.smtp-out." + bounce_host(region)


OUTGOING_IP = "54.240.8.77"
REMOTE_IP = "192.0.2.25"
