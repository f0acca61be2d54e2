"""Sending authorization policies: attached, shown and taken away by either version, and what SES says to mistakes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

DOMAIN = "example.com"
ARN = "arn:aws:ses:us-east-1:123456789012:identity/example.com"


def policy(**changes: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
        "Action": ["ses:SendEmail", "ses:SendRawEmail"],
        "Resource": ARN,
        **changes,
    }
    kept = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [kept]}, indent=2)


def compact(text: str) -> str:
    return json.dumps(json.loads(text), separators=(",", ":"))


@pytest.fixture(autouse=True)
def _domain(sesfake: SesFake) -> None:
    sesfake.verify(DOMAIN)


def test_a_policy_of_v1_is_seen_by_v2_without_needless_blanks(v1: SESClient, v2: SESV2Client) -> None:
    v1.put_identity_policy(Identity=DOMAIN, PolicyName="ours", Policy=policy())

    assert v2.get_email_identity_policies(EmailIdentity=DOMAIN)["Policies"] == {"ours": compact(policy())}
    assert v2.get_email_identity(EmailIdentity=DOMAIN)["Policies"] == {"ours": compact(policy())}


def test_a_policy_of_v2_is_seen_by_v1(v1: SESClient, v2: SESV2Client) -> None:
    v2.create_email_identity_policy(EmailIdentity=DOMAIN, PolicyName="ours", Policy=policy())
    v2.create_email_identity_policy(EmailIdentity=DOMAIN, PolicyName="all", Policy=policy())

    assert v1.list_identity_policies(Identity=DOMAIN)["PolicyNames"] == ["ours", "all"]
    assert v1.get_identity_policies(Identity=DOMAIN, PolicyNames=["all", "none"])["Policies"] == {
        "all": compact(policy())
    }


def test_v1_takes_an_arn_for_the_identity(v1: SESClient) -> None:
    v1.put_identity_policy(Identity=ARN, PolicyName="ours", Policy=policy())

    assert v1.list_identity_policies(Identity=ARN)["PolicyNames"] == ["ours"]
    assert list(v1.get_identity_policies(Identity=ARN, PolicyNames=["ours"])["Policies"]) == ["ours"]
    v1.delete_identity_policy(Identity=ARN, PolicyName="ours")
    assert v1.list_identity_policies(Identity=DOMAIN)["PolicyNames"] == []


def test_v1_overwrites_and_v2_creates_or_updates(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    assert refused(
        lambda: v2.update_email_identity_policy(EmailIdentity=DOMAIN, PolicyName="p", Policy=policy()),
        v2.exceptions.NotFoundException,
    ) == ("NotFoundException", 404, "Policy <p> does not exist")
    v2.create_email_identity_policy(EmailIdentity=DOMAIN, PolicyName="p", Policy=policy())
    assert refused(
        lambda: v2.create_email_identity_policy(EmailIdentity=DOMAIN, PolicyName="p", Policy=policy()),
        v2.exceptions.AlreadyExistsException,
    ) == ("AlreadyExistsException", 400, "Policy <p> already exists")

    v2.update_email_identity_policy(EmailIdentity=DOMAIN, PolicyName="p", Policy=policy(Effect="Deny"))
    assert "Deny" in v1.get_identity_policies(Identity=DOMAIN, PolicyNames=["p"])["Policies"]["p"]
    v1.put_identity_policy(Identity=DOMAIN, PolicyName="p", Policy=policy())
    assert "Deny" not in v2.get_email_identity_policies(EmailIdentity=DOMAIN)["Policies"]["p"]


def test_taking_away_what_is_not_there_is_an_error_in_v2_alone(
    v1: SESClient, v2: SESV2Client, refused: Refused
) -> None:
    v1.delete_identity_policy(Identity=DOMAIN, PolicyName="p")

    assert refused(
        lambda: v2.delete_email_identity_policy(EmailIdentity=DOMAIN, PolicyName="p"), v2.exceptions.NotFoundException
    ) == ("NotFoundException", 404, "Policy <p> does not exist")
    v1.put_identity_policy(Identity=DOMAIN, PolicyName="p", Policy=policy())
    v2.delete_email_identity_policy(EmailIdentity=DOMAIN, PolicyName="p")
    assert v1.list_identity_policies(Identity=DOMAIN)["PolicyNames"] == []


def test_policies_go_with_their_identity(v1: SESClient, v2: SESV2Client) -> None:
    v1.put_identity_policy(Identity=DOMAIN, PolicyName="p", Policy=policy())
    v2.delete_email_identity(EmailIdentity=DOMAIN)

    v2.create_email_identity(EmailIdentity=DOMAIN)

    assert v2.get_email_identity_policies(EmailIdentity=DOMAIN)["Policies"] == {}


def test_an_identity_has_20_policies_at_most(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    for number in range(20):
        v1.put_identity_policy(Identity=DOMAIN, PolicyName=f"p{number}", Policy=policy())
    text = "Number of policies for <example.com> exceeds max allowed number of policies per resource"

    assert refused(lambda: v1.put_identity_policy(Identity=DOMAIN, PolicyName="p", Policy=policy())) == (
        "InvalidParameterValue",
        400,
        text,
    )
    assert refused(
        lambda: v2.create_email_identity_policy(EmailIdentity=DOMAIN, PolicyName="p", Policy=policy()),
        v2.exceptions.LimitExceededException,
    ) == ("LimitExceededException", 400, text)
    v1.put_identity_policy(Identity=DOMAIN, PolicyName="p0", Policy=policy())
    assert refused(
        lambda: v1.get_identity_policies(Identity=DOMAIN, PolicyNames=[f"p{number}" for number in range(21)])
    ) == ("InvalidParameterValue", 400, "Number of policy names exceeds 20.")


def test_a_missing_identity_has_no_policies(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    other = "example.org"
    text = policy(Resource=ARN.replace(DOMAIN, other))
    said = ("InvalidParameterValue", 400, "Invalid identity. Must be a verified email address or domain.")
    assert refused(lambda: v1.put_identity_policy(Identity=other, PolicyName="p", Policy=text)) == said
    assert refused(lambda: v1.get_identity_policies(Identity=other, PolicyNames=["p"])) == said
    assert refused(lambda: v1.list_identity_policies(Identity=other)) == said
    assert refused(lambda: v1.delete_identity_policy(Identity=other, PolicyName="p")) == said

    said = ("NotFoundException", 404, "Email identity <example.org> does not exist.")
    calls: list[Callable[[], object]] = [
        lambda: v2.create_email_identity_policy(EmailIdentity=other, PolicyName="p", Policy=text),
        lambda: v2.update_email_identity_policy(EmailIdentity=other, PolicyName="p", Policy=text),
        lambda: v2.get_email_identity_policies(EmailIdentity=other),
        lambda: v2.delete_email_identity_policy(EmailIdentity=other, PolicyName="p"),
    ]
    for call in calls:
        assert refused(call, v2.exceptions.NotFoundException) == said


@pytest.mark.parametrize("name", ["my policy", "a.b", "ä"])
def test_a_policy_name_may_have_letters_digits_dashes_and_underscores(
    v1: SESClient, v2: SESV2Client, refused: Refused, name: str
) -> None:
    text = "PolicyName is invalid. Policy names must only include alpha-numeric characters, dashes, and underscores."

    assert refused(lambda: v1.put_identity_policy(Identity=DOMAIN, PolicyName=name, Policy=policy())) == (
        "InvalidParameterValue",
        400,
        text,
    )
    assert refused(
        lambda: v2.create_email_identity_policy(EmailIdentity=DOMAIN, PolicyName=name, Policy=policy()),
        v2.exceptions.BadRequestException,
    ) == ("BadRequestException", 400, text)


def test_a_policy_name_has_64_characters_at_most(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    rule = "Member must have length less than or equal to 64"
    long = "p" * 65

    assert refused(lambda: v1.put_identity_policy(Identity=DOMAIN, PolicyName=long, Policy=policy())) == (
        "ValidationError",
        400,
        f"1 validation error detected: Value '{long}' at 'policyName' failed to satisfy constraint: {rule}",
    )
    assert refused(lambda: v2.create_email_identity_policy(EmailIdentity=DOMAIN, PolicyName=long, Policy=policy())) == (
        "BadRequestException",
        400,
        f"1 validation error detected: Value at 'policyName' failed to satisfy constraint: {rule}",
    )


def test_a_policy_must_be_there(sesfake: SesFake, loose_v2: SESV2Client, refused: Refused) -> None:
    loose_v1 = sesfake.client("ses", config=Config(parameter_validation=False))
    nothing: Any = {}

    assert refused(lambda: loose_v2.create_email_identity_policy(EmailIdentity=DOMAIN, PolicyName="p", **nothing)) == (
        "BadRequestException",
        400,
        "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must not be null",
    )
    assert refused(lambda: loose_v1.put_identity_policy(Identity=DOMAIN, PolicyName="p", **nothing)) == (
        "ValidationError",
        400,
        "1 validation error detected: Value null at 'policy' failed to satisfy constraint: Member must not be null",
    )


@pytest.mark.parametrize(
    "text, fault",
    [
        ("{", "Policy is not valid JSON"),
        ("[]", "Policy is not a JSON object"),
        ("{}", "Policy must contain at least one statement"),
        ('{"Statement": []}', "Policy must contain at least one statement"),
        ('{"Statement": ["all"]}', "Policy contains an invalid statement"),
        ('{"Version": "2020-01-01", "Statement": []}', "Policy contains an invalid version"),
        (policy(Effect="Maybe"), "Policy contains an invalid effect"),
        (policy(Action="s3:GetObject"), "Policy contains an invalid action"),
        (policy(Action=None), "Policy contains an invalid action"),
        (policy(Resource="everything"), "Invalid ARN"),
        (policy(Resource=None), "Invalid ARN"),
        (policy(Resource=ARN + ".au"), "Policy contains a resource that is not the identity it is attached to"),
        (policy(Principal=None), "Policy contains an invalid principal"),
        (policy(Principal="somebody"), "Policy contains an invalid principal"),
        (policy(Principal={"AWS": "12"}), "Policy contains an invalid principal"),
        (policy(Principal={"AWS": []}), "Policy contains an invalid principal"),
        (policy(Principal={"Google": "me"}), "Policy contains an invalid principal"),
        (policy(Condition=["x"]), "Policy contains an invalid condition"),
        (policy(Sid="x" * 4096), "Policy is longer than 4096 bytes"),
    ],
)
def test_a_policy_that_says_nothing_sensible_is_refused(
    sesfake: SesFake, refused: Refused, text: str, fault: str
) -> None:
    v1, v2 = sesfake.client("ses"), sesfake.client("sesv2")

    assert refused(
        lambda: v1.put_identity_policy(Identity=DOMAIN, PolicyName="p", Policy=text),
        v1.exceptions.InvalidPolicyException,
    ) == ("InvalidPolicy", 400, fault)
    assert refused(
        lambda: v2.create_email_identity_policy(EmailIdentity=DOMAIN, PolicyName="p", Policy=text),
        v2.exceptions.BadRequestException,
    ) == ("BadRequestException", 400, fault)
    assert v1.list_identity_policies(Identity=DOMAIN)["PolicyNames"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": ["999999999999", "arn:aws:iam::999999999999:role/mailer"]}},
        {"Principal": {"Service": "cognito-idp.amazonaws.com"}},
        {"Action": "ses:Send*"},
        {"Resource": [ARN]},
        {"Condition": {"StringLike": {"ses:FromAddress": "news+*@example.com"}}},
    ],
)
def test_a_policy_of_the_guide_is_taken(v1: SESClient, changes: dict[str, Any]) -> None:
    v1.put_identity_policy(Identity=DOMAIN, PolicyName="p", Policy=policy(**changes))

    assert v1.list_identity_policies(Identity=DOMAIN)["PolicyNames"] == ["p"]
