"""What readers do with mail that has arrived: look at it, follow links, unsubscribe, let their mailbox answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_sesfake.ses import tracking
from pytest_sesfake.ses.clock import to_seconds
from pytest_sesfake.ses.events import Bounced, Clicked, Opened, Resubscribed
from pytest_sesfake.ses.outcomes.outcomes import Outcome
from pytest_sesfake.ses.outcomes.selectors import value_fits
from pytest_sesfake.ses.tracking import USER_AGENT

if TYPE_CHECKING:
    from datetime import timedelta

    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.timeline import Timeline

    Span = timedelta | float | None


@dataclass(frozen=True, slots=True)
class _Reading(Outcome):
    """Something that is done with mail that was delivered."""

    @property
    def follows(self) -> bool:
        """It needs the mail."""
        return True


@dataclass(frozen=True, slots=True)
class AutoReply(_Reading):
    """The mailbox answers by itself, that its owner is away: SES tells of a Transient/General bounce."""

    after: Span = None

    def __post_init__(self) -> None:
        to_seconds(self.after or 0)

    def tell(self, timeline: Timeline) -> None:
        """Answer."""
        if timeline.arrive():
            timeline.happen(Bounced("Transient", "General", None, None, "reply"), self.after)


@dataclass(frozen=True, slots=True)
class Open(_Reading):
    """The recipient looks at the mail, with a program that loads images; SES sees it of html alone."""

    after: Span = None
    user_agent: str | None = None

    def __post_init__(self) -> None:
        to_seconds(self.after or 0)

    def tell(self, timeline: Timeline) -> None:
        """Look at the mail."""
        if timeline.arrive():
            if timeline.message.html is None:
                msg = f"{self!r} cannot happen: SES tracks opens by an image in the html, and the message has none"
                raise ValueError(msg)
            timeline.happen(Opened(self.user_agent or USER_AGENT), self.after)


@dataclass(frozen=True, slots=True)
class Click(_Reading):
    """The recipient follows a ``link`` of the mail, the first one if none is given; a pattern searches for it."""

    link: object = None
    after: Span = None
    user_agent: str | None = None

    def __post_init__(self) -> None:
        to_seconds(self.after or 0)

    def tell(self, timeline: Timeline) -> None:
        """Follow the link."""
        if timeline.arrive():
            timeline.happen(Clicked(self._find(timeline.message), self.user_agent or USER_AGENT), self.after)

    def _find(self, message: Message) -> str:
        there = tracking.links(message)
        found = next((link for link in there if self.link is None or value_fits(self.link, link)), None)
        if found is None:
            tracked = f"the links that SES tracks in the message are {', '.join(there)}"
            links = tracked if there else "the message has no link that SES tracks"
            msg = f"{self!r} cannot happen: {links}"
            raise ValueError(msg)
        return found


@dataclass(frozen=True, slots=True)
class Unsubscribe(_Reading):
    """The recipient wants no more mail of the contact list that the message belongs to.

    It is by the List-Unsubscribe header of what the message says it is about: its topic, or everything. With a
    ``topic`` it is that one, on the page that SES shows.
    """

    topic: str | None = None
    after: Span = None

    def __post_init__(self) -> None:
        to_seconds(self.after or 0)

    def tell(self, timeline: Timeline) -> None:
        """Unsubscribe."""
        if timeline.arrive():
            listed = timeline.message.listed
            if listed is None:
                msg = f"{self!r} cannot happen: the message was sent without ListManagementOptions"
                raise ValueError(msg)
            chosen = timeline.message.region_state.contact_lists.find(listed.contact_list)
            if self.topic is not None and chosen is not None and self.topic not in chosen.topics:
                topics = ", ".join(chosen.topics) or "none"
                msg = f"{self!r} cannot happen: the topics of the contact list {chosen.name!r} are {topics}"
                raise ValueError(msg)
            timeline.happen(Resubscribed(self.topic or listed.topic, by_header=self.topic is None), self.after)
