"""Calls of aiobotocore and aioboto3 reach the call handler as boto3's do, in the caller's own event loop."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Literal

import pytest
from botocore.exceptions import ConnectionClosedError, NoCredentialsError, NoRegionError, ReadTimeoutError

from pytest_sesfake import RealSesBlockedError, SesFake
from pytest_sesfake.transports import guard, runtime
from pytest_sesfake.wire.http import NoAnswer, Request, Response

WHY = "aiobotocore is not installed; `tox -e aio` and `tox -e aio-oldest` run this file"
endpoint = pytest.importorskip("aiobotocore.endpoint", reason=WHY)
session = pytest.importorskip("aiobotocore.session", reason=WHY)
AioConfig = pytest.importorskip("aiobotocore.config", reason=WHY).AioConfig
AioRefreshableCredentials = pytest.importorskip("aiobotocore.credentials", reason=WHY).AioRefreshableCredentials

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from botocore.config import Config

    from tests.transports.conftest import StubCallHandler

SERVICES = ["ses", "sesv2"]
THROTTLED = Response(429, {"X-Amzn-ErrorType": "TooManyRequestsException"}, b'{"message": "Slow down."}')


def run(work: Callable[[Any], Awaitable[Any]], service: str = "sesv2", **options: Any) -> Any:
    """Give a client to a coroutine function, in an event loop of its own."""

    async def with_client() -> Any:
        async with session.AioSession().create_client(service, **{"region_name": "eu-west-1", **options}) as client:
            return await work(client)

    return asyncio.run(with_client())


def patient(attempts: int = 1, mode: Literal["legacy", "standard", "adaptive"] = "standard") -> Config:
    config: Config = AioConfig(retries={"mode": mode, "total_max_attempts": attempts}, read_timeout=20)
    return config


@pytest.mark.parametrize("service", SERVICES)
def test_a_call_arrives_as_it_would_have_been_sent(
    call_handler: StubCallHandler, send: Callable[..., Any], service: str
) -> None:
    answer = run(send, service)

    (request,) = call_handler.requests
    assert answer["MessageId"] == ("id-1" if service == "ses" else "id-2")
    assert request.host == "email.eu-west-1.amazonaws.com"
    assert request.path == ("/" if service == "ses" else "/v2/email/outbound-emails")
    assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=testing/")
    assert b"Hello" in request.body
    assert request.caller is not None
    assert request.caller[0] == __file__


def test_a_client_older_than_the_fake_is_answered(stub: StubCallHandler, send: Callable[..., Any]) -> None:
    async def work(client: Any) -> None:
        runtime.enter(stub.call_handler)
        try:
            await send(client)
        finally:
            runtime.leave(stub.call_handler)

    run(work, aws_access_key_id="AKIAOLD", aws_secret_access_key="secret")

    assert "Credential=AKIAOLD/" in stub.requests[0].headers["authorization"]


@pytest.mark.sesfake(guard=False)  # it replaces the error of botocore
def test_a_client_without_credentials_can_send_and_has_none_afterwards(
    stub: StubCallHandler, send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    async def work(client: Any) -> None:
        runtime.enter(stub.call_handler)
        await send(client)
        runtime.leave(stub.call_handler)
        with pytest.raises(NoCredentialsError):
            await send(client)

    run(work)

    assert "Credential=testing/" in stub.requests[0].headers["authorization"]


def test_the_guard_says_that_a_client_without_credentials_has_no_fake(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    async def work(client: Any) -> None:
        await client.get_account()

    with pytest.raises(RealSesBlockedError) as blocked:
        run(work)
    assert len(guard.take()) == 1  # and is no news for whoever runs these tests

    said = str(blocked.value)
    line = work.__code__.co_firstlineno + 1
    assert said.startswith(f"SESV2 GetAccount at tests/transports/test_aioboto.py:{line} in ")
    assert (
        " tried to connect to email.eu-west-1.amazonaws.com without AWS credentials, and no fake is active.\n" in said
    )


def test_a_client_of_ses_needs_no_region_and_one_of_another_service_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)

    async def region(service: str) -> Any:
        async with session.AioSession().create_client(service) as client:
            return client.meta.region_name

    assert [asyncio.run(region(service)) for service in SERVICES] == ["us-east-1", "us-east-1"]
    with pytest.raises(NoRegionError):
        asyncio.run(region("sqs"))


def test_credentials_that_would_have_to_be_refreshed_are_not(
    call_handler: StubCallHandler, send: Callable[..., Any]
) -> None:
    async def refuse() -> dict[str, str]:
        raise AssertionError("somebody was asked for credentials")

    async def work() -> None:
        core = session.AioSession()
        past = dt.datetime(2001, 1, 1, tzinfo=dt.timezone.utc)
        core._credentials = AioRefreshableCredentials("KEY", "secret", "token", past, refuse, "sso")
        async with core.create_client("sesv2", region_name="eu-west-1") as client:
            await send(client)

    asyncio.run(work())

    assert "Credential=testing/" in call_handler.requests[0].headers["authorization"]


def test_a_modelled_error_is_raised_as_its_class(call_handler: StubCallHandler, send: Callable[..., Any]) -> None:
    call_handler.answers = [Response(404, {"X-Amzn-ErrorType": "NotFoundException"}, b'{"message": "None here."}')]

    async def work(client: Any) -> None:
        with pytest.raises(client.exceptions.NotFoundException, match=r"None here\."):
            await send(client)

    run(work)


@pytest.mark.parametrize("kind, error", [("timeout", ReadTimeoutError), ("disconnect", ConnectionClosedError)])
def test_no_answer_is_the_exception_of_the_library(
    call_handler: StubCallHandler,
    send: Callable[..., Any],
    kind: Literal["timeout", "disconnect"],
    error: type[Exception],
) -> None:
    call_handler.answers = [NoAnswer(kind)]
    with pytest.raises(error, match=r"https://email\.eu-west-1\.amazonaws\.com/"):
        run(send, config=patient())


def test_adaptive_mode_paces_calls_by_the_fake_s_clock(
    call_handler: StubCallHandler, send: Callable[..., Any], accept: Callable[[Request], Response]
) -> None:
    call_handler.answers = [THROTTLED, THROTTLED, accept]

    async def work(client: Any) -> None:
        for _ in range(6):
            await send(client)

    started = time.monotonic()
    run(work, config=patient(6, "adaptive"))

    assert time.monotonic() - started < 2
    assert len(call_handler.requests) == 8
    assert len(call_handler.advanced) > 2  # for more than the back-off


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_the_clock_advances_between_attempts_and_nobody_sleeps(
    call_handler: StubCallHandler,
    send: Callable[..., Any],
    accept: Callable[[Request], Response],
    mode: Literal["legacy", "standard"],
) -> None:
    call_handler.answers = [THROTTLED, THROTTLED, THROTTLED, accept]
    slept: list[float] = []

    async def work(client: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asyncio, "sleep", slept.append)
            return await send(client)

    answer = run(work, config=patient(4, mode))

    assert answer["ResponseMetadata"]["RetryAttempts"] == 3
    assert len(call_handler.advanced) == 3
    assert slept == []
    assert len({request.headers["amz-sdk-invocation-id"] for request in call_handler.requests}) == 1


def test_a_slow_answer_leaves_the_loop_to_others(call_handler: StubCallHandler, send: Callable[..., Any]) -> None:
    call_handler.answers = [Response(200, {}, b"{}", delay=0.3)]
    order: list[str] = []

    async def other() -> None:
        await asyncio.sleep(0.05)
        order.append("other")

    async def work(client: Any) -> None:
        task = asyncio.create_task(other())
        await send(client)
        order.append("answer")
        await task

    run(work)

    assert order == ["other", "answer"]


def test_an_answer_slower_than_the_read_timeout_is_a_timeout_at_once(
    call_handler: StubCallHandler, send: Callable[..., Any]
) -> None:
    call_handler.answers = [Response(200, {}, b"{}", delay=30)]
    started = time.monotonic()
    with pytest.raises(ReadTimeoutError):
        run(send, config=patient())

    assert time.monotonic() - started < 5


def test_what_a_call_caused_runs_beside_the_event_loop(call_handler: StubCallHandler, send: Callable[..., Any]) -> None:
    ran: list[int] = []
    call_handler.after = lambda: ran.append(threading.get_ident())
    run(send)

    assert len(ran) == 1
    assert ran[0] != threading.get_ident()


def test_tasks_of_one_thread_are_answered_side_by_side(call_handler: StubCallHandler, send: Callable[..., Any]) -> None:
    call_handler.answers = [Response(200, {}, b"{}", delay=0.2)]

    async def work(client: Any) -> None:
        await asyncio.gather(*(send(client) for _ in range(20)))

    started = time.monotonic()
    run(work)

    assert len(call_handler.requests) == 20
    assert time.monotonic() - started < 3


def test_every_patch_is_taken_away_with_the_fake(stub: StubCallHandler) -> None:
    before = dict(vars(endpoint.AioEndpoint))
    module = endpoint.asyncio
    runtime.enter(stub.call_handler)
    during = dict(vars(endpoint.AioEndpoint))
    runtime.leave(stub.call_handler)

    assert during != before
    assert dict(vars(endpoint.AioEndpoint)) == before
    assert endpoint.asyncio is module


LATE = """
import asyncio, sys
from pytest_sesfake import SesFake

def send():
    from aiobotocore.session import AioSession
    async def work():
        async with AioSession().create_client("sesv2") as client:
            await client.send_email(
                FromEmailAddress="me@example.com",
                Destination={"ToAddresses": ["ada@example.com"]},
                Content={"Simple": {"Subject": {"Data": "Late"}, "Body": {"Text": {"Data": "Hello"}}}},
            )
    asyncio.run(work())

with SesFake() as outer:
    assert "aiobotocore" not in sys.modules
    send()
    assert outer.outbox.one().subject == "Late"
from botocore.endpoint import Endpoint
assert "__init_subclass__" not in vars(Endpoint)
assert not hasattr(sys.modules["aiobotocore.endpoint"].AioEndpoint._do_get_response, "_sesfake_patch")
with SesFake() as fake:
    send()
    assert len(fake.outbox) == 1
"""


def test_aiobotocore_may_be_loaded_when_the_fake_is_active_already() -> None:
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    done = subprocess.run([sys.executable, "-c", LATE], env=environment, capture_output=True, check=False, text=True)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_the_fake_takes_ses_beside_an_active_moto(send: Callable[..., Any], service: str) -> None:
    moto = pytest.importorskip("moto", reason="moto is not installed")
    with moto.mock_aws(), SesFake() as fake:
        run(send, service)

        assert fake.outbox.one().subject == "Welcome"
        assert fake.calls.one().operation == "SendEmail"


def test_a_throttled_call_is_tried_again_within_one_call(send: Callable[..., Any]) -> None:
    with SesFake() as fake:
        fake.on(operation="SendEmail").throttle(attempts=2)
        run(send)

        assert fake.calls.one().attempts == 3


@pytest.mark.filterwarnings("ignore:aiobotocore's httpx backend:DeprecationWarning")
def test_trio_is_served_through_httpx(call_handler: StubCallHandler, send: Callable[..., Any]) -> None:
    trio = pytest.importorskip("trio", reason="trio is not installed")
    httpx = pytest.importorskip("aiobotocore.httpxsession", reason="this aiobotocore knows no httpx")
    if not hasattr(endpoint, "AnyioEndpoint"):
        pytest.skip("this aiobotocore knows no trio")
    ran: list[int] = []
    call_handler.after = lambda: ran.append(threading.get_ident())
    call_handler.answers = [THROTTLED, Response(200, {}, b'{"MessageId": "id-2"}', delay=0.1)]

    async def work() -> Any:
        config = AioConfig(http_session_cls=httpx.HttpxSession, retries={"mode": "standard"})
        core = session.AioSession()
        async with core.create_client("sesv2", region_name="eu-west-1", config=config) as client:
            return await send(client)

    answer = trio.run(work)

    assert answer["MessageId"] == "id-2"
    assert len(call_handler.advanced) == 1
    assert len(ran) == 2
    assert threading.get_ident() not in ran


def test_aioboto3_is_answered(send: Callable[..., Coroutine[Any, Any, Any]]) -> None:
    aioboto3 = pytest.importorskip("aioboto3", reason="aioboto3 is not installed")

    async def work() -> None:
        async with aioboto3.Session().client("sesv2") as client:
            await send(client)

    with SesFake() as fake:
        asyncio.run(work())

        assert fake.outbox.one().subject == "Welcome"
