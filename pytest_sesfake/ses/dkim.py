"""DKIM: the keys that sign the mail of a domain.

SES makes the keys itself (Easy DKIM), or the account brings them (BYODKIM), or the keys come from the identity of the
same name in another region (Deterministic Easy DKIM). An identity that is an address uses the keys of its registered
domain. The fake makes no real keys: it keeps only the tokens under which SES looks for the public keys, and the state
of their verification.

https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_sesfake.ses.refusals import Invalid
from pytest_sesfake.ses.verification_state import HOUR, begin

if TYPE_CHECKING:
    from pytest_sesfake.ses.identities import Identity
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.verification_state import VerificationState

    Mistake = Literal["not_found", "own_keys", "replica", "region"]

DEFAULT_LENGTH = 2048
_DAY = 24 * HOUR
# Regions with a DNS zone of their own for public keys. AWS does not publish a complete list.
_OWN_ZONE = frozenset({
    *("af-south-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-5", "ca-west-1"),
    *("eu-central-2", "eu-south-1", "il-central-1", "me-central-1", "us-gov-east-1"),
})  # fmt: skip


@dataclass(slots=True)
class Dkim:
    """How the mail of one identity is signed.

    * ``origin`` is ``"ses"`` (Easy DKIM), ``"own"`` (the account brought its keys) or the name of the region that has
      the keys.
    * ``tokens`` are the DNS names under which SES looks for the public keys: three for Easy DKIM, or the selector.
    * ``length`` and ``next_length`` are key lengths in bits. ``generated`` is the time when the keys were made,
      ``switched`` the time of the last change of their length (epoch seconds).
    * ``generation`` counts the key sets, so that a new set gets new tokens.
    * ``mistake`` says why the keys of another region cannot be used.
    """

    verification_state: VerificationState
    enabled: bool = False
    origin: str = "ses"
    tokens: tuple[str, ...] = ()
    length: int | None = None
    next_length: int | None = 1024  # real SES showed this for an address without keys (GetEmailIdentity)
    generated: float | None = None
    zone: str | None = None
    mistake: Mistake | None = None
    generation: int = 0
    switched: float | None = None


def zone(region: str) -> str:
    """Return the DNS zone that holds the public keys of a region."""
    return f"dkim.{region}.amazonses.com" if region in _OWN_ZONE else "dkim.amazonses.com"


def keys_of(region_state: RegionState, identity: Identity) -> Dkim:
    """Return the keys that sign the mail of an identity. For an address they are those of its domain, if registered."""
    domain = _domain_above(region_state, identity.name)
    return (domain or identity).dkim


def use_easy_dkim(region_state: RegionState, identity: Identity, length: int | None = None) -> None:
    """Sign the mail of a domain with keys that SES makes (Easy DKIM). A new ``length`` in bits makes new keys.

    Without a new length existing keys stay. Raises `Invalid` if the length changes twice within a day.
    """
    keys = identity.dkim
    has_keys = keys.origin == "ses" and bool(keys.tokens)
    if has_keys and length in (None, keys.length):
        return
    now = region_state.simulation.clock.time()
    if has_keys:
        if keys.switched is not None and now - keys.switched < _DAY:
            raise Invalid("The signing key length can be changed at most once per day.")
        keys.switched = now
    where = f"{region_state.account_id} {region_state.region} {identity.name}"
    if keys.generation:
        where += f" {keys.generation}"
    tokens = tuple(region_state.simulation.ids.hex(f"dkim {number} {where}") for number in range(3))
    keys.generation += 1
    keys.length = keys.next_length = length or DEFAULT_LENGTH
    keys.generated = now
    _look_for(region_state, keys, "ses", tokens, zone(region_state.region))


def use_own_key(region_state: RegionState, identity: Identity, selector: str) -> None:
    """Sign the mail of a domain with a key of the account. Its public key is in DNS under ``selector``.

    Like SES, the fake accepts any key. It looks for nothing in DNS: a test decides whether the key is verified.
    """
    keys = identity.dkim
    keys.length = keys.next_length = keys.generated = None
    _look_for(region_state, keys, "own", (selector,), None)


def replicate(region_state: RegionState, identity: Identity, region: str) -> None:
    """Sign with the keys of the identity of the same name in another region.

    These keys are in DNS already. So if they are verified there, the identity is verified here immediately. If the keys
    cannot be used, the verification fails and ``mistake`` says why.

    https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-deed.html
    """
    keys = identity.dkim
    there = (
        other
        for other in region_state.simulation.region_states()
        if (other.account_id, other.region) == (region_state.account_id, region)
    )
    parent = next((found for other in there if (found := other.identities.find(identity.name)) is not None), None)
    mistake = _mistake(region_state, region, parent)
    if parent is None or mistake is not None:
        keys.length = keys.generated = None
        _look_for(region_state, keys, region, (), None)
        keys.mistake = mistake
        keys.verification_state.settle("failed")
        return
    source = parent.dkim
    keys.length, keys.next_length, keys.generated = source.length, source.next_length, source.generated
    _look_for(region_state, keys, region, source.tokens, zone(region))
    if source.verification_state.state == "success":
        keys.verification_state.settle("success")
        identity.verification_state.settle("success")


def enable(region_state: RegionState, name: str, *, on: bool) -> None:
    """Enable or disable DKIM signing for an identity. Raises `Invalid` if its keys are not verified.

    For an address of a registered domain this has no effect, because the setting of the domain applies.
    """
    if "@" in name and _domain_above(region_state, name) is not None:
        return
    domain = name.rpartition("@")[2]
    identity = region_state.identities.find(name)
    keys = identity.dkim if identity is not None and identity.is_domain else None
    if keys is None or (on and not keys.enabled and keys.verification_state.state != "success"):
        raise Invalid(f"Domain {domain} is not verified for DKIM signing.")
    keys.enabled = on


def _look_for(region_state: RegionState, keys: Dkim, origin: str, tokens: tuple[str, ...], where: str | None) -> None:
    if not keys.tokens:
        keys.enabled = True
    keys.origin, keys.tokens, keys.zone, keys.mistake = origin, tokens, where, None
    begin(region_state, keys.verification_state)


def _mistake(region_state: RegionState, region: str, parent: Identity | None) -> Mistake | None:
    if region == region_state.region:
        return "region"
    if parent is None or not parent.dkim.tokens:
        return "not_found"
    if parent.dkim.origin == "own":
        return "own_keys"
    return None if parent.dkim.origin == "ses" else "replica"


def _domain_above(region_state: RegionState, name: str) -> Identity | None:
    """Return the registered domain above an address; ``None`` for a domain, or if no such domain exists."""
    labels = name.rpartition("@")[2].split(".") if "@" in name else []
    above = (region_state.identities.find(".".join(labels[start:])) for start in range(len(labels)))
    return next((found for found in above if found is not None), None)
