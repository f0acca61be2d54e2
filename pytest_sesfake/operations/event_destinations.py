"""Event destinations of configuration sets: topics, streams, metrics, buses and applications.

https://docs.aws.amazon.com/ses/latest/APIReference/API_EventDestination.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_EventDestinationDefinition.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v1, v2
from pytest_sesfake.ses import configuration_sets, event_destinations
from pytest_sesfake.ses.event_destinations import Dimension, EventDestination
from pytest_sesfake.ses.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_sesfake.operations.refusals import WordedRefusal
    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.configuration_sets import ConfigurationSet
    from pytest_sesfake.ses.event_destinations import Kind, Source
    from pytest_sesfake.ses.simulation import RegionState


@dataclass(frozen=True)
class Spelling:
    """The names that one API uses for event types, dimension sources, and destination kinds with their target."""

    types: Mapping[str, str]
    sources: Mapping[Source, str]
    kinds: Mapping[Kind, tuple[str, str]]
    role: str


V1 = Spelling(
    types={
        "Send": "send",
        "Reject": "reject",
        "Bounce": "bounce",
        "Complaint": "complaint",
        "Delivery": "delivery",
        "Open": "open",
        "Click": "click",
        "RenderingFailure": "renderingFailure",
    },
    sources={"tag": "messageTag", "header": "emailHeader", "link": "linkTag"},
    kinds={
        "firehose": ("KinesisFirehoseDestination", "DeliveryStreamARN"),
        "cloudwatch": ("CloudWatchDestination", ""),
        "sns": ("SNSDestination", "TopicARN"),
    },
    role="IAMRoleARN",
)
V2 = Spelling(
    types={
        "Send": "SEND",
        "Reject": "REJECT",
        "Bounce": "BOUNCE",
        "Complaint": "COMPLAINT",
        "Delivery": "DELIVERY",
        "Open": "OPEN",
        "Click": "CLICK",
        "RenderingFailure": "RENDERING_FAILURE",
        "DeliveryDelay": "DELIVERY_DELAY",
        "Subscription": "SUBSCRIPTION",
    },
    sources={"tag": "MESSAGE_TAG", "header": "EMAIL_HEADER", "link": "LINK_TAG"},
    kinds={
        "firehose": ("KinesisFirehoseDestination", "DeliveryStreamArn"),
        "cloudwatch": ("CloudWatchDestination", ""),
        "sns": ("SnsDestination", "TopicArn"),
        "eventbridge": ("EventBridgeDestination", "EventBusArn"),
        "pinpoint": ("PinpointDestination", "ApplicationArn"),
    },
    role="IamRoleArn",
)

_INVALID = {
    "sns": "InvalidSNSDestination",
    "firehose": "InvalidFirehoseDestination",
    "cloudwatch": "InvalidCloudWatchDestination",
}
_ONE_ONLY = (
    "Please provide only one destination with each request. Either a Firehose Destination or a Cloudwatch Destination "
    "or an SNS Destination or an EventBridge Destination."
)


@v1("CreateConfigurationSetEventDestination", does="modelled", texts=("recorded", "reported", "chosen"))
def create_configuration_set_event_destination(
    region_state: RegionState, *, ConfigurationSetName: str, EventDestination: Json
) -> None:
    """Add an event destination to a configuration set."""
    destination = read(V1, EventDestination["Name"], EventDestination)
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    if destination.name in chosen.destinations:
        raise _v1("EventDestinationAlreadyExists", _taken(chosen, destination.name), chosen, destination.name)
    event_destinations.check_room(chosen.name, len(chosen.destinations))
    _judge_v1(region_state, chosen, destination)
    event_destinations.put(region_state, chosen.destinations, destination)


@v1("UpdateConfigurationSetEventDestination", does="modelled", texts=("recorded", "reported", "chosen"))
def update_configuration_set_event_destination(
    region_state: RegionState, *, ConfigurationSetName: str, EventDestination: Json
) -> None:
    """Replace the event destination of this name."""
    destination = read(V1, EventDestination["Name"], EventDestination)
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    _check_there_v1(chosen, destination.name)
    _judge_v1(region_state, chosen, destination)
    event_destinations.put(region_state, chosen.destinations, destination)


@v1("DeleteConfigurationSetEventDestination", does="modelled", texts=("recorded", "reported"))
def delete_configuration_set_event_destination(
    region_state: RegionState, *, ConfigurationSetName: str, EventDestinationName: str
) -> None:
    """Delete an event destination of a configuration set."""
    event_destinations.check_name(EventDestinationName)
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    _check_there_v1(chosen, EventDestinationName)
    del chosen.destinations[EventDestinationName]


@v2("CreateConfigurationSetEventDestination", does="modelled", texts=("reported", "chosen"))
def create_configuration_set_event_destination_v2(
    region_state: RegionState, *, ConfigurationSetName: str, EventDestinationName: str, EventDestination: Json
) -> None:
    """Add an event destination to a configuration set."""
    destination = read(V2, EventDestinationName, EventDestination)
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    if destination.name in chosen.destinations:
        raise say("AlreadyExistsException", _taken(chosen, destination.name))
    event_destinations.check_room(chosen.name, len(chosen.destinations))
    event_destinations.check_target(region_state, destination)
    event_destinations.put(region_state, chosen.destinations, destination)


@v2("UpdateConfigurationSetEventDestination", does="modelled", texts=("reported", "chosen"))
def update_configuration_set_event_destination_v2(
    region_state: RegionState, *, ConfigurationSetName: str, EventDestinationName: str, EventDestination: Json
) -> None:
    """Replace the event destination of this name."""
    destination = read(V2, EventDestinationName, EventDestination)
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    _check_there_v2(chosen, EventDestinationName)
    event_destinations.check_target(region_state, destination)
    event_destinations.put(region_state, chosen.destinations, destination)


@v2("DeleteConfigurationSetEventDestination", does="modelled", texts="reported")
def delete_configuration_set_event_destination_v2(
    region_state: RegionState, *, ConfigurationSetName: str, EventDestinationName: str
) -> None:
    """Delete an event destination of a configuration set."""
    event_destinations.check_name(EventDestinationName)
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    _check_there_v2(chosen, EventDestinationName)
    del chosen.destinations[EventDestinationName]


@v2("GetConfigurationSetEventDestinations", does="modelled", texts="reported")
def get_configuration_set_event_destinations(region_state: RegionState, *, ConfigurationSetName: str) -> Json:
    """List the event destinations of a configuration set."""
    chosen = configuration_sets.find(region_state, ConfigurationSetName)
    return {"EventDestinations": [show(V2, destination) for destination in chosen.destinations.values()]}


def read(spelling: Spelling, name: str, given: Json) -> EventDestination:
    """Return the event destination that a call describes. Refuse an incomplete one."""
    event_destinations.check_name(name)
    types = given.get("MatchingEventTypes") or ()
    if not types:
        text = "At least one event type must be specified."
        raise Invalid(text)
    kinds: list[Kind] = [kind for kind, (member, _) in spelling.kinds.items() if given.get(member) is not None]
    if not kinds:
        text = "Event destination is not provided."
        raise Invalid(text)
    if len(kinds) > 1:
        raise Invalid(_ONE_ONLY)
    member, target = spelling.kinds[kinds[0]]
    details = given[member]
    return EventDestination(
        name,
        kinds[0],
        details.get(target),
        tuple(kind for kind, spelt in spelling.types.items() if spelt in types),
        given.get("Enabled", False),
        details.get(spelling.role),
        tuple(_dimension(spelling, entry) for entry in details.get("DimensionConfigurations", ())),
    )


def _dimension(spelling: Spelling, given: Json) -> Dimension:
    source = next(source for source, spelt in spelling.sources.items() if spelt == given["DimensionValueSource"])
    return Dimension(given["DimensionName"], source, given["DefaultDimensionValue"])


def show(spelling: Spelling, destination: EventDestination) -> Json:
    """Return an event destination in the spelling of one API, without the event types that this API lacks."""
    member, target = spelling.kinds[destination.kind]
    details: Json = {target: destination.target, spelling.role: destination.role}
    if destination.kind == "cloudwatch":
        details = {
            "DimensionConfigurations": [
                {
                    "DimensionName": dimension.name,
                    "DimensionValueSource": spelling.sources[dimension.source],
                    "DefaultDimensionValue": dimension.default,
                }
                for dimension in destination.dimensions
            ]
        }
    return {
        "Name": destination.name,
        "Enabled": destination.enabled,
        "MatchingEventTypes": [spelling.types[kind] for kind in destination.types if kind in spelling.types],
        member: {name: value for name, value in details.items() if value is not None},
    }


def _judge_v1(region_state: RegionState, chosen: ConfigurationSet, destination: EventDestination) -> None:
    try:
        event_destinations.check_target(region_state, destination)
    except Invalid as refusal:
        raise _v1(_INVALID[destination.kind], refusal.text, chosen, destination.name) from None


def _check_there_v1(chosen: ConfigurationSet, name: str) -> None:
    # SES names the configuration set here, not the destination.
    if name not in chosen.destinations:
        raise _v1("EventDestinationDoesNotExist", f"No EventDestination found for {chosen.name}", chosen, name)


def _check_there_v2(chosen: ConfigurationSet, name: str) -> None:
    if name not in chosen.destinations:
        text = f"An event destination with name <{name}> does not exist for configuration set <{chosen.name}>."
        raise say("NotFoundException", text)


def _v1(code: str, text: str, chosen: ConfigurationSet, name: str) -> WordedRefusal:
    return say(code, text, ConfigurationSetName=chosen.name, EventDestinationName=name)


def _taken(chosen: ConfigurationSet, name: str) -> str:
    return f"An event destination with name <{name}> already exists for configuration set <{chosen.name}>."
