"""What SES writes of each kind of event, key by key and in its order.

The literals are captures of real notifications with invented values: March 2026 for event publishing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake.delivery import bodies, details
from pytest_sesfake.ses import events
from pytest_sesfake.ses.events import DELIVERED, SENT, Bounced, Complained, Delivered, Fact, RejectedMessage
from pytest_sesfake.ses.outcomes.outcomes import Bounce, Suppression
from pytest_sesfake.ses.outcomes.simulator import outcome
from pytest_sesfake.ses.outcomes.timeline import Timeline, build_timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome, SuppressionScope
    from pytest_sesfake.ses.simulation import RegionState

    Happened = Callable[..., Event]
    Sent = Callable[..., Message]

HEADERS = [
    {"name": "From", "value": "shop@example.com"},
    {"name": "To", "value": "ada@example.net"},
    {"name": "Subject", "value": "Hi"},
    {"name": "MIME-Version", "value": "1.0"},
    {"name": "Content-Type", "value": "text/plain; charset=UTF-8"},
    {"name": "Content-Transfer-Encoding", "value": "7bit"},
]


def ordered(value: object) -> str:
    """As text, so that a difference in the order of keys is a difference."""
    return json.dumps(value, indent=1)


def published_mail(message: Message, tags: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "timestamp": "2026-03-26T02:13:21.662Z",
        "source": "shop@example.com",
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        "sendingAccountId": "123456789012",
        "messageId": message.id,
        "destination": ["ada@example.net"],
        "headersTruncated": False,
        "headers": HEADERS,
        "commonHeaders": {
            "from": ["shop@example.com"],
            "to": ["ada@example.net"],
            "messageId": message.id,
            "subject": "Hi",
        },
        "tags": tags,
    }


def notified_mail(message: Message) -> dict[str, Any]:
    return {
        "timestamp": "2026-03-26T02:13:21.662Z",
        "source": "shop@example.com",
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
        "sourceIp": "127.0.0.1",
        "callerIdentity": "testing",
        "sendingAccountId": "123456789012",
        "messageId": message.id,
        "destination": ["ada@example.net"],
    }


TAGS = {
    "ses:source-tls-version": ["TLSv1.3"],
    "ses:operation": ["SendEmail"],
    "ses:configuration-set": ["cs"],
    "ses:source-ip": ["127.0.0.1"],
    "ses:from-domain": ["example.com"],
    "campaign": ["spring"],
    "ses:caller-identity": ["testing"],
}
DELIVERY_TAGS = {
    "ses:source-tls-version": ["TLSv1.3"],
    "ses:operation": ["SendEmail"],
    "ses:configuration-set": ["cs"],
    "ses:outgoing-tls-version": ["TLSv1.3"],
    "ses:source-ip": ["127.0.0.1"],
    "ses:from-domain": ["example.com"],
    "campaign": ["spring"],
    "ses:caller-identity": ["testing"],
    "ses:outgoing-ip": ["54.240.8.77"],
}


def bounce(event: Event, kind: str, subtype: str, *recipients: dict[str, str], **more: str) -> dict[str, Any]:
    return {
        "feedbackId": event.feedback_id,
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": list(recipients),
        "timestamp": "2026-03-26T02:13:22.263Z",
        **more,
    }


@pytest.fixture
def message(sent: Sent) -> Message:
    return sent(tags={"campaign": "spring"})


def fact_of(outcome: Outcome, message: Message) -> Fact:
    """Return the last fact of a timeline that has only this outcome."""
    return build_timeline(Timeline(message, message.recipients[0]), [outcome])[-1][1]


def test_every_kind_of_fact_has_a_body() -> None:
    # Not by __subclasses__(), which also has what a dataclass with slots was made from.
    known = {kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Fact)} - {Fact}

    assert known
    assert set(details.BODIES) == known


def test_a_second_body_for_a_kind_of_fact_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Delivered has two bodies: _delivery and other"):

        @details.body(Delivered, "delivery", "Email Delivered")
        def other(_event: object, _fact: Delivered) -> dict[str, Any]:
            return {}


def test_a_send_event(happened: Happened, message: Message) -> None:
    event = happened(SENT, message, after=0)

    assert ordered(event.payload()) == ordered({"eventType": "Send", "mail": published_mail(message, TAGS), "send": {}})


def test_a_delivery_event(happened: Happened, message: Message) -> None:
    event = happened(Delivered("250 Ok"), message)

    assert ordered(event.payload()) == ordered(
        {
            "eventType": "Delivery",
            "mail": published_mail(message, DELIVERY_TAGS),
            "delivery": {
                "timestamp": "2026-03-26T02:13:22.263Z",
                "processingTimeMillis": 601,
                "recipients": ["ada@example.net"],
                "smtpResponse": "250 Ok",
                "remoteMtaIp": "192.0.2.25",
                "reportingMTA": "a8-77.smtp-out.amazonses.com",
            },
        }
    )


REMOTE = {
    "emailAddress": "ada@example.net",
    "action": "failed",
    "status": "5.1.1",
    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
}


def test_a_bounce_event_of_a_remote_server(happened: Happened, message: Message) -> None:
    event = happened(Bounced(), message)

    assert ordered(event.payload()) == ordered(
        {
            "eventType": "Bounce",
            "bounce": bounce(
                event,
                "Permanent",
                "General",
                REMOTE,
                remoteMtaIp="192.0.2.25",
                reportingMTA="dns; a8-77.smtp-out.amazonses.com",
            ),
            "mail": published_mail(message, TAGS),
        }
    )


ACCOUNT_LIST = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your account. "
    "For more information about removing addresses from the suppression list, see the Amazon SES Developer Guide at "
    "https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html"
)
GLOBAL_LIST = (
    "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid "
    "address. For more information about how to remove an address from the suppression list, see the Amazon SES "
    "Developer Guide: http://docs.aws.amazon.com/ses/latest/DeveloperGuide/remove-from-suppressionlist.html "
)


@pytest.mark.parametrize(
    "scope, subtype, text",
    [("account", "OnAccountSuppressionList", ACCOUNT_LIST), ("global", "Suppressed", GLOBAL_LIST)],
)
def test_a_bounce_of_a_suppressed_address_names_ses_and_no_remote_server(
    happened: Happened, message: Message, scope: SuppressionScope, subtype: str, text: str
) -> None:
    event = happened(fact_of(Suppression(scope), message))
    recipient = {"emailAddress": "ada@example.net", "action": "failed", "status": "5.1.1", "diagnosticCode": text}

    assert ordered(event.detail) == ordered(
        bounce(event, "Permanent", subtype, recipient, reportingMTA="dns; amazonses.com")
    )


def test_a_bounce_of_an_auto_reply_is_transient_and_reports_nothing(happened: Happened) -> None:
    event = happened(Bounced("Transient", "General", None, None, "reply"))

    assert ordered(event.detail) == ordered(bounce(event, "Transient", "General", {"emailAddress": "ada@example.net"}))


def test_an_undetermined_bounce_reports_nothing(happened: Happened) -> None:
    event = happened(Bounce("Undetermined").fact)

    assert ordered(event.detail) == ordered(
        bounce(event, "Undetermined", "Undetermined", {"emailAddress": "ada@example.net"})
    )


def test_bounces_that_were_merged_tell_each_recipient_its_own_text(happened: Happened, sent: Sent) -> None:
    message = sent(recipients=("ada@example.net", "Bob <bob@example.net>"))
    fact = Bounced(grouped=True, each=(("5.1.1", "smtp; 550 5.1.1 no Ada"), ("5.1.2", "smtp; 550 5.1.2 no Bob")))

    assert happened(fact, message).detail["bouncedRecipients"] == [
        {
            "emailAddress": "ada@example.net",
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 no Ada",
        },
        {
            "emailAddress": "bob@example.net",
            "action": "failed",
            "status": "5.1.2",
            "diagnosticCode": "smtp; 550 5.1.2 no Bob",
        },
    ]


def test_a_complaint_event(happened: Happened, message: Message) -> None:
    event = happened(Complained("abuse", "Amazon SES Mailbox Simulator"), message)

    assert ordered(event.payload()) == ordered(
        {
            "eventType": "Complaint",
            "complaint": {
                "feedbackId": event.feedback_id,
                "complaintSubType": None,
                "complainedRecipients": [{"emailAddress": "ada@example.net"}],
                "timestamp": "2026-03-26T02:13:22.263Z",
                "userAgent": "Amazon SES Mailbox Simulator",
                "complaintFeedbackType": "abuse",
                "arrivalDate": "2026-03-26T02:13:22.263Z",
            },
            "mail": published_mail(message, TAGS),
        }
    )


def test_a_complaint_by_the_account_list_has_a_subtype_and_no_report(happened: Happened) -> None:
    event = happened(Complained(None, None, "OnAccountSuppressionList"))

    assert ordered(event.detail) == ordered(
        {
            "feedbackId": event.feedback_id,
            "complaintSubType": "OnAccountSuppressionList",
            "complainedRecipients": [{"emailAddress": "ada@example.net"}],
            "timestamp": "2026-03-26T02:13:22.263Z",
            "arrivalDate": "2026-03-26T02:13:22.263Z",
        }
    )


def test_a_reject_event(happened: Happened, message: Message) -> None:
    event = happened(RejectedMessage(), message)

    assert ordered(event.payload()) == ordered(
        {"eventType": "Reject", "mail": published_mail(message, TAGS), "reject": {"reason": "Bad content"}}
    )


def test_a_delivery_notification_of_an_identity(happened: Happened, message: Message) -> None:
    event = happened(Delivered("250 Ok"), message)

    assert ordered(event.feedback()) == ordered(
        {"notificationType": "Delivery", "mail": notified_mail(message), "delivery": event.detail}
    )


@pytest.mark.parametrize(
    "fact, key",
    [
        (Bounced(), "bounce"),
        (Bounce("Permanent", "OnAccountSuppressionList").fact, "bounce"),
        (Bounced("Transient", "General", None, None, "reply"), "bounce"),
        (Complained(), "complaint"),
    ],
)
def test_bounce_and_complaint_notifications_of_an_identity(
    fact: Fact, key: str, happened: Happened, message: Message
) -> None:
    event = happened(fact, message)

    assert ordered(event.feedback()) == ordered(
        {"notificationType": event.type, key: event.detail, "mail": notified_mail(message)}
    )


@pytest.mark.parametrize("fact", [SENT, RejectedMessage()])
def test_identities_do_not_notify_of_sends_and_rejects(fact: Fact, happened: Happened) -> None:
    with pytest.raises(ValueError, match=rf"no identity notification of a {fact.type} event, only of Bounce, Com.*Del"):
        happened(fact).feedback()


def test_an_identity_notification_has_headers_when_they_are_switched_on(happened: Happened, message: Message) -> None:
    mail = happened(Bounced(), message).feedback(headers=True)["mail"]

    assert ordered(mail) == ordered(
        {
            **notified_mail(message),
            "headersTruncated": False,
            "headers": HEADERS,
            "commonHeaders": {"from": ["shop@example.com"], "to": ["ada@example.net"], "subject": "Hi"},
        }
    )


def test_another_region_has_hosts_and_arns_of_its_own(happened: Happened, sent: Sent, abroad: RegionState) -> None:
    message = sent(region_state=abroad)

    delivery, bounced = happened(DELIVERED, message).payload(), happened(Bounced(), message).payload()

    assert delivery["delivery"]["reportingMTA"] == "a8-77.smtp-out.cn-north-1.amazonses.com"
    assert bounced["bounce"]["reportingMTA"] == "dns; a8-77.smtp-out.cn-north-1.amazonses.com"
    assert bounced["mail"]["sourceArn"] == "arn:aws-cn:ses:cn-north-1:210987654321:identity/example.com"
    assert bounced["mail"]["sendingAccountId"] == "210987654321"


@pytest.mark.parametrize("address", ["bounce@simulator.amazonses.com", "suppressionlist@simulator.amazonses.com"])
def test_a_bounce_of_the_simulator_is_one_of_a_remote_server(address: str, happened: Happened, sent: Sent) -> None:
    simulated = outcome(address)
    assert simulated is not None

    message = sent(recipients=(address,))
    detail = happened(fact_of(simulated, message), message).detail

    assert list(detail) == [
        "feedbackId",
        "bounceType",
        "bounceSubType",
        "bouncedRecipients",
        "timestamp",
        "remoteMtaIp",
        "reportingMTA",
    ]
    assert list(detail["bouncedRecipients"][0]) == ["emailAddress", "action", "status", "diagnosticCode"]
    assert detail["bouncedRecipients"][0]["emailAddress"] == address


def test_the_text_of_an_event_is_one_compact_line_that_ends(happened: Happened, sent_raw: Sent) -> None:
    event = happened(SENT, sent_raw(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nHello\n"))

    text = bodies.payload_text(event)

    assert text.startswith('{"eventType":"Send","mail":{"timestamp":"2026-03-26T02:13:21.662Z",')
    assert "Grüße" in text
    assert text.endswith("}\n")
    assert text.count("\n") == 1
    assert json.loads(text) == event.payload()


def test_the_text_of_an_identity_notification_does_not_end_in_a_newline(happened: Happened) -> None:
    event = happened(Bounced())

    assert bodies.feedback_text(event).startswith('{"notificationType":"Bounce","bounce":{"feedbackId":"')
    assert json.loads(bodies.feedback_text(event)) == event.feedback()
    assert bodies.feedback_text(event).endswith("}")


def test_what_a_look_returned_may_be_changed_without_harm(happened: Happened, message: Message) -> None:
    event = happened(Bounced(), message)
    before = ordered(event.payload())

    seen = event.payload()
    seen["mail"]["tags"].clear()
    seen["mail"]["destination"].clear()
    seen["bounce"]["bouncedRecipients"][0].clear()
    event.detail.clear()

    assert ordered(event.payload()) == before
