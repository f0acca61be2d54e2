"""Suppression lists: who is on them, and which list and reasons count for a send.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list-tenant-level.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from pytest_sesfake.ses.collection import Collection
from pytest_sesfake.ses.events import Bounced, Complained
from pytest_sesfake.ses.mail.addresses import normal
from pytest_sesfake.ses.outcomes.outcomes import Answered, Bounce, Suppression
from pytest_sesfake.ses.outcomes.simulator import is_simulator

if TYPE_CHECKING:
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome
    from pytest_sesfake.ses.simulation import RegionState

    Scope = Literal["account", "tenant"]

REASONS = ("BOUNCE", "COMPLAINT")
GLOBAL_LIFE = 14 * 86_400.0
"""The seconds for which an address stays on the global list."""

_NOT_SPAM = "not-spam"


@dataclass(slots=True)
class SuppressedAddress:
    """One address of a suppression list; the ids are there when an event put it on."""

    address: str
    reason: str
    at: float
    message_id: str | None = None
    feedback_id: str | None = None


class SuppressionList:
    """Addresses that are not mailed: kept as written but for the domain's case, and met without any case."""

    def __init__(self) -> None:
        self.entries: Collection[SuppressedAddress] = Collection("suppressed destination", key=normal)
        self._met: dict[str, SuppressedAddress] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def put(self, address: str, reason: str, at: float, event: Event | None = None) -> SuppressedAddress:
        """Put an address on the list; one that is on it gets the new reason and time."""
        entry = SuppressedAddress(normal(address), reason, at)
        if event is not None:
            entry.message_id, entry.feedback_id = event.message.id, event.feedback_id
        self._met[entry.address.lower()] = entry
        return self.entries.replace(address, entry)

    def discard(self, address: str) -> SuppressedAddress | None:
        """Take an address off the list and return its entry, ``None`` if it was not on it."""
        entry = self.entries.discard(address)
        if entry is not None:
            folded = entry.address.lower()
            rest = [other for other in self.entries if other.address.lower() == folded]
            if rest:
                self._met[folded] = rest[-1]
            else:
                del self._met[folded]
        return entry

    def meets(self, address: str) -> SuppressedAddress | None:
        """Return the entry that a send to the address meets."""
        return self._met.get(normal(address).lower()) if self._met else None


class Terms(NamedTuple):
    """Which list a message meets, and which reasons count for it."""

    scope: Scope
    entries: SuppressionList
    reasons: frozenset[str]


def terms(region_state: RegionState, message: Message) -> Terms:
    """Return what counts for a message: as its configuration set says, else its tenant, else the account.

    List and reasons are settled independently. Who sends for no tenant, or for one that is gone, meets the account's
    list.
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
    """Return what suppression does to a recipient, ``None`` where no list stands in the way.

    The global list counts where no reason does: a list of one's own that is in use overrides it.
    """
    if message.tenant is None and not region_state.suppression and not region_state.simulation.globally_suppressed:
        return None
    scope, entries, reasons = terms(region_state, message)
    if not reasons:
        return Suppression("global") if is_globally_suppressed(region_state, address) else None
    entry = entries.meets(address)
    if entry is None or entry.reason not in reasons:
        return None
    if entry.reason == "COMPLAINT":
        return Answered((Complained(None, None, _SUBTYPES[scope]),))
    return Bounce("Permanent", _SUBTYPES[scope])


_SUBTYPES: dict[Scope, str] = {"account": "OnAccountSuppressionList", "tenant": "OnTenantSuppressionList"}


def is_globally_suppressed(region_state: RegionState, address: str) -> bool:
    """Tell whether the address is on the list that all accounts share, where nothing stays for long."""
    entry = region_state.simulation.globally_suppressed.meets(address)
    return entry is not None and region_state.simulation.clock.time() < entry.at + GLOBAL_LIFE


def note(region_state: RegionState, event: Event) -> None:
    """Keep the lists: a hard bounce or a complaint puts its recipients on, if that reason counts for the message.

    A report that a mail is no spam takes a complaint off the tenant's list again.
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
        entry = entries.meets(address)
        if scope == "tenant" and entry is not None and entry.reason == "COMPLAINT":
            entries.discard(entry.address)


def _reason(event: Event) -> str | None:
    fact = event.fact
    if isinstance(fact, Bounced) and fact.kind == "Permanent" and fact.was_tried:
        return "BOUNCE"
    if isinstance(fact, Complained) and fact.subtype is None:
        return "COMPLAINT"
    return None
