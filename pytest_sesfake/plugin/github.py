"""What a run tells GitHub Actions: an annotation for each failed test, and the mail of failed tests in the summary.

It does so only where the ini file asks for it and the run is one of GitHub Actions.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

INI = "sesfake_github"


def is_on(config: pytest.Config) -> bool:
    """Tell whether the ini file asks for it and this is a run of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true" and bool(config.getini(INI))


class GitHub:
    """The failed tests of a run, in the process that writes for all workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._annotations: list[str] = []
        self._failures: dict[tuple[str, str], str] = {}
        self._tests: list[tuple[str, str, dict[str, Any]]] = []
        self._problem = ""

    def note(self, report: pytest.TestReport, record: dict[str, Any] | None) -> None:
        """Note how set-up, call or tear-down of a test ended. ``record`` comes with the last report of a test."""
        key = (report.nodeid, getattr(report, "worker_id", ""))
        if report.failed:
            from pytest_sesfake.report import workflow_commands
            from pytest_sesfake.report.sections import without_sections

            self._annotations.append(
                workflow_commands.error(self._file(report), self._line(report), report.nodeid, _message(report))
            )
            before = f"{self._failures[key]}\n\n" if key in self._failures else ""
            self._failures[key] = before + without_sections(report.longreprtext)
        if report.when not in ("setup", "call"):
            failure = self._failures.pop(key, None)
            if failure is not None and record is not None:
                self._tests.append((report.nodeid, failure, record))

    def write_summary(self) -> None:
        """Append the mail of failed tests to the summary of the step, if there is any."""
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if not path or not self._tests:
            return
        from pytest_sesfake.report import step_summary

        try:
            with Path(path).open("ab") as file:
                file.write(step_summary.page(self._tests).encode("utf-8", "replace"))
        except OSError as error:
            self._problem = f"sesfake: the summary of the step could not be written: {error}"

    def write_annotations(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the annotations, each on a line of its own, because only there GitHub reads them."""
        for line in self._annotations:
            terminalreporter.write_line(line)
        if self._problem:
            terminalreporter.write_line(self._problem)

    def _own_path(self, report: pytest.TestReport) -> Path:
        return self._config.rootpath / report.location[0]

    def _file(self, report: pytest.TestReport) -> str:
        """Return the file of a test, relative to the root of the repository."""
        path, root = self._own_path(report), os.environ.get("GITHUB_WORKSPACE")
        try:
            return (path.relative_to(root) if root else Path(report.location[0])).as_posix()
        except ValueError:
            return path.as_posix()

    def _line(self, report: pytest.TestReport) -> int:
        """Return the line of the test's file at which the test failed, or the first line of the test."""
        own = self._own_path(report)
        trace = getattr(report.longrepr, "reprtraceback", None)
        for entry in reversed(getattr(trace, "reprentries", ())):
            place = getattr(entry, "reprfileloc", None)
            if place is not None and self._config.invocation_params.dir / place.path == own:
                line: int = place.lineno
                return line
        # What a fake complains of has no traceback. Its text names the line of a script.
        found = re.search(rf"(?<![\w.-]){re.escape(own.name)}:(\d+)", report.longreprtext)
        return int(found[1]) if found else (report.location[1] or 0) + 1


def start(config: pytest.Config) -> GitHub | None:
    """Return what notes failed tests, ``None`` if nothing is to be written by this process."""
    return GitHub(config) if is_on(config) and not hasattr(config, "workerinput") else None


def _message(report: pytest.TestReport) -> str:
    """Return what went wrong and what the fake knows of it, without the traceback."""
    crash = getattr(report.longrepr, "reprcrash", None)
    sections = getattr(report.longrepr, "sections", ())
    told = [f"{title}\n{text}" for title, text, _ in sections if title.startswith("sesfake: ")]
    return "\n\n".join([crash.message if crash is not None else report.longreprtext, *told])
