"""Who signed a request, in every form that a client may send it."""

from __future__ import annotations

from datetime import datetime, timezone
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from pytest_sesfake.wire import credential
from pytest_sesfake.wire.credential import Credential
from pytest_sesfake.wire.http import Request

TODAY = f"{datetime.now(timezone.utc):%Y%m%d}"


def request(query: str = "", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "email.eu-west-1.amazonaws.com", "/", query, named, b"")


def test_a_header_signed_by_botocore_is_read() -> None:
    signed = AWSRequest("POST", "https://email.eu-west-1.amazonaws.com/", data=b"Action=GetSendQuota")
    SigV4Auth(Credentials("AKIDEXAMPLE", "secret"), "ses", "eu-west-1").add_auth(signed)

    found = credential.read(request(authorization=signed.headers["Authorization"]))

    assert found is not None
    assert (found.key_id, found.region, found.service) == ("AKIDEXAMPLE", "eu-west-1", "ses")
    assert len(found.dated) == len(TODAY)


def test_a_url_presigned_by_botocore_is_read() -> None:
    signed = AWSRequest("GET", "https://email.eu-west-1.amazonaws.com/?Action=GetSendQuota")
    SigV4QueryAuth(Credentials("AKIDEXAMPLE", "secret"), "ses", "eu-west-1").add_auth(signed)

    found = credential.read(request(urlsplit(str(signed.url)).query))

    assert found is not None
    assert (found.key_id, found.region, found.service) == ("AKIDEXAMPLE", "eu-west-1", "ses")


@pytest.mark.parametrize(
    "header",
    [
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/ses/aws4_request, SignedHeaders=host, Signature=abc",
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/ses/aws4_request,SignedHeaders=host,Signature=abc",
        "AWS4-HMAC-SHA256 SignedHeaders=host,Credential=AKID/20260101/eu-west-1/ses/aws4_request,Signature=abc",
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/ses/aws4_request",
    ],
)
def test_spaces_and_order_do_not_matter(header: str) -> None:
    assert credential.read(request(authorization=header)) == Credential("AKID", "eu-west-1", "ses", "20260101")


@pytest.mark.parametrize(
    "key_id, account", [("111122223333", "111122223333"), ("AKID", None), ("11112222333", None), ("AKIA11112222", None)]
)
def test_a_key_id_may_be_the_number_of_an_account(key_id: str, account: str | None) -> None:
    assert Credential(key_id, "eu-west-1", "ses", "20260101").account_id == account


@pytest.mark.parametrize(
    "region_set,region", [("*", None), ("eu-west-1", "eu-west-1"), ("us-east-1, us-west-2", "us-east-1"), ("", None)]
)
def test_sigv4a_names_its_regions_in_a_header(region_set: str, region: str | None) -> None:
    header = "AWS4-ECDSA-P256-SHA256 Credential=AKID/20260101/ses/aws4_request, SignedHeaders=host, Signature=abc"

    found = credential.read(request(authorization=header, x_amz_region_set=region_set))

    assert found == Credential("AKID", region, "ses", "20260101")


def test_a_presigned_sigv4a_url_names_its_regions_in_the_query() -> None:
    query = "X-Amz-Credential=AKID%2F20260101%2Fses%2Faws4_request&X-Amz-Region-Set=eu-west-1%2Ceu-west-2"

    assert credential.read(request(query)) == Credential("AKID", "eu-west-1", "ses", "20260101")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic YTpi",
        "Bearer Credential=AKID/20260101/eu-west-1/ses/aws4_request",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=",
        "AWS4-HMAC-SHA256 Credential=AKID",
        "AWS4-HMAC-SHA256 Credential=aws4_request",
        "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/ses/aws5_request",
        "AWS AKID:signature",
    ],
)
def test_anything_else_is_unsigned(header: str) -> None:
    assert credential.read(request(authorization=header)) is None
    assert credential.read(request("X-Amz-Credential=&Action=x")) is None
    assert credential.read(request()) is None
