"""The sign-up mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shop.signup import sign_up, sign_up_patiently

if TYPE_CHECKING:
    from pytest_sesfake import SesFake
    from shop.accounts import Accounts


def test_a_new_customer_is_welcomed(sesfake: SesFake, accounts: Accounts) -> None:
    sign_up(accounts, "ada@example.com", "Ada")

    message = sesfake.outbox.one(to="ada@example.com")
    assert message.subject == "Welcome, Ada"
    assert message.sender == "The Shop <hello@shop.example>"
    assert message.reply_to == ["support@shop.example"]
    assert "Hello Ada" in message.text
    assert "Confirm" in message.html
    assert message.tags == {"kind": "welcome"}
    assert message.status["ada@example.com"] == "Delivered"


def test_the_sign_up_survives_throttling(sesfake: SesFake, accounts: Accounts) -> None:
    sesfake.on(operation="SendEmail").throttle(times=2)

    sign_up_patiently(accounts, "ada@example.com", "Ada")

    sesfake.outbox.one(to="ada@example.com")
    assert [call.error for call in sesfake.calls] == ["TooManyRequestsException", "TooManyRequestsException", None]
