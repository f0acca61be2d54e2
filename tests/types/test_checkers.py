"""What type checkers say of a user's tests; mypy's strict run over the whole repository is in `tox -e types`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_sesfake.reading.calls import Calls
from pytest_sesfake.reading.event_log import Events
from pytest_sesfake.reading.outbox import Outbox
from pytest_sesfake.reading.system_mail import SystemMailLog

if TYPE_CHECKING:
    from pytest_sesfake.reading.logs import Log

HERE = Path(__file__).parent
CHECKED = (HERE / "test_as_a_user.py", HERE / "mistakes.py")
VERBS = ("one", "all", "first", "last", "none", "count", "wait", "wait_async")


def test_pyright_finds_nothing_in_a_users_tests_and_every_mistake(tmp_path: Path) -> None:
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    pyright = shutil.which("pyright", path=beside)
    if pyright is None:
        pytest.skip("pyright is not installed")
    configuration = {
        "include": [path.name for path in CHECKED],
        "typeCheckingMode": "strict",
        "reportUnnecessaryTypeIgnoreComment": "error",
        "pythonVersion": "3.10",
    }
    for path in CHECKED:
        shutil.copy(path, tmp_path)
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(configuration), encoding="utf-8")
    command = [pyright, "--outputjson", "--pythonpath", sys.executable, "-p", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, text=True)

    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(CHECKED)
    assert [
        f"{Path(found['file']).name}:{found['range']['start']['line'] + 1}: {found['message']}"
        for found in report["generalDiagnostics"]
    ] == []


@pytest.mark.parametrize("log", [Outbox, Events, Calls, SystemMailLog], ids=lambda log: log.__name__)
def test_every_verb_of_a_log_is_declared_for_type_checkers(log: type[Log[object]]) -> None:
    """They stand under TYPE_CHECKING, so that they are seen in the source only."""
    source = Path(sys.modules[log.__module__].__file__ or "").read_text(encoding="utf-8")
    declared = source[source.index(f"class {log.__name__}(") :]

    assert [verb for verb in VERBS if f" def {verb}(" not in declared] == []
