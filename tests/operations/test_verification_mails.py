"""The mail by which SES asks the owner of an address, and its link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Register = Callable[[], object]

ADA = "ada@example.com"


@pytest.fixture(params=["VerifyEmailIdentity", "VerifyEmailAddress", "CreateEmailIdentity"])
def register(request: pytest.FixtureRequest, v1: SESClient, v2: SESV2Client) -> Register:
    """Registers Ada's address."""
    ways: dict[str, Register] = {
        "VerifyEmailIdentity": lambda: v1.verify_email_identity(EmailAddress=ADA),
        "VerifyEmailAddress": lambda: v1.verify_email_address(EmailAddress=ADA),
        "CreateEmailIdentity": lambda: v2.create_email_identity(EmailIdentity=ADA),
    }
    return ways[request.param]


def read(link: str) -> str:
    return httpx.get(link).raise_for_status().text


def is_verified(v2: SESV2Client) -> bool:
    return v2.get_email_identity(EmailIdentity=ADA)["VerifiedForSendingStatus"]


def test_the_owner_of_an_address_is_asked_by_mail(sesfake: SesFake, register: Register) -> None:
    register()

    mail = sesfake.system_mail.one(kind="verification", to=ADA)
    assert mail.sender == "no-reply-aws@amazon.com"
    assert mail.subject == ("Amazon Web Services - Email Address Verification Request in region US East (N. Virginia)")
    (link,) = mail.links
    assert link.startswith("https://email-verification.us-east-1.amazonaws.com/?Context=123456789012&")
    assert sesfake.outbox == []


def test_following_the_link_verifies_the_address(sesfake: SesFake, v2: SESV2Client, register: Register) -> None:
    register()
    assert not is_verified(v2)

    page = read(sesfake.system_mail.one().links[0])

    assert "The address is verified" in page
    assert is_verified(v2)


def test_a_link_is_good_for_a_day(sesfake: SesFake, v2: SESV2Client, register: Register) -> None:
    register()
    sesfake.clock.advance(hours=24)

    assert "The address is not verified" in read(sesfake.system_mail.one().links[0])
    assert not is_verified(v2)


def test_a_repeated_call_asks_again(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    v1.verify_email_identity(EmailAddress=ADA)
    sesfake.clock.advance(hours=23)
    v1.verify_email_identity(EmailAddress=ADA)
    sesfake.clock.advance(hours=23)

    assert sesfake.system_mail.count(to=ADA) == 2
    read(sesfake.system_mail.last().links[0])
    assert is_verified(v2)


def test_who_has_proved_it_is_not_asked_again(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify(ADA)
    v1.verify_email_identity(EmailAddress=ADA)
    assert sesfake.system_mail == []


@pytest.mark.sesfake(verification="instant")
def test_nobody_is_asked_where_all_is_verified_at_once(sesfake: SesFake, v2: SESV2Client, register: Register) -> None:
    register()
    assert sesfake.system_mail == []
    assert is_verified(v2)


def test_a_domain_gets_no_mail(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    v1.verify_domain_identity(Domain="example.com")
    v2.create_email_identity(EmailIdentity="example.org")
    assert sesfake.system_mail == []


def test_each_region_asks_for_itself(sesfake: SesFake) -> None:
    for region in ("eu-west-1", "mars-north-1"):
        sesfake.client("sesv2", region).create_email_identity(EmailIdentity=ADA)

    irish, martian = sesfake.system_mail
    assert irish.subject is not None
    assert irish.subject.endswith("in region Europe (Ireland)")
    assert martian.subject is not None
    assert martian.subject.endswith("in region mars-north-1")
    read(irish.links[0])
    verified = [
        sesfake.client("sesv2", region).get_email_identity(EmailIdentity=ADA)["VerifiedForSendingStatus"]
        for region in ("eu-west-1", "mars-north-1")
    ]
    assert verified == [True, False]
