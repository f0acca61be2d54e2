"""Every code block of README.md and docs/ runs, or says in the open why it does not.

CONTRIBUTING.md tells authors the rules, in the section "Code blocks in the documentation".
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomli

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

# The two commands of the README, each for a machine that has nothing but Python and git.
EXAMPLES = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest docs/examples"
TESTS = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest"

# What else a page may tell the reader to type: the first words of a line.
TYPED = ("git clone", "pip install pytest-sesfake", "pytest", "python -m pytest", "python -m tests.benchmarks", "tox")

FIXTURES = {"monkeypatch", "request", "tmp_path"}
# What the reader of a page has beside this plugin, and how pytest is started with it.
# pytest-asyncio has a setting that it wants said, and older versions leave a loop open. Django 6.1 and later call the
# settings of mail otherwise.
ASYNCIO = ("-p", "asyncio", "-W", "ignore:The configuration option", "-W", "ignore::ResourceWarning")
BESIDE = {
    "docs/howto/asgi.md": ASYNCIO,
    "docs/howto/asyncio.md": (*ASYNCIO, "-p", "anyio"),
    "docs/howto/django.md": ("-p", "django", "-W", "ignore:The EMAIL_", "-o", "sesfake_django=true"),
    "docs/howto/http-mocks.md": ("-p", "pytest_httpx", "-p", "respx", "-p", "requests_mock"),
    "docs/howto/live-server.md": ("-p", "django", "-p", "pytest_httpserver.pytest_plugin"),
    "docs/howto/xdist.md": ("-p", "xdist", "-n", "2"),
}
SHOWN_ONLY = {"console", "html", "http", "json", "text"}

FENCE = re.compile(
    r"(?P<indent>^[ \t]*)(?P<fence>```+)(?P<language>[^\n`]*)\n(?P<code>.*?)^[ \t]*(?P=fence)[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
EXEMPTION = re.compile(r"<!--\s*not run:(?P<reason>[^>]*?)-->\s*\Z")
FILE_NAME = re.compile(r"#\s*(?P<name>[\w/]+\.py)\s*\n")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page; ``reason`` says why it is not run."""

    line: int
    language: str
    code: str
    reason: str | None = None


def blocks(page: Path, *languages: str) -> list[Block]:
    """The blocks of a page that are run, in order, of these languages or of every one."""
    found = read(page.read_text(encoding="utf-8"))
    return [block for block in found if block.reason is None and (not languages or block.language in languages)]


def read(text: str) -> list[Block]:
    """All blocks of a text, with the exemption that stands before each."""
    found = []
    for match in FENCE.finditer(text):
        exemption = EXEMPTION.search(text, 0, match.start())
        found.append(
            Block(
                line=text.count("\n", 0, match.start("code")) + 1,
                language=match["language"].strip(),
                code=textwrap.dedent(match["code"]),
                reason=exemption["reason"].strip() if exemption else None,
            )
        )
    return found


def names_used(code: str) -> set[str]:
    """The names that a piece of code reads and does not make itself."""
    tree = ast.parse(code)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    made = {name.id for name in names if not isinstance(name.ctx, ast.Load)}
    return {name.id for name in names if isinstance(name.ctx, ast.Load)} - made


def is_fixture(name: str) -> bool:
    return name in FIXTURES or name == "sesfake" or name.startswith("sesfake_")


def files(page_blocks: list[Block]) -> dict[str, str]:
    """The Python files that a page amounts to, by name.

    A block that opens with a file's name in a comment is that file. A block with tests is a test file. A block that
    uses a fixture is the body of a test. Any other block is what the reader has read so far: it opens the files of
    all blocks after it, and is run by itself too.
    """
    written: dict[str, str] = {}
    so_far = ""
    for block in page_blocks:
        # Empty lines in front, so that a failure names the line of the page.
        shift = "\n" * max(0, block.line - 1 - so_far.count("\n"))
        fixtures = sorted(filter(is_fixture, names_used(block.code)))
        name, content = f"test_line_{block.line}.py", so_far + shift + block.code
        if named := FILE_NAME.match(block.code):
            name, content = named["name"], block.code
        elif "def test_" in block.code:
            pass
        elif fixtures:
            head = f"def test_line_{block.line}({', '.join(fixtures)}):\n"
            content = so_far + shift[1:] + head + textwrap.indent(block.code, "    ")
        else:
            so_far = content
            content += f"\n\ndef test_line_{block.line}():\n    pass\n"
        assert name not in written, f"two blocks of one page are {name}: make them two pages"
        written[name] = content
    return written


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs pytest as a reader would, with nothing in force but the plugin."""
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-p", "sesfake", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, text=True)


def pages_with(*languages: str) -> list[object]:
    """The pages that have such blocks, as parameters."""
    return [
        pytest.param(page, id=page.relative_to(ROOT).as_posix())
        for page in PAGES
        if page.exists() and blocks(page, *languages)
    ]


@pytest.mark.parametrize("page", pages_with("python"))
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    for name, content in files(blocks(page, "python")).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")

    done = run_pytest(tmp_path, "-q", *BESIDE.get(page.relative_to(ROOT).as_posix(), ()))

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", pages_with("ini", "toml"))
def test_pytest_accepts_the_configuration_of_a_page(page: Path, tmp_path: Path) -> None:
    for block in blocks(page, "ini", "toml"):
        if block.language == "ini":
            parsed = ConfigParser()
            parsed.read_string(block.code)
            name, is_for_pytest = "pytest.ini", parsed.has_section("pytest")
        else:
            name, is_for_pytest = "pyproject.toml", "pytest" in tomli.loads(block.code).get("tool", {})
        if is_for_pytest:
            folder = tmp_path / str(block.line)
            folder.mkdir()
            (folder / name).write_text(block.code, encoding="utf-8")
            done = run_pytest(folder, "--strict-config", "-c", name)
            assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout + done.stderr


@pytest.mark.parametrize("page", pages_with("bash"))
def test_a_page_tells_the_reader_to_type_what_works(page: Path, tmp_path: Path) -> None:
    known_options = set(re.findall(r"--[\w-]+", run_pytest(tmp_path, "--help").stdout))
    for block in blocks(page, "bash"):
        for line in filter(None, block.code.replace("\\\n", "").splitlines()):
            assert line in {EXAMPLES, TESTS} or line.startswith(TYPED), line
            options = {word.partition("=")[0] for word in shlex.split(line) if "sesfake" in word}
            assert {option for option in options if option.startswith("--")} <= known_options, line


@pytest.mark.parametrize("page", pages_with("json"))
def test_the_json_of_a_page_is_json(page: Path) -> None:
    for block in blocks(page, "json"):
        json.loads(block.code)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_of_a_page_has_a_language_and_every_exemption_a_reason(page: Path) -> None:
    for block in read(page.read_text(encoding="utf-8")):
        assert block.language in {"python", "ini", "toml", "bash", *SHOWN_ONLY}, f"line {block.line}"
        assert block.reason != "", f"line {block.line}: why is it not run?"


def test_the_readme_has_the_two_commands_and_the_build_runs_one_of_them() -> None:
    typed = [line for block in blocks(ROOT / "README.md", "bash") for line in block.code.splitlines()]

    assert EXAMPLES in typed
    assert TESTS in typed
    assert TESTS in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()


PAGE = """
Shown first: `inline`.

```python
def double(number):
    return 2 * number
```

```python
def test_double():
    assert double(1) == 2
```

- In a list:

  ```python
  # conftest.py
  import pytest
  ```

```python
sesfake.send("ada@example.com")
```

<!-- not run: needs a network -->
```python
import nothing_of_the_kind
```

<!-- not run: -->
```python
pass
```
"""


def test_blocks_know_their_line_and_their_exemption() -> None:
    found = read(PAGE)

    assert [block.line for block in found] == [5, 10, 17, 22, 27, 32]
    assert [block.reason for block in found] == [None, None, None, None, "needs a network", ""]
    assert found[2].code == "# conftest.py\nimport pytest\n"


def test_a_page_becomes_files_in_which_every_line_keeps_its_number() -> None:
    written = files([block for block in read(PAGE) if block.reason is None])

    assert list(written) == ["test_line_5.py", "test_line_10.py", "conftest.py", "test_line_22.py"]
    assert written["test_line_10.py"].splitlines()[4] == "def double(number):"
    assert written["test_line_10.py"].splitlines()[9] == "def test_double():"
    assert written["test_line_22.py"].splitlines()[20:] == [
        "def test_line_22(sesfake):",
        '    sesfake.send("ada@example.com")',
    ]


def test_a_failing_block_fails_its_page(tmp_path: Path) -> None:
    block = Block(line=1, language="python", code="def test_wrong(sesfake):\n    assert sesfake.outbox.one()\n")
    for name, content in files([block]).items():
        (tmp_path / name).write_text(content, encoding="utf-8")

    done = run_pytest(tmp_path, "-q")

    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "1 failed" in done.stdout
