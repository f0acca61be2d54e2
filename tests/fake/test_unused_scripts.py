"""An unused script gives the true reason why it was never used."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pytest_sesfake import Bounce, Rejection, SesFake
from pytest_sesfake.ses.virus import EICAR

if TYPE_CHECKING:
    from collections.abc import Callable

ADA, BOB, ROBOT = "ada@example.com", "bob@example.com", "bounce@simulator.amazonses.com"


def send(sesfake: SesFake, *to: str, subject: str = "Hello", **more: Any) -> None:
    content: Any = {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "Hello"}}, **more.pop("simple", {})}
    with suppress(ClientError):
        sesfake.client("sesv2").send_email(
            FromEmailAddress="me@example.org",
            Destination={"ToAddresses": list(to)},
            Content={"Simple": content},
            **more,
        )


def reason(run: Callable[[SesFake], object], **settings: Any) -> str:
    """Return why the one script of a fake that is judged now was never used, lines written as ``line``."""

    def judged() -> None:
        with SesFake(**settings) as sesfake:
            run(sesfake)

    with pytest.raises(AssertionError) as failure:
        judged()
    said = str(failure.value)
    assert said.count(" was never used: ") == 1, said
    return re.sub(r"[\w./]*test_unused_scripts\.py:\d+", "line", said.partition(" was never used: ")[2])


# Written too late.


def test_a_script_after_the_message_names_the_line_that_sent_it() -> None:
    def run(sesfake: SesFake) -> None:
        send(sesfake, ADA)
        sesfake.on(recipient=ADA).bounce()

    assert reason(run) == f"it was written too late, after the message to {ADA} was sent at line"


def test_a_script_after_the_refused_call_names_the_line_of_that_call() -> None:
    def run(sesfake: SesFake) -> None:
        send(sesfake, ADA)
        sesfake.on(recipient=ADA).bounce()

    cause = f"it was written too late, after the call for {ADA} was made, and refused at line"
    assert reason(run, verified=["example.net"]) == cause


def test_a_script_for_calls_after_the_call_names_its_line() -> None:
    def run(sesfake: SesFake) -> None:
        send(sesfake, ADA)
        sesfake.on(operation="SendEmail").throttle()

    assert reason(run) == "it was written too late, after the call SendEmail was made at line"


def test_a_script_after_a_message_of_the_fake_itself_names_the_time() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.clock.freeze()
        message = sesfake.send(ADA)
        sesfake.on(recipient=ADA).bounce()
        times.append(f"{message.sent_at:%H:%M:%S}")

    times: list[str] = []
    assert reason(run) == f"it was written too late, after the message to {ADA} was sent at {times[0]}"


def test_a_script_that_was_in_time_for_one_message_is_not_called_late() -> None:
    def run(sesfake: SesFake) -> None:
        send(sesfake, ADA)
        sesfake.on(recipient=ADA, subject="Hello").bounce()
        sesfake.on(recipient=ADA).complain()
        send(sesfake, ADA)

    assert (
        reason(run)
        == f"another script was used for every message to {ADA}: line: on(recipient='{ADA}', subject='Hello')"
    )


# Another was first.


def test_the_script_that_met_the_message_is_named_and_none_for_calls() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.on().accept()
        sesfake.on(recipient="*@example.com").bounce()
        sesfake.on(recipient=BOB).deliver()
        send(sesfake, BOB)

    assert reason(run) == f"another script was used for every message to {BOB}: line: on(recipient='{BOB}')"


def test_of_several_scripts_that_fit_the_one_that_met_the_message_is_named() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.on(recipient="*@example.com", subject="Hello").bounce("Transient", "General", times=1)
        sesfake.on(recipient="*", optional=True).deliver()
        sesfake.on(recipient="*@example.com").complain()
        send(sesfake, "eve@example.org")
        send(sesfake, BOB)

    assert (
        reason(run)
        == f"another script was used for every message to {BOB}: line: on(recipient='*@example.com', subject='Hello')"
    )


def test_all_scripts_that_met_the_messages_are_named() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.on(recipient=ADA).bounce("Transient", "General")
        sesfake.on(recipient=BOB).deliver()
        sesfake.on(recipient="*@example.com").complain()
        send(sesfake, ADA, BOB)

    others = f"line: on(recipient='{ADA}'), line: on(recipient='{BOB}')"
    assert reason(run) == f"another script was used for every message to {ADA}, {BOB}: {others}"


def test_the_mailbox_simulator_is_named_where_it_was_first() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.on(operation="SendEmail").accept()
        sesfake.on(recipient="*@simulator.amazonses.com").deliver()
        send(sesfake, ROBOT)

    cause = f"the mailbox simulator decides about mail to {ROBOT}, unless a script names the exact address"
    assert reason(run) == f"{cause}: on(recipient='{ROBOT}')"


def test_a_message_with_an_outcome_of_its_own_meets_no_script() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.on(recipient=ADA).bounce()
        sesfake.send(ADA, outcome=Bounce())

    assert reason(run) == f"the outcome given to sesfake.send() was used for the message to {ADA}"


def test_a_script_for_calls_names_the_one_that_met_them() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.on(operation="SendEmail").throttle()
        sesfake.on(operation="SendEmail", recipient=BOB).throttle()
        send(sesfake, BOB)

    assert (
        reason(run)
        == f"another script was used for every matching call: line: on(operation='SendEmail', recipient='{BOB}')"
    )


def test_an_outage_is_named_by_the_script_whose_calls_it_met() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.on(operation="SendEmail").throttle()
        with sesfake.outage(api="sesv2"):
            send(sesfake, BOB)

    assert reason(run) == "another script was used for every matching call: line: outage(api='sesv2')"


def test_a_script_for_an_entry_of_a_bulk_call_names_the_one_that_met_it() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.template("news", subject="News", text="News")
        sesfake.on(recipient="*@example.com").fail("MessageRejected")
        sesfake.on(recipient=ADA).fail("MessageRejected")
        sesfake.client("sesv2").send_bulk_email(
            FromEmailAddress="me@example.org",
            DefaultContent={"Template": {"TemplateName": "news", "TemplateData": "{}"}},
            BulkEmailEntries=[{"Destination": {"ToAddresses": [ADA]}}],
        )

    assert reason(run) == f"another script was used for every matching call: line: on(recipient='{ADA}')"


# The message was rejected, suppressed, refused or not rendered.


def test_a_rejection_of_somebody_elses_script_is_named() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.on(recipient=ADA).reject()
        sesfake.on(recipient=BOB).bounce()
        send(sesfake, ADA, BOB)

    assert reason(run) == f"line: on(recipient='{ADA}') rejected the message for all recipients, also for {BOB}"


def test_a_message_with_a_virus_is_rejected_before_scripts() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.on(recipient=BOB).bounce()
        send(sesfake, BOB, simple={"Attachments": [{"RawContent": EICAR, "FileName": "a.txt"}]})

    assert reason(run) == f"the virus scan rejected the message for all recipients, also for {BOB}"


def test_an_unused_script_names_a_rejection_by_another_outcome() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.on(recipient=BOB).bounce()
        sesfake.send(BOB, outcome=Rejection())

    cause = "a hook or the outcome of send() rejected the message"
    assert reason(run) == f"{cause} for all recipients, also for {BOB}"


def test_a_suppressed_recipient_names_the_list_and_a_setting_if_it_helps() -> None:
    def by_account(sesfake: SesFake) -> None:
        sesfake.suppress(ADA)
        sesfake.on(recipient=ADA).bounce()
        send(sesfake, ADA)

    def by_configuration_set(sesfake: SesFake) -> None:
        sesfake.suppress(ADA)
        sesfake.configuration_set("shop", suppression=["BOUNCE"])
        sesfake.on(recipient=ADA).bounce()
        send(sesfake, ADA, ConfigurationSetName="shop")

    def by_everybody(sesfake: SesFake) -> None:
        sesfake.suppress(ADA, scope="global")
        sesfake.on(recipient=ADA).bounce()
        send(sesfake, ADA)

    def by_opt_out(sesfake: SesFake) -> None:
        sesfake.contact_list("news", topics=["offers"], contacts={ADA: "OPT_OUT"})
        sesfake.on(recipient=ADA).bounce()
        send(sesfake, ADA, ListManagementOptions={"ContactListName": "news", "TopicName": "offers"})

    before = f"no script applies to {ADA}, because SES suppressed it: "
    on_account = "it is on the account's suppression list"
    assert reason(by_account) == f"{before}{on_account}. The setting suppression=[] switches the list off"
    assert reason(by_configuration_set) == f"{before}{on_account}"
    assert reason(by_everybody, suppression=[]) == f"{before}it is on the global suppression list"
    assert reason(by_opt_out) == f"{before}it has opted out of the contact list 'news'"


def test_a_script_that_suppresses_is_one_that_met_the_message() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.on(recipient=ADA).suppress()
        sesfake.on(recipient="*@example.com").bounce()
        send(sesfake, ADA)

    assert reason(run) == f"another script was used for every message to {ADA}: line: on(recipient='{ADA}')"


def test_a_refused_call_is_the_reason_only_if_every_selector_matches_its_message() -> None:
    def run(sesfake: SesFake, subject: str) -> None:
        sesfake.on(subject="Welcome").bounce()
        sesfake.on(recipient=ADA).fail("MessageRejected")
        send(sesfake, ADA, subject=subject)
        send(sesfake, BOB)

    refused = f"the call for {ADA} was refused: MessageRejected, Message rejected by a scripted fault."
    assert reason(lambda sesfake: run(sesfake, "Welcome")) == f"{refused} (line: on(recipient='{ADA}'))"
    assert reason(lambda sesfake: run(sesfake, "Goodbye")) == "no message matches subject='Welcome'"


def test_an_unused_script_names_a_call_without_response() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.on(recipient=ADA).bounce()
        sesfake.on(operation="SendEmail").timeout()
        with suppress(Exception):
            send(sesfake, ADA)

    assert reason(run).startswith(f"the call for {ADA} got no answer: timeout, ")


def test_a_mail_that_was_not_rendered_meets_no_script() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.template("hello", subject="Hello {{name}}", text="Hello")
        sesfake.on(recipient=ADA).bounce()
        sesfake.client("sesv2").send_email(
            FromEmailAddress="me@example.org",
            Destination={"ToAddresses": [ADA]},
            Content={"Template": {"TemplateName": "hello", "TemplateData": "{}"}},
        )

    assert "because its template did not render" in reason(run)


def test_a_refused_entry_of_a_bulk_call_is_the_reason_for_its_recipient() -> None:
    def run(sesfake: SesFake) -> None:
        sesfake.template("news", subject="News", text="News")
        sesfake.on(recipient=ADA).bounce()
        sesfake.client("sesv2").send_bulk_email(
            FromEmailAddress="me@example.org",
            DefaultContent={"Template": {"TemplateName": "news", "TemplateData": "{}"}},
            BulkEmailEntries=[{"Destination": {"ToAddresses": [each]}} for each in (ADA, BOB)],
        )

    def refused(sesfake: SesFake) -> None:
        sesfake.on(recipient=ADA).fail("MessageRejected")
        run(sesfake)

    assert reason(refused) == f"the entry for {ADA} of the call SendBulkEmail was refused"


# Nothing fits.


@pytest.mark.parametrize(
    "write,text",
    [
        (lambda fake: fake.on(recipient=ADA, subject="Helo").bounce(), "no message matches subject='Helo'"),
        (lambda fake: fake.on(subject="Helo").throttle(), "no call matches subject='Helo'"),
        (
            lambda fake: fake.on(region="eu-west-3").throttle(),
            "no call matches region='eu-west-3'. The regions were: 'us-east-1'",
        ),
        (
            lambda fake: fake.on(recipient=BOB, subject="Hello").bounce(),
            f"nothing was sent to '{BOB}'; mail went to {ADA}",
        ),
        (
            lambda fake: fake.on(operation="GetAccount").throttle(),
            "no call of GetAccount was made. The calls were: SendEmail",
        ),
        (lambda fake: fake.on(recipient=ADA), "it has no step. Add one, for example .bounce()"),
    ],
)
def test_an_unused_script_says_which_selector_matched_nothing(write: Callable[[SesFake], object], text: str) -> None:
    def run(sesfake: SesFake) -> None:
        write(sesfake)
        send(sesfake, ADA)

    assert reason(run) == text


def test_a_function_that_raises_for_what_there_is_does_not_stop_the_explanation() -> None:
    def run(sesfake: SesFake) -> None:
        send(sesfake, ADA)
        sesfake.on(recipient=ADA, where=lambda message: message.colour == "red").bounce()

    assert reason(run) == "no message matches all its selectors"
