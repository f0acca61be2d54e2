"""Mail that tries to get out of the page, to run in it, or to tell somebody that it was read."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from pytest_sesfake import SesFake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.report.conftest import Written

    Look = Callable[..., Page]

MAIL = """
</iframe></script></template></textarea></title>
<base href="{spy}/base/" target="_top">
<meta http-equiv="refresh" content="0; url={spy}/refresh">
<meta http-equiv="x-dns-prefetch-control" content="on">
<link rel="stylesheet" href="{spy}/style.css"><link rel="preload" as="image" href="{spy}/preload.gif">
<link rel="prefetch" href="{spy}/prefetch"><link rel="preconnect" href="{spy}"><link rel="icon" href="{spy}/icon.ico">
<style>@import url({spy}/import.css); body {{ background: url({spy}/background.gif) }}
@font-face {{ font-family: x; src: url({spy}/font.woff) }} h1 {{ font-family: x }}</style>
<script>top.escaped = parent.escaped = 'script'; fetch('{spy}/fetch')</script>
<script src="{spy}/script.js"></script><script>setTimeout(() => {{ top.location = '{spy}/top' }}, 200)</script>
<img src="{spy}/picture.gif" onload="parent.escaped = 'load'" onerror="parent.escaped = 'error'">
<img src="data:image/gif;base64,AAAA" onerror="parent.escaped = 'data'"><img srcset="{spy}/srcset.gif 2x">
<svg onload="parent.escaped = 'svg'"><image href="{spy}/svg.gif"/><script>parent.escaped = 'svg script'</script></svg>
<iframe src="{spy}/frame"></iframe><iframe srcdoc="<script>top.escaped = 'srcdoc'</script>"></iframe>
<object data="{spy}/object"></object><embed src="{spy}/embed"><video poster="{spy}/poster.gif" src="{spy}/film"></video>
<audio src="{spy}/sound" autoplay></audio><input type="image" src="{spy}/input.gif" autofocus onfocus="top.escaped = 1">
<form id="form" action="{spy}/form"><button id="submit">Send</button></form>
<details open ontoggle="parent.escaped = 'toggle'"><summary>x</summary></details>
<h1>Hello</h1>
<a id="blank" href="{spy}/link" ping="{spy}/ping">link</a> <a id="top" target="_top" href="{spy}/link">top</a>
<a id="self" target="_self" href="{spy}/link">self</a>
<a id="script" href="javascript:parent.escaped='link'">script</a> <a id="data" href="data:text/html,x">data</a>
<div style="position: fixed; inset: 0; z-index: 9999; pointer-events: none; background: url({spy}/div.gif)">x</div>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=parent.escaped='math'&gt;">
</mtext></math><noscript><p title="</noscript><img src=x onerror=parent.escaped='noscript'>"></noscript>
"""

NAME = (
    """"><img src=x onerror="window.escaped = 'name'"></script><script>window.escaped = 'name'</script>\u202egpj.exe"""
)


class Spy:
    """A server that notes who asks for what."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_GET  # noqa: N815 - http.server's name

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def spy() -> Iterator[Spy]:
    spy = Spy()
    thread = threading.Thread(target=spy.server.serve_forever, args=(0.05,))
    thread.start()
    yield spy
    spy.server.shutdown()
    thread.join()
    spy.server.server_close()


@pytest.fixture
def content(written: Written, spy: Spy) -> bytes:
    with SesFake() as sesfake:
        sesfake.send("ada@example.com", subject=NAME, text=NAME, html=MAIL.format(spy=spy.url), tags={"tag": "x"})
        written.test(f"test_it.py::test_it[{NAME}]", sesfake=sesfake, outcome="failed", failure=f"E   {NAME}")
    return written.page()


def is_unharmed(page: Page) -> bool:
    """Whether the page is where it was, alone, and nothing of the mail ran in it."""
    return (
        page.url.startswith("file:")
        and page.context.pages == [page]
        and page.evaluate("window.escaped") is None
        and page.title() == "shop · mail of a test run"
    )


def test_without_the_page_around_it_the_mail_does_get_out(browser: Browser, spy: Spy) -> None:
    """The attacks are real: else the tests below would prove nothing."""
    page = browser.new_page()
    page.goto(f"{spy.url}/")
    page.evaluate("html => { document.open(); document.write(html); document.close(); }", MAIL.format(spy=spy.url))
    ways_out = {"/top", "/refresh"}  # of which the faster one may stop the other
    loaded = {"/script.js", "/picture.gif", "/style.css", "/fetch"}
    for _ in range(100):
        if loaded <= set(spy.asked) and ways_out & set(spy.asked):
            break
        page.wait_for_timeout(100)
    assert loaded <= set(spy.asked)
    assert ways_out & set(spy.asked)
    page.close()


def test_nothing_is_loaded_and_nothing_runs(look: Look, content: bytes, spy: Spy) -> None:
    page = look(content, "t0m0")
    expect(page.frame_locator("iframe").get_by_role("heading", name="Hello")).to_be_visible()
    page.wait_for_timeout(500)
    assert page.locator("iframe").get_attribute("sandbox") == ""
    assert is_unharmed(page)
    assert spy.asked == []


def test_no_click_within_the_mail_leads_anywhere(look: Look, content: bytes, spy: Spy) -> None:
    page = look(content, "t0m0")
    frame = page.frame_locator("iframe")
    for name in ("blank", "top", "script", "data", "submit", "self"):
        frame.locator(f"#{name}").click()
        page.wait_for_timeout(100)
        assert is_unharmed(page), name
    assert spy.asked == []


def test_names_of_every_kind_are_text(look: Look, content: bytes) -> None:
    page = look(content)
    expect(page.locator(".failure")).to_contain_text("onerror")
    page.goto(page.url.partition("#")[0] + "#t0m0")
    expect(page.get_by_role("heading", level=2)).to_have_text(NAME)
    for tab in page.get_by_role("tab").all():
        tab.click()
    page.get_by_role("searchbox").fill("onerror")
    expect(page.get_by_role("status")).to_have_text("1 message in 1 test")
    assert is_unharmed(page)


def test_pictures_and_styles_load_on_request_and_nothing_else(look: Look, content: bytes, spy: Spy) -> None:
    page = look(content, "t0m0")
    page.get_by_label("Load pictures and styles from elsewhere").check()
    expect(page.frame_locator("iframe").get_by_role("heading", name="Hello")).to_be_visible()
    page.wait_for_timeout(500)
    assert {"/picture.gif", "/style.css", "/background.gif"} <= set(spy.asked)
    pictures_and_styles = {".gif", ".css", ".woff"}
    assert [path for path in spy.asked if not any(path.endswith(ending) for ending in pictures_and_styles)] == []
    assert is_unharmed(page)


def test_mail_without_anything_from_elsewhere_does_not_ask(look: Look, written: Written) -> None:
    with SesFake() as sesfake:
        sesfake.send("ada@example.com", html='<p>Hello <a href="https://shop.example/">shop</a></p>')
        written.test("test_it.py::test_it", sesfake=sesfake)
    page = look(written.page(), "t0m0")
    expect(page.frame_locator("iframe").get_by_text("Hello")).to_be_visible()
    expect(page.get_by_label("Load pictures and styles from elsewhere")).to_have_count(0)


def test_an_attachment_is_saved_as_a_file_that_no_browser_opens(look: Look, written: Written) -> None:
    raw = (
        b"From: me@example.org\r\nTo: ada@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="cut"\r\n\r\n--cut\r\nContent-Type: text/html\r\n'
        b'Content-Disposition: attachment; filename="../../evil\xe2\x80\xaelmth.html"\r\n\r\n'
        b"<script>opener.escaped = 1</script>\r\n--cut--\r\n"
    )
    with SesFake() as sesfake:
        sesfake.client("ses").send_raw_email(RawMessage={"Data": raw})
        written.test("test_it.py::test_it", sesfake=sesfake)
    page = look(written.page(), "t0m0")
    page.evaluate(
        """const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => { window.saved = blob.type; return make(blob); };
        null"""
    )
    with page.expect_download() as saved:
        page.get_by_role("button", name="evil").click()
    assert saved.value.suggested_filename == "evil_lmth.html"
    assert page.evaluate("window.saved") == "application/octet-stream"
    assert is_unharmed(page)
