"""The page in a real browser: what a reader sees and does."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from pytest_sesfake import Bounce, Complaint, SesFake

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from pytest_sesfake import Message
    from tests.report.conftest import Written

    Look = Callable[..., Page]

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf500f"
    "0003860180755d29e30000000049454e44ae426082"
)
TERMS = bytes(range(256)) * 30


def newsletter() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "The Shop <shop@example.org>", "Ada <ada@example.com>", "Autumn, café"
    mail.set_content("Twelve books for long evenings.\nhttps://shop.example/autumn\n")
    mail.add_alternative('<h1>Autumn</h1><img src="cid:door"><a href="https://shop.example/">Look</a>', subtype="html")
    html = mail.get_body(("html",))
    assert html is not None
    html.add_related(PIXEL, "image", "png", cid="<door>", disposition="inline")
    mail.add_attachment(TERMS, "application", "pdf", filename="terms.pdf")
    return mail


@pytest.fixture(scope="module")
def shop() -> dict[str, SesFake]:
    """A few tests with their mail, by name."""
    with SesFake() as first:
        first.client().send_email(
            FromEmailAddress="shop@example.org",
            Destination={"ToAddresses": ["ada@example.com"], "BccAddresses": ["books@example.org"]},
            Content={"Raw": {"Data": newsletter().as_bytes()}},
            EmailTags=[{"Name": "kind", "Value": "newsletter"}],
        )
    with SesFake() as second:
        second.send("bob@example.com", subject="Your order", text="Thank you", outcome=Bounce())
        second.send("eve@example.com", subject="Your parcel", text="It is on its way", outcome=Complaint(after=3600))
        second.clock.advance(hours=2)
    with SesFake(sandbox=True) as third, pytest.raises(Exception, match="not verified"):
        third.client().send_email(
            FromEmailAddress="shop@example.org",
            Destination={"ToAddresses": ["zoe@example.com"]},
            Content={"Simple": {"Subject": {"Data": "Refused"}, "Body": {"Text": {"Data": "x"}}}},
        )
    return {"test_newsletter": first, "test_orders": second, "test_sandbox": third}


@pytest.fixture
def content(shop: dict[str, SesFake], written: Written) -> bytes:
    for name, sesfake in shop.items():
        is_failed = name == "test_sandbox"
        failure = "    def test_it():\nE   AssertionError: expected <b>one</b> message" if is_failed else ""
        written.test(
            f"tests/test_shop.py::{name}", sesfake=sesfake, outcome="failed" if is_failed else "passed", failure=failure
        )
    return written.page()


@pytest.fixture
def sent(shop: dict[str, SesFake]) -> Message:
    """The newsletter."""
    return shop["test_newsletter"].outbox.one()


def tell(event: object, context: object) -> None:
    """A Lambda function that takes everything."""


def shown(page: Page) -> list[str]:
    # Not as it is drawn: of a row that has just come into sight nothing is, for a moment (`content-visibility`).
    return page.locator("#list .subject:visible").all_text_contents()


def test_it_opens_at_the_first_failure_and_tells_it(look: Look, content: bytes) -> None:
    page = look(content)
    expect(page.get_by_role("heading", level=2)).to_have_text("test_sandbox")
    expect(page.locator(".failure .says")).to_have_text(re.compile("expected <b>one</b> message"))
    expect(page.locator(".call")).to_contain_text("MessageRejected")
    expect(page.locator(".call .said")).to_contain_text("zoe@example.com")
    page.locator(".call summary").click()
    expect(page.locator(".call .json")).to_contain_text('"zoe@example.com"')
    assert page.locator("#list .test-name").all_inner_texts() == ["test_sandbox", "test_newsletter", "test_orders"]


def test_a_message_shows_its_envelope_its_html_and_its_inline_pictures(look: Look, content: bytes) -> None:
    page = look(content, "t0m0")
    expect(page.get_by_role("heading", level=2)).to_have_text("Autumn, café")
    envelope = page.locator("dl.envelope").first
    expect(envelope).to_contain_text("The Shop <shop@example.org>")
    expect(envelope.locator("dt:text-is('Bcc') + dd")).to_have_text("books@example.orgDelivered")
    expect(envelope).to_contain_text("kind=newsletter")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading")).to_have_text("Autumn")
    expect(frame.locator("img")).to_have_js_property("naturalWidth", 1)


def test_the_tabs_show_text_headers_source_links_and_events(look: Look, content: bytes, sent: Message) -> None:
    page = look(content, "t0m0")
    panel = page.get_by_role("tabpanel")
    page.get_by_role("tab", name="Text").click()
    expect(panel).to_contain_text("Twelve books for long evenings.")
    page.get_by_role("tab", name="Headers").click()
    expect(panel.get_by_role("row", name="Subject")).to_contain_text("Autumn, café")
    page.get_by_role("tab", name="Source").click()
    expect(panel.locator("pre")).to_contain_text("Content-Type: multipart/mixed")
    expect(panel.locator("pre")).to_contain_text("[7.7 kB in base64]")
    page.get_by_role("tab", name="Links").click()
    expect(panel.get_by_role("link")).to_have_text(["https://shop.example/", "https://shop.example/autumn"])
    page.get_by_role("tab", name="Events").click()
    assert panel.locator(".type").all_inner_texts() == [event.type for event in sent.events]
    panel.get_by_text("JSON").last.click()
    assert json.loads(panel.locator(".json").inner_text()) == sent.events[-1].payload()


def test_the_source_and_attachments_are_saved_byte_for_byte(look: Look, content: bytes, sent: Message) -> None:
    page = look(content, "t0m0")
    with page.expect_download() as saved:
        page.get_by_role("button", name="terms.pdf").click()
    assert saved.value.suggested_filename == "terms.pdf"
    assert Path(saved.value.path()).read_bytes() == TERMS
    page.get_by_role("tab", name="Source").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as .eml").click()
    assert saved.value.suggested_filename == "Autumn, café.eml"
    assert Path(saved.value.path()).read_bytes() == sent.raw


def test_a_search_finds_words_of_texts_addresses_and_tests(look: Look, content: bytes) -> None:
    page = look(content)
    for query, found in {
        "BOB@example.com": ["Your order", "Delivery Status Notification (Failure)"],
        "long  evenings": ["Autumn, café"],
        "test_orders way": ["Your parcel"],
        "terms.pdf": ["Autumn, café"],
        "nothing of the kind": [],
    }.items():
        page.get_by_role("searchbox").fill(query)
        expect(page.locator("#list .subject:visible")).to_have_text(found)
    expect(page.get_by_role("status")).to_have_text("0 messages in 0 tests")


def test_mail_that_came_in_and_notifications_are_shown(look: Look, written: Written) -> None:
    with SesFake() as sesfake:
        topic = "arn:aws:sns:us-east-1:123456789012:mail"
        client = sesfake.client("ses")
        client.create_receipt_rule_set(RuleSetName="rules")
        client.set_active_receipt_rule_set(RuleSetName="rules")
        actions = [{"S3Action": {"BucketName": "mail"}}, {"SNSAction": {"TopicArn": topic}}]
        rule: Any = {"Name": "all", "Enabled": True, "Recipients": ["shop.example"], "Actions": actions}
        client.create_receipt_rule(RuleSetName="rules", Rule=rule)
        sesfake.subscribe(tell, topic=topic)
        sesfake.receive(to="help@shop.example", subject="Help", html="<h1>My book is wet</h1>")
        sesfake.receive(to="nobody@example.org", subject="Lost")
        with ThreadPoolExecutor() as threads:  # Playwright has a loop running in this one
            threads.submit(sesfake.notify).result()
    written.test("tests/test_shop.py::test_help", sesfake=sesfake)
    page = look(written.page(), "t0m0")

    expect(page.get_by_role("status")).to_have_text("0 messages, 2 received in 1 test")
    expect(page.locator("#list .message-row")).to_contain_text(["received", "refused"])
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("My book is wet")
    page.get_by_role("tab", name="Actions").click()
    expect(page.locator(".call .operation")).to_have_text(["S3", "SNS"])
    expect(page.locator(".call").first).to_contain_text("s3://mail/")
    page.get_by_role("link", name="Lost").click()
    expect(page.locator(".head")).to_contain_text("550 5.1.1")
    page.get_by_role("link", name="test_help").last.click()
    notification = page.locator(".call", has_text="Received")
    expect(notification).to_contain_text("taken")
    notification.locator("summary").click()
    expect(notification.locator(".json")).to_contain_text('"notificationType": "Received"')
    page.get_by_role("searchbox").fill("wet book")
    expect(page.get_by_role("status")).to_have_text("0 messages, 1 received in 1 test")


def test_filters_show_failed_tests_or_messages_in_a_state(look: Look, content: bytes) -> None:
    page = look(content)
    page.get_by_role("button", name="Bounced").click()
    assert shown(page) == ["Your order"]
    page.get_by_role("button", name="Complained").click()
    assert shown(page) == ["Your order", "Your parcel"]
    page.get_by_role("button", name="Bounced").click()
    page.get_by_role("button", name="Complained").click()
    page.locator("#which").get_by_text("Failed").click()
    assert page.locator("#list .test-name:visible").all_inner_texts() == ["test_sandbox"]
    assert shown(page) == []


def test_where_nothing_fits_the_list_says_so_and_everything_is_one_click_away(look: Look, content: bytes) -> None:
    page = look(content)
    everything = page.get_by_role("status").inner_text()
    again = page.get_by_role("button", name="Show everything")
    expect(again).to_be_hidden()
    page.locator("#which").get_by_text("Failed").click()
    page.get_by_role("button", name="Bounced").click()
    page.get_by_role("searchbox").fill("nonsense")
    expect(page.get_by_role("status")).to_have_text("0 messages in 0 tests")
    again.click()
    expect(page.get_by_role("status")).to_have_text(everything)
    expect(page.get_by_role("button", name="Bounced")).to_have_attribute("aria-pressed", "false")
    expect(again).to_be_hidden()


def test_everything_can_be_done_from_the_keyboard(look: Look, content: bytes) -> None:
    page = look(content)
    heading = page.get_by_role("heading", level=2)
    for key, title in (
        ("j", "test_newsletter"),
        ("j", "Autumn, café"),
        ("k", "test_newsletter"),
        ("ArrowDown", "Autumn, café"),
    ):
        page.keyboard.press(key)
        expect(heading).to_have_text(title)
    page.keyboard.press("3")
    expect(page.get_by_role("tab", name="Headers")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Headers").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Text")).to_be_focused()
    page.keyboard.press("f")
    expect(page.get_by_role("status")).to_have_text("0 messages in 1 test")
    page.keyboard.press("f")
    page.keyboard.press("/")
    page.keyboard.type("way parcel")
    expect(page.locator("#list .subject:visible")).to_have_text(["Your parcel"])
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Your parcel")
    page.get_by_role("searchbox").press("Escape")
    expect(page.get_by_role("status")).to_have_text("3 messages, 2 from SES in 3 tests")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next test that failed")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_on_a_phone_the_list_and_the_message_take_turns(look: Look, content: bytes) -> None:
    page = look(content, viewport={"width": 360, "height": 740})
    expect(page.locator("#detail")).to_be_hidden()
    page.get_by_text("Your parcel", exact=True).click()
    expect(page.get_by_role("heading", level=2)).to_be_focused()
    expect(page.locator("#list")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.go_back()
    expect(page.locator("#list")).to_be_visible()
    page.get_by_text("Your order", exact=True).click()
    page.get_by_role("link", name="All messages").click()
    expect(page.locator("#list")).to_be_visible()


CONTRASTS = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d");
  const luminance = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
      .map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const background = (element) => {
    const own = getComputedStyle(element).backgroundColor;
    return own === "rgba(0, 0, 0, 0)" && element.parentElement ? background(element.parentElement) : own;
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const isText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!isText || !element.checkVisibility() || element.closest("script, svg")) continue;
    const both = [luminance(getComputedStyle(element).color), luminance(background(element))];
    const [low, high] = both.sort((one, other) => one - other);
    found.push([(high + 0.05) / (low + 0.05), element.className || element.localName]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_against_its_background(look: Look, content: bytes, scheme: str) -> None:
    for item in ("t2", "t1m0", "t0m0"):
        page = look(content, item, color_scheme=scheme)
        page.wait_for_selector("#detail h2")
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 30
        assert [pair for pair in contrasts if pair[0] < 4.5] == []  # WCAG 2, level AA


def test_the_colours_follow_the_system_until_the_reader_chooses(look: Look, content: bytes) -> None:
    page = look(content, color_scheme="dark")
    color = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(color)
    page.get_by_role("button", name="Colours: as the system").click()
    page.wait_for_selector("[data-theme=light]")
    light = page.evaluate(color)
    assert light != dark
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate(color) == light
    page.get_by_role("button", name="Colours: light").click()
    assert page.evaluate(color) == dark


def test_everything_to_press_has_a_name(look: Look, content: bytes) -> None:
    page = look(content, "t0m0")
    page.wait_for_selector("[role=tab]")
    tree = page.locator("body").aria_snapshot()
    assert re.findall(r"^\s*- (?:button|link|tab|checkbox|radio|searchbox)(?: \[[^]]*\])*:?$", tree, re.MULTILINE) == []
    for part in (
        'searchbox "Search subjects',
        'navigation "Tests and their messages"',
        "main",
        'tab "Message" [selected]',
    ):
        assert part in tree


def test_a_run_without_mail_says_so(look: Look, written: Written) -> None:
    page = look(written.page())
    expect(page.get_by_role("main")).to_contain_text("No test of this run used the fake")


def test_two_thousand_messages_open_in_less_than_two_seconds(look: Look, written: Written) -> None:
    with SesFake() as sesfake:
        for place in range(100):
            sesfake.send(f"{place}@example.com", subject=f"Message {place}", html="<p>Twelve books. </p>" * 100)
    written.test(*(f"tests/test_many.py::test_{number}" for number in range(20)), sesfake=sesfake)
    page = look(written.page())
    took = []
    for _ in range(3):
        page.reload()
        page.wait_for_selector("html[data-ready]")
        took.append(page.evaluate("new Promise((done) => requestAnimationFrame(() => done(performance.now())))"))
    assert page.locator("#list .subject").count() == 2000
    assert min(took) < 2000
