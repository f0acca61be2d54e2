"""Mail that comes in, as a test lets it come: what it may say of it, and what it gets back."""

from __future__ import annotations

import asyncio
import json
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import SesFake

TOPIC = "arn:aws:sns:us-east-1:123456789012:inbox"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:inbox"
ASK: dict[str, Any] = {"LambdaAction": {"FunctionArn": FUNCTION, "InvocationType": "RequestResponse"}}
STORE: dict[str, Any] = {"S3Action": {"BucketName": "mail", "ObjectKeyPrefix": "in/"}}


@pytest.fixture
def rule(sesfake: SesFake) -> Callable[..., None]:
    """Makes the one rule of the active rule set, for everybody."""

    def rule(*actions: dict[str, Any], region: str = "us-east-1", **more: Any) -> None:
        v1 = sesfake.client("ses", region)
        v1.create_receipt_rule_set(RuleSetName="inbox")
        given: Any = {"Name": "r", "Enabled": True, "Actions": actions, **more}
        v1.create_receipt_rule(RuleSetName="inbox", Rule=given)
        v1.set_active_receipt_rule_set(RuleSetName="inbox")

    return rule


def test_without_a_rule_a_mail_is_refused(sesfake: SesFake) -> None:
    received = sesfake.receive(to="ada@example.com")

    assert (received.accepted, received.reply, received.message_id) == (False, 550, None)
    assert received.reply_text == "5.1.1 Requested action not taken: mailbox unavailable"
    assert (received.recipients, received.refused) == ([], ["ada@example.com"])
    assert (received.actions, received.notifications, received.objects, received.system_mail) == ([], [], {}, [])
    assert received.view.subject == "A message"
    assert repr(received) == "<Received 550 refused>"


def test_a_mail_is_made_of_what_the_test_says(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule(STORE)

    received = sesfake.receive(
        to=["Ada <ada@example.com>", "bob@example.com"],
        sender="Eve Été <eve@example.net>",
        subject="Grüße",
        text="Hello\nthere",
        html="<p>Hello</p>",
        attachments={"terms.pdf": b"%PDF", "note.txt": "später"},
    )

    view = received.view
    assert (received.source, received.recipients) == ("eve@example.net", ["ada@example.com", "bob@example.com"])
    assert view.headers["From"] == "Eve Été <eve@example.net>"
    assert view.addresses("To") == ["Ada <ada@example.com>", "bob@example.com"]
    assert (view.subject, view.text, view.html) == ("Grüße", "Hello\nthere", "<p>Hello</p>")
    assert view.attachments["terms.pdf"].content_type == "application/pdf"
    assert view.attachments["note.txt"].content.decode() == "später"
    assert view.headers["Message-ID"].endswith("@example.net>")
    assert "Date" in view.headers
    assert view.mime.defects == []


def test_a_mail_has_some_words_where_the_test_says_none(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule()

    view = sesfake.receive(to="ada@example.com").view

    assert (view.headers["From"], view.subject, view.text) == ("sender@example.net", "A message", "A text.")
    assert sesfake.receive(to="ada@example.com", html="<p>Hi</p>").view.text is None


def as_message() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Eve <eve@example.net>"
    message["To"] = "ada@example.com"
    message["Cc"] = "Bob <bob@example.com>"
    message["Subject"] = "Hi"
    message.set_content("Hello\nthere")
    return message


@pytest.mark.parametrize("form", [as_message, lambda: as_message().as_bytes(), lambda: as_message().as_string()])
def test_a_mail_may_be_given_as_mime(
    sesfake: SesFake, rule: Callable[..., None], form: Callable[[], EmailMessage | bytes | str]
) -> None:
    rule()

    received = sesfake.receive(form())

    assert (received.source, received.recipients) == ("eve@example.net", ["ada@example.com", "bob@example.com"])
    assert (received.view.subject, received.view.text) == ("Hi", "Hello\nthere\n")
    assert b"\n" not in received.raw.replace(b"\r\n", b"")


def test_the_envelope_is_what_the_test_says_whatever_the_mail_says(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule()

    received = sesfake.receive(as_message(), to="zoe@example.com", sender="")

    assert (received.source, received.recipients) == ("", ["zoe@example.com"])
    assert received.view.headers["Return-Path"] == "<>"


def test_a_bounce_has_no_sender_but_an_author(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule()

    received = sesfake.receive(to="ada@example.com", sender="")

    assert (received.source, received.view.headers["From"]) == ("", "MAILER-DAEMON@example.net")


def test_a_mail_without_recipients_is_a_mistake_of_the_test(sesfake: SesFake) -> None:
    with pytest.raises(TypeError, match="receive\\(\\) needs recipients"):
        sesfake.receive(b"Subject: Hi\r\n\r\n")
    with pytest.raises(TypeError, match="receive\\(\\) needs recipients"):
        sesfake.receive(subject="Hi")


@pytest.mark.parametrize(
    "fields, error, text",
    [
        ({"raw": b"", "text": "x"}, TypeError, "receive() takes either a mail as MIME or text, not both"),
        ({"raw": 7}, TypeError, "receive() takes a mail as bytes, str or an email.message.Message, not 7"),
        ({"colour": "red"}, TypeError, "receive() got an unexpected keyword argument 'colour'"),
        ({"text": b"x"}, TypeError, "receive() takes text as a str, not b'x'"),
        ({"attachments": ["x"]}, TypeError, "receive() takes attachments as a dict of file names to bytes or text"),
        ({"attachments": {"x": 1}}, TypeError, "receive() takes attachments as a dict of file names to bytes or text"),
        (
            {"spf": "pass"},
            ValueError,
            "receive(spf=...) takes one of 'PASS', 'FAIL', 'GRAY', 'PROCESSING_FAILED', not 'pass'",
        ),
        ({"spam": "yes"}, ValueError, "receive(spam=...) takes one of"),
        ({"dmarc_policy": "ignore"}, ValueError, "receive(dmarc_policy=...) takes one of"),
        ({"ip": "somewhere"}, ValueError, "'somewhere' does not appear to be an IPv4 or IPv6 address"),
    ],
)
def test_what_makes_no_sense_is_a_mistake_of_the_test(
    sesfake: SesFake, fields: dict[str, Any], error: type[Exception], text: str
) -> None:
    raw = fields.pop("raw", None)
    with pytest.raises(error) as caught:
        sesfake.receive(raw, to="ada@example.com", **fields)
    assert str(caught.value).startswith(text)
    assert sesfake.problems == []


def test_verdicts_are_what_the_test_says(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule({"SNSAction": {"TopicArn": TOPIC}}, ScanEnabled=True)

    received = sesfake.receive(to="ada@example.com", spam=True, virus=False, spf="GRAY", dkim="PROCESSING_FAILED")

    receipt = received.notifications[0].body["receipt"]
    assert {name: receipt[f"{name}Verdict"]["status"] for name in ("spam", "virus", "spf", "dkim", "dmarc")} == {
        "spam": "FAIL",
        "virus": "PASS",
        "spf": "GRAY",
        "dkim": "PROCESSING_FAILED",
        "dmarc": "PASS",
    }


def test_a_connection_without_tls_and_a_blocked_host_are_refused(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule(TlsPolicy="Require")
    sesfake.client("ses").create_receipt_filter(
        Filter={"Name": "net", "IpFilter": {"Policy": "Block", "Cidr": "203.0.113.0/24"}}
    )

    assert sesfake.receive(to="ada@example.com").reply == 250
    assert sesfake.receive(to="ada@example.com", tls=False).reply == 530
    assert sesfake.receive(to="ada@example.com", ip="203.0.113.9").reply == 554


def test_a_mail_comes_to_one_region(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule(region="eu-west-1")

    assert sesfake.receive(to="ada@example.com").reply == 550
    received = sesfake.receive(to="ada@example.com", region="eu-west-1")
    assert (received.accepted, received.region) == (True, "eu-west-1")
    assert "inbound-smtp.eu-west-1.amazonaws.com" in received.view.headers["Received"]


def test_a_stored_mail_is_kept_where_no_neighbour_has_the_bucket(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule(STORE)

    received = sesfake.receive(to="ada@example.com")

    url = f"s3://mail/in/{received.message_id}"
    assert received.objects == {url: received.raw}
    assert received.actions[0].url == url
    assert sesfake._simulation.objects[url] == received.raw


def test_a_stored_mail_is_read_with_boto3_while_moto_has_the_bucket(
    sesfake: SesFake, rule: Callable[..., None]
) -> None:
    rule(STORE)
    with mock_aws():
        storage = boto3.client("s3", "us-east-1")
        storage.create_bucket(Bucket="mail")

        received = sesfake.receive(to="ada@example.com")

        data = storage.get_object(Bucket="mail", Key=f"in/{received.message_id}")["Body"].read()
    assert data == received.raw
    assert received.objects[f"s3://mail/in/{received.message_id}"] == data


def test_a_topic_of_moto_s_is_published_to(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule({"SNSAction": {"TopicArn": TOPIC}})
    with mock_aws():
        queues, topics = boto3.client("sqs", "us-east-1"), boto3.client("sns", "us-east-1")
        queue = queues.create_queue(QueueName="inbox")["QueueUrl"]
        topics.create_topic(Name="inbox")
        topics.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=TOPIC.replace(":sns:", ":sqs:"))

        received = sesfake.receive(to="ada@example.com")

        (message,) = queues.receive_message(QueueUrl=queue)["Messages"]
    envelope = json.loads(message["Body"])
    assert envelope["Subject"] == "Amazon SES Email Receipt Notification"
    assert json.loads(envelope["Message"]) == received.notifications[0].body


@pytest.mark.parametrize("name", [FUNCTION, "inbox"])
def test_a_function_is_called_by_its_arn_or_its_name(sesfake: SesFake, rule: Callable[..., None], name: str) -> None:
    rule(ASK, {"SNSAction": {"TopicArn": TOPIC}})
    sesfake.lambda_function(name, lambda event, _: {"disposition": "STOP_RULE", "n": len(event["Records"])})

    received = sesfake.receive(to="ada@example.com")

    assert [action.type for action in received.actions] == ["Lambda"]
    assert received.actions[0].answer == {"disposition": "STOP_RULE", "n": 1}


def test_a_function_may_send_mail_itself(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule({"LambdaAction": {"FunctionArn": FUNCTION + ":live"}})

    def forward(event: dict[str, Any], _: object) -> None:
        subject = event["Records"][0]["ses"]["mail"]["commonHeaders"]["subject"]
        sesfake.client("ses").send_email(
            Source="inbox@example.com",
            Destination={"ToAddresses": ["team@example.org"]},
            Message={"Subject": {"Data": f"Fwd: {subject}"}, "Body": {"Text": {"Data": "see above"}}},
        )

    sesfake.lambda_function("inbox", forward)
    sesfake.receive(to="inbox@example.com", subject="Help")

    assert sesfake.outbox.one(to="team@example.org").subject == "Fwd: Help"


def test_a_function_that_fails_fails_the_test_when_all_is_done(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule(ASK, STORE)

    def fail(_: object, __: object) -> None:
        raise LookupError("no such ticket")

    sesfake.lambda_function("inbox", fail)

    before = len(sesfake._simulation.objects)
    with pytest.raises(LookupError, match="no such ticket"):
        sesfake.receive(to="ada@example.com")
    assert len(sesfake._simulation.objects) == before + 1
    received = sesfake.receive(to="ada@example.com", check=False)
    assert isinstance(received.actions[0].error, LookupError)
    assert repr(received.actions) == (
        "[<ActionTaken Lambda of rule 'r' failed: no such ticket>, <ActionTaken S3 of rule 'r'>]"
    )


def test_a_function_that_is_async_is_a_mistake_of_the_test(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule(ASK)

    async def answer(_: object, __: object) -> None:
        await asyncio.sleep(0)

    sesfake.lambda_function("inbox", answer)

    with pytest.raises(TypeError, match="is async"):
        sesfake.receive(to="ada@example.com")


def test_a_bounce_action_writes_system_mail(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule({"BounceAction": {"SmtpReplyCode": "550", "Message": "Nobody", "Sender": "daemon@example.com"}})

    received = sesfake.receive(to="ada@example.com", sender="eve@example.net")

    assert received.system_mail == list(sesfake.system_mail)
    assert received.system_mail[0].to == ["eve@example.net"]
    assert received.system_mail[0] is received.actions[0].system_mail
    assert sesfake.outbox == []


def test_a_mail_that_is_too_large_for_a_topic_is_bounced_and_no_failure(
    sesfake: SesFake, rule: Callable[..., None]
) -> None:
    rule({"SNSAction": {"TopicArn": TOPIC}})

    received = sesfake.receive(to="ada@example.com", text="x" * 160_000)

    assert (received.notifications, len(received.system_mail)) == ([], 1)
    assert received.actions[0].error is not None


def test_a_new_start_forgets_what_came_in(sesfake: SesFake, rule: Callable[..., None]) -> None:
    rule()
    assert sesfake.receive(to="ada@example.com").accepted

    sesfake.reset()

    assert not sesfake.receive(to="ada@example.com").accepted
