"""The invoice by SMTP."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING

import pytest

from shop.invoices import send_invoice

if TYPE_CHECKING:
    from pytest_sesfake import SesFake


def test_an_invoice_goes_to_the_customer_and_unseen_to_the_accountants(sesfake: SesFake) -> None:
    send_invoice("ada@example.com", 17, b"%PDF-1.7 ...")

    message = sesfake.outbox.one(to="ada@example.com", api="smtp")
    assert message.region == "eu-west-1"
    assert message.subject == "Your invoice 17"
    assert message.attachments["invoice-17.pdf"].content == b"%PDF-1.7 ..."
    assert message.attachments["invoice-17.pdf"].content_type == "application/pdf"
    assert message.recipients == ["ada@example.com", "accountants@shop.example"]
    assert message.bcc == ["accountants@shop.example"]
    assert b"accountants" not in message.raw


def test_a_paused_account_refuses_the_invoice(sesfake: SesFake) -> None:
    sesfake.pause()

    with pytest.raises(smtplib.SMTPDataError, match="Message rejected"):
        send_invoice("ada@example.com", 17, b"%PDF-1.7 ...")

    assert not sesfake.outbox
    assert sesfake.calls.one(api="smtp").status == 554
