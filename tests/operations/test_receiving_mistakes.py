"""Receipt rules that SES does not take, and what it says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from receipt_rules import ARN, BOUNCE, FUNCTION, TOPIC, add_rule, get_rule, rule_names, validation_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.exceptions import ClientError
    from mypy_boto3_ses import SESClient

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]
    Knows = Callable[..., None]


@pytest.fixture
def knows(sesfake: SesFake) -> Knows:
    """Lets a neighbour know which resources there are."""

    def knows(*arns: str) -> None:
        sesfake._simulation.collaborators.exists = arns.__contains__

    return knows


@pytest.mark.usefixtures("inbox")
@pytest.mark.parametrize(
    "recipient", ["", "not valid", "example..com", "-a.com", "a-.com", "a@", "@a.com", "a@.b.com", "..a.com", "a@b@c.d"]
)
def test_a_recipient_is_an_address_a_domain_or_the_domains_below_one(
    v1: SESClient, refused: Refused, recipient: str
) -> None:
    assert refused(lambda: add_rule(v1, "r", Recipients=["ok@example.com", recipient])) == (
        "InvalidParameterValue",
        400,
        f"Invalid recipient: {recipient}",
    )
    assert rule_names(v1) == []


def header(name: str, value: str = "v") -> dict[str, Any]:
    return {"AddHeaderAction": {"HeaderName": name, "HeaderValue": value}}


STOP: dict[str, Any] = {"StopAction": {"Scope": "RuleSet"}}
INVALID: list[tuple[dict[str, Any] | list[dict[str, Any]], str]] = [
    (header("X bad"), "Invalid header name: X bad"),
    (header("X:bad"), "Invalid header name: X:bad"),
    (header(""), "Invalid header name: "),
    (header("x" * 51), "Invalid header name: " + "x" * 51),
    (header("X", "a\nb"), "Invalid header value: a0x000ab"),
    (header("X", "a\r\nb"), "Invalid header value: a0x000d0x000ab"),
    (header("X", "v" * 2049), "Invalid header value: " + "v" * 2049),
    ([STOP, header("X")], "Stop action, if any, must be placed at the end of the actions list"),
    (header("X") | STOP, "Exactly one action type must be specified for each ReceiptAction"),
    ({"S3Action": {"BucketName": ""}}, "Bucket name must not be empty"),
    ({"LambdaAction": {"FunctionArn": ""}}, "Lambda function ARN must not be empty"),
    ({"BounceAction": {**BOUNCE, "SmtpReplyCode": ""}}, "Invalid SMTP reply code: "),
    ({"BounceAction": {**BOUNCE, "SmtpReplyCode": "250"}}, "Invalid SMTP reply code: 250"),
    ({"BounceAction": {**BOUNCE, "StatusCode": "5"}}, "Invalid SMTP status code: 5"),
    ({"BounceAction": {**BOUNCE, "Message": ""}}, "Invalid SMTP response message: "),
]


@pytest.mark.parametrize("actions, text", INVALID, ids=[text[:40] for _, text in INVALID])
def test_an_action_that_makes_no_sense_is_refused(
    v1: SESClient, refused: Refused, inbox: str, actions: dict[str, Any] | list[dict[str, Any]], text: str
) -> None:
    given = actions if isinstance(actions, list) else [actions]
    expected = ("InvalidParameterValue", 400, text)
    add_rule(v1, "kept", Enabled=True)

    assert refused(lambda: add_rule(v1, "r", Actions=given)) == expected
    rule: Any = {"Name": "kept", "Actions": given}
    assert refused(lambda: v1.update_receipt_rule(RuleSetName=inbox, Rule=rule)) == expected
    assert (rule_names(v1), get_rule(v1, "kept")["Enabled"]) == (["kept"], True)


@pytest.mark.usefixtures("inbox")
def test_the_longest_header_is_taken(v1: SESClient) -> None:
    add_rule(v1, "r", Actions=[header("x" * 50, "v" * 2048)])

    assert get_rule(v1, "r")["Actions"] == [header("x" * 50, "v" * 2048)]


@pytest.mark.usefixtures("inbox")
def test_values_that_are_no_choice_fail_the_model(v1: SESClient, refused: Refused) -> None:
    choices: list[tuple[dict[str, Any], str, str]] = [
        ({"TlsPolicy": "Always"}, "rule.tlsPolicy", "Optional, Require"),
        ({"Actions": [{"StopAction": {"Scope": "All"}}]}, "rule.actions.1.member.stopAction.scope", "RuleSet"),
        (
            {"Actions": [{"SNSAction": {"TopicArn": TOPIC, "Encoding": "Latin"}}]},
            "rule.actions.1.member.sNSAction.encoding",
            "Base64, UTF-8",
        ),
        (
            {"Actions": [{"LambdaAction": {"FunctionArn": FUNCTION, "InvocationType": "Later"}}]},
            "rule.actions.1.member.lambdaAction.invocationType",
            "RequestResponse, Event",
        ),
    ]
    for rule, path, known in choices:
        wrong = validation_error((path, f"Member must satisfy enum value set: [{known}]"))
        assert refused(lambda rule=rule: add_rule(v1, "r", **rule)) == wrong


@pytest.mark.usefixtures("inbox")
@pytest.mark.parametrize("topic", ["inbox", "arn:aws:sns:us-east-1:inbox", TOPIC.replace("us-east-1", "eu-west-1"), ""])
@pytest.mark.parametrize("kind", ["S3Action", "SNSAction", "StopAction"])
def test_a_topic_is_one_of_the_region(v1: SESClient, kind: str, topic: str) -> None:
    said: dict[str, Any] = {"S3Action": {"BucketName": "mail"}, "StopAction": {"Scope": "RuleSet"}}.get(kind, {})
    with pytest.raises(v1.exceptions.InvalidSnsTopicException) as caught:
        add_rule(v1, "r", Actions=[{kind: {**said, "TopicArn": topic}}])

    assert caught.value.response["Error"]["Message"] == f"Invalid SNS topic: {topic}"
    assert (caught.value.response["Error"].get("Topic") or "") == topic


@pytest.mark.usefixtures("inbox")
@pytest.mark.parametrize("arn", ["inbox", FUNCTION.replace("us-east-1", "eu-west-1"), ARN.format("lambda", "inbox")])
def test_a_function_is_one_of_the_region(v1: SESClient, refused: Refused, arn: str) -> None:
    assert refused(
        lambda: add_rule(v1, "r", Actions=[{"LambdaAction": {"FunctionArn": arn}}]),
        v1.exceptions.InvalidLambdaFunctionException,
    ) == ("InvalidLambdaFunction", 400, f"Invalid Lambda function: {arn}")


@pytest.mark.usefixtures("inbox")
def test_what_a_neighbour_does_not_have_cannot_be_used(v1: SESClient, knows: Knows) -> None:
    errors: list[tuple[dict[str, Any], type[ClientError], str, str]] = [
        (
            {"S3Action": {"BucketName": "mail"}},
            v1.exceptions.InvalidS3ConfigurationException,
            "No such bucket: mail",
            "Bucket",
        ),
        (
            {"LambdaAction": {"FunctionArn": FUNCTION}},
            v1.exceptions.InvalidLambdaFunctionException,
            f"Could not invoke Lambda function: {FUNCTION}",
            "FunctionArn",
        ),
        (
            {"SNSAction": {"TopicArn": TOPIC}},
            v1.exceptions.InvalidSnsTopicException,
            f"Could not publish to SNS topic: {TOPIC}",
            "Topic",
        ),
    ]
    knows()
    for action, error, text, member in errors:
        with pytest.raises(error) as caught:
            add_rule(v1, "r", Actions=[action])
        assert caught.value.response["Error"]["Message"] == text
        name: Any = member
        assert text.endswith(caught.value.response["Error"][name])  # type: ignore[literal-required] # as above


@pytest.mark.usefixtures("inbox")
def test_what_a_neighbour_has_can_be_used(v1: SESClient, knows: Knows) -> None:
    knows("arn:aws:s3:::mail", FUNCTION, TOPIC)

    add_rule(v1, "r", Actions=[{"S3Action": {"BucketName": "mail", "TopicArn": TOPIC}}])
    add_rule(v1, "s", Actions=[{"LambdaAction": {"FunctionArn": FUNCTION}}])

    assert rule_names(v1) == ["s", "r"]


@pytest.mark.usefixtures("inbox")
def test_a_function_that_the_test_gives_is_there(sesfake: SesFake, v1: SESClient, knows: Knows) -> None:
    knows()
    sesfake.lambda_function("inbox", lambda event, context: (event, context))

    add_rule(v1, "r", Actions=[{"LambdaAction": {"FunctionArn": FUNCTION}}])

    assert rule_names(v1) == ["r"]


@pytest.mark.usefixtures("inbox")
@pytest.mark.sesfake(verified=["example.com"])
def test_who_sends_a_bounce_is_verified(v1: SESClient, refused: Refused) -> None:
    add_rule(v1, "r", Actions=[{"BounceAction": BOUNCE}])

    assert refused(lambda: add_rule(v1, "s", Actions=[{"BounceAction": {**BOUNCE, "Sender": "me@example.org"}}])) == (
        "InvalidParameterValue",
        400,
        "Identity is not verified: me@example.org",
    )
