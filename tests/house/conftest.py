"""The sources of the package, read once, with every import that they make."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pytest
import tomli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = "pytest_sesfake"

When: TypeAlias = Literal["start", "function", "typing"]


@dataclass(frozen=True)
class Import:
    """One imported module, and when the import happens: at the start, in a function, or for type checkers only."""

    target: str
    line: int
    when: When

    @property
    def top(self) -> str:
        return self.target.partition(".")[0]

    @property
    def is_ours(self) -> bool:
        return self.top == PACKAGE

    @property
    def is_third_party(self) -> bool:
        return not self.is_ours and self.top not in sys.stdlib_module_names

    @property
    def place(self) -> str:
        """The module within our package: ``wire.http``."""
        return self.target.removeprefix(PACKAGE).removeprefix(".")


@dataclass(frozen=True)
class Source:
    """One module of the package."""

    path: Path
    text: str
    modules: frozenset[str]

    @property
    def name(self) -> str:
        return name_of(self.path)

    @property
    def place(self) -> str:
        return self.name.removeprefix(PACKAGE).removeprefix(".")

    def at(self, line: int) -> str:
        return f"{self.path.relative_to(ROOT)}:{line}"

    @cached_property
    def imports(self) -> list[Import]:
        return list(self._imports_in(ast.parse(self.text), "start"))

    def _imports_in(self, node: ast.AST, when: When) -> Iterator[Import]:
        for target in self._targets(node):
            yield Import(target, getattr(node, "lineno", 0), when)
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            for hidden in node.body:
                yield from self._imports_in(hidden, "typing")
            children: Iterable[ast.AST] = node.orelse
        else:
            children = ast.iter_child_nodes(node)
            if when == "start" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                when = "function"
        for child in children:
            yield from self._imports_in(child, when)

    def _targets(self, node: ast.AST) -> list[str]:
        """The modules that one statement or call imports."""
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = self.name.split(".")
                climbs = node.level - (self.path.name == "__init__.py")
                base = ".".join([*package[: len(package) - climbs], *filter(None, [base])])
            inner = [f"{base}.{alias.name}" for alias in node.names]
            return [name if name in self.modules else base for name in inner]
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func).rpartition(".")[2]
            return [str(node.args[0].value)] if called in {"import_module", "__import__"} else []
        return []


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def sources() -> dict[str, Source]:
    """Every module of the package by its dotted name."""
    paths = {name_of(path): path for path in sorted((ROOT / PACKAGE).rglob("*.py"))}
    modules = frozenset(paths)
    return {name: Source(path, path.read_text(encoding="utf-8"), modules) for name, path in paths.items()}


@pytest.fixture
def source(sources: dict[str, Source]) -> Callable[[str, str], Source]:
    """Makes a module of the package that exists in the test only."""

    def invented(place: str, text: str) -> Source:
        path = (ROOT / PACKAGE).joinpath(*place.split(".")).with_suffix(".py")
        return Source(path, text, frozenset(sources))

    return invented


@pytest.fixture(scope="session")
def project() -> dict[str, Any]:
    """The project table of pyproject.toml."""
    table: dict[str, Any] = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


@pytest.fixture(scope="session")
def repository_files() -> list[Path]:
    """Every file that is, or would be, in the repository."""
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
