"""Decides whether a test fails because of its fake. Each failure is reported once.

A script of a shared fake is checked only when no later test can use it.
"""

from __future__ import annotations

import re
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_sesfake.fake import unfinished
from pytest_sesfake.fake.hooks import HookError
from pytest_sesfake.fake.warning import SesFakeWarning
from pytest_sesfake.reading.event_log import unrendered

if TYPE_CHECKING:
    from pytest_sesfake.delivery.notifications import Notification
    from pytest_sesfake.fake.backend import Backend
    from pytest_sesfake.fake.ses_fake import SesFake
    from pytest_sesfake.fake.unfinished import Finding
    from pytest_sesfake.reading.run_log import RunLog

_OURS = str(Path(__file__).parent)


class Verdict:
    """Decides when a test fails and which warnings it gets, at its end and at the exit of its fake.

    A fake of a fixture with a wider scope is ``shared``: a problem inside a call fails the test that made the call. Its
    scripts are checked at the exit of the fake, unless a test that used it failed or was skipped.

    Unfinished set-up counts only if it stands in ``own_file``, the file of the test: scripts of a conftest, a hook or
    the settings serve many tests.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.shared = False
        self.own_file: str | None = None
        self._is_settled = False
        self._is_excused = False
        self._reported: tuple[str, ...] = ()

    def start_over(self) -> None:
        """Forget what was reported: the fake starts over."""
        self._reported = ()

    def at_end_of_test(self, *, passed: bool) -> list[str]:
        """Return the texts with which a passed test must fail. A test that did not pass gets none."""
        if not self.shared:
            self._is_settled = True
            return self.complaints() if passed else []
        texts = self._list_unreported(scripts=False)
        self._is_excused |= bool(texts) or not passed
        self._reported += tuple(texts)
        return texts if passed else []

    def at_exit(self) -> list[str]:
        """Return the texts that were not reported yet."""
        texts = [] if self._is_settled else self._list_unreported(scripts=not self._is_excused)
        self._reported += tuple(texts)
        return texts

    def _list_unreported(self, *, scripts: bool) -> list[str]:
        return [text for text in self.complaints(scripts=scripts) if text not in self._reported]

    def complaints(self, *, scripts: bool = True) -> list[str]:
        """Return the texts of what is wrong: problems inside calls, and with ``scripts`` also unused scripts."""
        backend = self._backend
        backend.log.write()
        backend.hooks.tell(backend.simulation)
        # A set would lose the order. A client library that retries causes the same problem several times.
        texts = list(dict.fromkeys(f"sesfake: {_describe(problem)}" for problem in backend.problems))
        if backend.settings.strict:
            texts += ["sesfake: " + text for text in unrendered(backend.simulation)]
        # A problem explains why scripts were not used, so they are not reported with it.
        if scripts and not texts:
            texts += [f"sesfake: {finding.text}" for finding in self._findings("error")]
        return texts

    def warn(self) -> None:
        """Emit a SesFakeWarning for each finding whose setting is ``"warn"``, at the line that wrote the script."""
        __tracebackhide__ = True
        is_told = not self.shared and self._is_settled  # at the end of the test
        if self._backend.problems or is_told or self._is_excused:
            return
        for finding in self._findings("warn"):
            file, line = finding.origin or (self.own_file or "", 1)
            warnings.warn_explicit(f"sesfake: {finding.text}", SesFakeWarning, file, line)

    def causes(self) -> list[str]:
        """Return possible causes of a failure that the test itself reported."""
        return unfinished.find_causes(self._backend, _shorten, scripts=not self.shared)

    def _findings(self, level: str) -> list[Finding]:
        """Return the findings for which the settings ask for this level, ``"error"`` or ``"warn"``."""
        settings = self._backend.settings
        found = unfinished.find_unused(self._backend, _shorten) if settings.unused_scripts == level else []
        if settings.unfinished == level:
            begun = unfinished.find_unfinished(self._backend, _shorten)
            found += [each for each in begun if each.origin is not None and each.origin[0] == self.own_file]
        return found


def _describe(problem: Exception) -> str:
    if isinstance(problem, HookError):
        return str(problem)
    return f"{type(problem).__name__} inside a call: {problem}{_find_line(problem)}"


def _find_line(error: Exception) -> str:
    """Return the line where an error was raised: the last line outside this room, if there is one."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if not frame.filename.startswith(_OURS)]
    return "".join(f" ({_shorten(frame.filename)}:{frame.lineno})" for frame in (theirs or frames)[-1:])


def _shorten(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return re.sub(r".*/(site-packages|lib)/", "", path)


def verdict_of(fake: SesFake) -> Verdict:
    """Return the verdict of a fake. It is not a public attribute of the fake, because tests do not need it."""
    return fake._verdict  # noqa: SLF001 - a class of the same package


def published(fake: SesFake) -> list[Notification]:
    """Return the notifications of a fake. Unlike ``notifications``, this does not count as a read by the test."""
    return fake._backend.dispatcher.published()  # noqa: SLF001 - a class of the same package


def log_of(fake: SesFake) -> RunLog:
    """Return the writer of log lines of a fake. It is not a public attribute, because tests do not need it."""
    return fake._backend.log  # noqa: SLF001 - a class of the same package


def leave(fake: SesFake) -> None:
    """Exit a fake without checks. The plugin has made them, for the report of the test."""
    fake._leave()  # noqa: SLF001 - a class of the same package
