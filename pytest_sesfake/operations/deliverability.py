"""The deliverability dashboard: its subscription, test reports, campaigns, domains and blacklists.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetDeliverabilityDashboardOptions.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetDeliverabilityTestReport.html
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_sesfake.operations import sending
from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v2
from pytest_sesfake.operations.tags import read_tags, show_tags
from pytest_sesfake.ses import deliverability
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.collection import page
from pytest_sesfake.ses.dedicated_ips import outgoing
from pytest_sesfake.ses.deliverability import DAY, Campaign, Copy, DeliverabilityReport, DomainSubscription
from pytest_sesfake.ses.outcomes.simulator import DOMAIN
from pytest_sesfake.ses.providers import provider
from pytest_sesfake.ses.sending import plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.simulation import RegionState

_MOST_DAYS = 30


# The dashboard


@v2(
    "PutDeliverabilityDashboardOption",
    does="modelled",
    texts="chosen",
    keeps=("SubscribedDomains.InboxPlacementTrackingOption",),
)
def put_deliverability_dashboard_option(
    region_state: RegionState, *, DashboardEnabled: bool, SubscribedDomains: Sequence[Json] = ()
) -> None:
    """Subscribe these domains to the dashboard, or end the subscription at the end of the month."""
    if not DashboardEnabled:
        deliverability.unsubscribe(region_state)
        return
    now = region_state.simulation.clock.time()
    wanted: list[DomainSubscription] = []
    for given in SubscribedDomains:
        domain = (given.get("Domain") or "").lower()
        if not domain:
            raise say("BadRequestException", "The domain must be specified.")
        if any(other.domain == domain for other in wanted):
            raise say("AlreadyExistsException", f"The domain <{domain}> is given more than once.")
        start, option = given.get("SubscriptionStartDate"), given.get("InboxPlacementTrackingOption") or {}
        providers = option.get("TrackedIsps")
        since = now if start is None else start.timestamp()
        wanted.append(DomainSubscription(domain, since, option.get("Global"), providers and tuple(providers)))
    deliverability.subscribe(region_state, wanted)


@v2("GetDeliverabilityDashboardOptions", does="modelled")
def get_deliverability_dashboard_options(region_state: RegionState) -> Json:
    """Describe the subscription to the dashboard."""
    now = region_state.simulation.clock.time()
    status = region_state.dashboard.status(now)
    watched = region_state.dashboard.subscriptions_at(now)
    return {
        "DashboardEnabled": region_state.dashboard.enabled,
        "SubscriptionExpiryDate": moment(region_state.dashboard.until) if status == "pending_expiration" else None,
        "AccountStatus": status.upper(),
        "ActiveSubscribedDomains": [_show_subscription(each) for each in watched if each.until is None],
        "PendingExpirationSubscribedDomains": [_show_subscription(each) for each in watched if each.until is not None],
    }


def _show_subscription(subscription: DomainSubscription) -> Json:
    providers = subscription.providers
    option = {"Global": subscription.tracked, "TrackedIsps": None if providers is None else list(providers)}
    return {
        "Domain": subscription.domain,
        "SubscriptionStartDate": moment(subscription.since),
        "InboxPlacementTrackingOption": option if option != {"Global": None, "TrackedIsps": None} else None,
    }


def _check_dashboard(region_state: RegionState) -> None:
    if region_state.dashboard.status(region_state.simulation.clock.time()) == "disabled":
        raise say("BadRequestException", "The Deliverability dashboard is not enabled for your account.")


# Test reports


@v2("CreateDeliverabilityTestReport", does="computed", texts=("reported", "chosen"))
def create_deliverability_test_report(
    region_state: RegionState,
    *,
    FromEmailAddress: str,
    Content: Json,
    ReportName: str | None = None,
    Tags: Sequence[Json] = (),
) -> Json:
    """Test a message that SES would accept. The test ends after one day on the fake's clock."""
    _check_dashboard(region_state)
    given = read_tags(Tags)
    common = {"api": "sesv2", "operation": "CreateDeliverabilityTestReport", "source": FromEmailAddress}
    seeds = {"ToAddresses": [f"success+{provider.lower()}@{DOMAIN}" for provider in deliverability.SEEDS]}
    submission = sending.submitted(region_state, Content, seeds, (), common)
    if submission.failure is not None:
        raise say("BadRequestException", submission.failure.text)
    call = region_state.simulation.current
    message = plan(region_state, call, submission, forced=()).message
    call.envelope = ()  # nobody receives the message
    made = deliverability.report(region_state, message, ReportName)
    region_state.tags.put(deliverability.arn(region_state, made.id), given)
    return {"ReportId": made.id, "DeliverabilityTestStatus": _status(region_state, made)}


@v2("GetDeliverabilityTestReport", does="computed", texts="chosen")
def get_deliverability_test_report(region_state: RegionState, *, ReportId: str) -> Json:
    """Return the results of a test. They are empty until the test ends."""
    report = region_state.dashboard.reports.get(ReportId)
    placement: Json = {}
    placements: list[Json] = []
    if report.is_ready(region_state.simulation.clock.time()):
        placement = {
            "InboxPercentage": 100.0 * report.dkim,
            "SpamPercentage": 100.0 * (not report.dkim),
            "MissingPercentage": 0.0,
            "SpfPercentage": 100.0 * report.spf,
            "DkimPercentage": 100.0 * report.dkim,
        }
        placements = [{"IspName": name, "PlacementStatistics": placement} for name in deliverability.SEEDS]
    return {
        "DeliverabilityTestReport": _describe(region_state, report),
        "OverallPlacement": placement,
        "IspPlacements": placements,
        "Message": report.message.submitted.decode("utf-8", "replace"),
        "Tags": show_tags(region_state, deliverability.arn(region_state, report.id)),
    }


@v2("ListDeliverabilityTestReports", does="computed", texts="chosen")
def list_deliverability_test_reports(
    region_state: RegionState, *, NextToken: str | None = None, PageSize: int | None = None
) -> Json:
    """List the tests, oldest first."""
    _check_size(PageSize)
    shown, following = region_state.dashboard.reports.page(PageSize, NextToken)
    return {"DeliverabilityTestReports": [_describe(region_state, report) for report in shown], "NextToken": following}


def _describe(region_state: RegionState, report: DeliverabilityReport) -> Json:
    return {
        "ReportId": report.id,
        "ReportName": report.name,
        "Subject": report.message.subject,
        "FromEmailAddress": report.message.source,
        "CreateDate": moment(report.at),
        "DeliverabilityTestStatus": _status(region_state, report),
    }


def _status(region_state: RegionState, report: DeliverabilityReport) -> str:
    return "COMPLETED" if report.is_ready(region_state.simulation.clock.time()) else "IN_PROGRESS"


# Domains and campaigns


@v2("GetDomainStatisticsReport", does="computed", texts="chosen")
def get_domain_statistics_report(
    region_state: RegionState, *, Domain: str, StartDate: datetime, EndDate: datetime
) -> Json:
    """Return how many mails of a domain reached inboxes and spam folders, in total and by day."""
    start, end = _span(StartDate, EndDate)
    deliverability.find_subscription(region_state, Domain)
    found = list(deliverability.copies(region_state, Domain, start, end))
    overall = deliverability.count(found)
    by_day: dict[float, list[Copy]] = defaultdict(list)
    for each in found:
        by_day[each.event.at - each.event.at % DAY].append(each)
    days = [start + number * DAY for number in range(int((end - start) / DAY))]
    return {
        "OverallVolume": {
            **_volume(found),
            "ReadRatePercent": overall.share(overall.read),
        },
        "DailyVolumes": [{"StartDate": moment(day), **_volume(by_day[day])} for day in days],
    }


@v2("ListDomainDeliverabilityCampaigns", does="computed", texts="chosen")
def list_domain_deliverability_campaigns(
    region_state: RegionState,
    *,
    StartDate: datetime,
    EndDate: datetime,
    SubscribedDomain: str,
    NextToken: str | None = None,
    PageSize: int | None = None,
) -> Json:
    """List the campaigns of a domain. A campaign is all messages with the same sender and subject."""
    start, end = _span(StartDate, EndDate)
    _check_size(PageSize)
    domain = deliverability.find_subscription(region_state, SubscribedDomain).domain
    found = ((each.id, each) for each in deliverability.campaigns(region_state, domain, start, end))
    shown, following = page(found, PageSize, NextToken, kind=f"campaign {region_state.region} {domain} {start} {end}")
    return {"DomainDeliverabilityCampaigns": list(map(_show_campaign, shown)), "NextToken": following}


@v2("GetDomainDeliverabilityCampaign", does="computed", texts="chosen")
def get_domain_deliverability_campaign(region_state: RegionState, *, CampaignId: str) -> Json:
    """Describe a campaign of a domain in the dashboard."""
    return {"DomainDeliverabilityCampaign": _show_campaign(deliverability.campaign(region_state, CampaignId))}


def _show_campaign(campaign: Campaign) -> Json:
    volume = deliverability.count(campaign.copies)
    times = [each.event.at for each in campaign.copies]
    return {
        "CampaignId": campaign.id,
        "Subject": campaign.subject,
        "FromAddress": campaign.sender,
        "SendingIps": sorted({ip for each in campaign.copies for ip in outgoing(each.event.message)}),
        "FirstSeenDateTime": moment(min(times)),
        "LastSeenDateTime": moment(max(times)),
        "InboxCount": volume.inbox,
        "SpamCount": volume.spam,
        "ReadRate": volume.share(volume.read),
        "DeleteRate": 0.0,
        "ReadDeleteRate": 0.0,
        "ProjectedVolume": volume.total,
        "Esps": sorted({provider(each.recipient) for each in campaign.copies}),
    }


def _volume(found: Iterable[Copy]) -> Json:
    by_provider: dict[str, list[Copy]] = defaultdict(list)
    for each in found:
        by_provider[provider(each.recipient)].append(each)
    counts = {name: deliverability.count(copies) for name, copies in sorted(by_provider.items())}
    inbox, spam = sum(each.inbox for each in counts.values()), sum(each.spam for each in counts.values())
    return {
        "VolumeStatistics": {
            "InboxRawCount": inbox,
            "SpamRawCount": spam,
            "ProjectedInbox": inbox,
            "ProjectedSpam": spam,
        },
        "DomainIspPlacements": [
            {
                "IspName": name,
                "InboxRawCount": volume.inbox,
                "SpamRawCount": volume.spam,
                "InboxPercentage": volume.share(volume.inbox),
                "SpamPercentage": volume.share(volume.spam),
            }
            for name, volume in counts.items()
        ],
    }


def _span(first: datetime, last: datetime) -> tuple[float, float]:
    """Return the time span of a call, from the start of its first day to the end of its last day."""
    start = first.timestamp() - first.timestamp() % DAY
    end = last.timestamp() - last.timestamp() % DAY + DAY
    if end <= start:
        raise say("BadRequestException", "The end date must not be before the start date.")
    if end - start > (_MOST_DAYS + 1) * DAY:
        raise say("BadRequestException", f"The end date must be within {_MOST_DAYS} days of the start date.")
    return start, end


def _check_size(size: int | None) -> None:
    if size is not None and not 1 <= size <= 100:  # noqa: PLR2004 - the bound that the text names
        raise say("BadRequestException", "The page size must be between 1 and 100")


# Blacklists


@v2("GetBlacklistReports", does="modelled", texts="reported")
def get_blacklist_reports(region_state: RegionState, *, BlacklistItemNames: Sequence[str]) -> Json:
    """Return the blacklist entries of the account's own IP addresses."""
    reports = {}
    for ip in BlacklistItemNames:
        listings = region_state.dedicated.addresses.get(ip).listings
        reports[ip] = [
            {"RblName": name, "ListingTime": moment(at), "Description": f"{ip} is listed by {name}."}
            for name, at in listings.items()
        ]
    return {"BlacklistReport": reports}
