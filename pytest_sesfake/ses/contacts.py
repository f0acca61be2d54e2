"""Contact lists: who subscribed to which topics, and who did not want any more mail.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-list-management.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_sesfake.ses import dkim, identities, tags
from pytest_sesfake.ses.collection import Collection
from pytest_sesfake.ses.events import Preferences
from pytest_sesfake.ses.mail.addresses import bare, fault, normal
from pytest_sesfake.ses.messages import RawMessage
from pytest_sesfake.ses.outcomes.outcomes import Bounce
from pytest_sesfake.ses.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_sesfake.ses.events import Resubscribed
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome
    from pytest_sesfake.ses.simulation import RegionState

MOST = 1
"""How many contact lists an account can have in a region."""
MOST_TOPICS = 20

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_TITLE = 128
_LONGEST_DESCRIPTION = 500
_UNSUBSCRIBED = Bounce("Permanent", "UnsubscribedRecipient")


@dataclass(frozen=True, slots=True)
class Topic:
    """What contacts can subscribe to; ``subscribed`` says whether those who have said nothing are."""

    name: str
    title: str
    subscribed: bool
    description: str | None = None


@dataclass(slots=True)
class Contact:
    """One reader; ``preferences`` say of topics whether they are wanted, ``unsubscribed`` that nothing is any more."""

    address: str
    created: float
    updated: float
    preferences: dict[str, bool] = field(default_factory=dict)
    unsubscribed: bool = False
    attributes: str | None = None


@dataclass(slots=True)
class ContactList:
    """One contact list. The address of a contact is kept as written, and compared without the domain's case."""

    name: str
    created: float
    updated: float
    topics: dict[str, Topic] = field(default_factory=dict)
    description: str | None = None
    contacts: Collection[Contact] = field(default_factory=lambda: Collection("contact", key=normal))

    def wants(self, contact: Contact, topic: str | None, *, by_default: bool = True) -> bool | None:
        """Tell whether a contact wants mail on a topic, ``None`` for the list as a whole.

        Who has said nothing on a topic wants what the topic says, or ``None`` unless ``by_default``.
        """
        if contact.unsubscribed:
            return False
        if topic is None:
            return True
        said = contact.preferences.get(topic)
        return self.topics[topic].subscribed if said is None and by_default else said


def arn(region_state: RegionState, name: str) -> str:
    """Return the ARN of a contact list."""
    return region_state.arn(f"contact-list/{name}")


tags.taggable(
    "contact-list", lambda region_state, name: arn(region_state, name) if name in region_state.contact_lists else None
)


# What SES takes.


def check_name(name: str, what: str) -> None:
    """Refuse what cannot be the name of a list or a topic; ``what`` is how the refusal calls it."""
    if not name.strip():
        raise Invalid(f"{what} can't be blank.")
    if not _NAME.fullmatch(name):
        text = f"{what} can contain up to 64 characters. Only alphanumeric characters, underscores(_) and hyphens(-)"
        raise Invalid(f"{text} are allowed.")


def check_topics(topics: Iterable[Topic]) -> dict[str, Topic]:
    """Return topics by name; refuse too many, two of one name, and what cannot be one."""
    given = list(topics)
    if len(given) > MOST_TOPICS:
        raise Invalid(f"Maximum of <{MOST_TOPICS}> topics allowed per ContactList")
    found: dict[str, Topic] = {}
    for topic in given:
        check_name(topic.name, "TopicName")
        if len(topic.title) > _LONGEST_TITLE:
            raise Invalid(f"Topic DisplayName can contain up to <{_LONGEST_TITLE}> characters.")
        if topic.name in found:
            raise Invalid("Duplicate topic names are not allowed within a List.")
        found[topic.name] = topic
    return found


def check_description(description: str | None) -> None:
    """Refuse a description that is too long."""
    if description is not None and len(description) > _LONGEST_DESCRIPTION:
        raise Invalid(f"List description can contain up to {_LONGEST_DESCRIPTION} characters.")


def check_address(address: str) -> None:
    """Refuse what cannot be the address of a contact: it is bare."""
    if not address.strip():
        raise Invalid("EmailAddress can't be blank.")
    if fault(address) is not None or bare(address) != address:
        raise Invalid(f"EmailAddress <{address}> is invalid")


def check_preferences(chosen: ContactList, topics: Iterable[str]) -> None:
    """Refuse a topic that the list does not have."""
    for topic in topics:
        if topic not in chosen.topics:
            raise Invalid(no_topic(chosen, topic))


def no_topic(chosen: ContactList, topic: str) -> str:
    """Return what SES says of a topic that a list does not have."""
    return f"List: {chosen.name} doesn't contain Topic: {topic}"


# Changes.


def find(region_state: RegionState, name: str) -> ContactList:
    """Return the contact list of that name; refuse what cannot be a name, or is none."""
    check_name(name, "ContactListName")
    return region_state.contact_lists.get(name)


def remove(region_state: RegionState, name: str) -> None:
    """Remove a contact list with its contacts and its tags."""
    find(region_state, name)
    region_state.contact_lists.discard(name)
    region_state.tags.forget(arn(region_state, name))


def set_topics(chosen: ContactList, topics: dict[str, Topic]) -> None:
    """Give a list other topics; what contacts said of those that are gone is forgotten."""
    chosen.topics = topics
    for contact in chosen.contacts:
        contact.preferences = {name: said for name, said in contact.preferences.items() if name in topics}


# Sends that belong to a list.


def check(region_state: RegionState, message: Message) -> None:
    """Refuse a message for a list or a topic that does not exist."""
    if message.listed is None:
        return
    listed = message.listed
    chosen = find(region_state, listed.contact_list)
    if listed.topic is not None and listed.topic not in chosen.topics:
        raise Invalid(f"Topic {listed.topic} does not exist in contact list {chosen.name}.")
    message.listed = listed._replace(linked=_is_linked(region_state, message))


def _is_linked(region_state: RegionState, message: Message) -> bool:
    """Tell whether SES manages how the reader leaves: of mail to one only, that it signs with keys of its own.

    Where nobody asks who sends, an identity that is not there lacks no keys.
    """
    if len(message.envelope) != 1:
        return False
    if isinstance(message, RawMessage) and any(name.lower() == "dkim-signature" for name, _ in message.header_lines):
        return False
    identity = identities.sending_as(region_state, message.source)
    if identity is None:
        return True
    keys = dkim.of(region_state, identity)
    return keys.enabled and keys.origin != "own" and keys.verification_state.state == "success"


def outcome(region_state: RegionState, message: Message, address: str) -> Outcome | None:
    """Return what meets a recipient who does not want this mail, ``None`` if it is wanted."""
    if message.listed is None:
        return None
    chosen = region_state.contact_lists.get(message.listed.contact_list)
    contact = chosen.contacts.find(address) or Contact(address, 0.0, 0.0)
    return None if chosen.wants(contact, message.listed.topic) else _UNSUBSCRIBED


def enrol(message: Message) -> None:
    """Make contacts of the recipients of a message who are none yet."""
    chosen = None if message.listed is None else message.region_state.contact_lists.find(message.listed.contact_list)
    if chosen is None:
        return
    for address in message.envelope:
        if address not in chosen.contacts:
            chosen.contacts.add(address, Contact(bare(address), message.sent_time, message.sent_time))


def unsubscribe(message: Message, address: str, wanted: Resubscribed, at: float) -> Resubscribed | None:
    """Let a recipient unsubscribe; return it with what changed by that, ``None`` if the list is gone."""
    chosen = None if message.listed is None else message.region_state.contact_lists.find(message.listed.contact_list)
    if chosen is None:
        return None
    contact = chosen.contacts.find(address)
    if contact is None:
        contact = chosen.contacts.add(address, Contact(bare(address), at, at))
    before = _preferences(chosen, contact)
    if wanted.chosen is not None:
        contact.unsubscribed = wanted.chosen.nothing
        contact.preferences.update(wanted.chosen.topics)
    elif wanted.topic is None:
        contact.unsubscribed = True
    elif wanted.topic in chosen.topics:
        contact.preferences[wanted.topic] = False
    contact.updated = at
    return replace(wanted, contact_list=chosen.name, before=before, after=_preferences(chosen, contact))


def _preferences(chosen: ContactList, contact: Contact) -> Preferences:
    said = contact.preferences
    return Preferences(
        contact.unsubscribed,
        tuple((name, said[name]) for name in chosen.topics if name in said),
        tuple((name, topic.subscribed) for name, topic in chosen.topics.items() if name not in said),
    )
