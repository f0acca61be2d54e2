"""Paging through a collection while values are added and removed."""

from __future__ import annotations

import pytest

from pytest_sesfake.ses.collection import BadToken, Collection
from pytest_sesfake.ses.refusals import Missing, Taken


@pytest.fixture
def collection() -> Collection[str]:
    collection: Collection[str] = Collection("system_mail", key=str.lower)
    for name in "DBECA":
        collection.add(name, name)
    return collection


def test_a_page_has_the_order_in_which_things_came(collection: Collection[str]) -> None:
    first, token = collection.page(2)
    second, token = collection.page(2, token)
    third, end = collection.page(2, token)
    assert (first, second, third, end) == (["D", "B"], ["E", "C"], ["A"], None)


def test_a_last_page_that_is_full_has_no_token(collection: Collection[str]) -> None:
    assert collection.page(5) == (["D", "B", "E", "C", "A"], None)


def test_the_next_page_is_right_when_the_last_thing_shown_has_gone(collection: Collection[str]) -> None:
    _, token = collection.page(2)
    collection.discard("B")
    assert collection.page(2, token)[0] == ["E", "C"]


def test_the_next_page_is_right_when_an_earlier_thing_has_gone(collection: Collection[str]) -> None:
    _, token = collection.page(2)
    collection.discard("D")
    assert collection.page(2, token)[0] == ["E", "C"]


@pytest.mark.parametrize("token", ["", "nonsense", "!!!", "bGV0dGVyAEI", "a+b/", "s3://bucket/thing"])
def test_a_token_that_was_never_given_is_refused(collection: Collection[str], token: str) -> None:
    with pytest.raises(BadToken):
        collection.page(2, token)


def test_a_token_of_another_kind_is_refused(collection: Collection[str]) -> None:
    _, token = collection.page(2)
    with pytest.raises(BadToken):
        Collection("number").page(2, token)


def test_names_compare_as_the_key_says(collection: Collection[str]) -> None:
    assert "a" in collection
    with pytest.raises(Taken):
        collection.add("a", "a")
    with pytest.raises(Missing):
        collection.get("x")
