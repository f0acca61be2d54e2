"""What recipients do with delivered mail: opens, clicks, replies, complaints and unsubscribing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pytest_sesfake import AutoReply, Click, Complaint, Open, Unsubscribe
from sends import send_email

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import Outcome, SesFake

ADA, BOB = "ada@example.com", "bob@example.com"
HTML = '<p>Hi, <a href="https://shop.example/confirm?token=1">confirm</a> <a href="https://shop.example/">shop</a></p>'
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def send(sesfake: SesFake, *to: str, html: str | None = HTML, **parameters: Any) -> None:
    send_email(sesfake.client(), *to, html=html, **parameters)


def types(sesfake: SesFake) -> list[str]:
    return [event.type for event in sesfake.events]


def test_an_auto_reply_is_a_transient_bounce_and_leaves_the_mail_delivered(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).auto_reply(after=60)
    send(sesfake, ADA)
    sesfake.clock.advance(minutes=1)

    assert types(sesfake) == ["Send", "Delivery", "Bounce"]
    assert sesfake.outbox.one().status[ADA] == "Delivered"
    bounce = sesfake.events.last().detail
    assert list(bounce) == ["feedbackId", "bounceType", "bounceSubType", "bouncedRecipients", "timestamp"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == ("Transient", "General")


def test_opens_and_clicks_tell_of_the_reader_and_are_no_matter_of_the_html(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).open(after=60, user_agent="Mail/1").open(after=120).click(re.compile("token"), after=180)
    send(sesfake, ADA)
    sesfake.clock.advance(minutes=3)

    assert types(sesfake) == ["Send", "Delivery", "Open", "Open", "Click"]
    first, second = sesfake.events.all("Open")
    assert list(first.detail) == ["timestamp", "userAgent", "ipAddress", "isBotEvent"]
    assert (first.detail["userAgent"], second.detail["userAgent"]) == ("Mail/1", AGENT)
    click = sesfake.events.one("Click").detail
    assert list(click) == ["timestamp", "ipAddress", "userAgent", "link", "linkTags", "isBotEvent"]
    assert (click["link"], click["linkTags"]) == ("https://shop.example/confirm?token=1", None)
    assert sesfake.outbox.one().html == HTML
    assert sesfake.outbox.one().status[ADA] == "Delivered"


def test_the_mail_object_of_an_open_names_no_identity(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).open().click()
    send(sesfake, ADA)

    for event in sesfake.events:
        assert ("sourceArn" in event.payload()["mail"]) is (event.type not in {"Open", "Click"})


def test_a_click_on_a_link_that_carries_tags_tells_them(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).click()
    send(sesfake, ADA, html='<a ses:tags="kind:book;kind:new" href="https://shop.example/book">The book</a>')

    assert sesfake.events.one("Click").detail["linkTags"] == {"kind": ["book", "new"]}


@pytest.mark.parametrize(
    "outcome,text",
    [
        (Open(), "the message has none"),
        (Click(), "the message has no link that SES tracks"),
        (Unsubscribe(), "was sent without ListManagementOptions"),
    ],
)
def test_what_the_mail_does_not_allow_is_an_error_of_the_script_that_names_it(
    sesfake: SesFake, outcome: Outcome, text: str
) -> None:
    sesfake.on(recipient=ADA, optional=True).apply(outcome)
    with pytest.raises(ClientError, match=text):
        send(sesfake, ADA, html=None)

    assert not sesfake.outbox
    assert all(text in str(problem) for problem in sesfake.problems)
    assert sesfake.problems
    sesfake.problems.clear()


@pytest.mark.parametrize(
    "outcome,last",
    [(Open(), "Open"), (Click(), "Click"), (Click("https://shop.example/"), "Click"), (AutoReply(), "Bounce")],
)
def test_a_seeded_message_can_be_read_without_any_html_of_ones_own(
    sesfake: SesFake, outcome: Outcome, last: str
) -> None:
    message = sesfake.send(ADA, outcome=outcome)

    assert message.events[-1].type == last
    assert (message.html is None) is isinstance(outcome, AutoReply)


LISTED: dict[str, Any] = {"ListManagementOptions": {"ContactListName": "readers", "TopicName": "news"}}


@pytest.fixture
def client(sesfake: SesFake) -> SESV2Client:
    sesfake.contact_list("readers", topics=["news", "offers"], contacts={ADA: {"offers": "OPT_IN"}})
    made: SESV2Client = sesfake.client("sesv2")
    return made


def test_to_unsubscribe_from_the_topic_of_a_message_ends_mail_on_it(sesfake: SesFake, client: SESV2Client) -> None:
    sesfake.on(recipient=ADA).unsubscribe(after=60).then.deliver()
    send(sesfake, ADA, **LISTED)
    sesfake.clock.advance(minutes=1)

    event = sesfake.events.last("Subscription")
    assert event.detail == {
        "contactList": "readers",
        "timestamp": event.detail["timestamp"],
        "source": "UnsubscribeHeader",
        "newTopicPreferences": {
            "unsubscribeAll": False,
            "topicSubscriptionStatus": [
                {"topicName": "news", "subscriptionStatus": "OptOut"},
                {"topicName": "offers", "subscriptionStatus": "OptIn"},
            ],
        },
        "oldTopicPreferences": {
            "unsubscribeAll": False,
            "topicSubscriptionStatus": [{"topicName": "offers", "subscriptionStatus": "OptIn"}],
            "topicDefaultSubscriptionStatus": [{"topicName": "news", "subscriptionStatus": "OptIn"}],
        },
    }
    contact = client.get_contact(ContactListName="readers", EmailAddress=ADA)
    assert {"TopicName": "news", "SubscriptionStatus": "OPT_OUT"} in contact["TopicPreferences"]

    send(sesfake, ADA, **LISTED)
    assert sesfake.events.last("Bounce").detail["bounceSubType"] == "UnsubscribedRecipient"
    send(sesfake, ADA, ListManagementOptions={"ContactListName": "readers", "TopicName": "offers"})
    assert sesfake.outbox.last().status[ADA] == "Delivered"


def test_to_unsubscribe_from_a_list_ends_all_its_mail(sesfake: SesFake, client: SESV2Client) -> None:
    sesfake.on(recipient=BOB).unsubscribe()
    send(sesfake, BOB, ListManagementOptions={"ContactListName": "readers"})

    detail = sesfake.events.last("Subscription").detail
    assert detail["newTopicPreferences"]["unsubscribeAll"] is True
    assert detail["oldTopicPreferences"]["unsubscribeAll"] is False
    assert client.get_contact(ContactListName="readers", EmailAddress=BOB)["UnsubscribeAll"] is True


def test_a_topic_of_ones_choice_is_left_on_ses_s_own_page(sesfake: SesFake, client: SESV2Client) -> None:
    sesfake.on(recipient=ADA).unsubscribe("offers")
    send(sesfake, ADA, **LISTED)

    detail = sesfake.events.last("Subscription").detail
    assert detail["source"] == "SubscriptionPage"
    assert {"topicName": "offers", "subscriptionStatus": "OptOut"} in detail["newTopicPreferences"][
        "topicSubscriptionStatus"
    ]
    assert client.get_contact(ContactListName="readers", EmailAddress=ADA)["UnsubscribeAll"] is False


@pytest.mark.usefixtures("client")
def test_an_unknown_topic_of_a_list_is_an_error_with_the_known_topics(sesfake: SesFake) -> None:
    with pytest.raises(ValueError, match="the topics of the contact list 'readers' are news, offers"):
        sesfake.send(ADA, outcome=Unsubscribe("weather"), contact_list="readers")


def test_nothing_happens_where_the_contact_list_is_gone_by_then(sesfake: SesFake, client: SESV2Client) -> None:
    sesfake.send(ADA, outcome=Unsubscribe(after=60), contact_list="readers", topic="news")
    client.delete_contact_list(ContactListName="readers")
    sesfake.clock.advance(minutes=1)

    assert types(sesfake) == ["Send", "Delivery"]


# Complaints of several recipients, and of providers.


def test_a_redacted_complaint_names_everybody_of_the_domain_who_got_the_message(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).complain(redacted=True)
    sesfake.on(recipient="gone@example.com").bounce("Transient", "General")
    send(sesfake, ADA, BOB, "gone@example.com", "eve@example.org")

    complaint = sesfake.events.one("Complaint")
    assert complaint.detail["complainedRecipients"] == [{"emailAddress": ADA}, {"emailAddress": BOB}]
    assert dict(sesfake.outbox.one().status) == {
        ADA: "Complained",
        BOB: "Complained",
        "gone@example.com": "Bounced",
        "eve@example.org": "Delivered",
    }


def test_each_complaint_is_one_event_unless_grouped(sesfake: SesFake) -> None:
    sesfake.on(recipient="*@example.com").complain()
    sesfake.on(recipient="*@example.org").complain(grouped=True)
    send(sesfake, ADA, BOB, "eve@example.org", "zoe@example.org")

    assert [event.recipients for event in sesfake.events.all("Complaint")] == [
        (ADA,),
        (BOB,),
        ("eve@example.org", "zoe@example.org"),
    ]


def test_a_provider_without_a_feedback_loop_tells_nothing(sesfake: SesFake) -> None:
    sesfake.on(recipient="*").complain()
    send(sesfake, "ada@gmail.com", "ada@yahoo.com")

    assert dict(sesfake.outbox.one().status) == {"ada@gmail.com": "Delivered", "ada@yahoo.com": "Complained"}
    with pytest.raises(ValueError, match=r"gmail\.com does not report complaints to SES; use an address of another"):
        sesfake.on(recipient="ada@gmail.com", optional=True).complain()
    with pytest.raises(ValueError, match="does not report complaints"):
        sesfake.apply(sesfake.outbox.one(), Complaint(), recipient="ada@gmail.com")
