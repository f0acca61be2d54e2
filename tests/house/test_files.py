"""Small files with names that mean something, and nothing of anybody's machine in them."""

from __future__ import annotations

import re
from pathlib import Path

MOST_LINES = 600
# What the top of a longer file says: why it is one file all the same.
REASON = "One file because"
MEANINGLESS = {"base", "common", "core", "helpers", "manager", "misc", "models", "utils"}
ON_TOP = {
    ".ci",
    ".github",
    ".gitignore",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "docs",
    "mkdocs.yml",
    "pyproject.toml",
    "pytest_sesfake",
    "tests",
    "tox.ini",
}
# A suppression of a lint rule names the rule and gives its reason, in one form.
SUPPRESSION = re.compile(r"#\s*noqa\b.*")
WITH_A_REASON = re.compile(r"# noqa: [A-Z]+\d+(, [A-Z]+\d+)* - \w.*")
# The brackets keep the patterns from finding themselves.
PRIVATE = {
    "a path of somebody's machine": re.compile(r"(?<![\w.~-])/(?:[r]oot|[h]ome|[U]sers|[w]ork)/\w|\b[A-Z]:\\[U]sers\b"),
    "the host of a package registry": re.compile(r"\b(?:[p]ypi|files\.[p]ythonhosted|[r]egistry\.npmjs)\.org\b"),
}


def python_files(files: list[Path]) -> list[Path]:
    return [path for path in files if path.suffix == ".py"]


def test_a_long_file_says_at_its_top_why_it_is_one(root: Path, repository_files: list[Path]) -> None:
    texts = {
        str(path.relative_to(root)): path.read_text(encoding="utf-8").splitlines()
        for path in python_files(repository_files)
    }

    assert texts
    long = {name: "\n".join(lines[:20]) for name, lines in texts.items() if len(lines) > MOST_LINES}
    assert [name for name, top in long.items() if REASON not in top] == []


def test_every_suppression_gives_its_reason(root: Path, repository_files: list[Path]) -> None:
    suppressions = [
        (f"{path.relative_to(root)}:{number}", found.group())
        for path in python_files(repository_files)
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (found := SUPPRESSION.search(line))
    ]

    assert suppressions
    assert [at for at, text in suppressions if not WITH_A_REASON.fullmatch(text)] == []


def test_every_file_name_means_something(root: Path, repository_files: list[Path]) -> None:
    meaningless = [
        path.relative_to(root)
        for path in python_files(repository_files)
        if MEANINGLESS & {part.removesuffix(".py").strip("_") for part in path.relative_to(root).parts}
    ]

    assert meaningless == []


def test_nothing_else_lies_on_top(root: Path, repository_files: list[Path]) -> None:
    assert {path.relative_to(root).parts[0] for path in repository_files} <= ON_TOP


def test_no_file_names_a_machine_or_a_registry(root: Path, repository_files: list[Path]) -> None:
    told = [
        f"{path.relative_to(root)}:{number}: {what}"
        for path in repository_files
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), start=1)
        for what, pattern in PRIVATE.items()
        if pattern.search(line)
    ]

    assert not told, "\n".join(told)
