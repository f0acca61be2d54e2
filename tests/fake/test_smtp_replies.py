"""Every reply that SES is known to give by SMTP comes by a state of SES or by a script."""

from __future__ import annotations

import smtplib
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake.wire.passwords import derive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_sesfake import SesFake

LETTER = b"From: me@example.com\r\nSubject: Welcome\r\n\r\nHello\r\n"


@pytest.fixture
def server(sesfake: SesFake) -> Iterator[Callable[[], smtplib.SMTP]]:
    """How to connect as far as the login."""
    opened: list[smtplib.SMTP] = []

    def connect() -> smtplib.SMTP:
        smtp = sesfake.smtp
        opened.append(smtplib.SMTP(smtp.host, smtp.port, timeout=10))
        opened[-1].starttls(context=ssl.create_default_context(cafile=smtp.ca_file))
        opened[-1].ehlo()
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def send(
    connect: Callable[[], smtplib.SMTP],
    data: bytes = LETTER,
    sender: str = "me@example.com",
    password: str = "secret",  # noqa: S107 - a stand-in for one
) -> tuple[int, str]:
    """Send one mail, and give the last reply."""
    try:
        connection = connect()
        connection.login("AKIAUSER", password)
        connection.mail(sender)
        connection.rcpt("ada@example.com")
        code, text = connection.data(data)
    except smtplib.SMTPResponseException as error:
        code, text = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
    return code, text.decode()


def test_a_mail_that_is_taken(sesfake: SesFake, server: Callable[[], smtplib.SMTP]) -> None:
    connection = server()

    assert connection.login("user", "secret") == (235, b"Authentication successful.")
    connection.mail("me@example.com")
    connection.rcpt("ada@example.com")
    assert connection.docmd("DATA") == (354, b"End data with <CR><LF>.<CR><LF>")
    connection.send(LETTER + b".\r\n")
    assert connection.getreply() == (250, f"Ok {sesfake.outbox.one().id}".encode())


def test_what_comes_too_early(sesfake: SesFake) -> None:
    with smtplib.SMTP(sesfake.smtp.host, sesfake.smtp.port, timeout=10) as connection:
        connection.ehlo()
        assert connection.docmd("MAIL FROM:<me@example.com>") == (530, b"Must issue a STARTTLS command first")
        assert connection.docmd("STARTTLS") == (220, b"Ready to start TLS")


def test_a_mail_before_a_login(server: Callable[[], smtplib.SMTP]) -> None:
    assert server().docmd("MAIL FROM:<me@example.com>") == (530, b"Authentication required")


def test_addresses_that_are_none(server: Callable[[], smtplib.SMTP]) -> None:
    connection = server()
    connection.login("user", "secret")

    assert connection.docmd("MAIL FROM:<>") == (501, b"Invalid MAIL FROM address provided")
    connection.mail("me@example.com")
    assert connection.docmd("RCPT TO:<>") == (501, b"Invalid RCPT TO address provided")


REASON = "Email address is not verified. The following identities failed the check in region US-EAST-1: me@example.com"


def paused(sesfake: SesFake) -> None:
    sesfake.pause()


def over_quota(sesfake: SesFake) -> None:
    sesfake.quota = 1
    sesfake.send("someone@example.com")


def too_fast(sesfake: SesFake) -> None:
    sesfake.clock.freeze()
    sesfake.rate = 1
    sesfake.send("someone@example.com")


def from_a_domain_that_is_not_ready(sesfake: SesFake) -> None:
    sesfake.verify("example.com")
    sesfake.client().put_email_identity_mail_from_attributes(
        EmailIdentity="example.com", MailFromDomain="bounce.example.com", BehaviorOnMxFailure="REJECT_MESSAGE"
    )


@pytest.mark.parametrize(
    "state, reply",
    [
        (over_quota, (454, "Throttling failure: Daily message quota exceeded.")),
        (too_fast, (454, "Throttling failure: Maximum sending rate exceeded.")),
        (
            from_a_domain_that_is_not_ready,
            (554, "MAIL FROM domain not verified: DNS setup for MAIL FROM domain is invalid."),
        ),
        (paused, (554, "Message rejected: Email sending is disabled for your account.")),
    ],
)
def test_a_state_of_the_account(
    sesfake: SesFake,
    server: Callable[[], smtplib.SMTP],
    state: Callable[[SesFake], None],
    reply: tuple[int, str],
) -> None:
    state(sesfake)

    assert send(server) == reply
    assert sesfake.calls.one(api="smtp").error == str(reply[0])


@pytest.mark.sesfake(verified=["other@example.com"])
def test_a_sender_that_is_not_verified(server: Callable[[], smtplib.SMTP]) -> None:
    assert send(server) == (554, f"Message rejected: {REASON}")


@pytest.mark.sesfake(smtp_auth="derived")
def test_a_password_that_is_none(sesfake: SesFake, server: Callable[[], smtplib.SMTP]) -> None:
    right, elsewhere = (sesfake.smtp.password_for("k3y", region) for region in ("us-east-1", "eu-west-1"))
    refused = (535, "Authentication Credentials Invalid")

    assert send(server, password="k3y") == refused
    login = sesfake.calls.one()
    assert (login.operation, login.attempts, login.params) == ("AUTH", 2, {})  # smtplib tries PLAIN and LOGIN
    assert send(server, password=right)[0] == send(server, password=elsewhere)[0] == 250
    with smtplib.SMTP_SSL("email-smtp.us-east-1.amazonaws.com", 465, timeout=10) as connection:
        with pytest.raises(smtplib.SMTPAuthenticationError) as caught:
            connection.login("AKIAUSER", elsewhere)
        assert (caught.value.smtp_code, caught.value.smtp_error) == (refused[0], refused[1].encode())
        connection.login("AKIAUSER", right)


@pytest.mark.sesfake(smtp_auth="derived")
def test_the_password_of_the_environments_secret_key_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "k3y")
    with smtplib.SMTP_SSL("email-smtp.eu-west-1.amazonaws.com", 465, timeout=10) as connection:
        for password in ("k3y", derive("k3y", "us-east-1"), derive("other", "eu-west-1")):
            with pytest.raises(smtplib.SMTPAuthenticationError):
                connection.login("AKIAUSER", password)
        connection.login("AKIAUSER", derive("k3y", "eu-west-1"))


@pytest.mark.sesfake(smtp_auth="derived")
@pytest.mark.parametrize("variable", ["AWS_DEFAULT_REGION", "AWS_REGION"])
def test_a_client_that_names_no_host_may_have_the_password_of_the_environments_region(
    sesfake: SesFake, server: Callable[[], smtplib.SMTP], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "k3y")
    monkeypatch.setenv(variable, "eu-west-1")

    for region in ("eu-west-1", "us-east-1"):
        assert send(server, password=derive("k3y", region))[0] == 250
        assert sesfake.outbox.last().region == region
    assert send(server, password=derive("k3y", "eu-north-1"))[0] == send(server, password="B" * 44)[0] == 535
    named = smtplib.SMTP_SSL("email-smtp.us-east-1.amazonaws.com", 465, timeout=10)
    with named, pytest.raises(smtplib.SMTPAuthenticationError):
        named.login("AKIAUSER", derive("k3y", "eu-west-1"))


@pytest.mark.parametrize(
    "header, text",
    [
        (b"Message-ID: <1@a>\r\nMessage-ID: <2@a>", "Transaction failed: Duplicate header 'Message-ID'."),
        (b"X-SES-CONFIGURATION-SET: gone", "Transaction failed: Configuration set <gone> does not exist."),
    ],
)
def test_a_mail_that_says_what_cannot_be(server: Callable[[], smtplib.SMTP], header: bytes, text: str) -> None:
    assert send(server, header + b"\r\n" + LETTER) == (554, text)


def test_a_mail_that_is_too_long(server: Callable[[], smtplib.SMTP]) -> None:
    connection = server()
    connection.login("user", "secret")

    assert connection.docmd(f"MAIL FROM:<me@example.com> SIZE={41 * 1024 * 1024}") == (552, b"Message is too long.")


SUSPENDED = (
    "Message rejected: Sending suspended for this account. For more information, please check the inbox of the email "
    "address associated with your AWS account."
)


@pytest.mark.parametrize(
    "operation, script, reply",
    [
        ("CONNECT", lambda on: on.fail("421"), (421, "Too many concurrent SMTP connections")),
        (
            "AUTH",
            lambda on: on.fail("454", "Temporary authentication failure"),
            (454, "Temporary authentication failure"),
        ),
        ("AUTH", lambda on: on.fail("535"), (535, "Authentication Credentials Invalid")),
        ("AUTH", lambda on: on.fail("535", "Account not subscribed to SES"), (535, "Account not subscribed to SES")),
        (None, lambda on: on.fail("InternalFailure"), (451, "Temporary service failure")),
        (None, lambda on: on.fail("454"), (454, "Temporary service failure")),
        (None, lambda on: on.fail("552"), (552, "Message is too long.")),
        (None, lambda on: on.throttle(), (454, "Throttling failure: Maximum sending rate exceeded.")),
        (
            None,
            lambda on: on.fail("Throttling", "Maximum SigV2 SMTP sending rate exceeded."),
            (454, "Throttling failure: Maximum SigV2 SMTP sending rate exceeded."),
        ),
        (
            None,
            lambda on: on.fail("553", "<ada@example.com> address unknown"),
            (553, "<ada@example.com> address unknown"),
        ),
        (
            None,
            lambda on: on.fail("553", "<ada@example.com> Invalid email address"),
            (553, "<ada@example.com> Invalid email address"),
        ),
        (None, lambda on: on.fail("AccountSuspendedException"), (554, SUSPENDED)),
        (None, lambda on: on.fail("MessageRejected", "No."), (554, "Message rejected: No.")),
        (
            None,
            lambda on: on.fail("InvalidParameterValue", "Missing start boundary"),
            (554, "Transaction failed: Missing start boundary"),
        ),
        (None, lambda on: on.fail("554", "Access denied: No."), (554, "Access denied: No.")),
    ],
)
def test_a_script(
    sesfake: SesFake,
    server: Callable[[], smtplib.SMTP],
    operation: str | None,
    script: Callable[[Any], object],
    reply: tuple[int, str],
) -> None:
    script(sesfake.on(api="smtp") if operation is None else sesfake.on(api="smtp", operation=operation))

    assert send(server) == reply
    call = sesfake.calls.one()
    assert (call.operation, call.error, call.text, call.status) == (operation, str(reply[0]), reply[1], reply[0])
    assert send(server)[0] == 250


def test_a_script_of_mails_meets_no_login_and_no_connection(
    sesfake: SesFake, server: Callable[[], smtplib.SMTP]
) -> None:
    sesfake.on(api="smtp").fail("554", "No.")
    connection = server()
    connection.login("user", "secret")

    assert sesfake.calls == []
    assert send(server) == (554, "No.")


def test_a_login_may_be_slow_or_lost(sesfake: SesFake, server: Callable[[], smtplib.SMTP]) -> None:
    sesfake.on(operation="AUTH").disconnect().then.slow(0.01)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(server)

    assert send(server)[0] == 250
    assert [(call.operation, call.error) for call in sesfake.calls] == [
        ("AUTH", "disconnect"),
        ("AUTH", None),
        (None, None),
    ]


def test_a_login_that_is_tried_again_meets_the_next_step(sesfake: SesFake, server: Callable[[], smtplib.SMTP]) -> None:
    sesfake.on(operation="AUTH").fail("454", "Temporary authentication failure")
    connection = server()
    with pytest.raises(smtplib.SMTPAuthenticationError, match="Temporary"):
        connection.login("user", "secret")
    connection.login("user", "secret")

    assert sesfake.calls.one(operation="AUTH").attempts == 2


def test_a_connection_may_be_refused_in_tls_and_is_closed_then(sesfake: SesFake) -> None:
    sesfake.on(operation="CONNECT", region="eu-west-1").fail("421")
    with pytest.raises(smtplib.SMTPConnectError, match="Too many concurrent"):
        smtplib.SMTP_SSL("email-smtp.eu-west-1.amazonaws.com", 465, timeout=10)
    with smtplib.SMTP_SSL("email-smtp.us-east-1.amazonaws.com", 465, timeout=10) as connection:
        assert connection.noop() == (250, b"Ok")

    assert sesfake.calls.one(error="421").region == "eu-west-1"
