"""django-ses and django-anymail as applications have them, unmodified; test_django.py runs them by themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING, Any

import anymail.signals  # type: ignore[import-untyped]
import boto3
import django  # type: ignore[import-untyped]
import django_ses.signals  # type: ignore[import-untyped]
import pytest
from django.conf import settings  # type: ignore[import-untyped]
from django.core.wsgi import get_wsgi_application  # type: ignore[import-untyped]
from django.test import override_settings  # type: ignore[import-untyped]
from django.urls import include, path  # type: ignore[import-untyped]
from moto import mock_aws
from werkzeug.serving import make_server

from pytest_sesfake import Bounce, Complaint, NotifyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_sesfake import Event, SesFake
    from pytest_sesfake.ses.event_forms import Forge, Form

    Application = Callable[..., Iterable[bytes]]

settings.configure(
    ALLOWED_HOSTS=["testserver", "localhost"],
    SECRET_KEY="not secret",
    SECURE_SSL_REDIRECT=True,
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"],
    INSTALLED_APPS=["django_ses", "anymail"],
    USE_TZ=True,
    ANYMAIL={"WEBHOOK_SECRET": "ada:secret"},
    AWS_SNS_EVENT_TRUSTED_TOPIC_ARNS=["arn:aws:sns:us-east-1:123456789012:ses-events"],
)
django.setup()

from django_ses.views import SESEventWebhookView  # type: ignore[import-untyped]  # noqa: E402 - it reads the settings

settings.ROOT_URLCONF = (
    path("ses/event-webhook/", SESEventWebhookView.as_view()),
    path("anymail/", include("anymail.urls")),
)
SES, TRACKING, INBOUND = "/ses/event-webhook/", "/anymail/amazon_ses/tracking/", "/anymail/amazon_ses/inbound/"
LOGIN = ("ada", "secret")
FORGERIES: list[Forge] = ["signature", "certificate", "topic", "type"]
"""What django-ses looks at: the age of a message is not among it."""


@pytest.fixture(scope="module")
def app() -> Application:
    application: Application = get_wsgi_application()
    return application


@pytest.fixture
def site() -> Iterator[str]:
    """The address of a server on a socket that answers without HTTPS, too."""
    with override_settings(SECURE_SSL_REDIRECT=False):
        server = make_server("localhost", 0, get_wsgi_application(), threaded=True)
    thread = Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield f"http://localhost:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def heard() -> Iterator[list[tuple[str, Any]]]:
    """What the signals of both packages said."""
    heard: list[tuple[str, Any]] = []

    def hear_ses(sender: object, mail_obj: Any, raw_message: Any, **more: Any) -> None:
        detail = next((more[name] for name in more if name.endswith("_obj")), None)
        heard.append((json.loads(json.loads(raw_message)["Message"]).get("eventType"), detail))

    def hear_anymail(sender: object, event: Any, esp_name: str, **_: Any) -> None:
        heard.append((event.event_type, event))

    names = ("bounce", "complaint", "delivery", "send", "open", "click")
    ses = [getattr(django_ses.signals, f"{name}_received") for name in names]
    ours = [anymail.signals.tracking, anymail.signals.inbound]
    for signal in ses:
        signal.connect(hear_ses)
    for signal in ours:
        signal.connect(hear_anymail)
    yield heard
    for signal in ses:
        signal.disconnect(hear_ses)
    for signal in ours:
        signal.disconnect(hear_anymail)


@pytest.fixture
def event(sesfake: SesFake) -> Event:
    return sesfake.send("ada@example.com", outcome=Bounce()).events[-1]


class TestDjangoSes:
    """Its signatures are verified: the certificate comes by requests, the confirmation goes by urllib."""

    @pytest.mark.parametrize("form", ["events", "feedback"])
    def test_it_confirms_and_hears_every_event(
        self,
        sesfake: SesFake,
        app: Application,
        heard: list[tuple[str, Any]],
        form: Form,
    ) -> None:
        subscription = sesfake.subscribe(app, path=SES, form=form)
        sesfake.send("ada@example.com", outcome=Bounce())
        sesfake.send("eve@example.com", outcome=Complaint())
        answers = sesfake.notify()

        assert subscription.confirmed
        assert {answer.status for answer in answers} == {200}
        assert [answer.notification.type for answer in answers[1:]] == [
            event.type for event in sesfake.events if form == "events" or event.type != "Send"
        ]
        assert len(heard) == len(answers) - 1
        detail = sesfake.events.one("Bounce").detail
        assert detail in [text for _, text in heard]

    @pytest.mark.parametrize("forge", FORGERIES)
    def test_it_refuses_forgeries(
        self,
        sesfake: SesFake,
        app: Application,
        heard: list[tuple[str, Any]],
        event: Event,
        forge: Forge,
    ) -> None:
        hook = sesfake.subscribe(app, path=SES, confirm=False)

        assert hook.post(event.http_request(forge=forge)).status == 400
        assert heard == []
        assert hook.post(event.http_request()).status == 200
        assert [kind for kind, _ in heard] == ["Bounce"]

    def test_it_refuses_nonsense_and_bears_what_it_does_not_know(
        self,
        sesfake: SesFake,
        app: Application,
        heard: list[tuple[str, Any]],
        event: Event,
    ) -> None:
        hook = sesfake.subscribe(app, path=SES, confirm=False)

        assert hook.post(replace(event.http_request(), body=b"{")).status == 400
        assert hook.post('{"eventType": "Novelty", "mail": {}}').status == 200
        assert hook.post("Successfully validated SNS topic for Amazon SES event publishing.").status == 200
        assert heard == []

    def test_it_verifies_signatures_of_version_1_alone(self, sesfake: SesFake, app: Application) -> None:
        sesfake.subscribe(app, path=SES, confirm=False, signature=2)
        sesfake.send("ada@example.com")

        with pytest.raises(NotifyError, match="400 'Signature verification failed"):
            sesfake.notify()

    def test_on_a_socket_it_confirms_hears_and_refuses_as_well(
        self,
        sesfake: SesFake,
        site: str,
        heard: list[tuple[str, Any]],
    ) -> None:
        hook = sesfake.subscribe(site + SES)
        event = sesfake.send("ada@example.com", outcome=Bounce()).events[-1]

        assert [answer.status for answer in sesfake.notify()] == [200, 200, 200]
        assert hook.confirmed
        assert [kind for kind, _ in heard] == ["Send", "Bounce"]
        for forge in FORGERIES:
            assert hook.post(event.http_request(forge=forge)).status == 400
        assert len(heard) == 2

    def test_it_does_not_confirm_a_topic_that_it_does_not_trust(self, sesfake: SesFake, app: Application) -> None:
        theirs = sesfake.subscribe(app, path=SES, topic="arn:aws:sns:us-east-1:999999999999:theirs")

        assert [answer.status for answer in sesfake.notify(check=False)] == [400]
        assert not theirs.confirmed

    def test_who_wants_https_is_not_followed_there(self, sesfake: SesFake, app: Application) -> None:
        sesfake.subscribe(app, path="http://testserver" + SES)

        with pytest.raises(NotifyError, match="301, a redirection to https://testserver/ses/event-webhook/"):
            sesfake.notify()

    def test_it_bears_the_end_of_a_subscription(self, sesfake: SesFake, app: Application) -> None:
        subscription = sesfake.subscribe(app, path=SES)
        sesfake.notify()
        subscription.unsubscribe()

        assert [answer.status for answer in sesfake.notify()] == [200]
        assert subscription.ended


class TestAnymail:
    """It asks for a login, and confirms by a call of boto3."""

    def test_it_asks_for_its_login_confirms_and_hears_every_event(
        self,
        sesfake: SesFake,
        app: Application,
        heard: list[tuple[str, Any]],
    ) -> None:
        subscription = sesfake.subscribe(app, path=TRACKING, auth=LOGIN)
        message = sesfake.send("ada@example.com", outcome=Bounce())
        sesfake.send("eve@example.com", outcome=Complaint())
        sesfake.notify()

        assert subscription.confirmed
        assert subscription.guarded
        assert [kind for kind, _ in heard] == ["sent", "bounced", "sent", "delivered", "complained"]
        bounce = heard[1][1]
        assert (bounce.recipient, bounce.message_id) == ("ada@example.com", message.id)
        assert (bounce.reject_reason, bounce.mta_response) == ("bounced", "smtp; 550 5.1.1 user unknown")

    def test_it_bears_that_a_topic_was_connected(self, sesfake: SesFake, app: Application) -> None:
        topic = "arn:aws:sns:us-east-1:123456789012:mine"
        sesfake.subscribe(app, path=TRACKING, auth=LOGIN, topic=topic)
        client = sesfake.client()
        client.create_configuration_set(ConfigurationSetName="cs")
        client.create_configuration_set_event_destination(
            ConfigurationSetName="cs",
            EventDestinationName="d",
            EventDestination={"Enabled": True, "MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": topic}},
        )
        sesfake.send("ada@example.com", configuration_set="cs")

        assert [answer.notification.type for answer in sesfake.notify()] == [
            "SubscriptionConfirmation",
            "SetUp",
            "Send",
        ]

    def test_it_lets_nobody_in_without_the_login(self, sesfake: SesFake, app: Application) -> None:
        sesfake.subscribe(app, path=TRACKING)
        wrong = sesfake.subscribe(app, path=TRACKING, auth=("ada", "wrong"))

        with pytest.raises(NotifyError, match="401") as failed:
            sesfake.notify()
        assert [answer.status for answer in failed.value.responses] == [401, 400]
        assert not wrong.confirmed

    def test_it_refuses_a_type_that_it_does_not_know(
        self,
        sesfake: SesFake,
        app: Application,
        heard: list[tuple[str, Any]],
        event: Event,
    ) -> None:
        hook = sesfake.subscribe(app, path=TRACKING, auth=LOGIN, confirm=False)

        answer = hook.post(event.http_request(forge="type"))
        assert not answer.ok
        assert heard == []

    def test_it_hears_of_mail_that_comes_in(
        self,
        sesfake: SesFake,
        app: Application,
        heard: list[tuple[str, Any]],
    ) -> None:
        topic = "arn:aws:sns:us-east-1:123456789012:inbox"
        client = sesfake.client("ses")
        client.create_receipt_rule_set(RuleSetName="s")
        actions: list[Any] = [{"SNSAction": {"TopicArn": topic, "Encoding": "Base64"}}]
        client.create_receipt_rule(RuleSetName="s", Rule={"Name": "r", "Enabled": True, "Actions": actions})
        client.set_active_receipt_rule_set(RuleSetName="s")
        sesfake.subscribe(app, path=INBOUND, auth=LOGIN, topic=topic)
        sesfake.receive(to="ada@example.com", sender="eve@example.net", subject="Grüße", text="Später.")
        sesfake.notify()

        ((kind, inbound),) = heard
        assert kind == "inbound"
        assert (inbound.message.subject, inbound.message.text.strip()) == ("Grüße", "Später.")
        assert (inbound.message.envelope_sender, inbound.message.envelope_recipient) == (
            "eve@example.net",
            "ada@example.com",
        )

    def test_on_a_socket_the_login_may_be_in_the_url(
        self,
        sesfake: SesFake,
        site: str,
        heard: list[tuple[str, Any]],
    ) -> None:
        hook = sesfake.subscribe(site.replace("//", "//ada:secret@") + TRACKING)
        event = sesfake.send("ada@example.com", outcome=Bounce()).events[-1]
        sesfake.notify()

        assert hook.confirmed
        assert [kind for kind, _ in heard] == ["sent", "bounced"]
        assert not hook.post(event.http_request(forge="type")).ok

    def test_it_reads_mail_that_comes_in_from_the_bucket_of_moto(
        self,
        sesfake: SesFake,
        app: Application,
        heard: list[tuple[str, Any]],
    ) -> None:
        with mock_aws():
            boto3.client("s3", "us-east-1").create_bucket(Bucket="mail")
            topic = boto3.client("sns", "us-east-1").create_topic(Name="inbox")["TopicArn"]
            client = sesfake.client("ses")
            client.create_receipt_rule_set(RuleSetName="s")
            actions: list[Any] = [{"S3Action": {"BucketName": "mail", "TopicArn": topic}}]
            client.create_receipt_rule(RuleSetName="s", Rule={"Name": "r", "Enabled": True, "Actions": actions})
            client.set_active_receipt_rule_set(RuleSetName="s")
            sesfake.subscribe(app, path=INBOUND, auth=LOGIN, topic=topic)
            sesfake.receive(to="ada@example.com", sender="eve@example.net", subject="Grüße", text="Später.")
            sesfake.notify()

        ((_, inbound),) = heard
        assert (inbound.message.subject, inbound.message.text.strip()) == ("Grüße", "Später.")
