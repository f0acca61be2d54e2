"""What is said of an operation beside its function is true of its model, and is what the page on fidelity shows."""

from __future__ import annotations

import importlib.util
import typing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from newest import IS_NEWEST
from pytest_sesfake.operations import table
from pytest_sesfake.wire import model

if TYPE_CHECKING:
    from types import ModuleType

    from pytest_sesfake.wire.model import Shape

SCRIPT = Path(__file__).parents[1] / "fidelity.py"

newest = pytest.mark.skipif(not IS_NEWEST, reason="the page is made of the newest models")


@pytest.fixture(scope="module")
def fidelity() -> ModuleType:
    """`python -m tests.fidelity`, which is no module that a test could import."""
    found = importlib.util.spec_from_file_location("fidelity", SCRIPT)
    assert found is not None
    assert found.loader is not None
    made = importlib.util.module_from_spec(found)
    found.loader.exec_module(made)
    return made


@newest
def test_the_page_shows_what_stands_beside_the_functions(fidelity: ModuleType) -> None:
    assert fidelity.PAGE.read_text(encoding="utf-8") == fidelity.page(), "python -m tests.fidelity --write repairs it"


@newest
def test_the_section_counts_every_operation_once(fidelity: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    fidelity.main([])

    shown = capsys.readouterr().out
    operations = [
        (api, name) for api in ("ses", "sesv2") for name in model.api(api).operations if (api, name) in table.load()
    ]
    assert shown.startswith(f"{len(operations)} operations: ")
    for api, name in operations:
        assert shown.count(f"| {fidelity.VERSIONS[api]} `{name}` |") == 1


def test_a_page_without_a_place_for_the_table_is_refused(
    fidelity: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "fidelity.md"
    page.write_text("# Fidelity\n", encoding="utf-8")
    monkeypatch.setattr(fidelity, "PAGE", page)

    with pytest.raises(SystemExit, match="no place for the table"):
        fidelity.main(["--write"])


@newest
def test_the_table_is_put_in_its_place_and_nothing_else_is_touched(
    fidelity: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "fidelity.md"
    page.write_text("before\n<!-- operations -->\nold\n<!-- /operations -->\nafter\n", encoding="utf-8")
    monkeypatch.setattr(fidelity, "PAGE", page)

    fidelity.main(["--write"])

    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- operations -->\n\n")
    assert text.endswith("\n\n<!-- /operations -->\nafter\n")
    assert fidelity.section() in text
    assert "\nold\n" not in text


def test_every_operation_says_what_it_does_in_known_words() -> None:
    for entry in table.load().values():
        assert entry.does in typing.get_args(table.Does)
        assert set(entry.texts) <= set(typing.get_args(table.Source))
        assert len(set(entry.texts)) == len(entry.texts)
        assert entry.function.__doc__


def parameter(shape: Shape | None, path: str) -> Shape | None:
    """What is at a path of parameters, through lists."""
    for name in path.split("."):
        if shape is None:
            return None
        if shape.kind == "list":
            shape = shape.item
        member = shape.members.get(name)
        shape = None if member is None else member.shape
    return shape


@newest
def test_the_parameters_that_are_only_kept_exist_and_are_not_all_there_is() -> None:
    for (api, name), entry in table.load().items():
        asked = model.api(api).operations[name].input
        assert not entry.keeps or entry.does == "modelled"
        assert [path for path in entry.keeps if parameter(asked, path) is None] == [], name
        assert {path.partition(".")[0] for path in entry.keeps} <= entry.accepts
