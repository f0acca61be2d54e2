"""Tenants: made, shown, listed and removed, and what SES says to mistakes."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake.ses import tenants

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

pytestmark = pytest.mark.needs_model("CreateTenant")

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
OURS = "arn:aws:ses:us-east-1:123456789012:"
IDENTITY = OURS + "identity/example.org"
BOTH: Any = {"SuppressedReasons": ["BOUNCE", "COMPLAINT"], "SuppressionScope": "TENANT"}


def bare(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_a_tenant_is_shown_as_it_was_made(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    tags: Any = [{"Key": "team", "Value": "blue"}]

    made = bare(v2.create_tenant(TenantName="acme", Tags=tags, SuppressionAttributes=BOTH))

    assert re.fullmatch(r"tn-[0-9a-f]{29}", made["TenantId"])
    assert made == {
        "TenantName": "acme",
        "TenantId": made["TenantId"],
        "TenantArn": f"{OURS}tenant/acme/{made['TenantId']}",
        "CreatedTimestamp": NOON,
        "Tags": tags,
        "SendingStatus": "ENABLED",
        "SuppressionAttributes": BOTH,
    }
    assert v2.get_tenant(TenantName="acme")["Tenant"] == made
    listed = {name: value for name, value in made.items() if name not in {"Tags", "SuppressionAttributes"}}
    assert bare(v2.list_tenants()) == {"Tenants": [listed]}


def test_a_tenant_is_made_once_and_removed_once(v2: SESV2Client, refused: Refused) -> None:
    v2.create_tenant(TenantName="acme")

    assert refused(lambda: v2.create_tenant(TenantName="acme"), v2.exceptions.AlreadyExistsException) == (
        "AlreadyExistsException",
        400,
        "Tenant with name acme already exists in account 123456789012",
    )
    v2.delete_tenant(TenantName="acme")
    for call in (v2.delete_tenant, v2.get_tenant):
        assert refused(partial(call, TenantName="acme"), v2.exceptions.NotFoundException) == (
            "NotFoundException",
            404,
            "The requested tenant <acme> does not exist.",
        )


def test_an_account_has_its_number_of_tenants(
    v2: SESV2Client, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenants, "MOST", 1)
    v2.create_tenant(TenantName="acme")

    assert refused(lambda: v2.create_tenant(TenantName="other"), v2.exceptions.LimitExceededException) == (
        "LimitExceededException",
        400,
        "Maximum of 1 tenants allowed per account.",
    )


@pytest.mark.parametrize(
    "name, text",
    [
        (" ", "TenantName cannot be empty"),
        ("a" * 65, "TenantName cannot exceed 64 characters."),
        ("a b", "Invalid tenant name <a b>: only alphanumeric ASCII characters, '_', and '-' are allowed."),
    ],
)
def test_what_cannot_be_a_name_is_refused(v2: SESV2Client, refused: Refused, name: str, text: str) -> None:
    for call in (v2.create_tenant, v2.get_tenant, v2.delete_tenant):
        assert refused(partial(call, TenantName=name), v2.exceptions.BadRequestException) == (
            "BadRequestException",
            400,
            text,
        )


def test_only_making_a_tenant_says_as_the_model_that_it_has_no_name(loose_v2: SESV2Client, refused: Refused) -> None:
    assert refused(lambda: loose_v2.create_tenant(TenantName=""))[2] == (
        "1 validation error detected: Value at 'tenantName' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    )
    associated: dict[str, Any] = {"TenantName": "", "ResourceArn": IDENTITY}
    for call in (
        lambda: loose_v2.get_tenant(TenantName=""),
        lambda: loose_v2.delete_tenant(TenantName=""),
        lambda: loose_v2.create_tenant_resource_association(**associated),
        lambda: loose_v2.delete_tenant_resource_association(**associated),
        lambda: loose_v2.list_tenant_resources(TenantName=""),
        lambda: loose_v2.put_tenant_suppression_attributes(TenantName=""),
    ):
        assert refused(call)[2] == "TenantName cannot be empty"


def test_a_tenant_of_the_same_name_is_another_one(v2: SESV2Client, acme: str) -> None:
    first = v2.get_tenant(TenantName=acme)["Tenant"]["TenantId"]
    v2.put_suppressed_destination(EmailAddress="ada@example.com", Reason="BOUNCE", TenantName=acme)

    v2.delete_tenant(TenantName=acme)
    second = v2.create_tenant(TenantName=acme)["TenantId"]

    assert first != second
    assert v2.list_tenant_resources(TenantName=acme)["TenantResources"] == []
    assert v2.list_suppressed_destinations(TenantName=acme)["SuppressedDestinationSummaries"] == []


def test_the_tags_of_a_tenant_are_those_of_its_arn_and_its_id_decides(v2: SESV2Client, refused: Refused) -> None:
    made = v2.create_tenant(TenantName="acme", Tags=[{"Key": "team", "Value": "blue"}])

    v2.tag_resource(ResourceArn=made["TenantArn"], Tags=[{"Key": "team", "Value": "red"}])

    assert v2.get_tenant(TenantName="acme")["Tenant"]["Tags"] == [{"Key": "team", "Value": "red"}]
    by_id = f"{OURS}tenant/{made['TenantId']}"
    assert v2.list_tags_for_resource(ResourceArn=by_id)["Tags"] == [{"Key": "team", "Value": "red"}]
    assert refused(lambda: v2.list_tags_for_resource(ResourceArn=f"{OURS}tenant/acme/tn-0"))[2] == (
        "No Tenant present with name: acmewith tenantId: tn-0"
    )


# Lists


@pytest.fixture
def three(v2: SESV2Client) -> None:
    """Three tenants, the second one disabled."""
    for name in ("Filter-c", "filter-a", "other"):
        v2.create_tenant(TenantName=name)
    arn = v2.get_tenant(TenantName="filter-a")["Tenant"]["TenantArn"]
    v2.update_reputation_entity_customer_managed_status(
        ReputationEntityType="RESOURCE", ReputationEntityReference=arn, SendingStatus="DISABLED"
    )


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    "wanted, found",
    [
        ({}, "Filter-c filter-a other"),
        ({"TENANT_NAME_CONTAINS": "FILTER"}, "Filter-c filter-a"),
        ({"TENANT_NAME_CONTAINS": " filter"}, ""),
        ({"SENDING_STATUS": "ENABLED"}, "Filter-c other"),
        ({"SENDING_STATUS": "DISABLED", "TENANT_NAME_CONTAINS": "filter"}, "filter-a"),
        ({"SENDING_STATUS": "REINSTATED"}, ""),
    ],
)
def test_tenants_are_listed_by_name_all_or_those_that_fit(v2: SESV2Client, wanted: dict[Any, str], found: str) -> None:
    assert " ".join(tenant["TenantName"] for tenant in v2.list_tenants(Filter=wanted)["Tenants"]) == found


@pytest.mark.usefixtures("three")
def test_the_paginators_of_tenants_go_through_all_pages(v2: SESV2Client) -> None:
    def paged(name: Any, key: str, **words: str) -> list[Any]:
        pages = v2.get_paginator(name).paginate(PaginationConfig={"PageSize": 1}, **words)
        return [entry for page in pages for entry in page[key]]

    assert [tenant["TenantName"] for tenant in paged("list_tenants", "Tenants")] == ["Filter-c", "filter-a", "other"]
    for domain in ("b.org", "a.org"):
        v2.create_email_identity(EmailIdentity=domain)
    for name in ("other", "Filter-c"):
        for domain in ("b.org", "a.org"):
            v2.create_tenant_resource_association(TenantName=name, ResourceArn=f"{OURS}identity/{domain}")
    resources = paged("list_tenant_resources", "TenantResources", TenantName="other")
    assert [entry["ResourceArn"] for entry in resources] == [f"{OURS}identity/a.org", f"{OURS}identity/b.org"]
    users = paged("list_resource_tenants", "ResourceTenants", ResourceArn=f"{OURS}identity/a.org")
    assert [entry["TenantName"] for entry in users] == ["other", "Filter-c"]


TOO_SMALL = "Value '0' at 'pageSize' failed to satisfy constraint: Member must have value greater than or equal to 1"
TOO_LARGE = "Value '101' at 'pageSize' failed to satisfy constraint: Member must have value less than or equal to 100"
EMPTY = "Value '' at 'nextToken' failed to satisfy constraint: Member must have length greater than or equal to 1"
UNKNOWN_KEY = (
    "1 validation error detected: Value at 'filter' failed to satisfy constraint: Map keys must satisfy constraint: "
    "[Member must satisfy enum value set: [SENDING_STATUS, TENANT_NAME_CONTAINS]]"
)
PAGES: list[Callable[..., Any]] = [
    lambda v2, **words: v2.list_tenants(**words),
    lambda v2, **words: v2.list_tenant_resources(TenantName="acme", **words),
    lambda v2, **words: v2.list_resource_tenants(ResourceArn=IDENTITY, **words),
    lambda v2, **words: v2.list_reputation_entities(**words),
]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("call", PAGES, ids=["tenants", "resources", "users", "reputations"])
@pytest.mark.parametrize(
    "words, text",
    [
        ({"PageSize": 0}, f"1 validation error detected: {TOO_SMALL}"),
        ({"PageSize": 101}, f"1 validation error detected: {TOO_LARGE}"),
        ({"NextToken": "", "PageSize": 0}, f"2 validation errors detected: {EMPTY}; {TOO_SMALL}"),
        ({"NextToken": "made up"}, "Invalid Next Token"),
    ],
)
def test_pages_that_cannot_be_are_refused(
    v2: SESV2Client, refused: Refused, call: Callable[..., Any], words: dict[str, Any], text: str
) -> None:
    assert refused(lambda: call(v2, **words), v2.exceptions.BadRequestException) == ("BadRequestException", 400, text)


@pytest.mark.usefixtures("three")
def test_a_token_goes_with_its_list_its_filter_and_its_region(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    token = v2.list_tenants(PageSize=1, Filter={"TENANT_NAME_CONTAINS": "filter"})["NextToken"]

    elsewhere = sesfake.client("sesv2", "eu-west-1")

    assert v2.list_tenants(NextToken=token, Filter={"TENANT_NAME_CONTAINS": "FILTER"})["Tenants"]
    for call in (
        lambda: v2.list_tenants(NextToken=token),
        lambda: v2.list_tenant_resources(TenantName="other", NextToken=token),
        lambda: elsewhere.list_tenants(NextToken=token, Filter={"TENANT_NAME_CONTAINS": "filter"}),
    ):
        assert refused(call)[2] == "Invalid Next Token"


@pytest.mark.parametrize(
    "wanted, text",
    [
        ({"TENANT_NAME_CONTAINS": "ab"}, "TENANT_NAME_CONTAINS must be at least 3 characters."),
        ({"SENDING_STATUS": "enabled"}, "Invalid sending status <enabled>."),
        ({"COLOUR": "red"}, UNKNOWN_KEY),
    ],
)
def test_what_tenants_cannot_be_listed_by_is_refused(
    v2: SESV2Client, refused: Refused, wanted: dict[Any, str], text: str
) -> None:
    assert refused(lambda: v2.list_tenants(Filter=wanted), v2.exceptions.BadRequestException)[2] == text
