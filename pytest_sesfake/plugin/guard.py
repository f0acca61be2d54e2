"""The hooks of the guard, which blocks calls of the real SES: when it is active, and what the summary says about it."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

_OFF = "--no-sesfake-guard"
_INI = "sesfake_guard"
_BLOCKED = "sesfake_blocked"
_STRAYS = "sesfake_strays"
_GUARD = "pytest_sesfake.transports.guard"
_EXCHANGE = "pytest_sesfake.transports.runtime"
_WATCHES = pytest.StashKey[bool]()


def add_options(parser: pytest.Parser) -> None:
    """Declare the ini key and the command line option of the guard."""
    parser.addini(
        _INI,
        "pytest-sesfake: Block calls of the real SES while no fake is active (default: true).",
        type="bool",
        default=True,
    )
    parser.getgroup("sesfake").addoption(
        _OFF, action="store_true", help="Let tests reach the real Amazon SES while no fake is active."
    )


def is_on(config: pytest.Config) -> bool:
    """Tell whether the guard is active for tests whose markers do not name it."""
    return bool(config.getini(_INI)) and not config.getoption(_OFF)


def marked(item: pytest.Item) -> bool | None:
    """Return ``guard`` of the nearest marker that has it, else ``None``. A wrong value raises ``pytest.UsageError``."""
    for marker in item.iter_markers("sesfake"):
        if "guard" in marker.kwargs:
            value = marker.kwargs["guard"]
            if not isinstance(value, bool):
                raise pytest.UsageError(f"{item.nodeid}: guard takes True or False, not {value!r}")
            return value
    return None


class GuardHooks:
    """The hooks of the guard. They are a separate plugin, because the rest of the package needs none of them."""

    def __init__(self, *, default: bool) -> None:
        self._default = default

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Read the markers of a test. A mistake in them is an error of the collection."""
        asked = marked(item)
        item.stash[_WATCHES] = self._default if asked is None else asked

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Keep the guard active from before the set-up of a test until after its tear-down, and then tidy up."""
        watches = item.stash.get(_WATCHES, self._default)
        if watches or _GUARD in sys.modules:
            from pytest_sesfake.transports import guard

            with guard.watch(item.nodeid if watches else None):
                _warn(item.config, guard.take_problems())
                result = yield
            _warn(item.config, guard.take_problems())
        else:
            result = yield
        _tidy()
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self) -> Generator[None, object, object]:
        """Restore patches that other plugins removed. pytest-socket removes them before fixtures are set up."""
        _put_back()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Restore patches that a fixture removed."""
        _put_back()
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Restore patches that other plugins removed. pytest-socket removes them before fixtures are torn down."""
        _put_back()
        return (yield)

    def pytest_unconfigure(self) -> None:
        """Remove the patches again. The fake of an interrupted test is left only after the test."""
        if _GUARD in sys.modules:
            from pytest_sesfake.transports import guard

            guard.step_aside()
        _tidy()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attach what was blocked to the report. With xdist, reports bring it from the workers."""
        report = yield
        for name, notes in ((_BLOCKED, _blocked()), (_STRAYS, _strays())):
            if notes:
                setattr(report, name, notes)
        return report


def summary(terminalreporter: Any) -> list[str]:
    """Return texts for the summary line about blocked calls, and about calls that came while no fake was active."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    parts: list[str] = []
    blocked = [text for report in reports for text in getattr(report, _BLOCKED, ())]
    if blocked:
        more = f" ({len(blocked) - 1} more)" if len(blocked) > 1 else ""
        parts.append(f"blocked on its way to the real Amazon SES: {blocked[0]}{more}")
    strays = [stray for report in reports for stray in getattr(report, _STRAYS, ())] + _strays()
    if strays:
        counts = ", ".join(f"{strays.count(name)} by {name}" for name in sorted(set(strays)))
        parts.append(f"calls that came while no fake was active: {counts}")
    return parts


def _warn(config: pytest.Config, problems: list[str]) -> None:
    """Show one warning for what the guard cannot patch. It is never an error, as an error here would end the run."""
    if not problems:
        return
    warning = pytest.PytestWarning(f"pytest-sesfake: the guard does not cover all clients: {'; '.join(problems)}")
    try:
        config.issue_config_time_warning(warning, stacklevel=2)
    except Warning:
        shown = warnings.WarningMessage(warning, pytest.PytestWarning, __file__, 0)
        config.hook.pytest_warning_recorded.call_historic(
            kwargs={"warning_message": shown, "when": "runtest", "nodeid": "", "location": None}
        )


def _put_back() -> None:
    if _GUARD in sys.modules:
        from pytest_sesfake.transports import guard

        guard.put_back()
    if _EXCHANGE in sys.modules:
        from pytest_sesfake.transports import runtime

        runtime.renew()


def _tidy() -> None:
    if _EXCHANGE not in sys.modules:
        return
    from pytest_sesfake.transports import runtime

    runtime.tidy()


def _blocked() -> list[str]:
    if _GUARD not in sys.modules:
        return []
    from pytest_sesfake.transports import guard

    return guard.take()


def _strays() -> list[str]:
    if _EXCHANGE not in sys.modules:
        return []
    from pytest_sesfake.transports import runtime

    return runtime.take_strays()
