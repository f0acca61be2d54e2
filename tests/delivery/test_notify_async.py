"""Notifying while an event loop runs, asyncio's and trio's, and applications that live in it."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
import trio
from aiohttp import web
from aiohttp.test_utils import TestServer

from pytest_sesfake import Bounce, NotifyError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from pytest_sesfake import HttpRequest, SesFake
    from tests.delivery.conftest import Shop

    Run = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine function in a loop of its own."""
    return trio.run if request.param == "trio" else lambda main: asyncio.run(main())


def test_notify_refuses_to_stop_a_loop_and_names_the_other_form(sesfake: SesFake, shop: Shop, run: Run) -> None:
    async def main() -> None:
        sesfake.subscribe(shop, confirm=False)
        with pytest.raises(
            RuntimeError, match=r"would block the running event loop. Use `await sesfake.notify_async\("
        ):
            sesfake.notify()

    run(main)


def test_an_application_of_the_loop_is_awaited_in_it(sesfake: SesFake, run: Run) -> None:
    threads: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        threads.append(threading.get_ident())
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})
        await receive()
        assert (await receive())["type"] == "http.disconnect"

    async def main() -> None:
        sesfake.subscribe(app, confirm=False)
        sesfake.send("ada@example.com", outcome=Bounce())
        answers = await sesfake.notify_async()
        assert [(answer.status, answer.error) for answer in answers] == [(200, None)] * 2

    run(main)
    assert threads == [threading.get_ident()] * 2


def test_what_is_not_asynchronous_is_called_in_a_thread(sesfake: SesFake, shop: Shop, run: Run) -> None:
    threads: list[int] = []

    def hook(_request: HttpRequest) -> None:
        threads.append(threading.get_ident())

    async def coroutine(_request: HttpRequest) -> int:
        threads.append(threading.get_ident())
        return 201

    async def main() -> None:
        sesfake.subscribe(shop)
        sesfake.subscribe(hook, confirm=False)
        sesfake.subscribe(coroutine, confirm=False)
        sesfake.send("ada@example.com")
        await sesfake.notify_async()

    run(main)
    assert shop.got == ["SubscriptionConfirmation", "Send", "Delivery"]
    assert [thread == threading.get_ident() for thread in threads] == [False, True, False, True]


def test_a_function_that_returns_something_to_await_is_awaited(sesfake: SesFake, run: Run) -> None:
    async def later() -> int:
        return 202

    async def main() -> None:
        sesfake.subscribe(lambda request: later(), confirm=False)
        sesfake.send("ada@example.com")
        assert [answer.status for answer in await sesfake.notify_async()] == [202, 202]

    run(main)


def test_a_server_in_the_same_event_loop_can_be_notified(sesfake: SesFake) -> None:
    seen: list[str] = []

    async def hook(request: web.Request) -> web.Response:
        seen.append(request.headers["x-amz-sns-message-type"])
        await request.read()
        return web.Response(text="thank you")

    async def main() -> None:
        app = web.Application()
        app.router.add_post("/hook", hook)
        async with TestServer(app) as server:
            sesfake.subscribe(str(server.make_url("/hook")), confirm=False)
            sesfake.send("ada@example.com")
            answers = await sesfake.notify_async()
            assert [answer.body for answer in answers] == [b"thank you"] * 2

    asyncio.run(main())
    assert seen == ["Notification"] * 2


def test_a_failed_notification_raises_notify_error(sesfake: SesFake, run: Run) -> None:
    async def hook(request: HttpRequest) -> None:
        raise KeyError(request.method)

    async def main() -> None:
        with pytest.raises(RuntimeError, match=r"notify_async\(\) has no subscriber"):
            await sesfake.notify_async()
        sesfake.subscribe(hook, confirm=False)
        sesfake.send("ada@example.com")
        with pytest.raises(NotifyError, match=r"Send for ada@example\.com: POST / of .*hook \(.*\): KeyError: 'POST'"):
            await sesfake.notify_async()
        answers = await sesfake.notify_async(check=False)
        assert [type(answer.error) for answer in answers] == [KeyError, KeyError]

    run(main)


def test_notify_inside_notify_delivers_nothing(sesfake: SesFake, run: Run) -> None:
    inner: list[object] = []

    async def hook(_request: HttpRequest) -> None:
        inner.append(await sesfake.notify_async())

    async def main() -> None:
        sesfake.subscribe(hook, confirm=False)
        sesfake.send("ada@example.com")
        assert len(await sesfake.notify_async()) == 2

    run(main)
    assert inner == [[], []]


def test_something_may_be_posted_by_hand(sesfake: SesFake, shop: Shop, run: Run) -> None:
    async def hook(request: HttpRequest) -> int:
        return 200 if b"first" in request.body else 400

    async def main() -> None:
        awaited = sesfake.subscribe(hook)
        called = sesfake.subscribe(shop, confirm=False)
        assert (await awaited.post_async("first")).status == 200
        assert (await awaited.post_async("second")).status == 400
        assert (await called.post_async('{"eventType": "third"}')).status == 200

    run(main)
    assert shop.got == ["third"]


def test_a_cancelled_notify_async_does_not_block_the_next_one(sesfake: SesFake, shop: Shop) -> None:
    began, free = threading.Event(), threading.Event()

    def slow(_request: HttpRequest) -> None:
        began.set()
        free.wait(10)

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(sesfake.notify_async(), 0.05)
        free.set()

    sesfake.subscribe(slow, confirm=False, immediate=True)
    sesfake.subscribe(shop, confirm=False)
    sesfake.send("ada@example.com")
    assert began.wait(10)
    asyncio.run(main())
    sesfake.notifications.wait(count=2, where=lambda each: any(answer.target is slow for answer in each.responses))

    assert shop.got == []
    sesfake.notify()
    assert shop.got == ["Send", "Delivery"]
