"""Multi-region endpoints.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateMultiRegionEndpoint.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v2
from pytest_sesfake.operations.tags import read_tags
from pytest_sesfake.ses import multi_region
from pytest_sesfake.ses.clock import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.multi_region import MultiRegionEndpoint
    from pytest_sesfake.ses.simulation import RegionState

_MOST_LISTED = 1000


@v2("CreateMultiRegionEndpoint", does="stored", texts="chosen")
def create_multi_region_endpoint(
    region_state: RegionState, *, EndpointName: str, Details: Json, Tags: Sequence[Json] = ()
) -> Json:
    """Create an endpoint. It is ready at the next call that looks at it."""
    routes = Details["RoutesDetails"]
    if len(routes) != 1:
        raise say("BadRequestException", "RoutesDetails must contain exactly one route configuration.")
    given = read_tags(Tags)
    made = multi_region.create(region_state, EndpointName, routes[0]["Region"])
    region_state.tags.put(multi_region.arn(region_state, EndpointName), given)
    return {"Status": "CREATING", "EndpointId": made.id}


@v2("GetMultiRegionEndpoint", does="stored", texts="chosen")
def get_multi_region_endpoint(region_state: RegionState, *, EndpointName: str) -> Json:
    """Describe an endpoint of this region."""
    endpoint = region_state.multi_region_endpoints.get(EndpointName)
    return {**_describe(endpoint), "Routes": [{"Region": region} for region in endpoint.regions]}


@v2("DeleteMultiRegionEndpoint", does="stored", texts="chosen")
def delete_multi_region_endpoint(region_state: RegionState, *, EndpointName: str) -> Json:
    """Delete an endpoint of this region. It is gone at the next call that looks for it."""
    multi_region.remove(region_state, EndpointName)
    return {"Status": "DELETING"}


@v2("ListMultiRegionEndpoints", does="stored", texts="chosen")
def list_multi_region_endpoints(
    region_state: RegionState, *, NextToken: str | None = None, PageSize: int | None = None
) -> Json:
    """List the endpoints of this region, oldest first."""
    shown, following = region_state.multi_region_endpoints.page(PageSize, NextToken, most=_MOST_LISTED)
    endpoints = [{**_describe(endpoint), "Regions": list(endpoint.regions)} for endpoint in shown]
    return {"MultiRegionEndpoints": endpoints, "NextToken": following and _in_full(following)}


def _describe(endpoint: MultiRegionEndpoint) -> Json:
    return {
        "EndpointName": endpoint.name,
        "EndpointId": endpoint.id,
        "Status": "READY",
        "CreatedTimestamp": moment(endpoint.created),
        "LastUpdatedTimestamp": moment(endpoint.created),
    }


def _in_full(token: str) -> str:
    """Return a token as the model of this operation demands it: standard base64, with padding."""
    return token.replace("-", "+").replace("_", "/") + "=" * (-len(token) % 4)
