"""The forms in which an event reaches an application: SNS, SQS, Lambda, EventBridge, Firehose."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from pytest_sesfake.delivery import bodies, envelopes, signing
from pytest_sesfake.ses.events import DELIVERED, SENT, Bounced, Complained, RejectedMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_sesfake.ses.events import Event, Fact
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import RegionState

    Happened = Callable[..., Event]
    Sent = Callable[..., Message]

ALGORITHMS = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - SNS's version 1 is by SHA-1
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture
def bounce(happened: Happened) -> Event:
    return happened(Bounced())


def is_signed(fields: Mapping[str, Any]) -> bool:
    """Verify as an application does, by the description of SNS's documentation."""
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    text = "".join(f"{name}\n{fields[name]}\n" for name in names if fields.get(name) is not None)
    key = x509.load_pem_x509_certificate(signing.signer().certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    algorithm = ALGORITHMS[fields["SignatureVersion"]]
    key.verify(base64.b64decode(fields["Signature"]), text.encode(), padding.PKCS1v15(), algorithm)
    return True


def test_an_event_travels_in_sns_under_a_subject(bounce: Event) -> None:
    fields = envelopes.sns_notification(bounce)

    assert list(fields) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
        "UnsubscribeURL",
    ]
    assert fields["Type"] == "Notification"
    assert re.fullmatch(UUID, fields["MessageId"])
    assert fields["TopicArn"] == "arn:aws:sns:us-east-1:123456789012:ses-events"
    assert fields["Subject"] == "Amazon SES Email Event Notification"
    assert fields["Message"] == bodies.payload_text(bounce)
    assert fields["Timestamp"] == "2026-03-26T02:13:22.263Z"
    assert fields["SignatureVersion"] == "1"
    assert fields["SigningCertURL"] == signing.signer().certificate_url("us-east-1")
    assert re.fullmatch(
        r"https://sns\.us-east-1\.amazonaws\.com/\?Action=Unsubscribe"
        rf"&SubscriptionArn=arn:aws:sns:us-east-1:123456789012:ses-events:{UUID}",
        fields["UnsubscribeURL"],
    )


def test_an_identity_notification_travels_without_a_subject(bounce: Event) -> None:
    fields = envelopes.sns_notification(bounce, form="feedback")

    assert "Subject" not in fields
    assert fields["Message"] == bodies.feedback_text(bounce)
    assert fields["MessageId"] != envelopes.sns_notification(bounce)["MessageId"]
    assert is_signed(fields)


def test_a_topic_of_one_s_own_is_named_everywhere_with_its_region(bounce: Event) -> None:
    fields = envelopes.sns_notification(bounce, topic_arn="arn:aws:sns:eu-west-1:123456789012:mine")

    assert fields["TopicArn"] == "arn:aws:sns:eu-west-1:123456789012:mine"
    assert fields["SigningCertURL"].startswith("https://sns.eu-west-1.amazonaws.com/")
    assert "SubscriptionArn=arn:aws:sns:eu-west-1:123456789012:mine:" in fields["UnsubscribeURL"]
    assert is_signed(fields)


MINE = "arn:aws:sns:eu-west-1:123456789012:mine"


def test_a_topic_of_one_s_own_is_named_in_every_form_of_sns(bounce: Event) -> None:
    envelope = bounce.sns(topic=MINE)
    request = bounce.http_request(topic=MINE)
    queued, (by_sns,), (by_sqs,) = (
        bounce.sqs_message(topic=MINE),
        bounce.lambda_event(topic=MINE)["Records"],
        bounce.lambda_event("sqs", topic=MINE)["Records"],
    )

    assert request.json() == json.loads(queued["Body"]) == json.loads(by_sqs["body"]) == envelope
    assert request.headers["x-amz-sns-topic-arn"] == by_sns["Sns"]["TopicArn"] == MINE
    assert by_sns["EventSubscriptionArn"] == request.headers["x-amz-sns-subscription-arn"]
    assert by_sns["EventSubscriptionArn"].startswith(MINE)
    assert queued["MessageId"] == by_sqs["messageId"] != bounce.sqs_message()["MessageId"]


def test_what_is_no_topic_is_a_mistake_of_the_caller(bounce: Event) -> None:
    with pytest.raises(ValueError, match=r"^topic takes the ARN of a topic, not 'mine'$"):
        bounce.http_request(topic="mine")
    with pytest.raises(ValueError, match="EventBridge has no topics, but topic is 'arn:aws:sns:"):
        bounce.lambda_event("eventbridge", topic=MINE)


def test_an_envelope_is_signed_by_the_version_that_it_names(bounce: Event) -> None:
    assert is_signed(envelopes.sns_notification(bounce))

    fields = envelopes.sns_notification(bounce, signature=2)
    assert fields["SignatureVersion"] == "2"
    assert is_signed(fields)


def test_another_form_than_the_two_is_a_mistake_of_the_caller(bounce: Event) -> None:
    with pytest.raises(ValueError, match="form takes 'events' or 'feedback', not 'feed'"):
        envelopes.sns_notification(bounce, form="feed")  # type: ignore[arg-type]


def test_a_queue_s_message_holds_the_envelope_as_sns_writes_it(bounce: Event) -> None:
    message = bounce.sqs_message()

    assert list(message) == ["MessageId", "ReceiptHandle", "MD5OfBody", "Body"]
    assert re.fullmatch(UUID, message["MessageId"])
    assert message["ReceiptHandle"].startswith("AQEB")
    assert len(base64.b64decode(message["ReceiptHandle"])) > 250
    assert message["MD5OfBody"] == hashlib.md5(message["Body"].encode(), usedforsecurity=False).hexdigest()
    assert message["Body"].startswith('{\n  "Type" : "Notification",\n  "MessageId" : "')
    assert json.loads(message["Body"]) == envelopes.sns_notification(bounce)
    assert json.loads(json.loads(message["Body"])["Message"]) == bounce.payload()


def test_lambda_gets_of_sns_one_record_with_two_keys_spelt_otherwise(bounce: Event) -> None:
    fields = envelopes.sns_notification(bounce)

    event = bounce.lambda_event()

    assert json.dumps(event) == json.dumps(
        {
            "Records": [
                {
                    "EventSource": "aws:sns",
                    "EventVersion": "1.0",
                    "EventSubscriptionArn": fields["UnsubscribeURL"].partition("SubscriptionArn=")[2],
                    "Sns": {
                        "Type": "Notification",
                        "MessageId": fields["MessageId"],
                        "TopicArn": "arn:aws:sns:us-east-1:123456789012:ses-events",
                        "Subject": "Amazon SES Email Event Notification",
                        "Message": bodies.payload_text(bounce),
                        "Timestamp": "2026-03-26T02:13:22.263Z",
                        "SignatureVersion": "1",
                        "Signature": fields["Signature"],
                        "SigningCertUrl": fields["SigningCertURL"],
                        "UnsubscribeUrl": fields["UnsubscribeURL"],
                        "MessageAttributes": {},
                    },
                }
            ]
        }
    )
    assert is_signed(event["Records"][0]["Sns"])


def test_lambda_gets_a_missing_subject_as_null(bounce: Event) -> None:
    sns = bounce.lambda_event(form="feedback")["Records"][0]["Sns"]

    assert sns["Subject"] is None
    assert json.loads(sns["Message"]) == bounce.feedback()
    assert is_signed(sns)


def test_lambda_gets_of_a_queue_what_the_queue_holds_in_lower_camel_case(bounce: Event) -> None:
    message = bounce.sqs_message()

    assert json.dumps(bounce.lambda_event(via="sqs")) == json.dumps(
        {
            "Records": [
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": {
                        "ApproximateReceiveCount": "1",
                        "SentTimestamp": "1774491202263",
                        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                        "ApproximateFirstReceiveTimestamp": "1774491202263",
                    },
                    "messageAttributes": {},
                    "md5OfBody": message["MD5OfBody"],
                    "eventSource": "aws:sqs",
                    "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:ses-events",
                    "awsRegion": "us-east-1",
                }
            ]
        }
    )


def test_eventbridge_carries_the_event_itself(bounce: Event) -> None:
    event = bounce.eventbridge_event()

    assert re.fullmatch(UUID, event.pop("id"))
    assert event == {
        "version": "0",
        "detail-type": "Email Bounced",
        "source": "aws.ses",
        "account": "123456789012",
        "time": "2026-03-26T02:13:22Z",
        "region": "us-east-1",
        "resources": ["arn:aws:ses:us-east-1:123456789012:configuration-set/cs"],
        "detail": bounce.payload(),
    }


def test_lambda_gets_of_eventbridge_what_eventbridge_carries(bounce: Event) -> None:
    assert bounce.lambda_event(via="eventbridge") == bounce.eventbridge_event()


@pytest.mark.parametrize(
    "fact, detail_type",
    [
        (SENT, "Email Sent"),
        (DELIVERED, "Email Delivered"),
        (Complained(), "Email Complaint Received"),
        (RejectedMessage(), "Email Rejected"),
    ],
)
def test_eventbridge_names_each_kind_of_event(fact: Fact, detail_type: str, happened: Happened) -> None:
    assert happened(fact).eventbridge_event()["detail-type"] == detail_type


def test_eventbridge_names_no_resource_without_a_configuration_set(happened: Happened, sent: Sent) -> None:
    assert happened(SENT, sent(configuration_set=None)).eventbridge_event()["resources"] == []


def test_a_firehose_record_is_a_line_of_json(bounce: Event) -> None:
    assert bounce.firehose_record() == bodies.payload_text(bounce).encode()
    assert json.loads(bounce.firehose_record()) == bounce.payload()


def test_an_unknown_way_to_lambda_is_a_mistake_of_the_caller(bounce: Event) -> None:
    with pytest.raises(ValueError, match="via 'sns', 'sqs' or 'eventbridge', not 'http'"):
        bounce.lambda_event(via="http")  # type: ignore[arg-type]


def test_eventbridge_gets_no_identity_notifications(bounce: Event) -> None:
    with pytest.raises(ValueError, match="EventBridge takes form='events', not 'feedback'"):
        bounce.lambda_event(via="eventbridge", form="feedback")


@pytest.mark.parametrize("via", ["sns", "sqs"])
def test_identities_send_nothing_of_a_send_to_lambda(via: str, happened: Happened) -> None:
    with pytest.raises(ValueError, match="no identity notification of a Send event"):
        happened(SENT).lambda_event(via=via, form="feedback")  # type: ignore[arg-type]


def test_every_look_is_equal_and_none_draws_an_id(bounce: Event) -> None:
    simulation = bounce.message.region_state.simulation
    before = simulation.draw()

    looks: list[Callable[[], object]] = [
        bounce.payload,
        bounce.feedback,
        bounce.sqs_message,
        bounce.lambda_event,
        lambda: bounce.lambda_event("sqs"),
        bounce.eventbridge_event,
        bounce.firehose_record,
    ]

    assert [look() for look in looks] == [look() for look in looks]
    assert simulation.draw() == before + 1


def test_two_events_have_nothing_of_their_ids_in_common(happened: Happened) -> None:
    first, second = happened(Bounced()), happened(Bounced())

    assert first.feedback_id != second.feedback_id
    for look in ("MessageId", "ReceiptHandle"):
        assert first.sqs_message()[look] != second.sqs_message()[look]
    assert first.eventbridge_event()["id"] != second.eventbridge_event()["id"]
    sns, other = (envelopes.sns_notification(event) for event in (first, second))
    assert sns["MessageId"] != other["MessageId"]
    assert sns["UnsubscribeURL"] == other["UnsubscribeURL"]


def test_in_china_topics_and_queues_are_china_s(happened: Happened, sent: Sent, abroad: RegionState) -> None:
    event = happened(Bounced(), sent(region_state=abroad))

    fields = envelopes.sns_notification(event)

    assert fields["TopicArn"] == "arn:aws-cn:sns:cn-north-1:210987654321:ses-events"
    assert fields["UnsubscribeURL"].startswith("https://sns.cn-north-1.amazonaws.com.cn/?Action=Unsubscribe")
    record = event.lambda_event(via="sqs")["Records"][0]
    assert record["eventSourceARN"] == "arn:aws-cn:sqs:cn-north-1:210987654321:ses-events"
