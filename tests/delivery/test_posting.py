"""What a test sends to an application by hand: forgeries, replays, nonsense."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Bounce
from pytest_sesfake.delivery import signing

if TYPE_CHECKING:
    from pytest_sesfake import HttpRequest, SesFake
    from tests.delivery.conftest import Shop


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


def test_malformed_json_is_a_request_with_another_body(sesfake: SesFake) -> None:
    def application(request: HttpRequest) -> int:
        try:
            request.json()
        except ValueError:
            return 400
        return 200

    hook = sesfake.subscribe(application)
    request = sesfake.send("ada@example.com").events[0].http_request()

    assert hook.post(replace(request, body=b"{")).status == 400
    assert hook.post(request).status == 200


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
    hook = sesfake.subscribe(lambda request: 500, confirm=False)  # noqa: ARG005
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
    hook = sesfake.subscribe(seen.append, as_="sqs")

    hook.post("not even json")

    assert json.loads(seen[0]["Body"])["Message"] == "not even json"


def test_what_cannot_be_posted_is_said(sesfake: SesFake) -> None:
    request = sesfake.send("ada@example.com").events[0].http_request()
    with pytest.raises(TypeError, match=r"post\(\) takes a HttpRequest or a text, not \{\}"):
        sesfake.subscribe(lambda request: None).post({})  # type: ignore[arg-type]  # noqa: ARG005
    with pytest.raises(TypeError, match="sends requests to web applications, and this one is of the kind 'sqs'"):
        sesfake.subscribe(lambda message: None, as_="sqs").post(request)  # noqa: ARG005
