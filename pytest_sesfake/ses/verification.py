"""Verification mails: they ask the owner of an address for a proof, and the links in them.

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
    from pytest_sesfake.ses.simulation import World
    from pytest_sesfake.ses.system_mail import SystemMail

SENDER = "no-reply-aws@amazon.com"
DISCLAIMER = "If you did not request to verify this email address, please disregard this message."


@dataclass(frozen=True, slots=True)
class Link:
    """Whose proof a link is, and where it leads in the end; ``None`` is a page of SES's own."""

    address: str
    success: str | None = None
    failure: str | None = None


def ask(world: World, address: str, *, api: str) -> None:
    """Ask the owner of an identity for the proof that it is the account's, in SES's words, unless it is there."""
    if begin(world, address):
        return
    text = (
        f"The AWS account {world.account_id} wants to send mail from {address} with Amazon SES, in the region "
        f"{name_of(world.region)}.\n\nIf it is yours, please follow this link. It is good for 24 hours.\n\n"
        f"{write(world, Link(address))}\n\n{DISCLAIMER}\n"
    )
    subject = f"Amazon Web Services - Email Address Verification Request in region {name_of(world.region)}"
    post(world, Parts(subject, text, None, (address,)), address, sender=SENDER, api=api)


def begin(world: World, address: str) -> bool:
    """Register an address and wait for its proof anew; tell whether it is there already."""
    identity = identities.register(world, address)
    if not identity.verified:
        verification_state.begin(world, identity.proof)
    return identity.verified


def write(world: World, link: Link) -> str:
    """Return a link as SES writes it, but for the rest of what signs it."""
    token = world.cloud.ids.hex(f"verification link {world.cloud.draw()}", 64)
    world.verification_links[token] = link
    return (
        f"https://email-verification.{world.region}.amazonaws.com/?Context={world.account_id}"
        f"&Identity.IdentityName={quote(link.address, safe='')}&Identity.IdentityType=EmailAddress"
        f"&Namespace=Bacon&Operation=ConfirmVerification&Signature={token}"
    )


def post(world: World, parts: Parts, address: str, *, sender: str, api: str) -> SystemMail:
    """Send the mail."""
    message = PartedMessage(world, parts, api=api, operation=None, source=sender, recipients=(address,))
    return system_mail.post(world, "verification", message)


def follow(world: World, token: str) -> tuple[Link, bool] | None:
    """Let somebody follow the link with this token: return it, and whether its address is verified now.

    ``None`` is for a link that SES never wrote. The time of one may be over, or its address no identity any more.
    """
    link = world.verification_links.get(token)
    if link is None:
        return None
    identity = world.identities.find(link.address)
    if identity is None or identity.verification == "failed":
        return link, False
    identities.verify(world, link.address)
    return link, True
