"""What the tests of the report share: runs of pytest, pages of runs, and a browser to look at them."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from pytest_sesfake import SesFake
from pytest_sesfake.report import html
from pytest_sesfake.report.excerpt import LogPosition, excerpt
from pytest_sesfake.report.gather import Gathering
from pytest_sesfake.report.records import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

REQUIRED = "SESFAKE_REQUIRE_BROWSER"

ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

MAILER = """
    import boto3
    from botocore.config import Config

    ONCE = Config(retries={"total_max_attempts": 1})

    def send(to="ada@example.com", subject="Hello", text="Hello"):
        boto3.client("sesv2", region_name="us-east-1", config=ONCE).send_email(
            FromEmailAddress="me@example.org",
            Destination={"ToAddresses": [to]},
            Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}}}},
        )
"""


@pytest.fixture(scope="session", autouse=True)
def _all_is_imported() -> None:
    """pytester forgets modules that were first imported inside it, and would import them a second time."""
    with SesFake() as sesfake:
        sesfake.client("sesv2").get_account()
    html.page({"title": "", "at": 0.0, "tests": [], "blobs": {}})


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Run a test module, with a way to send mail beside it."""

    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(mailer=MAILER)
        pytester.makepyfile(test_it=source)
        pytester.syspathinsert()
        return pytester.runpytest("-p", "no:randomly", *options)

    return run


@dataclass
class Report:
    """A page, read without a browser."""

    text: str
    blocks: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.blocks = dict(re.findall(r'<script type="text/plain" id="(\w+)">(.*?)</script>', self.text, re.DOTALL))

    @property
    def run(self) -> dict[str, Any]:
        run: dict[str, Any] = json.loads(self.blocks["run"])
        return run

    @property
    def tests(self) -> dict[str, dict[str, Any]]:
        """What the list shows, by the name of the test."""
        return {test["id"].rpartition("::")[2]: test for test in self.run["tests"]}

    def subjects(self, name: str) -> list[str]:
        return [message["subject"] for message in self.tests[name]["messages"]]

    def unpacked(self, block: str) -> bytes:
        return zlib.decompress(base64.b64decode(self.blocks[block]))

    def json(self, block: str) -> Any:
        return json.loads(self.unpacked(block))


@pytest.fixture
def report_at() -> Callable[[Path], Report]:
    """Read the page at a path."""
    return lambda path: Report(path.read_text(encoding="utf-8"))


class Written:
    """A run that is written down without being run: each test is a fake that something was done with."""

    def __init__(self) -> None:
        self.gathering = Gathering()

    def test(self, *names: str, sesfake: SesFake, outcome: str = "passed", failure: str = "") -> None:
        seen = excerpt(sesfake.outbox.simulation, LogPosition(), sesfake.notifications.read())
        data = json.dumps(record(seen))  # as if it had come from another process
        for name in names:
            self.gathering.phase(name, "", outcome, 0.1, failure)
            self.gathering.over(name, "", json.loads(data))

    def page(self) -> bytes:
        return html.page(self.gathering.run(title="shop", at=1_700_000_000.0))


@pytest.fixture
def written() -> Written:
    """Give a run to write down."""
    return Written()


def chromium() -> str | None:
    """Where Chromium is on this machine, if it is."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give Chromium, without which a test is skipped, and failed where it is required."""
    path = chromium()
    if path is None:
        if os.environ.get(REQUIRED):
            pytest.fail(f"{REQUIRED} is set, and there is no chromium")
        pytest.skip("no chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def look(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser of its own; keywords are those of Playwright's ``new_context``."""
    contexts = []

    def look(content: bytes, item: str = "", **options: Any) -> Page:
        path = tmp_path / "report.html"
        path.write_bytes(content)
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.goto(path.as_uri() + (f"#{item}" if item else ""))
        page.wait_for_selector("html[data-ready]")
        return page

    yield look
    for context in contexts:
        context.close()
