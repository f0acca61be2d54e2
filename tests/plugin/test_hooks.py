"""The hooks that plugins and conftest files may implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

SEND = """
    import boto3

    def send(to="ada@example.com"):
        return boto3.client("sesv2", region_name="us-east-1").send_email(
            FromEmailAddress="me@example.org",
            Destination={"ToAddresses": [to]},
            Content={"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}},
        )
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run tests with a conftest file, and with a way to send mail."""

    def run(conftest: str, tests: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(mailer=SEND, test_it=tests)
        pytester.makeconftest(conftest)
        pytester.syspathinsert()
        return pytester.runpytest("-p", "no:randomly", *options)

    return run


def test_a_hook_chooses_the_outcome_after_scripts_lists_and_the_simulator(run: Run) -> None:
    result = run(
        """
        from pytest_sesfake import Bounce, Delivery

        def pytest_sesfake_outcome(message, recipient):
            assert message.subject == "Hello"
            if recipient.endswith("@gone.example"):
                return Bounce()
        """,
        """
        from mailer import send

        def test_it(sesfake):
            sesfake.on(recipient="scripted@gone.example").complain()
            sesfake.suppress("listed@gone.example")
            for to in ("scripted@gone.example", "listed@gone.example", "ada@gone.example", "ada@example.com"):
                send(to)
            assert [str(message.status[message.recipients[0]]) for message in sesfake.outbox] == [
                "Complained", "Suppressed", "Bounced", "Delivered",
            ]

        def test_the_simulator_comes_first(sesfake, monkeypatch):
            send("success@simulator.amazonses.com")
            assert sesfake.outbox.one().status["success@simulator.amazonses.com"] == "Delivered"
        """,
    )
    result.assert_outcomes(passed=2)


def test_of_several_plugins_the_first_answer_counts(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        plugin="""
        import pytest
        from pytest_sesfake import Bounce

        @pytest.hookimpl(trylast=True)
        def pytest_sesfake_outcome(message, recipient):
            return Bounce("Transient", "General")
        """
    )
    result = run(
        """
        from pytest_sesfake import Complaint

        def pytest_sesfake_outcome(message, recipient):
            return Complaint() if recipient == "ada@example.com" else None
        """,
        """
        from mailer import send

        def test_it(sesfake):
            assert sesfake.send("ada@example.com").status["ada@example.com"] == "Complained"
            assert sesfake.send("bob@example.com").status["bob@example.com"] == "Bounced"
        """,
        "-p",
        "plugin",
    )
    result.assert_outcomes(passed=1)


def test_a_rejection_by_a_plugin_meets_the_whole_message_and_uses_no_script_up(run: Run) -> None:
    result = run(
        """
        from pytest_sesfake import Rejection

        def pytest_sesfake_outcome(message, recipient):
            return Rejection() if recipient.startswith("virus") else None
        """,
        """
        def test_it(sesfake):
            sesfake.on(recipient="ada@example.com").complain()
            message = sesfake.send(["ada@example.com", "virus@example.com"])
            assert set(message.status.values()) == {"Rejected"}
            assert sesfake.send("ada@example.com").status["ada@example.com"] == "Complained"
        """,
    )
    result.assert_outcomes(passed=1)


def test_the_hooks_of_the_test_s_own_folder_are_called_and_no_others(run: Run, pytester: pytest.Pytester) -> None:
    for folder, outcome in (("bounces", "Bounce"), ("complains", "Complaint")):
        pytester.mkdir(folder)
        (pytester.path / folder / "conftest.py").write_text(
            f"from pytest_sesfake import {outcome}\n\ndef pytest_sesfake_outcome(recipient):\n    return {outcome}()\n",
            encoding="utf-8",
        )
        (pytester.path / folder / f"test_{folder}.py").write_text(
            "def test_it(sesfake):\n"
            "    message = sesfake.send('ada@example.com')\n"
            f"    assert message.events[-1].type == '{outcome}'\n",
            encoding="utf-8",
        )
    result = run(
        "",
        """
        def test_it(sesfake):
            assert sesfake.send("ada@example.com").status["ada@example.com"] == "Delivered"
        """,
    )
    result.assert_outcomes(passed=3)


def test_messages_and_events_are_seen_in_order_after_the_call_was_answered(run: Run) -> None:
    result = run(
        """
        import threading
        seen = []

        def pytest_sesfake_message(message):
            seen.append(("message", message.subject, threading.current_thread().name))

        def pytest_sesfake_event(event):
            free = event.message.region_state.simulation.lock.acquire(blocking=False)
            assert free
            event.message.region_state.simulation.lock.release()
            seen.append((event.type, event.recipients))
        """,
        """
        from conftest import seen
        from mailer import send

        def test_it(sesfake):
            sesfake.on(recipient="ada@example.com").complain(after=60)
            send()
            assert seen == [
                ("message", "Hello", "MainThread"),
                ("Send", ("ada@example.com",)),
                ("Delivery", ("ada@example.com",)),
            ]
            sesfake.clock.advance(minutes=1)
            assert seen[3:] == [("Complaint", ("ada@example.com",))]
            seen.clear()

        def test_what_was_not_seen_yet_is_seen_at_the_end(sesfake):
            sesfake.on(recipient="ada@example.com").complain(after=0.01)
            send()
            import time; time.sleep(0.02)
            assert sesfake.events.last("Complaint")
            assert len(seen) == 3

        def test_it_was(sesfake):
            assert seen[3:] == [("Complaint", ("ada@example.com",))]
        """,
    )
    result.assert_outcomes(passed=3)


def test_a_hook_that_sends_mail_is_called_for_that_mail(run: Run) -> None:
    result = run(
        """
        seen = []

        def pytest_sesfake_event(event):
            from mailer import send
            seen.append((event.type, event.recipients[0]))
            if event.recipients[0] == "ada@example.com" and event.type == "Delivery":
                send("postmaster@example.com")
        """,
        """
        from conftest import seen
        from mailer import send

        def test_it(sesfake):
            send()
            assert [address for _, address in seen] == ["ada@example.com"] * 2 + ["postmaster@example.com"] * 2
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_plugin_sets_every_fake_up_again_when_it_is_started_over(run: Run) -> None:
    result = run(
        """
        def pytest_sesfake_configure(sesfake):
            sesfake.suppress("closed@example.com")
            sesfake.client("ses").verify_email_identity(EmailAddress="me@example.com")
            sesfake.on(recipient="*@example.com").bounce("Transient", "General")
            sesfake.on(recipient="never@example.com").complain()
        """,
        """
        from pytest_sesfake import Complaint
        import pytest

        def test_it(sesfake):
            assert sesfake.client("ses").list_identities()["Identities"] == ["me@example.com"]
            assert sesfake.send("closed@example.com").status["closed@example.com"] == "Suppressed"
            with sesfake.fresh():
                assert sesfake.send("closed@example.com").status["closed@example.com"] == "Suppressed"

        def test_scripts_of_the_test_come_first(sesfake):
            sesfake.on(recipient="*@example.com").complain()
            assert sesfake.send("ada@example.com").status["ada@example.com"] == "Complained"

        @pytest.mark.sesfake(outcomes={"*@example.com": Complaint()})
        def test_and_those_of_the_marker(sesfake):
            assert sesfake.send("ada@example.com").status["ada@example.com"] == "Complained"
        """,
    )
    result.assert_outcomes(passed=3)


@pytest.mark.parametrize(
    "hook,text",
    [
        (
            "def pytest_sesfake_outcome(message, recipient): return 'Bounce'",
            "sesfake: *_outcome of conftest.py:1 returned 'Bounce' for ada@example.com; it must return an outcome *",
        ),
        (
            "from pytest_sesfake import Click\ndef pytest_sesfake_outcome(message, recipient): return Click()",
            "sesfake: *_outcome of conftest.py:2 returned Click(*) for *; Click(*) cannot happen: the message has no *",
        ),
        (
            "def pytest_sesfake_outcome(message, recipient): return 1 / 0",
            "sesfake: pytest_sesfake_outcome of conftest.py:1 raised ZeroDivisionError: division by zero",
        ),
        (
            "def pytest_sesfake_message(message): assert message.subject == 'Bye'",
            "sesfake: pytest_sesfake_message of conftest.py:1 raised AssertionError: *",
        ),
        (
            "import pytest\ndef pytest_sesfake_event(event): pytest.fail('no mail today')",
            "sesfake: pytest_sesfake_event of conftest.py:2 raised Failed: no mail today",
        ),
    ],
)
def test_an_error_in_a_hook_fails_the_test_and_not_the_call_and_names_the_hook(run: Run, hook: str, text: str) -> None:
    result = run(
        hook,
        """
        from mailer import send

        def test_it(sesfake):
            assert send()["MessageId"]
            assert sesfake.outbox.one().status["ada@example.com"] == "Delivered"
            assert sesfake.problems
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([text.replace("[", "[[]")])


def test_of_several_plugins_the_one_that_went_wrong_is_named(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        plugin="def pytest_sesfake_outcome(recipient):\n    return 'spam' if 'bob' in recipient else None"
    )
    result = run(
        "def pytest_sesfake_outcome(recipient):\n    return None",
        """
        from mailer import send

        def test_it(sesfake):
            send()
            send("bob@example.com")
        """,
        "-p",
        "plugin",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["sesfake: pytest_sesfake_outcome of plugin (plugin.py:1) returned 'spam' for bob@*"])


def test_a_plugin_that_cannot_set_a_fake_up_fails_the_test_and_leaves_nothing_behind(run: Run) -> None:
    result = run(
        """
        import os
        before = dict(os.environ)

        def pytest_sesfake_configure(sesfake):
            sesfake.suppress("ada@example.com", "ANGER")
        """,
        """
        import os

        def test_it(sesfake):
            pass

        def test_without():
            from conftest import before
            assert {k: v for k, v in os.environ.items() if k.startswith("AWS")} == {
                k: v for k, v in before.items() if k.startswith("AWS")
            }
        """,
    )
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(
        ["*HookError: pytest_sesfake_configure of conftest.py:4 raised ValueError: suppress() takes the reason *"]
    )


def test_pytest_reports_an_unknown_hook(run: Run) -> None:
    result = run("def pytest_sesfake_mesage(message): pass", "def test_it(): pass")

    assert result.ret != 0
    result.stdout.fnmatch_lines(["*unknown hook 'pytest_sesfake_mesage'*"])
