"""What the shop does when SES tells it of bounces and complaints: a Lambda function behind an SNS topic."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shop.accounts import Accounts


def handle(accounts: Accounts, event: dict[str, Any]) -> None:
    """Close the account of every address that bounced for good or complained."""
    for record in event["Records"]:
        notification = json.loads(record["Sns"]["Message"])
        if notification["eventType"] == "Bounce" and notification["bounce"]["bounceType"] == "Permanent":
            for recipient in notification["bounce"]["bouncedRecipients"]:
                accounts.close(recipient["emailAddress"], recipient["diagnosticCode"])
        elif notification["eventType"] == "Complaint":
            for recipient in notification["complaint"]["complainedRecipients"]:
                accounts.close(recipient["emailAddress"], "complaint")
