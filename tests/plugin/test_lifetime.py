"""A fake lives until the report of its last test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Other plugins keep tracebacks of failed tests, and with them the fake: only ours and pytest itself are loaded.
PLUGINS = ("-p", "pytest_sesfake.plugin", "-p", "no:cacheprovider")

COUNTS = """
import gc
import pytest

def count():
    from pytest_sesfake import SesFake
    from pytest_sesfake.ses.simulation import Simulation
    from pytest_sesfake.ses.messages import Message

    gc.collect()
    objects = gc.get_objects()
    return {kind.__name__: sum(isinstance(each, kind) for each in objects) for kind in (SesFake, Simulation, Message)}

def pytest_sessionfinish(session):
    counts = count()
    with open("counts.txt", "w") as file:
        file.write(f"{len(session.items)} tests: {sum(counts.values())} alive {counts}")
"""

TESTS = """
import boto3, pytest

def send():
    boto3.client("ses").send_email(
        Source="a@example.com",
        Destination={"ToAddresses": ["b@example.com"]},
        Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    )

@pytest.mark.parametrize("number", range(280))
def test_of_a_fake(sesfake, number):
    send()
    assert number % 20, "one in twenty fails"

def test_with_an_unused_script(sesfake):
    sesfake.on(recipient="nobody@example.com").bounce()

class TestOfASharedFake:
    @pytest.fixture(scope="class")
    def sesfake(self):
        from pytest_sesfake import SesFake

        with SesFake() as fake:
            yield fake

    @pytest.mark.parametrize("number", range(19))
    def test_it(self, sesfake, number):
        send()
"""


@pytest.mark.parametrize("options", [(), ("--sesfake-report=mail.html",)], ids=["plain", "with a report"])
def test_nothing_of_a_fake_is_reachable_after_its_test_and_report(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(COUNTS)
    pytester.makepyfile(TESTS)

    result = pytester.runpytest_subprocess(*PLUGINS, *options)

    result.assert_outcomes(passed=285, failed=15)
    counted: Path = pytester.path / "counts.txt"
    assert counted.read_text() == "300 tests: 0 alive {'SesFake': 0, 'Simulation': 0, 'Message': 0}"
