"""The options of configuration sets, group by group, and how each version shows what the other has set."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_ses import SESClient
    from mypy_boto3_ses.literals import ConfigurationSetAttributeType
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
ARCHIVE = "arn:aws:ses:us-east-1:123456789012:mailmanager-archive/a-" + "a" * 26
VIOLATION = "1 validation error detected: Value at '{}' failed to satisfy constraint: {}"
TRACKING: dict[str, Any] = {"TrackingOptions": {"CustomRedirectDomain": "example.com"}}


def without_headers(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def seen(v2: SESV2Client, name: str = "news") -> dict[str, Any]:
    """Return what SESv2 shows of a set."""
    return without_headers(v2.get_configuration_set(ConfigurationSetName=name))


def described(v1: SESClient, *parts: ConfigurationSetAttributeType) -> dict[str, Any]:
    """Return what SES shows of a set."""
    return without_headers(
        v1.describe_configuration_set(ConfigurationSetName="news", ConfigurationSetAttributeNames=parts)
    )


# Sending and reputation


def test_sending_is_switched_by_both_versions(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")

    v1.update_configuration_set_sending_enabled(ConfigurationSetName="news", Enabled=False)
    assert seen(v2)["SendingOptions"] == {"SendingEnabled": False}
    with pytest.raises(v2.exceptions.SendingPausedException):
        send(v2)
    v2.put_configuration_set_sending_options(ConfigurationSetName="news", SendingEnabled=True)
    assert described(v1, "reputationOptions")["ReputationOptions"]["SendingEnabled"] is True
    send(v2)
    v2.put_configuration_set_sending_options(ConfigurationSetName="news")
    assert seen(v2)["SendingOptions"] == {"SendingEnabled": False}
    assert len(sesfake.outbox) == 1


def send(v2: SESV2Client, name: str = "news") -> None:
    send_email(v2, ConfigurationSetName=name)


def test_switching_sending_on_again_is_a_fresh_start(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    v2.create_configuration_set(ConfigurationSetName="news")
    v1.update_configuration_set_sending_enabled(ConfigurationSetName="news", Enabled=True)
    assert "LastFreshStart" not in seen(v2)["ReputationOptions"]

    v1.update_configuration_set_sending_enabled(ConfigurationSetName="news", Enabled=False)
    sesfake.clock.advance(hours=1)
    v2.put_configuration_set_sending_options(ConfigurationSetName="news", SendingEnabled=True)

    started = NOON + timedelta(hours=1)
    assert seen(v2)["ReputationOptions"]["LastFreshStart"] == started
    assert described(v1, "reputationOptions")["ReputationOptions"]["LastFreshStart"] == started


def test_metrics_are_switched_by_both_versions(v1: SESClient, v2: SESV2Client) -> None:
    v1.create_configuration_set(ConfigurationSet={"Name": "news"})

    v1.update_configuration_set_reputation_metrics_enabled(ConfigurationSetName="news", Enabled=True)
    assert seen(v2)["ReputationOptions"] == {"ReputationMetricsEnabled": True}
    v2.put_configuration_set_reputation_options(ConfigurationSetName="news", ReputationMetricsEnabled=False)
    assert described(v1, "reputationOptions")["ReputationOptions"]["ReputationMetricsEnabled"] is False


# Delivery


def test_v2_replaces_all_delivery_options_and_v1_only_the_policy(v1: SESClient, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")

    v2.put_configuration_set_delivery_options(
        ConfigurationSetName="news", TlsPolicy="REQUIRE", SendingPoolName="ses-shared-pool", MaxDeliverySeconds=50_400
    )
    assert described(v1, "deliveryOptions")["DeliveryOptions"] == {"TlsPolicy": "Require"}
    v1.put_configuration_set_delivery_options(ConfigurationSetName="news")
    assert seen(v2)["DeliveryOptions"] == {
        "TlsPolicy": "OPTIONAL",
        "SendingPoolName": "ses-shared-pool",
        "MaxDeliverySeconds": 50_400,
    }
    v1.put_configuration_set_delivery_options(ConfigurationSetName="news", DeliveryOptions={"TlsPolicy": "Require"})
    assert seen(v2)["DeliveryOptions"]["TlsPolicy"] == "REQUIRE"
    v2.put_configuration_set_delivery_options(ConfigurationSetName="news")
    assert seen(v2)["DeliveryOptions"] == {"TlsPolicy": "OPTIONAL"}


@pytest.mark.usefixtures("newest_model")
def test_of_all_delivery_options_a_mode_that_is_not_given_stays(v1: SESClient, v2: Any) -> None:
    v2.create_configuration_set(
        ConfigurationSetName="news", DeliveryOptions={"SharedPoolDeliveryMode": "REGIONAL", "MaxDeliverySeconds": 300}
    )
    v2.put_configuration_set_delivery_options(ConfigurationSetName="news")
    v1.put_configuration_set_delivery_options(ConfigurationSetName="news")
    assert seen(v2)["DeliveryOptions"] == {"TlsPolicy": "OPTIONAL", "SharedPoolDeliveryMode": "REGIONAL"}

    v2.put_configuration_set_delivery_options(ConfigurationSetName="news", SharedPoolDeliveryMode="ACCOUNT")
    assert seen(v2)["DeliveryOptions"]["SharedPoolDeliveryMode"] == "ACCOUNT"


@pytest.mark.parametrize(
    "options, text",
    [
        ({"SendingPoolName": " "}, "sendingPoolName can't be blank."),
        (
            {"MaxDeliverySeconds": 299},
            VIOLATION.format("maxDeliverySeconds", "Member must have value greater than or equal to 300"),
        ),
        (
            {"TlsPolicy": "ALWAYS"},
            VIOLATION.format("tlsPolicy", "Member must satisfy enum value set: [OPTIONAL, REQUIRE]"),
        ),
    ],
)
def test_v2_refuses_wrong_delivery_options(
    refused: Callable[..., object], loose_v2: SESV2Client, options: dict[str, Any], text: str
) -> None:
    loose_v2.create_configuration_set(ConfigurationSetName="news")

    assert refused(
        lambda: loose_v2.put_configuration_set_delivery_options(ConfigurationSetName="news", **options),
        loose_v2.exceptions.BadRequestException,
    ) == ("BadRequestException", 400, text)


def test_v1_refuses_a_wrong_policy(refused: Callable[..., object], v1: SESClient) -> None:
    options: Any = {"TlsPolicy": "Always"}

    assert refused(
        lambda: v1.put_configuration_set_delivery_options(ConfigurationSetName="news", DeliveryOptions=options)
    ) == (
        "ValidationError",
        400,
        VIOLATION.format("deliveryOptions.tlsPolicy", "Member must satisfy enum value set: [Optional, Require]"),
    )


# Tracking


def test_v1_creates_updates_and_deletes_the_tracking_that_v2_shows(v1: SESClient, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")

    v1.create_configuration_set_tracking_options(
        ConfigurationSetName="news", TrackingOptions={"CustomRedirectDomain": "a.example.com"}
    )
    assert seen(v2)["TrackingOptions"] == {"CustomRedirectDomain": "a.example.com"}
    v2.put_configuration_set_tracking_options(
        ConfigurationSetName="news", CustomRedirectDomain="b.example.com", HttpsPolicy="REQUIRE_OPEN_ONLY"
    )
    assert described(v1, "trackingOptions")["TrackingOptions"] == {"CustomRedirectDomain": "b.example.com"}
    v1.update_configuration_set_tracking_options(
        ConfigurationSetName="news", TrackingOptions={"CustomRedirectDomain": "c.example.com"}
    )
    assert seen(v2)["TrackingOptions"] == {"CustomRedirectDomain": "c.example.com", "HttpsPolicy": "REQUIRE_OPEN_ONLY"}
    v1.delete_configuration_set_tracking_options(ConfigurationSetName="news")
    assert "TrackingOptions" not in seen(v2)
    assert "TrackingOptions" not in described(v1, "trackingOptions")


def test_v1_creates_tracking_where_there_is_none_and_changes_it_where_there_is(
    refused: Callable[..., object], v1: SESClient, v2: SESV2Client
) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")

    text = "There are no tracking options for configuration set <news>"
    missing = v1.exceptions.TrackingOptionsDoesNotExistException
    for call in (
        lambda: v1.update_configuration_set_tracking_options(ConfigurationSetName="news", **TRACKING),
        lambda: v1.delete_configuration_set_tracking_options(ConfigurationSetName="news"),
    ):
        assert refused(call, missing) == ("TrackingOptionsDoesNotExistException", 400, text)
    v2.put_configuration_set_tracking_options(ConfigurationSetName="news", CustomRedirectDomain="example.com")
    assert refused(
        lambda: v1.create_configuration_set_tracking_options(ConfigurationSetName="news", **TRACKING),
        v1.exceptions.TrackingOptionsAlreadyExistsException,
    ) == ("TrackingOptionsAlreadyExistsException", 400, "Configuration set <news> already has tracking options.")
    v2.put_configuration_set_tracking_options(ConfigurationSetName="news")
    v1.create_configuration_set_tracking_options(ConfigurationSetName="news", **TRACKING)


def test_tracking_needs_a_domain(refused: Callable[..., object], v1: SESClient, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")

    assert refused(
        lambda: v1.create_configuration_set_tracking_options(
            ConfigurationSetName="news", TrackingOptions={"CustomRedirectDomain": ""}
        ),
        v1.exceptions.InvalidTrackingOptionsException,
    ) == ("InvalidTrackingOptions", 400, "At least one field of TrackingOptions must contain a value.")
    for call in (
        lambda: v2.put_configuration_set_tracking_options(ConfigurationSetName="news", HttpsPolicy="REQUIRE"),
        lambda: v2.put_configuration_set_tracking_options(ConfigurationSetName="news", CustomRedirectDomain=" "),
    ):
        assert refused(call) == ("BadRequestException", 400, "CustomRedirectDomain must be specified.")


@pytest.mark.sesfake(verified=["example.com", "me@elsewhere.org"])
def test_tracking_needs_a_verified_domain(refused: Callable[..., object], v1: SESClient, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")

    text = "Domain <elsewhere.org> is not verified under this account."
    options: Any = {"CustomRedirectDomain": "elsewhere.org"}
    for name in ("news", "none"):  # the domain is looked at first
        for call in (v1.create_configuration_set_tracking_options, v1.update_configuration_set_tracking_options):
            with pytest.raises(v1.exceptions.InvalidTrackingOptionsException, match=f"{text}$"):
                call(ConfigurationSetName=name, TrackingOptions=options)
    assert refused(lambda: v2.put_configuration_set_tracking_options(ConfigurationSetName="news", **options)) == (
        "BadRequestException",
        400,
        text,
    )
    assert refused(lambda: v2.create_configuration_set(ConfigurationSetName="b", TrackingOptions=options)) == (
        "BadRequestException",
        400,
        text,
    )
    v2.put_configuration_set_tracking_options(ConfigurationSetName="news", CustomRedirectDomain="t.example.com")
    assert v2.list_configuration_sets()["ConfigurationSets"] == ["news"]


# Suppression


@pytest.mark.sesfake(suppression=[])
def test_the_reasons_of_a_set_count_for_its_messages(sesfake: SesFake, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news", SuppressionOptions={"SuppressedReasons": ["BOUNCE"]})
    v2.create_configuration_set(ConfigurationSetName="other")
    sesfake.suppress("ada@example.com")

    send(v2, name="news")
    send(v2, name="other")
    v2.put_configuration_set_suppression_options(ConfigurationSetName="news", SuppressedReasons=[])
    send(v2, name="news")

    assert [message.status["ada@example.com"] for message in sesfake.outbox] == ["Suppressed", "Delivered", "Delivered"]


def test_an_empty_list_is_not_the_accounts(sesfake: SesFake, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")
    assert "SuppressionOptions" not in seen(v2)
    sesfake.suppress("ada@example.com")

    send(v2)
    v2.put_configuration_set_suppression_options(ConfigurationSetName="news")
    assert seen(v2)["SuppressionOptions"] == {"SuppressedReasons": []}
    send(v2)

    assert [message.status["ada@example.com"] for message in sesfake.outbox] == ["Suppressed", "Delivered"]


def test_a_wrong_reason_has_words_of_its_own_where_it_is_put(refused: Callable[..., object], v2: SESV2Client) -> None:
    spam: list[Any] = ["SPAM"]
    v2.create_configuration_set(ConfigurationSetName="news")

    assert refused(
        lambda: v2.put_configuration_set_suppression_options(ConfigurationSetName="news", SuppressedReasons=spam),
        v2.exceptions.BadRequestException,
    ) == ("BadRequestException", 400, "Reason SPAM is invalid, must be one of [BOUNCE, COMPLAINT].")
    assert refused(
        lambda: v2.create_configuration_set(ConfigurationSetName="b", SuppressionOptions={"SuppressedReasons": spam})
    ) == (
        "BadRequestException",
        400,
        VIOLATION.format(
            "suppressionOptions.suppressedReasons",
            "Member must satisfy constraint: [Member must satisfy enum value set: [BOUNCE, COMPLAINT]]",
        ),
    )


def test_validation_keeps_its_threshold_when_it_is_switched_off(v2: SESV2Client) -> None:
    def put(condition: dict[str, Any]) -> object:
        options: dict[str, Any] = {"ValidationOptions": {"ConditionThreshold": condition}}
        v2.put_configuration_set_suppression_options(ConfigurationSetName="news", **options)
        return seen(v2)["SuppressionOptions"]["ValidationOptions"]["ConditionThreshold"]

    v2.create_configuration_set(ConfigurationSetName="news")
    threshold = {"OverallConfidenceThreshold": {"ConfidenceVerdictThreshold": "MEDIUM"}}

    on = {"ConditionThresholdEnabled": "ENABLED", **threshold}
    assert put(on) == on
    assert put({"ConditionThresholdEnabled": "DISABLED"}) == {"ConditionThresholdEnabled": "DISABLED", **threshold}


# The other groups of v2


def test_the_deliverability_manager_is_overridden_and_given_back(v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")
    options: Any = {"DashboardOptions": {"EngagementMetrics": "DISABLED"}}

    v2.put_configuration_set_vdm_options(
        ConfigurationSetName="news", VdmOptions={"GuardianOptions": {"OptimizedSharedDelivery": "ENABLED"}}
    )
    assert seen(v2)["VdmOptions"] == {"GuardianOptions": {"OptimizedSharedDelivery": "ENABLED"}}
    v2.put_configuration_set_vdm_options(ConfigurationSetName="news", VdmOptions=options)
    assert seen(v2)["VdmOptions"] == options
    v2.put_configuration_set_vdm_options(ConfigurationSetName="news")
    assert "VdmOptions" not in seen(v2)


def test_an_archive_is_named_and_given_up(v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")

    v2.put_configuration_set_archiving_options(ConfigurationSetName="news", ArchiveArn=ARCHIVE)
    assert seen(v2)["ArchivingOptions"] == {"ArchiveArn": ARCHIVE}
    v2.put_configuration_set_archiving_options(ConfigurationSetName="news")
    assert "ArchivingOptions" not in seen(v2)


def test_the_signature_is_updated_and_stays_where_nothing_is_said(v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")

    v2.update_configuration_set(
        ConfigurationSetName="news", MessageSecurityOptions={"SigningScheme": {"SmimeScheme": {}}}
    )
    v2.update_configuration_set(ConfigurationSetName="news")
    assert seen(v2)["MessageSecurityOptions"] == {"SigningScheme": {"SmimeScheme": {"SignatureFormat": "DETACHED"}}}
    v2.update_configuration_set(
        ConfigurationSetName="news", MessageSecurityOptions={"SigningScheme": {"DefaultScheme": {}}}
    )
    assert seen(v2)["MessageSecurityOptions"] == {"SigningScheme": {"DefaultScheme": {}}}


def test_a_signature_has_one_scheme(refused: Callable[..., object], loose_v2: SESV2Client) -> None:
    loose_v2.create_configuration_set(ConfigurationSetName="news")

    assert refused(
        lambda: loose_v2.update_configuration_set(
            ConfigurationSetName="news",
            MessageSecurityOptions={"SigningScheme": {"DefaultScheme": {}, "SmimeScheme": {}}},
        )
    ) == ("BadRequestException", 400, "Exactly one of DefaultScheme and SmimeScheme must be specified.")
