"""Recommendations of the Virtual Deliverability Manager, computed again for each request.

The fake uses only the state of SES: DKIM keys, MAIL FROM domains, rates and dedicated IP addresses. It does not know
DNS records such as DMARC and BIMI.

https://docs.aws.amazon.com/ses/latest/dg/vdm-advisor.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_sesfake.ses import dedicated_ips, identities, statistics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_sesfake.ses.identities import Identity
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.verification_state import VerificationState

    Kind = Literal["dkim", "spf", "bounce", "complaint", "ip_listing"]

SHORT_KEY = 1024


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommendation: its resource, the time it was created, and the time it was ``fixed`` (or ``None``)."""

    arn: str
    kind: Kind
    text: str
    impact: Literal["low", "high"]
    created: float
    fixed: float | None = None

    @property
    def updated(self) -> float:
        """The time of the last change."""
        return self.created if self.fixed is None else self.fixed


def find(region_state: RegionState) -> list[Recommendation]:
    """Return all recommendations for an account in a region, oldest first."""
    found = [advice for identity in region_state.identities for advice in _on_identity(region_state, identity)]
    for address in region_state.dedicated.addresses:
        arn = dedicated_ips.arn(region_state, address.pool)
        for blacklist, at in address.listings.items():
            text = f"The dedicated IP {address.ip} was listed by {blacklist}."
            found.append(Recommendation(arn, "ip_listing", text, "high", at))
    return sorted(found, key=lambda advice: advice.created)


def _on_identity(region_state: RegionState, identity: Identity) -> Iterator[Recommendation]:
    arn = identities.arn(region_state, identity.name)
    if identity.is_domain:
        keys = identity.dkim
        yield from _on_verification(
            arn, "dkim", "DKIM verification not enabled.", identity.created, keys.verification_state
        )
        if keys.length is not None and keys.length <= SHORT_KEY and keys.verification_state.state == "success":
            yield Recommendation(arn, "dkim", "DKIM key length is below 2048 bits.", "low", keys.generated or 0.0)
    if identity.mail_from is not None:
        text = f"SPF record not found for the MAIL FROM domain {identity.mail_from.domain}."
        yield from _on_verification(arn, "spf", text, identity.created, identity.mail_from.verification_state)
    for kind in statistics.findings(region_state, identity.name):
        at = next(event.at for event in statistics.recent(region_state) if event.message.identity == identity.name)
        text = f"The {kind} rate of this identity is at or above {statistics.REVIEWED[kind]:.1%}."
        yield Recommendation(arn, "bounce" if kind == "bounce" else "complaint", text, "high", at)


def _on_verification(
    arn: str, kind: Kind, text: str, since: float, verification_state: VerificationState
) -> Iterator[Recommendation]:
    """Recommend a verification that did not succeed yet. If it succeeded later, mark the recommendation as fixed."""
    if verification_state.state != "success":
        yield Recommendation(arn, kind, text, "high", since)
    elif verification_state.succeeded is not None and verification_state.succeeded > since:
        yield Recommendation(arn, kind, text, "high", since, verification_state.succeeded)
