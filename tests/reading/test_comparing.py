"""The texts of plain asserts, and which values may be equal."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from dirty_equals import Contains, HasAttributes, IsPartialDict, IsStr

from pytest_sesfake import Bounce, SesFake
from pytest_sesfake.reading.comparing import explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Message

    Send = Callable[..., Message]


def text(expected: str) -> list[str]:
    return dedent(expected).strip("\n").splitlines()


# Equality with partial matchers.


def test_messages_are_equal_to_partial_matchers(sesfake: SesFake, send: Send) -> None:
    message = send("Ada <ada@example.com>", subject="Welcome, Ada")

    assert message == HasAttributes(subject=IsStr(regex="Welcome.*"), to=["Ada <ada@example.com>"])
    assert message != HasAttributes(subject="Goodbye")
    assert sesfake.outbox == [HasAttributes(subject="Welcome, Ada")]
    assert sesfake.outbox != [HasAttributes(subject="Goodbye")]
    assert HasAttributes(subject="Welcome, Ada") in sesfake.outbox
    assert sesfake.outbox.one(where=lambda message: message == HasAttributes(api="sesv2")) is message


def test_events_and_their_details_are_equal_to_partial_matchers(sesfake: SesFake) -> None:
    message = sesfake.send("ada@example.com", outcome=Bounce())

    assert sesfake.events == [HasAttributes(type="Send"), HasAttributes(type="Bounce", message=message)]
    assert sesfake.events.one(detail=IsPartialDict(bounceType="Permanent")).type == "Bounce"
    assert message.status == {"ada@example.com": "Bounced"}


def test_attachments_and_links_are_equal_to_partial_matchers(send: Send) -> None:
    message = send(
        "ada@example.com",
        text="See https://example.com/a and https://example.com/b",
        content={"Attachments": [{"FileName": "terms.pdf", "RawContent": b"%PDF"}]},
    )

    assert message.links == Contains("https://example.com/a")
    assert message.attachments == [HasAttributes(name="terms.pdf", content=b"%PDF")]


# Explanations.


def test_a_status_tells_the_event_that_led_to_it(sesfake: SesFake) -> None:
    message = sesfake.send("ada@example.com", outcome=Bounce())

    assert explain("==", message.status["ada@example.com"], "Delivered") == text("""
'Bounced' == 'Delivered'
'Bounced' was caused by Bounce ada@example.com 12:00:00 Permanent/General of 'A message'
  'smtp; 550 5.1.1 user unknown'
    """)


def test_an_unknown_status_suggests_the_nearest(sesfake: SesFake) -> None:
    message = sesfake.send("ada@example.com")

    assert explain("==", message.status["ada@example.com"], "delivered") == [
        "'Delivered' == 'delivered'",
        "unknown status 'delivered'. Did you mean 'Delivered'?",
    ]


def test_a_pending_status_tells_that_nothing_happened_yet(sesfake: SesFake) -> None:
    sesfake.on(recipient="ada@example.com").deliver(after=60)
    message = sesfake.send("ada@example.com")

    _, line, due = explain("==", "Delivered", message.status["ada@example.com"]) or ["", "", ""]
    assert line.startswith("nothing has happened to this recipient yet. ")
    assert due == "Delivery of ada@example.com is due in 1 minute: use sesfake.clock.advance(minutes=1)"


def test_a_plain_status_tells_what_is_due_for_its_recipient(sesfake: SesFake) -> None:
    sesfake.on(recipient="ada@example.com").complain(after=86400)
    message = sesfake.send(["ada@example.com", "bob@example.com"])

    ada = explain("==", message.status["ada@example.com"], "Complained") or []
    bob = explain("==", message.status["bob@example.com"], "Complained") or []

    assert ada[-1] == "Complaint of ada@example.com is due in 24 hours: use sesfake.clock.advance(hours=24)"
    assert not any("is due" in line for line in bob)


def test_all_statuses_tell_what_differs_by_address(sesfake: SesFake) -> None:
    sesfake.on(recipient="bob@example.com").bounce()
    message = sesfake.send(["ada@example.com", "bob@example.com"])

    lines = explain("==", message.status, {"bob@example.com": "Delivered", "cy@example.com": "Delivered"})

    assert lines == text("""
{'ada@example.com': 'Delivered', 'bob@example.com': 'Bounced'} == {'bob@example.com': 'Delivered', \
'cy@example.com': 'Delivered'}
ada@example.com: 'Delivered' was not expected
  'Delivered' was caused by Delivery ada@example.com 12:00:00 of 'A message'
bob@example.com: 'Bounced' != 'Delivered'
  'Bounced' was caused by Bounce bob@example.com 12:00:00 Permanent/General of 'A message'
    'smtp; 550 5.1.1 user unknown'
cy@example.com: it is missing, expected 'Delivered'
    """)


def test_a_message_tells_in_what_it_differs_from_a_partial_matcher(send: Send) -> None:
    message = send("ada@example.com", subject="Welcome")

    assert explain("==", message, HasAttributes(subject="Goodbye", api="sesv2")) == text("""
<sesv2 SendEmail 12:00:00 from=me@x.com to=['ada@example.com'] subject='Welcome'> == \
HasAttributes(subject='Goodbye', api='sesv2')
subject : 'Welcome' != 'Goodbye'
    """)


def test_two_messages_tell_in_what_they_differ(send: Send) -> None:
    lines = explain("==", send("ada@example.com", subject="One"), send("ada@example.com", subject="Two")) or []
    assert [re.sub(" +", " ", line) for line in lines[1:]] == ["subject : 'One' != 'Two'"]

    again = explain("==", send("ada@example.com"), send("ada@example.com")) or []
    assert again[1:] == ["both messages have the same content: the mail was sent twice"]


def test_comparing_a_message_with_text_names_the_right_attribute(sesfake: SesFake, send: Send) -> None:
    message = send("ada@example.com")

    assert (explain("==", message, "A text.") or [])[1] == (
        "a message equals only itself. Compare its subject, text, html or to, or use dirty_equals.HasAttributes"
    )
    assert (explain("==", sesfake.events[0], {"eventType": "Send"}) or [])[1] == (
        "an event equals only itself. Compare its type, recipients, detail or payload()"
    )


def test_an_outbox_tells_what_it_holds(sesfake: SesFake, send: Send) -> None:
    send("ada@example.com", subject="One")
    send("bob@example.com", subject="Two")

    assert explain("==", sesfake.outbox, []) == text("""
outbox == []
the log has 2 messages, the list has 0
  holds  : #1 sesv2 SendEmail 12:00:00 from=me@x.com to=['ada@example.com'] subject='One'
           #2 sesv2 SendEmail 12:00:00 from=me@x.com to=['bob@example.com'] subject='Two'
    """)
    assert (explain("==", sesfake.outbox, [HasAttributes(subject="One"), HasAttributes(subject="2")]) or [])[-2:] == [
        "#2 is the first item that differs from HasAttributes(subject='2')",
        "  subject : 'Two' != '2'",
    ]


def test_looking_for_an_address_in_an_outbox_names_the_right_query(sesfake: SesFake, send: Send) -> None:
    send("ada@example.com")

    assert explain("in", "ada@example.com", sesfake.outbox) == text("""
'ada@example.com' in outbox
an outbox contains messages. Use outbox.count(to=...) or outbox.count(subject=...)
  holds  : #1 sesv2 SendEmail 12:00:00 from=me@x.com to=['ada@example.com'] subject='A subject'
    """)


@pytest.mark.parametrize("op", ["==", "in", "<"])
def test_what_is_not_ours_is_left_to_others(op: str) -> None:
    assert explain(op, 1, 2) is None
    assert explain(op, "a", ["b"]) is None
