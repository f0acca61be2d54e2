"""The story of one recipient: what happens to a message on its way, and what its reader does with it then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.ses.clock import to_seconds
from pytest_sesfake.ses.events import DELIVERED, Bounced, Delayed, Delivered, Fact
from pytest_sesfake.ses.outcomes.bounces import IMPATIENT
from pytest_sesfake.ses.outcomes.retries import FIRST_PAUSE, MAX_DELIVERY_SECONDS, SILENCE, Deferral, expired

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome

    Span = timedelta | float | None
    TimedFacts = list[tuple[float, Fact]]


class Timeline:
    """What happens to a message for one recipient, as outcomes tell it one after the other.

    ``facts`` come with their seconds after acceptance. ``start`` is when the story begins, and ``now`` how far the mail
    has got; nothing that needs it delivered happens before. It has ``arrived``, or its story has ``ended`` before that.
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

    def happen(self, fact: Fact, after: Span = None) -> None:
        """Let something happen, some time after the story's start."""
        self.facts.append((max(self.now, self.start + to_seconds(after or 0)), fact))

    def arrive(self, after: Span = None, fact: Delivered = DELIVERED) -> bool:
        """Let the recipient's server take the mail, if it did not; tell whether it has it, or SES gave up before."""
        if not self.arrived and not self.ended:
            self.now = max(self.now, self.start + to_seconds(after or 0))
            if self.now > self.max_delivery_seconds:
                self._give_up()
            else:
                self.facts.append((self.now, fact))
                self.arrived = True
        return self.arrived

    def stop(self, fact: Fact) -> None:
        """Let something happen that ends the story."""
        self.happen(fact)
        self.ended = True

    def hold_up(self, deferral: Deferral, seconds: float) -> None:
        """Let an attempt fail, and SES try again so much later."""
        self._last = deferral
        status, reply = deferral.status, deferral.reply
        self.happen(Delayed(deferral.reason, status, reply and f"smtp; {reply}", self.max_delivery_seconds))
        self.now += seconds

    def hold_off(self, deferral: Deferral, attempts: int | None) -> None:
        """Let so many attempts fail, each after a longer pause; ``None`` is all of them, until SES gives up."""
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
            Bounced(kind, subtype, "4.4.7", expired(self.max_delivery_seconds, self._last.reply), self._last.reporter)
        )


def build_timeline(timeline: Timeline, outcomes: Iterable[Outcome]) -> TimedFacts:
    """Return what happens to a recipient whom these outcomes meet in order: with the delivery that they imply."""
    for outcome in outcomes:
        if timeline.ended:
            break
        outcome.tell(timeline)
    if not timeline.ended:
        timeline.arrive()
    return timeline.facts
