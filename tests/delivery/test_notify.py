"""What notify() does: in which order, how often, and what it says when an application does not take it."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from pytest_sesfake import Bounce, Complaint, NotifyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import HttpRequest, SesFake, TargetResponse
    from tests.delivery.conftest import Shop

TOPIC = "arn:aws:sns:us-east-1:123456789012:mine"


def types(answers: list[TargetResponse]) -> list[str]:
    return [answer.notification.type for answer in answers]


class TestConfirming:
    def test_the_first_post_asks_for_a_confirmation(self, sesfake: SesFake, shop: Shop) -> None:
        subscription = sesfake.subscribe(shop)
        assert not subscription.confirmed
        sesfake.send("ada@example.com", outcome=Bounce())
        answers = sesfake.notify()

        assert shop.got == ["SubscriptionConfirmation", "Send", "Bounce"]
        assert types(answers) == shop.got
        assert subscription.confirmed
        assert shop.envelopes[0]["Token"] == subscription.token
        assert len(subscription.token) > 200
        assert "HTTP_X_AMZ_SNS_SUBSCRIPTION_ARN" not in shop.environs[0]
        assert shop.environs[1]["HTTP_X_AMZ_SNS_SUBSCRIPTION_ARN"] == subscription.arn
        assert shop.envelopes[1]["UnsubscribeURL"].endswith(subscription.arn)

    def test_a_confirmation_is_asked_for_once(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.subscribe(shop)
        sesfake.notify()
        sesfake.send("ada@example.com")
        sesfake.notify()

        assert shop.got == ["SubscriptionConfirmation", "Send", "Delivery"]

    def test_an_application_that_does_not_confirm_gets_nothing_and_fails_the_test(
        self, sesfake: SesFake, shop: Shop
    ) -> None:
        shop.confirms = False
        subscription = sesfake.subscribe(shop)
        sesfake.send("ada@example.com")

        with pytest.raises(NotifyError) as failed:
            sesfake.notify()
        assert shop.got == ["SubscriptionConfirmation"]
        assert "has not confirmed its subscription by visiting the SubscribeURL" in str(failed.value)
        assert "Use subscribe(..., confirm=False) to skip the confirmation" in str(failed.value)
        assert types(failed.value.responses) == ["SubscriptionConfirmation"]
        assert types(sesfake.notify(check=False)) == []

        boto3.client("sns", "us-east-1").confirm_subscription(TopicArn=subscription.topic, Token=subscription.token)
        assert types(sesfake.notify()) == ["Send", "Delivery"]

    def test_a_confirmation_that_failed_is_asked_for_again(self, sesfake: SesFake, shop: Shop) -> None:
        shop.status, shop.confirms = "500 Oh", False
        sesfake.subscribe(shop)
        sesfake.send("ada@example.com")
        with pytest.raises(NotifyError, match=r"SubscriptionConfirmation: POST / of .*: 500 'thank you'"):
            sesfake.notify()
        shop.status, shop.confirms = "200 OK", True
        sesfake.notify()

        assert shop.got == ["SubscriptionConfirmation", "SubscriptionConfirmation", "Send", "Delivery"]
        assert shop.envelopes[0] == shop.envelopes[1]

    def test_notifications_start_immediately_without_confirmation(self, sesfake: SesFake, shop: Shop) -> None:
        assert sesfake.subscribe(shop, confirm=False).confirmed
        sesfake.send("ada@example.com")
        sesfake.notify()

        assert shop.got == ["Send", "Delivery"]

    def test_each_subscription_of_an_application_has_its_own_token_and_arn(self, sesfake: SesFake, shop: Shop) -> None:
        first, second = sesfake.subscribe(shop), sesfake.subscribe(shop, topic=TOPIC)
        sesfake.notify()

        assert first.token != second.token
        assert first.arn.startswith("arn:aws:sns:us-east-1:123456789012:ses-events:")
        assert second.arn.startswith(TOPIC + ":")
        assert (first.confirmed, second.confirmed) == (True, True)


class TestWhatIsTold:
    def test_events_before_the_subscription_are_not_notified(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.send("early@example.com")
        sesfake.subscribe(shop, confirm=False)
        sesfake.send("late@example.com")

        assert {tuple(answer.notification.recipients) for answer in sesfake.notify()} == {("late@example.com",)}

    def test_a_subscription_without_a_topic_gets_every_event_once(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.configuration_set("cs", topic=TOPIC)
        sesfake.subscribe(shop, confirm=False)
        sesfake.send("ada@example.com", outcome=Bounce(), configuration_set="cs")
        sesfake.send("bob@example.com", outcome=Complaint(), region="eu-west-1")
        sesfake.notify()

        assert shop.got == ["Send", "Bounce", "Send", "Delivery", "Complaint"]
        assert {envelope["TopicArn"] for envelope in shop.envelopes[:2]} == {
            "arn:aws:sns:us-east-1:123456789012:ses-events"
        }
        assert shop.envelopes[-1]["TopicArn"] == "arn:aws:sns:eu-west-1:123456789012:ses-events"
        assert shop.envelopes[-1]["SigningCertURL"].startswith("https://sns.eu-west-1.amazonaws.com/")

    def test_a_feedback_subscription_gets_the_notifications_of_identities(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.subscribe(shop, form="feedback", confirm=False)
        message = sesfake.send("ada@example.com", outcome=Complaint())
        sesfake.notify()

        assert [json.loads(envelope["Message"]) for envelope in shop.envelopes] == [
            event.feedback() for event in message.events[1:]
        ]
        assert "Subject" not in shop.envelopes[0]

    def test_feedback_has_headers_if_the_identity_includes_them(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.verify("example.com")
        sesfake.client("ses").set_identity_headers_in_notifications_enabled(
            Identity="example.com", NotificationType="Delivery", Enabled=True
        )
        sesfake.subscribe(shop, form="feedback", confirm=False)
        sesfake.send("ada@example.com")
        sesfake.notify()

        assert "headers" in json.loads(shop.envelopes[0]["Message"])["mail"]

    def test_a_subscription_of_a_topic_gets_what_is_published_there(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.configuration_set("cs", topic=TOPIC, events=["Bounce"])
        subscription = sesfake.subscribe(shop, topic=TOPIC, confirm=False)
        sesfake.client().create_configuration_set(ConfigurationSetName="other")
        sesfake.send("ada@example.com", outcome=Bounce(), configuration_set="cs")
        sesfake.send("bob@example.com", outcome=Bounce(), configuration_set="other")
        sesfake.notify()

        assert shop.got == ["Bounce"]
        assert shop.envelopes[0]["TopicArn"] == subscription.topic == TOPIC
        assert shop.envelopes[0]["Subject"] == "Amazon SES Email Event Notification"

    def test_a_topic_also_gets_the_notice_that_it_was_connected(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.verify("example.com")
        sesfake.subscribe(shop, topic=TOPIC)
        sesfake.client("ses").set_identity_notification_topic(
            Identity="example.com", NotificationType="Bounce", SnsTopic=TOPIC
        )
        sesfake.send("ada@example.net", outcome=Bounce(), sender="shop@example.com")
        sesfake.notify()

        assert shop.got == ["SubscriptionConfirmation", "AmazonSnsSubscriptionSucceeded", "Bounce"]

    def test_received_mail_is_published_to_the_topic_of_its_rule(self, sesfake: SesFake, shop: Shop) -> None:
        client = sesfake.client("ses")
        client.create_receipt_rule_set(RuleSetName="s")
        rule: Any = {"Name": "r", "Enabled": True, "Actions": [{"SNSAction": {"TopicArn": TOPIC}}]}
        client.create_receipt_rule(RuleSetName="s", Rule=rule)
        client.set_active_receipt_rule_set(RuleSetName="s")
        sesfake.subscribe(shop, topic=TOPIC, confirm=False)
        everything: list[Any] = []
        sesfake.subscribe(everything.append, target_type="request", confirm=False)
        received = sesfake.receive(to="ada@example.com", subject="Hello")
        sesfake.notify()

        assert shop.got == ["Received"]
        assert shop.envelopes[0]["Subject"] == "Amazon SES Email Receipt Notification"
        assert json.loads(shop.envelopes[0]["Message"]) == received.notifications[0].body
        assert sesfake.notifications.one("Received", recipient="ada@example.com", topic=TOPIC).targets == [shop]
        assert everything == []

    def test_all_subscribers_get_the_same_message_id(self, sesfake: SesFake) -> None:
        first: list[HttpRequest] = []
        second: list[HttpRequest] = []
        sesfake.subscribe(first.append, target_type="request", confirm=False)
        sesfake.subscribe(second.append, target_type="request", confirm=False, signature=2)
        sesfake.send("ada@example.com")
        sesfake.notify()

        one, other = first[0].json(), second[0].json()
        assert one["MessageId"] == other["MessageId"] == first[0].headers["x-amz-sns-message-id"]
        assert (one["SignatureVersion"], other["SignatureVersion"]) == ("1", "2")
        assert one["UnsubscribeURL"] != other["UnsubscribeURL"]
        assert sesfake.notifications.count() == 2
        assert len(sesfake.notifications.one("Send").responses) == 2

    def test_raw_delivery_omits_the_envelope_except_for_the_confirmation(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.subscribe(shop, raw=True)
        message = sesfake.send("ada@example.com")
        sesfake.notify()

        assert shop.envelopes[0]["Type"] == "SubscriptionConfirmation"
        assert [json.loads(body) for body in shop.bodies[1:]] == [event.payload() for event in message.events]
        assert shop.environs[1]["HTTP_X_AMZ_SNS_RAWDELIVERY"] == "true"
        assert "HTTP_X_AMZ_SNS_RAWDELIVERY" not in shop.environs[0]


class TestWhen:
    def test_notify_delivers_the_oldest_first_to_all_subscribers(self, sesfake: SesFake) -> None:
        calls: list[tuple[str, str]] = []

        def hook(name: str) -> Callable[[HttpRequest], None]:
            return lambda request: calls.append((name, json.loads(request.json()["Message"])["eventType"]))

        sesfake.subscribe(hook("a"), confirm=False)
        sesfake.subscribe(hook("b"), confirm=False)
        sesfake.send("ada@example.com", outcome=Bounce())
        sesfake.notify()

        assert calls == [("a", "Send"), ("b", "Send"), ("a", "Bounce"), ("b", "Bounce")]

    def test_notify_delivers_what_is_due_and_never_moves_the_clock(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.clock.freeze(datetime(2026, 3, 26, tzinfo=timezone.utc))
        sesfake.subscribe(shop, confirm=False)
        sesfake.send("ada@example.com", outcome=Bounce("Transient", after=60))
        sesfake.notify()
        assert shop.got == ["Send", "Delivery"]
        sesfake.clock.advance(seconds=59)
        assert sesfake.notify() == []
        sesfake.clock.advance(seconds=1)
        sesfake.notify()

        assert shop.got[2:] == ["Bounce"]
        assert shop.envelopes[-1]["Timestamp"] == "2026-03-26T00:01:00.000Z"
        assert sesfake.clock.now() == datetime(2026, 3, 26, 0, 1, tzinfo=timezone.utc)

    def test_notify_returns_an_empty_list_and_needs_a_subscription(self, sesfake: SesFake, shop: Shop) -> None:
        with pytest.raises(RuntimeError, match=r"notify\(\) has no subscriber\. Call sesfake.subscribe\(application\)"):
            sesfake.notify()
        sesfake.subscribe(shop, confirm=False)

        assert sesfake.notify() == []

    def test_notify_calls_applications_on_the_calling_thread(self, sesfake: SesFake) -> None:
        threads: list[int] = []
        sesfake.subscribe(lambda request: threads.append(threading.get_ident()), confirm=False)
        sesfake.send("ada@example.com")
        sesfake.notify()

        assert threads == [threading.get_ident()] * 2

    def test_a_fake_that_starts_over_has_no_subscriptions(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.subscribe(shop, confirm=False)
        sesfake.send("ada@example.com")
        sesfake.reset()

        assert sesfake.notifications == []
        with pytest.raises(RuntimeError, match="has no subscriber"):
            sesfake.notify()


class TestFailing:
    def test_a_failed_notification_stays_queued_and_the_others_are_delivered(self, sesfake: SesFake) -> None:
        calls: list[str] = []

        def hook(request: HttpRequest) -> int:
            kind = json.loads(request.json()["Message"])["eventType"]
            calls.append(kind)
            return 500 if kind == "Send" and calls.count("Send") < 3 else 200

        sesfake.subscribe(hook, confirm=False)
        sesfake.send("ada@example.com")
        for _ in range(2):
            with pytest.raises(NotifyError):
                sesfake.notify()
        answers = sesfake.notify()

        assert calls == ["Send", "Delivery", "Send", "Send"]
        assert types(answers) == ["Send"]
        assert sesfake.notify() == []
        assert [answer.status for answer in sesfake.notifications.one("Send").responses] == [500, 500, 200]

    @pytest.mark.parametrize("status", [199, 300, 302, 400, 404, 500, 503])
    def test_only_2xx_is_accepted(self, sesfake: SesFake, status: int) -> None:
        sesfake.subscribe(lambda request: status, confirm=False)
        sesfake.send("ada@example.com")

        with pytest.raises(NotifyError):
            sesfake.notify()

    def test_an_exception_of_the_application_is_reported_and_chained(self, sesfake: SesFake) -> None:
        def hook(request: HttpRequest) -> None:
            raise KeyError(request.method)

        sesfake.subscribe(hook, confirm=False)
        sesfake.send("ada@example.com")
        with pytest.raises(NotifyError) as failed:
            sesfake.notify()

        where = f"POST / of {__name__}:{hook.__qualname__} (TopicArn arn:aws:sns:us-east-1:123456789012:ses-events)"
        assert str(failed.value) == (
            "2 of 2 notifications were not accepted\n"
            f"  Send for ada@example.com: {where}: KeyError: 'POST'\n"
            f"  Delivery for ada@example.com: {where}: KeyError: 'POST'"
        )
        assert isinstance(failed.value, AssertionError)
        assert isinstance(failed.value.__cause__, KeyError)
        assert [type(answer.error) for answer in failed.value.responses] == [KeyError, KeyError]

    def test_the_error_text_shows_each_response(self, sesfake: SesFake, shop: Shop) -> None:
        shop.status = "500 Oh"
        sesfake.subscribe(shop, confirm=False)
        sesfake.send("ada@example.com")

        with pytest.raises(
            NotifyError, match=r"Send for ada@example\.com: POST / of an object of .*:Shop \(.*: 500 'thank you'"
        ):
            sesfake.notify()

    def test_the_error_text_names_some_of_many_failures(self, sesfake: SesFake) -> None:
        sesfake.subscribe(lambda request: 500, confirm=False)
        for number in range(15):
            sesfake.send(f"ada{number}@example.com")

        with pytest.raises(NotifyError, match=r"^30 of 30 notifications were not accepted\n") as failed:
            sesfake.notify()
        lines = str(failed.value).splitlines()
        assert len(lines) == 22
        assert lines[-1] == "  and 10 more, all in the error's `responses`"
        assert len(failed.value.responses) == 30

    def test_an_unchecked_failure_is_only_in_the_responses(self, sesfake: SesFake) -> None:
        sesfake.subscribe(lambda request: 500, confirm=False)
        sesfake.send("ada@example.com")

        assert [(answer.status, answer.ok) for answer in sesfake.notify(check=False)] == [(500, False)] * 2

    def test_a_keyboard_interrupt_stops_the_test_and_the_notification_stays_queued(self, sesfake: SesFake) -> None:
        calls: list[int] = []

        def hook(request: HttpRequest) -> None:
            calls.append(1)
            if len(calls) == 1:
                raise KeyboardInterrupt(request.method)

        sesfake.subscribe(hook, confirm=False)
        sesfake.send("ada@example.com")
        with pytest.raises(KeyboardInterrupt):
            sesfake.notify()

        assert types(sesfake.notify()) == ["Send", "Delivery"]


class TestWithin:
    """What an application does while it handles a notification."""

    def test_mail_that_an_application_sends_is_notified_in_the_next_round(self, sesfake: SesFake, shop: Shop) -> None:
        client = sesfake.client()

        def write_again(_envelope: dict[str, Any]) -> None:
            client.send_email(
                FromEmailAddress="shop@example.com",
                Destination={"ToAddresses": ["owner@example.com"]},
                Content={"Simple": {"Subject": {"Data": "Alas"}, "Body": {"Text": {"Data": "A bounce"}}}},
            )

        shop.does = write_again
        sesfake.subscribe(shop, confirm=False)
        sesfake.send("ada@example.com", outcome=Bounce())
        first = sesfake.notify()
        shop.does = lambda _: None
        second = sesfake.notify()

        assert types(first) == ["Send", "Bounce"]
        assert types(second) == ["Send", "Delivery", "Send", "Delivery"]
        assert len(sesfake.outbox) == 3
        assert sesfake.notify() == []

    def test_notify_inside_notify_delivers_nothing(self, sesfake: SesFake) -> None:
        inner: list[list[TargetResponse]] = []
        sesfake.subscribe(lambda request: inner.append(sesfake.notify()), confirm=False)
        sesfake.send("ada@example.com")

        assert len(sesfake.notify()) == 2
        assert inner == [[], []]

    def test_an_application_may_read_the_fake_from_another_thread(self, sesfake: SesFake) -> None:
        def hook(request: HttpRequest) -> None:
            def other() -> None:
                sesfake.send("eve@example.com")
                assert sesfake.notify() == []

            thread = threading.Thread(target=other)
            thread.start()
            thread.join(10)
            assert not thread.is_alive()
            assert sesfake.events.count(recipient="eve@example.com") >= 2
            assert request.body

        sesfake.subscribe(hook, confirm=False)
        sesfake.send("ada@example.com")

        assert len(sesfake.notify()) == 2

    def test_an_application_may_subscribe_another_one(self, sesfake: SesFake, shop: Shop) -> None:
        def hook(request: HttpRequest) -> None:
            assert request.body
            sesfake.subscribe(shop, confirm=False)

        sesfake.subscribe(hook, confirm=False)
        sesfake.send("ada@example.com")
        sesfake.notify()
        sesfake.send("eve@example.com")
        sesfake.notify()

        assert shop.got == ["Send", "Send", "Delivery", "Delivery"]
