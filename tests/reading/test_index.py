"""Queries by address use an index instead of reading every message."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from pytest_sesfake.reading.index import AddressIndex
from pytest_sesfake.reading.outbox import Outbox
from pytest_sesfake.ses.messages import RawMessage
from pytest_sesfake.ses.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Message, SesFake

MANY = 100_000


def addresses_of(item: list[str]) -> list[str]:
    return item


def test_items_are_found_in_order_by_whatever_spelling() -> None:
    items = [["Ada <ada@Example.com>"], ["bob@example.com", "ada@example.com"], ["ADA@example.com"]]

    assert AddressIndex(addresses_of).find(items, "ada@EXAMPLE.com") == items[:2]


def test_an_item_that_names_an_address_twice_is_found_once() -> None:
    items = [["ada@example.com", "Ada <ada@example.com>"]]

    assert AddressIndex(addresses_of).find(items, "ada@example.com") == items


def test_later_looks_read_new_items_only() -> None:
    read: list[list[str]] = []

    def noting(item: list[str]) -> list[str]:
        read.append(item)
        return item

    index = AddressIndex(noting)
    items = [["ada@example.com"], ["bob@example.com"]]
    index.find(items, "ada@example.com")
    items.append(["ada@example.com"])

    assert index.find(items, "ada@example.com") == [items[0], items[2]]
    assert read == items


@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_a_log_that_was_started_over_is_read_anew(length: int) -> None:
    index = AddressIndex(addresses_of)
    index.find([["ada@example.com"], ["ada@example.com"]], "ada@example.com")
    others = [["bob@example.com"] for _ in range(length)]

    assert index.find(others, "ada@example.com") == []
    assert index.find(others, "bob@example.com") == others


def test_the_index_and_the_matchers_agree(sesfake: SesFake, send: Callable[..., Message]) -> None:
    message = send("Ada <ada@Example.com>", cc=("cy@example.com",))
    send("bob@example.com")

    assert sesfake.outbox.all(to="ada@example.com") == [message]
    assert sesfake.outbox.all(recipient="cy@example.com") == [message]
    assert sesfake.outbox.all(to="cy@example.com") == []
    assert sesfake.outbox.all(to="ada@example.com", subject="Another") == []
    assert sesfake.events.count("Send", recipient="cy@example.com") == 1


def test_one_of_a_hundred_thousand_messages_is_found_within_a_millisecond() -> None:
    simulation = Simulation(
        account_id="123456789012",
        region="us-east-1",
        seed="",
        any_sender=True,
        instant_verification=False,
    )
    region_state = simulation.at(simulation.account_id, simulation.region)
    simulation.messages += [
        RawMessage(
            region_state, b"", api="smtp", operation=None, source="me@x.com", recipients=(f"user{number}@example.com",)
        )
        for number in range(MANY)
    ]
    outbox = Outbox(simulation)
    outbox.one(recipient="user0@example.com")

    # The quickest of several: another process may have had the machine meanwhile.
    seconds = []
    for number in range(50_000, 50_020):
        start = time.perf_counter()
        message = outbox.one(recipient=f"user{number}@example.com")
        seconds.append(time.perf_counter() - start)
        assert message is simulation.messages[number]
    assert min(seconds) < 0.001
