"""What the shop's customers get when they buy something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shop  # beside this file once it is copied

if TYPE_CHECKING:
    from pytest_sesfake import SesFake

BOOKS = {"The Left Hand of Darkness": 11.9, "Middlemarch": 14.5, "A Field Guide to Mosses": 32.0}


def test_a_receipt_has_the_invoice(sesfake: SesFake) -> None:
    shop.receipt("Grace", "grace@example.org", "2026-0117", BOOKS)
    assert "invoice-2026-0117.pdf" in sesfake.outbox.one().attachments


def test_the_bookkeeper_gets_a_blind_copy(sesfake: SesFake) -> None:
    shop.receipt("Grace", "grace@example.org", "2026-0118", BOOKS)
    assert sesfake.outbox.one().bcc == ["accounts@bluedoor.example"]
