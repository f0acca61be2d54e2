"""A log is a list with queries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Bounce, SesFake
from pytest_sesfake.reading import logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Message

    Send = Callable[..., Message]


# A sequence.


def test_an_empty_log_is_false_and_equal_to_an_empty_list(sesfake: SesFake) -> None:
    assert not sesfake.outbox
    assert sesfake.outbox == []
    assert sesfake.events == []
    assert sesfake.calls == []


def test_a_log_equals_the_list_of_its_items_in_either_order(sesfake: SesFake, send: Send) -> None:
    first, second = send("ada@example.com"), send("bob@example.com")

    assert sesfake.outbox == [first, second]
    assert [first, second] == sesfake.outbox
    assert sesfake.outbox != [second, first]
    assert sesfake.outbox != (first, second)
    assert sesfake.outbox == sesfake.outbox


def test_a_log_is_read_as_a_list_is(sesfake: SesFake, send: Send) -> None:
    first, second, third = (send(f"{name}@example.com") for name in ("ada", "bob", "cy"))

    assert len(sesfake.outbox) == 3
    assert sesfake.outbox[0] is first
    assert sesfake.outbox[-1] is third
    assert sesfake.outbox[1:] == [second, third]
    assert second in sesfake.outbox
    assert list(reversed(sesfake.outbox)) == [third, second, first]
    assert sesfake.outbox.index(second) == 1
    with pytest.raises(IndexError):
        sesfake.outbox[3]


def test_a_log_cannot_be_hashed_as_a_list_cannot(sesfake: SesFake) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(sesfake.outbox)


def test_iterating_sees_the_items_of_one_instant(sesfake: SesFake, send: Send) -> None:
    send("ada@example.com")

    for message in sesfake.outbox:
        send(*message.to)

    assert len(sesfake.outbox) == 2


def test_every_look_first_lets_happen_what_is_due(sesfake: SesFake, send: Send) -> None:
    sesfake.on(recipient="ada@example.com").bounce(after=60)
    send("ada@example.com")
    assert [event.type for event in sesfake.events] == ["Send", "Delivery"]

    sesfake.clock.freeze(sesfake.clock.now().replace(minute=1))

    assert len(sesfake.events) == 3
    assert sesfake.events[-1].type == "Bounce"
    assert sesfake.events.one("Bounce").recipients == ("ada@example.com",)


def test_the_repr_shows_the_items_and_of_many_only_the_first(sesfake: SesFake, send: Send) -> None:
    assert repr(sesfake.outbox) == "Outbox([])"

    message = send("ada@example.com")
    assert repr(sesfake.outbox) == f"Outbox([{message!r}])"

    for _ in range(logs.MOST_SHOWN + 1):
        send("ada@example.com")
    assert repr(sesfake.outbox).endswith(">, ... 2 more])")


def test_a_log_can_be_pointed_at_another_simulation(sesfake: SesFake, send: Send) -> None:
    message = send("ada@example.com")
    outbox = sesfake.outbox
    assert outbox.one(to="ada@example.com") is message

    with SesFake() as other:
        seeded = other.send("ada@example.com")
        outbox.simulation = other.outbox.simulation
        assert outbox == [seeded]
        assert outbox.one(to="ada@example.com") is seeded


# The verbs.


def test_one_returns_the_only_match(sesfake: SesFake, send: Send) -> None:
    send("ada@example.com")
    message = send("bob@example.com")

    assert sesfake.outbox.one(to="bob@example.com") is message


@pytest.mark.parametrize("count", [0, 2])
def test_one_fails_for_none_and_for_several(sesfake: SesFake, send: Send, count: int) -> None:
    for _ in range(count):
        send("ada@example.com")

    with pytest.raises(AssertionError, match="expected exactly one message"):
        sesfake.outbox.one(to="ada@example.com")


def test_all_returns_the_matches_in_order_or_an_empty_list(sesfake: SesFake, send: Send) -> None:
    first, _, third = send("ada@example.com"), send("bob@example.com"), send("ada@example.com")

    assert sesfake.outbox.all(to="ada@example.com") == [first, third]
    assert sesfake.outbox.all(to="cy@example.com") == []
    assert len(sesfake.outbox.all()) == 3


def test_first_and_last_take_the_oldest_and_the_newest_match(sesfake: SesFake, send: Send) -> None:
    first, _, third = send("ada@example.com"), send("bob@example.com"), send("ada@example.com")

    assert sesfake.outbox.first(to="ada@example.com") is first
    assert sesfake.outbox.last(to="ada@example.com") is third
    for verb in (sesfake.outbox.first, sesfake.outbox.last):
        with pytest.raises(AssertionError, match=r"expected a message with to='cy@example\.com'"):
            verb(to="cy@example.com")


def test_none_is_true_when_nothing_matches_and_fails_otherwise(sesfake: SesFake, send: Send) -> None:
    send("ada@example.com")

    assert sesfake.outbox.none(to="bob@example.com") is True
    with pytest.raises(AssertionError, match=r"expected no message with to='ada@example\.com'"):
        sesfake.outbox.none(to="ada@example.com")


def test_count_counts_matches_or_one_item_as_a_list_does(sesfake: SesFake, send: Send) -> None:
    message = send("ada@example.com")
    send("ada@example.com")

    assert sesfake.outbox.count() == 2
    assert sesfake.outbox.count(to="ada@example.com") == 2
    assert sesfake.outbox.count(to="bob@example.com") == 0
    assert sesfake.outbox.count(message) == 1
    assert sesfake.outbox.count("ada@example.com") == 0
    with pytest.raises(TypeError, match="one item, or matchers by name"):
        sesfake.outbox.count(message, to="ada@example.com")


def test_the_type_of_an_event_is_given_first(sesfake: SesFake) -> None:
    sesfake.send("ada@example.com", outcome=Bounce())
    sesfake.send("bob@example.com")
    bounce = sesfake.events.one("Bounce")

    assert bounce.recipients == ("ada@example.com",)
    assert sesfake.events.one(type="Bounce") is bounce
    assert sesfake.events.count("Send") == 2
    assert sesfake.events.count("Send", recipient="bob@example.com") == 1
    assert sesfake.events.count(re.compile("Send|Bounce")) == 3
    assert sesfake.events.count(bounce) == 1
    assert sesfake.events.wait("Send", 2, 0.0) == sesfake.events.all("Send")
    assert sesfake.events.wait("Send", count=2, timeout=0.0) == sesfake.events.all("Send")


def test_calls_are_asked_like_messages(sesfake: SesFake, send: Send) -> None:
    send("ada@example.com")
    sesfake.client().get_account()

    assert sesfake.calls.one(operation="SendEmail").message is sesfake.outbox[0]
    assert sesfake.calls.none(error="Throttling")


# Mistakes raise errors at their own line.


@pytest.mark.parametrize("verb", ["one", "all", "first", "last", "none", "count", "wait"])
def test_a_wrong_matcher_is_a_type_error_with_the_right_one(sesfake: SesFake, verb: str) -> None:
    with pytest.raises(TypeError) as caught:
        getattr(sesfake.outbox, verb)(subjet="Welcome")

    assert str(caught.value) == f"{verb}() has no matcher 'subjet'. Did you mean 'subject'?"


@pytest.mark.parametrize(
    "name, cure",
    [
        ("recipients", "'recipient'"),
        ("attachments", "'attachment'"),
        ("body", "text or html"),
        ("from_", "sender, or source for the envelope"),
        ("message_id", "where=lambda message: message.id == ..."),
    ],
)
def test_the_words_of_other_libraries_have_a_cure(sesfake: SesFake, name: str, cure: str) -> None:
    matchers: dict[str, Any] = {name: "x"}

    with pytest.raises(TypeError, match=re.escape(f"one() has no matcher {name!r}. Did you mean {cure}?")):
        sesfake.outbox.one(**matchers)


def test_a_matcher_like_no_other_lists_all_matchers(sesfake: SesFake) -> None:
    with pytest.raises(TypeError) as caught:
        sesfake.calls.one(colour="red")  # type: ignore[call-arg]

    assert str(caught.value) == (
        "one() has no matcher 'colour'. "
        "The matchers of calls are operation, api, region, error, params, message, where."
    )


def test_a_matcher_of_another_log_is_wrong(sesfake: SesFake) -> None:
    with pytest.raises(TypeError, match="no matcher 'detail'"):
        sesfake.outbox.one(detail={})  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "matchers, text",
    [
        ({"where": "x"}, "where= takes a function of one event, not 'x'"),
        ({"tag": "x"}, "tag= takes a dict of names and values, not 'x'"),
        ({"header": ["x"]}, "header= takes a dict of names and values, not ['x']"),
        ({"detail": 1}, "detail= takes a dict of names and values, not 1"),
        ({"type": ["Bounce"]}, "type= takes one event type, such as type='Bounce', not ['Bounce']"),
    ],
)
def test_a_value_that_makes_no_sense_is_a_type_error(sesfake: SesFake, matchers: dict[str, Any], text: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        sesfake.events.none(**matchers)


@pytest.mark.parametrize(
    "wrong, right", [("bounce", "Bounce"), ("Bounced", "Bounce"), ("Complain", "Complaint"), ("Delivered", "Delivery")]
)
def test_an_unknown_event_type_is_an_error_and_not_an_empty_result(sesfake: SesFake, wrong: Any, right: str) -> None:
    with pytest.raises(ValueError, match=f"^type='{wrong}' never matches\\. Did you mean '{right}'\\?$"):
        sesfake.events.none(wrong)


def test_an_unknown_api_is_an_error_and_not_an_empty_result(sesfake: SesFake) -> None:
    with pytest.raises(ValueError, match=r"^api='mail' never matches\. The known values are ses, sesv2, smtp\.$"):
        sesfake.calls.none(api="mail")  # type: ignore[arg-type]  # no such word


def test_matchers_are_given_by_name(sesfake: SesFake) -> None:
    address: Any = "ada@example.com"
    with pytest.raises(TypeError, match=re.escape("one() takes matchers by name, as in one(to='ada@example.com')")):
        sesfake.outbox.one(address)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=re.escape("one() takes type once, by position or by name")):
        sesfake.events.one("Bounce", type="Bounce")


BAD_TEST = """
    from pytest_sesfake import SesFake

    def test_wrong():
        with SesFake() as sesfake:
            {look}
"""


@pytest.mark.parametrize(
    "look, last",
    [
        ("sesfake.outbox.one(subjet='x')", "test_it.py:5: TypeError"),
        ("sesfake.events.none('bounce')", "test_it.py:5: ValueError"),
        ("sesfake.outbox.one(to='ada@example.com')", "test_it.py:5: AssertionError"),
        ("sesfake.outbox.wait(timeout=0)", "test_it.py:5: AssertionError"),
    ],
)
def test_pytest_shows_the_line_that_asked_and_none_of_ours(pytester: pytest.Pytester, look: str, last: str) -> None:
    pytester.makepyfile(test_it=BAD_TEST.format(look=look))

    result = pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f">*{look}", "E *", last])
    result.stdout.no_fnmatch_line("*pytest_sesfake*logs.py*")


def test_an_error_in_a_function_of_the_test_is_shown_where_it_is(pytester: pytest.Pytester) -> None:
    look = "sesfake.send('ada@example.com'); sesfake.outbox.one(where=lambda message: 1 / 0)"
    pytester.makepyfile(test_it=BAD_TEST.format(look=look))

    result = pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["test_it.py:5: ZeroDivisionError"])


@pytest.mark.parametrize(
    "look, text",
    [
        (
            lambda fake: fake.outbox.subject,
            "'Outbox' object has no attribute 'subject'. The attribute belongs to a message: outbox.one().subject",
        ),
        (
            lambda fake: fake.events.detail,
            "'Events' object has no attribute 'detail'. The attribute belongs to an event: events.one().detail",
        ),
        (lambda fake: fake.outbox.al, "'Outbox' object has no attribute 'al'. Did you mean 'all'?"),
        (
            lambda fake: fake.calls.xyz,
            (
                "'Calls' object has no attribute 'xyz'. "
                "Its methods are one, all, first, last, none, count, wait, wait_async."
            ),
        ),
    ],
)
def test_a_missing_attribute_of_a_log_names_where_it_is(
    sesfake: SesFake, look: Callable[[SesFake], object], text: str
) -> None:
    with pytest.raises(AttributeError) as caught:
        look(sesfake)
    assert str(caught.value) == text


def test_recipients_are_equal_to_lists_and_to_tuples_and_read_as_a_tuple(sesfake: SesFake, send: Send) -> None:
    sesfake.on(recipient="ada@example.com").bounce()
    message = send("Ada <ada@example.com>")

    for read in (message.recipients, sesfake.events.one("Bounce").recipients, sesfake.calls.one().recipients):
        assert read == ["ada@example.com"]
        assert ["ada@example.com"] == read  # noqa: SIM300 - both ways
        assert read == ("ada@example.com",) == read
        assert read != ["bob@example.com"]
        assert not read != ["ada@example.com"]  # noqa: SIM202 - what != says
        assert read != "ada@example.com"
        assert hash(read) == hash(("ada@example.com",))
        assert repr(read) == "('ada@example.com',)"
