"""Beside gevent and eventlet, which replace the modules that the guard and the fake patch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

PATCH = {
    "gevent": "from gevent import monkey; monkey.patch_all()",
    "eventlet": "import eventlet; eventlet.monkey_patch()",
}
USES = """
import asyncio, smtplib, socket, ssl, threading, time, urllib.error, urllib.request
import boto3, pytest, requests
from pytest_sesfake import RealSesBlockedError

HOST = "email-smtp.us-east-1.amazonaws.com"
CLIENTS = []

def send_by_boto3():
    if not CLIENTS:  # once: a client cannot be made after a patch that came after the import of boto3
        CLIENTS.append(boto3.client("sesv2", region_name="us-east-1"))
    body = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}}
    to = {"ToAddresses": ["b@example.com"]}
    CLIENTS[0].send_email(FromEmailAddress="a@example.com", Destination=to, Content=body)

def send_by_smtp(smtp, host=HOST, port=587):
    context = None if host == HOST else ssl.create_default_context(cafile=smtp.ca_file)
    with smtplib.SMTP(host, port, timeout=10) as client:
        client.starttls(context=context)
        client.login(smtp.username, smtp.password)
        client.sendmail("a@example.com", ["b@example.com"], "From: a@example.com\\r\\nSubject: Hello\\r\\n\\r\\nHello")

def check_fake(sesfake, smtp, endpoint):
    sent = len(sesfake.outbox)
    send_by_boto3()
    send_by_smtp(smtp)
    send_by_smtp(smtp, smtp.host, smtp.port)
    with smtplib.SMTP_SSL(HOST, 465, timeout=10) as client:
        assert client.ehlo()[0] == 250
    assert len(sesfake.outbox) == sent + 3
    assert requests.get(endpoint.url, timeout=10).status_code == 400
    assert requests.get("https://email.us-east-1.amazonaws.com/", timeout=10).status_code == 400
    for url in (endpoint.url, "https://email.us-east-1.amazonaws.com/"):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(url, timeout=10)

def check_threads(sesfake, smtp):
    sent, ticks = len(sesfake.outbox), []
    def tick():
        for _ in range(5):
            time.sleep(0.01)
            ticks.append(len(sesfake.outbox))
    jobs = [tick, send_by_boto3, *[lambda: send_by_smtp(smtp)] * 5]
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    sesfake.outbox.wait(sent + 6, timeout=10)
    for thread in threads:
        thread.join(10)
    assert len(ticks) == 5

def check_asyncio():
    async def look():
        return asyncio.get_running_loop()
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    asyncio.run(look())

def check_guard():
    with pytest.raises(RealSesBlockedError):
        smtplib.SMTP(HOST, 587)
    with pytest.raises(RealSesBlockedError):
        socket.create_connection((HOST, 587))
    with socket.socket() as client, pytest.raises(RealSesBlockedError):
        client.connect((HOST, 587))
"""


@pytest.fixture(params=sorted(PATCH))
def library(request: pytest.FixtureRequest) -> str:
    """A library that replaces modules; it stays out of this process."""
    name: str = request.param
    from importlib.util import find_spec

    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed; tox -e greenlets installs it")
    return name


_NOT_HERE = ("asyncio", "cacheprovider", "randomly", "socket", "rerunfailures")
# pytest loads them before a conftest can patch anything, and then it is too late for the ssl of these libraries.
_IMPORT_CLIENTS = ("pytest_httpx", "requests_mock", "respx")


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run tests in a process of their own."""

    def run(source: str, conftest: str = "", *options: str) -> pytest.RunResult:
        pytester.makepyfile(uses=USES, test_it=source)
        pytester.makeconftest(conftest)
        pytester.syspathinsert()
        alone = [word for name in (*_NOT_HERE, *_IMPORT_CLIENTS) for word in ("-p", f"no:{name}")]
        result = pytester.runpytest_subprocess(*alone, *options, timeout=120)
        output = result.stdout.str() + result.stderr.str()
        assert "INTERNALERROR" not in output
        assert "Exception ignored" not in output
        return result

    return run


def test_a_suite_without_a_fake_is_not_disturbed(run: Run, library: str) -> None:
    run("def test_it(): pass", PATCH[library]).assert_outcomes(passed=1)


def test_guard_and_fake_work_after_a_patch_in_conftest(run: Run, library: str) -> None:
    result = run(
        """
        from uses import *

        def test_guard():
            check_guard()

        def test_fake(sesfake, sesfake_smtp, sesfake_endpoint):
            check_fake(sesfake, sesfake_smtp, sesfake_endpoint)
            check_threads(sesfake, sesfake_smtp)
            check_asyncio()

        def test_guard_again():
            check_guard()

        def test_fake_again(sesfake, sesfake_smtp, sesfake_endpoint):
            check_fake(sesfake, sesfake_smtp, sesfake_endpoint)

        def test_a_fake_within_a_coroutine():
            from pytest_sesfake import SesFake

            async def send():
                with SesFake() as fake:
                    await asyncio.to_thread(send_by_smtp, fake.smtp)
                    return len(fake.outbox)
            assert asyncio.run(send()) == 1
        """,
        PATCH[library],
    )
    result.assert_outcomes(passed=5)


def test_guard_and_fake_work_after_a_patch_within_a_test(run: Run, library: str) -> None:
    result = run(
        f"""
        from uses import *

        def test_before(sesfake, sesfake_smtp, sesfake_endpoint):
            check_fake(sesfake, sesfake_smtp, sesfake_endpoint)

        def test_patch():
            check_guard()
            {PATCH[library]}
            check_guard()

        def test_after(sesfake, sesfake_smtp, sesfake_endpoint):
            check_fake(sesfake, sesfake_smtp, sesfake_endpoint)
            check_threads(sesfake, sesfake_smtp)
        """
    )
    result.assert_outcomes(passed=3)


def test_a_fake_that_is_active_survives_a_patch_and_keeps_its_ports(run: Run, library: str) -> None:
    result = run(
        f"""
        from uses import *

        def test_fake(sesfake, sesfake_smtp, sesfake_endpoint):
            check_fake(sesfake, sesfake_smtp, sesfake_endpoint)
            {PATCH[library]}
            check_fake(sesfake, sesfake_smtp, sesfake_endpoint)
            check_threads(sesfake, sesfake_smtp)
            check_asyncio()

        def test_guard():
            check_guard()
        """
    )
    result.assert_outcomes(passed=2)


def test_listeners_that_cannot_run_say_which_module_is_missing(run: Run, library: str) -> None:
    # Both libraries can leave out `select`, each with arguments of its own.
    patch = PATCH[library].replace("all()", "all(select=False)").replace("patch()", "patch(thread=True, socket=True)")
    result = run("def test_it(sesfake_smtp): pass\n\ndef test_boto3(sesfake):\n    import boto3", patch)

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [f"E *RuntimeError: {library} has replaced threads, but not select. *without arguments*"]
    )


def test_a_client_that_would_stop_every_greenlet_is_an_error(run: Run, library: str) -> None:
    result = run(
        """
        import socket
        from uses import original

        def test_it(sesfake_smtp):
            with original() as client:
                client.connect((sesfake_smtp.host, sesfake_smtp.port))
        """,
        f"""
        import socket, uses
        uses.original = socket.socket
        {PATCH[library]}
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [f"E *RuntimeError: {library} has replaced threads, but this socket is an original one*"]
    )


STRANGE = """
import _socket, socket

class Strict(type):
    def __setattr__(self, name, value):
        raise TypeError("this class cannot be changed")

socket.socket = Strict("socket", (_socket.socket,), {"__module__": "socket", "connect": lambda *_: None})
"""


@pytest.mark.parametrize("options", [(), ("-W", "error")], ids=["shown", "as an error"])
def test_what_the_guard_cannot_patch_is_one_warning_and_ends_no_run(run: Run, options: tuple[str, ...]) -> None:
    result = run("def test_one(): pass\n\ndef test_two(): pass", STRANGE, *options)

    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(["*the guard does not cover all clients*socket.socket: this class cannot be changed*"])


def test_a_socket_class_that_nobody_knows_ends_no_run(run: Run) -> None:
    run("def test_it(): pass", "import socket\nsocket.socket = type('Other', (), {'connect': None})").assert_outcomes(
        passed=1
    )
