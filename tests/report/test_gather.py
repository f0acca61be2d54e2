"""One page for the whole run, also with several processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_sesfake.report import records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.report.conftest import Report

    Run = Callable[..., pytest.RunResult]
    Read = Callable[[Path], Report]
    Reported = Callable[..., Report]
    Workers = Callable[[int], tuple[str, ...]]

OPTION = "--sesfake-report=out/mail.html"

SEVERAL = """
    import pytest
    from mailer import send

    @pytest.mark.parametrize("number", range(6))
    def test_many(sesfake, number):
        send(subject=f"Mail {number}")
        send(subject=f"Mail {number} again")

    def test_failing(sesfake):
        send(subject="In vain")
        assert sesfake.outbox.one().subject == "Something else"

    @pytest.mark.xfail
    def test_failing_as_expected(sesfake):
        assert 1 == 2

    def test_without_the_fake():
        pass

    def test_unused(sesfake):
        sesfake.on(recipient="bob@example.com").bounce()
"""


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    """Return the options for so many workers, without the plugins of others that each would have to load."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return lambda count: ("-p", "xdist", "-p", "pytest_sesfake.plugin", f"-n{count}")


@pytest.fixture
def report(run: Run, pytester: pytest.Pytester, report_at: Read) -> Callable[..., Report]:
    """Run a module and read the page of it."""

    def report(source: str, *options: str) -> Report:
        result = run(source, OPTION, *options)
        assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
        return report_at(pytester.path / "out/mail.html")

    return report


def test_every_test_that_used_the_fake_is_there_with_its_mail(report: Reported) -> None:
    page = report(SEVERAL)
    many = {f"test_many[{number}]" for number in range(6)}
    assert set(page.tests) == {*many, "test_failing", "test_failing_as_expected", "test_unused"}
    assert page.subjects("test_many[4]") == ["Mail 4", "Mail 4 again"]
    assert page.tests["test_many[0]"]["outcome"] == "passed"
    assert page.tests["test_failing"]["outcome"] == "failed"
    assert page.tests["test_failing_as_expected"]["outcome"] == "xfailed"


def test_with_xdist_failures_summary_and_page_are_those_of_all_workers(
    run: Run, workers: Workers, pytester: pytest.Pytester, report_at: Read
) -> None:
    result = run(SEVERAL, OPTION, *workers(2), "--junitxml=report.xml")
    page = report_at(pytester.path / "out/mail.html")
    assert {test["worker"] for test in page.tests.values()} == {"gw0", "gw1"}
    assert [page.subjects(f"test_many[{number}]") for number in range(6)] == [
        [f"Mail {number}", f"Mail {number} again"] for number in range(6)
    ]
    result.stdout.fnmatch_lines(["-* sesfake: 1 message sent -*", "#1 *", "sesfake: 1 script was never used"])
    assert "sesfake: 1 message sent" in (pytester.path / "report.xml").read_text(encoding="utf-8")


def test_the_page_shows_the_text_of_a_failure_without_our_sections(report: Reported) -> None:
    page = report(SEVERAL)
    number = [test["id"] for test in page.run["tests"]].index("test_it.py::test_failing")
    failure = page.unpacked(f"t{number}f").decode()
    assert "- Something else" in failure
    assert "sesfake: 1 message sent" not in failure


def test_a_crash_of_a_worker_loses_the_mail_of_the_test_that_was_running_and_no_other(
    report: Reported, workers: Workers
) -> None:
    page = report(
        """
        import os
        from mailer import send

        def test_before(sesfake):
            send(subject="Before")

        def test_crashing(sesfake):
            send(subject="Lost")
            os._exit(1)

        def test_after(sesfake):
            send(subject="After")
        """,
        *workers(1),
    )
    assert page.subjects("test_before") == ["Before"]
    assert page.subjects("test_after") == ["After"]
    assert page.tests["test_crashing"]["outcome"] == "failed"
    assert page.tests["test_crashing"]["lost"] == "The data of this test are lost, because its worker crashed."


def test_a_run_that_stops_early_has_a_page_of_what_ran(report: Reported) -> None:
    page = report(
        """
        from mailer import send

        def test_first(sesfake):
            send()

        def test_failing(sesfake):
            send()
            assert 1 == 2

        def test_last(sesfake):
            send()
        """,
        "-x",
    )
    assert list(page.tests) == ["test_first", "test_failing"]


def test_mail_of_setup_and_teardown_belongs_to_the_test(report: Reported) -> None:
    page = report(
        """
        import pytest
        from mailer import send

        @pytest.fixture
        def around(sesfake):
            send(subject="Before")
            yield
            send(subject="After")

        def test_it(around):
            send(subject="Within")
        """
    )
    assert page.subjects("test_it") == ["Before", "Within", "After"]


def test_each_test_that_shares_a_fake_has_its_own_mail_only(report: Reported, pytester: pytest.Pytester) -> None:
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
    page = report(
        """
        from mailer import send

        def test_first(sesfake):
            send(subject="First")

        def test_second(sesfake):
            send(subject="Second")
        """
    )
    assert (page.subjects("test_first"), page.subjects("test_second")) == (["First"], ["Second"])


def test_without_the_option_nothing_is_made(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "record", lambda _: 1 / 0)
    run("from mailer import send\ndef test_it(sesfake): send()").assert_outcomes(passed=1)


def test_a_page_is_written_too_when_no_test_used_the_fake(report: Reported) -> None:
    assert report("def test_it(): pass").run["tests"] == []


def test_collecting_alone_writes_nothing(run: Run, pytester: pytest.Pytester) -> None:
    run(SEVERAL, OPTION, "--collect-only")
    assert not (pytester.path / "out").exists()


def test_the_end_of_the_run_tells_where_the_page_is(run: Run) -> None:
    run(SEVERAL, OPTION).stdout.fnmatch_lines(["sesfake: report of 13 messages of 9 tests in out/mail.html"])


def test_a_path_that_is_a_folder_is_a_usage_error(run: Run, pytester: pytest.Pytester) -> None:
    pytester.mkdir("out")
    result = run(SEVERAL, "--sesfake-report=out")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--sesfake-report takes the path of a file, but 'out' is a folder*"])


def test_a_page_that_cannot_be_written_fails_no_test(run: Run, pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("out").write_text("a file where a folder should be", encoding="utf-8")
    result = run(SEVERAL, OPTION)
    result.assert_outcomes(passed=7, failed=2, xfailed=1)
    result.stdout.fnmatch_lines(["sesfake: the report could not be written: *"])


def test_mail_that_cannot_be_shown_ends_no_run(report: Reported, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "parse", lambda _: 1 / 0)
    page = report("from mailer import send\ndef test_it(sesfake): send()")
    assert page.tests["test_it"]["lost"] == "The data of this test cannot be shown. ZeroDivisionError: division by zero"


def test_what_a_refused_call_asked_for_is_there_without_its_secrets(report: Reported) -> None:
    page = report(
        """
        import pytest

        def test_it(sesfake):
            sesfake.on(operation="PutAccountDetails").fail("BadRequestException", "Key AKIAIOSFODNN7EXAMPLE")
            with pytest.raises(Exception, match="AKIA"):
                sesfake.client().put_account_details(
                    MailType="MARKETING",
                    WebsiteURL="https://x.example/unsubscribe/u-81",
                    UseCaseDescription="News.",
                )
        """
    )
    (call,) = page.json("t0")["calls"]
    assert (call["error"], call["text"], call["scripted"]) == ("BadRequestException", "Key [redacted]", True)
    assert '"WebsiteURL": "https://x.example/unsubscribe/[redacted]"' in call["params"]


def test_fakes_that_a_test_enters_itself_are_there_in_the_order_of_what_happened(report: Reported) -> None:
    page = report(
        """
        import pytest
        from mailer import send
        from pytest_sesfake import SesFake

        def test_alone():
            with SesFake():
                send(subject="Alone")

        def test_within(sesfake):
            send(subject="Around")
            with SesFake():
                send(subject="Within")

        @pytest.fixture(scope="module")
        def mailbox():
            with SesFake() as fake:
                yield fake

        def test_shared(mailbox):
            send(subject="Shared")

        def test_idle(mailbox):
            pass

        def test_shared_again(mailbox):
            send(subject="Shared again")
        """
    )
    assert {name: page.subjects(name) for name in page.tests} == {
        "test_alone": ["Alone"],
        "test_within": ["Around", "Within"],
        "test_shared": ["Shared"],
        "test_shared_again": ["Shared again"],
    }
    assert [call["messages"] for call in page.json("t1")["calls"]] == [[0], [1]]


def test_the_page_shows_only_the_latest_of_many_fakes_of_a_test(report: Reported) -> None:
    page = report(
        """
        from mailer import send
        from pytest_sesfake import SesFake

        def test_it(sesfake):
            for number in range(60):
                with SesFake():
                    send(subject=str(number))
        """
    )
    assert page.subjects("test_it") == [str(number) for number in range(11, 60)]


def test_notifications_are_there_with_what_was_published_and_who_answered(report: Reported) -> None:
    page = report(
        """
        from pytest_sesfake import Bounce

        def handler(event, context):
            raise ValueError("AKIAIOSFODNN7EXAMPLE is no key")

        def test_it(sesfake):
            sesfake.configuration_set("shop", topic="arn:aws:sns:us-east-1:123456789012:mail", events=["Bounce"])
            sesfake.subscribe(handler, topic="arn:aws:sns:us-east-1:123456789012:mail")
            sesfake.send("ada@example.com", outcome=Bounce(), configuration_set="shop")
            sesfake.notify(check=False)
        """
    )
    bounce = page.json("t0")["notifications"][-1]
    assert (bounce["type"], bounce["recipients"], bounce["message"]) == ("Bounce", ["ada@example.com"], 0)
    assert bounce["to"] == "arn:aws:sns:us-east-1:123456789012:mail"
    assert bounce["body"]["bounce"]["bounceType"] == "Permanent"
    (answer,) = bounce["answers"]
    assert answer["who"].startswith("<handler test_it.py:")
    assert (answer["ok"], answer["said"]) == (False, "ValueError: [redacted] is no key")


def test_mail_that_came_in_is_there_with_what_the_rules_did(report: Reported) -> None:
    page = report(
        """
        def test_it(sesfake):
            client = sesfake.client("ses")
            client.create_receipt_rule_set(RuleSetName="rules")
            client.set_active_receipt_rule_set(RuleSetName="rules")
            store = {"S3Action": {"BucketName": "mail"}}
            ask = {"LambdaAction": {"FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:ask"}}
            rule = {"Name": "all", "Enabled": True, "Recipients": ["shop.example"], "Actions": [store, ask]}
            client.create_receipt_rule(RuleSetName="rules", Rule=rule)
            sesfake.lambda_function("ask", lambda event, context: 1 / 0)
            sesfake.receive(to="help@shop.example", subject="Help", attachments={"a.txt": "one"}, check=False)
            sesfake.receive(to="nobody@example.org", subject="Lost")
        """
    )
    taken, refused = page.tests["test_it"]["messages"]
    assert (taken["subject"], taken["received"], taken["is_refused"], taken["attached"]) == ("Help", True, False, 1)
    assert (refused["subject"], refused["is_refused"]) == ("Lost", True)
    shown = page.json("t0m0")
    assert [(action["type"], action["error"]) for action in shown["actions"]] == [
        ("S3", None),
        ("Lambda", "ZeroDivisionError: division by zero"),
    ]
    assert shown["actions"][1]["event"]["Records"][0]["ses"]["receipt"]["recipients"] == ["help@shop.example"]
    assert page.json("t0m1")["received"]["refused"] == ["nobody@example.org"]
