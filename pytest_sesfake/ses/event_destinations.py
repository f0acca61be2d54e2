"""Event destinations: where a configuration set publishes what happens to its messages.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_sesfake.ses import announcements
from pytest_sesfake.ses.refusals import Invalid, LimitReached

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.simulation import RegionState

Kind = Literal["sns", "firehose", "cloudwatch", "eventbridge", "pinpoint"]
Source = Literal["tag", "header", "link"]

EVENT_TYPES = (
    "Send",
    "Reject",
    "Bounce",
    "Complaint",
    "Delivery",
    "Open",
    "Click",
    "RenderingFailure",
    "DeliveryDelay",
    "Subscription",
)
"""The types of events that can be published, in SES's order."""

MOST = 10
"""How many destinations a configuration set can have."""

SERVICES: dict[str, Kind] = {
    "sns": "sns",
    "firehose": "firehose",
    "events": "eventbridge",
    "mobiletargeting": "pinpoint",
}
"""The kind of a destination by the service that its target's ARN names."""

_MOST_DIMENSIONS = 10
_LONGEST_NAME = 64
_LONGEST_DIMENSION = 256
_NAME = re.compile(r"[A-Za-z0-9_-]*")
_DIMENSION = re.compile(rf"[A-Za-z0-9_:-]{{1,{_LONGEST_DIMENSION}}}")
_DEFAULT = re.compile(rf"[A-Za-z0-9_@.-]{{1,{_LONGEST_DIMENSION}}}")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension of the metrics of a CloudWatch destination.

    Its value is that of the message's tag or header, or the link's tag, of its ``name``, or else ``default``.
    """

    name: str
    source: Source
    default: str


@dataclass(frozen=True, slots=True)
class EventDestination:
    """One destination and the ``types`` of events that it gets, in the words of ``Event.type``.

    ``target`` is the ARN of the topic, stream, bus or application. A CloudWatch destination has ``dimensions`` instead,
    a Firehose destination also the ``role`` to write as.
    """

    name: str
    kind: Kind
    target: str | None
    types: tuple[str, ...]
    enabled: bool = False
    role: str | None = None
    dimensions: tuple[Dimension, ...] = ()

    def takes(self, event_type: str) -> bool:
        """Tell whether events of that type are published here."""
        return self.enabled and event_type in self.types


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a destination."""
    if not _NAME.fullmatch(name):
        text = f"Invalid event destination name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
        raise Invalid(text)
    if not name:
        text = "Event destination name must be specified."
        raise Invalid(text)
    if len(name) > _LONGEST_NAME:
        text = f"Event destination name cannot exceed {_LONGEST_NAME} characters."
        raise Invalid(text)


def check_room(configuration_set: str, count: int) -> None:
    """Refuse one more destination where a configuration set has as many as it can."""
    if count >= MOST:
        text = f"Maximum of {MOST} event destinations allowed for configuration set <{configuration_set}>."
        raise LimitReached(text)


def judge(region_state: RegionState, destination: EventDestination) -> None:
    """Refuse a destination that cannot be published to."""
    _JUDGES[destination.kind](region_state, destination)


def put(region_state: RegionState, destinations: dict[str, EventDestination], destination: EventDestination) -> None:
    """Put a destination among those of a configuration set; of a topic, tell that topic so."""
    destinations[destination.name] = destination
    if destination.kind == "sns" and destination.target is not None:
        announcements.post(region_state, "destination", destination.target)


def _judge_topic(region_state: RegionState, destination: EventDestination) -> None:
    # SES looks for the topic in its own region, and cannot write to one that keeps an order.
    topic = destination.target or ""
    if topic.endswith(".fifo") or not _is_there(region_state, topic, "sns"):
        text = f"SNS topic <{topic}> not found."
        raise Invalid(text)


def _judge_stream(region_state: RegionState, destination: EventDestination) -> None:
    if not _is_there(region_state, destination.target or "", "firehose"):
        text = f"Delivery stream <{destination.target}> not found."
        raise Invalid(text)


def _judge_dimensions(_: RegionState, destination: EventDestination) -> None:
    dimensions = destination.dimensions
    if not dimensions:
        text = "CloudWatch metrics dimension configuration list cannot be empty."
        raise Invalid(text)
    if len(dimensions) > _MOST_DIMENSIONS:
        text = f"CloudWatch metrics dimension configuration list cannot exceed {_MOST_DIMENSIONS} dimensions."
        raise Invalid(text)
    for dimension in dimensions:
        if not _DIMENSION.fullmatch(dimension.name):
            text = (
                f"Invalid CloudWatch dimension name <{dimension.name}>: up to {_LONGEST_DIMENSION} alphanumeric ASCII "
                "characters, '_', '-', and ':' are allowed."
            )
            raise Invalid(text)
        if not _DEFAULT.fullmatch(dimension.default):
            text = (
                f"Invalid CloudWatch default dimension value <{dimension.default}>: up to {_LONGEST_DIMENSION} "
                "alphanumeric ASCII characters, '_', '-', '@', and '.' are allowed."
            )
            raise Invalid(text)


def _judge_bus(_: RegionState, destination: EventDestination) -> None:
    if _service(destination.target or "") != "events" or not (destination.target or "").endswith(":event-bus/default"):
        text = f"Invalid event bus ARN <{destination.target}>: only the default event bus is supported."
        raise Invalid(text)


def _judge_application(_: RegionState, destination: EventDestination) -> None:
    if not (destination.target or "").strip():
        text = "Invalid Pinpoint application ARN provided: null."
        raise Invalid(text)


_JUDGES: dict[Kind, Callable[[RegionState, EventDestination], None]] = {
    "sns": _judge_topic,
    "firehose": _judge_stream,
    "cloudwatch": _judge_dimensions,
    "eventbridge": _judge_bus,
    "pinpoint": _judge_application,
}


def _is_there(region_state: RegionState, arn: str, service: str) -> bool:
    """Tell whether a target is a resource of that service in this region; it is one where nobody knows better."""
    right = _service(arn) == service and arn.split(":")[3] == region_state.region
    return right and region_state.simulation.collaborators.exists(arn) is not False


def _service(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 and parts[0] == "arn" and parts[5] else ""  # noqa: PLR2004 - the parts of an ARN


def kind_of(arn: str) -> Kind | None:
    """Return the kind of the destination that an ARN is the target of, ``None`` where it cannot be one."""
    return SERVICES.get(_service(arn))
