"""The reputation of tenants: what was found in their sends, and whether they may go on sending.

https://docs.aws.amazon.com/ses/latest/dg/tenants.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_sesfake.ses.events import Bounced, Complained, Sent
from pytest_sesfake.ses.outcomes.simulator import is_simulator

if TYPE_CHECKING:
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.tenants import Tenant

    Kind = Literal["bounce", "complaint"]

Policy = Literal["none", "standard", "strict"]
Status = Literal["enabled", "disabled", "reinstated"]
Impact = Literal["low", "high"]

WINDOW = 86_400.0
"""The seconds of the past that count."""
REPRESENTATIVE = 100
"""The recipients without whom nothing is found: fewer say nothing about a sender."""
THRESHOLDS: dict[Kind, dict[Impact, float]] = {
    "bounce": {"high": 0.15, "low": 0.05},
    "complaint": {"high": 0.005, "low": 0.001},
}
"""The shares of recipients above which something is found, the worst first."""

# Bounces of mail that SES did not send because the sender's own lists or contacts forbade it.
_OWN_LISTS = ("OnAccountSuppressionList", "OnTenantSuppressionList", "UnsubscribedRecipient")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the sends of a tenant: a ``rate`` above ``threshold`` among ``volume`` recipients.

    ``since`` and ``until`` are the first and the last of the sends and events that were counted.
    """

    kind: Kind
    impact: Impact
    threshold: float
    rate: float
    volume: int
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class ReputationRecord:
    """Whether somebody lets a tenant send, since when, and for which finding, if one was the reason."""

    status: Status
    at: float
    finding: Finding | None = None


@dataclass(slots=True)
class Reputation:
    """What decides whether a tenant may send: its owner, who may leave it to a policy, and SES."""

    by_ses: ReputationRecord
    by_owner: ReputationRecord | None = None
    policy: Policy = "standard"

    @property
    def status(self) -> Status:
        """What follows for the tenant: who is disabled by either may not send."""
        owner = self.by_owner.status if self.by_owner is not None else "enabled"
        return "disabled" if self.by_ses.status == "disabled" else owner


def findings(region_state: RegionState, tenant: Tenant) -> list[Finding]:
    """Return what is found in the sends of the last hours, bounces first."""
    start = region_state.simulation.clock.time() - WINDOW
    volume = 0
    counts: dict[Kind, int] = {"bounce": 0, "complaint": 0}
    since = until = start
    for event in reversed(region_state.simulation.events):
        if event.at < start:
            break
        message = event.message
        if (
            message.region_state is not region_state
            or message.tenant != tenant.name
            or message.sent_time < tenant.created
        ):
            continue
        people = sum(not is_simulator(address) for address in event.envelope)
        if isinstance(event.fact, Sent):
            volume += people
        else:
            kind = counts_as(event)
            if kind is not None:
                counts[kind] += people
        until, since = max(until, event.at), event.at
    if volume < REPRESENTATIVE:
        return []
    found = []
    for kind, count in counts.items():
        rate = count / volume
        exceeded = next(((impact, least) for impact, least in THRESHOLDS[kind].items() if rate > least), None)
        if exceeded is not None:
            found.append(Finding(kind, *exceeded, rate, volume, since, until))
    return found


def impact(region_state: RegionState, tenant: Tenant) -> Impact | None:
    """Return how bad the worst finding is, ``None`` where there is none."""
    found = {finding.impact for finding in findings(region_state, tenant)}
    return "high" if "high" in found else "low" if found else None


def switch(region_state: RegionState, tenant: Tenant, status: Status) -> None:
    """Let the tenant's owner decide; enabled again while something is found, a tenant is only reinstated."""
    reputation = tenant.reputation
    if status == "enabled" and reputation.status == "disabled" and findings(region_state, tenant):
        status = "reinstated"
    reputation.by_owner = ReputationRecord(status, region_state.simulation.clock.time())


def note(region_state: RegionState, event: Event) -> None:
    """Let the policy of a message's tenant disable it for what is found now; one that is reinstated is left alone."""
    tenant = region_state.tenants.find(event.message.tenant) if event.message.tenant is not None else None
    if tenant is None or counts_as(event) is None:
        return
    reputation = tenant.reputation
    if reputation.policy == "none" or reputation.status != "enabled":
        return
    found = [
        finding
        for finding in findings(region_state, tenant)
        if finding.impact == "high" or reputation.policy == "strict"
    ]
    if found:
        reputation.by_owner = ReputationRecord("disabled", event.at, found[0])


def counts_as(event: Event) -> Kind | None:
    """Return what an event is held against its sender as, ``None`` if it is not."""
    fact = event.fact
    if isinstance(fact, Bounced) and fact.kind == "Permanent" and fact.subtype not in _OWN_LISTS:
        return "bounce"
    if isinstance(fact, Complained) and fact.subtype is None and fact.feedback != "not-spam":
        return "complaint"
    return None
