"""What each matcher asks. Every row is checked in its one line: it matches, or it does not and says in what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from dirty_equals import Contains, HasLen, IsList, IsPartialDict, IsStr

from pytest_sesfake import Bounce, Call, Complaint, SesFake
from pytest_sesfake.reading import matching

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Event, Message

    Send = Callable[..., Message]

MAIL = b"""\
From: Ada Lovelace <ada@x.com>, bob@x.com
To: "Cy, the first" <Cy@Example.com>,\r
 dee@example.com
Cc: eve@example.com
Reply-To: desk@x.com
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
X-Kind: first
X-Kind: second
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Sch=C3=B6ne Gr=C3=BC=C3=9Fe,
Ada
--a
Content-Type: text/html; charset=utf-8

<p>Greetings</p>
--a--
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename=terms.pdf

%PDF
--b
Content-Type: text/csv
Content-Disposition: attachment; filename=rows.csv

1;2
--b--
""".replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@pytest.fixture
def rich(sesfake: SesFake) -> Message:
    """One message with everything that can be asked of, sent as MIME through v1."""
    sesfake.configuration_set("newsletter")
    sesfake.client("ses", region="eu-west-1").send_raw_email(
        Source="bounces@x.com",
        Destinations=["cy@example.com", "dee@example.com", "eve@example.com", "fay@example.com"],
        RawMessage={"Data": MAIL},
        Tags=[{"Name": "campaign", "Value": "spring"}, {"Name": "shard", "Value": "7"}],
        ConfigurationSetName="newsletter",
    )
    return sesfake.outbox[0]


def nothing(_: object) -> bool:
    return False


MATCHES: list[dict[str, Any]] = [
    # Addresses: without display name, the domain without case; one of a list suffices.
    {"to": "dee@example.com"},
    {"to": "Somebody Else <dee@EXAMPLE.com>"},
    {"to": "Cy@example.com"},
    {"to": "*@example.com"},
    {"to": "d*e@example.com"},
    {"to": re.compile("first")},
    {"to": lambda address: address.startswith("dee")},
    {"to": IsStr(regex="dee@.*")},
    # Functions and patterns may match the bare address or the whole spelling.
    {"to": re.compile("^Cy@Example.com$")},
    {"to": lambda address: address == "Cy@Example.com"},
    {"to": IsStr(regex="Cy@.*")},
    {"to": [re.compile("^dee@"), re.compile("^Cy@")]},
    {"sender": re.compile("^ada@")},
    {"sender": IsStr(regex="Ada .*, bob@x.com")},
    # The list as a whole.
    {"to": IsList("Cy@Example.com", "dee@example.com")},
    {"to": IsList('"Cy, the first" <Cy@Example.com>', "dee@example.com")},
    {"recipient": IsList(length=4)},
    {"bcc": Contains("fay@example.com")},
    {"to": ["dee@example.com", "Cy@example.com"]},
    {"to": {"*@example.com", "Cy@example.com"}},
    {"to": ("*@example.com", "*@example.com")},
    {"cc": "eve@example.com"},
    {"cc": ["eve@example.com"]},
    {"bcc": "fay@example.com"},
    {"recipient": "fay@example.com"},
    {"recipient": "dee@example.com"},
    {"recipient": ["cy@example.com", "dee@example.com", "eve@example.com", "fay@example.com"]},
    {"sender": "ada@x.com"},
    {"sender": "bob@x.com"},
    {"sender": re.compile("Lovelace")},
    {"source": "bounces@x.com"},
    {"source": "*@x.com"},
    {"reply_to": "desk@x.com"},
    # Values.
    {"subject": "Grüße"},
    {"subject": re.compile("^gr", re.IGNORECASE)},
    {"subject": lambda subject: len(subject) == 5},
    {"subject": IsStr(max_length=5)},
    {"template": None},
    {"configuration_set": "newsletter"},
    {"api": "ses"},
    {"operation": "SendRawEmail"},
    {"region": "eu-west-1"},
    # Bodies hold what is asked for.
    {"text": "Schöne Grüße"},
    {"text": "Grüße,\nAda"},
    {"text": re.compile("^Ada$", re.MULTILINE)},
    {"text": lambda text: text.startswith("Sch")},
    {"text": IsStr(regex="(?s)Sch.*")},
    {"html": "<p>Greetings"},
    # Subsets.
    {"header": {"x-kind": "first"}},
    {"header": {"X-Kind": "second", "Subject": "Grüße"}},
    {"header": {"X-Kind": re.compile("sec"), "X-Nothing": None}},
    {"header": lambda headers: headers.get_all("X-Kind") == ["first", "second"]},
    {"tag": {"campaign": "spring"}},
    {"tag": {"campaign": re.compile("^spr"), "shard": "7", "nothing": None}},
    {"tag": lambda tags: len(tags) == 2},
    {"tag": IsPartialDict(shard="7")},
    {"tag": {}},
    # Attachments by name.
    {"attachment": "terms.pdf"},
    {"attachment": re.compile(r"\.csv$")},
    {"attachment": lambda name: name.startswith("rows")},
    {"attachment": ["rows.csv", "terms.pdf"]},
    {"attachment": IsList("terms.pdf", "rows.csv")},
    # The item itself, and several at once.
    {"where": lambda message: len(message.recipients) == 4},
    {"to": "dee@example.com", "subject": "Grüße", "region": "eu-west-1"},
    {},
]
DIFFERS: list[tuple[dict[str, Any], str]] = [
    ({"to": "eve@example.com"}, "is not in"),
    ({"to": "cy@example.com"}, "is not in"),  # local parts have case
    ({"to": "dee@*.org"}, "is not in"),
    ({"to": "dee"}, "is not in"),
    ({"to": "d.e@example.com"}, "is not in"),
    ({"to": re.compile("nobody")}, "is not found in any of"),
    ({"to": nothing}, "is false for all of"),
    ({"to": IsStr(regex="x")}, "is not in"),
    ({"to": IsList("dee@example.com")}, "is not in"),
    ({"to": re.compile("^the first")}, "is not found in any of"),
    ({"to": ["dee@example.com"]}, "!="),
    ({"to": ["dee@example.com", "Cy@example.com", "eve@example.com"]}, "!="),
    ({"to": ["dee@example.com", "dee@example.com"]}, "!="),
    ({"to": []}, "!="),
    ({"to": None}, "!="),
    ({"cc": "dee@example.com"}, "is not in"),
    ({"cc": None}, "!="),
    ({"bcc": "eve@example.com"}, "is not in"),
    ({"recipient": "gil@example.com"}, "is not in"),
    ({"sender": "bounces@x.com"}, "!="),
    ({"sender": re.compile("Byron")}, "is not found in"),
    ({"sender": nothing}, "is false for"),
    ({"source": "ada@x.com"}, "!="),
    ({"reply_to": "ada@x.com"}, "is not in"),
    ({"reply_to": None}, "!="),
    ({"subject": "grüße"}, "!="),
    ({"subject": "Grüß"}, "!="),
    ({"subject": re.compile("x")}, "is not found in"),
    ({"subject": nothing}, "is false for"),
    ({"subject": IsStr(max_length=4)}, "!="),
    ({"subject": None}, "!="),
    ({"template": "welcome"}, "!="),
    ({"configuration_set": None}, "!="),
    ({"api": "sesv2"}, "!="),
    ({"operation": None}, "!="),
    ({"region": "us-east-1"}, "!="),
    ({"text": "Greetings"}, "is not in"),
    ({"text": re.compile("Greetings")}, "is not found in"),
    ({"text": nothing}, "is false for"),
    ({"text": None}, "!="),
    ({"html": "Grüße"}, "is not in"),
    ({"header": {"X-Kind": "third"}}, "!="),
    ({"header": {"X-Kind": None}}, "!="),
    ({"header": {"X-Nothing": "first"}}, "!="),
    ({"header": {"X-Kind": re.compile("third")}}, "is not found in"),
    ({"header": nothing}, "is false for"),
    ({"tag": {"campaign": "autumn"}}, "!="),
    ({"tag": {"campaign": "spring", "nothing": "x"}}, "!="),
    ({"tag": {"shard": 7}}, "!="),
    ({"tag": nothing}, "is false for"),
    ({"tag": None}, "!="),
    ({"attachment": "terms"}, "is not in"),
    ({"attachment": ["terms.pdf"]}, "!="),
    ({"attachment": re.compile("x$")}, "is not found in any of"),
    ({"attachment": nothing}, "is false for all of"),
    ({"attachment": None}, "!="),
    ({"where": nothing}, "is false for it"),
]


@pytest.mark.parametrize("matchers", MATCHES)
def test_a_message_matches(sesfake: SesFake, rich: Message, matchers: dict[str, Any]) -> None:
    assert sesfake.outbox.one(**matchers) is rich


@pytest.mark.parametrize("matchers, relation", DIFFERS)
def test_a_message_differs(sesfake: SesFake, rich: Message, matchers: dict[str, Any], relation: str) -> None:
    assert sesfake.outbox.none(**matchers)
    (difference,) = matching.differences(matching.MESSAGE, matchers, rich).values()
    assert difference.relation == relation


def test_every_matcher_of_messages_is_tried_both_ways() -> None:
    names = set(matching.MessageMatchers.__annotations__)

    assert {name for matchers in MATCHES for name in matchers} == names
    assert {name for matchers, _ in DIFFERS for name in matchers} == names


def test_a_matcher_without_a_function_or_a_function_without_a_matcher_is_found_at_import() -> None:
    differs = {"operation": matching.CALL["operation"]}

    with pytest.raises(TypeError, match="CallMatchers and its functions differ in"):
        matching._complete(matching.CallMatchers, differs)


def test_none_means_has_none(sesfake: SesFake, send: Send) -> None:
    bare = send("ada@example.com", text=None, html="<p>x")

    for name in ("cc", "bcc", "reply_to", "text", "tag", "template", "configuration_set", "attachment"):
        matchers: dict[str, Any] = {name: None}
        assert sesfake.outbox.one(**matchers) is bare, name
    assert sesfake.outbox.none(html=None)
    assert sesfake.outbox.none(text="x")


def test_a_failure_shows_only_the_differing_matchers(sesfake: SesFake, send: Send) -> None:
    message = send("ada@example.com", subject="Hello")
    asked = {"to": "ada@example.com", "subject": "Goodbye", "text": "text", "region": "eu-west-1"}

    assert list(matching.differences(matching.MESSAGE, asked, message)) == ["subject", "region"]
    assert matching.fits(matching.MESSAGE, {"to": "ada@example.com", "text": "text"}, message)
    assert sesfake.outbox.count() == 1


# Events: their own recipients and details, and all of their message.


@pytest.fixture
def bounced(sesfake: SesFake, send: Send) -> Event:
    """Ada's mail bounced, Bob's did not."""
    sesfake.on(recipient="ada@example.com").bounce("Transient", "MailboxFull")
    send("ada@example.com", "bob@example.com", subject="Two", EmailTags=[{"Name": "campaign", "Value": "spring"}])
    return next(event for event in sesfake.events if event.type == "Bounce")


EVENT_MATCHES: list[dict[str, Any]] = [
    {},
    {"type": re.compile("^B")},
    {"recipient": "ada@example.com"},
    {"recipient": ["ada@example.com"]},
    {"to": "bob@example.com"},
    {"subject": "Two"},
    {"tag": {"campaign": "spring"}},
    {"detail": {"bounceType": "Transient"}},
    {"detail": {"bounceSubType": re.compile("Full"), "nothing": None}},
    {"detail": {"bouncedRecipients": [{"emailAddress": "ada@example.com"}]}},
    {"detail": {"bouncedRecipients": HasLen(1)}},
    {"detail": lambda detail: detail["bounceType"] == "Transient"},
    {"where": lambda event: event.message.api == "sesv2"},
    {"message": lambda message: message.subject == "Two"},
]
EVENT_DIFFERS: list[tuple[dict[str, Any], str]] = [
    ({"type": "Complaint"}, ""),
    ({"recipient": "bob@example.com"}, ""),
    ({"recipient": ["ada@example.com", "bob@example.com"]}, ""),
    ({"subject": "One"}, ""),
    ({"message": "an id"}, ""),
    ({"message": None}, ""),
    ({"message": nothing}, ""),
    ({"detail": {"bounceType": "Permanent"}}, "bounceType"),
    ({"detail": {"bounceType": "Transient", "bounceSubType": "General"}}, "bounceSubType"),
    ({"detail": {"bouncedRecipients": [{"emailAddress": "bob@example.com"}]}}, "bouncedRecipients[0].emailAddress"),
    ({"detail": {"bouncedRecipients": []}}, "bouncedRecipients"),
    ({"detail": {"complaint": {"subtype": "x"}}}, "complaint"),
    ({"where": nothing}, ""),
]


@pytest.mark.parametrize("matchers", EVENT_MATCHES)
def test_an_event_matches(sesfake: SesFake, bounced: Event, matchers: dict[str, Any]) -> None:
    if "type" not in matchers:
        matchers = {"type": "Bounce", **matchers}

    assert sesfake.events.one(**matchers) is bounced


@pytest.mark.parametrize("matchers, path", EVENT_DIFFERS)
def test_an_event_differs(bounced: Event, matchers: dict[str, Any], path: str) -> None:
    (difference,) = matching.differences(matching.EVENT, matchers, bounced).values()

    assert difference.path == path


def test_an_event_is_found_by_its_message_or_the_id_of_it(sesfake: SesFake) -> None:
    first = sesfake.send("ada@example.com", outcome=Complaint())
    second = sesfake.send("bob@example.com", outcome=Bounce())

    assert sesfake.events.one("Complaint", message=first).message is first
    assert sesfake.events.one("Send", message=second.id).message is second
    assert sesfake.events.none("Complaint", message=second)


# Calls.


@pytest.fixture
def called(sesfake: SesFake, send: Send) -> SesFake:
    """One accepted SendEmail in v2, one refused SendRawEmail in v1 abroad."""
    send("ada@example.com", subject="Hello")
    with pytest.raises(ClientError):
        sesfake.client("ses", region="eu-west-1").send_raw_email(Source="nobody", RawMessage={"Data": MAIL})
    return sesfake


@pytest.mark.parametrize(
    "matchers",
    [
        {"operation": "SendEmail"},
        {"operation": re.compile("^SendE")},
        {"api": "sesv2"},
        {"region": "us-east-1"},
        {"error": None},
        {"params": {"FromEmailAddress": "me@x.com"}},
        {"params": {"Destination": {"ToAddresses": ["ada@example.com"]}}},
        {"params": {"Content": {"Simple": {"Subject": {"Data": re.compile("ell")}}}}},
        {"params": {"Source": None, "ConfigurationSetName": None}},
        {"message": lambda message: message.subject == "Hello"},
        {"where": lambda call: call.attempts == 1 and call.message},
    ],
)
def test_the_accepted_call_matches(called: SesFake, matchers: dict[str, Any]) -> None:
    assert called.calls.one(**matchers) is called.calls[0]


@pytest.mark.parametrize(
    "matchers",
    [
        {"operation": "SendRawEmail"},
        {"api": "ses"},
        {"region": "eu-west-1"},
        {"error": "InvalidParameterValue"},
        {"error": re.compile("Invalid")},
        {"params": {"Source": "nobody", "RawMessage": {"Data": MAIL}}},
        {"message": None},
        {"where": lambda call: call.status == 400},
    ],
)
def test_the_refused_call_matches(called: SesFake, matchers: dict[str, Any]) -> None:
    assert called.calls.one(**matchers) is called.calls[1]


def test_a_call_is_found_by_any_of_its_messages(called: SesFake) -> None:
    message = called.outbox[0]

    assert called.calls.one(message=message) is called.calls[0]
    assert called.calls.one(message=message.id) is called.calls[0]
    assert called.calls.none(message="another id")


@pytest.mark.parametrize("verb", ["one", "none", "all", "count", "wait"])
def test_an_unknown_operation_suggests_the_nearest(sesfake: SesFake, verb: str) -> None:
    text = r"operation='SendMail' never matches: SES has no such operation\. Did you mean 'SendEmail'\?"
    for log in (sesfake.calls, sesfake.outbox, sesfake.events):
        with pytest.raises(ValueError, match=text):
            getattr(log, verb)(operation="SendMail")


def test_an_operation_that_was_called_all_the_same_may_be_asked_for(sesfake: SesFake) -> None:
    simulation = sesfake.outbox.simulation
    with simulation.lock:
        simulation.log_call(Call(simulation, "sesv2", "SendFax", "us-east-1", 0.0))

    assert sesfake.calls.one(operation="SendFax") is simulation.calls[0]
    assert sesfake.outbox.none(operation=re.compile("Fax"))
    assert sesfake.calls.none(operation="AUTH")
