"""Suppression lists: their entries, what adds and removes them, which mail they stop, and refused calls."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Bounce, Complaint

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake
    from pytest_sesfake.ses.suppression import SuppressionReason

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
ENUM = "failed to satisfy constraint: Member must satisfy enum value set: [BOUNCE, COMPLAINT]"
ENUMS = (
    "failed to satisfy constraint: Member must satisfy constraint: "
    "[Member must satisfy enum value set: [BOUNCE, COMPLAINT]]"
)


def addresses(v2: SESV2Client, **filters: Any) -> list[str]:
    answer = v2.list_suppressed_destinations(**filters)
    return [entry["EmailAddress"] for entry in answer["SuppressedDestinationSummaries"]]


def status(sesfake: SesFake, address: str, **fields: Any) -> str:
    return str(sesfake.send(address, **fields).status[address])


# The account's list


def test_an_address_that_is_put_on_the_list_is_shown_and_not_mailed(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    v2.put_suppressed_destination(EmailAddress="ada@example.com", Reason="BOUNCE")

    answer = v2.get_suppressed_destination(EmailAddress="ada@example.com")

    assert answer["SuppressedDestination"] == {
        "EmailAddress": "ada@example.com",
        "Reason": "BOUNCE",
        "LastUpdateTime": NOON,
    }
    assert addresses(v2) == ["ada@example.com"]
    assert status(sesfake, "ada@example.com") == "Suppressed"


def test_an_address_that_is_taken_off_the_list_is_mailed_again(sesfake: SesFake, v2: SESV2Client) -> None:
    v2.put_suppressed_destination(EmailAddress="ada@example.com", Reason="BOUNCE")

    v2.delete_suppressed_destination(EmailAddress="ada@example.com")

    assert addresses(v2) == []
    assert status(sesfake, "ada@example.com") == "Delivered"


def test_an_entry_that_is_put_again_has_the_new_reason_and_time(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    v2.put_suppressed_destination(EmailAddress="ada@example.com", Reason="BOUNCE")
    sesfake.clock.advance(hours=1)

    v2.put_suppressed_destination(EmailAddress="ada@example.com", Reason="COMPLAINT")

    entry = v2.get_suppressed_destination(EmailAddress="ada@example.com")["SuppressedDestination"]
    assert (entry["Reason"], entry["LastUpdateTime"]) == ("COMPLAINT", NOON + timedelta(hours=1))
    assert addresses(v2) == ["ada@example.com"]


def test_the_domain_has_no_case_and_the_rest_has_one(v2: SESV2Client, refused: Refused) -> None:
    v2.put_suppressed_destination(EmailAddress=" Ada@EXAMPLE.com ", Reason="BOUNCE")

    entry = v2.get_suppressed_destination(EmailAddress="Ada@Example.Com")["SuppressedDestination"]

    assert entry["EmailAddress"] == "Ada@example.com"
    for call in (v2.get_suppressed_destination, v2.delete_suppressed_destination):
        assert refused(partial(call, EmailAddress="ada@example.com"), v2.exceptions.NotFoundException) == (
            "NotFoundException",
            404,
            "Email address ada@example.com does not exist on your suppression list.",
        )


def test_a_send_meets_an_entry_in_any_case(sesfake: SesFake, v2: SESV2Client) -> None:
    v2.put_suppressed_destination(EmailAddress="Ada@example.com", Reason="BOUNCE")

    assert status(sesfake, "aDA@EXAMPLE.com") == "Suppressed"


@pytest.mark.parametrize(
    "outcome, reason", [(Bounce(), "BOUNCE"), (Complaint(), "COMPLAINT")], ids=["bounce", "complaint"]
)
def test_an_automatic_entry_names_the_message_and_the_event(
    sesfake: SesFake, v2: SESV2Client, outcome: Bounce | Complaint, reason: str
) -> None:
    message = sesfake.send("ada@example.com", outcome=outcome)

    entry = v2.get_suppressed_destination(EmailAddress="ada@example.com")["SuppressedDestination"]

    assert entry["Reason"] == reason
    assert entry["Attributes"] == {"MessageId": message.id, "FeedbackId": message.events[-1].feedback_id}


@pytest.mark.parametrize(
    "address, outcome",
    [
        ("ada@example.com", Bounce("Transient", "MailboxFull")),
        ("ada@example.com", Complaint("not-spam")),
        ("bounce@simulator.amazonses.com", None),
        ("complaint@simulator.amazonses.com", None),
    ],
    ids=["soft bounce", "no spam", "simulated bounce", "simulated complaint"],
)
def test_nothing_else_puts_an_address_on_the_list(
    sesfake: SesFake, v2: SESV2Client, address: str, outcome: Bounce | Complaint | None
) -> None:
    sesfake.send(address, outcome=outcome)

    assert addresses(v2) == []


def test_a_recipient_suppressed_for_a_complaint_gets_a_complaint_event(sesfake: SesFake, v2: SESV2Client) -> None:
    v2.put_suppressed_destination(EmailAddress="ada@example.com", Reason="COMPLAINT")

    detail = sesfake.send("ada@example.com").events[-1].detail

    assert detail["complaintSubType"] == "OnAccountSuppressionList"


def test_a_bounce_after_its_configuration_set_is_gone_counts_as_the_account_says(
    sesfake: SesFake, v2: SESV2Client
) -> None:
    sesfake.configuration_set("news", suppression=[])
    sesfake.send("ada@example.com", outcome=Bounce(after=60), configuration_set="news")
    v2.delete_configuration_set(ConfigurationSetName="news")

    sesfake.clock.advance(minutes=2)

    assert addresses(v2) == ["ada@example.com"]


# Lists of entries


def test_entries_are_listed_longest_unchanged_first_page_by_page(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    for name in ("c", "a", "b", "c"):
        v2.put_suppressed_destination(EmailAddress=f"{name}@example.com", Reason="BOUNCE")
        sesfake.clock.advance(seconds=1)

    first = v2.list_suppressed_destinations(PageSize=2)
    second = v2.list_suppressed_destinations(PageSize=2, NextToken=first["NextToken"])

    assert [entry["EmailAddress"][0] for entry in first["SuppressedDestinationSummaries"]] == ["a", "b"]
    assert second["SuppressedDestinationSummaries"] == [
        {"EmailAddress": "c@example.com", "Reason": "BOUNCE", "LastUpdateTime": NOON + timedelta(seconds=3)}
    ]
    assert "NextToken" not in second


def test_entries_are_listed_by_reason_and_by_time(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    reasons: list[SuppressionReason] = ["BOUNCE", "COMPLAINT", "BOUNCE"]
    for name, reason in zip("abc", reasons, strict=True):
        sesfake.suppress(f"{name}@example.com", reason)
        sesfake.clock.advance(hours=1)

    assert addresses(v2, Reasons=["BOUNCE"]) == ["a@example.com", "c@example.com"]
    assert addresses(v2, Reasons=["COMPLAINT"]) == ["b@example.com"]
    assert addresses(v2, StartDate=NOON + timedelta(minutes=30)) == ["b@example.com", "c@example.com"]
    assert addresses(v2, EndDate=NOON + timedelta(minutes=90)) == ["a@example.com", "b@example.com"]
    second = NOON + timedelta(hours=1)
    assert addresses(v2, StartDate=second, EndDate=second) == ["b@example.com"]
    assert addresses(
        v2, Reasons=["BOUNCE"], StartDate=NOON - timedelta(hours=1), EndDate=NOON + timedelta(hours=1)
    ) == ["a@example.com"]


def test_a_token_of_elsewhere_or_of_other_filters_is_refused(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.suppress("a@example.com")
    sesfake.suppress("b@example.com")
    token = v2.list_suppressed_destinations(PageSize=1)["NextToken"]
    elsewhere = sesfake.client("sesv2", "eu-west-1")

    for call in (
        lambda: v2.list_suppressed_destinations(NextToken="made up"),
        lambda: v2.list_suppressed_destinations(NextToken=token, Reasons=["BOUNCE"]),
        lambda: elsewhere.list_suppressed_destinations(NextToken=token),
    ):
        assert refused(call)[:2] == ("InvalidNextTokenException", 400)
    assert refused(lambda: v2.list_suppressed_destinations(NextToken=""), v2.exceptions.InvalidNextTokenException) == (
        "InvalidNextTokenException",
        400,
        "Token is invalid.",
    )


@pytest.mark.parametrize("size", [0, 1001])
def test_a_page_has_1_to_1000_entries(v2: SESV2Client, refused: Refused, size: int) -> None:
    text = f"Page size {size} is invalid, expected a number between 1 and 1000"

    assert refused(lambda: v2.list_suppressed_destinations(PageSize=size)) == ("BadRequestException", 400, text)


# What SES says to mistakes


def test_a_reason_that_ses_does_not_know_is_refused(v2: SESV2Client, refused: Refused) -> None:
    reason: Any = "SPITE"
    bad = v2.exceptions.BadRequestException

    def said(path: str, demand: str) -> tuple[str, int, str]:
        return "BadRequestException", 400, f"1 validation error detected: Value at '{path}' {demand}"

    put = partial(v2.put_suppressed_destination, EmailAddress="ada@example.com", Reason=reason)
    assert refused(put, bad) == said("reason", ENUM)
    assert refused(lambda: v2.list_suppressed_destinations(Reasons=[reason]), bad) == said("reasons", ENUMS)
    assert refused(lambda: v2.put_account_suppression_attributes(SuppressedReasons=[reason]), bad) == said(
        "suppressedReasons", ENUMS
    )


@pytest.mark.parametrize("address, text", [(" ", "EmailAddress is required."), ("ada", "Missing final '@domain'")])
def test_what_is_no_address_cannot_be_put_on_the_list(
    v2: SESV2Client, refused: Refused, address: str, text: str
) -> None:
    call = partial(v2.put_suppressed_destination, EmailAddress=address, Reason="BOUNCE")

    assert refused(call, v2.exceptions.BadRequestException) == ("BadRequestException", 400, text)


def test_an_account_in_the_sandbox_cannot_put_addresses_on_the_list(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.sandbox = True

    call = partial(v2.put_suppressed_destination, EmailAddress="ada@example.com", Reason="BOUNCE")

    assert refused(call)[:2] == ("BadRequestException", 400)
    assert addresses(v2) == []


# Which reasons count


def test_an_account_says_which_reasons_count(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.suppress("bounced@example.com")
    sesfake.suppress("complained@example.com", "COMPLAINT")

    v2.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])

    assert v2.get_account()["SuppressionAttributes"] == {"SuppressedReasons": ["COMPLAINT"]}
    assert sesfake.suppression == ["COMPLAINT"]
    assert status(sesfake, "bounced@example.com") == "Delivered"
    assert status(sesfake, "complained@example.com") == "Suppressed"
    sesfake.send("new@example.com", outcome=Bounce())
    assert addresses(v2, Reasons=["BOUNCE"]) == ["bounced@example.com"]


def test_reasons_that_are_not_given_count_no_more_and_entries_stay(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.suppress("ada@example.com")

    v2.put_account_suppression_attributes()

    assert v2.get_account()["SuppressionAttributes"] == {"SuppressedReasons": []}
    assert status(sesfake, "ada@example.com") == "Delivered"
    assert addresses(v2) == ["ada@example.com"]


def test_the_validation_of_addresses_is_kept(v2: SESV2Client) -> None:
    chosen: Any = {
        "ConditionThreshold": {
            "ConditionThresholdEnabled": "ENABLED",
            "OverallConfidenceThreshold": {"ConfidenceVerdictThreshold": "MANAGED"},
        }
    }

    v2.put_account_suppression_attributes(SuppressedReasons=["BOUNCE"], ValidationAttributes=chosen)

    assert v2.get_account()["SuppressionAttributes"] == {
        "SuppressedReasons": ["BOUNCE"],
        "ValidationAttributes": chosen,
    }


def test_a_configuration_set_overrides_the_account_and_an_empty_one_suppresses_nothing(sesfake: SesFake) -> None:
    sesfake.suppress("ada@example.com")
    sesfake.configuration_set("all", suppression=["BOUNCE", "COMPLAINT"])
    sesfake.configuration_set("none", suppression=[])

    assert status(sesfake, "ada@example.com", configuration_set="none") == "Delivered"
    sesfake.suppression = []
    assert status(sesfake, "ada@example.com") == "Delivered"
    assert status(sesfake, "ada@example.com", configuration_set="all") == "Suppressed"


# The list that all accounts share


def test_an_account_list_in_use_overrides_the_global_list(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.suppress("ada@example.com", scope="global")

    assert status(sesfake, "ada@example.com") == "Delivered"
    v2.put_account_suppression_attributes(SuppressedReasons=[])
    message = sesfake.send("ada@example.com")
    assert message.status["ada@example.com"] == "Suppressed"
    detail = message.events[-1].detail
    assert (detail["bounceType"], detail["bounceSubType"]) == ("Permanent", "Suppressed")
    assert addresses(v2) == []


def test_the_global_list_forgets_after_14_days(sesfake: SesFake) -> None:
    sesfake.suppression = []
    sesfake.suppress("ada@example.com", scope="global")

    sesfake.clock.advance(days=13)
    assert status(sesfake, "ada@example.com") == "Suppressed"
    sesfake.clock.advance(days=1)
    assert status(sesfake, "ada@example.com") == "Delivered"


def test_the_global_list_is_the_same_in_every_region(sesfake: SesFake) -> None:
    sesfake.suppression = []
    sesfake.suppress("ada@example.com", scope="global")

    assert status(sesfake, "ada@example.com", region="eu-west-1") == "Suppressed"


def test_set_up_suppresses_in_every_region_or_in_one(sesfake: SesFake) -> None:
    sesfake.suppress("ada@example.com", region="eu-west-1")
    sesfake.suppress("bob@example.com")

    assert status(sesfake, "ada@example.com") == "Delivered"
    assert status(sesfake, "ada@example.com", region="eu-west-1") == "Suppressed"
    assert status(sesfake, "bob@example.com", region="ap-south-1") == "Suppressed"


@pytest.mark.parametrize(
    "words, text",
    [
        ({"reason": "SPITE"}, "suppress() takes the reason 'BOUNCE' or 'COMPLAINT', not 'SPITE'"),
        ({"scope": "galactic"}, "suppress() takes the scope 'global', 'account', 'tenant', not 'galactic'"),
        ({"scope": "tenant"}, "suppress() takes scope='tenant' and tenant='...' only together"),
        ({"tenant": "acme"}, "suppress() takes scope='tenant' and tenant='...' only together"),
        (
            {"scope": "global", "reason": "COMPLAINT"},
            "suppress(scope='global') takes only the reason 'BOUNCE', not 'COMPLAINT'",
        ),
        (
            {"scope": "tenant", "tenant": "acme"},
            "suppress(): no tenant is named 'acme'. Create it first with create_tenant() of a client",
        ),
    ],
)
def test_set_up_refuses_what_cannot_be_right(sesfake: SesFake, words: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its whole text is checked
        sesfake.suppress("ada@example.com", **words)

    assert str(caught.value) == text
