"""A function of ours runs when a library is imported later, and the library does not notice."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_sesfake.transports.arrivals import Arrivals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "a_library_that_is_loaded_late"


@pytest.fixture(autouse=True)
def _library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / f"{NAME}.py").write_text("VALUE = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop(NAME, None)


def test_the_callback_runs_when_the_library_is_completely_imported() -> None:
    values: list[int] = []
    arrivals = Arrivals({NAME}, lambda: values.append(sys.modules[NAME].VALUE))
    arrivals.put()
    try:
        module = importlib.import_module(NAME)
        importlib.import_module("colorsys")
    finally:
        arrivals.lift()

    assert values == [1]
    assert type(module.__loader__).__module__ != "pytest_sesfake.transports.arrivals"
    assert module.__spec__ is not None
    assert module.__spec__.loader is module.__loader__


def test_a_missing_library_raises_the_usual_import_error() -> None:
    arrivals = Arrivals({"a_library_that_nobody_has"}, lambda: None)
    arrivals.put()
    try:
        with pytest.raises(ModuleNotFoundError, match="a_library_that_nobody_has"):
            importlib.import_module("a_library_that_nobody_has")
    finally:
        arrivals.lift()


def test_it_looks_out_once_and_leaves_no_trace() -> None:
    before = list(sys.meta_path)
    arrivals = Arrivals({NAME}, pytest.fail)
    arrivals.put()
    arrivals.put()
    assert sys.meta_path == [arrivals, *before]
    arrivals.lift()
    arrivals.lift()
    importlib.import_module(NAME)

    assert sys.meta_path == before


def test_a_library_that_imports_another_one_is_loading_until_it_is_complete(tmp_path: Path) -> None:
    (tmp_path / "an_outer_library.py").write_text(f"import {NAME}\nVALUE = 2\n", encoding="utf-8")
    loading: list[set[str]] = []
    arrivals = Arrivals({NAME, "an_outer_library"}, lambda: loading.append(set(arrivals.loading)))
    arrivals.put()
    try:
        importlib.import_module("an_outer_library")
    finally:
        arrivals.lift()
        sys.modules.pop("an_outer_library", None)

    assert loading == [{"an_outer_library"}, set()]


def test_a_library_whose_import_fails_is_not_loading_any_more(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.py").write_text("1 / 0\n", encoding="utf-8")
    arrivals = Arrivals({NAME}, lambda: None)
    arrivals.put()
    try:
        with pytest.raises(ZeroDivisionError):
            importlib.import_module(NAME)
    finally:
        arrivals.lift()

    assert arrivals.loading == set()
