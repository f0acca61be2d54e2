"""Suppression lists: their addresses, and which list and which reasons apply to a send.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list-tenant-level.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from pytest_sesfake.ses.collection import Collection
from pytest_sesfake.ses.events import Bounced, Complained
from pytest_sesfake.ses.mail.addresses import normal_form, parse_address
from pytest_sesfake.ses.outcomes.outcomes import Answered, Bounce, Suppression
from pytest_sesfake.ses.outcomes.simulator import is_simulator

if TYPE_CHECKING:
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.bounces import BounceSubtype
    from pytest_sesfake.ses.outcomes.outcomes import Outcome
    from pytest_sesfake.ses.simulation import RegionState

    Scope = Literal["account", "tenant"]

SuppressionReason = Literal["BOUNCE", "COMPLAINT"]
REASONS: tuple[SuppressionReason, ...] = get_args(SuppressionReason)
GLOBAL_LIFE = 14 * 86_400.0
"""The seconds for which an address stays on the global suppression list."""

_NOT_SPAM = "not-spam"


@dataclass(slots=True)
class SuppressedAddress:
    """One entry of a suppression list. It has ids if an event added it."""

    address: str
    reason: str
    at: float
    message_id: str | None = None
    feedback_id: str | None = None


class SuppressionList:
    """A suppression list. It keeps the case of the local part, but a send matches an address in any case."""

    def __init__(self) -> None:
        self.entries: Collection[SuppressedAddress] = Collection("suppressed destination", key=normal_form)
        self._met: dict[str, SuppressedAddress] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def put(self, address: str, reason: str, at: float, event: Event | None = None) -> SuppressedAddress:
        """Add an address. An existing entry gets the new reason and time (in seconds)."""
        entry = SuppressedAddress(parse_address(address).normal, reason, at)
        if event is not None:
            entry.message_id, entry.feedback_id = event.message.id, event.feedback_id
        self._met[entry.address.lower()] = entry
        return self.entries.replace(address, entry)

    def discard(self, address: str) -> SuppressedAddress | None:
        """Remove an address. Return its entry, or ``None`` if the list did not have it."""
        entry = self.entries.discard(address)
        if entry is not None:
            folded = entry.address.lower()
            rest = [other for other in self.entries if other.address.lower() == folded]
            if rest:
                self._met[folded] = rest[-1]
            else:
                del self._met[folded]
        return entry

    def find_for(self, address: str) -> SuppressedAddress | None:
        """Return the entry that applies to a send to the address, or ``None``. It ignores case."""
        return self._met.get(parse_address(address).normal.lower()) if self._met else None


class Terms(NamedTuple):
    """The list and the reasons that apply to a message."""

    scope: Scope
    entries: SuppressionList
    reasons: frozenset[str]


def terms(region_state: RegionState, message: Message) -> Terms:
    """Return the list and the reasons that apply to a message.

    The configuration set comes first, then the tenant, then the account. The list and the reasons are chosen
    independently. Without a tenant, or with a deleted tenant, the list of the account applies.
    """
    chosen = (
        None if message.configuration_set is None else region_state.configuration_sets.find(message.configuration_set)
    )
    tenant = None if message.tenant is None else region_state.tenants.find(message.tenant)
    scope = chosen.scope if chosen is not None else None
    reasons = chosen.suppressed_reasons if chosen is not None else None
    if tenant is not None:
        scope = scope or tenant.scope
        reasons = tenant.suppressed_reasons if reasons is None else reasons
    if reasons is None:
        reasons = region_state.account.suppressed_reasons
    if tenant is not None and scope == "tenant":
        return Terms("tenant", tenant.suppression, reasons)
    return Terms("account", region_state.suppression, reasons)


def outcome(region_state: RegionState, message: Message, address: str) -> Outcome | None:
    """Return the outcome of suppression for a recipient, or ``None`` if the recipient is not suppressed.

    The global list applies only if the message has no suppression reasons: the list of the account or the tenant
    overrides it.
    """
    if message.tenant is None and not region_state.suppression and not region_state.simulation.globally_suppressed:
        return None
    scope, entries, reasons = terms(region_state, message)
    if not reasons:
        return Suppression("global") if is_globally_suppressed(region_state, address) else None
    entry = entries.find_for(address)
    if entry is None or entry.reason not in reasons:
        return None
    if entry.reason == "COMPLAINT":
        return Answered((Complained(None, None, _SUBTYPES[scope]),))
    return Bounce("Permanent", _SUBTYPES[scope])


_SUBTYPES: dict[Scope, BounceSubtype] = {"account": "OnAccountSuppressionList", "tenant": "OnTenantSuppressionList"}


def is_globally_suppressed(region_state: RegionState, address: str) -> bool:
    """Tell whether the address is on the global suppression list and its entry has not expired."""
    entry = region_state.simulation.globally_suppressed.find_for(address)
    return entry is not None and region_state.simulation.clock.time() < entry.at + GLOBAL_LIFE


def note(region_state: RegionState, event: Event) -> None:
    """Update the suppression lists after an event.

    A hard bounce or a complaint adds its recipients, if that reason applies to the message. A ``not-spam`` report
    removes a complaint from the list of the tenant.
    """
    fact = event.fact
    if isinstance(fact, Complained) and fact.feedback == _NOT_SPAM:
        _forgive(region_state, event)
        return
    reason = _reason(event)
    if reason is None:
        return
    scope, entries, reasons = terms(region_state, event.message)
    if reason not in reasons:
        return
    for address in event.recipients:
        if is_simulator(address):
            continue
        entries.put(address, reason, event.at, event)
        if scope == "tenant" and reason == "BOUNCE":
            region_state.simulation.globally_suppressed.put(address, reason, event.at, event)


def _forgive(region_state: RegionState, event: Event) -> None:
    scope, entries, _ = terms(region_state, event.message)
    for address in event.recipients:
        entry = entries.find_for(address)
        if scope == "tenant" and entry is not None and entry.reason == "COMPLAINT":
            entries.discard(entry.address)


def _reason(event: Event) -> str | None:
    fact = event.fact
    if isinstance(fact, Bounced) and fact.kind == "Permanent" and fact.was_tried:
        return "BOUNCE"
    if isinstance(fact, Complained) and fact.subtype is None:
        return "COMPLAINT"
    return None
