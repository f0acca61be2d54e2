"""Filters of mail that comes in, where several of them know its host."""

from __future__ import annotations

import pytest

from pytest_sesfake.ses.receipt_filters import IpFilter, is_blocked


@pytest.mark.parametrize(
    "filters, expected",
    [
        ({}, False),
        ({"10.0.0.0/8": True}, True),
        ({"10.0.0.5": True}, True),
        ({"10.0.0.9/24": True}, True),
        ({"11.0.0.0/8": True, "::/0": True}, False),
        ({"10.0.0.0/8": True, "10.0.0.0/16": False}, False),
        ({"10.0.0.0/8": False, "10.0.0.5/32": True}, True),
        ({"10.0.0.5": True, "10.0.0.5/32": False}, False),
        ({"0.0.0.0/0": False}, False),
    ],
)
def test_the_smallest_range_decides(filters: dict[str, bool], expected: bool) -> None:
    made = [IpFilter(f"f{number}", blocks, cidr) for number, (cidr, blocks) in enumerate(filters.items())]

    assert is_blocked(made, "10.0.0.5") is expected
