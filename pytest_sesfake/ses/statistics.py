"""Sending statistics of an account: counts, bounce and complaint rates, and the reaction of SES to them.

All figures are computed from the event log for each request.

https://docs.aws.amazon.com/ses/latest/APIReference/API_GetSendStatistics.html
https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_sesfake.ses.outcomes.simulator import is_simulator
from pytest_sesfake.ses.reputation import REPRESENTATIVE, counts_as

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.simulation import RegionState

QUARTER = 900.0
"""The length of one data point of the statistics in seconds."""
KEPT = 14 * 86_400.0
"""The seconds of the past that are counted."""
REVIEWED = {"bounce": 0.05, "complaint": 0.001}
"""The rates at or above which SES puts an account under review."""


@dataclass(slots=True)
class Counts:
    """Numbers of recipients: delivery attempts, hard bounces, complaints and rejected messages."""

    attempts: int = 0
    bounces: int = 0
    complaints: int = 0
    rejects: int = 0

    def add(self, event: Event) -> None:
        """Count one event. Recipients at the mailbox simulator do not count."""
        people = sum(not is_simulator(address) for address in event.envelope)
        if event.type == "Send":
            self.attempts += people
        elif event.type == "Reject":
            self.rejects += people
        else:
            kind = counts_as(event)
            self.bounces += people * (kind == "bounce")
            self.complaints += people * (kind == "complaint")

    def __bool__(self) -> bool:
        return any((self.attempts, self.bounces, self.complaints, self.rejects))


def points(region_state: RegionState) -> list[tuple[float, Counts]]:
    """Return pairs of start time and counts, one for each quarter of an hour that has anything to count."""
    found: dict[float, Counts] = {}
    for event in recent(region_state):
        found.setdefault(event.at - event.at % QUARTER, Counts()).add(event)
    return sorted((start, counts) for start, counts in found.items() if counts)


def recent(region_state: RegionState, since: float | None = None) -> Iterator[Event]:
    """Return the events of a region since a time in seconds, latest first. By default, go back `KEPT` seconds."""
    start = region_state.simulation.clock.time() - KEPT if since is None else since
    for event in reversed(region_state.simulation.events):
        if event.at < start:
            return
        if event.message.region_state is region_state:
            yield event


def rates(region_state: RegionState, identity: str | None = None) -> dict[str, float]:
    """Return the bounce and complaint rates of an account in a region, or of one of its identities.

    The result is empty if there are too few recipients for a representative rate.
    """
    counts = Counts()
    for event in recent(region_state):
        if identity is None or event.message.identity == identity:
            counts.add(event)
    if counts.attempts < REPRESENTATIVE:
        return {}
    return {"bounce": counts.bounces / counts.attempts, "complaint": counts.complaints / counts.attempts}


def findings(region_state: RegionState, identity: str | None = None) -> list[str]:
    """Return which rates of an account or an identity are too high: ``"bounce"``, ``"complaint"``, both or none."""
    return [kind for kind, rate in rates(region_state, identity).items() if rate >= REVIEWED[kind]]


def enforcement(region_state: RegionState) -> Literal["healthy", "probation"]:
    """Return whether the account is under review. The fake never pauses an account by itself; a script can."""
    return "probation" if findings(region_state) else "healthy"
