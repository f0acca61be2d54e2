"""The deliverability dashboard: its subscription, its test reports, and what it counts of domains and campaigns."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Complaint, SesFake

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
MIDNIGHT = datetime(2026, 3, 26, tzinfo=timezone.utc)
APRIL = datetime(2026, 4, 1, tzinfo=timezone.utc)
DAY = timedelta(days=1)
CONTENT: Any = {"Simple": {"Subject": {"Data": "Spring"}, "Body": {"Text": {"Data": "Hi."}}}}
OFF = "The Deliverability dashboard is not enabled for your account."
UNWATCHED = "The Deliverability dashboard does not watch <example.com>."


@pytest.fixture
def frozen(sesfake: SesFake) -> SesFake:
    """A fake whose clock stands."""
    sesfake.clock.freeze(NOON)
    return sesfake


def watch(v2: SESV2Client, *domains: str, **more: Any) -> None:
    given: Any = [{"Domain": domain, **more} for domain in domains]
    v2.put_deliverability_dashboard_option(DashboardEnabled=True, SubscribedDomains=given)


def dashboard(v2: SESV2Client) -> dict[str, Any]:
    answer = v2.get_deliverability_dashboard_options()
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def domains(v2: SESV2Client) -> tuple[list[str], list[str]]:
    """Return the domains that are watched, and those that are only until the end of the month."""
    found = dashboard(v2)
    active, ending = found["ActiveSubscribedDomains"], found["PendingExpirationSubscribedDomains"]
    return [each["Domain"] for each in active], [each["Domain"] for each in ending]


# The subscription


def test_the_dashboard_is_off_at_first(v2: SESV2Client) -> None:
    assert dashboard(v2) == {
        "DashboardEnabled": False,
        "AccountStatus": "DISABLED",
        "ActiveSubscribedDomains": [],
        "PendingExpirationSubscribedDomains": [],
    }


def test_a_subscription_is_shown_as_it_was_given(frozen: SesFake, v2: SESV2Client) -> None:
    assert frozen.clock.now() == NOON
    option = {"Global": True, "TrackedIsps": ["Gmail"]}
    watch(v2, "Example.com", InboxPlacementTrackingOption=option)

    assert dashboard(v2) == {
        "DashboardEnabled": True,
        "AccountStatus": "ACTIVE",
        "ActiveSubscribedDomains": [
            {"Domain": "example.com", "SubscriptionStartDate": NOON, "InboxPlacementTrackingOption": option}
        ],
        "PendingExpirationSubscribedDomains": [],
    }


def test_a_domain_that_is_left_out_is_watched_until_the_month_ends(frozen: SesFake, v2: SESV2Client) -> None:
    watch(v2, "example.com", "example.org")
    watch(v2, "example.org")
    assert domains(v2) == (["example.org"], ["example.com"])

    frozen.clock.advance(days=1)
    watch(v2, "example.com", "example.org", SubscriptionStartDate=NOON + DAY)
    assert domains(v2) == (["example.com", "example.org"], [])
    assert dashboard(v2)["ActiveSubscribedDomains"][0]["SubscriptionStartDate"] == NOON

    watch(v2, "example.org")
    frozen.clock.freeze(APRIL)
    assert domains(v2) == (["example.org"], [])


def test_a_subscription_that_is_ended_ends_with_the_month(frozen: SesFake, v2: SESV2Client) -> None:
    watch(v2, "example.com")
    v2.put_deliverability_dashboard_option(DashboardEnabled=False)

    found = dashboard(v2)
    assert (found["DashboardEnabled"], found["AccountStatus"]) == (False, "PENDING_EXPIRATION")
    assert found["SubscriptionExpiryDate"] == APRIL
    assert domains(v2) == ([], ["example.com"])

    frozen.clock.freeze(APRIL)
    found = dashboard(v2)
    assert found["AccountStatus"] == "DISABLED"
    assert "SubscriptionExpiryDate" not in found
    assert domains(v2) == ([], [])


@pytest.mark.sesfake(verified=["example.com"])
def test_only_verified_domains_are_watched(v2: SESV2Client, refused: Refused) -> None:
    v2.create_email_identity(EmailIdentity="example.org")

    for domain in ("example.org", "example.net"):
        answer = refused(lambda domain=domain: watch(v2, "example.com", domain), v2.exceptions.NotFoundException)
        assert answer == (
            "NotFoundException",
            404,
            f"The domain <{domain}> is not a verified identity of this account.",
        )
    assert dashboard(v2)["DashboardEnabled"] is False
    watch(v2, "example.com")


def test_a_domain_is_named_once(v2: SESV2Client, refused: Refused) -> None:
    answer = refused(lambda: watch(v2, "example.com", "EXAMPLE.com"), v2.exceptions.AlreadyExistsException)
    assert answer == ("AlreadyExistsException", 400, "The domain <example.com> is given more than once.")

    answer = refused(lambda: watch(v2, ""), v2.exceptions.BadRequestException)
    assert answer == ("BadRequestException", 400, "The domain must be specified.")


# Test reports


def test_a_report_is_done_after_a_day(frozen: SesFake, v2: SESV2Client) -> None:
    watch(v2)
    made = v2.create_deliverability_test_report(
        FromEmailAddress="me@example.com",
        ReportName="Spring mail",
        Content=CONTENT,
        Tags=[{"Key": "team", "Value": "blue"}],
    )
    name = made["ReportId"]
    assert made["DeliverabilityTestStatus"] == "IN_PROGRESS"

    frozen.clock.advance(hours=23)
    early = v2.get_deliverability_test_report(ReportId=name)
    assert early["DeliverabilityTestReport"] == {
        "ReportId": name,
        "ReportName": "Spring mail",
        "Subject": "Spring",
        "FromEmailAddress": "me@example.com",
        "CreateDate": NOON,
        "DeliverabilityTestStatus": "IN_PROGRESS",
    }
    assert (early["OverallPlacement"], early["IspPlacements"]) == ({}, [])
    assert early["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert "Subject: Spring" in early["Message"]

    frozen.clock.advance(hours=1)
    done = v2.get_deliverability_test_report(ReportId=name)
    assert done["DeliverabilityTestReport"]["DeliverabilityTestStatus"] == "COMPLETED"
    assert [each["IspName"] for each in done["IspPlacements"]] == ["Gmail", "Hotmail", "Yahoo", "AOL"]
    assert done["OverallPlacement"] == done["IspPlacements"][0]["PlacementStatistics"]
    assert done["OverallPlacement"]["InboxPercentage"] == 100.0
    assert frozen.outbox == []
    assert frozen.calls.first(operation="CreateDeliverabilityTestReport").recipients == ()
    arn = f"arn:aws:ses:us-east-1:123456789012:deliverability-test-report/{name}"
    assert v2.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "blue"}]


@pytest.mark.sesfake(verified=["me@unsigned.example", "signed.example"])
def test_mail_without_a_signature_ends_as_spam(sesfake: SesFake, v2: SESV2Client) -> None:
    watch(v2)
    v2.put_email_identity_mail_from_attributes(EmailIdentity="signed.example", MailFromDomain="mail.signed.example")
    names = [
        v2.create_deliverability_test_report(FromEmailAddress=f"me@{domain}", Content=CONTENT)["ReportId"]
        for domain in ("signed.example", "unsigned.example")
    ]
    sesfake.clock.advance(days=1)

    signed, unsigned = (v2.get_deliverability_test_report(ReportId=name)["OverallPlacement"] for name in names)

    assert signed == {
        "InboxPercentage": 100.0,
        "SpamPercentage": 0.0,
        "MissingPercentage": 0.0,
        "SpfPercentage": 0.0,  # its MAIL FROM domain has no records yet
        "DkimPercentage": 100.0,
    }
    assert (unsigned["InboxPercentage"], unsigned["SpamPercentage"]) == (0.0, 100.0)
    assert (unsigned["SpfPercentage"], unsigned["DkimPercentage"]) == (100.0, 0.0)


@pytest.mark.sesfake(verified=["example.com"])
def test_what_ses_would_not_send_is_not_tested(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    def test(sender: str = "me@example.com", content: Any = CONTENT) -> object:
        return v2.create_deliverability_test_report(FromEmailAddress=sender, Content=content)

    errors = v2.exceptions
    assert refused(test, errors.BadRequestException) == ("BadRequestException", 400, OFF)
    watch(v2)
    answer = refused(lambda: test("me@example.org"), errors.MessageRejected)
    assert (answer[0], answer[1]) == ("MessageRejected", 400)
    assert (answer[2] or "").endswith("in region US-EAST-1: me@example.org")
    answer = refused(lambda: test(content={"Template": {"TemplateName": "none"}}), errors.NotFoundException)
    assert answer == ("NotFoundException", 404, "Template none does not exist.")
    brought = {"TemplateContent": {"Subject": "{{name}}", "Text": "Hi."}, "TemplateData": "{}"}
    answer = refused(lambda: test(content={"Template": brought}), errors.BadRequestException)
    assert "name" in (answer[2] or "")
    v2.put_email_identity_mail_from_attributes(
        EmailIdentity="example.com", MailFromDomain="mail.example.com", BehaviorOnMxFailure="REJECT_MESSAGE"
    )
    answer = refused(test, errors.MailFromDomainNotVerifiedException)
    assert answer[:2] == ("MailFromDomainNotVerifiedException", 400)
    sesfake.pause()
    assert refused(test, errors.SendingPausedException)[:2] == ("SendingPausedException", 400)
    assert v2.list_deliverability_test_reports()["DeliverabilityTestReports"] == []


def test_reports_are_listed_page_by_page(v2: SESV2Client, refused: Refused) -> None:
    watch(v2)
    for name in ("one", "two", "three"):
        v2.create_deliverability_test_report(FromEmailAddress="me@example.com", Content=CONTENT, ReportName=name)

    first = v2.list_deliverability_test_reports(PageSize=2)
    second = v2.list_deliverability_test_reports(PageSize=2, NextToken=first["NextToken"])

    found = [report["ReportName"] for page in (first, second) for report in page["DeliverabilityTestReports"]]
    assert found == ["one", "two", "three"]
    assert "NextToken" not in second
    invalid = v2.exceptions.BadRequestException
    answer = refused(lambda: v2.list_deliverability_test_reports(PageSize=0), invalid)
    assert answer == ("BadRequestException", 400, "The page size must be between 1 and 100")
    answer = refused(lambda: v2.list_deliverability_test_reports(NextToken="x"), invalid)
    assert answer == ("BadRequestException", 400, "Invalid NextToken.")


def test_an_unknown_report_is_not_found(v2: SESV2Client, refused: Refused) -> None:
    answer = refused(lambda: v2.get_deliverability_test_report(ReportId="x"), v2.exceptions.NotFoundException)

    assert answer == ("NotFoundException", 404, "The requested report <x> does not exist.")


# Domains and campaigns


def report(v2: SESV2Client, start: datetime = MIDNIGHT, end: datetime = MIDNIGHT + DAY) -> Any:
    return v2.get_domain_statistics_report(Domain="example.com", StartDate=start, EndDate=end)


def campaigns(v2: SESV2Client, **more: Any) -> Any:
    return v2.list_domain_deliverability_campaigns(
        SubscribedDomain="example.com", StartDate=MIDNIGHT, EndDate=MIDNIGHT + DAY, **more
    )


def test_a_domain_is_counted_in_all_and_day_by_day(frozen: SesFake, v2: SESV2Client) -> None:
    watch(v2, "example.com")
    frozen.send(["a@yahoo.com", "b@yahoo.com"], sender="me@example.com")
    frozen.send("c@yahoo.com", sender="me@example.com", outcome=Complaint())
    frozen.send("d@yahoo.com", sender="me@example.org")
    frozen.clock.advance(days=1)
    frozen.send("e@example.net", sender="me@example.com")

    found = report(v2)

    assert found["OverallVolume"] == {
        "VolumeStatistics": {"InboxRawCount": 3, "SpamRawCount": 1, "ProjectedInbox": 3, "ProjectedSpam": 1},
        "ReadRatePercent": 0.0,
        "DomainIspPlacements": [
            {
                "IspName": "UNKNOWN_ISP",
                "InboxRawCount": 1,
                "SpamRawCount": 0,
                "InboxPercentage": 100.0,
                "SpamPercentage": 0.0,
            },
            {
                "IspName": "Yahoo",
                "InboxRawCount": 2,
                "SpamRawCount": 1,
                "InboxPercentage": pytest.approx(200 / 3),
                "SpamPercentage": pytest.approx(100 / 3),
            },
        ],
    }
    assert [(each["StartDate"], each["VolumeStatistics"]["InboxRawCount"]) for each in found["DailyVolumes"]] == [
        (MIDNIGHT, 2),
        (MIDNIGHT + DAY, 1),
    ]


def test_the_messages_of_one_subject_from_one_sender_are_a_campaign(frozen: SesFake, v2: SESV2Client) -> None:
    watch(v2, "example.com")
    frozen.send("a@gmail.com", sender="me@example.com", subject="Spring")
    frozen.clock.advance(hours=1)
    frozen.send("b@yahoo.com", sender="me@example.com", subject="Spring", outcome=Complaint())
    frozen.send("c@gmail.com", sender="me@example.com", subject="Summer")

    spring, summer = campaigns(v2)["DomainDeliverabilityCampaigns"]

    assert spring == {
        "CampaignId": spring["CampaignId"],
        "Subject": "Spring",
        "FromAddress": "me@example.com",
        "SendingIps": ["54.240.8.77"],
        "FirstSeenDateTime": NOON,
        "LastSeenDateTime": NOON + timedelta(hours=1),
        "InboxCount": 1,
        "SpamCount": 1,
        "ReadRate": 0.0,
        "DeleteRate": 0.0,
        "ReadDeleteRate": 0.0,
        "ProjectedVolume": 2,
        "Esps": ["Gmail", "Yahoo"],
    }
    assert summer["Subject"] == "Summer"
    single = v2.get_domain_deliverability_campaign(CampaignId=spring["CampaignId"])
    assert single["DomainDeliverabilityCampaign"] == spring


def test_a_campaign_names_the_addresses_of_its_pool(frozen: SesFake, v2: SESV2Client) -> None:
    watch(v2, "example.com")
    frozen.dedicated_ips("198.51.100.1", pool="news")
    v2.create_configuration_set(ConfigurationSetName="news", DeliveryOptions={"SendingPoolName": "news"})
    frozen.send("a@gmail.com", sender="me@example.com", configuration_set="news")

    (found,) = campaigns(v2)["DomainDeliverabilityCampaigns"]

    assert found["SendingIps"] == ["198.51.100.1"]


def test_campaigns_are_listed_page_by_page(frozen: SesFake, v2: SESV2Client, refused: Refused) -> None:
    watch(v2, "example.com")
    for subject in ("one", "two", "three"):
        frozen.send("a@gmail.com", sender="me@example.com", subject=subject)

    first = campaigns(v2, PageSize=2)
    second = campaigns(v2, PageSize=2, NextToken=first["NextToken"])

    found = [each["Subject"] for page in (first, second) for each in page["DomainDeliverabilityCampaigns"]]
    assert found == ["one", "two", "three"]
    answer = refused(lambda: campaigns(v2, NextToken="x"), v2.exceptions.BadRequestException)
    assert answer == ("BadRequestException", 400, "Invalid NextToken.")


def test_only_domains_of_the_dashboard_have_statistics(frozen: SesFake, v2: SESV2Client, refused: Refused) -> None:
    watch(v2, "example.com")
    frozen.send("a@gmail.com", sender="me@example.com")
    (known,) = campaigns(v2)["DomainDeliverabilityCampaigns"]
    watch(v2)
    frozen.clock.freeze(APRIL)
    missing = v2.exceptions.NotFoundException

    assert refused(lambda: report(v2), missing) == ("NotFoundException", 404, UNWATCHED)
    assert refused(lambda: campaigns(v2), missing) == ("NotFoundException", 404, UNWATCHED)
    name = known["CampaignId"]
    answer = refused(lambda: v2.get_domain_deliverability_campaign(CampaignId=name), missing)
    assert answer == ("NotFoundException", 404, f"The requested campaign <{name}> does not exist.")


@pytest.mark.parametrize(
    "end, text",
    [
        (MIDNIGHT - DAY, "The end date must not be before the start date."),
        (MIDNIGHT + 31 * DAY, "The end date must be within 30 days of the start date."),
    ],
)
def test_a_report_covers_a_month_at_most(v2: SESV2Client, refused: Refused, end: datetime, text: str) -> None:
    watch(v2, "example.com")

    answer = refused(lambda: report(v2, end=end), v2.exceptions.BadRequestException)

    assert answer == ("BadRequestException", 400, text)
    assert len(report(v2, end=MIDNIGHT + 30 * DAY)["DailyVolumes"]) == 31
