"""Takes the pictures of docs/howto/report.md anew: ``python -m tests.report.screenshots``.

It wants chromium, and pngquant to make the files small: both are packages of every Linux. They look best with the
fonts Inter and JetBrains Mono.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from tests.report.conftest import ARGUMENTS, chromium

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
PICTURES = HERE.parents[2] / "docs/howto/report"
MOST_BYTES = 150_000


def events(page: Page) -> None:
    page.get_by_role("tab", name="Events").click()
    page.get_by_role("tabpanel").locator("summary").nth(1).click()


def nothing(page: Page) -> None:
    page.wait_for_selector("#detail h2")


@dataclass(frozen=True)
class Picture:
    """One picture: its file, the item that it shows, and how the browser stands."""

    name: str
    item: str
    context: dict[str, Any] = field(default_factory=dict)
    do: Callable[[Page], None] = nothing


DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True, "device_scale_factor": 1.5}


def actions(page: Page) -> None:
    page.get_by_role("tab", name="Actions").click()


# The tests are in the order of their files: accounts, newsletter, orders, support.
PICTURES_TAKEN = (
    Picture("desktop-failure", "t5", DESKTOP),
    Picture("desktop-message", "t7m0", DESKTOP),
    Picture("desktop-dark", "t5m1", {**DESKTOP, "color_scheme": "dark"}, events),
    Picture("desktop-received", "t9m0", DESKTOP, actions),
    Picture("phone-list", "", PHONE, lambda page: page.wait_for_selector("#list a") and None),
    Picture("phone-message", "t0m0", PHONE),
)


def report(folder: Path) -> Path:
    """Run the shop's tests and return their page."""
    tests = folder / "bookshop/tests"
    tests.mkdir(parents=True)
    for path in HERE.glob("[a-z]*.py"):
        shutil.copy(path, tests / (path.name if path.name == "shop.py" else f"test_{path.name}"))
    (tests.parent / "pytest.ini").write_text("[pytest]\npythonpath = tests\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
    subprocess.run([*command, "--sesfake-report=report.html"], cwd=tests.parent, check=False)
    return tests.parent / "report.html"


def take(browser: Browser, page_at: str, picture: Picture) -> Path:
    """Take one picture."""
    context = browser.new_context(**picture.context)
    page = context.new_page()
    page.goto(page_at + (f"#{picture.item}" if picture.item else ""))
    page.wait_for_selector("html[data-ready]")
    picture.do(page)
    page.wait_for_timeout(500)
    path = PICTURES / f"{picture.name}.png"
    page.screenshot(path=path)
    context.close()
    subprocess.run(["pngquant", "--force", "--ext", ".png", "--speed", "1", "256", str(path)], check=True)  # noqa: S607 - found by its name
    return path


def main() -> None:
    """Take all pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_at = report(Path(folder)).as_uri()
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        for picture in PICTURES_TAKEN:
            path = take(browser, page_at, picture)
            size = path.stat().st_size
            print(f"{path.name}: {size:,} bytes{'' if size <= MOST_BYTES else ', which is too much'}")  # noqa: T201 - it tells what it did
        browser.close()


if __name__ == "__main__":
    main()
