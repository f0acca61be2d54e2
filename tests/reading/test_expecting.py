"""Blocks that count, and what they say when the counts are others."""

from __future__ import annotations

from textwrap import dedent
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pytest_sesfake import Bounce, SesFake

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Message

    Send = Callable[..., Message]


def said(sesfake: SesFake, act: Callable[[], object], **wanted: Any) -> str:
    with pytest.raises(AssertionError) as caught, sesfake.expect(**wanted):
        act()
    return str(caught.value)


def text(expected: str) -> str:
    return dedent(expected).strip()


def test_a_block_counts_what_happened_in_it_and_nothing_before(sesfake: SesFake, send: Send) -> None:
    send("ada@example.com")
    with sesfake.expect(sent=2, calls=3, events=4), sesfake.expect(events={"Send": 2, "Delivery": 2, "Bounce": 0}):
        send("ada@example.com")
        send("bob@example.com")
        sesfake.client().get_account()
    send("ada@example.com")


def test_only_what_was_asked_is_counted(sesfake: SesFake, send: Send) -> None:
    with sesfake.expect(calls=1):
        send("ada@example.com")
    with sesfake.expect(sent=0):
        sesfake.client().get_account()


def test_a_mapping_without_a_type_means_no_events(sesfake: SesFake, send: Send) -> None:
    with sesfake.expect(events={}):
        sesfake.client().get_account()

    assert said(sesfake, lambda: send("ada@example.com"), events={}).startswith(
        "expected events=0 in this block: events is 2\n  events : #1 Send ada@example.com"
    )


def test_too_few_sent_lists_the_calls_of_the_block(sesfake: SesFake, send: Send) -> None:
    send("bob@example.com")
    sesfake.on(recipient="ada@example.com", operation="SendEmail").fail("MessageRejected", "No.")

    def act() -> None:
        with pytest.raises(ClientError):
            send("ada@example.com")

    text_of_failure = said(sesfake, act, sent=1)
    _, line = sesfake.calls[-1].caller or ("", 0)
    assert text_of_failure == text(f"""
        expected sent=1 in this block: sent is 0
          sent   : nothing
          calls  : #2 sesv2 SendEmail 12:00:00 to=['ada@example.com'] MessageRejected: No. \
(tests/reading/conftest.py:{line})
          hint   : 1 message was sent before this block
    """)


def test_too_many_sent_lists_them(sesfake: SesFake, send: Send) -> None:
    def act() -> None:
        send("ada@example.com")
        send("ada@example.com", subject="Again")

    text_of_failure = said(sesfake, act, sent=1, calls=2)
    _, line = sesfake.calls[-1].caller or ("", 0)
    assert text_of_failure == text(f"""
        expected sent=1, calls=2 in this block: sent is 2
          sent   : #1 sesv2 SendEmail 12:00:00 from=me@x.com to=['ada@example.com'] subject='A subject'
                   #2 sesv2 SendEmail 12:00:00 from=me@x.com to=['ada@example.com'] subject='Again'
          calls  : #1 sesv2 SendEmail 12:00:00 to=['ada@example.com'] 200 (tests/reading/conftest.py:{line})
                   #2 sesv2 SendEmail 12:00:00 to=['ada@example.com'] 200 (tests/reading/conftest.py:{line})
    """)


def test_other_events_are_listed_with_those_that_are_due_later(sesfake: SesFake, send: Send) -> None:
    sesfake.on(recipient="ada@example.com").bounce(after=3600)

    text_of_failure = said(sesfake, lambda: send("ada@example.com"), events={"Bounce": 1, "Delivery": 1})

    assert text_of_failure == text("""
        expected events={'Bounce': 1, 'Delivery': 1} in this block: events is {'Bounce': 0}
          events : #1 Send ada@example.com 12:00:00 of 'A subject'
                   #2 Delivery ada@example.com 12:00:00 of 'A subject'
          hint   : Bounce of ada@example.com is due in 1 hour: use sesfake.clock.advance(hours=1)
    """)


def test_mail_that_django_kept_is_a_hint(sesfake: SesFake, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = SimpleNamespace(recipients=lambda: ["ada@example.com"])
    monkeypatch.setitem(__import__("sys").modules, "django.core.mail", SimpleNamespace(outbox=[kept]))

    assert "hint   : 1 message is in django.core.mail.outbox" in said(sesfake, lambda: None, sent=1)


def test_an_exception_on_its_way_out_is_not_replaced(sesfake: SesFake) -> None:
    with pytest.raises(KeyError), sesfake.expect(sent=1):
        raise KeyError


def test_what_was_started_over_inside_the_block_is_counted_from_then(sesfake: SesFake) -> None:
    sesfake.send("ada@example.com")
    with sesfake.expect(sent=1):
        sesfake.reset()
        sesfake.send("bob@example.com", outcome=Bounce())


@pytest.mark.parametrize(
    "wanted, error, text",
    [
        ({}, TypeError, r"expect\(\) takes at least one of sent=, events= and calls="),
        ({"sent": -1}, TypeError, r"expect\(sent=\) takes a whole number, not -1"),
        ({"calls": True}, TypeError, r"expect\(calls=\) takes a whole number, not True"),
        ({"calls": {"SendEmail": 1}}, TypeError, r"expect\(calls=\) takes a whole number, not \{'SendEmail': 1\}"),
        ({"events": "Bounce"}, TypeError, r"takes a whole number, or a dict such as \{'Bounce': 1\}, not 'Bounce'"),
        ({"events": {"Bounce": "1"}}, TypeError, "takes a whole number, or a dict"),
        ({"events": {"bounce": 1}}, ValueError, r"type='bounce' never matches\. Did you mean 'Bounce'\?"),
    ],
)
def test_what_cannot_be_counted_is_refused_at_once(
    sesfake: SesFake, wanted: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        sesfake.expect(**wanted)
