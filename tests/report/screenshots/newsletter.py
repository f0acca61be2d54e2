"""Who gets the newsletter; one of these tests fails, for the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shop  # beside this file once it is copied

if TYPE_CHECKING:
    from pytest_sesfake import SesFake

READERS = ["ada@example.com", "old@example.net", "full@example.net", "grace@example.org", "margaret@example.com"]


def test_everybody_who_asked_gets_it(sesfake: SesFake) -> None:
    sesfake.on(recipient="old@example.net").bounce()
    sesfake.on(recipient="full@example.net").bounce("Transient", "MailboxFull")
    refused = sesfake.on(recipient="margaret@example.com", operation="SendEmail")
    refused.fail("MessageRejected", "Email address is not verified.")
    sesfake.suppress("grace@example.org")

    shop.newsletter(READERS)

    sesfake.outbox.one(recipient="margaret@example.com")


def test_one_reader_is_enough(sesfake: SesFake) -> None:
    shop.newsletter(READERS[:1])
    assert len(sesfake.outbox) == 1
