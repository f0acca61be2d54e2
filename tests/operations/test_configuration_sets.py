"""Configuration sets: what each version makes of them, what the other sees of it, and what SES says to mistakes."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_ses import SESClient
    from mypy_boto3_ses.literals import ConfigurationSetAttributeType
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
ARCHIVE = "arn:aws:ses:us-east-1:123456789012:mailmanager-archive/a-" + "a" * 26
BAD_NAME = "Invalid configuration set name <{}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
PARTS: list[ConfigurationSetAttributeType] = [
    "eventDestinations",
    "trackingOptions",
    "deliveryOptions",
    "reputationOptions",
]


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


# Making, listing and removing


def test_a_new_set_of_v2_sends_and_is_measured(v1: SESClient, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")

    assert seen(v2) == {
        "ConfigurationSetName": "news",
        "DeliveryOptions": {"TlsPolicy": "OPTIONAL"},
        "ReputationOptions": {"ReputationMetricsEnabled": True},
        "SendingOptions": {"SendingEnabled": True},
        "Tags": [],
    }
    assert described(v1, *PARTS) == {
        "ConfigurationSet": {"Name": "news"},
        "EventDestinations": [],
        "DeliveryOptions": {"TlsPolicy": "Optional"},
        "ReputationOptions": {"SendingEnabled": True, "ReputationMetricsEnabled": True},
    }


def test_a_new_set_of_v1_is_not_measured(v1: SESClient, v2: SESV2Client) -> None:
    v1.create_configuration_set(ConfigurationSet={"Name": "news"})

    assert seen(v2)["ReputationOptions"] == {"ReputationMetricsEnabled": False}


def test_v1_describes_only_what_it_is_asked_for(v1: SESClient, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")

    assert described(v1) == {"ConfigurationSet": {"Name": "news"}}
    assert set(described(v1, "deliveryOptions")) == {"ConfigurationSet", "DeliveryOptions"}


def test_v2_makes_a_set_with_all_its_options_at_once(v2: SESV2Client) -> None:
    options: dict[str, Any] = {
        "TrackingOptions": {"CustomRedirectDomain": "t.example.com", "HttpsPolicy": "REQUIRE"},
        "DeliveryOptions": {"TlsPolicy": "REQUIRE", "SendingPoolName": "ses-shared-pool", "MaxDeliverySeconds": 300},
        "ReputationOptions": {"ReputationMetricsEnabled": False, "LastFreshStart": NOON},
        "SendingOptions": {"SendingEnabled": False},
        "Tags": [{"Key": "team", "Value": "blue"}, {"Key": "empty", "Value": ""}],
        "SuppressionOptions": {
            "SuppressedReasons": ["COMPLAINT"],
            "SuppressionScope": "TENANT",
            "ValidationOptions": {
                "ConditionThreshold": {
                    "ConditionThresholdEnabled": "ENABLED",
                    "OverallConfidenceThreshold": {"ConfidenceVerdictThreshold": "HIGH"},
                }
            },
        },
        "VdmOptions": {
            "DashboardOptions": {"EngagementMetrics": "ENABLED"},
            "GuardianOptions": {"OptimizedSharedDelivery": "DISABLED"},
        },
        "ArchivingOptions": {"ArchiveArn": ARCHIVE},
        "MessageSecurityOptions": {"SigningScheme": {"SmimeScheme": {"SignatureFormat": "DETACHED"}}},
    }

    v2.create_configuration_set(ConfigurationSetName="news", **options)

    assert seen(v2) == {"ConfigurationSetName": "news", **options}


def test_empty_structures_switch_sending_and_metrics_off(v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news", SendingOptions={}, ReputationOptions={})

    found = seen(v2)
    assert found["SendingOptions"] == {"SendingEnabled": False}
    assert found["ReputationOptions"] == {"ReputationMetricsEnabled": False}


def test_suppression_options_without_anything_in_them_break_ses(
    refused: Callable[..., object], sesfake: SesFake
) -> None:
    once = sesfake.client("sesv2", config=Config(retries={"total_max_attempts": 1}))

    assert refused(lambda: once.create_configuration_set(ConfigurationSetName="news", SuppressionOptions={})) == (
        "InternalFailure",
        500,
        "An internal failure has occurred.",
    )
    assert once.list_configuration_sets()["ConfigurationSets"] == []


def test_a_set_can_be_made_once(refused: Callable[..., object], v1: SESClient, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")

    assert refused(
        lambda: v1.create_configuration_set(ConfigurationSet={"Name": "news"}),
        v1.exceptions.ConfigurationSetAlreadyExistsException,
    ) == ("ConfigurationSetAlreadyExists", 400, "Configuration set news already exists.")
    assert refused(
        lambda: v2.create_configuration_set(ConfigurationSetName="news"), v2.exceptions.AlreadyExistsException
    ) == ("AlreadyExistsException", 400, "Configuration set news already exists.")


def test_a_set_that_was_made_by_one_version_is_removed_by_the_other(v1: SESClient, v2: SESV2Client) -> None:
    v1.create_configuration_set(ConfigurationSet={"Name": "a"})
    v2.create_configuration_set(ConfigurationSetName="b")

    v2.delete_configuration_set(ConfigurationSetName="a")
    v1.delete_configuration_set(ConfigurationSetName="b")

    assert v1.list_configuration_sets()["ConfigurationSets"] == []
    assert v2.list_configuration_sets()["ConfigurationSets"] == []


def test_a_set_that_is_made_again_has_nothing_of_the_old_one(v1: SESClient, v2: SESV2Client) -> None:
    v2.create_configuration_set(
        ConfigurationSetName="news", Tags=[{"Key": "a", "Value": "b"}], SendingOptions={"SendingEnabled": False}
    )
    v2.create_configuration_set_event_destination(
        ConfigurationSetName="news",
        EventDestinationName="d",
        EventDestination={
            "MatchingEventTypes": ["SEND"],
            "SnsDestination": {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t"},
        },
    )
    v1.delete_configuration_set(ConfigurationSetName="news")
    v2.create_configuration_set(ConfigurationSetName="news")

    found = seen(v2)
    assert (found["Tags"], found["SendingOptions"]) == ([], {"SendingEnabled": True})
    assert v2.get_configuration_set_event_destinations(ConfigurationSetName="news")["EventDestinations"] == []


def test_sets_stay_in_their_region(sesfake: SesFake, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="news")

    assert sesfake.client("sesv2", "eu-west-1").list_configuration_sets()["ConfigurationSets"] == []


TRACKING: dict[str, Any] = {"TrackingOptions": {"CustomRedirectDomain": "example.com"}}
TOPIC = {"SNSDestination": {"TopicARN": "arn:aws:sns:us-east-1:123456789012:t"}, "MatchingEventTypes": ["send"]}
OF_V1: list[tuple[str, dict[str, Any]]] = [
    ("delete_configuration_set", {}),
    ("describe_configuration_set", {}),
    ("put_configuration_set_delivery_options", {}),
    ("update_configuration_set_reputation_metrics_enabled", {"Enabled": True}),
    ("update_configuration_set_sending_enabled", {"Enabled": True}),
    ("create_configuration_set_tracking_options", TRACKING),
    ("update_configuration_set_tracking_options", TRACKING),
    ("delete_configuration_set_tracking_options", {}),
    ("create_configuration_set_event_destination", {"EventDestination": {"Name": "d", **TOPIC}}),
    ("update_configuration_set_event_destination", {"EventDestination": {"Name": "d", **TOPIC}}),
    ("delete_configuration_set_event_destination", {"EventDestinationName": "d"}),
]
DESTINATION = {
    "EventDestinationName": "d",
    "EventDestination": {
        "MatchingEventTypes": ["SEND"],
        "SnsDestination": {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t"},
    },
}
OF_V2: list[Any] = [
    ("delete_configuration_set", {}),
    ("get_configuration_set", {}),
    ("update_configuration_set", {}),
    ("put_configuration_set_archiving_options", {}),
    ("put_configuration_set_delivery_options", {}),
    ("put_configuration_set_reputation_options", {}),
    ("put_configuration_set_sending_options", {}),
    ("put_configuration_set_suppression_options", {}),
    ("put_configuration_set_tracking_options", {}),
    ("put_configuration_set_vdm_options", {}),
    ("create_configuration_set_event_destination", DESTINATION),
    ("update_configuration_set_event_destination", DESTINATION),
    ("delete_configuration_set_event_destination", {"EventDestinationName": "d"}),
    ("get_configuration_set_event_destinations", {}),
]


@pytest.mark.parametrize("operation, more", OF_V1)
def test_v1_misses_a_set(v1: SESClient, operation: str, more: dict[str, Any]) -> None:
    with pytest.raises(v1.exceptions.ConfigurationSetDoesNotExistException) as caught:
        getattr(v1, operation)(ConfigurationSetName="none", **more)

    assert caught.value.response["Error"]["Code"] == "ConfigurationSetDoesNotExist"
    assert caught.value.response["Error"]["Message"] == "Configuration set <none> does not exist."
    assert dict(caught.value.response)["ConfigurationSetName"] == "none"


@pytest.mark.parametrize("operation, more", OF_V2)
def test_v2_misses_a_set(refused: Callable[..., object], v2: SESV2Client, operation: str, more: dict[str, Any]) -> None:
    assert refused(
        lambda: getattr(v2, operation)(ConfigurationSetName="none", **more), v2.exceptions.NotFoundException
    ) == ("NotFoundException", 404, "Configuration set <none> does not exist.")


@pytest.mark.parametrize(
    "name, text",
    [
        ("bad name", BAD_NAME.format("bad name")),
        ("größe", BAD_NAME.format("größe")),
        ("n" * 65, "Configuration set name cannot exceed 64 characters."),
        ("", "Configuration set name must be specified."),
    ],
)
def test_a_name_has_its_rules(
    refused: Callable[..., object], v1: SESClient, v2: SESV2Client, name: str, text: str
) -> None:
    assert refused(
        lambda: v1.create_configuration_set(ConfigurationSet={"Name": name}),
        v1.exceptions.InvalidConfigurationSetException,
    ) == ("InvalidConfigurationSet", 400, text)
    assert refused(lambda: v1.describe_configuration_set(ConfigurationSetName=name)) == (
        "InvalidParameterValue",
        400,
        text,
    )
    assert refused(
        lambda: v2.create_configuration_set(ConfigurationSetName=name), v2.exceptions.BadRequestException
    ) == ("BadRequestException", 400, text)
    if name:
        assert refused(
            lambda: v2.get_configuration_set(ConfigurationSetName=name), v2.exceptions.BadRequestException
        ) == ("BadRequestException", 400, text)


def test_a_name_may_have_64_characters(v1: SESClient, v2: SESV2Client) -> None:
    v1.create_configuration_set(ConfigurationSet={"Name": "-_9" + "n" * 61})

    assert v2.list_configuration_sets()["ConfigurationSets"] == ["-_9" + "n" * 61]


def test_an_account_has_room_for_10000_sets(
    refused: Callable[..., object], sesfake: SesFake, v1: SESClient, v2: SESV2Client
) -> None:
    for number in range(10_000):
        sesfake.configuration_set(f"set-{number}", region="us-east-1")

    text = "Maximum of 10000 configuration sets allowed per account."
    assert refused(
        lambda: v1.create_configuration_set(ConfigurationSet={"Name": "news"}), v1.exceptions.LimitExceededException
    ) == ("LimitExceeded", 400, text)
    assert refused(
        lambda: v2.create_configuration_set(ConfigurationSetName="news"), v2.exceptions.LimitExceededException
    ) == ("LimitExceededException", 400, text)


# Lists


def test_sets_are_listed_in_the_order_in_which_they_came(v1: SESClient, v2: SESV2Client) -> None:
    for name in ("c", "a"):
        v1.create_configuration_set(ConfigurationSet={"Name": name})
    v2.create_configuration_set(ConfigurationSetName="b")

    assert v1.list_configuration_sets()["ConfigurationSets"] == [{"Name": "c"}, {"Name": "a"}, {"Name": "b"}]
    assert v2.list_configuration_sets()["ConfigurationSets"] == ["c", "a", "b"]


def test_the_paginator_of_v1_finds_every_set(sesfake: SesFake, v1: SESClient) -> None:
    names = [f"set-{number}" for number in range(7)]
    for name in names:
        sesfake.configuration_set(name)

    pages = list(v1.get_paginator("list_configuration_sets").paginate(PaginationConfig={"PageSize": 3}))

    assert [len(page["ConfigurationSets"]) for page in pages] == [3, 3, 1]
    assert [entry["Name"] for page in pages for entry in page["ConfigurationSets"]] == names


def test_v1_lists_a_thousand_sets_at_most(sesfake: SesFake, v1: SESClient) -> None:
    for number in range(1001):
        sesfake.configuration_set(f"set-{number}")

    for size in (1001, 0, -1):
        first = v1.list_configuration_sets(MaxItems=size)
        assert len(first["ConfigurationSets"]) == 1000
        rest = v1.list_configuration_sets(NextToken=first["NextToken"])
        assert rest["ConfigurationSets"] == [{"Name": "set-1000"}]
        assert "NextToken" not in rest


def test_v2_pages(sesfake: SesFake, v2: SESV2Client) -> None:
    for name in "abc":
        sesfake.configuration_set(name)

    first = v2.list_configuration_sets(PageSize=2)
    assert first["ConfigurationSets"] == ["a", "b"]
    v2.delete_configuration_set(ConfigurationSetName="b")
    rest = v2.list_configuration_sets(PageSize=2, NextToken=first["NextToken"])
    assert rest["ConfigurationSets"] == ["c"]
    assert "NextToken" not in rest


def test_v2_finds_sets_by_a_part_of_their_name(
    refused: Callable[..., object], sesfake: SesFake, v2: SESV2Client
) -> None:
    for name in ("Filter-Alpha", "filter-beta", "other-FILTER-gamma", "unrelated"):
        sesfake.configuration_set(name)

    def names(part: str, **more: str) -> list[str]:
        call: dict[str, Any] = {"Filter": {"CONFIGURATION_SET_NAME_CONTAINS": part}, "PageSize": 2, **more}
        answer = v2.list_configuration_sets(**call)
        tokens.append(answer.get("NextToken", ""))
        return answer["ConfigurationSets"]

    tokens: list[str] = []

    assert names("filter") == ["Filter-Alpha", "filter-beta"]
    assert names("FILTER", NextToken=tokens[0]) == ["other-FILTER-gamma"]
    assert tokens[1] == ""
    assert names("  alpha ") == []
    assert refused(lambda: names("unrelated", NextToken=tokens[0])) == (
        "BadRequestException",
        400,
        f"invalid nextToken {tokens[0]}",
    )


def test_v2_ignores_a_filter_that_it_does_not_know_and_an_empty_one(sesfake: SesFake, loose_v2: SESV2Client) -> None:
    sesfake.configuration_set("news")

    filters: list[Any] = [{"COLOUR": "red"}, {"CONFIGURATION_SET_NAME_CONTAINS": ""}]
    for part in filters:
        assert loose_v2.list_configuration_sets(Filter=part)["ConfigurationSets"] == ["news"]


@pytest.mark.parametrize(
    "call, text",
    [
        ({"PageSize": 0}, "The page size must be between 1 and 1000"),
        ({"PageSize": 1001}, "The page size must be between 1 and 1000"),
        (
            {"Filter": {"CONFIGURATION_SET_NAME_CONTAINS": "ab"}},
            "CONFIGURATION_SET_NAME_CONTAINS must be between 3 and 64 characters",
        ),
        (
            {"Filter": {"CONFIGURATION_SET_NAME_CONTAINS": "a" * 65}, "NextToken": "nonsense"},
            "CONFIGURATION_SET_NAME_CONTAINS must be between 3 and 64 characters",
        ),
        ({"NextToken": "nonsense"}, "invalid nextToken nonsense"),
    ],
)
def test_v2_refuses_a_wrong_list(
    refused: Callable[..., object], v2: SESV2Client, call: dict[str, Any], text: str
) -> None:
    assert refused(lambda: v2.list_configuration_sets(**call), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        text,
    )


def test_v1_refuses_a_wrong_token(refused: Callable[..., object], v1: SESClient) -> None:
    assert refused(lambda: v1.list_configuration_sets(NextToken="nonsense")) == (
        "InvalidParameterValue",
        400,
        "Invalid NextToken.",
    )
