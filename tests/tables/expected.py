"""What an outcome or a state of SES leads to: events, status, keys of the last event, and counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from destinations import check_publishing, connect
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


class Expected(NamedTuple):
    """One row of a table. ``bounced`` are the keys of each bounced recipient, ``attempts`` is counted by SES."""

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


def check_send(
    sesfake: SesFake,
    expected: Expected,
    arrange: Callable[[SesFake], object],
    *,
    way: str,
    to: str,
) -> None:
    """Send a mail, wait for a day, and check that everything expected has happened and nothing else."""
    sesfake.clock.freeze()
    prepare(sesfake)
    connect(sesfake)
    arrange(sesfake)

    WAYS[way](sesfake, to)
    sent_today = sesfake.client("ses").get_send_quota()["SentLast24Hours"]
    sesfake.clock.advance(days=1)

    assert [event.type for event in sesfake.events] == expected.events
    message = sesfake.events.last().message
    assert list(sesfake.outbox) == ([message] if "Send" in expected.events else [])
    assert message.status[to] == expected.status
    last = message.events[-1]
    assert list(last.detail) == expected.keys
    assert last.detail.items() >= expected.shows.items()
    if last.type == "Bounce":
        assert list(last.detail["bouncedRecipients"][0]) == expected.bounced
    for event in message.events:
        check_publishing(sesfake, event, to)
    assert sent_today == expected.attempts
    check_counts(sesfake, expected)


def check_counts(sesfake: SesFake, expected: Expected) -> None:
    """Check that quota, statistics and suppression list agree with the events."""
    ses, v2 = sesfake.client("ses"), sesfake.client("sesv2")
    points = ses.get_send_statistics()["SendDataPoints"]
    assert sum(point["DeliveryAttempts"] for point in points) == expected.attempts
    assert sum(point["Bounces"] for point in points) == expected.bounces
    assert sum(point["Complaints"] for point in points) == expected.complaints
    assert sum(point["Rejects"] for point in points) == (expected.status == "Rejected")
    assert ses.get_send_quota()["SentLast24Hours"] == 0.0  # a day is over
    entries = v2.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    assert [entry["Reason"] for entry in entries] == ([expected.suppresses] if expected.suppresses else [])
