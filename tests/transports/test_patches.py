"""A patch keeps out of the way of everybody else's."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest

from pytest_sesfake.transports.patches import Patch

if TYPE_CHECKING:
    from collections.abc import Callable

    WordedRefusal = Callable[..., str]


class Parent:
    def say(self) -> str:
        return "said"


class Child(Parent):
    pass


def louder(original: WordedRefusal) -> WordedRefusal:
    return lambda *args: original(*args).upper()


@pytest.fixture
def owner() -> type[Parent]:
    return type("Owner", (Parent,), {"say": lambda self: f"{type(self).__name__} said"})


@pytest.fixture
def patch(owner: type[Parent]) -> Patch:
    return Patch(owner, "say", louder)


def test_it_wraps_once_however_often_it_is_put(owner: type[Parent], patch: Patch) -> None:
    patch.put()
    wrapper = owner.say
    patch.put()

    assert owner().say() == "OWNER SAID"
    assert owner.say is wrapper


def test_it_restores_the_very_thing_that_was_there(owner: type[Parent], patch: Patch) -> None:
    before = vars(owner)["say"]
    patch.put()
    patch.lift()

    assert vars(owner)["say"] is before


def test_what_was_inherited_is_inherited_again() -> None:
    patch = Patch(Child, "say", louder)
    patch.put()
    assert Child().say() == "SAID"
    assert Parent().say() == "said"
    patch.lift()

    assert "say" not in vars(Child)


def test_a_replacement_by_others_stays_when_it_is_lifted(owner: type[Parent], patch: Patch) -> None:
    patch.put()
    owner.say = theirs = lambda _self: "theirs"  # type: ignore[method-assign]
    patch.lift()

    assert owner.say is theirs


def test_a_wrapper_of_others_that_copies_our_attributes_is_theirs(owner: type[Parent], patch: Patch) -> None:
    patch.put()
    owner.say = theirs = functools.wraps(owner.say)(louder(owner.say))  # type: ignore[method-assign]
    patch.lift()

    assert owner.say is theirs


def test_a_replacement_by_others_is_wrapped_again_when_it_is_put(owner: type[Parent], patch: Patch) -> None:
    patch.put()
    owner.say = lambda _self: "theirs"  # type: ignore[method-assign, assignment]
    patch.put()
    assert owner().say() == "THEIRS"
    patch.lift()

    assert owner().say() == "theirs"


def test_it_is_found_again_when_others_put_it_back(owner: type[Parent], patch: Patch) -> None:
    patch.put()
    ours = owner.say
    owner.say = lambda _self: "theirs"  # type: ignore[method-assign, assignment]
    patch.put()
    owner.say = ours  # type: ignore[method-assign]
    patch.put()
    assert owner().say() == "OWNER SAID"
    patch.lift()

    assert owner().say() == "Owner said"
