"""Mail clients send through SES's host names without a changed line, and raise what they would raise."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
import threading
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import aiosmtplib
import anyio
import pytest

from pytest_sesfake.transports import runtime
from pytest_sesfake.wire.http import NoAnswer
from pytest_sesfake.wire.smtp import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.transports.conftest import StubCallHandler

HOST = "email-smtp.eu-west-1.amazonaws.com"


def message() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "me@example.com"
    mail["To"] = "ada@example.com"
    mail["Subject"] = "Welcome"
    mail.set_content("Hello, Ada\n.\n")
    return mail


def with_starttls(port: int) -> smtplib.SMTP:
    client = smtplib.SMTP(HOST, port, timeout=10)
    client.starttls(context=ssl.create_default_context())
    return client


SMTPLIB: dict[str, Callable[[], smtplib.SMTP]] = {
    "25": lambda: with_starttls(25),
    "587": lambda: with_starttls(587),
    "2587": lambda: with_starttls(2587),
    "465": lambda: smtplib.SMTP_SSL(HOST, 465, timeout=10),
    "2465": lambda: smtplib.SMTP_SSL(HOST, 2465, timeout=10, context=ssl.create_default_context()),
}


@pytest.fixture(params=SMTPLIB)
def client(call_handler: StubCallHandler, request: pytest.FixtureRequest) -> smtplib.SMTP:
    """smtplib at each port of SES."""
    assert call_handler.logins == []
    return SMTPLIB[request.param]()


def test_smtplib_sends(client: smtplib.SMTP, call_handler: StubCallHandler) -> None:
    with client:
        client.login("AKIAUSER", "secret")
        client.send_message(message())

    (envelope,) = call_handler.envelopes
    assert (envelope.login.user, envelope.login.password, envelope.host) == ("AKIAUSER", "secret", HOST)
    assert (envelope.mail_from, envelope.recipients) == ("me@example.com", ["ada@example.com"])
    assert envelope.data.endswith(b"\r\n\r\nHello, Ada\r\n.\r\n")
    assert envelope.caller is not None
    assert envelope.caller[0] == __file__


def test_smtplib_without_a_context_sends(call_handler: StubCallHandler) -> None:
    with smtplib.SMTP(HOST, 587, timeout=10) as client:
        client.starttls()
        client.login("user", "secret")
        client.send_message(message())

    assert len(call_handler.envelopes) == 1


def test_smtplib_raises_the_refusal_of_the_call_handler(call_handler: StubCallHandler) -> None:
    call_handler.replies = [Reply(554, "Message rejected: Email address is not verified.")]
    with with_starttls(587) as client:
        client.login("user", "secret")
        with pytest.raises(smtplib.SMTPDataError) as caught:
            client.send_message(message())

    assert caught.value.smtp_code == 554
    assert caught.value.smtp_error == b"Message rejected: Email address is not verified."


def test_smtplib_raises_a_refused_login(call_handler: StubCallHandler) -> None:
    call_handler.admits = Reply(535, "Authentication Credentials Invalid")
    with with_starttls(587) as client, pytest.raises(smtplib.SMTPAuthenticationError) as caught:
        client.login("user", "wrong")

    assert caught.value.smtp_code == 535


def test_smtplib_must_not_log_in_in_clear(call_handler: StubCallHandler) -> None:
    with smtplib.SMTP(HOST, 587, timeout=10) as client, pytest.raises(smtplib.SMTPAuthenticationError) as caught:
        client.login("user", "secret")

    assert caught.value.smtp_error == b"Must issue a STARTTLS command first"
    assert call_handler.logins == []


@pytest.mark.usefixtures("call_handler")
def test_smtplib_must_log_in_before_it_sends() -> None:
    with with_starttls(587) as client, pytest.raises(smtplib.SMTPSenderRefused) as caught:
        client.send_message(message())

    assert (caught.value.smtp_code, caught.value.smtp_error) == (530, b"Authentication required")


def test_smtplib_raises_a_disconnect_and_a_timeout(call_handler: StubCallHandler) -> None:
    call_handler.replies = [NoAnswer("disconnect"), NoAnswer("timeout")]
    with with_starttls(587) as client:
        client.login("user", "secret")
        with pytest.raises(smtplib.SMTPServerDisconnected, match="unexpectedly closed"):
            client.send_message(message())
    with with_starttls(587) as client:
        client.login("user", "secret")
        assert client.sock is not None
        client.sock.settimeout(0.2)
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            client.send_message(message())


@pytest.mark.usefixtures("call_handler")
def test_an_unknown_port_is_refused() -> None:
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(HOST, 2525, timeout=10)


def test_the_listener_can_be_used_by_its_own_address(call_handler: StubCallHandler) -> None:
    listener = runtime.smtp()
    trusting = ssl.create_default_context(cafile=listener.ca_file)
    with smtplib.SMTP(listener.host, listener.port, timeout=10) as client:
        client.starttls(context=trusting)
        client.login("user", "secret")
        client.send_message(message())
    with smtplib.SMTP_SSL(listener.host, listener.tls_port, timeout=10, context=trusting) as client:
        client.login("user", "secret")
        client.send_message(message())

    assert [envelope.host for envelope in call_handler.envelopes] == [None, None]
    assert [(envelope.caller or ("", 0))[0] for envelope in call_handler.envelopes] == [__file__, __file__]


def test_many_threads_send_at_once(call_handler: StubCallHandler) -> None:
    def send() -> None:
        with with_starttls(587) as client:
            client.login("user", "secret")
            for _ in range(5):
                client.send_message(message())

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(call_handler.envelopes) == 30


def run(work: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine until the connections are closed too, which aiosmtplib does not wait for."""

    async def run_to_the_end() -> None:
        loop = asyncio.get_running_loop()
        try:
            await work
        finally:
            while len(vars(loop)["_selector"].get_map()) > 1:  # noqa: ASYNC110 - no event tells when the threads end
                await asyncio.sleep(0.001)
            await asyncio.sleep(0)

    asyncio.run(run_to_the_end())


@pytest.mark.parametrize("port", [465, 587])
def test_aiosmtplib_sends(call_handler: StubCallHandler, port: int) -> None:
    async def send() -> None:
        client = aiosmtplib.SMTP(
            hostname=HOST, port=port, username="user", password="secret", timeout=10, use_tls=port == 465
        )
        async with client:
            await client.send_message(message())

    run(send())

    (envelope,) = call_handler.envelopes
    assert envelope.host == HOST
    assert envelope.data.endswith(b"\r\n\r\nHello, Ada\r\n.\r\n")


def test_aiosmtplib_raises_the_refusal_of_the_call_handler(call_handler: StubCallHandler) -> None:
    call_handler.replies = [Reply(454, "Throttling failure: Maximum sending rate exceeded.")]
    with pytest.raises(aiosmtplib.SMTPDataError) as caught:
        run(aiosmtplib.send(message(), hostname=HOST, port=587, username="user", password="secret", timeout=10))

    assert caught.value.code == 454


@pytest.mark.usefixtures("call_handler")
def test_asyncio_connects_by_itself() -> None:
    async def greeting(port: int, context: ssl.SSLContext | None) -> bytes:
        reader, writer = await asyncio.open_connection(HOST, port, ssl=context)
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return line[:3]

    assert asyncio.run(greeting(587, None)) == b"220"
    assert asyncio.run(greeting(465, ssl.create_default_context())) == b"220"


@pytest.mark.usefixtures("call_handler")
def test_anyio_connects_by_itself() -> None:
    async def greeting() -> bytes:
        async with await anyio.connect_tcp(
            HOST, 465, ssl_context=ssl.create_default_context(), tls_standard_compatible=False
        ) as stream:
            return (await stream.receive())[:3]

    assert anyio.run(greeting) == b"220"


def test_between_fakes_a_name_goes_its_own_way(stub: StubCallHandler, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime.enter(stub.call_handler)
    runtime.leave(stub.call_handler)
    asked: list[object] = []

    def refuse(host: object, *_args: object, **_kwargs: object) -> None:
        asked.append(host)
        raise OSError("nobody is asked in a test")

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    with pytest.raises(OSError, match="nobody is asked"):
        smtplib.SMTP(HOST, 587, timeout=10)

    assert asked == [HOST]
