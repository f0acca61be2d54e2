"""Certificates of identities: which senders have one, and what SES says to mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

DOMAIN, ADDRESS = "example.com", "ada@example.com"
ARN = "arn:aws:acm:us-east-1:123456789012:certificate/0f3c"

pytestmark = pytest.mark.needs_model("ListEmailIdentityCertificates")


@pytest.fixture(autouse=True)
def _domain(sesfake: SesFake) -> None:
    sesfake.verify(DOMAIN)


def senders(v2: SESV2Client, name: str = DOMAIN) -> list[str]:
    found = v2.list_email_identity_certificates(EmailIdentity=name)["Certificates"]
    return [entry["FromAddress"] for entry in found]


def test_the_certificates_of_a_domain_are_listed_by_sender(v2: SESV2Client) -> None:
    v2.associate_email_identity_certificate(
        EmailIdentity=DOMAIN, FromAddress="Bob@mail.example.com", CertificateArn=ARN
    )
    v2.associate_email_identity_certificate(EmailIdentity=DOMAIN, FromAddress=ADDRESS, CertificateArn=ARN)

    assert v2.list_email_identity_certificates(EmailIdentity=DOMAIN)["Certificates"] == [
        {"FromAddress": ADDRESS, "Status": "ACTIVE", "CertificateArn": ARN},
        {"FromAddress": "Bob@mail.example.com", "Status": "ACTIVE", "CertificateArn": ARN},
    ]
    pages = v2.get_paginator("list_email_identity_certificates").paginate(
        EmailIdentity=DOMAIN, PaginationConfig={"PageSize": 1}
    )
    assert [len(page["Certificates"]) for page in pages] == [1, 1]


def test_a_certificate_is_not_used_before_the_identity_is_verified(sesfake: SesFake, v2: SESV2Client) -> None:
    v2.create_email_identity(EmailIdentity="ada@example.org")
    v2.associate_email_identity_certificate(EmailIdentity="ada@example.org", CertificateArn=ARN)

    def status() -> str:
        found = v2.list_email_identity_certificates(EmailIdentity="ada@example.org")["Certificates"]
        return found[0]["Status"]

    assert status() == "FAILED"
    sesfake.verify("ada@example.org")
    assert status() == "ACTIVE"


def test_a_certificate_that_the_neighbour_does_not_have_is_not_used(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake._simulation.collaborators.exists = lambda arn: arn != ARN
    v2.associate_email_identity_certificate(EmailIdentity=DOMAIN, FromAddress=ADDRESS, CertificateArn=ARN)

    assert v2.list_email_identity_certificates(EmailIdentity=DOMAIN)["Certificates"][0]["Status"] == "FAILED"


def test_a_sender_has_one_certificate_until_it_is_taken_away(v2: SESV2Client, refused: Refused) -> None:
    v2.associate_email_identity_certificate(EmailIdentity=DOMAIN, FromAddress=ADDRESS, CertificateArn=ARN)

    assert refused(
        lambda: v2.associate_email_identity_certificate(
            EmailIdentity=DOMAIN, FromAddress=ADDRESS.upper(), CertificateArn=ARN
        ),
        v2.exceptions.AlreadyExistsException,
    ) == (
        "AlreadyExistsException",
        400,
        f"A certificate is already associated with sender <{ADDRESS}> on identity <{DOMAIN}>.",
    )
    v2.disassociate_email_identity_certificate(EmailIdentity=DOMAIN, FromAddress=ADDRESS)
    v2.disassociate_email_identity_certificate(EmailIdentity=DOMAIN, FromAddress=ADDRESS)
    assert senders(v2) == []
    v2.associate_email_identity_certificate(EmailIdentity=DOMAIN, FromAddress=ADDRESS, CertificateArn=ARN)


def test_an_identity_with_certificates_is_not_removed(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    v2.associate_email_identity_certificate(EmailIdentity=DOMAIN, FromAddress=ADDRESS, CertificateArn=ARN)
    said = (
        "BadRequestException",
        400,
        (
            "Cannot delete <arn:aws:ses:us-east-1:123456789012:identity/example.com> because it has certificates "
            "associated with it. Disassociate all certificates and try again."
        ),
    )

    assert refused(lambda: v2.delete_email_identity(EmailIdentity=DOMAIN), v2.exceptions.BadRequestException) == said
    assert refused(lambda: v1.delete_identity(Identity=DOMAIN)) == said
    v2.disassociate_email_identity_certificate(EmailIdentity=DOMAIN, FromAddress=ADDRESS)
    v1.delete_identity(Identity=DOMAIN)


@pytest.mark.parametrize(
    "name, sender, text",
    [
        (DOMAIN, None, "FromAddress is required when EmailIdentity is a domain."),
        (DOMAIN, "ada", "FromAddress <ada> is not a valid email address."),
        (DOMAIN, "a@example.org", "FromAddress <a@example.org> does not belong to the domain identity <example.com>."),
        (
            DOMAIN,
            "a@anexample.com",
            "FromAddress <a@anexample.com> does not belong to the domain identity <example.com>.",
        ),
        (ADDRESS, "a@example.com", f"FromAddress <a@example.com> does not match the email identity <{ADDRESS}>."),
    ],
)
def test_a_sender_belongs_to_the_identity(
    v2: SESV2Client, refused: Refused, name: str, sender: str | None, text: str
) -> None:
    given = {} if sender is None else {"FromAddress": sender}

    assert refused(
        lambda: v2.associate_email_identity_certificate(EmailIdentity=name, CertificateArn=ARN, **given),
        v2.exceptions.BadRequestException,
    ) == ("BadRequestException", 400, text)


def test_a_missing_identity_has_no_certificates(v2: SESV2Client, refused: Refused) -> None:
    said = ("NotFoundException", 404, "Email identity <bob@example.org> does not exist.")
    name = "bob@example.org"

    assert refused(lambda: v2.associate_email_identity_certificate(EmailIdentity=name, CertificateArn=ARN)) == said
    assert refused(lambda: v2.disassociate_email_identity_certificate(EmailIdentity=name)) == said
    assert (
        refused(lambda: v2.list_email_identity_certificates(EmailIdentity=name), v2.exceptions.NotFoundException)
        == said
    )


def test_wrong_tokens_and_sizes_are_refused(v2: SESV2Client, refused: Refused) -> None:
    assert refused(lambda: v2.list_email_identity_certificates(EmailIdentity=DOMAIN, NextToken="wrong")) == (
        "BadRequestException",
        400,
        "Invalid NextToken.",
    )
    assert refused(lambda: v2.list_email_identity_certificates(EmailIdentity=DOMAIN, PageSize=0))[2] == (
        "1 validation error detected: Value '0' at 'pageSize' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1"
    )
