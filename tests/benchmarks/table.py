"""The table that a run prints, and its place in `docs/performance.md`."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.benchmarks.measure import Finding, Measure

PAGE = Path(__file__).parents[2] / "docs/performance.md"
MARKED = re.compile(r"(<!-- benchmark -->\n).*?(<!-- /benchmark -->)", re.DOTALL)
HEADER = ("#", "measure", "seen", "result", "to reach", "")
COMPARED = ("botocore", "moto", "smtpdfix", "aiosmtpd", "pytest")


def cells(measure: Measure, finding: Finding) -> tuple[str, ...]:
    """One row of the table."""
    seen = " · ".join(f"{name} {value}" for name, value in finding.seen.items())
    result = f"{finding.result:.2f} {finding.target.unit}"
    return measure.number, measure.title, seen, result, str(finding.target), verdict(finding)


def verdict(finding: Finding) -> str:
    return "met" if finding.target.is_met(finding.result) else "not met"


def markdown(rows: Iterable[tuple[str, ...]]) -> str:
    """The rows as a table, aligned so that it reads well in a terminal too."""
    lines = [HEADER, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    texts = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([texts[0], rule, *texts[1:]])


def machine() -> str:
    """What the numbers were taken on, without anything that tells whose it is."""
    versions = ", ".join(f"{name} {version(name)}" for name in COMPARED)
    return f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def processor() -> str:
    """The model of the processor; Linux has it in one place only."""
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        model = re.search(r"^model name\s*:\s*(.+)$", facts.read_text(encoding="utf-8"), re.MULTILINE)
        if model:
            return model[1].strip()
    return platform.processor() or platform.machine()


def write(table: str) -> None:
    """Put the table between the markers of the page."""
    text = PAGE.read_text(encoding="utf-8")
    marked = MARKED.search(text)
    if marked is None:
        raise SystemExit(f"{PAGE.name} has no place for the table: <!-- benchmark --> ... <!-- /benchmark -->")
    section = f"{marked[1]}{table}\n\nTaken on {machine()}.\n{marked[2]}"
    PAGE.write_text(text[: marked.start()] + section + text[marked.end() :], encoding="utf-8")
