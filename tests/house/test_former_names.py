"""No old public name stands anywhere: in code as an attribute or a keyword, in pages as a code span."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Errors and their tests name the old names on purpose.
ON_PURPOSE = {"misuse.py", "test_misuse.py", "mistakes.py", "test_former_names.py"}
CLASSES = {"NotifyFailed", "RealSesBlocked"}
ATTRIBUTES = {"letters", "happens", "unmodelled"} | CLASSES
KEYWORDS = {"patience", "together", "at_once", "as_"}
SETTINGS_CALLS = {"SesFake", "sesfake"}  # the class and the marker
SELECTOR_CALLS = {"on", "apply"}
SPANS = re.compile(
    r"\b(letters|happens?\(|unmodelled|NotifyFailed|RealSesBlocked|patience|together|at_once|as_|sesfake_unused)(?![\w-])"
    r"|\bon\(to=|sesfake\.(?:place|stored|function)\("
)


def old_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
            yield f"{path.name}:{node.lineno}: .{node.attr}"
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            for keyword in node.keywords:
                is_selector = keyword.arg == "to" and called in SELECTOR_CALLS
                is_setting = keyword.arg == "unused" and called in SETTINGS_CALLS
                if keyword.arg in KEYWORDS or is_selector or is_setting:
                    yield f"{path.name}:{node.lineno}: {called}({keyword.arg}=)"


def test_no_code_has_an_old_public_name(repository_files: list[Path]) -> None:
    paths = [path for path in repository_files if path.suffix == ".py" and path.name not in ON_PURPOSE]

    assert paths
    assert [found for path in paths for found in old_names(path)] == []


def test_no_page_has_an_old_public_name_in_code(root: Path, repository_files: list[Path]) -> None:
    found = []
    for path in repository_files:
        if path.suffix != ".md":
            continue
        text = path.read_text(encoding="utf-8")
        blocks = re.findall(r"(?s)^```\w*\n(.*?)^```", text, flags=re.MULTILINE)
        spans = re.findall(r"`([^`\n]+)`", re.sub(r"(?sm)^```.*?^```", "", text))
        found += [
            f"{path.relative_to(root)}: {match.group()}"
            for code in (*blocks, *spans)
            for match in SPANS.finditer(code)
            if "Did you mean" not in code and "has no selector" not in code and "def test_selector" not in code
        ]

    assert found == []
