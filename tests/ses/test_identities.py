"""Which identity counts for an address, and who gets its feedback."""

from __future__ import annotations

import pytest

from pytest_sesfake.ses import identities
from pytest_sesfake.ses.simulation import RegionState, Simulation


def region_state() -> RegionState:
    simulation = Simulation(
        account_id="123456789012",
        region="us-east-1",
        seed="a test",
        any_sender=True,
        instant_verification=False,
    )
    return simulation.at("123456789012", "us-east-1")


@pytest.mark.parametrize(
    "address, names",
    [
        ("ada@example.com", ["example.com"]),
        ("Bob@Example.com", ["example.com"]),
        ("bob@example.com", ["bob@example.com", "example.com"]),
        ("bob+news@example.com", ["bob@example.com", "example.com"]),
        ("Bob <bob@mail.example.com>", ["mail.example.com", "example.com"]),
        ("ada@anexample.com", []),
    ],
)
def test_an_address_falls_under_itself_its_base_and_the_domains_above(address: str, names: list[str]) -> None:
    here = region_state()
    for name in ("example.com", "mail.example.com", "bob@example.com"):
        identities.verify(here, name)

    assert [identity.name for identity in identities.find_covering(here, address)] == names


def test_settings_come_from_the_most_specific_verified_identity() -> None:
    here = region_state()
    identities.verify(here, "example.com")
    identities.create(here, "mail.example.com")

    found = identities.find_for_sender(here, "ada@mail.example.com")

    assert found is not None
    assert found.name == "example.com"


def test_where_senders_are_not_checked_the_settings_of_a_pending_identity_count() -> None:
    here = region_state()
    identities.create(here, "example.com")

    found = identities.find_for_sender(here, "ada@example.com")

    assert found is not None
    assert found.name == "example.com"
    assert identities.find_for_sender(here, "ada@example.org") is None


def test_feedback_is_mailed_unless_forwarding_is_off_and_a_topic_is_set() -> None:
    here = region_state()
    identity = identities.verify(here, "example.com")
    with here.simulation.lock:
        identities.set_topic(here, identity, "Bounce", "arn:aws:sns:us-east-1:123456789012:bounces")
    assert identity.forwards("Bounce")

    identity.forwarding = False

    assert not identity.forwards("Bounce")
    assert identity.forwards("Complaint")


def test_the_arn_of_another_account_is_no_name_of_an_identity() -> None:
    here = region_state()

    assert identities.name_of(here, "arn:aws:ses:us-east-1:123456789012:identity/example.com") == "example.com"
    assert identities.name_of(here, "arn:aws:ses:us-east-1:1:identity/example.com").startswith("arn:")


def test_tokens_depend_on_the_region_and_stay_the_same() -> None:
    first, again = (identities.verify(region_state(), "example.com") for _ in range(2))
    other = region_state().simulation.at("123456789012", "eu-west-1")

    assert (first.token, first.dkim.tokens) == (again.token, again.dkim.tokens)
    assert identities.verify(other, "example.com").token != first.token
