"""What pytest sees: options, the marker, the fixtures, and the verdict on scripts that were never used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import settings
from pytest_sesfake.fixtures import sesfake, sesfake_outbox, sesfake_smtp

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_sesfake.fake import SesFake

__all__ = ["sesfake", "sesfake_outbox", "sesfake_smtp"]

_MARKER = "sesfake(**settings): run the test with an active fake of Amazon SES; see pytest-sesfake's settings"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini keys."""
    settings.add_ini(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", _MARKER)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the marker ask for the fixture as an argument would."""
    names: list[str] | None = getattr(item, "fixturenames", None)
    if names is not None and "sesfake" not in names and item.get_closest_marker("sesfake") is not None:
        names.append("sesfake")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the report of a test that passed plainly into a failed one, if its fake has something to complain of."""
    report = yield
    if call.when == "call" and report.passed and not hasattr(report, "wasxfail"):
        fake: SesFake | None = getattr(item, "funcargs", {}).get("sesfake")
        texts = fake.complaints() if fake is not None else []
        if texts:
            report.outcome = "failed"
            report.longrepr = _failure("\n".join(texts))
    return report


def _failure(text: str) -> Any:  # noqa: ANN401 - pytest's own representation of a failure
    try:
        pytest.fail(text, pytrace=False)
    except pytest.fail.Exception as failure:
        return pytest.ExceptionInfo.from_exception(failure).getrepr(style="value")
