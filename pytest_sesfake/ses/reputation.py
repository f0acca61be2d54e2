"""The reputation of tenants: findings about their bounces and complaints, and whether they may send.

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
"""The seconds of the past that are counted."""
REPRESENTATIVE = 100
"""The smallest number of recipients for a finding. A smaller sample says nothing about a sender."""
THRESHOLDS: dict[Kind, dict[Impact, float]] = {
    "bounce": {"high": 0.15, "low": 0.05},
    "complaint": {"high": 0.005, "low": 0.001},
}
"""The rates above which there is a finding, the worst impact first."""

# Bounces that do not count: SES did not send the mail because of the sender's own lists or contacts.
_OWN_LISTS = ("OnAccountSuppressionList", "OnTenantSuppressionList", "UnsubscribedRecipient")


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding about a tenant: a ``rate`` above ``threshold``, measured over ``volume`` recipients.

    ``since`` and ``until`` are the times of the first and the last counted event.
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
    """A decision about a tenant: its status, the time, and the finding that caused it, if any."""

    status: Status
    at: float
    finding: Finding | None = None


@dataclass(slots=True)
class Reputation:
    """The decisions of SES and of the owner about a tenant. A policy can decide for the owner."""

    by_ses: ReputationRecord
    by_owner: ReputationRecord | None = None
    policy: Policy = "standard"

    @property
    def status(self) -> Status:
        """The effective status. A tenant that either SES or its owner disabled may not send."""
        owner = self.by_owner.status if self.by_owner is not None else "enabled"
        return "disabled" if self.by_ses.status == "disabled" else owner


def findings(region_state: RegionState, tenant: Tenant) -> list[Finding]:
    """Return the findings about a tenant in the last `WINDOW` seconds, bounces first."""
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
    """Return the worst impact of all findings, or ``None``."""
    found = {finding.impact for finding in findings(region_state, tenant)}
    return "high" if "high" in found else "low" if found else None


def switch(region_state: RegionState, tenant: Tenant, status: Status) -> None:
    """Set the owner's decision. A disabled tenant that still has findings becomes ``reinstated`` instead of enabled."""
    reputation = tenant.reputation
    if status == "enabled" and reputation.status == "disabled" and findings(region_state, tenant):
        status = "reinstated"
    reputation.by_owner = ReputationRecord(status, region_state.simulation.clock.time())


def note(region_state: RegionState, event: Event) -> None:
    """Apply the policy of the tenant after an event: disable it for a finding. A reinstated tenant is not disabled."""
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
    """Return ``"bounce"`` or ``"complaint"`` if the event counts against its sender, otherwise ``None``."""
    fact = event.fact
    if isinstance(fact, Bounced) and fact.kind == "Permanent" and fact.subtype not in _OWN_LISTS:
        return "bounce"
    if isinstance(fact, Complained) and fact.subtype is None and fact.feedback != "not-spam":
        return "complaint"
    return None
