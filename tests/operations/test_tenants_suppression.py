"""The suppression lists of tenants: who is on them, how they got there, and what mail they stop."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Bounce, Complaint
from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake
    from pytest_sesfake.ses.events import EventType
    from pytest_sesfake.ses.suppression import SuppressionReason

    Refused = Callable[..., tuple[str, int, str | None]]

pytestmark = pytest.mark.needs_model("CreateTenant")

BOTH: Any = {"SuppressedReasons": ["BOUNCE", "COMPLAINT"], "SuppressionScope": "TENANT"}


def send(v2: SESV2Client, *to: str, **parameters: Any) -> None:
    """Send a mail for the tenant acme."""
    send_email(v2, *to, **{"TenantName": "acme", **parameters})


def suppressed(v2: SESV2Client, tenant: str | None = None) -> list[str]:
    answer = v2.list_suppressed_destinations(TenantName=tenant) if tenant else v2.list_suppressed_destinations()
    return [entry["EmailAddress"] for entry in answer["SuppressedDestinationSummaries"]]


def test_suppression_of_a_tenant_is_set_changed_and_cleared(v2: SESV2Client) -> None:
    made = v2.create_tenant(TenantName="acme")
    assert "SuppressionAttributes" not in made

    for given in (BOTH, {"SuppressedReasons": [], "SuppressionScope": "ACCOUNT"}):
        v2.put_tenant_suppression_attributes(TenantName="acme", **given)
        assert v2.get_tenant(TenantName="acme")["Tenant"]["SuppressionAttributes"] == given
    v2.put_tenant_suppression_attributes(TenantName="acme")
    assert "SuppressionAttributes" not in v2.get_tenant(TenantName="acme")["Tenant"]


NO_REASON = (
    "1 validation error detected: Value at '{}suppressedReasons' failed to satisfy constraint: "
    "Member must satisfy constraint: [Member must satisfy enum value set: [BOUNCE, COMPLAINT]]"
)
NO_SCOPE = (
    "1 validation error detected: Value at '{}suppressionScope' failed to satisfy constraint: "
    "Member must satisfy enum value set: [TENANT, ACCOUNT]"
)


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
        ({"SuppressedReasons": ["SPITE"], "SuppressionScope": "TENANT"}, NO_REASON),
        ({"SuppressedReasons": [], "SuppressionScope": "GALAXY"}, NO_SCOPE),
    ],
)
def test_half_of_a_suppression_and_what_is_none_are_refused(
    v2: SESV2Client, refused: Refused, given: dict[str, Any], text: str
) -> None:
    attributes: Any = given
    bad = v2.exceptions.BadRequestException

    assert refused(lambda: v2.create_tenant(TenantName="acme", SuppressionAttributes=attributes), bad)[
        2
    ] == text.format("suppressionAttributes.")
    assert refused(lambda: v2.put_tenant_suppression_attributes(TenantName="ghosts", **given), bad)[2] == text.format(
        ""
    )


@pytest.mark.usefixtures("acme")
def test_the_list_of_a_tenant_and_that_of_the_account_do_not_know_each_other(v2: SESV2Client, refused: Refused) -> None:
    v2.put_suppressed_destination(EmailAddress="t@example.com", Reason="COMPLAINT", TenantName="acme")
    v2.put_suppressed_destination(EmailAddress="a@example.com", Reason="BOUNCE")

    assert suppressed(v2) == ["a@example.com"]
    assert suppressed(v2, "acme") == ["t@example.com"]
    entry = v2.get_suppressed_destination(EmailAddress="t@example.com", TenantName="acme")["SuppressedDestination"]
    assert (entry["Reason"], entry["TenantName"]) == ("COMPLAINT", "acme")
    absent = partial(v2.get_suppressed_destination, EmailAddress="a@example.com", TenantName="acme")
    assert refused(absent, v2.exceptions.NotFoundException)[2] == (
        "Email address a@example.com does not exist on your tenant suppression list."
    )
    v2.delete_suppressed_destination(EmailAddress="t@example.com", TenantName="acme")
    again = partial(v2.delete_suppressed_destination, EmailAddress="t@example.com", TenantName="acme")
    assert refused(again, v2.exceptions.NotFoundException)[2] == (
        "Email address t@example.com does not exist on your tenant suppression list."
    )


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    "chosen, met",
    [
        ({}, "account"),
        ({"SuppressionScope": "ACCOUNT", "SuppressedReasons": ["BOUNCE"]}, "account"),
        ({"SuppressionScope": "ACCOUNT", "SuppressedReasons": ["COMPLAINT"]}, ""),
        ({"SuppressionScope": "TENANT", "SuppressedReasons": ["BOUNCE"]}, "tenant"),
        ({"SuppressionScope": "TENANT", "SuppressedReasons": ["COMPLAINT"]}, ""),
        ({"SuppressionScope": "TENANT", "SuppressedReasons": []}, ""),
    ],
)
def test_mail_for_a_tenant_meets_the_list_and_the_reasons_that_it_chose(
    sesfake: SesFake, v2: SESV2Client, chosen: dict[str, Any], met: str
) -> None:
    v2.put_tenant_suppression_attributes(TenantName="acme", **chosen)
    sesfake.suppress("tenant@example.com", scope="tenant", tenant="acme")
    sesfake.suppress("account@example.com")

    for name in ("tenant", "account"):
        send(v2, f"{name}@example.com")

    stopped = [message.recipients[0] for message in sesfake.outbox if "Suppressed" in message.status.values()]
    assert stopped == [f"{name}@example.com" for name in met.split()]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("reason, kind", [("BOUNCE", "Bounce"), ("COMPLAINT", "Complaint")])
def test_the_event_names_the_list_of_the_tenant(
    sesfake: SesFake, v2: SESV2Client, reason: SuppressionReason, kind: EventType
) -> None:
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
    sesfake.on(recipient="bounced@example.com").bounce()
    sesfake.on(recipient="cross@example.com").complain()

    for name in ("bounced", "cross", "soft", "bounce@simulator.amazonses.com"):
        send(v2, name if "@" in name else f"{name}@example.com")

    assert suppressed(v2, "acme") == ["bounced@example.com", "cross@example.com"]
    assert suppressed(v2) == []
    entry = v2.get_suppressed_destination(EmailAddress="bounced@example.com", TenantName="acme")
    assert entry["SuppressedDestination"]["Attributes"]["MessageId"] == sesfake.outbox.first().id


@pytest.mark.usefixtures("acme")
def test_a_hard_bounce_for_a_tenant_is_on_the_global_list_too_and_a_complaint_is_not(
    sesfake: SesFake, v2: SESV2Client
) -> None:
    v2.put_tenant_suppression_attributes(TenantName="acme", **BOTH)
    sesfake.suppression = []
    sesfake.on(recipient="bounced@example.com").bounce()
    sesfake.on(recipient="cross@example.com").complain().then.deliver()
    send(v2, "bounced@example.com")
    send(v2, "cross@example.com")

    assert sesfake.send("cross@example.com").status["cross@example.com"] == "Delivered"
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
    sesfake.on(recipient="*").complain("not-spam")
    # With no reason that counts, the mail gets through to those on the list.
    v2.put_configuration_set_suppression_options(
        ConfigurationSetName="news", SuppressedReasons=[], SuppressionScope="TENANT"
    )

    for name in ("bounced", "cross"):
        send(v2, f"{name}@example.com", ConfigurationSetName="news")

    assert suppressed(v2, "acme") == ["bounced@example.com"]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("outcome", [Bounce(after=60), Complaint(after=60)], ids=["bounce", "complaint"])
def test_what_happens_after_a_tenant_is_gone_counts_for_the_account(
    sesfake: SesFake, v2: SESV2Client, outcome: Bounce | Complaint
) -> None:
    v2.put_tenant_suppression_attributes(TenantName="acme", **BOTH)
    sesfake.on(recipient="ada@example.com").apply(outcome)
    send(v2)
    v2.delete_tenant(TenantName="acme")

    sesfake.clock.advance(minutes=2)

    assert suppressed(v2) == ["ada@example.com"]
