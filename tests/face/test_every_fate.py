"""Every fate of a recipient, by every interface, in every form in which applications are told of it.

The expectations are those of SES: which events, in which order, with which keys in which order, and what counts where.
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

import json
import smtplib
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pytest_sesfake import (
    AutoReply,
    Bounce,
    Click,
    Complaint,
    Delay,
    Delivery,
    Open,
    Rejection,
    SoftBounce,
    Suppression,
    Unsubscribe,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import Event, Outcome, SesFake

ADA = "ada@example.com"
HTML = '<a href="https://shop.example/">Shop</a>'
BODY: dict[str, Any] = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}, "Html": {"Data": HTML}}}
RAW = f"From: me@example.org\r\nTo: {ADA}\r\nSubject: Hi\r\nContent-Type: text/html\r\n\r\n{HTML}\r\n".encode()
LIST = {"ContactListName": "readers"}

FAILED = ["emailAddress", "action", "status", "diagnosticCode"]
BOUNCE = ["feedbackId", "bounceType", "bounceSubType", "bouncedRecipients", "timestamp"]
REMOTE = [*BOUNCE, "remoteMtaIp", "reportingMTA"]
BY_SES = [*BOUNCE, "reportingMTA"]
COMPLAINT = ["feedbackId", "complaintSubType", "complainedRecipients", "timestamp"]
REPORTED = [*COMPLAINT, "userAgent", "complaintFeedbackType", "arrivalDate"]


class Fate(NamedTuple):
    """What follows from an outcome: events, status, the last event's keys and values, and what it counts as."""

    events: list[str]
    status: str
    keys: list[str]
    shows: dict[str, Any]
    bounces: int = 0
    complaints: int = 0
    suppresses: str | None = None


SENT = ["Send", "Delivery"]
DELAYS = ["DeliveryDelay"] * 6

FATES: dict[str, tuple[Outcome, Fate]] = {
    "delivery": (
        Delivery(),
        Fate(
            SENT,
            "Delivered",
            ["timestamp", "processingTimeMillis", "recipients", "smtpResponse", "remoteMtaIp", "reportingMTA"],
            {"recipients": [ADA]},
        ),
    ),
    "hard bounce": (
        Bounce(),
        Fate(
            ["Send", "Bounce"],
            "Bounced",
            REMOTE,
            {"bounceType": "Permanent", "bounceSubType": "General"},
            bounces=1,
            suppresses="BOUNCE",
        ),
    ),
    "asynchronous bounce": (
        Bounce("Permanent", "NoEmail", after=60),
        Fate([*SENT, "Bounce"], "Bounced", REMOTE, {"bounceSubType": "NoEmail"}, bounces=1, suppresses="BOUNCE"),
    ),
    "transient bounce": (
        Bounce("Transient", "MessageTooLarge"),
        Fate(["Send", "Bounce"], "Bounced", REMOTE, {"bounceType": "Transient", "bounceSubType": "MessageTooLarge"}),
    ),
    "undetermined bounce": (
        Bounce("Undetermined"),
        Fate(["Send", "Bounce"], "Bounced", BOUNCE, {"bounceType": "Undetermined", "bounceSubType": "Undetermined"}),
    ),
    "soft bounce": (
        SoftBounce("MailboxFull"),
        Fate(
            ["Send", *DELAYS, "Bounce"],
            "Bounced",
            REMOTE,
            {"bounceType": "Transient", "bounceSubType": "MailboxFull"},
        ),
    ),
    "soft bounce that is overcome": (
        SoftBounce(attempts=2),
        Fate(
            ["Send", "DeliveryDelay", "DeliveryDelay", "Delivery"],
            "Delivered",
            ["timestamp", "processingTimeMillis", "recipients", "smtpResponse", "remoteMtaIp", "reportingMTA"],
            {"processingTimeMillis": 2_700_000},
        ),
    ),
    "lookup failure": (
        Bounce(retried=True),
        Fate(
            ["Send", *DELAYS, "Bounce"],
            "Bounced",
            REMOTE,
            {"bounceType": "Permanent", "bounceSubType": "General"},
            bounces=1,
            suppresses="BOUNCE",
        ),
    ),
    "delay": (
        Delay(60),
        Fate(
            ["Send", "DeliveryDelay", "Delivery"],
            "Delivered",
            ["timestamp", "processingTimeMillis", "recipients", "smtpResponse", "remoteMtaIp", "reportingMTA"],
            {"processingTimeMillis": 60_000},
        ),
    ),
    "complaint": (
        Complaint(),
        Fate(
            [*SENT, "Complaint"],
            "Complained",
            REPORTED,
            {"complaintSubType": None, "complaintFeedbackType": "abuse"},
            complaints=1,
            suppresses="COMPLAINT",
        ),
    ),
    "auto-reply": (
        AutoReply(),
        Fate([*SENT, "Bounce"], "Delivered", BOUNCE, {"bounceType": "Transient", "bounceSubType": "General"}),
    ),
    "global suppression": (
        Suppression("global"),
        Fate(["Send", "Bounce"], "Suppressed", BY_SES, {"bounceSubType": "Suppressed"}, bounces=1),
    ),
    "account suppression": (
        Suppression("account"),
        Fate(["Send", "Bounce"], "Suppressed", BY_SES, {"bounceSubType": "OnAccountSuppressionList"}),
    ),
    "tenant suppression": (
        Suppression("tenant"),
        Fate(["Send", "Bounce"], "Suppressed", BY_SES, {"bounceSubType": "OnTenantSuppressionList"}),
    ),
    "rejection": (Rejection(), Fate(["Send", "Reject"], "Rejected", ["reason"], {"reason": "Bad content"})),
    "open": (
        Open(),
        Fate([*SENT, "Open"], "Delivered", ["timestamp", "userAgent", "ipAddress", "isBotEvent"], {}),
    ),
    "click": (
        Click(),
        Fate(
            [*SENT, "Click"],
            "Delivered",
            ["timestamp", "ipAddress", "userAgent", "link", "linkTags", "isBotEvent"],
            {"link": "https://shop.example/"},
        ),
    ),
    "unsubscription": (
        Unsubscribe(),
        Fate(
            [*SENT, "Subscription"],
            "Delivered",
            ["contactList", "timestamp", "source", "newTopicPreferences", "oldTopicPreferences"],
            {"contactList": "readers", "source": "UnsubscribeHeader"},
        ),
    ),
}


# The interfaces.


def ses_simple(sesfake: SesFake) -> None:
    sesfake.client("ses").send_email(
        Source="me@example.org", Destination={"ToAddresses": [ADA]}, Message=BODY, ConfigurationSetName="cs"
    )


def ses_raw(sesfake: SesFake) -> None:
    sesfake.client("ses").send_raw_email(RawMessage={"Data": listed(RAW)}, ConfigurationSetName="cs")


def ses_templated(sesfake: SesFake) -> None:
    sesfake.client("ses").send_templated_email(
        Source="me@example.org",
        Destination={"ToAddresses": [ADA]},
        Template="hello",
        TemplateData="{}",
        ConfigurationSetName="cs",
    )


def ses_bulk(sesfake: SesFake) -> None:
    sesfake.client("ses").send_bulk_templated_email(
        Source="me@example.org",
        Template="hello",
        DefaultTemplateData="{}",
        Destinations=[{"Destination": {"ToAddresses": [ADA]}}],
        ConfigurationSetName="cs",
    )


def sesv2(content: dict[str, Any]) -> Callable[[SesFake], None]:
    def send(sesfake: SesFake) -> None:
        sesfake.client("sesv2").send_email(
            FromEmailAddress="me@example.org",
            Destination={"ToAddresses": [ADA]},
            Content=content,
            ConfigurationSetName="cs",
            ListManagementOptions=LIST,
        )

    return send


def sesv2_bulk(sesfake: SesFake) -> None:
    sesfake.client("sesv2").send_bulk_email(
        FromEmailAddress="me@example.org",
        DefaultContent={"Template": {"TemplateName": "hello", "TemplateData": "{}"}},
        BulkEmailEntries=[{"Destination": {"ToAddresses": [ADA]}}],
        ConfigurationSetName="cs",
    )


def smtp(sesfake: SesFake) -> None:
    with smtplib.SMTP(sesfake.smtp.host, sesfake.smtp.port) as server:
        server.starttls()
        server.login(sesfake.smtp.username, sesfake.smtp.password)
        server.sendmail("me@example.org", [ADA], b"X-SES-CONFIGURATION-SET: cs\r\n" + listed(RAW))


def listed(data: bytes) -> bytes:
    return b"X-SES-LIST-MANAGEMENT-OPTIONS: readers\r\n" + data


WAYS: dict[str, Callable[[SesFake], None]] = {
    "ses SendEmail": ses_simple,
    "ses SendRawEmail": ses_raw,
    "ses SendTemplatedEmail": ses_templated,
    "ses SendBulkTemplatedEmail": ses_bulk,
    "sesv2 SendEmail Simple": sesv2({"Simple": BODY}),
    "sesv2 SendEmail Raw": sesv2({"Raw": {"Data": RAW}}),
    "sesv2 SendEmail Template": sesv2({"Template": {"TemplateName": "hello", "TemplateData": "{}"}}),
    "sesv2 SendBulkEmail": sesv2_bulk,
    "smtp": smtp,
}
WITHOUT_LISTS = {"ses SendEmail", "ses SendTemplatedEmail", "ses SendBulkTemplatedEmail", "sesv2 SendBulkEmail"}
CELLS = [(name, way) for name in FATES for way in WAYS if name != "unsubscription" or way not in WITHOUT_LISTS]


# The forms.


def of_sns(event: Event) -> Any:  # noqa: ANN401 - what JSON holds
    return json.loads(event.lambda_event("sns")["Records"][0]["Sns"]["Message"])


def of_a_queue(event: Event) -> Any:  # noqa: ANN401 - what JSON holds
    return json.loads(json.loads(event.sqs_message()["Body"])["Message"])


def of_a_queue_by_lambda(event: Event) -> Any:  # noqa: ANN401 - what JSON holds
    return json.loads(json.loads(event.lambda_event("sqs")["Records"][0]["body"])["Message"])


def of_firehose(event: Event) -> Any:  # noqa: ANN401 - what JSON holds
    record = event.firehose_record()
    assert record.endswith(b"}\n")
    return json.loads(record)


FORMS: dict[str, Callable[[Event], Any]] = {
    "sns": of_sns,
    "sqs": of_a_queue,
    "sqs by lambda": of_a_queue_by_lambda,
    "firehose": of_firehose,
    "eventbridge": lambda event: event.eventbridge_event()["detail"],
    "eventbridge by lambda": lambda event: event.lambda_event("eventbridge")["detail"],
}
EVENT_TYPES = {"RenderingFailure": "Rendering Failure"}
KEYS = {"DeliveryDelay": "deliveryDelay"}
DETAIL_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
    "Open": "Email Opened",
    "Click": "Email Clicked",
    "DeliveryDelay": "Email Delivery Delayed",
    "Subscription": "Email Subscribed",
}


@pytest.mark.parametrize("name,way", CELLS)
def test_a_fate_is_the_same_by_every_interface_and_in_every_form(sesfake: SesFake, name: str, way: str) -> None:
    outcome, fate = FATES[name]
    sesfake.clock.freeze()
    sesfake.configuration_set("cs")
    sesfake.contact_list("readers")
    sesfake.template("hello", subject="Hi", text="Hi", html=HTML)
    sesfake.on(to=ADA).happens(outcome)

    WAYS[way](sesfake)
    sesfake.clock.advance(days=1)

    message = sesfake.outbox.one()
    assert [event.type for event in message.events] == fate.events
    assert message.status[ADA] == fate.status
    last = message.events[-1]
    assert list(last.detail) == fate.keys
    assert last.detail.items() >= fate.shows.items()
    if last.type == "Bounce" and last.detail["bounceType"] != "Undetermined" and fate.status != "Delivered":
        assert list(last.detail["bouncedRecipients"][0]) == FAILED
    for event in message.events:
        is_told_in_every_form(event)
    counts(sesfake, fate)


def is_told_in_every_form(event: Event) -> None:
    """The event's own form, and what each destination gets of it, say the same in SES's spelling and order."""
    payload = event.payload()
    key = KEYS.get(event.type, event.type.lower())
    order = ["eventType", key, "mail"] if event.type in {"Bounce", "Complaint"} else ["eventType", "mail", key]
    assert list(payload) == order
    assert payload["eventType"] == EVENT_TYPES.get(event.type, event.type)
    assert payload[key] == event.detail
    mail = payload["mail"]
    assert mail["messageId"] == event.message.id == mail["commonHeaders"]["messageId"]
    assert mail["destination"] == [ADA]
    assert mail["tags"]["ses:configuration-set"] == ["cs"]
    assert ("ses:outgoing-ip" in mail["tags"]) is (event.type == "Delivery")
    for form, read in FORMS.items():
        assert read(event) == payload, form
    assert event.eventbridge_event()["detail-type"] == DETAIL_TYPES[event.type]
    if event.type in {"Bounce", "Complaint", "Delivery"}:
        feedback = event.feedback()
        assert feedback["notificationType"] == event.type
        assert feedback[key] == event.detail
        assert json.loads(event.lambda_event(form="feedback")["Records"][0]["Sns"]["Message"]) == feedback
        assert "tags" not in feedback["mail"]
    else:
        with pytest.raises(ValueError, match="no identity notification"):
            event.feedback()


def counts(sesfake: SesFake, fate: Fate) -> None:
    """Quota, statistics and suppression list follow from the events."""
    ses, v2 = sesfake.client("ses"), sesfake.client("sesv2")
    points = ses.get_send_statistics()["SendDataPoints"]
    assert sum(point["DeliveryAttempts"] for point in points) == 1
    assert sum(point["Bounces"] for point in points) == fate.bounces
    assert sum(point["Complaints"] for point in points) == fate.complaints
    assert sum(point["Rejects"] for point in points) == (fate.status == "Rejected")
    entries = v2.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    assert [entry["Reason"] for entry in entries] == ([fate.suppresses] if fate.suppresses else [])


@pytest.mark.parametrize("name", [name for name in FATES if name != "unsubscription"])
def test_every_fate_takes_its_part_of_the_day_s_quota(sesfake: SesFake, name: str) -> None:
    outcome, _ = FATES[name]
    sesfake.send(ADA, outcome=outcome)
    assert sesfake.client("ses").get_send_quota()["SentLast24Hours"] == 1.0


def test_ten_recipients_of_a_message_may_have_ten_fates(sesfake: SesFake) -> None:
    sesfake.clock.freeze()
    fates: dict[str, Outcome] = {
        "fine": Delivery(),
        "slow": Delivery(after=300),
        "gone": Bounce(),
        "late": Bounce(after=7200),
        "full": SoftBounce("MailboxFull"),
        "busy": SoftBounce("General", attempts=1),
        "spam": Complaint(after=600),
        "away": AutoReply(after=60),
        "keen": Click(after=1200),
        "shut": Suppression(),
    }
    for name, outcome in fates.items():
        sesfake.on(to=f"{name}@example.com").happens(outcome)
    message = sesfake.send([f"{name}@example.com" for name in fates], html=HTML)
    sesfake.clock.advance(days=1)

    told = [
        (event.type, ", ".join(each.partition("@")[0] for each in event.recipients), minutes)
        for event in message.events
        if (minutes := (event.timestamp - message.sent_at).total_seconds() / 60) is not None
    ]
    assert told == [
        ("Send", "fine, slow, gone, late, full, busy, spam, away, keen, shut", 0),
        ("Delivery", "fine, late, spam, away, keen", 0),
        ("Bounce", "gone", 0),
        ("DeliveryDelay", "full", 0),
        ("DeliveryDelay", "busy", 0),
        ("Bounce", "shut", 0),
        ("Bounce", "away", 1),
        ("Delivery", "slow", 5),
        ("Complaint", "spam", 10),
        ("DeliveryDelay", "full", 15),
        ("Delivery", "busy", 15),
        ("Click", "keen", 20),
        ("DeliveryDelay", "full", 45),
        ("DeliveryDelay", "full", 105),
        ("Bounce", "late", 120),
        ("DeliveryDelay", "full", 225),
        ("DeliveryDelay", "full", 465),
        ("Bounce", "full", 840),
    ]
    assert {address.partition("@")[0]: str(status) for address, status in message.status.items()} == {
        "fine": "Delivered",
        "slow": "Delivered",
        "gone": "Bounced",
        "late": "Bounced",
        "full": "Bounced",
        "busy": "Delivered",
        "spam": "Complained",
        "away": "Delivered",
        "keen": "Delivered",
        "shut": "Suppressed",
    }
