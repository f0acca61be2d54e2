"""Receipt rule sets: made, cloned, active or not, and what SES says to mistakes."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from receipt_rules import EMPTY, WRONG, add_rule, get_rule, rule_names, validation_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]


def test_a_rule_set_is_made_described_listed_and_deleted(v1: SESClient, sesfake: SesFake) -> None:
    sesfake.clock.freeze(datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone.utc))
    for name in ("z.set", "a_set", "B-set"):
        v1.create_receipt_rule_set(RuleSetName=name)

    described = v1.describe_receipt_rule_set(RuleSetName="z.set")
    assert described["Metadata"]["Name"] == "z.set"
    assert described["Metadata"]["CreatedTimestamp"] == sesfake.clock.now()
    assert described["Rules"] == []
    assert [found["Name"] for found in v1.list_receipt_rule_sets()["RuleSets"]] == ["z.set", "a_set", "B-set"]

    for _ in range(2):  # one that is gone can be deleted
        v1.delete_receipt_rule_set(RuleSetName="z.set")
    assert [found["Name"] for found in v1.list_receipt_rule_sets()["RuleSets"]] == ["a_set", "B-set"]


def test_an_existing_rule_set_cannot_be_created_again(v1: SESClient, inbox: str) -> None:
    with pytest.raises(v1.exceptions.AlreadyExistsException) as caught:
        v1.create_receipt_rule_set(RuleSetName=inbox)

    assert caught.value.response["Error"]["Message"] == "Rule set already exists: inbox"
    assert caught.value.response["Error"]["Name"] == "inbox"  # type: ignore[typeddict-item] # a member of the error


def test_every_operation_refuses_an_unknown_rule_set(v1: SESClient, refused: Refused) -> None:
    calls: list[Callable[[], object]] = [
        lambda: v1.describe_receipt_rule_set(RuleSetName="gone"),
        lambda: v1.set_active_receipt_rule_set(RuleSetName="gone"),
        lambda: v1.reorder_receipt_rule_set(RuleSetName="gone", RuleNames=[]),
        lambda: v1.clone_receipt_rule_set(RuleSetName="new", OriginalRuleSetName="gone"),
        lambda: v1.create_receipt_rule(RuleSetName="gone", Rule={"Name": "r"}),
        lambda: v1.update_receipt_rule(RuleSetName="gone", Rule={"Name": "r"}),
        lambda: v1.delete_receipt_rule(RuleSetName="gone", RuleName="r"),
        lambda: v1.describe_receipt_rule(RuleSetName="gone", RuleName="r"),
        lambda: v1.set_receipt_rule_position(RuleSetName="gone", RuleName="r"),
    ]

    missed = [refused(call, v1.exceptions.RuleSetDoesNotExistException) for call in calls]

    assert missed == [("RuleSetDoesNotExist", 400, "Rule set does not exist: gone")] * len(calls)


@pytest.mark.parametrize("name", ["-bad", "bad-", ".bad", "bad_", "a" * 65])
def test_a_name_begins_and_ends_with_a_letter_or_digit_and_has_64_at_most(
    v1: SESClient, refused: Refused, inbox: str, name: str
) -> None:
    of_set = ("InvalidParameterValue", 400, f"Not a valid ruleSetName: {name}")
    of_rule = ("InvalidParameterValue", 400, f"Not a valid ruleName: {name}")

    assert refused(lambda: v1.create_receipt_rule_set(RuleSetName=name)) == of_set
    assert refused(lambda: v1.delete_receipt_rule_set(RuleSetName=name)) == of_set
    assert refused(lambda: v1.set_active_receipt_rule_set(RuleSetName=name)) == of_set
    assert refused(lambda: v1.clone_receipt_rule_set(RuleSetName=name, OriginalRuleSetName=inbox)) == of_set
    assert refused(lambda: v1.clone_receipt_rule_set(RuleSetName="new", OriginalRuleSetName=name)) == of_set
    assert refused(lambda: v1.reorder_receipt_rule_set(RuleSetName=name, RuleNames=[])) == of_set
    assert refused(lambda: add_rule(v1, name)) == of_rule
    assert refused(lambda: v1.create_receipt_rule(RuleSetName="gone", Rule={"Name": name})) == of_rule
    assert refused(lambda: v1.delete_receipt_rule(RuleSetName=inbox, RuleName=name)) == of_rule
    assert refused(lambda: v1.set_receipt_rule_position(RuleSetName=inbox, RuleName=name)) == of_rule


def test_other_characters_and_no_characters_fail_the_model(v1: SESClient, refused: Refused, inbox: str) -> None:
    assert refused(lambda: v1.create_receipt_rule_set(RuleSetName="in box")) == validation_error(("ruleSetName", WRONG))
    assert refused(lambda: add_rule(v1, "r+1")) == validation_error(("rule.name", WRONG))
    assert refused(lambda: v1.describe_receipt_rule(RuleSetName=inbox, RuleName="é")) == validation_error(
        ("ruleName", WRONG)
    )
    assert refused(lambda: add_rule(v1, "r", after="")) == validation_error(("after", EMPTY), ("after", WRONG))
    assert refused(lambda: v1.clone_receipt_rule_set(RuleSetName="a b", OriginalRuleSetName="c d")) == validation_error(
        ("originalRuleSetName", WRONG), ("ruleSetName", WRONG)
    )


def test_there_are_forty_rule_sets_at_most(v1: SESClient, refused: Refused, inbox: str) -> None:
    for number in range(39):
        v1.create_receipt_rule_set(RuleSetName=f"set{number}")
    full = ("LimitExceeded", 400, "Too many rule sets")
    error = v1.exceptions.LimitExceededException

    assert refused(lambda: v1.create_receipt_rule_set(RuleSetName="more"), error) == full
    assert refused(lambda: v1.clone_receipt_rule_set(RuleSetName="more", OriginalRuleSetName=inbox), error) == full


def test_a_wrong_token_is_refused(v1: SESClient, refused: Refused) -> None:
    assert refused(lambda: v1.list_receipt_rule_sets(NextToken="mine")) == (
        "InvalidParameterValue",
        400,
        "Invalid token: mine",
    )


# The active one


@pytest.mark.usefixtures("inbox")
def test_no_rule_set_is_active_at_first(v1: SESClient) -> None:
    assert v1.describe_active_receipt_rule_set().keys() == {"ResponseMetadata"}


def test_one_rule_set_is_active_until_another_one_or_none_is(v1: SESClient, inbox: str) -> None:
    v1.create_receipt_rule_set(RuleSetName="other")
    add_rule(v1, "r")

    v1.set_active_receipt_rule_set(RuleSetName="other")
    assert v1.describe_active_receipt_rule_set()["Metadata"]["Name"] == "other"
    v1.set_active_receipt_rule_set(RuleSetName=inbox)
    active, described = v1.describe_active_receipt_rule_set(), v1.describe_receipt_rule_set(RuleSetName=inbox)
    assert (active["Metadata"], active["Rules"]) == (described["Metadata"], described["Rules"])
    v1.set_active_receipt_rule_set()
    assert "Metadata" not in v1.describe_active_receipt_rule_set()


def test_the_active_rule_set_cannot_be_deleted(v1: SESClient, inbox: str) -> None:
    v1.set_active_receipt_rule_set(RuleSetName=inbox)
    with pytest.raises(v1.exceptions.CannotDeleteException) as caught:
        v1.delete_receipt_rule_set(RuleSetName=inbox)
    assert caught.value.response["Error"]["Message"] == "Cannot delete active rule set: inbox"
    assert caught.value.response["Error"]["Name"] == inbox  # type: ignore[typeddict-item] # a member of the error

    v1.set_active_receipt_rule_set()
    v1.delete_receipt_rule_set(RuleSetName=inbox)
    assert v1.list_receipt_rule_sets()["RuleSets"] == []


def test_regions_have_rule_sets_and_an_active_one_of_their_own(sesfake: SesFake, v1: SESClient, inbox: str) -> None:
    elsewhere = sesfake.client("ses", "eu-west-1")
    v1.set_active_receipt_rule_set(RuleSetName=inbox)

    assert elsewhere.list_receipt_rule_sets()["RuleSets"] == []
    elsewhere.create_receipt_rule_set(RuleSetName=inbox)
    assert "Metadata" not in elsewhere.describe_active_receipt_rule_set()


# Clones


def test_a_clone_has_the_rules_its_own_age_and_is_not_active(sesfake: SesFake, v1: SESClient, inbox: str) -> None:
    add_rule(v1, "first", Recipients=["example.com"], Actions=[{"StopAction": {"Scope": "RuleSet"}}])
    add_rule(v1, "bare", after="first")
    v1.set_active_receipt_rule_set(RuleSetName=inbox)
    sesfake.clock.advance(hours=1)

    v1.clone_receipt_rule_set(RuleSetName="copy", OriginalRuleSetName=inbox)

    original, copy = (v1.describe_receipt_rule_set(RuleSetName=name) for name in (inbox, "copy"))
    assert copy["Rules"] == original["Rules"]
    assert copy["Metadata"]["CreatedTimestamp"] > original["Metadata"]["CreatedTimestamp"]
    assert v1.describe_active_receipt_rule_set()["Metadata"]["Name"] == inbox


def test_a_clone_and_its_original_go_their_own_ways(v1: SESClient, inbox: str) -> None:
    add_rule(v1, "r")
    v1.clone_receipt_rule_set(RuleSetName="copy", OriginalRuleSetName=inbox)

    v1.update_receipt_rule(RuleSetName="copy", Rule={"Name": "r", "Enabled": True})
    add_rule(v1, "s")

    assert get_rule(v1, "r")["Enabled"] is False
    assert get_rule(v1, "r", "copy")["Enabled"] is True
    assert (rule_names(v1), rule_names(v1, "copy")) == (["s", "r"], ["r"])


def test_a_clone_s_name_that_is_taken_counts_before_an_original_that_is_missing(
    v1: SESClient, refused: Refused, inbox: str
) -> None:
    assert refused(
        lambda: v1.clone_receipt_rule_set(RuleSetName=inbox, OriginalRuleSetName="gone"),
        v1.exceptions.AlreadyExistsException,
    ) == ("AlreadyExists", 400, "Rule set already exists: inbox")
