"""The parts of a mail address, and the form in which SES compares addresses."""

from __future__ import annotations

import pytest

from pytest_sesfake.ses.mail.addresses import Address, addresses_of, normal_form, parse_address


@pytest.mark.parametrize(
    "text, parts",
    [
        ("ada@example.com", ("ada@example.com", "ada@example.com", "example.com")),
        ("Ada <Ada@EXAMPLE.com>", ("Ada@EXAMPLE.com", "Ada@example.com", "example.com")),
        ('"Ada, the first" <ada@example.com>', ("ada@example.com", "ada@example.com", "example.com")),
        (" ada@example.com ", ("ada@example.com", "ada@example.com", "example.com")),
        ('"a@b"@example.com', ('"a@b"@example.com', '"a@b"@example.com', "example.com")),
        ("ada", ("ada", "ada", "ada")),
        ("Ada <ada@example.com", ("Ada <ada@example.com", "Ada <ada@example.com", "example.com")),
        ("", ("", "", "")),
    ],
)
def test_an_address_has_a_bare_form_a_form_for_comparisons_and_a_domain(text: str, parts: tuple[str, str, str]) -> None:
    assert parse_address(text) == Address(*parts)
    assert normal_form(text) == parts[1]


def test_the_addresses_of_an_envelope_are_bare_and_the_first_spelling_counts() -> None:
    assert addresses_of(["Ada <ada@Example.com>", "bob@example.com", "ada@example.com"]) == (
        "ada@Example.com",
        "bob@example.com",
    )
