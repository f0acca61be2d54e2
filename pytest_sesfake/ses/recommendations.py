"""What SES advises an account to do for its mail, found anew whenever somebody asks.

The fake sees what SES itself keeps: keys, MAIL FROM domains, rates and dedicated addresses. Of records that only DNS
has, DMARC and BIMI, it knows nothing.

https://docs.aws.amazon.com/ses/latest/dg/vdm-advisor.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_sesfake.ses import dedicated_ips, identities, statistics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_sesfake.ses.identities import Identity
    from pytest_sesfake.ses.simulation import World
    from pytest_sesfake.ses.verification_state import Proof

    Kind = Literal["dkim", "spf", "bounce", "complaint", "ip_listing"]

SHORT_KEY = 1024


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One piece of advice: on which resource, since when, and when it was found to be ``fixed``, if it was."""

    arn: str
    kind: Kind
    text: str
    impact: Literal["low", "high"]
    created: float
    fixed: float | None = None

    @property
    def updated(self) -> float:
        """When it was last changed."""
        return self.created if self.fixed is None else self.fixed


def find(world: World) -> list[Recommendation]:
    """Return all the advice for a world, oldest first."""
    found = [advice for identity in world.identities for advice in _on_identity(world, identity)]
    for address in world.dedicated.addresses:
        arn = dedicated_ips.arn(world, address.pool)
        for blacklist, at in address.listings.items():
            text = f"The dedicated IP {address.ip} was listed by {blacklist}."
            found.append(Recommendation(arn, "ip_listing", text, "high", at))
    return sorted(found, key=lambda advice: advice.created)


def _on_identity(world: World, identity: Identity) -> Iterator[Recommendation]:
    arn = identities.arn(world, identity.name)
    if identity.is_domain:
        keys = identity.dkim
        yield from _on_proof(arn, "dkim", "DKIM verification not enabled.", identity.created, keys.proof)
        if keys.length is not None and keys.length <= SHORT_KEY and keys.proof.state == "success":
            yield Recommendation(arn, "dkim", "DKIM key length is below 2048 bits.", "low", keys.generated or 0.0)
    if identity.mail_from is not None:
        text = f"SPF record not found for the MAIL FROM domain {identity.mail_from.domain}."
        yield from _on_proof(arn, "spf", text, identity.created, identity.mail_from.proof)
    for kind in statistics.findings(world, identity.name):
        at = next(event.at for event in statistics.recent(world) if event.message.identity == identity.name)
        text = f"The {kind} rate of this identity is at or above {statistics.REVIEWED[kind]:.1%}."
        yield Recommendation(arn, "bounce" if kind == "bounce" else "complaint", text, "high", at)


def _on_proof(arn: str, kind: Kind, text: str, since: float, proof: Proof) -> Iterator[Recommendation]:
    """Advise to prove something that is not proved, and tell that it was fixed where that came later."""
    if proof.state != "success":
        yield Recommendation(arn, kind, text, "high", since)
    elif proof.succeeded is not None and proof.succeeded > since:
        yield Recommendation(arn, kind, text, "high", since, proof.succeeded)
