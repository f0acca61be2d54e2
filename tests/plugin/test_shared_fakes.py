"""Fixtures of a wider scope, classes and unittest: one fake for several tests, and when its scripts are judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

SHARED = """
    import pytest
    from pytest_sesfake import SesFake

    @pytest.fixture(scope="module")
    def sesfake():
        with SesFake() as sesfake:
            sesfake.on(recipient="ada@example.com").bounce()
            yield sesfake
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        return pytester.runpytest("-p", "no:randomly", *options)

    return run


def test_a_script_of_a_shared_fake_may_wait_for_a_later_test(run: Run) -> None:
    result = run(
        SHARED
        + """
    def test_without(sesfake):
        assert not sesfake.outbox

    def test_with(sesfake):
        sesfake.send("ada@example.com")

    def test_after(sesfake):
        assert sesfake.outbox.one().status["ada@example.com"] == "Bounced"
    """
    )
    result.assert_outcomes(passed=3)


def test_leaving_a_shared_fake_reports_scripts_that_no_test_used(run: Run) -> None:
    result = run(
        SHARED
        + """
    def test_one(sesfake):
        pass

    def test_two(sesfake):
        pass
    """
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*on(recipient='ada@example.com') was never used: no message was sent at all"])
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_two*"])


def test_a_shared_fake_that_a_failed_test_used_is_not_asked_for_unused_scripts(run: Run) -> None:
    result = run(
        SHARED
        + """
    def test_one(sesfake):
        assert sesfake.outbox.one()

    def test_two(sesfake):
        pass
    """
    )
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.no_fnmatch_line("*never used*")


def test_an_error_in_a_call_of_a_shared_fake_fails_only_the_test_that_made_it(run: Run) -> None:
    result = run(
        SHARED
        + """
    def test_one(sesfake):
        sesfake.send("ada@example.com")

    def test_two(sesfake):
        sesfake.on(where=lambda message: 1 / 0).bounce()
        with pytest.raises(Exception, match="InternalFailure"):
            sesfake.client().send_email(
                FromEmailAddress="me@example.org",
                Destination={"ToAddresses": ["bob@example.com"]},
                Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
            )

    def test_three(sesfake):
        pass
    """
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["*_ test_two _*", "sesfake: ZeroDivisionError inside a call: division by zero (test_*.py:*)"]
    )


@pytest.mark.parametrize("ending, outcome", [("", "failed"), ("assert 1 == 2", "failed"), ("pytest.skip()", "skipped")])
def test_a_fixture_that_makes_its_own_fake_for_each_test_is_judged_once(run: Run, ending: str, outcome: str) -> None:
    result = run(
        SHARED.replace('(scope="module")', "")
        + f"""
    def test_it(sesfake):
        {ending or "pass"}
    """
    )
    result.assert_outcomes(**{outcome: 1})
    assert ("possible cause" in str(result.stdout)) is ("assert" in ending)


def test_a_failing_fixture_that_uses_the_fake_is_the_only_error(run: Run) -> None:
    result = run(
        SHARED.replace('(scope="module")', "")
        + """
    @pytest.fixture
    def broken(sesfake):
        raise ValueError

    def test_it(broken):
        pass
    """
    )
    result.assert_outcomes(errors=1)
    result.stdout.no_fnmatch_line("*never used*")


def test_a_class_shares_one_fake_by_a_fixture_of_its_scope(run: Run) -> None:
    result = run(
        SHARED.replace("module", "class")
        + """
    class TestSignup:
        def test_first(self, sesfake):
            sesfake.send("ada@example.com")

        def test_second(self, sesfake):
            assert sesfake.outbox.count() == 1

    class TestOther:
        def test_first(self, sesfake):
            assert not sesfake.outbox
            sesfake.send("ada@example.com")
    """
    )
    result.assert_outcomes(passed=3)


def test_unittest_takes_the_fake_from_an_autouse_fixture_and_its_scripts_are_judged(run: Run) -> None:
    result = run(
        """
        import unittest
        import pytest

        class TestSignup(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _sesfake(self, sesfake):
                self.sesfake = sesfake

            def test_sends(self):
                self.sesfake.send("ada@example.com")
                self.assertEqual(self.sesfake.outbox.one().to, ["ada@example.com"])

            def test_starts_anew(self):
                self.assertEqual(self.sesfake.outbox, [])

            def test_does_not_use_its_script(self):
                self.sesfake.on(recipient="bob@example.com").bounce()
        """
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*on(recipient='bob@example.com') was never used: no message was sent at all"])


def test_unittest_without_pytest_enters_the_fake_itself(run: Run) -> None:
    result = run(
        """
        import unittest
        from pytest_sesfake import SesFake

        class TestSignup(unittest.TestCase):
            def setUp(self):
                self.sesfake = SesFake()
                self.sesfake.__enter__()
                self.addCleanup(self.sesfake.__exit__, None, None, None)

            def test_sends(self):
                self.sesfake.send("ada@example.com")

            def test_does_not_use_its_script(self):
                self.sesfake.on(recipient="bob@example.com").bounce()
        """
    )
    result.assert_outcomes(passed=1, failed=1)


def test_usefixtures_in_the_ini_file_and_on_a_class_activate_the_fake(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nusefixtures = sesfake\n")
    result = run(
        """
        import boto3

        def quota():
            return boto3.client("ses", region_name="us-east-1").get_send_quota()["Max24HourSend"]

        def test_function():
            assert quota() == 50000

        class TestClass:
            def test_method(self):
                assert quota() == 50000
        """
    )
    result.assert_outcomes(passed=2)
