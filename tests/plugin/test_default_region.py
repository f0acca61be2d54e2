"""An application may create its clients of SES when it is imported, also where nobody has set a region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import botocore.session
import pytest

from pytest_sesfake.transports.default_region import DefaultRegion

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

APP = """
import boto3, botocore.session

clients = [
    boto3.client("sesv2"),
    boto3.client(service_name="ses"),
    boto3.Session().client("sesv2"),
    botocore.session.get_session().create_client("ses"),
]
regions = {client.meta.region_name for client in clients}

def welcome(address):
    clients[0].send_email(
        FromEmailAddress="me@example.com",
        Destination={"ToAddresses": [address]},
        Content={"Simple": {"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "Hello"}}}},
    )
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test module beside an application that creates clients when it is imported, in a process of its own."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(app=APP)
    pytester.syspathinsert()

    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        return pytester.runpytest_subprocess("-p", "pytest_sesfake.plugin", "-p", "no:cacheprovider", *options)

    return run


def test_a_client_of_a_module_needs_no_region(run: Run) -> None:
    result = run(
        "import app\n"
        "def test_one(sesfake):\n"
        "    app.welcome('ada@example.com')\n"
        "    assert app.regions == {'us-east-1'}\n"
        "    assert sesfake.outbox.one().region == 'us-east-1'\n"
    )

    result.assert_outcomes(passed=1)


def test_a_conftest_file_may_import_the_application(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsesfake_region = eu-west-1\n")
    pytester.makeconftest("import app\n")
    result = run("import app\ndef test_one():\n    assert app.regions == {'eu-west-1'}\n")

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("loading", ["command line", "conftest"])
def test_botocore_may_be_loaded_before_the_plugin(run: Run, pytester: pytest.Pytester, loading: str) -> None:
    pytester.makepyfile(early="import boto3\n")
    pytester.makeconftest("import early\npytest_plugins = ['pytest_sesfake.plugin']\n" if loading == "conftest" else "")
    source = "import app\ndef test_one():\n    assert app.regions == {'us-east-1'}\n"
    if loading == "conftest":
        pytester.makepyfile(test_it=source)
        result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    else:
        result = run(source, "-p", "early")

    result.assert_outcomes(passed=1)


def test_a_worker_of_xdist_gives_the_region_too(run: Run, pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    pytester.makeconftest("import app\n")
    source = "import app\ndef test_one():\n    assert app.regions == {'eu-west-1'}\n"
    result = run(source, "-p", "xdist", "-n", "1", "-o", "sesfake_region=eu-west-1")

    result.assert_outcomes(passed=1)


def test_a_forgotten_fixture_is_found_on_a_machine_without_any_setting_of_aws(run: Run) -> None:
    result = run("import app\ndef test_one():\n    app.welcome('ada@example.com')\n")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E*RealSesBlockedError: SESV2 SendEmail at app.py:12 in test_it.py::test_one tried to connect to *"]
    )


OTHERS = """
import os, boto3, pytest
from botocore.config import Config
from botocore.exceptions import NoRegionError

def test_other_services_still_need_a_region():
    for service in ("sqs", "sns", "pinpoint-email"):
        with pytest.raises(NoRegionError):
            boto3.client(service)

def test_the_environment_is_left_alone():
    boto3.client("ses")
    assert not [name for name in os.environ if name in ("AWS_REGION", "AWS_DEFAULT_REGION")]

def test_a_region_that_somebody_names_stays(monkeypatch, tmp_path):
    assert boto3.client("ses", "eu-west-1").meta.region_name == "eu-west-1"
    assert boto3.client("ses", config=Config(region_name="eu-west-2")).meta.region_name == "eu-west-2"
    assert boto3.Session(region_name="eu-west-3").client("sesv2").meta.region_name == "eu-west-3"
    (tmp_path / "config").write_text("[default]\\nregion = eu-north-1\\n")
    with monkeypatch.context() as patch:
        patch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        assert boto3.Session().client("ses").meta.region_name == "eu-north-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert boto3.Session().client("ses").meta.region_name == "eu-central-1"
"""


def test_nothing_but_clients_of_ses_without_a_region_is_changed(run: Run) -> None:
    run(OTHERS).assert_outcomes(passed=3)


OFF = """
import boto3, pytest
from botocore.exceptions import NoRegionError

def test_one():
    with pytest.raises(NoRegionError) as missing:
        boto3.client("sesv2")
    assert missing.value.__context__ is None
"""


@pytest.mark.parametrize("by_option", [False, True])
def test_the_ini_file_switches_it_off(run: Run, pytester: pytest.Pytester, *, by_option: bool) -> None:
    pytester.makeini("[pytest]\n" + ("" if by_option else "sesfake_default_region = false\n"))
    result = run(OFF, *(("-o", "sesfake_default_region=false") if by_option else ()))

    result.assert_outcomes(passed=1)


def test_a_name_of_a_region_in_the_wrong_key_is_a_usage_error(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsesfake_default_region = eu-west-1\n")
    pytester.makeconftest("import app\n")
    result = run("def test_one(): pass\n")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: sesfake_default_region takes true or false: invalid truth value 'eu-west-1'"])


def test_a_run_within_a_run_decides_for_itself(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    pytester.makeini("[pytest]\nsesfake_default_region = false\n")
    pytester.makepyfile(test_it=OFF)
    pytester.inline_run("-p", "no:randomly", "-p", "no:cacheprovider").assertoutcome(passed=1)

    assert botocore.session.Session().create_client("ses").meta.region_name == "us-east-1"


def test_it_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    default_region = DefaultRegion()

    def find_region() -> str:
        return "eu-west-1"

    before = botocore.session.Session.create_client
    default_region.begin(find_region)
    assert botocore.session.Session.create_client is not before
    default_region.end(find_region)
    assert botocore.session.Session.create_client is before

    def theirs(*_args: object, **_kwargs: object) -> None:
        raise NotImplementedError

    default_region.begin(find_region)
    monkeypatch.setattr(botocore.session.Session, "create_client", theirs)
    default_region.end(find_region)
    assert vars(botocore.session.Session)["create_client"] is theirs
