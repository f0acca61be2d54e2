"""The timeline that outcomes make for one recipient: facts, and their seconds after acceptance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake.ses.events import Bounced, Delayed, Fact
from pytest_sesfake.ses.mail.compose import Parts
from pytest_sesfake.ses.messages import PartedMessage
from pytest_sesfake.ses.outcomes.engagement import AutoReply, Click, Open, Unsubscribe
from pytest_sesfake.ses.outcomes.outcomes import (
    Bounce,
    Complaint,
    Delay,
    Delivery,
    Rejection,
    SoftBounce,
    Suppression,
    check,
)
from pytest_sesfake.ses.outcomes.timeline import Timeline, build_timeline
from pytest_sesfake.ses.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome

    Build = Callable[..., list[tuple[float, Fact]]]

HOURS_14 = 50_400.0
SEE_YOU = '<p><a href="https://example.com/first">1</a> <a href="https://example.com/second">2</a></p>'


@pytest.fixture
def message() -> Message:
    simulation = Simulation(
        account_id="123456789012",
        region="us-east-1",
        seed="a seed",
        any_sender=True,
        instant_verification=False,
    )
    parts = Parts(subject="Hi", text="Hello", html=SEE_YOU, to=("ada@example.com",))
    region_state = simulation.at("123456789012", "us-east-1")
    return PartedMessage(region_state, parts, api="ses", operation="SendEmail", source="me@x.com", recipients=parts.to)


@pytest.fixture
def build(message: Message) -> Build:
    """Returns the timeline of ada@example.com."""

    def tell(*outcomes: Outcome, max_delivery_seconds: float = HOURS_14) -> list[tuple[float, Fact]]:
        return build_timeline(Timeline(message, "ada@example.com", max_delivery_seconds=max_delivery_seconds), outcomes)

    return tell


def brief(timeline: list[tuple[float, Fact]]) -> list[tuple[float, str]]:
    return [(after, fact.type) for after, fact in timeline]


def test_a_soft_bounce_is_tried_again_with_pauses_that_double_until_it_is_delivered(build: Build) -> None:
    assert brief(build(SoftBounce(attempts=3))) == [
        (0, "DeliveryDelay"),
        (900, "DeliveryDelay"),
        (2700, "DeliveryDelay"),
        (6300, "Delivery"),
    ]


def test_a_soft_bounce_is_given_up_after_14_hours_with_the_last_reply(build: Build) -> None:
    *delays, (after, bounce) = build(SoftBounce())

    assert brief(delays) == [(at, "DeliveryDelay") for at in (0, 900, 2700, 6300, 13500, 27900)]
    assert after == HOURS_14
    assert bounce == Bounced(
        "Transient",
        "MailboxFull",
        "4.4.7",
        "smtp; 550 4.4.7 Message expired: unable to deliver in 840 minutes.<452 4.2.2 mailbox full>",
    )


@pytest.mark.parametrize("outcome", [SoftBounce(), SoftBounce("General", attempts=5), Bounce(retried=True)])
def test_a_shorter_patience_ends_in_a_custom_timeout(build: Build, outcome: Outcome) -> None:
    *delays, (after, bounce) = build(outcome, max_delivery_seconds=3600)

    assert brief(delays) == [(0, "DeliveryDelay"), (900, "DeliveryDelay"), (2700, "DeliveryDelay")]
    assert after == 3600
    assert isinstance(bounce, Bounced)
    assert (bounce.kind, bounce.subtype, bounce.status) == ("Transient", "CustomTimeoutExceeded", "4.4.7")
    assert "unable to deliver in 60 minutes." in (bounce.diagnostic or "")


def test_a_delay_says_why_and_until_when_ses_tries(build: Build) -> None:
    assert build(SoftBounce("MailboxFull", attempts=1), max_delivery_seconds=3600)[0] == (
        0,
        Delayed("MailboxFull", "4.2.2", "smtp; 452 4.2.2 mailbox full", 3600),
    )


def test_a_soft_bounce_may_have_words_of_its_own(build: Build) -> None:
    (_, delayed), *_, (_, bounced) = build(SoftBounce("General", diagnostic="smtp; 421 4.7.0 Too many connections"))

    assert delayed == Delayed("General", "4.7.0", "smtp; 421 4.7.0 Too many connections", HOURS_14)
    assert isinstance(bounced, Bounced)
    assert (bounced.diagnostic or "").endswith("<421 4.7.0 Too many connections>")


def test_of_hard_bounces_only_a_domain_that_cannot_be_looked_up_is_tried_again(build: Build) -> None:
    assert brief(build(Bounce())) == [(0, "Bounce")]

    (_, delayed), *_, (after, bounced) = build(Bounce(retried=True))

    assert isinstance(delayed, Delayed)
    assert delayed.diagnostic == "smtp; 421 4.4.0 Unable to lookup DNS for example.com"
    assert after == HOURS_14
    assert bounced == Bounced(
        "Permanent",
        "General",
        "4.4.7",
        "smtp; 550 4.4.7 Message expired: unable to deliver in 840 minutes."
        "<421 4.4.0 Unable to lookup DNS for example.com>",
        reporter="relay",
    )


def test_after_a_delay_a_delivery_follows_or_what_is_said_to(build: Build) -> None:
    assert brief(build(Delay(3600))) == [(0, "DeliveryDelay"), (3600, "Delivery")]
    assert brief(build(Delay(60), Delay(60, "IPFailure"))) == [
        (0, "DeliveryDelay"),
        (60, "DeliveryDelay"),
        (120, "Delivery"),
    ]
    assert brief(build(Delay(60), Bounce())) == [(0, "DeliveryDelay"), (60, "Bounce")]
    assert brief(build(Delay(60), Delivery(after=90))) == [(0, "DeliveryDelay"), (90, "Delivery")]


def test_a_delivery_later_than_the_configuration_set_has_patience_is_none(build: Build) -> None:
    assert brief(build(Delay(3600), max_delivery_seconds=600)) == [(0, "DeliveryDelay"), (600, "Bounce")]
    assert brief(build(Delivery(after=3600), Complaint(), max_delivery_seconds=600)) == [(600, "Bounce")]


@pytest.mark.parametrize(
    "outcome,kind",
    [(Complaint(), "Complaint"), (AutoReply(), "Bounce"), (Open(), "Open"), (Click(), "Click")],
)
def test_what_a_reader_does_follows_the_delivery_and_never_comes_before_it(
    build: Build, outcome: Outcome, kind: str
) -> None:
    assert brief(build(outcome)) == [(0, "Delivery"), (0, kind)]
    assert brief(build(SoftBounce(attempts=1), outcome)) == [(0, "DeliveryDelay"), (900, "Delivery"), (900, kind)]
    assert brief(build(Delivery(after=60), outcome)) == [(60, "Delivery"), (60, kind)]


def test_nothing_follows_mail_that_was_given_up(build: Build) -> None:
    assert brief(build(SoftBounce(attempts=5), Open(), max_delivery_seconds=300)) == [
        (0, "DeliveryDelay"),
        (300, "Bounce"),
    ]


def test_a_provider_without_a_feedback_loop_tells_nothing_of_a_complaint(message: Message) -> None:
    assert brief(build_timeline(Timeline(message, "ada@gmail.com"), [Complaint()])) == [(0, "Delivery")]


def test_a_click_follows_the_first_link_or_the_one_that_fits(build: Build) -> None:
    def links(*outcomes: Outcome) -> list[str]:
        return [getattr(fact, "link", "") for _, fact in build(*outcomes)[1:]]

    assert links(Click()) == ["https://example.com/first"]
    assert links(Click("https://example.com/second")) == ["https://example.com/second"]
    assert links(Click(re.compile("second"))) == ["https://example.com/second"]


def _any(word: str) -> Any:
    """Return a word for which a type checker would refuse the line already."""
    return word


@pytest.mark.parametrize(
    "make,text",
    [
        (lambda: SoftBounce(_any("Full")), "subtype of a soft bounce 'Full' is not known"),
        (lambda: SoftBounce(_any("CustomTimeoutExceeded")), "where the configuration set has a shorter time"),
        (lambda: SoftBounce(reason=_any("Busy")), "reason of a soft bounce 'Busy' is not known"),
        (lambda: SoftBounce(attempts=0), "from 1 to 5"),
        (lambda: SoftBounce(attempts=6), "in 14 hours SES cannot try more often"),
        (lambda: Delay(-1), "cannot be negative"),
        (
            lambda: Delay(60, _any("Tired")),
            "reason of a delay 'Tired' is not known to SES; it is one of 'InternalFailure'",
        ),
        (lambda: Delay(60_000), "SES gives up after 14 hours"),
        (lambda: Delivery(60_000), r"SES gives up after 14 hours.*soft_bounce\(\)"),
        (lambda: Bounce("Transient", "General", retried=True), "Permanent/General and has no after="),
        (lambda: Bounce(after=60, retried=True), "Permanent/General and has no after="),
        (lambda: Open(after=-1), "cannot be negative"),
        (lambda: Click(after=-1), "cannot be negative"),
        (lambda: AutoReply(after=-1), "cannot be negative"),
        (lambda: Unsubscribe(after=-1), "cannot be negative"),
    ],
)
def test_an_outcome_that_makes_no_sense_is_a_value_error(make: Callable[[], Outcome], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()


@pytest.mark.parametrize(
    "before,outcome,text",
    [
        ([Bounce()], Complaint(), "ends the delivery"),
        ([SoftBounce()], Open(), "ends the delivery"),
        ([Suppression()], Delivery(), "ends the delivery"),
        ([Delivery()], Bounce(), "was not delivered"),
        ([Delivery()], Delivery(), "delivers the mail a second time"),
        ([Delivery()], Delay(60), "was not delivered"),
        ([SoftBounce(attempts=1)], SoftBounce(), "was not delivered"),
        ([Open()], SoftBounce(attempts=1), "delivers the mail a second time"),
        ([Delay(60)], Suppression(), "did not try to deliver"),
        ([Delay(60)], Rejection(), "did not try to deliver"),
        ([Delay(3600)], Open(after=60), "too early: the steps before it deliver the mail after 3600 seconds"),
        ([Delivery(after=3600)], Complaint(after=60), "too early"),
        ([SoftBounce(attempts=2)], Bounce(after=60), "deliver the mail after 2700 seconds"),
    ],
)
def test_an_outcome_that_cannot_follow_another_is_a_value_error(
    before: list[Outcome], outcome: Outcome, text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        check(before, outcome)


@pytest.mark.parametrize(
    "before,outcome",
    [
        ([], Bounce()),
        ([Delay(60)], Bounce()),
        ([Delay(60)], SoftBounce()),
        ([Delay(60)], Delivery(after=120)),
        ([Delivery(after=60)], Complaint(after=60)),
        ([SoftBounce(attempts=1)], Open()),
        ([Complaint(), Open(after=60)], Click(after=30)),
    ],
)
def test_an_outcome_that_can_follow_another_is_let_through(before: list[Outcome], outcome: Outcome) -> None:
    check(before, outcome)


def test_what_a_reader_cannot_do_with_a_message_is_a_value_error(message: Message) -> None:
    plain = PartedMessage(
        message.region_state, Parts(text="Hello"), api="ses", operation=None, source="me@x.com", recipients=("a@x.com",)
    )
    for outcome, text in (
        (Open(), "an image in the html, and the message has none"),
        (Click(), "the message has no link that SES tracks"),
        (Unsubscribe(), "without ListManagementOptions"),
    ):
        with pytest.raises(ValueError, match=text):
            build_timeline(Timeline(plain, "a@x.com"), [outcome])
    with pytest.raises(ValueError, match=r"are https://example\.com/first, https://example\.com/second"):
        build_timeline(Timeline(message, "a@x.com"), [Click("https://example.com/third")])
