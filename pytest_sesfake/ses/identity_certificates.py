"""Certificates of identities: with which S/MIME certificate the mail of a sender is signed.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_AssociateEmailIdentityCertificate.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_sesfake.ses.mail.addresses import bare, domain_of, fault
from pytest_sesfake.ses.refusals import Invalid

if TYPE_CHECKING:
    from pytest_sesfake.ses.identities import Identity
    from pytest_sesfake.ses.simulation import RegionState


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate ``arn`` of the certificate manager, for the mail of one ``sender``."""

    sender: str
    arn: str


def sender_of(name: str, address: str | None) -> str:
    """Return the sender that is meant: an identity that is an address is one, a domain must name one of its own."""
    if "@" in name:
        if address is not None and address != name:
            raise Invalid(f"FromAddress <{address}> does not match the email identity <{name}>.")
        return name
    if address is None:
        raise Invalid("FromAddress is required when EmailIdentity is a domain.")
    if fault(address) is not None or bare(address) != address:
        raise Invalid(f"FromAddress <{address}> is not a valid email address.")
    if not f".{domain_of(address)}".endswith("." + name.lower()):
        raise Invalid(f"FromAddress <{address}> does not belong to the domain identity <{name}>.")
    return address


def associate(identity: Identity, certificate: Certificate) -> Certificate | None:
    """Sign the mail of a sender with a certificate; return the one that is in the way, if there is one."""
    folded = certificate.sender.lower()
    known = identity.certificates.get(folded)
    if known is None:
        identity.certificates[folded] = certificate
    return known


def is_active(region_state: RegionState, identity: Identity, certificate: Certificate) -> bool:
    """Tell whether mail is signed with it: not before the identity is verified, nor when it is known to be missing."""
    return identity.verified and region_state.simulation.collaborators.exists(certificate.arn) is not False
