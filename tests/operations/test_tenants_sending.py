"""Mail that is sent for a tenant: with what it may use only, and what SES says to anything else."""

from __future__ import annotations

import smtplib
import ssl
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

pytestmark = pytest.mark.needs_model("CreateTenant")

OURS = "arn:aws:ses:us-east-1:123456789012:"
IDENTITY = OURS + "identity/example.org"


def send(v2: SESV2Client, *to: str, **parameters: Any) -> None:
    """Send a mail for the tenant acme."""
    send_email(v2, *to, **{"TenantName": "acme", **parameters})


@pytest.mark.usefixtures("acme")
def test_mail_for_a_tenant_names_it_in_its_events(sesfake: SesFake, v2: SESV2Client) -> None:
    send(v2, ConfigurationSetName="news")

    message = sesfake.outbox.one()
    assert message.tenant == "acme"
    for event in message.events:
        assert event.payload()["mail"]["tags"]["ses:tenant-name"] == ["acme"]
    assert sesfake.calls.last(operation="SendEmail", params={"TenantName": "acme"}).ignored_params == ()
    assert "ses:tenant-name" not in sesfake.send("ada@example.com").events[-1].payload()["mail"]["tags"]


@pytest.mark.usefixtures("acme")
def test_a_tenant_sends_only_with_its_own_resources(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
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
def test_a_sender_needs_no_identity_if_senders_are_not_checked(sesfake: SesFake, v2: SESV2Client) -> None:
    send(v2, FromEmailAddress="me@nowhere.org")

    assert sesfake.outbox.one().tenant == "acme"


@pytest.mark.sesfake(verified=["example.org"])
def test_where_somebody_asks_a_sender_without_identity_is_not_the_tenants(
    v2: SESV2Client, acme: str, refused: Refused
) -> None:
    assert refused(lambda: send(v2, FromEmailAddress="me@nowhere.org", TenantName=acme))[2] == (
        f"Tenant not associated with resources [{OURS}identity/nowhere.org]."
    )


def test_an_unknown_tenant_is_refused_before_the_recipients_are_checked(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    call = partial(send, v2, TenantName="ghosts", Destination={"ToAddresses": []})

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


# Templates


@pytest.fixture
def hello(v2: SESV2Client) -> dict[str, Any]:
    """Content of a stored template."""
    v2.create_email_template(TemplateName="hello", TemplateContent={"Subject": "Hello", "Text": "Hello {{name}}"})
    return {"Template": {"TemplateName": "hello", "TemplateData": '{"name": "Ada"}'}}


@pytest.mark.usefixtures("acme")
def test_a_template_must_be_associated_with_the_tenant_and_then_cannot_be_deleted(
    sesfake: SesFake, v2: SESV2Client, hello: dict[str, Any], refused: Refused
) -> None:
    arn = OURS + "template/hello"
    entries: Any = [{"Destination": {"ToAddresses": ["ada@example.com"]}}]
    bulk: dict[str, Any] = {
        "FromEmailAddress": "me@example.org",
        "DefaultContent": hello,
        "BulkEmailEntries": entries,
        "TenantName": "acme",
    }
    denied = ("AccessDeniedException", 403, f"Tenant not associated with resources [{arn}].")

    assert refused(lambda: send(v2, Content=hello)) == denied
    assert refused(lambda: v2.send_bulk_email(**bulk)) == denied
    assert not sesfake.outbox
    v2.create_tenant_resource_association(TenantName="acme", ResourceArn=arn)
    send(v2, Content=hello)
    v2.send_bulk_email(**{**bulk, "DefaultContent": hello})
    assert [(message.tenant, message.subject) for message in sesfake.outbox] == [("acme", "Hello")] * 2
    assert refused(lambda: v2.delete_email_template(TemplateName="hello"))[2] == (
        f"Cannot delete <{arn}> because it has tenant associations. Remove all tenant associations and try again."
    )


@pytest.mark.usefixtures("acme")
def test_a_template_that_a_call_brings_along_needs_no_leave(sesfake: SesFake, v2: SESV2Client) -> None:
    send(v2, Content={"Template": {"TemplateContent": {"Subject": "Hello", "Text": "Hello"}, "TemplateData": "{}"}})

    assert sesfake.outbox.one().tenant == "acme"


def test_a_bulk_call_for_an_unknown_tenant_is_refused_as_a_whole(
    sesfake: SesFake, v2: SESV2Client, hello: dict[str, Any], refused: Refused
) -> None:
    content: Any = hello
    entries: Any = [{"Destination": {"ToAddresses": ["ada@example.com"]}}]

    assert refused(
        lambda: v2.send_bulk_email(
            FromEmailAddress="me@example.org", DefaultContent=content, BulkEmailEntries=entries, TenantName="ghosts"
        ),
        v2.exceptions.NotFoundException,
    ) == ("NotFoundException", 404, "Tenant ghosts for AwsAccountId 123456789012 not found.")
    assert not sesfake.outbox
