"""DKIM of identities: SES's keys, the account's own, those of another region, and when they sign."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_ses.type_defs import IdentityDkimAttributesTypeDef
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.literals import DkimSigningAttributesOriginType

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
DOMAIN, ADDRESS = "example.com", "ada@example.com"
OWN: Any = {"DomainSigningSelector": "mail2026", "DomainSigningPrivateKey": "MIICXAIBAAKBgQ=="}


def keys_v1(v1: SESClient, name: str = DOMAIN) -> IdentityDkimAttributesTypeDef:
    return v1.get_identity_dkim_attributes(Identities=[name])["DkimAttributes"][name]


def keys_v2(v2: SESV2Client, name: str = DOMAIN) -> Any:
    return v2.get_email_identity(EmailIdentity=name)["DkimAttributes"]


@pytest.mark.usefixtures("newest_model")
def test_a_domain_of_v2_has_three_tokens_and_keys_of_2048_bits(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client
) -> None:
    sesfake.clock.freeze(NOON)

    created = v2.create_email_identity(EmailIdentity=DOMAIN)["DkimAttributes"]

    assert created["Status"] == "NOT_STARTED"
    tokens = created["Tokens"]
    assert len(set(tokens)) == 3
    assert {len(token) for token in tokens} == {32}
    assert all(token.isalnum() and token == token.lower() for token in tokens)
    assert keys_v2(v2) == {
        "SigningEnabled": True,
        "Status": "PENDING",
        "Tokens": tokens,
        "SigningHostedZone": "dkim.amazonses.com",
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_2048_BIT",
        "CurrentSigningKeyLength": "RSA_2048_BIT",
        "LastKeyGenerationTimestamp": NOON,
    }
    assert keys_v1(v1) == {"DkimEnabled": True, "DkimVerificationStatus": "Pending", "DkimTokens": tokens}


@pytest.mark.usefixtures("newest_model")
def test_keys_lie_in_a_zone_of_newer_regions(sesfake: SesFake) -> None:
    created = sesfake.client("sesv2", "eu-south-1").create_email_identity(EmailIdentity=DOMAIN)

    assert created["DkimAttributes"]["SigningHostedZone"] == "dkim.eu-south-1.amazonses.com"


def test_a_domain_of_v1_has_no_keys_until_they_are_asked_for(v1: SESClient, v2: SESV2Client) -> None:
    v1.verify_domain_identity(Domain=DOMAIN)
    assert keys_v1(v1) == {"DkimEnabled": False, "DkimVerificationStatus": "NotStarted"}
    assert keys_v2(v2)["Status"] == "NOT_STARTED"

    tokens = v1.verify_domain_dkim(Domain=DOMAIN)["DkimTokens"]

    assert v1.verify_domain_dkim(Domain=DOMAIN)["DkimTokens"] == tokens
    assert keys_v1(v1) == {"DkimEnabled": True, "DkimVerificationStatus": "Pending", "DkimTokens": tokens}
    assert keys_v2(v2)["Tokens"] == tokens
    assert v1.list_identities()["Identities"] == [DOMAIN]


def test_keys_are_verified_with_their_domain_and_fail_with_it(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    v2.create_email_identity(EmailIdentity=DOMAIN)

    sesfake.verify(DOMAIN)
    assert (keys_v1(v1)["DkimVerificationStatus"], keys_v2(v2)["Status"]) == ("Success", "SUCCESS")

    sesfake.verify(DOMAIN, status="FAILED")
    assert (keys_v1(v1)["DkimVerificationStatus"], keys_v2(v2)["Status"]) == ("Failed", "FAILED")


def test_keys_fail_after_72_hours_and_are_looked_for_again_on_demand(sesfake: SesFake, v1: SESClient) -> None:
    tokens = v1.verify_domain_dkim(Domain=DOMAIN)["DkimTokens"]
    sesfake.clock.advance(hours=72)
    assert keys_v1(v1)["DkimVerificationStatus"] == "Failed"

    assert v1.verify_domain_dkim(Domain=DOMAIN)["DkimTokens"] == tokens
    assert keys_v1(v1)["DkimVerificationStatus"] == "Pending"


def test_a_domain_that_is_verified_without_keys_has_none(sesfake: SesFake, v1: SESClient) -> None:
    v1.verify_domain_identity(Domain=DOMAIN)

    sesfake.verify(DOMAIN)

    assert keys_v1(v1) == {"DkimEnabled": False, "DkimVerificationStatus": "NotStarted"}


@pytest.mark.parametrize("name", [ADDRESS, "bob@mail.example.com"])
def test_an_address_has_the_keys_of_the_domain_above_it(sesfake: SesFake, name: str) -> None:
    v1, v2 = sesfake.client("ses"), sesfake.client("sesv2")
    sesfake.verify(DOMAIN, name)

    assert keys_v1(v1, name) == keys_v1(v1)
    assert keys_v2(v2, name) == keys_v2(v2)


def test_an_address_without_a_registered_domain_has_no_keys(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify(ADDRESS)

    assert keys_v1(v1, ADDRESS) == {"DkimEnabled": False, "DkimVerificationStatus": "NotStarted"}


# Switching


def test_signing_is_switched_by_either_version(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    sesfake.verify(DOMAIN)

    v1.set_identity_dkim_enabled(Identity=DOMAIN, DkimEnabled=False)
    assert keys_v2(v2)["SigningEnabled"] is False
    v2.put_email_identity_dkim_attributes(EmailIdentity=DOMAIN, SigningEnabled=True)
    assert keys_v1(v1)["DkimEnabled"] is True
    v2.put_email_identity_dkim_attributes(EmailIdentity=DOMAIN)
    assert keys_v1(v1)["DkimEnabled"] is False
    assert keys_v1(v1)["DkimVerificationStatus"] == "Success"


def test_keys_that_are_not_verified_cannot_be_switched_on(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, refused: Refused
) -> None:
    v1.verify_domain_identity(Domain=DOMAIN)
    text = "Domain example.com is not verified for DKIM signing."

    assert refused(lambda: v1.set_identity_dkim_enabled(Identity=DOMAIN, DkimEnabled=True)) == (
        "InvalidParameterValue",
        400,
        text,
    )
    v1.verify_domain_dkim(Domain=DOMAIN)
    v1.set_identity_dkim_enabled(Identity=DOMAIN, DkimEnabled=False)
    assert refused(
        lambda: v2.put_email_identity_dkim_attributes(EmailIdentity=DOMAIN, SigningEnabled=True),
        v2.exceptions.BadRequestException,
    ) == ("BadRequestException", 400, text)

    sesfake.verify(DOMAIN)
    v2.put_email_identity_dkim_attributes(EmailIdentity=DOMAIN, SigningEnabled=True)
    assert keys_v1(v1)["DkimEnabled"] is True


def test_switching_on_what_is_on_already_is_no_error_while_keys_are_pending(v2: SESV2Client) -> None:
    v2.create_email_identity(EmailIdentity=DOMAIN)

    v2.put_email_identity_dkim_attributes(EmailIdentity=DOMAIN, SigningEnabled=True)

    assert keys_v2(v2)["SigningEnabled"] is True


@pytest.mark.parametrize("on", [True, False])
def test_an_address_under_no_registered_domain_cannot_be_switched(
    v1: SESClient, v2: SESV2Client, refused: Refused, on: bool
) -> None:
    v2.create_email_identity(EmailIdentity=ADDRESS)
    text = "Domain example.com is not verified for DKIM signing."

    assert refused(lambda: v1.set_identity_dkim_enabled(Identity=ADDRESS, DkimEnabled=on))[2] == text
    assert refused(lambda: v2.put_email_identity_dkim_attributes(EmailIdentity=DOMAIN, SigningEnabled=on))[2] == text


def test_switching_an_address_under_a_registered_domain_changes_nothing(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify(DOMAIN, ADDRESS)

    v1.set_identity_dkim_enabled(Identity=ADDRESS, DkimEnabled=False)
    v1.set_identity_dkim_enabled(Identity="unknown@example.com", DkimEnabled=False)

    assert keys_v1(v1, ADDRESS)["DkimEnabled"] is True
    assert keys_v1(v1)["DkimEnabled"] is True


# Choosing the keys


@pytest.mark.usefixtures("newest_model")
def test_another_length_makes_new_keys_and_the_domain_stays_verified(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    sesfake.verify(DOMAIN)
    before = keys_v2(v2)["Tokens"]
    sesfake.clock.advance(hours=1)

    answer = v2.put_email_identity_dkim_signing_attributes(
        EmailIdentity=DOMAIN,
        SigningAttributesOrigin="AWS_SES",
        SigningAttributes={"NextSigningKeyLength": "RSA_1024_BIT"},
    )

    assert (answer["DkimStatus"], answer["SigningHostedZone"]) == ("PENDING", "dkim.amazonses.com")
    assert not set(answer["DkimTokens"]) & set(before)
    found = keys_v2(v2)
    assert (found["CurrentSigningKeyLength"], found["NextSigningKeyLength"]) == ("RSA_1024_BIT", "RSA_1024_BIT")
    assert found["LastKeyGenerationTimestamp"] == NOON + timedelta(hours=1)
    assert v2.get_email_identity(EmailIdentity=DOMAIN)["VerifiedForSendingStatus"] is True


def test_the_length_is_changed_once_a_day_at_most(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    sesfake.verify(DOMAIN)

    def change(length: Any) -> None:
        v2.put_email_identity_dkim_signing_attributes(
            EmailIdentity=DOMAIN, SigningAttributesOrigin="AWS_SES", SigningAttributes={"NextSigningKeyLength": length}
        )

    change("RSA_1024_BIT")
    change("RSA_1024_BIT")
    assert refused(lambda: change("RSA_2048_BIT"), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        "The signing key length can be changed at most once per day.",
    )
    sesfake.clock.advance(days=1)
    change("RSA_2048_BIT")


def test_asking_for_ses_keys_again_changes_nothing(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.verify(DOMAIN)

    answer = v2.put_email_identity_dkim_signing_attributes(EmailIdentity=DOMAIN, SigningAttributesOrigin="AWS_SES")

    assert (answer["DkimStatus"], answer["DkimTokens"]) == ("SUCCESS", keys_v2(v2)["Tokens"])


def test_a_domain_can_come_with_a_key_length(v2: SESV2Client) -> None:
    v2.create_email_identity(EmailIdentity=DOMAIN, DkimSigningAttributes={"NextSigningKeyLength": "RSA_1024_BIT"})

    assert keys_v2(v2)["CurrentSigningKeyLength"] == "RSA_1024_BIT"


def test_a_domain_can_come_with_keys_of_its_own(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    v2.create_email_identity(EmailIdentity=DOMAIN, DkimSigningAttributes=OWN)
    assert keys_v2(v2) == {
        "SigningEnabled": True,
        "Status": "PENDING",
        "Tokens": ["mail2026"],
        "SigningAttributesOrigin": "EXTERNAL",
    }
    assert v1.verify_domain_dkim(Domain=DOMAIN)["DkimTokens"] == ["mail2026"]

    sesfake.verify(DOMAIN)
    assert keys_v2(v2)["Status"] == "SUCCESS"


def test_keys_are_changed_from_ses_to_own_and_back(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.verify(DOMAIN)

    answer = v2.put_email_identity_dkim_signing_attributes(
        EmailIdentity=DOMAIN, SigningAttributesOrigin="EXTERNAL", SigningAttributes=OWN
    )
    assert (answer["DkimStatus"], answer["DkimTokens"]) == ("PENDING", ["mail2026"])

    answer = v2.put_email_identity_dkim_signing_attributes(EmailIdentity=DOMAIN, SigningAttributesOrigin="AWS_SES")
    assert len(answer["DkimTokens"]) == 3
    assert keys_v2(v2)["SigningAttributesOrigin"] == "AWS_SES"


def test_keys_of_its_own_need_a_selector_and_a_key(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    sesfake.verify("example.org")
    half: Any = {"DomainSigningSelector": "mail2026"}
    said = (
        "BadRequestException",
        400,
        "DomainSigningSelector and DomainSigningPrivateKey must both be given for EXTERNAL DKIM.",
    )

    assert refused(lambda: v2.create_email_identity(EmailIdentity=DOMAIN, DkimSigningAttributes=half)) == said
    assert v2.list_email_identities()["EmailIdentities"][1:] == []
    assert (
        refused(
            lambda: v2.put_email_identity_dkim_signing_attributes(
                EmailIdentity="example.org", SigningAttributesOrigin="EXTERNAL", SigningAttributes=half
            )
        )
        == said
    )


@pytest.mark.parametrize(
    "more", [{"NextSigningKeyLength": "RSA_1024_BIT"}, {"DomainSigningAttributesOrigin": "EXTERNAL"}]
)
def test_attributes_that_contradict_each_other_are_refused(
    v2: SESV2Client, refused: Refused, more: dict[str, str]
) -> None:
    signing: Any = {**OWN, **more}

    assert refused(lambda: v2.create_email_identity(EmailIdentity=DOMAIN, DkimSigningAttributes=signing)) == (
        "BadRequestException",
        400,
        "The combination of DkimSigningAttributes is not supported.",
    )


def test_signing_attributes_belong_to_domains(v2: SESV2Client, refused: Refused) -> None:
    said = ("BadRequestException", 400, "The EmailIdentity value must be a valid domain.")
    v2.create_email_identity(EmailIdentity="bob@example.org")

    assert (
        refused(
            lambda: v2.put_email_identity_dkim_signing_attributes(
                EmailIdentity="bob@example.org", SigningAttributesOrigin="AWS_SES"
            ),
            v2.exceptions.BadRequestException,
        )
        == said
    )
    assert refused(lambda: v2.create_email_identity(EmailIdentity=ADDRESS, DkimSigningAttributes=OWN)) == said


def test_signing_attributes_of_a_missing_domain_are_refused(v2: SESV2Client, refused: Refused) -> None:
    assert refused(
        lambda: v2.put_email_identity_dkim_signing_attributes(EmailIdentity=DOMAIN, SigningAttributesOrigin="AWS_SES"),
        v2.exceptions.NotFoundException,
    ) == ("NotFoundException", 404, "Email identity example.com does not exist.")


# Keys of another region


def test_a_replica_has_the_keys_of_its_parent_and_is_verified_as_it_is(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.verify(DOMAIN, region="eu-south-1")
    parent = keys_v2(sesfake.client("sesv2", "eu-south-1"))

    v2.create_email_identity(
        EmailIdentity=DOMAIN, DkimSigningAttributes={"DomainSigningAttributesOrigin": "AWS_SES_EU_SOUTH_1"}
    )

    assert keys_v2(v2) == {**parent, "SigningAttributesOrigin": "AWS_SES_EU_SOUTH_1"}
    assert v2.get_email_identity(EmailIdentity=DOMAIN)["VerificationStatus"] == "SUCCESS"


@pytest.mark.usefixtures("newest_model")
def test_a_replica_of_a_pending_parent_is_pending(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.client("sesv2", "eu-west-1").create_email_identity(EmailIdentity=DOMAIN)
    v2.create_email_identity(EmailIdentity=DOMAIN)

    answer = v2.put_email_identity_dkim_signing_attributes(
        EmailIdentity=DOMAIN, SigningAttributesOrigin="AWS_SES_EU_WEST_1"
    )

    assert answer["DkimStatus"] == "PENDING"


def _nothing(_: SESV2Client) -> None:
    pass


def _own_keys(there: SESV2Client) -> None:
    there.create_email_identity(EmailIdentity=DOMAIN, DkimSigningAttributes=OWN)


def _replica(there: SESV2Client) -> None:
    there.create_email_identity(EmailIdentity=DOMAIN)
    there.put_email_identity_dkim_signing_attributes(EmailIdentity=DOMAIN, SigningAttributesOrigin="AWS_SES_US_EAST_1")


@pytest.mark.usefixtures("newest_model")
@pytest.mark.parametrize(
    "arrange, origin, error",
    [
        (_nothing, "AWS_SES_EU_WEST_1", "REPLICATION_PRIMARY_NOT_FOUND"),
        (_own_keys, "AWS_SES_EU_WEST_1", "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED"),
        (_replica, "AWS_SES_EU_WEST_1", "REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED"),
        (_nothing, "AWS_SES_US_EAST_1", "REPLICATION_PRIMARY_INVALID_REGION"),
    ],
)
def test_a_replica_without_a_fit_parent_fails_and_says_why(
    sesfake: SesFake,
    v2: SESV2Client,
    arrange: Callable[[SESV2Client], None],
    origin: DkimSigningAttributesOriginType,
    error: str,
) -> None:
    v2.create_email_identity(EmailIdentity=DOMAIN)
    arrange(sesfake.client("sesv2", "eu-west-1"))

    answer = v2.put_email_identity_dkim_signing_attributes(EmailIdentity=DOMAIN, SigningAttributesOrigin=origin)

    assert answer["DkimStatus"] == "FAILED"
    assert v2.get_email_identity(EmailIdentity=DOMAIN)["VerificationInfo"]["ErrorType"] == error


def test_the_origin_of_changed_keys_is_said_once(v2: SESV2Client, refused: Refused) -> None:
    v2.create_email_identity(EmailIdentity=DOMAIN)

    assert refused(
        lambda: v2.put_email_identity_dkim_signing_attributes(
            EmailIdentity=DOMAIN,
            SigningAttributesOrigin="AWS_SES_EU_WEST_1",
            SigningAttributes={"DomainSigningAttributesOrigin": "AWS_SES_EU_WEST_1"},
        )
    )[2] == ("DomainSigningAttributesOrigin is not supported, use SigningAttributesOrigin.")
