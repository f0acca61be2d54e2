"""The REST-JSON protocol beyond what botocore sends and reads: routes, other clients, broken requests."""

from __future__ import annotations

import base64
import copy
import json
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from hypothesis import given
from hypothesis import strategies as st

from newest import refuse_unknown
from pytest_sesfake.wire import model, rest_json
from pytest_sesfake.wire.http import Request
from pytest_sesfake.wire.model import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable

    PendingDelivery = Callable[..., Request]

REQUEST_ID = "b10d2eec-1d4d-11e9-87c9-8d0b3a4ebbd8"
SEND = "/v2/email/outbound-emails"
WARMUP = "dedicated-ips/198.51.100.7/warmup"  # a whole number, in every model


def operation(name: str) -> model.Operation:
    return model.api("sesv2").operations[name]


def called(method: str, path: str, query: str = "", body: bytes | str = b"") -> tuple[str, dict[str, Any]]:
    """The operation and the arguments of a request made by hand."""
    request = Request(method, "localhost", path, query, {}, body.encode() if isinstance(body, str) else body)
    found = rest_json.match(request)
    return found.name, rest_json.decode(found, request)


def refused(method: str, path: str, query: str = "", body: bytes | str = b"") -> tuple[str, str | None, int]:
    with pytest.raises(Malformed) as caught:
        called(method, path, query, body)
    return caught.value.code, caught.value.text, caught.value.status


# Routes


@pytest.mark.parametrize(
    "method,path,name,arguments",
    [
        ("GET", "/v2/email/contact-lists/news", "GetContactList", {"ContactListName": "news"}),
        ("GET", "/v2/email/contact-lists/", "ListContactLists", {}),
        ("GET", "/v2/email/insights/0100-1/", "GetMessageInsights", {"MessageId": "0100-1"}),
        ("GET", "/v2/email/insights/0100-1", "GetMessageInsights", {"MessageId": "0100-1"}),
        ("GET", "/v2/email/dedicated-ips/198.51.100.7", "GetDedicatedIp", {"Ip": "198.51.100.7"}),
        pytest.param(
            "POST",
            "/v2/email/tenants/resources/delete",
            "DeleteTenantResourceAssociation",
            {},
            marks=pytest.mark.needs_model("DeleteTenantResourceAssociation"),
        ),
        (
            "DELETE",
            "/v2/email/contact-lists/a%2Fb/contacts/ada%2Btag%40example.com",
            "DeleteContact",
            {"ContactListName": "a/b", "EmailAddress": "ada+tag@example.com"},
        ),
        (
            "PUT",
            "/v2/email/identities//feedback",
            "PutEmailIdentityFeedbackAttributes",
            {"EmailIdentity": ""},
        ),
        ("GET", "/v2/email/identities/%C3%A9.example", "GetEmailIdentity", {"EmailIdentity": "é.example"}),
    ],
)
def test_a_path_leads_to_its_operation(method: str, path: str, name: str, arguments: dict[str, Any]) -> None:
    assert called(method, path) == (name, arguments)


@pytest.mark.parametrize(
    "method,path",
    [
        ("GET", "/v2/email/nothing"),
        ("PATCH", SEND),
        ("GET", SEND),
        ("POST", "/v2/email/outbound-emails/more"),
        ("GET", "/v2/email"),
        ("GET", "/"),
        ("GET", ""),
    ],
)
def test_a_path_of_nothing_is_an_unknown_operation(method: str, path: str) -> None:
    assert refused(method, path) == ("UnknownOperationException", f"Unknown operation: {method} {path}", 404)


@pytest.mark.parametrize(
    "name,old,new",
    [
        ("ListEmailIdentities", "/v2/email/identities", "/v2/email/list-identities"),
        ("ListConfigurationSets", "/v2/email/configuration-sets", "/v2/email/list-configuration-sets"),
    ],
)
@pytest.mark.parametrize("loaded", ["GET", "POST"])
def test_lists_that_moved_are_served_on_both_routes_whatever_botocore_knows(
    name: str, old: str, new: str, loaded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Loader().load_service_model("sesv2", "service-2")
    known = {**known, "operations": copy.deepcopy(known["operations"]), "shapes": copy.deepcopy(known["shapes"])}
    known["operations"][name]["http"] = {"method": loaded, "requestUri": old if loaded == "GET" else new}
    for member in ("NextToken", "PageSize"):
        place = known["shapes"][known["operations"][name]["input"]["shape"]]["members"][member]
        place.pop("location", None)
        place.pop("locationName", None)
        if loaded == "GET":
            place.update(location="querystring", locationName=member)
    api = model.Api("sesv2", ServiceModel(known, "sesv2"))
    monkeypatch.setattr(model, "api", lambda _: api)

    page = {"NextToken": "a+b", "PageSize": 5}
    assert called("GET", old, "NextToken=a%2Bb&PageSize=5") == (name, page)
    assert called("POST", new, body=json.dumps(page)) == (name, page)
    assert called("POST", new) == (name, {})


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_operation_whose_path_changed_is_served_under_both(version: str) -> None:
    body = {"SigningAttributesOrigin": "AWS_SES", "SigningAttributes": {"NextSigningKeyLength": "RSA_2048_BIT"}}

    found = called("PUT", f"/{version}/email/identities/example.com/dkim/signing", body=json.dumps(body))

    assert found == ("PutEmailIdentityDkimSigningAttributes", {"EmailIdentity": "example.com", **body})


# Query strings


def test_a_query_string_is_read() -> None:
    name, arguments = called(
        "GET",
        "/v2/email/suppression/addresses",
        "Reason=BOUNCE&Reason=COMPLAINT&StartDate=2026-01-02T03%3A04%3A05Z&PageSize=10&NextToken=a+b&Unknown=1",
    )

    assert name == "ListSuppressedDestinations"
    assert arguments == {
        "Reasons": ["BOUNCE", "COMPLAINT"],
        "StartDate": datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
        "PageSize": 10,
        "NextToken": "a b",
    }


def test_an_empty_number_in_a_query_string_is_none_at_all() -> None:
    assert called("GET", "/v2/email/templates", "PageSize=&NextToken=") == ("ListEmailTemplates", {"NextToken": ""})


@pytest.mark.parametrize(
    "path,query,text",
    [
        ("templates", "PageSize=abc", "'abc' can not be converted to Integer"),
        ("templates", "PageSize=99999999999", "'99999999999' can not be converted to Integer"),
        ("templates", f"PageSize={'9' * 5000}", f"'{'9' * 5000}' can not be converted to Integer"),
        ("suppression/addresses", "StartDate=soon", "'soon' can not be converted to Timestamp"),
        ("templates", "NextToken=%ff", None),
        ("identities/%ff", "", None),
    ],
)
def test_a_bad_query_string_or_label_is_a_serialization_error(path: str, query: str, text: str | None) -> None:
    assert refused("GET", f"/v2/email/{path}", query) == ("SerializationException", text, 400)


# JSON


def test_null_and_unknown_members_are_ignored() -> None:
    destination = '{"ToAddresses": ["a", null], "CcAddresses": null}'
    body = f'{{"FromEmailAddress": null, "Foo": {{"x": [1]}}, "Destination": {destination}}}'

    assert called("POST", SEND, body=body) == ("SendEmail", {"Destination": {"ToAddresses": ["a"]}})


def test_a_post_without_a_body_has_no_arguments() -> None:
    assert called("POST", "/v2/email/list-identities") == ("ListEmailIdentities", {})


def test_a_body_is_ignored_where_none_is_expected() -> None:
    assert called("DELETE", "/v2/email/templates/x", body="no JSON") == ("DeleteEmailTemplate", {"TemplateName": "x"})


def test_8_bit_mail_survives() -> None:
    data = bytes(range(256)) * 3
    body = json.dumps({"Content": {"Raw": {"Data": base64.b64encode(data).decode()}}})

    assert called("POST", SEND, body=body)[1] == {"Content": {"Raw": {"Data": data}}}


def test_half_a_surrogate_pair_does_not_get_in() -> None:
    body = r'{"FromEmailAddress": "\ud83d\ude00 \ud83d x"}'

    assert called("POST", SEND, body=body)[1] == {"FromEmailAddress": "😀 ? x"}


@pytest.mark.parametrize(
    "word,truth",
    [
        ('"true"', True),
        ('"YES"', True),
        ('"t"', True),
        ('"1"', True),
        ('"false"', False),
        ('"no"', False),
        ("true", True),
    ],
)
def test_some_words_are_truth_values(word: str, truth: bool) -> None:
    body = f'{{"SendingEnabled": {word}}}'

    assert called("PUT", "/v2/email/account/sending", body=body)[1] == {"SendingEnabled": truth}


@pytest.mark.parametrize(
    "number,seconds", [("1767323045", 0), ("1767323045.678", 0.678), ('"2026-01-02T03:04:05Z"', 0)]
)
def test_an_instant_is_a_number(number: str, seconds: float) -> None:
    body = f'{{"Queries": [{{"StartDate": {number}}}]}}'

    _, arguments = called("POST", "/v2/email/metrics/batch", body=body)
    found = arguments["Queries"][0]["StartDate"]
    assert found == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc) + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "body,text",
    [
        ("{", None),
        ("null", None),
        ('"x"', None),
        ("7", None),
        ("[]", "Start of list found where not expected"),
        ('{"FromEmailAddress": "a",}', None),
        ('{"a": NaN}', None),
        (b'{"FromEmailAddress": "\xff"}', None),
        ('{"FromEmailAddress": 1}', "NUMBER_VALUE can not be converted to a String"),
        ('{"FromEmailAddress": 1.5}', "NUMBER_VALUE can not be converted to a String"),
        ('{"FromEmailAddress": true}', "TRUE_VALUE can not be converted to a String"),
        ('{"FromEmailAddress": false}', "FALSE_VALUE can not be converted to a String"),
        ('{"FromEmailAddress": []}', "Start of list found where not expected"),
        ('{"FromEmailAddress": {}}', "Start of structure or map found where not expected."),
        ('{"Destination": "x"}', "Expected null"),
        ('{"Destination": 1}', "Expected null"),
        ('{"Destination": []}', "Start of list found where not expected"),
        ('{"ReplyToAddresses": "x"}', "Expected list or null"),
        ('{"ReplyToAddresses": true}', "Expected list or null"),
        ('{"ReplyToAddresses": {}}', "Start of structure or map found where not expected."),
        ('{"ReplyToAddresses": ["a", 1]}', "NUMBER_VALUE can not be converted to a String"),
        ('{"Content": {"Raw": {"Data": 1}}}', "NUMBER_VALUE can not be converted to a Blob"),
        (
            '{"Content": {"Raw": {"Data": "F"}}}',
            "'F' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 1",
        ),
        (
            '{"Content": {"Raw": {"Data": "Fo!="}}}',
            "'Fo!=' can not be converted to a Blob: Invalid base64 character: '!'",
        ),
    ],
)
def test_json_of_the_wrong_type_is_refused_in_corals_words(body: bytes | str, text: str | None) -> None:
    assert refused("POST", SEND, body=body) == ("SerializationException", text, 400)


@pytest.mark.parametrize(
    "method,path,body,text",
    [
        ("PUT", "account/sending", '{"SendingEnabled": 1}', "NUMBER_VALUE can not be converted to a Boolean"),
        ("PUT", "account/sending", '{"SendingEnabled": "abc"}', "STRING_VALUE can not be converted to an Boolean"),
        ("PUT", WARMUP, '{"WarmupPercentage": "1"}', "STRING_VALUE can not be converted to an Integer"),
        ("PUT", WARMUP, '{"WarmupPercentage": true}', "TRUE_VALUE can not be converted to an Integer"),
        ("PUT", WARMUP, '{"WarmupPercentage": 1e400}', None),
        ("PUT", WARMUP, f'{{"WarmupPercentage": {"9" * 5000}}}', None),
        ("POST", "vdm/recommendations", '{"Filter": []}', "Start of list found where not expected"),
        ("POST", "vdm/recommendations", '{"Filter": "x"}', "Expected null"),
        ("POST", "vdm/recommendations", '{"Filter": {"A": 1}}', "NUMBER_VALUE can not be converted to a String"),
        (
            "POST",
            "metrics/batch",
            '{"Queries": [{"StartDate": "soon"}]}',
            "STRING_VALUE can not be converted to milliseconds since epoch",
        ),
        (
            "POST",
            "metrics/batch",
            '{"Queries": [{"StartDate": 1e99}]}',
            "NUMBER_VALUE can not be converted to milliseconds since epoch",
        ),
    ],
)
def test_every_kind_of_value_has_its_words(method: str, path: str, body: str, text: str | None) -> None:
    assert refused(method, f"/v2/email/{path}", body=body) == ("SerializationException", text, 400)


def test_a_fraction_is_cut_off_a_whole_number() -> None:
    arguments = called("PUT", f"/v2/email/{WARMUP}", body='{"WarmupPercentage": 7.9}')[1]
    assert arguments == {"Ip": "198.51.100.7", "WarmupPercentage": 7}


@pytest.mark.parametrize("nest", ["[", '{"Content":'])
def test_json_nested_without_end_is_no_recursion_error(nest: str) -> None:
    assert refused("POST", SEND, body=nest * 200_000) == ("SerializationException", None, 400)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:01tfn \\u', max_size=60).map(str.encode))
def test_rubbish_is_read_or_malformed_and_nothing_else(rubbish: bytes) -> None:
    with suppress(Malformed):
        assert called("POST", SEND, body=rubbish)[0] == "SendEmail"


# Answers


def test_a_result_is_json() -> None:
    response = rest_json.encode(operation("SendEmail"), {"MessageId": "0100-1"}, REQUEST_ID)

    assert (response.status, response.body) == (200, b'{"MessageId":"0100-1"}')
    assert response.headers == {
        "x-amzn-RequestId": REQUEST_ID,
        "Content-Type": "application/json",
        "Content-Length": "22",
    }


def test_an_empty_result_is_an_empty_object() -> None:
    assert rest_json.encode(operation("TagResource"), {}, REQUEST_ID).body == b"{}"
    assert rest_json.encode(operation("TagResource"), None, REQUEST_ID).body == b"{}"


def test_none_is_left_out() -> None:
    result: dict[str, Any] = {"TemplatesMetadata": [], "NextToken": None}

    assert rest_json.encode(operation("ListEmailTemplates"), result, REQUEST_ID).body == b'{"TemplatesMetadata":[]}'


def test_instants_are_seconds_with_milliseconds() -> None:
    created = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)
    result = {"TemplatesMetadata": [{"CreatedTimestamp": created}]}

    assert (
        b'"CreatedTimestamp":1767323045.679'
        in rest_json.encode(operation("ListEmailTemplates"), result, REQUEST_ID).body
    )


@pytest.mark.parametrize(
    "name,result,text",
    [
        ("SendEmail", {"MessageID": "x"}, "sesv2 SendEmail: the model has no SendEmailResponse.MessageID"),
        ("SendEmail", {"MessageId": 7}, "sesv2 SendEmail: MessageId: 7 is not a string"),
        ("GetAccount", {"SendingEnabled": "yes"}, "sesv2 GetAccount: SendingEnabled: 'yes' is not a bool"),
        ("GetAccount", {"SendQuota": {"Max24HourSend": True}}, "SendQuota: Max24HourSend: True is not a number"),
        ("TagResource", {"x": 1}, "sesv2 TagResource: the model has no TagResourceResponse.x"),
        ("GetContact", {"CreatedTimestamp": datetime(2026, 1, 1)}, "is not a datetime with a zone"),  # noqa: DTZ001 - the error is about it
        ("GetImportJob", {"ProcessedRecordsCount": 1.5}, "ProcessedRecordsCount: 1.5 is not a whole number"),
    ],
)
def test_a_result_that_the_model_does_not_know_is_a_bug_of_ours(
    monkeypatch: pytest.MonkeyPatch, name: str, result: dict[str, Any], text: str
) -> None:
    monkeypatch.setattr(model, "leave_out", refuse_unknown)
    with pytest.raises(TypeError) as caught:
        rest_json.encode(operation(name), result, REQUEST_ID)

    assert text in str(caught.value)


def test_members_that_an_older_model_lacks_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    paths: list[str] = []
    monkeypatch.setattr(model, "leave_out", paths.append)

    response = rest_json.encode(operation("SendEmail"), {"MessageId": "x", "Later": 1}, REQUEST_ID)

    assert response.body == b'{"MessageId":"x"}'
    assert paths == ["SendEmailResponse.Later"]


# Errors


@pytest.mark.parametrize(
    "code,status",
    [
        ("MessageRejected", 400),
        ("NotFoundException", 404),
        ("ConflictException", 409),
        ("TooManyRequestsException", 429),
        ("ConcurrentModificationException", 500),
        ("AccessDeniedException", 403),
        ("UnrecognizedClientException", 403),
        ("InvalidSignatureException", 403),
        ("SerializationException", 400),
        ("InternalFailure", 500),
        ("AnythingElse", 400),
    ],
)
def test_an_error_looks_as_by_ses(code: str, status: int) -> None:
    response = rest_json.encode_error(operation("SendEmail"), code, 'No "<x>"', REQUEST_ID)

    assert (response.status, response.body) == (status, b'{"message":"No \\"<x>\\""}')
    assert response.headers["x-amzn-ErrorType"] == code
    assert response.headers["x-amzn-RequestId"] == REQUEST_ID


def test_an_error_may_have_no_text() -> None:
    assert rest_json.encode_error(None, "BadRequestException", None, REQUEST_ID).body == b'{"message":null}'


def test_a_given_status_wins() -> None:
    assert rest_json.encode_error(None, "NotFoundException", "x", REQUEST_ID, status=418).status == 418


def test_members_that_an_error_lacks_are_a_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "leave_out", refuse_unknown)
    with pytest.raises(TypeError, match=r"sesv2 error: the model has no Whatever\.Name"):
        rest_json.encode_error(None, "Whatever", "x", REQUEST_ID, members={"Name": "x"})
    with pytest.raises(TypeError, match=r"the model has no \w+\.Name"):
        rest_json.encode_error(None, "NotFoundException", "x", REQUEST_ID, members={"Name": "x"})
