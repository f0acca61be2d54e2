"""The deliverability dashboard: what it is subscribed to, its test reports, and what it says of domains and campaigns.

What it says is counted anew from the events whenever somebody asks: of delivered mail, what a complaint followed lay in
the spam folder, and everything else in the inbox.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutDeliverabilityDashboardOption.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pytest_sesfake.ses import dkim, identities, insights, tags
from pytest_sesfake.ses.account import next_month
from pytest_sesfake.ses.collection import Collection
from pytest_sesfake.ses.events import Complained
from pytest_sesfake.ses.mail.addresses import bare, domain_of
from pytest_sesfake.ses.refusals import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import RegionState

    Status = Literal["active", "pending_expiration", "disabled"]

DAY = insights.DAY
TEST = DAY
"""The seconds that a test report takes."""
SEEDS = ("Gmail", "Hotmail", "Yahoo", "AOL")
"""The providers that a test mail is sent to."""


@dataclass(slots=True)
class DomainSubscription:
    """A domain that the dashboard watches, ``until`` an instant if nobody wants it any more."""

    domain: str
    since: float
    tracked: bool | None = None
    providers: tuple[str, ...] | None = None
    until: float | None = None


@dataclass(slots=True)
class DeliverabilityReport:
    """A test: how a message would fare with the big providers; ``dkim`` and ``spf`` say what it passed there."""

    id: str
    name: str | None
    message: Message
    at: float
    dkim: bool
    spf: bool

    def is_ready(self, now: float) -> bool:
        """Tell whether the test is over."""
        return now >= self.at + TEST


@dataclass(slots=True)
class DeliverabilityDashboard:
    """The dashboard of an account in a region; paid by the month, it ends with one."""

    enabled: bool = False
    until: float = 0.0
    subscriptions: dict[str, DomainSubscription] = field(default_factory=dict)
    reports: Collection[DeliverabilityReport] = field(default_factory=lambda: Collection("deliverability test report"))

    def status(self, now: float) -> Status:
        """Return how it stands at an instant."""
        if self.enabled:
            return "active"
        return "pending_expiration" if now < self.until else "disabled"

    def watched(self, now: float) -> list[DomainSubscription]:
        """Return the domains that are watched at an instant, those too that end with the month."""
        return [each for each in self.subscriptions.values() if each.until is None or now < each.until]


def subscribe(region_state: RegionState, wanted: Iterable[DomainSubscription]) -> None:
    """Have these domains watched; what was watched before and is not among them ends with the month."""
    now = region_state.simulation.clock.time()
    dashboard = region_state.dashboard
    chosen = {each.domain: each for each in wanted}
    for domain in chosen:
        known = region_state.identities.find(domain)
        if not (region_state.simulation.any_sender or (known is not None and known.verified)):
            raise Missing("domain", domain)
    for subscription in dashboard.watched(now):
        again = chosen.get(subscription.domain)
        if again is None:
            subscription.until = subscription.until or next_month(now)
            chosen[subscription.domain] = subscription
        else:
            again.since = subscription.since
    dashboard.subscriptions = chosen
    dashboard.enabled = True


def unsubscribe(region_state: RegionState) -> None:
    """End the subscription with the month."""
    now = region_state.simulation.clock.time()
    dashboard = region_state.dashboard
    if dashboard.enabled:
        dashboard.enabled, dashboard.until = False, next_month(now)
    for subscription in dashboard.watched(now):
        subscription.until = subscription.until or next_month(now)


def watched(region_state: RegionState, domain: str) -> DomainSubscription:
    """Return the subscription of a domain. Refuse the call if the domain has none."""
    now = region_state.simulation.clock.time()
    found = next((each for each in region_state.dashboard.watched(now) if each.domain == domain.lower()), None)
    if found is None:
        raise Missing("subscribed domain", domain)
    return found


# Test reports.


def arn(region_state: RegionState, report_id: str) -> str:
    """Return the ARN of a test report."""
    return region_state.arn(f"deliverability-test-report/{report_id}")


tags.taggable(
    "deliverability-test-report",
    lambda region_state, name: arn(region_state, name) if name in region_state.dashboard.reports else None,
)


def report(region_state: RegionState, message: Message, name: str | None) -> DeliverabilityReport:
    """Test a message that SES would send: mail without a valid DKIM signature ends in the spam folder."""
    identity = identities.sending_as(region_state, message.source)
    is_signed = region_state.simulation.any_sender
    if identity is not None:
        keys = dkim.of(region_state, identity)
        is_signed = keys.enabled and keys.verification_state.state == "success"
    own = identity.mail_from if identity is not None else None
    made = DeliverabilityReport(
        id=region_state.simulation.ids.uuid(f"deliverability test {region_state.simulation.draw()}"),
        name=name,
        message=message,
        at=region_state.simulation.clock.time(),
        dkim=is_signed,
        spf=own is None or own.verification_state.state == "success",
    )
    return region_state.dashboard.reports.add(made.id, made)


# What is counted.


@dataclass(slots=True)
class Volume:
    """How many mails lay in inboxes and spam folders, and how many of them were read."""

    inbox: int = 0
    spam: int = 0
    read: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.inbox + self.spam

    def share(self, count: int) -> float:
        """Return how many percent of all that is."""
        return 100.0 * count / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Copy:
    """What became of one delivered copy of a message."""

    event: Event
    recipient: str
    spam: bool
    read: bool


def copies(region_state: RegionState, domain: str, start: float, end: float) -> Iterator[Copy]:
    """Return the copies of messages from a domain that were delivered in a span of time."""
    for event in region_state.simulation.events:
        message = event.message
        if event.type != "Delivery" or message.region_state is not region_state or not start <= event.at < end:
            continue
        if domain_of(message.source) == domain.lower():
            later = message.events
            for recipient in event.recipients:
                mine = [each for each in later if recipient in each.recipients]
                spam = any(isinstance(each.fact, Complained) and each.fact.feedback != "not-spam" for each in mine)
                yield Copy(event, recipient, spam, any(each.type == "Open" for each in mine))


def count(found: Iterable[Copy]) -> Volume:
    """Count copies."""
    volume = Volume()
    for each in found:
        volume.spam += each.spam
        volume.inbox += not each.spam
        volume.read += each.read
    return volume


@dataclass(slots=True)
class Campaign:
    """The messages of one subject from one sender."""

    id: str
    subject: str
    sender: str
    copies: list[Copy] = field(default_factory=list)


def campaigns(region_state: RegionState, domain: str, start: float, end: float) -> list[Campaign]:
    """Return the campaigns of a domain in a span of time, earliest first."""
    found: dict[str, Campaign] = {}
    for each in copies(region_state, domain, start, end):
        message = each.event.message
        subject, sender = message.subject or "", bare(message.source)
        name = region_state.simulation.ids.hex(
            f"campaign {region_state.account_id} {region_state.region} {sender} {subject}", 32
        )
        found.setdefault(name, Campaign(name, subject, sender)).copies.append(each)
    return list(found.values())


def campaign(region_state: RegionState, campaign_id: str) -> Campaign:
    """Return a campaign of one of the watched domains."""
    now = region_state.simulation.clock.time()
    for subscription in region_state.dashboard.watched(now):
        for found in campaigns(region_state, subscription.domain, 0.0, float("inf")):
            if found.id == campaign_id:
                return found
    raise Missing("campaign", campaign_id)
