"""The guard as users meet it: on by default, and off by an option, an ini key or a marker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_sesfake.transports import guard

if TYPE_CHECKING:
    from collections.abc import Iterator

REACH = """
import smtplib, socket

def reach():
    try:
        smtplib.SMTP("email-smtp.us-east-1.amazonaws.com", 587, timeout=1)
    except OSError:
        return True
"""
# Nothing of these tests may leave the machine, where the guard is off least of all.
CONFTEST = """
import socket, pytest

def refuse(host, *args, **kwargs):
    if host[0].isdigit():
        return saved(host, *args, **kwargs)
    raise socket.gaierror("no network in a test")

socket.getaddrinfo, saved = refuse, socket.getaddrinfo

def pytest_unconfigure():
    socket.getaddrinfo = saved
"""


@pytest.fixture(autouse=True)
def _project(pytester: pytest.Pytester) -> Iterator[None]:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(reaching=REACH)
    pytester.syspathinsert()
    yield
    guard.take()


def run(pytester: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=f"import pytest\nfrom reaching import reach\n{text}")
    return pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider", *options)


def test_a_test_that_reaches_for_ses_fails_and_the_summary_says_so(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_one():\n    reach()\n\ndef test_two():\n    reach()\n")

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "E*RealSesBlockedError: a connection at reaching.py:5 in test_it.py::test_one tried to connect to *",
            "E*@pytest.mark.sesfake(guard=False)*`sesfake_guard = false`*--no-sesfake-guard.",
            "sesfake: blocked on its way to the real Amazon SES: a connection at *::test_one tried to *(1 more)",
        ]
    )


def test_the_summary_shows_blocked_calls_that_a_test_swallowed(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_one():\n    with pytest.raises(BaseException):\n        reach()\n")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["sesfake: blocked on its way*in test_it.py::test_one*"])


def test_without_anything_blocked_there_is_no_word_of_it(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_one():\n    pass\n")

    result.stdout.no_fnmatch_line("*sesfake: blocked*")


def test_set_up_and_tear_down_are_guarded_too(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "@pytest.fixture(scope='session')\ndef early():\n    reach()\n\n"
        "@pytest.fixture\ndef late():\n    yield\n    reach()\n\n"
        "def test_early(early):\n    pass\n\ndef test_late(late):\n    pass\n",
    )

    result.assert_outcomes(errors=2, passed=1)


def test_the_fake_is_what_a_guarded_test_may_use(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "import smtplib\n"
        "def test_one(sesfake):\n"
        "    smtplib.SMTP('email-smtp.us-east-1.amazonaws.com', 587, timeout=9).close()\n",
    )

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "text, options",
    [
        ("@pytest.mark.sesfake(guard=False)\ndef test_one():\n    assert reach()\n", ()),
        ("pytestmark = pytest.mark.sesfake(guard=False)\ndef test_one():\n    assert reach()\n", ()),
        ("def test_one():\n    assert reach()\n", ("--no-sesfake-guard",)),
        ("def test_one():\n    assert reach()\n", ("-o", "sesfake_guard=false")),
    ],
    ids=["marker", "module", "option", "ini"],
)
def test_the_guard_can_be_switched_off(pytester: pytest.Pytester, text: str, options: tuple[str, ...]) -> None:
    result = run(pytester, text, *options)

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*sesfake: blocked*")


def test_the_nearest_marker_counts(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "pytestmark = pytest.mark.sesfake(guard=False)\n"
        "def test_off():\n    assert reach()\n\n"
        "@pytest.mark.sesfake(guard=True)\ndef test_on():\n    reach()\n",
        "--no-sesfake-guard",
    )

    result.assert_outcomes(passed=1, failed=1)


def test_a_marker_that_speaks_of_the_guard_alone_activates_no_fake(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "@pytest.mark.sesfake(guard=False)\n"
        "def test_off(request):\n    assert 'sesfake' not in request.fixturenames\n\n"
        "@pytest.mark.sesfake(guard=False, region='eu-west-1')\n"
        "def test_both(request):\n    assert 'sesfake' in request.fixturenames\n"
        "    assert request.getfixturevalue('sesfake').client().meta.region_name == 'eu-west-1'\n",
    )

    result.assert_outcomes(passed=2)


def test_a_wrong_value_is_an_error_that_names_the_test(pytester: pytest.Pytester) -> None:
    result = run(pytester, "@pytest.mark.sesfake(guard='off')\ndef test_one():\n    pass\n")

    assert result.ret != pytest.ExitCode.OK
    text = result.stdout.str() + result.stderr.str()
    assert "test_it.py::test_one: guard takes True or False, not 'off'" in text


def test_blocked_calls_of_workers_are_shown_too(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    pytester.makepyfile(test_it="from reaching import reach\ndef test_one():\n    reach()\n")
    result = pytester.runpytest_subprocess("-n1", "-p", "no:randomly", "-p", "no:cacheprovider")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["sesfake: blocked on its way*in test_it.py::test_one*"])


def test_the_ini_file_may_ask_for_the_fake_in_all_tests(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsesfake_autouse = true\n")
    result = run(
        pytester,
        "import boto3\n"
        "@pytest.fixture\ndef mail():\n"
        "    boto3.client('ses').send_email(Source='me@example.com',\n"
        "        Destination={'ToAddresses': ['ada@example.com']},\n"
        "        Message={'Subject': {'Data': 'Hi'}, 'Body': {'Text': {'Data': 'Hello'}}})\n\n"
        "def test_one(mail, request):\n"
        "    assert request.getfixturevalue('sesfake').outbox.one(subject='Hi')\n\n"
        "def test_two(sesfake):\n    assert sesfake.outbox == []\n",
    )

    result.assert_outcomes(passed=2)


INTERRUPTED = """
import signal, smtplib, boto3
from pytest_sesfake import SesFake

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what runs in the background

def test_one(sesfake, sesfake_endpoint):
    boto3.client("ses").get_send_quota()
    with SesFake(), smtplib.SMTP("email-smtp.eu-west-1.amazonaws.com", 587, timeout=9):
        signal.raise_signal(signal.SIGINT)
"""
STATE = """
import os, socket, ssl, sys
import botocore.endpoint, requests, pytest

def state():
    places = (socket, socket.socket, ssl.SSLContext, botocore.endpoint, botocore.endpoint.Endpoint, requests.Session)
    ours = [name for place in places for name, value in vars(place).items() if hasattr(value, "_sesfake_patch")]
    lent = [name for name in os.environ if name.startswith(("AWS_", "NODE_"))]
    return ours, lent, [type(finder).__name__ for finder in sys.meta_path]

before = state()

@pytest.hookimpl(trylast=True)
def pytest_unconfigure():
    print("no trace" if state() == before else f"left behind: {before} {state()}")
"""


def test_a_run_that_is_interrupted_leaves_no_trace(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(STATE)
    pytester.makepyfile(test_it=INTERRUPTED)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "ignore")

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*KeyboardInterrupt*", "no trace"])


FIRST_IMPORT = """
import sys, pytest

def test_one():
    assert not {"asyncio", "ssl"} & set(sys.modules)
    import asyncio

    async def reach():
        await asyncio.get_running_loop().getaddrinfo("email.us-east-1.amazonaws.com", 443)

    with pytest.raises(BaseException, match="tried to connect to email"):
        asyncio.run(reach())
"""


def test_a_test_may_be_the_first_to_import_asyncio(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest("")
    pytester.makepyfile(test_it=FIRST_IMPORT)
    result = pytester.runpytest_subprocess("-p", "pytest_sesfake.plugin", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*the guard does not cover all clients*")


def test_a_forgotten_fixture_is_found_without_credentials_too(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest("")
    pytester.makepyfile(
        test_it="import sys\n\n"
        "def test_one():\n"
        "    assert 'botocore' not in sys.modules\n"
        "    import boto3\n"
        "    boto3.client('ses', region_name='eu-west-1').get_send_quota()\n"
    )
    result = pytester.runpytest_subprocess("-p", "pytest_sesfake.plugin", "-p", "no:cacheprovider")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E*RealSesBlockedError: SES GetSendQuota at test_it.py:6 in *email.eu-west-1* without AWS credentials,*",
            "E*Request the fixture `sesfake` to have the fake answer*The fake needs no credentials*",
            "sesfake: blocked on its way to the real Amazon SES: SES GetSendQuota at test_it.py:6*",
        ]
    )
    result.stdout.no_fnmatch_line("*NoCredentialsError*")
