"""Insights of the Virtual Deliverability Manager: metrics of an account's mail, and details of single messages.

Everything is computed from the log of events at each call. Messages to several recipients and messages to the mailbox
simulator are ignored.

https://docs.aws.amazon.com/ses/latest/dg/vdm-dashboard.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.ses import tracking
from pytest_sesfake.ses.events import Bounced, Complained
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.outcomes.simulator import is_simulator
from pytest_sesfake.ses.providers import has_loop, provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import RegionState

DAY = 86_400.0
KEPT = 30 * DAY
"""The seconds for which SES keeps the insights of a single message."""

_OWN_LIST = "OnAccountSuppressionList"


def is_measured(message: Message) -> bool:
    """Tell whether the insights cover a message: it has one recipient, which is not the mailbox simulator."""
    return len(message.recipients) == 1 and not is_simulator(message.recipients[0])


def measured_messages(region_state: RegionState) -> Iterator[Message]:
    """Return the messages of a region that the insights cover, oldest first."""
    return (
        message
        for message in region_state.simulation.messages
        if message.region_state is region_state and is_measured(message)
    )


def find(region_state: RegionState, message_id: str) -> Message | None:
    """Return the message with this id, or ``None`` if the insights do not cover it or it is too old."""
    start = region_state.simulation.clock.time() - KEPT
    found = next((message for message in measured_messages(region_state) if message.id == message_id), None)
    return found if found is not None and found.sent_time >= start else None


# Insights of one message.


def is_tracked(message: Message, kind: str) -> bool:
    """Tell whether SES tracks the ``"Open"`` or ``"Click"`` events of a message.

    The message must have html, or tracked links. And either engagement tracking must be on for the account or the
    configuration set, or an event destination must take this type of event.
    """
    region_state, name = message.region_state, message.configuration_set
    chosen = None if name is None else region_state.configuration_sets.find(name)
    manager = region_state.account.manager
    by_manager = manager is not None and manager.enabled and manager.engagement
    if chosen is not None and chosen.engagement_metrics is not None:
        by_manager = region_state.account.is_managed and chosen.engagement_metrics
    destinations = chosen.destinations.values() if chosen is not None else ()
    if not by_manager and not any(each.enabled and kind in each.types for each in destinations):
        return False
    return message.html is not None if kind == "Open" else bool(tracking.links(message))


def last_delivery(message: Message) -> Event:
    """Return the event that decides the delivery status: the last complaint, else delivery, else bounce, else send."""
    order = ("Send", "Bounce", "Delivery", "Complaint")
    found = [event for event in message.events if event.type in order]
    return max(found, key=lambda event: (order.index(event.type), event.number))


def last_engagement(message: Message) -> Event | None:
    """Return the last click of a message, or else its last open, or else ``None``."""
    order = ("Open", "Click")
    found = [event for event in message.events if event.type in order]
    return max(found, key=lambda event: (order.index(event.type), event.number), default=None)


# Metrics.

METRICS: dict[str, Callable[[Event], bool]] = {
    "send": lambda event: event.type == "Send",
    "delivery": lambda event: event.type == "Delivery",
    "complaint": lambda event: isinstance(event.fact, Complained) and event.fact.subtype is None,
    "permanent_bounce": lambda event: _is_bounce(event, "Permanent"),
    "transient_bounce": lambda event: _is_bounce(event, "Transient"),
    "open": lambda event: _is_first(event, "Open"),
    "click": lambda event: _is_first(event, "Click"),
    "delivery_open": lambda event: event.type == "Delivery" and is_tracked(event.message, "Open"),
    "delivery_click": lambda event: event.type == "Delivery" and is_tracked(event.message, "Click"),
    "delivery_complaint": lambda event: event.type == "Delivery" and has_loop(event.message.recipients[0]),
}
"""The events that each metric counts.

The three ``delivery_…`` metrics count deliveries that could lead to an open, click or complaint. They are the
denominators of rates.
"""

DIMENSIONS: dict[str, Callable[[Message], str | None]] = {
    "email_identity": lambda message: message.identity,
    "configuration_set": lambda message: message.configuration_set,
    "isp": lambda message: provider(message.recipients[0]),
    "tenant_name": lambda message: message.tenant,
}
"""The values of a message for each dimension of a query."""


def fits(message: Message, wanted: Mapping[str, str]) -> bool:
    """Tell whether a message has the ``wanted`` values of dimensions. An identity can be an address or a domain."""
    for dimension, value in wanted.items():
        if dimension == "email_identity":
            sender = parse_address(message.source)
            names = (sender.normal, message.identity)
            if parse_address(value).normal not in names and value.lower() != sender.domain:
                return False
        elif DIMENSIONS[dimension](message) != value:
            return False
    return True


def series(
    region_state: RegionState, metric: str, wanted: Mapping[str, str], start: float, end: float
) -> dict[float, int]:
    """Return the counts of a metric by day, without empty days. Keys are the starts of days in UTC, in epoch seconds.

    The events are those from ``start`` up to, but not including, ``end``.
    """
    counts = METRICS[metric]
    found: dict[float, int] = {}
    for event in region_state.simulation.events:
        message = event.message
        if (
            start <= event.at < end
            and message.region_state is region_state
            and is_measured(message)
            and counts(event)
            and fits(message, wanted)
        ):
            day = event.at - event.at % DAY
            found[day] = found.get(day, 0) + 1
    return dict(sorted(found.items()))


def _is_bounce(event: Event, kind: str) -> bool:
    fact = event.fact
    return isinstance(fact, Bounced) and fact.kind == kind and fact.subtype != _OWN_LIST


def _is_first(event: Event, kind: str) -> bool:
    if event.type != kind:
        return False
    return next(other for other in event.message.events if other.type == kind).number == event.number
