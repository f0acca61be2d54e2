"""The support inbox: SES takes in mail for it, and a Lambda function behind a topic makes tickets of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email import message_from_string, policy
from typing import Any

import boto3

ADDRESS = "support@shop.example"
FORMER = "jobs@shop.example"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:support"

ses = boto3.client("ses", region_name="eu-west-1")


@dataclass
class Ticket:
    """What somebody wants to know."""

    sender: str
    subject: str
    text: str
    files: list[str]


@dataclass
class Tickets:
    """All tickets, oldest first."""

    open: list[Ticket] = field(default_factory=list)


def set_up() -> None:
    """Make the receipt rules: support mail is scanned and goes to the topic, mail to the former address comes back."""
    ses.create_receipt_rule_set(RuleSetName="shop")
    to_topic: Any = {"SNSAction": {"TopicArn": TOPIC, "Encoding": "UTF-8"}}
    back: Any = {
        "BounceAction": {
            "SmtpReplyCode": "550",
            "StatusCode": "5.1.1",
            "Message": "We have no vacancies",
            "Sender": ADDRESS,
        }
    }
    rules: list[Any] = [
        {"Name": "jobs", "Enabled": True, "Recipients": [FORMER], "Actions": [back]},
        {"Name": "support", "Enabled": True, "ScanEnabled": True, "Recipients": [ADDRESS], "Actions": [to_topic]},
    ]
    after: dict[str, str] = {}
    for rule in rules:
        ses.create_receipt_rule(RuleSetName="shop", Rule=rule, **after)
        after = {"After": rule["Name"]}
    ses.set_active_receipt_rule_set(RuleSetName="shop")


def handle(tickets: Tickets, event: dict[str, Any]) -> None:
    """Open a ticket for every mail that is no spam, and tell its sender."""
    for record in event["Records"]:
        notification = json.loads(record["Sns"]["Message"])
        if notification["notificationType"] != "Received":  # SES also says when a rule begins to name the topic
            continue
        receipt = notification["receipt"]
        if "FAIL" in (receipt["spamVerdict"]["status"], receipt["virusVerdict"]["status"]):
            continue
        mail = message_from_string(notification["content"], policy=policy.default)
        body = mail.get_body(("plain", "html"))
        ticket = Ticket(
            sender=notification["mail"]["source"],
            subject=notification["mail"]["commonHeaders"]["subject"],
            text=body.get_content() if body else "",
            files=[part.get_filename() or "" for part in mail.iter_attachments()],
        )
        tickets.open.append(ticket)
        ses.send_email(
            Source=ADDRESS,
            Destination={"ToAddresses": [ticket.sender]},
            Message={
                "Subject": {"Data": f"Re: {ticket.subject}"},
                "Body": {"Text": {"Data": f"Thank you. Your ticket has the number {len(tickets.open)}."}},
            },
        )
