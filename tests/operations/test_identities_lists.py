"""Lists of identities: which are in them, in what order, page by page, and what SES says to mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]


def names_v2(v2: SESV2Client, chosen: Mapping[Any, str] | None = None, token: str = "") -> list[str]:
    found = v2.list_email_identities(Filter=chosen or {}, NextToken=token)
    return [entry["IdentityName"] for entry in found["EmailIdentities"]]


def test_v1_lists_by_type_in_pages(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify("a.com", "z@a.com", "c.com", "y@a.com", "b.com")

    domains = v1.list_identities(IdentityType="Domain", MaxItems=2)
    assert domains["Identities"] == ["a.com", "c.com"]
    rest = v1.list_identities(IdentityType="Domain", MaxItems=2, NextToken=domains["NextToken"])
    assert rest["Identities"] == ["b.com"]
    assert "NextToken" not in rest
    assert v1.list_identities(IdentityType="EmailAddress")["Identities"] == ["z@a.com", "y@a.com"]
    pages = v1.get_paginator("list_identities").paginate(PaginationConfig={"PageSize": 2})
    assert [page["Identities"] for page in pages] == [["a.com", "z@a.com"], ["c.com", "y@a.com"], ["b.com"]]


def test_v1_lists_the_addresses_that_are_verified(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify("example.com", "ada@example.org")
    v1.verify_email_identity(EmailAddress="bob@example.org")

    assert v1.list_verified_email_addresses()["VerifiedEmailAddresses"] == ["ada@example.org"]


def test_without_a_size_v2_lists_25_and_v1_all(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    sesfake.verify(*(f"d{number}.com" for number in range(26)))

    assert len(v1.list_identities()["Identities"]) == 26
    first = v2.list_email_identities()
    assert len(first["EmailIdentities"]) == 25
    assert names_v2(v2, token=first["NextToken"]) == ["d25.com"]


def test_the_versions_take_each_others_tokens(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    sesfake.verify("a.com", "b.com", "c.com")

    token = v1.list_identities(MaxItems=1)["NextToken"]
    assert names_v2(v2, token=token) == ["b.com", "c.com"]
    token = v2.list_email_identities(PageSize=2)["NextToken"]
    assert v1.list_identities(NextToken=token)["Identities"] == ["c.com"]


def test_wrong_tokens_and_sizes_are_refused(sesfake: SesFake, v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    sesfake.verify("alpha.com", "beta.com")
    text = "Invalid NextToken <wrong>."

    assert refused(lambda: v1.list_identities(NextToken="wrong")) == ("InvalidParameterValue", 400, text)
    assert refused(lambda: v2.list_email_identities(NextToken="wrong"), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        text,
    )
    filtered = v2.list_email_identities(Filter={"IDENTITY_NAME_CONTAINS": ".com"}, PageSize=1)["NextToken"]
    assert refused(lambda: v2.list_email_identities(Filter={"IDENTITY_TYPE": "DOMAIN"}, NextToken=filtered))[2] == (
        "Invalid NextToken."
    )
    assert refused(lambda: v2.list_email_identities(NextToken=filtered))[2] == f"Invalid NextToken <{filtered}>."
    assert refused(lambda: v1.list_identities(MaxItems=0))[2] == (
        "Value 0 for parameter MaxItems is invalid. MaxItems must be between 1 and 1000."
    )
    assert refused(lambda: v2.list_email_identities(PageSize=1001))[2] == (
        "Value 1001 for parameter PageSize is invalid. PageSize must be between 1 and 1000."
    )


def test_an_unknown_type_is_refused_before_anything_is_looked_at(sesfake: SesFake, refused: Refused) -> None:
    loose: Any = sesfake.client("ses", config=Config(parameter_validation=False))

    assert refused(lambda: loose.list_identities(IdentityType="Unknown")) == (
        "ValidationError",
        400,
        (
            "1 validation error detected: Value 'Unknown' at 'identityType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [Domain, EmailAddress]"
        ),
    )


def test_v2_lists_by_parts_of_names_types_and_states(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    v1.verify_domain_identity(Domain="alpha.test.com")
    sesfake.verify("beta.test.com", "ada@test.com")
    sesfake.verify("bob@example.org", status="FAILED")

    def names(**chosen: str) -> list[str]:
        return names_v2(v2, {name.upper(): value for name, value in chosen.items()})

    assert names(identity_name_contains="  TEST.com ") == ["alpha.test.com", "beta.test.com", "ada@test.com"]
    assert names(identity_type="EMAIL_ADDRESS") == ["ada@test.com", "bob@example.org"]
    assert names(verification_status="PENDING") == ["alpha.test.com"]
    assert names(verification_status="FAILED") == ["bob@example.org"]
    assert names(identity_name_contains="test", identity_type="DOMAIN", verification_status="SUCCESS") == [
        "beta.test.com"
    ]
    first = v2.list_email_identities(Filter={"IDENTITY_NAME_CONTAINS": "test"}, PageSize=2)
    assert names_v2(v2, {"IDENTITY_NAME_CONTAINS": "TEST"}, first["NextToken"]) == ["ada@test.com"]


@pytest.mark.parametrize(
    "chosen, text",
    [
        ({"IDENTITY_NAME_CONTAINS": " ab "}, "Filter IDENTITY_NAME_CONTAINS must be at least 3 characters."),
        ({"IDENTITY_NAME_CONTAINS": "a" * 321}, "Filter IDENTITY_NAME_CONTAINS must be at most 320 characters."),
        ({"IDENTITY_TYPE": "MANAGED_DOMAIN"}, "Invalid identity type <MANAGED_DOMAIN> in filter."),
        ({"VERIFICATION_STATUS": "Pending"}, "Invalid verification status <Pending> in filter."),
        ({"VERIFICATION_STATUS": "NOT_STARTED"}, "Invalid verification status <NotStarted>."),
    ],
)
def test_a_filter_that_ses_does_not_take_is_refused(
    v2: SESV2Client, chosen: dict[Any, str], text: str, refused: Refused
) -> None:
    assert refused(lambda: v2.list_email_identities(Filter=chosen), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        text,
    )
