"""Sending authorization: whether an account may send from identities that a call names by their ARNs.

The owner of an identity can allow other accounts to send from it, by policies (see `policies`). A call uses that
permission if it names the identity's ARN in ``SourceArn``, ``FromArn`` or ``ReturnPathArn``. A policy that denies the
action refuses also the owner's own call. A call that names no ARN is not checked against policies.

https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-policies.html
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_sesfake.ses import identities
from pytest_sesfake.ses.conditions import are_met, as_list, like
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.mail.compose import Parts
from pytest_sesfake.ses.mail.encoded_words import decode
from pytest_sesfake.ses.messages import PartedMessage, RawMessage
from pytest_sesfake.ses.refusals import Denied, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_sesfake.ses.conditions import Context
    from pytest_sesfake.ses.identities import Identity
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import RegionState

CALLER = "testing"
"""The IAM user of every call and of the SMTP credentials.

For SMTP, captured events show such a name. For API calls the name is a [guess].
"""
SOURCE_IP = "127.0.0.1"
"""The IP address of every caller."""

_ARN = re.compile(r"arn:[\w-]+:ses:(?P<region>[\w-]*):(?P<account>[0-9]{12}):identity/(?P<name>.+)")


class Arns(NamedTuple):
    """The ARNs that a call names: of the envelope sender, of the From field and of the return path."""

    source: str | None = None
    author: str | None = None
    return_path: str | None = None


class SendingAuthorization(NamedTuple):
    """The ARN of an identity, and the addresses for which a call names it."""

    arn: str
    addresses: Sequence[str]


def pair_arns(
    arns: Arns | None, source: str, authors: Sequence[str], return_path: str | None
) -> tuple[SendingAuthorization, ...]:
    """Pair each ARN of a call with the addresses that it is for."""
    if arns is None:
        return ()
    pairs = (
        (arns.source, (source,)),
        (arns.author, authors),
        (arns.return_path, (return_path,) if return_path else ()),
    )
    return tuple(SendingAuthorization(arn, addresses) for arn, addresses in pairs if arn and addresses)


def _parse_arn(arn: str) -> re.Match[str]:
    found = _ARN.fullmatch(arn)
    if found is None:
        raise Invalid(f"Invalid identity ARN <{arn}>.")
    return found


def admit(region_state: RegionState, message: Message, given: Iterable[SendingAuthorization]) -> set[str]:
    """Return the addresses that the account may use because of identities that the call names by ARN.

    Raises `Denied` if a policy denies the call, or if another account's identity has no policy that allows it. If the
    fake accepts any sender, an identity that does not exist is ignored.
    """
    authorized: set[str] = set()
    for arn, addresses in given:
        parsed = _parse_arn(arn)
        owner = region_state.simulation.at(parsed["account"], region_state.region)
        identity = owner.identities.find(parsed["name"]) if parsed["region"] == region_state.region else None
        if identity is None:
            if not region_state.simulation.any_sender and owner is not region_state:
                raise _denial(region_state, message, arn)
            continue
        _judge(region_state, message, identity, arn, is_own=owner is region_state)
        if identity.verified:
            covered = (address for address in addresses if identity in identities.find_covering(owner, address))
            authorized.update(covered)
    return authorized


def find_identity(message: Message) -> Identity | None:
    """Return the identity whose settings apply to a message. It can be another account's, if the call names its ARN.

    https://docs.aws.amazon.com/ses/latest/dg/sending-authorization.html
    """
    region_state = message.region_state
    if message.arns is not None and message.arns.source:
        account = _parse_arn(message.arns.source)["account"]
        if account != region_state.account_id:
            found = identities.find_for_sender(region_state.simulation.at(account, region_state.region), message.source)
            if found is not None:
                return found
    return identities.find_for_sender(region_state, message.source)


def may_bounce(region_state: RegionState, sender: str, recipients: Sequence[str], arn: str | None) -> bool:
    """Tell whether the identity ``arn`` allows the account to send a bounce from the address ``sender``."""
    if arn is None:
        return False
    parts = Parts(to=tuple(recipients))
    message = PartedMessage(region_state, parts, api="ses", operation="SendBounce", source=sender, recipients=parts.to)
    return sender in admit(region_state, message, [SendingAuthorization(arn, (sender,))])


def _judge(region_state: RegionState, message: Message, identity: Identity, arn: str, *, is_own: bool) -> None:
    """Raise `Denied` if a policy denies the message, or if another account's identity does not allow it.

    A denial overrides every permission. Own identities need no permission.
    """
    effects: set[str] = set()
    context = context_of(message) if identity.policies else {}
    for text in identity.policies.values():
        for statement in _statements(text):
            if _is_about(statement, region_state, action_of(message)) and are_met(
                statement.get("Condition", {}), context
            ):
                effects.add(statement["Effect"])
    if "Deny" in effects or not (is_own or "Allow" in effects):
        raise _denial(region_state, message, arn)


def _denial(region_state: RegionState, message: Message, arn: str) -> Denied:
    return Denied(
        f"User `{_user(region_state)}' is not authorized to perform `ses:{action_of(message)}' on resource `{arn}'"
    )


def _user(region_state: RegionState) -> str:
    return f"arn:aws:iam::{region_state.account_id}:user/{CALLER}"


def action_of(message: Message) -> str:
    """Return the action that policies check for a message. For raw mail it is always ``SendRawEmail``."""
    if message.operation in ("SendBulkTemplatedEmail", "SendBulkEmail", "SendBounce"):
        return message.operation
    if isinstance(message, RawMessage):
        return "SendRawEmail"
    return "SendEmail" if message.template_data is None and message.template is None else "SendTemplatedEmail"


def context_of(message: Message) -> Context:
    """Return the condition keys of a message, in lower case, with their values.

    https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-policies.html
    """
    region_state = message.region_state
    author = message.sender
    name = decode(author.rpartition("<")[0].strip().strip('"'))
    return {
        "ses:recipients": [parse_address(address).bare for address in message.recipients],
        "ses:fromaddress": [parse_address(author).bare],
        "ses:fromdisplayname": [name] if name else [],
        "ses:feedbackaddress": [parse_address(message.return_path or message.source).bare],
        "ses:apiversion": ["2" if message.api == "sesv2" else "1"],
        "aws:currenttime": [repr(region_state.simulation.clock.time())],
        "aws:epochtime": [repr(region_state.simulation.clock.time())],
        "aws:principalaccount": [region_state.account_id],
        "aws:principalarn": [_user(region_state)],
        "aws:principaltype": ["User"],
        "aws:requestedregion": [region_state.region],
        "aws:securetransport": ["true"],
        "aws:sourceip": [SOURCE_IP],
        "aws:username": [CALLER],
    }


# Matching statements of a policy with a call.


@lru_cache(maxsize=64)
def _statements(text: str) -> tuple[dict[str, Any], ...]:
    return tuple(as_list(json.loads(text)["Statement"]))


def _is_about(statement: dict[str, Any], region_state: RegionState, action: str) -> bool:
    if "NotPrincipal" in statement:
        is_meant = not _is_principal(statement["NotPrincipal"], region_state)
    else:
        is_meant = _is_principal(statement.get("Principal"), region_state)
    if "NotAction" in statement:
        return is_meant and not _is_action(statement["NotAction"], action)
    return is_meant and _is_action(statement.get("Action"), action)


def _is_principal(principal: object, region_state: RegionState) -> bool:
    if isinstance(principal, dict):
        account = region_state.account_id
        known = {"*", account, f"arn:aws:iam::{account}:root", _user(region_state)}
        return any(value in known for value in as_list(principal.get("AWS")))
    return principal == "*"


def _is_action(patterns: object, action: str) -> bool:
    wanted = f"ses:{action}".lower()
    return any(like(str(pattern).lower(), wanted) for pattern in as_list(patterns))
