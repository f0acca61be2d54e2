"""Messages that are made of a template: what they become, and what happens where template and data do not fit."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.config import Config

from pytest_sesfake import SesFake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
ME = "me@example.org"
TO: Any = {"ToAddresses": ["ada@example.com"]}
CONTENT: Any = {"Subject": "Welcome, {{name}}", "Text": "Hello {{name}}", "Html": "<p>Hello {{name}}</p>"}
NONE: Any = {"TemplateName": "none", "TemplateData": "{}"}
LACKING_NAME: Any = {"TemplateName": "welcome", "TemplateData": "{}"}
LACKING = "Attribute 'name' is not present in the rendering data."


@pytest.fixture(autouse=True)
def _welcome(sesfake: SesFake) -> None:
    """Keep a template that needs a name."""
    sesfake.template("welcome", subject="Welcome, {{name}}", text="Hello {{name}}", html="<p>Hello {{name}}</p>")


def send_v1(v1: SESClient, data: str = '{"name": "Ada"}', **changes: Any) -> str:
    call: Any = {"Source": ME, "Destination": TO, "Template": "welcome", "TemplateData": data}
    return v1.send_templated_email(**{**call, **changes})["MessageId"]


def send_v2(v2: SESV2Client, given: Mapping[str, Any] | None = None, **changes: Any) -> str:
    template = given or {"TemplateName": "welcome", "TemplateData": '{"name": "Ada"}'}
    call: Any = {"FromEmailAddress": ME, "Destination": TO, "Content": {"Template": template}}
    return v2.send_email(**{**call, **changes})["MessageId"]


@pytest.mark.parametrize("send", [lambda fake: send_v1(fake.client("ses")), lambda fake: send_v2(fake.client())])
def test_a_message_is_rendered(sesfake: SesFake, send: Callable[[SesFake], str]) -> None:
    identifier = send(sesfake)

    message = sesfake.outbox.one(to="ada@example.com", template="welcome")
    assert message.id == identifier
    assert (message.subject, message.text, message.html) == ("Welcome, Ada", "Hello Ada", "<p>Hello Ada</p>")
    assert message.template_data == {"name": "Ada"}
    assert message.status["ada@example.com"] == "Delivered"
    assert [event.type for event in message.events] == ["Send", "Delivery"]
    assert message.events[0].payload()["mail"]["tags"]["ses:operation"] == ["SendTemplatedEmail"]
    assert b"Subject: Welcome, Ada\r\n" in message.raw


def test_a_message_says_all_that_the_call_says(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.configuration_set("news")
    send_v1(
        v1,
        Destination={"ToAddresses": ["ada@example.com"], "CcAddresses": ["c@x.com"], "BccAddresses": ["b@x.com"]},
        ReplyToAddresses=["reply@example.org"],
        ReturnPath="bounces@example.org",
        Tags=[{"Name": "kind", "Value": "test"}],
        ConfigurationSetName="news",
    )

    message = sesfake.outbox.one(template="welcome", tag={"kind": "test"}, configuration_set="news")
    assert (message.to, message.cc, message.bcc) == (["ada@example.com"], ["c@x.com"], ["b@x.com"])
    assert (message.reply_to, message.return_path) == (["reply@example.org"], "bounces@example.org")
    assert sesfake.calls.one().params == {
        "Source": ME,
        "Destination": {
            "ToAddresses": ["ada@example.com"],
            "CcAddresses": ["c@x.com"],
            "BccAddresses": ["b@x.com"],
        },
        "ReplyToAddresses": ["reply@example.org"],
        "ReturnPath": "bounces@example.org",
        "Tags": [{"Name": "kind", "Value": "test"}],
        "ConfigurationSetName": "news",
        "Template": "welcome",
        "TemplateData": '{"name": "Ada"}',
    }


def test_v2_adds_header_fields_and_attachments(sesfake: SesFake, v2: SESV2Client) -> None:
    template: Any = {
        "TemplateName": "welcome",
        "TemplateData": '{"name": "Ada"}',
        "Headers": [{"Name": "X-Shop", "Value": "{{name}}"}],
        "Attachments": [{"FileName": "terms.txt", "RawContent": b"Terms"}],
    }
    send_v2(v2, template)

    message = sesfake.outbox.one(header={"X-Shop": "{{name}}"}, attachment="terms.txt")
    assert message.attachments["terms.txt"].content == b"Terms"
    assert sesfake.calls.one().params["Content"] == {"Template": template}


def test_a_template_is_known_by_its_arn(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    arn = "arn:aws:ses:us-east-1:123456789012:template/welcome"
    given: Any = {"TemplateArn": arn, "TemplateData": '{"name": "Ada"}'}
    send_v1(v1, TemplateArn=arn)
    send_v2(v2, given)

    assert [message.subject for message in sesfake.outbox.all(template="welcome")] == ["Welcome, Ada", "Welcome, Ada"]
    assert sesfake.calls.first().params["TemplateArn"] == arn
    assert sesfake.calls.last().params["Content"] == {"Template": given}


@pytest.mark.parametrize(
    "arn, code, text",
    [
        ("ses:eu-west-1:123456789012:template/welcome", "NotFoundException", "Template {} does not exist."),
        ("ses:us-east-1:210987654321:template/welcome", "NotFoundException", "Template {} does not exist."),
        ("ses:us-east-1:123456789012:identity/welcome", "BadRequestException", "Invalid template ARN <{}>."),
    ],
)
def test_an_arn_of_something_else_is_refused(v2: SESV2Client, refused: Refused, arn: str, code: str, text: str) -> None:
    arn = f"arn:aws:{arn}"
    said = refused(lambda: send_v2(v2, {"TemplateArn": arn, "TemplateData": '{"name": "Ada"}'}))

    assert (said[0], said[2]) == (code, text.format(arn))


def test_a_template_can_be_brought_along(sesfake: SesFake, v2: SESV2Client) -> None:
    template: Any = {"TemplateContent": CONTENT, "TemplateData": '{"name": "Ada"}'}
    send_v2(v2, template)

    message = sesfake.outbox.one(template=None)
    assert (message.subject, message.text, message.html) == ("Welcome, Ada", "Hello Ada", "<p>Hello Ada</p>")
    assert message.template_data == {"name": "Ada"}
    assert message.events[0].payload()["mail"]["tags"]["ses:operation"] == ["SendTemplatedEmail"]
    assert sesfake.calls.one().params["Content"] == {"Template": template}


@pytest.mark.parametrize(
    "template, text",
    [
        ({"TemplateContent": {**CONTENT, "Html": "{{#if name}}x{{/if}}"}}, "Template contains unsupported operations."),
        ({"TemplateContent": {**CONTENT, "Text": "{{> footer}}"}}, "Template contains unsupported operations."),
        ({"TemplateContent": {**CONTENT, "Text": "{{name"}}, "The text is no valid template: unclosed tag"),
        ({"TemplateContent": {}}, "Template must have at least a subject, text, or html part."),
        ({}, "Either TemplateContent, or one of TemplateName and TemplateArn, must be given as Template."),
        (
            {"TemplateContent": CONTENT, "TemplateName": "welcome"},
            "Either TemplateContent, or one of TemplateName and TemplateArn, must be given as Template.",
        ),
        ({"TemplateName": "welcome", "TemplateData": "name=Ada"}, "Unable to parse template data (invalid JSON)."),
        ({"TemplateName": "welcome", "TemplateData": "[]"}, "The template data is invalid"),
    ],
)  # fmt: skip
def test_v2_refuses_content_that_is_no_template(
    sesfake: SesFake, v2: SESV2Client, refused: Refused, template: dict[str, Any], text: str
) -> None:
    given = {"TemplateData": '{"name": "Ada"}', **template}

    assert refused(lambda: send_v2(v2, given), v2.exceptions.BadRequestException) == ("BadRequestException", 400, text)
    assert not sesfake.outbox
    assert not sesfake.events
    assert sesfake.calls.one().recipients == ("ada@example.com",)


def test_an_unknown_template_is_refused(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    text = "Template none does not exist."
    assert refused(lambda: send_v1(v1, Template="none"), v1.exceptions.TemplateDoesNotExistException) == (
        "TemplateDoesNotExist",
        400,
        text,
    )
    assert refused(lambda: send_v2(v2, NONE), v2.exceptions.NotFoundException) == ("NotFoundException", 404, text)


def test_v2_demands_data_and_a_sender(v2: SESV2Client, refused: Refused) -> None:
    assert refused(lambda: send_v2(v2, {"TemplateName": "welcome"})) == (
        "BadRequestException",
        400,
        "Unable to parse template data (invalid JSON).",
    )
    template: Any = {"Template": {"TemplateName": "welcome", "TemplateData": "{}"}}
    assert refused(lambda: v2.send_email(Destination=TO, Content=template)) == (
        "BadRequestException",
        400,
        "Source cannot be empty",
    )


@pytest.mark.parametrize(
    "data, text", [("{", "Unable to parse template data (invalid JSON)."), ("1", "The template data is invalid")]
)
def test_v1_refuses_data_that_is_no_object(v1: SESClient, refused: Refused, data: str, text: str) -> None:
    assert refused(lambda: send_v1(v1, data)) == ("InvalidParameterValue", 400, text)


# A mail that cannot be rendered


@pytest.mark.parametrize(
    "send", [lambda fake: send_v1(fake.client("ses"), "{}"), lambda fake: send_v2(fake.client(), LACKING_NAME)]
)
def test_a_missing_attribute_makes_a_rendering_failure_event(sesfake: SesFake, send: Callable[[SesFake], str]) -> None:
    identifier = send(sesfake)

    assert not sesfake.outbox
    event = sesfake.events.one()
    assert (event.type, event.recipients) == ("RenderingFailure", ("ada@example.com",))
    assert event.detail == {"errorMessage": LACKING, "templateName": "welcome"}
    assert event.message.id == identifier
    assert (event.message.template, event.message.template_data, event.message.subject) == ("welcome", {}, None)
    assert event.message.events == [event]
    assert sesfake.calls.one(message=identifier).status == 200


def test_the_event_of_a_mail_that_never_was_has_no_header_fields(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.clock.freeze(NOON)
    sesfake.configuration_set("news")
    identifier = send_v1(v1, "{}", ConfigurationSetName="news", Tags=[{"Name": "kind", "Value": "test"}])

    payload = sesfake.events.one("RenderingFailure").payload()
    assert list(payload) == ["eventType", "mail", "failure"]
    assert payload["eventType"] == "Rendering Failure"
    assert payload["mail"] == {
        "timestamp": "2026-03-26T12:00:00.000Z",
        "source": ME,
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.org",
        "sendingAccountId": "123456789012",
        "messageId": identifier,
        "destination": ["ada@example.com"],
        "headersTruncated": False,
        "tags": {
            "ses:source-tls-version": ["TLSv1.3"],
            "ses:operation": ["SendTemplatedEmail"],
            "ses:configuration-set": ["news"],
            "ses:source-ip": ["127.0.0.1"],
            "ses:from-domain": ["example.org"],
            "kind": ["test"],
            "ses:caller-identity": ["testing"],
        },
    }
    assert payload["failure"] == {"errorMessage": LACKING, "templateName": "welcome"}


def test_identities_do_not_notify_of_it_and_eventbridge_has_a_name_for_it(sesfake: SesFake, v1: SESClient) -> None:
    send_v1(v1, "{}")

    event = sesfake.events.one()
    assert event.eventbridge_event()["detail-type"] == "Email Rendering Failed"
    with pytest.raises(ValueError, match="RenderingFailure"):
        event.feedback()


def test_the_template_that_was_brought_along_has_no_name_in_the_event(sesfake: SesFake, v2: SESV2Client) -> None:
    send_v2(v2, {"TemplateContent": CONTENT, "TemplateData": "{}"})

    assert sesfake.events.one().detail == {"errorMessage": LACKING, "templateName": None}


def test_a_mail_that_is_not_sent_counts_for_no_quota(v1: SESClient, v2: SESV2Client) -> None:
    send_v1(v1, "{}")

    assert v2.get_account()["SendQuota"]["SentLast24Hours"] == 0


def test_a_failure_of_rendering_comes_after_every_refusal(v1: SESClient, refused: Refused) -> None:
    text = "Configuration set <none> does not exist."
    assert refused(lambda: send_v1(v1, "{}", ConfigurationSetName="none")) == (
        "ConfigurationSetDoesNotExist",
        400,
        text,
    )


def test_a_script_is_not_used_up_by_a_mail_that_never_was(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.on(recipient="ada@example.com").bounce(times=1)
    send_v1(v1, "{}")
    send_v1(v1)

    assert [event.type for event in sesfake.events] == ["RenderingFailure", "Send", "Bounce"]


def test_the_reason_why_a_script_was_not_used_is_that_nothing_was_rendered() -> None:
    text = "the mail to ada@example.com was not sent, because its template did not render"
    with pytest.raises(AssertionError, match=text), SesFake() as fake:  # noqa: PT012 - the block raises at its end
        fake.template("welcome", subject="Hi", text="{{name}}")
        fake.on(recipient="ada@example.com").bounce()
        send_v1(fake.client("ses"), "{}")


def test_strict_mode_fails_a_test_whose_mail_was_not_rendered() -> None:
    with pytest.raises(AssertionError) as caught, SesFake(strict=True) as fake:  # noqa: PT012 - the block raises at its end
        fake.template("welcome", subject="Hi", text="{{name}}")
        send_v1(fake.client("ses"), "{}")

    assert str(caught.value) == (
        "sesfake: the mail for ada@example.com was not sent, because its template 'welcome' did not render, "
        f"and strict is on: {LACKING}"
    )


def test_a_look_for_the_mail_tells_that_it_was_not_rendered(sesfake: SesFake, v1: SESClient) -> None:
    send_v1(v1, "{}")

    with pytest.raises(AssertionError, match="template 'welcome' did not render: Attribute 'name'"):
        sesfake.outbox.one(to="ada@example.com")


# What scripts and the account's state do to such a call


@pytest.mark.parametrize(
    "selector", [{"template": "welcome"}, {"subject": "Welcome, Ada"}, {"recipient": "ada@example.com"}]
)
def test_a_script_knows_the_rendered_message(
    sesfake: SesFake, v1: SESClient, refused: Refused, selector: dict[str, str]
) -> None:
    sesfake.on(**cast("Any", selector)).fail("MessageRejected", "no")

    assert refused(lambda: send_v1(v1), v1.exceptions.MessageRejected) == ("MessageRejected", 400, "no")
    send_v1(v1)
    assert len(sesfake.outbox) == 1


def test_a_scripted_fault_comes_before_what_is_wrong_with_the_template(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.on(recipient="ada@example.com", operation="SendEmail").throttle()

    assert refused(lambda: send_v2(v2, NONE), v2.exceptions.TooManyRequestsException)[1] == 429
    assert refused(lambda: send_v2(v2, NONE), v2.exceptions.NotFoundException)[1] == 404


@pytest.mark.parametrize(
    "code, error",
    [
        ("MessageRejected", "MessageRejected"),
        ("MailFromDomainNotVerifiedException", "MailFromDomainNotVerifiedException"),
        ("AccountSuspendedException", "AccountSuspendedException"),
        ("LimitExceededException", "LimitExceededException"),
        ("SendingPausedException", "SendingPausedException"),
    ],
)
def test_v2_can_be_made_to_say_no(sesfake: SesFake, code: str, error: str) -> None:
    v2 = sesfake.client("sesv2", config=Config(retries={"total_max_attempts": 1}))
    sesfake.on(operation="SendEmail").fail(code)

    with pytest.raises(getattr(v2.exceptions, error)):
        send_v2(v2)


def test_the_account_and_the_configuration_set_may_be_paused(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.configuration_set("news", sending=False)
    text = "Sending is paused for configuration set news"
    assert refused(
        lambda: send_v1(v1, ConfigurationSetName="news"), v1.exceptions.ConfigurationSetSendingPausedException
    ) == ("ConfigurationSetSendingPausedException", 400, text)
    sesfake.pause()
    assert refused(lambda: send_v1(v1), v1.exceptions.AccountSendingPausedException)[0] == (
        "AccountSendingPausedException"
    )
    assert refused(lambda: send_v2(v2), v2.exceptions.SendingPausedException)[0] == "SendingPausedException"


def test_the_sender_must_be_verified() -> None:
    with SesFake(verified=["example.org"]) as fake:
        fake.template("welcome", subject="Hi", text="{{name}}")
        v1 = fake.client("ses")
        send_v1(v1)
        with pytest.raises(v1.exceptions.MessageRejected, match="Email address is not verified"):
            send_v1(v1, Source="me@example.net")


def test_a_mail_from_domain_that_is_not_proved_stops_it(sesfake: SesFake, v1: SESClient, refused: Refused) -> None:
    sesfake.verify("example.org")
    v1.set_identity_mail_from_domain(
        Identity="example.org", MailFromDomain="mail.example.org", BehaviorOnMXFailure="RejectMessage"
    )

    assert refused(lambda: send_v1(v1), v1.exceptions.MailFromDomainNotVerifiedException) == (
        "MailFromDomainNotVerifiedException",
        400,
        "DNS setup for MAIL FROM domain is invalid.",
    )
