"""Waiting for what others send: in real time, until it is there, without stopping anybody."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from freezegun import freeze_time

from pytest_sesfake.reading import waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_sesfake import Message, SesFake

    Send = Callable[..., Message]
    Later = Callable[[Callable[[], object]], None]


@pytest.fixture
def later() -> Iterator[Later]:
    """Calls a function in another thread, a little later."""
    threads = []

    def start(work: Callable[[], object]) -> None:
        thread = threading.Timer(0.05, work)
        threads.append(thread)
        thread.start()

    yield start
    for thread in threads:
        thread.join()


@pytest.fixture
def no_naps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a waiting thread wake up only when it is notified."""
    monkeypatch.setattr(waiting, "_NAP", 60.0)
    monkeypatch.setattr(waiting, "_NAP_BEFORE_DUE", 60.0)


def test_what_is_there_is_not_waited_for(sesfake: SesFake, send: Send) -> None:
    message = send("ada@example.com")

    assert sesfake.outbox.wait(to="ada@example.com", timeout=0) == [message]
    assert sesfake.outbox.wait(0, 0, to="bob@example.com") == []


@pytest.mark.usefixtures("no_naps")
def test_a_message_from_another_thread_ends_the_wait(sesfake: SesFake, send: Send, later: Later) -> None:
    later(lambda: send("ada@example.com"))

    assert sesfake.outbox.wait(to="ada@example.com", timeout=30) == [sesfake.outbox[0]]


@pytest.mark.usefixtures("no_naps")
def test_a_wait_goes_on_until_there_are_enough(sesfake: SesFake, send: Send, later: Later) -> None:
    def send_three() -> None:
        for name in ("ada", "bob", "ada"):
            send(f"{name}@example.com")

    later(send_three)

    assert len(sesfake.outbox.wait(2, 30, to="ada@example.com")) == 2


def test_more_than_asked_for_is_all_returned(sesfake: SesFake, send: Send) -> None:
    sent = [send("ada@example.com") for _ in range(3)]

    assert sesfake.outbox.wait(count=2) == sent


@pytest.mark.usefixtures("no_naps")
def test_events_and_calls_are_waited_for_too(sesfake: SesFake, later: Later, send: Send) -> None:
    later(lambda: send("ada@example.com"))

    assert sesfake.calls.wait(operation="SendEmail", timeout=30)
    assert sesfake.events.wait("Delivery", timeout=30)


@pytest.mark.usefixtures("no_naps")
def test_moving_the_clock_in_another_thread_ends_the_wait(sesfake: SesFake, send: Send, later: Later) -> None:
    sesfake.on(recipient="ada@example.com").bounce(after=3600)
    send("ada@example.com")
    later(lambda: sesfake.clock.advance(hours=1))

    assert sesfake.events.wait("Bounce", timeout=30)


def test_what_becomes_due_by_itself_ends_the_wait(sesfake: SesFake, send: Send) -> None:
    sesfake.reset()  # its clock runs again
    sesfake.on(recipient="ada@example.com").bounce(after=0.1)
    send("ada@example.com")

    assert sesfake.events.wait("Bounce", timeout=30)


def test_a_number_that_comes_first_is_the_count_on_every_log(sesfake: SesFake, send: Send) -> None:
    got: list[object] = []
    sesfake.subscribe(got.append, target_type="request")
    send("ada@example.com")

    assert len(sesfake.outbox.wait(1, 0)) == 1
    assert [event.type for event in sesfake.events.wait(2, 0)] == ["Send", "Delivery"]
    assert sesfake.events.wait(1, 0, type="Delivery") == sesfake.events.wait("Delivery", 1, 0)
    assert len(sesfake.notifications.wait(2, 0)) == 2
    assert len(asyncio.run(sesfake.events.wait_async(2, 0))) == 2
    with pytest.raises(AssertionError, match=r"at least 3 events within 0 s"):
        sesfake.events.wait(3, 0)
    with pytest.raises(AssertionError, match=r"at least 2 events with type='Delivery'"):
        sesfake.events.wait("Delivery", 2, 0)


@pytest.mark.parametrize("count", ["x", -1, 1.5, True, None])
def test_a_count_that_is_none_is_an_error_that_names_the_right_form(sesfake: SesFake, count: Any) -> None:
    text = re.escape(f"wait() takes a whole number as count, as in wait(2, to=...), not {count!r}")
    with pytest.raises(TypeError, match=text):
        sesfake.outbox.wait(count, 0)
    with pytest.raises(TypeError, match=text):
        sesfake.events.wait("Bounce", count, 0)
    if type(count) in {bool, int, float}:
        with pytest.raises(TypeError, match=text):
            sesfake.events.wait(count, 0)
    with pytest.raises(TypeError, match=re.escape("wait_async() takes a whole number as count")):
        asyncio.run(sesfake.outbox.wait_async(count))


def test_a_count_that_is_given_twice_is_an_error(sesfake: SesFake) -> None:
    with pytest.raises(TypeError, match="wait\\(\\) takes count once"):
        sesfake.events.wait(1, count=2)  # type: ignore[call-overload]  # twice


def test_a_wait_ends_after_its_timeout_with_an_explanation(sesfake: SesFake, send: Send) -> None:
    send("bob@example.com")
    start = time.monotonic()

    with pytest.raises(AssertionError) as caught:
        sesfake.outbox.wait(timeout=0.1, to="ada@example.com")

    assert 0.1 <= time.monotonic() - start < 5
    assert str(caught.value).splitlines()[0] == (
        "expected at least 1 message with to='ada@example.com' within 0.1 s: the only one does not match"
    )


def test_a_timeout_may_be_a_timedelta_and_not_negative(sesfake: SesFake) -> None:
    with pytest.raises(AssertionError, match=r"within 0\.01 s: there are no calls"):
        sesfake.calls.wait(timeout=timedelta(milliseconds=10))
    with pytest.raises(ValueError, match="cannot be negative"):
        sesfake.calls.wait(timeout=-1)


def test_a_wait_is_deaf_to_a_clock_that_stands_still(sesfake: SesFake) -> None:
    with freeze_time("2026-03-26"), pytest.raises(AssertionError, match="expected at least 1 message"):
        sesfake.outbox.wait(timeout=0.05)


def test_the_fakes_own_clock_does_not_move_by_waiting(sesfake: SesFake) -> None:
    before = sesfake.clock.now()

    with pytest.raises(AssertionError):
        sesfake.outbox.wait(timeout=0.05)

    assert sesfake.clock.now() == before


def test_functions_of_the_test_are_asked_without_the_lock(sesfake: SesFake, send: Send) -> None:
    send("ada@example.com")
    free = []

    def try_it() -> None:
        lock = sesfake.outbox.simulation.lock
        free.append(lock.acquire(timeout=5))
        if free[0]:
            lock.release()  # a thread that is no more would keep it for ever

    def ask(_: Message) -> bool:
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
        return True

    sesfake.outbox.wait(where=ask)

    assert free == [True]


# In an event loop.


def test_wait_refuses_to_stop_a_running_loop(sesfake: SesFake) -> None:
    async def test() -> None:
        for name, log in (("outbox", sesfake.outbox), ("events", sesfake.events), ("calls", sesfake.calls)):
            with pytest.raises(RuntimeError) as caught:
                log.wait()
            assert str(caught.value) == (
                f"wait() would block the running event loop. Use `await sesfake.{name}.wait_async(...)`"
            )

    asyncio.run(test())


def test_wait_async_lets_the_loop_go_on(sesfake: SesFake) -> None:
    ticks = []

    async def work() -> None:
        for _ in range(3):
            await asyncio.sleep(0.01)
            ticks.append(len(sesfake.outbox))
        sesfake.send("ada@example.com")

    async def test() -> None:
        task = asyncio.create_task(work())
        messages = await sesfake.outbox.wait_async(to="ada@example.com", timeout=30)
        assert messages == sesfake.outbox.all()
        await task

    asyncio.run(test())
    assert ticks == [0, 0, 0]


def test_wait_async_asks_functions_of_the_test_in_the_loops_own_thread(sesfake: SesFake) -> None:
    sesfake.send("ada@example.com")
    threads = []

    def ask(_: Message) -> bool:
        threads.append(threading.get_ident())
        return len(threads) > 1

    asyncio.run(sesfake.outbox.wait_async(where=ask))

    assert set(threads) == {threading.get_ident()}


def test_wait_async_ends_after_its_timeout_even_when_time_is_frozen(sesfake: SesFake) -> None:
    with freeze_time("2026-03-26"), pytest.raises(AssertionError, match=r"at least 2 events .* within 0\.05 s"):
        asyncio.run(sesfake.events.wait_async("Bounce", 2, 0.05))


def test_wait_async_can_be_cancelled_at_once(sesfake: SesFake) -> None:
    async def test() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(sesfake.outbox.wait_async(timeout=60), 0.05)

    start = time.monotonic()
    asyncio.run(test())
    assert time.monotonic() - start < 5


def test_wait_async_takes_the_matchers_of_wait(sesfake: SesFake) -> None:
    with pytest.raises(TypeError, match="no matcher 'subjet'"):
        asyncio.run(sesfake.outbox.wait_async(subjet="x"))  # type: ignore[call-arg]


def test_both_know_the_loop_of_trio(sesfake: SesFake) -> None:
    trio = pytest.importorskip("trio")
    seen = []

    async def work() -> None:
        await trio.sleep(0.01)
        sesfake.send("ada@example.com")

    async def test() -> None:
        with pytest.raises(RuntimeError, match="wait_async"):
            sesfake.outbox.wait()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            seen.extend(await sesfake.outbox.wait_async(to="ada@example.com", timeout=30))

    trio.run(test)
    assert seen == sesfake.outbox
