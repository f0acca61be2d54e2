"""Decides where an event is published.

The configuration set of the message publishes it to each enabled destination that takes this event type. The identity
that sent the message also notifies its topic for this event type. Routes are fixed when the event happens; later
changes of the configuration do not matter.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from pytest_sesfake.delivery.envelopes import stand_in
from pytest_sesfake.ses import authorization
from pytest_sesfake.ses.identities import NOTIFIED, find_for_sender

if TYPE_CHECKING:
    from pytest_sesfake.ses.event_destinations import Dimension, EventDestination, Kind
    from pytest_sesfake.ses.event_forms import Form
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.identities import Identity
    from pytest_sesfake.ses.messages import Message

NAMESPACE = "AWS/SES"
"""The CloudWatch namespace for the metrics of SES."""


class Route(NamedTuple):
    """One destination where an event is published, and the form of the published text.

    ``topic`` is the ARN of the topic, stream, bus or application; for metrics it is their namespace. ``headers`` is the
    identity's setting that includes the original headers. ``dimensions`` belong to metrics only.
    """

    kind: Kind
    topic: str
    form: Form = "events"
    headers: bool = False
    dimensions: tuple[Dimension, ...] = ()
    origin: Literal["destination", "identity", "subscription"] = "destination"


def routes(event: Event) -> tuple[Route, ...]:
    """Return the routes of an event, the topic of the identity first."""
    message = event.message
    region_state = message.region_state
    found: list[Route] = []
    kind = event.fact.type
    if kind in NOTIFIED:
        identity = sent_as(message)
        topic = identity.topics.get(kind) if identity is not None else None
        if identity is not None and topic is not None:
            found.append(Route("sns", topic, "feedback", kind in identity.headers, origin="identity"))
    if message.configuration_set is not None:
        chosen = region_state.configuration_sets.find(message.configuration_set)
        if chosen is not None and chosen.destinations:
            found += [_to(each) for each in chosen.destinations.values() if each.takes(kind)]
    return _once(tuple(found)) if found else ()


def unrouted(event: Event, form: Form) -> Route:
    """Return the route to the applications that subscribed to every event, not to a topic."""
    identity = sent_as(event.message)
    headers = form == "feedback" and identity is not None and event.type in identity.headers
    return Route("sns", stand_in(event.message.region_state), form, headers, origin="subscription")


def sent_as(message: Message) -> Identity | None:
    """Return the identity whose settings apply to a message, or ``None``."""
    if message.arns is not None:
        return authorization.find_identity(message)
    identities = message.region_state.identities
    if not len(identities):
        return None
    return identities.find(message.identity) or find_for_sender(message.region_state, message.source)


@lru_cache(maxsize=1024)
def _to(destination: EventDestination) -> Route:
    return Route(destination.kind, destination.target or NAMESPACE, dimensions=destination.dimensions)


@lru_cache(maxsize=1024)
def _once(found: tuple[Route, ...]) -> tuple[Route, ...]:
    """Return one shared tuple for equal routes. There are many events but few different routes."""
    return found
