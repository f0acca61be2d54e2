"""The versions of Python that are declared are the ones that are tested and documented."""

from __future__ import annotations

import re
from configparser import ConfigParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def test_the_classifiers_tox_and_the_pages_name_the_same_pythons(root: Path, project: dict[str, Any]) -> None:
    declared = re.findall(r"Python :: 3\.(\d+)", "\n".join(project["classifiers"]))
    tox = ConfigParser()
    tox.read(root / "tox.ini", encoding="utf-8")
    (tested,) = re.findall(r"py\{([\d,]+)\}", tox["tox"]["env_list"])

    assert tested.split(",") == [f"3{minor}" for minor in declared]
    assert project["requires-python"] == f">=3.{declared[0]}"
    for page in ("README.md", "docs/reference/clients.md"):
        assert f"Python 3.{declared[0]} to 3.{declared[-1]}" in (root / page).read_text(encoding="utf-8")
    contributing = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"`tox -e py3{declared[0]}` … `py3{declared[-1]}`" in contributing
