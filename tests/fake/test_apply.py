"""``sesfake.apply``: a test applies outcomes to mail that was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_sesfake import (
    AutoReply,
    Bounce,
    Complaint,
    Delay,
    Delivery,
    Open,
    Rejection,
    SesFake,
    SoftBounce,
    Suppression,
)

if TYPE_CHECKING:
    from pytest_sesfake import Message, Outcome

ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture(autouse=True)
def _the_clock_stands_still(sesfake: SesFake) -> None:
    sesfake.clock.freeze()


def types(message: Message) -> list[str]:
    return [event.type for event in message.events]


def test_delivered_mail_may_come_back(sesfake: SesFake) -> None:
    message = sesfake.send([ADA, BOB])
    sesfake.clock.advance(hours=1)

    sesfake.apply(message, Bounce(), recipient=ADA)

    assert dict(message.status) == {ADA: "Bounced", BOB: "Delivered"}
    assert sesfake.events.last().timestamp == sesfake.clock.now()
    assert sesfake.send(ADA).status[ADA] == "Suppressed"


def test_without_an_address_it_happens_to_every_recipient(sesfake: SesFake) -> None:
    message = sesfake.send([ADA, BOB])

    sesfake.apply(message, Complaint(grouped=True))

    assert sesfake.events.last("Complaint").recipients == (ADA, BOB)


def test_several_outcomes_happen_one_after_the_other_and_after_is_from_now_on(sesfake: SesFake) -> None:
    message = sesfake.send(ADA, html="<p>Hi</p>")
    sesfake.clock.advance(hours=5)

    sesfake.apply(message, [Open(), Complaint(after=60)])
    assert types(message) == ["Send", "Delivery", "Open"]

    sesfake.clock.advance(minutes=1)
    assert types(message) == ["Send", "Delivery", "Open", "Complaint"]


def test_a_complaint_that_hides_who_complained_means_everybody_who_has_the_mail(sesfake: SesFake) -> None:
    message = sesfake.send([ADA, BOB, "eve@example.org"])

    sesfake.apply(message, Complaint(redacted=True), recipient=BOB)

    assert set(sesfake.events.last("Complaint").recipients) == {ADA, BOB}


@pytest.mark.parametrize(
    "outcome,then,status",
    [
        (Delivery(), ["Send", "DeliveryDelay", "Delivery"], "Delivered"),
        (Bounce(), ["Send", "DeliveryDelay", "Bounce"], "Bounced"),
        (Complaint(), ["Send", "DeliveryDelay", "Delivery", "Complaint"], "Complained"),
        (Delay(60), ["Send", "DeliveryDelay", "DeliveryDelay", "Delivery"], "Delivered"),
    ],
)
def test_mail_on_its_way_forgets_what_was_to_happen_to_it(
    sesfake: SesFake, outcome: Outcome, then: list[str], status: str
) -> None:
    message = sesfake.send(ADA, outcome=SoftBounce())

    sesfake.apply(message, outcome)
    sesfake.clock.advance(days=2)

    assert types(message) == then
    assert message.status[ADA] == status


def test_apply_moves_only_the_delivery_of_that_recipient(sesfake: SesFake) -> None:
    message = sesfake.send([ADA, BOB], outcome=[Delivery(after=3600), Complaint(after=7200)])

    sesfake.apply(message, Delivery(), recipient=ADA)
    assert dict(message.status) == {ADA: "Delivered", BOB: "Pending"}
    sesfake.clock.advance(hours=1)
    assert dict(message.status) == {ADA: "Delivered", BOB: "Delivered"}
    sesfake.clock.advance(hours=1)
    assert dict(message.status) == {ADA: "Complained", BOB: "Complained"}


def test_mail_that_was_given_up_is_read_by_nobody(sesfake: SesFake) -> None:
    message = sesfake.send(ADA, outcome=[Delivery(after=3600), Complaint(after=7200)])

    sesfake.apply(message, Bounce("Transient", "General"))
    sesfake.clock.advance(days=1)

    assert types(message) == ["Send", "Bounce"]


def test_a_soft_bounce_from_now_on_ends_when_ses_gives_the_message_up(sesfake: SesFake) -> None:
    message = sesfake.send(ADA, outcome=Delivery(after=13 * 3600))
    sesfake.clock.advance(hours=12)

    sesfake.apply(message, SoftBounce())
    sesfake.clock.advance(days=1)

    assert types(message) == ["Send", *["DeliveryDelay"] * 4, "Bounce"]
    assert (message.events[-1].timestamp - message.sent_at).total_seconds() == 14 * 3600


@pytest.mark.parametrize(
    "before,outcome,text",
    [
        (None, Delivery(), "the mail was delivered already"),
        (None, SoftBounce(), "the mail was delivered already"),
        (None, Bounce(retried=True), "the mail was delivered already"),
        (None, Suppression(), "SES decides that when it takes a message"),
        (SoftBounce(), Rejection(), "SES decides that when it takes a message"),
        (Bounce(), Complaint(), "the mail was not delivered, it is Bounced"),
        (Bounce(), Delivery(), "the mail was not delivered, it is Bounced"),
        (Suppression(), AutoReply(), "the mail was not delivered, it is Suppressed"),
        (Rejection(), Open(), "the mail was not delivered, it is Rejected"),
    ],
)
def test_what_cannot_happen_is_a_value_error_that_says_why_and_changes_nothing(
    sesfake: SesFake, before: Outcome | None, outcome: Outcome, text: str
) -> None:
    message = sesfake.send([BOB, ADA], outcome=before)
    earlier = types(message)

    with pytest.raises(ValueError, match=rf"cannot happen to {BOB} now: {text}"):
        sesfake.apply(message, outcome)

    assert types(message) == earlier


def test_a_bounce_after_a_delivery_is_one_from_outside(sesfake: SesFake) -> None:
    message = sesfake.send(ADA)
    sesfake.apply(message, Bounce())

    mail = sesfake.system_mail.one(kind="bounce")
    assert mail.sender == "MAILER-DAEMON@example.com"
    assert mail.to == ["sender@example.com"]


def test_wrong_arguments_of_apply_are_refused(sesfake: SesFake) -> None:
    message = sesfake.send(ADA)
    other = SesFake().send(ADA)

    with pytest.raises(ValueError, match=r"'eve@example\.org' is not a recipient of this message"):
        sesfake.apply(message, Bounce(), recipient="eve@example.org")
    with pytest.raises(ValueError, match="takes a message that this fake sent"):
        sesfake.apply(other, Bounce())
    for wrong, shown in (("bounce", "'bounce'"), (["bounce"], "'bounce'"), (Bounce, "<class .*Bounce'>")):
        with pytest.raises(TypeError, match=rf"outcomes are values like Bounce\(\), not {shown}"):
            sesfake.apply(message, wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="ends the delivery"):
        sesfake.apply(message, [Bounce(), Complaint()])
    with pytest.raises(ValueError, match="ends the delivery"):
        sesfake.send(ADA, outcome=[Bounce(), Complaint()])


def test_mail_that_was_never_rendered_is_none_to_which_something_could_happen(sesfake: SesFake) -> None:
    sesfake.template("hello", subject="Hello {{name}}", text="Hi")
    sesfake.client("ses").send_templated_email(
        Source="me@example.org", Destination={"ToAddresses": [ADA]}, Template="hello", TemplateData="{}"
    )
    message = sesfake.events.one("RenderingFailure").message

    with pytest.raises(ValueError, match="takes a message that this fake sent"):
        sesfake.apply(message, Bounce())
