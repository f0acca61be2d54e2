"""Tenants: customers for which an account sends, their resources and their suppression lists.

https://docs.aws.amazon.com/ses/latest/dg/tenants.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_sesfake.ses import identities, tags
from pytest_sesfake.ses.collection import Collection
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.refusals import Denied, Invalid, Missing, Paused
from pytest_sesfake.ses.reputation import Reputation, ReputationRecord
from pytest_sesfake.ses.suppression import SuppressionList

if TYPE_CHECKING:
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.suppression import Scope

MOST = 10_000
"""The largest number of tenants of an account in a region."""
KINDS = ("identity", "configuration-set", "template")
"""The kinds of resources that a tenant can use, as in their ARNs."""

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_NAME = 64


@dataclass(slots=True)
class Tenant:
    """One tenant.

    ``scope`` and ``suppressed_reasons`` are either both set or both ``None``; then the settings of the account apply.
    ``resources`` holds, by ARN, the time in seconds since which the tenant may use a resource.
    """

    name: str
    id: str
    created: float
    reputation: Reputation
    scope: Scope | None = None
    suppressed_reasons: frozenset[str] | None = None
    suppression: SuppressionList = field(default_factory=SuppressionList)
    resources: dict[str, float] = field(default_factory=dict)


class Tenants(Collection[Tenant]):
    """The tenants of an account in a region."""

    def __init__(self) -> None:
        super().__init__("tenant")

    def using(self, arn: str) -> list[Tenant]:
        """Return the tenants that may use a resource."""
        return [tenant for tenant in self if arn in tenant.resources]

    def check_unused(self, arn: str) -> None:
        """Raise a `Refusal` if a tenant uses the resource: SES does not delete it then."""
        if self.using(arn):
            text = "because it has tenant associations. Remove all tenant associations and try again."
            raise Invalid(f"Cannot delete <{arn}> {text}")


def arn(region_state: RegionState, tenant: Tenant) -> str:
    """Return the ARN of a tenant."""
    return region_state.arn(f"tenant/{tenant.name}/{tenant.id}")


def find_by_arn(region_state: RegionState, name: str) -> Tenant | None:
    """Return the tenant with the id at the end of an ARN, or ``None``."""
    wanted = name.rpartition("/")[2]
    return next((tenant for tenant in region_state.tenants if tenant.id == wanted), None)


def _find_arn(region_state: RegionState, name: str) -> str | None:
    tenant = find_by_arn(region_state, name)
    return None if tenant is None else arn(region_state, tenant)


tags.taggable("tenant", _find_arn)


def check_name(name: str) -> None:
    """Check the name of a tenant. Raises `Invalid` if SES does not accept it."""
    if not name.strip():
        raise Invalid("TenantName cannot be empty")
    if len(name) > _LONGEST_NAME:
        raise Invalid(f"TenantName cannot exceed {_LONGEST_NAME} characters.")
    if not _NAME.fullmatch(name):
        raise Invalid(f"Invalid tenant name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed.")


def create(region_state: RegionState, name: str) -> Tenant:
    """Create a tenant. It is enabled but has no resources yet."""
    simulation = region_state.simulation
    now = simulation.clock.time()
    made = Tenant(
        name,
        "tn-" + simulation.ids.hex(f"tenant {simulation.draw()}", 29),
        now,
        Reputation(ReputationRecord("enabled", now)),
    )
    return region_state.tenants.add(name, made)


def remove(region_state: RegionState, name: str) -> None:
    """Remove a tenant, its suppression list and its tags. The resources that it used remain."""
    tenant = region_state.tenants.get(name)
    region_state.tenants.discard(name)
    region_state.tags.forget(arn(region_state, tenant))


def admit(region_state: RegionState, message: Message) -> None:
    """Check the tenant of a message, if it has one.

    Raises a `Refusal` if the tenant does not exist, is disabled, or may not use a resource that the message uses.
    """
    if message.tenant is None:
        return
    tenant = region_state.tenants.find(message.tenant)
    if tenant is None:
        kind = "sending tenant"
        raise Missing(kind, f"{message.tenant} for AwsAccountId {region_state.account_id}")
    foreign = [used for used in _used_arns(region_state, message) if used not in tenant.resources]
    if foreign:
        raise Denied(f"Tenant not associated with resources [{', '.join(foreign)}].")
    if tenant.reputation.status == "disabled":
        raise Paused(tenant.name, "tenant")


def _used_arns(region_state: RegionState, message: Message) -> list[str]:
    """Return the ARNs of the identity, configuration set and template that a message uses.

    A sender without an identity counts as the (missing) identity of its domain. If the fake accepts any sender, such a
    sender has no identity ARN.
    """
    used = []
    if message.arns is not None and message.arns.source:
        used.append(message.arns.source)
    elif message.source:
        covering = identities.find_covering(region_state, message.source)
        if covering:
            used.append(identities.arn(region_state, covering[0].name))
        elif not region_state.simulation.any_sender:
            used.append(identities.arn(region_state, parse_address(message.source).domain))
    if message.configuration_set is not None:
        used.append(region_state.arn(f"configuration-set/{message.configuration_set}"))
    if message.template is not None:
        used.append(region_state.arn(f"template/{message.template}"))
    return used
