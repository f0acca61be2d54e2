"""Multi-region endpoints: one place to send through that stands for two regions.

https://docs.aws.amazon.com/ses/latest/dg/global-endpoints.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_sesfake.ses import tags
from pytest_sesfake.ses.refusals import Invalid, Missing, Taken

if TYPE_CHECKING:
    from pytest_sesfake.ses.simulation import World

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: the region that it was made in comes first. It is ready as soon as it was made."""

    name: str
    id: str
    regions: tuple[str, str]
    created: float


def arn(world: World, name: str) -> str:
    """Return the ARN of an endpoint."""
    return world.arn(f"multi-region-endpoint/{name}")


tags.taggable(
    "multi-region-endpoint", lambda world, name: arn(world, name) if name in world.multi_region_endpoints else None
)


def create(world: World, name: str, second: str) -> Endpoint:
    """Make an endpoint for the world's own region and a second one."""
    if not _REGION.fullmatch(second):
        raise Invalid(f"Invalid region <{second}>.")
    if second == world.region:
        raise Invalid("The secondary region must be different from the primary region.")
    if name in world.multi_region_endpoints:
        raise Taken("multi-region endpoint", name)
    drawn = world.cloud.ids.hex(f"endpoint {world.cloud.draw()}", 13)
    made = Endpoint(name, f"{drawn[:10]}.{drawn[10:]}", (world.region, second), world.cloud.clock.time())
    return world.multi_region_endpoints.add(name, made)


def remove(world: World, name: str) -> None:
    """Remove an endpoint and its tags."""
    if world.multi_region_endpoints.discard(name) is None:
        raise Missing("multi-region endpoint", name)
    world.tags.forget(arn(world, name))


def find(world: World, endpoint_id: str) -> Endpoint | None:
    """Return the endpoint of that id, whichever of its two regions asks; ``None`` where there is none."""
    cloud = world.cloud
    return next(
        (
            endpoint
            for other in cloud.worlds()
            if other.account_id == world.account_id
            for endpoint in other.multi_region_endpoints
            if endpoint.id == endpoint_id and world.region in endpoint.regions
        ),
        None,
    )
