"""Identities: registered, proved, listed and removed through either version, and what SES says to mistakes."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from pytest_sesfake import SesFake
from pytest_sesfake.ses import identities

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Literal

    from mypy_boto3_ses import SESClient
    from mypy_boto3_ses.type_defs import IdentityVerificationAttributesTypeDef
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake.fake.setup import VerificationStatus

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
DOMAIN, ADDRESS = "example.com", "ada@example.org"
CREATED: dict[str, tuple[Literal["ses", "sesv2"], dict[str, str]]] = {
    "verify_domain_identity": ("ses", {"Domain": DOMAIN}),
    "verify_domain_dkim": ("ses", {"Domain": DOMAIN}),
    "verify_email_identity": ("ses", {"EmailAddress": ADDRESS}),
    "verify_email_address": ("ses", {"EmailAddress": ADDRESS}),
    "create_email_identity": ("sesv2", {"EmailIdentity": DOMAIN}),
}


def bare(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer without what HTTP had to say beside it."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def seen(v2: SESV2Client, name: str = DOMAIN) -> dict[str, Any]:
    return bare(v2.get_email_identity(EmailIdentity=name))


def state_v1(v1: SESClient, name: str) -> IdentityVerificationAttributesTypeDef:
    return v1.get_identity_verification_attributes(Identities=[name])["VerificationAttributes"][name]


def names_v2(v2: SESV2Client) -> list[str]:
    return [entry["IdentityName"] for entry in v2.list_email_identities()["EmailIdentities"]]


@pytest.mark.parametrize("operation", CREATED)
def test_an_identity_is_pending_for_both_versions_until_it_is_verified(sesfake: SesFake, operation: str) -> None:
    v1, v2 = sesfake.client("ses"), sesfake.client("sesv2")
    service, arguments = CREATED[operation]
    name = next(iter(arguments.values()))

    getattr(sesfake.client(service), operation)(**arguments)

    assert state_v1(v1, name)["VerificationStatus"] == "Pending"
    assert (seen(v2, name)["VerificationStatus"], seen(v2, name)["VerifiedForSendingStatus"]) == ("PENDING", False)
    assert v2.list_email_identities()["EmailIdentities"] == [
        {
            "IdentityType": "EMAIL_ADDRESS" if "@" in name else "DOMAIN",
            "IdentityName": name,
            "SendingEnabled": False,
            "VerificationStatus": "PENDING",
        }
    ]

    sesfake.verify(name)

    assert state_v1(v1, name)["VerificationStatus"] == "Success"
    assert (seen(v2, name)["VerificationStatus"], seen(v2, name)["VerifiedForSendingStatus"]) == ("SUCCESS", True)
    assert v2.list_email_identities()["EmailIdentities"][0]["SendingEnabled"] is True


@pytest.mark.sesfake(verification="instant")
@pytest.mark.parametrize("operation", CREATED)
def test_an_identity_is_verified_at_once_where_the_fake_is_set_so(sesfake: SesFake, operation: str) -> None:
    service, arguments = CREATED[operation]

    getattr(sesfake.client(service), operation)(**arguments)

    assert seen(sesfake.client("sesv2"), next(iter(arguments.values())))["VerificationStatus"] == "SUCCESS"


@pytest.mark.parametrize(
    "status, in_v1", [("FAILED", "Failed"), ("TEMPORARY_FAILURE", "TemporaryFailure"), ("PENDING", "Pending")]
)
def test_a_verification_can_end_otherwise(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, status: VerificationStatus, in_v1: str
) -> None:
    sesfake.verify(DOMAIN)

    sesfake.verify(DOMAIN, status=status)

    assert state_v1(v1, DOMAIN)["VerificationStatus"] == in_v1
    assert (seen(v2)["VerificationStatus"], seen(v2)["VerifiedForSendingStatus"]) == (status, False)


def test_a_status_that_is_none_is_a_value_error_at_once(sesfake: SesFake) -> None:
    with pytest.raises(ValueError, match=r"verify\(\) takes the status 'SUCCESS', 'PENDING', 'FAILED', .*not 'MAYBE'"):
        sesfake.verify(DOMAIN, status="MAYBE")  # type: ignore[arg-type]  # no such word


def test_a_domain_fails_after_72_hours_without_its_records_and_can_be_tried_again(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client
) -> None:
    sesfake.clock.freeze(NOON)
    v1.verify_domain_identity(Domain=DOMAIN)

    sesfake.clock.advance(hours=72, seconds=-1)
    assert state_v1(v1, DOMAIN)["VerificationStatus"] == "Pending"
    sesfake.clock.advance(seconds=1)
    assert state_v1(v1, DOMAIN)["VerificationStatus"] == "Failed"
    assert seen(v2)["VerificationInfo"] == {
        "LastCheckedTimestamp": NOON + timedelta(hours=72),
        "ErrorType": "HOST_NOT_FOUND",
    }

    v1.verify_domain_identity(Domain=DOMAIN)
    assert state_v1(v1, DOMAIN)["VerificationStatus"] == "Pending"


def test_the_link_to_an_address_is_good_for_24_hours(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.clock.freeze(NOON)
    v1.verify_email_identity(EmailAddress=ADDRESS)

    sesfake.clock.advance(hours=24)

    assert state_v1(v1, ADDRESS) == {"VerificationStatus": "Failed"}
    v1.verify_email_identity(EmailAddress=ADDRESS)
    assert state_v1(v1, ADDRESS) == {"VerificationStatus": "Pending"}


def test_a_lost_record_is_a_temporary_failure_for_72_hours(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.verify(DOMAIN)
    sesfake.verify(DOMAIN, status="TEMPORARY_FAILURE")

    sesfake.clock.advance(hours=72)

    assert seen(v2)["VerificationStatus"] == "FAILED"


def test_dns_results_are_shown_for_a_domain_and_not_for_an_address(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    v2.create_email_identity(EmailIdentity=DOMAIN)
    assert seen(v2)["VerificationInfo"] == {}

    sesfake.verify(DOMAIN, ADDRESS)
    assert seen(v2)["VerificationInfo"] == {"LastCheckedTimestamp": NOON, "LastSuccessTimestamp": NOON}
    assert seen(v2, ADDRESS)["VerificationInfo"] == {}

    sesfake.clock.advance(hours=1)
    sesfake.verify(DOMAIN, status="FAILED")
    assert seen(v2)["VerificationInfo"] == {
        "LastCheckedTimestamp": NOON + timedelta(hours=1),
        "LastSuccessTimestamp": NOON,
        "ErrorType": "HOST_NOT_FOUND",
    }


def test_a_new_address_is_described_as_ses_was_seen_to_describe_it(v2: SESV2Client) -> None:
    created = v2.create_email_identity(EmailIdentity=ADDRESS)

    assert bare(created) == {"IdentityType": "EMAIL_ADDRESS", "VerifiedForSendingStatus": False}
    assert seen(v2, ADDRESS) == {
        "IdentityType": "EMAIL_ADDRESS",
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": False,
        "DkimAttributes": {
            "SigningEnabled": False,
            "Status": "NOT_STARTED",
            "SigningAttributesOrigin": "AWS_SES",
            "NextSigningKeyLength": "RSA_1024_BIT",
        },
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Policies": {},
        "Tags": [],
        "VerificationStatus": "PENDING",
        "VerificationInfo": {},
    }


def test_a_domain_has_a_token_of_44_characters_that_repeated_calls_give_again(v1: SESClient) -> None:
    token = v1.verify_domain_identity(Domain=DOMAIN)["VerificationToken"]

    assert len(token) == 44
    assert v1.verify_domain_identity(Domain=DOMAIN)["VerificationToken"] == token
    assert state_v1(v1, DOMAIN) == {"VerificationStatus": "Pending", "VerificationToken": token}
    assert v1.list_identities()["Identities"] == [DOMAIN]


def test_registering_twice_by_v1_is_no_error_and_by_v2_is_one(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    v2.create_email_identity(EmailIdentity=ADDRESS)
    v1.verify_email_identity(EmailAddress=ADDRESS)
    v1.verify_email_address(EmailAddress=ADDRESS)

    assert v1.list_identities()["Identities"] == [ADDRESS]
    assert refused(lambda: v2.create_email_identity(EmailIdentity=ADDRESS), v2.exceptions.AlreadyExistsException) == (
        "AlreadyExistsException",
        400,
        f"Email identity {ADDRESS} already exist.",
    )


def test_domains_compare_without_case_and_addresses_with_it(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    v1.verify_domain_identity(Domain="Example.COM")
    v1.verify_domain_identity(Domain="example.com")
    v1.verify_email_identity(EmailAddress="Ada@example.org")
    v1.verify_email_identity(EmailAddress="ada@example.org")

    assert v1.list_identities()["Identities"] == ["example.com", "Ada@example.org", "ada@example.org"]
    assert seen(v2, "EXAMPLE.com")["IdentityType"] == "DOMAIN"
    assert state_v1(v1, "EXAMPLE.com")["VerificationStatus"] == "Pending"
    assert refused(lambda: v2.get_email_identity(EmailIdentity="ADA@example.org"))[0] == "NotFoundException"


@pytest.mark.parametrize(
    "name", ["example", "-", "a b.com", "exämple.com", "ada@example.com", "example.com.", "x..com"]
)
def test_what_is_no_domain_is_refused(v1: SESClient, name: str, refused: Refused) -> None:
    said = ("InvalidParameterValue", 400, f"Invalid domain name {name}.")

    assert refused(lambda: v1.verify_domain_identity(Domain=name)) == said
    assert refused(lambda: v1.verify_domain_dkim(Domain=name)) == said
    assert v1.list_identities()["Identities"] == []


@pytest.mark.parametrize("name", [f"{'a' * 64}.com", f"{'a.' * 127}com"])
def test_a_domain_that_is_too_long_is_refused(v2: SESV2Client, name: str, refused: Refused) -> None:
    assert refused(lambda: v2.create_email_identity(EmailIdentity=name), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        f"Invalid domain name {name}.",
    )


@pytest.mark.parametrize("name", ["STUB", "ada@", "@example.org", "Ada <ada@example.org>", "ädä@example.org"])
def test_what_is_no_address_is_refused(v1: SESClient, name: str, refused: Refused) -> None:
    said = ("InvalidParameterValue", 400, f"Invalid email address<{name}>.")

    assert refused(lambda: v1.verify_email_identity(EmailAddress=name)) == said
    assert refused(lambda: v1.verify_email_address(EmailAddress=name)) == said


def test_an_unknown_identity_is_an_error_in_v2_and_left_out_in_v1(
    v1: SESClient, v2: SESV2Client, refused: Refused
) -> None:
    assert refused(lambda: v2.get_email_identity(EmailIdentity=DOMAIN), v2.exceptions.NotFoundException) == (
        "NotFoundException",
        404,
        f"Identity {DOMAIN} does not exist.",
    )
    asked = {"Identities": [DOMAIN, ADDRESS]}
    assert v1.get_identity_verification_attributes(**asked)["VerificationAttributes"] == {}
    assert v1.get_identity_dkim_attributes(**asked)["DkimAttributes"] == {}
    assert v1.get_identity_mail_from_domain_attributes(**asked)["MailFromDomainAttributes"] == {}
    assert v1.get_identity_notification_attributes(**asked)["NotificationAttributes"] == {}


def test_attributes_are_returned_for_at_most_100_identities(v1: SESClient, refused: Refused) -> None:
    assert refused(
        lambda: v1.get_identity_verification_attributes(Identities=[f"d{number}.com" for number in range(101)])
    ) == ("InvalidParameterValue", 400, "Number of identities exceeds 100.")


def test_attributes_of_an_arn_are_returned_under_that_arn(v1: SESClient) -> None:
    v1.verify_domain_identity(Domain=DOMAIN)
    arn = f"arn:aws:ses:us-east-1:123456789012:identity/{DOMAIN}"
    elsewhere = f"arn:aws:ses:eu-west-1:123456789012:identity/{DOMAIN}"

    found = v1.get_identity_notification_attributes(Identities=[arn, elsewhere])["NotificationAttributes"]

    assert list(found) == [arn]


# Removing


def test_removing_by_either_version_is_seen_by_the_other(v1: SESClient, v2: SESV2Client) -> None:
    v1.verify_domain_identity(Domain=DOMAIN)
    v1.verify_email_identity(EmailAddress=ADDRESS)
    v1.verify_email_address(EmailAddress="bob@example.org")

    v2.delete_email_identity(EmailIdentity=DOMAIN)
    assert v1.list_identities()["Identities"] == [ADDRESS, "bob@example.org"]
    v1.delete_identity(Identity=ADDRESS)
    v1.delete_verified_email_address(EmailAddress="bob@example.org")
    assert names_v2(v2) == []


def test_removing_what_is_not_there_is_an_error_in_v2_alone(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    v1.delete_identity(Identity=DOMAIN)
    v1.delete_verified_email_address(EmailAddress=ADDRESS)

    assert refused(lambda: v2.delete_email_identity(EmailIdentity=DOMAIN), v2.exceptions.NotFoundException) == (
        "NotFoundException",
        404,
        f"Email identity {DOMAIN} does not exist.",
    )


def test_an_identity_that_is_made_again_remembers_nothing(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    v2.create_email_identity(EmailIdentity=DOMAIN, Tags=[{"Key": "team", "Value": "mail"}])
    v1.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain="m.example.com")
    sesfake.verify(DOMAIN)
    v2.delete_email_identity(EmailIdentity=DOMAIN)

    v2.create_email_identity(EmailIdentity=DOMAIN)

    again = seen(v2)
    assert (again["Tags"], again["VerificationStatus"]) == ([], "PENDING")
    assert again["MailFromAttributes"] == {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}


@pytest.mark.sesfake(verified=[])
def test_removing_a_domain_takes_its_addresses_the_right_to_send(
    sesfake: SesFake, v1: SESClient, refused: Refused
) -> None:
    sesfake.verify(DOMAIN)
    mail: Any = {
        "Source": f"ada@{DOMAIN}",
        "Destination": {"ToAddresses": ["bob@example.net"]},
        "Message": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}},
    }
    v1.send_email(**mail)

    v1.delete_identity(Identity=DOMAIN)

    assert refused(lambda: v1.send_email(**mail), v1.exceptions.MessageRejected)[0] == "MessageRejected"


# Making one with everything


def test_tags_and_a_configuration_set_come_with_a_new_identity(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.configuration_set("news")

    v2.create_email_identity(EmailIdentity=DOMAIN, ConfigurationSetName="news", Tags=[{"Key": "team", "Value": "mail"}])

    assert (seen(v2)["ConfigurationSetName"], seen(v2)["Tags"]) == ("news", [{"Key": "team", "Value": "mail"}])
    arn = f"arn:aws:ses:us-east-1:123456789012:identity/{DOMAIN}"
    assert v2.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "mail"}]


def test_a_configuration_set_that_is_missing_leaves_no_identity_behind(v2: SESV2Client, refused: Refused) -> None:
    assert refused(
        lambda: v2.create_email_identity(EmailIdentity=DOMAIN, ConfigurationSetName="news"),
        v2.exceptions.NotFoundException,
    ) == ("NotFoundException", 404, "Configuration set <news> does not exist.")
    assert names_v2(v2) == []


def test_an_account_has_10000_identities_in_a_region_at_most(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, monkeypatch: pytest.MonkeyPatch, refused: Refused
) -> None:
    assert identities.MOST == 10_000
    monkeypatch.setattr(identities, "MOST", 2)
    sesfake.verify("a.com", "b.com")

    text = "The maximum number of identities (2) is reached."
    assert refused(lambda: v2.create_email_identity(EmailIdentity=DOMAIN), v2.exceptions.LimitExceededException) == (
        "LimitExceededException",
        400,
        text,
    )
    assert refused(lambda: v1.verify_domain_identity(Domain=DOMAIN), v1.exceptions.LimitExceededException) == (
        "LimitExceeded",
        400,
        text,
    )
    v1.verify_domain_identity(Domain="a.com")


# Everything together


def test_the_waiter_for_an_identity_ends_when_it_is_verified(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify(DOMAIN)

    v1.get_waiter("identity_exists").wait(Identities=[DOMAIN], WaiterConfig={"Delay": 0, "MaxAttempts": 1})


def test_every_region_has_its_own_identities_except_those_set_up_everywhere(sesfake: SesFake) -> None:
    sesfake.client("ses").verify_email_identity(EmailAddress=ADDRESS)
    sesfake.verify(DOMAIN)

    assert sesfake.client("ses", "eu-west-1").list_identities()["Identities"] == [DOMAIN]


@given(st.lists(st.tuples(st.sampled_from("1234567"), st.sampled_from(["a.com", "A.com", "x@a.com"])), max_size=12))
def test_both_versions_always_show_the_same_identities(steps: list[tuple[str, str]]) -> None:
    with SesFake() as sesfake:
        v1, v2 = sesfake.client("ses"), sesfake.client("sesv2")
        for step, name in steps:
            with suppress(ClientError):
                _take(step, name, sesfake)
        names = v1.list_identities()["Identities"]
        assert names_v2(v2) == names
        for name in names:
            assert state_v1(v1, name)["VerificationStatus"].upper() == seen(v2, name)["VerificationStatus"]
            signed = v1.get_identity_dkim_attributes(Identities=[name])["DkimAttributes"][name]
            assert signed["DkimEnabled"] == seen(v2, name)["DkimAttributes"]["SigningEnabled"]
            assert signed.get("DkimTokens") == seen(v2, name)["DkimAttributes"].get("Tokens")


def _take(step: str, name: str, sesfake: SesFake) -> None:
    v1, v2 = sesfake.client("ses"), sesfake.client("sesv2")
    steps: dict[str, Callable[[], object]] = {
        "1": lambda: v2.create_email_identity(EmailIdentity=name),
        "2": lambda: v1.verify_email_identity(EmailAddress=name),
        "3": lambda: v1.verify_domain_identity(Domain=name),
        "4": lambda: v1.verify_domain_dkim(Domain=name),
        "5": lambda: v1.delete_identity(Identity=name),
        "6": lambda: v2.delete_email_identity(EmailIdentity=name),
        "7": lambda: sesfake.verify(name),
    }
    steps[step]()
