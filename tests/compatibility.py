"""`python -m tests.compatibility`: whether pip can install this package beside releases of others that hold botocore.

It asks a package index, needs pip 26 or later, and takes some minutes. It prints the table of
`docs/reference/compatibility.md`; `--write` puts the table into the page.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/reference/compatibility.md"
MARKED = re.compile(r"(<!-- releases -->\n).*?(<!-- /releases -->)", re.DOTALL)
PACKAGES = (
    "moto", "aiobotocore", "aioboto3", "awscli", "s3fs", "django-ses", "django-anymail[amazon-ses]",
)  # fmt: skip
YEARS = (0, 1, 2)  # the newest release of today, of a year ago and of two years ago
CONFLICT = "ResolutionImpossible"


class Row(NamedTuple):
    """A release, and the botocore that pip installs with it and this package: ``None`` where it finds none."""

    package: str
    version: str
    newest_on: date
    botocore: str | None


def rows(today: date) -> Iterator[Row]:
    """Ask pip for one release after the other; a package without a new release in a year has fewer rows."""
    for package in PACKAGES:
        seen = set()
        for years in YEARS:
            day = today - timedelta(days=365 * years)
            version = newest(package, day)
            if version not in seen:
                seen.add(version)
                yield Row(package, version, day, resolve(f"{package}=={version}"))


def newest(package: str, day: date) -> str:
    """Return the newest release of a package on a day."""
    report = install("--no-deps", "--uploaded-prior-to", f"{day}T23:59:59Z", package)
    if report is None:
        raise SystemExit(f"pip found no release of {package} before {day}")
    return versions(report)[package.partition("[")[0]]


def resolve(requirement: str) -> str | None:
    """Return the botocore that pip would install with a release and this package."""
    report = install(str(ROOT), requirement)
    return None if report is None else versions(report)["botocore"]


def versions(report: dict[str, Any]) -> dict[str, str]:
    """Return the version of every package in a report of pip."""
    found = [each["metadata"] for each in report["install"]]
    return {re.sub(r"[-_.]+", "-", each["name"]).lower(): each["version"] for each in found}


def install(*arguments: str) -> dict[str, Any] | None:
    """Return pip's report on what it would install, ``None`` where the requirements exclude each other."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        report: dict[str, Any] = json.loads(done.stdout)
        return report
    if CONFLICT in done.stderr:
        return None
    raise SystemExit(f"pip failed for {' '.join(arguments)}:\n{done.stderr}")


def section(found: list[Row], today: date) -> str:
    """Return the table, and when and with which Python it was made."""
    head = ["| package | release | newest on | installs | botocore |", "|---|---|---|---|---|"]
    lines = [
        f"| {package} | {version} | {day} | {f'yes | {botocore}' if botocore else 'no | none'} |"
        for package, version, day, botocore in found
    ]
    made = f"Made on {today} with Python {platform.python_version()}."
    return "\n".join([*head, *lines, "", made])


def page(section: str) -> str:
    """Return the page with the table in its place."""
    text = PAGE.read_text(encoding="utf-8")
    marked = MARKED.search(text)
    if marked is None:
        raise SystemExit(f"{PAGE.name} has no place for the table: <!-- releases --> ... <!-- /releases -->")
    return f"{text[: marked.start()]}{marked[1]}\n{section}\n\n{marked[2]}{text[marked.end() :]}"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.compatibility", description="Print the table of releases.")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reference/compatibility.md")
    options = parser.parse_args(arguments)
    today = date.today()  # noqa: DTZ011 - the day that the reader's calendar shows
    made = section(list(rows(today)), today)
    if options.write:
        PAGE.write_text(page(made), encoding="utf-8")
    else:
        sys.stdout.write(f"{made}\n")


if __name__ == "__main__":
    main()
