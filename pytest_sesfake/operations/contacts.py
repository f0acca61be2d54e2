"""Contact lists, their topics and their contacts.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateContactList.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v2
from pytest_sesfake.operations.tags import read_tags, show_tags
from pytest_sesfake.ses import contacts
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.collection import BadToken, page
from pytest_sesfake.ses.contacts import Contact, ContactList, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.simulation import RegionState

_STATUS = {True: "OPT_IN", False: "OPT_OUT"}
_MOST_LISTED = 1000
_LISTED = 50


# Lists


@v2("CreateContactList", does="modelled", texts="reported")
def create_contact_list(
    region_state: RegionState,
    *,
    ContactListName: str,
    Topics: Sequence[Json] = (),
    Description: str | None = None,
    Tags: Sequence[Json] = (),
) -> None:
    """Create the contact list. An account can have only one in a region."""
    contacts.check_name(ContactListName, "ContactListName")
    topics = contacts.check_topics(map(_topic, Topics))
    contacts.check_description(Description)
    tags = read_tags(Tags)
    if len(region_state.contact_lists) >= contacts.MOST:
        raise say("BadRequestException", f"A maximum of {contacts.MOST} Lists allowed per account.")
    now = region_state.simulation.clock.time()
    region_state.contact_lists.add(ContactListName, ContactList(ContactListName, now, now, topics, Description))
    region_state.tags.put(contacts.arn(region_state, ContactListName), tags)


@v2("GetContactList", does="modelled", texts="reported")
def get_contact_list(region_state: RegionState, *, ContactListName: str) -> Json:
    """Describe a contact list, without its contacts."""
    chosen = contacts.find(region_state, ContactListName)
    return {
        "ContactListName": chosen.name,
        "Topics": [
            {
                "TopicName": topic.name,
                "DisplayName": topic.title,
                "Description": topic.description,
                "DefaultSubscriptionStatus": _STATUS[topic.subscribed],
            }
            for topic in chosen.topics.values()
        ],
        "Description": chosen.description,
        "CreatedTimestamp": moment(chosen.created),
        "LastUpdatedTimestamp": moment(chosen.updated),
        "Tags": show_tags(region_state, contacts.arn(region_state, chosen.name)),
    }


@v2("UpdateContactList", does="modelled", texts="reported")
def update_contact_list(
    region_state: RegionState,
    *,
    ContactListName: str,
    Topics: Sequence[Json] | None = None,
    Description: str | None = None,
) -> None:
    """Replace the topics of a contact list, its description or both."""
    contacts.check_name(ContactListName, "ContactListName")
    topics = None if Topics is None else contacts.check_topics(map(_topic, Topics))
    contacts.check_description(Description)
    chosen = region_state.contact_lists.get(ContactListName)
    if topics is not None:
        contacts.set_topics(chosen, topics)
    if Description is not None:
        chosen.description = Description
    chosen.updated = region_state.simulation.clock.time()


@v2("DeleteContactList", does="modelled", texts="reported")
def delete_contact_list(region_state: RegionState, *, ContactListName: str) -> None:
    """Delete a contact list and its contacts."""
    contacts.remove(region_state, ContactListName)


@v2("ListContactLists", does="modelled", texts="reported")
def list_contact_lists(region_state: RegionState, *, PageSize: int | None = None, NextToken: str | None = None) -> Json:
    """List the contact lists: at most one."""
    _check_size(PageSize)
    shown, following = _page(
        [(chosen.name, chosen) for chosen in region_state.contact_lists],
        PageSize or _MOST_LISTED,
        NextToken,
        "contact list",
    )
    return {
        "ContactLists": [
            {"ContactListName": chosen.name, "LastUpdatedTimestamp": moment(chosen.updated)} for chosen in shown
        ],
        "NextToken": following,
    }


# Contacts


@v2("CreateContact", does="modelled", texts="reported")
def create_contact(
    region_state: RegionState,
    *,
    ContactListName: str,
    EmailAddress: str,
    TopicPreferences: Sequence[Json] = (),
    UnsubscribeAll: bool = False,
    AttributesData: str | None = None,
) -> None:
    """Add a contact to a list."""
    chosen, preferences = _asked(region_state, ContactListName, EmailAddress, TopicPreferences)
    if EmailAddress in chosen.contacts:
        raise say("AlreadyExistsException", f"{EmailAddress} already exists in List.")
    now = region_state.simulation.clock.time()
    made = Contact(EmailAddress, now, now, preferences, UnsubscribeAll, AttributesData)
    chosen.contacts.add(EmailAddress, made)


@v2("GetContact", does="modelled", texts="reported")
def get_contact(region_state: RegionState, *, ContactListName: str, EmailAddress: str) -> Json:
    """Describe a contact."""
    chosen, _ = _asked(region_state, ContactListName, EmailAddress)
    contact = _contact(chosen, EmailAddress)
    return {
        "ContactListName": chosen.name,
        **_show(chosen, contact),
        "AttributesData": contact.attributes,
        "CreatedTimestamp": moment(contact.created),
    }


@v2("UpdateContact", does="modelled", texts="reported")
def update_contact(
    region_state: RegionState,
    *,
    ContactListName: str,
    EmailAddress: str,
    TopicPreferences: Sequence[Json] = (),
    UnsubscribeAll: bool = False,
    AttributesData: str | None = None,
) -> None:
    """Change a contact. Missing topic preferences stay. Missing attributes and UnsubscribeAll are reset."""
    chosen, preferences = _asked(region_state, ContactListName, EmailAddress, TopicPreferences)
    contact = _contact(chosen, EmailAddress)
    contact.preferences.update(preferences)
    contact.unsubscribed = UnsubscribeAll
    contact.attributes = AttributesData
    contact.updated = region_state.simulation.clock.time()


@v2("DeleteContact", does="modelled", texts="reported")
def delete_contact(region_state: RegionState, *, ContactListName: str, EmailAddress: str) -> None:
    """Delete a contact from a list."""
    chosen, _ = _asked(region_state, ContactListName, EmailAddress)
    _contact(chosen, EmailAddress)
    chosen.contacts.discard(EmailAddress)


@v2("ListContacts", does="modelled", texts="reported")
def list_contacts(
    region_state: RegionState,
    *,
    ContactListName: str,
    Filter: Json | None = None,
    PageSize: int | None = None,
    NextToken: str | None = None,
) -> Json:
    """List the contacts of a list by address: all, or those that match the filter. A token is valid with any filter."""
    _check_size(PageSize)
    wanted, topic, by_default = _read_filter(Filter)
    kind = f"contact {region_state.region} {ContactListName}"
    _page([], _LISTED, NextToken, kind)  # SES checks the token before the list
    chosen = contacts.find(region_state, ContactListName)
    if topic is not None and topic not in chosen.topics:
        raise say("NotFoundException", contacts.no_topic(chosen, topic))
    found = [
        (contact.address, contact)
        for contact in chosen.contacts
        if wanted is None or chosen.wants(contact, topic, by_default=by_default) is wanted
    ]
    found.sort(key=lambda row: row[0])
    shown, following = _page(found, PageSize or _LISTED, NextToken, kind)
    return {"Contacts": [_show(chosen, contact) for contact in shown], "NextToken": following}


def _read_filter(given: Json | None) -> tuple[bool | None, str | None, bool]:
    """Return the parts of a contact filter: subscribed or not (``None``: all), the topic, and if its default counts."""
    if given is None:
        return None, None, True
    status = given.get("FilteredStatus")
    if status is None:
        raise say("BadRequestException", "Invalid FilteredStatus <null>")
    wanted = bool(status == "OPT_IN")
    about = given.get("TopicFilter")
    if about is None:
        return wanted, None, True
    topic: str = about.get("TopicName") or ""
    if not topic.strip():
        raise say("BadRequestException", "TopicName can't be blank in TopicFilter.")
    return wanted, topic, about.get("UseDefaultIfPreferenceUnavailable", False)


def _topic(given: Json) -> Topic:
    subscribed = given["DefaultSubscriptionStatus"] == "OPT_IN"
    return Topic(given["TopicName"], given["DisplayName"], subscribed, given.get("Description"))


def _asked(
    region_state: RegionState, name: str, address: str, preferences: Sequence[Json] = ()
) -> tuple[ContactList, dict[str, bool]]:
    """Return the contact list and the topic preferences of a call, checked in SES's order."""
    contacts.check_address(address)
    chosen = contacts.find(region_state, name)
    said = {given["TopicName"]: given["SubscriptionStatus"] == "OPT_IN" for given in preferences}
    contacts.check_preferences(chosen, said)
    return chosen, said


def _contact(chosen: ContactList, address: str) -> Contact:
    contact = chosen.contacts.find(address)
    if contact is None:
        raise say("NotFoundException", f"{address} doesn't exist in List.")
    return contact


def _show(chosen: ContactList, contact: Contact) -> Json:
    silent = {name: topic.subscribed for name, topic in chosen.topics.items() if name not in contact.preferences}
    return {
        "EmailAddress": contact.address,
        "TopicPreferences": _preferences(contact.preferences),
        "TopicDefaultPreferences": _preferences(silent),
        "UnsubscribeAll": contact.unsubscribed,
        "LastUpdatedTimestamp": moment(contact.updated),
    }


def _preferences(said: dict[str, bool]) -> list[Json]:
    return [{"TopicName": name, "SubscriptionStatus": _STATUS[subscribed]} for name, subscribed in said.items()]


def _check_size(size: int | None) -> None:
    if size is not None and not 1 <= size <= _MOST_LISTED:
        raise say("BadRequestException", f"The page size must be between 1 and {_MOST_LISTED}")


def _page(rows: Iterable[tuple[str, Any]], size: int, token: str | None, kind: str) -> tuple[list[Any], str | None]:
    try:
        return page(rows, size, token, kind=kind, most=_MOST_LISTED)
    except BadToken:
        raise say("BadRequestException", "Provided NextToken is invalid") from None
