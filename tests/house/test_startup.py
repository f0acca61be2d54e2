"""A test run that does not use the fake pays next to nothing for it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.house.conftest import Source

HEAVY = {"aiosmtpd", "asyncio", "botocore", "cryptography", "email", "jinja2", "requests", "responses", "ssl"}
STARTS = ("pytest_sesfake", "pytest_sesfake.plugin")

LIST_MODULES = "import sys; print(*sys.modules, sep='\\n')"
RUN_PYTEST = f"import sys, pytest; status = pytest.main(sys.argv[1:]); {LIST_MODULES}; sys.exit(status)"
UNUSED = "def test_without_mail():\n    assert 1 + 1 == 2\n"


def modules_after(code: str, *arguments: str, folder: Path) -> set[str]:
    """The modules that are loaded when a fresh Python has run the code."""
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that has the plugin installed and sends nothing."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "test_unused.py").write_text(UNUSED, encoding="utf-8")
    return tmp_path


def test_an_unused_plugin_imports_nothing_heavy(folder: Path) -> None:
    with_plugin = modules_after(RUN_PYTEST, "-q", "-p", "pytest_sesfake.plugin", folder=folder)
    without = modules_after(RUN_PYTEST, "-q", folder=folder)

    assert "pytest_sesfake.plugin" in with_plugin
    assert HEAVY & (with_plugin - without) == set()


def test_importing_the_package_imports_nothing_heavy(folder: Path) -> None:
    imported = modules_after(f"import pytest_sesfake; {LIST_MODULES}", folder=folder)
    plain = modules_after(LIST_MODULES, folder=folder)

    assert "pytest_sesfake" in imported
    assert HEAVY & (imported - plain) == set()


def test_no_module_that_is_loaded_at_the_start_asks_for_a_heavy_one(sources: dict[str, Source]) -> None:
    """Seen in the sources, because Python or pytest may have loaded one already (``email``, for metadata)."""
    loaded: set[str] = set()
    waiting = [*STARTS]
    while waiting:
        name = waiting.pop()
        if name not in loaded and name in sources:
            loaded.add(name)
            parts = name.split(".")
            waiting += [".".join(parts[:length]) for length in range(1, len(parts))]
            waiting += [found.target for found in sources[name].imports if found.when == "start"]

    assert loaded >= set(STARTS)
    assert [
        f"{sources[name].at(found.line)} imports {found.target}"
        for name in sorted(loaded)
        for found in sources[name].imports
        if found.when == "start" and found.top in HEAVY
    ] == []


def test_pytest_finds_the_plugin_by_its_entry_point() -> None:
    (point,) = entry_points(group="pytest11", name="sesfake")

    assert point.value == "pytest_sesfake.plugin"
