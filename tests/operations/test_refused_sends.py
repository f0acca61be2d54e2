"""What SES says to a send that it does not take, on each interface: code, status and text."""

from __future__ import annotations

import smtplib
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import SesFake

GOOD = "From: me@example.org\r\nTo: ada@example.com\r\nSubject: Hello\r\n\r\nHello\r\n"
MANY = [f"user{number}@example.com" for number in range(51)]


def v1_simple(sesfake: SesFake, **changes: Any) -> Any:
    call: dict[str, Any] = {
        "Source": "me@example.org",
        "Destination": {"ToAddresses": ["ada@example.com"]},
        "Message": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}},
    }
    return sesfake.client("ses").send_email(**{**call, **changes})


def v2_simple(sesfake: SesFake, **changes: Any) -> Any:
    call: dict[str, Any] = {
        "FromEmailAddress": "me@example.org",
        "Destination": {"ToAddresses": ["ada@example.com"]},
        "Content": {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}},
    }
    return sesfake.client("sesv2").send_email(**{**call, **changes})


def v1_raw(sesfake: SesFake, data: bytes, **more: Any) -> Any:
    return sesfake.client("ses").send_raw_email(RawMessage={"Data": data}, **more)


def v2_raw(sesfake: SesFake, data: bytes, **more: Any) -> Any:
    return sesfake.client("sesv2").send_email(Content={"Raw": {"Data": data}}, **more)


def by_smtp(
    sesfake: SesFake,
    data: bytes | str = GOOD,
    sender: str = "me@example.org",
    to: tuple[str, ...] = ("ada@example.com",),
) -> None:
    smtp = sesfake.smtp
    with smtplib.SMTP(smtp.host, smtp.port, timeout=10) as server:
        server.starttls(context=ssl.create_default_context(cafile=smtp.ca_file))
        server.login(smtp.username, smtp.password)
        server.sendmail(sender, to, data)


def refused(sesfake: SesFake, send: Callable[[], object]) -> tuple[str, int, str]:
    """Return code, status and text of the one refusal, after checking that nothing was sent and the call is logged."""
    try:
        send()
    except ClientError as error:
        said = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        text = error.response["Error"]["Message"]
    except smtplib.SMTPDataError as error:
        said = str(error.smtp_code), error.smtp_code
        text = error.smtp_error.decode() if isinstance(error.smtp_error, bytes) else error.smtp_error
    else:
        pytest.fail("the send was not refused")
    assert not sesfake.outbox
    assert not sesfake.events
    call = sesfake.calls.one()
    assert (call.error, call.status, call.text) == (*said, text)
    return *said, text


V1, V2 = ("InvalidParameterValue", 400), ("BadRequestException", 400)


@pytest.mark.parametrize(
    "address,text",
    [
        ("ada", "Missing final '@domain'"),
        ("ada@", "Missing domain"),
        ("@example.com", "Illegal address"),
        ("a da@example.com", "Local address contains control or whitespace"),
        ("ädä@example.com", "Local address contains illegal character"),
        ("ada@exa mple.com", "Domain contains control or whitespace"),
        ("ada@exämple.com", "Domain contains illegal character"),
        ("ada..x@example.com", "Illegal address"),
    ],
)
def test_an_address_that_is_none_is_refused_in_the_same_words_everywhere(
    sesfake: SesFake, address: str, text: str
) -> None:
    to = {"ToAddresses": [address]}
    assert refused(sesfake, lambda: v1_simple(sesfake, Destination=to)) == (*V1, text)
    sesfake.reset()
    assert refused(sesfake, lambda: v2_simple(sesfake, Destination=to)) == (*V2, text)
    sesfake.reset()
    assert refused(sesfake, lambda: v1_simple(sesfake, Source=address)) == (*V1, text)


def test_a_recipient_without_a_domain_is_refused_after_data_by_smtp(sesfake: SesFake) -> None:
    assert refused(sesfake, lambda: by_smtp(sesfake, to=("ada",))) == (
        "554",
        554,
        "Transaction failed: Missing final '@domain'",
    )


def test_more_than_fifty_recipients_are_refused(sesfake: SesFake) -> None:
    to = {"ToAddresses": MANY[:20], "CcAddresses": MANY[20:40], "BccAddresses": MANY[40:]}
    text = "Recipient count exceeds 50."
    assert refused(sesfake, lambda: v1_simple(sesfake, Destination=to)) == (*V1, text)
    sesfake.reset()
    assert refused(sesfake, lambda: v2_simple(sesfake, Destination=to)) == (*V2, text)
    sesfake.reset()
    assert refused(sesfake, lambda: by_smtp(sesfake, to=tuple(MANY))) == ("554", 554, f"Transaction failed: {text}")


def test_fifty_recipients_are_taken(sesfake: SesFake) -> None:
    v1_simple(sesfake, Destination={"ToAddresses": MANY[:50]})
    assert len(sesfake.outbox.one().recipients) == 50


def test_a_message_without_recipients_is_refused(sesfake: SesFake) -> None:
    text = "Missing required header 'To'."
    nobody: dict[str, Any] = {"ToAddresses": []}
    assert refused(sesfake, lambda: v1_simple(sesfake, Destination=nobody)) == (*V1, text)
    sesfake.reset()
    assert refused(sesfake, lambda: v2_simple(sesfake, Destination=nobody)) == (*V2, text)
    sesfake.reset()
    assert refused(sesfake, lambda: v1_raw(sesfake, b"From: me@example.org\r\n\r\nHello")) == (*V1, text)


def test_an_unknown_configuration_set_is_refused(sesfake: SesFake) -> None:
    text = "Configuration set <nowhere> does not exist."
    assert refused(sesfake, lambda: v1_simple(sesfake, ConfigurationSetName="nowhere")) == (
        "ConfigurationSetDoesNotExist",
        400,
        text,
    )
    sesfake.reset()
    assert refused(sesfake, lambda: v2_simple(sesfake, ConfigurationSetName="nowhere")) == (
        "NotFoundException",
        404,
        text,
    )
    sesfake.reset()
    data = "X-SES-CONFIGURATION-SET: nowhere\r\n" + GOOD
    assert refused(sesfake, lambda: by_smtp(sesfake, data)) == ("554", 554, f"Transaction failed: {text}")


def test_the_refusal_of_a_configuration_set_carries_its_name(sesfake: SesFake) -> None:
    client = sesfake.client("ses")
    with pytest.raises(client.exceptions.ConfigurationSetDoesNotExistException) as caught:
        v1_simple(sesfake, ConfigurationSetName="nowhere")
    response: Any = caught.value.response  # botocore puts the members of the error beside its code
    assert response["ConfigurationSetName"] == "nowhere"


def test_a_message_over_ten_megabytes_is_refused_by_v1_and_taken_by_v2(sesfake: SesFake) -> None:
    data = GOOD.encode() + b"x" * 10_485_760
    text = f"Message length is more than 10485760 bytes long: '{len(data)}'."
    assert refused(sesfake, lambda: v1_raw(sesfake, data)) == (*V1, text)
    v2_raw(sesfake, data)
    assert sesfake.outbox.one().submitted == data


def test_a_message_over_forty_megabytes_is_refused_by_v2(sesfake: SesFake) -> None:
    data = GOOD.encode() + b"x" * 41_943_040
    text = f"Message length is more than 41943040 bytes long: '{len(data)}'."
    assert refused(sesfake, lambda: v2_raw(sesfake, data)) == (*V2, text)


def test_a_message_over_forty_megabytes_is_refused_by_smtp(sesfake: SesFake) -> None:
    data = GOOD.encode() + b"x" * 78 + b"\r\n"
    data += (b"x" * 78 + b"\r\n") * (41_943_040 // 80)
    with pytest.raises(smtplib.SMTPResponseException) as caught:
        by_smtp(sesfake, data)
    assert (caught.value.smtp_code, caught.value.smtp_error) == (552, b"Message is too long.")
    assert not sesfake.outbox


def test_more_than_five_hundred_parts_are_refused(sesfake: SesFake) -> None:
    head = b'From: me@example.org\r\nTo: ada@example.com\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    data = head + b"--b\r\n\r\nx\r\n" * 501 + b"--b--\r\n"
    code, status, _ = refused(sesfake, lambda: v1_raw(sesfake, data))
    assert (code, status) == V1
    sesfake.reset()
    code, status, _ = refused(sesfake, lambda: v2_raw(sesfake, data))
    assert (code, status) == V2
    sesfake.reset()
    _, status, text = refused(sesfake, lambda: by_smtp(sesfake, data))
    assert status == 554
    assert text.startswith("Transaction failed: ")


@pytest.mark.parametrize(
    "data,text",
    [
        (b"To: ada@example.com\r\n\r\nHello", "Missing required header 'From'."),
        (GOOD.replace("Subject: Hello", "Subject: a\r\nSubject: b").encode(), "Duplicate header 'Subject'."),
        (
            b'From: me@example.org\r\nTo: a@b.de\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\nno boundary',
            "Missing start boundary",
        ),
        (
            (
                b"From: me@example.org\r\nTo: a@b.de\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                b'Content-Disposition: attachment; filename="run.exe"\r\n\r\nx\r\n--b--\r\n'
            ),
            "Illegal filename 'run.exe'.",
        ),
    ],
)
def test_broken_mime_is_refused_in_the_same_words_everywhere(sesfake: SesFake, data: bytes, text: str) -> None:
    assert refused(sesfake, lambda: v1_raw(sesfake, data)) == (*V1, text)
    sesfake.reset()
    assert refused(sesfake, lambda: v2_raw(sesfake, data)) == (*V2, text)
    sesfake.reset()
    assert refused(sesfake, lambda: by_smtp(sesfake, data)) == ("554", 554, f"Transaction failed: {text}")


@pytest.mark.parametrize(
    "name,value,text",
    [
        ("a b", "x", "Invalid tag name <a b>: only alphanumeric ASCII characters, '_',  '-' are allowed."),
        ("a", "x y", "Invalid tag value <x y>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed."),
        ("a" * 256, "x", "Tag name cannot exceed 255 characters."),
        ("a", "x" * 256, "Tag value cannot exceed 255 characters."),
        ("", "x", "The tag name must be specified."),
        ("a", "", "The tag value must be specified."),
    ],
)
def test_a_wrong_message_tag_is_refused_before_the_sender_is_looked_at(name: str, value: str, text: str) -> None:
    from pytest_sesfake import SesFake

    with SesFake(verified=["example.net"]) as sesfake:
        tags = [{"Name": name, "Value": value}]
        assert refused(sesfake, lambda: v1_simple(sesfake, Tags=tags)) == (*V1, text)
        sesfake.reset()
        assert refused(sesfake, lambda: v2_simple(sesfake, EmailTags=tags)) == (*V2, text)


@pytest.mark.sesfake(verified=["example.net"], region="eu-west-1")
def test_an_unverified_sender_is_refused(sesfake: SesFake) -> None:
    text = (
        "Email address is not verified. The following identities failed the check in region EU-WEST-1: "
        "Me <me@example.org>"
    )
    rejected = ("MessageRejected", 400, text)
    assert refused(sesfake, lambda: v1_simple(sesfake, Source="Me <me@example.org>")) == rejected
    sesfake.reset()
    assert refused(sesfake, lambda: v2_simple(sesfake, FromEmailAddress="Me <me@example.org>")) == rejected
    sesfake.reset()
    data = GOOD.replace("me@example.org", "Me <me@example.org>", 1)
    assert refused(sesfake, lambda: by_smtp(sesfake, data, sender="bounces@example.net")) == (
        "554",
        554,
        f"Message rejected: {text}",
    )


@pytest.mark.sesfake(sandbox=True)
def test_the_sandbox_refuses_recipients_that_are_not_verified_and_names_them(sesfake: SesFake) -> None:
    sesfake.verify("ada@example.com", "example.net")
    to = ["ada@example.com", "Bob <bob@example.com>", "eve@example.net", "success@simulator.amazonses.com"]
    code, status, text = refused(sesfake, lambda: v1_simple(sesfake, Destination={"ToAddresses": to}))
    assert (code, status) == ("MessageRejected", 400)
    assert text == (
        "Email address is not verified. The following identities failed the check in region US-EAST-1: "
        "Bob <bob@example.com>"
    )


def test_a_paused_account_refuses_every_send(sesfake: SesFake) -> None:
    sesfake.pause()
    assert refused(sesfake, lambda: v1_simple(sesfake))[:2] == ("AccountSendingPausedException", 400)
    sesfake.reset()
    sesfake.pause()
    assert refused(sesfake, lambda: v2_simple(sesfake))[:2] == ("SendingPausedException", 400)
    sesfake.resume()
    v1_simple(sesfake)
    assert len(sesfake.outbox) == 1


def test_a_paused_configuration_set_refuses_its_sends(sesfake: SesFake) -> None:
    sesfake.configuration_set("news", sending=False)
    text = "Sending is paused for configuration set news"
    assert refused(sesfake, lambda: v1_simple(sesfake, ConfigurationSetName="news")) == (
        "ConfigurationSetSendingPausedException",
        400,
        text,
    )
    sesfake.reset()
    sesfake.configuration_set("news", sending=False)
    assert refused(sesfake, lambda: v2_simple(sesfake, ConfigurationSetName="news")) == (
        "SendingPausedException",
        400,
        text,
    )


@pytest.mark.sesfake(quota=3)
def test_the_daily_quota_counts_recipients_and_lets_the_call_that_reaches_it_through(sesfake: SesFake) -> None:
    v1_simple(sesfake, Destination={"ToAddresses": MANY[:2]})
    v1_simple(sesfake, Destination={"ToAddresses": MANY[:2]})
    with pytest.raises(ClientError, match="Daily message quota exceeded") as caught:
        v1_simple(sesfake)
    assert caught.value.response["Error"]["Code"] == "Throttling"
    client = sesfake.client("sesv2")
    with pytest.raises(client.exceptions.TooManyRequestsException, match="Daily message quota exceeded"):
        v2_simple(sesfake)
    with pytest.raises(smtplib.SMTPDataError) as replied:
        by_smtp(sesfake)
    assert replied.value.smtp_code == 454
    assert replied.value.smtp_error == b"Throttling failure: Daily message quota exceeded."
    assert sesfake.client("ses").get_send_quota()["SentLast24Hours"] == 4.0

    sesfake.clock.advance(hours=25)
    v1_simple(sesfake)
    assert sesfake.client("ses").get_send_quota()["SentLast24Hours"] == 1.0


@pytest.mark.sesfake(rate=2)
def test_the_rate_is_judged_at_every_attempt_so_that_patience_helps(sesfake: SesFake) -> None:
    sesfake.clock.freeze()
    patient = sesfake.client("ses", config=Config(retries={"mode": "legacy", "max_attempts": 10}))
    for _ in range(3):
        patient.send_email(
            Source="me@example.org",
            Destination={"ToAddresses": ["ada@example.com"]},
            Message={"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}},
        )
    assert len(sesfake.outbox) == 3
    assert [call.attempts > 1 for call in sesfake.calls] == [False, False, True]


def test_an_operation_that_has_no_meaning_yet_says_so(sesfake: SesFake) -> None:
    # Not an operation of SES at all, so that this stays true when every one of them has its meaning.
    from pytest_sesfake.operations import refusals

    said = refusals.unanswered("SendPigeon")
    assert (said.code, said.status) == ("NotImplemented", 501)
    assert said.text == "pytest-sesfake does not answer SendPigeon yet."
    assert not sesfake.calls


def test_an_attachment_of_a_blocked_kind_is_refused_in_simple_content(sesfake: SesFake) -> None:
    attachment = {"FileName": "run.exe", "RawContent": b"MZ"}
    content = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}, "Attachments": [attachment]}}
    assert refused(sesfake, lambda: v2_simple(sesfake, Content=content)) == (*V2, "Illegal filename 'run.exe'.")


def test_a_custom_header_cannot_be_one_that_ses_writes_itself(sesfake: SesFake) -> None:
    header = {"Name": "Subject", "Value": "Another"}
    content = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}, "Headers": [header]}}
    code, status, text = refused(sesfake, lambda: v2_simple(sesfake, Content=content))
    assert (code, status) == V2
    assert "'Subject'" in text
