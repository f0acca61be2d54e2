"""The failures that `docs/reference/failures.md` shows are what pytest says, word for word.

Each situation is a heading, a test that fails, and its text. The text of a test whose name begins with ``test_causes``
has the section with possible causes too. ``python tests/reading/test_failures_page.py`` writes the
texts anew, for an author who changed one and looks at the difference.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/reference/failures.md"
FEWEST = 30

# What stands above each test of the page, which would not fit for its shortness.
HEAD = "import pytest\nfrom app import mail\n\n\n"

TELLER = """
import json

TOLD = {}


def pytest_runtest_logreport(report):
    if report.failed and report.nodeid not in TOLD:
        crash = getattr(report.longrepr, "reprcrash", None)
        TOLD[report.nodeid] = crash.message if crash else report.longreprtext
        if "::test_causes" in report.nodeid:
            for title, content, _ in report.longrepr.sections:
                if "possible cause" in title:
                    TOLD[report.nodeid] += f"\\n--- {title} ---\\n{content}"


def pytest_unconfigure():
    with open("failures.json", "w", encoding="utf-8") as file:
        json.dump(TOLD, file)
"""

FILE = re.compile(r"```python\n# (?P<name>app|conftest)\.py\n(?P<code>.*?)```\n", re.DOTALL)
SITUATION = re.compile(
    r"^#{2,3} (?P<title>[^\n]+)\n(?P<prose>(?:(?!^#).)*?)^<!-- not run: [^\n]*-->\n"
    r"```python\n(?P<code>.*?)```\n\n```text\n(?P<text>.*?)```\n",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Situation:
    """One failure of the page."""

    title: str
    code: str
    text: str

    @property
    def name(self) -> str:
        found = re.search(r"def (test_\w+)", self.code)
        assert found, self.title
        return found[1]


def situations(page: str) -> list[Situation]:
    return [Situation(found["title"], found["code"], found["text"]) for found in SITUATION.finditer(page)]


def tell(page: str, folder: Path) -> dict[str, str]:
    """Runs the tests of a page as a reader would, and returns how each fails, by its name."""
    for found in FILE.finditer(page):
        (folder / f"{found['name']}.py").write_text(found["code"], encoding="utf-8")
    (folder / "teller.py").write_text(TELLER, encoding="utf-8")
    for situation in situations(page):
        (folder / f"{situation.name}.py").write_text(HEAD + situation.code, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(folder)}
    options = ("-q", "-c", os.devnull, "--rootdir=.", "-p", "sesfake", "-p", "teller", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *options]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, text=True)
    assert (folder / "failures.json").exists(), done.stdout + done.stderr
    failures = json.loads((folder / "failures.json").read_text(encoding="utf-8"))
    # pytest 8.0 calls its own exception by where it is defined.
    return {
        name.split("::")[-1]: text.replace("_pytest.config.exceptions.", "pytest.", 1)
        for name, text in failures.items()
    }


SITUATIONS = situations(PAGE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return tell(PAGE.read_text(encoding="utf-8"), tmp_path_factory.mktemp("failures"))


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_a_failure_of_the_page_reads_as_it_says(situation: Situation, failures: dict[str, str]) -> None:
    assert failures.get(situation.name, "it passes") + "\n" == situation.text


def test_the_page_shows_every_situation_once() -> None:
    page = PAGE.read_text(encoding="utf-8")
    names = [situation.name for situation in SITUATIONS]

    assert len(names) >= FEWEST
    assert len(set(names)) == len(names)
    assert page.count("<!-- not run:") == len(names), "a situation has not the form of the others"


def rewrite() -> None:
    """Writes the texts of the page anew."""
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        failures = tell(page, Path(folder))

    def anew(found: re.Match[str]) -> str:
        situation = Situation(found["title"], found["code"], found["text"])
        whole, text = found[0], failures.get(situation.name, "it passes")
        return whole[: found.start("text") - found.start()] + text + "\n```\n"

    PAGE.write_text(SITUATION.sub(anew, page), encoding="utf-8")


if __name__ == "__main__":
    rewrite()
