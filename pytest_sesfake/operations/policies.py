"""Sending authorization policies of identities.

https://docs.aws.amazon.com/ses/latest/dg/sending-authorization.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.operations.identities import existing
from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v1, v2
from pytest_sesfake.ses import identities, policies
from pytest_sesfake.ses.refusals import Invalid, LimitReached

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.identities import Identity as Found
    from pytest_sesfake.ses.simulation import RegionState


@v1("PutIdentityPolicy", does="modelled", texts=("reported", "chosen"))
def put_identity_policy(region_state: RegionState, *, Identity: str, PolicyName: str, Policy: str) -> None:
    """Attach a policy. It replaces a policy of the same name."""
    policies.check_name(PolicyName)
    name = identities.name_of(region_state, Identity)
    wrong = policies.fault(region_state, name, Policy)
    if wrong is not None:
        raise say("InvalidPolicy", wrong)
    try:
        policies.put(_owned(region_state, Identity), PolicyName, Policy)
    except LimitReached as full:
        raise Invalid(full.text) from None


@v1("GetIdentityPolicies", does="modelled", texts=("reported", "chosen"))
def get_identity_policies(region_state: RegionState, *, Identity: str, PolicyNames: Sequence[str]) -> Json:
    """Return the policies of these names. Unknown names are left out."""
    if len(PolicyNames) > policies.MOST:
        raise Invalid(f"Number of policy names exceeds {policies.MOST}.")
    held = _owned(region_state, Identity).policies
    return {"Policies": {name: held[name] for name in PolicyNames if name in held}}


@v1("ListIdentityPolicies", does="modelled", texts="reported")
def list_identity_policies(region_state: RegionState, *, Identity: str) -> Json:
    """List the names of an identity's policies, oldest first."""
    return {"PolicyNames": list(_owned(region_state, Identity).policies)}


@v1("DeleteIdentityPolicy", does="modelled", texts="reported")
def delete_identity_policy(region_state: RegionState, *, Identity: str, PolicyName: str) -> None:
    """Delete a policy. An unknown policy is no error."""
    _owned(region_state, Identity).policies.pop(PolicyName, None)


@v2("CreateEmailIdentityPolicy", does="modelled", texts=("reported", "chosen"))
def create_email_identity_policy(
    region_state: RegionState, *, EmailIdentity: str, PolicyName: str, Policy: str
) -> None:
    """Attach a policy under a new name."""
    policies.add(_checked(region_state, EmailIdentity, PolicyName, Policy), PolicyName, Policy)


@v2("UpdateEmailIdentityPolicy", does="modelled", texts=("reported", "chosen"))
def update_email_identity_policy(
    region_state: RegionState, *, EmailIdentity: str, PolicyName: str, Policy: str
) -> None:
    """Replace the policy of this name."""
    policies.replace(_checked(region_state, EmailIdentity, PolicyName, Policy), PolicyName, Policy)


@v2("GetEmailIdentityPolicies", does="modelled", texts="reported")
def get_email_identity_policies(region_state: RegionState, *, EmailIdentity: str) -> Json:
    """Return all policies of an identity."""
    return {"Policies": dict(existing(region_state, EmailIdentity).policies)}


@v2("DeleteEmailIdentityPolicy", does="modelled", texts="reported")
def delete_email_identity_policy(region_state: RegionState, *, EmailIdentity: str, PolicyName: str) -> None:
    """Delete a policy. An unknown policy is an error."""
    policies.remove(existing(region_state, EmailIdentity), PolicyName)


def _owned(region_state: RegionState, name: str) -> Found:
    identity = region_state.identities.find(identities.name_of(region_state, name))
    if identity is None:
        raise Invalid("Invalid identity. Must be a verified email address or domain.")
    return identity


def _checked(region_state: RegionState, name: str, policy_name: str, text: str) -> Found:
    policies.check_name(policy_name)
    identity = existing(region_state, name)
    wrong = policies.fault(region_state, name, text)
    if wrong is not None:
        raise Invalid(wrong)
    return identity
