"""The table of operations and botocore's models name the same calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.loaders import Loader

from newest import IS_NEWEST
from pytest_sesfake.operations import table

# One `api Operation` a line. The file shrinks and, when botocore learns a new operation, grows for a while.
MISSING_FILE = Path(__file__).with_name("missing_operations.txt")


@pytest.fixture(scope="module")
def known() -> set[tuple[str, str]]:
    """The operations of the models that the installed botocore loads."""
    loader = Loader()
    return {
        (api, operation)
        for api in ("ses", "sesv2")
        for operation in loader.load_service_model(api, "service-2")["operations"]
    }


@pytest.fixture(scope="module")
def written() -> set[tuple[str, str]]:
    """The operations that the package answers."""
    table.load()
    return set(table.OPERATIONS)


@pytest.fixture(scope="module")
def missing() -> set[tuple[str, str]]:
    """The operations that are known to be open."""
    entries = set()
    for line in MISSING_FILE.read_text(encoding="utf-8").splitlines():
        api, operation = line.split()
        entries.add((api, operation))
    return entries


def test_every_operation_of_botocore_is_in_the_table_or_listed_as_missing(
    known: set[tuple[str, str]], written: set[tuple[str, str]], missing: set[tuple[str, str]]
) -> None:
    assert sorted(known - written - missing) == []


def test_an_operation_that_is_in_the_table_is_not_listed_as_missing(
    written: set[tuple[str, str]], missing: set[tuple[str, str]]
) -> None:
    assert sorted(written & missing) == []


@pytest.mark.skipif(not IS_NEWEST, reason="an older botocore does not know every operation of the table")
def test_the_table_and_the_list_invent_no_operation(
    known: set[tuple[str, str]], written: set[tuple[str, str]], missing: set[tuple[str, str]]
) -> None:
    assert sorted((written | missing) - known) == []
