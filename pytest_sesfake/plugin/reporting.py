"""The reports of a run: sections in failures, the summary line, and the HTML page.

In each process, `Reporting` knows the fakes that the running test entered. When the test ends, its data travel with its
last report to the process that writes the summary and the page.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pytest

from pytest_sesfake.plugin import github, guard, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.fake.ses_fake import SesFake
    from pytest_sesfake.report.excerpt import Excerpt, LogPosition
    from pytest_sesfake.report.gather import Gathering
    from pytest_sesfake.ses.simulation import Simulation

_REPORTING = pytest.StashKey["Reporting"]()
_COUNTED = pytest.StashKey[Counter[str]]()
_FAILED = pytest.StashKey[bool]()

# The data of a test travel in this attribute of its last report, also from workers of xdist. If a worker crashes, only
# the data of its running test are lost.
_CARRIED = "_sesfake"

MOST_FAKES = 50
"""The most fakes of one test that are reported. The latest ones are kept."""


def add_options(parser: pytest.Parser) -> None:
    """Declare the command line option."""
    group = parser.getgroup("sesfake", "Amazon SES, faked (pytest-sesfake)")
    group.addoption(
        "--sesfake-report",
        metavar="PATH",
        default=None,
        help="Write a page with all mail of the run to this HTML file.",
    )


def start(config: pytest.Config) -> None:
    """Start to watch the fakes of tests."""
    reporting = config.stash[_REPORTING] = Reporting(config)
    config.pluginmanager.register(reporting, "sesfake-reporting")
    from pytest_sesfake.reading import runs

    runs.runs.append(reporting.run)


def of(config: pytest.Config) -> Reporting:
    """Return the `Reporting` of a run."""
    return config.stash[_REPORTING]


class Reporting:
    """Watches fakes and collects the data of tests in this process."""

    def __init__(self, config: pytest.Config) -> None:
        from pytest_sesfake.reading.runs import Run

        self.run = Run(verbosity=config.get_verbosity(), entered=self.watch, settings=lambda: options.of_ini(config))
        self._config = config
        self._path = _path(config)
        self._is_worker = hasattr(config, "workerinput")
        self._github = github.start(config)
        self._records_failures = github.is_on(config)  # in a worker too
        self._counted: Counter[str] = Counter()
        self._fakes: list[SesFake] = []  # those that were active since the running test started
        self._marks: WeakKeyDictionary[Simulation, LogPosition] = (
            WeakKeyDictionary()
        )  # of fakes that several tests share
        self._gathering: Gathering | None = None
        self._written = ""

    def watch(self, fake: SesFake) -> None:
        """Note a fake that a fixture or a test enters. It may be entered again."""
        if fake in self._fakes:
            return
        self._fakes.append(fake)
        if len(self._fakes) > MOST_FAKES:
            self._fakes.remove(next((each for each in self._fakes if not each.is_active), fake))

    def note(
        self,
        item: pytest.Item,
        report: pytest.TestReport,
        fake: SesFake | None,
        complaints: Sequence[str],
        error: BaseException | None,
    ) -> None:
        """Note the result of one phase of a test, and add the sections of its fakes to a failure.

        ``fake`` is the one of its fixture, and ``complaints`` are the texts that made the test fail. ``error`` is the
        exception that left the test. The test may have entered other fakes too.
        """
        fakes = self._fakes if fake is None else [fake, *(each for each in self._fakes if each is not fake)]
        if not fakes:
            return
        if report.failed:
            self._tell(item, report, fakes, complaints, error)
        if report.when == "teardown":
            self._over(item, report, fakes, fake)
            self._fakes = [each for each in self._fakes if each.is_active]
            self._mark()

    def _tell(
        self,
        item: pytest.Item,
        report: pytest.TestReport,
        fakes: Sequence[SesFake],
        complaints: Sequence[str],
        error: BaseException | None,
    ) -> None:
        from pytest_sesfake.fake.verdict import verdict_of
        from pytest_sesfake.report import same_names, sections, summary

        item.stash[_FAILED] = True
        counted = item.stash.setdefault(_COUNTED, Counter())
        added: list[tuple[str, str]] = []
        cures = [*sections.forbidden(report.longreprtext), *same_names.sections(error)]
        for fake in fakes:
            seen = self._excerpt(fake)
            verdict = verdict_of(fake)
            problems = verdict.complaints(scripts=False)
            # If the test failed for another reason, no text has shown the problems inside calls yet.
            if complaints:
                problems_here, causes = [], []
            else:
                problems_here, causes = problems, verdict.causes() if report.when == "call" else []
            added += sections.sections(seen, problems_here, causes, is_another=bool(added))
            counted |= Counter(summary.tally(seen, complaints, problems))
            complaints = ()
        _add(report, added + cures)

    def _over(
        self, item: pytest.Item, report: pytest.TestReport, fakes: Sequence[SesFake], own: SesFake | None
    ) -> None:
        counted = item.stash.get(_COUNTED, Counter())
        has_failed = item.stash.get(_FAILED, False)
        item.stash[_COUNTED], item.stash[_FAILED] = Counter(), False  # the test may run again
        record = None
        if self._path is not None or (self._records_failures and has_failed):
            from pytest_sesfake.fake.verdict import verdict_of

            seen = [(fake, self._excerpt(fake)) for fake in fakes]
            asked = own is not None and (not verdict_of(own).shared or "sesfake" in getattr(item, "fixturenames", ()))
            parts = [part for fake, part in seen if part or (asked and fake is own)]
            if parts:
                from pytest_sesfake.report import excerpt, records

                record = records.record(excerpt.joined(parts))
        if counted or record is not None:
            import json

            # ASCII text, because broken mail may hold lone surrogates, which processes cannot send to each other.
            setattr(report, _CARRIED, json.dumps({"counted": counted, "record": record}))

    def _mark(self) -> None:
        """Note where the part of the next test starts in the logs of shared fakes."""
        if self._fakes:
            from pytest_sesfake.fake.verdict import log_of, published
            from pytest_sesfake.report import excerpt

            for fake in self._fakes:
                log_of(fake).skip()
                self._marks[fake.outbox.simulation] = excerpt.mark(fake.outbox.simulation, published(fake))

    def _excerpt(self, fake: SesFake) -> Excerpt:
        from pytest_sesfake.fake.verdict import published
        from pytest_sesfake.report import excerpt

        simulation = fake.outbox.simulation
        return excerpt.excerpt(simulation, self._marks.get(simulation, excerpt.LogPosition()), published(fake))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take our data out of a report before other plugins see it."""
        if self._is_worker:
            return
        carried = vars(report).pop(_CARRIED, None)
        left: dict[str, Any] = {}
        if carried is not None:
            import json

            left = json.loads(carried)
            self._counted.update(left["counted"])
        if self._path is not None:
            self._gather(report, left.get("record"))
        if self._github is not None:
            self._github.note(report, left.get("record"))

    def _gather(self, report: pytest.TestReport, record: dict[str, Any] | None) -> None:
        from pytest_sesfake.report import gather

        if self._gathering is None:
            self._gathering = gather.Gathering()
        status = self._config.hook.pytest_report_teststatus(report=report, config=self._config)
        category = (status[0] if status else "") or ("failed" if report.failed else "")
        failure = report.longreprtext if category in ("failed", "error", "rerun") else ""
        worker: str = getattr(report, "worker_id", "")
        self._gathering.phase(report.nodeid, worker, category, getattr(report, "duration", 0.0), failure)
        if report.when == "teardown":
            self._gathering.over(report.nodeid, worker, record)
        elif report.when not in ("setup", "call"):  # xdist has its own phase for a test whose worker crashed
            self._gathering.lost(report.nodeid, worker)

    def pytest_unconfigure(self) -> None:
        """Stop watching, because another run may go on in this process."""
        from pytest_sesfake.reading import runs

        runs.runs.remove(self.run)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the HTML page, and the summary for GitHub Actions."""
        if self._github is not None:
            self._github.write_summary()
        if self._path is None or self._is_worker or self._config.getoption("collectonly"):
            return
        from pytest_sesfake.report import gather, html

        run = (self._gathering or gather.Gathering()).run(title=self._config.rootpath.name, at=time.time())
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_bytes(html.page(run))
        except OSError as error:
            self._written = f"sesfake: the report could not be written: {error}"
        else:
            given = self._config.getoption("sesfake_report")
            self._written = f"sesfake: report of {_counted(run['tests'])} in {given}"

    def pytest_report_header(self) -> str | None:
        """Return a header line with the settings of the command line and the ini file; ``None`` if they have none."""
        words = [f"{name}={_short(value)}" for name, value in options.of_ini(self._config).items()]
        if self._config.getini("sesfake_autouse"):
            words.insert(0, "active in every test")
        if self._config.getini("sesfake_django"):
            words.append("with the mail backend of Django's settings")
        if not guard.is_on(self._config):
            words.append("no guard")
        if self._path is not None:
            words.append(f"report={self._config.getoption('sesfake_report')}")
        return f"sesfake: {', '.join(words)}" if words else None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write a line about blocked calls and failed tests, and a line about the page.

        A quiet run (``-q``) shows only blocked calls, because the tests that made them may have passed.
        """
        is_quiet = self._config.get_verbosity() < 0
        parts = guard.summary(terminalreporter)
        if self._counted and not is_quiet:
            from pytest_sesfake.report import summary

            parts.append(summary.words(self._counted))
        if parts:
            terminalreporter.write_line(f"sesfake: {'; '.join(parts)}", yellow=True)
        if self._written and not is_quiet:
            terminalreporter.write_line(self._written)
        if self._github is not None:
            self._github.write_annotations(terminalreporter)


def _path(config: pytest.Config) -> Path | None:
    given = config.getoption("sesfake_report")
    if given is None:
        return None
    path = config.invocation_params.dir / Path(given).expanduser()
    if not given or path.is_dir():
        raise pytest.UsageError(f"--sesfake-report takes the path of a file, but {given!r} is a folder")
    return path


def _add(report: pytest.TestReport, sections: Sequence[tuple[str, str]]) -> None:
    """Add sections to a failure.

    They become a part of its text if possible, because JUnit XML does not contain sections of the report itself.
    """
    add = getattr(report.longrepr, "addsection", None)
    for title, text in sections:
        if add is not None:
            add(title, text)
        else:
            report.sections.append((title, text))


def _short(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _counted(tests: Sequence[dict[str, Any]]) -> str:
    messages = sum("system_mail" not in message for test in tests for message in test["messages"])
    return f"{messages} message{'' if messages == 1 else 's'} of {len(tests)} test{'' if len(tests) == 1 else 's'}"
