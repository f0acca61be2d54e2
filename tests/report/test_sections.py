"""What the failure of a test says about its fake."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

EVERYTHING = """
    import pytest
    from mailer import send

    def test_it(sesfake):
        sesfake.on(recipient="bob@example.com").bounce()
        sesfake.on(recipient="eve@example.com", operation="SendEmail").throttle()
        send("ada@example.com", subject="First")
        send("bob@example.com", subject="Second")
        with pytest.raises(Exception, match="TooManyRequests"):
            send("eve@example.com", subject="Third")
        assert not sesfake.outbox
"""

SECTIONS = [
    r"-+ sesfake: 2 messages sent -+",
    r"#1 sesv2 SendEmail \d\d:\d\d:\d\d from=me@example\.org to=\['ada@example\.com'\] subject='First'",
    r"#2 sesv2 SendEmail \d\d:\d\d:\d\d from=me@example\.org to=\['bob@example\.com'\] subject='Second' Bounced",
    r"-+ sesfake: 1 call refused -+",
    r"sesv2 SendEmail \d\d:\d\d:\d\d to=\['eve@example\.com'\] TooManyRequestsException.* \(mailer\.py:\d+\)",
    r"-+ sesfake: 2 events after sending -+",
    r"Delivery ada@example\.com \d\d:\d\d:\d\d \(#1\)",
    r"Bounce bob@example\.com \d\d:\d\d:\d\d Permanent/General: smtp; 550 5\.1\.1 user unknown \(#2\)",
]


def test_a_failure_tells_what_was_sent_what_was_refused_and_what_happened(run: Run) -> None:
    result = run(EVERYTHING)
    result.assert_outcomes(failed=1)
    shown = result.outlines
    start = next(number for number, line in enumerate(shown) if re.fullmatch(SECTIONS[0], line))
    for line, pattern in zip(shown[start:], SECTIONS, strict=False):
        assert re.fullmatch(pattern, line)


def test_the_writer_of_junit_xml_has_it_too(run: Run, pytester: pytest.Pytester) -> None:
    run(EVERYTHING, "--junitxml=report.xml")
    written = (pytester.path / "report.xml").read_text(encoding="utf-8")
    assert "sesfake: 2 messages sent" in written
    assert "to=['bob@example.com'] subject='Second' Bounced" in written


def test_pytest_html_has_it_too(run: Run, pytester: pytest.Pytester) -> None:
    run(EVERYTHING, "--html=report.html", "--self-contained-html")
    written = unescape(unescape((pytester.path / "report.html").read_text(encoding="utf-8")))
    assert "sesfake: 2 messages sent" in written
    assert "to=['bob@example.com'] subject='Second' Bounced" in written
    assert "Bounce bob@example.com" in written


def test_a_test_that_passes_says_nothing(run: Run) -> None:
    result = run("from mailer import send\ndef test_it(sesfake): send()", "-rA")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*sesfake: *")


def test_a_failure_of_a_test_whose_fake_was_not_used_says_nothing(run: Run) -> None:
    result = run("def test_it(sesfake): assert 1 == 2")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*sesfake: *")


def test_a_script_that_was_never_used_comes_with_what_was_sent_instead(run: Run) -> None:
    result = run(
        """
        from mailer import send

        def test_it(sesfake):
            sesfake.on(recipient="bob@example.com").bounce()
            send("ada@example.com")
        """
    )
    result.stdout.fnmatch_lines(["sesfake: *was never used*", "-* sesfake: 1 message sent -*", "#1 *ada@example.com*"])


@pytest.mark.parametrize("phase", ["set-up", "tear-down"])
def test_an_error_around_a_test_tells_what_was_sent(run: Run, phase: str) -> None:
    before, after = ("1 / 0", "") if phase == "set-up" else ("", "1 / 0")
    result = run(
        f"""
        import pytest
        from mailer import send

        @pytest.fixture
        def trouble(sesfake):
            send()
            {before}
            yield
            {after}

        def test_it(trouble):
            pass
        """
    )
    result.stdout.fnmatch_lines(["E*ZeroDivisionError*", "-* sesfake: 1 message sent -*"])


def test_a_fixture_that_a_test_asks_for_while_it_runs_is_known(run: Run) -> None:
    result = run(
        """
        from mailer import send

        def test_it(request):
            request.getfixturevalue("sesfake")
            send()
            assert 1 == 2
        """
    )
    result.stdout.fnmatch_lines(["-* sesfake: 1 message sent -*"])


def test_a_long_section_is_cut_and_shown_whole_when_everything_is_asked_for(run: Run) -> None:
    source = """
        from mailer import send

        def test_it(sesfake):
            sesfake.on(recipient="0@example.com").bounce()
            for number in range(14):
                send(f"{number}@example.com")
            assert 1 == 2
    """
    short = run(source).stdout
    short.fnmatch_lines(["#10 *", "and 4 more; -vv shows all", "Bounce 0@*", "and 13 Delivery; -vv shows all"])
    short.no_fnmatch_line("#11 *")
    whole = run(source, "-vv").stdout
    whole.fnmatch_lines(["#14 *", "Delivery 13@*"])
    whole.no_fnmatch_line("*-vv shows all")


def test_credentials_and_tokens_are_masked(run: Run) -> None:
    result = run(
        """
        from mailer import send

        def test_it(sesfake):
            send(subject="Key AKIAIOSFODNN7EXAMPLE of https://x.example/unsubscribe/u-81")
            sesfake.outbox.none()
        """
    )
    section = result.stdout.str().partition("sesfake: 1 message sent")[2]
    assert "subject='Key [redacted] of https://x.example/unsubscribe/[redacted]'" in section
    assert "AKIAIOSFODNN7EXAMPLE" not in section


def test_an_error_inside_a_call_is_shown_with_its_line_when_the_test_fails(run: Run) -> None:
    result = run(
        """
        from mailer import send

        def broken(message):
            return 1 / 0

        def test_it(sesfake):
            sesfake.on(where=broken).bounce()
            send()
        """
    )
    result.stdout.fnmatch_lines(
        ["-* sesfake: 1 problem inside calls -*", "ZeroDivisionError inside a call: division by zero (test_it.py:4)"]
    )


def test_a_section_leaves_out_what_earlier_tests_did_with_a_shared_fake(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest
        from pytest_sesfake import SesFake

        @pytest.fixture(scope="module")
        def sesfake():
            with SesFake() as sesfake:
                yield sesfake
        """
    )
    result = run(
        """
        from mailer import send

        def test_first(sesfake):
            send("ada@example.com")

        def test_second(sesfake):
            send("bob@example.com")
            assert 1 == 2
        """
    )
    result.stdout.fnmatch_lines(["-* sesfake: 1 message sent -*", "#2 *bob@example.com*"])


def test_a_failure_in_another_form_than_pytests_own_gets_sections_of_the_report(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            if report.failed:
                report.longrepr = "a text"
            return report
        """
    )
    result = run("from mailer import send\ndef test_it(sesfake):\n    send()\n    assert 1 == 2")
    result.stdout.fnmatch_lines(["a text", "-* sesfake: 1 message sent -*", "#1 *"])


def test_events_that_come_due_after_the_test_are_not_said_to_have_happened(run: Run) -> None:
    result = run(
        """
        from freezegun import freeze_time
        from mailer import send

        @freeze_time("2020-01-01")
        def test_it(sesfake):
            sesfake.on(recipient="ada@example.com").bounce(after=3600)
            send()
            assert 1 == 2
        """
    )
    result.stdout.fnmatch_lines(["-* sesfake: 1 message sent -*", "#1 *", "-* sesfake: 1 event after sending -*"])
    result.stdout.no_fnmatch_line("Bounce ada@example.com *")


def test_each_fake_that_a_test_enters_has_its_own_section(run: Run) -> None:
    result = run(
        """
        from mailer import send
        from pytest_sesfake import SesFake

        def test_alone():
            with SesFake() as sesfake:
                send(subject="Alone")
                assert not sesfake.outbox

        def test_within(sesfake):
            send(subject="Around")
            with SesFake():
                send(subject="Within")
            assert 1 == 2

        def test_after():
            assert 1 == 2
        """
    )
    titles = [line.strip("- ") for line in result.outlines if re.fullmatch("-+ sesfake: .* -+", line)]
    assert titles == [
        "sesfake: 1 message sent",
        "sesfake: 1 event after sending",
        "sesfake: 1 message sent",
        "sesfake: 1 event after sending",
        "sesfake: 1 message sent, in another fake",
        "sesfake: 1 event after sending, in another fake",
    ]


def test_received_mail_is_shown_with_its_actions(run: Run) -> None:
    result = run(
        """
        def test_it(sesfake):
            client = sesfake.client("ses")
            client.create_receipt_rule_set(RuleSetName="rules")
            client.set_active_receipt_rule_set(RuleSetName="rules")
            ask = {"LambdaAction": {"FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:ask"}}
            actions = [{"S3Action": {"BucketName": "mail"}}, ask]
            rule = {"Name": "all", "Enabled": True, "Recipients": ["shop.example"], "Actions": actions}
            client.create_receipt_rule(RuleSetName="rules", Rule=rule)
            sesfake.lambda_function("ask", lambda event, context: 1 / 0)
            sesfake.receive(to="help@shop.example", subject="Help", check=False)
            sesfake.receive(to="nobody@example.org", sender="", subject="Lost")
            assert 1 == 2
        """
    )
    result.stdout.fnmatch_lines(
        [
            "-* sesfake: 2 mails received -*",
            "* from=sender@example.net to=[[]'help@shop.example'] subject='Help' 250: S3, Lambda failed, ZeroDivision*",
            "* from=<> to=[[]'nobody@example.org'] subject='Lost' 550 5.1.1 *",
        ]
    )


def test_a_mail_that_was_not_rendered_is_shown_with_its_template_name(run: Run) -> None:
    result = run(
        """
        def test_it(sesfake):
            sesfake.template("welcome", subject="Hello {{name}}", text="Hello")
            sesfake.client("sesv2").send_email(
                FromEmailAddress="me@example.org",
                Destination={"ToAddresses": ["ada@example.com"]},
                Content={"Template": {"TemplateName": "welcome", "TemplateData": "{}"}},
            )
            assert 1 == 2
        """
    )
    result.stdout.fnmatch_lines(["RenderingFailure ada@example.com *: * of the template 'welcome'"])
    result.stdout.no_fnmatch_line("* of None*")
