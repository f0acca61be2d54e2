"""Event destinations: what can be published where, how each version spells it, and what SES says to mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from destinations import EVERY
from pytest_sesfake.ses.event_destinations import EVENT_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

ARN = "arn:aws:{}:us-east-1:123456789012:{}"
TOPIC = ARN.format("sns", "mail")
STREAM = ARN.format("firehose", "deliverystream/mail")
BUS = ARN.format("events", "event-bus/default")
APPLICATION = ARN.format("mobiletargeting", "apps/mail")
ROLE = "arn:aws:iam::123456789012:role/mail"

OF_V1: dict[str, dict[str, Any]] = {
    "topic": {"SNSDestination": {"TopicARN": TOPIC}},
    "stream": {"KinesisFirehoseDestination": {"IAMRoleARN": ROLE, "DeliveryStreamARN": STREAM}},
    "metrics": {
        "CloudWatchDestination": {
            "DimensionConfigurations": [
                {"DimensionName": "ses:team", "DimensionValueSource": "messageTag", "DefaultDimensionValue": "none"},
                {"DimensionName": "X-Kind", "DimensionValueSource": "emailHeader", "DefaultDimensionValue": "a@b.c"},
                {"DimensionName": "link", "DimensionValueSource": "linkTag", "DefaultDimensionValue": "0"},
            ]
        }
    },
}
OF_V2: dict[str, dict[str, Any]] = {
    "topic": {"SnsDestination": {"TopicArn": TOPIC}},
    "stream": {"KinesisFirehoseDestination": {"IamRoleArn": ROLE, "DeliveryStreamArn": STREAM}},
    "metrics": {
        "CloudWatchDestination": {
            "DimensionConfigurations": [
                {"DimensionName": "ses:team", "DimensionValueSource": "MESSAGE_TAG", "DefaultDimensionValue": "none"},
                {"DimensionName": "X-Kind", "DimensionValueSource": "EMAIL_HEADER", "DefaultDimensionValue": "a@b.c"},
                {"DimensionName": "link", "DimensionValueSource": "LINK_TAG", "DefaultDimensionValue": "0"},
            ]
        }
    },
    "bus": {"EventBridgeDestination": {"EventBusArn": BUS}},
    "application": {"PinpointDestination": {"ApplicationArn": APPLICATION}},
}
TYPES_OF_V1 = ["send", "reject", "bounce", "complaint", "delivery", "open", "click", "renderingFailure"]


@pytest.fixture(autouse=True)
def _news(v2: SESV2Client) -> None:
    """A set that is there already."""
    v2.create_configuration_set(ConfigurationSetName="news")


def create_v1(v1: SESClient, name: str = "d", **definition: Any) -> None:
    given: Any = {"Name": name, "MatchingEventTypes": ["bounce"], **definition}
    v1.create_configuration_set_event_destination(ConfigurationSetName="news", EventDestination=given)


def update_v1(v1: SESClient, name: str = "d", **definition: Any) -> None:
    given: Any = {"Name": name, "MatchingEventTypes": ["bounce"], **definition}
    v1.update_configuration_set_event_destination(ConfigurationSetName="news", EventDestination=given)


def create_v2(v2: SESV2Client, name: str = "d", **definition: Any) -> None:
    given: Any = {"MatchingEventTypes": ["BOUNCE"], **definition}
    v2.create_configuration_set_event_destination(
        ConfigurationSetName="news", EventDestinationName=name, EventDestination=given
    )


def update_v2(v2: SESV2Client, name: str = "d", **definition: Any) -> None:
    given: Any = {"MatchingEventTypes": ["BOUNCE"], **definition}
    v2.update_configuration_set_event_destination(
        ConfigurationSetName="news", EventDestinationName=name, EventDestination=given
    )


def of_v1(v1: SESClient) -> list[dict[str, Any]]:
    found = v1.describe_configuration_set(
        ConfigurationSetName="news", ConfigurationSetAttributeNames=["eventDestinations"]
    )
    return [{**destination} for destination in found["EventDestinations"]]


def of_v2(v2: SESV2Client) -> list[dict[str, Any]]:
    found = v2.get_configuration_set_event_destinations(ConfigurationSetName="news")
    return [{**destination} for destination in found["EventDestinations"]]


# What one version makes and the other shows


@pytest.mark.parametrize("kind", OF_V1)
def test_v2_shows_what_v1_made(v1: SESClient, v2: SESV2Client, kind: str) -> None:
    create_v1(v1, Enabled=True, MatchingEventTypes=TYPES_OF_V1, **OF_V1[kind])

    assert of_v2(v2) == [{"Name": "d", "Enabled": True, "MatchingEventTypes": EVERY[:8], **OF_V2[kind]}]
    assert of_v1(v1) == [{"Name": "d", "Enabled": True, "MatchingEventTypes": TYPES_OF_V1, **OF_V1[kind]}]


@pytest.mark.parametrize("kind", OF_V1)
def test_v1_shows_of_what_v2_made_the_types_that_it_knows(v1: SESClient, v2: SESV2Client, kind: str) -> None:
    create_v2(v2, Enabled=True, MatchingEventTypes=EVERY, **OF_V2[kind])

    assert of_v2(v2) == [{"Name": "d", "Enabled": True, "MatchingEventTypes": EVERY, **OF_V2[kind]}]
    assert of_v1(v1) == [{"Name": "d", "Enabled": True, "MatchingEventTypes": TYPES_OF_V1, **OF_V1[kind]}]


@pytest.mark.parametrize("kind", ["bus", "application"])
def test_v1_does_not_show_what_it_has_no_word_for(v1: SESClient, v2: SESV2Client, kind: str) -> None:
    create_v2(v2, **OF_V2[kind])

    assert of_v2(v2) == [{"Name": "d", "Enabled": False, "MatchingEventTypes": ["BOUNCE"], **OF_V2[kind]}]
    assert of_v1(v1) == []


def test_a_destination_is_off_until_it_is_switched_on(v1: SESClient, v2: SESV2Client) -> None:
    create_v1(v1, "a", **OF_V1["topic"])
    create_v2(v2, "b", **OF_V2["topic"])

    assert [destination["Enabled"] for destination in of_v2(v2)] == [False, False]


def test_a_set_has_several_destinations_in_the_order_in_which_they_came(v1: SESClient, v2: SESV2Client) -> None:
    create_v2(v2, "c", **OF_V2["topic"])
    create_v1(v1, "a", **OF_V1["topic"])
    create_v2(v2, "b", **OF_V2["stream"])
    update_v1(v1, "c", **OF_V1["metrics"])

    assert [destination["Name"] for destination in of_v2(v2)] == ["c", "a", "b"]
    assert [destination["Name"] for destination in of_v1(v1)] == ["c", "a", "b"]


def test_an_update_replaces_the_whole_destination(v1: SESClient, v2: SESV2Client) -> None:
    create_v2(v2, Enabled=True, MatchingEventTypes=["SEND", "DELIVERY_DELAY"], **OF_V2["stream"])

    update_v1(v1, MatchingEventTypes=["click", "click"], **OF_V1["topic"])
    assert of_v2(v2) == [{"Name": "d", "Enabled": False, "MatchingEventTypes": ["CLICK"], **OF_V2["topic"]}]
    update_v2(v2, Enabled=True, **OF_V2["bus"])
    assert of_v2(v2) == [{"Name": "d", "Enabled": True, "MatchingEventTypes": ["BOUNCE"], **OF_V2["bus"]}]


def test_each_version_deletes_what_the_other_made(v1: SESClient, v2: SESV2Client) -> None:
    create_v1(v1, "a", **OF_V1["topic"])
    create_v2(v2, "b", **OF_V2["topic"])

    v2.delete_configuration_set_event_destination(ConfigurationSetName="news", EventDestinationName="a")
    v1.delete_configuration_set_event_destination(ConfigurationSetName="news", EventDestinationName="b")

    assert of_v2(v2) == []


def test_an_update_of_one_set_leaves_the_others_alone(v1: SESClient, v2: SESV2Client) -> None:
    v2.create_configuration_set(ConfigurationSetName="other")
    create_v1(v1, **OF_V1["topic"])

    found = v2.get_configuration_set_event_destinations(ConfigurationSetName="other")

    assert found["EventDestinations"] == []


# Mistakes


def test_a_name_is_used_once_in_a_set(refused: Callable[..., object], v1: SESClient, v2: SESV2Client) -> None:
    create_v1(v1, **OF_V1["topic"])

    text = "An event destination with name <d> already exists for configuration set <news>."
    with pytest.raises(v1.exceptions.EventDestinationAlreadyExistsException) as caught:
        create_v1(v1, **OF_V1["topic"])
    answer = dict(caught.value.response)
    assert (answer["ConfigurationSetName"], answer["EventDestinationName"]) == ("news", "d")
    assert caught.value.response["Error"]["Code"] == "EventDestinationAlreadyExists"
    assert caught.value.response["Error"]["Message"] == text
    assert refused(lambda: create_v2(v2, **OF_V2["topic"]), v2.exceptions.AlreadyExistsException) == (
        "AlreadyExistsException",
        400,
        text,
    )


def test_v1_names_the_set_where_a_destination_is_missing(v1: SESClient) -> None:
    for call in (
        lambda: update_v1(v1, **OF_V1["topic"]),
        lambda: v1.delete_configuration_set_event_destination(ConfigurationSetName="news", EventDestinationName="d"),
    ):
        with pytest.raises(v1.exceptions.EventDestinationDoesNotExistException) as caught:
            call()
        answer = dict(caught.value.response)
        assert caught.value.response["Error"]["Code"] == "EventDestinationDoesNotExist"
        assert caught.value.response["Error"]["Message"] == "No EventDestination found for news"
        assert (answer["ConfigurationSetName"], answer["EventDestinationName"]) == ("news", "d")


def test_v2_names_both_where_a_destination_is_missing(refused: Callable[..., object], v2: SESV2Client) -> None:
    for call in (
        lambda: update_v2(v2, **OF_V2["topic"]),
        lambda: v2.delete_configuration_set_event_destination(ConfigurationSetName="news", EventDestinationName="d"),
    ):
        assert refused(call, v2.exceptions.NotFoundException) == (
            "NotFoundException",
            404,
            "An event destination with name <d> does not exist for configuration set <news>.",
        )


def test_a_set_has_room_for_10_destinations(refused: Callable[..., object], v1: SESClient, v2: SESV2Client) -> None:
    for number in range(10):
        create_v1(v1, f"d{number}", **OF_V1["topic"])

    text = "Maximum of 10 event destinations allowed for configuration set <news>."
    assert refused(lambda: create_v1(v1, **OF_V1["topic"]), v1.exceptions.LimitExceededException) == (
        "LimitExceeded",
        400,
        text,
    )
    assert refused(lambda: create_v2(v2, **OF_V2["topic"]), v2.exceptions.LimitExceededException) == (
        "LimitExceededException",
        400,
        text,
    )
    update_v1(v1, "d9", **OF_V1["stream"])


BAD_NAME = "Invalid event destination name <{}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
ONE_ONLY = (
    "Please provide only one destination with each request. Either a Firehose Destination or a Cloudwatch Destination "
    "or an SNS Destination or an EventBridge Destination."
)
NOT_DEFAULT = "Invalid event bus ARN <{}>: only the default event bus is supported."
NO_TYPE = "At least one event type must be specified."


@pytest.mark.parametrize(
    "definition, text",
    [
        ({"name": "a b", **OF_V1["topic"]}, BAD_NAME.format("a b")),
        ({"name": "n" * 65, **OF_V1["topic"]}, "Event destination name cannot exceed 64 characters."),
        ({"name": "", **OF_V1["topic"]}, "Event destination name must be specified."),
        ({"MatchingEventTypes": [], **OF_V1["topic"]}, NO_TYPE),
        ({}, "Event destination is not provided."),
        ({**OF_V1["topic"], **OF_V1["stream"]}, ONE_ONLY),
    ],
)
def test_v1_refuses_an_incomplete_destination(
    refused: Callable[..., object], v1: SESClient, definition: dict[str, Any], text: str
) -> None:
    assert refused(lambda: create_v1(v1, **definition)) == ("InvalidParameterValue", 400, text)
    assert refused(lambda: update_v1(v1, **definition)) == ("InvalidParameterValue", 400, text)


@pytest.mark.parametrize(
    "definition, text",
    [
        ({"name": "ä", **OF_V2["topic"]}, BAD_NAME.format("ä")),
        ({"name": "n" * 65, **OF_V2["topic"]}, "Event destination name cannot exceed 64 characters."),
        ({"MatchingEventTypes": [], **OF_V2["topic"]}, NO_TYPE),
        ({}, "Event destination is not provided."),
        ({**OF_V2["topic"], **OF_V2["bus"]}, ONE_ONLY),
        (
            {"EventBridgeDestination": {"EventBusArn": ARN.format("events", "event-bus/mine")}},
            NOT_DEFAULT.format(ARN.format("events", "event-bus/mine")),
        ),
        ({"PinpointDestination": {}}, "Invalid Pinpoint application ARN provided: null."),
    ],
)  # fmt: skip
def test_v2_refuses_an_incomplete_destination(
    refused: Callable[..., object], loose_v2: SESV2Client, definition: dict[str, Any], text: str
) -> None:
    error = loose_v2.exceptions.BadRequestException
    assert refused(lambda: create_v2(loose_v2, **definition), error) == ("BadRequestException", 400, text)


def test_a_wrong_type_is_none(refused: Callable[..., object], v1: SESClient, v2: SESV2Client) -> None:
    text = (
        "1 validation error detected: Value{} at 'eventDestination.matchingEventTypes' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must satisfy enum value set: [{}]]"
    )
    assert refused(lambda: create_v1(v1, MatchingEventTypes=["deliveryDelay"], **OF_V1["topic"])) == (
        "ValidationError",
        400,
        text.format(" '[deliveryDelay]'", ", ".join(TYPES_OF_V1)),
    )
    assert refused(lambda: create_v2(v2, MatchingEventTypes=["SENT"], **OF_V2["topic"])) == (
        "BadRequestException",
        400,
        text.format("", ", ".join(EVERY)),
    )


# Targets that are not there


def dimensions(count: int, **changes: str) -> dict[str, Any]:
    dimension = {"DimensionName": "n", "DimensionValueSource": "linkTag", "DefaultDimensionValue": "v", **changes}
    return {"CloudWatchDestination": {"DimensionConfigurations": [dimension] * count}}


BAD_DIMENSION = (
    "Invalid CloudWatch dimension name <{}>: up to 256 alphanumeric ASCII characters, '_', '-', and ':' are allowed."
)
BAD_DEFAULT = (
    "Invalid CloudWatch default dimension value <{}>: up to 256 alphanumeric ASCII characters, '_', '-', '@', and '.' "
    "are allowed."
)
TOO_MANY = "CloudWatch metrics dimension configuration list cannot exceed 10 dimensions."


@pytest.mark.parametrize(
    "destination, text",
    [
        (dimensions(0), "CloudWatch metrics dimension configuration list cannot be empty."),
        (dimensions(11), TOO_MANY),
        (dimensions(1, DimensionName="a b"), BAD_DIMENSION.format("a b")),
        (dimensions(1, DefaultDimensionValue="a b"), BAD_DEFAULT.format("a b")),
    ],
)
def test_metrics_need_dimensions(
    refused: Callable[..., object], v1: SESClient, v2: SESV2Client, destination: dict[str, Any], text: str
) -> None:
    assert refused(lambda: create_v1(v1, **destination), v1.exceptions.InvalidCloudWatchDestinationException) == (
        "InvalidCloudWatchDestination",
        400,
        text,
    )
    for dimension in destination["CloudWatchDestination"]["DimensionConfigurations"]:
        dimension["DimensionValueSource"] = "LINK_TAG"
    assert refused(lambda: create_v2(v2, **destination)) == ("BadRequestException", 400, text)


@pytest.mark.parametrize(
    "topic",
    [
        "mail",
        "arn:aws:sns:us-east-1:123456789012:",
        "arn:aws:sqs:us-east-1:123456789012:mail",
        "arn:aws:sns:eu-west-1:123456789012:mail",
        "arn:aws:sns:us-east-1:123456789012:mail.fifo",
    ],
)
def test_ses_finds_no_topic_of_another_region_or_kind(
    refused: Callable[..., object], v1: SESClient, v2: SESV2Client, topic: str
) -> None:
    text = f"SNS topic <{topic}> not found."
    assert refused(
        lambda: create_v1(v1, SNSDestination={"TopicARN": topic}), v1.exceptions.InvalidSNSDestinationException
    ) == ("InvalidSNSDestination", 400, text)
    assert refused(lambda: create_v2(v2, SnsDestination={"TopicArn": topic}), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        text,
    )


def test_a_neighbour_knows_which_targets_are_there(
    refused: Callable[..., object], sesfake: SesFake, v1: SESClient, v2: SESV2Client
) -> None:
    sesfake._simulation.collaborators.exists = {TOPIC: True, STREAM: False, TOPIC + "-gone": False}.get

    create_v1(v1, **OF_V1["topic"])
    create_v2(v2, "unknown", SnsDestination={"TopicArn": TOPIC + "-elsewhere"})
    gone: dict[str, Any] = {"SNSDestination": {"TopicARN": TOPIC + "-gone"}}
    calls: list[Callable[[], None]] = [lambda: create_v1(v1, "e", **gone), lambda: update_v1(v1, **gone)]
    for call in calls:
        with pytest.raises(v1.exceptions.InvalidSNSDestinationException) as caught:
            call()
        assert caught.value.response["Error"]["Message"] == f"SNS topic <{TOPIC}-gone> not found."
        assert dict(caught.value.response)["ConfigurationSetName"] == "news"
    text = f"Delivery stream <{STREAM}> not found."
    assert refused(
        lambda: create_v1(v1, "s", **OF_V1["stream"]), v1.exceptions.InvalidFirehoseDestinationException
    ) == ("InvalidFirehoseDestination", 400, text)
    assert refused(lambda: create_v2(v2, "s", **OF_V2["stream"])) == ("BadRequestException", 400, text)
    assert [destination["Name"] for destination in of_v2(v2)] == ["d", "unknown"]


def test_a_destination_takes_the_types_that_it_matches_while_it_is_on(sesfake: SesFake, v2: SESV2Client) -> None:
    create_v2(v2, Enabled=True, MatchingEventTypes=["RENDERING_FAILURE", "SEND"], **OF_V2["topic"])
    create_v2(v2, "off", MatchingEventTypes=EVERY, **OF_V2["topic"])

    made = sesfake._simulation.at("123456789012", "us-east-1").configuration_sets.get("news").destinations

    assert [kind for kind in EVENT_TYPES if made["d"].takes(kind)] == ["Send", "RenderingFailure"]
    assert [kind for kind in EVENT_TYPES if made["off"].takes(kind)] == []
    assert (made["d"].kind, made["d"].target) == ("sns", TOPIC)
