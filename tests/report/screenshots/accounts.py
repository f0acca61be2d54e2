"""What the shop's customers get when something happens to their accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import shop  # beside this file once it is copied
from pytest_sesfake import Bounce, Complaint

if TYPE_CHECKING:
    from pytest_sesfake import Outcome, SesFake


def test_a_new_customer_is_welcomed(sesfake: SesFake) -> None:
    shop.welcome("Ada", "ada@example.com")
    assert sesfake.outbox.one(recipient="ada@example.com").subject == "Welcome, Ada"


def test_names_may_have_any_letters(sesfake: SesFake) -> None:
    shop.welcome("Zoë", "zoe@example.com")
    shop.welcome("Søren", "soren@example.com")
    assert [message.subject for message in sesfake.outbox] == ["Welcome, Zoë", "Welcome, Søren"]


@pytest.mark.parametrize("outcome", [Bounce(), Complaint(after=3600)], ids=["bounce", "complaint"])
def test_trouble_is_noticed(sesfake: SesFake, outcome: Outcome) -> None:
    sesfake.on(recipient="ada@example.com").apply(outcome)
    shop.welcome("Ada", "ada@example.com")
    sesfake.clock.advance(hours=2)
    assert sesfake.events.last().type in {"Bounce", "Complaint"}


def test_nobody_is_mailed_unasked(sesfake: SesFake) -> None:
    assert sesfake.outbox.none()
