"""Every way to hand SES a mail for one recipient, all of the same content, with a configuration set ``cs``.

The template ``hello`` and, where the interface knows contact lists, the list ``readers`` belong to it.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from typing import Any, TypeAlias

from pytest_sesfake import SesFake

Way: TypeAlias = Callable[[SesFake, str], None]

HTML = '<a href="https://shop.example/">Shop</a>'
BODY: Any = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}, "Html": {"Data": HTML}}}
LIST: Any = {"ContactListName": "readers"}


def prepare(sesfake: SesFake) -> None:
    """Make what the sends need."""
    sesfake.configuration_set("cs")
    sesfake.contact_list("readers")
    sesfake.template("hello", subject="Hi", text="Hi", html=HTML)


def raw(to: str) -> bytes:
    head = f"From: me@example.org\r\nTo: {to}\r\nSubject: Hi\r\nContent-Type: text/html\r\n\r\n"
    return f"{head}{HTML}\r\n".encode()


def ses_simple(sesfake: SesFake, to: str) -> None:
    sesfake.client("ses").send_email(
        Source="me@example.org", Destination={"ToAddresses": [to]}, Message=BODY, ConfigurationSetName="cs"
    )


def ses_raw(sesfake: SesFake, to: str) -> None:
    sesfake.client("ses").send_raw_email(RawMessage={"Data": listed(raw(to))}, ConfigurationSetName="cs")


def ses_templated(sesfake: SesFake, to: str) -> None:
    sesfake.client("ses").send_templated_email(
        Source="me@example.org",
        Destination={"ToAddresses": [to]},
        Template="hello",
        TemplateData="{}",
        ConfigurationSetName="cs",
    )


def ses_bulk(sesfake: SesFake, to: str) -> None:
    sesfake.client("ses").send_bulk_templated_email(
        Source="me@example.org",
        Template="hello",
        DefaultTemplateData="{}",
        Destinations=[{"Destination": {"ToAddresses": [to]}}],
        ConfigurationSetName="cs",
    )


def sesv2(make: Callable[[str], Any]) -> Way:
    def send(sesfake: SesFake, to: str) -> None:
        sesfake.client("sesv2").send_email(
            FromEmailAddress="me@example.org",
            Destination={"ToAddresses": [to]},
            Content=make(to),
            ConfigurationSetName="cs",
            ListManagementOptions=LIST,
        )

    return send


def sesv2_bulk(sesfake: SesFake, to: str) -> None:
    sesfake.client("sesv2").send_bulk_email(
        FromEmailAddress="me@example.org",
        DefaultContent={"Template": {"TemplateName": "hello", "TemplateData": "{}"}},
        BulkEmailEntries=[{"Destination": {"ToAddresses": [to]}}],
        ConfigurationSetName="cs",
    )


def smtp(sesfake: SesFake, to: str) -> None:
    with smtplib.SMTP(sesfake.smtp.host, sesfake.smtp.port) as server:
        server.starttls()
        server.login(sesfake.smtp.username, sesfake.smtp.password)
        server.sendmail("me@example.org", [to], b"X-SES-CONFIGURATION-SET: cs\r\n" + listed(raw(to)))


def listed(data: bytes) -> bytes:
    return b"X-SES-LIST-MANAGEMENT-OPTIONS: readers\r\n" + data


WAYS: dict[str, Way] = {
    "ses SendEmail": ses_simple,
    "ses SendRawEmail": ses_raw,
    "ses SendTemplatedEmail": ses_templated,
    "ses SendBulkTemplatedEmail": ses_bulk,
    "sesv2 SendEmail Simple": sesv2(lambda _: {"Simple": BODY}),
    "sesv2 SendEmail Raw": sesv2(lambda to: {"Raw": {"Data": raw(to)}}),
    "sesv2 SendEmail Template": sesv2(lambda _: {"Template": {"TemplateName": "hello", "TemplateData": "{}"}}),
    "sesv2 SendBulkEmail": sesv2_bulk,
    "smtp": smtp,
}
WITHOUT_LISTS = {"ses SendEmail", "ses SendTemplatedEmail", "ses SendBulkTemplatedEmail", "sesv2 SendBulkEmail"}
TEMPLATED = {
    "ses SendTemplatedEmail",
    "ses SendBulkTemplatedEmail",
    "sesv2 SendEmail Template",
    "sesv2 SendBulkEmail",
}
