"""Sends that name identities by their ARNs: what other accounts' policies allow, and what anybody's deny."""

from __future__ import annotations

import json
import smtplib
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

OWN, OTHER = "123456789012", "999999999999"
ARN = f"arn:aws:ses:us-east-1:{OTHER}:identity/partner.example"
FROM, TO = "News <news@partner.example>", "ada@example.com"
RAW = b"From: news@partner.example\r\nTo: ada@example.com\r\n%b\r\nHello\r\n"
MESSAGE: Any = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}

pytestmark = pytest.mark.sesfake(verified=["mine.example"])


def policy(*statements: dict[str, Any], arn: str = ARN) -> dict[str, Any]:
    """A policy with one statement for each argument; what a statement leaves out allows everybody everything."""
    usual = {"Effect": "Allow", "Principal": "*", "Action": "ses:*", "Resource": arn}
    return {"Version": "2012-10-17", "Statement": [{**usual, **statement} for statement in statements or ({},)]}


def denied(action: str, arn: str = ARN) -> str:
    return f"User `arn:aws:iam::{OWN}:user/testing' is not authorized to perform `ses:{action}' on resource `{arn}'"


def send(v2: SESV2Client, arn: str | None = ARN, sender: str = FROM, **parameters: Any) -> str:
    owner = {} if arn is None else {"FromEmailAddressIdentityArn": arn}
    return send_email(v2, TO, sender=sender, **{**owner, **parameters})


# Whose identity it is


def test_an_account_sends_from_an_identity_whose_owner_lets_it(sesfake: SesFake, v2: SESV2Client) -> None:
    assert sesfake.authorize("partner.example") == ARN

    send(v2, ARN)

    message = sesfake.outbox.one(source=FROM)
    assert message.status[TO] == "Delivered"
    mail = message.events[-1].payload()["mail"]
    assert (mail["sourceArn"], mail["sendingAccountId"]) == (ARN, OWN)
    arguments = {"FromEmailAddressIdentityArn": ARN}
    assert sesfake.calls.one(operation="SendEmail", params=arguments).ignored_params == ()


def test_a_sender_whose_identity_is_not_named_has_to_be_verified(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.authorize("partner.example")

    code, status, text = refused(lambda: send(v2, None))

    assert (code, status) == ("MessageRejected", 400)
    assert text is not None
    assert text.endswith(f"failed the check in region US-EAST-1: {FROM}")


def test_an_identity_that_nobody_authorized_is_denied(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    sesfake.authorize("other.example", policy=None)

    assert refused(lambda: send(v2)) == ("AccessDeniedException", 403, denied("SendEmail"))


@pytest.mark.parametrize(
    "principal, is_let",
    [
        ({"AWS": OWN}, True),
        ({"AWS": [f"arn:aws:iam::{OWN}:root"]}, True),
        ({"AWS": f"arn:aws:iam::{OWN}:user/testing"}, True),
        ({"AWS": "*"}, True),
        ("*", True),
        ({"AWS": "111111111111"}, False),
        ({"AWS": f"arn:aws:iam::{OWN}:user/else"}, False),
        ({"Service": "lambda.amazonaws.com"}, False),
    ],
)
def test_a_policy_is_about_its_principals(
    sesfake: SesFake, v2: SESV2Client, principal: object, is_let: bool, refused: Refused
) -> None:
    sesfake.authorize("partner.example", policy=policy({"Principal": principal}))

    if is_let:
        assert send(v2)
    else:
        assert refused(lambda: send(v2))[0] == "AccessDeniedException"


def test_a_named_identity_speaks_for_its_own_addresses_alone(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.authorize("partner.example")

    assert send(v2, ARN, "a@sub.partner.example")
    assert send(v2, ARN, "me@mine.example")
    assert refused(lambda: send(v2, ARN, "a@stranger.example"))[0] == "MessageRejected"


def test_an_arn_that_means_no_identity_is_no_parameter(v2: SESV2Client, refused: Refused) -> None:
    broken = "arn:aws:sns:us-east-1:999999999999:topic"

    assert refused(lambda: send(v2, broken)) == ("BadRequestException", 400, f"Invalid identity ARN <{broken}>.")


def test_an_identity_of_another_region_is_denied(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    there = sesfake.authorize("partner.example", region="eu-west-1")

    assert refused(lambda: send(v2, there))[0] == "AccessDeniedException"
    assert send(sesfake.client("sesv2", "eu-west-1"), there)


@pytest.mark.sesfake(verified=["*"])
def test_an_unknown_identity_allows_everybody_if_senders_are_not_checked(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.verify("partner.example")
    assert send(v2)

    sesfake.authorize("partner.example", policy=policy({"Effect": "Deny"}))
    assert refused(lambda: send(v2))[0] == "AccessDeniedException"


# One's own identity


def test_ones_own_identity_needs_no_policy_but_can_have_one_that_denies(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, refused: Refused
) -> None:
    own = f"arn:aws:ses:us-east-1:{OWN}:identity/mine.example"
    assert send(v2, own, "me@mine.example")

    text = json.dumps(policy({"Effect": "Deny"}, arn=own))
    v1.put_identity_policy(Identity="mine.example", PolicyName="no", Policy=text)

    assert refused(lambda: send(v2, own, "me@mine.example")) == (
        "AccessDeniedException",
        403,
        denied("SendEmail", own),
    )
    assert send(v2, None, "me@mine.example")
    assert len(sesfake.outbox) == 2


# Every interface


def test_every_operation_is_an_action_of_its_own(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.template("hello", subject="Hello", text="Hello")
    sesfake.authorize("partner.example", policy=policy({"Action": "ses:Get*"}))
    to: Any = {"ToAddresses": [TO]}
    source: Any = {"Source": FROM, "SourceArn": ARN}
    template: Any = {"TemplateName": "hello", "TemplateData": "{}"}
    entries: Any = [{"Destination": to}]
    calls: dict[str, list[Callable[[], object]]] = {
        "SendEmail": [lambda: v1.send_email(Destination=to, Message=MESSAGE, **source), lambda: send(v2)],
        "SendRawEmail": [
            lambda: v1.send_raw_email(RawMessage={"Data": RAW % b""}, **source),
            lambda: send(v2, Content={"Raw": {"Data": RAW % b""}}),
        ],
        "SendTemplatedEmail": [
            lambda: v1.send_templated_email(Destination=to, Template="hello", TemplateData="{}", **source),
            lambda: send(v2, Content={"Template": template}),
        ],
        "SendBulkTemplatedEmail": [
            lambda: v1.send_bulk_templated_email(
                Template="hello", DefaultTemplateData="{}", Destinations=entries, **source
            )
        ],
        "SendBulkEmail": [
            lambda: v2.send_bulk_email(
                FromEmailAddress=FROM,
                FromEmailAddressIdentityArn=ARN,
                DefaultContent={"Template": template},
                BulkEmailEntries=entries,
            )
        ],
    }

    for action, each in calls.items():
        for call in each:
            assert refused(call)[1:] == (403, denied(action)), action
    sesfake.authorize("partner.example", policy=policy({"Action": ["SES:send*"]}))
    for call in (call for each in calls.values() for call in each):
        call()
    assert len(sesfake.outbox) == 8


def test_v1_says_access_denied(sesfake: SesFake, v1: SESClient, refused: Refused) -> None:
    sesfake.authorize("partner.example", policy=policy({"NotAction": "ses:SendRawEmail"}))

    assert refused(lambda: v1.send_raw_email(RawMessage={"Data": RAW % b""}, SourceArn=ARN)) == (
        "AccessDenied",
        403,
        denied("SendRawEmail"),
    )


def test_a_raw_mail_names_identities_in_header_fields(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    sesfake.authorize("partner.example")
    fields = RAW % b"X-SES-SOURCE-ARN: %b\r\nX-SES-FROM-ARN: %b\r\n" % (ARN.encode(), ARN.encode())

    v1.send_raw_email(RawMessage={"Data": fields}, Source="me@mine.example")
    v2.send_email(Content={"Raw": {"Data": fields}})

    assert [message.source_arn for message in sesfake.outbox] == [ARN, ARN]
    assert b"ARN" not in sesfake.outbox.first().raw


def test_a_parameter_comes_before_the_field(sesfake: SesFake, v1: SESClient, refused: Refused) -> None:
    sesfake.authorize("partner.example")
    fields = RAW % b"X-SES-SOURCE-ARN: %b\r\n" % ARN.replace("partner", "stranger").encode()

    assert v1.send_raw_email(RawMessage={"Data": fields}, SourceArn=ARN)
    assert refused(lambda: v1.send_raw_email(RawMessage={"Data": fields}))[0] == "AccessDenied"


def test_the_identity_of_the_source_is_also_that_of_author_and_feedback_of_raw_mail(
    sesfake: SesFake, v1: SESClient, refused: Refused
) -> None:
    sesfake.authorize("partner.example")
    data = RAW % b"Return-Path: back@partner.example\r\n"

    assert v1.send_raw_email(RawMessage={"Data": data}, SourceArn=ARN)
    stranger = ARN.replace("partner", "stranger")
    assert refused(lambda: v1.send_raw_email(RawMessage={"Data": data}, SourceArn=ARN, FromArn=stranger))[0] == (
        "AccessDenied"
    )


def test_the_feedback_address_has_an_identity_of_its_own(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.authorize("partner.example")
    back = "back@partner.example"

    def old(**more: Any) -> None:
        v1.send_email(
            Source="me@mine.example", Destination={"ToAddresses": [TO]}, Message=MESSAGE, ReturnPath=back, **more
        )

    assert refused(old)[0] == "MessageRejected"
    old(ReturnPathArn=ARN)
    more: Any = {"FeedbackForwardingEmailAddress": back, "FeedbackForwardingEmailAddressIdentityArn": ARN}
    send(v2, None, "me@mine.example", **more)
    assert [message.return_path for message in sesfake.outbox] == [back, back]
    assert [message.source_arn for message in sesfake.outbox] == [
        ARN.replace(OTHER, OWN).replace("partner", "mine")
    ] * 2


def test_smtp_says_access_denied_after_the_data(sesfake: SesFake) -> None:
    sesfake.authorize("partner.example", policy=policy({"Action": "ses:SendEmail"}))
    with smtplib.SMTP(sesfake.smtp.host, sesfake.smtp.port, timeout=10) as server:
        server.starttls(context=ssl.create_default_context(cafile=sesfake.smtp.ca_file))
        server.login(sesfake.smtp.username, sesfake.smtp.password)
        with pytest.raises(smtplib.SMTPDataError) as caught:
            server.sendmail("news@partner.example", [TO], RAW % b"X-SES-SOURCE-ARN: %b\r\n" % ARN.encode())

    assert caught.value.args == (554, f"Access denied: {denied('SendRawEmail')}".encode())


def test_a_bounce_is_sent_from_an_identity_whose_owner_lets_it(
    sesfake: SesFake, v1: SESClient, refused: Refused
) -> None:
    v1.create_receipt_rule_set(RuleSetName="inbox")
    rule: Any = {"Name": "all", "Enabled": True, "Recipients": ["mine.example"], "Actions": []}
    v1.create_receipt_rule(RuleSetName="inbox", Rule=rule)
    v1.set_active_receipt_rule_set(RuleSetName="inbox")
    received = sesfake.receive(to="me@mine.example", sender=TO, text="Hello")

    def bounce(**more: Any) -> str:
        return v1.send_bounce(
            OriginalMessageId=received.message_id or "",
            BounceSender="news@partner.example",
            BouncedRecipientInfoList=[{"Recipient": "me@mine.example", "BounceType": "DoesNotExist"}],
            **more,
        )["MessageId"]

    assert refused(bounce)[0] == "MessageRejected"
    assert refused(lambda: bounce(BounceSenderArn=ARN)) == ("AccessDenied", 403, denied("SendBounce"))
    sesfake.authorize("partner.example")
    assert bounce(BounceSenderArn=ARN)


# Conditions


@pytest.mark.parametrize(
    "condition, is_let",
    [
        ({"StringEquals": {"ses:FromAddress": "news@partner.example"}}, True),
        ({"StringEquals": {"ses:FromAddress": "NEWS@partner.example"}}, False),
        ({"StringEqualsIgnoreCase": {"ses:FromAddress": "NEWS@partner.example"}}, True),
        ({"StringLike": {"SES:FromAddress": ["x@*", "news@*.example"]}}, True),
        ({"StringNotLike": {"ses:FromAddress": "news@*"}}, False),
        ({"StringEquals": {"ses:FromDisplayName": "News"}}, True),
        ({"StringLike": {"ses:FromDisplayName": "Sales*"}}, False),
        ({"StringEquals": {"ses:FeedbackAddress": "news@partner.example"}}, True),
        ({"StringEquals": {"ses:ApiVersion": "2"}}, True),
        ({"ForAllValues:StringLike": {"ses:Recipients": ["*@example.com"]}}, True),
        ({"ForAllValues:StringLike": {"ses:Recipients": ["*@example.org"]}}, False),
        ({"ForAnyValue:StringLike": {"ses:Recipients": ["*@example.org", "ada@*"]}}, True),
        ({"StringEquals": {"ses:Recipients": "ada@example.com"}, "Bool": {"aws:SecureTransport": True}}, True),
        ({"StringEquals": {"ses:Recipients": "ada@example.com"}, "Bool": {"aws:SecureTransport": "false"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00Z"}}, False),
        ({"NumericGreaterThan": {"aws:EpochTime": 1577836800}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, False),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"StringEquals": {"aws:Nothing": "x"}}, False),
        ({"StringNotEquals": {"aws:Nothing": "x"}}, True),
        ({"StringEqualsIfExists": {"aws:Nothing": "x"}}, True),
        ({"Null": {"aws:Nothing": "true"}}, True),
        ({"Null": {"ses:FromAddress": "true"}}, False),
        ({"StringAlmost": {"ses:FromAddress": "news@partner.example"}}, False),
    ],
)
def test_an_allowance_holds_where_its_conditions_are_met(
    sesfake: SesFake, v2: SESV2Client, condition: object, is_let: bool, refused: Refused
) -> None:
    sesfake.authorize("partner.example", policy=policy({"Condition": condition}))

    if is_let:
        assert send(v2)
    else:
        assert refused(lambda: send(v2)) == ("AccessDeniedException", 403, denied("SendEmail"))
    assert sesfake.problems == []


def test_what_one_statement_denies_no_other_allows(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    only = {"ForAnyValue:StringLike": {"ses:Recipients": "*@rival.example"}}
    sesfake.authorize("partner.example", policy=policy({}, {"Effect": "Deny", "Condition": only}))

    assert send(v2)
    to: Any = {"ToAddresses": [TO, "b@rival.example"]}
    assert refused(lambda: send(v2, Destination=to))[0] == "AccessDeniedException"


# Set-up


@pytest.mark.parametrize(
    "words, text",
    [
        ({"account": OWN}, f"authorize() takes the id of another account, 12 digits, not '{OWN}'"),
        ({"account": "12"}, "authorize() takes the id of another account, 12 digits, not '12'"),
        ({"policy": "{"}, "authorize(): Policy is not valid JSON"),
        (
            {"policy": policy(arn="arn:aws:ses:us-east-1:1:identity/x")},
            "authorize(): Policy contains a resource that is not the identity it is attached to",
        ),
    ],
)
def test_set_up_refuses_what_cannot_be_right(sesfake: SesFake, words: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its whole text is checked
        sesfake.authorize("partner.example", **words)

    assert str(caught.value) == text
