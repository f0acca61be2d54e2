"""A forked child sends into the outbox of its parent, and the parent's simulation answers it."""

from __future__ import annotations

import multiprocessing
import os
import smtplib
import ssl
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from pytest_sesfake import SesFake
from pytest_sesfake.transports import runtime
from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.fake.listeners import Endpoint

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
    # That is what is tested; newer Pythons warn of it.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


def in_a_child(work: Callable[[], object]) -> list[Any]:
    """Run something in a forked child, and give what it returns or raises, as text."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe()

    def run() -> None:
        try:
            theirs.send(["returned", work()])
        except BaseException as error:  # noqa: BLE001 - the parent checks it
            theirs.send(["raised", f"{type(error).__name__}: {error}"])

    child = fork.Process(target=run)
    child.start()
    child.join(30)
    assert child.exitcode == 0
    assert ours.poll(0)
    answer: list[Any] = ours.recv()
    ours.close()
    theirs.close()
    return answer


def test_a_fork_in_a_plain_script_where_nobody_has_loaded_the_modules_of_threads() -> None:
    code = (
        "import os, sys, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from pytest_sesfake import SesFake\n"
        "with SesFake() as sesfake:\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        sesfake.client('ses').get_send_quota()\n"
        "        os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "    print([call.operation for call in sesfake.calls])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True, timeout=60)

    assert (done.stdout, done.stderr) == ("['GetSendQuota']\n", "")


def test_a_childs_mail_is_in_the_outbox(sesfake: SesFake) -> None:
    client = boto3.client("sesv2", region_name="eu-west-1")
    send_email(client, "before@example.com")
    answer = in_a_child(lambda: send_email(client))
    send_email(client, "after@example.com")

    message = sesfake.outbox.one(to="ada@example.com")
    assert answer == ["returned", message.id]
    assert message.region == "eu-west-1"
    assert [call.operation for call in sesfake.calls] == ["SendEmail"] * 3
    assert sesfake.calls[1].caller is not None
    assert sesfake.calls[1].caller[0] == send_email.__code__.co_filename


def test_a_child_meets_scripts_and_errors_of_its_parent(sesfake: SesFake) -> None:
    sesfake.on(recipient="ada@example.com").bounce()
    sesfake.on(recipient="bob@example.com").fail("MessageRejected", "Not today.")
    client = boto3.client("sesv2")
    in_a_child(lambda: send_email(client))
    answer = in_a_child(lambda: send_email(client, "bob@example.com"))

    assert sesfake.events.one("Bounce").message.to[0].endswith("ada@example.com")
    assert answer[1] == (
        "MessageRejected: An error occurred (MessageRejected) when calling the SendEmail operation: Not today."
    )


def test_attempts_of_a_child_are_one_call_and_move_the_clock(sesfake: SesFake) -> None:
    sesfake.on(operation="SendEmail").throttle(attempts=2)
    client = boto3.client("sesv2", config=Config(retries={"mode": "standard", "total_max_attempts": 3}))
    before = sesfake.clock.now()
    kind, _ = in_a_child(lambda: send_email(client))

    assert kind == "returned"
    assert sesfake.calls.one().attempts == 3
    assert sesfake.clock.now() > before


def test_a_lost_answer_is_the_childs_exception(sesfake: SesFake) -> None:
    sesfake.on(operation="SendEmail").timeout()
    client = boto3.client("sesv2", config=Config(retries={"total_max_attempts": 1}))

    assert in_a_child(lambda: send_email(client))[1].startswith(f"{ReadTimeoutError.__name__}: ")


def test_smtp_and_requests_reach_the_parent_too(sesfake: SesFake) -> None:
    def both() -> int:
        with smtplib.SMTP("email-smtp.eu-west-1.amazonaws.com", 587, timeout=20) as client:
            client.starttls(context=ssl.create_default_context())
            client.login("user", "password")
            client.sendmail("me@example.com", ["ada@example.com"], "From: me@example.com\r\nSubject: By SMTP\r\n\r\n")
        return requests.get("https://email.eu-west-1.amazonaws.com/v2/email/account", timeout=20).status_code

    assert in_a_child(both) == ["returned", 200]
    assert sesfake.outbox.one(api="smtp").subject == "By SMTP"
    assert sesfake.calls.one(operation="GetAccount").region == "eu-west-1"


def test_a_child_of_a_child_reaches_the_parent(sesfake: SesFake) -> None:
    def work() -> None:
        child = os.fork()
        if child == 0:
            send_email(boto3.client("sesv2"))
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0

    assert in_a_child(work) == ["returned", None]
    assert len(sesfake.outbox) == 1


def number(count: int) -> str:
    return send_email(boto3.client("sesv2"), f"{count}@example.com")


def test_children_of_a_pool_send_side_by_side(sesfake: SesFake) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        answers = pool.map(number, range(20))
        pool.close()
        pool.join()

    assert sorted(answers) == sorted(message.id for message in sesfake.outbox)


def test_a_child_is_served_that_was_forked_while_others_send(sesfake: SesFake) -> None:
    client, go_on = boto3.client("sesv2"), threading.Event()

    def keep_sending() -> None:
        while not go_on.is_set():
            send_email(client, "thread@example.com")

    senders = [threading.Thread(target=keep_sending) for _ in range(3)]
    for sender in senders:
        sender.start()
    answers = [in_a_child(lambda: send_email(client))[0] for _ in range(5)]
    go_on.set()
    for sender in senders:
        sender.join(10)

    assert answers == ["returned"] * 5
    assert sesfake.outbox.count(to="ada@example.com") == 5


def test_a_child_meets_the_guard_where_no_fake_is_active() -> None:
    def reach() -> None:
        smtplib.SMTP("email-smtp.eu-west-1.amazonaws.com", 587, timeout=9)

    assert in_a_child(reach)[1].startswith("RealSesBlockedError: ")


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_child_that_is_no_fork_finds_the_endpoint(sesfake: SesFake, sesfake_endpoint: Endpoint, method: str) -> None:
    assert os.environ["AWS_ENDPOINT_URL_SESV2"] == sesfake_endpoint.url
    context: Any = multiprocessing.get_context(method)
    child = context.Process(target=exec, args=(CHILD,))
    child.start()
    child.join(30)

    assert child.exitcode == 0
    assert sesfake.outbox.one().subject == "Welcome"


CHILD = """
import boto3
boto3.client("sesv2").send_email(
    FromEmailAddress="me@example.com", Destination={"ToAddresses": ["ada@example.com"]},
    Content={"Simple": {"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "Hello"}}}},
)
"""


def test_a_child_may_have_a_fake_of_its_own(sesfake: SesFake) -> None:
    client = boto3.client("sesv2")

    def own() -> list[int]:
        with SesFake() as inner:
            send_email(client)
            counts = [len(inner.outbox)]
        send_email(client)
        return counts

    assert in_a_child(own) == ["returned", [1]]
    assert len(sesfake.outbox) == 1


def test_without_a_fake_a_fork_starts_nothing() -> None:
    before = runtime._runtime._parent
    assert runtime.top() is None
    kind, inside = in_a_child(lambda: runtime._runtime._parent is None and runtime._runtime._smtp is None)

    assert (kind, inside) == ("returned", True)
    assert runtime._runtime._parent is before
