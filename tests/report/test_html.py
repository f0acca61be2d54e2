"""The page as a file: whole, inert, and with every byte of the mail in it."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from pytest_sesfake import Bounce, SesFake
from tests.report.conftest import Report

if TYPE_CHECKING:
    from tests.report.conftest import Written

HOSTILE = "</script><script>document.title = 'escaped'</script><!--<script>"


def read(written: Written) -> Report:
    return Report(written.page().decode("utf-8"))


def test_the_page_refers_to_nothing_outside_of_itself(written: Written) -> None:
    text = written.page().decode("utf-8")
    assert re.findall(r"""<(?:link|script|img|iframe)\b[^>]*\b(?:src|href)=["'](?!data:|#)""", text) == []
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert re.findall(r"@import|url\((?!data:)", style) == []


def test_the_policy_admits_the_one_script_of_the_page(written: Written) -> None:
    text = written.page().decode("utf-8")
    (script,) = re.findall(r'<script type="module">(.*?)</script>', text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert f"script-src &#39;sha256-{digest}&#39;;" in policy
    assert policy.startswith("default-src &#39;none&#39;;")


def test_what_mail_and_tests_say_cannot_end_the_element_it_stands_in(written: Written) -> None:
    with SesFake() as sesfake:
        sesfake.send("ada@example.com", subject=HOSTILE, text=HOSTILE, html=HOSTILE, tags={"a": "b"})
        written.test(f"test_it.py::test_it[{HOSTILE}]", sesfake=sesfake, outcome="failed", failure=HOSTILE)
    page = read(written)
    assert page.text.count("<script") == page.text.count("</script>") == len(page.blocks) + 1
    assert page.run["tests"][0]["messages"][0]["subject"] == HOSTILE
    assert page.json("t0m0")["html"] == HOSTILE
    assert page.unpacked("t0f").decode() == HOSTILE


def test_broken_mail_is_there_as_far_as_it_can_be_read(written: Written) -> None:
    raw = b"From: me@example.org\r\nTo: ada@example.com\r\nSubject: caf\xe9 \xff\r\n\r\nbody \x00 \xff\r\n"
    with SesFake() as sesfake:
        sesfake.client("ses").send_raw_email(RawMessage={"Data": raw})
        message = sesfake.outbox.one()
        written.test("test_it.py::test_it", sesfake=sesfake)
    mail = read(written).json("t0m0")
    assert "".join(mail["source"]).encode("latin-1") == message.raw
    assert mail["subject"] == message.subject


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_an_attachment_of_several_messages_is_there_once(written: Written, end: str) -> None:
    digits = base64.encodebytes(bytes(range(256)) * 40).decode().replace("\n", end)
    raw = end.join(
        [
            *("From: me@example.org", "To: ada@example.com", "Subject: x", "MIME-Version: 1.0"),
            *('Content-Type: multipart/mixed; boundary="cut"', "", "--cut", "Content-Type: text/plain", "", "text"),
            *("--cut", 'Content-Type: application/pdf; name="terms.pdf"', "Content-Transfer-Encoding: base64", ""),
            digits + "--cut--",
            "",
        ]
    )
    with SesFake() as sesfake:
        for _ in range(3):
            sesfake.client("ses").send_raw_email(RawMessage={"Data": raw.encode()})
        message = sesfake.outbox.last()
        written.test("test_it.py::test_it", sesfake=sesfake)
    page = read(written)
    blobs = [name for name in page.blocks if name.startswith("b")]
    assert [page.unpacked(name) for name in blobs] == [bytes(range(256)) * 40]
    before, shared, after = page.json("t0m2")["source"]
    assert shared == {"blob": blobs[0][1:], "end": end}
    assert message.raw.decode("latin-1") == before + digits.removesuffix(end) + after


def test_events_are_there_as_an_application_gets_them(written: Written) -> None:
    with SesFake() as sesfake:
        message = sesfake.send("ada@example.com", outcome=Bounce(after=60))
        sesfake.clock.advance(minutes=2)
        written.test("test_it.py::test_it", sesfake=sesfake)
    page = read(written)
    assert [event["body"] for event in page.json("t0m0")["events"]] == [event.payload() for event in message.events]
    assert [(event["type"], event["kind"]) for event in page.json("t0")["events"]] == [
        ("Send", ""),
        ("Delivery", ""),
        ("Bounce", "Permanent/General"),
    ]


def test_what_was_still_to_come_is_there_as_such(written: Written) -> None:
    with SesFake() as sesfake:
        sesfake.send("ada@example.com", outcome=Bounce(after=60))
        written.test("test_it.py::test_it", sesfake=sesfake)
    events = read(written).json("t0")["events"]
    assert [(event["type"], event.get("due", False)) for event in events] == [
        ("Send", False),
        ("Delivery", False),
        ("Bounce", True),
    ]


def test_the_page_marks_mail_of_ses_itself(written: Written) -> None:
    with SesFake() as sesfake:
        v1 = sesfake.client("ses")
        v1.create_custom_verification_email_template(
            TemplateName="ask",
            FromEmailAddress="hello@example.org",
            TemplateSubject="Is it you?",
            TemplateContent="<h1>Welcome to the shop</h1>",
            SuccessRedirectionURL="https://shop.example.org/welcome",
            FailureRedirectionURL="https://shop.example.org/sorry",
        )
        v1.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask")
        written.test("test_it.py::test_it", sesfake=sesfake)
    page = read(written)
    (line,) = page.run["tests"][0]["messages"]
    assert (line["system_mail"], line["to"], line["subject"]) == ("verification", ["ada@example.com"], "Is it you?")
    assert "Welcome to the shop" in page.json("t0m0")["html"]
