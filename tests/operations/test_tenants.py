"""Tenants: what they may use, what is sent for them, their own suppression list, and what SES says to mistakes."""

from __future__ import annotations

import re
import smtplib
import ssl
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import botocore
import pytest

from pytest_sesfake import Bounce, Complaint
from pytest_sesfake.world import tenants

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

pytestmark = pytest.mark.skipif(
    tuple(map(int, botocore.__version__.split(".")[:2])) < (1, 44), reason="an older botocore does not know all options"
)

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
OURS = "arn:aws:ses:us-east-1:123456789012:"
IDENTITY, SET = OURS + "identity/example.org", OURS + "configuration-set/news"
HELLO: Any = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}}
BOTH: Any = {"SuppressedReasons": ["BOUNCE", "COMPLAINT"], "SuppressionScope": "TENANT"}


@pytest.fixture
def acme(sesfake: SesFake, v2: SESV2Client) -> str:
    """A tenant who may send as example.org, with the set news."""
    sesfake.verify("example.org")
    sesfake.configuration_set("news")
    v2.create_tenant(TenantName="acme")
    v2.create_tenant_resource_association(TenantName="acme", ResourceArn=IDENTITY)
    v2.create_tenant_resource_association(TenantName="acme", ResourceArn=SET)
    return "acme"


def send(v2: SESV2Client, to: str = "ada@example.com", **words: Any) -> str:
    call: dict[str, Any] = {
        "FromEmailAddress": "me@example.org",
        "Destination": {"ToAddresses": [to]},
        "Content": HELLO,
        "TenantName": "acme",
    }
    return v2.send_email(**{**call, **words})["MessageId"]


def bare(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


# Tenants


def test_a_tenant_is_shown_as_it_was_made(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    tags = [{"Key": "team", "Value": "blue"}]

    made = bare(v2.create_tenant(TenantName="acme", Tags=tags, SuppressionAttributes=BOTH))

    assert re.fullmatch(r"tn-[0-9a-f]{29}", made["TenantId"])
    assert made == {
        "TenantName": "acme",
        "TenantId": made["TenantId"],
        "TenantArn": f"{OURS}tenant/acme/{made['TenantId']}",
        "CreatedTimestamp": NOON,
        "Tags": tags,
        "SendingStatus": "ENABLED",
        "SuppressionAttributes": BOTH,
    }
    assert v2.get_tenant(TenantName="acme")["Tenant"] == made
    listed = {name: value for name, value in made.items() if name not in {"Tags", "SuppressionAttributes"}}
    assert bare(v2.list_tenants()) == {"Tenants": [listed]}


def test_a_tenant_is_made_once_and_removed_once(v2: SESV2Client, refused: Refused) -> None:
    v2.create_tenant(TenantName="acme")

    assert refused(lambda: v2.create_tenant(TenantName="acme"), v2.exceptions.AlreadyExistsException) == (
        "AlreadyExistsException",
        400,
        "Tenant with name acme already exists in account 123456789012",
    )
    v2.delete_tenant(TenantName="acme")
    for call in (v2.delete_tenant, v2.get_tenant):
        assert refused(lambda call=call: call(TenantName="acme"), v2.exceptions.NotFoundException) == (
            "NotFoundException",
            404,
            "The requested tenant <acme> does not exist.",
        )


def test_an_account_has_its_number_of_tenants(
    v2: SESV2Client, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenants, "MOST", 1)
    v2.create_tenant(TenantName="acme")

    assert refused(lambda: v2.create_tenant(TenantName="other"), v2.exceptions.LimitExceededException) == (
        "LimitExceededException",
        400,
        "Maximum of 1 tenants allowed per account.",
    )


@pytest.mark.parametrize(
    "name, text",
    [
        (" ", "TenantName cannot be empty"),
        ("a" * 65, "TenantName cannot exceed 64 characters."),
        ("a b", "Invalid tenant name <a b>: only alphanumeric ASCII characters, '_', and '-' are allowed."),
    ],
)
def test_what_cannot_be_a_name_is_refused(v2: SESV2Client, refused: Refused, name: str, text: str) -> None:
    for call in (v2.create_tenant, v2.get_tenant, v2.delete_tenant):
        assert refused(lambda call=call: call(TenantName=name), v2.exceptions.BadRequestException) == (
            "BadRequestException",
            400,
            text,
        )


def test_only_making_a_tenant_says_as_the_model_that_it_has_no_name(loose_v2: SESV2Client, refused: Refused) -> None:
    assert refused(lambda: loose_v2.create_tenant(TenantName=""))[2] == (
        "1 validation error detected: Value at 'tenantName' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    )
    associated: dict[str, Any] = {"TenantName": "", "ResourceArn": IDENTITY}
    for call in (
        lambda: loose_v2.get_tenant(TenantName=""),
        lambda: loose_v2.delete_tenant(TenantName=""),
        lambda: loose_v2.create_tenant_resource_association(**associated),
        lambda: loose_v2.delete_tenant_resource_association(**associated),
        lambda: loose_v2.list_tenant_resources(TenantName=""),
        lambda: loose_v2.put_tenant_suppression_attributes(TenantName=""),
    ):
        assert refused(call)[2] == "TenantName cannot be empty"


def test_a_tenant_of_the_same_name_is_another_one(v2: SESV2Client, acme: str) -> None:
    first = v2.get_tenant(TenantName=acme)["Tenant"]["TenantId"]
    v2.put_suppressed_destination(EmailAddress="ada@example.com", Reason="BOUNCE", TenantName=acme)

    v2.delete_tenant(TenantName=acme)
    second = v2.create_tenant(TenantName=acme)["TenantId"]

    assert first != second
    assert v2.list_tenant_resources(TenantName=acme)["TenantResources"] == []
    assert v2.list_suppressed_destinations(TenantName=acme)["SuppressedDestinationSummaries"] == []


def test_the_tags_of_a_tenant_are_those_of_its_arn_and_its_id_decides(v2: SESV2Client, refused: Refused) -> None:
    made = v2.create_tenant(TenantName="acme", Tags=[{"Key": "team", "Value": "blue"}])

    v2.tag_resource(ResourceArn=made["TenantArn"], Tags=[{"Key": "team", "Value": "red"}])

    assert v2.get_tenant(TenantName="acme")["Tenant"]["Tags"] == [{"Key": "team", "Value": "red"}]
    by_id = f"{OURS}tenant/{made['TenantId']}"
    assert v2.list_tags_for_resource(ResourceArn=by_id)["Tags"] == [{"Key": "team", "Value": "red"}]
    assert refused(lambda: v2.list_tags_for_resource(ResourceArn=f"{OURS}tenant/acme/tn-0"))[2] == (
        "No Tenant present with name: acmewith tenantId: tn-0"
    )


# Lists


@pytest.fixture
def three(v2: SESV2Client) -> None:
    """Three tenants, the second one disabled."""
    for name in ("Filter-c", "filter-a", "other"):
        v2.create_tenant(TenantName=name)
    arn = v2.get_tenant(TenantName="filter-a")["Tenant"]["TenantArn"]
    v2.update_reputation_entity_customer_managed_status(
        ReputationEntityType="RESOURCE", ReputationEntityReference=arn, SendingStatus="DISABLED"
    )


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    "wanted, found",
    [
        ({}, "Filter-c filter-a other"),
        ({"TENANT_NAME_CONTAINS": "FILTER"}, "Filter-c filter-a"),
        ({"TENANT_NAME_CONTAINS": " filter"}, ""),
        ({"SENDING_STATUS": "ENABLED"}, "Filter-c other"),
        ({"SENDING_STATUS": "DISABLED", "TENANT_NAME_CONTAINS": "filter"}, "filter-a"),
        ({"SENDING_STATUS": "REINSTATED"}, ""),
    ],
)
def test_tenants_are_listed_by_name_all_or_those_that_fit(v2: SESV2Client, wanted: Any, found: str) -> None:
    assert " ".join(tenant["TenantName"] for tenant in v2.list_tenants(Filter=wanted)["Tenants"]) == found


@pytest.mark.usefixtures("three")
def test_the_paginators_of_tenants_go_through_all_pages(v2: SESV2Client) -> None:
    def paged(name: Any, key: str, **words: Any) -> list[Any]:
        pages = v2.get_paginator(name).paginate(PaginationConfig={"PageSize": 1}, **words)
        return [entry for page in pages for entry in page[key]]

    assert [tenant["TenantName"] for tenant in paged("list_tenants", "Tenants")] == ["Filter-c", "filter-a", "other"]
    for domain in ("b.org", "a.org"):
        v2.create_email_identity(EmailIdentity=domain)
    for name in ("other", "Filter-c"):
        for domain in ("b.org", "a.org"):
            v2.create_tenant_resource_association(TenantName=name, ResourceArn=f"{OURS}identity/{domain}")
    resources = paged("list_tenant_resources", "TenantResources", TenantName="other")
    assert [entry["ResourceArn"] for entry in resources] == [f"{OURS}identity/a.org", f"{OURS}identity/b.org"]
    users = paged("list_resource_tenants", "ResourceTenants", ResourceArn=f"{OURS}identity/a.org")
    assert [entry["TenantName"] for entry in users] == ["other", "Filter-c"]


PAGES: list[Callable[..., Any]] = [
    lambda v2, **words: v2.list_tenants(**words),
    lambda v2, **words: v2.list_tenant_resources(TenantName="acme", **words),
    lambda v2, **words: v2.list_resource_tenants(ResourceArn=IDENTITY, **words),
    lambda v2, **words: v2.list_reputation_entities(**words),
]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("call", PAGES, ids=["tenants", "resources", "users", "reputations"])
@pytest.mark.parametrize(
    "words, text",
    [
        (
            {"PageSize": 0},
            "1 validation error detected: Value '0' at 'pageSize' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1",
        ),
        (
            {"PageSize": 101},
            "1 validation error detected: Value '101' at 'pageSize' failed to satisfy constraint: "
            "Member must have value less than or equal to 100",
        ),
        (
            {"NextToken": "", "PageSize": 0},
            "2 validation errors detected: Value '' at 'nextToken' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1; "
            "Value '0' at 'pageSize' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        ({"NextToken": "made up"}, "Invalid Next Token"),
    ],
)
def test_pages_that_cannot_be_are_refused(
    v2: SESV2Client, refused: Refused, call: Callable[..., Any], words: dict[str, Any], text: str
) -> None:
    assert refused(lambda: call(v2, **words), v2.exceptions.BadRequestException) == ("BadRequestException", 400, text)


@pytest.mark.usefixtures("three")
def test_a_token_goes_with_its_list_its_filter_and_its_region(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    token = v2.list_tenants(PageSize=1, Filter={"TENANT_NAME_CONTAINS": "filter"})["NextToken"]

    assert v2.list_tenants(NextToken=token, Filter={"TENANT_NAME_CONTAINS": "FILTER"})["Tenants"]
    for call in (
        lambda: v2.list_tenants(NextToken=token),
        lambda: v2.list_tenant_resources(TenantName="other", NextToken=token),
        lambda: sesfake.client("sesv2", "eu-west-1").list_tenants(NextToken=token),
    ):
        assert refused(call)[2] == "Invalid Next Token"


@pytest.mark.parametrize(
    "wanted, text",
    [
        ({"TENANT_NAME_CONTAINS": "ab"}, "TENANT_NAME_CONTAINS must be at least 3 characters."),
        ({"SENDING_STATUS": "enabled"}, "Invalid sending status <enabled>."),
        (
            {"COLOUR": "red"},
            "1 validation error detected: Value at 'filter' failed to satisfy constraint: Map keys must satisfy "
            "constraint: [Member must satisfy enum value set: [SENDING_STATUS, TENANT_NAME_CONTAINS]]",
        ),
    ],
)
def test_what_tenants_cannot_be_listed_by_is_refused(v2: SESV2Client, refused: Refused, wanted: Any, text: str) -> None:
    assert refused(lambda: v2.list_tenants(Filter=wanted), v2.exceptions.BadRequestException)[2] == text


# What they may use


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


def test_tenants_of_a_resource_are_listed_in_the_order_in_which_they_were_let(
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
def test_a_resource_is_let_once_and_taken_away_any_number_of_times(v2: SESV2Client, refused: Refused) -> None:
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

    identity = lambda: v2.delete_email_identity(EmailIdentity="example.org")  # noqa: E731
    chosen = lambda: v2.delete_configuration_set(ConfigurationSetName="news")  # noqa: E731
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
def test_what_is_no_resource_of_ours_cannot_be_let(
    v2: SESV2Client, refused: Refused, arn: str, error: str, text: str
) -> None:
    for call in (
        lambda: v2.create_tenant_resource_association(TenantName="acme", ResourceArn=arn),
        lambda: v2.delete_tenant_resource_association(TenantName="acme", ResourceArn=arn),
        lambda: v2.list_resource_tenants(ResourceArn=arn),
    ):
        code, _, message = refused(call, getattr(v2.exceptions, error))
        assert (code, message) == (error, text)


def test_a_tenant_who_is_not_there_can_use_nothing(v2: SESV2Client, refused: Refused) -> None:
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


# What is sent for them


@pytest.mark.usefixtures("acme")
def test_mail_for_a_tenant_names_it_in_its_events(sesfake: SesFake, v2: SESV2Client) -> None:
    send(v2, ConfigurationSetName="news")

    message = sesfake.outbox.one()
    assert message.tenant == "acme"
    for event in message.events:
        assert event.payload()["mail"]["tags"]["ses:tenant-name"] == ["acme"]
    assert sesfake.calls.last(operation="SendEmail", params={"TenantName": "acme"}).unmodelled == ()
    assert "ses:tenant-name" not in sesfake.send("ada@example.com").events[-1].payload()["mail"]["tags"]


@pytest.mark.usefixtures("acme")
def test_a_tenant_sends_with_nothing_but_what_it_may_use(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    sesfake.configuration_set("other")
    sesfake.verify("other.org")

    def said(*arns: str) -> tuple[str, int, str]:
        return "AccessDeniedException", 403, f"Tenant not associated with resources [{', '.join(arns)}]."

    other = OURS + "configuration-set/other"
    assert refused(lambda: send(v2, ConfigurationSetName="other")) == said(other)
    assert refused(lambda: send(v2, FromEmailAddress="Me <me@other.org>", ConfigurationSetName="other")) == said(
        OURS + "identity/other.org", other
    )
    assert not sesfake.outbox
    v2.create_tenant_resource_association(TenantName="acme", ResourceArn=other)
    send(v2, ConfigurationSetName="other")


@pytest.mark.usefixtures("acme")
def test_the_identity_of_an_address_comes_before_that_of_its_domain(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.verify("me@example.org")

    assert refused(lambda: send(v2))[2] == f"Tenant not associated with resources [{OURS}identity/me@example.org]."


@pytest.mark.usefixtures("acme")
def test_the_default_configuration_set_of_the_identity_counts(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.configuration_set("default")
    v2.put_email_identity_configuration_set_attributes(EmailIdentity="example.org", ConfigurationSetName="default")

    assert refused(lambda: send(v2))[2] == f"Tenant not associated with resources [{OURS}configuration-set/default]."


@pytest.mark.usefixtures("acme")
def test_where_nobody_asks_who_sends_a_sender_without_identity_needs_none(sesfake: SesFake, v2: SESV2Client) -> None:
    send(v2, FromEmailAddress="me@nowhere.org")

    assert sesfake.outbox.one().tenant == "acme"


@pytest.mark.sesfake(verified=["example.org"])
def test_where_somebody_asks_a_sender_without_identity_is_not_the_tenants(
    v2: SESV2Client, acme: str, refused: Refused
) -> None:
    assert refused(lambda: send(v2, FromEmailAddress="me@nowhere.org", TenantName=acme))[2] == (
        f"Tenant not associated with resources [{OURS}identity/nowhere.org]."
    )


def test_a_tenant_who_is_not_there_is_told_before_recipients_are_looked_at(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    call = lambda: send(v2, TenantName="ghosts", Destination={"ToAddresses": []})  # noqa: E731

    assert refused(call, v2.exceptions.NotFoundException) == (
        "NotFoundException",
        404,
        "Tenant ghosts for AwsAccountId 123456789012 not found.",
    )
    assert not sesfake.outbox


RAW = "From: me@example.org\r\nTo: ada@example.com\r\nX-SES-TENANT: {}\r\nSubject: Hello\r\n\r\nHello\r\n"


@pytest.mark.usefixtures("acme")
def test_a_raw_mail_names_its_tenant_in_a_header_field(sesfake: SesFake, v2: SESV2Client) -> None:
    data = RAW.format("acme").encode()

    sesfake.client("ses").send_raw_email(RawMessage={"Data": data})
    v2.send_email(Content={"Raw": {"Data": data}})
    v2.send_email(Content={"Raw": {"Data": RAW.format("ghosts").encode()}}, TenantName="acme")

    assert [message.tenant for message in sesfake.outbox] == ["acme"] * 3
    assert b"X-SES-TENANT" not in sesfake.outbox.first().raw


def by_smtp(sesfake: SesFake, data: str) -> tuple[int, bytes]:
    with smtplib.SMTP(sesfake.smtp.host, sesfake.smtp.port, timeout=10) as server:
        server.starttls(context=ssl.create_default_context(cafile=sesfake.smtp.ca_file))
        server.login(sesfake.smtp.username, sesfake.smtp.password)
        server.mail("me@example.org")
        server.rcpt("ada@example.com")
        return server.data(data)


def test_smtp_says_of_tenants_what_the_api_says(sesfake: SesFake, v2: SESV2Client, acme: str) -> None:
    def disable() -> None:
        v2.update_reputation_entity_customer_managed_status(
            ReputationEntityType="RESOURCE",
            ReputationEntityReference=v2.get_tenant(TenantName=acme)["Tenant"]["TenantArn"],
            SendingStatus="DISABLED",
        )

    assert by_smtp(sesfake, RAW.format(acme))[0] == 250
    ghosts = b"Transaction failed: Tenant ghosts for AwsAccountId 123456789012 not found."
    assert by_smtp(sesfake, RAW.format("ghosts")) == (554, ghosts)
    disable()
    assert by_smtp(sesfake, RAW.format(acme)) == (554, b"Message rejected: Sending is paused for tenant acme")
    v2.delete_tenant_resource_association(TenantName=acme, ResourceArn=IDENTITY)
    denied = f"Access denied: Tenant not associated with resources [{IDENTITY}]."
    assert by_smtp(sesfake, RAW.format(acme)) == (554, denied.encode())


def test_v1_says_of_tenants_what_v2_says(sesfake: SesFake, v2: SESV2Client, acme: str, refused: Refused) -> None:
    def call(tenant: str) -> tuple[str, int, str | None]:
        data = RAW.format(tenant).encode()
        return refused(lambda: sesfake.client("ses").send_raw_email(RawMessage={"Data": data}))

    assert call("ghosts") == (
        "InvalidParameterValue",
        400,
        "Tenant ghosts for AwsAccountId 123456789012 not found.",
    )
    v2.delete_tenant_resource_association(TenantName=acme, ResourceArn=IDENTITY)
    assert call(acme) == ("AccessDenied", 403, f"Tenant not associated with resources [{IDENTITY}].")


# Their suppression list


def suppressed(v2: SESV2Client, **words: Any) -> list[str]:
    answer = v2.list_suppressed_destinations(**words)
    return [entry["EmailAddress"] for entry in answer["SuppressedDestinationSummaries"]]


def test_suppression_of_a_tenant_is_set_changed_and_cleared(v2: SESV2Client) -> None:
    made = v2.create_tenant(TenantName="acme")
    assert "SuppressionAttributes" not in made

    for given in (BOTH, {"SuppressedReasons": [], "SuppressionScope": "ACCOUNT"}):
        v2.put_tenant_suppression_attributes(TenantName="acme", **given)
        assert v2.get_tenant(TenantName="acme")["Tenant"]["SuppressionAttributes"] == given
    v2.put_tenant_suppression_attributes(TenantName="acme")
    assert "SuppressionAttributes" not in v2.get_tenant(TenantName="acme")["Tenant"]


@pytest.mark.parametrize(
    "given, text",
    [
        (
            {"SuppressedReasons": ["BOUNCE"]},
            "SuppressedReasons cannot be specified without SuppressionScope.",
        ),
        (
            {"SuppressedReasons": []},
            "SuppressionScope is required when SuppressedReasons are provided. Valid values are: TENANT, ACCOUNT",
        ),
        (
            {"SuppressionScope": "TENANT"},
            "SuppressionScope cannot be specified without SuppressedReasons.",
        ),
        (
            {"SuppressedReasons": ["BOUNCE", "BOUNCE"], "SuppressionScope": "TENANT"},
            "Each suppressed reason can only be specified at most once",
        ),
        (
            {"SuppressedReasons": ["SPITE"], "SuppressionScope": "TENANT"},
            "1 validation error detected: Value at '{}suppressedReasons' failed to satisfy constraint: "
            "Member must satisfy constraint: [Member must satisfy enum value set: [BOUNCE, COMPLAINT]]",
        ),
        (
            {"SuppressedReasons": [], "SuppressionScope": "GALAXY"},
            "1 validation error detected: Value at '{}suppressionScope' failed to satisfy constraint: "
            "Member must satisfy enum value set: [TENANT, ACCOUNT]",
        ),
    ],
)
def test_half_of_a_suppression_and_what_is_none_are_refused(
    v2: SESV2Client, refused: Refused, given: Any, text: str
) -> None:
    bad = v2.exceptions.BadRequestException

    assert refused(lambda: v2.create_tenant(TenantName="acme", SuppressionAttributes=given), bad)[2] == text.format(
        "suppressionAttributes."
    )
    assert refused(lambda: v2.put_tenant_suppression_attributes(TenantName="ghosts", **given), bad)[2] == text.format(
        ""
    )


@pytest.mark.usefixtures("acme")
def test_the_list_of_a_tenant_and_that_of_the_account_do_not_know_each_other(v2: SESV2Client, refused: Refused) -> None:
    v2.put_suppressed_destination(EmailAddress="t@example.com", Reason="COMPLAINT", TenantName="acme")
    v2.put_suppressed_destination(EmailAddress="a@example.com", Reason="BOUNCE")

    assert suppressed(v2) == ["a@example.com"]
    assert suppressed(v2, TenantName="acme") == ["t@example.com"]
    entry = v2.get_suppressed_destination(EmailAddress="t@example.com", TenantName="acme")["SuppressedDestination"]
    assert (entry["Reason"], entry["TenantName"]) == ("COMPLAINT", "acme")
    absent = lambda: v2.get_suppressed_destination(EmailAddress="a@example.com", TenantName="acme")  # noqa: E731
    assert refused(absent, v2.exceptions.NotFoundException)[2] == (
        "Email address a@example.com does not exist on your tenant suppression list."
    )
    v2.delete_suppressed_destination(EmailAddress="t@example.com", TenantName="acme")
    again = lambda: v2.delete_suppressed_destination(EmailAddress="t@example.com", TenantName="acme")  # noqa: E731
    assert refused(again, v2.exceptions.NotFoundException)[2] == (
        "Email address t@example.com does not exist on your tenant suppression list."
    )


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    "scope, reasons, met",
    [
        (None, None, "account"),
        ("ACCOUNT", ["BOUNCE"], "account"),
        ("ACCOUNT", ["COMPLAINT"], ""),
        ("TENANT", ["BOUNCE"], "tenant"),
        ("TENANT", ["COMPLAINT"], ""),
        ("TENANT", [], ""),
    ],
)
def test_mail_for_a_tenant_meets_the_list_and_the_reasons_that_it_chose(
    sesfake: SesFake, v2: SESV2Client, scope: Any, reasons: Any, met: str
) -> None:
    if scope is not None:
        v2.put_tenant_suppression_attributes(TenantName="acme", SuppressionScope=scope, SuppressedReasons=reasons)
    sesfake.suppress("tenant@example.com", scope="tenant", tenant="acme")
    sesfake.suppress("account@example.com")

    for name in ("tenant", "account"):
        send(v2, f"{name}@example.com")

    stopped = [message.recipients[0] for message in sesfake.outbox if "Suppressed" in message.status.values()]
    assert stopped == [f"{name}@example.com" for name in met.split()]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("reason, kind", [("BOUNCE", "Bounce"), ("COMPLAINT", "Complaint")])
def test_the_event_names_the_list_of_the_tenant(sesfake: SesFake, v2: SESV2Client, reason: Any, kind: str) -> None:
    v2.put_tenant_suppression_attributes(TenantName="acme", **BOTH)
    sesfake.suppress("ada@example.com", reason, scope="tenant", tenant="acme")

    send(v2)

    event = sesfake.events.one(kind)
    assert event.detail.get("bounceSubType") == ("OnTenantSuppressionList" if kind == "Bounce" else None)
    assert event.detail.get("complaintSubType") == ("OnTenantSuppressionList" if kind == "Complaint" else None)
    if kind == "Bounce":
        assert event.detail["bouncedRecipients"][0]["diagnosticCode"] == (
            "Amazon SES did not send the message to this address because it is on the suppression list for your tenant."
        )


@pytest.mark.usefixtures("acme")
def test_a_configuration_set_overrides_the_list_and_the_reasons_of_a_tenant_each_by_itself(
    sesfake: SesFake, v2: SESV2Client
) -> None:
    v2.put_tenant_suppression_attributes(TenantName="acme", **BOTH)
    sesfake.suppress("tenant@example.com", scope="tenant", tenant="acme")
    sesfake.suppress("account@example.com")

    def stopped(**options: Any) -> list[str]:
        v2.put_configuration_set_suppression_options(ConfigurationSetName="news", **options)
        before = len(sesfake.outbox)
        for name in ("tenant", "account"):
            send(v2, f"{name}@example.com", ConfigurationSetName="news")
        return [
            message.recipients[0].partition("@")[0]
            for message in list(sesfake.outbox)[before:]
            if "Suppressed" in message.status.values()
        ]

    assert stopped(SuppressionScope="ACCOUNT") == ["account"]
    assert stopped(SuppressionScope="TENANT") == ["tenant"]
    assert stopped(SuppressedReasons=["COMPLAINT"]) == []
    assert stopped(SuppressedReasons=["BOUNCE"], SuppressionScope="ACCOUNT") == ["account"]


@pytest.mark.usefixtures("acme")
def test_hard_bounces_and_complaints_go_on_the_list_of_the_tenant_alone(sesfake: SesFake, v2: SESV2Client) -> None:
    v2.put_tenant_suppression_attributes(TenantName="acme", **BOTH)
    sesfake.on(to="bounced@example.com").bounce()
    sesfake.on(to="cross@example.com").complain()

    for name in ("bounced", "cross", "soft", "bounce@simulator.amazonses.com"):
        send(v2, name if "@" in name else f"{name}@example.com")

    assert suppressed(v2, TenantName="acme") == ["bounced@example.com", "cross@example.com"]
    assert suppressed(v2) == []
    entry = v2.get_suppressed_destination(EmailAddress="bounced@example.com", TenantName="acme")
    assert entry["SuppressedDestination"]["Attributes"]["MessageId"] == sesfake.outbox.first().id


@pytest.mark.usefixtures("acme")
def test_a_hard_bounce_for_a_tenant_is_on_the_global_list_too(sesfake: SesFake, v2: SESV2Client) -> None:
    v2.put_tenant_suppression_attributes(TenantName="acme", **BOTH)
    sesfake.suppression = []
    sesfake.on(to="bounced@example.com").bounce()
    send(v2, "bounced@example.com")

    detail = sesfake.send("bounced@example.com").events[-1].detail

    assert detail["bounceSubType"] == "Suppressed"


@pytest.mark.usefixtures("acme")
def test_a_report_of_no_spam_takes_a_complaint_off_the_list_and_no_bounce(sesfake: SesFake, v2: SESV2Client) -> None:
    v2.put_tenant_suppression_attributes(TenantName="acme", **BOTH)
    messages = []
    for name in ("bounced", "cross"):
        send(v2, f"{name}@example.com")
        messages.append(sesfake.outbox.last())
    sesfake.suppress("bounced@example.com", scope="tenant", tenant="acme")
    sesfake.suppress("cross@example.com", "COMPLAINT", scope="tenant", tenant="acme")
    sesfake.on(to="*").complain("not-spam")
    # With no reason that counts, the mail gets through to those on the list.
    v2.put_configuration_set_suppression_options(
        ConfigurationSetName="news", SuppressedReasons=[], SuppressionScope="TENANT"
    )

    for name in ("bounced", "cross"):
        send(v2, f"{name}@example.com", ConfigurationSetName="news")

    assert suppressed(v2, TenantName="acme") == ["bounced@example.com"]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("outcome", [Bounce(after=60), Complaint(after=60)], ids=["bounce", "complaint"])
def test_what_happens_after_a_tenant_is_gone_counts_for_the_account(
    sesfake: SesFake, v2: SESV2Client, outcome: Any
) -> None:
    v2.put_tenant_suppression_attributes(TenantName="acme", **BOTH)
    sesfake.on(to="ada@example.com").happens(outcome)
    send(v2)
    v2.delete_tenant(TenantName="acme")

    sesfake.clock.advance(minutes=2)

    assert suppressed(v2) == ["ada@example.com"]
