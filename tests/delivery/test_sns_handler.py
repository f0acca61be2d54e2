"""The URLs in envelopes of SNS work with every client while the fake has signed for their host."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import urllib.error
import urllib.request
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import boto3
import httpx
import pytest
import requests
import responses
import urllib3
from botocore.exceptions import ClientError
from moto import mock_aws

from pytest_sesfake import Bounce, SesFake
from pytest_sesfake.delivery import signing
from pytest_sesfake.transports import runtime

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Event, Subscription
    from tests.delivery.conftest import Shop

Fetched = tuple[int, bytes]


def by_urllib(url: str) -> Fetched:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - it is SNS's
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def by_http_client(url: str) -> Fetched:
    host, _, path = url.removeprefix("https://").partition("/")
    connection = http.client.HTTPSConnection(host, timeout=10)
    connection.request("GET", f"/{path}")
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def by_urllib3(url: str) -> Fetched:
    with urllib3.PoolManager() as pool:
        answer = pool.request("GET", url)
        return answer.status, answer.data


def by_requests(url: str) -> Fetched:
    answer = requests.get(url, timeout=10)
    return answer.status_code, answer.content


def by_httpx(url: str) -> Fetched:
    answer = httpx.get(url)
    return answer.status_code, answer.content


def by_httpx_async(url: str) -> Fetched:
    async def fetch() -> Fetched:
        async with httpx.AsyncClient() as client:
            answer = await client.get(url)
            return answer.status_code, answer.content

    return asyncio.run(fetch())


def by_aiohttp(url: str) -> Fetched:
    async def fetch() -> Fetched:
        connector = aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver())
        async with aiohttp.ClientSession(connector=connector) as client, client.get(url) as answer:
            return answer.status, await answer.read()

    return asyncio.run(fetch())


every_client = pytest.mark.parametrize(
    "fetch", [by_urllib, by_http_client, by_urllib3, by_requests, by_httpx, by_httpx_async, by_aiohttp]
)


@pytest.fixture
def event(sesfake: SesFake) -> Event:
    return sesfake.send("ada@example.com", outcome=Bounce()).events[-1]


@pytest.fixture
def pending(sesfake: SesFake, shop: Shop) -> Subscription:
    """A subscription that was asked to confirm, and did not."""
    shop.confirms = False
    subscription = sesfake.subscribe(shop)
    sesfake.notify(check=False)
    return subscription


@every_client
def test_the_certificate_is_where_the_envelope_says(event: Event, fetch: Callable[[str], Fetched]) -> None:
    status, certificate = fetch(event.sns()["SigningCertURL"])

    assert (status, certificate) == (200, signing.signer().certificate)
    assert ssl.PEM_cert_to_DER_cert(certificate.decode())


@every_client
def test_a_forger_s_certificate_is_served_too(event: Event, fetch: Callable[[str], Fetched]) -> None:
    assert fetch(event.sns("certificate")["SigningCertURL"]) == (200, signing.stranger().certificate)


@every_client
def test_a_visit_to_the_subscribe_url_confirms(
    pending: Subscription, shop: Shop, fetch: Callable[[str], Fetched]
) -> None:
    status, body = fetch(shop.envelopes[0]["SubscribeURL"])

    assert status == 200
    assert f"<SubscriptionArn>{pending.arn}</SubscriptionArn>".encode() in body
    assert body.startswith(b'<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">')
    assert pending.confirmed


@every_client
def test_a_visit_to_the_unsubscribe_url_ends(sesfake: SesFake, shop: Shop, fetch: Callable[[str], Fetched]) -> None:
    subscription = sesfake.subscribe(shop)
    sesfake.send("ada@example.com")
    sesfake.notify()

    status, body = fetch(shop.envelopes[-1]["UnsubscribeURL"])

    assert (status, subscription.ended) == (200, True)
    assert body.startswith(b"<UnsubscribeResponse ")
    sesfake.notify()
    assert shop.got[-1] == "UnsubscribeConfirmation"
    fetch(shop.envelopes[-1]["SubscribeURL"])
    assert subscription.confirmed


class TestBoto:
    def test_a_call_confirms(self, pending: Subscription) -> None:
        answer = boto3.client("sns", "us-east-1").confirm_subscription(TopicArn=pending.topic, Token=pending.token)

        assert answer["SubscriptionArn"] == pending.arn
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert pending.confirmed

    def test_a_call_unsubscribes_also_what_is_guarded(self, pending: Subscription, shop: Shop) -> None:
        client = boto3.client("sns", "us-east-1")
        client.confirm_subscription(TopicArn=pending.topic, Token=pending.token, AuthenticateOnUnsubscribe="true")
        address = f"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={pending.arn}"
        status, body = by_urllib(address)

        assert (status, pending.ended) == (403, False)
        assert b"<Code>AuthorizationError</Code>" in body
        client.unsubscribe(SubscriptionArn=pending.arn)
        assert pending.ended
        assert shop.got == ["SubscriptionConfirmation"]

    def test_a_token_that_is_too_old_is_refused(self, sesfake: SesFake, pending: Subscription) -> None:
        client = boto3.client("sns", "us-east-1")
        sesfake.clock.advance(timedelta(days=3, seconds=1))
        with pytest.raises(client.exceptions.InvalidParameterException, match="Invalid parameter: Token"):
            client.confirm_subscription(TopicArn=pending.topic, Token=pending.token)

        assert not pending.confirmed

    def test_beside_moto_our_tokens_are_ours_and_others_are_moto_s(self, pending: Subscription) -> None:
        with mock_aws():
            client = boto3.client("sns", "us-east-1")
            topic = client.create_topic(Name="theirs")["TopicArn"]
            theirs = client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:q")
            assert client.confirm_subscription(TopicArn=pending.topic, Token=pending.token)["SubscriptionArn"] == (
                pending.arn
            )
            with pytest.raises(ClientError, match="NotFound"):
                client.confirm_subscription(TopicArn=pending.topic, Token="another")
            assert client.list_topics()["Topics"] == [{"TopicArn": topic}]
            client.unsubscribe(SubscriptionArn=theirs["SubscriptionArn"])
            client.unsubscribe(SubscriptionArn=pending.arn)
            assert client.list_subscriptions()["Subscriptions"] == []

        assert pending.ended

    def test_a_foreign_token_goes_to_the_network(self, pending: Subscription, monkeypatch: pytest.MonkeyPatch) -> None:
        sent: list[str] = []

        def send(_session: object, request: Any) -> None:
            sent.append(request.url)
            raise ConnectionError

        monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", send)
        with pytest.raises(ConnectionError):
            boto3.client("sns", "us-east-1").confirm_subscription(TopicArn=pending.topic, Token="another")

        assert sent == ["https://sns.us-east-1.amazonaws.com/"]


class TestResponses:
    """A test may have taken `responses` for itself, and may have done so before or after."""

    @responses.activate
    def test_around_the_test(self, event: Event) -> None:
        responses.get("https://example.com/", body="theirs")

        assert by_requests(event.sns()["SigningCertURL"]) == (200, signing.signer().certificate)
        assert by_requests("https://example.com/") == (200, b"theirs")
        assert len(responses.calls) == 1

    def test_within_the_test(self, pending: Subscription, shop: Shop) -> None:
        with responses.RequestsMock() as theirs:
            theirs.get("https://example.com/", body="theirs")
            by_requests("https://example.com/")
            assert by_requests(shop.envelopes[0]["SubscribeURL"])[0] == 200

        assert pending.confirmed

    def test_a_session_that_was_there_before(self, event: Event) -> None:
        session = requests.Session()

        assert session.get(event.sns()["SigningCertURL"], timeout=10).content == signing.signer().certificate

    def test_an_address_that_is_not_ours_is_left_to_others(self, event: Event) -> None:
        event.sns()
        with responses.RequestsMock() as theirs:
            address = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
            theirs.get(address, body="theirs")

            assert by_requests(address) == (200, b"theirs")


class TestNames:
    HOST = "sns.us-east-1.amazonaws.com"

    def asked(self, monkeypatch: pytest.MonkeyPatch, host: str) -> str:
        """The name or the address that a look-up of a name comes down to."""
        asked: list[Any] = []

        def answer(name: object, *_args: object) -> list[object]:
            asked.append(name)
            return []

        interceptor = runtime._runtime._interceptors[-1]  # type: ignore[index]
        monkeypatch.setattr(socket, "getaddrinfo", interceptor._wrap_resolver(socket, answer))
        socket.getaddrinfo(host, 443)
        return str(asked[0])

    def test_a_host_of_sns_is_ours_only_when_something_was_signed_in_its_region(
        self, event: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.asked(monkeypatch, self.HOST) == self.HOST
        event.payload()
        event.lambda_event("eventbridge")
        assert self.asked(monkeypatch, self.HOST) == self.HOST
        event.sns()

        assert self.asked(monkeypatch, self.HOST).startswith("127.")
        assert self.asked(monkeypatch, self.HOST.upper() + ".").startswith("127.")
        assert self.asked(monkeypatch, "sns.eu-west-1.amazonaws.com") == "sns.eu-west-1.amazonaws.com"
        assert self.asked(monkeypatch, "sns.us-east-1.amazonaws.com.example.net").startswith("sns.")

    def test_what_one_test_signed_is_nothing_to_the_next(
        self, sesfake: SesFake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with SesFake() as other:
            other.send("ada@example.com").events[0].sns()
            assert self.asked(monkeypatch, self.HOST).startswith("127.")

        assert self.asked(monkeypatch, self.HOST) == self.HOST
        assert sesfake.events == []


class TestRefusals:
    @pytest.mark.parametrize(
        "target, status, code",
        [
            ("/?Action=ConfirmSubscription&TopicArn={topic}&Token=wrong", 400, "InvalidParameter"),
            ("/?Action=ConfirmSubscription&TopicArn=wrong&Token={token}", 400, "InvalidParameter"),
            ("/?Action=ConfirmSubscription", 400, "InvalidParameter"),
            ("/?Action=Unsubscribe&SubscriptionArn=wrong", 404, "NotFound"),
            ("/?Action=Publish", 400, "InvalidAction"),
            ("/SimpleNotificationService-0.pem", 400, "InvalidAction"),
            ("/", 400, "InvalidAction"),
        ],
    )
    def test_what_is_not_ours_is_refused(self, pending: Subscription, target: str, status: int, code: str) -> None:
        address = "https://sns.us-east-1.amazonaws.com" + target.format(topic=pending.topic, token=pending.token)
        answer = by_urllib(address)

        assert answer[0] == status
        assert f"<Code>{code}</Code>".encode() in answer[1]
        assert not pending.confirmed

    def test_an_action_may_be_posted(self, pending: Subscription) -> None:
        data = f"Action=ConfirmSubscription&TopicArn={pending.topic}&Token={pending.token}".encode()
        with urllib.request.urlopen("https://sns.us-east-1.amazonaws.com/", data=data, timeout=10) as answer:
            assert answer.status == 200

        assert pending.confirmed
