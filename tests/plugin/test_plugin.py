"""The plugin as pytest runs it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pytest_sesfake import Bounce, SesFake

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Run: TypeAlias = Callable[..., pytest.RunResult]

SEND = """
    import boto3

    def send(to="ada@example.com", region="us-east-1"):
        boto3.client("sesv2", region_name=region).send_email(
            FromEmailAddress="me@example.org",
            Destination={"ToAddresses": [to]},
            Content={"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}},
        )
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Run a test module, with a way to send mail beside it."""

    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(mailer=SEND)
        pytester.makepyfile(test_it=source)
        pytester.syspathinsert()
        return pytester.runpytest("-p", "no:randomly", *options)

    return run


def test_an_unused_script_fails_the_test_and_names_its_line(run: Run) -> None:
    result = run(
        """
        from mailer import send

        def test_it(sesfake):
            sesfake.on(recipient="bob@example.com").bounce()
            send("ada@example.com")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "sesfake: test_it.py:4: on(recipient='bob@example.com') was never used: nothing was sent to *",
            "FAILED test_it.py::test_it - Failed: sesfake: test_it.py:4: on(recipient='bob*",
        ]
    )


@pytest.mark.parametrize(
    "body,reason",
    [
        ("", "no message was sent at all"),
        (
            "sesfake.suppress('ada@example.com'); send()",
            "no script applies to ada@example.com, because SES suppressed it",
        ),
        (
            "sesfake.on(recipient='ada@example.com').complain(); send()",
            "another script was used for every message to ada@example.com: test_it.py:5: on(",
        ),
    ],
)
def test_an_unused_script_shows_its_reason(run: Run, body: str, reason: str) -> None:
    result = run(
        f"""
        from mailer import send

        def test_it(sesfake):
            sesfake.on(recipient="ada@example.com").bounce()
            {body}
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*on(recipient='ada@example.com') was never used: {reason}*"])


def test_a_script_whose_call_was_refused_says_so(run: Run) -> None:
    result = run(
        """
        import pytest
        from mailer import send

        @pytest.mark.sesfake(verified=["example.net"])
        def test_it(sesfake):
            sesfake.on(recipient="ada@example.com").bounce()
            with pytest.raises(Exception):
                send()
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the call for ada@example.com was refused: MessageRejected, Email address is not*"])


def test_a_test_that_fails_or_skips_by_itself_is_not_asked_for_unused_scripts(run: Run) -> None:
    result = run(
        """
        import pytest

        def test_failing(sesfake):
            sesfake.on(recipient="bob@example.com").bounce()
            assert 1 == 2

        def test_skipping(sesfake):
            sesfake.on(recipient="bob@example.com").bounce()
            pytest.skip("today")

        @pytest.mark.xfail
        def test_failing_as_expected(sesfake):
            sesfake.on(recipient="bob@example.com").bounce()
            assert 1 == 2

        def test_optional(sesfake):
            sesfake.on(recipient="bob@example.com", optional=True).bounce()

        @pytest.mark.sesfake(unused_scripts="ignore")
        def test_ignoring(sesfake):
            sesfake.on(recipient="bob@example.com").bounce()
        """
    )
    result.assert_outcomes(failed=1, skipped=1, xfailed=1, passed=2)
    result.stdout.no_fnmatch_line("sesfake: *never used*")


def test_an_unused_script_is_shown_in_junit_xml(run: Run, pytester: pytest.Pytester) -> None:
    run("def test_it(sesfake): sesfake.on(recipient='bob@example.com').bounce()", "--junitxml=report.xml")
    report = (pytester.path / "report.xml").read_text(encoding="utf-8")
    assert 'failures="1"' in report
    assert "was never used" in report


def test_an_error_of_a_users_function_inside_a_call_fails_the_test_and_not_the_call(run: Run) -> None:
    result = run(
        """
        import pytest
        from mailer import send

        def test_it(sesfake):
            sesfake.on(where=lambda message: 1 / 0).bounce()
            with pytest.raises(Exception, match="InternalFailure"):
                send()
            assert not sesfake.outbox
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["sesfake: ZeroDivisionError inside a call: division by zero (test_*.py:*)"])


@pytest.mark.usefixtures("newest_model")
def test_strict_fails_a_test_whose_call_has_a_parameter_without_a_meaning_here(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.sesfake(strict=True)
        def test_it(sesfake):
            sesfake.client("sesv2").send_email(
                FromEmailAddress="me@example.org",
                Destination={"ToAddresses": ["ada@example.com"]},
                Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
                ConfigurationOverrides={"Tracking": {"OpenTrackingEnabled": "ENABLED"}},
            )
            assert sesfake.calls.one().ignored_params == ("ConfigurationOverrides",)
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*SendEmail: ConfigurationOverrides has no meaning in this fake, and strict is on*"])


def test_the_marker_activates_the_fake_also_for_classes_and_unittest(run: Run) -> None:
    result = run(
        """
        import unittest
        import pytest
        from mailer import send

        @pytest.mark.sesfake
        def test_by_marker():
            send()

        @pytest.mark.sesfake(sandbox=True)
        class TestClass:
            def test_by_class(self):
                with pytest.raises(Exception, match="not verified"):
                    send()

        @pytest.mark.usefixtures("sesfake")
        class TestUnit(unittest.TestCase):
            def test_by_usefixtures(self):
                send()
        """
    )
    result.assert_outcomes(passed=3)


def test_outcomes_of_the_marker_are_scripts_and_shared_ones_may_stay_unused(run: Run) -> None:
    result = run(
        """
        import pytest
        from mailer import send
        from pytest_sesfake import Bounce, Complaint, Delay

        pytestmark = pytest.mark.sesfake(outcomes={"ada@example.com": [Delay(60), Bounce()]})

        def test_used(sesfake):
            send()
            sesfake.clock.advance(minutes=1)
            assert [event.type for event in sesfake.events] == ["Send", "DeliveryDelay", "Bounce"]

        def test_an_unused_shared_fake_is_left_out(sesfake):
            pass

        @pytest.mark.sesfake(outcomes={"ada@example.com": Complaint()})
        def test_unused(sesfake):
            pass
        """
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["sesfake: outcome for 'ada@example.com' was never used: no message was sent at all"])


def test_a_conftest_may_override_the_fixture(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture
        def sesfake(sesfake):
            sesfake.suppress("ada@example.com")
            return sesfake
        """
    )
    result = run(
        """
        from mailer import send

        def test_it(sesfake_outbox):
            send()
            assert sesfake_outbox.one().status["ada@example.com"] == "Suppressed"
        """
    )
    result.assert_outcomes(passed=1)


def test_nothing_of_one_test_is_seen_by_the_next(run: Run) -> None:
    result = run(
        """
        import pytest
        from mailer import send

        @pytest.mark.parametrize("number", [1, 2])
        def test_it(sesfake, number):
            assert not sesfake.outbox and not sesfake.calls
            send()
            sesfake.outbox.one()
        """
    )
    result.assert_outcomes(passed=2)


def test_ids_are_the_same_in_every_run_of_a_test(run: Run) -> None:
    source = """
        from mailer import send

        def test_it(sesfake):
            send()
            print()
            print("ID", sesfake.outbox.one().id[17:])
        """
    ids = [[line for line in run(source, "-s").outlines if line.startswith("ID ")] for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 1


def test_outside_pytest_leaving_the_fake_reports_unused_scripts() -> None:
    with pytest.raises(AssertionError, match=r"test_plugin\.py:\d+: on\(recipient='bob@example.com'\) was never used"):  # noqa: SIM117 - one line is too long
        with SesFake() as sesfake:
            sesfake.on(recipient="bob@example.com").bounce()


def test_an_exception_on_its_way_out_is_not_replaced() -> None:
    def leave_in_a_hurry() -> None:
        with SesFake() as sesfake:
            sesfake.on(recipient="bob@example.com").bounce()
            raise KeyError

    with pytest.raises(KeyError):
        leave_in_a_hurry()


def test_fakes_nest_and_the_innermost_answers() -> None:
    with SesFake() as outer:
        with SesFake() as inner:
            outer.client().get_account()
            assert (len(inner.calls), len(outer.calls)) == (1, 0)
        outer.client().get_account()
        assert (len(inner.calls), len(outer.calls)) == (1, 1)


def test_leaving_fakes_out_of_order_is_a_runtime_error() -> None:
    outer, inner = SesFake(), SesFake()
    outer.__enter__()
    inner.__enter__()
    try:
        with pytest.raises(RuntimeError, match="reverse order"):
            outer._leave()
    finally:
        inner._leave()
        outer._leave()


def test_reading_stays_possible_after_the_fake_was_left() -> None:
    with SesFake() as sesfake:
        sesfake.send("ada@example.com", outcome=Bounce())
    assert sesfake.outbox.one(recipient="ada@example.com").status["ada@example.com"] == "Bounced"


def test_fresh_keeps_only_the_settings_and_the_log_objects() -> None:
    with SesFake(region="eu-west-1") as sesfake:
        outbox = sesfake.outbox
        sesfake.verify("example.com")
        sesfake.send("ada@example.com")
        with sesfake.fresh():
            assert not outbox
            assert sesfake.client("ses").list_identities()["Identities"] == []
            sesfake.send("ada@example.com")
            assert outbox.one().region == "eu-west-1"


def test_the_environment_is_what_it_was_when_the_fake_is_left() -> None:
    before = dict(os.environ)
    with SesFake():
        assert os.environ["AWS_ACCESS_KEY_ID"]
    assert dict(os.environ) == before


@pytest.mark.parametrize("names", [{"regoin": "x"}, {"Region": "x"}])
def test_an_unknown_setting_of_the_class_is_a_type_error(names: dict[str, str]) -> None:
    with pytest.raises(TypeError, match="Did you mean 'region'"):
        SesFake(**names)  # type: ignore[arg-type]
