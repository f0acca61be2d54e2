"""With the same seed and a frozen clock, every process sees the same bytes: mail, ids, events, and what SNS sends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM = Path(__file__).with_name("repeated_run.py")

TESTS = """
    import json
    from pathlib import Path

    import pytest
    from repeated_run import dump

    @pytest.mark.sesfake(unfinished="ignore")
    @pytest.mark.parametrize("name", ["ada", "bob"])
    def test_all(sesfake, name):
        Path(f"{name}.json").write_text(json.dumps(dump(sesfake), default=str))

    @pytest.mark.parametrize("name", ["ada", "bob"])
    def test_shared(sesfake_module, name):
        sesfake_module.clock.freeze()
        Path(f"{name}.json").write_text(json.dumps(sesfake_module.send("ada@example.com").id[16:]))
"""

KINDS = (
    *("answers", "messages", "headers", "links", "system mail", "incoming mail", "events", "envelopes", "queue ids"),
    *(
        "records",
        "arguments",
        "function envelopes",
        "queue envelopes",
        "request headers",
        "request envelopes",
        "calls",
        "notifications",
        "subscription",
    ),
)


def run(seed: str, hash_seed: str) -> dict[str, Any]:
    """What a new process sees. Sets are in another order in each process, unless Python's own seed is the same."""
    ran = subprocess.run(
        [sys.executable, str(PROGRAM), seed],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.fixture(scope="module")
def runs() -> list[dict[str, Any]]:
    """What two processes see with the same seed, and a third one with another seed."""
    return [run("seed", "1"), run("seed", "2"), run("another seed", "1")]


@pytest.mark.parametrize("kind", KINDS)
def test_two_processes_with_the_same_seed_see_the_same(runs: list[dict[str, Any]], kind: str) -> None:
    assert runs[0][kind]
    assert runs[0][kind] == runs[1][kind]


def test_the_list_of_kinds_is_whole(runs: list[dict[str, Any]]) -> None:
    assert {*KINDS, "signatures", "signatures again"} == set(runs[0])


@pytest.mark.parametrize("kind", ["answers", "messages", "headers", "events", "envelopes", "queue ids"])
def test_another_seed_makes_other_ids(runs: list[dict[str, Any]], kind: str) -> None:
    assert runs[0][kind] != runs[2][kind]


def test_signatures_repeat_in_every_process_and_follow_the_seed(runs: list[dict[str, Any]]) -> None:
    assert runs[0]["signatures"] == runs[0]["signatures again"] == runs[1]["signatures"]
    assert not set(runs[0]["signatures"]) & set(runs[2]["signatures"])


@pytest.fixture
def saw(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, Any]]]:
    """Runs tests in a new process, and returns what the first and the second one of their names saw."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # other plugins take most of the time of a small run
    pytester.makepyfile(repeated_run=PROGRAM.read_text(encoding="utf-8"), test_it=TESTS)
    pytester.syspathinsert()

    def saw(test: str, *names: str, workers: int = 0) -> list[dict[str, Any]]:
        tests = [f"test_it.py::{test}[{name}]" for name in names]
        plugins = ("-p", "xdist", "-p", "pytest_sesfake.plugin", f"-n{workers}")
        assert pytester.runpytest_subprocess(*plugins, *tests).ret == 0
        return [json.loads((pytester.path / f"{name}.json").read_text(encoding="utf-8")) for name in ("ada", "bob")]

    return saw


def test_a_test_sees_the_same_in_every_order_and_in_every_worker(saw: Callable[..., list[dict[str, Any]]]) -> None:
    ada, bob = in_order = saw("test_all", "ada", "bob")
    assert ada["messages"] != bob["messages"]
    assert saw("test_all", "bob", "ada") == in_order
    assert saw("test_all", "bob") == in_order
    assert saw("test_all", "ada", "bob", workers=2) == in_order


def test_the_ids_of_a_shared_fake_depend_on_the_order_of_its_tests(saw: Callable[..., list[dict[str, Any]]]) -> None:
    in_order = saw("test_shared", "ada", "bob")
    assert saw("test_shared", "bob", "ada") == in_order[::-1] != in_order
