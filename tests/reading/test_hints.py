"""What a failed look gives as a possible cause: each hint where it helps, and not where it does not."""

from __future__ import annotations

import re
import smtplib
import ssl
import sys
from email.message import EmailMessage
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from pytest_sesfake import Bounce, Complaint, Event, Outcome, Rejection, SesFake
from pytest_sesfake.ses.events import SENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Message

    Send = Callable[..., Message]
    Hints = Callable[[Callable[[], object]], list[str]]


# It is there, under another name.


def test_a_bcc_that_was_asked_for_as_to(sesfake: SesFake, send: Send, hints: Hints) -> None:
    send("ada@example.com")
    send("ada@example.com", bcc=("bob@example.com",))

    assert hints(lambda: sesfake.outbox.one(to="bob@example.com")) == [
        "'bob@example.com' was found in Bcc of #2, but searched in the To header: use bcc="
    ]


def test_a_text_that_was_searched_in_the_other_body(sesfake: SesFake, send: Send, hints: Hints) -> None:
    send("ada@example.com", text="plain", html="<p>rich")

    assert hints(lambda: sesfake.outbox.one(to="ada@example.com", text="rich")) == [
        "'rich' was found in html of #1, but searched in text: use html="
    ]
    assert hints(lambda: sesfake.outbox.one(html=re.compile("^plain$"))) == [
        "re.compile('^plain$') was found in text of #1, but searched in html: use text="
    ]


def test_a_header_that_is_not_the_envelope(sesfake: SesFake, hints: Hints) -> None:
    sesfake.client("ses").send_raw_email(
        Source="bounces@x.com",
        Destinations=["bob@example.com"],
        RawMessage={"Data": b"From: ada@x.com\r\nTo: list@example.com\r\n\r\nHello"},
    )

    assert hints(lambda: sesfake.outbox.one(recipient="list@example.com")) == [
        "'list@example.com' was found in the To header of #1, but searched in the envelope: use to="
    ]
    assert hints(lambda: sesfake.outbox.one(sender="bounces@x.com")) == [
        "'bounces@x.com' was found in the envelope's sender of #1, but searched in the From header: use source="
    ]


def test_a_header_field_that_ses_removes_or_replaces(sesfake: SesFake, hints: Hints) -> None:
    sesfake.client("ses").send_raw_email(
        RawMessage={
            "Data": b"From: ada@x.com\r\nTo: bob@x.com\r\nX-SES-MESSAGE-TAGS: a=b\r\nMessage-ID: <1@x.com>\r\n\r\nHello"
        },
    )

    assert hints(lambda: sesfake.outbox.one(header={"X-SES-MESSAGE-TAGS": "a=b"})) == [
        "the application gave 'X-SES-MESSAGE-TAGS' to #1, but SES removes it: compare message.submitted_headers"
    ]
    assert hints(lambda: sesfake.outbox.one(header={"Message-ID": "<1@x.com>"})) == [
        "the application gave 'Message-ID' to #1, but SES replaces it: compare message.submitted_headers"
    ]
    assert hints(lambda: sesfake.outbox.one(header={"Message-ID": "<2@x.com>"})) == []
    assert hints(lambda: sesfake.outbox.one(to="eve@x.com", header={"Message-ID": "<1@x.com>"})) == []
    assert (
        hints(lambda: sesfake.outbox.one(header={"X-SES-MESSAGE-TAGS": lambda value: value is not None and value + 1}))
        == []
    )


def test_other_differences_are_not_hidden_by_another_name(sesfake: SesFake, send: Send, hints: Hints) -> None:
    send("ada@example.com", bcc=("bob@example.com",), subject="Hello")

    assert hints(lambda: sesfake.outbox.one(to="bob@example.com", subject="Goodbye")) == []


_NOTHING = "no call reached SES. Other processes need the fixture sesfake_endpoint or sesfake_smtp"
_SEARCHED = "the subject of #1 contains it, but subject= compares the whole subject: use "
_READ = "but html= searches in the HTML source: use message.html_text"


@pytest.mark.parametrize(
    "asked, hint",
    [
        ({"subject": "welcome,  Ada!"}, "the subject of #1 contains it with other capitals, spaces or escapes"),
        ({"subject": "Welcome"}, _SEARCHED + "subject=re.compile('Welcome')"),
        ({"subject": "welcome, ada"}, _SEARCHED + "subject=re.compile('welcome, ada', re.IGNORECASE)"),
        ({"subject": "Ada! (1)"}, _SEARCHED + r"subject=re.compile(r'Ada! \(1\)')"),
        ({"text": "first line second line"}, "the text of #1 contains it with other capitals, spaces or escapes"),
        ({"text": "FIRST"}, "the text of #1 contains it with other capitals, spaces or escapes"),
        ({"html": "ada O'Brien"}, f'a reader of #1 sees "ada O\'Brien", {_READ}'),
        ({"html": "Ada B"}, f"a reader of #1 sees 'Ada B', {_READ}"),
        ({"html": 'CLASS="B"'}, "the html of #1 contains it with other capitals, spaces or escapes"),
    ],
    ids=str,
)
def test_another_spelling(sesfake: SesFake, send: Send, hints: Hints, asked: dict[str, Any], hint: str) -> None:
    html = "Ada\n O&#x27;Brien, Ada <b class='x'>B</b><i class=\"b\">"
    send("ada@example.com", subject="Welcome, Ada! (1)", text="First line\nsecond line", html=html)

    assert hints(lambda: sesfake.outbox.one(to="ada@example.com", **asked)) == [hint]


def test_a_pattern_that_a_hint_gives_finds_the_subject(sesfake: SesFake, send: Send, hints: Hints) -> None:
    send("ada@example.com", subject="It's 50% (really): C:\\new")

    (said,) = hints(lambda: sesfake.outbox.one(subject="it's 50% (Really): c:\\New"))

    pattern = said.partition("subject=")[2].partition("subject=")[2]
    assert sesfake.outbox.count(subject=eval(pattern, {"re": re})) == 1  # noqa: S307 - what a reader would type


# It never got so far.


@pytest.mark.parametrize(
    "settings, cure",
    [
        ({"verified": []}, "SES accepts only verified senders here: use sesfake.verify('me@x.com')"),
        (
            {"sandbox": True},
            (
                "in the sandbox, recipients must be verified too: "
                "use sesfake.verify('ada@example.com') or the setting sandbox=False"
            ),
        ),
    ],
    ids=str,
)
def test_a_hint_says_how_to_verify_an_address(settings: dict[str, Any], cure: str, hints: Hints) -> None:
    with SesFake(**settings) as sesfake:
        with pytest.raises(ClientError):
            sesfake.client().send_email(
                FromEmailAddress="me@x.com",
                Destination={"ToAddresses": ["ada@example.com"]},
                Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
            )
        assert hints(sesfake.outbox.one)[1:] == [cure]


def test_an_index_error_explains_what_is_missing(sesfake: SesFake, send: Send) -> None:
    with pytest.raises(IndexError) as caught:
        sesfake.outbox[0]
    assert str(caught.value) == f"outbox[0] does not exist: there are no messages\n  hint   : {_NOTHING}"
    send("ada@example.com")
    with pytest.raises(IndexError) as caught:
        sesfake.outbox[-2]
    assert str(caught.value) == (
        "outbox[-2] does not exist: there is 1\n"
        "  holds  : #1 sesv2 SendEmail 12:00:00 from=me@x.com to=['ada@example.com'] subject='A subject'"
    )


def test_a_bounce_tells_the_script_that_wanted_it(sesfake: SesFake, send: Send, hints: Hints) -> None:
    sesfake.on(recipient="ada@example.com").bounce()
    send("ada@example.com")
    send("bounce@simulator.amazonses.com")
    _, line = next(iter(sesfake.outbox.simulation.scripts)).origin or ("", 0)

    (scripted,) = hints(lambda: sesfake.events.one("Delivery", recipient="ada@example.com"))
    assert scripted.endswith(f", at 12:00:00 (scripted at tests/reading/test_hints.py:{line})")
    (simulated,) = hints(lambda: sesfake.events.one("Delivery", recipient="bounce@simulator.amazonses.com"))
    assert simulated.endswith(", at 12:00:00")


def test_nothing_was_published(sesfake: SesFake, hints: Hints) -> None:
    assert hints(sesfake.notifications.one) == [_NOTHING]
    sesfake.send("ada@example.com")
    (said,) = hints(lambda: sesfake.notifications.one("Delivery"))
    assert said == (
        "SES published nothing. sesfake.subscribe(application) sends all events to an application; "
        "sesfake.configuration_set(name, topic=...) publishes them to a topic"
    )


def test_refused_calls_are_counted_by_what_was_said(sesfake: SesFake, send: Send, hints: Hints) -> None:
    sesfake.on(operation="SendEmail").fail("MessageRejected", "No.", times=2).then.fail(
        "AccountSuspendedException", "Never."
    )
    for _ in range(3):
        with pytest.raises(ClientError):
            send("ada@example.com")
    script = next(iter(sesfake.outbox.simulation.scripts)).origin or ("", 0)
    caller = f"tests/reading/conftest.py:{(sesfake.calls[0].caller or ('', 0))[1]}"
    where = f"({caller}, scripted at tests/reading/test_hints.py:{script[1]})"

    assert hints(lambda: sesfake.outbox.one(recipient="*@example.com")) == [
        f"2 calls for *@example.com were refused: MessageRejected, No. {where}",
        f"1 call for *@example.com was refused: AccountSuspendedException, Never. {where}",
    ]
    assert hints(sesfake.outbox.one)[0] == f"2 calls were refused: MessageRejected, No. {where}"
    assert hints(lambda: sesfake.outbox.one(to="bob@example.com")) == []


def test_refusals_of_other_operations_are_no_cause(sesfake: SesFake, hints: Hints) -> None:
    sesfake.on(operation="GetAccount").fail("BadRequestException", "No.")
    with pytest.raises(ClientError):
        sesfake.client().get_account()

    assert hints(lambda: sesfake.outbox.one(to="ada@example.com")) == []


def test_a_hint_shows_a_refused_call_without_known_recipients(sesfake: SesFake, hints: Hints) -> None:
    with pytest.raises(ClientError):
        sesfake.client().send_email(Content={})
    assert sesfake.calls[0].recipients == ()

    (said,) = hints(lambda: sesfake.outbox.one(to="ada@example.com"))
    assert said.startswith("1 call was refused: BadRequestException, ")


def test_a_call_without_answer(sesfake: SesFake, hints: Hints) -> None:
    sesfake.on(recipient="ada@example.com", operation="SendEmail").timeout()
    client = sesfake.client(config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(HTTPClientError):
        client.send_email(
            FromEmailAddress="me@x.com",
            Destination={"ToAddresses": ["ada@example.com"]},
            Content={"Simple": {"Subject": {"Data": "x"}, "Body": {}}},
        )

    (said,) = hints(lambda: sesfake.outbox.one(to="ada@example.com"))
    assert said.startswith("1 call for ada@example.com got no answer: timeout (")


def test_an_smtp_mail_that_was_refused(sesfake: SesFake, hints: Hints) -> None:
    sesfake.on(api="smtp", recipient="ada@example.com").fail("554", "No.")
    mail = EmailMessage()
    mail["From"], mail["To"] = "me@x.com", "ada@example.com"
    with smtplib.SMTP(sesfake.smtp.host, sesfake.smtp.port) as client:
        client.starttls(context=ssl.create_default_context(cafile=sesfake.smtp.ca_file))
        client.login(sesfake.smtp.username, sesfake.smtp.password)
        with pytest.raises(smtplib.SMTPDataError):
            client.send_message(mail)

    (said,) = hints(lambda: sesfake.outbox.one(to="ada@example.com"))
    assert said.startswith("1 call for ada@example.com was refused: 554, ")


def test_an_identity_that_is_verified_in_another_region(hints: Hints) -> None:
    with SesFake(verified=[]) as sesfake:
        sesfake.verify("example.com", region="us-east-1")
        client = sesfake.client(region="eu-west-1")
        with pytest.raises(ClientError):
            client.send_email(
                FromEmailAddress="Me <me@example.com>",
                Destination={"ToAddresses": ["ada@example.org"]},
                Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
            )

        refused, elsewhere = hints(lambda: sesfake.outbox.one(to="ada@example.org"))

    assert "1 call for ada@example.org was refused: " in refused
    assert elsewhere == "me@example.com is verified in us-east-1, but the call went to eu-west-1"


def test_a_template_that_did_not_render(sesfake: SesFake, hints: Hints) -> None:
    class NotRendered(Event):
        type = "RenderingFailure"
        detail = {"errorMessage": "Attribute 'name' is not present in the rendering data.", "templateName": "welcome"}  # noqa: RUF012 - nothing changes it

    with SesFake() as other:
        message = other.send("ada@example.com")
    sesfake.events.simulation.events.append(NotRendered(message, 0, 0.0, message.recipients, SENT))
    expected = (
        "the mail for ada@example.com was not sent, because its template 'welcome' did not render: "
        "Attribute 'name' is not present in the rendering data."
    )

    assert hints(lambda: sesfake.outbox.one(to="ada@example.com"))[0] == expected
    assert hints(sesfake.outbox.one)[0] == expected
    assert hints(lambda: sesfake.outbox.one(to="bob@example.com")) == []


# What became of it.


@pytest.mark.parametrize(
    "outcome, hint",
    [
        (Bounce(), "ada@example.com bounced, Permanent/General: smtp; 550 5.1.1 user unknown, at 12:00:00"),
        (Complaint(), "ada@example.com complained, at 12:00:00"),
        (Rejection(), "ada@example.com was rejected, Bad content, at 12:00:00"),
    ],
    ids=str,
)
def test_a_hint_says_what_happened_to_the_recipient(
    sesfake: SesFake, hints: Hints, outcome: Outcome, hint: str
) -> None:
    sesfake.send("ada@example.com", outcome=outcome)
    sesfake.send("bob@example.com")

    assert hints(lambda: sesfake.events.one("Delivery", recipient="ada@example.com", subject="x")) == [hint]
    assert hints(lambda: sesfake.events.one("Delivery", recipient="bob@example.com", subject="x")) == []


def test_who_bounced_and_is_suppressed_since(sesfake: SesFake, hints: Hints) -> None:
    sesfake.send("ada@example.com", outcome=Bounce())
    sesfake.send("ada@example.com")

    assert hints(lambda: sesfake.events.one("Delivery", recipient="ada@example.com")) == [
        (
            "ada@example.com was suppressed, OnAccountSuppressionList: SES did not try to deliver, at 12:00:00 "
            "(SES suppresses an address after a Permanent bounce; the setting suppression=[] switches this off)"
        )
    ]


def test_who_was_suppressed_from_the_start(sesfake: SesFake, hints: Hints) -> None:
    sesfake.suppress("ada@example.com")
    sesfake.send("ada@example.com")

    assert hints(lambda: sesfake.events.one("Delivery", recipient="ada@example.com")) == [
        "ada@example.com was suppressed, OnAccountSuppressionList: SES did not try to deliver, at 12:00:00"
    ]


@pytest.mark.parametrize(
    "after, said",
    [
        (7200, "2 hours: use sesfake.clock.advance(hours=2)"),
        (60, "1 minute: use sesfake.clock.advance(minutes=1)"),
        (61.5, "62 seconds: use sesfake.clock.advance(seconds=62)"),
    ],
)
def test_an_event_that_is_due_later(sesfake: SesFake, send: Send, hints: Hints, after: float, said: str) -> None:
    sesfake.on(recipient="ada@example.com").bounce(after=after)
    message = send("ada@example.com")
    expected = [f"Bounce of ada@example.com is due in {said}"]

    assert hints(lambda: sesfake.events.one("Bounce", recipient="ada@example.com")) == expected
    assert hints(lambda: sesfake.events.one("Bounce", detail={"bounceType": "Permanent"})) == expected
    assert hints(lambda: sesfake.outbox.one(where=lambda item: item.status["ada@example.com"] == "Bounced")) == expected
    assert hints(lambda: sesfake.events.one("Complaint")) == []
    assert hints(lambda: sesfake.events.one("Bounce", recipient="bob@example.com")) == []
    assert message.status["ada@example.com"] == "Delivered"


def test_mail_that_django_kept(sesfake: SesFake, hints: Hints, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [
        SimpleNamespace(recipients=lambda: ["Ada <ada@example.com>"]),
        SimpleNamespace(recipients=lambda: ["b@x.com"]),
    ]
    monkeypatch.setitem(sys.modules, "django.core.mail", SimpleNamespace(outbox=kept))

    (said,) = hints(lambda: sesfake.outbox.one(to="ada@example.com"))
    assert said == (
        "1 message is in django.core.mail.outbox: Django uses its locmem backend, which sends nothing to SES. "
        "Write `sesfake_django = true` in the ini file"
    )
    assert hints(sesfake.outbox.one)[0].startswith("2 messages are in django.core.mail.outbox: ")
    assert hints(lambda: sesfake.outbox.one(to="cy@example.com")) == [_NOTHING]


def test_nothing_at_all_happened(sesfake: SesFake, send: Send, hints: Hints) -> None:
    assert hints(sesfake.calls.one) == [_NOTHING]

    send("ada@example.com")
    assert hints(lambda: sesfake.calls.one(api="smtp")) == []


def test_three_hints_are_enough_but_in_full(
    sesfake: SesFake, send: Send, hints: Hints, request: pytest.FixtureRequest
) -> None:
    script = sesfake.on(operation="SendEmail").fail("Fault0", "No.", custom=True)
    for number in range(1, 5):
        script.then.fail(f"Fault{number}", "No.", custom=True)
    for _ in range(5):
        with pytest.raises(ClientError):
            send("ada@example.com")

    assert len(hints(sesfake.outbox.one)) == 3
    request.getfixturevalue("in_full")
    assert len(hints(sesfake.outbox.one)) == 5


def test_a_hint_names_providers_that_report_no_complaints_to_ses(sesfake: SesFake) -> None:
    sesfake.on(recipient="*").complain()
    sesfake.send(["ada@gmail.com", "bob@example.com"])

    with pytest.raises(AssertionError, match=r"gmail\.com does not report complaints to SES"):
        sesfake.events.one("Complaint", recipient="ada@gmail.com")
    with pytest.raises(AssertionError) as caught:
        sesfake.events.one("Complaint", recipient="eve@example.com")
    assert "tells SES nothing" not in str(caught.value)


def test_a_hint_explains_when_the_account_list_overrides_the_global_one(sesfake: SesFake) -> None:
    sesfake.suppress("ada@example.com", scope="global")
    sesfake.send(["ada@example.com", "bob@example.com"])

    with pytest.raises(
        AssertionError,
        match=r"ada@example\.com is on the global suppression list, .*: use the setting suppression=\[\]",
    ):
        sesfake.events.one("Bounce", recipient="ada@example.com")
    with pytest.raises(AssertionError) as caught:
        sesfake.events.one("Bounce", recipient="bob@example.com")
    assert "global suppression list" not in str(caught.value)
