"""The plugin beside the other plugins that people have."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import time_machine
from freezegun import freeze_time

from pytest_sesfake import SesFake

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

NOON = datetime(2026, 3, 26, 12, 0, 0, tzinfo=timezone.utc)


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        state = random.getstate()
        try:
            return pytester.runpytest(*(options or ("-p", "no:randomly")))
        finally:
            random.setstate(state)  # pytest-randomly sets it, for each test

    return run


def test_hypothesis_starts_over_for_each_example(run: Run) -> None:
    result = run(
        """
        from hypothesis import HealthCheck, given, settings, strategies as st

        NAMES = st.sampled_from(["a", "b", "c", "d"])

        @settings(
            suppress_health_check=[HealthCheck.function_scoped_fixture], database=None, deadline=None, max_examples=20
        )
        @given(names=st.sets(NAMES, min_size=1, max_size=3))
        def test_each_gets_one(sesfake, names):
            with sesfake.fresh():
                assert not sesfake.outbox
                for name in names:
                    sesfake.send(f"{name}@example.com")
                assert len(sesfake.outbox) == len(names)

        @settings(
            suppress_health_check=[HealthCheck.function_scoped_fixture], database=None, deadline=None, max_examples=5
        )
        @given(name=NAMES)
        def test_a_script_that_an_example_did_not_use(sesfake, name):
            with sesfake.fresh():
                sesfake.on(recipient=f"{name}@example.com").bounce()
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*on(recipient='a@example.com') was never used: no message was sent at all"])


def test_pytest_asyncio(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import asyncio
        import pytest

        @pytest.mark.asyncio
        async def test_it(sesfake):
            async def later():
                await asyncio.sleep(0.01)
                await asyncio.to_thread(sesfake.send, "ada@example.com")

            with sesfake.expect(sent=1):
                task = asyncio.create_task(later())
                (message,) = await sesfake.outbox.wait_async(to="ada@example.com")
                await task
            with pytest.raises(RuntimeError, match="wait_async"):
                sesfake.outbox.wait()

        @pytest.mark.asyncio
        async def test_judged_as_others_are(sesfake):
            sesfake.on(recipient="bob@example.com").bounce()
        """
    )

    # In a process of its own, for older versions leave an event loop open.
    result = pytester.runpytest_subprocess("-p", "no:randomly")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*on(recipient='bob@example.com') was never used: no message was sent at all"])


def test_anyio_on_asyncio_and_on_trio(run: Run) -> None:
    result = run(
        """
        import anyio
        import pytest

        pytestmark = pytest.mark.anyio

        @pytest.fixture(params=["asyncio", "trio"])
        def anyio_backend(request):
            return request.param

        async def test_it(sesfake, anyio_backend):
            async def later():
                await anyio.sleep(0.01)
                await anyio.to_thread.run_sync(sesfake.send, "ada@example.com")

            async with anyio.create_task_group() as group:
                group.start_soon(later)
                (message,) = await sesfake.outbox.wait_async(to="ada@example.com")
            with pytest.raises(RuntimeError, match="wait_async"):
                sesfake.outbox.wait()
            assert len(sesfake.outbox) == 1
        """
    )
    result.assert_outcomes(passed=2)


def test_trio_without_anyio() -> None:
    trio = pytest.importorskip("trio")

    async def main(sesfake: SesFake) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, sesfake.send, "ada@example.com")
            await sesfake.outbox.wait_async(to="ada@example.com")

    with SesFake() as sesfake:
        trio.run(main, sesfake)


def test_pytest_django_keeps_mail_for_itself_and_the_failure_says_so(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        from django.conf import settings

        def pytest_configure():
            settings.configure(EMAIL_HOST="email-smtp.us-east-1.amazonaws.com", EMAIL_PORT=587, EMAIL_USE_TLS=True)
        """
    )
    pytester.makepyfile(
        """
        from django.core.mail import send_mail

        def welcome():
            send_mail("Welcome", "Hello", "me@example.org", ["ada@example.com"])

        def test_kept(sesfake):
            welcome()
            sesfake.outbox.one(to="ada@example.com")

        def test_sent(sesfake, settings):
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "password"
            welcome()
            assert sesfake.outbox.one(to="ada@example.com").api == "smtp"
        """
    )

    result = pytester.runpytest_subprocess("-p", "no:randomly")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "E * expected exactly one message with to='ada@example.com': there are no messages",
            "E * hint   : 1 message is in django.core.mail.outbox: Django uses its locmem backend, *",
        ]
    )


def test_pytest_randomly_changes_no_id(run: Run) -> None:
    source = """
        import pytest

        @pytest.mark.parametrize("number", range(3))
        def test_it(sesfake, number):
            print()
            print("ID", number, sesfake.send("ada@example.com").id[17:])
        """

    def ids(seed: int) -> set[str]:
        result = run(source, "-s", "-p", "randomly", f"--randomly-seed={seed}")
        result.assert_outcomes(passed=3)
        return {line for line in result.outlines if line.startswith("ID ")}

    assert ids(1) == ids(2)
    assert len(ids(3)) == 3


def test_pytest_rerunfailures_gives_each_run_a_new_fake(run: Run) -> None:
    result = run(
        """
        runs = []

        def test_flaky(sesfake):
            runs.append(sesfake)
            assert not sesfake.outbox
            sesfake.send("ada@example.com")
            assert len(runs) == 2

        unused = []

        def test_script(sesfake):
            unused.append(sesfake.on(recipient="bob@example.com").bounce())
            if len(unused) == 2:
                sesfake.send("bob@example.com")
        """,
        "--reruns=1",
        "-p",
        "no:randomly",
    )
    assert result.parseoutcomes() == {"passed": 2, "rerun": 2} | {
        name: count for name, count in result.parseoutcomes().items() if name.startswith("warning")
    }


def test_freezegun_stops_the_fake_and_moves_it() -> None:
    with freeze_time(NOON) as frozen, SesFake() as sesfake:
        sesfake.on(recipient="ada@example.com").bounce(after=timedelta(hours=1))
        message = sesfake.send("ada@example.com")
        assert message.sent_at == NOON
        assert message.status["ada@example.com"] == "Delivered"

        frozen.tick(timedelta(hours=1))

        assert message.status["ada@example.com"].event.timestamp == NOON + timedelta(hours=1)
        sesfake.clock.advance(hours=1)
        assert sesfake.clock.now() == NOON + timedelta(hours=2)


def test_time_machine_stops_the_fake_and_moves_it() -> None:
    with time_machine.travel(NOON, tick=False) as traveller, SesFake() as sesfake:
        sesfake.on(recipient="ada@example.com").bounce(after=timedelta(hours=1))
        message = sesfake.send("ada@example.com")
        assert message.sent_at == NOON
        assert message.status["ada@example.com"] == "Delivered"

        traveller.shift(timedelta(hours=1))

        assert message.status["ada@example.com"].event.timestamp == NOON + timedelta(hours=1)


def test_a_wait_ends_while_the_clock_stands_still() -> None:
    with freeze_time(NOON), SesFake() as sesfake, pytest.raises(AssertionError, match=r"within 0\.01 s"):
        sesfake.outbox.wait(timeout=0.01)
    with time_machine.travel(NOON, tick=False), SesFake() as sesfake, pytest.raises(AssertionError, match=r"0\.01 s"):
        sesfake.outbox.wait(timeout=0.01)


def test_a_subtest_that_passes_is_not_asked_for_scripts_that_come_later(run: Run) -> None:
    result = run(
        """
        import unittest
        import pytest

        @pytest.mark.usefixtures("sesfake")
        class TestIt(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _with(self, sesfake):
                self.sesfake = sesfake

            def test_in_two_steps(self):
                self.sesfake.on(recipient="bob@example.com").bounce()
                with self.subTest("before"):
                    assert not self.sesfake.outbox
                with self.subTest("after"):
                    self.sesfake.send("bob@example.com")

            def test_in_vain(self):
                self.sesfake.on(recipient="bob@example.com").bounce()
                with self.subTest("before"):
                    assert not self.sesfake.outbox
        """
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["sesfake: *was never used*", "=* 1 failed, 1 passed*"])
    result.stdout.no_fnmatch_line("*FAILED*test_in_two_steps*")
