"""What becomes of mail that customers write to the shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_sesfake import SesFake

TOPIC = "arn:aws:sns:us-east-1:123456789012:support"


def note(event: dict[str, Any], context: object) -> None:
    """Write a question down, as a function behind the topic."""
    del event, context


def answer(event: dict[str, Any], context: object) -> dict[str, str]:
    """Let the next rule go on, as a function that a rule asks."""
    del event, context
    return {"disposition": "CONTINUE"}


def test_a_question_is_kept_and_told(sesfake: SesFake) -> None:
    client = sesfake.client("ses")
    client.create_receipt_rule_set(RuleSetName="support")
    client.set_active_receipt_rule_set(RuleSetName="support")
    actions = [
        {"S3Action": {"BucketName": "questions", "ObjectKeyPrefix": "2026/", "TopicArn": TOPIC}},
        {"LambdaAction": {"FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:answer"}},
    ]
    rule = {"Name": "questions", "Enabled": True, "Recipients": ["bluedoor.example"], "Actions": actions}
    client.create_receipt_rule(RuleSetName="support", Rule=rule)
    sesfake.lambda_function("answer", answer)
    sesfake.subscribe(note, topic=TOPIC)

    sesfake.receive(
        to="help@bluedoor.example",
        sender="Ada <ada@example.com>",
        subject="A page is missing",
        html="<p>Hello,</p><p>my copy of <i>Middlemarch</i> goes from page 212 to page 215.</p><p>Ada</p>",
        attachments={"page.txt": "212, 215"},
    )
    sesfake.receive(to="nobody@other.example", subject="Hello?")
    sesfake.notify()

    assert sesfake.notifications.one("Received")
