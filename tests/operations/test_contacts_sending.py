"""Mail of a contact list: which recipients get it, who becomes a contact, and refused calls."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
IN, OUT = "OPT_IN", "OPT_OUT"
BAD_NAME = "can contain up to 64 characters. Only alphanumeric characters, underscores(_) and hyphens(-) are allowed."


def names(v2: SESV2Client, name: str = "news") -> list[str]:
    """Return who is on the list."""
    listed = v2.list_contacts(ContactListName=name)["Contacts"]
    return [entry["EmailAddress"].partition("@")[0] for entry in listed]


def send(v2: SESV2Client, *to: str, topic: str | None = None, name: str = "news") -> None:
    """Send a mail to subscribers of a contact list."""
    options = {"ContactListName": name, **({"TopicName": topic} if topic else {})}
    send_email(v2, *to, ListManagementOptions=options)


@pytest.mark.usefixtures("readers")
def test_who_unsubscribed_from_everything_gets_nothing(sesfake: SesFake, v2: SESV2Client) -> None:
    send(v2, "c1@example.com", "c4@example.com")

    message = sesfake.outbox.one()
    assert message.status == {"c1@example.com": "Delivered", "c4@example.com": "Suppressed"}
    detail = message.status["c4@example.com"].event.detail
    assert (detail["bounceType"], detail["bounceSubType"]) == ("Permanent", "UnsubscribedRecipient")
    assert detail["reportingMTA"] == "dns; amazonses.com"


@pytest.mark.usefixtures("readers")
@pytest.mark.parametrize("topic, delivered", [("tin", "c2 c3 c7 new"), ("tout", "c1 c7"), (None, "c1 c2 c3 c6 c7 new")])
def test_a_topic_reaches_who_wants_it_or_has_not_said_no(
    sesfake: SesFake, v2: SESV2Client, topic: str | None, delivered: str
) -> None:
    everybody = [f"{name}@example.com" for name in ("c1", "c2", "c3", "c4", "c5", "c6", "c7", "new")]

    send(v2, *everybody, topic=topic)

    status = sesfake.outbox.one().status
    reached = [address.partition("@")[0] for address in everybody if status[address] == "Delivered"]
    assert " ".join(reached) == delivered


@pytest.mark.usefixtures("news")
def test_recipients_become_contacts_who_have_said_nothing(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    send(v2, "Ada Lovelace <ada@example.com>", topic="offers")

    shown = v2.get_contact(ContactListName="news", EmailAddress="ada@example.com")
    assert shown["EmailAddress"] == "ada@example.com"
    assert (shown["TopicPreferences"], shown["UnsubscribeAll"]) == ([], False)
    assert shown["CreatedTimestamp"] == NOON
    send(v2, "ada@EXAMPLE.com")
    assert names(v2) == ["ada"]


@pytest.mark.usefixtures("news")
def test_a_refused_send_makes_no_contacts(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    sesfake.pause()

    refused(lambda: send(v2, "ada@example.com"), v2.exceptions.SendingPausedException)

    assert names(v2) == []


def test_mail_without_a_list_ignores_preferences(sesfake: SesFake) -> None:
    sesfake.contact_list("news", contacts={"ada@example.com": "OPT_OUT"})

    assert sesfake.send("ada@example.com").status["ada@example.com"] == "Delivered"


@pytest.mark.usefixtures("news")
def test_who_unsubscribed_is_not_suppressed_for_other_mail(sesfake: SesFake, v2: SESV2Client) -> None:
    send(v2, "ada@example.com", topic="offers")

    assert v2.list_suppressed_destinations()["SuppressedDestinationSummaries"] == []
    assert sesfake.send("ada@example.com").status["ada@example.com"] == "Delivered"


@pytest.mark.usefixtures("readers")
def test_a_script_does_not_override_the_preference_of_a_contact(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.on(recipient="c4@example.com", optional=True).deliver()

    send(v2, "c4@example.com")

    assert sesfake.outbox.one().status["c4@example.com"] == "Suppressed"


@pytest.mark.usefixtures("news")
def test_a_send_for_an_unknown_list_or_topic_is_refused(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    assert refused(lambda: send(v2, "a@example.com", name="ghosts"), v2.exceptions.NotFoundException) == (
        "NotFoundException",
        404,
        "List with name: ghosts doesn't exist.",
    )
    assert refused(lambda: send(v2, "a@example.com", topic="sport"), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        "Topic sport does not exist in contact list news.",
    )
    assert not sesfake.outbox


@pytest.mark.usefixtures("news")
def test_the_call_is_logged_with_its_list(sesfake: SesFake, v2: SESV2Client) -> None:
    send(v2, "ada@example.com", topic="weekly")

    options = {"ContactListName": "news", "TopicName": "weekly"}
    assert sesfake.calls.one(operation="SendEmail", params={"ListManagementOptions": options}).ignored_params == ()


HEADER = "From: me@example.org\r\nTo: c6@example.com\r\nX-SES-LIST-MANAGEMENT-OPTIONS: {}\r\n\r\nHello\r\n"


@pytest.mark.usefixtures("readers")
@pytest.mark.parametrize(
    "field, status", [("news", "Delivered"), ("news; topic=tin", "Suppressed"), ("news;topic=tout", "Suppressed")]
)
def test_a_raw_mail_names_its_list_in_a_header_field(sesfake: SesFake, field: str, status: str) -> None:
    data = HEADER.format(field).encode()

    sesfake.client("ses").send_raw_email(RawMessage={"Data": data})
    sesfake.client("sesv2").send_email(Content={"Raw": {"Data": data}})

    assert [str(message.status["c6@example.com"]) for message in sesfake.outbox] == [status, status]
    assert b"X-SES-LIST" not in sesfake.outbox.first().raw


@pytest.mark.usefixtures("readers")
def test_smtp_refuses_an_unknown_list(sesfake: SesFake) -> None:
    with smtplib.SMTP(sesfake.smtp.host, sesfake.smtp.port, timeout=10) as server:
        server.starttls(context=ssl.create_default_context(cafile=sesfake.smtp.ca_file))
        server.login(sesfake.smtp.username, sesfake.smtp.password)
        with pytest.raises(smtplib.SMTPDataError) as caught:
            server.sendmail("me@example.org", ["c6@example.com"], HEADER.format("ghosts"))

    assert caught.value.args == (554, b"Transaction failed: List with name: ghosts doesn't exist.")


@pytest.mark.usefixtures("readers")
def test_v1_refuses_an_unknown_topic(sesfake: SesFake, refused: Refused) -> None:
    data = HEADER.format("news; topic=sport").encode()

    assert refused(lambda: sesfake.client("ses").send_raw_email(RawMessage={"Data": data})) == (
        "InvalidParameterValue",
        400,
        "Topic sport does not exist in contact list news.",
    )


# Set-up in one line


def test_set_up_makes_a_list_of_names_and_addresses(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.contact_list("old", topics="all", contacts="zoe@example.com")
    assert names(v2, "old") == ["zoe"]
    sesfake.contact_list("news", topics=["weekly"], contacts=["ada@example.com"], description="All the news")

    shown = v2.get_contact_list(ContactListName="news")
    assert shown["Description"] == "All the news"
    assert shown["Topics"] == [{"TopicName": "weekly", "DisplayName": "weekly", "DefaultSubscriptionStatus": IN}]
    assert names(v2) == ["ada"]
    assert len(v2.list_contact_lists()["ContactLists"]) == 1
    assert len(sesfake.client("sesv2", "eu-west-1").list_contacts(ContactListName="news")["Contacts"]) == 1


def test_contacts_of_one_region_are_not_those_of_another(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.contact_list("news", topics=["weekly"], contacts=["ada@example.com"])

    v2.update_contact(ContactListName="news", EmailAddress="ada@example.com", UnsubscribeAll=True)

    there = sesfake.client("sesv2", "eu-west-1").get_contact(ContactListName="news", EmailAddress="ada@example.com")
    assert there["UnsubscribeAll"] is False


@pytest.mark.parametrize(
    "words, text",
    [
        ({"name": "bad name"}, f"contact_list(): name {BAD_NAME}"),
        ({"topics": {"weekly": "MAYBE"}}, "contact_list() takes the status 'OPT_IN' or 'OPT_OUT', not 'MAYBE'"),
        ({"contacts": ["ada"]}, "contact_list(): EmailAddress <ada> is invalid"),
        (
            {"contacts": {"ada@example.com": {"sport": IN}}},
            "contact_list(): List: news doesn't contain Topic: sport",
        ),
        (
            {"contacts": {"ada@example.com": "MAYBE"}},
            "contact_list() takes the status 'OPT_IN' or 'OPT_OUT', not 'MAYBE'",
        ),
        ({"description": "a" * 501}, "contact_list(): List description can contain up to 500 characters."),
    ],
)
def test_set_up_refuses_what_cannot_be_right(sesfake: SesFake, words: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its whole text is checked
        sesfake.contact_list(**{"name": "news", **words})

    assert str(caught.value) == text
