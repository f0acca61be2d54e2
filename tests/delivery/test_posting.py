"""Requests that a test sends to an application by hand: forgeries, replays, nonsense."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from pytest_sesfake import Bounce
from pytest_sesfake.delivery import signing
from pytest_sesfake.delivery.sns import FORGERIES

if TYPE_CHECKING:
    from pytest_sesfake import HttpRequest, Notification, SesFake
    from tests.delivery.conftest import Shop

MINE = "arn:aws:sns:us-east-1:123456789012:mine"
CHANGED: dict[str, set[str]] = {
    "signature": set(),
    "certificate": {"SigningCertURL"},
    "topic": {"TopicArn"},
    "type": {"Type"},
    "age": {"Timestamp"},
}
"""What a forgery changes, beside the signature and the addresses."""


def is_signed(envelope: dict[str, str]) -> bool:
    """Tell whether an envelope is signed by the key of SNS."""
    text = signing.string_to_sign(envelope).encode()
    try:
        signing.signer().key.public_key().verify(
            base64.b64decode(envelope["Signature"]),
            text,
            padding.PKCS1v15(),
            hashes.SHA1(),  # noqa: S303 - SNS's version 1 is by SHA-1
        )
    except InvalidSignature:
        return False
    return True


def test_a_request_goes_as_it_is_and_where_the_application_is(sesfake: SesFake, shop: Shop) -> None:
    hook = sesfake.subscribe(shop, path="/hook")
    event = sesfake.send("ada@example.com", outcome=Bounce()).events[-1]

    answer = hook.post(event.http_request(forge="signature"))

    assert (answer.status, answer.ok) == (200, True)
    assert shop.environs[0]["PATH_INFO"] == "/hook"
    assert shop.envelopes == [event.sns(forge="signature")]


def test_a_replay_is_a_request_sent_twice(sesfake: SesFake, shop: Shop) -> None:
    hook = sesfake.subscribe(shop)
    request = sesfake.send("ada@example.com").events[0].http_request()

    hook.post(request)
    hook.post(request)

    assert shop.envelopes[0] == shop.envelopes[1]


@pytest.mark.parametrize("topic", [None, MINE])
def test_a_notification_can_be_posted_again_with_its_message_id(
    sesfake: SesFake, shop: Shop, topic: str | None
) -> None:
    sesfake.configuration_set("cs", topic=MINE, events=["Bounce"])
    hook = sesfake.subscribe(shop, topic=topic, confirm=False)
    event = sesfake.send("ada@example.com", outcome=Bounce(), configuration_set="cs").events[-1]
    sesfake.notify()

    hook.post(event.http_request(topic=hook.topic))

    notified, again = shop.envelopes[-2:]
    assert notified["TopicArn"] == hook.topic
    assert again | {"UnsubscribeURL": ""} == notified | {"UnsubscribeURL": ""}


def test_malformed_json_is_a_request_with_another_body(sesfake: SesFake) -> None:
    def application(request: HttpRequest) -> int:
        try:
            request.json()
        except ValueError:
            return 400
        return 200

    hook = sesfake.subscribe(application)
    request = sesfake.send("ada@example.com").events[0].http_request()
    malformed = replace(request, body=b"{")

    assert hook.post(malformed).status == 400
    assert hook.post(request).status == 200
    assert malformed.headers == {**request.headers, "Content-Length": "1"}
    assert list(malformed.headers) == list(request.headers)


@pytest.mark.parametrize("subject", [None, "Hello"])
def test_a_text_is_published_in_a_signed_envelope(sesfake: SesFake, shop: Shop, subject: str | None) -> None:
    hook = sesfake.subscribe(shop, topic="arn:aws:sns:eu-west-1:123456789012:mine", confirm=False)
    text = json.dumps({"eventType": "Novelty"})

    answer = hook.post(text, subject=subject)

    envelope = shop.envelopes[0]
    signature = envelope.pop("Signature")
    assert (envelope["Message"], envelope.get("Subject")) == (text, subject)
    assert signature == signing.signer().sign(envelope)
    assert envelope["TopicArn"] == hook.topic
    assert answer.notification.text == text


def test_texts_are_messages_of_their_own(sesfake: SesFake, shop: Shop) -> None:
    hook = sesfake.subscribe(shop)
    shop.does = lambda _: None
    hook.post('{"eventType": "A"}')
    hook.post('{"eventType": "A"}')

    assert shop.envelopes[0]["MessageId"] != shop.envelopes[1]["MessageId"]


def test_what_is_posted_by_hand_is_neither_due_nor_published(sesfake: SesFake) -> None:
    hook = sesfake.subscribe(lambda request: 500, confirm=False)
    event = sesfake.send("ada@example.com").events[0]
    sesfake.notify(check=False)

    answer = hook.post(event.http_request())

    assert (answer.status, answer.ok) == (500, False)
    assert len(sesfake.notifications) == 2
    assert len(sesfake.notify(check=False)) == 2


def test_an_exception_is_in_the_answer(sesfake: SesFake) -> None:
    def application(request: HttpRequest) -> None:
        raise KeyError(request.path)

    hook = sesfake.subscribe(application, path="/hook")

    error = hook.post("text").error
    assert isinstance(error, KeyError)
    assert error.args == ("/hook",)


def test_functions_get_texts_too(sesfake: SesFake) -> None:
    seen: list[Any] = []
    hook = sesfake.subscribe(seen.append, target_type="sqs")

    hook.post("not even json")

    assert json.loads(seen[0]["Body"])["Message"] == "not even json"


def test_what_cannot_be_posted_is_said(sesfake: SesFake) -> None:
    request = sesfake.send("ada@example.com").events[0].http_request()
    with pytest.raises(TypeError, match=r"post\(\) takes an HttpRequest or a string, not \{\}"):
        sesfake.subscribe(lambda request: None).post({})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="sends requests only to web applications, not to target_type='sqs'"):
        sesfake.subscribe(lambda message: None, target_type="sqs").post(request)


class TestNotifications:
    """What was published can be forged as well as an event."""

    @pytest.fixture
    def notified(self, sesfake: SesFake, shop: Shop) -> dict[str, Notification]:
        """A notification of each type without an event, and one with an event, as the shop got them."""
        client = sesfake.client("ses")
        client.create_receipt_rule_set(RuleSetName="s")
        rule: Any = {"Name": "r", "Enabled": True, "Actions": [{"SNSAction": {"TopicArn": MINE}}]}
        client.create_receipt_rule(RuleSetName="s", Rule=rule)
        client.set_active_receipt_rule_set(RuleSetName="s")
        sesfake.configuration_set("cs", topic=MINE, events=["Bounce"])
        hook = sesfake.subscribe(shop, topic=MINE)
        sesfake.receive(to="ada@example.com", subject="Hello")
        sesfake.send("ada@example.com", outcome=Bounce(), configuration_set="cs")
        answers = sesfake.notify()
        hook.unsubscribe()
        return {answer.notification.type: answer.notification for answer in [*answers, *sesfake.notify()]}

    def test_it_is_the_post_that_the_application_got(self, notified: dict[str, Notification], shop: Shop) -> None:
        assert set(notified) == {"SubscriptionConfirmation", "Received", "Bounce", "UnsubscribeConfirmation"}
        for notification in notified.values():
            request = notification.http_request(path="/hook")
            (got,) = (each for each in shop.envelopes if each["MessageId"] == notification.id)
            assert (request.path, request.headers["x-amz-sns-message-id"]) == ("/hook", notification.id)
            assert request.json() | {"UnsubscribeURL": ""} == got | {"UnsubscribeURL": ""}

    @pytest.mark.parametrize("forge", FORGERIES)
    def test_one_thing_alone_is_wrong(self, notified: dict[str, Notification], forge: Any) -> None:
        for notification in notified.values():
            right, forged = (notification.http_request(each) for each in (None, forge))

            changed = {name for name, value in right.json().items() if forged.json()[name] != value}
            assert changed - {"Signature", "Message", "SubscribeURL", "UnsubscribeURL"} == CHANGED[forge]
            assert forged.headers["x-amz-sns-topic-arn"] == forged.json()["TopicArn"]
            assert is_signed(forged.json()) is (forge not in {"signature", "certificate"})

    def test_a_forged_confirmation_confirms_nothing(self, sesfake: SesFake, shop: Shop) -> None:
        shop.confirms = False
        hook = sesfake.subscribe(shop)
        (answer,) = sesfake.notify(check=False)

        shop.confirms = True
        refusal = hook.post(answer.notification.http_request(forge="topic")).error
        assert isinstance(refusal, HTTPError)
        refusal.close()
        assert not hook.confirmed
        assert hook.post(answer.notification.http_request()).ok
        assert hook.confirmed

    def test_what_is_published_elsewhere_is_not_posted(self, sesfake: SesFake) -> None:
        stream = "arn:aws:firehose:us-east-1:123456789012:deliverystream/mail"
        sesfake.configuration_set("cs", topic=stream, events=["Bounce"])
        sesfake.send("ada@example.com", outcome=Bounce(), configuration_set="cs")

        with pytest.raises(ValueError, match=f"^{stream} is not an SNS topic, so nothing is posted$"):
            sesfake.notifications[0].http_request()
