"""The option groups of configuration sets.

Each group has a ``set_`` function, which stores the keys of SESv2, and a ``show_`` function, which returns them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.ses import configuration_sets
from pytest_sesfake.ses.configuration_sets import Tracking, Validation

if TYPE_CHECKING:
    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.configuration_sets import ConfigurationSet
    from pytest_sesfake.ses.simulation import RegionState

_SWITCH = {True: "ENABLED", False: "DISABLED"}
_SCHEMES: dict[str, Json] = {
    "none": {"DefaultScheme": {}},
    "smime": {"SmimeScheme": {"SignatureFormat": "DETACHED"}},
}


def set_tracking(region_state: RegionState, chosen: ConfigurationSet, given: Json) -> None:
    """Set the custom domain that tracks opens and clicks. Without one, a domain of SES tracks them."""
    domain, policy = given.get("CustomRedirectDomain"), given.get("HttpsPolicy")
    if domain is None and policy is None:
        chosen.tracking = None
        return
    if domain is None or not domain.strip():
        raise say("BadRequestException", "CustomRedirectDomain must be specified.")
    configuration_sets.check_redirect(region_state, domain)
    chosen.tracking = Tracking(domain, _lower(policy))


def show_tracking(chosen: ConfigurationSet) -> Json | None:
    """Return the custom tracking domain, ``None`` if SES's own domain tracks."""
    found = chosen.tracking
    return None if found is None else {"CustomRedirectDomain": found.domain, "HttpsPolicy": _upper(found.https)}


def set_delivery(region_state: RegionState, chosen: ConfigurationSet, given: Json) -> None:
    """Set all delivery options. Missing options are reset, except the delivery mode of the shared IP pool."""
    pool = given.get("SendingPoolName")
    if pool is not None:
        if not pool.strip():
            raise say("BadRequestException", "sendingPoolName can't be blank.")
        if not configuration_sets.has_pool(region_state, pool):
            raise say("BadRequestException", f"SendingPool <{pool}> doesn't exist")
    chosen.tls_required = given.get("TlsPolicy") == "REQUIRE"
    chosen.pool = pool
    chosen.max_delivery_seconds = given.get("MaxDeliverySeconds")
    mode = given.get("SharedPoolDeliveryMode")
    if mode is not None:
        chosen.shared_pool_delivery = _lower(mode)


def show_delivery(chosen: ConfigurationSet) -> Json:
    """Return the delivery options."""
    return {
        "TlsPolicy": "REQUIRE" if chosen.tls_required else "OPTIONAL",
        "SendingPoolName": chosen.pool,
        "MaxDeliverySeconds": chosen.max_delivery_seconds,
        "SharedPoolDeliveryMode": _upper(chosen.shared_pool_delivery),
    }


def set_suppression(chosen: ConfigurationSet, given: Json) -> None:
    """Set the suppression reasons, list and validation. Missing reasons and a missing threshold keep their values."""
    reasons = given.get("SuppressedReasons")
    if reasons is not None:
        chosen.suppressed_reasons = frozenset(reasons)
    chosen.scope = _lower(given.get("SuppressionScope"))
    validation = given.get("ValidationOptions")
    chosen.validation = None if validation is None else read_validation(validation, chosen.validation)


def show_suppression(chosen: ConfigurationSet) -> Json | None:
    """Return the suppression options, ``None`` if all of them come from the account."""
    reasons, validation = chosen.suppressed_reasons, chosen.validation
    if reasons is None and chosen.scope is None and validation is None:
        return None
    shown: Json = {"SuppressedReasons": None if reasons is None else sorted(reasons)}
    if chosen.scope is not None:
        shown["SuppressionScope"] = _upper(chosen.scope)
    if validation is not None:
        shown["ValidationOptions"] = show_validation(validation)
    return shown


def read_validation(given: Json, before: Validation | None) -> Validation:
    """Return the address validation of a configuration set or the account. A missing threshold keeps its value."""
    condition = given["ConditionThreshold"]
    threshold = (condition.get("OverallConfidenceThreshold") or {}).get("ConfidenceVerdictThreshold")
    kept = None if before is None else before.threshold
    return Validation(condition["ConditionThresholdEnabled"] == "ENABLED", _lower(threshold) or kept)


def show_validation(validation: Validation) -> Json:
    """Return the options of address validation."""
    threshold = validation.threshold and {"ConfidenceVerdictThreshold": _upper(validation.threshold)}
    return {
        "ConditionThreshold": {
            "ConditionThresholdEnabled": _SWITCH[validation.enabled],
            "OverallConfidenceThreshold": threshold,
        }
    }


def set_vdm(chosen: ConfigurationSet, given: Json) -> None:
    """Override the account's Virtual Deliverability Manager. Missing options follow the account again."""
    engagement = (given.get("DashboardOptions") or {}).get("EngagementMetrics")
    optimized = (given.get("GuardianOptions") or {}).get("OptimizedSharedDelivery")
    chosen.engagement_metrics = None if engagement is None else engagement == "ENABLED"
    chosen.optimized_delivery = None if optimized is None else optimized == "ENABLED"


def show_vdm(chosen: ConfigurationSet) -> Json | None:
    """Return the options that override the account."""
    shown: Json = {}
    if chosen.engagement_metrics is not None:
        shown["DashboardOptions"] = {"EngagementMetrics": _SWITCH[chosen.engagement_metrics]}
    if chosen.optimized_delivery is not None:
        shown["GuardianOptions"] = {"OptimizedSharedDelivery": _SWITCH[chosen.optimized_delivery]}
    return shown or None


def set_security(chosen: ConfigurationSet, given: Json) -> None:
    """Set how messages are signed. Missing options keep their values."""
    scheme = given.get("SigningScheme")
    if scheme is None:
        return
    if len(scheme) != 1:
        raise say("BadRequestException", "Exactly one of DefaultScheme and SmimeScheme must be specified.")
    chosen.signing = "smime" if "SmimeScheme" in scheme else "none"


def show_security(chosen: ConfigurationSet) -> Json | None:
    """Return how messages are signed, ``None`` if it was never set."""
    return chosen.signing and {"SigningScheme": _SCHEMES[chosen.signing]}


def _lower(word: str | None) -> Any:
    return None if word is None else word.lower()


def _upper(word: str | None) -> str | None:
    return None if word is None else word.upper()
