"""Event destinations: where a configuration set publishes the events of its messages.

A destination names its target by ARN and lists the types of events that it gets. SES checks at creation that the target
exists. Here it counts as existing, unless another AWS fake in this process, such as moto, does not have it.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from pytest_sesfake.ses import announcements
from pytest_sesfake.ses.events import EventType
from pytest_sesfake.ses.refusals import Invalid, LimitReached

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.simulation import RegionState

Kind = Literal["sns", "firehose", "cloudwatch", "eventbridge", "pinpoint"]
Source = Literal["tag", "header", "link"]

EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)
"""The types of events that can be published, in the order of the SES documentation."""

MOST = 10
"""The largest number of destinations of a configuration set."""

SERVICES: dict[str, Kind] = {
    "sns": "sns",
    "firehose": "firehose",
    "events": "eventbridge",
    "mobiletargeting": "pinpoint",
}
"""The kind of a destination by the service name in the ARN of its target."""

_MOST_DIMENSIONS = 10
_LONGEST_NAME = 64
_LONGEST_DIMENSION = 256
_NAME = re.compile(r"[A-Za-z0-9_-]*")
_DIMENSION = re.compile(rf"[A-Za-z0-9_:-]{{1,{_LONGEST_DIMENSION}}}")
_DEFAULT = re.compile(rf"[A-Za-z0-9_@.-]{{1,{_LONGEST_DIMENSION}}}")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension of the metrics of a CloudWatch destination.

    Its value comes from the message tag, header field or link tag called ``name``. If that is missing, it is
    ``default``.
    """

    name: str
    source: Source
    default: str


@dataclass(frozen=True, slots=True)
class EventDestination:
    """One destination and the ``types`` of events that it gets, with the names of ``Event.type``.

    ``target`` is the ARN of the topic, stream, bus or application. A CloudWatch destination has ``dimensions`` instead.
    A Firehose destination also has a ``role``: the ARN of the IAM role that SES uses to write.
    """

    name: str
    kind: Kind
    target: str | None
    types: tuple[str, ...]
    enabled: bool = False
    role: str | None = None
    dimensions: tuple[Dimension, ...] = ()

    def takes(self, event_type: str) -> bool:
        """Tell whether the destination gets events of this type."""
        return self.enabled and event_type in self.types


def check_name(name: str) -> None:
    """Check the name of a destination. Raises `Invalid` if SES does not accept it."""
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
    """Raise `LimitReached` if a configuration set already has the largest number of destinations."""
    if count >= MOST:
        text = f"Maximum of {MOST} event destinations allowed for configuration set <{configuration_set}>."
        raise LimitReached(text)


def check_target(region_state: RegionState, destination: EventDestination) -> None:
    """Check the target or the dimensions of a destination. Raises `Invalid` if SES does not accept them."""
    _CHECKS[destination.kind](region_state, destination)


def put(region_state: RegionState, destinations: dict[str, EventDestination], destination: EventDestination) -> None:
    """Add or replace a destination of a configuration set. SES publishes a notice to a new topic."""
    destinations[destination.name] = destination
    if destination.kind == "sns" and destination.target is not None:
        announcements.post(region_state, "destination", destination.target)


def _check_topic(region_state: RegionState, destination: EventDestination) -> None:
    # The topic must be in the same region, and SES cannot publish to FIFO topics.
    topic = destination.target or ""
    if topic.endswith(".fifo") or not _may_exist(region_state, topic, "sns"):
        text = f"SNS topic <{topic}> not found."
        raise Invalid(text)


def _check_stream(region_state: RegionState, destination: EventDestination) -> None:
    if not _may_exist(region_state, destination.target or "", "firehose"):
        text = f"Delivery stream <{destination.target}> not found."
        raise Invalid(text)


def _check_dimensions(_: RegionState, destination: EventDestination) -> None:
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


def _check_bus(_: RegionState, destination: EventDestination) -> None:
    if _service(destination.target or "") != "events" or not (destination.target or "").endswith(":event-bus/default"):
        text = f"Invalid event bus ARN <{destination.target}>: only the default event bus is supported."
        raise Invalid(text)


def _check_application(_: RegionState, destination: EventDestination) -> None:
    if not (destination.target or "").strip():
        text = "Invalid Pinpoint application ARN provided: null."
        raise Invalid(text)


_CHECKS: dict[Kind, Callable[[RegionState, EventDestination], None]] = {
    "sns": _check_topic,
    "firehose": _check_stream,
    "cloudwatch": _check_dimensions,
    "eventbridge": _check_bus,
    "pinpoint": _check_application,
}


def _may_exist(region_state: RegionState, arn: str, service: str) -> bool:
    """Tell whether an ARN names a resource of the service in this region that is not known to be missing."""
    right = _service(arn) == service and arn.split(":")[3] == region_state.region
    return right and region_state.simulation.collaborators.exists(arn) is not False


def _service(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 and parts[0] == "arn" and parts[5] else ""  # noqa: PLR2004 - the parts of an ARN


def kind_of(arn: str) -> Kind | None:
    """Return the kind of destination for a target's ARN, or ``None`` if the ARN cannot be a target."""
    return SERVICES.get(_service(arn))
