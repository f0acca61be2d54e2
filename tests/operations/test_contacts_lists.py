"""Contact lists: made, changed, shown and removed, and what SES says to those that cannot be."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
WEEKLY: Any = {"TopicName": "weekly", "DisplayName": "Weekly digest", "DefaultSubscriptionStatus": "OPT_IN"}
OFFERS: Any = {
    "TopicName": "offers",
    "DisplayName": "Offers",
    "Description": "What is cheap",
    "DefaultSubscriptionStatus": "OPT_OUT",
}
BAD_NAME = "can contain up to 64 characters. Only alphanumeric characters, underscores(_) and hyphens(-) are allowed."


def bare(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_a_list_is_shown_as_it_was_made(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    tags: Any = [{"Key": "team", "Value": "blue"}]
    v2.create_contact_list(ContactListName="news", Topics=[WEEKLY, OFFERS], Description="All the news", Tags=tags)

    assert bare(v2.get_contact_list(ContactListName="news")) == {
        "ContactListName": "news",
        "Topics": [WEEKLY, OFFERS],
        "Description": "All the news",
        "CreatedTimestamp": NOON,
        "LastUpdatedTimestamp": NOON,
        "Tags": tags,
    }
    assert bare(v2.list_contact_lists()) == {
        "ContactLists": [{"ContactListName": "news", "LastUpdatedTimestamp": NOON}]
    }


def test_the_tags_of_a_list_are_those_of_its_arn(v2: SESV2Client, news: str) -> None:
    arn = f"arn:aws:ses:us-east-1:123456789012:contact-list/{news}"

    v2.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "red"}])

    assert v2.get_contact_list(ContactListName=news)["Tags"] == [{"Key": "team", "Value": "red"}]


def test_an_account_has_one_list_in_a_region(sesfake: SesFake, v2: SESV2Client, news: str, refused: Refused) -> None:
    for name in (news, "other"):
        call = partial(v2.create_contact_list, ContactListName=name)
        assert refused(call, v2.exceptions.BadRequestException) == (
            "BadRequestException",
            400,
            "A maximum of 1 Lists allowed per account.",
        )
    sesfake.client("sesv2", "eu-west-1").create_contact_list(ContactListName="other")


def test_an_update_changes_what_it_names(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    v2.create_contact_list(ContactListName="news", Topics=[WEEKLY, OFFERS], Description="All the news")
    sesfake.clock.advance(hours=1)

    v2.update_contact_list(ContactListName="news", Description="No news")
    v2.update_contact_list(ContactListName="news", Topics=[OFFERS])

    shown = v2.get_contact_list(ContactListName="news")
    assert (shown["Description"], shown["Topics"]) == ("No news", [OFFERS])
    assert shown["CreatedTimestamp"] == NOON
    assert shown["LastUpdatedTimestamp"] == NOON + timedelta(hours=1)


def test_preferences_go_with_their_topic(v2: SESV2Client, news: str) -> None:
    wishes: Any = [
        {"TopicName": "weekly", "SubscriptionStatus": "OPT_OUT"},
        {"TopicName": "offers", "SubscriptionStatus": "OPT_IN"},
    ]
    v2.create_contact(ContactListName=news, EmailAddress="ada@example.com", TopicPreferences=wishes)

    v2.update_contact_list(ContactListName=news, Topics=[OFFERS])

    shown = v2.get_contact(ContactListName=news, EmailAddress="ada@example.com")
    assert shown["TopicPreferences"] == wishes[1:]
    assert shown["TopicDefaultPreferences"] == []


def test_a_list_goes_with_its_contacts_and_its_tags(v2: SESV2Client, news: str, refused: Refused) -> None:
    v2.create_contact(ContactListName=news, EmailAddress="ada@example.com")

    v2.delete_contact_list(ContactListName=news)

    assert bare(v2.list_contact_lists()) == {"ContactLists": []}
    v2.create_contact_list(ContactListName=news)
    assert v2.list_contacts(ContactListName=news)["Contacts"] == []
    assert refused(
        lambda: v2.get_contact(ContactListName=news, EmailAddress="ada@example.com"), v2.exceptions.NotFoundException
    ) == ("NotFoundException", 404, "ada@example.com doesn't exist in List.")


@pytest.mark.parametrize(
    "call",
    [
        lambda v2, name: v2.get_contact_list(ContactListName=name),
        lambda v2, name: v2.update_contact_list(ContactListName=name),
        lambda v2, name: v2.delete_contact_list(ContactListName=name),
        lambda v2, name: v2.list_contacts(ContactListName=name),
        lambda v2, name: v2.create_contact(ContactListName=name, EmailAddress="ada@example.com"),
        lambda v2, name: v2.get_contact(ContactListName=name, EmailAddress="ada@example.com"),
        lambda v2, name: v2.update_contact(ContactListName=name, EmailAddress="ada@example.com"),
        lambda v2, name: v2.delete_contact(ContactListName=name, EmailAddress="ada@example.com"),
    ],
    ids=["get", "update", "delete", "list", "create contact", "get contact", "update contact", "delete contact"],
)
def test_an_unknown_list_is_not_found(
    v2: SESV2Client, refused: Refused, call: Callable[[SESV2Client, str], Any]
) -> None:
    assert refused(lambda: call(v2, "ghosts"), v2.exceptions.NotFoundException) == (
        "NotFoundException",
        404,
        "List with name: ghosts doesn't exist.",
    )
    assert refused(lambda: call(v2, "bad name"), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        f"ContactListName {BAD_NAME}",
    )


MAYBE = (
    "1 validation error detected: Value at 'topics.2.member.defaultSubscriptionStatus' failed to satisfy constraint: "
    "Member must satisfy enum value set: [OPT_OUT, OPT_IN]"
)
TOO_MANY: Any = [{**WEEKLY, "TopicName": f"topic{number}"} for number in range(21)]


@pytest.mark.parametrize(
    "changes, text",
    [
        ({"ContactListName": " "}, "ContactListName can't be blank."),
        ({"ContactListName": "a" * 65}, f"ContactListName {BAD_NAME}"),
        ({"ContactListName": "bad name", "Topics": TOO_MANY}, f"ContactListName {BAD_NAME}"),
        ({"Description": "a" * 501}, "List description can contain up to 500 characters."),
        ({"Topics": TOO_MANY, "Description": "a" * 501}, "Maximum of <20> topics allowed per ContactList"),
        ({"Topics": [WEEKLY, WEEKLY]}, "Duplicate topic names are not allowed within a List."),
        ({"Topics": [{**WEEKLY, "TopicName": ""}]}, "TopicName can't be blank."),
        ({"Topics": [{**WEEKLY, "TopicName": "a b"}]}, f"TopicName {BAD_NAME}"),
        ({"Topics": [{**WEEKLY, "DisplayName": "a" * 129}]}, "Topic DisplayName can contain up to <128> characters."),
        ({"ContactListName": "bad name", "Topics": [WEEKLY, {**OFFERS, "DefaultSubscriptionStatus": "MAYBE"}]}, MAYBE),
    ],
)
def test_what_cannot_be_a_list_is_refused_when_it_is_made_and_when_it_is_changed(
    v2: SESV2Client, refused: Refused, changes: dict[str, Any], text: str
) -> None:
    call = {"ContactListName": "news", **changes}

    for make in (v2.create_contact_list, v2.update_contact_list):
        if make == v2.update_contact_list and call["ContactListName"] == " ":
            continue  # in a URI a blank is no name at all
        assert refused(partial(make, **call), v2.exceptions.BadRequestException) == (
            "BadRequestException",
            400,
            text,
        )


def test_a_list_has_20_topics_and_its_texts_their_full_length(v2: SESV2Client) -> None:
    topics: Any = [
        {**WEEKLY, "TopicName": f"t{number}".ljust(64, "_"), "DisplayName": "a" * 128} for number in range(20)
    ]

    v2.create_contact_list(ContactListName="a" * 64, Topics=topics, Description="a" * 500)

    assert len(v2.get_contact_list(ContactListName="a" * 64)["Topics"]) == 20


@pytest.mark.parametrize("words", [{"PageSize": 0}, {"PageSize": 1001}, {"NextToken": "x"}])
def test_lists_are_paged_as_contacts_are(v2: SESV2Client, refused: Refused, words: dict[str, Any]) -> None:
    assert refused(lambda: v2.list_contact_lists(**words), v2.exceptions.BadRequestException)[2] in {
        "The page size must be between 1 and 1000",
        "Provided NextToken is invalid",
    }
