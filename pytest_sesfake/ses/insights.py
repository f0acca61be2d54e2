"""What the Virtual Deliverability Manager sees of an account's mail, counted anew whenever somebody asks.

It takes no notice of messages to several recipients and of those to the mailbox simulator.

https://docs.aws.amazon.com/ses/latest/dg/vdm-dashboard.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.ses import tracking
from pytest_sesfake.ses.events import Bounced, Complained
from pytest_sesfake.ses.mail.addresses import bare, domain_of, normal
from pytest_sesfake.ses.outcomes.simulator import is_simulator
from pytest_sesfake.ses.providers import has_loop, provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import RegionState

DAY = 86_400.0
KEPT = 30 * DAY
"""The seconds for which a single message can be looked at."""

_OWN_LIST = "OnAccountSuppressionList"


def is_measured(message: Message) -> bool:
    """Tell whether a message is looked at: it goes to one recipient, who is none of the simulator's."""
    return len(message.recipients) == 1 and not is_simulator(message.recipients[0])


def measured(region_state: RegionState) -> Iterator[Message]:
    """Return the messages of a region that the insights cover, oldest first."""
    return (
        message
        for message in region_state.simulation.messages
        if message.region_state is region_state and is_measured(message)
    )


def find(region_state: RegionState, message_id: str) -> Message | None:
    """Return the message of that id, if it is looked at and not too old."""
    start = region_state.simulation.clock.time() - KEPT
    found = next((message for message in measured(region_state) if message.id == message_id), None)
    return found if found is not None and found.sent_time >= start else None


# What a message tells of itself.


def is_tracked(message: Message, kind: str) -> bool:
    """Tell whether SES notes the ``"Open"`` or the ``"Click"`` of a message: where there is something to note it by.

    It does so for the manager, if the account or the configuration set has that on, and for event destinations.
    """
    region_state, name = message.region_state, message.configuration_set
    chosen = None if name is None else region_state.configuration_sets.find(name)
    manager = region_state.account.manager
    by_manager = manager is not None and manager.enabled and manager.engagement
    if chosen is not None and chosen.engagement_metrics is not None:
        by_manager = region_state.account.is_managed and chosen.engagement_metrics
    told = chosen.destinations.values() if chosen is not None else ()
    if not by_manager and not any(each.enabled and kind in each.types for each in told):
        return False
    return message.html is not None if kind == "Open" else bool(tracking.links(message))


def last_delivery(message: Message) -> Event:
    """Return what last became of a message on its way; of several things a complaint counts most, then a delivery."""
    order = ("Send", "Bounce", "Delivery", "Complaint")
    found = [event for event in message.events if event.type in order]
    return max(found, key=lambda event: (order.index(event.type), event.number))


def last_engagement(message: Message) -> Event | None:
    """Return the last open of a message, or its last click, which counts more; ``None`` where there is neither."""
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
"""What is counted, by name: the deliveries of three kinds are those after which there could have been one of these."""

DIMENSIONS: dict[str, Callable[[Message], str | None]] = {
    "email_identity": lambda message: message.identity,
    "configuration_set": lambda message: message.configuration_set,
    "isp": lambda message: provider(message.recipients[0]),
    "tenant_name": lambda message: message.tenant,
}
"""By what messages can be told apart."""


def fits(message: Message, wanted: Mapping[str, str]) -> bool:
    """Tell whether a message is one of those that are wanted, by dimension; an identity may be address or domain."""
    for dimension, value in wanted.items():
        if dimension == "email_identity":
            sender = bare(message.source)
            if normal(value) not in (normal(sender), message.identity) and value.lower() != domain_of(sender):
                return False
        elif DIMENSIONS[dimension](message) != value:
            return False
    return True


def series(
    region_state: RegionState, metric: str, wanted: Mapping[str, str], start: float, end: float
) -> dict[float, int]:
    """Return the counts of a metric by the first instant of each day, in UTC, on which there was anything to count.

    ``start`` belongs to the time that is counted and ``end`` does not.
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
