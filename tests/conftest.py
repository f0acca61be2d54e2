"""Fixtures and hooks for all tests of this repository."""

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

from newest import IS_NEWEST, lacks, needs, refuse_unknown
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
    """Let the fake fail for a response member that the model lacks, if the model is as new as the operations."""
    with pytest.MonkeyPatch.context() as patch:
        if IS_NEWEST:
            patch.setattr(model, "leave_out", refuse_unknown)
        yield


@pytest.fixture
def newest_model() -> None:
    """Skip a test of response members that older models lack."""
    if not IS_NEWEST:
        pytest.skip("this botocore is older than what the test is about")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs_model(*paths): skip the test where the installed botocore lacks SendEmail, SendEmail.Content"
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test if the installed models lack a member that its mark names."""
    for mark in item.iter_markers("needs_model"):
        for path in filter(lacks, mark.args):
            assert not IS_NEWEST, f"the newest models have no {path}: it is misspelt"
            pytest.skip(f"this botocore has no {path}")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """Skip a test if it calls an operation, or gives a parameter, that the installed older model lacks."""
    try:
        return (yield)
    except (AttributeError, KeyError, ParamValidationError) as error:
        needed = needs(error)
        if needed is None:
            raise
        pytest.skip(f"this botocore is older than what the test is about: {needed}")


@pytest.fixture(scope="session", autouse=True)
def _no_aws_settings_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide the AWS profiles, bundles and endpoints of this machine, which could change results."""
    nowhere = tmp_path_factory.mktemp("aws")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", str(nowhere / "config"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere / "credentials"))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


class Reached:
    """Attempts of this process, or of a Python that it started, to reach beyond this machine."""

    def __init__(self, note: Path) -> None:
        self._note = note

    def take(self) -> list[str]:
        """Return the attempts since the last call."""
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
    """Check at the end of the run what fixtures of modules and of the session reached."""
    yield
    assert _reached.take() == []


@pytest.fixture(autouse=True)
def reached() -> Iterator[Reached]:
    """Fail a test if code looked up a name or connected beyond this machine, during the test or before it."""
    yield _reached
    assert _reached.take() == []


@pytest.fixture(scope="session", autouse=True)
def _all_is_imported(_no_aws_settings_of_this_machine: None) -> None:
    """pytester forgets modules that were first imported inside it, and would import them a second time."""
    with SesFake() as sesfake:
        sesfake.client("ses").get_send_quota()
        sesfake.client("sesv2").get_account()
