"""The hooks of the guard: when it is active, and what the summary says about it."""

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
    """Declare the ini key and the option."""
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
    """Tell whether the guard stands for tests that say nothing of it."""
    return bool(config.getini(_INI)) and not config.getoption(_OFF)


def marked(item: pytest.Item) -> bool | None:
    """Tell what the nearest marker of a test says of the guard; a wrong value is a usage error."""
    for marker in item.iter_markers("sesfake"):
        if "guard" in marker.kwargs:
            value = marker.kwargs["guard"]
            if not isinstance(value, bool):
                raise pytest.UsageError(f"{item.nodeid}: guard takes True or False, not {value!r}")
            return value
    return None


class GuardHooks:
    """The hooks of the guard: a plugin of its own, since most of what it hooks nothing else here needs."""

    def __init__(self, *, default: bool) -> None:
        self._default = default

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Read what a test says, early enough for a mistake in it to be an error of collection."""
        asked = marked(item)
        item.stash[_WATCHES] = self._default if asked is None else asked

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Stand guard from before the set-up of a test until after its tear-down, and tidy up."""
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
        """Put patches back that others removed since: pytest-socket does so before the fixtures are set up."""
        _put_back()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Put patches back that a fixture removed."""
        _put_back()
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Put patches back that others removed since: pytest-socket does so before the fixtures are torn down."""
        _put_back()
        return (yield)

    def pytest_unconfigure(self) -> None:
        """Step aside once more: the fake of a test that was interrupted is left after the test."""
        if _GUARD in sys.modules:
            from pytest_sesfake.transports import guard

            guard.step_aside()
        _tidy()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note what was blocked with the report, which also finds its way here from other processes."""
        report = yield
        for name, notes in ((_BLOCKED, _blocked()), (_STRAYS, _strays())):
            if notes:
                setattr(report, name, notes)
        return report


def summary(terminalreporter: Any) -> list[str]:
    """Return what was blocked, whatever became of the error, and what came while no fake was active."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    told: list[str] = []
    blocked = [text for report in reports for text in getattr(report, _BLOCKED, ())]
    if blocked:
        more = f" ({len(blocked) - 1} more)" if len(blocked) > 1 else ""
        told.append(f"blocked on its way to the real Amazon SES: {blocked[0]}{more}")
    strays = [stray for report in reports for stray in getattr(report, _STRAYS, ())] + _strays()
    if strays:
        counts = ", ".join(f"{strays.count(name)} by {name}" for name in sorted(set(strays)))
        told.append(f"calls that came while no fake was active: {counts}")
    return told


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
