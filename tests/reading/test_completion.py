"""What completion offers on the objects that tests read. A new public attribute needs a line here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_sesfake import SesFake

LOG = "all count first index last none one wait wait_async"
OFFERED = {
    "message": (
        "api attachments bcc calendars cc configuration_set events headers html html_text id links mime operation "
        "preview raw recipients region reply_to "
        "return_path sender sent_at source status subject submitted submitted_headers submitted_mime tags template "
        "template_data tenant text to"
    ),
    "event": (
        "detail eventbridge_event feedback firehose_record http_request lambda_event message payload recipients sns "
        "sqs_message timestamp type"
    ),
    "call": (
        "account_id api at attempts caller error ignored_params message messages operation params recipients region "
        "status text"
    ),
    "notification": (
        "body envelope event http_request kind recipients responses subject targets text timestamp topic type"
    ),
    "response": "body error headers notification ok result status target unprocessed where",
    "subscription": "arn confirmed ended post post_async target token topic unsubscribe",
    "request": "body headers json method path",
    "system_mail": "attachments headers html id kind links mime raw region sender sent_at subject text to",
    "statuses": "get items keys values",
    "received": (
        "accepted actions message_id notifications objects raw received_at recipients refused region reply reply_text "
        "source system_mail view"
    ),
    "clock": "advance freeze now",
    "outbox": LOG,
    "events": LOG,
    "calls": LOG,
    "notifications": LOG,
    "mails_of_ses": LOG,
}


@pytest.fixture
def seen(sesfake: SesFake) -> SimpleNamespace:
    """One object of each class."""
    subscription = sesfake.subscribe(lambda event: None, target_type="lambda")
    sesfake.client("sesv2").send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["ada@example.com"]},
        Content={"Simple": {"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "Hello"}}}},
    )
    sesfake.client("ses").verify_email_identity(EmailAddress="bob@example.com")
    sesfake.notify()
    event = sesfake.events.first()
    return SimpleNamespace(
        message=sesfake.outbox.one(),
        event=event,
        call=sesfake.calls.first(),
        notification=sesfake.notifications.first(),
        response=sesfake.notifications.first().responses[0],
        subscription=subscription,
        request=event.http_request(),
        system_mail=sesfake.system_mail.one(),
        statuses=sesfake.outbox.one().status,
        received=sesfake.receive(to="support@example.com", text="Help"),
        clock=sesfake.clock,
        outbox=sesfake.outbox,
        events=sesfake.events,
        calls=sesfake.calls,
        notifications=sesfake.notifications,
        mails_of_ses=sesfake.system_mail,
    )


@pytest.mark.parametrize("name", OFFERED)
def test_completion_offers_what_a_test_may_type_and_nothing_else(seen: SimpleNamespace, name: str) -> None:
    thing = getattr(seen, name)
    offered = [each for each in dir(thing) if not each.startswith("_")]

    assert offered == OFFERED[name].split()
    assert [each for each in offered if not hasattr(thing, each)] == []
