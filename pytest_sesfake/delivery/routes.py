"""Where an event is published: settled when it happens, whatever is configured otherwise later.

Its message's configuration set publishes it to each destination that is enabled and takes such events; the identity
that the message was sent as notifies the topic that is set for them. Both happen.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from pytest_sesfake.delivery.envelopes import stand_in
from pytest_sesfake.ses import authorization
from pytest_sesfake.ses.identities import NOTIFIED, sending_as

if TYPE_CHECKING:
    from pytest_sesfake.delivery.envelopes import Form
    from pytest_sesfake.ses.event_destinations import Dimension, EventDestination, Kind
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.identities import Identity
    from pytest_sesfake.ses.messages import Message

NAMESPACE = "AWS/SES"
"""Where CloudWatch keeps the metrics of SES."""


class Route(NamedTuple):
    """One place where an event is published, and the form in which it is.

    ``topic`` is the ARN of the topic, stream, bus or application, of metrics their namespace. ``headers`` is how the
    identity is set, ``dimensions`` are those of metrics.
    """

    kind: Kind
    topic: str
    form: Form = "events"
    headers: bool = False
    dimensions: tuple[Dimension, ...] = ()
    origin: Literal["destination", "identity", "subscription"] = "destination"


def routes(event: Event) -> tuple[Route, ...]:
    """Return where an event is published, the topic of the identity first."""
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
    """Return the route to whoever is subscribed to every event, wherever else it is published."""
    identity = sent_as(event.message)
    headers = form == "feedback" and identity is not None and event.type in identity.headers
    return Route("sns", stand_in(event.message.region_state), form, headers, origin="subscription")


def sent_as(message: Message) -> Identity | None:
    """Return the identity whose settings count for a message, if there is one."""
    if message.arns is not None:
        return authorization.sent_as(message)
    identities = message.region_state.identities
    if not len(identities):
        return None
    return identities.find(message.identity) or sending_as(message.region_state, message.source)


@lru_cache(maxsize=1024)
def _to(destination: EventDestination) -> Route:
    return Route(destination.kind, destination.target or NAMESPACE, dimensions=destination.dimensions)


@lru_cache(maxsize=1024)
def _once(found: tuple[Route, ...]) -> tuple[Route, ...]:
    """Return a tuple that is equal, and the same for all events: they are many, and routes few."""
    return found
