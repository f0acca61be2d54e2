"""Scripts as test authors write them."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from dirty_equals import IsStr

from pytest_sesfake import Bounce, Complaint, Rejection, SesFake, Suppression
from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Outcome

ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.org"


def types(sesfake: SesFake) -> list[str]:
    return [event.type for event in sesfake.events]


def test_each_recipient_of_a_message_has_its_own_outcome(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).bounce("Transient", "MailboxFull")
    sesfake.on(recipient=BOB).complain()
    sesfake.on(recipient=EVE).suppress()
    send_email(sesfake.client(), ADA, BOB, EVE, "zoe@example.com")
    status = sesfake.outbox.one().status
    assert dict(status) == {
        ADA: "Bounced",
        BOB: "Complained",
        EVE: "Suppressed",
        "zoe@example.com": "Delivered",
    }
    assert status[ADA].event.detail["bounceSubType"] == "MailboxFull"
    assert status[EVE].event.detail["bounceSubType"] == "Suppressed"


def test_a_complaint_follows_a_delivery(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).complain()
    send_email(sesfake.client(), ADA)
    assert types(sesfake) == ["Send", "Delivery", "Complaint"]


def test_a_bounce_with_a_time_follows_a_delivery_when_the_clock_gets_there(sesfake: SesFake) -> None:
    sesfake.clock.freeze()
    sesfake.on(recipient=ADA).bounce(after=3600)
    send_email(sesfake.client(), ADA)
    message = sesfake.outbox.one()
    assert message.status[ADA] == "Delivered"
    sesfake.clock.advance(hours=2)
    assert types(sesfake) == ["Send", "Delivery", "Bounce"]
    assert message.status[ADA] == "Bounced"
    assert (sesfake.events.last().timestamp - message.sent_at).total_seconds() == 3600


@pytest.mark.sesfake(suppression=[])
def test_then_moves_on_to_the_next_message_of_each_address(sesfake: SesFake) -> None:
    sesfake.on(recipient="*@example.com").bounce().then.deliver()
    send_email(sesfake.client(), ADA)
    send_email(sesfake.client(), BOB)
    send_email(sesfake.client(), ADA)
    send_email(sesfake.client(), ADA)
    assert [str(message.status[message.recipients[0]]) for message in sesfake.outbox] == [
        "Bounced",
        "Bounced",
        "Delivered",
        "Delivered",
    ]


@pytest.mark.sesfake(suppression=[])
def test_a_step_with_times_is_used_up_and_the_next_script_is_asked(sesfake: SesFake) -> None:
    sesfake.on(recipient="*@example.com").complain()
    sesfake.on(recipient=ADA).bounce(times=2)
    for _ in range(3):
        send_email(sesfake.client(), ADA)
    assert [str(message.status[ADA]) for message in sesfake.outbox] == ["Bounced", "Bounced", "Complained"]


@pytest.mark.sesfake(suppression=[])
def test_an_exact_address_comes_before_a_pattern_and_more_selectors_before_fewer(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).bounce("Transient", "General")
    sesfake.on(recipient=ADA, subject="Invoice").complain()
    sesfake.on(recipient="*", optional=True).suppress()
    send_email(sesfake.client(), ADA)
    send_email(sesfake.client(), ADA, subject="Invoice")
    assert [str(message.status[ADA]) for message in sesfake.outbox] == ["Bounced", "Complained"]


@pytest.mark.sesfake(suppression=[])
def test_of_equal_scripts_the_later_line_wins(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA, optional=True).bounce()
    sesfake.on(recipient=ADA).complain()
    send_email(sesfake.client(), ADA)
    assert sesfake.outbox.one().status[ADA] == "Complained"


def test_an_address_twice_in_a_message_is_one_recipient(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).bounce()
    send_email(sesfake.client(), ADA, f"Ada <{ADA}>")
    assert types(sesfake) == ["Send", "Bounce"]


def test_a_hard_bounce_puts_the_address_on_the_suppression_list(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).bounce()
    send_email(sesfake.client(), ADA)
    send_email(sesfake.client(), "ADA@example.com")
    assert [event.detail["bounceSubType"] for event in sesfake.events.all("Bounce")] == [
        "General",
        "OnAccountSuppressionList",
    ]


def test_an_address_suppressed_for_a_complaint_draws_a_complaint(sesfake: SesFake) -> None:
    sesfake.suppress(ADA, "COMPLAINT")
    send_email(sesfake.client(), ADA)
    assert types(sesfake) == ["Send", "Complaint"]
    assert sesfake.events.last().detail["complaintSubType"] == "OnAccountSuppressionList"
    assert sesfake.outbox.one().status[ADA] == "Suppressed"


def test_a_rejection_meets_the_whole_message(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).reject()
    sesfake.on(recipient=BOB, optional=True).bounce()
    send_email(sesfake.client(), ADA, BOB)
    assert types(sesfake) == ["Send", "Reject"]
    assert set(sesfake.outbox.one().status.values()) == {"Rejected"}


@pytest.mark.parametrize(
    "address,expected",
    [
        ("success@simulator.amazonses.com", ["Send", "Delivery"]),
        ("bounce+label@simulator.amazonses.com", ["Send", "Bounce"]),
        ("ooto@simulator.amazonses.com", ["Send", "Delivery", "Bounce"]),
        ("complaint@simulator.amazonses.com", ["Send", "Delivery", "Complaint"]),
        ("suppressionlist@simulator.amazonses.com", ["Send", "Bounce"]),
        ("trebounced@customer.example.com", ["Send", "Delivery"]),
        ("bounce@simulator.amazonses.com.example.com", ["Send", "Delivery"]),
    ],
)
def test_the_simulator_does_what_its_addresses_say_and_no_others(
    sesfake: SesFake, address: str, expected: list[str]
) -> None:
    send_email(sesfake.client(), address)
    assert types(sesfake) == expected
    assert address in sesfake.events.last().recipients


def test_the_simulator_is_never_put_on_the_suppression_list(sesfake: SesFake) -> None:
    send_email(sesfake.client(), "bounce@simulator.amazonses.com")
    send_email(sesfake.client(), "bounce@simulator.amazonses.com")
    assert [event.detail["bounceSubType"] for event in sesfake.events.all("Bounce")] == ["General", "General"]


def test_simulator_bounces_of_one_call_are_one_event_each_recipient_with_its_own_words(sesfake: SesFake) -> None:
    send_email(sesfake.client(), "bounce+1@simulator.amazonses.com", "suppressionlist@simulator.amazonses.com")
    bounced = sesfake.events.one("Bounce").detail["bouncedRecipients"]
    assert [entry["diagnosticCode"] for entry in bounced] == [
        "smtp; 550 5.1.1 As requested: user unknown <bounce+1@simulator.amazonses.com>",
        "smtp; 550 5.1.1 As requested: user unknown (suppressed address: suppressionlist@simulator.amazonses.com)",
    ]


def test_a_script_for_the_simulator_address_itself_comes_before_the_simulator(sesfake: SesFake) -> None:
    sesfake.on(recipient="success@simulator.amazonses.com").complain()
    sesfake.on(recipient="*@simulator.amazonses.com", optional=True).bounce()
    send_email(sesfake.client(), "success@simulator.amazonses.com", "ooto@simulator.amazonses.com")
    assert sesfake.outbox.one().status["success@simulator.amazonses.com"] == "Complained"
    assert sesfake.outbox.one().status["ooto@simulator.amazonses.com"] == "Delivered"


def test_throttled_calls_are_calls_and_the_librarys_own_retries_are_attempts(sesfake: SesFake) -> None:
    sesfake.on(operation="SendEmail").throttle(times=2)
    client = sesfake.client("sesv2", config=Config(retries={"mode": "legacy"}))
    started, before = time.monotonic(), sesfake.clock.now()
    for _ in range(2):
        with pytest.raises(client.exceptions.TooManyRequestsException, match="Maximum sending rate exceeded"):
            send_email(client, ADA)
    send_email(client, ADA)
    assert time.monotonic() - started < 2
    assert sesfake.clock.now() > before
    assert [call.attempts for call in sesfake.calls] == [5, 5, 1]
    assert [call.status for call in sesfake.calls] == [429, 429, 200]
    assert len(sesfake.outbox) == 1


def test_throttled_attempts_are_overcome_by_the_library(sesfake: SesFake) -> None:
    sesfake.on(operation="SendEmail").throttle(attempts=2)
    send_email(sesfake.client(), ADA)
    call = sesfake.calls.one()
    assert (call.attempts, call.error, call.message) == (3, None, sesfake.outbox.one())


def test_v1_is_throttled_in_its_own_words(sesfake: SesFake) -> None:
    sesfake.on(api="ses").throttle()
    client = sesfake.client("ses", config=Config(retries={"max_attempts": 0}))
    with pytest.raises(ClientError) as caught:
        client.get_send_quota()
    assert caught.value.response["Error"]["Code"] == "Throttling"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_call_fails_with_any_code_text_and_status(sesfake: SesFake) -> None:
    sesfake.on(operation="SendEmail", recipient=BOB).fail("MessageRejected", "No, thank you.")
    client = sesfake.client("sesv2")
    with pytest.raises(client.exceptions.MessageRejected, match="No, thank you"):
        send_email(sesfake.client(), ADA, BOB)
    send_email(sesfake.client(), ADA)
    assert [call.error for call in sesfake.calls] == ["MessageRejected", None]
    assert sesfake.calls.first().recipients == (ADA, BOB)


def test_a_refused_call_leaves_recipient_scripts_where_they_were(sesfake: SesFake) -> None:
    sesfake.on(recipient=ADA).bounce("Transient", "General").then.deliver()
    sesfake.on(operation="SendEmail").fail("InternalFailure", status=500, attempts=1)
    send_email(sesfake.client(), ADA)
    send_email(sesfake.client(), ADA)
    assert [str(message.status[ADA]) for message in sesfake.outbox] == ["Bounced", "Delivered"]


def no_retries(sesfake: SesFake) -> Any:
    return sesfake.client("sesv2", config=Config(retries={"max_attempts": 0}))


@pytest.mark.parametrize(
    "fault,error",
    [
        (lambda script, **words: script.timeout(**words), ReadTimeoutError),
        (lambda script, **words: script.disconnect(**words), ConnectionClosedError),
    ],
    ids=["timeout", "disconnect"],
)
def test_a_call_without_an_answer_is_the_librarys_own_exception(
    sesfake: SesFake, fault: Callable[..., Any], error: type[Exception]
) -> None:
    fault(sesfake.on(operation="GetAccount"))
    client = no_retries(sesfake)
    with pytest.raises(error):
        client.get_account()
    client.get_account()
    assert [call.status for call in sesfake.calls] == [None, 200]


def test_an_answer_may_be_lost_after_ses_took_the_mail(sesfake: SesFake) -> None:
    sesfake.on(operation="SendEmail").timeout(accepted=True)
    client = no_retries(sesfake)
    with pytest.raises(ReadTimeoutError):
        client.send_email(
            FromEmailAddress="me@example.org",
            Destination={"ToAddresses": [ADA]},
            Content={"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}},
        )
    assert sesfake.outbox.one(to=ADA).status[ADA] == "Delivered"
    assert sesfake.calls.one().message == sesfake.outbox.one()


def test_a_slow_call_takes_real_time(sesfake: SesFake) -> None:
    sesfake.on(operation="GetAccount").slow(0.05)
    started = time.monotonic()
    sesfake.client("sesv2").get_account()
    assert time.monotonic() - started >= 0.05


def test_a_call_slower_than_the_clients_patience_times_out_at_once(sesfake: SesFake) -> None:
    sesfake.on(operation="GetAccount").slow(3600)
    client = sesfake.client("sesv2", config=Config(retries={"max_attempts": 0}, read_timeout=1))
    with pytest.raises(ReadTimeoutError):
        client.get_account()


@pytest.mark.parametrize(
    "outcome,last",
    [
        (Bounce(), "Bounce"),
        (Complaint("fraud"), "Complaint"),
        (Suppression("account"), "Bounce"),
        (Rejection(), "Reject"),
    ],
)
def test_the_fake_itself_sends_a_message_with_an_outcome(sesfake: SesFake, outcome: Outcome, last: str) -> None:
    message = sesfake.send(ADA, outcome=outcome, subject="Seeded")
    assert message.events[-1].type == last
    assert sesfake.outbox.one(subject="Seeded") is message
    assert not sesfake.calls


@pytest.mark.parametrize(
    "write,text",
    [
        (lambda fake: fake.on(api="v2"), r"takes 'ses', 'sesv2', 'smtp', not 'v2'"),
        (lambda fake: fake.on(recipient="ada"), r"takes an address, or a pattern like '\*@example.com', not 'ada'"),
        (lambda fake: fake.on(recipient=ADA).bounce("Soft"), "'Permanent', 'Transient', 'Undetermined'"),
        (lambda fake: fake.on(recipient=ADA).bounce("Transient", "Full"), "'MailboxFull'"),
        (lambda fake: fake.on(recipient=ADA).bounce("MailboxFull"), "write 'Transient', 'MailboxFull'"),
        (lambda fake: fake.on(recipient=ADA).bounce(subtype="MailboxFull"), "write 'Transient', 'MailboxFull'"),
        (lambda fake: fake.on(recipient=ADA).complain("spam"), "'abuse'"),
        (lambda fake: fake.on(recipient=ADA).suppress("world"), "'global', 'account', 'tenant'"),
        (lambda fake: fake.on(recipient=ADA).bounce(after=-1), "cannot be negative"),
        (lambda fake: fake.on(recipient=ADA).complain(after=float("inf")), "has to end"),
        (lambda fake: fake.on(recipient=ADA).bounce().complain(), "ends the delivery"),
        (lambda fake: fake.on(recipient=ADA).complain().bounce(), "was not delivered"),
        (lambda fake: fake.on(recipient=ADA).deliver(times=None).then.bounce(), "has times=None"),
        (lambda fake: fake.on(recipient=ADA).deliver(times=0), "from 1"),
        (lambda fake: fake.on(api="ses").throttle(attempts=0), "attempts takes a whole number from 1, not 0"),
        (lambda fake: fake.on(api="ses").throttle(times=None).then.accept(), "has times=None"),
        (lambda fake: fake.on(recipient=ADA).delay(60, times=2).bounce(times=3), "times=2 and times=3"),
        (lambda fake: fake.on(api="ses").throttle().fail("Throttling"), r"\.then"),
        (lambda fake: fake.on(api="ses").fail(""), "error code"),
        (lambda fake: fake.on(api="ses").fail("MessageRejected", 400), "takes the text"),
        (lambda fake: fake.on(api="ses").fail("MessageRejected", status=200), "from 400 to 599 as status, not 200"),
        (lambda fake: fake.on(api="ses").fail("MessageRejected", status="500"), "from 400 to 599 as status, not '500'"),
    ],
)
def test_a_step_that_makes_no_sense_is_a_value_error_that_names_the_right_one(
    write: Callable[[SesFake], object], text: str
) -> None:
    with SesFake(unused_scripts="ignore") as sesfake, pytest.raises(ValueError, match=text):
        write(sesfake)


@pytest.mark.parametrize(
    "write,text",
    [
        (lambda fake: fake.on(recipient=ADA).deliver(after="1h"), "seconds or a timedelta, not '1h'"),
        (lambda fake: fake.on(recipient=ADA).bounce(diagnostic=550), "text of the remote server.*not 550"),
        (lambda fake: fake.on(recipient=ADA).soft_bounce(diagnostic=450), "text of the remote server.*not 450"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_type_error_at_its_line(write: Callable[[SesFake], object], text: str) -> None:
    with SesFake(unused_scripts="ignore") as sesfake, pytest.raises(TypeError, match=text):
        write(sesfake)


def test_times_and_attempts_together_are_a_type_error(sesfake: SesFake) -> None:
    with pytest.raises(TypeError, match="not both"):
        sesfake.on(optional=True, api="ses").throttle(times=2, attempts=2)


def test_a_selector_that_does_not_exist_is_a_type_error_with_the_nearest_name(sesfake: SesFake) -> None:
    with pytest.raises(TypeError, match=r"no selector 'subjet'\. Did you mean 'subject'\?$"):
        sesfake.on(subjet="x")  # type: ignore[call-arg]


ONE = "one recipient, an address or a pattern like '*@example.com'"


@pytest.mark.parametrize(
    "selectors,form",
    [
        ({"recipient": [ADA, BOB]}, ONE),
        ({"recipient": 5}, ONE),
        ({"recipient": None}, ONE),
        ({"sender": [ADA]}, "one address, or a pattern like '*@example.com'"),
        ({"subject": b"Hello"}, "a text"),
        ({"operation": ["SendEmail"]}, "the name of one operation, such as 'SendEmail'"),
        ({"api": None}, "'ses', 'sesv2' or 'smtp'"),
        ({"configuration_set": 1}, "the name of a configuration set"),
        ({"template": {"name": "a"}}, "the name of a template"),
        ({"tag": "campaign"}, "a dict of names and values, as tag={'campaign': 'spring'}"),
        ({"region": 5}, "the name of a region, such as 'eu-west-1'"),
    ],
)
def test_a_selector_that_can_never_match_raises_type_error(
    sesfake: SesFake, selectors: dict[str, Any], form: str
) -> None:
    ((name, value),) = selectors.items()
    with pytest.raises(TypeError, match=re.escape(f"on({name}=...) takes {form}, not {value!r}")) as caught:
        sesfake.on(**selectors)
    assert [str(entry.path) for entry in caught.traceback.filter(caught)] == [__file__]


def test_a_list_of_recipients_raises_type_error_that_says_what_to_write(sesfake: SesFake) -> None:
    with pytest.raises(TypeError, match=r"Write one script for each recipient$"):
        sesfake.on(recipient=[ADA, BOB])


def test_selectors_may_ask_for_what_is_not_there_and_by_objects_that_compare(sesfake: SesFake) -> None:
    sesfake.on(
        template=None, configuration_set=None, tag=None, subject=IsStr(regex="Hel.*"), recipient=IsStr()
    ).bounce()
    send_email(sesfake.client(), ADA)
    assert sesfake.outbox.one().status[ADA] == "Bounced"
