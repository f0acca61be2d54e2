"""What the end and the beginning of a run say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    Run = Callable[..., pytest.RunResult]

TROUBLE = """
    import pytest
    from mailer import send

    def test_unused(sesfake):
        sesfake.on(recipient="bob@example.com").bounce()
        sesfake.on(recipient="eve@example.com").bounce()

    @pytest.mark.sesfake(sandbox=True)
    def test_refused(sesfake):
        send()

    @pytest.mark.sesfake(sandbox=True)
    def test_refused_as_expected(sesfake):
        with pytest.raises(Exception, match="not verified"):
            send()

    def test_refused_as_scripted(sesfake):
        sesfake.on(recipient="ada@example.com", operation="SendEmail").fail("MessageRejected")
        send()

    def test_problem(sesfake):
        sesfake.on(where=lambda message: 1 / 0).bounce()
        with pytest.raises(Exception):
            send()
"""

LINE = "sesfake: 2 scripts were never used, 2 calls were refused in tests that failed, 1 problem inside a call"


def test_one_line_tells_what_went_wrong(run: Run) -> None:
    result = run(TROUBLE)
    result.assert_outcomes(failed=4, passed=1)
    assert [line for line in result.outlines if line.startswith("sesfake: ") and "never used:" not in line][-1] == LINE


def test_a_lookup_that_finds_nothing_is_no_refused_call(run: Run) -> None:
    result = run(
        """
        import boto3

        def test_it(sesfake):
            client = boto3.client("sesv2")
            try:
                client.get_suppressed_destination(EmailAddress="ada@example.com")
            except client.exceptions.NotFoundException:
                pass
            assert 1 == 2
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*- sesfake: 1 call refused -*")
    result.stdout.no_fnmatch_line("sesfake: *refused*")


def test_nothing_is_said_when_pytest_is_quiet(run: Run) -> None:
    assert LINE not in run(TROUBLE, "-q", "--tb=no").outlines


def test_nothing_is_said_when_nothing_went_wrong(run: Run) -> None:
    result = run("from mailer import send\ndef test_it(sesfake): send()")
    result.stdout.no_fnmatch_line("*sesfake: *")


def test_the_header_tells_what_is_set_for_all_tests(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsesfake_region = eu-west-1\nsesfake_verified =\n    a.example\n    b.example\n")
    result = run("def test_it(): pass", "--sesfake-report=out/mail.html")
    result.stdout.fnmatch_lines(["sesfake: region=eu-west-1, verified=a.example,b.example, report=out/mail.html"])


def test_the_summary_line_shows_blocked_calls(run: Run) -> None:
    source = """
        import pytest, socket

        def test_blocked():
            with pytest.raises(BaseException, match="tried to connect to"):
                socket.getaddrinfo("email.us-east-1.amazonaws.com", 443)

        def test_unused(sesfake):
            sesfake.on(recipient="bob@example.com").bounce()
    """
    lines = [line for line in run(source).outlines if line.startswith("sesfake: ") and "never used:" not in line]
    assert len(lines) == 1
    assert lines[0].startswith("sesfake: blocked on its way to the real Amazon SES: ")
    assert lines[0].endswith("; 1 script was never used")


def test_a_quiet_run_shows_only_blocked_calls(run: Run) -> None:
    source = """
        import socket

        def test_swallowed():
            try:
                socket.getaddrinfo("email.us-east-1.amazonaws.com", 443)
            except BaseException:
                pass

        def test_unused(sesfake):
            sesfake.on(recipient="bob@example.com").bounce()
    """
    for quiet in ("-q", "-qq"):
        result = run(source, quiet, "--tb=no", "--sesfake-report=mail.html")
        lines = [line for line in result.outlines if line.startswith("sesfake: ")]
        assert len(lines) == 1
        assert lines[0].startswith("sesfake: blocked on its way to the real Amazon SES: a connection at ")
        assert lines[0].endswith(" tried to connect to email.us-east-1.amazonaws.com, and no fake is active")


def test_the_header_shows_autouse_and_a_disabled_guard(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsesfake_autouse = true\nsesfake_seed = 7\n")
    result = run("def test_it(): pass", "--no-sesfake-guard")
    result.stdout.fnmatch_lines(["sesfake: active in every test, seed=7, no guard"])


def test_the_header_tells_nothing_when_nothing_is_set(run: Run) -> None:
    run("def test_it(): pass").stdout.no_fnmatch_line("sesfake*")
