"""Other processes and languages reach the fake through the interfaces on this machine."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING

import boto3
import httpx
import pytest

from pytest_sesfake import SesFake
from pytest_sesfake.transports import runtime

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_sesfake.fake.listeners import Endpoint, Listeners

PYTHON = """
import boto3
boto3.client("ses").send_email(
    Source="me@example.com",
    Destination={"ToAddresses": ["ada@example.com"]},
    Message={"Subject": {"Data": "From a child"}, "Body": {"Text": {"Data": "Hello"}}},
)
print(boto3.client("sesv2").get_account()["SendQuota"]["Max24HourSend"])
"""

JAVASCRIPT = """
const { SESClient, SendEmailCommand } = require("@aws-sdk/client-ses");
const { SESv2Client, SendEmailCommand: Send2, GetEmailIdentityCommand } = require("@aws-sdk/client-sesv2");
const nodemailer = require("nodemailer");
const content = { Subject: { Data: "Welcome" }, Body: { Text: { Data: "Hello" } } };

async function main() {
  const v1 = await new SESClient({}).send(new SendEmailCommand({
    Source: "me@example.com", Destination: { ToAddresses: ["v1@example.com"] }, Message: content,
  }));
  const v2Client = new SESv2Client({});
  const v2 = await v2Client.send(new Send2({
    FromEmailAddress: "me@example.com", Destination: { ToAddresses: ["v2@example.com"] },
    Content: { Simple: content },
  }));
  let error;
  try {
    await v2Client.send(new GetEmailIdentityCommand({ EmailIdentity: "nobody.example" }));
  } catch (caught) {
    error = caught.name;
  }
  const transport = nodemailer.createTransport({
    host: process.env.SMTP_HOST, port: Number(process.env.SMTP_PORT), requireTLS: true,
    auth: { user: process.env.SMTP_USER, pass: process.env.SMTP_PASSWORD },
  });
  const mail = await transport.sendMail({
    from: "me@example.com", to: "smtp@example.com", subject: "Welcome", text: "Hello",
  });
  console.log(JSON.stringify([v1.MessageId, v2.MessageId, error, mail.response]));
}

main();
"""


def test_a_child_process_finds_the_fake_by_its_environment(sesfake: SesFake, sesfake_endpoint: Endpoint) -> None:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", PYTHON],
        env={**mine, **sesfake_endpoint.env},
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.stdout.strip() == "50000.0", done.stderr
    assert sesfake.outbox.one(to="ada@example.com").subject == "From a child"
    assert [call.operation for call in sesfake.calls] == ["SendEmail", "GetAccount"]


@pytest.mark.sesfake(region="eu-central-1")
def test_a_child_process_may_as_well_inherit_the_environment(sesfake: SesFake, sesfake_endpoint: Endpoint) -> None:
    done = subprocess.run([sys.executable, "-c", PYTHON], capture_output=True, check=False, text=True)

    assert done.returncode == 0, done.stderr
    assert sesfake.outbox.one().region == "eu-central-1"
    assert os.environ["AWS_ENDPOINT_URL_SES"] == sesfake_endpoint.url


def test_no_credentials_of_the_developer_reach_a_child(sesfake_endpoint: Endpoint) -> None:
    with pytest.MonkeyPatch.context() as patch:  # undone before the fake leaves
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIADEVELOPER")
        env = sesfake_endpoint.env

    assert env["AWS_ACCESS_KEY_ID"] == "testing"
    assert "AKIADEVELOPER" not in str(env)


def test_the_environment_is_as_before_after_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import os\n"
        "import pytest\n"
        "BEFORE = dict(os.environ)\n"
        "@pytest.fixture(autouse=True)\n"
        "def _early(monkeypatch):\n"
        "    pass\n"
        "def test_it(_early, sesfake_endpoint):\n"
        "    assert os.environ['AWS_ENDPOINT_URL_SESV2'] == sesfake_endpoint.url\n"
        "def test_later():\n"
        "    ours = {name for name in os.environ if name.startswith(('AWS_', 'NODE_'))}\n"
        "    assert ours == {name for name in BEFORE if name.startswith(('AWS_', 'NODE_'))}\n"
    )
    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(passed=2)


def test_a_patch_of_the_environment_does_not_keep_overrides(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import os, pytest\n"
        "@pytest.fixture(autouse=True)\n"
        "def _early(monkeypatch):\n"
        "    assert 'AWS_ACCESS_KEY_ID' not in os.environ\n"
        "def test_it(_early, sesfake, monkeypatch):\n"
        "    monkeypatch.delenv('AWS_ACCESS_KEY_ID')\n"
        "    monkeypatch.setenv('AWS_DEFAULT_REGION', 'eu-west-1')\n"
        "def test_later():\n"
        "    assert 'AWS_DEFAULT_REGION' not in os.environ\n"
    )
    for options in ((), ("--no-sesfake-guard",)):
        pytester.runpytest_inprocess("-p", "no:randomly", *options).assert_outcomes(passed=2)


def test_in_this_process_an_endpoint_changes_nothing(sesfake: SesFake, sesfake_endpoint: Endpoint) -> None:
    client = boto3.client("sesv2")
    client.get_account()

    assert client.meta.endpoint_url == sesfake_endpoint.url
    assert sesfake.calls.one().operation == "GetAccount"


def test_the_endpoint_speaks_https_too(sesfake: SesFake, sesfake_endpoint: Endpoint) -> None:
    context = ssl.create_default_context(cafile=sesfake_endpoint.ca_file)
    answer = httpx.get(f"https://127.0.0.1:{sesfake_endpoint.tls_port}/v2/email/account", verify=context)

    assert answer.json()["SendQuota"]["Max24HourSend"] == 50_000
    assert sesfake.calls.one().operation == "GetAccount"


def test_nonsense_gets_an_error_and_the_next_client_is_served(sesfake: SesFake, sesfake_endpoint: Endpoint) -> None:
    unknown = httpx.post(f"{sesfake_endpoint.url}/", data={"Action": "Explode", "Version": "2010-12-01"})
    garbage = httpx.post(f"{sesfake_endpoint.url}/v2/email/outbound-emails", content=b"\xff\x00{")
    nowhere = httpx.delete(f"{sesfake_endpoint.url}/v2/email/nowhere")
    fine = httpx.get(f"{sesfake_endpoint.url}/v2/email/account")

    assert (unknown.status_code, garbage.status_code, nowhere.status_code, fine.status_code) == (400, 400, 404, 200)
    assert "<Code>InvalidAction</Code>" in unknown.text
    assert sesfake.problems == []


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """A folder with a script, if node finds the packages that the script needs: ``tox -e node`` installs them."""
    (tmp_path / "send.js").write_text(JAVASCRIPT, encoding="utf-8")
    node = shutil.which("node")
    names = ("@aws-sdk/client-ses", "@aws-sdk/client-sesv2", "nodemailer")
    look = ";".join(f"require.resolve({name!r})" for name in names)
    if node is None or subprocess.run([node, "-e", look], check=False, capture_output=True, cwd=tmp_path).returncode:
        reason = "node is not there, or NODE_PATH names no folder with the AWS SDK and nodemailer"
        (pytest.fail if os.environ.get("SESFAKE_REQUIRE_NODE") else pytest.skip)(reason)
    return tmp_path


def test_javascript_sends_through_both_apis_and_smtp(sesfake: SesFake, modules: Path) -> None:
    smtp = sesfake.smtp
    login = {"SMTP_HOST": "localhost", "SMTP_PORT": str(smtp.port), "SMTP_USER": smtp.username}
    done = subprocess.run(
        ["node", "send.js"],  # noqa: S607 - found above
        env={**os.environ, **sesfake.endpoint.env, **login, "SMTP_PASSWORD": smtp.password},
        cwd=modules,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    v1, v2, third = (sesfake.outbox.one(to=f"{name}@example.com") for name in ("v1", "v2", "smtp"))
    assert (v1.api, v2.api, third.api) == ("ses", "sesv2", "smtp")
    assert {v1.subject, v2.subject, third.subject} == {"Welcome"}
    for expected in (f'"{v1.id}","{v2.id}","NotFoundException"', f"250 Ok {third.id}"):
        assert expected in done.stdout


def test_listeners_of_a_session_serve_the_running_test_and_refuse_between_tests(sesfake_listeners: Listeners) -> None:
    url = f"{sesfake_listeners.endpoint.url}/v2/email/account"
    runtime.take_strays()
    with SesFake() as fake:
        assert httpx.get(url).status_code == 200
        assert fake.calls.one().operation == "GetAccount"
    assert httpx.get(url).status_code == 503
    with SesFake() as fake:
        assert httpx.get(url).status_code == 200
        assert fake.smtp.port == sesfake_listeners.smtp.port
    assert runtime.take_strays() == ["HTTP"]


def test_the_summary_names_calls_between_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import httpx\n"
        "def test_it(sesfake_listeners):\n"
        "    assert httpx.get(sesfake_listeners.endpoint.url).status_code == 503\n"
    )
    result = pytester.runpytest_inprocess()

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["sesfake: calls that came while no fake was active: 1 by HTTP"])
