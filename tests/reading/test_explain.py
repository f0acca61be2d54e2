"""The texts of failed looks are contracts, and stand here as users see them."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pytest_sesfake import Bounce, Complaint

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Message, SesFake

    Send = Callable[..., Message]
    Failure = Callable[[Callable[[], object]], str]


def text(expected: str) -> str:
    return dedent(expected).strip()


def test_the_nearest_message_comes_first_and_tells_its_differences(
    sesfake: SesFake, send: Send, failure: Failure
) -> None:
    send("alice@x.com", subject="Receipt 17")
    send("bobby@example.com", subject="Welcom")
    send("cy@example.com", bcc=("bob@example.com",), subject="Invoice")
    sesfake.on(recipient="bob@example.com", operation="SendEmail").fail("MessageRejected", "address is not verified")
    with pytest.raises(ClientError):
        send("bob@example.com", subject="Welcome")
    _, line = sesfake.calls[-1].caller or ("", 0)
    _, script = next(iter(sesfake.outbox.simulation.scripts)).origin or ("", 0)

    said = failure(lambda: sesfake.outbox.one(to="bob@example.com", subject="Welcome"))

    assert said == text(f"""
        expected exactly one message with to='bob@example.com', subject='Welcome': none of 3 matches
          closest: #2 sesv2 SendEmail 12:00:00 from=me@x.com to=['bobby@example.com'] subject='Welcom'
              to      : 'bob@example.com' is not in ['bobby@example.com']
              subject : 'Welcome' != 'Welcom'
          others : #1 alice@x.com 'Receipt 17' · #3 bob@example.com (Bcc) and 1 more 'Invoice'
          hint   : 1 call for bob@example.com was refused: MessageRejected, address is not verified \
(tests/reading/conftest.py:{line}, scripted at tests/reading/test_explain.py:{script})
    """)


@pytest.mark.usefixtures("in_full")
def test_in_full_every_message_tells_its_differences(sesfake: SesFake, send: Send, failure: Failure) -> None:
    send("alice@x.com", subject="Receipt 17")
    send("bobby@example.com", subject="Welcom")
    send("bob@example.com", subject="Invoice", cc=("cy@example.com",), region="eu-west-1")

    said = failure(lambda: sesfake.outbox.one(to="bob@example.com", subject="Welcome"))

    assert said == text("""
        expected exactly one message with to='bob@example.com', subject='Welcome': none of 3 matches
          closest: #3 sesv2 SendEmail eu-west-1 12:00:00 from=me@x.com to=['bob@example.com'] cc=['cy@example.com'] \
subject='Invoice'
              subject : 'Welcome' != 'Invoice'
          other  : #2 sesv2 SendEmail 12:00:00 from=me@x.com to=['bobby@example.com'] subject='Welcom'
              to      : 'bob@example.com' is not in ['bobby@example.com']
              subject : 'Welcome' != 'Welcom'
          other  : #1 sesv2 SendEmail 12:00:00 from=me@x.com to=['alice@x.com'] subject='Receipt 17'
              to      : 'bob@example.com' is not in ['alice@x.com']
              subject : 'Welcome' != 'Receipt 17'
    """)


def test_fewest_differences_come_before_likeness(sesfake: SesFake, send: Send, failure: Failure) -> None:
    send("ada@example.com", subject="Nothing like it", text="Confirm here")
    send("ada@example.org", subject="Welcome, Ade", text="Confirm here")

    said = failure(lambda: sesfake.outbox.one(to="ada@example.com", subject="Welcome, Ada", text="Confirm"))

    assert "closest: #1 " in said


def test_of_equally_different_messages_the_newest_is_the_closest(
    sesfake: SesFake, send: Send, failure: Failure
) -> None:
    for _ in range(3):
        send("ada@example.com")

    assert "closest: #3 " in failure(lambda: sesfake.outbox.one(region="eu-west-1"))


def test_only_what_was_asked_is_shown(sesfake: SesFake, send: Send, failure: Failure) -> None:
    send("ada@example.com", subject="Hello", html="<p>Hello</p>")

    said = failure(lambda: sesfake.outbox.one(to="ada@example.com", html="Goodbye"))

    assert said == text("""
        expected exactly one message with to='ada@example.com', html='Goodbye': the only one does not match
          closest: #1 sesv2 SendEmail 12:00:00 from=me@x.com to=['ada@example.com'] subject='Hello'
              html : 'Goodbye' is not in '<p>Hello</p>'
    """)


@pytest.mark.parametrize(
    "asked, line",
    [
        ({"subject": None}, "subject : None != 'Hello'"),
        ({"html": "x"}, "html : 'x' is not in None"),
        ({"subject": re.compile("^x")}, "subject : re.compile('^x') is not found in 'Hello'"),
        ({"to": re.compile("^x")}, "to : re.compile('^x') is not found in any of ['Ada <ada@example.com>']"),
        ({"to": ["x@example.com"]}, "to : ['x@example.com'] != ['Ada <ada@example.com>']"),
        ({"cc": None}, "cc : None != ['cy@example.com']"),
        ({"tag": {"campaign": "autumn"}}, "tag : campaign 'autumn' != 'spring'"),
        ({"tag": {"shard": "7"}}, "tag : shard '7' != None"),
        ({"header": {"x-kind": "b"}}, "header : x-kind 'b' != 'a'"),
        ({"attachment": "a.pdf"}, "attachment : 'a.pdf' is not in ['terms.pdf']"),
    ],
)
def test_a_difference_reads_as_a_sentence(
    sesfake: SesFake, send: Send, failure: Failure, asked: dict[str, Any], line: str
) -> None:
    send(
        "Ada <ada@example.com>",
        cc=("cy@example.com",),
        subject="Hello",
        EmailTags=[{"Name": "campaign", "Value": "spring"}],
        content={
            "Headers": [{"Name": "X-Kind", "Value": "a"}],
            "Attachments": [{"FileName": "terms.pdf", "RawContent": b"%PDF"}],
        },
    )

    assert f"\n      {line}" in failure(lambda: sesfake.outbox.one(**asked))


def test_a_function_is_named_by_its_line(sesfake: SesFake, send: Send, failure: Failure) -> None:
    def is_late(_: object) -> bool:
        return False

    send("ada@example.com", subject="Hello")
    line = is_late.__code__.co_firstlineno

    said = failure(lambda: sesfake.outbox.one(where=is_late))
    assert f"with where=<is_late tests/reading/test_explain.py:{line}>: the only one does not match" in said
    assert f"      where : <is_late tests/reading/test_explain.py:{line}> is false for it" in said
    said = failure(lambda: sesfake.outbox.one(subject=is_late))
    assert f"      subject : <is_late tests/reading/test_explain.py:{line}> is false for 'Hello'" in said


def test_a_function_that_was_not_asked_may_fail_in_the_explanation(
    sesfake: SesFake, send: Send, failure: Failure
) -> None:
    def is_greeting(text: str) -> bool:
        return "Hello" in text

    send("bob@example.com", text=None, html="x")
    send("cy@example.com", bcc=("ada@example.com",), text=None, html="x")
    line = is_greeting.__code__.co_firstlineno

    said = failure(lambda: sesfake.outbox.one(to="ada@example.com", text=is_greeting))

    assert f"      text : <is_greeting tests/reading/test_explain.py:{line}> raises TypeError for it" in said
    with pytest.raises(TypeError, match="NoneType"):
        sesfake.outbox.one(text=is_greeting)


def test_long_values_are_shortened(sesfake: SesFake, send: Send, failure: Failure) -> None:
    send("ada@example.com", text="word " * 100)

    said = failure(lambda: sesfake.outbox.one(text="needle " * 100))

    assert "text : '" + ("needle " * 11)[:71] + "…' is not in '" + ("word " * 15)[:71] + "…'" in said
    assert max(map(len, said.splitlines())) < 200


@pytest.mark.usefixtures("in_full")
def test_in_full_nothing_is_shortened(sesfake: SesFake, send: Send, failure: Failure) -> None:
    send("ada@example.com", text="word " * 100)

    said = failure(lambda: sesfake.outbox.one(text="needle " * 100))

    assert repr("needle " * 100) + " is not in " + repr("word " * 100) in said


def test_long_values_that_should_be_equal_are_shown_where_they_part(
    sesfake: SesFake, send: Send, failure: Failure
) -> None:
    send("ada@example.com", subject="a" * 100 + "b" + "c" * 100)

    said = failure(lambda: sesfake.outbox.one(subject="a" * 100 + "x" + "c" * 100))

    assert f"subject : '…{'a' * 24}x{'c' * 45}…' != '…{'a' * 24}b{'c' * 45}…'" in said


def test_others_and_their_recipients_are_counted_not_listed(sesfake: SesFake, send: Send, failure: Failure) -> None:
    for number in range(8):
        send(*(f"user{n}@example.com" for n in range(number, number + 5)), subject=f"No {number}")

    said = failure(lambda: sesfake.outbox.one(subject="None of them, by any means"))

    assert "closest: #8 " in said
    assert " to=['user7@example.com', 'user8@example.com', 'user9@example.com', and 2 more] subject='No 7'" in said
    (others,) = (line for line in said.splitlines() if line.startswith("  others"))
    assert others.count(" · ") == 5
    assert others.endswith(" · and 2 more")
    assert " user1@example.com and 4 more 'No 1' " in others


# Each verb, and what there is.


def test_a_failure_of_an_empty_log_says_that_there_is_none(sesfake: SesFake, failure: Failure) -> None:
    said = failure(lambda: sesfake.outbox.one(to="ada@example.com"))

    assert said.splitlines()[0] == "expected exactly one message with to='ada@example.com': there are no messages"
    assert failure(sesfake.outbox.one).splitlines()[0] == "expected exactly one message: there are no messages"


def test_too_many_are_listed_with_the_lines_that_sent_them(sesfake: SesFake, send: Send, failure: Failure) -> None:
    send("ada@example.com", subject="One")
    send("bob@example.com", subject="Other")
    send("ada@example.com", subject="Two")
    _, line = sesfake.calls[-1].caller or ("", 0)

    assert failure(lambda: sesfake.outbox.one(to="ada@example.com")) == text(f"""
        expected exactly one message with to='ada@example.com': 2 of 3 match
          matches: #1 sesv2 SendEmail 12:00:00 from=me@x.com to=['ada@example.com'] subject='One'
                   #3 sesv2 SendEmail 12:00:00 from=me@x.com to=['ada@example.com'] subject='Two'
          hint   : sent at tests/reading/conftest.py:{line} (2 times)
    """)
    assert failure(lambda: sesfake.outbox.none(subject="Other")) == text(f"""
        expected no message with subject='Other': 1 of 3 matches
          matches: #2 sesv2 SendEmail 12:00:00 from=me@x.com to=['bob@example.com'] subject='Other'
          hint   : sent at tests/reading/conftest.py:{line}
    """)
    assert failure(sesfake.outbox.none).splitlines()[0] == "expected no message: there are 3"


def test_of_very_many_matches_the_first_are_listed(sesfake: SesFake, send: Send, failure: Failure) -> None:
    for _ in range(7):
        send("ada@example.com")

    said = failure(sesfake.outbox.none).splitlines()

    assert said[1].startswith("  matches: #1 ")
    assert said[5].startswith("           #5 ")
    assert said[6] == "           and 2 more"


@pytest.mark.parametrize("verb", ["first", "last"])
def test_first_and_last_explain_like_one(sesfake: SesFake, send: Send, failure: Failure, verb: str) -> None:
    send("ada@example.com", subject="Hello")

    assert failure(lambda: getattr(sesfake.outbox, verb)(subject="Hallo")) == text("""
        expected a message with subject='Hallo': the only one does not match
          closest: #1 sesv2 SendEmail 12:00:00 from=me@x.com to=['ada@example.com'] subject='Hello'
              subject : 'Hallo' != 'Hello'
    """)


def test_too_few_after_a_wait_are_listed_before_the_closest(sesfake: SesFake, send: Send, failure: Failure) -> None:
    send("ada@example.com", subject="Hello")
    send("bob@example.com", subject="Hello")

    assert failure(lambda: sesfake.outbox.wait(2, 0, to="ada@example.com")) == text("""
        expected at least 2 messages with to='ada@example.com' within 0 s: 1 of 2 matches
          matches: #1 sesv2 SendEmail 12:00:00 from=me@x.com to=['ada@example.com'] subject='Hello'
          closest: #2 sesv2 SendEmail 12:00:00 from=me@x.com to=['bob@example.com'] subject='Hello'
              to : 'ada@example.com' is not in ['bob@example.com']
    """)
    assert failure(lambda: sesfake.outbox.wait(3, 0)).splitlines()[0] == (
        "expected at least 3 messages within 0 s: there are 2"
    )


def test_a_failure_shows_events_with_their_recipients(sesfake: SesFake, failure: Failure) -> None:
    sesfake.send("ada@example.com", outcome=Bounce("Transient", "MailboxFull"), subject="Hello")
    sesfake.send("bob@example.com", outcome=Complaint(), subject="Hello")

    said = failure(
        lambda: sesfake.events.one("Bounce", recipient="ada@example.com", detail={"bounceType": "Permanent"})
    )

    assert said == text("""
        expected exactly one event with type='Bounce', recipient='ada@example.com', \
detail={'bounceType': 'Permanent'}: none of 5 matches
          closest: #2 Bounce ada@example.com 12:00:00 Transient/MailboxFull of 'Hello'
              detail : bounceType 'Permanent' != 'Transient'
          others : #1 Send ada@example.com · #3 Send bob@example.com · #4 Delivery bob@example.com · \
#5 Complaint bob@example.com
          hint   : ada@example.com bounced, Transient/MailboxFull: smtp; 452 4.2.2 mailbox full, at 12:00:00
    """)
    assert failure(lambda: sesfake.events.none("Complaint")) == text("""
        expected no event with type='Complaint': 1 of 5 matches
          matches: #5 Complaint bob@example.com 12:00:00 abuse of 'Hello'
    """)
    assert failure(lambda: sesfake.events.first("Reject")).startswith("expected an event with type='Reject': none of 5")


def test_calls_tell_how_they_were_answered(sesfake: SesFake, send: Send, failure: Failure) -> None:
    send("ada@example.com", subject="Hello")
    with pytest.raises(ClientError):
        send("nobody", region="eu-west-1")
    _, line = sesfake.calls[-1].caller or ("", 0)

    assert failure(lambda: sesfake.calls.one(error="Throttling")) == text(f"""
        expected exactly one call with error='Throttling': none of 2 matches
          closest: #2 sesv2 SendEmail eu-west-1 12:00:00 to=['nobody'] BadRequestException: Missing final '@domain' \
(tests/reading/conftest.py:{line})
              error : 'Throttling' != 'BadRequestException'
          others : #1 SendEmail 200
    """)
    assert failure(lambda: sesfake.calls.none(error=None)) == text(f"""
        expected no call with error=None: 1 of 2 matches
          matches: #1 sesv2 SendEmail 12:00:00 to=['ada@example.com'] 200 (tests/reading/conftest.py:{line})
    """)


def test_a_failure_shows_repeated_attempts(sesfake: SesFake, send: Send, failure: Failure) -> None:
    sesfake.on(operation="SendEmail").throttle(attempts=2)
    send("ada@example.com")

    assert " 200 attempts=3 (" in failure(lambda: sesfake.calls.one(error="Throttling"))
