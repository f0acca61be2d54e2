"""What is no request and no command gets an error or a closed connection, and the next client is served."""

from __future__ import annotations

import contextlib
import gc
import random
import smtplib
import socket
import ssl
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pytest_sesfake.transports import runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_sesfake import SesFake

HEADS = [
    b"POST / HTTP/1.1\r\nHost: email.us-east-1.amazonaws.com\r\n",
    b"GET /v2/email/account HTTP/1.1\r\nHost: a\r\n",
    b"POST /v2/email/outbound-emails HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n",
    b"DELETE /v2/email/identities/%ff%00%2F?PageSize=x&&=&NextToken=%ff HTTP/1.1\r\nHost: \xff\r\n",
    b"GET //[::bad HTTP/1.1\r\nHost: a\r\n",
    b"CONNECT email.us-east-1.amazonaws.com:443 HTTP/1.1\r\nHost: a\r\n",
    b"OPTIONS * HTTP/1.0\r\n",
    b"PRI * HTTP/2.0\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nAuthorization: AWS4-HMAC-SHA256 Credential=/../..//aws4_request, x\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"y" * 100_000 + b"\r\n",
]
BODIES = [
    b"",
    b"\x00\xff" * 50,
    b"null",
    b'"text"',
    b"{" * 3000,
    b"[" * 20_000,
    b'{"Content": [1, 2]}',
    b'{"FromEmailAddress": "\\ud800"}',
    b"Action=Explode&Version=2010-12-01",
    b"Action=GetSendQuota&Version=1999-01-01",
    b"Action=ListIdentities&Version=2010-12-01&MaxItems=99999999999999999999999",
    b"Action=SendEmail&Version=2010-12-01&Destination.ToAddresses.member.99999999=x&Destination=y",
    b"Action=SendRawEmail&Version=2010-12-01&RawMessage.Data=%%%",
]
COMMANDS = [
    *(b"EHLO x", b"HELO x", b"EHLO", b"EHLO \x00", b" EHLO x", b"NOOP", b"RSET", b"QUIT", b"STARTTLS", b"DATA"),
    *(b"AUTH PLAIN", b"AUTH PLAIN AHUAcA==", b"AUTH LOGIN", b"AUTH LOGIN dQ==", b"dQ==", b"*", b"", b".", b".."),
    *(b"MAIL FROM:<me@example.com>", b"MAIL FROM:<>", b"MAIL FROM:<\xe4@x> SIZE=-1", b"RCPT TO:<a@example.com>"),
    *(b"RCPT TO:<\xff@x>", b"VRFY x", b"BDAT 9", b"GET / HTTP/1.1", b"A" * 3000, b"\x00", b"\xff" * 9, b"Subject: x"),
]
ENDS = [*[b"\r\n"] * 9, b"\n", b"\r", b""]


@pytest.fixture(autouse=True)
def _nothing_is_said_of_it(
    sesfake: SesFake, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Neither a thread nor a destructor nor a log has a stack trace to show, and no call went wrong inside."""
    traces: list[object] = []
    monkeypatch.setattr(threading, "excepthook", traces.append)
    monkeypatch.setattr(sys, "unraisablehook", traces.append)
    with caplog.at_level("WARNING"):
        yield
        gc.collect()
    assert [record.getMessage() for record in caplog.records if record.name != "mail.log"] == []
    assert (sesfake.problems, traces) == ([], [])


def throw(port: int, pieces: list[bytes], *, tls: bool, chance: random.Random) -> None:
    """Send what somebody might who knows no better, and go away in one of the ways that there are."""
    client: Any = socket.create_connection(("127.0.0.1", port), timeout=10)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with contextlib.suppress(OSError):
        if tls:
            client = trusting.wrap_socket(client)
        for piece in pieces:
            client.sendall(piece)
        if chance.random() < 0.3:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif chance.random() < 0.6:
            client.settimeout(0.05)
            while client.recv(65536):
                pass
    client.close()


def a_request(chance: random.Random) -> list[bytes]:
    head, body = chance.choice(HEADS), chance.choice(BODIES)
    if chance.random() < 0.2:
        return [chance.randbytes(chance.randrange(1, 2000))]
    if chance.random() < 0.2:
        return [head[: chance.randrange(len(head))]]
    if chance.random() < 0.3:
        return [head, b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body), body, b"\r\n0\r\n\r\n"]
    return [head, b"Content-Length: %d\r\n\r\n" % (len(body) + chance.choice((0, 0, 5))), body]


def a_talk(chance: random.Random) -> list[bytes]:
    start = [b"EHLO x\r\nAUTH PLAIN AHUAcA==\r\n"] if chance.random() < 0.5 else []
    said = [chance.choice((*COMMANDS, chance.randbytes(300))) for _ in range(chance.randrange(25))]
    return start + [command + chance.choice(ENDS) for command in said]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_comes_by_http_the_next_client_is_served(sesfake: SesFake, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    endpoint = sesfake.endpoint
    for number in range(25):
        tls = bool(number % 3 == 0)
        throw(endpoint.tls_port if tls else endpoint.port, a_request(chance), tls=tls, chance=chance)
        assert httpx.get(f"{endpoint.url}/v2/email/account").status_code == 200


@pytest.mark.parametrize("seed", range(6))
def test_whatever_comes_by_smtp_the_next_client_is_served(sesfake: SesFake, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    smtp = sesfake.smtp
    for number in range(25):
        tls = bool(number % 3)
        throw(smtp.tls_port if tls else smtp.port, a_talk(chance), tls=tls, chance=chance)
    with smtplib.SMTP(smtp.host, smtp.port, timeout=10) as server:
        server.starttls(context=ssl.create_default_context(cafile=smtp.ca_file))
        server.login(smtp.username, smtp.password)
        server.sendmail("me@example.com", ["ada@example.com"], "From: me@example.com\r\nSubject: Served\r\n\r\n")
    deadline = time.monotonic() + 10
    while runtime.smtp().open:
        assert time.monotonic() < deadline
        time.sleep(0.01)

    assert sesfake.outbox.one(recipient="ada@example.com").subject == "Served"


JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    "ask, status, said",
    [
        (lambda url: httpx.post(url, content=b"Action=Explode&Version=2010-12-01", headers=FORM), 400, "InvalidAction"),
        (lambda url: httpx.post(url, content=b"Action=GetSendQuota&Version=1", headers=FORM), 400, "InvalidAction"),
        (lambda url: httpx.post(url, content=b"{}", headers=JSON), 400, "MissingAction"),
        (lambda url: httpx.post(url, content=b"x" * 60_000_000, headers=FORM), 400, "MissingAction"),
        (
            lambda url: httpx.post(f"{url}/v2/email/outbound-emails", content=b"Action=SendEmail", headers=FORM),
            400,
            "SerializationException",
        ),
        (
            lambda url: httpx.post(f"{url}/v2/email/outbound-emails", content=b"{" * 1000, headers=JSON),
            400,
            "SerializationException",
        ),
        (lambda url: httpx.put(f"{url}/v2/email/account"), 404, "UnknownOperationException"),
        (lambda url: httpx.get(f"{url}/v3/email/account"), 404, "UnknownOperationException"),
    ],
    ids=["action", "version", "JSON to v1", "oversized", "form to v2", "half a body", "method", "path"],
)
def test_a_wrong_request_gets_an_error_of_aws(
    sesfake: SesFake, ask: Callable[[str], httpx.Response], status: int, said: str
) -> None:
    answer = ask(sesfake.endpoint.url)

    code = answer.headers.get("x-amzn-errortype") or answer.text.partition("<Code>")[2].partition("</Code>")[0]
    assert (answer.status_code, code) == (status, said)
    assert sesfake.calls.one().error == said
