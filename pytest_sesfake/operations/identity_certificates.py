"""Certificates that sign the mail of an identity's senders.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_AssociateEmailIdentityCertificate.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.operations.identities import existing
from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v2
from pytest_sesfake.ses import identity_certificates
from pytest_sesfake.ses.collection import BadToken, page
from pytest_sesfake.ses.identity_certificates import Certificate

if TYPE_CHECKING:
    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.identities import Identity
    from pytest_sesfake.ses.simulation import RegionState


@v2("AssociateEmailIdentityCertificate", does="stored", texts="reported")
def associate_email_identity_certificate(
    region_state: RegionState, *, EmailIdentity: str, CertificateArn: str, FromAddress: str | None = None
) -> None:
    """Associate a certificate with a sender, whose mail it then signs."""
    sender = identity_certificates.sender_of(EmailIdentity, FromAddress)
    known = identity_certificates.associate(existing(region_state, EmailIdentity), Certificate(sender, CertificateArn))
    if known is not None:
        raise say(
            "AlreadyExistsException",
            f"A certificate is already associated with sender <{known.sender}> on identity <{EmailIdentity}>.",
        )


@v2("DisassociateEmailIdentityCertificate", does="stored", texts="reported")
def disassociate_email_identity_certificate(
    region_state: RegionState, *, EmailIdentity: str, FromAddress: str | None = None
) -> None:
    """Remove the certificate of a sender. A sender without a certificate is no error."""
    sender = identity_certificates.sender_of(EmailIdentity, FromAddress)
    existing(region_state, EmailIdentity).certificates.pop(sender.lower(), None)


@v2("ListEmailIdentityCertificates", does="stored", texts="reported")
def list_email_identity_certificates(
    region_state: RegionState, *, EmailIdentity: str, NextToken: str | None = None, PageSize: int | None = None
) -> Json:
    """List the certificates of an identity, by sender."""
    if PageSize is not None and PageSize < 1:
        raise say(
            "BadRequestException",
            f"1 validation error detected: Value '{PageSize}' at 'pageSize' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1",
        )
    identity = existing(region_state, EmailIdentity)
    kind = f"certificate of {identity.name}"
    try:
        shown, following = page(sorted(identity.certificates.items()), PageSize, NextToken or None, kind=kind)
    except BadToken as bad:
        raise say("BadRequestException", bad.text) from None
    return {"Certificates": [_described(region_state, identity, each) for each in shown], "NextToken": following}


def _described(region_state: RegionState, identity: Identity, certificate: Certificate) -> Json:
    return {
        "FromAddress": certificate.sender,
        "Status": "ACTIVE" if identity_certificates.is_active(region_state, identity, certificate) else "FAILED",
        "CertificateArn": certificate.arn,
    }
