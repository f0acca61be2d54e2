"""What the shop does about bounces and complaints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_sesfake import Bounce, Complaint
from shop.feedback import handle
from shop.signup import sign_up

if TYPE_CHECKING:
    from pytest_sesfake import Outcome, SesFake
    from shop.accounts import Accounts


def test_a_bounce_closes_the_account(sesfake: SesFake, accounts: Accounts) -> None:
    sesfake.on(recipient="ada@example.com").bounce()
    account = sign_up(accounts, "ada@example.com", "Ada")

    handle(accounts, sesfake.events.one("Bounce").lambda_event())

    assert account.closed_because == "smtp; 550 5.1.1 user unknown"


@pytest.mark.parametrize(
    "outcome,open_afterwards",
    [(Bounce(), False), (Bounce("Transient", "MailboxFull"), True), (Complaint(), False)],
)
def test_only_lasting_trouble_closes_an_account(
    sesfake: SesFake, accounts: Accounts, outcome: Outcome, open_afterwards: bool
) -> None:
    account = accounts.add("ada@example.com", "Ada")
    message = sesfake.send("ada@example.com", outcome=outcome)

    handle(accounts, message.events[-1].lambda_event())

    assert account.open is open_afterwards
