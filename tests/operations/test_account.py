"""The account: what each version says of it and changes in it, and what SES makes of that."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from newest import only_newest
from pytest_sesfake import Bounce, SesFake
from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
DETAILS: dict[str, Any] = {
    "MailType": "TRANSACTIONAL",
    "WebsiteURL": "https://shop.example.com/about",
    "ContactLanguage": "EN",
    "UseCaseDescription": "Receipts.",
    "AdditionalContactEmailAddresses": ["ops@example.com"],
}
BLANK = "1 validation error detected: Value at 'websiteURL' failed to satisfy constraint: "


def account(v2: SESV2Client) -> dict[str, Any]:
    return {name: value for name, value in v2.get_account().items() if name != "ResponseMetadata"}


# What there is without a word of anybody


@pytest.mark.usefixtures("newest_model")
def test_a_new_account_sends_in_good_standing_and_shows_nothing_that_nobody_has_set(v2: SESV2Client) -> None:
    assert account(v2) == {
        "DedicatedIpAutoWarmupEnabled": True,
        "DeliveryAttributes": {"SharedPoolDeliveryMode": "GLOBAL"},
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": True,
        "SendQuota": {"Max24HourSend": 50_000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0},
        "SendingEnabled": True,
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
    }


def test_both_versions_count_what_was_sent_in_a_day(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    send_email(v1)
    send_email(v2)

    assert v1.get_send_quota()["SentLast24Hours"] == 2.0
    assert account(v2)["SendQuota"]["SentLast24Hours"] == 2.0

    sesfake.clock.advance(days=1)
    assert v1.get_send_quota()["SentLast24Hours"] == 0.0


# Sending


def test_an_account_that_one_version_pauses_sends_through_neither(
    v1: SESClient, v2: SESV2Client, refused: Refused
) -> None:
    v1.update_account_sending_enabled(Enabled=False)

    assert v1.get_account_sending_enabled()["Enabled"] is False
    assert account(v2)["SendingEnabled"] is False
    text = "Email sending is disabled for your account."
    paused: Any = v1.exceptions.AccountSendingPausedException
    assert refused(lambda: send_email(v1), paused) == ("AccountSendingPausedException", 400, text)
    paused = v2.exceptions.SendingPausedException
    assert refused(lambda: send_email(v2), paused) == ("SendingPausedException", 400, text)

    v2.put_account_sending_attributes(SendingEnabled=True)

    assert v1.get_account_sending_enabled()["Enabled"] is True
    send_email(v1)
    send_email(v2)


def test_who_does_not_say_which_way_to_switch_switches_off(v1: SESClient, v2: SESV2Client) -> None:
    v1.update_account_sending_enabled()
    v2.put_account_dedicated_ip_warmup_attributes()

    assert account(v2)["SendingEnabled"] is False
    assert account(v2)["DedicatedIpAutoWarmupEnabled"] is False

    v1.update_account_sending_enabled(Enabled=True)
    v2.put_account_sending_attributes()

    assert v1.get_account_sending_enabled()["Enabled"] is False


def test_pausing_in_python_is_pausing_through_the_api(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    sesfake.pause()
    assert (v1.get_account_sending_enabled()["Enabled"], account(v2)["SendingEnabled"]) == (False, False)

    sesfake.resume()
    assert (v1.get_account_sending_enabled()["Enabled"], account(v2)["SendingEnabled"]) == (True, True)


def test_new_addresses_are_warmed_up_where_that_is_switched_on(v2: SESV2Client) -> None:
    v2.put_account_dedicated_ip_warmup_attributes(AutoWarmupEnabled=False)
    assert account(v2)["DedicatedIpAutoWarmupEnabled"] is False

    v2.put_account_dedicated_ip_warmup_attributes(AutoWarmupEnabled=True)
    assert account(v2)["DedicatedIpAutoWarmupEnabled"] is True


def test_regions_have_accounts_of_their_own(sesfake: SesFake, v2: SESV2Client) -> None:
    v2.put_account_sending_attributes(SendingEnabled=False)
    v2.put_account_details(**DETAILS)

    elsewhere = account(sesfake.client("sesv2", "eu-west-1"))
    assert elsewhere["SendingEnabled"] is True
    assert "Details" not in elsewhere


# Details and production access


def test_details_are_shown_as_they_were_given(v2: SESV2Client) -> None:
    v2.put_account_details(**DETAILS)

    assert account(v2)["Details"] == {**DETAILS, "ReviewDetails": {"Status": "GRANTED"}}


@only_newest  # older models require a UseCaseDescription
def test_new_details_replace_all_that_were_given_before(v2: SESV2Client) -> None:
    v2.put_account_details(**DETAILS)

    v2.put_account_details(MailType="MARKETING", WebsiteURL="https://example.com", ContactLanguage="JA")

    assert account(v2)["Details"] == {
        "MailType": "MARKETING",
        "WebsiteURL": "https://example.com",
        "ContactLanguage": "JA",
        "ReviewDetails": {"Status": "GRANTED"},
    }


def test_production_access_waits_for_the_test_to_grant_it(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    sesfake.sandbox = True
    v2.put_account_details(**DETAILS)
    assert "ReviewDetails" not in account(v2)["Details"]

    v2.put_account_details(**DETAILS, ProductionAccessEnabled=True)

    review = account(v2)["Details"]["ReviewDetails"]
    assert review["Status"] == "PENDING"
    assert review["CaseId"].isdigit()
    assert account(v2)["ProductionAccessEnabled"] is False
    again = refused(lambda: v2.put_account_details(**DETAILS), v2.exceptions.ConflictException)
    assert again[:2] == ("ConflictException", 409)

    sesfake.sandbox = False

    assert account(v2)["Details"]["ReviewDetails"] == {**review, "Status": "GRANTED"}
    assert account(v2)["ProductionAccessEnabled"] is True
    v2.put_account_details(**DETAILS)
    assert account(v2)["Details"]["ReviewDetails"] == {**review, "Status": "GRANTED"}


@pytest.mark.parametrize(
    "url, text",
    [
        ("", BLANK + "Member must have length greater than or equal to 1"),
        ("x" * 1001, BLANK + "Member must have length less than or equal to 1000"),
        ("shop.example.com", "Url contains invalid format"),
        ("https://", "Url contains invalid format"),
        ("https://[shop", "Url contains invalid format"),
    ],
)
def test_a_website_has_to_be_a_url(loose_v2: SESV2Client, refused: Refused, url: str, text: str) -> None:
    answer = refused(
        lambda: loose_v2.put_account_details(MailType="MARKETING", WebsiteURL=url, UseCaseDescription="News."),
        loose_v2.exceptions.BadRequestException,
    )

    assert answer == ("BadRequestException", 400, text)
    assert "Details" not in account(loose_v2)


# The Virtual Deliverability Manager


def test_the_manager_is_shown_once_it_was_set_and_its_parts_while_it_is_on(v2: SESV2Client) -> None:
    v2.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    assert account(v2)["VdmAttributes"] == {
        "VdmEnabled": "ENABLED",
        "DashboardAttributes": {"EngagementMetrics": "DISABLED"},
        "GuardianAttributes": {"OptimizedSharedDelivery": "DISABLED"},
    }

    everything: Any = {
        "VdmEnabled": "ENABLED",
        "DashboardAttributes": {"EngagementMetrics": "ENABLED"},
        "GuardianAttributes": {"OptimizedSharedDelivery": "ENABLED"},
    }
    v2.put_account_vdm_attributes(VdmAttributes=everything)
    assert account(v2)["VdmAttributes"] == everything

    everything["VdmEnabled"] = "DISABLED"
    v2.put_account_vdm_attributes(VdmAttributes=everything)
    assert account(v2)["VdmAttributes"] == {"VdmEnabled": "DISABLED"}


def test_the_manager_can_be_switched_in_python(sesfake: SesFake, v2: SESV2Client) -> None:
    assert sesfake.vdm is False

    sesfake.vdm = True

    assert sesfake.vdm is True
    assert account(v2)["VdmAttributes"]["VdmEnabled"] == "ENABLED"


# Delivery from shared addresses


@pytest.mark.usefixtures("newest_model")
def test_mail_from_shared_addresses_can_be_kept_in_the_region(v2: Any) -> None:
    v2.put_account_delivery_attributes(SharedPoolDeliveryMode="REGIONAL")
    assert account(v2)["DeliveryAttributes"] == {"SharedPoolDeliveryMode": "REGIONAL"}

    v2.put_account_delivery_attributes(SharedPoolDeliveryMode="GLOBAL")
    assert account(v2)["DeliveryAttributes"] == {"SharedPoolDeliveryMode": "GLOBAL"}


# Pricing


def test_the_first_plan_holds_at_once_and_another_from_next_month_on(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(datetime(2026, 12, 31, 23, tzinfo=timezone.utc))
    v2.put_account_pricing_attributes(Plan="PRO")
    assert account(v2)["PricingAttributes"] == {"CurrentPlan": "PRO"}

    v2.put_account_pricing_attributes(Plan="NONE")
    assert account(v2)["PricingAttributes"] == {"CurrentPlan": "PRO", "NextPlan": "NONE"}

    sesfake.clock.advance(hours=1)
    assert account(v2)["PricingAttributes"] == {"CurrentPlan": "NONE"}


def test_a_change_of_plan_that_is_ahead_can_only_be_taken_back(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.clock.freeze(NOON)
    for plan in ("PRO", "ENTERPRISE", "ENTERPRISE"):
        v2.put_account_pricing_attributes(Plan=plan)

    def choose() -> object:
        return v2.put_account_pricing_attributes(Plan="ESSENTIALS")

    text = "A change of the pricing plan is already scheduled."
    assert refused(choose, v2.exceptions.ConflictException) == ("ConflictException", 409, text)

    v2.put_account_pricing_attributes(Plan="PRO")
    assert account(v2)["PricingAttributes"] == {"CurrentPlan": "PRO"}
    choose()
    assert account(v2)["PricingAttributes"] == {"CurrentPlan": "PRO", "NextPlan": "ESSENTIALS"}


# Enforcement


@pytest.mark.parametrize("bounces, status", [(4, "HEALTHY"), (5, "PROBATION")])
def test_an_account_that_bounces_one_mail_in_twenty_is_under_review(
    sesfake: SesFake, v2: SESV2Client, bounces: int, status: str
) -> None:
    for number in range(100):
        sesfake.send(f"{number}@example.com", outcome=Bounce() if number < bounces else None)

    assert account(v2)["EnforcementStatus"] == status
    send_email(v2)  # it goes on sending


def test_a_few_bounces_say_nothing_of_an_account(sesfake: SesFake, v2: SESV2Client) -> None:
    for number in range(99):
        sesfake.send(f"{number}@example.com", outcome=Bounce())

    assert account(v2)["EnforcementStatus"] == "HEALTHY"


def test_a_suspended_account_is_scripted(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    sesfake.on(operation="SendEmail").fail("AccountSuspendedException")

    code, status, text = refused(lambda: send_email(v2), v2.exceptions.AccountSuspendedException)

    assert (code, status) == ("AccountSuspendedException", 400)
    assert (text or "").startswith("Sending suspended for this account.")
