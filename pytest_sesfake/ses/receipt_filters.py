"""IP address filters: they block or allow incoming mail from ranges of hosts.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-ip-filtering-console-walkthrough.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, IPv6Network, NetmaskValueError, ip_address, ip_network
from typing import TYPE_CHECKING

from pytest_sesfake.ses.receipt_rules import check_name
from pytest_sesfake.ses.refusals import Invalid, LimitReached, Taken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_sesfake.ses.simulation import RegionState

MOST = 100
"""The largest number of filters of an account in a region."""

# Python also accepts zones, IPv4 addresses inside IPv6 ones and netmasks such as /255.0.0.0. SES does not.
_CIDR = re.compile(r"(?:[0-9.]+|[0-9A-Fa-f:]+)(?:/[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class IpFilter:
    """A range of IP addresses whose mail is blocked or allowed."""

    name: str
    blocks: bool
    cidr: str

    @property
    def network(self) -> IPv4Network | IPv6Network:
        """The range of IP addresses."""
        return ip_network(self.cidr, strict=False)


def create(region_state: RegionState, made: IpFilter) -> None:
    """Store a new filter. Raises `Invalid`, `Taken` or `LimitReached` if SES does not accept it."""
    if not made.name:
        raise Invalid("filterName must not be empty")
    check_name("filterName", made.name)
    if not _is_range(made.cidr):
        raise Invalid(f"Invalid CIDR block: {made.cidr}")
    filters = region_state.receipts.filters
    if made.name in filters:
        raise Taken(filters.kind, made.name)
    if len(filters) >= MOST:
        raise LimitReached("Too many filters")
    filters.add(made.name, made)


def _is_range(cidr: str) -> bool:
    if not _CIDR.fullmatch(cidr):
        return False
    try:
        ip_network(cidr, strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        return False
    return True


def is_blocked(filters: Iterable[IpFilter], address: str) -> bool:
    """Tell whether mail from an IP address is blocked. The smallest range that contains the address decides.

    If the same range is both blocked and allowed, it is allowed. AWS does not document what SES does then.
    """
    host = ip_address(address)
    found = [each for each in filters if host in each.network]
    return bool(found) and max(found, key=lambda each: (each.network.prefixlen, not each.blocks)).blocks
