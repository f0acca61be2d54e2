"""What is published: the package, whole, and nothing beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(root)).build(directory=str(folder), versions=["standard"])
    with ZipFile(built) as archive:
        yield archive


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(
    wheel: ZipFile, root: Path, repository_files: list[Path]
) -> None:
    published = {name for name in wheel.namelist() if ".dist-info/" not in name}
    package = {path.relative_to(root).as_posix() for path in repository_files}

    assert published == {name for name in package if name.startswith("pytest_sesfake/")}


def test_the_wheel_says_that_the_package_is_typed(wheel: ZipFile) -> None:
    assert "pytest_sesfake/py.typed" in wheel.namelist()


def test_the_wheel_holds_the_licence_and_the_entry_point(wheel: ZipFile, project: dict[str, Any]) -> None:
    metadata = f"pytest_sesfake-{project['version']}.dist-info"

    assert f"{metadata}/licenses/LICENSE" in wheel.namelist()
    entry_points = wheel.read(f"{metadata}/entry_points.txt").decode()
    assert entry_points.splitlines() == ["[pytest11]", "sesfake = pytest_sesfake.plugin"]
