"""Outcomes for delivered mail: open, click, unsubscribe and automatic reply."""

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
    from pytest_sesfake.ses.clock import Span
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.timeline import Timeline


@dataclass(frozen=True, slots=True)
class _Reading(Outcome):
    """An outcome for mail that was delivered."""

    @property
    def follows(self) -> bool:
        """Always true: the recipient must have the mail first."""
        return True


@dataclass(frozen=True, slots=True)
class AutoReply(_Reading):
    """The mailbox sends an out-of-office reply. SES reports it as a Transient/General bounce."""

    after: Span = None

    def __post_init__(self) -> None:
        to_seconds(self.after or 0)

    def add_facts(self, timeline: Timeline) -> None:
        """Add the bounce."""
        if timeline.arrive():
            timeline.add(Bounced("Transient", "General", None, None, "reply"), self.after)


@dataclass(frozen=True, slots=True)
class Open(_Reading):
    """The recipient opens the mail in a program that loads images. SES can track this only in html mail."""

    after: Span = None
    user_agent: str | None = None

    def __post_init__(self) -> None:
        to_seconds(self.after or 0)

    def add_facts(self, timeline: Timeline) -> None:
        """Add the open. Raises ValueError if the mail has no html."""
        if timeline.arrive():
            if timeline.message.html is None:
                raise ValueError(
                    f"{self!r} cannot happen: SES tracks opens by an image in the html, and the message has none"
                )
            timeline.add(Opened(self.user_agent or USER_AGENT), self.after)


@dataclass(frozen=True, slots=True)
class Click(_Reading):
    """The recipient clicks a ``link`` of the mail, by default the first one. A compiled pattern searches the links."""

    link: object = None
    after: Span = None
    user_agent: str | None = None

    def __post_init__(self) -> None:
        to_seconds(self.after or 0)

    def add_facts(self, timeline: Timeline) -> None:
        """Add the click. Raises ValueError if SES tracks no such link in the mail."""
        if timeline.arrive():
            timeline.add(Clicked(self._find(timeline.message), self.user_agent or USER_AGENT), self.after)

    def _find(self, message: Message) -> str:
        there = tracking.links(message)
        found = next((link for link in there if self.link is None or value_fits(self.link, link)), None)
        if found is None:
            tracked = f"the links that SES tracks in the message are {', '.join(there)}"
            links = tracked if there else "the message has no link that SES tracks"
            raise ValueError(f"{self!r} cannot happen: {links}")
        return found


@dataclass(frozen=True, slots=True)
class Unsubscribe(_Reading):
    """The recipient unsubscribes from the contact list of the message.

    Without ``topic`` the recipient uses the List-Unsubscribe header. This unsubscribes from the topic of the message,
    or from the whole list if the message has no topic. With ``topic`` the recipient chooses that topic on the
    subscription page of SES.
    """

    topic: str | None = None
    after: Span = None

    def __post_init__(self) -> None:
        to_seconds(self.after or 0)

    def add_facts(self, timeline: Timeline) -> None:
        """Add the change. Raises ValueError if the message has no contact list, or the list has no such topic."""
        if timeline.arrive():
            listed = timeline.message.listed
            if listed is None:
                raise ValueError(f"{self!r} cannot happen: the message was sent without ListManagementOptions")
            chosen = timeline.message.region_state.contact_lists.find(listed.contact_list)
            if self.topic is not None and chosen is not None and self.topic not in chosen.topics:
                topics = ", ".join(chosen.topics) or "none"
                raise ValueError(f"{self!r} cannot happen: the topics of the contact list {chosen.name!r} are {topics}")
            timeline.add(Resubscribed(self.topic or listed.topic, by_header=self.topic is None), self.after)
