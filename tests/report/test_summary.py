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
        sesfake.on(to="bob@example.com").bounce()
        sesfake.on(to="eve@example.com").bounce()

    @pytest.mark.sesfake(sandbox=True)
    def test_refused(sesfake):
        send()

    @pytest.mark.sesfake(sandbox=True)
    def test_refused_as_expected(sesfake):
        with pytest.raises(Exception, match="not verified"):
            send()

    def test_refused_as_scripted(sesfake):
        sesfake.on(to="ada@example.com", operation="SendEmail").fail("MessageRejected")
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


def test_nothing_is_said_when_pytest_is_quiet(run: Run) -> None:
    result = run(TROUBLE, "-q", "--tb=no")
    result.stdout.no_fnmatch_line("sesfake: *")


def test_nothing_is_said_when_nothing_went_wrong(run: Run) -> None:
    result = run("from mailer import send\ndef test_it(sesfake): send()")
    result.stdout.no_fnmatch_line("*sesfake: *")


def test_the_header_tells_what_is_set_for_all_tests(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsesfake_region = eu-west-1\nsesfake_verified =\n    a.example\n    b.example\n")
    result = run("def test_it(): pass", "--sesfake-report=out/mail.html")
    result.stdout.fnmatch_lines(["sesfake: region=eu-west-1, verified=a.example,b.example, report=out/mail.html"])


def test_the_header_tells_nothing_when_nothing_is_set(run: Run) -> None:
    run("def test_it(): pass").stdout.no_fnmatch_line("sesfake*")
