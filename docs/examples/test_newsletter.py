"""The newsletter, and how its readers leave it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import requests

from shop.newsletter import note_farewells, readers, send_issue, subscribe

if TYPE_CHECKING:
    from pytest_sesfake import Message, SesFake
    from shop.accounts import Accounts


@pytest.fixture(autouse=True)
def contacts(sesfake: SesFake) -> None:
    sesfake.contact_list("shop", topics={"offers": "OPT_OUT"})


def link(message: Message) -> str:
    """Where the mail client's own button leads."""
    found = re.search("<(https:[^>]+)>", message.headers["List-Unsubscribe"])
    assert found
    return found[1]


def test_only_who_subscribed_gets_an_issue(sesfake: SesFake) -> None:
    subscribe("ada@example.com")
    subscribe("ada@example.com")

    assert send_issue("Tea", "<p>Tea is cheap.</p>") == 1

    message = sesfake.outbox.one(to="ada@example.com", subject="Tea")
    assert link(message) in message.raw.decode()


def test_a_reader_leaves_with_one_click(sesfake: SesFake, accounts: Accounts) -> None:
    accounts.add("ada@example.com", "Ada")
    subscribe("ada@example.com")
    send_issue("Tea", "<p>Tea is cheap.</p>")

    requests.post(link(sesfake.outbox.one()), data={"List-Unsubscribe": "One-Click"}, timeout=5)

    assert list(readers()) == []
    assert send_issue("Coffee", "<p>So is coffee.</p>") == 0
    assert note_farewells(accounts, sesfake.events.one("Subscription").lambda_event()) == ["Ada"]


def test_who_left_and_subscribes_again_gets_the_next_issue(sesfake: SesFake) -> None:
    subscribe("ada@example.com")
    sesfake.on(recipient="ada@example.com").unsubscribe()
    send_issue("Tea", "<p>Tea is cheap.</p>")
    assert list(readers()) == []

    subscribe("ada@example.com")

    assert list(readers()) == ["ada@example.com"]
