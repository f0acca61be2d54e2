"""What every test of this repository stands on."""

from __future__ import annotations

import os
import runpy
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import freezegun
import pytest
import trustme  # noqa: F401 - pytester forgets what its runs import, and cryptography cannot be imported twice
from botocore.exceptions import ParamValidationError
from hypothesis import settings

from newest import IS_NEWEST, lacks, needs
from pytest_sesfake import SesFake
from pytest_sesfake.wire import model

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

pytest.register_assert_rewrite("expected", "destinations")

# A shared machine is slow now and then, and that is no failure of the code under test.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# freezegun looks into every loaded module; this one then makes its lazy ones, in which the time stands still for ever.
freezegun.configure(extend_ignore_list=["aws_lambda_powertools"])


@pytest.fixture(scope="session", autouse=True)
def _misspelt_members_are_found() -> Iterator[None]:
    """Make a member that the model lacks an error of ours, where the model is as new as the operations."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "refuses_unknown", IS_NEWEST)
        yield


@pytest.fixture
def newest_model() -> None:
    """Skip a test whose answer has members that older models lack."""
    if not IS_NEWEST:
        pytest.skip("this botocore is older than what the test is about")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs_model(*paths): skip the test where the installed botocore lacks SendEmail, SendEmail.Content"
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that names what it needs of the models, where the installed ones lack it."""
    for mark in item.iter_markers("needs_model"):
        for path in filter(lacks, mark.args):
            assert not IS_NEWEST, f"the newest models have no {path}: it is misspelt"
            pytest.skip(f"this botocore has no {path}")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """Skip a test that calls an operation, or gives a parameter, that an older model lacks: no client has it."""
    try:
        return (yield)
    except (AttributeError, KeyError, ParamValidationError) as error:
        needed = needs(error)
        if needed is None:
            raise
        pytest.skip(f"this botocore is older than what the test is about: {needed}")


@pytest.fixture(scope="session", autouse=True)
def _no_aws_settings_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Profiles, bundles and endpoints of whoever runs the tests must not decide how they end."""
    nowhere = tmp_path_factory.mktemp("aws")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", str(nowhere / "config"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere / "credentials"))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


class Reached:
    """What this process, or a Python that it started, reached for beyond this machine."""

    def __init__(self, note: Path) -> None:
        self._note = note

    def take(self) -> list[str]:
        """Give what was noted since the last time."""
        if not self._note.exists():
            return []
        lines = self._note.read_text(encoding="utf-8").splitlines()
        self._note.unlink()
        return lines


# Before any test is collected: applications make clients when they are imported, and those look for credentials.
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

_WATCH = Path(__file__).parent / "watch"
_reached = Reached(Path(tempfile.gettempdir()) / f"sesfake-reached-{os.getpid()}-{time.time_ns()}")
os.environ["SESFAKE_REACHED"] = str(_reached._note)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_WATCH), os.environ.get("PYTHONPATH"))))
runpy.run_path(str(_WATCH / "sitecustomize.py"))


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_reached_between_tests() -> Iterator[None]:
    """Look once more when all is over, at what fixtures of a module or the session did."""
    yield
    assert _reached.take() == []


@pytest.fixture(autouse=True)
def reached() -> Iterator[Reached]:
    """Fail the test in whose time, or before it, anybody looked a name up, or connected, beyond this machine."""
    yield _reached
    assert _reached.take() == []


@pytest.fixture(scope="session", autouse=True)
def _all_is_imported(_no_aws_settings_of_this_machine: None) -> None:
    """pytester forgets modules that were first imported inside it, and would import them a second time."""
    with SesFake() as sesfake:
        sesfake.client("ses").get_send_quota()
        sesfake.client("sesv2").get_account()
