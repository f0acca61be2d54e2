"""The settings, as one table and in the types that users see."""

from __future__ import annotations

from pathlib import Path

from pytest_sesfake import settings


def test_the_types_name_the_settings_that_there_are() -> None:
    assert tuple(settings.Given.__annotations__) == settings.NAMES
    assert set(settings.Settings.__annotations__) == set(settings.NAMES)


def test_the_reference_explains_every_setting_with_its_default() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/settings.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    assert [name.strip(" `") for name, _ in rows] == list(settings.NAMES)
    for name, default in rows:
        value = settings.DEFAULTS[name.strip(" `")]
        shown = list(value) if isinstance(value, tuple) else value
        assert str(shown).replace("'", '"').strip('"') in default.replace("the test's id", "") or value == "", name
