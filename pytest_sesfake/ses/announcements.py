"""Announcements: what SES tells topics beside events, that it was connected to one, or that a mail came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pytest_sesfake.ses.simulation import RegionState

Occasion = Literal["destination", "identity", "receipts", "received"]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing that is told to one topic.

    ``occasion`` says of what: of an event destination, of an identity's topic (``about`` is the identity's name and the
    type of event), of a receipt rule's topic, or of a mail (``about`` is the notice of it). ``number`` is its place in
    the log; it came before the event of the number ``before``.
    """

    region_state: RegionState
    number: int
    before: int
    at: float
    occasion: Occasion
    topic: str
    about: Any = None


def post(region_state: RegionState, occasion: Occasion, topic: str, about: object = None) -> None:
    """Announce something to a topic."""
    simulation = region_state.simulation
    log = simulation.announcements
    log.append(
        Announcement(region_state, len(log), len(simulation.events), simulation.clock.time(), occasion, topic, about)
    )
    simulation.changed.notify_all()
