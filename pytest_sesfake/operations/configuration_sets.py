"""Configuration sets: create, list, change and delete them.

https://docs.aws.amazon.com/ses/latest/APIReference/API_DescribeConfigurationSet.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetConfigurationSet.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.operations import configuration_options as options
from pytest_sesfake.operations.event_destinations import V1, show
from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v1, v2
from pytest_sesfake.operations.tags import read_tags, show_tags
from pytest_sesfake.ses import configuration_sets
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.collection import BadToken, page
from pytest_sesfake.ses.configuration_sets import Tracking
from pytest_sesfake.ses.refusals import Invalid
from pytest_sesfake.ses.suppression import REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.configuration_sets import ConfigurationSet
    from pytest_sesfake.ses.simulation import RegionState

_MOST_LISTED = 1000
_CONTAINS = "CONFIGURATION_SET_NAME_CONTAINS"
_LEAST_CONTAINED, _MOST_CONTAINED = 3, 64


@v1("DeleteConfigurationSet", does="modelled", texts=("recorded", "reported"))
@v2("DeleteConfigurationSet", does="modelled", texts="reported")
def delete_configuration_set(region_state: RegionState, *, ConfigurationSetName: str) -> None:
    """Delete a configuration set and its event destinations."""
    configuration_sets.remove(region_state, ConfigurationSetName)


# Version 1


@v1("CreateConfigurationSet", does="modelled", texts=("reported", "chosen"))
def create_configuration_set(region_state: RegionState, *, ConfigurationSet: Json) -> None:
    """Create a configuration set. In v1, its reputation metrics start disabled."""
    made = configuration_sets.ConfigurationSet(ConfigurationSet["Name"], reputation_metrics=False)
    try:
        configuration_sets.check_name(made.name)
    except Invalid as refusal:
        raise say("InvalidConfigurationSet", refusal.text) from None
    configuration_sets.add(region_state, made)


@v1("DescribeConfigurationSet", does="modelled", texts=("recorded", "reported"))
def describe_configuration_set(
    region_state: RegionState, *, ConfigurationSetName: str, ConfigurationSetAttributeNames: Sequence[str] = ()
) -> Json:
    """Describe a configuration set: its name, and the parts that the call asks for."""
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    known = (destination for destination in chosen.destinations.values() if destination.kind in V1.kinds)
    tracking = chosen.tracking
    parts: Json = {
        "eventDestinations": {"EventDestinations": [show(V1, destination) for destination in known]},
        "trackingOptions": {"TrackingOptions": tracking and {"CustomRedirectDomain": tracking.domain}},
        "deliveryOptions": {"DeliveryOptions": {"TlsPolicy": "Require" if chosen.tls_required else "Optional"}},
        "reputationOptions": {
            "ReputationOptions": {
                "SendingEnabled": chosen.sending,
                "ReputationMetricsEnabled": chosen.reputation_metrics,
                "LastFreshStart": _instant(chosen.fresh_start),
            }
        },
    }
    found: Json = {"ConfigurationSet": {"Name": chosen.name}}
    for name in ConfigurationSetAttributeNames:
        found.update(parts[name])
    return found


@v1("ListConfigurationSets", does="modelled", texts="chosen")
def list_configuration_sets(
    region_state: RegionState, *, NextToken: str | None = None, MaxItems: int | None = None
) -> Json:
    """List the configuration sets, oldest first."""
    size = MaxItems if MaxItems is not None and MaxItems > 0 else None
    shown, following = region_state.configuration_sets.page(size, NextToken, most=_MOST_LISTED)
    return {"ConfigurationSets": [{"Name": chosen.name} for chosen in shown], "NextToken": following}


@v1("PutConfigurationSetDeliveryOptions", does="stored", texts=("recorded", "reported"))
def put_configuration_set_delivery_options(
    region_state: RegionState, *, ConfigurationSetName: str, DeliveryOptions: Json | None = None
) -> None:
    """Set whether TLS is required. Without options it is optional."""
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    chosen.tls_required = (DeliveryOptions or {}).get("TlsPolicy") == "Require"


@v1("UpdateConfigurationSetReputationMetricsEnabled", does="stored", texts=("recorded", "reported"))
def update_configuration_set_reputation_metrics_enabled(
    region_state: RegionState, *, ConfigurationSetName: str, Enabled: bool
) -> None:
    """Enable or disable the reputation metrics."""
    configuration_sets.find(region_state, ConfigurationSetName).reputation_metrics = Enabled


@v1("UpdateConfigurationSetSendingEnabled", does="modelled", texts=("recorded", "reported"))
def update_configuration_set_sending_enabled(
    region_state: RegionState, *, ConfigurationSetName: str, Enabled: bool
) -> None:
    """Enable or disable sending."""
    configuration_sets.find(region_state, ConfigurationSetName).switch(
        sending=Enabled, at=region_state.simulation.clock.time()
    )


@v1("CreateConfigurationSetTrackingOptions", does="stored", texts=("recorded", "reported"))
def create_configuration_set_tracking_options(
    region_state: RegionState, *, ConfigurationSetName: str, TrackingOptions: Json
) -> None:
    """Add a custom domain that tracks opens and clicks. Refuse if there already is one."""
    domain = _redirect_v1(region_state, TrackingOptions)
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    if chosen.tracking is not None:
        text = f"Configuration set <{chosen.name}> already has tracking options."
        raise say("TrackingOptionsAlreadyExistsException", text, ConfigurationSetName=chosen.name)
    chosen.tracking = Tracking(domain)


@v1("UpdateConfigurationSetTrackingOptions", does="stored", texts=("recorded", "reported"))
def update_configuration_set_tracking_options(
    region_state: RegionState, *, ConfigurationSetName: str, TrackingOptions: Json
) -> None:
    """Change the custom domain that tracks opens and clicks."""
    domain = _redirect_v1(region_state, TrackingOptions)
    _tracking_v1(configuration_sets.find(region_state, ConfigurationSetName)).domain = domain


@v1("DeleteConfigurationSetTrackingOptions", does="stored", texts=("recorded", "reported"))
def delete_configuration_set_tracking_options(region_state: RegionState, *, ConfigurationSetName: str) -> None:
    """Remove the custom tracking domain. A domain of SES tracks opens and clicks again."""
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    _tracking_v1(chosen)
    chosen.tracking = None


def _redirect_v1(region_state: RegionState, given: Json) -> str:
    domain: str = given.get("CustomRedirectDomain") or ""
    if not domain.strip():
        raise say("InvalidTrackingOptions", "At least one field of TrackingOptions must contain a value.")
    try:
        configuration_sets.check_redirect(region_state, domain)
    except Invalid as refusal:
        raise say("InvalidTrackingOptions", refusal.text) from None
    return domain


def _tracking_v1(chosen: ConfigurationSet) -> Tracking:
    if chosen.tracking is None:
        text = f"There are no tracking options for configuration set <{chosen.name}>"
        raise say("TrackingOptionsDoesNotExistException", text, ConfigurationSetName=chosen.name)
    return chosen.tracking


# Version 2


@v2(
    "CreateConfigurationSet",
    does="modelled",
    texts=("reported", "chosen"),
    keeps=(
        "TrackingOptions",
        "DeliveryOptions.TlsPolicy",
        "DeliveryOptions.SharedPoolDeliveryMode",
        "ReputationOptions",
        "SuppressionOptions.ValidationOptions",
        "VdmOptions.GuardianOptions",
        "ArchivingOptions",
        "MessageSecurityOptions",
    ),
)
def create_configuration_set_v2(
    region_state: RegionState,
    *,
    ConfigurationSetName: str,
    TrackingOptions: Json | None = None,
    DeliveryOptions: Json | None = None,
    ReputationOptions: Json | None = None,
    SendingOptions: Json | None = None,
    Tags: Sequence[Json] = (),
    SuppressionOptions: Json | None = None,
    VdmOptions: Json | None = None,
    ArchivingOptions: Json | None = None,
    MessageSecurityOptions: Json | None = None,
) -> None:
    """Create a configuration set, with options."""
    configuration_sets.check_name(ConfigurationSetName)
    tags = read_tags(Tags)
    made = configuration_sets.ConfigurationSet(ConfigurationSetName)
    if SuppressionOptions is not None:
        if not SuppressionOptions:
            raise say("InternalFailure", "An internal failure has occurred.")  # SES does the same
        options.set_suppression(made, SuppressionOptions)
    options.set_tracking(region_state, made, TrackingOptions or {})
    options.set_delivery(region_state, made, DeliveryOptions or {})
    options.set_vdm(made, VdmOptions or {})
    made.archive = (ArchivingOptions or {}).get("ArchiveArn")
    options.set_security(made, MessageSecurityOptions or {})
    # For these two, an empty structure means false.
    if SendingOptions is not None:
        made.sending = SendingOptions.get("SendingEnabled", False)
    if ReputationOptions is not None:
        made.reputation_metrics = ReputationOptions.get("ReputationMetricsEnabled", False)
        start = ReputationOptions.get("LastFreshStart")
        made.fresh_start = start.timestamp() if start is not None else None
    configuration_sets.add(region_state, made)
    region_state.tags.put(configuration_sets.arn(region_state, made.name), tags)


@v2("GetConfigurationSet", does="modelled", texts="reported")
def get_configuration_set(region_state: RegionState, *, ConfigurationSetName: str) -> Json:
    """Describe a configuration set with all its options, without its event destinations."""
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    found: Json = {
        "ConfigurationSetName": chosen.name,
        "TrackingOptions": options.show_tracking(chosen),
        "DeliveryOptions": options.show_delivery(chosen),
        "ReputationOptions": {
            "ReputationMetricsEnabled": chosen.reputation_metrics,
            "LastFreshStart": _instant(chosen.fresh_start),
        },
        "SendingOptions": {"SendingEnabled": chosen.sending},
        "Tags": show_tags(region_state, configuration_sets.arn(region_state, chosen.name)),
        "SuppressionOptions": options.show_suppression(chosen),
        "VdmOptions": options.show_vdm(chosen),
        "ArchivingOptions": chosen.archive and {"ArchiveArn": chosen.archive},
        "MessageSecurityOptions": options.show_security(chosen),
    }
    # Older service models lack some groups.
    return {group: shown for group, shown in found.items() if shown is not None}


@v2("ListConfigurationSets", does="modelled", texts="reported")
def list_configuration_sets_v2(
    region_state: RegionState, *, Filter: Json | None = None, NextToken: str | None = None, PageSize: int | None = None
) -> Json:
    """List the names of configuration sets, oldest first: all, or those that contain a text."""
    if PageSize is not None and not 1 <= PageSize <= _MOST_LISTED:
        raise say("BadRequestException", f"The page size must be between 1 and {_MOST_LISTED}")
    part: str = (Filter or {}).get(_CONTAINS) or ""
    if part and not _LEAST_CONTAINED <= len(part) <= _MOST_CONTAINED:
        text = f"{_CONTAINS} must be between {_LEAST_CONTAINED} and {_MOST_CONTAINED} characters"
        raise say("BadRequestException", text)
    part = part.lower()
    names = [(chosen.name, chosen.name) for chosen in region_state.configuration_sets if part in chosen.name.lower()]
    kind = f"{region_state.configuration_sets.kind} {part}" if part else region_state.configuration_sets.kind
    try:
        shown, following = page(names, PageSize, NextToken, kind=kind, most=_MOST_LISTED)
    except BadToken:
        raise say("BadRequestException", f"invalid nextToken {NextToken}") from None
    return {"ConfigurationSets": shown, "NextToken": following}


@v2("UpdateConfigurationSet", does="stored", texts=("reported", "chosen"))
def update_configuration_set(
    region_state: RegionState, *, ConfigurationSetName: str, MessageSecurityOptions: Json | None = None
) -> None:
    """Change how messages are signed. Missing options keep their values."""
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    options.set_security(chosen, MessageSecurityOptions or {})


@v2("PutConfigurationSetArchivingOptions", does="stored", texts="reported")
def put_configuration_set_archiving_options(
    region_state: RegionState, *, ConfigurationSetName: str, ArchiveArn: str | None = None
) -> None:
    """Set or remove the archive for the messages of a configuration set."""
    configuration_sets.find(region_state, ConfigurationSetName).archive = ArchiveArn


@v2(
    "PutConfigurationSetDeliveryOptions",
    does="modelled",
    texts="reported",
    keeps=("TlsPolicy", "SharedPoolDeliveryMode"),
)
def put_configuration_set_delivery_options_v2(
    region_state: RegionState,
    *,
    ConfigurationSetName: str,
    TlsPolicy: str | None = None,
    SendingPoolName: str | None = None,
    MaxDeliverySeconds: int | None = None,
    SharedPoolDeliveryMode: str | None = None,
) -> None:
    """Set all delivery options. Missing options are reset, except the delivery mode of the shared IP pool."""
    given = {
        "TlsPolicy": TlsPolicy,
        "SendingPoolName": SendingPoolName,
        "MaxDeliverySeconds": MaxDeliverySeconds,
        "SharedPoolDeliveryMode": SharedPoolDeliveryMode,
    }
    options.set_delivery(region_state, configuration_sets.find(region_state, ConfigurationSetName), given)


@v2("PutConfigurationSetReputationOptions", does="stored", texts="reported")
def put_configuration_set_reputation_options(
    region_state: RegionState, *, ConfigurationSetName: str, ReputationMetricsEnabled: bool = False
) -> None:
    """Enable or disable the reputation metrics."""
    configuration_sets.find(region_state, ConfigurationSetName).reputation_metrics = ReputationMetricsEnabled


@v2("PutConfigurationSetSendingOptions", does="modelled", texts="reported")
def put_configuration_set_sending_options(
    region_state: RegionState, *, ConfigurationSetName: str, SendingEnabled: bool = False
) -> None:
    """Enable or disable sending."""
    configuration_sets.find(region_state, ConfigurationSetName).switch(
        sending=SendingEnabled, at=region_state.simulation.clock.time()
    )


@v2("PutConfigurationSetSuppressionOptions", does="modelled", texts="reported", keeps=("ValidationOptions",))
def put_configuration_set_suppression_options(
    region_state: RegionState,
    *,
    ConfigurationSetName: str,
    SuppressionScope: str | None = None,
    SuppressedReasons: Sequence[str] | None = None,
    ValidationOptions: Json | None = None,
) -> None:
    """Override the account's suppression options. Without any option, no suppression reason applies."""
    wrong = next((reason for reason in SuppressedReasons or () if reason not in REASONS), None)
    if wrong is not None:
        raise say("BadRequestException", f"Reason {wrong} is invalid, must be one of [{', '.join(REASONS)}].")
    given: Json = {
        "SuppressionScope": SuppressionScope,
        "SuppressedReasons": SuppressedReasons,
        "ValidationOptions": ValidationOptions,
    }
    if all(option is None for option in given.values()):
        given["SuppressedReasons"] = ()
    options.set_suppression(configuration_sets.find(region_state, ConfigurationSetName), given)


@v2("PutConfigurationSetTrackingOptions", does="stored", texts="reported")
def put_configuration_set_tracking_options(
    region_state: RegionState,
    *,
    ConfigurationSetName: str,
    CustomRedirectDomain: str | None = None,
    HttpsPolicy: str | None = None,
) -> None:
    """Set the custom domain that tracks opens and clicks. Without one, a domain of SES tracks them."""
    given = {"CustomRedirectDomain": CustomRedirectDomain, "HttpsPolicy": HttpsPolicy}
    options.set_tracking(region_state, configuration_sets.find(region_state, ConfigurationSetName), given)


@v2("PutConfigurationSetVdmOptions", does="modelled", texts="reported", keeps=("VdmOptions.GuardianOptions",))
def put_configuration_set_vdm_options(
    region_state: RegionState, *, ConfigurationSetName: str, VdmOptions: Json | None = None
) -> None:
    """Override the account's options of the Virtual Deliverability Manager."""
    options.set_vdm(configuration_sets.find(region_state, ConfigurationSetName), VdmOptions or {})


def _instant(at: float | None) -> datetime | None:
    return None if at is None else moment(at)
