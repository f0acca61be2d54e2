"""Links of mail: how its reader leaves a contact list, what the page there shows, and how an address is verified."""

from __future__ import annotations

import base64
import re
import urllib.error
import urllib.request
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import requests

from pytest_sesfake import SesFake

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import Message

ADA = "ada@example.com"
TAG = "{{amazonSESUnsubscribeUrl}}"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
LINK = re.compile(r"https://email-unsubscribe\.us-east-1\.amazonaws\.com/unsubscribe/[0-9a-f]{64}")


def delivered(message: Message) -> EmailMessage:
    """The mail as its reader has it."""
    return message_from_bytes(message.raw, policy=policy.default)


def link(message: Message) -> str:
    """Where a mail client's button leads."""
    found = re.fullmatch(r"<mailto:unsubscribe\+[0-9a-f]{64}@[^>]*>, <(https:[^>]*)>", headers(message)[0])
    assert found
    return found[1]


def headers(message: Message) -> list[str]:
    fields = delivered(message)
    return [*fields.get_all("List-Unsubscribe", []), *fields.get_all("List-Unsubscribe-Post", [])]


def preferences(v2: SESV2Client) -> dict[str, str]:
    """The preferences of a contact by topic, and UnsubscribeAll under the key ``everything``."""
    shown = v2.get_contact(ContactListName="news", EmailAddress=ADA)
    said = {each["TopicName"]: each["SubscriptionStatus"] for each in shown["TopicPreferences"]}
    return {**said, **({"everything": "OPT_OUT"} if shown["UnsubscribeAll"] else {})}


@pytest.fixture
def mail(sesfake: SesFake, news: str) -> Message:
    return sesfake.send(ADA, contact_list=news, topic="weekly", text=f"Bye: {TAG}", html=f'<a href="{TAG}">Bye</a>')


# The mail


def test_mail_of_a_list_has_the_fields_of_one_click_unsubscribing(mail: Message) -> None:
    assert LINK.fullmatch(link(mail))
    assert headers(mail)[1:] == ["List-Unsubscribe=One-Click"]
    assert b"List-Unsubscribe" not in mail.submitted


@pytest.mark.usefixtures("news")
def test_mail_to_several_or_of_no_list_has_none(sesfake: SesFake) -> None:
    several = sesfake.send([ADA, "bob@example.com"], contact_list="news", text=TAG)

    assert headers(several) == []
    assert TAG in delivered(several).get_content()
    assert headers(sesfake.send(ADA, text=TAG)) == []


def test_the_link_stands_where_its_placeholders_are(mail: Message) -> None:
    parts = delivered(mail)
    text, html = parts.get_body(("plain",)), parts.get_body(("html",))

    assert text is not None
    assert html is not None
    assert text.get_content() == f"Bye: {link(mail)}"
    assert html.get_content() == f'<a href="{link(mail)}">Bye</a>'
    assert mail.text == f"Bye: {TAG}"


def test_only_two_placeholders_are_replaced(sesfake: SesFake, news: str) -> None:
    message = sesfake.send(ADA, contact_list=news, text=f"{TAG} {TAG} {TAG}", html=TAG)

    parts = delivered(message)
    text, html = parts.get_body(("plain",)), parts.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content() == f"{link(message)} {link(message)} {TAG}"
    assert html.get_content() == TAG


def test_a_template_has_the_link(sesfake: SesFake, v2: SESV2Client, news: str) -> None:
    sesfake.template("digest", subject="Hello {{name}}", html='<a href="{{amazonSESUnsubscribeUrl}}">Bye, {{name}}</a>')
    v2.send_email(
        FromEmailAddress="me@example.org",
        Destination={"ToAddresses": [ADA]},
        Content={"Template": {"TemplateName": "digest", "TemplateData": '{"name": "Ada"}'}},
        ListManagementOptions={"ContactListName": news},
    )

    message = sesfake.outbox.one()
    assert delivered(message).get_content() == f'<a href="{link(message)}">Bye, Ada</a>'


RAW = """\
From: me@example.org
To: ada@example.com
X-SES-LIST-MANAGEMENT-OPTIONS: news; topic=weekly
{}MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: {}

{}
--x
Content-Type: text/plain; name=a.txt
Content-Disposition: attachment; filename=a.txt

{}
--x--
"""


@pytest.mark.usefixtures("news")
@pytest.mark.parametrize(
    "encoding, body",
    [
        ("8bit", f"Grüße {TAG}"),
        ("quoted-printable", f"Gr=C3=BC=C3=9Fe {TAG[:9]}=\n{TAG[9:]}"),
        ("base64", base64.encodebytes(f"Grüße {TAG}".encode()).decode()),
    ],
)
def test_a_raw_mail_has_the_link_whatever_its_encoding(
    sesfake: SesFake, v1: SESClient, encoding: str, body: str
) -> None:
    v1.send_raw_email(RawMessage={"Data": RAW.format("", encoding, body, TAG).encode()})

    message = sesfake.outbox.one()
    text, attachment = delivered(message).iter_parts()
    assert text.get_content().rstrip() == f"Grüße {link(message)}"
    assert attachment.get_content().rstrip() == TAG


@pytest.mark.usefixtures("news")
def test_fields_that_the_application_wrote_are_overwritten_in_their_place(sesfake: SesFake, v1: SESClient) -> None:
    own = "List-Unsubscribe: <mailto:me@example.org>\nX-Next: 1\nList-Unsubscribe-Post: mine\n"
    v1.send_raw_email(RawMessage={"Data": RAW.format(own, "7bit", "Hello", "").encode()})

    message = sesfake.outbox.one()
    assert LINK.fullmatch(link(message))
    names = [name for name, _ in delivered(message).items()]
    assert names.index("List-Unsubscribe") == names.index("X-Next") - 1
    assert len(headers(message)) == 2


@pytest.mark.usefixtures("news")
def test_mail_that_the_application_signed_is_left_alone(sesfake: SesFake, v1: SESClient) -> None:
    v1.send_raw_email(RawMessage={"Data": RAW.format("DKIM-Signature: v=1\n", "7bit", TAG, "").encode()})

    message = sesfake.outbox.one()
    assert headers(message) == []
    assert message.raw.count(TAG.encode()) == 1


@pytest.mark.usefixtures("news")
def test_ses_manages_mail_that_it_signs_with_its_own_keys_alone(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.verify("example.org", "alone@example.net")

    def send(sender: str) -> list[str]:
        return headers(sesfake.send(ADA, sender=sender, contact_list="news"))

    assert send("me@example.org")
    assert send("alone@example.net") == []  # an address has no keys
    v2.put_email_identity_dkim_attributes(EmailIdentity="example.org", SigningEnabled=False)
    assert send("me@example.org") == []
    v2.put_email_identity_dkim_attributes(EmailIdentity="example.org", SigningEnabled=True)
    key: Any = {"DomainSigningSelector": "mine", "DomainSigningPrivateKey": "a2V5"}
    v2.put_email_identity_dkim_signing_attributes(
        EmailIdentity="example.org", SigningAttributesOrigin="EXTERNAL", SigningAttributes=key
    )
    assert send("me@example.org") == []


def test_a_look_at_the_mail_changes_nothing_of_what_comes() -> None:
    ids = []
    for looks in (False, True):
        with SesFake(seed="the same") as fake:
            fake.clock.freeze()
            fake.contact_list("news")
            first = fake.send(ADA, contact_list="news")
            assert not looks or first.raw
            ids.append(fake.send(ADA, contact_list="news").id.split("-")[1])

    assert ids[0] == ids[1]


# Following the link


def test_one_click_leaves_the_topic(sesfake: SesFake, v2: SESV2Client, mail: Message) -> None:
    assert httpx.post(link(mail), data=ONE_CLICK).status_code == 200

    assert preferences(v2) == {"weekly": "OPT_OUT"}
    event = sesfake.events.one("Subscription")
    assert (event.message, event.recipients) == (mail, (ADA,))
    assert event.detail["source"] == "UnsubscribeHeader"
    assert event.detail["newTopicPreferences"]["topicSubscriptionStatus"] == [
        {"topicName": "weekly", "subscriptionStatus": "OptOut"}
    ]
    assert sesfake.send(ADA, contact_list="news", topic="weekly").status[ADA] == "Suppressed"
    assert sesfake.send(ADA, contact_list="news").status[ADA] == "Delivered"


def test_one_click_leaves_the_list_where_the_mail_has_no_topic(sesfake: SesFake, v2: SESV2Client, news: str) -> None:
    requests.post(link(sesfake.send(ADA, contact_list=news)), data=ONE_CLICK, timeout=5)

    assert preferences(v2) == {"everything": "OPT_OUT"}
    assert sesfake.events.one("Subscription").detail["newTopicPreferences"]["unsubscribeAll"] is True


def test_a_look_at_the_page_changes_nothing_and_shows_what_is_subscribed(
    sesfake: SesFake, v2: SESV2Client, mail: Message
) -> None:
    with urllib.request.urlopen(link(mail), timeout=5) as answer:  # noqa: S310 - it is https
        page = answer.read().decode()

    assert 'value="weekly" checked> Weekly digest' in page
    assert 'value="offers"> Offers' in page
    assert preferences(v2) == {}
    assert sesfake.events.none("Subscription")


def test_the_page_takes_topics_in_and_out(sesfake: SesFake, v2: SESV2Client, mail: Message) -> None:
    httpx.post(link(mail), data={"topic": ["offers"], "save": ""})

    assert preferences(v2) == {"weekly": "OPT_OUT", "offers": "OPT_IN"}
    detail = sesfake.events.one("Subscription").detail
    assert detail["source"] == "SubscriptionPage"
    assert detail["oldTopicPreferences"]["topicDefaultSubscriptionStatus"] == [
        {"topicName": "weekly", "subscriptionStatus": "OptIn"},
        {"topicName": "offers", "subscriptionStatus": "OptOut"},
    ]


def test_the_page_ends_all_mail_of_the_list_and_begins_it_again(v2: SESV2Client, mail: Message) -> None:
    httpx.post(link(mail), data={"all": ""})
    assert preferences(v2) == {"everything": "OPT_OUT"}

    httpx.post(link(mail), data={"topic": ["weekly"], "save": ""})
    assert preferences(v2) == {"weekly": "OPT_IN", "offers": "OPT_OUT"}


def test_following_a_link_is_no_call_of_the_application(sesfake: SesFake, mail: Message) -> None:
    httpx.post(link(mail), data=ONE_CLICK)

    assert sesfake.calls.none(operation="SendEmail")
    assert len(sesfake.calls) == 1  # the list was made


def test_a_link_that_ses_never_wrote_leads_nowhere(sesfake: SesFake, mail: Message) -> None:
    assert httpx.post(link(mail)[:-1] + "x", data=ONE_CLICK).status_code == 404
    assert httpx.get("https://email-unsubscribe.us-east-1.amazonaws.com/").status_code == 404
    assert httpx.delete(link(mail)).status_code == 405
    assert sesfake.events.none("Subscription")


def test_the_link_of_a_list_that_is_gone_leads_nowhere(sesfake: SesFake, v2: SESV2Client, mail: Message) -> None:
    where = link(mail)
    v2.delete_contact_list(ContactListName="news")

    assert httpx.post(where, data=ONE_CLICK).status_code == 404
    assert sesfake.problems == []


def test_the_event_goes_where_the_events_of_the_message_go(sesfake: SesFake, news: str) -> None:
    calls: list[dict[str, Any]] = []
    sesfake.configuration_set("marketing", topic="arn:aws:sns:us-east-1:123456789012:news", events=["Subscription"])
    sesfake.subscribe(
        lambda event, _: calls.append(event), topic="arn:aws:sns:us-east-1:123456789012:news", target_type="lambda"
    )
    message = sesfake.send(ADA, contact_list=news, configuration_set="marketing")

    httpx.post(link(message), data=ONE_CLICK)

    sesfake.notify()
    assert '"eventType": "Subscription"' in calls[-1]["Records"][0]["Sns"]["Message"].replace('":"', '": "')


def test_the_link_is_not_shown_in_texts_of_failures(sesfake: SesFake, mail: Message) -> None:
    where = link(mail)
    sesfake.send("bob@example.com", subject=where)

    with pytest.raises(AssertionError) as caught:
        sesfake.outbox.one(to="bob@example.com", subject="Hello")
    assert where.rpartition("/")[2] not in str(caught.value)


# Custom verification mails


@pytest.fixture
def verification(v1: SESClient) -> None:
    v1.create_custom_verification_email_template(
        TemplateName="proof",
        FromEmailAddress="me@example.org",
        TemplateSubject="Is it you?",
        TemplateContent="<p>Hello</p>",
        SuccessRedirectionURL="https://example.org/yes",
        FailureRedirectionURL="https://example.org/no",
    )
    v1.send_custom_verification_email(EmailAddress=ADA, TemplateName="proof")


@pytest.mark.usefixtures("verification")
@pytest.mark.parametrize("follow", [httpx.get, lambda url: requests.get(url, timeout=5, allow_redirects=False)])
def test_any_client_verifies_an_address_by_a_get_of_its_link(
    sesfake: SesFake, v2: SESV2Client, follow: Callable[[str], httpx.Response]
) -> None:
    (where,) = sesfake.system_mail.one(kind="verification").links

    answer = follow(where)

    assert (answer.status_code, answer.headers["Location"]) == (302, "https://example.org/yes")
    assert v2.get_email_identity(EmailIdentity=ADA)["VerifiedForSendingStatus"] is True
    assert sesfake.problems == []


@pytest.mark.usefixtures("verification")
def test_a_link_whose_time_is_over_leads_to_the_page_for_failures(sesfake: SesFake, v2: SESV2Client) -> None:
    (where,) = sesfake.system_mail.one(kind="verification").links
    sesfake.clock.advance(hours=25)

    assert httpx.get(where).headers["Location"] == "https://example.org/no"
    assert v2.get_email_identity(EmailIdentity=ADA)["VerifiedForSendingStatus"] is False


@pytest.mark.usefixtures("verification")
def test_a_verification_link_that_ses_never_wrote_leads_nowhere() -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen("https://email-verification.us-east-1.amazonaws.com/?Signature=1", timeout=5)
    caught.value.close()
    assert caught.value.code == 404
