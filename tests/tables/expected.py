"""What follows from a fate: the events, the status, what the last event tells, and what it counts as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from destinations import connect, is_told_everywhere
from interfaces import WAYS, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import SesFake

FAILED = ["emailAddress", "action", "status", "diagnosticCode"]
BOUNCE = ["feedbackId", "bounceType", "bounceSubType", "bouncedRecipients", "timestamp"]
REMOTE = [*BOUNCE, "remoteMtaIp", "reportingMTA"]
DELIVERY = ["timestamp", "processingTimeMillis", "recipients", "smtpResponse", "remoteMtaIp", "reportingMTA"]
REPORTED_BOUNCE = [*BOUNCE, "reportingMTA"]
COMPLAINT = ["feedbackId", "complaintSubType", "complainedRecipients", "timestamp"]
COMPLAINED = [*COMPLAINT, "userAgent", "complaintFeedbackType", "arrivalDate"]


class Fate(NamedTuple):
    """One row of a table; ``bounced`` are the keys of each bounced recipient, ``attempts`` those of the statistics."""

    events: list[str]
    status: str
    keys: list[str]
    shows: dict[str, Any]
    bounces: int = 0
    complaints: int = 0
    suppresses: str | None = None
    bounced: list[str] = FAILED
    attempts: int = 1


SENT = ["Send", "Delivery"]
DELAYS = ["DeliveryDelay"] * 6


def follows(
    sesfake: SesFake,
    fate: Fate,
    arrange: Callable[[SesFake], object],
    *,
    way: str,
    to: str,
) -> None:
    """Send a mail to a recipient whom this fate awaits, wait for a day, and see that all of it has happened."""
    sesfake.clock.freeze()
    prepare(sesfake)
    connect(sesfake)
    arrange(sesfake)

    WAYS[way](sesfake, to)
    sent_today = sesfake.client("ses").get_send_quota()["SentLast24Hours"]
    sesfake.clock.advance(days=1)

    assert [event.type for event in sesfake.events] == fate.events
    message = sesfake.events.last().message
    assert list(sesfake.outbox) == ([message] if "Send" in fate.events else [])
    assert message.status[to] == fate.status
    last = message.events[-1]
    assert list(last.detail) == fate.keys
    assert last.detail.items() >= fate.shows.items()
    if last.type == "Bounce":
        assert list(last.detail["bouncedRecipients"][0]) == fate.bounced
    for event in message.events:
        is_told_everywhere(sesfake, event, to)
    assert sent_today == fate.attempts
    counts(sesfake, fate)


def counts(sesfake: SesFake, fate: Fate) -> None:
    """Quota, statistics and suppression list follow from the events."""
    ses, v2 = sesfake.client("ses"), sesfake.client("sesv2")
    points = ses.get_send_statistics()["SendDataPoints"]
    assert sum(point["DeliveryAttempts"] for point in points) == fate.attempts
    assert sum(point["Bounces"] for point in points) == fate.bounces
    assert sum(point["Complaints"] for point in points) == fate.complaints
    assert sum(point["Rejects"] for point in points) == (fate.status == "Rejected")
    assert ses.get_send_quota()["SentLast24Hours"] == 0.0  # a day is over
    entries = v2.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    assert [entry["Reason"] for entry in entries] == ([fate.suppresses] if fate.suppresses else [])
