"""S/MIME certificates of identities: each signs the mail of one sender.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_AssociateEmailIdentityCertificate.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_sesfake.ses.mail.addresses import fault, parse_address
from pytest_sesfake.ses.refusals import Invalid

if TYPE_CHECKING:
    from pytest_sesfake.ses.identities import Identity
    from pytest_sesfake.ses.simulation import RegionState


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate of one ``sender``. ``arn`` is its ARN in AWS Certificate Manager."""

    sender: str
    arn: str


def sender_of(name: str, address: str | None) -> str:
    """Return the sender of a certificate for the identity ``name``.

    An identity that is an address is the sender itself. For a domain the call must name an ``address`` of that domain;
    otherwise raises `Invalid`.
    """
    if "@" in name:
        if address is not None and address != name:
            raise Invalid(f"FromAddress <{address}> does not match the email identity <{name}>.")
        return name
    if address is None:
        raise Invalid("FromAddress is required when EmailIdentity is a domain.")
    if fault(address) is not None or parse_address(address).bare != address:
        raise Invalid(f"FromAddress <{address}> is not a valid email address.")
    if not f".{parse_address(address).domain}".endswith("." + name.lower()):
        raise Invalid(f"FromAddress <{address}> does not belong to the domain identity <{name}>.")
    return address


def associate(identity: Identity, certificate: Certificate) -> Certificate | None:
    """Associate a certificate with its sender. If the sender already has one, change nothing and return that one."""
    folded = certificate.sender.lower()
    known = identity.certificates.get(folded)
    if known is None:
        identity.certificates[folded] = certificate
    return known


def is_active(region_state: RegionState, identity: Identity, certificate: Certificate) -> bool:
    """Tell whether SES signs with a certificate. The identity must be verified, and the certificate must exist."""
    return identity.verified and region_state.simulation.collaborators.exists(certificate.arn) is not False
