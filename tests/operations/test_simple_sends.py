"""Content that v2 calls Simple: attachments and header fields beside its texts."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from email.message import EmailMessage

    from pytest_sesfake import SesFake

BODY: dict[str, Any] = {"Text": {"Data": "Hello"}, "Html": {"Data": '<img src="cid:logo">'}}
LOGO: dict[str, Any] = {
    "RawContent": b"\x89PNG",
    "FileName": "logo.png",
    "ContentDisposition": "INLINE",
    "ContentId": "logo",
    "ContentType": "image/png",
}
BILL: dict[str, Any] = {"RawContent": b"%PDF-1.7\n\xff", "FileName": "bill.pdf", "ContentDescription": "The bill"}
NOTES: dict[str, Any] = {
    "RawContent": "Grüße".encode(),
    "FileName": "grüße.txt",
    "ContentTransferEncoding": "QUOTED_PRINTABLE",
}


def send(sesfake: SesFake, **content: list[dict[str, Any]]) -> None:
    simple: Any = {"Subject": {"Data": "Your bill"}, "Body": BODY, **content}
    sesfake.client().send_email(
        FromEmailAddress="shop@example.org",
        Destination={"ToAddresses": ["ada@example.com"]},
        Content={"Simple": simple},
    )


def read(sesfake: SesFake) -> EmailMessage:
    """Return the mail as the standard library reads it."""
    return message_from_bytes(sesfake.outbox.one().raw, policy=policy.default)


def test_everything_at_once_is_mixed_around_related_around_alternative(sesfake: SesFake) -> None:
    send(sesfake, Attachments=[BILL, LOGO, NOTES])

    mail = read(sesfake)
    kinds = [(part.get_content_type(), part["Content-Transfer-Encoding"]) for part in mail.walk()]
    assert kinds == [
        ("multipart/mixed", None),
        ("multipart/related", None),
        ("multipart/alternative", None),
        ("text/plain", "7bit"),
        ("text/html", "7bit"),
        ("image/png", "base64"),
        ("application/pdf", "base64"),
        ("text/plain", "quoted-printable"),
    ]
    files = {part.get_filename(): part for part in mail.walk() if part.get_filename()}
    assert {name: part.get_payload(decode=True) for name, part in files.items()} == {
        "logo.png": LOGO["RawContent"],
        "bill.pdf": BILL["RawContent"],
        "grüße.txt": NOTES["RawContent"],
    }
    assert files["logo.png"]["Content-ID"] == "<logo>"
    assert [part.get_content_disposition() for part in files.values()] == ["inline", "attachment", "attachment"]
    assert files["bill.pdf"]["Content-Description"] == "The bill"


def test_attachments_without_a_reference_need_no_related_part(sesfake: SesFake) -> None:
    send(sesfake, Attachments=[BILL])

    kinds = [part.get_content_type() for part in read(sesfake).walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"]


def test_the_call_shows_them_as_they_were_given(sesfake: SesFake) -> None:
    headers = [{"Name": "X-Order", "Value": "17"}, {"Name": "List-Unsubscribe", "Value": "<https://shop.example/u>"}]

    send(sesfake, Attachments=[BILL, LOGO, NOTES], Headers=headers)

    content = sesfake.calls.one().params["Content"]["Simple"]
    assert content["Attachments"] == [BILL, LOGO, NOTES]
    assert content["Headers"] == headers
    assert sesfake.outbox.one().headers["X-Order"] == "17"


@pytest.mark.parametrize(
    "name, value, text",
    [
        ("X Order", "17", "Invalid header name <X Order>: only printable ASCII characters but ':' are allowed."),
        ("X:Order", "17", "Invalid header name <X:Order>: only printable ASCII characters but ':' are allowed."),
        ("X-Shop", "Tea\r\nBcc: eve@example.com", "Invalid header value <Tea\r\nBcc: eve@example.com>: only printable"),
        ("X-Shop", "Té", "Invalid header value <Té>: only printable ASCII characters are allowed."),
        ("X" * 127, "17", "Header cannot exceed 996 characters, its name 126."),
        ("X-Shop", "x" * 991, "Header cannot exceed 996 characters, its name 126."),
    ],
)
def test_a_header_field_that_no_mail_can_have_is_refused(sesfake: SesFake, name: str, value: str, text: str) -> None:
    with pytest.raises(ClientError) as caught:
        send(sesfake, Headers=[{"Name": name, "Value": value}])

    error = caught.value.response["Error"]
    assert error["Code"] == "BadRequestException"
    assert error["Message"].startswith(text)
    assert not sesfake.outbox


def test_a_header_field_may_be_as_long_as_a_line(sesfake: SesFake) -> None:
    send(sesfake, Headers=[{"Name": "X-Shop", "Value": "x" * 990}])

    assert len(sesfake.outbox.one().headers["X-Shop"]) == 990
