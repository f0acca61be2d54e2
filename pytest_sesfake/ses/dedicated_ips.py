"""Dedicated IP addresses: addresses that only one account sends from, the pools that they are in, and their warm-up.

No call of the API creates an address: customers lease them from SES, so a test has to add them. A new address is warmed
up over 45 days, at a constant speed here. The warm-up percentage is computed whenever somebody reads it.

https://docs.aws.amazon.com/ses/latest/dg/dedicated-ip.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_sesfake.ses import tags
from pytest_sesfake.ses.collection import Collection
from pytest_sesfake.ses.refusals import Invalid, LimitReached
from pytest_sesfake.ses.regions import OUTGOING_IP

if TYPE_CHECKING:
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import RegionState

SHARED = "ses-shared-pool"
DEFAULT = "ses-default-dedicated-pool"
"""The pool of all addresses that are in no other pool."""
MOST_MANAGED = 5
"""The largest number of managed pools of an account in a region."""
WARM_UP = 45 * 86_400.0
"""The seconds that a complete warm-up takes."""
WARM = 100
"""The percentage of an address that is completely warmed up."""

_NAME = re.compile(r"[a-z0-9._-]{1,64}")


@dataclass(slots=True)
class Pool:
    """One pool of IP addresses. In a ``managed`` pool only SES controls the addresses."""

    name: str
    managed: bool = False


@dataclass(slots=True)
class DedicatedIp:
    """One dedicated IP address. Its warm-up percentage was ``warmth`` at the time ``since``.

    ``listings`` holds the names of the blacklists that it is on, with the time since when. All times are epoch seconds.
    """

    ip: str
    pool: str
    warmth: int
    since: float
    listings: dict[str, float] = field(default_factory=dict)


class Dedicated:
    """The pools and the dedicated IP addresses of an account in a region."""

    def __init__(self) -> None:
        self.pools: Collection[Pool] = Collection("pool")
        self.addresses: Collection[DedicatedIp] = Collection("dedicated IP")

    def is_managed(self, pool: str) -> bool:
        """Tell whether a pool is managed by SES."""
        found = self.pools.find(pool)
        return found is not None and found.managed

    def names(self) -> list[str]:
        """Return the names of all pools. An account with dedicated addresses also has the two standard pools of SES."""
        own = [pool.name for pool in self.pools]
        return [*own, DEFAULT, SHARED] if len(self.addresses) else own


def arn(region_state: RegionState, name: str) -> str:
    """Return the ARN of a pool."""
    return region_state.arn(f"dedicated-ip-pool/{name}")


tags.taggable(
    "dedicated-ip-pool",
    lambda region_state, name: arn(region_state, name) if name in region_state.dedicated.pools else None,
)


def create_pool(region_state: RegionState, name: str, *, managed: bool) -> Pool:
    """Create a pool. Raises a `Refusal` if the name is malformed or in use, or if there are too many managed pools."""
    check_name(name)
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"Invalid pool name <{name}>: only up to 64 lowercase letters, numbers, periods, dashes and underscores "
            "are allowed."
        )
    pool = region_state.dedicated.pools.add(name, Pool(name))
    if managed:
        try:
            manage(region_state, pool)
        except LimitReached:
            region_state.dedicated.pools.discard(name)
            raise
    return pool


def check_name(name: str) -> None:
    """Check the name of a pool. Raises `Invalid` if it is blank, or a standard pool that nobody can read or change."""
    if not name.strip():
        raise Invalid("Pool name can't be blank.")
    if name in (SHARED, DEFAULT):
        raise Invalid("Pool name describes either a shared or default dedicated ip pool")


def manage(region_state: RegionState, pool: Pool) -> None:
    """Make a pool a managed one. SES offers no way back. Raises `LimitReached` if there are too many."""
    if not pool.managed and sum(each.managed for each in region_state.dedicated.pools) >= MOST_MANAGED:
        raise LimitReached(f"The maximum number of managed dedicated IP pools ({MOST_MANAGED}) is reached.")
    pool.managed = True


def remove_pool(region_state: RegionState, name: str) -> None:
    """Remove a pool and its tags. Its addresses move to the default pool."""
    check_name(name)
    region_state.dedicated.pools.get(name)
    region_state.dedicated.pools.discard(name)
    for address in region_state.dedicated.addresses:
        if address.pool == name:
            address.pool = DEFAULT
    region_state.tags.forget(arn(region_state, name))


def move(region_state: RegionState, ip: str, name: str) -> None:
    """Move an address to another pool. Raises `Invalid` if one of the two pools is managed."""
    if not name.strip():
        raise Invalid("Pool name can't be blank.")
    dedicated = region_state.dedicated
    address = dedicated.addresses.get(ip)
    if name != DEFAULT:
        dedicated.pools.get(name)
    if dedicated.is_managed(name) or dedicated.is_managed(address.pool):
        raise Invalid("Dedicated IPs of a managed pool can't be moved.")
    address.pool = name


def percentage(region_state: RegionState, address: DedicatedIp) -> int:
    """Return the warm-up percentage of an address. It grows with time while the account's automatic warm-up is on."""
    if not region_state.account.warm_up:
        return address.warmth
    return min(WARM, address.warmth + int((region_state.simulation.clock.time() - address.since) / WARM_UP * WARM))


def switch_warm_up(region_state: RegionState, *, on: bool) -> None:
    """Switch the automatic warm-up of the account. All addresses keep the percentage that they have now."""
    for address in region_state.dedicated.addresses:
        address.warmth, address.since = percentage(region_state, address), region_state.simulation.clock.time()
    region_state.account.warm_up = on


def warm(region_state: RegionState, ip: str, warmth: int) -> None:
    """Set the warm-up percentage of an address. Automatic warm-up continues from there."""
    if not 0 <= warmth <= WARM:
        raise Invalid(f"Warmup Percentage must be between 0 and {WARM}.")
    address = region_state.dedicated.addresses.get(ip)
    if region_state.dedicated.is_managed(address.pool):
        raise Invalid("Dedicated IPs of a managed pool are warmed up by SES.")
    address.warmth, address.since = warmth, region_state.simulation.clock.time()


def outgoing(message: Message) -> list[str]:
    """Return the possible source addresses of a message: those of its pool, or else one shared address."""
    region_state, name = message.region_state, message.configuration_set
    chosen = None if name is None else region_state.configuration_sets.find(name)
    pool = (chosen.pool if chosen is not None else None) or DEFAULT
    return [address.ip for address in region_state.dedicated.addresses if address.pool == pool] or [OUTGOING_IP]
