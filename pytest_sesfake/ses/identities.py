"""Identities: the addresses and domains that an account may send from, and their settings.

An address can be covered by several identities: itself, its domain, and the domains above that. Any verified one allows
sending. The settings come from the most specific one. New identities are pending until a test verifies them, unless the
fake is configured with instant verification.

https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_sesfake.ses import announcements, dkim, tags
from pytest_sesfake.ses.dkim import Dkim
from pytest_sesfake.ses.mail.addresses import fault, parse_address
from pytest_sesfake.ses.outcomes.simulator import is_simulator
from pytest_sesfake.ses.refusals import Invalid, LimitReached, MailFromUnverified, Unverified
from pytest_sesfake.ses.verification_state import LINK, VerificationState, begin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_sesfake.ses.identity_certificates import Certificate
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.verification_state import State

MOST = 10_000
"""The largest number of identities of an account in a region."""
NOTIFIED = ("Bounce", "Complaint", "Delivery")
"""The types of events that an identity can publish to its topics."""


@dataclass(slots=True)
class MailFrom:
    """A custom MAIL FROM domain, which SES uses in the envelope sender.

    With ``strict`` SES refuses to send until the domain is verified. Otherwise it uses its own domain meanwhile.
    """

    domain: str
    strict: bool
    verification_state: VerificationState


@dataclass(slots=True)
class Identity:
    """One address or domain, the state of its verification, and the settings for mail from it.

    * ``created`` is in epoch seconds. ``token`` is the TXT record that verifies a domain in API version 1.
    * ``forwarding`` says whether SES mails bounces and complaints to the sender.
    * ``topics`` are ARNs of SNS topics by event type. ``headers`` are the event types whose notifications include the
      header fields of the mail.
    * ``policies`` are JSON texts by name. ``certificates`` are by sender in lower case.
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
        """Whether it is a domain. Otherwise it is an address."""
        return "@" not in self.name

    @property
    def verification(self) -> State:
        """The state of its verification."""
        return self.verification_state.state

    @property
    def verified(self) -> bool:
        """Whether the account may send from it."""
        return self.verification_state.state == "success"

    def forwards(self, kind: str) -> bool:
        """Tell whether SES mails events of this type to the sender. Without a topic for them it always does."""
        return self.forwarding or kind not in self.topics

    def topic_is_gone(self, kind: str, topic: str) -> None:
        """Mail bounces or complaints again, because their topic no longer exists."""
        if kind != "Delivery" and self.topics.get(kind) == topic:
            del self.topics[kind]
            self.forwarding = True


# Names.


def key(name: str) -> str:
    """Return the form of a name for comparison: a domain in lower case, an address as it is written."""
    return name if "@" in name else name.lower()


def arn(region_state: RegionState, name: str) -> str:
    """Return the ARN of an identity."""
    return region_state.arn("identity/" + key(name))


def name_of(region_state: RegionState, name: str) -> str:
    """Return the name of an identity from its name or ARN. An ARN of another account or region stays as it is."""
    return name.removeprefix(region_state.arn("identity/"))


def check_address(name: str) -> None:
    """Check an identity that is an address. Raises `Invalid` unless it is an address without a display name."""
    if "@" not in name or fault(name) is not None or parse_address(name).bare != name:
        raise Invalid(f"Invalid email address<{name}>.")


def check_domain(name: str) -> None:
    """Check the name of a domain (RFC 1035). Raises `Invalid` if SES does not accept it."""
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


# Registration and verification.


def create(region_state: RegionState, name: str) -> Identity:
    """Register an identity and start its verification. Raises `Taken` or `LimitReached` if SES refuses it.

    A domain has no DKIM keys yet. ``dkim.use_easy_dkim`` makes them.
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
    """Return the identity of that name, or create it. A failed verification starts again."""
    identity = region_state.identities.find(name)
    if identity is None:
        return create(region_state, name)
    if identity.verification == "failed":
        begin(region_state, identity.verification_state)
    return identity


def remove(region_state: RegionState, name: str) -> Identity | None:
    """Remove an identity and its tags. Return it, or ``None`` if it does not exist."""
    region_state.tenants.check_unused(arn(region_state, name))
    region_state.tags.forget(arn(region_state, name))
    return region_state.identities.discard(name)


def verify(region_state: RegionState, name: str, state: State = "success", at: float | None = None) -> Identity:
    """Set the verification state of an identity, which is created if it does not exist.

    Its DKIM keys get the same state. A success also verifies its MAIL FROM domain. ``at`` is the time of the check in
    epoch seconds, by default now.
    """
    identity = region_state.identities.find(name)
    if identity is None:
        identity = create(region_state, name)
        if identity.is_domain:
            dkim.use_easy_dkim(region_state, identity)
    identity.verification_state.settle(state, at)
    if identity.dkim.tokens:
        identity.dkim.verification_state.settle(state, at)
    if identity.mail_from is not None and state == "success":
        identity.mail_from.verification_state.settle(state, at)
    return identity


def verify_mail_from(region_state: RegionState, domain: str, state: State) -> bool:
    """Set the verification state of a MAIL FROM domain. Return whether any identity uses this domain."""
    found = [identity.mail_from for identity in region_state.identities if identity.mail_from is not None]
    mine = [mail_from for mail_from in found if mail_from.domain == domain.lower()]
    for mail_from in mine:
        mail_from.verification_state.settle(state)
    return bool(mine)


# Sending permission.


def find_covering(region_state: RegionState, address: str) -> list[Identity]:
    """Return the identities that cover an address, the most specific first: the address, then its domains upwards.

    An identity for ``ada@example.com`` also covers ``ada+label@example.com``.
    """
    plain = parse_address(address).bare
    local, _, _ = plain.rpartition("@")
    names = [plain]
    base = local.partition("+")[0]
    if base and base != local:
        names.append(base + plain[len(local) :])
    labels = parse_address(plain).domain.split(".")
    names += [".".join(labels[start:]) for start in range(len(labels))]
    return [found for name in names if (found := region_state.identities.find(name)) is not None]


def is_verified(region_state: RegionState, address: str) -> bool:
    """Tell whether an address is verified. Then it may send, and in the sandbox it may also receive."""
    return any(identity.verified for identity in find_covering(region_state, address))


def check_verified(region_state: RegionState, senders: Iterable[str], recipients: Iterable[str]) -> None:
    """Raise `Unverified` if a sender, or in the sandbox a recipient, is not verified. The error names all of them.

    Senders are not checked if the fake accepts any sender. The mailbox simulator is always allowed as a recipient.
    """
    failed = []
    if not region_state.simulation.any_sender:
        failed += [address for address in dict.fromkeys(senders) if not is_verified(region_state, address)]
    if not region_state.account.production:
        failed += [
            address for address in recipients if not is_simulator(address) and not is_verified(region_state, address)
        ]
    if failed:
        raise Unverified(list(dict.fromkeys(failed)), region_state.region)


def name_for_sender(region_state: RegionState, address: str) -> str:
    """Return the name of the most specific verified identity of an address, or else its domain."""
    if len(region_state.identities):
        for identity in find_covering(region_state, address):
            if identity.verified:
                return identity.name
    return parse_address(address).domain


# Settings of an address. They come from its most specific identity.


def find_for_sender(region_state: RegionState, address: str) -> Identity | None:
    """Return the identity whose settings apply to mail from the address, or ``None``.

    It is the most specific verified one. If the fake accepts any sender and none is verified, it is the most specific
    one.
    """
    if not len(region_state.identities):
        return None
    found = find_covering(region_state, address)
    return next((identity for identity in found if identity.verified), found[0] if found else None)


def default_configuration_set(region_state: RegionState, address: str) -> str | None:
    """Return the default configuration set of the address: that of its most specific identity that has one."""
    if not len(region_state.identities):
        return None
    return next(
        (found.configuration_set for found in find_covering(region_state, address) if found.configuration_set), None
    )


def mail_from(identity: Identity | None) -> str | None:
    """Return the verified MAIL FROM domain, or ``None`` for the domain of SES.

    Raises `MailFromUnverified` if the domain is not verified and the identity does not allow a fallback.
    """
    chosen = identity.mail_from if identity is not None else None
    if chosen is None:
        return None
    if chosen.verification_state.state == "success":
        return chosen.domain
    if chosen.strict:
        raise MailFromUnverified(chosen.domain)
    return None


def set_mail_from(region_state: RegionState, identity: Identity, domain: str | None, *, strict: bool) -> None:
    """Set the MAIL FROM domain; ``None`` removes it. Raises `Invalid` unless it is a subdomain of the identity."""
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
