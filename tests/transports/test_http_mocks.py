"""HTTP mocks: what the fake gave to an application reaches the fake, and everything else the mock."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import pytest
import requests
import requests_mock as requests_mocks
import responses
import respx
import trio
from aioresponses import aioresponses

from pytest_sesfake import NotifyError, SesFake

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.event_forms import HttpRequest

    Get = Callable[[str], bytes]

THEIRS = "https://api.example.com/"
PEM = b"-----BEGIN CERTIFICATE-----"


def by_httpx(url: str) -> bytes:
    return httpx.get(url).raise_for_status().content


async def _get(url: str) -> bytes:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).raise_for_status().content


def by_asyncio(url: str) -> bytes:
    return asyncio.run(_get(url))


def by_trio(url: str) -> bytes:
    return trio.run(_get, url)


def by_requests(url: str) -> bytes:
    return requests.get(url, timeout=10).content


HTTPX = pytest.mark.parametrize("get", [by_httpx, by_asyncio, by_trio])


def confirm_and_verify(sesfake: SesFake, get: Get) -> None:
    """Let a webhook confirm its subscription, and read the certificate of each notification."""

    def webhook(request: HttpRequest) -> int:
        envelope = request.json()
        if envelope["Type"] == "SubscriptionConfirmation":
            assert b"ConfirmSubscriptionResult" in get(envelope["SubscribeURL"])
        else:
            assert get(envelope["SigningCertURL"]).startswith(PEM)
        return 200

    sesfake.subscribe(webhook)
    sesfake.send("ada@example.com")

    assert [response.status for response in sesfake.notify()] == [200, 200, 200]


@HTTPX
def test_pytest_httpx_entered_after_the_fake(sesfake: SesFake, httpx_mock: Any, get: Get) -> None:
    confirm_and_verify(sesfake, get)
    httpx_mock.add_response(url=THEIRS, content=b"theirs")

    assert get(THEIRS) == b"theirs"
    assert [str(request.url) for request in httpx_mock.get_requests()] == [THEIRS]


@HTTPX
def test_pytest_httpx_entered_before_the_fake(httpx_mock: Any, sesfake: SesFake, get: Get) -> None:
    confirm_and_verify(sesfake, get)
    httpx_mock.add_response(url=THEIRS, content=b"theirs")

    assert get(THEIRS) == b"theirs"


@HTTPX
def test_pytest_httpx_that_a_test_asks_for_late(sesfake: SesFake, request: pytest.FixtureRequest, get: Get) -> None:
    url = sesfake.send("ada@example.com").events[0].sns()["SigningCertURL"]
    request.getfixturevalue("httpx_mock")

    assert get(url).startswith(PEM)


@HTTPX
def test_respx_entered_after_the_fake(sesfake: SesFake, respx_mock: respx.MockRouter, get: Get) -> None:
    confirm_and_verify(sesfake, get)
    route = respx_mock.get(THEIRS).respond(content=b"theirs")

    assert get(THEIRS) == b"theirs"
    assert route.call_count == respx_mock.calls.call_count == 1


@HTTPX
@pytest.mark.parametrize("using", ["httpcore", "httpx"])
def test_respx_in_a_block_whatever_part_of_httpx_it_replaces(sesfake: SesFake, using: str, get: Get) -> None:
    with respx.mock(using=using) as router:
        confirm_and_verify(sesfake, get)
        router.get(THEIRS).respond(content=b"theirs")

        assert get(THEIRS) == b"theirs"


def test_requests_mock_entered_after_the_fake(sesfake: SesFake, requests_mock: requests_mocks.Mocker) -> None:
    confirm_and_verify(sesfake, by_requests)
    requests_mock.get(THEIRS, content=b"theirs")

    assert by_requests(THEIRS) == b"theirs"
    assert requests_mock.call_count == 1


def test_requests_mock_entered_before_the_fake(requests_mock: requests_mocks.Mocker, sesfake: SesFake) -> None:
    confirm_and_verify(sesfake, by_requests)
    requests_mock.get(THEIRS, content=b"theirs")

    assert by_requests(THEIRS) == b"theirs"


def test_requests_mock_in_a_block_of_a_test_that_never_calls_notify(sesfake: SesFake) -> None:
    url = sesfake.send("ada@example.com").events[0].sns()["SigningCertURL"]
    with requests_mocks.Mocker():
        assert by_requests(url).startswith(PEM)


def test_requests_mock_with_a_session_that_outlives_it(sesfake: SesFake) -> None:
    url = sesfake.send("ada@example.com").events[0].sns()["SigningCertURL"]
    session = requests.Session()
    for _ in range(2):
        with requests_mocks.Mocker():
            assert session.get(url, timeout=10).content.startswith(PEM)
        assert session.get(url, timeout=10).content.startswith(PEM)


def test_a_call_of_ses_by_requests_reaches_the_fake_beside_requests_mock(
    sesfake: SesFake, requests_mock: requests_mocks.Mocker
) -> None:
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=testing/20261124/us-east-1/ses/aws4_request"}
    answer = requests.get("https://email.us-east-1.amazonaws.com/v2/email/account", headers=signed, timeout=10)

    assert answer.status_code == 200
    assert sesfake.calls.one().operation == "GetAccount"
    assert not requests_mock.called


def test_responses_in_a_block(sesfake: SesFake) -> None:
    with responses.RequestsMock() as mock:
        confirm_and_verify(sesfake, by_requests)
        mock.get(THEIRS, body=b"theirs")

        assert by_requests(THEIRS) == b"theirs"


def test_addresses_that_the_fake_did_not_give_are_left_to_the_mock(
    sesfake: SesFake, httpx_mock: Any, requests_mock: requests_mocks.Mocker
) -> None:
    sesfake.send("ada@example.com").events[0].sns()
    url = "https://sns.us-east-1.amazonaws.com/another.pem"
    httpx_mock.add_response(url=url, content=b"theirs")
    requests_mock.get(url, content=b"theirs")

    assert by_httpx(url) == by_requests(url) == b"theirs"


def test_after_the_fake_the_mock_has_every_address(httpx_mock: Any, requests_mock: requests_mocks.Mocker) -> None:
    with SesFake() as sesfake:
        url = sesfake.send("ada@example.com").events[0].sns()["SigningCertURL"]
    httpx_mock.add_response(url=url, content=b"theirs")
    requests_mock.get(url, content=b"theirs")

    assert by_httpx(url) == by_requests(url) == b"theirs"


def test_a_mock_of_one_session_keeps_what_it_has_registered(sesfake: SesFake) -> None:
    url = sesfake.send("ada@example.com").events[0].sns()["SigningCertURL"]
    session = requests.Session()
    adapter = requests_mocks.Adapter()
    adapter.register_uri("GET", THEIRS, content=b"theirs")
    session.mount("https://", adapter)

    assert session.get(THEIRS, timeout=10).content == b"theirs"
    assert session.get(url, timeout=10).content.startswith(PEM)


# httpx itself, without a mock.


def test_httpx_calls_the_hooks_of_its_client(sesfake: SesFake) -> None:
    url = sesfake.send("ada@example.com").events[0].sns()["SigningCertURL"]
    seen: list[object] = []

    async def note(item: object) -> None:
        seen.append(item)

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(event_hooks={"request": [note], "response": [note]}) as client:
            return await client.get(url)

    with httpx.Client(event_hooks={"request": [seen.append], "response": [seen.append]}) as client:
        response = client.get(url)
    asynchronous = asyncio.run(get())

    assert seen == [response.request, response, asynchronous.request, asynchronous]
    assert response.headers["content-type"] == "application/x-pem-file"
    assert response.elapsed.total_seconds() == 0


def test_httpx_streams_the_response(sesfake: SesFake) -> None:
    url = sesfake.send("ada@example.com").events[0].sns()["SigningCertURL"]

    async def read() -> bytes:
        async with httpx.AsyncClient() as client, client.stream("GET", url) as response:
            return b"".join([piece async for piece in response.aiter_raw()])

    with httpx.stream("GET", url) as response:
        assert b"".join(response.iter_raw()).startswith(PEM)
    assert asyncio.run(read()).startswith(PEM)


def test_a_closed_client_of_httpx_stays_closed(sesfake: SesFake) -> None:
    url = sesfake.send("ada@example.com").events[0].sns()["SigningCertURL"]
    client = httpx.Client()
    client.close()

    with pytest.raises(RuntimeError, match="closed"):
        client.get(url)


def test_httpx_is_itself_again_after_the_fake() -> None:
    before = httpx.Client.send, httpx.AsyncClient.send
    with SesFake():
        assert httpx.Client.send is not before[0]

    assert (httpx.Client.send, httpx.AsyncClient.send) == before


def test_httpx_may_be_imported_in_the_middle_of_a_test_and_never_by_the_fake() -> None:
    code = (
        "import sys\n"
        "from pytest_sesfake import SesFake\n"
        "with SesFake() as sesfake:\n"
        "    url = sesfake.send('ada@example.com').events[0].sns()['SigningCertURL']\n"
        "    print('httpx' in sys.modules, 'requests_mock' in sys.modules)\n"
        "    import respx, httpx\n"
        "    with respx.mock:\n"
        "        print(httpx.get(url).text[:27])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)

    assert done.stdout == f"False False\n{PEM.decode()}\n", done.stderr


# A mock of aiohttp, which the fake cannot come before.


async def _get_by_aiohttp(url: str) -> bytes:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.read()


def by_aiohttp(url: str) -> bytes:
    return asyncio.run(_get_by_aiohttp(url))


def test_the_line_for_aioresponses_lets_the_requests_through(sesfake: SesFake) -> None:
    with aioresponses(passthrough=["https://sns."]):
        confirm_and_verify(sesfake, by_aiohttp)

        with pytest.raises(aiohttp.ClientConnectionError, match="Connection refused"):
            by_aiohttp(THEIRS)


def test_without_it_the_failure_has_the_line(sesfake: SesFake) -> None:
    with aioresponses(), pytest.raises(NotifyError) as caught:
        confirm_and_verify(sesfake, by_aiohttp)

    line = (
        'aioresponses kept the request from SNS: aioresponses(passthrough=["https://sns."]) lets it through to sesfake'
    )
    assert line in str(caught.value)


def test_the_failure_has_it_if_the_application_raises_an_error_of_its_own(sesfake: SesFake) -> None:
    def get(url: str) -> bytes:
        try:
            return by_aiohttp(url)
        except aiohttp.ClientError:
            raise ValueError("no certificate") from None

    with aioresponses(), pytest.raises(NotifyError, match=r"ValueError: no certificate\n    aioresponses kept"):
        confirm_and_verify(sesfake, get)


def test_the_failure_has_no_such_line_for_a_request_to_somebody_else(sesfake: SesFake) -> None:
    with aioresponses(passthrough=["https://sns."]), pytest.raises(NotifyError, match="Connection refused") as caught:
        confirm_and_verify(sesfake, lambda url: by_aiohttp(THEIRS))

    assert "aioresponses kept" not in str(caught.value)
