"""Paging through a shelf while things come and go."""

from __future__ import annotations

import pytest

from pytest_sesfake.ses.collection import BadToken, Shelf
from pytest_sesfake.ses.refusals import Missing, Taken


@pytest.fixture
def shelf() -> Shelf[str]:
    shelf: Shelf[str] = Shelf("system_mail", key=str.lower)
    for name in "DBECA":
        shelf.add(name, name)
    return shelf


def test_a_page_has_the_order_in_which_things_came(shelf: Shelf[str]) -> None:
    first, token = shelf.page(2)
    second, token = shelf.page(2, token)
    third, end = shelf.page(2, token)
    assert (first, second, third, end) == (["D", "B"], ["E", "C"], ["A"], None)


def test_a_last_page_that_is_full_has_no_token(shelf: Shelf[str]) -> None:
    assert shelf.page(5) == (["D", "B", "E", "C", "A"], None)


def test_the_next_page_is_right_when_the_last_thing_shown_has_gone(shelf: Shelf[str]) -> None:
    _, token = shelf.page(2)
    shelf.discard("B")
    assert shelf.page(2, token)[0] == ["E", "C"]


def test_the_next_page_is_right_when_an_earlier_thing_has_gone(shelf: Shelf[str]) -> None:
    _, token = shelf.page(2)
    shelf.discard("D")
    assert shelf.page(2, token)[0] == ["E", "C"]


@pytest.mark.parametrize("token", ["", "nonsense", "!!!", "bGV0dGVyAEI", "a+b/", "s3://bucket/thing"])
def test_a_token_that_was_never_given_is_refused(shelf: Shelf[str], token: str) -> None:
    with pytest.raises(BadToken):
        shelf.page(2, token)


def test_a_token_of_another_kind_is_refused(shelf: Shelf[str]) -> None:
    _, token = shelf.page(2)
    with pytest.raises(BadToken):
        Shelf("number").page(2, token)


def test_names_compare_as_the_key_says(shelf: Shelf[str]) -> None:
    assert "a" in shelf
    with pytest.raises(Taken):
        shelf.add("a", "a")
    with pytest.raises(Missing):
        shelf.get("x")
