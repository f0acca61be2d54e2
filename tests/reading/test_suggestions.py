"""The end of error texts about unknown names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_sesfake.reading.suggestions import find_nearest, suggest


@pytest.mark.parametrize("name", ["sandbx", "SANDBOX", "sand_box"])
def test_a_similar_name_is_suggested_whatever_its_capitals(name: str) -> None:
    assert suggest(name, ["region", "sandbox"], otherwise="The settings are") == ". Did you mean 'sandbox'?"
    assert find_nearest(name, ["region", "sandbox"]) == "sandbox"


def test_a_name_like_no_other_gets_the_list_of_all_names_or_nothing() -> None:
    assert suggest("qqq", ["region", "sandbox"], otherwise="The settings are") == ". The settings are region, sandbox."
    assert suggest("qqq", ["region", "sandbox"]) == ""


@pytest.mark.parametrize("cure, shown", [("recipient", "'recipient'"), ("outbox.all(...)", "outbox.all(...)")])
def test_a_known_mistake_has_its_own_cure_and_only_names_are_quoted(cure: str, shown: str) -> None:
    assert suggest("to", ["topic"], cures={"to": cure}) == f". Did you mean {shown}?"


def test_a_fake_without_a_mistake_does_not_load_difflib() -> None:
    code = (
        "import sys; from pytest_sesfake import SesFake\n"
        "with SesFake() as fake: fake.send('ada@example.com'); fake.outbox.one(to='ada@example.com')\n"
        "print('difflib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout == "False\n"
