"""Receipt rules: what SES keeps of them, and in which order they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from receipt_rules import (
    ARN,
    BOUNCE,
    EMPTY,
    FUNCTION,
    ROLE,
    TOPIC,
    WRONG,
    add_rule,
    get_rule,
    rule_names,
    validation_error,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]


@pytest.mark.usefixtures("inbox")
def test_a_rule_has_defaults_and_leaves_out_what_was_not_given(v1: SESClient) -> None:
    add_rule(v1, "r.1")

    assert get_rule(v1, "r.1") == {
        "Name": "r.1",
        "Enabled": False,
        "TlsPolicy": "Optional",
        "Actions": [],
        "ScanEnabled": False,
    }


ACTIONS: list[dict[str, Any]] = [
    {"S3Action": {"BucketName": "mail"}},
    {
        "S3Action": {
            "TopicArn": TOPIC,
            "BucketName": "mail",
            "ObjectKeyPrefix": "in/",
            "KmsKeyArn": ARN.format("kms", "alias/aws/ses"),
            "IamRoleArn": ROLE,
        }
    },
    {"SNSAction": {"TopicArn": TOPIC, "Encoding": "Base64"}},
    {"LambdaAction": {"FunctionArn": FUNCTION}},
    {"LambdaAction": {"FunctionArn": FUNCTION, "InvocationType": "RequestResponse", "TopicArn": TOPIC}},
    {"BounceAction": {"TopicArn": TOPIC, **BOUNCE}},
    {"AddHeaderAction": {"HeaderName": "X-Kind", "HeaderValue": "a\tb <&> é"}},
    {"AddHeaderAction": {"HeaderName": "X-Empty", "HeaderValue": ""}},
    {"WorkmailAction": {"OrganizationArn": ARN.format("workmail", "organization/m-1"), "TopicArn": TOPIC}},
    {
        "ConnectAction": {
            "InstanceARN": ARN.format("connect", "instance/12345678-1234-1234-1234-123456789012"),
            "IAMRoleARN": ROLE,
        }
    },
    {"StopAction": {"Scope": "RuleSet", "TopicArn": TOPIC}},
]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: next(iter(action)))
def test_every_action_is_kept_as_it_was_given(v1: SESClient, inbox: str, action: dict[str, Any]) -> None:
    add_rule(v1, "r", Actions=[action])

    assert get_rule(v1, "r")["Actions"] == [action]
    assert v1.describe_receipt_rule_set(RuleSetName=inbox)["Rules"][0]["Actions"] == [action]


@pytest.mark.usefixtures("inbox")
def test_a_mail_that_is_published_is_utf_8_unless_the_rule_says_otherwise(v1: SESClient) -> None:
    add_rule(v1, "r", Actions=[{"SNSAction": {"TopicArn": TOPIC}}])

    assert get_rule(v1, "r")["Actions"] == [{"SNSAction": {"TopicArn": TOPIC, "Encoding": "UTF-8"}}]


@pytest.mark.usefixtures("inbox")
def test_recipients_are_kept_in_lower_case_once_and_sorted(v1: SESClient) -> None:
    add_rule(v1, "r", Recipients=["z@EXAMPLE.com", "A+x@Example.com", "a+x@example.com", "EXAMPLE.com", ".Example.com"])

    assert get_rule(v1, "r")["Recipients"] == [".example.com", "a+x@example.com", "example.com", "z@example.com"]


@pytest.mark.usefixtures("inbox")
def test_a_new_rule_stands_in_front_or_behind_the_one_that_is_named(v1: SESClient) -> None:
    for name, after in (("a", None), ("b", None), ("c", "b"), ("d", "a")):
        add_rule(v1, name, after)

    assert rule_names(v1) == ["b", "c", "a", "d"]


@pytest.mark.usefixtures("inbox")
def test_a_duplicate_rule_or_an_unknown_predecessor_is_refused(v1: SESClient, refused: Refused) -> None:
    add_rule(v1, "a")

    assert refused(lambda: add_rule(v1, "a", after="gone"), v1.exceptions.AlreadyExistsException) == (
        "AlreadyExists",
        400,
        "Rule already exists: a",
    )
    assert refused(lambda: add_rule(v1, "b", after="gone"), v1.exceptions.RuleDoesNotExistException) == (
        "RuleDoesNotExist",
        400,
        "Rule does not exist: gone",
    )
    assert rule_names(v1) == ["a"]


def test_an_update_replaces_the_whole_rule_and_keeps_its_place(v1: SESClient, inbox: str) -> None:
    for name in "cba":
        add_rule(v1, name, Enabled=True, TlsPolicy="Require", ScanEnabled=True, Recipients=["example.com"])

    v1.update_receipt_rule(RuleSetName=inbox, Rule={"Name": "b", "Actions": [{"S3Action": {"BucketName": "mail"}}]})

    assert rule_names(v1) == ["a", "b", "c"]
    assert get_rule(v1, "b") == {
        "Name": "b",
        "Enabled": False,
        "TlsPolicy": "Optional",
        "Actions": [{"S3Action": {"BucketName": "mail"}}],
        "ScanEnabled": False,
    }


def test_an_unknown_rule_is_refused_except_for_deleting(v1: SESClient, refused: Refused, inbox: str) -> None:
    add_rule(v1, "a")
    missed = ("RuleDoesNotExist", 400, "Rule does not exist: gone")
    error = v1.exceptions.RuleDoesNotExistException

    assert refused(lambda: v1.update_receipt_rule(RuleSetName=inbox, Rule={"Name": "gone"}), error) == missed
    assert refused(lambda: v1.describe_receipt_rule(RuleSetName=inbox, RuleName="gone"), error) == missed
    assert refused(lambda: v1.set_receipt_rule_position(RuleSetName=inbox, RuleName="gone"), error) == missed
    assert refused(lambda: v1.set_receipt_rule_position(RuleSetName=inbox, RuleName="a", After="gone"), error) == missed
    for name in ("gone", "a", "a"):
        v1.delete_receipt_rule(RuleSetName=inbox, RuleName=name)
    assert rule_names(v1) == []


@pytest.mark.parametrize(
    "rule, after, order",
    [("c", None, "cab"), ("a", "b", "bac"), ("a", "c", "bca"), ("c", "a", "acb"), ("b", "b", "abc")],
)
def test_a_rule_is_moved_to_the_front_or_behind_another(
    v1: SESClient, inbox: str, rule: str, after: str | None, order: str
) -> None:
    for name in "cba":
        add_rule(v1, name)
    more: Any = {} if after is None else {"After": after}

    v1.set_receipt_rule_position(RuleSetName=inbox, RuleName=rule, **more)

    assert rule_names(v1) == list(order)


def test_rules_are_put_into_an_order_that_names_each_of_them_once(v1: SESClient, refused: Refused, inbox: str) -> None:
    for name in "cba":
        add_rule(v1, name)

    def reorder(*order: str) -> tuple[str, int, str | None]:
        return refused(lambda: v1.reorder_receipt_rule_set(RuleSetName=inbox, RuleNames=order))

    assert reorder("a", "x", "x") == ("InvalidParameterValue", 400, "Multiple positions found for rule: x")
    assert reorder("b") == ("InvalidParameterValue", 400, "Positions for rules not found: a, c")
    assert reorder("b", "x", "c", "a") == ("RuleDoesNotExist", 400, "Rule does not exist: x")
    nested = f"[Member must have length less than or equal to 100, {EMPTY}, {WRONG}]"
    assert reorder("a b", "") == validation_error(("ruleNames", f"Member must satisfy constraint: {nested}"))
    assert rule_names(v1) == ["a", "b", "c"]

    v1.reorder_receipt_rule_set(RuleSetName=inbox, RuleNames=["b", "c", "a"])
    assert rule_names(v1) == ["b", "c", "a"]


def test_a_rule_set_has_200_rules_and_a_rule_ten_actions_at_most(
    sesfake: SesFake, v1: SESClient, refused: Refused, inbox: str
) -> None:
    header = {"AddHeaderAction": {"HeaderName": "X-Kind", "HeaderValue": "mail"}}
    error = v1.exceptions.LimitExceededException
    add_rule(v1, "r0", Actions=[header] * 10)
    assert refused(lambda: add_rule(v1, "more", Actions=[header] * 11), error) == (
        "LimitExceeded",
        400,
        "Too many actions",
    )

    rules = sesfake._simulation.at("123456789012", "us-east-1").receipts.sets.get(inbox).rules
    rules += [rules[0]] * 199  # in one step, because each call takes its time
    assert refused(lambda: add_rule(v1, "more"), error) == ("LimitExceeded", 400, "Too many rules")


@pytest.mark.usefixtures("inbox")
def test_a_rule_takes_as_many_recipients_as_ses_does(v1: SESClient, refused: Refused) -> None:
    add_rule(v1, "r", Recipients=[f"u{number}@example.com" for number in range(500)])

    assert refused(lambda: add_rule(v1, "s", Recipients=[f"u{number}@example.com" for number in range(501)])) == (
        "LimitExceeded",
        400,
        "Too many recipients",
    )
