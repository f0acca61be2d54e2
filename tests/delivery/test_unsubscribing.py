"""The end of a subscription, and how it is taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from pytest_sesfake import SesFake, TargetResponse
    from tests.delivery.conftest import Shop

TOPIC = "arn:aws:sns:us-east-1:123456789012:mine"


def types(answers: list[TargetResponse]) -> list[str]:
    return [answer.notification.type for answer in answers]


def test_unsubscribing_notifies_a_web_application_once_and_then_ends(sesfake: SesFake, shop: Shop) -> None:
    subscription = sesfake.subscribe(shop)
    sesfake.notify()
    sesfake.send("ada@example.com")
    subscription.unsubscribe()
    sesfake.send("bob@example.com")
    sesfake.notify()

    assert shop.got == ["SubscriptionConfirmation", "UnsubscribeConfirmation"]
    assert subscription.ended
    assert not subscription.confirmed
    assert shop.environs[1]["HTTP_X_AMZ_SNS_SUBSCRIPTION_ARN"] == subscription.arn
    assert shop.envelopes[0]["Token"] != shop.envelopes[1]["Token"]
    assert sesfake.notify() == []


def test_unsubscribing_twice_notifies_once(sesfake: SesFake, shop: Shop) -> None:
    subscription = sesfake.subscribe(shop)
    sesfake.notify()
    subscription.unsubscribe()
    subscription.unsubscribe()

    assert types(sesfake.notify()) == ["UnsubscribeConfirmation"]


def test_unsubscribing_a_function_notifies_nobody(sesfake: SesFake) -> None:
    seen: list[Any] = []
    sesfake.subscribe(seen.append, target_type="lambda").unsubscribe()
    sesfake.send("ada@example.com")

    assert sesfake.notify() == []
    assert seen == []


def test_confirming_again_restores_a_subscription(sesfake: SesFake, shop: Shop) -> None:
    subscription = sesfake.subscribe(shop)
    sesfake.notify()
    subscription.unsubscribe()
    sesfake.notify()
    boto3.client("sns", "us-east-1").confirm_subscription(TopicArn=subscription.topic, Token=subscription.token)
    sesfake.send("ada@example.com")
    sesfake.notify()

    assert subscription.confirmed
    assert shop.got[2:] == ["Send", "Delivery"]


def test_states_are_seen(sesfake: SesFake, shop: Shop) -> None:
    subscription = sesfake.subscribe("http://localhost/hook", topic=TOPIC)
    assert repr(subscription) == f"<Subscription pending http 'http://localhost/hook' to {TOPIC}>"
    assert repr(sesfake.subscribe(shop, confirm=False)).startswith("<Subscription confirmed wsgi Shop(")
    subscription.unsubscribe()
    assert repr(subscription).startswith("<Subscription ended http")
