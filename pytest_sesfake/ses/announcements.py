"""Announcements: what SES tells topics beside events, that it was connected to one, or that a mail came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pytest_sesfake.ses.simulation import World

Occasion = Literal["destination", "identity", "receipts", "received"]


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing that is told to one topic.

    ``occasion`` says of what: of an event destination, of an identity's topic (``about`` is the identity's name and the
    type of event), of a receipt rule's topic, or of a mail (``about`` is the notice of it). ``number`` is its place in
    the log; it came before the event of the number ``before``.
    """

    world: World
    number: int
    before: int
    at: float
    occasion: Occasion
    topic: str
    about: Any = None


def post(world: World, occasion: Occasion, topic: str, about: object = None) -> None:
    """Announce something to a topic."""
    cloud = world.cloud
    log = cloud.announcements
    log.append(Announcement(world, len(log), len(cloud.events), cloud.clock.time(), occasion, topic, about))
    cloud.changed.notify_all()
