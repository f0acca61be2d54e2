"""The table of operations and botocore's models name the same calls."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from botocore.loaders import Loader

from newest import IS_NEWEST
from pytest_sesfake.operations import table
from pytest_sesfake.wire import model

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


def test_a_parameter_without_a_default_is_one_that_the_installed_model_requires() -> None:
    demanded = {
        (api, operation, parameter.name)
        for (api, operation), entry in table.load().items()
        for parameter in inspect.signature(entry.function).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty
    }
    unchecked = {
        (api, operation, name)
        for api, operation, name in demanded
        if operation in model.api(api).operations and not is_required(api, operation, name)
    }

    assert sorted(unchecked) == [], "the model lets a call without it through, and the function then fails"


def is_required(api: str, operation: str, name: str) -> bool:
    shape = model.api(api).operations[operation].input
    return shape is not None and name in shape.members and shape.members[name].required
