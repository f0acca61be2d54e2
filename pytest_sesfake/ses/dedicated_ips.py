"""Dedicated IP addresses: from which an account alone sends, in which pools they are, and how far they are warmed up.

No call makes an address: SES leases them, and a test puts them there.

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
"""Where addresses are that no other pool has."""
MOST_MANAGED = 5
"""How many pools that SES manages an account can have in a region."""
WARM_UP = 45 * 86_400.0
"""The seconds in which an address is warmed up from nothing."""
WARM = 100

_NAME = re.compile(r"[a-z0-9._-]{1,64}")


@dataclass(slots=True)
class Pool:
    """One pool; in one that is ``managed`` SES alone looks after the addresses."""

    name: str
    managed: bool = False


@dataclass(slots=True)
class DedicatedIp:
    """One address: it was ``warmth`` percent warm at an instant, and may have become warmer from then on.

    ``listings`` are the instants since when it is on a blacklist, by the list's name.
    """

    ip: str
    pool: str
    warmth: int
    since: float
    listings: dict[str, float] = field(default_factory=dict)


class Dedicated:
    """The pools and the addresses of an account in a region."""

    def __init__(self) -> None:
        self.pools: Collection[Pool] = Collection("pool")
        self.addresses: Collection[DedicatedIp] = Collection("dedicated IP")

    def is_managed(self, pool: str) -> bool:
        """Tell whether SES alone looks after the addresses of a pool."""
        found = self.pools.find(pool)
        return found is not None and found.managed

    def names(self) -> list[str]:
        """Return the names of the pools; who has addresses of its own also has those that SES makes."""
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
    """Make a pool."""
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
    """Refuse the name of no pool, and of one that SES made: nobody can look into it or change it."""
    if not name.strip():
        raise Invalid("Pool name can't be blank.")
    if name in (SHARED, DEFAULT):
        raise Invalid("Pool name describes either a shared or default dedicated ip pool")


def manage(region_state: RegionState, pool: Pool) -> None:
    """Leave a pool to SES; there is no way back."""
    if not pool.managed and sum(each.managed for each in region_state.dedicated.pools) >= MOST_MANAGED:
        raise LimitReached(f"The maximum number of managed dedicated IP pools ({MOST_MANAGED}) is reached.")
    pool.managed = True


def remove_pool(region_state: RegionState, name: str) -> None:
    """Remove a pool and its tags; its addresses go to the pool that has all others."""
    check_name(name)
    region_state.dedicated.pools.get(name)
    region_state.dedicated.pools.discard(name)
    for address in region_state.dedicated.addresses:
        if address.pool == name:
            address.pool = DEFAULT
    region_state.tags.forget(arn(region_state, name))


def move(region_state: RegionState, ip: str, name: str) -> None:
    """Put an address into another pool; SES's own addresses stay where they are, and no other comes to them."""
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
    """Return how warm an address is: it becomes so by itself while the account's warm-up is switched on."""
    if not region_state.account.warm_up:
        return address.warmth
    return min(WARM, address.warmth + int((region_state.simulation.clock.time() - address.since) / WARM_UP * WARM))


def switch_warm_up(region_state: RegionState, *, on: bool) -> None:
    """Switch the warm-up of the account: addresses stay as warm as they are, or go on from there."""
    for address in region_state.dedicated.addresses:
        address.warmth, address.since = percentage(region_state, address), region_state.simulation.clock.time()
    region_state.account.warm_up = on


def warm(region_state: RegionState, ip: str, warmth: int) -> None:
    """Say how warm an address is; it goes on from there."""
    if not 0 <= warmth <= WARM:
        raise Invalid(f"Warmup Percentage must be between 0 and {WARM}.")
    address = region_state.dedicated.addresses.get(ip)
    if region_state.dedicated.is_managed(address.pool):
        raise Invalid("Dedicated IPs of a managed pool are warmed up by SES.")
    address.warmth, address.since = warmth, region_state.simulation.clock.time()


def outgoing(message: Message) -> list[str]:
    """Return the addresses from which a message may have been sent: those of its pool, else one that all share."""
    region_state, name = message.region_state, message.configuration_set
    chosen = None if name is None else region_state.configuration_sets.find(name)
    pool = (chosen.pool if chosen is not None else None) or DEFAULT
    return [address.ip for address in region_state.dedicated.addresses if address.pool == pool] or [OUTGOING_IP]
