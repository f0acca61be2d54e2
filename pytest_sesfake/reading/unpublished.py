"""The hint that says why SES did not publish an event: which setting of its message is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses.identities import NOTIFIED, find_for_sender
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.outcomes.selectors import addresses_fit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_sesfake.reading.search import Search
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.simulation import Simulation

_MOST_PEOPLE = 3


def unpublished(search: Search[Any], _: int | None) -> Iterator[str]:
    """Yield why an event was not published, if the test configured something that publishes events."""
    kind, recipient = search.matchers.get("type"), search.matchers.get("recipient")
    if search.kind.noun != "notification" or not isinstance(kind, str):
        return
    for event in list(search.simulation.events):
        if event.type == kind and (recipient is None or addresses_fit(recipient, event.recipients)):
            is_set = search.total or event.message.configuration_set is not None
            if is_set and not event.routes:
                people = ", ".join(parse_address(each).bare for each in event.recipients)
                yield f"the {kind} of {people} was not published: {_reason(event)}"
            return


def describe_unpublished(simulation: Simulation) -> Iterator[str]:
    """Yield why events were published nowhere, one text for each reason."""
    found: dict[str, list[Event]] = {}
    for event in list(simulation.events):
        if not event.routes:
            found.setdefault(_of_the_set(event) or _reason(event), []).append(event)
    for reason, events in found.items():
        kinds = ", ".join(dict.fromkeys(event.type for event in events))
        people = list(
            dict.fromkeys(parse_address(recipient).bare for event in events for recipient in event.recipients)
        )
        more = f" and {len(people) - _MOST_PEOPLE} more" if len(people) > _MOST_PEOPLE else ""
        was = "was" if len(events) == 1 else "were"
        yield f"{kinds} of {', '.join(people[:_MOST_PEOPLE])}{more} {was} not published: {reason}"


def _reason(event: Event) -> str:
    reasons = [_of_the_set(event), *([_of_the_identity(event)] if event.type in NOTIFIED else [])]
    known = [reason for reason in reasons if reason is not None]
    return ", and ".join(known) if known == reasons else "the settings that publish it were made after it happened"


def _of_the_set(event: Event) -> str | None:
    """Return why the configuration set of a message does not publish an event; ``None`` if it would publish it now."""
    message = event.message
    name, kind = message.configuration_set, event.type
    if name is None:
        return "the message has no configuration set"
    chosen = message.region_state.configuration_sets.find(name)
    if chosen is None or not chosen.destinations:
        return f"configuration set {name!r} has no event destination"
    if any(each.takes(kind) for each in chosen.destinations.values()):
        return None
    off = [repr(each.name) for each in chosen.destinations.values() if kind in each.types]
    if off:
        return f"the event destination {', '.join(off)} of {name!r} is not enabled"
    types = dict.fromkeys(known for each in chosen.destinations.values() for known in each.types)
    return f"configuration set {name!r} publishes only {', '.join(types)}"


def _of_the_identity(event: Event) -> str | None:
    """Return why the identity of a message has no notification about an event; ``None`` if it would have one now."""
    message = event.message
    identities = message.region_state.identities
    identity = identities.find(message.identity) or find_for_sender(message.region_state, message.source)
    if identity is None:
        return "the sender has no identity"
    return None if event.type in identity.topics else f"the identity {identity.name} has no topic for {event.type}"
