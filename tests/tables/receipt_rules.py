"""What the tests of receipt rules and IP filters share: values of AWS, short calls, and the text of a failed check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

ARN = "arn:aws:{}:us-east-1:123456789012:{}"
TOPIC = ARN.format("sns", "inbox")
FUNCTION = ARN.format("lambda", "function:inbox")
ROLE = "arn:aws:iam::123456789012:role/mail"
BOUNCE = {"SmtpReplyCode": "550", "StatusCode": "5.1.1", "Message": "Nobody here", "Sender": "daemon@example.com"}
WRONG = "Member must satisfy regular expression pattern: ^[a-zA-Z0-9_.-]+$"
EMPTY = "Member must have length greater than or equal to 1"


def add_rule(v1: SESClient, name: str, after: str | None = None, **rule: Any) -> None:
    """Create a rule in the rule set ``inbox``, behind the rule ``after``."""
    position: Any = {} if after is None else {"After": after}
    given: Any = {"Name": name, **rule}
    v1.create_receipt_rule(RuleSetName="inbox", Rule=given, **position)


def rule_names(v1: SESClient, rule_set: str = "inbox") -> list[str]:
    """Return the names of the rules in their order."""
    return [rule["Name"] for rule in v1.describe_receipt_rule_set(RuleSetName=rule_set)["Rules"]]


def get_rule(v1: SESClient, name: str, rule_set: str = "inbox") -> Any:
    """Return a rule as SES describes it."""
    return v1.describe_receipt_rule(RuleSetName=rule_set, RuleName=name)["Rule"]


def validation_error(*failures: tuple[str, str]) -> tuple[str, int, str]:
    """Return the code, status and text with which SES refuses members that break its model."""
    texts = [f"Value at '{path}' failed to satisfy constraint: {demand}" for path, demand in failures]
    count = f"{len(texts)} validation error{'s' if len(texts) > 1 else ''} detected: "
    return "ValidationError", 400, count + "; ".join(texts)
