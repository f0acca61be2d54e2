"""The deliverability dashboard: subscribed domains, test reports, and statistics of domains and campaigns.

The statistics are computed from the log of events at each call. The fake knows no inboxes, so it derives the placement:
a delivered mail with a later complaint was in the spam folder, any other delivered mail was in the inbox. The dashboard
is paid by the month, so a cancelled subscription lasts until the end of the month.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutDeliverabilityDashboardOption.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pytest_sesfake.ses import dkim, identities, insights, tags
from pytest_sesfake.ses.account import next_month
from pytest_sesfake.ses.collection import Collection
from pytest_sesfake.ses.events import Complained
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.refusals import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import RegionState

    Status = Literal["active", "pending_expiration", "disabled"]

DAY = insights.DAY
TEST = DAY
"""The seconds until a test report is complete."""
SEEDS = ("Gmail", "Hotmail", "Yahoo", "AOL")
"""The mailbox providers that get a test mail."""


@dataclass(slots=True)
class DomainSubscription:
    """A domain on the dashboard. A cancelled one stays ``until`` a time. All times are in epoch seconds."""

    domain: str
    since: float
    tracked: bool | None = None
    providers: tuple[str, ...] | None = None
    until: float | None = None


@dataclass(slots=True)
class DeliverabilityReport:
    """A test of how large providers would place a message. ``dkim`` and ``spf`` say whether it passed those checks."""

    id: str
    name: str | None
    message: Message
    at: float
    dkim: bool
    spf: bool

    def is_ready(self, now: float) -> bool:
        """Tell whether the test is complete at the time ``now`` (epoch seconds)."""
        return now >= self.at + TEST


@dataclass(slots=True)
class DeliverabilityDashboard:
    """The dashboard of an account in a region. After cancellation it stays ``until`` the end of the month."""

    enabled: bool = False
    until: float = 0.0
    subscriptions: dict[str, DomainSubscription] = field(default_factory=dict)
    reports: Collection[DeliverabilityReport] = field(default_factory=lambda: Collection("deliverability test report"))

    def status(self, now: float) -> Status:
        """Return the status of the subscription at the time ``now`` (epoch seconds)."""
        if self.enabled:
            return "active"
        return "pending_expiration" if now < self.until else "disabled"

    def subscriptions_at(self, now: float) -> list[DomainSubscription]:
        """Return the domains that are subscribed at the time ``now``, including cancelled ones that have not ended."""
        return [each for each in self.subscriptions.values() if each.until is None or now < each.until]


def subscribe(region_state: RegionState, wanted: Iterable[DomainSubscription]) -> None:
    """Subscribe to these domains. Other subscriptions end with the month. Raises `Missing` for an unverified domain."""
    now = region_state.simulation.clock.time()
    dashboard = region_state.dashboard
    chosen = {each.domain: each for each in wanted}
    for domain in chosen:
        known = region_state.identities.find(domain)
        if not (region_state.simulation.any_sender or (known is not None and known.verified)):
            raise Missing("domain", domain)
    for subscription in dashboard.subscriptions_at(now):
        again = chosen.get(subscription.domain)
        if again is None:
            subscription.until = subscription.until or next_month(now)
            chosen[subscription.domain] = subscription
        else:
            again.since = subscription.since
    dashboard.subscriptions = chosen
    dashboard.enabled = True


def unsubscribe(region_state: RegionState) -> None:
    """Cancel the dashboard and all its domains. Both end with the month."""
    now = region_state.simulation.clock.time()
    dashboard = region_state.dashboard
    if dashboard.enabled:
        dashboard.enabled, dashboard.until = False, next_month(now)
    for subscription in dashboard.subscriptions_at(now):
        subscription.until = subscription.until or next_month(now)


def find_subscription(region_state: RegionState, domain: str) -> DomainSubscription:
    """Return the subscription of a domain. Raises `Missing` if it is not subscribed."""
    now = region_state.simulation.clock.time()
    found = next((each for each in region_state.dashboard.subscriptions_at(now) if each.domain == domain.lower()), None)
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
    """Store a test report about a message.

    The message passes DKIM if SES signs it with verified keys, and SPF unless it has a MAIL FROM domain that is not
    verified. If the fake accepts any sender, mail from an unregistered identity passes both.
    """
    identity = identities.find_for_sender(region_state, message.source)
    is_signed = region_state.simulation.any_sender
    if identity is not None:
        keys = dkim.keys_of(region_state, identity)
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


# Statistics.


@dataclass(slots=True)
class Volume:
    """The number of mails in inboxes and in spam folders, and how many of them were opened."""

    inbox: int = 0
    spam: int = 0
    read: int = 0

    @property
    def total(self) -> int:
        """The number of mails in both folders."""
        return self.inbox + self.spam

    def share(self, count: int) -> float:
        """Return ``count`` as a percentage of all mails. It is 0 if there are no mails."""
        return 100.0 * count / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Copy:
    """One delivered copy of a message: its recipient, and whether it was in the spam folder and was opened."""

    event: Event
    recipient: str
    spam: bool
    read: bool


def copies(region_state: RegionState, domain: str, start: float, end: float) -> Iterator[Copy]:
    """Yield the delivered copies of messages from a domain.

    They were delivered from ``start`` up to, but not including, ``end`` (epoch seconds).
    """
    for event in region_state.simulation.events:
        message = event.message
        if event.type != "Delivery" or message.region_state is not region_state or not start <= event.at < end:
            continue
        if parse_address(message.source).domain == domain.lower():
            later = message.events
            for recipient in event.recipients:
                mine = [each for each in later if recipient in each.recipients]
                spam = any(isinstance(each.fact, Complained) and each.fact.feedback != "not-spam" for each in mine)
                yield Copy(event, recipient, spam, any(each.type == "Open" for each in mine))


def count(found: Iterable[Copy]) -> Volume:
    """Count the copies by folder, and how many of them were opened."""
    volume = Volume()
    for each in found:
        volume.spam += each.spam
        volume.inbox += not each.spam
        volume.read += each.read
    return volume


@dataclass(slots=True)
class Campaign:
    """All messages with the same subject and the same sender."""

    id: str
    subject: str
    sender: str
    copies: list[Copy] = field(default_factory=list)


def campaigns(region_state: RegionState, domain: str, start: float, end: float) -> list[Campaign]:
    """Return the campaigns of a domain between two times, in the order of their first delivery."""
    found: dict[str, Campaign] = {}
    for each in copies(region_state, domain, start, end):
        message = each.event.message
        subject, sender = message.subject or "", parse_address(message.source).bare
        name = region_state.simulation.ids.hex(
            f"campaign {region_state.account_id} {region_state.region} {sender} {subject}", 32
        )
        found.setdefault(name, Campaign(name, subject, sender)).copies.append(each)
    return list(found.values())


def campaign(region_state: RegionState, campaign_id: str) -> Campaign:
    """Return a campaign of a subscribed domain. Raises `Missing` if no domain has such a campaign."""
    now = region_state.simulation.clock.time()
    for subscription in region_state.dashboard.subscriptions_at(now):
        for found in campaigns(region_state, subscription.domain, 0.0, float("inf")):
            if found.id == campaign_id:
                return found
    raise Missing("campaign", campaign_id)
