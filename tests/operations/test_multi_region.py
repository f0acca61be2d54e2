"""Multi-region endpoints."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake.ses import multi_region

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
ARN = "arn:aws:ses:us-east-1:123456789012:multi-region-endpoint/global"
MISSING = "Multi-region endpoint <global> does not exist."


def to(*regions: str) -> Any:
    return {"RoutesDetails": [{"Region": region} for region in regions]}


def test_an_endpoint_is_ready_when_it_is_looked_at(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    made = v2.create_multi_region_endpoint(
        EndpointName="global", Details=to("eu-west-1"), Tags=[{"Key": "team", "Value": "blue"}]
    )

    assert made["Status"] == "CREATING"
    found = v2.get_multi_region_endpoint(EndpointName="global")
    assert {name: value for name, value in found.items() if name != "ResponseMetadata"} == {
        "EndpointName": "global",
        "EndpointId": made["EndpointId"],
        "Routes": [{"Region": "us-east-1"}, {"Region": "eu-west-1"}],
        "Status": "READY",
        "CreatedTimestamp": NOON,
        "LastUpdatedTimestamp": NOON,
    }
    assert v2.list_tags_for_resource(ResourceArn=ARN)["Tags"] == [{"Key": "team", "Value": "blue"}]


def test_an_endpoint_that_was_removed_is_gone(v2: SESV2Client, refused: Refused) -> None:
    v2.create_multi_region_endpoint(EndpointName="global", Details=to("eu-west-1"))

    assert v2.delete_multi_region_endpoint(EndpointName="global")["Status"] == "DELETING"

    calls: list[Callable[[], object]] = [
        lambda: v2.get_multi_region_endpoint(EndpointName="global"),
        lambda: v2.delete_multi_region_endpoint(EndpointName="global"),
    ]
    for call in calls:
        assert refused(call, v2.exceptions.NotFoundException) == ("NotFoundException", 404, MISSING)
    assert v2.list_multi_region_endpoints()["MultiRegionEndpoints"] == []


def test_an_endpoint_is_looked_after_where_it_was_made(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    made = v2.create_multi_region_endpoint(EndpointName="global", Details=to("eu-west-1"))
    other = sesfake.client("sesv2", "eu-west-1")

    assert refused(lambda: other.get_multi_region_endpoint(EndpointName="global"))[2] == MISSING
    assert other.list_multi_region_endpoints()["MultiRegionEndpoints"] == []
    for region, known in {"us-east-1": True, "eu-west-1": True, "us-west-2": False}.items():
        region_state = sesfake._simulation.at("123456789012", region)
        assert (multi_region.find(region_state, made["EndpointId"]) is not None) is known


def test_an_endpoint_is_made_once(v2: SESV2Client, refused: Refused) -> None:
    v2.create_multi_region_endpoint(EndpointName="global", Details=to("eu-west-1"))

    answer = refused(
        lambda: v2.create_multi_region_endpoint(EndpointName="global", Details=to("us-west-2")),
        v2.exceptions.AlreadyExistsException,
    )

    assert answer == ("AlreadyExistsException", 400, "Multi-region endpoint <global> already exists.")


@pytest.mark.parametrize(
    "regions, text",
    [
        ((), "RoutesDetails must contain exactly one route configuration."),
        (("eu-west-1", "us-west-2"), "RoutesDetails must contain exactly one route configuration."),
        (("us-east-1",), "The secondary region must be different from the primary region."),
        (("Ireland",), "Invalid region <Ireland>."),
    ],
)
def test_an_endpoint_has_one_other_region(
    v2: SESV2Client, refused: Refused, regions: tuple[str, ...], text: str
) -> None:
    answer = refused(
        lambda: v2.create_multi_region_endpoint(EndpointName="global", Details=to(*regions)),
        v2.exceptions.BadRequestException,
    )

    assert answer == ("BadRequestException", 400, text)


def test_the_name_of_an_endpoint_has_to_fit_the_model(v2: SESV2Client, refused: Refused) -> None:
    answer = refused(
        lambda: v2.create_multi_region_endpoint(EndpointName="the globe", Details=to("eu-west-1")),
        v2.exceptions.BadRequestException,
    )

    assert answer[2] == (
        "1 validation error detected: Value at 'endpointName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ^[\\w\\-_]+$"
    )


def test_endpoints_are_listed_page_by_page(v2: SESV2Client, refused: Refused) -> None:
    # Names of every length, so that the tokens end in every way that base64 has.
    names = ["e" * length for length in range(1, 9)]
    for name in names:
        v2.create_multi_region_endpoint(EndpointName=name, Details=to("eu-west-1"))

    pages = v2.get_paginator("list_multi_region_endpoints").paginate(PaginationConfig={"PageSize": 1})

    found = [page["MultiRegionEndpoints"] for page in pages]
    assert [[endpoint["EndpointName"] for endpoint in page] for page in found] == [[name] for name in names]
    assert found[0][0]["Regions"] == ["us-east-1", "eu-west-1"]
    assert found[0][0]["Status"] == "READY"
    answer = refused(lambda: v2.list_multi_region_endpoints(NextToken="abcd"), v2.exceptions.BadRequestException)
    assert answer == ("BadRequestException", 400, "Invalid NextToken.")
