"""Names, hosts and codes of SES that differ between regions."""

from __future__ import annotations

import zlib

# The first four hex digits of a message id, for regions from which real ids are known.
_CODES = {
    "us-east-1": "0100",
    "us-west-2": "0101",
    "eu-west-1": "0102",
    "ap-northeast-1": "0106",
    "eu-central-1": "0107",
    "ap-southeast-2": "0108",
}

# The display names of the regions with SES. https://docs.aws.amazon.com/general/latest/gr/ses.html
NAMES = {
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-south-2": "Asia Pacific (Hyderabad)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-southeast-3": "Asia Pacific (Jakarta)",
    "ap-southeast-5": "Asia Pacific (Malaysia)",
    "ca-central-1": "Canada (Central)",
    "ca-west-1": "Canada West (Calgary)",
    "eu-central-1": "Europe (Frankfurt)",
    "eu-central-2": "Europe (Zurich)",
    "eu-north-1": "Europe (Stockholm)",
    "eu-south-1": "Europe (Milan)",
    "eu-west-1": "Europe (Ireland)",
    "eu-west-2": "Europe (London)",
    "eu-west-3": "Europe (Paris)",
    "il-central-1": "Israel (Tel Aviv)",
    "me-central-1": "Middle East (UAE)",
    "me-south-1": "Middle East (Bahrain)",
    "sa-east-1": "South America (São Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-gov-east-1": "AWS GovCloud (US-East)",
    "us-gov-west-1": "AWS GovCloud (US-West)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}


def name_of(region: str) -> str:
    """Return the display name of a region, or its code if the name is not known."""
    return NAMES.get(region, region)


def code(region: str) -> str:
    """Return the four hex digits of a region in message ids. For an unknown region, return a stable invented value."""
    known = _CODES.get(region)
    return known if known is not None else f"02{zlib.crc32(region.encode()) & 0xFF:02x}"


def partition(region: str) -> str:
    """Return the partition in ARNs of the region, such as ``aws``."""
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    if region.startswith("eusc-"):
        return "aws-eusc"
    return "aws"


def message_host(region: str) -> str:
    """Return the domain of the Message-ID header that SES writes in the region."""
    return "email.amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"


def bounce_host(region: str) -> str:
    """Return the domain of the envelope sender without a custom MAIL FROM domain."""
    return "amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"


def outgoing_host(region: str) -> str:
    """Return the name of the host that sends the mail of the region."""
    return "a8-77.smtp-out." + bounce_host(region)


OUTGOING_IP = "54.240.8.77"
REMOTE_IP = "192.0.2.25"
