"""Resolvers and event loops that pass the standard library by lead to the fake as well, or to the guard."""

from __future__ import annotations

import asyncio
import ssl
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import aiohttp
import aiosmtplib
import httpx
import pytest

from pytest_sesfake import RealSesBlockedError, SesFake
from pytest_sesfake.transports import guard

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

HOST = "email.eu-west-1.amazonaws.com"
SMTP_HOST = "email-smtp.eu-west-1.amazonaws.com"
URL = f"https://{HOST}/v2/email/account"


async def by_aiohttp() -> int:
    async with aiohttp.ClientSession() as client, client.get(URL) as answer:
        return answer.status


async def by_httpx() -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(URL)).status_code


async def by_streams() -> int:
    reader, writer = await asyncio.open_connection(HOST, 443, ssl=ssl.create_default_context())
    writer.write(f"GET /v2/email/account HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
    line = await reader.readline()
    await reader.read()
    writer.close()
    return int(line.split()[1])


async def by_aiosmtplib() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "me@example.com", "ada@example.com", "Welcome"
    mail.set_content("Hello")
    await aiosmtplib.send(mail, hostname=SMTP_HOST, port=587, username="user", password="password")


@pytest.fixture
def uvloop_run() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine in an event loop of uvloop."""
    uvloop = pytest.importorskip("uvloop", reason="uvloop does not exist for this system")

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        loop = uvloop.new_event_loop()
        try:
            return loop.run_until_complete(work)
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.run_until_complete(asyncio.sleep(0.2))  # a TLS connection that was closed says good-bye after that
            loop.close()

    return run


@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("ask", [by_aiohttp, by_httpx, by_streams])
def test_uvloop_leads_to_the_fake(
    sesfake: SesFake,
    uvloop_run: Callable[[Coroutine[Any, Any, Any]], Any],
    ask: Callable[[], Coroutine[Any, Any, int]],
) -> None:
    assert uvloop_run(ask()) == 200
    call = sesfake.calls.one(operation="GetAccount")
    assert call.region == "eu-west-1"
    assert call.caller is not None
    assert call.caller[0] == __file__


@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
def test_uvloop_leads_to_smtp(sesfake: SesFake, uvloop_run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
    uvloop_run(by_aiosmtplib())

    assert sesfake.outbox.one(api="smtp").region == "eu-west-1"


def test_uvloop_is_refused_where_ses_does_not_listen(
    sesfake: SesFake, uvloop_run: Callable[[Coroutine[Any, Any, Any]], Any]
) -> None:
    with pytest.raises(ConnectionRefusedError):
        uvloop_run(asyncio.open_connection(SMTP_HOST, 26))
    assert sesfake.calls == []


@pytest.mark.parametrize("ask", [by_aiohttp, by_httpx, by_streams, by_aiosmtplib])
def test_uvloop_meets_the_guard(
    uvloop_run: Callable[[Coroutine[Any, Any, Any]], Any], ask: Callable[[], Coroutine[Any, Any, Any]]
) -> None:
    with pytest.raises(RealSesBlockedError, match=r"tests/transports/test_resolvers\.py:\d+ in"):
        uvloop_run(ask())
    assert len(guard.take()) == 1


def test_uvloop_reaches_this_machine_as_ever(uvloop_run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
    async def talk() -> bytes:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            said = await reader.read()
            writer.close()
        return said

    with SesFake():
        assert uvloop_run(talk()) == b"hello"


@pytest.fixture
def aiodns() -> Any:
    return pytest.importorskip("aiodns", reason="aiodns is not installed; `tox -e aio` has it")


@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
def test_aiohttp_with_aiodns_reaches_the_fake(sesfake: SesFake, aiodns: Any) -> None:
    assert aiodns
    assert aiohttp.resolver.DefaultResolver is aiohttp.resolver.AsyncResolver
    assert asyncio.run(by_aiohttp()) == 200
    assert sesfake.calls.one().operation == "GetAccount"


def test_aiodns_meets_the_guard(aiodns: Any) -> None:
    assert aiodns
    with pytest.raises(RealSesBlockedError, match=r"tests/transports/test_resolvers\.py:\d+ in"):
        asyncio.run(by_aiohttp())
    assert len(guard.take()) == 1


def test_aiodns_has_no_other_records_of_the_fake(sesfake: SesFake, aiodns: Any) -> None:
    async def ask() -> None:
        resolver = aiodns.DNSResolver()
        await (resolver.query_dns if hasattr(resolver, "query_dns") else resolver.query)(SMTP_HOST, "MX")

    with pytest.raises(aiodns.error.DNSError, match="getaddrinfo"):
        asyncio.run(ask())
    assert sesfake.calls == []


@pytest.mark.usefixtures("uvloop_run")
def test_nothing_of_it_is_left() -> None:
    import uvloop

    def attributes() -> list[object]:
        return [getattr(uvloop.Loop, name) for name in ("getaddrinfo", "sock_connect", "create_connection")]

    guarded = attributes()
    with SesFake():
        assert attributes() != guarded
    assert attributes() == guarded
