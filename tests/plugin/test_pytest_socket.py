"""Beside pytest-socket: boto3 needs no socket, and what needs one says how to allow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("pytest_socket", reason="pytest-socket is not installed")

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

CURE = "*--allow-hosts=127.0.0.1 or the marker @pytest.mark.allow_hosts(?'127.0.0.1'?)*"


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run tests in a process of their own, where no listener was started before."""

    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly", *options)

    return run


USES = """
import os, smtplib, ssl
import boto3, pytest

def test_boto3(sesfake):
    assert boto3.client("ses").get_send_quota()

def test_smtp(sesfake_smtp):
    with smtplib.SMTP(sesfake_smtp.host, sesfake_smtp.port, timeout=10) as client:
        client.starttls(context=ssl.create_default_context(cafile=sesfake_smtp.ca_file))

def test_endpoint(sesfake_endpoint):
    assert sesfake_endpoint.url

def test_name(sesfake):
    smtplib.SMTP("email-smtp.us-east-1.amazonaws.com", 587, timeout=10).close()
"""


def test_what_needs_a_socket_says_how_to_allow_it(run: Run) -> None:
    result = run(USES, "--disable-socket")

    result.assert_outcomes(passed=1, failed=1, errors=2)
    result.stdout.fnmatch_lines(["*ERROR at setup of test_smtp*", f"E *SocketBlockedError: {CURE}"])
    result.stdout.fnmatch_lines(["*ERROR at setup of test_endpoint*", f"E *SocketBlockedError: {CURE}"])
    result.stdout.no_fnmatch_line("*PytestUnraisableExceptionWarning*")


def test_an_error_of_pytest_socket_in_another_client_is_explained(run: Run) -> None:
    result = run(USES, "--disable-socket", "-k", "test_name")

    result.stdout.fnmatch_lines(
        ["E *SocketBlockedError: A test tried to use*", "*sesfake: sockets are forbidden*", CURE]
    )


def test_with_this_machine_allowed_all_of_it_works(run: Run) -> None:
    run(USES, "--disable-socket", "--allow-hosts=127.0.0.1").assert_outcomes(passed=4)


def test_with_the_marker_all_of_it_works(run: Run) -> None:
    run(USES + "\npytestmark = pytest.mark.allow_hosts(['127.0.0.1'])\n", "--disable-socket").assert_outcomes(passed=4)


def test_a_listener_that_runs_already_makes_no_difference(run: Run) -> None:
    result = run(
        """
        import pytest

        def test_first(sesfake_smtp):
            pass

        def test_second(sesfake, socket_disabled):
            with pytest.raises(RuntimeError, match="--allow-hosts=127.0.0.1"):
                sesfake.smtp

        def test_third(sesfake_smtp):
            pass
        """
    )
    result.assert_outcomes(passed=3)


@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')", reason="this system has no fork")
def test_a_forked_child_that_cannot_reach_its_parent_says_so_and_its_parent_goes_on(run: Run) -> None:
    result = run(
        """
        import os, boto3

        def test_it(sesfake):
            client = boto3.client("ses")
            child = os.fork()
            if child == 0:
                try:
                    client.get_send_quota()
                except RuntimeError as error:
                    os._exit(7 if "--allow-hosts=127.0.0.1" in str(error) else 8)
                os._exit(9)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
            client.get_send_quota()
            assert sesfake.calls.count() == 1
        """,
        "--disable-socket",
        "-Werror::pytest.PytestUnraisableExceptionWarning",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("scope", ["class", "module", "session"])
@pytest.mark.parametrize("options", [(), ("--disable-socket", "--allow-hosts=127.0.0.1")], ids=["installed", "in use"])
def test_a_shared_fake_answers_by_smtp_and_http_in_every_test(run: Run, scope: str, options: tuple[str, ...]) -> None:
    result = run(
        f"""
        import smtplib, urllib.request
        import pytest
        from pytest_sesfake import SesFake

        @pytest.fixture(scope={scope!r})
        def sesfake():
            with SesFake() as fake:
                yield fake

        @pytest.fixture
        def sent_by_a_fixture(sesfake):
            with smtplib.SMTP("email-smtp.us-east-1.amazonaws.com", 587, timeout=10) as client:
                client.starttls()

        @pytest.mark.usefixtures("sent_by_a_fixture")
        class TestShared:
            @pytest.mark.parametrize("number", range(3))
            def test_smtp(self, number):
                with smtplib.SMTP("email-smtp.us-east-1.amazonaws.com", 587, timeout=10) as client:
                    client.starttls()
                    assert client.ehlo()[0] == 250

            @pytest.mark.parametrize("number", range(3))
            def test_http(self, number):
                with pytest.raises(urllib.error.HTTPError, match="403|400"):
                    urllib.request.urlopen("https://email.us-east-1.amazonaws.com/", timeout=10)
        """,
        *options,
    )
    result.assert_outcomes(passed=6)


def test_the_guard_stands_in_the_call_after_pytest_socket_has_restored_connect(run: Run) -> None:
    result = run(
        """
        import socket
        import pytest
        from pytest_sesfake import RealSesBlockedError

        @pytest.mark.parametrize("number", range(2))
        def test_connect(number):
            with socket.socket() as client, pytest.raises(RealSesBlockedError):
                client.connect(("email-smtp.us-east-1.amazonaws.com", 587))
        """,
        "--allow-hosts=127.0.0.1",
    )
    result.assert_outcomes(passed=2)
