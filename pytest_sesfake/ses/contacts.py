"""Contact lists: which topics the contacts of a list want mail about, and which contacts want no mail at all.

A send can name a contact list and a topic. Then SES does not deliver to recipients who do not want the topic, and adds
new recipients to the list. If SES can manage the subscription, it writes unsubscribe links into the mail
(see `unsubscribing`).

https://docs.aws.amazon.com/ses/latest/dg/sending-email-list-management.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_sesfake.ses import dkim, identities, tags
from pytest_sesfake.ses.collection import Collection
from pytest_sesfake.ses.events import Preferences
from pytest_sesfake.ses.mail.addresses import fault, normal_form, parse_address
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
"""The largest number of contact lists of an account in a region."""
MOST_TOPICS = 20
"""The largest number of topics of a contact list."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_TITLE = 128
_LONGEST_DESCRIPTION = 500
_UNSUBSCRIBED = Bounce("Permanent", "UnsubscribedRecipient")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of a contact list. ``subscribed`` applies to contacts without a preference of their own."""

    name: str
    title: str
    subscribed: bool
    description: str | None = None


@dataclass(slots=True)
class Contact:
    """One contact of a list.

    ``preferences`` say for each topic whether the contact wants it. ``unsubscribed`` contacts want no mail at all.
    ``created`` and ``updated`` are in epoch seconds.
    """

    address: str
    created: float
    updated: float
    preferences: dict[str, bool] = field(default_factory=dict)
    unsubscribed: bool = False
    attributes: str | None = None


@dataclass(slots=True)
class ContactList:
    """One contact list. It keeps addresses as written, and ignores the case of their domain when it compares them."""

    name: str
    created: float
    updated: float
    topics: dict[str, Topic] = field(default_factory=dict)
    description: str | None = None
    contacts: Collection[Contact] = field(default_factory=lambda: Collection("contact", key=normal_form))

    def wants(self, contact: Contact, topic: str | None, *, by_default: bool = True) -> bool | None:
        """Tell whether a contact wants mail about a topic, or (with the topic ``None``) any mail of the list.

        For a contact without a preference the default of the topic applies. With ``by_default=False`` the result is
        ``None`` for such a contact.
        """
        if contact.unsubscribed:
            return False
        if topic is None:
            return True
        preference = contact.preferences.get(topic)
        return self.topics[topic].subscribed if preference is None and by_default else preference


def arn(region_state: RegionState, name: str) -> str:
    """Return the ARN of a contact list."""
    return region_state.arn(f"contact-list/{name}")


tags.taggable(
    "contact-list", lambda region_state, name: arn(region_state, name) if name in region_state.contact_lists else None
)


# Checks.


def check_name(name: str, what: str) -> None:
    """Check the name of a list or topic. Raises `Invalid` if SES refuses it. ``what`` is the parameter's name."""
    if not name.strip():
        raise Invalid(f"{what} can't be blank.")
    if not _NAME.fullmatch(name):
        text = f"{what} can contain up to 64 characters. Only alphanumeric characters, underscores(_) and hyphens(-)"
        raise Invalid(f"{text} are allowed.")


def check_topics(topics: Iterable[Topic]) -> dict[str, Topic]:
    """Return topics by name. Raises `Invalid` for too many topics, duplicate names, and malformed topics."""
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
    """Check the description of a list. Raises `Invalid` if it is too long."""
    if description is not None and len(description) > _LONGEST_DESCRIPTION:
        raise Invalid(f"List description can contain up to {_LONGEST_DESCRIPTION} characters.")


def check_address(address: str) -> None:
    """Check the address of a contact. Raises `Invalid` unless it is an address without a display name."""
    if not address.strip():
        raise Invalid("EmailAddress can't be blank.")
    if fault(address) is not None or parse_address(address).bare != address:
        raise Invalid(f"EmailAddress <{address}> is invalid")


def check_preferences(chosen: ContactList, topics: Iterable[str]) -> None:
    """Check the topics of preferences. Raises `Invalid` for a topic that the list does not have."""
    for topic in topics:
        if topic not in chosen.topics:
            raise Invalid(no_topic(chosen, topic))


def no_topic(chosen: ContactList, topic: str) -> str:
    """Return the error text for a topic that a list does not have."""
    return f"List: {chosen.name} doesn't contain Topic: {topic}"


# Changes.


def find(region_state: RegionState, name: str) -> ContactList:
    """Return the contact list of that name. Raises `Invalid` for a malformed name, `Missing` if it does not exist."""
    check_name(name, "ContactListName")
    return region_state.contact_lists.get(name)


def remove(region_state: RegionState, name: str) -> None:
    """Remove a contact list with its contacts and its tags."""
    find(region_state, name)
    region_state.contact_lists.discard(name)
    region_state.tags.forget(arn(region_state, name))


def set_topics(chosen: ContactList, topics: dict[str, Topic]) -> None:
    """Replace the topics of a list. Contacts lose their preferences for removed topics."""
    chosen.topics = topics
    for contact in chosen.contacts:
        contact.preferences = {name: wanted for name, wanted in contact.preferences.items() if name in topics}


# Sending to a list.


def check(region_state: RegionState, message: Message) -> None:
    """Check the contact list and topic of a message. Raises a `Refusal` if one does not exist."""
    if message.listed is None:
        return
    listed = message.listed
    chosen = find(region_state, listed.contact_list)
    if listed.topic is not None and listed.topic not in chosen.topics:
        raise Invalid(f"Topic {listed.topic} does not exist in contact list {chosen.name}.")
    message.listed = listed._replace(linked=_is_linked(region_state, message))


def _is_linked(region_state: RegionState, message: Message) -> bool:
    """Tell whether SES manages the subscription, that is, whether it writes unsubscribe links into the mail.

    It does so only for mail to a single recipient that SES signs with keys of its own, and not for raw mail that is
    signed already. If the fake accepts any sender, an identity that does not exist counts as signed.

    https://docs.aws.amazon.com/ses/latest/dg/sending-email-subscription-management.html
    """
    if len(message.envelope) != 1:
        return False
    if isinstance(message, RawMessage) and any(name.lower() == "dkim-signature" for name, _ in message.header_lines):
        return False
    identity = identities.find_for_sender(region_state, message.source)
    if identity is None:
        return True
    keys = dkim.keys_of(region_state, identity)
    return keys.enabled and keys.origin != "own" and keys.verification_state.state == "success"


def outcome(region_state: RegionState, message: Message, address: str) -> Outcome | None:
    """Return a bounce for a recipient who does not want this mail, or ``None`` if the recipient wants it."""
    if message.listed is None:
        return None
    chosen = region_state.contact_lists.get(message.listed.contact_list)
    contact = chosen.contacts.find(address) or Contact(address, 0.0, 0.0)
    return None if chosen.wants(contact, message.listed.topic) else _UNSUBSCRIBED


def enrol(message: Message) -> None:
    """Add the recipients of a message to its contact list, unless they are contacts already."""
    chosen = None if message.listed is None else message.region_state.contact_lists.find(message.listed.contact_list)
    if chosen is None:
        return
    for address in message.envelope:
        if address not in chosen.contacts:
            chosen.contacts.add(address, Contact(parse_address(address).bare, message.sent_time, message.sent_time))


def unsubscribe(message: Message, address: str, wanted: Resubscribed, at: float) -> Resubscribed | None:
    """Apply a change of subscription. Return it with the preferences before and after, ``None`` if the list is gone."""
    chosen = None if message.listed is None else message.region_state.contact_lists.find(message.listed.contact_list)
    if chosen is None:
        return None
    contact = chosen.contacts.find(address)
    if contact is None:
        contact = chosen.contacts.add(address, Contact(parse_address(address).bare, at, at))
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
    explicit = contact.preferences
    return Preferences(
        contact.unsubscribed,
        tuple((name, explicit[name]) for name in chosen.topics if name in explicit),
        tuple((name, topic.subscribed) for name, topic in chosen.topics.items() if name not in explicit),
    )
