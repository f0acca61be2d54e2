"""What pytest sees: options, the marker, the fixtures, and the verdict on scripts that were never used."""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake.plugin import guard, hookspecs, options, reporting
from pytest_sesfake.plugin.fixtures import sesfake, sesfake_endpoint, sesfake_listeners, sesfake_outbox, sesfake_smtp

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_sesfake.fake.ses_fake import SesFake

__all__ = ["sesfake", "sesfake_endpoint", "sesfake_listeners", "sesfake_outbox", "sesfake_smtp"]

# The fake of a test, or of a class, module or session that shares one. pytest keeps every item and its stash until the
# session ends, so a strong reference here would keep all mail of all tests. `Reporting` keeps a fake for its reports.
_FAKE = pytest.StashKey["weakref.ref[SesFake]"]()
# Whether a test is under way: its subtests have reports of their own, and are not its end.
_RUNS = pytest.StashKey[bool]()

_MARKER = "sesfake(**settings): run the test with an active fake of Amazon SES; see pytest-sesfake's settings"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini keys."""
    options.add_ini(parser)
    guard.add_options(parser)
    reporting.add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Offer our hooks to other plugins."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and refuse ini keys that are misspelt."""
    config.addinivalue_line("markers", _MARKER)
    options.check_ini(config)
    config.pluginmanager.register(guard.GuardHooks(default=guard.is_on(config)), "sesfake-guard")
    reporting.start(config)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the marker, or the ini file for all tests, ask for the fixture as an argument would."""
    names: list[str] | None = getattr(item, "fixturenames", None)
    if names is None or "sesfake" in names:
        return
    if item.config.getini("sesfake_autouse"):
        names.insert(0, "sesfake")
    elif options.activates(item):
        names.append("sesfake")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Note whose fake it is, and tell one of a fixture with a wider scope that several tests share it."""
    made = yield
    if fixturedef.argname == "sesfake":
        from pytest_sesfake.fake.verdict import verdict_of

        fake: SesFake = made  # type: ignore[assignment]  # whoever overrides the fixture gives one, too
        verdict_of(fake).shared |= fixturedef.scope != "function"
        request.node.stash[_FAKE] = weakref.ref(fake)
    return made


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Let a plain ``assert`` about messages, events and logs explain itself."""
    if "pytest_sesfake.reading.logs" not in sys.modules:
        return None
    from pytest_sesfake.reading import comparing

    return comparing.explain(op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Note that a test is under way."""
    item.stash[_RUNS] = True
    try:
        return (yield)
    finally:
        item.stash[_RUNS] = False


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the report of a test that passed plainly into a failed one, if its fake has something to complain of.

    To that of a test that failed, for whatever reason, add what its fakes know.
    """
    report = yield
    texts: list[str] = []
    fake = _find_fake(item)
    is_end = not item.stash.get(_RUNS, False) and (call.when == "call" or (call.when == "setup" and not report.passed))
    if fake is not None and is_end:
        from pytest_sesfake.fake.verdict import verdict_of

        texts = verdict_of(fake).at_end_of_test(passed=report.passed and not hasattr(report, "wasxfail"))
        if texts:
            report.outcome = "failed"
            report.longrepr = _failure("\n".join(texts))
    reporting.of(item.config).note(item, report, fake, texts)
    return report


def _find_fake(item: pytest.Item) -> SesFake | None:
    """Return the fake of the nearest fixture: the one of the test, or of its class, module or session."""
    nearest = next((node.stash[_FAKE] for node in reversed(item.listchain()) if _FAKE in node.stash), None)
    return None if nearest is None else nearest()


def _failure(text: str) -> Any:
    try:
        pytest.fail(text, pytrace=False)
    except pytest.fail.Exception as failure:
        return pytest.ExceptionInfo.from_exception(failure).getrepr(style="value")
