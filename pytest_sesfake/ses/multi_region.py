"""Multi-region endpoints: one endpoint that sends through two regions.

https://docs.aws.amazon.com/ses/latest/dg/global-endpoints.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_sesfake.ses import tags
from pytest_sesfake.ses.refusals import Invalid, Missing, Taken

if TYPE_CHECKING:
    from pytest_sesfake.ses.simulation import RegionState

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")


@dataclass(frozen=True, slots=True)
class MultiRegionEndpoint:
    """One multi-region endpoint. Its first region is the one that created it. It is ready immediately."""

    name: str
    id: str
    regions: tuple[str, str]
    created: float


def arn(region_state: RegionState, name: str) -> str:
    """Return the ARN of an endpoint."""
    return region_state.arn(f"multi-region-endpoint/{name}")


tags.taggable(
    "multi-region-endpoint",
    lambda region_state, name: arn(region_state, name) if name in region_state.multi_region_endpoints else None,
)


def create(region_state: RegionState, name: str, second: str) -> MultiRegionEndpoint:
    """Create an endpoint for the current region and a second one."""
    if not _REGION.fullmatch(second):
        raise Invalid(f"Invalid region <{second}>.")
    if second == region_state.region:
        raise Invalid("The secondary region must be different from the primary region.")
    if name in region_state.multi_region_endpoints:
        raise Taken("multi-region endpoint", name)
    drawn = region_state.simulation.ids.hex(f"endpoint {region_state.simulation.draw()}", 13)
    made = MultiRegionEndpoint(
        name, f"{drawn[:10]}.{drawn[10:]}", (region_state.region, second), region_state.simulation.clock.time()
    )
    return region_state.multi_region_endpoints.add(name, made)


def remove(region_state: RegionState, name: str) -> None:
    """Remove an endpoint and its tags."""
    if region_state.multi_region_endpoints.discard(name) is None:
        raise Missing("multi-region endpoint", name)
    region_state.tags.forget(arn(region_state, name))


def find(region_state: RegionState, endpoint_id: str) -> MultiRegionEndpoint | None:
    """Return the endpoint with this id, from either of its two regions, or ``None``."""
    simulation = region_state.simulation
    return next(
        (
            endpoint
            for other in simulation.region_states()
            if other.account_id == region_state.account_id
            for endpoint in other.multi_region_endpoints
            if endpoint.id == endpoint_id and region_state.region in endpoint.regions
        ),
        None,
    )
