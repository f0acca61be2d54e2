"""What tenants may use: identities, configuration sets and templates, and what SES says to mistakes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

pytestmark = pytest.mark.needs_model("CreateTenant")

OURS = "arn:aws:ses:us-east-1:123456789012:"
IDENTITY, SET = OURS + "identity/example.org", OURS + "configuration-set/news"
BOTH: Any = {"SuppressedReasons": ["BOUNCE", "COMPLAINT"], "SuppressionScope": "TENANT"}


def bare(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.mark.usefixtures("acme")
def test_resources_of_a_tenant_are_listed_by_arn_and_by_kind(v2: SESV2Client) -> None:
    every = [
        {"ResourceType": "configuration-set", "ResourceArn": SET},
        {"ResourceType": "identity", "ResourceArn": IDENTITY},
    ]

    assert bare(v2.list_tenant_resources(TenantName="acme")) == {"TenantResources": every}
    only: Any = {"RESOURCE_TYPE": "identity"}
    assert v2.list_tenant_resources(TenantName="acme", Filter=only)["TenantResources"] == every[1:]


@pytest.mark.usefixtures("acme")
def test_a_kind_that_tenants_do_not_use_is_refused(v2: SESV2Client, refused: Refused) -> None:
    only: Any = {"RESOURCE_TYPE": "contact-list"}

    assert refused(lambda: v2.list_tenant_resources(TenantName="acme", Filter=only)) == (
        "BadRequestException",
        400,
        "Invalid resource type contact-list specified.",
    )


def test_tenants_of_a_resource_are_listed_in_the_order_of_association(
    sesfake: SesFake, v2: SESV2Client, acme: str
) -> None:
    sesfake.clock.freeze()
    sesfake.clock.advance(hours=1)
    v2.create_tenant(TenantName="aardvark")
    v2.create_tenant_resource_association(TenantName="aardvark", ResourceArn=IDENTITY)

    shown = v2.list_resource_tenants(ResourceArn=IDENTITY)["ResourceTenants"]

    assert [entry["TenantName"] for entry in shown] == [acme, "aardvark"]
    assert shown[1] == {
        "TenantName": "aardvark",
        "TenantId": v2.get_tenant(TenantName="aardvark")["Tenant"]["TenantId"],
        "ResourceArn": IDENTITY,
        "AssociatedTimestamp": sesfake.clock.now(),
    }


@pytest.mark.usefixtures("acme")
def test_a_resource_is_associated_once_and_can_be_removed_repeatedly(v2: SESV2Client, refused: Refused) -> None:
    both: Any = {"TenantName": "acme", "ResourceArn": IDENTITY}

    assert refused(lambda: v2.create_tenant_resource_association(**both), v2.exceptions.AlreadyExistsException) == (
        "AlreadyExistsException",
        400,
        f"Resources {IDENTITY} has already been associated with tenant acme",
    )
    for _ in range(2):
        v2.delete_tenant_resource_association(**both)
    assert v2.list_resource_tenants(ResourceArn=IDENTITY)["ResourceTenants"] == []


@pytest.mark.usefixtures("acme")
def test_what_a_tenant_uses_cannot_be_removed(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    def text(arn: str) -> str:
        return (
            f"Cannot delete <{arn}> because it has tenant associations. Remove all tenant associations and try again."
        )

    identity = partial(v2.delete_email_identity, EmailIdentity="example.org")
    chosen = partial(v2.delete_configuration_set, ConfigurationSetName="news")
    v1 = sesfake.client("ses")

    bad = v2.exceptions.BadRequestException
    assert refused(identity, bad) == ("BadRequestException", 400, text(IDENTITY))
    assert refused(chosen, bad) == ("BadRequestException", 400, text(SET))
    assert refused(lambda: v1.delete_identity(Identity="example.org")) == (
        "InvalidParameterValue",
        400,
        text(IDENTITY),
    )
    v2.delete_tenant(TenantName="acme")
    identity()
    chosen()


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    "arn, error, text",
    [
        ("nothing", "BadRequestException", "Provided resource identifier is not an SES resource"),
        (OURS + "identity/", "BadRequestException", "Provided resource identifier is not an SES resource"),
        (
            "arn:aws:sqs:us-east-1:123456789012:queue",
            "BadRequestException",
            "Provided ARN is not in SES resource ARN format",
        ),
        (OURS + "contact-list/news", "BadRequestException", "Unsupported resource type: contact-list"),
        (
            "arn:aws:ses:eu-west-1:123456789012:identity/example.org",
            "BadRequestException",
            "Resource <arn:aws:ses:eu-west-1:123456789012:identity/example.org> must be in the same region",
        ),
        (
            "arn:aws:ses:us-east-1:111111111111:identity/example.org",
            "BadRequestException",
            "Resource <arn:aws:ses:us-east-1:111111111111:identity/example.org> must be in the same account",
        ),
        (OURS + "identity/ghost.org", "NotFoundException", "Identity <ghost.org> does not exist"),
        (OURS + "configuration-set/ghost", "NotFoundException", "Configuration set <ghost> does not exist:"),
        (OURS + "template/ghost", "NotFoundException", "Email template <ghost> does not exist"),
    ],
)
def test_only_resources_of_the_account_can_be_associated(
    v2: SESV2Client, refused: Refused, arn: str, error: str, text: str
) -> None:
    for call in (
        lambda: v2.create_tenant_resource_association(TenantName="acme", ResourceArn=arn),
        lambda: v2.delete_tenant_resource_association(TenantName="acme", ResourceArn=arn),
        lambda: v2.list_resource_tenants(ResourceArn=arn),
    ):
        code, _, message = refused(call, getattr(v2.exceptions, error))
        assert (code, message) == (error, text)


def test_an_unknown_tenant_can_use_nothing(v2: SESV2Client, refused: Refused) -> None:
    both: Any = {"TenantName": "ghosts", "ResourceArn": IDENTITY}
    suppression: Any = {"TenantName": "ghosts", **BOTH}

    for call in (
        lambda: v2.create_tenant_resource_association(**both),
        lambda: v2.delete_tenant_resource_association(**both),
        lambda: v2.list_tenant_resources(TenantName="ghosts"),
        lambda: v2.put_tenant_suppression_attributes(**suppression),
        lambda: v2.put_suppressed_destination(EmailAddress="a@example.com", Reason="BOUNCE", TenantName="ghosts"),
        lambda: v2.get_suppressed_destination(EmailAddress="a@example.com", TenantName="ghosts"),
        lambda: v2.delete_suppressed_destination(EmailAddress="a@example.com", TenantName="ghosts"),
        lambda: v2.list_suppressed_destinations(TenantName="ghosts"),
    ):
        assert refused(call, v2.exceptions.NotFoundException) == (
            "NotFoundException",
            404,
            "The requested tenant <ghosts> does not exist.",
        )
