"""Insights into single messages and addresses, and the recommendations of SES.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetMessageInsights.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailAddressInsights.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_ListRecommendations.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.statistics import check_manager
from pytest_sesfake.operations.table import v2
from pytest_sesfake.ses import insights, mailboxes, recommendations
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.collection import page
from pytest_sesfake.ses.events import Bounced, Complained
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.providers import provider

if TYPE_CHECKING:
    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.mailboxes import Verdict
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.recommendations import Recommendation
    from pytest_sesfake.ses.simulation import RegionState

_MOST_LISTED = 100
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PAIRS = ({"STATUS", "IMPACT"}, {"STATUS", "TYPE"})


@v2("GetMessageInsights", does="computed", texts=("reported", "chosen"))
def get_message_insights(region_state: RegionState, *, MessageId: str) -> Json:
    """Return the events of a message. SES keeps them for a month, for messages to one recipient."""
    check_manager(region_state)
    message = insights.find(region_state, MessageId)
    if message is None:
        text = f"Message <{MessageId}> not found for account <{region_state.account_id}>"
        raise say("NotFoundException", text)
    return {
        "MessageId": message.id,
        "FromEmailAddress": parse_address(message.sender).bare,
        "Subject": message.subject,
        "EmailTags": [{"Name": name, "Value": value} for name, value in _tags(message).items()],
        "Insights": [
            {
                "Destination": parse_address(recipient).bare,
                "Isp": provider(recipient),
                "Events": list(map(_show, message.events)),
            }
            for recipient in message.recipients
        ],
    }


@v2("GetEmailAddressInsights", does="computed", texts="chosen")
def get_email_address_insights(region_state: RegionState, *, EmailAddress: str) -> Json:
    """Return how likely mail to an address is to arrive."""
    if not EmailAddress.strip():
        raise say("BadRequestException", "EmailAddress is required.")
    found = mailboxes.evaluate(region_state, EmailAddress)
    return {
        "MailboxValidation": {
            "IsValid": _verdict(found.valid),
            "Evaluations": {
                "HasValidSyntax": _verdict(found.syntax),
                "HasValidDnsRecords": _verdict(found.records),
                "MailboxExists": _verdict(found.mailbox),
                "IsRoleAddress": _verdict(found.role),
                "IsDisposable": _verdict(found.disposable),
                "IsRandomInput": _verdict(found.random),
            },
        }
    }


@v2("ListRecommendations", does="computed", texts=("reported", "chosen"))
def list_recommendations(
    region_state: RegionState, *, Filter: Json | None = None, NextToken: str | None = None, PageSize: int | None = None
) -> Json:
    """List the recommendations for an account, oldest first: all, or those that match a filter."""
    check_manager(region_state)
    if PageSize is not None and not 1 <= PageSize <= _MOST_LISTED:
        raise say("BadRequestException", f"PageSize must be between 1 and {_MOST_LISTED}")
    wanted = Filter or {}
    if len(wanted) > 1 and set(wanted) not in _PAIRS:
        raise say("BadRequestException", "Only STATUS and IMPACT, or STATUS and TYPE, can be filtered by together.")
    shown = map(_advise, recommendations.find(region_state))
    found = [
        (f"{advice['Type']} {advice['ResourceArn']} {advice['Description']}", advice)
        for advice in shown
        if all(advice[_MEMBERS[name]] == value for name, value in wanted.items())
    ]
    kind = f"recommendation {region_state.region} {sorted(wanted.items())}"
    listed, following = page(found, PageSize, NextToken, kind=kind, most=_MOST_LISTED)
    return {"Recommendations": listed, "NextToken": following}


_MEMBERS = {"TYPE": "Type", "IMPACT": "Impact", "STATUS": "Status", "RESOURCE_ARN": "ResourceArn"}


def _advise(advice: Recommendation) -> Json:
    return {
        "ResourceArn": advice.arn,
        "Type": advice.kind.upper(),
        "Description": advice.text,
        "Status": "OPEN" if advice.fixed is None else "FIXED",
        "CreatedTimestamp": moment(advice.created),
        "LastUpdatedTimestamp": moment(advice.updated),
        "Impact": advice.impact.upper(),
    }


def _verdict(verdict: Verdict) -> Json:
    return {"ConfidenceVerdict": verdict.upper()}


def _tags(message: Message) -> dict[str, str]:
    """Return the tags of a message, with those tags of SES that tell where the message belongs."""
    added = {"ses:configuration-set": message.configuration_set, "ses:tenant-name": message.tenant}
    return {**{name: value for name, value in added.items() if value is not None}, **message.tags}


def _show(event: Event) -> Json:
    fact = event.fact
    details: Json | None = None
    if isinstance(fact, Bounced):
        _, diagnostic = fact.status_and_diagnostic(0)
        details = {
            "Bounce": {
                "BounceType": fact.kind.upper(),
                "BounceSubType": _in_capitals(fact.subtype),
                "DiagnosticCode": diagnostic,
            }
        }
    elif isinstance(fact, Complained):
        subtype = None if fact.subtype is None else _in_capitals(fact.subtype)
        details = {"Complaint": {"ComplaintSubType": subtype, "ComplaintFeedbackType": fact.feedback}}
    return {"Timestamp": moment(event.at), "Type": _in_capitals(event.type), "Details": details}


def _in_capitals(word: str) -> str:
    """Return a word in the spelling of insights: ``OnAccountSuppressionList`` is ``ON_ACCOUNT_SUPPRESSION_LIST``."""
    return _WORD.sub("_", word).upper()
