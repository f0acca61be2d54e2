"""Faults of calls, outages and limits: each as the client library's own exception."""

from __future__ import annotations

import smtplib
import time
from contextlib import nullcontext
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from pytest_sesfake import SesFake

if TYPE_CHECKING:
    from typing import Literal

    from pytest_sesfake.fake.simulate import OutageKind

    Service = Literal["ses", "sesv2"]
    from collections.abc import Callable, Iterator

ADA = "ada@example.com"


def by_boto(sesfake: SesFake, *, service: Service = "sesv2", attempts: int = 1) -> Any:
    client: Any = sesfake.client(service, config=Config(retries={"total_max_attempts": attempts}))
    if service == "ses":
        content = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}
        return client.send_email(Source="me@x.com", Destination={"ToAddresses": [ADA]}, Message=content)
    return client.send_email(
        FromEmailAddress="me@x.com",
        Destination={"ToAddresses": [ADA]},
        Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}},
    )


@pytest.fixture
def server(sesfake: SesFake) -> Iterator[smtplib.SMTP]:
    """An SMTP session that is logged in, and does not wait for long."""
    server = smtplib.SMTP(sesfake.smtp.host, sesfake.smtp.port, timeout=5)
    server.starttls()
    server.login(sesfake.smtp.username, sesfake.smtp.password)
    assert server.sock is not None
    server.sock.settimeout(0.3)
    yield server
    server.close()


def by_smtp(server: smtplib.SMTP) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "me@x.com", ADA, "Hi"
    message.set_content("Hi")
    server.send_message(message)


def codes(error: ClientError) -> tuple[object, object]:
    return error.response["Error"].get("Code"), error.response["ResponseMetadata"].get("HTTPStatusCode")


# Outages.


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_in_an_outage_every_attempt_is_unavailable_and_after_it_all_is_well(sesfake: SesFake, service: Service) -> None:
    with sesfake.outage():
        for _ in range(2):
            with pytest.raises(ClientError) as caught:
                by_boto(sesfake, service=service, attempts=3)
            assert codes(caught.value) == ("ServiceUnavailable", 503)
        client = sesfake.client(service, config=Config(retries={"total_max_attempts": 1}))
        with pytest.raises(ClientError, match="ServiceUnavailable"):
            client.delete_configuration_set(ConfigurationSetName="news")
    by_boto(sesfake, service=service)

    assert [call.attempts for call in sesfake.calls] == [3, 3, 1, 1]
    assert [call.error for call in sesfake.calls] == ["ServiceUnavailable"] * 3 + [None]
    assert len(sesfake.outbox) == 1


@pytest.mark.parametrize("kind,error", [("timeout", ReadTimeoutError), ("disconnect", ConnectionClosedError)])
def test_an_outage_may_be_silence_or_a_cut_connection(
    sesfake: SesFake, kind: OutageKind, error: type[Exception]
) -> None:
    with sesfake.outage(kind), pytest.raises(error):
        by_boto(sesfake)
    assert not sesfake.outbox


@pytest.mark.parametrize(
    "kind,error,text",
    [
        ("unavailable", smtplib.SMTPDataError, r"451, b'Temporary service failure'"),
        ("timeout", smtplib.SMTPServerDisconnected, "timed out"),
        ("disconnect", smtplib.SMTPServerDisconnected, "unexpectedly closed$"),
    ],
)
def test_an_outage_meets_smtp_too(
    sesfake: SesFake, server: smtplib.SMTP, kind: OutageKind, error: type[Exception], text: str
) -> None:
    with sesfake.outage(kind), pytest.raises(error, match=text):
        by_smtp(server)
    assert not sesfake.outbox


def test_an_outage_comes_before_any_script_and_uses_none_up(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA, operation="SendEmail").fail("MessageRejected", "No.")
    with sesfake.outage(), pytest.raises(ClientError, match="ServiceUnavailable"):
        by_boto(sesfake)
    with pytest.raises(ClientError, match=r"No\."):
        by_boto(sesfake)
    by_boto(sesfake)


@pytest.mark.parametrize("selector", [{"operation": "SendEmail"}, {"api": "sesv2"}, {"region": "us-east-1"}])
def test_an_outage_of_a_part_leaves_the_rest(sesfake: SesFake, selector: dict[str, Any]) -> None:
    with sesfake.outage(**selector):
        with pytest.raises(ClientError):
            by_boto(sesfake)
        sesfake.client("ses", region="eu-west-1").get_send_quota()


def test_of_two_outages_the_inner_one_counts_until_it_ends(sesfake: SesFake) -> None:
    with sesfake.outage():
        with sesfake.outage("disconnect"), pytest.raises(ConnectionClosedError):
            by_boto(sesfake)
        with pytest.raises(ClientError):
            by_boto(sesfake)


def test_an_attempt_after_the_outage_ended_succeeds(sesfake: SesFake) -> None:
    outage = sesfake.outage()
    outage.__enter__()
    client = sesfake.client("sesv2", config=Config(retries={"total_max_attempts": 3}))

    def end_it(attempts: int, **_: object) -> None:
        if attempts == 2:
            outage.__exit__(None, None, None)

    client.meta.events.register("needs-retry.sesv2.GetAccount", end_it)
    client.get_account()

    assert sesfake.calls.one().attempts == 3


def test_an_outage_without_calls_is_an_unused_script() -> None:
    with pytest.raises(AssertionError, match=r"test_faults\.py:\d+: outage\(api='ses'\) was never used"):  # noqa: SIM117 - one line is too long
        with SesFake() as sesfake, sesfake.outage(api="ses"):
            pass


def test_an_unknown_kind_of_outage_is_a_value_error(sesfake: SesFake) -> None:
    with pytest.raises(ValueError, match="'unavailable', 'timeout', 'disconnect', not 'fire'"):
        sesfake.outage("fire")  # type: ignore[arg-type]  # no such word


def test_an_unknown_api_of_an_outage_is_a_value_error(sesfake: SesFake) -> None:
    with pytest.raises(ValueError, match=r"^outage\(api=\.\.\.\) takes 'ses', 'sesv2', 'smtp', not 'sesv3'$"):
        sesfake.outage(api="sesv3")  # type: ignore[arg-type]  # no such word


# Scripted faults, as SMTP clients meet them.


@pytest.mark.parametrize(
    "fault,error,text",
    [
        (lambda on: on.throttle(), smtplib.SMTPDataError, "454, b'Throttling failure: Maximum sending rate exceeded.'"),
        (lambda on: on.fail("MessageRejected", "No."), smtplib.SMTPDataError, "554, b'Message rejected: No.'"),
        (lambda on: on.fail("InternalFailure"), smtplib.SMTPDataError, "451, b'Temporary service failure'"),
        (lambda on: on.timeout(), smtplib.SMTPServerDisconnected, "timed out"),
        (lambda on: on.disconnect(), smtplib.SMTPServerDisconnected, "unexpectedly closed$"),
    ],
    ids=["throttle", "fail", "internal", "timeout", "disconnect"],
)
def test_a_fault_of_smtp_is_smtplib_s_own_exception(
    sesfake: SesFake, server: smtplib.SMTP, fault: Callable[[Any], object], error: type[Exception], text: str
) -> None:
    fault(sesfake.on(api="smtp"))
    with pytest.raises(error, match=text):
        by_smtp(server)
    assert not sesfake.outbox


@pytest.mark.parametrize("fault,text", [("timeout", "timed out"), ("disconnect", "unexpectedly closed$")])
def test_smtp_may_lose_the_answer_to_a_mail_that_was_taken(
    sesfake: SesFake, server: smtplib.SMTP, fault: str, text: str
) -> None:
    getattr(sesfake.on(api="smtp"), fault)(accepted=True)
    with pytest.raises(smtplib.SMTPServerDisconnected, match=text):
        by_smtp(server)
    assert sesfake.outbox.one().status[ADA] == "Delivered"


def test_smtp_may_be_slow_and_too_slow_for_a_client(sesfake: SesFake, server: smtplib.SMTP) -> None:
    sesfake.on(api="smtp").slow(0.05, times=1).then.slow(2)
    started = time.monotonic()
    by_smtp(server)
    assert time.monotonic() - started >= 0.05
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        by_smtp(server)


def test_a_scripted_quota_has_the_texts_of_the_daily_quota_everywhere(sesfake: SesFake, server: smtplib.SMTP) -> None:
    text = "Daily message quota exceeded."
    sesfake.on(recipient=ADA).fail("Throttling", text, times=4)
    sesfake.template("hello", subject="Hi", text="Hi")
    words: dict[str, Any] = {"Template": "hello", "DefaultTemplateData": "{}", "Source": "me@x.com"}
    entry: Any = {"Destination": {"ToAddresses": [ADA]}}
    client = sesfake.client("ses")

    for service in ("ses", "sesv2"):
        with pytest.raises(ClientError, match=text):
            by_boto(sesfake, service=service)
    with pytest.raises(smtplib.SMTPDataError, match=f"454, b'Throttling failure: {text}'"):
        by_smtp(server)
    (status,) = client.send_bulk_templated_email(**words, Destinations=[entry])["Status"]
    assert status == {"Status": "AccountDailyQuotaExceeded", "Error": text}


@pytest.mark.parametrize(
    "arrange,text",
    [
        (lambda fake: fake.pause(), "sending is paused for the account$"),
        (
            lambda fake: fake.configuration_set("news", sending=False),
            "sending is paused for the configuration set news$",
        ),
        (lambda fake: fake.configuration_set("other"), "there is no configuration set 'news'$"),
        (lambda fake: setattr(fake, "sandbox", True), f"not verified in us-east-1: {ADA}$"),
        (lambda fake: fake.on(recipient=ADA).throttle(), "a script or an outage interrupts the call: throttling$"),
    ],
)
def test_a_send_of_the_fake_itself_that_ses_refuses_says_why(
    sesfake: SesFake, arrange: Callable[[SesFake], object], text: str
) -> None:
    arrange(sesfake)
    with pytest.raises(Exception, match=text):
        sesfake.send(ADA, configuration_set="news" if "news" in text else None)
    assert not sesfake.outbox


# Limits.


@pytest.mark.sesfake(request_rate=1)
@pytest.mark.parametrize(
    "service,call,code,status",
    [("ses", "get_send_quota", "Throttling", 400), ("sesv2", "get_account", "TooManyRequestsException", 429)],
)
def test_requests_that_are_no_sends_may_come_once_a_second(
    sesfake: SesFake, service: Service, call: str, code: str, status: int
) -> None:
    sesfake.clock.freeze()
    client = sesfake.client(service, config=Config(retries={"max_attempts": 0}))
    getattr(client, call)()
    with pytest.raises(ClientError, match="Rate exceeded") as caught:
        getattr(client, call)()
    assert codes(caught.value) == (code, status)
    by_boto(sesfake, service=service)
    by_boto(sesfake, service=service)

    sesfake.clock.advance(seconds=1)
    getattr(client, call)()


@pytest.mark.sesfake(request_rate=1)
def test_the_client_s_own_retries_overcome_that_limit(sesfake: SesFake) -> None:
    sesfake.clock.freeze()
    client = sesfake.client("sesv2", config=Config(retries={"mode": "standard", "total_max_attempts": 10}))
    for _ in range(3):
        client.get_account()
    assert sum(call.attempts for call in sesfake.calls) > 3


@pytest.mark.parametrize("limit", [None, 1])
def test_nobody_is_held_to_that_limit_who_did_not_ask_for_it(limit: float | None) -> None:
    with SesFake(request_rate=limit) as sesfake:
        sesfake.clock.freeze()
        client = sesfake.client("ses", config=Config(retries={"max_attempts": 0}))
        client.get_send_quota()
        with nullcontext() if limit is None else pytest.raises(ClientError, match="Throttling"):
            client.get_send_quota()


def test_a_limit_of_requests_is_a_number_above_zero() -> None:
    with pytest.raises(ValueError, match="request_rate takes a number of requests above zero, or None, not 0"):
        SesFake(request_rate=0)


@pytest.mark.sesfake(sandbox=True)
def test_the_sandbox_takes_two_hundred_recipients_a_day_and_production_access_lifts_that(sesfake: SesFake) -> None:
    sesfake.clock.freeze()
    sesfake.verify("example.com")
    for _ in range(4):
        sesfake.send([f"reader{number}@example.com" for number in range(50)])
    with pytest.raises(ClientError, match="Daily message quota exceeded"):
        by_boto(sesfake)

    sesfake.sandbox = False
    by_boto(sesfake)
    quota = sesfake.client("ses").get_send_quota()
    assert (quota["Max24HourSend"], quota["MaxSendRate"], quota["SentLast24Hours"]) == (50_000, 14, 201)

    sesfake.sandbox = True
    quota = sesfake.client("ses").get_send_quota()
    assert (quota["Max24HourSend"], quota["MaxSendRate"]) == (200, 1)
    with pytest.raises(ClientError, match="Daily message quota exceeded"):
        by_boto(sesfake)


@pytest.mark.sesfake(quota=7)
def test_a_quota_that_was_set_stays_in_the_sandbox_and_out_of_it(sesfake: SesFake) -> None:
    for is_in_sandbox in (True, False):
        sesfake.sandbox = is_in_sandbox
        assert sesfake.quota == 7


@pytest.mark.parametrize(
    "name,wrong", [("quota", 0), ("quota", "many"), ("rate", -1), ("rate", True), ("sandbox", "no")]
)
def test_a_limit_that_is_none_is_a_value_error_as_it_is_as_a_setting(
    sesfake: SesFake, name: str, wrong: object
) -> None:
    with pytest.raises(ValueError, match=f"{name} takes .* not {wrong!r}"):
        setattr(sesfake, name, wrong)


def test_mail_to_the_simulator_counts_for_the_rate_and_not_for_the_daily_quota(sesfake: SesFake) -> None:
    sesfake.clock.freeze()
    sesfake.quota, sesfake.rate = 1, 2
    for _ in range(2):
        sesfake.send("success@simulator.amazonses.com")
    assert sesfake.client("ses").get_send_quota()["SentLast24Hours"] == 0.0
    with pytest.raises(Exception, match="rate"):
        sesfake.send("success@simulator.amazonses.com")
    sesfake.clock.advance(seconds=1)
    sesfake.send(ADA)
    sesfake.clock.advance(seconds=1)
    with pytest.raises(Exception, match="quota"):
        sesfake.send(ADA)
