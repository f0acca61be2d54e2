"""`python -m tests.benchmarks`: every measure of the house, side by side in one run.

A measure is a file in `rows/` with its ``MEASURES``. Nothing here is a test: a slow minute on a busy machine must not
turn a build red, so the table says "not met" and the exit status stays 0.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from tests.benchmarks import rows, table

if TYPE_CHECKING:
    from tests.benchmarks.measure import Measure

# What a developer's own settings say must not decide what is measured.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def measures() -> list[Measure]:
    """The measures of all files in `rows/`, by number."""
    found: list[Measure] = []
    for module in iter_modules(rows.__path__, f"{rows.__name__}."):
        found += import_module(module.name).MEASURES
    return sorted(found, key=lambda measure: (int(measure.number.rstrip("ab")), measure.number))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Print the table of measures.")
    parser.add_argument("--rows", nargs="+", metavar="N", help="only these rows")
    parser.add_argument("--rounds", type=int, help="rounds a row, in place of each row's own number")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    if options.write and (options.rows or options.rounds):
        parser.error("the page shows whole runs: --write goes alone")

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(ENVIRONMENT)

    lines = []
    for measure in measures():
        if not options.rows or measure.number in options.rows:
            print(f"{measure.number}: {measure.title} ...", file=sys.stderr)
            lines.append(table.cells(measure, measure.take(options.rounds or measure.rounds)))
    text = table.markdown(lines)
    print(f"{text}\n\n{table.machine()}")
    if options.write:
        table.write(text)


main()
