"""The timeline of one recipient: what happens to the message before and after its delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.ses.clock import to_seconds
from pytest_sesfake.ses.events import DELIVERED, Bounced, Delayed, Delivered, Fact
from pytest_sesfake.ses.outcomes.bounces import IMPATIENT
from pytest_sesfake.ses.outcomes.retries import FIRST_PAUSE, MAX_DELIVERY_SECONDS, SILENCE, Deferral, expiry_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_sesfake.ses.clock import Span
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome

    TimedFacts = list[tuple[float, Fact]]


class Timeline:
    """The facts about a message for one recipient. Outcomes add them in order.

    All times are in seconds after acceptance. ``facts`` are pairs of time and fact. ``start`` is the beginning of the
    timeline. ``now`` is the time that the mail has reached: no new fact is earlier. ``arrived`` says that the mail was
    delivered. ``ended`` says that no delivery can follow.
    """

    __slots__ = ("_last", "address", "arrived", "ended", "facts", "max_delivery_seconds", "message", "now", "start")

    def __init__(
        self,
        message: Message,
        address: str,
        *,
        max_delivery_seconds: float = MAX_DELIVERY_SECONDS,
        start: float = 0.0,
        arrived: bool = False,
    ) -> None:
        self.message = message
        self.address = address
        self.max_delivery_seconds = max_delivery_seconds
        self.start = self.now = start
        self.arrived = arrived
        self.ended = False
        self.facts: TimedFacts = []
        self._last = SILENCE

    def add(self, fact: Fact, after: Span = None) -> None:
        """Add a fact, ``after`` seconds (or a timedelta) from the start, but not before ``now``."""
        self.facts.append((max(self.now, self.start + to_seconds(after or 0)), fact))

    def arrive(self, after: Span = None, fact: Delivered = DELIVERED) -> bool:
        """Add the delivery unless it happened already.

        Return whether the mail is delivered. It is not if the timeline has ended, or if SES gives up before ``after``.
        """
        if not self.arrived and not self.ended:
            self.now = max(self.now, self.start + to_seconds(after or 0))
            if self.now > self.max_delivery_seconds:
                self._give_up()
            else:
                self.facts.append((self.now, fact))
                self.arrived = True
        return self.arrived

    def stop(self, fact: Fact) -> None:
        """Add a fact that ends the timeline."""
        self.add(fact)
        self.ended = True

    def hold_up(self, deferral: Deferral, seconds: float) -> None:
        """Add a delivery delay: an attempt fails, and SES tries again after ``seconds``."""
        self._last = deferral
        status, reply = deferral.status, deferral.reply
        self.add(Delayed(deferral.reason, status, reply and f"smtp; {reply}", self.max_delivery_seconds))
        self.now += seconds

    def hold_off(self, deferral: Deferral, attempts: int | None) -> None:
        """Add ``attempts`` delays with growing pauses. ``None`` lets every attempt fail until SES gives up."""
        pause, failed = FIRST_PAUSE, 0
        while failed != attempts and self.now < self.max_delivery_seconds:
            self.hold_up(deferral, pause)
            pause, failed = pause * 2, failed + 1
        if attempts is None:
            self._give_up()

    def _give_up(self) -> None:
        kind, subtype = self._last.kind, self._last.subtype
        if self.max_delivery_seconds < MAX_DELIVERY_SECONDS:
            kind, subtype = "Transient", IMPATIENT
        self.now = max(self.start, self.max_delivery_seconds)
        self.stop(
            Bounced(
                kind, subtype, "4.4.7", expiry_text(self.max_delivery_seconds, self._last.reply), self._last.reporter
            )
        )


def build_timeline(timeline: Timeline, outcomes: Iterable[Outcome]) -> TimedFacts:
    """Apply outcomes in order and return the timed facts. Add a delivery if the outcomes do not exclude it."""
    for outcome in outcomes:
        if timeline.ended:
            break
        outcome.add_facts(timeline)
    if not timeline.ended:
        timeline.arrive()
    return timeline.facts
