"""Announcements: messages to SNS topics that are not events of sent mail.

SES announces that a topic was connected to it, and that a mail came in. Announcements have a log of their own. Each
entry also keeps the length of the event log, so that the dispatcher can deliver both logs in the order in which they
were written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pytest_sesfake.ses.simulation import RegionState

Occasion = Literal["destination", "identity", "receipts", "received"]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One announcement to one topic.

    ``occasion`` is the reason:

    * ``"destination"``: the topic became an event destination.
    * ``"identity"``: the topic was set for an identity. ``about`` is the identity's name and the type of event.
    * ``"receipts"``: the topic was named in a receipt rule.
    * ``"received"``: a mail came in. ``about`` is the `Notice` of it.

    ``number`` is its index in the log of announcements. The announcement came before the event with the number
    ``before``. ``at`` is in epoch seconds.
    """

    region_state: RegionState
    number: int
    before: int
    at: float
    occasion: Occasion
    topic: str
    about: Any = None


def post(region_state: RegionState, occasion: Occasion, topic: str, about: object = None) -> None:
    """Log an announcement to a topic, and wake the threads that wait for one."""
    simulation = region_state.simulation
    log = simulation.announcements
    log.append(
        Announcement(region_state, len(log), len(simulation.events), simulation.clock.time(), occasion, topic, about)
    )
    simulation.changed.notify_all()
