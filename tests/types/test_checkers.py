"""What type checkers say of a user's tests; mypy's strict run over the whole repository is in `tox -e types`."""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
import venv
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pytest_sesfake
from pytest_sesfake.reading.calls import Calls
from pytest_sesfake.reading.event_log import Events
from pytest_sesfake.reading.outbox import Outbox
from pytest_sesfake.reading.system_mail import SystemMailLog

if TYPE_CHECKING:
    from pytest_sesfake.reading.logs import Log

HERE = Path(__file__).parent
CHECKED = (HERE / "test_as_a_user.py", HERE / "mistakes.py")
WITHOUT_STUBS = """\
from pytest_sesfake import SesFake

def test_it(sesfake: SesFake) -> None:
    sesfake.client().get_account()
    sesfake.client("ses", region="eu-west-1").get_send_quota()
    sesfake.events.one("Bounce")
    sesfake.client("sesv3")
"""
VERBS = ("one", "all", "first", "last", "none", "count", "wait", "wait_async")


def _command(name: str) -> str:
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    found = shutil.which(name, path=beside)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_pyright_finds_nothing_in_a_users_tests_and_every_mistake(tmp_path: Path) -> None:
    configuration = {
        "include": [path.name for path in CHECKED],
        "typeCheckingMode": "strict",
        "reportUnnecessaryTypeIgnoreComment": "error",
        "pythonVersion": "3.10",
    }
    for path in CHECKED:
        shutil.copy(path, tmp_path)
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(configuration), encoding="utf-8")
    command = [_command("pyright"), "--outputjson", "--pythonpath", sys.executable, "-p", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, text=True)

    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(CHECKED)
    assert [
        f"{Path(found['file']).name}:{found['range']['start']['line'] + 1}: {found['message']}"
        for found in report["generalDiagnostics"]
    ] == []


@pytest.fixture(scope="module")
def python_without_stubs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has everything that this one has, but not the stubs of boto3's clients."""
    home = tmp_path_factory.mktemp("without_stubs")
    venv.create(home, with_pip=False)
    (packages,) = home.glob("lib/python*/site-packages")
    for place in (*map(Path, site.getsitepackages()), Path(pytest_sesfake.__file__).parent.parent):
        for found in place.iterdir():
            if not found.name.startswith(("mypy_boto3", ".", "_")) or found.name == "_pytest":
                with suppress(FileExistsError):
                    (packages / found.name).symlink_to(found)
    return home / "bin/python"


def test_without_the_stubs_of_boto3_a_client_is_any_for_pyright(tmp_path: Path, python_without_stubs: Path) -> None:
    (tmp_path / "test_it.py").write_text(WITHOUT_STUBS, encoding="utf-8")
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "standard"}), encoding="utf-8")
    command = [_command("pyright"), "--outputjson", "--pythonpath", str(python_without_stubs), "-p", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, text=True)

    found = json.loads(done.stdout)["generalDiagnostics"]
    assert {each["range"]["start"]["line"] + 1 for each in found} == {7}, found


def test_without_the_stubs_of_boto3_a_client_is_any_for_mypy(tmp_path: Path, python_without_stubs: Path) -> None:
    (tmp_path / "test_it.py").write_text(WITHOUT_STUBS, encoding="utf-8")
    command = [_command("mypy"), "--strict", "--python-executable", str(python_without_stubs), "test_it.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, text=True)

    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert [line.partition(" argument type")[0] for line in errors] == [
        'test_it.py:7: error: No overload variant of "client" of "SesFake" matches',
    ], done.stdout


@pytest.mark.parametrize("log", [Outbox, Events, Calls, SystemMailLog], ids=lambda log: log.__name__)
def test_every_verb_of_a_log_is_declared_for_type_checkers(log: type[Log[object]]) -> None:
    """They stand under TYPE_CHECKING, so that they are seen in the source only."""
    source = Path(sys.modules[log.__module__].__file__ or "").read_text(encoding="utf-8")
    declared = source[source.index(f"class {log.__name__}(") :]

    assert [verb for verb in VERBS if f" def {verb}(" not in declared] == []
