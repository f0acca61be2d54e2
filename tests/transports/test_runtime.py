"""The stack of call handlers, the environment variables that fakes override, and what a fake leaves behind: nothing."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING

import botocore.endpoint
import botocore.signers
import pytest

from pytest_sesfake.transports import runtime

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transports.conftest import StubCallHandler

KEY, SECRET, REGION = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"
PATCHED = [
    (botocore.endpoint, "time"),
    (botocore.endpoint.Endpoint, "_do_get_response"),
    (botocore.endpoint.Endpoint, "_needs_retry"),
    (botocore.signers.RequestSigner, "sign"),
    (socket, "getaddrinfo"),
    (socket, "gethostbyname"),
    (socket, "gethostbyname_ex"),
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
    (ssl.SSLContext, "wrap_socket"),
    (ssl.SSLContext, "wrap_bio"),
]


def test_the_innermost_call_handler_is_on_top(stub: StubCallHandler, call_handler: StubCallHandler) -> None:
    assert runtime.top() is call_handler.call_handler
    runtime.enter(stub.__class__().call_handler)
    inner = runtime.top()
    assert inner is not call_handler.call_handler
    assert inner is not None
    runtime.leave(inner)

    assert runtime.top() is call_handler.call_handler


def test_no_call_handler_is_active_between_fakes(stub: StubCallHandler) -> None:
    runtime.enter(stub.call_handler)
    runtime.leave(stub.call_handler)

    assert runtime.top() is None


def test_leaving_out_of_order_is_an_error_that_changes_nothing(call_handler: StubCallHandler) -> None:
    inner = call_handler.__class__()
    runtime.enter(inner.call_handler)
    with pytest.raises(RuntimeError, match="reverse order"):
        runtime.leave(call_handler.call_handler)
    assert runtime.top() is inner.call_handler
    runtime.leave(inner.call_handler)


def test_leaving_what_was_not_entered_is_an_error(stub: StubCallHandler) -> None:
    with pytest.raises(RuntimeError, match="reverse order"):
        runtime.leave(stub.call_handler)


class TestEnvironment:
    @pytest.fixture(autouse=True)
    def _nothing_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)

    @pytest.fixture
    def aws_files(self, _nothing_set: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, Path]:
        """Where the profile that is set may be found: the files of configuration and of credentials."""
        monkeypatch.setenv("AWS_PROFILE", "work")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
        return tmp_path / "config", tmp_path / "credentials"

    def test_credentials_and_region_are_lent_and_taken_back(self, stub: StubCallHandler) -> None:
        before = dict(os.environ)
        runtime.enter(stub.call_handler, region="eu-west-1")
        assert [os.environ.get(name) for name in (KEY, SECRET, REGION)] == ["testing", "testing", "eu-west-1"]
        runtime.leave(stub.call_handler)

        assert dict(os.environ) == before

    @pytest.mark.parametrize("name", [KEY, SECRET, "AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
    def test_credentials_that_are_set_are_left_alone(
        self, stub: StubCallHandler, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setenv(name, "mine")
        runtime.enter(stub.call_handler)
        assert {os.environ.get(KEY), os.environ.get(SECRET)} <= {None, "mine"}
        runtime.leave(stub.call_handler)

        assert os.environ[name] == "mine"

    def test_a_region_that_is_set_is_left_alone(self, stub: StubCallHandler, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(REGION, "mine")
        runtime.enter(stub.call_handler, region="eu-west-1")
        assert os.environ[REGION] == "mine"
        runtime.leave(stub.call_handler)

        assert os.environ[REGION] == "mine"

    @pytest.mark.parametrize(
        "files, overrides",
        [
            (("[profile work]\nregion = eu-north-1\n", None), None),
            (("[profile work]\nregion = eu-north-1\n", "[work]\naws_access_key_id = a\n"), None),
            ((None, "[work]\nregion = eu-north-1\n"), None),
            (("[profile work]\noutput = json\n[profile other]\nregion = eu-north-1\n", None), "eu-west-1"),
            (("[profile other]\nregion = eu-north-1\n", None), "eu-west-1"),
            (("this is no such file", "nor this"), "eu-west-1"),
            ((None, None), "eu-west-1"),
        ],
        ids=["config", "both files", "credentials", "none in it", "another's", "broken", "no file"],
    )
    def test_a_profile_is_asked_for_its_region(
        self,
        stub: StubCallHandler,
        aws_files: tuple[Path, Path],
        files: tuple[str | None, str | None],
        overrides: str | None,
    ) -> None:
        for file, text in zip(aws_files, files, strict=True):
            if text is not None:
                file.write_text(text, encoding="utf-8")
        runtime.enter(stub.call_handler, region="eu-west-1")
        assert (os.environ.get(KEY), os.environ.get(REGION)) == (None, overrides)
        runtime.leave(stub.call_handler)

        assert REGION not in os.environ

    def test_a_profile_that_changes_is_asked_anew(self, stub: StubCallHandler, aws_files: tuple[Path, Path]) -> None:
        config, _ = aws_files
        seen = []
        for text in ("", "[profile work]\nregion = eu-north-1\n", "[profile work]\n"):
            config.write_text(text, encoding="utf-8")
            runtime.enter(stub.call_handler, region="eu-west-1")
            seen.append(os.environ.get(REGION))
            runtime.leave(stub.call_handler)

        assert seen == ["eu-west-1", None, "eu-west-1"]

    def test_the_region_of_other_tools_is_passed_on(
        self, stub: StubCallHandler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_REGION", "eu-north-1")
        runtime.enter(stub.call_handler, region="eu-west-1")
        assert os.environ[REGION] == "eu-north-1"
        runtime.leave(stub.call_handler)

        assert REGION not in os.environ

    def test_an_empty_environment_variable_is_restored_as_empty(
        self, stub: StubCallHandler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(KEY, "")
        runtime.enter(stub.call_handler)
        assert os.environ[KEY] == "testing"
        runtime.leave(stub.call_handler)

        assert os.environ[KEY] == ""
        assert SECRET not in os.environ

    def test_an_inner_fake_takes_nothing_from_the_outer_one(self, stub: StubCallHandler) -> None:
        outer = stub.__class__()
        runtime.enter(outer.call_handler, region="eu-west-1")
        runtime.enter(stub.call_handler, region="us-west-2")
        assert (os.environ[KEY], os.environ[REGION]) == ("testing", "us-west-2")
        runtime.leave(stub.call_handler)
        assert (os.environ[KEY], os.environ[REGION]) == ("testing", "eu-west-1")
        runtime.leave(outer.call_handler)


def test_every_patch_is_taken_away_with_the_last_fake(stub: StubCallHandler) -> None:
    before = [vars(owner).get(name) for owner, name in PATCHED]
    runtime.enter(stub.call_handler)
    during = [vars(owner).get(name) for owner, name in PATCHED]
    runtime.leave(stub.call_handler)

    assert all(one is not other for one, other in zip(before, during, strict=True))
    assert [vars(owner).get(name) for owner, name in PATCHED] == before


def test_a_patch_that_others_hold_on_to_passes_through(stub: StubCallHandler) -> None:
    runtime.enter(stub.call_handler)
    held = socket.getaddrinfo
    alias = held("email-smtp.eu-west-1.amazonaws.com", 587)[0][4][0]
    runtime.leave(stub.call_handler)

    assert str(alias).startswith("127.")
    assert held("127.0.0.1", 80, type=socket.SOCK_STREAM) == socket.getaddrinfo(
        "127.0.0.1", 80, type=socket.SOCK_STREAM
    )


def test_what_runs_after_calls_through_sockets_can_be_waited_for(call_handler: StubCallHandler) -> None:
    assert runtime.finish(timeout=5)
    assert runtime.top() is call_handler.call_handler


def test_closing_is_no_end(stub: StubCallHandler) -> None:
    runtime.enter(stub.call_handler)
    first = runtime.smtp()
    runtime.leave(stub.call_handler)
    runtime.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((first.host, first.port), timeout=5)
    assert not os.path.exists(first.ca_file)  # noqa: PTH110 - the listener names it as a string

    runtime.enter(stub.call_handler)
    with socket.create_connection((runtime.smtp().host, runtime.smtp().port), timeout=5) as client:
        assert client.recv(3) == b"220"
    runtime.leave(stub.call_handler)


IN_A_FRESH_PYTHON = """
import sys, warnings
from pytest_sesfake.transports import runtime
from pytest_sesfake.transports.call_handler import CallHandler

assert "botocore" not in sys.modules
handler = CallHandler(handle=None, after=None, authenticate=None, submit=None, advance=None)
runtime.enter(handler)
assert not {"aiosmtpd", "trustme", "cryptography", "moto"} & set(sys.modules)
filters = list(warnings.filters)
listener = runtime.smtp()
assert "aiosmtpd" in sys.modules and warnings.filters == filters
print(listener.ca_file)
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)


def test_a_fake_starts_no_listener_that_nobody_asked_for_and_the_exit_is_clean() -> None:
    done = run(IN_A_FRESH_PYTHON)

    assert (done.returncode, done.stderr) == (0, "")
    assert not os.path.exists(done.stdout.strip())  # noqa: PTH110 - the listener names it as a string


IN_A_FORK = """
import os, smtplib, ssl
from pytest_sesfake.transports import runtime
from pytest_sesfake.transports.call_handler import CallHandler
from pytest_sesfake.wire.smtp import Reply

def send():
    with smtplib.SMTP("email-smtp.eu-west-1.amazonaws.com", 587, timeout=10) as client:
        client.starttls(context=ssl.create_default_context())
        client.login("user", "secret")
        client.sendmail("me@example.com", ["ada@example.com"], "Subject: Hello\\r\\n\\r\\n")

taken = []
handler = CallHandler(
    handle=None,
    after=lambda: None,
    authenticate=lambda login: Reply(235, ""),
    submit=lambda envelope: taken.append(envelope) or Reply(250, "Ok"),
    advance=None,
)
runtime.enter(handler)
send()
child = os.fork()
if child == 0:
    send()
    os._exit(len(taken))
_, status = os.waitpid(child, 0)
send()
print(len(taken), os.waitstatus_to_exitcode(status))
runtime.leave(handler)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_what_a_forked_child_sends_reaches_its_parent_that_goes_on() -> None:
    # A fork beside threads is what is tested; newer Pythons warn of it.
    done = run("import warnings; warnings.simplefilter('ignore', DeprecationWarning)\n" + IN_A_FORK)

    # asyncio's debug mode, a part of -X dev, writes a line about each step that a busy machine makes slow.
    said = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]
    assert (done.stdout.split(), said) == (["3", "1"], [])
