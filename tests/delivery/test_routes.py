"""Where events are published: by identities, by configuration sets, by both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Bounce, Complaint, Delivery, Rejection, SesFake

if TYPE_CHECKING:
    from pytest_sesfake import Outcome
    from pytest_sesfake.ses.events import EventType

ARN = "arn:aws:sns:us-east-1:123456789012:"
STREAM = "arn:aws:firehose:us-east-1:123456789012:deliverystream/mail"
BUS = "arn:aws:events:us-east-1:123456789012:event-bus/default"
APPLICATION = "arn:aws:mobiletargeting:us-east-1:123456789012:apps/1"
ALL = ["SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "RENDERING_FAILURE"]


def published(sesfake: SesFake) -> list[tuple[str, str]]:
    return [(each.type, each.topic.removeprefix(ARN)) for each in sesfake.notifications if each.type != "SetUp"]


def notify(sesfake: SesFake, identity: str, **topics: str) -> None:
    """Have an identity notify topics."""
    client = sesfake.client("ses")
    kind: Any
    for kind, topic in topics.items():
        client.set_identity_notification_topic(Identity=identity, NotificationType=kind, SnsTopic=ARN + topic)


def connect(sesfake: SesFake, name: str, types: list[str], *, enabled: bool = True, **target: Any) -> None:
    """Have the configuration set "cs" publish to a destination."""
    client = sesfake.client()
    wanted: Any = {"Enabled": enabled, "MatchingEventTypes": types, **target}
    if "cs" not in client.list_configuration_sets()["ConfigurationSets"]:
        client.create_configuration_set(ConfigurationSetName="cs")
    client.create_configuration_set_event_destination(
        ConfigurationSetName="cs",
        EventDestinationName=name,
        EventDestination=wanted,
    )


def to_topic(topic: str) -> Any:
    return {"SnsDestination": {"TopicArn": ARN + topic}}  # one of boto3's


class TestIdentities:
    @pytest.mark.parametrize(
        "outcome, kind", [(Bounce(), "Bounce"), (Complaint(), "Complaint"), (Delivery(), "Delivery")]
    )
    def test_a_topic_gets_only_its_own_type_of_event(self, sesfake: SesFake, outcome: Outcome, kind: EventType) -> None:
        sesfake.verify("example.com")
        notify(sesfake, "example.com", **{kind: "mine"})

        for number, every in enumerate((Bounce(), Complaint(), Delivery(), Rejection())):
            sesfake.send(f"ada{number}@example.net", outcome=every, sender="shop@example.com")
        message = sesfake.send("eve@example.net", outcome=outcome, sender="shop@example.com")

        assert set(published(sesfake)) == {(kind, "mine")}
        assert sesfake.notifications.last(kind).event is message.events[-1]

    def test_the_most_specific_identity_decides_even_without_topics(self, sesfake: SesFake) -> None:
        sesfake.verify("example.com", "mail.example.com", "ada@mail.example.com", "bob@mail.example.com")
        notify(sesfake, "example.com", Bounce="domain")
        notify(sesfake, "mail.example.com", Bounce="subdomain")
        notify(sesfake, "ada@mail.example.com", Bounce="address")

        for sender in ("ada@mail.example.com", "eve@mail.example.com", "eve@example.com", "bob@mail.example.com"):
            sesfake.send("x@example.net", outcome=Bounce("Transient"), sender=sender)

        assert published(sesfake) == [("Bounce", "address"), ("Bounce", "subdomain"), ("Bounce", "domain")]

    def test_an_unverified_identity_publishes_if_senders_are_not_checked(self, sesfake: SesFake) -> None:
        sesfake.client("ses").verify_email_identity(EmailAddress="shop@example.com")
        notify(sesfake, "shop@example.com", Bounce="mine")

        sesfake.send("ada@example.net", outcome=Bounce(), sender="Shop <shop@example.com>")

        assert published(sesfake) == [("Bounce", "mine")]

    def test_a_notification_has_headers_if_the_identity_includes_them(self, sesfake: SesFake) -> None:
        sesfake.verify("example.com")
        notify(sesfake, "example.com", Bounce="mine", Delivery="mine")
        sesfake.client("ses").set_identity_headers_in_notifications_enabled(
            Identity="example.com", NotificationType="Bounce", Enabled=True
        )

        message = sesfake.send(["ada@example.net", "eve@example.net"], outcome=Bounce(), sender="shop@example.com")
        sesfake.send("bob@example.net", sender="shop@example.com")

        first, _, delivery = sesfake.notifications.all(where=lambda each: each.type != "SetUp")
        assert first.body == message.events[-2].feedback(headers=True)
        assert "headers" in first.body["mail"]
        assert "headers" not in delivery.body["mail"]
        assert (first.subject, first.body["notificationType"]) == (None, "Bounce")

    def test_the_route_is_the_one_of_the_instant(self, sesfake: SesFake) -> None:
        sesfake.verify("example.com")
        notify(sesfake, "example.com", Bounce="before")
        sesfake.send("ada@example.net", outcome=Bounce(after=60), sender="shop@example.com")
        sesfake.send("bob@example.net", outcome=Bounce(), sender="shop@example.com")

        notify(sesfake, "example.com", Bounce="after")
        sesfake.clock.advance(minutes=2)

        assert published(sesfake) == [("Bounce", "before"), ("Bounce", "after")]


class TestConfigurationSets:
    def test_each_destination_gets_the_types_that_it_takes(self, sesfake: SesFake) -> None:
        connect(sesfake, "one", ["SEND", "BOUNCE"], **to_topic("one"))
        connect(sesfake, "two", ["BOUNCE"], **to_topic("two"))
        connect(sesfake, "off", ALL, enabled=False, **to_topic("off"))

        sesfake.send("ada@example.net", outcome=Bounce(), configuration_set="cs")
        sesfake.send("ada@example.net", outcome=Bounce())

        assert published(sesfake) == [("Send", "one"), ("Bounce", "one"), ("Bounce", "two")]

    def test_a_destination_that_is_switched_on_later_gets_what_happens_later(self, sesfake: SesFake) -> None:
        connect(sesfake, "one", ["DELIVERY"], enabled=False, **to_topic("one"))
        sesfake.send("ada@example.net", configuration_set="cs")
        sesfake.client().update_configuration_set_event_destination(
            ConfigurationSetName="cs",
            EventDestinationName="one",
            EventDestination={
                "Enabled": True,
                "MatchingEventTypes": ["DELIVERY"],
                "SnsDestination": {"TopicArn": ARN + "one"},
            },
        )
        sesfake.send("eve@example.net", configuration_set="cs")

        assert [each.recipients for each in sesfake.notifications.all("Delivery")] == [["eve@example.net"]]

    def test_the_default_configuration_set_of_an_identity_publishes_too(self, sesfake: SesFake) -> None:
        connect(sesfake, "one", ["DELIVERY"], **to_topic("one"))
        sesfake.verify("example.com")
        sesfake.client().put_email_identity_configuration_set_attributes(
            EmailIdentity="example.com", ConfigurationSetName="cs"
        )

        sesfake.send("ada@example.net", sender="shop@example.com")

        assert published(sesfake) == [("Delivery", "one")]

    def test_both_channels_publish_an_event_in_their_own_form(self, sesfake: SesFake) -> None:
        sesfake.verify("example.com")
        notify(sesfake, "example.com", Bounce="mine")
        connect(sesfake, "one", ["BOUNCE"], **to_topic("mine"))

        message = sesfake.send("ada@example.net", outcome=Bounce(), sender="shop@example.com", configuration_set="cs")

        feedback, event = sesfake.notifications.all("Bounce", topic=ARN + "mine")
        assert feedback.body == message.events[-1].feedback()
        assert event.body == message.events[-1].payload()
        assert (feedback.subject, event.subject) == (None, "Amazon SES Email Event Notification")
        assert feedback.envelope["MessageId"] != event.envelope["MessageId"]

    def test_a_stream_gets_records_a_bus_events_and_an_application_the_event(self, sesfake: SesFake) -> None:
        stream: dict[str, Any] = {
            "KinesisFirehoseDestination": {"DeliveryStreamArn": STREAM, "IamRoleArn": "arn:aws:iam::1:role/r"}
        }
        connect(sesfake, "stream", ["DELIVERY"], **stream)
        connect(sesfake, "bus", ["DELIVERY"], EventBridgeDestination={"EventBusArn": BUS})
        connect(sesfake, "app", ["DELIVERY"], PinpointDestination={"ApplicationArn": APPLICATION})

        event = sesfake.send("ada@example.net", configuration_set="cs").events[-1]

        record, bridge, pinpoint = sesfake.notifications.all("Delivery")
        assert (record.kind, record.topic) == ("firehose", STREAM)
        assert record.envelope == {"Data": event.firehose_record()}
        assert (bridge.kind, bridge.topic) == ("eventbridge", BUS)
        assert bridge.envelope == event.eventbridge_event()
        assert (pinpoint.kind, pinpoint.topic) == ("pinpoint", APPLICATION)
        assert record.body == bridge.body == pinpoint.body == pinpoint.envelope == event.payload()
        assert sesfake.notifications.none("SetUp")

    def test_cloudwatch_gets_metrics_with_the_dimensions_of_the_mail(self, sesfake: SesFake) -> None:
        dimensions = [
            ("campaign", "MESSAGE_TAG", "none"),
            ("ses:configuration-set", "MESSAGE_TAG", "none"),
            ("missing", "MESSAGE_TAG", "nothing"),
            ("X-Shop", "EMAIL_HEADER", "no-shop"),
            ("Subject", "EMAIL_HEADER", "no-subject"),
            ("button", "LINK_TAG", "no-button"),
        ]
        configured = [
            {"DimensionName": name, "DimensionValueSource": source, "DefaultDimensionValue": default}
            for name, source, default in dimensions
        ]
        connect(sesfake, "cw", ["SEND"], CloudWatchDestination={"DimensionConfigurations": configured})

        message = sesfake.send("ada@example.net", configuration_set="cs", tags={"campaign": "spring"}, subject="Hello")

        metric = sesfake.notifications.one("Send")
        assert (metric.kind, metric.topic) == ("cloudwatch", "AWS/SES")
        assert metric.body == metric.envelope
        assert metric.body == {
            "Namespace": "AWS/SES",
            "MetricData": [
                {
                    "MetricName": "Send",
                    "Dimensions": [
                        {"Name": "campaign", "Value": "spring"},
                        {"Name": "ses:configuration-set", "Value": "cs"},
                        {"Name": "missing", "Value": "nothing"},
                        {"Name": "X-Shop", "Value": "no-shop"},
                        {"Name": "Subject", "Value": "Hello"},
                        {"Name": "button", "Value": "no-button"},
                    ],
                    "Timestamp": message.sent_at,
                    "Value": 1.0,
                    "Unit": "Count",
                }
            ],
        }

    def test_cloudwatch_spells_a_failed_rendering_in_one_word(self, sesfake: SesFake) -> None:
        dimension = {"DimensionName": "d", "DimensionValueSource": "MESSAGE_TAG", "DefaultDimensionValue": "x"}
        connect(sesfake, "cw", ["RENDERING_FAILURE"], CloudWatchDestination={"DimensionConfigurations": [dimension]})
        sesfake.template("t", subject="{{missing}}", text="x")
        sesfake.client().send_email(
            FromEmailAddress="a@example.com",
            Destination={"ToAddresses": ["b@example.com"]},
            Content={"Template": {"TemplateName": "t", "TemplateData": "{}"}},
            ConfigurationSetName="cs",
        )

        assert sesfake.notifications.one().body["MetricData"][0]["MetricName"] == "RenderingFailure"


class TestSetUp:
    def test_connecting_an_event_destination_publishes_a_notice_to_its_topic(self, sesfake: SesFake) -> None:
        connect(sesfake, "one", ["SEND"], **to_topic("mine"))
        sesfake.client("ses").update_configuration_set_event_destination(
            ConfigurationSetName="cs",
            EventDestination={
                "Name": "one",
                "Enabled": True,
                "MatchingEventTypes": ["send"],
                "SNSDestination": {"TopicARN": ARN + "other"},
            },
        )

        first, second = sesfake.notifications.all("SetUp")
        assert (first.topic, second.topic) == (ARN + "mine", ARN + "other")
        assert first.text == first.body == "Successfully validated SNS topic for Amazon SES event publishing."
        assert "Subject" not in first.envelope

    def test_connecting_an_identity_publishes_a_notice_to_its_topic(self, sesfake: SesFake) -> None:
        sesfake.verify("example.com")
        notify(sesfake, "example.com", Complaint="mine")

        notification = sesfake.notifications.one("SetUp")
        assert notification.body == {
            "notificationType": "AmazonSnsSubscriptionSucceeded",
            "message": f"You have successfully subscribed your Amazon SNS topic '{ARN}mine' to receive 'Complaint' "
            "notifications from Amazon SES for identity 'example.com'.",
        }

    def test_removing_a_topic_publishes_no_notice(self, sesfake: SesFake) -> None:
        sesfake.verify("example.com")
        sesfake.client("ses").set_identity_notification_topic(Identity="example.com", NotificationType="Bounce")

        assert sesfake.notifications == []

    def test_saving_a_receipt_rule_publishes_a_notice_to_its_topic(self, sesfake: SesFake) -> None:
        client = sesfake.client("ses")
        client.create_receipt_rule_set(RuleSetName="s")
        actions: list[Any] = [{"SNSAction": {"TopicArn": ARN + "inbox"}}, {"S3Action": {"BucketName": "mail"}}]
        client.create_receipt_rule(RuleSetName="s", Rule={"Name": "r", "Actions": actions})

        assert sesfake.notifications.one("SetUp").body == {
            "notificationType": "AmazonSnsSubscriptionSucceeded",
            "message": f"You have successfully subscribed your Amazon SNS topic '{ARN}inbox' to receive 'Received' "
            "notifications from Amazon SES for inbound emails.",
        }

    def test_one_line_set_up_publishes_no_notice(self, sesfake: SesFake) -> None:
        sesfake.configuration_set("cs", topic=ARN + "mine")

        assert sesfake.notifications == []


def test_without_topics_and_destinations_nothing_is_published(sesfake: SesFake) -> None:
    sesfake.configuration_set("cs")
    sesfake.verify("example.com")

    events = sesfake.send("ada@example.net", outcome=Bounce(), configuration_set="cs").events

    assert [event.routes for event in events] == [(), ()]
    assert sesfake.notifications == []


def test_events_of_one_kind_share_their_routes(sesfake: SesFake) -> None:
    sesfake.configuration_set("cs", topic=ARN + "mine")

    first, second = (sesfake.send(f"{name}@example.net", configuration_set="cs").events[0] for name in "ab")

    assert len(first.routes) == 1
    assert first.routes is second.routes
