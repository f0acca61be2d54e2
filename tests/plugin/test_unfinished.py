"""What a test set up and never finished: a warning if it passed, possible causes if it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_sesfake import SesFake, SesFakeWarning

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

ADA = "ada@example.com"

# What each test does, and the warning that it gets; its script stands in line 2.
UNFINISHED = [
    (
        "sesfake.on(recipient='ada@example.com').bounce().then.deliver()\n    sesfake.send('ada@example.com')",
        (
            "test_it.py:2: on(recipient='ada@example.com'): step 2 of 2 was never reached: "
            "only one message used the script"
        ),
    ),
    (
        (
            "sesfake.on(recipient='*@example.com').deliver(times=3)\n"
            "    sesfake.send(['ada@example.com', 'bob@example.com'])\n"
            "    sesfake.send('ada@example.com')"
        ),
        "test_it.py:2: on(recipient='*@example.com'): times=3 was used twice",
    ),
    (
        (
            "sesfake.on(operation='GetAccount').throttle(times=3)\n"
            "    for _ in range(2):\n"
            "        try:\n"
            "            sesfake.client().get_account()\n"
            "        except Exception:\n"
            "            pass"
        ),
        "test_it.py:2: on(operation='GetAccount'): times=3 was used twice",
    ),
    (
        (
            "sesfake.on(operation='GetAccount').throttle(attempts=2)\n"
            "    from botocore.config import Config\n"
            "    client = sesfake.client(config=Config(retries={'total_max_attempts': 1}))\n"
            "    try:\n"
            "        client.get_account()\n"
            "    except Exception:\n"
            "        pass"
        ),
        "test_it.py:2: on(operation='GetAccount'): attempts=2, but the client made only 1 attempt",
    ),
    (
        "sesfake.on(recipient='ada@example.com').complain(after=86400)\n    sesfake.send('ada@example.com')",
        "Complaint of ada@example.com is due in 24 hours: use sesfake.clock.advance(hours=24)",
    ),
    (
        "sesfake.subscribe(lambda request: None, confirm=False)\n    sesfake.send('ada@example.com')",
        "test_it.py:2: subscribe(): 2 notifications are queued: call sesfake.notify()",
    ),
]
FINISHED = [
    "sesfake.on(recipient='ada@example.com').bounce()\n    sesfake.send('ada@example.com')",
    (
        "sesfake.on(recipient='ada@example.com').bounce().then.deliver()\n"
        "    sesfake.send('ada@example.com')\n"
        "    sesfake.send('ada@example.com')"
    ),
    "sesfake.on(operation='GetAccount').throttle(attempts=2)\n    sesfake.client().get_account()",
    (
        "sesfake.on(recipient='ada@example.com').complain(after=86400)\n"
        "    sesfake.send('ada@example.com')\n"
        "    sesfake.clock.advance(days=1)"
    ),
    "sesfake.subscribe(lambda request: None, confirm=False)\n    sesfake.send('ada@example.com')\n    sesfake.notify()",
    "sesfake.subscribe(lambda request: None, confirm=False, immediate=True)\n    sesfake.send('ada@example.com')",
    "sesfake.subscribe(lambda request: None, confirm=False)",
    "sesfake.on(recipient='ada@example.com', optional=True).complain(after=86400)\n    sesfake.send('ada@example.com')",
    "sesfake.send('ada@example.com', outcome=[__import__('pytest_sesfake').Delay(60)])",
]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        return pytester.runpytest("-p", "no:randomly", "-Wdefault", *options)

    return run


@pytest.mark.parametrize("body, text", UNFINISHED)
def test_a_passed_test_is_warned_at_the_line_of_what_it_did_not_finish(run: Run, body: str, text: str) -> None:
    result = run(f"def test_it(sesfake):\n    {body}\n")

    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines([f"*test_it.py:2: SesFakeWarning: sesfake: {text}".replace("[", "[[]")])


@pytest.mark.parametrize("body", FINISHED)
def test_a_test_that_finished_its_set_up_is_not_warned(run: Run, body: str) -> None:
    run(f"def test_it(sesfake):\n    {body}\n").assert_outcomes(passed=1)


@pytest.mark.parametrize("option", ["-Werror", "--override-ini=sesfake_unfinished=error"])
def test_unfinished_set_up_fails_the_test_if_warnings_or_the_setting_say_so(run: Run, option: str) -> None:
    body, text = UNFINISHED[0]
    result = run(f"def test_it(sesfake):\n    {body}\n\ndef test_other(sesfake):\n    pass\n", "-pno:asyncio", option)

    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines([f"*sesfake: {text}"])
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


def test_unfinished_set_up_can_be_ignored(run: Run) -> None:
    source = f"def test_it(sesfake):\n    {UNFINISHED[0][0]}\n"
    run(source, "--override-ini=sesfake_unfinished=ignore").assert_outcomes(passed=1)


def test_an_unused_script_can_be_a_warning(run: Run) -> None:
    source = "def test_it(sesfake):\n    sesfake.on(recipient='ada@example.com').bounce()\n"
    result = run(source, "--override-ini=sesfake_unused_scripts=warn")

    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(
        ["*test_it.py:2: SesFakeWarning: sesfake: test_it.py:2: on(recipient='ada@example.com') was never used: no *"]
    )


def test_what_stands_in_a_conftest_serves_many_tests_and_is_not_judged(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture
        def mail(sesfake):
            sesfake.on(recipient="ada@example.com").bounce().then.deliver()
            sesfake.subscribe(lambda request: None, confirm=False)
            return sesfake
        """
    )
    run("def test_it(mail):\n    mail.send('ada@example.com')\n").assert_outcomes(passed=1)


def test_a_fake_that_a_test_enters_itself_is_judged_when_it_is_left() -> None:
    fake = SesFake()
    fake.__enter__()
    fake.on(recipient=ADA).bounce().then.deliver()
    fake.send(ADA)

    with pytest.warns(SesFakeWarning, match="step 2 of 2 was never reached"):
        fake.__exit__(None, None, None)


@pytest.mark.parametrize("ending", ["pytest.skip('today')", "pytest.xfail('known')", "assert 1 == 2"])
def test_a_test_that_did_not_pass_is_not_warned(run: Run, ending: str) -> None:
    result = run(f"import pytest\n\ndef test_it(sesfake):\n    {UNFINISHED[0][0]}\n    {ending}\n")

    result.stdout.no_fnmatch_line("*SesFakeWarning*")


def test_a_failed_unittest_is_not_warned(run: Run) -> None:
    result = run(
        """
        import unittest
        import pytest

        class TestIt(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def give(self, sesfake):
                self.sesfake = sesfake

            def test_it(self):
                self.sesfake.on(recipient="ada@example.com").bounce().then.deliver()
                self.sesfake.send("ada@example.com")
                self.fail()
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*SesFakeWarning*")


def test_an_unused_script_is_the_error_also_where_a_warning_would_be_one(run: Run) -> None:
    result = run(
        """
        from pytest_sesfake import SesFake

        def test_it():
            with SesFake() as fake:
                fake.on(recipient="ada@example.com").bounce().then.deliver()
                fake.on(recipient="bob@example.com").bounce()
                fake.send("ada@example.com")
        """,
        "-Werror::pytest_sesfake.SesFakeWarning",
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*AssertionError: sesfake: *bob@example.com*was never used*"])


@pytest.mark.parametrize("ending, warnings", [("pass", 1), ("assert 1 == 2", 0)])
def test_a_shared_fake_is_warned_of_at_its_end_unless_a_test_that_used_it_failed(
    run: Run, ending: str, warnings: int
) -> None:
    result = run(
        f"""
        import pytest
        from pytest_sesfake import SesFake

        @pytest.fixture(scope="module")
        def sesfake():
            with SesFake() as fake:
                yield fake

        def test_it(sesfake):
            sesfake.on(recipient="ada@example.com").bounce().then.deliver()
            sesfake.send("ada@example.com")
            {ending}
        """
    )

    result.assert_outcomes(passed=int(ending == "pass"), failed=int(ending != "pass"), warnings=warnings)


# A failed test.


def test_a_failed_test_shows_possible_causes(run: Run) -> None:
    result = run(
        """
        def test_it(sesfake):
            sesfake.on(recipient="adaa@example.com").bounce()
            sesfake.on(recipient="eve@example.com").complain(after=86400)
            sesfake.subscribe(lambda request: None, confirm=False)
            sesfake.send("ada@example.com")
            sesfake.send("eve@example.com")
            sesfake.on(recipient="eve@example.com").bounce()
            assert 1 == 2
        """
    )

    result.stdout.fnmatch_lines(
        [
            "*- sesfake: 4 possible causes -*",
            (
                "test_it.py:2: on(recipient='adaa@example.com') was never used: nothing was sent to "
                "'adaa@example.com'; mail went to ada@example.com, eve@example.com"
            ),
            (
                "test_it.py:7: on(recipient='eve@example.com') was never used: it was written too late, "
                "after the message to eve@example.com was sent at *"
            ),
            "Complaint of eve@example.com is due in 24 hours: use sesfake.clock.advance(hours=24)",
            "test_it.py:4: subscribe(): 4 notifications are queued: call sesfake.notify()",
        ],
        consecutive=True,
    )


def test_a_failed_test_shows_ten_possible_causes_and_with_vv_all(run: Run) -> None:
    source = (
        "def test_it(sesfake):\n"
        "    for number in range(12):\n"
        "        sesfake.on(recipient=f'user{number}@example.com').bounce()\n"
        "    assert 1 == 2\n"
    )

    run(source).stdout.fnmatch_lines(["*- sesfake: 12 possible causes -*", "and 2 more; -vv shows all"])
    run(source, "-vv").stdout.fnmatch_lines(["*user11@example.com*never used*"])


@pytest.mark.parametrize(
    "look", ["sesfake.notifications.count()", "sesfake.subscribe(print, topic=TOPIC, target_type='request')"]
)
def test_a_failed_test_that_asked_for_notifications_is_told_why_events_were_published_nowhere(
    run: Run, look: str
) -> None:
    result = run(
        f"""
        TOPIC = "arn:aws:sns:us-east-1:123456789012:mail"

        def test_it(sesfake):
            {look}
            sesfake.send("ada@example.com")
            assert 1 == 2
        """
    )

    result.stdout.fnmatch_lines(
        [
            "*- sesfake: 1 possible cause -*",
            "Send, Delivery of ada@example.com were not published: the message has no configuration set",
        ]
    )


def test_a_failed_test_that_did_not_ask_for_notifications_is_told_nothing_of_them(run: Run) -> None:
    result = run("def test_it(sesfake):\n    sesfake.send('ada@example.com')\n    assert 1 == 2\n")

    result.stdout.no_fnmatch_line("*possible cause*")


def test_causes_are_not_repeated_when_the_unused_script_is_the_failure(run: Run) -> None:
    result = run("def test_it(sesfake):\n    sesfake.on(recipient='ada@example.com').bounce()\n")

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*possible cause*")
