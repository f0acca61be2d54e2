"""The query protocol beyond what botocore sends and reads: other clients, broken requests, odd characters."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, unquote_to_bytes
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newest import refuse_unknown
from pytest_sesfake.wire import model, query
from pytest_sesfake.wire.http import Request
from pytest_sesfake.wire.model import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable

    PendingDelivery = Callable[..., Request]

VERSION = "Version=2010-12-01"
REQUEST_ID = "b10d2eec-1d4d-11e9-87c9-8d0b3a4ebbd8"


def operation(name: str) -> model.Operation:
    return model.api("ses").operations[name]


def arguments(name: str, fields: str) -> dict[str, Any]:
    request = Request("POST", "localhost", "/", "", {}, f"Action={name}&{VERSION}&{fields}".encode())
    return query.decode(query.match(request), request)


def refused(name: str, fields: str) -> tuple[str, str | None, int]:
    with pytest.raises(Malformed) as caught:
        arguments(name, fields)
    return caught.value.code, caught.value.text, caught.value.status


# Which operation


def test_the_action_may_stand_anywhere_in_the_form(post: PendingDelivery) -> None:
    assert query.match(post("/", f"Source=a&{VERSION}&Action=SendEmail")) is operation("SendEmail")


def test_a_field_that_ends_in_action_is_not_the_action(post: PendingDelivery) -> None:
    request = post("/", f"X.Action=GetSendQuota&InAction=GetSendQuota&{VERSION}&Action=SendEmail")

    assert query.match(request) is operation("SendEmail")


def test_a_get_has_its_fields_in_the_query_string(post: PendingDelivery) -> None:
    request = post("/", "", f"Action=DeleteIdentity&{VERSION}&Identity=a%40b.com", method="GET")

    assert query.match(request) is operation("DeleteIdentity")
    assert query.decode(operation("DeleteIdentity"), request) == {"Identity": "a@b.com"}


def test_a_post_may_have_fields_in_its_query_string_too(post: PendingDelivery) -> None:
    request = post("/", "Identity=b.com", f"Action=DeleteIdentity&{VERSION}")

    assert query.decode(query.match(request), request) == {"Identity": "b.com"}


@pytest.mark.parametrize(
    "form,code,text",
    [
        ("", "MissingAction", "The request is missing an action or a required parameter."),
        (VERSION, "MissingAction", "The request is missing an action or a required parameter."),
        (f"Action=&{VERSION}", "MissingAction", "The request is missing an action or a required parameter."),
        (f"Action=Nothing&{VERSION}", "InvalidAction", "Could not find operation Nothing for version 2010-12-01"),
        (f"Action=sendemail&{VERSION}", "InvalidAction", "Could not find operation sendemail for version 2010-12-01"),
        (
            "Action=SendEmail&Version=2009-01-01",
            "InvalidAction",
            "Could not find operation SendEmail for version 2009-01-01",
        ),
        ("Action=SendEmail", "InvalidAction", "Could not find operation SendEmail for version NO_VERSION_SPECIFIED"),
    ],
)
def test_a_request_for_no_operation_is_refused_as_by_aws(
    post: PendingDelivery, form: str, code: str, text: str
) -> None:
    with pytest.raises(Malformed) as caught:
        query.match(post("/", form))

    assert (caught.value.code, caught.value.text, caught.value.status) == (code, text, 400)


@pytest.mark.parametrize(
    "method,path", [("PUT", "/"), ("DELETE", "/"), ("POST", "/elsewhere"), ("GET", "/favicon.ico")]
)
def test_other_methods_and_paths_are_unknown(post: PendingDelivery, method: str, path: str) -> None:
    with pytest.raises(Malformed) as caught:
        query.match(post(path, f"Action=SendEmail&{VERSION}", method=method))

    assert (caught.value.code, caught.value.status) == ("UnknownOperationException", 404)


# Arguments


@given(st.text(alphabet="%+=12aFgGé \n.&é😀", max_size=30))
def test_text_is_percent_decoded_as_urllib_does_it(text: str) -> None:
    raw = text.replace("&", "").encode()
    meant = unquote_to_bytes(raw.replace(b"+", b" "))
    request = Request(
        "POST", "localhost", "/", "", {}, b"Action=DeleteIdentity&" + VERSION.encode() + b"&Identity=" + raw
    )

    try:
        expected = meant.decode()
    except UnicodeDecodeError:
        with pytest.raises(Malformed):
            query.decode(operation("DeleteIdentity"), request)
    else:
        assert query.decode(operation("DeleteIdentity"), request) == {"Identity": expected}


@given(st.binary(max_size=60))
def test_every_escaped_byte_comes_back(data: bytes) -> None:
    raw = "".join(f"%{byte:02x}" for byte in data)

    assert query._unquote(raw.encode()) == data


def test_field_names_may_be_percent_encoded() -> None:
    assert arguments("SendEmail", "Destination%2EToAddresses.member%2e1=a") == {"Destination": {"ToAddresses": ["a"]}}


def test_a_list_is_ordered_by_number_and_may_have_gaps() -> None:
    fields = "&".join(f"Identities.member.{number}={number}" for number in (30, 2, 7, 10))

    assert arguments("GetIdentityVerificationAttributes", fields) == {"Identities": ["2", "7", "10", "30"]}


def test_a_list_may_be_longer_than_any_habit() -> None:
    fields = "&".join(f"Identities.member.{number}={number}" for number in range(1, 501))

    assert len(arguments("GetIdentityVerificationAttributes", fields)["Identities"]) == 500


def test_the_first_of_two_fields_with_one_name_counts() -> None:
    assert arguments("DeleteIdentity", "Identity=a&Identity=b") == {"Identity": "a"}


def test_fields_that_the_operation_does_not_know_are_ignored() -> None:
    fields = "Identity=a&Nobody=x&Identity.knows=1&Identity.knows.this=2&X-Amz-Date=20260101T000000Z&&="

    assert arguments("DeleteIdentity", fields) == {"Identity": "a"}


def test_8_bit_mail_survives() -> None:
    data = bytes(range(256)) * 3
    encoded = quote_plus(base64.b64encode(data))

    assert arguments("SendRawEmail", f"RawMessage.Data={encoded}") == {"RawMessage": {"Data": data}}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_base64_in_lines_is_read(line_end: str) -> None:
    encoded = quote(f"aGVs{line_end}bG8={line_end}", safe="")

    assert arguments("SendRawEmail", f"RawMessage.Data={encoded}") == {"RawMessage": {"Data": b"hello"}}


@pytest.mark.parametrize(
    "text,instant",
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
        ("2026-01-02T03:04:05.678Z", datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=timezone.utc)),
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=timezone.utc)),
        ("2026-01-02T05:04:05+02:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
        ("2026-01-01T22:34:05-0430", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
        ("1767323045", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
    ],
)
def test_instants_are_read_in_every_form_of_aws(text: str, instant: datetime) -> None:
    found = arguments("SendBounce", f"MessageDsn.ArrivalDate={quote_plus(text)}")["MessageDsn"]["ArrivalDate"]

    assert found == instant
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize("text,number", [("7", 7), ("+7", 7), ("007", 7), ("-1", -1)])
def test_whole_numbers_are_read(text: str, number: int) -> None:
    assert arguments("ListIdentities", f"MaxItems={quote_plus(text)}") == {"MaxItems": number}


@pytest.mark.parametrize(
    "name,fields,code,text",
    [
        ("ListIdentities", "MaxItems=", "MalformedInput", "missing value for decimal type"),
        ("ListIdentities", "MaxItems=abc", "MalformedInput", None),
        ("ListIdentities", "MaxItems=1.5", "MalformedInput", None),
        ("ListIdentities", "MaxItems=1_0", "MalformedInput", None),
        ("ListIdentities", "MaxItems=2147483648", "MalformedInput", None),
        ("ListIdentities", f"MaxItems={'9' * 5000}", "MalformedInput", None),
        ("UpdateAccountSendingEnabled", "Enabled=maybe", "MalformedInput", None),
        ("SendBounce", "MessageDsn.ArrivalDate=today", "MalformedInput", None),
        ("SendBounce", "MessageDsn.ArrivalDate=2026-13-01T00:00:00Z", "MalformedInput", None),
        ("SendBounce", "MessageDsn.ArrivalDate=1e99", "MalformedInput", None),
        ("SendBounce", "MessageDsn.ArrivalDate=0001-01-01T00:00:00%2B23:00", "MalformedInput", None),
        (
            "SendRawEmail",
            "RawMessage.Data=a",
            "MalformedInput",
            "'a' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 1",
        ),
        (
            "SendRawEmail",
            "RawMessage.Data=ab!d",
            "MalformedInput",
            "'ab!d' can not be converted to a Blob: Invalid base64 character: '!'",
        ),
        ("SendEmail", "Source.Name=x", "MalformedInput", "Start of structure or map found where not expected."),
        ("SendEmail", "Message=x", "MalformedInput", "Value found where not expected"),
        ("SendEmail", "ReplyToAddresses=x", "MalformedInput", "Value found where not expected"),
        ("SendEmail", "ReplyToAddresses.1=x", "MalformedInput", "Top level element may not be treated as a list"),
        ("SendEmail", "ReplyToAddresses.member=x", "MalformedInput", "Start of list found where not expected"),
        ("SendEmail", "ReplyToAddresses.member.x=x", "MalformedInput", "Start of list found where not expected"),
        ("SendEmail", "ReplyToAddresses.member.0=x", "MalformedInput", "0 is not a valid index"),
        ("SendEmail", f"ReplyToAddresses.member.{'1' * 10}=x", "MalformedInput", "Index 1111111111 is illegal"),
    ],
)
def test_what_cannot_be_read_is_malformed(name: str, fields: str, code: str, text: str | None) -> None:
    assert refused(name, fields) == (code, text, 400)


def test_text_that_is_not_utf_8_is_malformed() -> None:
    assert refused("DeleteIdentity", "Identity=%ff") == (
        "MalformedQueryString",
        "The query string contains a syntax error.",
        404,
    )


@given(st.binary(max_size=80))
def test_rubbish_is_read_or_malformed_and_nothing_else(rubbish: bytes) -> None:
    request = Request("POST", "localhost", "/", "", {}, b"Action=SendEmail&" + VERSION.encode() + b"&" + rubbish)

    with suppress(Malformed):
        assert isinstance(query.decode(query.match(request), request), dict)


def test_a_name_of_a_million_dots_is_no_recursion() -> None:
    assert arguments("DeleteIdentity", "Identity=a&x" + "." * 1_000_000 + "=1") == {"Identity": "a"}


# Answers


def test_a_result_is_wrapped_as_by_ses() -> None:
    response = query.encode(operation("SendEmail"), {"MessageId": "0100-1"}, REQUEST_ID)

    assert response.body.decode() == (
        '<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendEmailResult>'
        "<MessageId>0100-1</MessageId></SendEmailResult>"
        f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></SendEmailResponse>"
    )
    assert response.headers == {
        "x-amzn-RequestId": REQUEST_ID,
        "Content-Type": "text/xml",
        "Content-Length": str(len(response.body)),
    }


def test_an_operation_with_an_empty_result_still_has_the_element() -> None:
    assert b"<DeleteIdentityResult/>" in query.encode(operation("DeleteIdentity"), {}, REQUEST_ID).body


def test_an_operation_without_a_result_has_no_element() -> None:
    assert b"Result" not in query.encode(operation("VerifyEmailAddress"), None, REQUEST_ID).body


def test_none_is_left_out() -> None:
    response = query.encode(operation("ListIdentities"), {"Identities": [], "NextToken": None}, REQUEST_ID)

    assert b"<ListIdentitiesResult><Identities/></ListIdentitiesResult>" in response.body


@pytest.mark.parametrize(
    "name,result,text",
    [
        ("SendEmail", {"MessageID": "x"}, "ses SendEmail: the model has no SendEmailResponse.MessageID"),
        ("SendEmail", {"MessageId": 7}, "ses SendEmail: MessageId: "),
        ("GetSendQuota", {"SentLast24Hours": "7"}, "ses GetSendQuota: SentLast24Hours: '7' is not a number"),
        ("VerifyEmailAddress", {"x": 1}, "ses VerifyEmailAddress: the model has no VerifyEmailAddress.x"),
        (
            "DescribeReceiptRuleSet",
            {"Metadata": {"CreatedTimestamp": datetime(2026, 1, 1)}},  # noqa: DTZ001 - the point
            "ses DescribeReceiptRuleSet: Metadata: CreatedTimestamp: ",
        ),
        ("DescribeReceiptRuleSet", {"Rules": [{"Nom": "x"}]}, "Rules: the model has no ReceiptRule.Nom"),
    ],
)
def test_a_result_that_the_model_does_not_know_is_a_bug_of_ours(
    monkeypatch: pytest.MonkeyPatch, name: str, result: dict[str, Any], text: str
) -> None:
    monkeypatch.setattr(model, "leave_out", refuse_unknown)
    with pytest.raises(TypeError) as caught:
        query.encode(operation(name), result, REQUEST_ID)

    assert text in str(caught.value)


def test_members_that_an_older_model_lacks_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    paths: list[str] = []
    monkeypatch.setattr(model, "leave_out", paths.append)

    response = query.encode(operation("SendEmail"), {"MessageId": "x", "Later": 1}, REQUEST_ID)

    assert b"<SendEmailResult><MessageId>x</MessageId></SendEmailResult>" in response.body
    assert paths == ["SendEmailResponse.Later"]


def test_instants_are_written_with_milliseconds_in_utc() -> None:
    zone = timezone(timedelta(hours=2))
    created = datetime(2026, 1, 2, 5, 4, 5, 678999, tzinfo=zone)

    response = query.encode(
        operation("DescribeReceiptRuleSet"), {"Metadata": {"CreatedTimestamp": created}}, REQUEST_ID
    )

    assert b"<CreatedTimestamp>2026-01-02T03:04:05.678Z</CreatedTimestamp>" in response.body


@given(st.text(st.characters(codec="utf-8") | st.characters(categories=["Cc", "Cs"])))
def test_any_text_makes_xml_that_can_be_parsed(text: str) -> None:
    response = query.encode(operation("TestRenderTemplate"), {"RenderedTemplate": text}, REQUEST_ID)

    found = ET.fromstring(response.body).findtext(".//{*}RenderedTemplate") or ""  # noqa: S314 - our own XML
    assert len(found) == len(text)
    assert all(mine in (theirs, "\ufffd") for mine, theirs in zip(found, text, strict=True))


def test_carriage_returns_survive() -> None:
    response = query.encode(operation("TestRenderTemplate"), {"RenderedTemplate": "a\r\nb"}, REQUEST_ID)

    assert b"a&#xD;\nb" in response.body


# Errors


def test_an_error_looks_as_by_ses() -> None:
    response = query.encode_error(operation("SendEmail"), "MessageRejected", "Address <a> & so on", REQUEST_ID)

    assert response.status == 400
    assert response.body.decode() == (
        '<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type>'
        "<Code>MessageRejected</Code><Message>Address &lt;a&gt; &amp; so on</Message></Error>"
        f"<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    )


def test_an_error_without_a_text_has_no_message() -> None:
    assert b"<Message" not in query.encode_error(None, "MalformedInput", None, REQUEST_ID).body


@pytest.mark.parametrize(
    "code,status,sender",
    [
        ("Throttling", 400, b"Sender"),
        ("ValidationError", 400, b"Sender"),
        ("AccessDenied", 403, b"Sender"),
        ("SignatureDoesNotMatch", 403, b"Sender"),
        ("InternalFailure", 500, b"Receiver"),
        ("ServiceUnavailable", 503, b"Receiver"),
        ("AnythingElse", 400, b"Sender"),
    ],
)
def test_unmodelled_errors_have_their_status(code: str, status: int, sender: bytes) -> None:
    response = query.encode_error(None, code, "text", REQUEST_ID)

    assert response.status == status
    assert b"<Type>" + sender + b"</Type>" in response.body


def test_a_given_status_wins() -> None:
    response = query.encode_error(None, "MessageRejected", "text", REQUEST_ID, status=502)

    assert response.status == 502
    assert b"<Type>Receiver</Type>" in response.body


def test_members_that_an_error_lacks_are_a_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "leave_out", refuse_unknown)
    with pytest.raises(TypeError, match=r"ses SendEmail: the model has no Throttling\.Name"):
        query.encode_error(operation("SendEmail"), "Throttling", "x", REQUEST_ID, members={"Name": "x"})
    with pytest.raises(TypeError, match=r"the model has no \w+\.Nom"):
        query.encode_error(None, "AlreadyExists", "x", REQUEST_ID, members={"Nom": "x"})
