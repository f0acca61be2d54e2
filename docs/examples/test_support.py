"""The support inbox: what becomes of mail that comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shop.support import TOPIC, Ticket, Tickets, handle, set_up

if TYPE_CHECKING:
    from pytest_sesfake import SesFake


pytestmark = pytest.mark.usefixtures("inbox")


@pytest.fixture
def tickets() -> Tickets:
    return Tickets()


@pytest.fixture
def inbox(sesfake: SesFake, tickets: Tickets) -> None:
    sesfake.subscribe(lambda event: handle(tickets, event), topic=TOPIC, target_type="lambda")
    set_up()


def deliver(sesfake: SesFake, *, spam: bool = False) -> None:
    """Let a mail come in, and the function hear of it."""
    sesfake.receive(
        to="support@shop.example",
        sender="ada@example.com",
        subject="Where is my tea?",
        text="I ordered it in May.",
        attachments={"bill.pdf": b"%PDF"},
        spam=spam,
        region="eu-west-1",
    )
    sesfake.notify()


def test_a_mail_becomes_a_ticket_and_is_answered(sesfake: SesFake, tickets: Tickets) -> None:
    deliver(sesfake)

    assert tickets.open == [
        Ticket("ada@example.com", "Where is my tea?", "I ordered it in May.", ["bill.pdf"]),
    ]
    answer = sesfake.outbox.one(to="ada@example.com")
    assert answer.subject == "Re: Where is my tea?"
    assert "number 1" in answer.text


def test_spam_is_no_ticket(sesfake: SesFake, tickets: Tickets) -> None:
    deliver(sesfake, spam=True)

    assert tickets.open == []
    assert not sesfake.outbox


def test_mail_to_the_former_address_comes_back(sesfake: SesFake) -> None:
    received = sesfake.receive(to="jobs@shop.example", sender="eve@example.com", region="eu-west-1")

    (mail,) = received.system_mail
    assert mail.to == ["eve@example.com"]
    assert "We have no vacancies" in mail.raw.decode()


def test_nobody_else_is_there(sesfake: SesFake) -> None:
    received = sesfake.receive(to="nobody@shop.example", region="eu-west-1")

    assert (received.accepted, received.reply) == (False, 550)
