"""Beside moto: what SES publishes gets into moto's topics, buses and streams, and what is not there is refused."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from pytest_sesfake import Bounce, Complaint, SesFake
from pytest_sesfake.delivery import neighbours
from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.delivery.conftest import Shop

REGION = "us-east-1"
ACCOUNT = "123456789012"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
NO_TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:missing"


@pytest.fixture
def moto(sesfake: SesFake) -> Iterator[SesFake]:
    with mock_aws():
        yield sesfake


@pytest.fixture
def topic(moto: SesFake) -> str:
    arn: str = boto3.client("sns", REGION).create_topic(Name="mine")["TopicArn"]
    return arn


@pytest.fixture
def queue(topic: str) -> Callable[[], list[Any]]:
    """Reads what is in a queue that is subscribed to the topic."""
    sqs, sns = boto3.client("sqs", REGION), boto3.client("sns", REGION)
    url = sqs.create_queue(QueueName="mine")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:mine")

    def read() -> list[Any]:
        found: list[Any] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found]

    return read


def send(**parameters: Any) -> None:
    send_email(boto3.client("sesv2", REGION), sender="shop@example.com", **parameters)


class TestTopics:
    def test_a_queue_gets_the_notifications_of_an_event_destination(
        self, moto: SesFake, topic: str, queue: Callable[[], list[Any]]
    ) -> None:
        moto.configuration_set("cs", topic=topic)
        moto.on(recipient="ada@example.com").bounce()
        send(ConfigurationSetName="cs")

        first, second = queue()
        assert [json.loads(each["Message"]) for each in (first, second)] == [
            event.payload() for event in moto.outbox.one().events
        ]
        assert (first["TopicArn"], first["Subject"]) == (topic, "Amazon SES Email Event Notification")

    def test_a_queue_gets_the_notifications_of_an_identity(
        self, moto: SesFake, topic: str, queue: Callable[[], list[Any]]
    ) -> None:
        moto.verify("example.com")
        boto3.client("ses", REGION).set_identity_notification_topic(
            Identity="example.com", NotificationType="Delivery", SnsTopic=topic
        )
        send()

        connected, delivery = queue()
        assert json.loads(connected["Message"])["notificationType"] == "AmazonSnsSubscriptionSucceeded"
        assert json.loads(delivery["Message"]) == moto.events.one("Delivery").feedback()

    def test_what_becomes_due_is_published_when_the_clock_moves(
        self, moto: SesFake, topic: str, queue: Callable[[], list[Any]]
    ) -> None:
        moto.configuration_set("cs", topic=topic, events=["Complaint"])
        moto.send("ada@example.com", outcome=Complaint(after=60), configuration_set="cs")
        assert queue() == []
        moto.clock.advance(timedelta(minutes=2))

        assert len(queue()) == 1

    def test_mail_that_came_in_is_published(self, moto: SesFake, topic: str, queue: Callable[[], list[Any]]) -> None:
        client = moto.client("ses")
        client.create_receipt_rule_set(RuleSetName="s")
        rule: Any = {"Name": "r", "Enabled": True, "Actions": [{"SNSAction": {"TopicArn": topic}}]}
        client.create_receipt_rule(RuleSetName="s", Rule=rule)
        client.set_active_receipt_rule_set(RuleSetName="s")
        moto.receive(to="ada@example.com", subject="Hello")

        connected, received = queue()
        assert "'Received' notifications" in connected["Message"]
        assert json.loads(received["Message"])["mail"]["commonHeaders"]["subject"] == "Hello"
        assert received["Subject"] == "Amazon SES Email Receipt Notification"

    def test_it_is_published_in_the_calling_thread_after_the_call(
        self, moto: SesFake, topic: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moto.configuration_set("cs", topic=topic, events=["Send"])
        published: list[tuple[int, int]] = []
        monkeypatch.setattr(
            "moto.sns.models.SNSBackend.publish",
            lambda *_args, **_more: published.append((threading.get_ident(), moto.calls.count())),
        )
        send(ConfigurationSetName="cs")

        assert published == [(threading.get_ident(), 1)]

    def test_subscribers_of_the_fake_are_notified_as_well(
        self, moto: SesFake, topic: str, queue: Callable[[], list[Any]], shop: Shop
    ) -> None:
        moto.configuration_set("cs", topic=topic, events=["Send"])
        moto.subscribe(shop, topic=topic, confirm=False)
        moto.subscribe(shop, confirm=False)
        send(ConfigurationSetName="cs")
        moto.notify()

        assert len(queue()) == 1
        assert shop.got == ["Send", "Send", "Delivery"]

    def test_what_happened_before_moto_was_there_is_not_published(self, sesfake: SesFake) -> None:
        sesfake.configuration_set("cs", topic=NO_TOPIC)
        sesfake.send("early@example.com", configuration_set="cs")
        with mock_aws():
            sns = boto3.client("sns", REGION)
            arn = sns.create_topic(Name="missing")["TopicArn"]
            assert arn == NO_TOPIC
            sesfake.send("late@example.com", configuration_set="cs")
            from moto.sns.models import sns_backends

            (text,) = {entry[1] for entry in sns_backends[ACCOUNT][REGION].topics[arn].sent_notifications[:1]}

        assert json.loads(text)["mail"]["destination"] == ["late@example.com"]

    def test_an_error_of_moto_is_a_problem_of_the_test_and_not_of_the_call(
        self, topic: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_args: object, **_more: object) -> None:
            raise KeyError("moto")

        monkeypatch.setattr("moto.sns.models.SNSBackend.publish", fail)
        with SesFake() as inner:
            inner.configuration_set("cs", topic=topic, events=["Send"])
            send(ConfigurationSetName="cs")
            (problem,) = inner.problems
            inner.problems.clear()

        assert isinstance(problem, KeyError)


class TestWhatIsNotThere:
    def test_an_event_destination_for_an_unknown_topic_is_refused(self, moto: SesFake) -> None:
        v1, v2 = moto.client("ses"), moto.client()
        v2.create_configuration_set(ConfigurationSetName="cs")
        with pytest.raises(v1.exceptions.InvalidSNSDestinationException, match=f"SNS topic <{NO_TOPIC}> not found."):
            v1.create_configuration_set_event_destination(
                ConfigurationSetName="cs",
                EventDestination={
                    "Name": "d",
                    "Enabled": True,
                    "MatchingEventTypes": ["send"],
                    "SNSDestination": {"TopicARN": NO_TOPIC},
                },
            )
        with pytest.raises(v2.exceptions.BadRequestException, match=f"SNS topic <{NO_TOPIC}> not found."):
            v2.create_configuration_set_event_destination(
                ConfigurationSetName="cs",
                EventDestinationName="d",
                EventDestination={"MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": NO_TOPIC}},
            )

    def test_an_unknown_topic_for_an_identity_is_refused(self, moto: SesFake) -> None:
        client = moto.client("ses")
        moto.verify("example.com")
        with pytest.raises(client.exceptions.ClientError, match="InvalidParameterValue"):
            client.set_identity_notification_topic(Identity="example.com", NotificationType="Bounce", SnsTopic=NO_TOPIC)

    def test_a_topic_that_is_deleted_later_swallows_notifications(self, moto: SesFake, topic: str) -> None:
        moto.configuration_set("cs", topic=topic)
        boto3.client("sns", REGION).delete_topic(TopicArn=topic)
        send(ConfigurationSetName="cs")

        assert moto.outbox.one().status["ada@example.com"] == "Delivered"
        assert [each.type for each in moto.notifications] == ["Send", "Delivery"]

    def test_an_identity_forgets_its_topic_that_is_gone_and_mails_bounces_again(
        self, moto: SesFake, topic: str
    ) -> None:
        moto.verify("example.com")
        client = moto.client("ses")
        for kind in ("Bounce", "Complaint", "Delivery"):
            client.set_identity_notification_topic(Identity="example.com", NotificationType=kind, SnsTopic=topic)
        client.set_identity_feedback_forwarding_enabled(Identity="example.com", ForwardingEnabled=False)
        boto3.client("sns", REGION).delete_topic(TopicArn=topic)
        moto.send("ada@example.net", outcome=Bounce(), sender="shop@example.com")
        moto.send("eve@example.net", sender="shop@example.com")

        answer = client.get_identity_notification_attributes(Identities=["example.com"])
        attributes = answer["NotificationAttributes"]["example.com"]
        assert "BounceTopic" not in attributes
        assert attributes["ForwardingEnabled"] is True
        assert (attributes["ComplaintTopic"], attributes["DeliveryTopic"]) == (topic, topic)

    def test_only_an_active_moto_knows(self, topic: str) -> None:
        stream = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/mail"
        assert (neighbours.exists(topic), neighbours.exists(NO_TOPIC)) == (True, False)
        assert neighbours.exists(stream) is False
        assert neighbours.exists("arn:aws:s3:::mail") is False
        assert neighbours.exists(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f") is None

    def test_without_moto_topics_are_not_checked(self, sesfake: SesFake) -> None:
        assert neighbours.exists(NO_TOPIC) is None

        sesfake.verify("example.org")
        sesfake.client("ses").set_identity_notification_topic(
            Identity="example.org", NotificationType="Bounce", SnsTopic=NO_TOPIC
        )
        assert sesfake.calls.one(operation="SetIdentityNotificationTopic").error is None

    @pytest.mark.parametrize(
        "core", [{"service_whitelist": ["s3"]}, {"passthrough": {"services": ["sns"]}}], ids=["not allowed", "passed"]
    )
    def test_a_moto_without_sns_knows_no_topics(self, core: Any) -> None:
        with mock_aws(config={"core": core}):
            assert neighbours.exists(NO_TOPIC) is None


class TestOtherPlaces:
    def test_rules_of_a_bus_get_events(self, moto: SesFake) -> None:
        events, sqs = boto3.client("events", REGION), boto3.client("sqs", REGION)
        url = sqs.create_queue(QueueName="bridged")["QueueUrl"]
        events.put_rule(Name="r", EventPattern=json.dumps({"source": ["aws.ses"], "detail-type": ["Email Bounced"]}))
        events.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:bridged"}])
        moto.configuration_set("cs", topic=BUS)
        event = moto.send("ada@example.com", outcome=Bounce(), configuration_set="cs").events[-1]

        (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        published = json.loads(message["Body"])
        expected = event.eventbridge_event()
        assert published["detail"] == expected["detail"]
        for name in ("source", "detail-type", "region", "resources", "time"):
            assert published[name] == expected[name], name

    def test_a_stream_gets_records(self, moto: SesFake) -> None:
        s3, firehose = boto3.client("s3", REGION), boto3.client("firehose", REGION)
        s3.create_bucket(Bucket="archive")
        arn = firehose.create_delivery_stream(
            DeliveryStreamName="mail",
            S3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::123456789012:role/r",
                "BucketARN": "arn:aws:s3:::archive",
            },
        )["DeliveryStreamARN"]
        moto.configuration_set("cs", topic=arn, events=["Send"])
        event = moto.send("ada@example.com", configuration_set="cs").events[0]

        (found,) = s3.list_objects_v2(Bucket="archive")["Contents"]
        assert s3.get_object(Bucket="archive", Key=found["Key"])["Body"].read() == event.firehose_record()

    def test_a_stream_that_is_gone_swallows_records(self, moto: SesFake) -> None:
        moto.configuration_set("cs", topic=f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/gone")
        boto3.client("firehose", REGION).list_delivery_streams()
        moto.send("ada@example.com", configuration_set="cs")

        assert len(moto.notifications) == 2

    def test_metrics_are_counted(self, moto: SesFake) -> None:
        cloudwatch = boto3.client("cloudwatch", REGION)
        cloudwatch.list_metrics()
        moto.configuration_set("cs")
        dimension: Any = {
            "DimensionName": "campaign",
            "DimensionValueSource": "MESSAGE_TAG",
            "DefaultDimensionValue": "x",
        }
        moto.client().create_configuration_set_event_destination(
            ConfigurationSetName="cs",
            EventDestinationName="d",
            EventDestination={
                "Enabled": True,
                "MatchingEventTypes": ["SEND"],
                "CloudWatchDestination": {"DimensionConfigurations": [dimension]},
            },
        )
        for _ in range(2):
            moto.send("ada@example.com", configuration_set="cs", tags={"campaign": "spring"})

        now = moto.clock.now()
        statistics = cloudwatch.get_metric_statistics(
            Namespace="AWS/SES",
            MetricName="Send",
            Dimensions=[{"Name": "campaign", "Value": "spring"}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=7200,
            Statistics=["Sum"],
        )
        assert [point["Sum"] for point in statistics["Datapoints"]] == [2.0]
