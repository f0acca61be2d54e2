"""What can be imported from the package is what `docs/reference/api.md` documents.

A public name has its own heading there, in backticks and alone or beside its siblings: ``### `Bounce` ``. Headings of
members have a dot (``### `SesFake.on` ``) and name no import.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest_sesfake

if TYPE_CHECKING:
    from pathlib import Path

    from tests.house.conftest import Source

HEADING = re.compile(r"^#{2,}\s.*$", re.MULTILINE)
NAME = re.compile(r"`([A-Za-z_]\w*)(?:\([^`]*)?`")


def names_in_headings(text: str) -> list[str]:
    return [name for heading in HEADING.findall(text) for name in NAME.findall(heading)]


def test_every_public_name_is_documented_once(root: Path) -> None:
    documented = names_in_headings((root / "docs/reference/api.md").read_text(encoding="utf-8"))

    assert sorted(documented) == sorted(pytest_sesfake.__all__)


def test_every_public_name_can_be_imported_and_explains_itself() -> None:
    for name in pytest_sesfake.__all__:
        assert getattr(pytest_sesfake, name).__doc__, name


def test_a_type_checker_sees_every_public_name(sources: dict[str, Source]) -> None:
    seen = {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(sources["pytest_sesfake"].text))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        if isinstance(statement, ast.ImportFrom) and statement.module != "typing"
        for alias in statement.names
    }

    assert seen == set(pytest_sesfake.__all__)


def test_a_name_that_is_not_public_cannot_be_imported() -> None:
    assert not hasattr(pytest_sesfake, "Nonsense")


def test_headings_give_names_and_not_members() -> None:
    text = "# `Page`\n## `SesFake(region=None)`\n### `SesFake.on(...)`\n### `Bounce`, `Complaint`\ntext with `Text`\n"

    assert names_in_headings(text) == ["SesFake", "Bounce", "Complaint"]
