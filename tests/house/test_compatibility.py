"""The table of releases says what pip answered, and stands in its page."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

TODAY = date(2026, 11, 24)


@pytest.fixture
def compatibility(root: Path) -> ModuleType:
    """`python -m tests.compatibility`, which is no module that a test could import."""
    found = importlib.util.spec_from_file_location("compatibility", root / "tests/compatibility.py")
    assert found is not None
    assert found.loader is not None
    made = importlib.util.module_from_spec(found)
    found.loader.exec_module(made)
    return made


class Pip:
    """Answers in the place of pip: ``newest`` of today first, ``botocore`` by requirement, ``None`` for a conflict."""

    def __init__(self) -> None:
        self.newest = ["3.0", "2.0", "2.0"]
        self.botocore = {"moto==3.0": "1.44.8", "moto==2.0": None}
        self.failure = "ERROR: ResolutionImpossible: the requirements exclude each other"

    def run(self, command: list[str], **_kwargs: object) -> subprocess.CompletedProcess[str]:
        wanted = command[-1]
        if "--uploaded-prior-to" in command:
            return self._report({"name": "Moto", "version": self.newest.pop(0)})
        version = self.botocore[wanted]
        if version is None:
            return subprocess.CompletedProcess(command, 1, "", self.failure)
        return self._report({"name": "pytest_sesfake", "version": "0.1.0"}, {"name": "botocore", "version": version})

    @staticmethod
    def _report(*packages: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        report = {"install": [{"metadata": package} for package in packages]}
        return subprocess.CompletedProcess([], 0, json.dumps(report), "")


@pytest.fixture
def pip(compatibility: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Pip:
    made = Pip()
    monkeypatch.setattr(compatibility, "PACKAGES", ("moto",))
    monkeypatch.setattr(compatibility.subprocess, "run", made.run)
    return made


@pytest.mark.usefixtures("pip")
def test_a_release_is_asked_for_once_and_a_conflict_is_a_no(compatibility: ModuleType) -> None:
    found = list(compatibility.rows(TODAY))

    assert compatibility.section(found, TODAY).splitlines()[2:4] == [
        "| moto | 3.0 | 2026-11-24 | yes | 1.44.8 |",
        "| moto | 2.0 | 2025-11-24 | no | none |",
    ]
    assert len(found) == 2


def test_any_other_failure_of_pip_ends_the_run(compatibility: ModuleType, pip: Pip) -> None:
    pip.failure = "ERROR: no network"

    with pytest.raises(SystemExit, match="no network"):
        list(compatibility.rows(TODAY))


@pytest.mark.usefixtures("pip")
def test_the_table_is_put_in_its_place_and_nothing_else_is_touched(
    compatibility: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "compatibility.md"
    page.write_text("before\n<!-- releases -->\nold\n<!-- /releases -->\nafter\n", encoding="utf-8")
    monkeypatch.setattr(compatibility, "PAGE", page)

    compatibility.main(["--write"])

    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- releases -->\n\n| package |")
    assert text.endswith("\n\n<!-- /releases -->\nafter\n")
    assert "\nold\n" not in text


def test_the_page_shows_every_package(compatibility: ModuleType) -> None:
    text = compatibility.PAGE.read_text(encoding="utf-8")

    assert [package for package in compatibility.PACKAGES if f"\n| {package} | " not in text] == []
    assert compatibility.MARKED.search(text)
