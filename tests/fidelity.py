"""`python -m tests.fidelity`: what every operation is worth, as it is said beside its function.

It prints the section of `docs/fidelity.md` that is made of it; `--write` puts that into the page.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_sesfake.operations import table
from pytest_sesfake.wire import model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_sesfake.operations.table import Does, OperationEntry

PAGE = Path(__file__).parents[1] / "docs/fidelity.md"
MARKED = re.compile(r"(<!-- operations -->\n).*?(<!-- /operations -->)", re.DOTALL)
VERSIONS = {"ses": "v1", "sesv2": "v2"}
WORDS: dict[Does, str] = {"modelled": "modelled", "computed": "computed", "stored": "stored only"}


def section() -> str:
    """The section: how many operations are what, and a table for each file of operations."""
    entries = table.load()
    counted = Counter(entry.does for entry in entries.values())
    total = ", ".join(f"{counted[does]} {word}" for does, word in WORDS.items())
    files: dict[str, list[tuple[str, str, OperationEntry]]] = {}
    for (api, name), entry in entries.items():
        files.setdefault(entry.function.__module__, []).append((api, name, entry))
    parts = [f"{len(entries)} operations: {total}.", *(part(name, files[name]) for name in sorted(files))]
    return "\n\n".join(parts)


def part(module: str, found: list[tuple[str, str, OperationEntry]]) -> str:
    """The table of one file, in the order in which its functions stand there."""
    found.sort(key=lambda each: (each[2].function.__code__.co_firstlineno, each[0]))
    title = first_line(sys.modules[module].__doc__)
    rows = [
        f"| {VERSIONS[api]} `{name}` | {first_line(entry.function.__doc__)} | {how(api, name, entry)} "
        f"| {', '.join(entry.texts) or 'none'} |"
        for api, name, entry in found
    ]
    head = ["| operation | what it does | how | its texts |", "|---|---|---|---|"]
    return "\n".join([f"### {title.removesuffix('.')}", "", *head, *rows])


def how(api: str, name: str, entry: OperationEntry) -> str:
    """What an operation is, with the parameters that are less."""
    asked = model.api(api).operations[name].input
    without = [member for member in (asked.members if asked else ()) if member not in entry.accepts]
    return "; ".join(
        [
            WORDS[entry.does],
            *noted(entry.keeps, "stored only"),
            *noted(without, "without effect"),
        ]
    )


def noted(parameters: Iterable[str], word: str) -> Iterator[str]:
    names = ", ".join(f"`{parameter}`" for parameter in parameters)
    if names:
        yield f"{names} {word}"


def first_line(docstring: str | None) -> str:
    return inspect.cleandoc(docstring or "").partition("\n")[0].replace("|", "\\|")


def page() -> str:
    """The page with the section in its place."""
    text = PAGE.read_text(encoding="utf-8")
    marked = MARKED.search(text)
    if marked is None:
        raise SystemExit(f"{PAGE.name} has no place for the table: <!-- operations --> ... <!-- /operations -->")
    return f"{text[: marked.start()]}{marked[1]}\n{section()}\n\n{marked[2]}{text[marked.end() :]}"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fidelity", description="Print the table of operations.")
    parser.add_argument("--write", action="store_true", help="put the table into docs/fidelity.md")
    if parser.parse_args(arguments).write:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(f"{section()}\n")


if __name__ == "__main__":
    main()
