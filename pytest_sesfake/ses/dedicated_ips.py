"""Dedicated IP addresses: from which an account alone sends, in which pools they are, and how far they are warmed up.

No call makes an address: SES leases them, and a test puts them there.

https://docs.aws.amazon.com/ses/latest/dg/dedicated-ip.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_sesfake.ses import tags
from pytest_sesfake.ses.collection import Shelf
from pytest_sesfake.ses.refusals import Invalid, LimitReached
from pytest_sesfake.ses.regions import OUTGOING_IP

if TYPE_CHECKING:
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import World

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
        self.pools: Shelf[Pool] = Shelf("pool")
        self.addresses: Shelf[DedicatedIp] = Shelf("dedicated IP")

    def is_managed(self, pool: str) -> bool:
        """Tell whether SES alone looks after the addresses of a pool."""
        found = self.pools.find(pool)
        return found is not None and found.managed

    def names(self) -> list[str]:
        """Return the names of the pools; who has addresses of its own also has those that SES makes."""
        own = [pool.name for pool in self.pools]
        return [*own, DEFAULT, SHARED] if len(self.addresses) else own


def arn(world: World, name: str) -> str:
    """Return the ARN of a pool."""
    return world.arn(f"dedicated-ip-pool/{name}")


tags.taggable("dedicated-ip-pool", lambda world, name: arn(world, name) if name in world.dedicated.pools else None)


def create_pool(world: World, name: str, *, managed: bool) -> Pool:
    """Make a pool."""
    check_name(name)
    if not _NAME.fullmatch(name):
        raise Invalid(
            f"Invalid pool name <{name}>: only up to 64 lowercase letters, numbers, periods, dashes and underscores "
            "are allowed."
        )
    pool = world.dedicated.pools.add(name, Pool(name))
    if managed:
        try:
            manage(world, pool)
        except LimitReached:
            world.dedicated.pools.discard(name)
            raise
    return pool


def check_name(name: str) -> None:
    """Refuse the name of no pool, and of one that SES made: nobody can look into it or change it."""
    if not name.strip():
        raise Invalid("Pool name can't be blank.")
    if name in (SHARED, DEFAULT):
        raise Invalid("Pool name describes either a shared or default dedicated ip pool")


def manage(world: World, pool: Pool) -> None:
    """Leave a pool to SES; there is no way back."""
    if not pool.managed and sum(each.managed for each in world.dedicated.pools) >= MOST_MANAGED:
        raise LimitReached(f"The maximum number of managed dedicated IP pools ({MOST_MANAGED}) is reached.")
    pool.managed = True


def remove_pool(world: World, name: str) -> None:
    """Remove a pool and its tags; its addresses go to the pool that has all others."""
    check_name(name)
    world.dedicated.pools.get(name)
    world.dedicated.pools.discard(name)
    for address in world.dedicated.addresses:
        if address.pool == name:
            address.pool = DEFAULT
    world.tags.forget(arn(world, name))


def move(world: World, ip: str, name: str) -> None:
    """Put an address into another pool; SES's own addresses stay where they are, and no other comes to them."""
    if not name.strip():
        raise Invalid("Pool name can't be blank.")
    dedicated = world.dedicated
    address = dedicated.addresses.get(ip)
    if name != DEFAULT:
        dedicated.pools.get(name)
    if dedicated.is_managed(name) or dedicated.is_managed(address.pool):
        raise Invalid("Dedicated IPs of a managed pool can't be moved.")
    address.pool = name


def percentage(world: World, address: DedicatedIp) -> int:
    """Return how warm an address is: it becomes so by itself while the account's warm-up is switched on."""
    if not world.account.warm_up:
        return address.warmth
    return min(WARM, address.warmth + int((world.cloud.clock.time() - address.since) / WARM_UP * WARM))


def switch_warm_up(world: World, *, on: bool) -> None:
    """Switch the warm-up of the account: addresses stay as warm as they are, or go on from there."""
    for address in world.dedicated.addresses:
        address.warmth, address.since = percentage(world, address), world.cloud.clock.time()
    world.account.warm_up = on


def warm(world: World, ip: str, warmth: int) -> None:
    """Say how warm an address is; it goes on from there."""
    if not 0 <= warmth <= WARM:
        raise Invalid(f"Warmup Percentage must be between 0 and {WARM}.")
    address = world.dedicated.addresses.get(ip)
    if world.dedicated.is_managed(address.pool):
        raise Invalid("Dedicated IPs of a managed pool are warmed up by SES.")
    address.warmth, address.since = warmth, world.cloud.clock.time()


def outgoing(message: Message) -> list[str]:
    """Return the addresses from which a message may have been sent: those of its pool, else one that all share."""
    world, name = message.world, message.configuration_set
    chosen = None if name is None else world.configuration_sets.find(name)
    pool = (chosen.pool if chosen is not None else None) or DEFAULT
    return [address.ip for address in world.dedicated.addresses if address.pool == pool] or [OUTGOING_IP]
