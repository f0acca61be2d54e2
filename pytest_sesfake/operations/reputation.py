"""The reputation of tenants, which decides whether they may send.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetReputationEntity.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v2
from pytest_sesfake.operations.tenants import check_page, check_status, show_page
from pytest_sesfake.ses import reputation, tenants
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.regions import partition

if TYPE_CHECKING:
    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.reputation import Finding, Policy, ReputationRecord, Status
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.tenants import Tenant

_ENTITY = "RESOURCE"  # the only type of entity in SES
_TYPE, _IMPACT, _STATUS, _PREFIX = "ENTITY_TYPE", "REPUTATION_IMPACT", "SENDING_STATUS", "ENTITY_REFERENCE_PREFIX"
_IMPACTS = ("LOW", "HIGH")
_POLICIES: tuple[Policy, ...] = ("none", "standard", "strict")
_POLICY = re.compile(r"arn:[^:]+:ses:([^:]*):aws:reputation-policy/(.+)")
_STATUSES: dict[str, Status] = {"ENABLED": "enabled", "REINSTATED": "reinstated", "DISABLED": "disabled"}
_ABSENT = "The requested reputation entity <{}> does not exist."


@v2("GetReputationEntity", does="computed", texts="chosen")
def get_reputation_entity(
    region_state: RegionState,
    *,
    ReputationEntityType: str,  # noqa: ARG001 - only one type exists
    ReputationEntityReference: str,
) -> Json:
    """Describe the reputation of a tenant."""
    tenant = _tenant(region_state, ReputationEntityReference)
    if tenant is None:
        raise say("NotFoundException", _ABSENT.format(ReputationEntityReference))
    return {"ReputationEntity": _describe(region_state, tenant)}


@v2("ListReputationEntities", does="computed", texts=("reported", "chosen"))
def list_reputation_entities(
    region_state: RegionState, *, Filter: Json | None = None, NextToken: str | None = None, PageSize: int | None = None
) -> Json:
    """List the reputations of tenants by ARN: all, or those that match a filter."""
    check_page(PageSize, NextToken)
    wanted = Filter or {}
    check_status(wanted.get(_STATUS))
    if wanted.get(_TYPE, _ENTITY) != _ENTITY:
        raise say("BadRequestException", f"Invalid entity type <{wanted[_TYPE]}>.")
    if wanted.get(_IMPACT) not in (None, *_IMPACTS):
        raise say("BadRequestException", f"Invalid reputation impact <{wanted[_IMPACT]}>.")
    entities = [_describe(region_state, tenant) for tenant in region_state.tenants]
    found = [
        (entity["ReputationEntityReference"], entity)
        for entity in entities
        if wanted.get(_STATUS) in (None, entity["SendingStatusAggregate"])
        and wanted.get(_IMPACT) in (None, entity["ReputationImpact"])
        and entity["ReputationEntityReference"].startswith(wanted.get(_PREFIX) or "")
    ]
    shown, following = show_page(region_state, found, PageSize, NextToken, f"reputation {sorted(wanted.items())}")
    return {"ReputationEntities": shown, "NextToken": following}


@v2("UpdateReputationEntityCustomerManagedStatus", does="modelled", texts="chosen")
def update_reputation_entity_customer_managed_status(
    region_state: RegionState,
    *,
    ReputationEntityType: str,  # noqa: ARG001 - only one type exists
    ReputationEntityReference: str,
    SendingStatus: str,
) -> None:
    """Enable or disable sending for a tenant."""
    reputation.switch(region_state, _changed(region_state, ReputationEntityReference), _STATUSES[SendingStatus])


@v2("UpdateReputationEntityPolicy", does="modelled", texts="chosen")
def update_reputation_entity_policy(
    region_state: RegionState,
    *,
    ReputationEntityType: str,  # noqa: ARG001 - only one type exists
    ReputationEntityReference: str,
    ReputationEntityPolicy: str,
) -> None:
    """Set which findings disable a tenant automatically: all, severe ones, or none."""
    found = _POLICY.fullmatch(ReputationEntityPolicy)
    policy = next((policy for policy in _POLICIES if found and found.groups() == (region_state.region, policy)), None)
    if policy is None:
        raise say("BadRequestException", f"Invalid reputation policy <{ReputationEntityPolicy}>.")
    _changed(region_state, ReputationEntityReference).reputation.policy = policy


def describe_finding(finding: Finding) -> str:
    """Return the text with which SES describes a finding."""
    since, until = (
        f"{at:%B} {at.day}, {at:%Y} at {at:%H:%M} (UTC)" for at in map(moment, (finding.since, finding.until))
    )
    share = f"{finding.threshold * 100:.1f}%"
    return (
        f"The {finding.kind} rate exceeded {share} based on a representative volume of {finding.volume} emails "
        f"from {since} to {until}."
    )


def _tenant(region_state: RegionState, reference: str) -> Tenant | None:
    prefix = region_state.arn("tenant/")
    return tenants.find_by_arn(region_state, reference[len(prefix) :]) if reference.startswith(prefix) else None


def _changed(region_state: RegionState, reference: str) -> Tenant:
    tenant = _tenant(region_state, reference)
    if tenant is None:
        raise say("BadRequestException", _ABSENT.format(reference))
    return tenant


def _describe(region_state: RegionState, tenant: Tenant) -> Json:
    known, impact = tenant.reputation, reputation.impact(region_state, tenant)
    policy = f"arn:{partition(region_state.region)}:ses:{region_state.region}:aws:reputation-policy/{known.policy}"
    return {
        "ReputationEntityReference": tenants.arn(region_state, tenant),
        "ReputationEntityType": _ENTITY,
        "ReputationManagementPolicy": policy,
        "CustomerManagedStatus": known.by_owner and _record(known.by_owner, "Status manually updated."),
        "AwsSesManagedStatus": _record(known.by_ses, None),
        "SendingStatusAggregate": known.status.upper(),
        "ReputationImpact": impact and impact.upper(),
    }


def _record(record: ReputationRecord, cause: str | None) -> Json:
    if record.finding is not None:
        cause = describe_finding(record.finding)
    return {"Status": record.status.upper(), "Cause": cause, "LastUpdatedTimestamp": moment(record.at)}
