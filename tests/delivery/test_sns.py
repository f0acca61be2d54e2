"""What SNS puts around a text, and what a forger would."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from pytest_sesfake.delivery import signing, sns
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.events import Bounced

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_sesfake.delivery.sns import Handshake
    from pytest_sesfake.ses.event_forms import Forge
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.simulation import Simulation

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mine"
SUBSCRIPTION = TOPIC + ":2bcfbf39-05c3-41de-beaa-fcfcc21c8f55"
TOKEN = "2336412f37fb687f5d51e6e2425dacbba"
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "Unknown": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
ALGORITHMS = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - SNS's version 1 is by SHA-1


def is_signed(fields: Mapping[str, str], certificate: bytes | None = None) -> bool:
    """Verify as an application does, by the description of SNS's documentation."""
    text = "".join(f"{name}\n{fields[name]}\n" for name in SIGNED[fields["Type"]] if name in fields)
    key = x509.load_pem_x509_certificate(certificate or signing.signer().certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        signature = base64.b64decode(fields["Signature"])
        key.verify(signature, text.encode(), padding.PKCS1v15(), ALGORITHMS[fields["SignatureVersion"]])
    except InvalidSignature:
        return False
    return True


@pytest.fixture
def bounce(happened: Callable[..., Event]) -> Event:
    return happened(Bounced())


def confirmation(simulation: Simulation, handshake: Handshake, **more: Any) -> dict[str, str]:
    return sns.confirmation(
        simulation,
        handshake,
        topic_arn=TOPIC,
        subscription_arn=SUBSCRIPTION,
        token=TOKEN,
        message_id="165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        at=1_774_491_202.263,
        **more,
    )


@pytest.mark.parametrize("version", [1, 2])
def test_a_confirmation_is_asked_for_in_these_words(simulation: Simulation, version: int) -> None:
    fields = confirmation(simulation, "SubscriptionConfirmation", signature=version)

    signature = fields.pop("Signature")
    assert json.dumps(fields) == json.dumps(
        {
            "Type": "SubscriptionConfirmation",
            "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
            "Token": TOKEN,
            "TopicArn": TOPIC,
            "Message": f"You have chosen to subscribe to the topic {TOPIC}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message.",
            "SubscribeURL": f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}"
            f"&Token={TOKEN}",
            "Timestamp": "2026-03-26T02:13:22.263Z",
            "SignatureVersion": str(version),
            "SigningCertURL": signing.signer().certificate_url("eu-west-1"),
        }
    )
    assert list(confirmation(simulation, "SubscriptionConfirmation"))[-2:] == ["Signature", "SigningCertURL"]
    assert is_signed({**fields, "Signature": signature})


def test_the_confirmation_of_an_unsubscription_has_the_text_of_sns(simulation: Simulation) -> None:
    fields = confirmation(simulation, "UnsubscribeConfirmation")

    assert fields["Message"] == (
        f"You have chosen to deactivate subscription {SUBSCRIPTION}.\n"
        "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
    )
    assert "Action=ConfirmSubscription" in fields["SubscribeURL"]
    assert list(fields) == list(confirmation(simulation, "SubscriptionConfirmation"))
    assert is_signed(fields)


def test_a_notification_is_posted_with_these_headers(bounce: Event) -> None:
    fields = bounce.sns()
    request = bounce.http_request(path="/hook?a=b")

    assert (request.method, request.path) == ("POST", "/hook?a=b")
    assert list(request.headers.items()) == [
        ("x-amz-sns-message-type", "Notification"),
        ("x-amz-sns-message-id", fields["MessageId"]),
        ("x-amz-sns-topic-arn", "arn:aws:sns:us-east-1:123456789012:ses-events"),
        ("x-amz-sns-subscription-arn", fields["UnsubscribeURL"].partition("SubscriptionArn=")[2]),
        ("Content-Length", str(len(request.body))),
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Connection", "Keep-Alive"),
        ("User-Agent", "Amazon Simple Notification Service Agent"),
        ("Accept-Encoding", "gzip,deflate"),
    ]
    assert request.json() == fields
    assert request.body.startswith(b'{\n  "Type" : "Notification",\n')


def test_a_confirmation_is_posted_without_the_subscription_and_an_end_with_it(simulation: Simulation) -> None:
    asked = sns.request(confirmation(simulation, "SubscriptionConfirmation"), subscription_arn=SUBSCRIPTION)
    ended = sns.request(confirmation(simulation, "UnsubscribeConfirmation"), subscription_arn=SUBSCRIPTION)

    assert asked.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert "x-amz-sns-subscription-arn" not in asked.headers
    assert ended.headers["x-amz-sns-message-type"] == "UnsubscribeConfirmation"
    assert ended.headers["x-amz-sns-subscription-arn"] == SUBSCRIPTION


def test_raw_delivery_posts_the_text_alone_and_says_so(bounce: Event) -> None:
    fields = bounce.sns()
    request = sns.request(fields, subscription_arn=SUBSCRIPTION, raw=True)

    assert request.body.decode() == fields["Message"]
    assert request.headers["x-amz-sns-rawdelivery"] == "true"
    assert request.headers["x-amz-sns-message-id"] == fields["MessageId"]
    assert request.headers["Content-Type"] == "text/plain; charset=UTF-8"


class TestForgeries:
    """Each has one thing wrong, and everything else right."""

    def test_a_wrong_signature_has_the_right_form(self, bounce: Event) -> None:
        good, bad = bounce.sns(), bounce.sns(forge="signature")

        assert {name for name in good if good[name] != bad[name]} == {"Signature"}
        assert len(base64.b64decode(bad["Signature"])) == 256
        assert not is_signed(bad)

    def test_a_foreign_certificate_fits_the_signature_and_lies_elsewhere(self, bounce: Event) -> None:
        good, bad = bounce.sns(), bounce.sns("certificate")

        assert {name for name in good if good[name] != bad[name]} == {"Signature", "SigningCertURL"}
        assert re.fullmatch(
            r"https://sns\.us-east-1\.amazonaws\.com\.example\.net/SimpleNotificationService-[0-9a-f]{32}\.pem",
            bad["SigningCertURL"],
        )
        assert not is_signed(bad)
        assert is_signed(bad, signing.stranger().certificate)

    def test_a_foreign_topic_is_signed_well(self, bounce: Event) -> None:
        bad = bounce.sns("topic")

        assert bad["TopicArn"] == "arn:aws:sns:us-east-1:999999999999:not-yours"
        assert "SubscriptionArn=arn:aws:sns:us-east-1:999999999999:not-yours:" in bad["UnsubscribeURL"]
        assert is_signed(bad)
        assert bounce.http_request("topic").headers["x-amz-sns-topic-arn"] == bad["TopicArn"]

    def test_an_unknown_notification_type_is_in_body_and_header(self, bounce: Event) -> None:
        request = bounce.http_request("type")

        assert request.json()["Type"] == request.headers["x-amz-sns-message-type"] == "Unknown"
        assert is_signed(request.json())

    def test_an_old_message_was_signed_when_it_was_new(self, bounce: Event) -> None:
        bad = bounce.sns("age")

        then = moment(bounce.at) - timedelta(days=30)
        assert bad["Timestamp"] == then.strftime("%Y-%m-%dT%H:%M:%S.263Z")
        assert is_signed(bad)

    @pytest.mark.parametrize("forge", sns.FORGERIES)
    def test_headers_and_body_of_a_forgery_agree(self, bounce: Event, forge: Forge) -> None:
        request = bounce.http_request(forge)

        fields = request.json()
        assert request.headers["x-amz-sns-message-type"] == fields["Type"]
        assert request.headers["x-amz-sns-message-id"] == fields["MessageId"]
        assert json.loads(fields["Message"]) == bounce.payload()
        assert request.headers["Content-Length"] == str(len(request.body))

    def test_another_forgery_is_a_mistake_of_the_caller(self, bounce: Event) -> None:
        with pytest.raises(ValueError, match="forge takes 'signature', 'certificate', 'topic', 'type', 'age', not 'x'"):
            bounce.sns("x")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="not 'x'"):
            bounce.http_request(forge="x")  # type: ignore[arg-type]


def test_an_envelope_of_an_event_takes_form_topic_and_signature(bounce: Event) -> None:
    fields = bounce.sns(form="feedback", topic=TOPIC, signature=2)

    assert (fields["TopicArn"], fields["SignatureVersion"]) == (TOPIC, "2")
    assert json.loads(fields["Message"]) == bounce.feedback()
    assert is_signed(fields)
    assert bounce.http_request(form="feedback").json() == bounce.sns(form="feedback")


def test_the_two_signers_have_nothing_in_common() -> None:
    ours, theirs = signing.signers()

    assert ours.certificate != theirs.certificate
    assert ours.file_name != theirs.file_name
    assert signing.signer() is ours
    assert signing.stranger() is theirs
