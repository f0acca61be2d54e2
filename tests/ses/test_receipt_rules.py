"""Receipt rules: which recipients they match, and where they put a mail."""

from __future__ import annotations

import pytest

from pytest_sesfake.ses.receipt_rules import Rule, Store


@pytest.mark.parametrize(
    "entry, matched",
    [
        ("ada@example.com", {"ada@example.com", "ADA@Example.COM", "ada+news@example.com"}),
        ("ada+news@example.com", {"ada+news@example.com"}),
        ("example.com", {"ada@example.com", "ADA@Example.COM", "ada+news@example.com", "bob@example.com"}),
        (".example.com", {"ada@sub.example.com", "ada@a.sub.example.com"}),
        ("sub.example.com", {"ada@sub.example.com"}),
    ],
)
def test_a_recipient_of_a_rule_is_an_address_a_domain_or_those_below_it(entry: str, matched: set[str]) -> None:
    addresses = {
        *("ada@example.com", "ADA@Example.COM", "ada+news@example.com", "bob@example.com"),
        *("ada@sub.example.com", "ada@a.sub.example.com", "ada@badexample.com", "ada@example.org"),
    }

    rule = Rule("r", recipients=(entry,))

    assert {address for address in addresses if rule.matches(address)} == matched


@pytest.mark.parametrize("recipients", [None, ()])
def test_a_rule_without_recipients_is_for_everybody(recipients: tuple[str, ...] | None) -> None:
    assert Rule("r", recipients=recipients).matches("anybody@anywhere.example")


@pytest.mark.parametrize("prefix, key", [(None, ""), ("", ""), ("in", "in/"), ("in/", "in/"), ("a/b", "a/b/")])
def test_the_prefix_of_an_object_ends_with_a_slash(prefix: str | None, key: str) -> None:
    assert Store(bucket="mail", prefix=prefix).object_key("id") == f"{key}id"
