"""The pytest plugin: options, the marker, the fixtures, and the checks at the end of each test.

pytest loads this package in every run, also in runs without a fake. So it imports the rest of the package only inside
functions.
"""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake.plugin import default_region, django_mail, fixtures, guard, hookspecs, options, reporting
from pytest_sesfake.plugin.fixtures import (
    sesfake,
    sesfake_endpoint,
    sesfake_listeners,
    sesfake_module,
    sesfake_outbox,
    sesfake_session,
    sesfake_smtp,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_sesfake.fake.ses_fake import SesFake

__all__ = [
    "sesfake",
    "sesfake_endpoint",
    "sesfake_listeners",
    "sesfake_module",
    "sesfake_outbox",
    "sesfake_session",
    "sesfake_smtp",
]

# The fake of a test, or of a class, module or session that shares one. pytest keeps every item and its stash until the
# session ends, so a strong reference here would keep the mail of all tests. `Reporting` keeps a fake for its reports.
_FAKE = pytest.StashKey["weakref.ref[SesFake]"]()
# The fixtures, with their scopes, that made a fake without the markers of a test.
_MADE = pytest.StashKey["dict[str, str]"]()
# Whether the test, or one of its fixtures, asks for the fixture `sesfake` by name.
_ASKS = pytest.StashKey[bool]()
_FIXTURES = ("sesfake", "sesfake_module", "sesfake_session")
# Whether the test function is running. Reports that are made meanwhile are of subtests, and not the end of the test.
_RUNS = pytest.StashKey[bool]()

_MARKER = "sesfake(**settings): run the test with an active fake of Amazon SES; see pytest-sesfake's settings"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini keys and the command line options."""
    options.add_ini(parser)
    guard.add_options(parser)
    reporting.add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that other plugins can implement."""
    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Give clients of SES a region before conftest files, and the applications that they import, create any."""
    default_region.start(early_config)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, check the ini keys, and start the guard and the reports."""
    default_region.start(config)  # a conftest file may load this plugin after the hook above
    config.addinivalue_line("markers", _MARKER)
    options.check_ini(config)
    config.pluginmanager.register(guard.GuardHooks(default=guard.is_on(config)), "sesfake-guard")
    if config.getini("sesfake_django"):
        config.pluginmanager.register(django_mail, "sesfake-django")
    reporting.start(config)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Add the fixture to tests that have the marker, and with ``sesfake_autouse`` to all tests."""
    names: list[str] | None = getattr(item, "fixturenames", None)
    if names is None:
        return
    item.stash[_ASKS] = "sesfake" in names
    if item.stash[_ASKS]:
        return
    if item.config.getini("sesfake_autouse"):
        names.insert(0, "sesfake")
    elif options.activates(item):
        names.append("sesfake")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Remember the fake of a test, class, module or session. A scope wider than a test marks it as shared."""
    made = yield
    if _is_fake(made):
        from pytest_sesfake.fake.verdict import verdict_of

        fake: SesFake = made  # type: ignore[assignment]  # just tested
        is_ours = fixturedef.argname in _FIXTURES
        # A fixture may also return the fake of another fixture, after it has set up something.
        is_new = all(node.stash[_FAKE]() is not fake for node in request.node.listchain() if _FAKE in node.stash)
        has_markers = fixturedef.scope == "function" and fixturedef.func.__module__ == fixtures.__name__
        if is_new and not has_markers:
            request.node.stash.setdefault(_MADE, {})[fixturedef.argname] = fixturedef.scope
        if is_ours:
            verdict = verdict_of(fake)
            verdict.shared |= fixturedef.scope != "function"
            verdict.own_file = str(request.node.path)
            request.node.stash[_FAKE] = weakref.ref(fake)
    return made


def _is_fake(made: object) -> bool:
    module = sys.modules.get("pytest_sesfake.fake.ses_fake")
    return module is not None and isinstance(made, module.SesFake)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Refuse a marker with settings on a test whose fake a fixture of a wider scope has made without them."""
    result = yield
    settings = {
        name: value for marker in item.own_markers if marker.name == "sesfake" for name, value in marker.kwargs.items()
    }
    settings.pop(options.GUARD, None)
    for node in item.listchain() if settings else ():
        for name, scope in node.stash.get(_MADE, {}).items():
            # A test that asks for `sesfake` too has a fake of its own, which the marker configures.
            has_own = name != "sesfake" and item.stash.get(_ASKS, False)
            if name in getattr(item, "fixturenames", ()) and not has_own:
                given = ", ".join(f"{key}={value!r}" for key, value in settings.items())
                raise pytest.UsageError(
                    f"{item.nodeid}: the marker sesfake({given}) does not configure the fake of the fixture {name!r}, "
                    f"which has the scope {scope!r}. Give the settings where this fixture makes its fake"
                )
    return result


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain a failed plain ``assert`` about messages, events and logs."""
    if "pytest_sesfake.reading.logs" not in sys.modules:
        return None
    from pytest_sesfake.reading import comparing

    return comparing.explain(op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Remember that the test function is running. After it passed, warn of set-up that it did not finish.

    A warning in a later hook would end the whole run under ``-W error``. Here it fails the test.
    """
    __tracebackhide__ = True
    item.stash[_RUNS] = True
    try:
        result = yield
    finally:
        item.stash[_RUNS] = False
    fake = _find_fake(item)
    has_failed = bool(getattr(item, "_excinfo", None))  # unittest's test cases keep their failures there
    if fake is not None and not has_failed:
        _warn(fake)
    return result


def _warn(fake: SesFake) -> None:
    __tracebackhide__ = True
    from pytest_sesfake.fake.verdict import verdict_of
    from pytest_sesfake.fake.warning import SesFakeWarning

    verdict = verdict_of(fake)
    if verdict.shared:
        return
    try:
        verdict.warn()
    except SesFakeWarning as warning:
        text = f"SesFakeWarning: {warning}"
    else:
        return
    pytest.fail(text, pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a passed test fail if its fake found a problem, such as an unused script.

    Add the sections of its fakes to each failure.
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
    error = None if call.excinfo is None else call.excinfo.value
    reporting.of(item.config).note(item, report, fake, texts, error)
    return report


def _find_fake(item: pytest.Item) -> SesFake | None:
    """Return the fake of the nearest scope: test, class, module or session; ``None`` if there is no fake."""
    nearest = next((node.stash[_FAKE] for node in reversed(item.listchain()) if _FAKE in node.stash), None)
    return None if nearest is None else nearest()


def _failure(text: str) -> Any:
    try:
        pytest.fail(text, pytrace=False)
    except pytest.fail.Exception as failure:
        return pytest.ExceptionInfo.from_exception(failure).getrepr(style="value")
