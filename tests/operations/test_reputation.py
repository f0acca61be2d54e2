"""The reputation of tenants: what is found in their sends, who may stop them, and what SES says to mistakes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Bounce, Complaint, Suppression
from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import Outcome, SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

pytestmark = pytest.mark.needs_model("CreateTenant")

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
POLICY = "arn:aws:ses:us-east-1:aws:reputation-policy/"


class Tenant:
    """A tenant of the test, as its reputation is seen and changed by SESv2."""

    def __init__(self, v2: SESV2Client, arn: str) -> None:
        self.v2 = v2
        self.arn = arn

    def entity(self) -> dict[str, Any]:
        answer = self.v2.get_reputation_entity(ReputationEntityType="RESOURCE", ReputationEntityReference=self.arn)
        return dict(answer["ReputationEntity"])

    def switch(self, status: Any) -> None:
        self.v2.update_reputation_entity_customer_managed_status(
            ReputationEntityType="RESOURCE", ReputationEntityReference=self.arn, SendingStatus=status
        )

    def choose(self, policy: str) -> None:
        self.v2.update_reputation_entity_policy(
            ReputationEntityType="RESOURCE", ReputationEntityReference=self.arn, ReputationEntityPolicy=POLICY + policy
        )


@pytest.fixture
def acme(sesfake: SesFake, v2: SESV2Client) -> Tenant:
    """A tenant that was made at noon."""
    sesfake.clock.freeze(NOON)
    return Tenant(v2, v2.create_tenant(TenantName="acme")["TenantArn"])


def send(sesfake: SesFake, count: int, outcome: Outcome | None = None, to: str = "reader{}@example.com") -> None:
    """Send to so many recipients for the tenant, in messages of ten."""
    if outcome is not None:
        sesfake.on(recipient=to.format("*"), optional=True).apply(outcome)
    for first in range(0, count, 10):
        recipients = [to.format(number) for number in range(first, min(first + 10, count))]
        tags = [{"Name": "batch", "Value": "now"}]
        send_email(sesfake.client(), *recipients, EmailTags=tags, TenantName="acme")


def test_a_new_tenant_may_send_under_the_standard_policy(acme: Tenant) -> None:
    assert acme.entity() == {
        "ReputationEntityReference": acme.arn,
        "ReputationEntityType": "RESOURCE",
        "ReputationManagementPolicy": POLICY + "standard",
        "AwsSesManagedStatus": {"Status": "ENABLED", "LastUpdatedTimestamp": NOON},
        "SendingStatusAggregate": "ENABLED",
    }


@pytest.mark.usefixtures("newest_model")  # older models list tenants without their sending status
@pytest.mark.parametrize("status", ["DISABLED", "REINSTATED", "ENABLED"])
def test_the_customer_managed_status_is_shown_wherever_the_tenant_is(
    sesfake: SesFake, v2: SESV2Client, acme: Tenant, status: str
) -> None:
    sesfake.clock.advance(hours=1)

    acme.switch(status)

    shown = acme.entity()
    assert shown["CustomerManagedStatus"] == {
        "Status": status,
        "Cause": "Status manually updated.",
        "LastUpdatedTimestamp": NOON + timedelta(hours=1),
    }
    assert shown["AwsSesManagedStatus"] == {"Status": "ENABLED", "LastUpdatedTimestamp": NOON}
    assert shown["SendingStatusAggregate"] == status
    assert v2.get_tenant(TenantName="acme")["Tenant"]["SendingStatus"] == status
    assert v2.list_tenants()["Tenants"][0]["SendingStatus"] == status


def test_a_disabled_tenant_sends_nothing_and_everybody_else_does(
    sesfake: SesFake, v2: SESV2Client, acme: Tenant, refused: Refused
) -> None:
    acme.switch("DISABLED")

    assert refused(lambda: send(sesfake, 1), v2.exceptions.SendingPausedException) == (
        "SendingPausedException",
        400,
        "Sending is paused for tenant acme",
    )
    assert not sesfake.outbox
    sesfake.send("ada@example.com")
    acme.switch("REINSTATED")
    send(sesfake, 1)
    assert len(sesfake.outbox) == 2


@pytest.mark.parametrize("policy", ["none", "strict", "standard"])
def test_a_policy_is_chosen_by_its_arn(acme: Tenant, policy: str) -> None:
    acme.choose(policy)

    assert acme.entity()["ReputationManagementPolicy"] == POLICY + policy


# What is found in their sends


@pytest.mark.parametrize(
    "outcome, bad, found",
    [
        (Bounce(), 5, None),
        (Bounce(), 6, "LOW"),
        (Bounce(), 15, "LOW"),
        (Bounce(), 16, "HIGH"),
        (Complaint(), 1, "HIGH"),
        (Bounce("Transient", "MailboxFull"), 50, None),
        (Suppression("account"), 50, None),
        (Suppression("global"), 6, "LOW"),
        (Complaint("not-spam"), 50, None),
    ],
)
def test_rates_are_computed_from_what_happened(
    sesfake: SesFake, acme: Tenant, outcome: Outcome, bad: int, found: str | None
) -> None:
    acme.choose("none")
    send(sesfake, bad, outcome, to="bad{}@example.com")
    send(sesfake, 100 - bad)

    assert acme.entity().get("ReputationImpact") == found
    assert acme.entity()["SendingStatusAggregate"] == "ENABLED"


def test_few_complaints_among_many_recipients_are_a_low_warning(sesfake: SesFake, acme: Tenant) -> None:
    acme.choose("none")
    send(sesfake, 1, Complaint(), to="bad{}@example.com")
    send(sesfake, 399)

    assert acme.entity()["ReputationImpact"] == "LOW"


def test_fewer_than_100_recipients_say_nothing(sesfake: SesFake, acme: Tenant) -> None:
    send(sesfake, 90, Bounce())

    assert "ReputationImpact" not in acme.entity()
    assert acme.entity()["SendingStatusAggregate"] == "ENABLED"


def test_a_day_later_nothing_of_it_counts(sesfake: SesFake, acme: Tenant) -> None:
    acme.choose("none")
    send(sesfake, 100, Bounce())
    assert acme.entity()["ReputationImpact"] == "HIGH"

    sesfake.clock.advance(hours=25)

    assert "ReputationImpact" not in acme.entity()


def test_what_was_sent_for_a_former_tenant_of_the_name_does_not_count(sesfake: SesFake, acme: Tenant) -> None:
    acme.choose("none")
    send(sesfake, 100, Bounce())
    acme.v2.delete_tenant(TenantName="acme")
    sesfake.clock.advance(seconds=1)

    successor = Tenant(acme.v2, acme.v2.create_tenant(TenantName="acme")["TenantArn"])

    assert "ReputationImpact" not in successor.entity()


def test_a_tenant_of_the_name_in_another_region_does_not_count(sesfake: SesFake, acme: Tenant) -> None:
    there = sesfake.client("sesv2", "eu-west-1")
    namesake = Tenant(there, there.create_tenant(TenantName="acme")["TenantArn"])
    acme.choose("none")
    send(sesfake, 100, Bounce())

    assert "ReputationImpact" not in namesake.entity()


def test_the_simulator_and_other_tenants_do_not_count(sesfake: SesFake, acme: Tenant) -> None:
    other = Tenant(acme.v2, acme.v2.create_tenant(TenantName="other")["TenantArn"])
    acme.choose("none")
    send(sesfake, 100)
    send(sesfake, 40, to="bounce+{}@simulator.amazonses.com")
    assert "ReputationImpact" not in acme.entity()
    send(sesfake, 100, Bounce(), to="bad{}@example.com")

    assert acme.entity()["ReputationImpact"] == "HIGH"
    assert "ReputationImpact" not in other.entity()


@pytest.mark.parametrize("policy, bad, share", [("standard", 16, "15.0%"), ("strict", 6, "5.0%")])
def test_a_policy_disables_a_tenant_by_what_is_found(
    sesfake: SesFake, acme: Tenant, policy: str, bad: int, share: str
) -> None:
    acme.choose(policy)
    send(sesfake, 100 - bad)
    assert acme.entity()["SendingStatusAggregate"] == "ENABLED"

    send(sesfake, bad, Bounce(), to="bad{}@example.com")

    shown = acme.entity()
    assert shown["SendingStatusAggregate"] == "DISABLED"
    assert shown["CustomerManagedStatus"] == {
        "Status": "DISABLED",
        "Cause": f"The bounce rate exceeded {share} based on a representative volume of 100 emails "
        "from March 26, 2026 at 12:00 (UTC) to March 26, 2026 at 12:00 (UTC).",
        "LastUpdatedTimestamp": NOON,
    }
    with pytest.raises(acme.v2.exceptions.SendingPausedException):
        send(sesfake, 1)


def test_the_standard_policy_bears_a_low_warning(sesfake: SesFake, acme: Tenant) -> None:
    send(sesfake, 94)
    send(sesfake, 6, Bounce(), to="bad{}@example.com")

    assert (acme.entity()["ReputationImpact"], acme.entity()["SendingStatusAggregate"]) == ("LOW", "ENABLED")


def test_a_tenant_that_is_enabled_over_a_finding_is_reinstated_and_left_alone(sesfake: SesFake, acme: Tenant) -> None:
    send(sesfake, 90)
    send(sesfake, 20, Bounce(), to="bad{}@example.com")
    assert acme.entity()["SendingStatusAggregate"] == "DISABLED"

    acme.switch("ENABLED")
    send(sesfake, 10, Bounce(), to="worse{}@example.com")

    assert acme.entity()["SendingStatusAggregate"] == "REINSTATED"
    assert acme.entity()["ReputationImpact"] == "HIGH"


# Lists, and mistakes


@pytest.fixture
def three(sesfake: SesFake, v2: SESV2Client, acme: Tenant) -> list[Tenant]:
    """Three tenants by name: one with a finding, one disabled, one like any other."""
    acme.choose("none")
    send(sesfake, 100, Bounce(), to="bad{}@example.com")
    found = [acme, *(Tenant(v2, v2.create_tenant(TenantName=name)["TenantArn"]) for name in ("beta", "gamma"))]
    found[1].switch("DISABLED")
    return found


@pytest.mark.parametrize(
    "wanted, found",
    [
        ({}, "acme beta gamma"),
        ({"ENTITY_TYPE": "RESOURCE"}, "acme beta gamma"),
        ({"SENDING_STATUS": "DISABLED"}, "beta"),
        ({"REPUTATION_IMPACT": "HIGH"}, "acme"),
        ({"REPUTATION_IMPACT": "LOW"}, ""),
        ({"ENTITY_REFERENCE_PREFIX": "arn:aws:ses:us-east-1:123456789012:tenant/g"}, "gamma"),
        ({"ENTITY_REFERENCE_PREFIX": "arn:aws:ses:us-east-1:123456789012:identity/"}, ""),
    ],
)
@pytest.mark.usefixtures("three")
def test_reputations_are_listed_by_arn_all_or_those_that_fit(
    v2: SESV2Client, wanted: dict[Any, str], found: str
) -> None:
    pages = v2.get_paginator("list_reputation_entities").paginate(Filter=wanted, PaginationConfig={"PageSize": 1})
    references = [entry["ReputationEntityReference"] for page in pages for entry in page["ReputationEntities"]]

    assert " ".join(reference.split("/")[1] for reference in references) == found


def test_a_listed_reputation_tells_what_a_single_one_does(v2: SESV2Client, three: list[Tenant]) -> None:
    assert v2.list_reputation_entities()["ReputationEntities"] == [tenant.entity() for tenant in three]


@pytest.mark.parametrize(
    "wanted, text",
    [
        ({"SENDING_STATUS": "asleep"}, "Invalid sending status <asleep>."),
        ({"ENTITY_TYPE": "PERSON"}, "Invalid entity type <PERSON>."),
        ({"REPUTATION_IMPACT": "SOME"}, "Invalid reputation impact <SOME>."),
    ],
)
def test_what_reputations_cannot_be_listed_by_is_refused(
    v2: SESV2Client, refused: Refused, wanted: dict[Any, str], text: str
) -> None:
    assert refused(lambda: v2.list_reputation_entities(Filter=wanted), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        text,
    )


@pytest.mark.parametrize(
    "reference",
    [
        "arn:aws:ses:us-east-1:123456789012:tenant/acme/tn-0",
        "arn:aws:ses:us-east-1:123456789012:identity/example.org",
        "acme",
    ],
)
@pytest.mark.usefixtures("acme")
def test_only_tenants_have_a_reputation(v2: SESV2Client, refused: Refused, reference: str) -> None:
    ghost = Tenant(v2, reference)
    text = f"The requested reputation entity <{reference}> does not exist."
    bad = v2.exceptions.BadRequestException

    assert refused(ghost.entity, v2.exceptions.NotFoundException) == ("NotFoundException", 404, text)
    assert refused(lambda: ghost.switch("DISABLED"), bad) == ("BadRequestException", 400, text)
    assert refused(lambda: ghost.choose("none"), bad) == ("BadRequestException", 400, text)


def test_a_tenant_is_found_by_its_id_alone(acme: Tenant) -> None:
    by_id = Tenant(acme.v2, acme.arn.replace("tenant/acme/", "tenant/"))

    assert by_id.entity() == acme.entity()


@pytest.mark.parametrize("policy", ["harsh", ""])
def test_a_policy_that_ses_does_not_have_is_refused(
    v2: SESV2Client, acme: Tenant, refused: Refused, policy: str
) -> None:
    assert refused(lambda: acme.choose(policy), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        f"Invalid reputation policy <{POLICY}{policy}>.",
    )


def test_two_who_change_a_reputation_at_once_can_be_scripted(
    sesfake: SesFake, v2: SESV2Client, acme: Tenant, refused: Refused
) -> None:
    sesfake.on(operation="UpdateReputationEntityPolicy").fail("ConflictException")

    assert refused(lambda: acme.choose("none"), v2.exceptions.ConflictException)[:2] == ("ConflictException", 409)
