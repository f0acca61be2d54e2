"""Verification mails: they ask the owner of an address to click a link.

https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html#verify-email-addresses-procedure
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from pytest_sesfake.ses import identities, system_mail, verification_state
from pytest_sesfake.ses.mail.compose import Parts
from pytest_sesfake.ses.messages import PartedMessage
from pytest_sesfake.ses.regions import name_of

if TYPE_CHECKING:
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.system_mail import SystemMail

SENDER = "no-reply-aws@amazon.com"
DISCLAIMER = "If you did not request to verify this email address, please disregard this message."


@dataclass(frozen=True, slots=True)
class Link:
    """A verification link: the address that it verifies, and the next pages (``None`` is a page of SES)."""

    address: str
    success: str | None = None
    failure: str | None = None


def send_mail(region_state: RegionState, address: str, *, api: str) -> None:
    """Send the standard verification mail of SES to an address, unless it is verified already."""
    if begin(region_state, address):
        return
    text = (
        f"The AWS account {region_state.account_id} wants to send mail from {address} with Amazon SES, in the region "
        f"{name_of(region_state.region)}.\n\nIf it is yours, please follow this link. It is good for 24 hours.\n\n"
        f"{write(region_state, Link(address))}\n\n{DISCLAIMER}\n"
    )
    subject = f"Amazon Web Services - Email Address Verification Request in region {name_of(region_state.region)}"
    post(region_state, Parts(subject, text, None, (address,)), address, sender=SENDER, api=api)


def begin(region_state: RegionState, address: str) -> bool:
    """Register an address and start its verification. Return whether it is verified."""
    identity = identities.register(region_state, address)
    if not identity.verified:
        verification_state.begin(region_state, identity.verification_state)
    return identity.verified


def write(region_state: RegionState, link: Link) -> str:
    """Return the URL of a verification link as SES writes it, but with a shorter signature."""
    token = region_state.simulation.ids.hex(f"verification link {region_state.simulation.draw()}", 64)
    region_state.verification_links[token] = link
    return (
        f"https://email-verification.{region_state.region}.amazonaws.com/?Context={region_state.account_id}"
        f"&Identity.IdentityName={quote(link.address, safe='')}&Identity.IdentityType=EmailAddress"
        f"&Namespace=Bacon&Operation=ConfirmVerification&Signature={token}"
    )


def post(region_state: RegionState, parts: Parts, address: str, *, sender: str, api: str) -> SystemMail:
    """Send a verification mail with these parts."""
    message = PartedMessage(region_state, parts, api=api, operation=None, source=sender, recipients=(address,))
    return system_mail.post(region_state, "verification", message)


def follow(region_state: RegionState, token: str) -> tuple[Link, bool] | None:
    """Open the link with this token. Return the link and whether its address is verified now.

    The address is not verified if the link has expired or the identity was deleted. Return ``None`` if SES never wrote
    such a link.
    """
    link = region_state.verification_links.get(token)
    if link is None:
        return None
    identity = region_state.identities.find(link.address)
    if identity is None or identity.verification == "failed":
        return link, False
    identities.verify(region_state, link.address)
    return link, True
