"""``sesfake.configuration_set``: a set, its destination and its tags in one line, as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake


def test_one_line_makes_a_set_that_the_api_shows(sesfake: SesFake) -> None:
    v1: SESClient = sesfake.client("ses")
    v2: SESV2Client = sesfake.client("sesv2")
    topic = "arn:aws:sns:us-east-1:123456789012:mail"

    sesfake.configuration_set(
        "news",
        topic=topic,
        events=["Complaint", "Bounce"],
        sending=False,
        suppression=["BOUNCE"],
        tags={"team": "blue"},
    )

    found = v2.get_configuration_set(ConfigurationSetName="news")
    assert found["SendingOptions"] == {"SendingEnabled": False}
    assert found["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE"]}
    assert found["Tags"] == [{"Key": "team", "Value": "blue"}]
    described = v1.describe_configuration_set(
        ConfigurationSetName="news", ConfigurationSetAttributeNames=["eventDestinations"]
    )
    assert described["EventDestinations"] == [
        {
            "Name": "sesfake",
            "Enabled": True,
            "MatchingEventTypes": ["bounce", "complaint"],
            "SNSDestination": {"TopicARN": topic},
        }
    ]
    assert sesfake.client("sesv2", "eu-west-1").list_configuration_sets()["ConfigurationSets"] == ["news"]


@pytest.mark.parametrize(
    "target, member, extra",
    [
        ("arn:aws:firehose:us-east-1:123456789012:deliverystream/s", "KinesisFirehoseDestination", "IamRoleArn"),
        pytest.param(
            "arn:aws:events:us-east-1:123456789012:event-bus/default",
            "EventBridgeDestination",
            "EventBusArn",
            marks=pytest.mark.needs_model(
                "CreateConfigurationSetEventDestination.EventDestination.EventBridgeDestination"
            ),
        ),
        ("arn:aws:mobiletargeting:us-east-1:123456789012:apps/a", "PinpointDestination", "ApplicationArn"),
    ],
)
def test_one_line_publishes_all_events_to_whatever_an_arn_names(
    sesfake: SesFake, target: str, member: str, extra: str
) -> None:
    v2: SESV2Client = sesfake.client("sesv2")
    sesfake.configuration_set("news", topic=target)

    (found,) = v2.get_configuration_set_event_destinations(ConfigurationSetName="news")["EventDestinations"]
    details = dict(found)[member]
    assert isinstance(details, dict)
    assert target in details.values()
    assert extra in details
    assert len(found["MatchingEventTypes"]) == 10


@pytest.mark.parametrize(
    "options, text",
    [
        ({"events": ["Send"]}, "needs a topic that gets the events"),
        ({"topic": "arn:aws:sns:us-east-1:123456789012:t", "events": ["send"]}, "not 'send'"),
        ({"topic": "arn:aws:sns:us-east-1:123456789012:t", "events": []}, "not none"),
        ({"topic": "mail"}, "not 'mail'"),
        ({"suppression": ["SPAM"]}, "'SPAM'"),
    ],
)
def test_set_up_refuses_what_it_does_not_understand(sesfake: SesFake, options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        sesfake.configuration_set("news", **options)
