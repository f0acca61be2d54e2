"""IP filters: what they take, and what SES says of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from receipt_rules import validation_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]


def put(v1: SESClient, name: str, cidr: str = "10.0.0.0/8", policy: Any = "Block") -> None:
    v1.create_receipt_filter(Filter={"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}})


def test_filters_are_made_listed_and_deleted(v1: SESClient) -> None:
    put(v1, "net")
    put(v1, "host", "2001:db8::1", "Allow")

    assert v1.list_receipt_filters()["Filters"] == [
        {"Name": "net", "IpFilter": {"Policy": "Block", "Cidr": "10.0.0.0/8"}},
        {"Name": "host", "IpFilter": {"Policy": "Allow", "Cidr": "2001:db8::1"}},
    ]
    for name in ("net", "net", "no name at all"):
        v1.delete_receipt_filter(FilterName=name)
    assert [found["Name"] for found in v1.list_receipt_filters()["Filters"]] == ["host"]


def test_an_existing_filter_cannot_be_created_again(v1: SESClient, refused: Refused) -> None:
    put(v1, "net")

    assert refused(lambda: put(v1, "net", "10.0.0.1"), v1.exceptions.AlreadyExistsException) == (
        "AlreadyExists",
        400,
        "Filter already exists: net",
    )


@pytest.mark.parametrize(
    "name, text",
    [
        ("", "filterName must not be empty"),
        *((bad, f"Not a valid filterName: {bad}") for bad in ("-a", "a b", "a" * 65)),
    ],
)
def test_the_name_of_a_filter_has_no_model(v1: SESClient, refused: Refused, name: str, text: str) -> None:
    assert refused(lambda: put(v1, name)) == ("InvalidParameterValue", 400, text)


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "10.0.0.1/24", "255.255.255.255/32", "::/0", "2001:DB8::/128", "1::8"])
def test_a_filter_takes_addresses_and_ranges(v1: SESClient, cidr: str) -> None:
    put(v1, "net", cidr)

    assert v1.list_receipt_filters()["Filters"][0]["IpFilter"]["Cidr"] == cidr


@pytest.mark.parametrize(
    "cidr",
    [
        *("", "10.0.0", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/255.0.0.0", "\uff11\uff10.0.0.1"),
        *("::/129", "[::1]", "fe80::1%eth0", "::ffff:192.0.2.1", "1:2", "1::2::3", "example.com"),
    ],
)
def test_a_filter_takes_nothing_else(v1: SESClient, refused: Refused, cidr: str) -> None:
    assert refused(lambda: put(v1, "net", cidr)) == ("InvalidParameterValue", 400, f"Invalid CIDR block: {cidr}")


def test_a_filter_blocks_or_allows(v1: SESClient, refused: Refused) -> None:
    assert refused(lambda: put(v1, "net", policy="Maybe")) == validation_error(
        ("filter.ipFilter.policy", "Member must satisfy enum value set: [Allow, Block]")
    )


def test_there_are_a_hundred_filters_at_most(sesfake: SesFake, v1: SESClient, refused: Refused) -> None:
    put(v1, "net")
    filters = sesfake._simulation.at("123456789012", "us-east-1").receipts.filters
    for number in range(99):  # in one step, because each call takes its time
        filters.add(f"net{number}", filters.get("net"))

    assert refused(lambda: put(v1, "more"), v1.exceptions.LimitExceededException) == (
        "LimitExceeded",
        400,
        "Too many filters",
    )
