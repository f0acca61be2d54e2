"""The AWS CLI is answered in this process, and in one of its own by the endpoint; without a fake it is blocked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import RealSesBlockedError
from pytest_sesfake.transports import guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import SesFake
    from pytest_sesfake.fake.listeners import Endpoint

    Run = Callable[..., tuple[int, str, str]]

V1 = ("ses", "send-email", "--from", "me@example.com", "--to", "ada@example.com", "--subject", "Hi", "--text", "Hello")
SIMPLE = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}}
V2 = (
    *("sesv2", "send-email", "--from-email-address", "me@example.com", "--destination", "ToAddresses=ada@example.com"),
    *("--content", json.dumps(SIMPLE)),
)
MISSING = ("sesv2", "get-email-identity", "--email-identity", "nobody.example")


@pytest.fixture
def aws(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The AWS CLI in this process: its exit status, and what it says."""
    monkeypatch.setenv("AWS_DATA_PATH", "")  # which it sets when it is imported
    driver: Any = pytest.importorskip("awscli.clidriver", reason="the AWS CLI is not installed; tox -e cli installs it")
    monkeypatch.setenv("AWS_DATA_PATH", str(Path(driver.__file__).parent / "data"))

    def run(*arguments: str) -> tuple[int, str, str]:
        status: int = driver.create_clidriver().main(list(arguments))
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def aws_in_a_process_of_its_own(sesfake_endpoint: Endpoint) -> Run:
    """The AWS CLI as a command: its exit status, and what it says."""
    if find_spec("awscli") is None:
        pytest.skip("the AWS CLI is not installed; tox -e cli installs it")
    command = shutil.which("aws", path=str(Path(sys.executable).parent))
    assert command is not None
    assert os.environ["AWS_ENDPOINT_URL_SES"] == sesfake_endpoint.url

    def run(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run([command, *arguments], capture_output=True, check=False, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.parametrize("how", ["aws", "aws_in_a_process_of_its_own"])
@pytest.mark.parametrize("arguments", [V1, V2], ids=["v1", "v2"])
def test_it_sends(request: pytest.FixtureRequest, sesfake: SesFake, how: str, arguments: tuple[str, ...]) -> None:
    status, out, err = request.getfixturevalue(how)(*arguments, "--region", "eu-west-1")

    message = sesfake.outbox.one(to="ada@example.com", subject="Hi", text="Hello")
    assert (status, err) == (0, "")
    assert json.loads(out)["MessageId"] == message.id
    assert (message.api, message.region) == (arguments[0], "eu-west-1")


@pytest.mark.parametrize("how", ["aws", "aws_in_a_process_of_its_own"])
def test_it_fails_as_ses_says(request: pytest.FixtureRequest, sesfake: SesFake, how: str) -> None:
    sesfake.on(operation="SendEmail").fail("MessageRejected", "No, thank you.")
    run = request.getfixturevalue(how)
    refused, missing = run(*V1), run(*MISSING)

    assert refused[0] != 0
    assert "An error occurred (MessageRejected) when calling the SendEmail operation: No, thank you." in refused[2]
    assert missing[0] != 0
    assert "An error occurred (NotFoundException)" in missing[2]


def test_its_own_retries_move_the_clock(aws: Run, sesfake: SesFake) -> None:
    sesfake.on(operation="SendEmail").throttle(attempts=2)
    before = sesfake.clock.now()

    assert aws(*V1)[0] == 0
    assert sesfake.calls.one().attempts == 3
    assert sesfake.clock.now() > before


def test_without_a_fake_it_is_blocked(aws: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with pytest.raises(RealSesBlockedError, match=r"SES SendEmail at tests/plugin/test_aws_cli\.py:\d+ in .*eu-west-1"):
        aws(*V1, "--region", "eu-west-1")
    assert len(guard.take()) == 1
