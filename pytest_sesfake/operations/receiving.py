"""Receiving: receipt rule sets and their rules, IP address filters, and bounces of received mail.

https://docs.aws.amazon.com/ses/latest/APIReference/API_ReceiptRule.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v1
from pytest_sesfake.ses import authorization, identities, receipt_filters, receipt_rules, receiving
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.collection import BadToken
from pytest_sesfake.ses.receipt_filters import IpFilter
from pytest_sesfake.ses.receipt_rules import (
    Action,
    AddHeader,
    Ask,
    BounceAction,
    Connect,
    HandToWorkMail,
    PublishAction,
    Rule,
    RuleSet,
    StopAction,
    Store,
    Unusable,
    check_name,
)
from pytest_sesfake.ses.refusals import Invalid, Rejected
from pytest_sesfake.ses.reports import FailedRecipient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.simulation import RegionState

_NAME = "[a-zA-Z0-9_.-]+"
_LONGEST_LISTED_NAME = 100
_TOO_SHORT = "Member must have length greater than or equal to 1"
_TOO_LONG = f"Member must have length less than or equal to {_LONGEST_LISTED_NAME}"
_WRONG = f"Member must satisfy regular expression pattern: ^{_NAME}$"


def _check_names(**names: str | None) -> None:
    """Refuse invalid names: first those that fail SES's validation layer, then those that SES itself refuses."""
    _refuse(*((path, demand) for path, name in names.items() for demand in _demands(name)))
    for path, name in names.items():
        if name is not None and path != "after":
            check_name(path, name)


def _demands(name: str | None) -> Iterator[str]:
    if name == "":
        yield _TOO_SHORT
    if name is not None and not re.fullmatch(_NAME, name):
        yield _WRONG


def _refuse(*failures: tuple[str, str]) -> None:
    """Refuse a call with the text of the validation layer. For these members SES does not repeat the value."""
    if failures:
        texts = [f"Value at '{path}' failed to satisfy constraint: {demand}" for path, demand in failures]
        many = f"{len(texts)} validation error{'s' if len(texts) > 1 else ''} detected: "
        raise say("ValidationError", many + "; ".join(texts))


# Rule sets


@v1("CreateReceiptRuleSet", does="modelled", texts=("reported", "chosen"))
def create_receipt_rule_set(region_state: RegionState, *, RuleSetName: str) -> None:
    """Create an empty, inactive rule set."""
    _check_names(ruleSetName=RuleSetName)
    receipt_rules.create_set(region_state, RuleSetName)


@v1("CloneReceiptRuleSet", does="modelled", texts=("reported", "chosen"))
def clone_receipt_rule_set(region_state: RegionState, *, RuleSetName: str, OriginalRuleSetName: str) -> None:
    """Create an inactive rule set as an independent copy of another one."""
    _refuse(
        *(("originalRuleSetName", demand) for demand in _demands(OriginalRuleSetName)),
        *(("ruleSetName", demand) for demand in _demands(RuleSetName)),
    )
    check_name("ruleSetName", RuleSetName)
    check_name("ruleSetName", OriginalRuleSetName)
    receipt_rules.clone_set(region_state, RuleSetName, OriginalRuleSetName)


@v1("DeleteReceiptRuleSet", does="modelled", texts="reported")
def delete_receipt_rule_set(region_state: RegionState, *, RuleSetName: str) -> None:
    """Delete a rule set. An unknown set is no error. SES refuses to delete the active set."""
    _check_names(ruleSetName=RuleSetName)
    if region_state.receipts.active == RuleSetName:
        raise say("CannotDelete", f"Cannot delete active rule set: {RuleSetName}", Name=RuleSetName)
    region_state.receipts.sets.discard(RuleSetName)


@v1("DescribeReceiptRuleSet", does="modelled", texts="reported")
def describe_receipt_rule_set(region_state: RegionState, *, RuleSetName: str) -> Json:
    """Return a rule set with its rules, in order."""
    _check_names(ruleSetName=RuleSetName)
    return _show_set(region_state.receipts.sets.get(RuleSetName))


@v1("DescribeActiveReceiptRuleSet", does="modelled")
def describe_active_receipt_rule_set(region_state: RegionState) -> Json:
    """Return the active rule set, or nothing if no rule set is active."""
    active = region_state.receipts.active
    return {} if active is None else _show_set(region_state.receipts.sets.get(active))


@v1("SetActiveReceiptRuleSet", does="modelled", texts="reported")
def set_active_receipt_rule_set(region_state: RegionState, *, RuleSetName: str | None = None) -> None:
    """Activate a rule set. Without a name, no rule set is active."""
    _check_names(ruleSetName=RuleSetName or None)
    receipt_rules.activate(region_state, RuleSetName or None)


@v1("ListReceiptRuleSets", does="modelled", texts="chosen")
def list_receipt_rule_sets(region_state: RegionState, *, NextToken: str | None = None) -> Json:
    """List the rule sets, oldest first."""
    try:
        shown, following = region_state.receipts.sets.page(None, NextToken)
    except BadToken:
        raise say("InvalidParameterValue", f"Invalid token: {NextToken}") from None
    return {"RuleSets": [_show_metadata(found) for found in shown], "NextToken": following}


@v1("ReorderReceiptRuleSet", does="modelled", texts="reported")
def reorder_receipt_rule_set(region_state: RegionState, *, RuleSetName: str, RuleNames: Sequence[str]) -> None:
    """Reorder the rules of a set. The call must name each rule."""
    failures = [("ruleSetName", demand) for demand in _demands(RuleSetName)]
    if any(len(name) > _LONGEST_LISTED_NAME or any(_demands(name)) for name in RuleNames):
        failures.append(("ruleNames", f"Member must satisfy constraint: [{_TOO_LONG}, {_TOO_SHORT}, {_WRONG}]"))
    _refuse(*failures)
    check_name("ruleSetName", RuleSetName)
    receipt_rules.reorder(region_state, RuleSetName, RuleNames)


def _show_set(found: RuleSet) -> Json:
    return {"Metadata": _show_metadata(found), "Rules": [_show_rule(rule) for rule in found.rules]}


def _show_metadata(found: RuleSet) -> Json:
    return {"Name": found.name, "CreatedTimestamp": moment(found.created)}


# Rules


@v1("CreateReceiptRule", does="modelled", texts=("reported", "chosen"))
def create_receipt_rule(region_state: RegionState, *, RuleSetName: str, Rule: Json, After: str | None = None) -> None:
    """Create a rule in a set, after another rule, or else as the first one."""
    _check_names(ruleSetName=RuleSetName, after=After)
    _judged(receipt_rules.add_rule, region_state, RuleSetName, _read_rule(Rule), After)


@v1("UpdateReceiptRule", does="modelled", texts=("reported", "chosen"))
def update_receipt_rule(region_state: RegionState, *, RuleSetName: str, Rule: Json) -> None:
    """Replace the rule of this name. Missing parts are reset."""
    _check_names(ruleSetName=RuleSetName)
    _judged(receipt_rules.replace_rule, region_state, RuleSetName, _read_rule(Rule))


@v1("DeleteReceiptRule", does="modelled", texts="reported")
def delete_receipt_rule(region_state: RegionState, *, RuleSetName: str, RuleName: str) -> None:
    """Delete a rule of a set. An unknown rule is no error, but an unknown set is."""
    _check_names(ruleSetName=RuleSetName, ruleName=RuleName)
    receipt_rules.remove_rule(region_state, RuleSetName, RuleName)


@v1("DescribeReceiptRule", does="modelled", texts="reported")
def describe_receipt_rule(region_state: RegionState, *, RuleSetName: str, RuleName: str) -> Json:
    """Return one rule."""
    _check_names(ruleSetName=RuleSetName, ruleName=RuleName)
    found = region_state.receipts.sets.get(RuleSetName)
    return {"Rule": _show_rule(found.rules[found.place(RuleName)])}


@v1("SetReceiptRulePosition", does="modelled", texts="reported")
def set_receipt_rule_position(
    region_state: RegionState, *, RuleSetName: str, RuleName: str, After: str | None = None
) -> None:
    """Move a rule after another rule of its set, or else to the first place."""
    _check_names(ruleSetName=RuleSetName, ruleName=RuleName, after=After)
    receipt_rules.move_rule(region_state, RuleSetName, RuleName, After)


_UNUSABLE = {
    "topic": ("InvalidSnsTopic", "Topic"),
    "bucket": ("InvalidS3Configuration", "Bucket"),
    "function": ("InvalidLambdaFunction", "FunctionArn"),
}


def _judged(change: Callable[..., None], *args: object) -> None:
    """Change a rule. Refuse it, with SES's code, if it uses a resource that SES cannot use."""
    try:
        change(*args)
    except Unusable as refusal:
        code, member = _UNUSABLE[refusal.kind]
        raise say(code, refusal.text, **{member: refusal.name}) from None


# Each kind of action: the structure in the API, the class that stores it, and the field of each member.
_TOPIC = {"TopicArn": "topic"}
_ACTIONS: dict[str, tuple[type[Action], dict[str, str]]] = {
    "S3Action": (
        Store,
        {
            **_TOPIC,
            "BucketName": "bucket",
            "ObjectKeyPrefix": "prefix",
            "KmsKeyArn": "key",
            "IamRoleArn": "role",
        },
    ),
    "BounceAction": (
        BounceAction,
        {**_TOPIC, "SmtpReplyCode": "code", "StatusCode": "status", "Message": "message", "Sender": "sender"},
    ),
    "WorkmailAction": (HandToWorkMail, {**_TOPIC, "OrganizationArn": "organization"}),
    "LambdaAction": (Ask, {**_TOPIC, "FunctionArn": "function", "InvocationType": "invocation"}),
    "StopAction": (StopAction, {**_TOPIC, "Scope": "scope"}),
    "AddHeaderAction": (AddHeader, {"HeaderName": "name", "HeaderValue": "value"}),
    "SNSAction": (PublishAction, {**_TOPIC, "Encoding": "encoding"}),
    "ConnectAction": (Connect, {"InstanceARN": "instance", "IAMRoleARN": "role"}),
}
_NAMES = {kind: name for name, (kind, _) in _ACTIONS.items()}


def _read_rule(given: Json) -> Rule:
    name: str = given["Name"]
    _refuse(*(("rule.name", demand) for demand in _demands(name)))
    recipients = given.get("Recipients")
    return Rule(
        name,
        enabled=given.get("Enabled", False),
        tls_required=given.get("TlsPolicy") == "Require",
        recipients=None if recipients is None else receipt_rules.to_recipients(recipients),
        actions=tuple(_read_action(action) for action in given.get("Actions") or () if action),
        scans=given.get("ScanEnabled", False),
    )


def _read_action(given: Json) -> Action:
    if len(given) != 1:
        raise Invalid("Exactly one action type must be specified for each ReceiptAction")
    ((name, said),) = given.items()
    kind, members = _ACTIONS[name]
    return kind(**{field: said[member] for member, field in members.items() if member in said})


def _show_rule(rule: Rule) -> Json:
    return {
        "Name": rule.name,
        "Enabled": rule.enabled,
        "TlsPolicy": "Require" if rule.tls_required else "Optional",
        "Recipients": None if rule.recipients is None else list(rule.recipients),
        "Actions": [_show_action(action) for action in rule.actions],
        "ScanEnabled": rule.scans,
    }


def _show_action(action: Action) -> Json:
    name = _NAMES[type(action)]
    _, members = _ACTIONS[name]
    return {name: {member: getattr(action, field) for member, field in members.items()}}


# Filters


@v1("CreateReceiptFilter", does="modelled", texts=("reported", "chosen"))
def create_receipt_filter(region_state: RegionState, *, Filter: Json) -> None:
    """Block or allow mail from a range of addresses."""
    given = Filter["IpFilter"]
    receipt_filters.create(region_state, IpFilter(Filter["Name"], given["Policy"] == "Block", given["Cidr"]))


@v1("DeleteReceiptFilter", does="modelled")
def delete_receipt_filter(region_state: RegionState, *, FilterName: str) -> None:
    """Delete a filter. An unknown filter is no error."""
    region_state.receipts.filters.discard(FilterName)


@v1("ListReceiptFilters", does="modelled")
def list_receipt_filters(region_state: RegionState) -> Json:
    """List the filters, oldest first."""
    return {
        "Filters": [
            {"Name": found.name, "IpFilter": {"Policy": "Block" if found.blocks else "Allow", "Cidr": found.cidr}}
            for found in region_state.receipts.filters
        ]
    }


# Bounces

_BOUNCES = {
    "DoesNotExist": ("5.1.1", "550 5.1.1 Mailbox does not exist"),
    "MessageTooLarge": ("5.3.4", "552 5.3.4 Message too large"),
    "ExceededQuota": ("5.2.2", "552 5.2.2 Mailbox full"),
    "ContentRejected": ("5.6.1", "500 5.6.1 Message content rejected"),
    "Undefined": ("5.0.0", "554 5.0.0 Unknown failure"),
    "TemporaryFailure": ("4.0.0", "450 4.0.0 Temporary failure"),
}
"""The status and the diagnosis for each kind of bounce; of the diagnosis the text is a guess."""


@v1("SendBounce", does="modelled", texts="chosen")
def send_bounce(
    region_state: RegionState,
    *,
    OriginalMessageId: str,
    BounceSender: str,
    BouncedRecipientInfoList: Sequence[Json],
    Explanation: str | None = None,
    MessageDsn: Json | None = None,
    BounceSenderArn: str | None = None,
) -> Json:
    """Send a bounce for a mail that was received in the last 24 hours."""
    recipients = [info["Recipient"] for info in BouncedRecipientInfoList]
    if not authorization.may_bounce(region_state, BounceSender, recipients, BounceSenderArn):
        identities.check_verified(region_state, (BounceSender,), ())
    original = receiving.answerable(region_state, OriginalMessageId)
    if original is None:
        raise Rejected(f"Original message not found: {OriginalMessageId}")
    if not BouncedRecipientInfoList:
        raise Invalid("At least one bounced recipient must be specified.")
    failures = [_failure(info) for info in BouncedRecipientInfoList]
    for info, failure in zip(BouncedRecipientInfoList, failures, strict=True):
        if not any(receiving.was_for(original, address) for address in (info["Recipient"], failure.recipient)):
            raise Rejected(f"Not a recipient of the original message: {info['Recipient']}")
    about = MessageDsn or {}
    arrived = about.get("ArrivalDate")
    mail = receiving.answer(
        original,
        sender=BounceSender,
        failures=failures,
        explanation=Explanation,
        reporting_mta=about.get("ReportingMta"),
        arrived=None if arrived is None else arrived.timestamp(),
        extensions=_extensions(about),
    )
    if mail is None:
        raise Rejected(f"Original message has no sender: {OriginalMessageId}")
    return {"MessageId": mail.id}


def _failure(info: Json) -> FailedRecipient:
    kind, said = info.get("BounceType"), info.get("RecipientDsnFields")
    if kind is None and said is None:
        raise Invalid(f"Either BounceType or RecipientDsnFields must be specified for recipient: {info['Recipient']}")
    fields: Json = {"recipient": info["Recipient"]}
    if kind is not None:
        status, diagnostic = _BOUNCES[kind]
        fields |= {"status": status, "diagnostic": f"smtp; {diagnostic}"}
    if said is not None:
        attempted = said.get("LastAttemptDate")
        given: Json = {
            "recipient": said.get("FinalRecipient"),
            "action": said["Action"],
            "status": said["Status"],
            "diagnostic": said.get("DiagnosticCode"),
            "remote_mta": said.get("RemoteMta"),
            "attempted": None if attempted is None else attempted.timestamp(),
            "extensions": _extensions(said),
        }
        fields |= {name: value for name, value in given.items() if value is not None}
    return FailedRecipient(**fields)


def _extensions(given: Json) -> tuple[tuple[str, str], ...]:
    return tuple((entry["Name"], entry["Value"]) for entry in given.get("ExtensionFields") or ())
