"""What a type checker must find in a user's tests: each line that is ignored here is an error, or the run fails.

It is checked and never run: mypy's `warn_unused_ignores` and pyright's `reportUnnecessaryTypeIgnoreComment` tell of a
mistake that is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake import Bounce, Complaint, Delay, SesFake, SoftBounce, Suppression

if TYPE_CHECKING:
    from pytest_sesfake import Event, Message, Notification


def matchers(sesfake: SesFake, anything: Any) -> None:
    sesfake.outbox.one(subjct="Welcome")  # type: ignore[call-arg]
    sesfake.outbox.one(anything)  # type: ignore[call-arg]
    sesfake.outbox.wait(type="Bounce")  # type: ignore[call-arg]
    sesfake.outbox.wait("ada@example.com")  # type: ignore[arg-type]
    sesfake.events.wait("Bounce", "2")  # type: ignore[call-overload]
    sesfake.events.one("Bounce", operatoin="SendEmail")  # type: ignore[call-arg]
    sesfake.calls.one(subject="Welcome")  # type: ignore[call-arg]
    sesfake.outbox.one(where=True)  # type: ignore[arg-type]


def results(sesfake: SesFake) -> None:
    message: Message = sesfake.events.one()  # type: ignore[assignment]
    event: Event = sesfake.outbox.all()  # type: ignore[assignment]
    del message, event


def scripts(sesfake: SesFake) -> None:
    sesfake.on(to="ada@example.com")  # type: ignore[call-arg]
    sesfake.on(recipient="ada@example.com").bounce().throttle()  # type: ignore[attr-defined]
    sesfake.on(operation="SendEmail").throttle().bounce()  # type: ignore[attr-defined]
    sesfake.on(recipient="ada@example.com").bounce(subtyp="General")  # type: ignore[call-arg]
    sesfake.send("ada@example.com", outcome="Bounce")  # type: ignore[arg-type]


def settings(sesfake: SesFake) -> None:
    SesFake(regoin="eu-west-1")  # type: ignore[call-arg]
    SesFake(sandbox="yes")  # type: ignore[arg-type]
    Bounce(subtyp="General")  # type: ignore[call-arg]
    sesfake.expect(send=1)  # type: ignore[call-arg]


def words_of_settings() -> None:
    SesFake(verification="instantly")  # type: ignore[arg-type]
    SesFake(smtp_auth="deriven")  # type: ignore[arg-type]
    SesFake(unused_scripts="warning")  # type: ignore[arg-type]
    SesFake(unfinished="fail")  # type: ignore[arg-type]
    SesFake(suppression=["BOUNCES"])  # type: ignore[list-item]
    SesFake(suppression="BOUNCES")  # type: ignore[arg-type]


def words_of_outcomes(sesfake: SesFake) -> None:
    Bounce("Permament")  # type: ignore[arg-type]
    Bounce("Transient", "MailboxFul")  # type: ignore[arg-type]
    SoftBounce("Full")  # type: ignore[arg-type]
    SoftBounce("CustomTimeoutExceeded")  # type: ignore[arg-type]
    SoftBounce(reason="Busy")  # type: ignore[arg-type]
    Delay(60, "Tired")  # type: ignore[arg-type]
    Complaint("spam")  # type: ignore[arg-type]
    Suppression("gobal")  # type: ignore[arg-type]
    script = sesfake.on(recipient="ada@example.com")
    script.bounce("Permament")  # type: ignore[arg-type]
    script.bounce(subtype="MailboxFul")  # type: ignore[arg-type]
    script.soft_bounce("Full")  # type: ignore[arg-type]
    script.soft_bounce(reason="Busy")  # type: ignore[arg-type]
    script.delay(60, "Tired")  # type: ignore[arg-type]
    script.complain("spam")  # type: ignore[arg-type]
    script.suppress("gobal")  # type: ignore[arg-type]


def words_of_logs(sesfake: SesFake) -> None:
    sesfake.on(api="sesv3")  # type: ignore[arg-type]
    sesfake.outbox.one(api="sesv3")  # type: ignore[arg-type]
    sesfake.calls.one(api="sesv3")  # type: ignore[arg-type]
    sesfake.events.one("bounce")  # type: ignore[arg-type]
    sesfake.events.all(type="bounce")  # type: ignore[arg-type]
    sesfake.events.wait("bounce", 1)  # type: ignore[call-overload]
    sesfake.notifications.one("Recieved")  # type: ignore[arg-type]
    sesfake.expect(events={"bounce": 1})  # type: ignore[dict-item]


def words_of_events(event: Event, notification: Notification) -> None:
    event.sns("signatur")  # type: ignore[arg-type]
    event.sns(form="event")  # type: ignore[arg-type]
    event.sns(signature=3)  # type: ignore[arg-type]
    event.http_request("signatur")  # type: ignore[arg-type]
    event.http_request(form="event")  # type: ignore[arg-type]
    event.http_request(signature=3)  # type: ignore[arg-type]
    event.sqs_message(form="event")  # type: ignore[arg-type]
    event.lambda_event("sms")  # type: ignore[arg-type]
    event.lambda_event(form="event")  # type: ignore[arg-type]
    notification.http_request("signatur")  # type: ignore[arg-type]
    notification.http_request(signature=3)  # type: ignore[arg-type]


def words_of_set_up(sesfake: SesFake) -> None:
    sesfake.verify("example.com", status="SUCESS")  # type: ignore[arg-type]
    sesfake.suppress("ada@example.com", "BOUNCES")  # type: ignore[arg-type]
    sesfake.suppress("ada@example.com", scope="acount")  # type: ignore[arg-type]
    sesfake.contact_list("news", topics={"daily": "OPTIN"})  # type: ignore[dict-item]
    sesfake.contact_list("news", contacts={"ada@example.com": "OPTOUT"})  # type: ignore[dict-item]
    sesfake.configuration_set("shop", events=["bounce"])  # type: ignore[list-item]
    sesfake.configuration_set("shop", suppression=["BOUNCES"])  # type: ignore[list-item]
    sesfake.suppression = ["BOUNCES"]  # type: ignore[list-item]
    sesfake.outage("fire")  # type: ignore[arg-type]
    sesfake.outage(api="sesv3")  # type: ignore[arg-type]
    sesfake.subscribe(print, form="event")  # type: ignore[arg-type]
    sesfake.subscribe(print, target_type="https")  # type: ignore[arg-type]
    sesfake.subscribe(print, signature=3)  # type: ignore[arg-type]
    sesfake.receive(to="ada@example.com", spam="PASSED")  # type: ignore[arg-type]
    sesfake.receive(to="ada@example.com", virus="PASSED")  # type: ignore[arg-type]
    sesfake.receive(to="ada@example.com", spf="PASSED")  # type: ignore[arg-type]
    sesfake.receive(to="ada@example.com", dkim="PASSED")  # type: ignore[arg-type]
    sesfake.receive(to="ada@example.com", dmarc="PASSED")  # type: ignore[arg-type]
    sesfake.receive(to="ada@example.com", dmarc_policy="nothing")  # type: ignore[arg-type]


def clients(sesfake: SesFake) -> None:
    sesfake.client("sesv3")  # type: ignore[call-overload]
    sesfake.client().get_send_quota()  # type: ignore[attr-defined]
    sesfake.client("ses").get_account()  # type: ignore[attr-defined]
