"""Sending authorization policies: which other accounts may send from an identity.

https://docs.aws.amazon.com/ses/latest/dg/sending-authorization-policies.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pytest_sesfake.ses import identities
from pytest_sesfake.ses.conditions import as_list
from pytest_sesfake.ses.refusals import Invalid, LimitReached, Missing, Taken

if TYPE_CHECKING:
    from pytest_sesfake.ses.identities import Identity
    from pytest_sesfake.ses.simulation import RegionState

MOST = 20
"""The largest number of policies of one identity."""
MOST_BYTES = 4096
"""The largest size of one policy in bytes."""

_KIND = "policy"
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_VERSIONS = ("2008-10-17", "2012-10-17")
_ACTION = re.compile(r"ses:[A-Za-z*?]+", re.IGNORECASE)
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:[0-9]*:.+")
_ACCOUNT = re.compile(r"\*|[0-9]{12}|A[A-Z0-9]{15,}|arn:aws[\w-]*:(?:iam|sts)::[0-9]{12}:[\w-]+(?:/.+)?")
_SERVICE = re.compile(r"[\w.-]+\.amazonaws\.com(?:\.cn)?")


def check_name(name: str) -> None:
    """Check the name of a policy. Raises `Invalid` if SES does not accept it."""
    if not _NAME.fullmatch(name):
        raise Invalid(
            "PolicyName is invalid. Policy names must only include alpha-numeric characters, dashes, and underscores."
        )


def add(identity: Identity, name: str, text: str) -> None:
    """Attach a policy under a new name. Raises `Taken` if the name is in use."""
    if name in identity.policies:
        raise Taken(_KIND, name)
    put(identity, name, text)


def replace(identity: Identity, name: str, text: str) -> None:
    """Replace an existing policy. Raises `Missing` if it does not exist."""
    if name not in identity.policies:
        raise Missing(_KIND, name)
    put(identity, name, text)


def put(identity: Identity, name: str, text: str) -> None:
    """Attach a policy or replace the one with this name. SES removes insignificant whitespace from it."""
    if name not in identity.policies and len(identity.policies) >= MOST:
        raise LimitReached(
            f"Number of policies for <{identity.name}> exceeds max allowed number of policies per resource"
        )
    identity.policies[name] = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


def remove(identity: Identity, name: str) -> None:
    """Remove a policy. Raises `Missing` if it does not exist."""
    if identity.policies.pop(name, None) is None:
        raise Missing(_KIND, name)


def fault(region_state: RegionState, identity: str, text: str) -> str | None:
    """Return the error in the text of a policy for an identity, or ``None``."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        return f"Policy is longer than {MOST_BYTES} bytes"
    try:
        policy = json.loads(text)
    except ValueError:
        return "Policy is not valid JSON"
    if not isinstance(policy, dict):
        return "Policy is not a JSON object"
    if policy.get("Version", _VERSIONS[0]) not in _VERSIONS:
        return "Policy contains an invalid version"
    statements = as_list(policy.get("Statement"))
    if not statements:
        return "Policy must contain at least one statement"
    resource = identities.arn(region_state, identity)
    faults = (_fault(statement, resource) for statement in statements)
    return next((found for found in faults if found is not None), None)


def _fault(statement: object, resource: str) -> str | None:
    if not isinstance(statement, dict):
        return "Policy contains an invalid statement"
    found = None
    if statement.get("Effect") not in ("Allow", "Deny"):
        found = "Policy contains an invalid effect"
    elif not _are(_ACTION, statement.get("Action", statement.get("NotAction"))):
        found = "Policy contains an invalid action"
    elif not _are(_ARN, statement.get("Resource")):
        found = "Invalid ARN"
    elif any(arn != resource for arn in as_list(statement["Resource"])):
        found = "Policy contains a resource that is not the identity it is attached to"
    elif not _is_principal(statement.get("Principal", statement.get("NotPrincipal"))):
        found = "Policy contains an invalid principal"
    elif not isinstance(statement.get("Condition", {}), dict):
        found = "Policy contains an invalid condition"
    return found


def _is_principal(principal: object) -> bool:
    if isinstance(principal, str):
        return principal == "*"
    patterns = {"AWS": _ACCOUNT, "Service": _SERVICE}
    return (
        isinstance(principal, dict)
        and bool(principal)
        and all(kind in patterns and _are(patterns[kind], value) for kind, value in principal.items())
    )


def _are(pattern: re.Pattern[str], value: object) -> bool:
    values = as_list(value)
    return bool(values) and all(isinstance(each, str) and pattern.fullmatch(each) for each in values)
