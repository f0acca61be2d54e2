"""While no fake is active, nobody reaches SES by any way; and nothing that answers before the network is disturbed."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import smtplib
import socket
import ssl
import threading
import urllib.request
from typing import TYPE_CHECKING, Any

import aiohttp
import boto3
import botocore.awsrequest
import httpx
import pytest
import requests
import responses
import trio
import urllib3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from botocore.signers import RequestSigner
from botocore.stub import Stubber
from moto import mock_aws

from pytest_sesfake import RealSesBlockedError, SesFake
from pytest_sesfake.transports import guard

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

API_HOSTS = [
    "email.us-east-1.amazonaws.com",
    "email-fips.us-gov-west-1.amazonaws.com",
    "email.eu-west-1.api.aws",
    "email.cn-north-1.amazonaws.com.cn",
    "ab12.cd3.endpoints.email.amazonaws.com",
]
SMTP_HOSTS = ["email-smtp.us-east-1.amazonaws.com", "email-smtp-fips.us-west-2.amazonaws.com"]
HOST = API_HOSTS[0]


@pytest.fixture
def client() -> Any:
    return _make()


def _make(**options: Any) -> Any:
    config = Config(retries={"mode": "standard", "total_max_attempts": 3}, **options)
    return boto3.client(
        "ses", region_name="us-east-1", config=config, aws_access_key_id="testing", aws_secret_access_key="testing"
    )


def _asked_by(work: Callable[[], object]) -> str:
    """Do what the guard must not let happen, and give what it said."""
    with pytest.raises(RealSesBlockedError) as blocked:
        work()
    assert len(guard.take()) == 1  # so that the summary of this run does not show it
    return str(blocked.value)


@pytest.mark.parametrize("host", [*API_HOSTS, *SMTP_HOSTS, f"{HOST}.", HOST.upper()])
@pytest.mark.parametrize("ask", [socket.getaddrinfo, socket.gethostbyname, socket.gethostbyname_ex])
def test_no_name_of_ses_is_looked_up(ask: Callable[..., object], host: str) -> None:
    arguments = (host, 443) if ask.__name__ == "getaddrinfo" else (host,)
    assert host in _asked_by(lambda: getattr(socket, ask.__name__)(*arguments))


def test_no_socket_connects_by_name() -> None:
    with socket.socket() as sock:
        _asked_by(lambda: sock.connect((HOST, 443)))
        _asked_by(lambda: sock.connect_ex((HOST, 443)))


@pytest.mark.parametrize("host", SMTP_HOSTS)
def test_smtplib_is_blocked_and_no_handler_for_broken_networks_hides_it(host: str) -> None:
    def send() -> None:
        with contextlib.suppress(OSError):
            smtplib.SMTP(host, 587, timeout=1)

    assert f"a connection at tests/transports/test_guard.py:{send.__code__.co_firstlineno + 2} in " in _asked_by(send)


def test_botocore_is_blocked_and_names_its_operation(client: Any) -> None:
    def send() -> None:
        with contextlib.suppress(Exception):  # as applications do that survive a mail that cannot be sent
            client.send_email(Source="me@example.com", Destination={}, Message={"Subject": {"Data": ""}, "Body": {}})

    said = _asked_by(send)

    here = "tests/transports/test_guard.py"
    assert said == (
        f"SES SendEmail at {here}:{send.__code__.co_firstlineno + 2} in {here}::"
        "test_botocore_is_blocked_and_names_its_operation tried to connect to "
        "email.us-east-1.amazonaws.com, and no fake is "
        "active.\nRequest the fixture `sesfake` to have the fake answer, or allow it: "
        "@pytest.mark.sesfake(guard=False) for a test, `sesfake_guard = false` in the ini file, or the option "
        "--no-sesfake-guard."
    )


def test_botocore_is_blocked_behind_a_proxy() -> None:
    client = _make(proxies={"https": "http://127.0.0.1:9"})

    assert "SES GetSendQuota" in _asked_by(client.get_send_quota)


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that opens any tunnel and leads nowhere: its address, and what went through."""
    went: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    went.append(connection.recv(65536))

        server = threading.Thread(target=serve)
        server.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", went
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
    server.join(10)


# aiohttp leaves its half of a connection to the collector where it meets what is no Exception.
@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.parametrize(
    "library", ["requests", "urllib", "httpx", "httpx, asynchronous", "httpx, trio", "aiohttp", "aiohttp, uvloop"]
)
def test_nothing_goes_through_a_proxy(library: str, proxy: tuple[str, list[bytes]]) -> None:
    address, went = proxy
    url = f"https://{HOST}/"

    def by_urllib() -> None:
        urllib.request.build_opener(urllib.request.ProxyHandler({"https": address})).open(url)

    def by_httpx() -> None:
        with httpx.Client(proxy=address) as client:
            client.get(url)

    async def by_httpx_asynchronous() -> None:
        async with httpx.AsyncClient(proxy=address) as client:
            await client.get(url)

    async def by_aiohttp() -> None:
        async with aiohttp.ClientSession() as client:
            await client.get(url, proxy=address)

    works: dict[str, Callable[[], object]] = {
        "requests": lambda: requests.get(url, proxies={"https": address}, timeout=10),
        "urllib": by_urllib,
        "httpx": by_httpx,
        "httpx, asynchronous": lambda: asyncio.run(by_httpx_asynchronous()),
        "httpx, trio": lambda: trio.run(by_httpx_asynchronous),
        "aiohttp": lambda: asyncio.run(by_aiohttp()),
        "aiohttp, uvloop": lambda: pytest.importorskip("uvloop").run(by_aiohttp()),
    }

    assert HOST in _asked_by(works[library])
    assert went in ([], [b""])


@pytest.mark.parametrize(
    "make",
    [botocore.awsrequest.AWSHTTPSConnection, urllib3.connection.HTTPSConnection, http.client.HTTPSConnection],
    ids=["botocore", "urllib3", "http.client"],
)
def test_a_connection_that_is_older_than_the_test_is_not_used(make: Callable[[str], Any]) -> None:
    connection = make(HOST)
    connection.sock, theirs = socket.socketpair()
    _asked_by(lambda: connection.request("POST", "/", b"Action=SendEmail", {}))
    connection.close()

    with theirs:
        assert theirs.recv(1) == b""


def test_http_clients_are_blocked() -> None:
    url = f"https://{HOST}/"
    for ask in (requests.get, httpx.get, urllib.request.urlopen):
        _asked_by(lambda ask=ask: ask(url))  # type: ignore[misc]
    _asked_by(lambda: http.client.HTTPSConnection(HOST).request("GET", "/"))


def test_asyncio_is_blocked_in_the_line_that_asked() -> None:
    async def ask() -> None:
        await asyncio.open_connection(SMTP_HOSTS[0], 587)

    assert f"test_guard.py:{ask.__code__.co_firstlineno + 1} in" in _asked_by(lambda: asyncio.run(ask()))


@pytest.mark.parametrize("library", ["httpx", "aiohttp", "aiosmtplib"])
def test_asynchronous_clients_are_blocked(library: str) -> None:
    loaded = pytest.importorskip(library)

    async def by_httpx() -> None:
        async with loaded.AsyncClient() as client:
            await client.get(f"https://{HOST}/")

    async def by_aiohttp() -> None:
        async with loaded.ClientSession() as client:
            await client.get(f"https://{HOST}/")

    async def by_aiosmtplib() -> None:
        await loaded.SMTP(hostname=SMTP_HOSTS[0], port=587).connect()

    works: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
        "httpx": by_httpx,
        "aiohttp": by_aiohttp,
        "aiosmtplib": by_aiosmtplib,
    }
    _asked_by(lambda: asyncio.run(works[library]()))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_and_other_hosts_are_never_touched(host: str) -> None:
    assert socket.getaddrinfo(host, 25)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with socket.create_connection(listening.getsockname()) as connection:
            assert connection.getpeername() == listening.getsockname()
    assert guard.take() == []


# -- what answers before the network ----------------------------------------------------------------------------------


def test_a_fake_is_asked_and_not_the_guard(client: Any) -> None:
    with SesFake():
        assert client.get_send_quota()["Max24HourSend"] == 50_000
    _asked_by(client.get_send_quota)
    with SesFake():
        assert client.get_send_quota()["SentLast24Hours"] == 0


def test_a_stubber_answers(client: Any) -> None:
    with Stubber(client) as stubber:
        stubber.add_response("get_send_quota", {"Max24HourSend": 7.0})

        assert client.get_send_quota()["Max24HourSend"] == 7


def test_moto_answers(client: Any) -> None:
    with mock_aws():
        assert client.verify_email_identity(EmailAddress="me@example.com")


def test_responses_answers() -> None:
    with responses.RequestsMock() as mock:
        mock.get(f"https://{HOST}/", body="mocked")

        assert requests.get(f"https://{HOST}/", timeout=5).text == "mocked"


def test_a_transport_of_httpx_answers() -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, text="mocked"))
    with httpx.Client(transport=transport) as client:
        assert client.get(f"https://{HOST}/").text == "mocked"


def test_respx_answers() -> None:
    respx = pytest.importorskip("respx", reason="respx is not installed")
    with respx.mock:
        respx.get(f"https://{HOST}/").respond(text="mocked")

        assert httpx.get(f"https://{HOST}/").text == "mocked"


CASSETTE = """
version: 1
interactions:
- request: {method: POST, uri: 'https://email.us-east-1.amazonaws.com/', body: null, headers: {}}
  response:
    status: {code: 200, message: OK}
    headers: {Content-Type: [text/xml]}
    body:
      string: "<GetSendQuotaResponse xmlns='http://ses.amazonaws.com/doc/2010-12-01/'><GetSendQuotaResult>\
        <Max24HourSend>7.0</Max24HourSend></GetSendQuotaResult></GetSendQuotaResponse>"
"""


def test_a_cassette_answers(tmp_path: Path) -> None:
    vcr = pytest.importorskip("vcr", reason="vcrpy is not installed")
    (tmp_path / "quota.yaml").write_text(CASSETTE, encoding="utf-8")
    with vcr.use_cassette(str(tmp_path / "quota.yaml"), record_mode="none"):
        assert _make().get_send_quota()["Max24HourSend"] == 7


def test_an_endpoint_on_this_machine_is_asked() -> None:
    client = boto3.client(
        "ses",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        config=Config(retries={"total_max_attempts": 1}),
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    with pytest.raises(Exception, match="Could not connect"):
        client.get_send_quota()


# -- clients without credentials --------------------------------------------------------------------------------------


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Make clients that find no credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return lambda service="sesv2", **options: boto3.Session().client(service, region_name="us-east-1", **options)


def test_a_call_without_credentials_names_the_missing_fake_and_the_cure(bare: Callable[..., Any]) -> None:
    client = bare()

    def ask() -> None:
        with contextlib.suppress(Exception):  # as applications do that survive a mail that cannot be sent
            client.get_account()

    here = "tests/transports/test_guard.py"
    assert _asked_by(ask) == (
        f"SESV2 GetAccount at {here}:{ask.__code__.co_firstlineno + 2} in {here}::"
        "test_a_call_without_credentials_names_the_missing_fake_and_the_cure tried to connect to "
        "email.us-east-1.amazonaws.com without AWS credentials, and no fake is active.\n"
        "Request the fixture `sesfake` to have the fake answer, or allow it: @pytest.mark.sesfake(guard=False) for a "
        "test, `sesfake_guard = false` in the ini file, or the option --no-sesfake-guard. "
        "The fake needs no credentials, and the real SES needs them."
    )


def test_the_error_of_botocore_is_not_shown_beside_the_one_of_the_guard(bare: Callable[..., Any]) -> None:
    with pytest.raises(RealSesBlockedError) as blocked:
        bare("ses").get_send_quota()
    guard.take()

    assert blocked.value.__cause__ is None
    assert blocked.value.__suppress_context__


@pytest.mark.sesfake(guard=False)
def test_the_error_of_botocore_stays_where_the_guard_is_off(bare: Callable[..., Any]) -> None:
    with pytest.raises(NoCredentialsError):
        bare().get_account()


def test_a_call_of_another_service_ends_in_the_error_of_botocore(bare: Callable[..., Any]) -> None:
    with pytest.raises(NoCredentialsError):
        bare("sqs").list_queues()
    with pytest.raises(NoCredentialsError):
        bare("pinpoint-email").get_account()
    assert guard.take() == []


def test_a_call_of_an_endpoint_on_this_machine_ends_in_the_error_of_botocore(bare: Callable[..., Any]) -> None:
    with pytest.raises(NoCredentialsError):
        bare(endpoint_url="http://127.0.0.1:9").get_account()
    assert guard.take() == []


def test_a_fake_and_a_stubber_answer_a_client_without_credentials(bare: Callable[..., Any]) -> None:
    client = bare("ses")
    with SesFake():
        assert client.get_send_quota()["Max24HourSend"] == 50_000
    with Stubber(client) as stubber:
        stubber.add_response("get_send_quota", {"Max24HourSend": 7.0})
        assert client.get_send_quota()["Max24HourSend"] == 7


def test_moto_answers_a_client_that_finds_the_credentials_of_moto(bare: Callable[..., Any]) -> None:
    with mock_aws():
        assert bare("ses").verify_email_identity(EmailAddress="me@example.com")


def test_an_unsigned_call_without_credentials_is_checked_at_the_network(bare: Callable[..., Any]) -> None:
    said = _asked_by(bare(config=Config(signature_version=UNSIGNED)).get_account)

    assert "tried to connect to email.us-east-1.amazonaws.com, and no fake is active" in said


# -- how it stands ----------------------------------------------------------------------------------------------------


def test_it_leaves_no_trace() -> None:
    watched = guard.Guard()
    before = _attributes()
    with watched.watch("tests/test_it.py::test_it"):
        with watched.watch(None):
            watched.check(HOST)
        with pytest.raises(RealSesBlockedError, match=r"in tests/test_it\.py::test_it tried to connect to"):
            watched.check(HOST)
        assert _attributes() != before
    watched.check(HOST)

    assert _attributes() == before
    assert len(watched.take()) == 1


def test_what_others_put_in_its_place_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = guard.Guard()

    def theirs(host: str, *_args: object) -> str:
        return host

    with watched.watch("test"):
        monkeypatch.setattr(socket, "getaddrinfo", theirs)
    assert getattr(socket, "getaddrinfo") is theirs  # noqa: B009 - typed as what the library has


def test_it_stands_beneath_a_fake_that_is_older_than_a_test_and_outlives_it() -> None:
    watched = guard.Guard()
    before = _attributes()
    with watched.watch("one"), SesFake():
        with watched.watch("two"):
            watched.check(HOST)
        wrapped = _attributes()
        with watched.watch("three"):
            assert _attributes() == wrapped

    assert _attributes() == before


def _attributes() -> list[object]:
    return [
        *(getattr(socket, name) for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex")),
        *(socket.socket.connect, socket.socket.connect_ex, ssl.SSLContext.wrap_socket, ssl.SSLContext.wrap_bio),
        *(http.client.HTTPConnection.set_tunnel, http.client.HTTPConnection.putrequest),
        *(asyncio.BaseEventLoop.getaddrinfo, RequestSigner.sign),
    ]
