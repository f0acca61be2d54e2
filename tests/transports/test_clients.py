"""Every client reaches the fake under every host name of SES: the matrix that docs/reference/clients.md shows."""

from __future__ import annotations

import asyncio
import http.client
import json
import smtplib
import ssl
import urllib.request
from email.message import EmailMessage
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

import aiohttp
import aiosmtplib
import boto3
import httpx
import pytest
import requests
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import SesFake

PAGE = Path(__file__).parents[2] / "docs/reference/clients.md"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class Host(NamedTuple):
    """One form of host names, and the settings of a botocore client that computes it."""

    name: str
    region: str
    options: dict[str, Any]


class Operation(NamedTuple):
    """One call, by hand and by botocore."""

    service: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    botocore: str
    parameters: dict[str, Any]

    @property
    def sends(self) -> bool:
        return self.botocore == "send_email"


HOSTS = {
    "standard": Host("email.eu-west-1.amazonaws.com", "eu-west-1", {}),
    "FIPS": Host("email-fips.us-west-2.amazonaws.com", "us-west-2", {"config": Config(use_fips_endpoint=True)}),
    "dual-stack": Host("email.eu-west-1.api.aws", "eu-west-1", {"config": Config(use_dualstack_endpoint=True)}),
    "China": Host("email.cn-north-1.amazonaws.com.cn", "cn-north-1", {}),
    "GovCloud": Host("email.us-gov-west-1.amazonaws.com", "us-gov-west-1", {}),
    "multi-region": Host(
        "ab12.cd3.endpoints.email.amazonaws.com",
        "eu-west-1",
        {"endpoint_url": "https://ab12.cd3.endpoints.email.amazonaws.com"},
    ),
}
CONTENT = {"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "Hello, Ada"}}}
SEND_V1 = {"Source": "me@example.com", "Destination": {"ToAddresses": ["ada@example.com"]}, "Message": CONTENT}
SEND_V2 = {
    "FromEmailAddress": "me@example.com",
    "Destination": {"ToAddresses": ["ada@example.com"]},
    "Content": {"Simple": CONTENT},
}
SEND_FORM = {
    "Action": "SendEmail",
    "Version": "2010-12-01",
    "Source": "me@example.com",
    "Destination.ToAddresses.member.1": "ada@example.com",
    "Message.Subject.Data": "Welcome",
    "Message.Body.Text.Data": "Hello, Ada",
}
OPERATIONS = {
    "v1 `SendEmail`": Operation("ses", "POST", "/", FORM, urlencode(SEND_FORM).encode(), "send_email", SEND_V1),
    "v1 `GetSendQuota`": Operation(
        "ses", "GET", "/?Action=GetSendQuota&Version=2010-12-01", {}, b"", "get_send_quota", {}
    ),
    "v2 `SendEmail`": Operation(
        "sesv2", "POST", "/v2/email/outbound-emails", JSON, json.dumps(SEND_V2).encode(), "send_email", SEND_V2
    ),
    "v2 `GetAccount`": Operation("sesv2", "GET", "/v2/email/account", {}, b"", "get_account", {}),
}


# -- clients that know nothing of SES: what they send is signed by hand -----------------------------------------------


def by_requests(method: str, url: str, headers: dict[str, str], body: bytes) -> int:
    return requests.request(method, url, headers=headers, data=body, timeout=20).status_code


def by_urllib(method: str, url: str, headers: dict[str, str], body: bytes) -> int:
    request = urllib.request.Request(url, body or None, headers, method=method)  # noqa: S310 - https, see below
    with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310 - https, see below
        status: int = response.status
        return status


def by_http_client(method: str, url: str, headers: dict[str, str], body: bytes) -> int:
    _, _, rest = url.partition("//")
    host, _, path = rest.partition("/")
    connection = http.client.HTTPSConnection(host, timeout=20)
    try:
        connection.request(method, f"/{path}", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def by_urllib3(method: str, url: str, headers: dict[str, str], body: bytes) -> int:
    with urllib3.PoolManager() as pool:
        return pool.request(method, url, body=body, headers=headers, timeout=20, retries=False).status


def by_httpx(method: str, url: str, headers: dict[str, str], body: bytes) -> int:
    with httpx.Client(timeout=20) as client:
        return client.request(method, url, headers=headers, content=body).status_code


def by_httpx_async(method: str, url: str, headers: dict[str, str], body: bytes) -> int:
    async def ask() -> int:
        async with httpx.AsyncClient(timeout=20) as client:
            return (await client.request(method, url, headers=headers, content=body)).status_code

    return asyncio.run(ask())


def by_aiohttp(method: str, url: str, headers: dict[str, str], body: bytes) -> int:
    async def ask() -> int:
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, url, headers=headers, data=body) as response,
        ):
            return response.status

    return asyncio.run(ask())


BY_HAND: dict[str, Callable[[str, str, dict[str, str], bytes], int]] = {
    "requests": by_requests,
    "urllib": by_urllib,
    "http.client": by_http_client,
    "urllib3": by_urllib3,
    "httpx": by_httpx,
    "httpx, asynchronous": by_httpx_async,
    "aiohttp": by_aiohttp,
}


# -- clients that are made for SES ------------------------------------------------------------------------------------


def by_boto3(host: Host, operation: Operation) -> int:
    make: Any = boto3.client  # typed for literal names only
    client = make(operation.service, region_name=host.region, **host.options)
    answer = getattr(client, operation.botocore)(**operation.parameters)
    status: int = answer["ResponseMetadata"]["HTTPStatusCode"]
    return status


def by_aiobotocore(host: Host, operation: Operation) -> int:
    session = pytest.importorskip("aiobotocore.session")

    async def ask() -> int:
        made = session.AioSession().create_client(operation.service, region_name=host.region, **host.options)
        async with made as client:
            answer = await getattr(client, operation.botocore)(**operation.parameters)
            status: int = answer["ResponseMetadata"]["HTTPStatusCode"]
            return status

    return asyncio.run(ask())


def by_aws_cli(host: Host, operation: Operation) -> int:
    config = host.options.get("config")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DATA_PATH", "")  # which it sets when it is imported
        driver = pytest.importorskip("awscli.clidriver")
        patch.setenv("AWS_DATA_PATH", str(Path(driver.__file__).parent / "data"))
        patch.setenv("AWS_USE_FIPS_ENDPOINT", str(bool(config and config.use_fips_endpoint)).lower())
        patch.setenv("AWS_USE_DUALSTACK_ENDPOINT", str(bool(config and config.use_dualstack_endpoint)).lower())
        arguments = [operation.service, operation.botocore.replace("_", "-"), "--region", host.region]
        if operation.parameters:
            arguments += ["--cli-input-json", json.dumps(operation.parameters)]
        if "endpoint_url" in host.options:
            arguments += ["--endpoint-url", host.options["endpoint_url"]]
        failed: int = driver.create_clidriver().main(arguments)
        return failed or 200


BY_NAME: dict[str, Callable[[Host, Operation], int]] = {
    "boto3": by_boto3,
    "aiobotocore": by_aiobotocore,
    "AWS CLI, in process": by_aws_cli,
}
NEEDS = {"aiobotocore": "aiobotocore", "AWS CLI, in process": "awscli"}
INSTALLED = [name for name in BY_NAME if name not in NEEDS or find_spec(NEEDS[name])]


def sign(host: Host, operation: Operation) -> tuple[str, dict[str, str]]:
    """Sign a call as an application without an SDK does."""
    url = f"https://{host.name}{operation.target}"
    request = AWSRequest(operation.method, url, operation.headers, operation.body)
    SigV4Auth(Credentials("AKIAHAND", "secret"), "ses", host.region).add_auth(request)
    return url, dict(request.headers.items())


def check(sesfake: SesFake, host: Host, operation: Operation) -> None:
    """Check that the call reached the state of its region."""
    call = sesfake.calls.one()
    assert (call.api, call.region, call.error) == (operation.service, host.region, None)
    assert call.caller is not None
    assert call.caller[0] == __file__
    if operation.sends:
        message = sesfake.outbox.one(to="ada@example.com", subject="Welcome")
        assert (message.region, message.text) == (host.region, "Hello, Ada")


# Clients of asyncio do not wait for the end of TLS when their event loop ends.
@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
@pytest.mark.parametrize("ask", BY_HAND.values(), ids=BY_HAND)
def test_a_client_of_http_is_answered(
    sesfake: SesFake, ask: Callable[[str, str, dict[str, str], bytes], int], host: Host, operation: Operation
) -> None:
    url, headers = sign(host, operation)

    assert ask(operation.method, url, headers, operation.body) == 200
    check(sesfake, host, operation)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
@pytest.mark.parametrize("name", INSTALLED)
def test_a_client_of_ses_is_answered(sesfake: SesFake, name: str, host: Host, operation: Operation) -> None:
    assert BY_NAME[name](host, operation) == 200
    check(sesfake, host, operation)


# -- SMTP -------------------------------------------------------------------------------------------------------------

SMTP_HOSTS = {
    "standard": Host("email-smtp.eu-west-1.amazonaws.com", "eu-west-1", {}),
    "FIPS": Host("email-smtp-fips.us-west-2.amazonaws.com", "us-west-2", {}),
    "China": Host("email-smtp.cn-north-1.amazonaws.com.cn", "cn-north-1", {}),
    "GovCloud": Host("email-smtp.us-gov-west-1.amazonaws.com", "us-gov-west-1", {}),
}
PORTS = {25: False, 587: False, 2587: False, 465: True, 2465: True}


def written() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "me@example.com", "ada@example.com", "Welcome"
    mail.set_content("Hello, Ada\n")
    return mail


def by_smtplib(host: str, port: int, *, tls: bool) -> None:
    context = ssl.create_default_context()
    made = smtplib.SMTP_SSL(host, port, context=context) if tls else smtplib.SMTP(host, port)
    with made as client:
        if not tls:
            client.starttls(context=context)
        client.login("user", "password")
        client.send_message(written())


def by_aiosmtplib(host: str, port: int, *, tls: bool) -> None:
    asyncio.run(
        aiosmtplib.send(
            written(), hostname=host, port=port, use_tls=tls, start_tls=not tls, username="user", password="password"
        )
    )


BY_SMTP: dict[str, Callable[..., None]] = {"smtplib": by_smtplib, "aiosmtplib": by_aiosmtplib}


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("host", SMTP_HOSTS.values(), ids=SMTP_HOSTS)
@pytest.mark.parametrize("send", BY_SMTP.values(), ids=BY_SMTP)
def test_a_client_of_smtp_is_answered(sesfake: SesFake, send: Callable[..., None], host: Host, port: int) -> None:
    send(host.name, port, tls=PORTS[port])

    assert sesfake.outbox.one(to="ada@example.com", api="smtp").region == host.region


# -- the page ---------------------------------------------------------------------------------------------------------


def table(clients: list[str], hosts: dict[str, Host], cell: str) -> list[str]:
    """One row for each client, one column for each form of host names."""
    head = [f"| client | {' | '.join(hosts)} |", "|---" * (len(hosts) + 1) + "|"]
    return head + [f"| {name} |{f' {cell} |' * len(hosts)}" for name in clients]


def test_the_page_shows_the_matrix() -> None:
    page = PAGE.read_text(encoding="utf-8")
    names = [f"| {form} | `{host.name}` |" for form, host in HOSTS.items()]
    lines = [
        *table([*BY_NAME, *BY_HAND], HOSTS, "yes"),
        *(f"- {name}" for name in OPERATIONS),
        *names,
        *table([*BY_SMTP], SMTP_HOSTS, ", ".join(map(str, PORTS))),
    ]

    assert [line for line in lines if line not in page.splitlines()] == [], (
        "docs/reference/clients.md lacks these lines"
    )
