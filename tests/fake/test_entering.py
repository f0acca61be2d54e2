"""Fakes that are entered within others, once more, or twice: whose region counts, and what is refused."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from pytest_sesfake import RealSesBlockedError, SesFake
from pytest_sesfake.transports import guard
from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT: Any = {"Simple": {"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "Hello"}}}}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)


def region() -> str:
    """The region of a client that is made without one."""
    name: str = boto3.session.Session().client("sesv2").meta.region_name
    return name


def send() -> None:
    send_email(boto3.session.Session().client("sesv2"))


# Whose region counts.


def test_a_client_is_in_the_region_of_the_innermost_fake() -> None:
    with SesFake(region="ap-south-1") as outer:
        with SesFake(region="eu-west-1") as inner:
            send()
            with SesFake() as innermost:
                send()
        send()

    assert [fake.outbox.one().region for fake in (outer, inner, innermost)] == ["ap-south-1", "eu-west-1", "us-east-1"]


def test_a_fake_within_the_fixtures_has_its_own_region(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import boto3, pytest
        from pytest_sesfake import SesFake

        @pytest.fixture(scope="module")
        def shared():
            with SesFake(region="eu-west-1") as fake:
                yield fake

        def region():
            return boto3.session.Session().client("sesv2").meta.region_name

        def test_within(sesfake):
            with SesFake(region="eu-west-1"):
                assert region() == "eu-west-1"
            assert region() == "us-east-1"

        def test_in_one_that_is_shared(shared, sesfake):
            assert region() == "us-east-1"
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_a_region_that_the_test_sets_counts_for_the_inner_fake_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with SesFake(region="ap-south-1"):
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
        with SesFake(region="eu-west-1"):
            assert region() == "eu-north-1"
        assert region() == "eu-north-1"


def test_an_override_of_an_inner_fake_leaves_no_trace_when_a_patch_restores_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import os
        from pytest_sesfake import SesFake

        def test_a_patch_that_is_undone_after_the_fakes(monkeypatch):
            with SesFake(region="ap-south-1"), SesFake(region="eu-west-1"):
                monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")

        def test_the_next():
            assert "AWS_DEFAULT_REGION" not in os.environ
        """
    )
    pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider").assert_outcomes(passed=2)


# Entering and leaving.


def test_a_fake_that_is_active_cannot_be_entered() -> None:
    with SesFake() as sesfake:
        with pytest.raises(RuntimeError, match=r"already active\. .*sesfake\.fresh\(\).*another SesFake"):
            sesfake.__enter__()
        send()

    assert sesfake.outbox.count() == 1
    with pytest.raises(RealSesBlockedError):
        boto3.client("sesv2", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b").get_account()
    guard.take()  # what was blocked on purpose is nobody's news


def test_a_fake_that_is_not_active_cannot_be_left() -> None:
    fake = SesFake()
    with pytest.raises(RuntimeError, match="this fake is not active"):
        fake._leave()
    with fake:
        pass
    with pytest.raises(RuntimeError, match="this fake is not active"):
        fake._leave()


def test_leaving_out_of_order_changes_nothing() -> None:
    delivered = threading.Event()
    with SesFake() as outer:
        with SesFake() as inner:
            outer.subscribe(lambda *_: delivered.set(), target_type="lambda", immediate=True)
            with pytest.raises(RuntimeError, match="reverse order"):
                outer._leave()
            assert outer.is_active
            assert inner.is_active
        send()
        assert delivered.wait(10)


def test_a_fake_that_was_left_goes_on_when_it_is_entered_again() -> None:
    fake = SesFake()
    for count in (1, 2):
        with fake:
            send()
            assert fake.outbox.count() == count
    assert not fake.is_active


def test_a_fake_that_is_left_twice_reports_unused_scripts_once() -> None:
    fake = SesFake()
    with pytest.raises(AssertionError, match="never used"), fake:
        fake.on(recipient="ada@example.com").bounce()
    with fake:
        pass
    fake.reset()
    fake.on(recipient="ada@example.com").bounce()
    with pytest.raises(AssertionError, match="never used"), fake:
        pass


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    def run(conftest: str, source: str) -> pytest.RunResult:
        pytester.makeconftest(conftest)
        pytester.makepyfile(source)
        return pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider")

    return run


def test_the_configure_hook_runs_once_when_a_fake_is_entered_again(
    run: Callable[..., pytest.RunResult],
) -> None:
    result = run(
        """
        seen = []

        def pytest_sesfake_configure(sesfake):
            seen.append("configured")

        def pytest_sesfake_event(event):
            seen.append(event.type)
        """,
        """
        from conftest import seen

        def test_it(sesfake):
            sesfake.send("ada@example.com")
            sesfake._leave()
            sesfake.__enter__()
            sesfake.send("ada@example.com")
            assert seen == ["configured", *2 * ["Send", "Delivery"]]
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_failure_shows_a_fake_once_however_often_it_was_entered(
    run: Callable[..., pytest.RunResult],
) -> None:
    result = run(
        "",
        """
        from pytest_sesfake import SesFake

        def test_it():
            fake = SesFake()
            for _ in range(2):
                with fake:
                    fake.send("ada@example.com")
            assert 1 == 2
        """,
    )
    assert [line for line in result.outlines if "messages sent" in line] == [
        " sesfake: 2 messages sent ".center(80, "-")
    ]
