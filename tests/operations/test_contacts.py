"""Contacts: what they want, who is listed when, and what SES says to those that cannot be."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
IN, OUT = "OPT_IN", "OPT_OUT"
STATUSES = "failed to satisfy constraint: Member must satisfy enum value set: [OPT_OUT, OPT_IN]"
MAYBE = f"1 validation error detected: Value at 'topicPreferences.1.member.subscriptionStatus' {STATUSES}"


def said(**preferences: str) -> Any:
    return [{"TopicName": name, "SubscriptionStatus": status} for name, status in preferences.items()]


def contact(v2: SESV2Client, address: str = "ada@example.com") -> dict[str, Any]:
    answer = v2.get_contact(ContactListName="news", EmailAddress=address)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def names(v2: SESV2Client, **words: Any) -> list[str]:
    answer = v2.list_contacts(ContactListName="news", **words)
    return [entry["EmailAddress"].partition("@")[0] for entry in answer["Contacts"]]


def test_a_contact_is_shown_as_it_was_made(sesfake: SesFake, v2: SESV2Client, news: str) -> None:
    sesfake.clock.freeze(NOON)
    v2.create_contact(
        ContactListName=news,
        EmailAddress="ada@example.com",
        TopicPreferences=said(weekly=OUT),
        UnsubscribeAll=True,
        AttributesData='{"name": "Ada"}',
    )

    assert contact(v2) == {
        "ContactListName": "news",
        "EmailAddress": "ada@example.com",
        "TopicPreferences": said(weekly=OUT),
        "TopicDefaultPreferences": said(offers=OUT),
        "UnsubscribeAll": True,
        "AttributesData": '{"name": "Ada"}',
        "CreatedTimestamp": NOON,
        "LastUpdatedTimestamp": NOON,
    }


def test_an_update_merges_preferences_and_replaces_the_rest(sesfake: SesFake, v2: SESV2Client, news: str) -> None:
    sesfake.clock.freeze(NOON)
    who: Any = {"ContactListName": news, "EmailAddress": "ada@example.com"}
    v2.create_contact(**who, TopicPreferences=said(weekly=OUT), UnsubscribeAll=True, AttributesData="{}")
    sesfake.clock.advance(hours=1)

    v2.update_contact(**who, TopicPreferences=said(offers=IN))

    shown = contact(v2)
    assert shown["TopicPreferences"] == said(weekly=OUT, offers=IN)
    assert shown["UnsubscribeAll"] is False
    assert "AttributesData" not in shown
    assert (shown["CreatedTimestamp"], shown["LastUpdatedTimestamp"]) == (NOON, NOON + timedelta(hours=1))


def test_a_contact_is_made_once_and_removed_once(v2: SESV2Client, news: str, refused: Refused) -> None:
    who: Any = {"ContactListName": news, "EmailAddress": "ada@example.com"}
    v2.create_contact(**who)

    assert refused(lambda: v2.create_contact(**who), v2.exceptions.AlreadyExistsException) == (
        "AlreadyExistsException",
        400,
        "ada@example.com already exists in List.",
    )
    v2.delete_contact(**who)
    for call in (v2.delete_contact, v2.get_contact, v2.update_contact):
        assert refused(partial(call, **who), v2.exceptions.NotFoundException) == (
            "NotFoundException",
            404,
            "ada@example.com doesn't exist in List.",
        )


@pytest.mark.parametrize(
    "changes, text",
    [
        ({"EmailAddress": " "}, "EmailAddress can't be blank."),
        ({"EmailAddress": "ada"}, "EmailAddress <ada> is invalid"),
        ({"EmailAddress": "Ada <ada@example.com>"}, "EmailAddress <Ada <ada@example.com>> is invalid"),
        ({"EmailAddress": "ada", "ContactListName": "ghosts"}, "EmailAddress <ada> is invalid"),
        ({"TopicPreferences": said(sport=IN)}, "List: news doesn't contain Topic: sport"),
        ({"EmailAddress": "ada", "TopicPreferences": said(weekly="MAYBE")}, MAYBE),
    ],
)
def test_what_cannot_be_a_contact_is_refused_in_the_order_of_ses(
    v2: SESV2Client, news: str, refused: Refused, changes: dict[str, Any], text: str
) -> None:
    call = {"ContactListName": news, "EmailAddress": "ada@example.com", **changes}

    assert refused(lambda: v2.create_contact(**call), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        text,
    )


def test_an_unknown_topic_is_refused_before_an_existing_contact(v2: SESV2Client, news: str, refused: Refused) -> None:
    who: Any = {"ContactListName": news, "EmailAddress": "ada@example.com"}
    v2.create_contact(**who)

    assert (
        refused(lambda: v2.create_contact(**who, TopicPreferences=said(sport=IN)))[2]
        == "List: news doesn't contain Topic: sport"
    )


def test_the_domain_of_a_contact_has_no_case(v2: SESV2Client, news: str, refused: Refused) -> None:
    v2.create_contact(ContactListName=news, EmailAddress="Ada@Example.com")

    assert contact(v2, "Ada@example.COM")["EmailAddress"] == "Ada@Example.com"
    assert refused(lambda: contact(v2, "ada@example.com"))[0] == "NotFoundException"


# Lists of contacts


@pytest.mark.usefixtures("readers")
@pytest.mark.parametrize(
    "wanted, topic, by_default, found",
    [
        (IN, None, False, "c1 c2 c3 c6 c7"),
        (OUT, None, False, "c4 c5"),
        (IN, "tin", False, "c2"),
        (IN, "tin", True, "c2 c3 c7"),
        (OUT, "tin", False, "c1 c4 c5 c6"),
        (OUT, "tin", True, "c1 c4 c5 c6"),
        (IN, "tout", False, "c1 c7"),
        (IN, "tout", True, "c1 c7"),
        (OUT, "tout", False, "c2 c4 c5"),
        (OUT, "tout", True, "c2 c3 c4 c5 c6"),
    ],
)
def test_contacts_are_listed_by_what_they_want(
    v2: SESV2Client, wanted: str, topic: str | None, by_default: bool, found: str
) -> None:
    only: Any = {"FilteredStatus": wanted}
    if topic is not None:
        only["TopicFilter"] = {"TopicName": topic, "UseDefaultIfPreferenceUnavailable": by_default}

    assert " ".join(names(v2, Filter=only)) == found


@pytest.mark.usefixtures("readers")
def test_a_listed_contact_tells_all_but_its_attributes(v2: SESV2Client) -> None:
    listed = v2.list_contacts(ContactListName="news", PageSize=1)["Contacts"][0]

    assert set(listed) == {
        "EmailAddress",
        "TopicPreferences",
        "TopicDefaultPreferences",
        "UnsubscribeAll",
        "LastUpdatedTimestamp",
    }


@pytest.mark.usefixtures("readers")
def test_a_token_keeps_its_place_when_contacts_go(v2: SESV2Client) -> None:
    subscribed: Any = {"FilteredStatus": IN}
    first = v2.list_contacts(ContactListName="news", Filter=subscribed, PageSize=2)
    token = first["NextToken"]

    assert names(v2, Filter=subscribed, PageSize=2, NextToken=token) == ["c3", "c6"]
    last = v2.list_contacts(ContactListName="news", Filter=subscribed, PageSize=3, NextToken=token)
    assert [entry["EmailAddress"] for entry in last["Contacts"]] == [
        "c3@example.com",
        "c6@example.com",
        "c7@example.com",
    ]
    assert "NextToken" not in last
    v2.delete_contact(ContactListName="news", EmailAddress="c2@example.com")
    assert names(v2, Filter=subscribed, PageSize=2, NextToken=token) == ["c3", "c6"]


def test_contacts_are_listed_by_address(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.contact_list("news", contacts=["c@example.com", "a@example.com", "b@example.com"])

    assert names(v2) == ["a", "b", "c"]


def test_a_page_has_50_contacts_unless_it_says_otherwise(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.contact_list("news", contacts=[f"c{number:02}@example.com" for number in range(60)])

    assert len(names(v2)) == 50
    assert len(names(v2, PageSize=1000)) == 60


@pytest.mark.parametrize(
    "words, error, text",
    [
        ({"PageSize": 0}, "BadRequestException", "The page size must be between 1 and 1000"),
        ({"PageSize": 1001}, "BadRequestException", "The page size must be between 1 and 1000"),
        ({"PageSize": 0, "Filter": {}}, "BadRequestException", "The page size must be between 1 and 1000"),
        ({"Filter": {}, "NextToken": "x"}, "BadRequestException", "Invalid FilteredStatus <null>"),
        (
            {"Filter": {"FilteredStatus": IN, "TopicFilter": {}}},
            "BadRequestException",
            "TopicName can't be blank in TopicFilter.",
        ),
        ({"NextToken": "x"}, "BadRequestException", "Provided NextToken is invalid"),
        ({"NextToken": ""}, "BadRequestException", "Provided NextToken is invalid"),
        (
            {"NextToken": "x", "Filter": {"FilteredStatus": IN, "TopicFilter": {"TopicName": "sport"}}},
            "BadRequestException",
            "Provided NextToken is invalid",
        ),
        (
            {"Filter": {"FilteredStatus": IN, "TopicFilter": {"TopicName": "sport"}}},
            "NotFoundException",
            "List: news doesn't contain Topic: sport",
        ),
        (
            {"PageSize": 0, "Filter": {"FilteredStatus": "MAYBE"}},
            "BadRequestException",
            f"1 validation error detected: Value at 'filter.filteredStatus' {STATUSES}",
        ),
    ],
)
@pytest.mark.usefixtures("news")
def test_what_contacts_cannot_be_listed_by_is_refused(
    v2: SESV2Client, refused: Refused, words: dict[str, Any], error: str, text: str
) -> None:
    code, _, message = refused(lambda: v2.list_contacts(ContactListName="news", **words), getattr(v2.exceptions, error))

    assert (code, message) == (error, text)
