"""Tenants, on whose behalf an account sends, and the resources that they may use.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateTenant.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v2
from pytest_sesfake.operations.tags import read_tags, show_tags
from pytest_sesfake.ses import tags, tenants
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.collection import BadToken, page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.tenants import Tenant

STATUSES = ("ENABLED", "REINSTATED", "DISABLED")

_NAME_CONTAINS, _STATUS, _TYPE = "TENANT_NAME_CONTAINS", "SENDING_STATUS", "RESOURCE_TYPE"
_LEAST_CONTAINED = 3
_MOST_LISTED = 100
_ARN_PARTS = 6
_NO_RESOURCE = "Provided resource identifier is not an SES resource"
_ABSENT = {
    "identity": "Identity <{}> does not exist",
    "configuration-set": "Configuration set <{}> does not exist:",
    "template": "Email template <{}> does not exist",
}


class _Resource(NamedTuple):
    kind: str
    arn: str


# Tenants


@v2("CreateTenant", does="modelled", texts=("reported", "chosen"))
def create_tenant(
    region_state: RegionState, *, TenantName: str, Tags: Sequence[Json] = (), SuppressionAttributes: Json | None = None
) -> Json:
    """Create a tenant, optionally with its own suppression list."""
    tenants.check_name(TenantName)
    given = read_tags(Tags)
    attributes = SuppressionAttributes or {}
    _check_suppression(attributes)
    if TenantName in region_state.tenants:
        text = f"Tenant with name {TenantName} already exists in account {region_state.account_id}"
        raise say("AlreadyExistsException", text)
    if len(region_state.tenants) >= tenants.MOST:
        raise say("LimitExceededException", f"Maximum of {tenants.MOST} tenants allowed per account.")
    tenant = tenants.create(region_state, TenantName)
    _set_suppression(tenant, attributes)
    region_state.tags.put(tenants.arn(region_state, tenant), given)
    return _describe(region_state, tenant)


@v2("GetTenant", does="modelled", texts="reported")
def get_tenant(region_state: RegionState, *, TenantName: str) -> Json:
    """Describe a tenant."""
    tenants.check_name(TenantName)
    return {"Tenant": _describe(region_state, region_state.tenants.get(TenantName))}


@v2("DeleteTenant", does="modelled", texts="reported")
def delete_tenant(region_state: RegionState, *, TenantName: str) -> None:
    """Delete a tenant and its suppression list. Its resources stay."""
    tenants.check_name(TenantName)
    tenants.remove(region_state, TenantName)


@v2("ListTenants", does="modelled", texts="reported")
def list_tenants(
    region_state: RegionState, *, Filter: Json | None = None, NextToken: str | None = None, PageSize: int | None = None
) -> Json:
    """List tenants by name: all, or those with a status or a text in the name."""
    check_page(PageSize, NextToken)
    wanted = Filter or {}
    part, status = wanted.get(_NAME_CONTAINS), wanted.get(_STATUS)
    if part is not None and len(part) < _LEAST_CONTAINED:
        raise say("BadRequestException", f"{_NAME_CONTAINS} must be at least {_LEAST_CONTAINED} characters.")
    check_status(status)
    part = (part or "").lower()
    found = [
        (tenant.name, tenant)
        for tenant in region_state.tenants
        if part in tenant.name.lower() and status in (None, tenant.reputation.status.upper())
    ]
    shown, following = show_page(region_state, found, PageSize, NextToken, f"tenant {part} {status}")
    return {"Tenants": [_summary(region_state, tenant) for tenant in shown], "NextToken": following}


@v2("PutTenantSuppressionAttributes", does="modelled", texts="reported")
def put_tenant_suppression_attributes(
    region_state: RegionState,
    *,
    TenantName: str,
    SuppressedReasons: Sequence[str] | None = None,
    SuppressionScope: str | None = None,
) -> None:
    """Set the suppression list and reasons of a tenant. Without them, those of the account apply."""
    _check_tenant(TenantName)
    given = {"SuppressedReasons": SuppressedReasons, "SuppressionScope": SuppressionScope}
    _check_suppression(given)
    _set_suppression(region_state.tenants.get(TenantName), given)


# Resources of tenants


@v2("CreateTenantResourceAssociation", does="modelled", texts="reported")
def create_tenant_resource_association(region_state: RegionState, *, TenantName: str, ResourceArn: str) -> None:
    """Let a tenant use an identity, a configuration set or a template."""
    tenant, resource = _associated(region_state, TenantName, ResourceArn)
    if resource.arn in tenant.resources:
        text = f"Resources {ResourceArn} has already been associated with tenant {TenantName}"
        raise say("AlreadyExistsException", text)
    tenant.resources[resource.arn] = region_state.simulation.clock.time()


@v2("DeleteTenantResourceAssociation", does="modelled", texts="reported")
def delete_tenant_resource_association(region_state: RegionState, *, TenantName: str, ResourceArn: str) -> None:
    """Stop a tenant from using a resource. It is no error if the tenant could not use it."""
    tenant, resource = _associated(region_state, TenantName, ResourceArn)
    tenant.resources.pop(resource.arn, None)


@v2("ListTenantResources", does="modelled", texts="reported")
def list_tenant_resources(
    region_state: RegionState,
    *,
    TenantName: str,
    Filter: Json | None = None,
    PageSize: int | None = None,
    NextToken: str | None = None,
) -> Json:
    """List the resources that a tenant may use, by ARN: all, or those of one kind."""
    check_page(PageSize, NextToken)
    kind = (Filter or {}).get(_TYPE)
    if kind is not None and kind not in tenants.KINDS:
        raise say("BadRequestException", f"Invalid resource type {kind} specified.")
    _check_tenant(TenantName)
    tenant = region_state.tenants.get(TenantName)
    found = [(arn, arn) for arn in tenant.resources if kind in (None, _kind(arn))]
    shown, following = show_page(region_state, found, PageSize, NextToken, f"resource of {tenant.id} {kind}")
    return {
        "TenantResources": [{"ResourceType": _kind(arn), "ResourceArn": arn} for arn in shown],
        "NextToken": following,
    }


@v2("ListResourceTenants", does="modelled", texts="reported")
def list_resource_tenants(
    region_state: RegionState, *, ResourceArn: str, PageSize: int | None = None, NextToken: str | None = None
) -> Json:
    """List the tenants that may use a resource, in the order of their association."""
    check_page(PageSize, NextToken)
    arn = _resource(region_state, ResourceArn).arn
    found = [(f"{tenant.resources[arn]:020.6f} {tenant.name}", tenant) for tenant in region_state.tenants.using(arn)]
    shown, following = show_page(region_state, found, PageSize, NextToken, f"tenant of {arn}")
    return {
        "ResourceTenants": [
            {
                "TenantName": tenant.name,
                "TenantId": tenant.id,
                "ResourceArn": arn,
                "AssociatedTimestamp": moment(tenant.resources[arn]),
            }
            for tenant in shown
        ],
        "NextToken": following,
    }


# Shared by the lists of tenants and of reputations


def check_page(size: int | None, token: str | None) -> None:
    """Refuse an invalid page size and an empty token, both in one error text."""
    failed = []
    if token is not None and not token:
        failed.append(("", "nextToken", "length greater than or equal to 1"))
    if size is not None and not 1 <= size <= _MOST_LISTED:
        bound = "greater than or equal to 1" if size < 1 else f"less than or equal to {_MOST_LISTED}"
        failed.append((str(size), "pageSize", f"value {bound}"))
    if failed:
        texts = [
            f"Value '{value}' at '{path}' failed to satisfy constraint: Member must have {demand}"
            for value, path, demand in failed
        ]
        counted = f"{len(texts)} validation error{'s' if len(texts) > 1 else ''} detected"
        raise say("BadRequestException", f"{counted}: {'; '.join(texts)}")


def check_status(status: str | None) -> None:
    """Refuse a filter with an unknown sending status."""
    if status is not None and status not in STATUSES:
        raise say("BadRequestException", f"Invalid sending status <{status}>.")


def show_page(
    region_state: RegionState, rows: list[tuple[str, Any]], size: int | None, token: str | None, kind: str
) -> tuple[list[Any], str | None]:
    """Return one page of rows, sorted by name, and the token of the next page."""
    try:
        rows.sort(key=lambda row: row[0])
        return page(rows, size, token, kind=f"{kind} in {region_state.region}", most=_MOST_LISTED)
    except BadToken:
        raise say("BadRequestException", "Invalid Next Token") from None


# Reading and showing


def _describe(region_state: RegionState, tenant: Tenant) -> Json:
    suppression = None
    if tenant.scope is not None:
        reasons = sorted(tenant.suppressed_reasons or ())
        suppression = {"SuppressedReasons": reasons, "SuppressionScope": tenant.scope.upper()}
    return {
        **_summary(region_state, tenant),
        "Tags": show_tags(region_state, tenants.arn(region_state, tenant)),
        "SuppressionAttributes": suppression,
    }


def _summary(region_state: RegionState, tenant: Tenant) -> Json:
    return {
        "TenantName": tenant.name,
        "TenantId": tenant.id,
        "TenantArn": tenants.arn(region_state, tenant),
        "CreatedTimestamp": moment(tenant.created),
        "SendingStatus": tenant.reputation.status.upper(),
    }


def _check_tenant(name: str) -> None:
    if not name.strip():
        raise say("BadRequestException", "TenantName cannot be empty")


def _check_suppression(given: Json) -> None:
    reasons, scope = given.get("SuppressedReasons"), given.get("SuppressionScope")
    if reasons is not None and len(set(reasons)) < len(reasons):
        raise say("BadRequestException", "Each suppressed reason can only be specified at most once")
    if scope is None and reasons:
        raise say("BadRequestException", "SuppressedReasons cannot be specified without SuppressionScope.")
    if scope is None and reasons is not None:
        text = "SuppressionScope is required when SuppressedReasons are provided. Valid values are: TENANT, ACCOUNT"
        raise say("BadRequestException", text)
    if scope is not None and reasons is None:
        raise say("BadRequestException", "SuppressionScope cannot be specified without SuppressedReasons.")


def _set_suppression(tenant: Tenant, given: Json) -> None:
    reasons, scope = given.get("SuppressedReasons"), given.get("SuppressionScope")
    tenant.suppressed_reasons = None if reasons is None else frozenset(reasons)
    tenant.scope = None if scope is None else "tenant" if scope == "TENANT" else "account"


def _associated(region_state: RegionState, name: str, arn: str) -> tuple[Tenant, _Resource]:
    _check_tenant(name)
    tenant = region_state.tenants.get(name)
    return tenant, _resource(region_state, arn)


def _resource(region_state: RegionState, given: str) -> _Resource:
    """Return the resource of an ARN. Refuse an invalid ARN, another account's resource, and a missing one."""
    parts = given.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or parts[0] != "arn":
        raise say("BadRequestException", _NO_RESOURCE)
    _, _, service, region, account, end = parts
    if service != "ses":
        raise say("BadRequestException", "Provided ARN is not in SES resource ARN format")
    kind, _, name = end.partition("/")
    if kind not in tenants.KINDS:
        raise say("BadRequestException", f"Unsupported resource type: {kind}")
    if not name:
        raise say("BadRequestException", _NO_RESOURCE)
    for theirs, ours, what in ((region, region_state.region, "region"), (account, region_state.account_id, "account")):
        if theirs != ours:
            raise say("BadRequestException", f"Resource <{given}> must be in the same {what}")
    arn = tags.find(region_state, kind, name)
    if arn is None:
        raise say("NotFoundException", _ABSENT[kind].format(name))
    return _Resource(kind, arn)


def _kind(arn: str) -> str:
    return arn.split(":", _ARN_PARTS - 1)[-1].partition("/")[0]
