"""Identities: the addresses and domains that an account may send from, and what is set for each.

https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_sesfake.ses import announcements, dkim, tags
from pytest_sesfake.ses.dkim import Dkim
from pytest_sesfake.ses.mail.addresses import bare, domain_of, fault
from pytest_sesfake.ses.outcomes.simulator import is_simulator
from pytest_sesfake.ses.refusals import Invalid, LimitReached, MailFromUnverified, Unverified
from pytest_sesfake.ses.verification_state import LINK, VerificationState, begin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_sesfake.ses.identity_certificates import Certificate
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.verification_state import State

MOST = 10_000
"""The identities that one account may have in a region."""
NOTIFIED = ("Bounce", "Complaint", "Delivery")
"""The events that an identity can publish to its topics."""


@dataclass(slots=True)
class MailFrom:
    """A domain that stands in the envelope sender; ``strict`` refuses to send while its proof is not there."""

    domain: str
    strict: bool
    verification_state: VerificationState


@dataclass(slots=True)
class Identity:
    """One address or domain, with the proof that it is the account's, and what is set for the mail sent from it.

    ``topics`` are ARNs by type of event, ``headers`` the types whose notifications carry the mail's header fields,
    ``policies`` texts by name, ``certificates`` by sender in lower case.
    """

    name: str
    created: float
    verification_state: VerificationState
    dkim: Dkim
    token: str = ""
    configuration_set: str | None = None
    forwarding: bool = True
    mail_from: MailFrom | None = None
    topics: dict[str, str] = field(default_factory=dict)
    headers: set[str] = field(default_factory=set)
    policies: dict[str, str] = field(default_factory=dict)
    certificates: dict[str, Certificate] = field(default_factory=dict)

    @property
    def is_domain(self) -> bool:
        """Whether it is a domain, not an address."""
        return "@" not in self.name

    @property
    def verification(self) -> State:
        """The state of the proof that it is the account's."""
        return self.verification_state.state

    @property
    def verified(self) -> bool:
        """Whether the account may send from it."""
        return self.verification_state.state == "success"

    def forwards(self, kind: str) -> bool:
        """Tell whether SES mails a Bounce or a Complaint to the sender. It does so too if no topic gets the event."""
        return self.forwarding or kind not in self.topics

    def topic_is_gone(self, kind: str, topic: str) -> None:
        """Mail bounces or complaints again, because their topic no longer exists."""
        if kind != "Delivery" and self.topics.get(kind) == topic:
            del self.topics[kind]
            self.forwarding = True


# Names.


def key(name: str) -> str:
    """Return the form in which identities compare: domains without case, addresses as they are written."""
    return name if "@" in name else name.lower()


def arn(region_state: RegionState, name: str) -> str:
    """Return the ARN of an identity."""
    return region_state.arn("identity/" + key(name))


def named(region_state: RegionState, name: str) -> str:
    """Return the name that a name or an ARN of this account and region means; any other ARN is no identity's name."""
    return name.removeprefix(region_state.arn("identity/"))


def check_address(name: str) -> None:
    """Refuse what cannot be an address that is an identity: it is bare."""
    if "@" not in name or fault(name) is not None or bare(name) != name:
        raise Invalid(f"Invalid email address<{name}>.")


def check_domain(name: str) -> None:
    """Refuse what cannot be the name of a domain."""
    labels = name.split(".")
    right = len(labels) > 1 and all(
        label and len(label) <= 63 and label.isascii() and label.replace("-", "").replace("_", "").isalnum()  # noqa: PLR2004 - RFC 1035
        for label in labels
    )
    if not right or len(name) > 255:  # noqa: PLR2004 - RFC 1035
        raise Invalid(f"Invalid domain name {name}.")


tags.taggable(
    "identity", lambda region_state, name: arn(region_state, name) if name in region_state.identities else None
)


# Registering and proving.


def create(region_state: RegionState, name: str) -> Identity:
    """Register an identity, pending until its owner has proved it, or verified at once where the fake is set so.

    A domain has no DKIM keys yet; ``dkim.easy`` makes them.
    """
    if len(region_state.identities) >= MOST:
        raise LimitReached(f"The maximum number of identities ({MOST}) is reached.")
    clock = region_state.simulation.clock
    name = key(name)
    verification_state = VerificationState(clock, LINK) if "@" in name else VerificationState(clock)
    identity = region_state.identities.add(
        name, Identity(name, clock.time(), verification_state, Dkim(VerificationState(clock)))
    )
    if identity.is_domain:
        secret = region_state.simulation.ids.hex(f"token {region_state.account_id} {region_state.region} {name}", 64)
        identity.token = base64.b64encode(bytes.fromhex(secret)).decode()
    begin(region_state, verification_state)
    return identity


def register(region_state: RegionState, name: str) -> Identity:
    """Return the identity of that name, made if it is not there; one that failed to be verified is tried again."""
    identity = region_state.identities.find(name)
    if identity is None:
        return create(region_state, name)
    if identity.verification == "failed":
        begin(region_state, identity.verification_state)
    return identity


def remove(region_state: RegionState, name: str) -> Identity | None:
    """Remove an identity and its tags; return it, ``None`` if it was not there."""
    region_state.tenants.check_unused(arn(region_state, name))
    region_state.tags.forget(arn(region_state, name))
    return region_state.identities.discard(name)


def verify(region_state: RegionState, name: str, state: State = "success", at: float | None = None) -> Identity:
    """Make sure that an identity exists, and let SES find that its owner has proved it, or has failed to.

    Its DKIM keys fare as it does. A success also is one of its MAIL FROM domain.
    """
    identity = region_state.identities.find(name)
    if identity is None:
        identity = create(region_state, name)
        if identity.is_domain:
            dkim.easy(region_state, identity)
    identity.verification_state.settle(state, at)
    if identity.dkim.tokens:
        identity.dkim.verification_state.settle(state, at)
    if identity.mail_from is not None and state == "success":
        identity.mail_from.verification_state.settle(state, at)
    return identity


def verify_mail_from(region_state: RegionState, domain: str, state: State) -> bool:
    """Let SES find the records of a MAIL FROM domain, or not; tell whether any identity uses it."""
    found = [identity.mail_from for identity in region_state.identities if identity.mail_from is not None]
    mine = [mail_from for mail_from in found if mail_from.domain == domain.lower()]
    for mail_from in mine:
        mail_from.verification_state.settle(state)
    return bool(mine)


# What an address may do.


def covering(region_state: RegionState, address: str) -> list[Identity]:
    """Return the identities that an address falls under, the most specific first: itself, subdomains, domain."""
    plain = bare(address)
    local, _, _ = plain.rpartition("@")
    names = [plain]
    base = local.partition("+")[0]
    if base and base != local:
        names.append(base + plain[len(local) :])
    labels = domain_of(plain).split(".")
    names += [".".join(labels[start:]) for start in range(len(labels))]
    return [found for name in names if (found := region_state.identities.find(name)) is not None]


def is_verified(region_state: RegionState, address: str) -> bool:
    """Tell whether mail may be sent from the address, and in the sandbox to it."""
    return any(identity.verified for identity in covering(region_state, address))


def judge(region_state: RegionState, senders: Iterable[str], recipients: Iterable[str]) -> None:
    """Refuse a send whose senders, or in the sandbox recipients, are not verified; the refusal names them all."""
    failed = []
    if not region_state.simulation.any_sender:
        failed += [address for address in dict.fromkeys(senders) if not is_verified(region_state, address)]
    if not region_state.account.production:
        failed += [
            address for address in recipients if not is_simulator(address) and not is_verified(region_state, address)
        ]
    if failed:
        raise Unverified(list(dict.fromkeys(failed)), region_state.region)


def matched(region_state: RegionState, address: str) -> str:
    """Return the name of the identity that a message from the address is sent as."""
    if len(region_state.identities):
        for identity in covering(region_state, address):
            if identity.verified:
                return identity.name
    return domain_of(address)


# What is set for an address: by the most specific identity.


def sending_as(region_state: RegionState, address: str) -> Identity | None:
    """Return the identity whose settings count for mail from the address.

    It is the most specific verified one; where nobody asks whether senders are verified, any will do.
    """
    if not len(region_state.identities):
        return None
    found = covering(region_state, address)
    return next((identity for identity in found if identity.verified), found[0] if found else None)


def default_configuration_set(region_state: RegionState, address: str) -> str | None:
    """Return the configuration set that the most specific identity of the address names, if one does."""
    if not len(region_state.identities):
        return None
    return next((found.configuration_set for found in covering(region_state, address) if found.configuration_set), None)


def mail_from(identity: Identity | None) -> str | None:
    """Return the custom domain of the envelope sender, ``None`` where SES uses its own; refuse where it must not."""
    chosen = identity.mail_from if identity is not None else None
    if chosen is None:
        return None
    if chosen.verification_state.state == "success":
        return chosen.domain
    if chosen.strict:
        raise MailFromUnverified(chosen.domain)
    return None


def set_mail_from(region_state: RegionState, identity: Identity, domain: str | None, *, strict: bool) -> None:
    """Choose the domain of the envelope sender, ``None`` for SES's own; it has to be one below the identity's."""
    if not domain:
        identity.mail_from = None
        return
    above = identity.name.rpartition("@")[2]
    if not domain.lower().endswith("." + above.lower()):
        raise Invalid(f"Provided MAIL-FROM domain '{domain}' is not subdomain of the domain of the identity '{above}'.")
    check_domain(domain)
    known = identity.mail_from
    if known is not None and known.domain == domain.lower():
        known.strict = strict
        return
    identity.mail_from = MailFrom(domain.lower(), strict, VerificationState(region_state.simulation.clock))
    begin(region_state, identity.mail_from.verification_state)


def set_topic(region_state: RegionState, identity: Identity, kind: str, topic: str | None) -> None:
    """Set the SNS topic for one kind of event; ``None`` removes it. The topic must be in this region."""
    if not topic:
        identity.topics.pop(kind, None)
        return
    parts = topic.split(":")
    right = len(parts) == 6 and (parts[0], parts[2], parts[3]) == ("arn", "sns", region_state.region)  # noqa: PLR2004 - an ARN
    if not right or topic.endswith(".fifo") or region_state.simulation.collaborators.exists(topic) is False:
        raise Invalid(f"SNS topic {topic} is invalid.")
    identity.topics[kind] = topic
    announcements.post(region_state, "identity", topic, (identity.name, kind))
