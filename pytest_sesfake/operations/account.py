"""The account: its sending quota, its permissions and its settings.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.operations.configuration_options import show_validation
from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v1, v2
from pytest_sesfake.ses import dedicated_ips, statistics
from pytest_sesfake.ses.account import DeliverabilityManager, Details, check_website

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.account import Account, PricingPlan, SharedPoolDelivery
    from pytest_sesfake.ses.simulation import RegionState

_SWITCH = {True: "ENABLED", False: "DISABLED"}
_PLANS: dict[str, PricingPlan] = {
    "NONE": "none",
    "ESSENTIALS": "essentials",
    "PRO": "pro",
    "ENTERPRISE": "enterprise",
}
_SHARED_POOL_DELIVERY: dict[str, SharedPoolDelivery] = {"GLOBAL": "global", "REGIONAL": "regional"}


# Version 1


@v1("GetSendQuota", does="computed")
def get_send_quota(region_state: RegionState) -> Json:
    """Return the sending quota, and how many recipients were sent to in the last 24 hours."""
    return _quota(region_state)


@v1("GetAccountSendingEnabled", does="modelled")
def get_account_sending_enabled(region_state: RegionState) -> Json:
    """Return whether sending is enabled for the account."""
    return {"Enabled": region_state.account.sending}


@v1("UpdateAccountSendingEnabled", does="modelled")
def update_account_sending_enabled(region_state: RegionState, *, Enabled: bool = False) -> None:
    """Enable or disable sending. A missing boolean means false, as in every call of SES."""
    region_state.account.sending = Enabled


# Version 2


@v2("GetAccount", does="computed")
def get_account(region_state: RegionState) -> Json:
    """Describe the account in this region, without the settings that were never set."""
    account = region_state.account
    shown: Json = {
        "DedicatedIpAutoWarmupEnabled": account.warm_up,
        "DeliveryAttributes": {"SharedPoolDeliveryMode": account.shared_pool_delivery.upper()},
        "EnforcementStatus": statistics.enforcement(region_state).upper(),
        "ProductionAccessEnabled": account.production,
        "SendQuota": _quota(region_state),
        "SendingEnabled": account.sending,
        "SuppressionAttributes": {"SuppressedReasons": sorted(account.suppressed_reasons)},
    }
    if account.validation is not None:
        shown["SuppressionAttributes"]["ValidationAttributes"] = show_validation(account.validation)
    if account.details is not None:
        shown["Details"] = _show_details(account, account.details)
    if account.manager is not None:
        shown["VdmAttributes"] = _show_manager(account.manager)
    if account.pricing.chosen:
        current, following = account.pricing.at(region_state.simulation.clock.time())
        shown["PricingAttributes"] = {"CurrentPlan": current.upper(), "NextPlan": following and following.upper()}
    return shown


@v2("PutAccountSendingAttributes", does="modelled")
def put_account_sending_attributes(region_state: RegionState, *, SendingEnabled: bool = False) -> None:
    """Enable or disable sending. A missing value disables it."""
    region_state.account.sending = SendingEnabled


@v2("PutAccountDedicatedIpWarmupAttributes", does="modelled")
def put_account_dedicated_ip_warmup_attributes(region_state: RegionState, *, AutoWarmupEnabled: bool = False) -> None:
    """Enable or disable the automatic warm-up of dedicated IP addresses."""
    dedicated_ips.switch_warm_up(region_state, on=AutoWarmupEnabled)


@v2("PutAccountDeliveryAttributes", does="stored")
def put_account_delivery_attributes(region_state: RegionState, *, SharedPoolDeliveryMode: str) -> None:
    """Set whether mail from the shared IP pool may also leave from other regions."""
    region_state.account.shared_pool_delivery = _SHARED_POOL_DELIVERY[SharedPoolDeliveryMode]


@v2(
    "PutAccountDetails",
    does="modelled",
    texts="reported",
    keeps=("MailType", "WebsiteURL", "ContactLanguage", "UseCaseDescription", "AdditionalContactEmailAddresses"),
)
def put_account_details(
    region_state: RegionState,
    *,
    MailType: str,
    WebsiteURL: str,
    ContactLanguage: str | None = None,
    UseCaseDescription: str | None = None,
    AdditionalContactEmailAddresses: Sequence[str] = (),
    ProductionAccessEnabled: bool | None = None,
) -> None:
    """Set the details of the account, and request production access if asked to.

    SES refuses further changes during its review. A test ends the review with ``sesfake.sandbox = False``.
    """
    account = region_state.account
    check_website(WebsiteURL)
    if account.is_reviewed:
        raise say("ConflictException", None)
    case = None if account.details is None else account.details.case
    if case is None and ProductionAccessEnabled:
        what = f"case {region_state.account_id} {region_state.region} {region_state.simulation.draw()}"
        case = f"{int(region_state.simulation.ids.hex(what, 12), 16) % 10**15:015d}"
    account.details = Details(
        mail="marketing" if MailType == "MARKETING" else "transactional",
        website=WebsiteURL,
        language=None if ContactLanguage is None else "ja" if ContactLanguage == "JA" else "en",
        use=UseCaseDescription,
        contacts=tuple(AdditionalContactEmailAddresses),
        case=case,
    )


@v2("PutAccountVdmAttributes", does="modelled", keeps=("VdmAttributes.GuardianAttributes",))
def put_account_vdm_attributes(region_state: RegionState, *, VdmAttributes: Json) -> None:
    """Set the options of the Virtual Deliverability Manager. Missing options are disabled."""
    dashboard, guardian = VdmAttributes.get("DashboardAttributes") or {}, VdmAttributes.get("GuardianAttributes") or {}
    region_state.account.manager = DeliverabilityManager(
        VdmAttributes["VdmEnabled"] == "ENABLED",
        dashboard.get("EngagementMetrics") == "ENABLED",
        guardian.get("OptimizedSharedDelivery") == "ENABLED",
    )


@v2("PutAccountPricingAttributes", does="stored", texts="chosen")
def put_account_pricing_attributes(region_state: RegionState, *, Plan: str) -> None:
    """Choose a pricing plan. The first takes effect immediately, a later one next month."""
    if not region_state.account.pricing.choose(_PLANS[Plan], region_state.simulation.clock.time()):
        raise say("ConflictException", "A change of the pricing plan is already scheduled.")


def _quota(region_state: RegionState) -> Json:
    sent = region_state.meter.sent(region_state.simulation.clock.time())
    return {
        "Max24HourSend": region_state.account.quota,
        "MaxSendRate": region_state.account.rate,
        "SentLast24Hours": float(sent),
    }


def _show_details(account: Account, details: Details) -> Json:
    return {
        "MailType": details.mail.upper(),
        "WebsiteURL": details.website,
        "ContactLanguage": details.language and details.language.upper(),
        "UseCaseDescription": details.use,
        "AdditionalContactEmailAddresses": list(details.contacts) or None,
        "ReviewDetails": _show_review(account, details),
    }


def _show_review(account: Account, details: Details) -> Json | None:
    if not account.production and details.case is None:
        return None
    return {"Status": "GRANTED" if account.production else "PENDING", "CaseId": details.case}


def _show_manager(manager: DeliverabilityManager) -> Json:
    shown: Json = {"VdmEnabled": _SWITCH[manager.enabled]}
    if manager.enabled:
        shown["DashboardAttributes"] = {"EngagementMetrics": _SWITCH[manager.engagement]}
        shown["GuardianAttributes"] = {"OptimizedSharedDelivery": _SWITCH[manager.optimized]}
    return shown
