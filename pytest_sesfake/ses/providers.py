"""Mailbox providers: which provider hosts an address, and which ones report complaints to SES.

https://docs.aws.amazon.com/ses/latest/dg/faqs-complaints.html
"""

from __future__ import annotations

from pytest_sesfake.ses.mail.addresses import parse_address

UNKNOWN = "UNKNOWN_ISP"

_DOMAINS = {
    "Gmail": ("gmail.com", "googlemail.com"),
    "Yahoo": ("yahoo.com", "yahoo.co.uk", "yahoo.co.jp", "yahoo.de", "yahoo.fr", "ymail.com", "rocketmail.com"),
    "Hotmail": ("hotmail.com", "outlook.com", "live.com", "msn.com"),
    "AOL": ("aol.com", "aim.com"),
    "iCloud": ("icloud.com", "me.com", "mac.com"),
}
_BEHIND = {domain: provider for provider, domains in _DOMAINS.items() for domain in domains}
_SILENT = ("Gmail",)


def provider(address: str) -> str:
    """Return the mailbox provider of an address."""
    return _BEHIND.get(parse_address(address).domain, UNKNOWN)


def has_loop(address: str) -> bool:
    """Tell whether the provider has a feedback loop, that is, whether it reports complaints to SES."""
    return provider(address) not in _SILENT
