"""Row 14: how long a reader waits for the page of a run of 2,000 messages, in Chromium."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from playwright.sync_api import sync_playwright

from pytest_sesfake import SesFake
from pytest_sesfake.report import html
from pytest_sesfake.report.excerpt import LogPosition, excerpt
from pytest_sesfake.report.gather import Gathering
from pytest_sesfake.report.records import record
from tests.benchmarks.measure import Finding, Measure, at_most
from tests.report.conftest import ARGUMENTS, chromium

TESTS = 100
MESSAGES = 20  # of each test
BODY = "<p>Twelve books for long evenings, chosen by the people who unpack them. </p>" * 60

# When the list can be read, in milliseconds since the page was asked for.
READ = "new Promise((done) => requestAnimationFrame(() => done(performance.now())))"


def page() -> tuple[bytes, float]:
    """The page of a run whose messages are all different, and the seconds that a message of it took to take apart."""
    gathering = Gathering()
    taken = 0.0
    for number in range(TESTS):
        with SesFake(seed=number) as sesfake:
            for place in range(MESSAGES):
                subject = f"Order {number}-{place}"
                sesfake.send(f"{place}@example.com", subject=subject, text=subject, html=f"<h1>{subject}</h1>{BODY}")
        started = perf_counter()
        told = record(excerpt(sesfake.outbox.simulation, LogPosition(), sesfake.notifications.read()))
        taken += perf_counter() - started
        gathering.phase(f"tests/test_orders.py::test_{number}", "", "passed", 0.1, "")
        gathering.over(f"tests/test_orders.py::test_{number}", "", json.loads(json.dumps(told)))
    return html.page(gathering.run(title="orders", at=0.0)), taken / (TESTS * MESSAGES)


def take(rounds: int) -> Finding:
    content, taken = page()
    opened: list[float] = []
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "report.html"
        path.write_bytes(content)
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        for _ in range(rounds):
            context = browser.new_context()
            tab = context.new_page()
            tab.goto(path.as_uri())
            tab.wait_for_selector("html[data-ready]")
            opened.append(tab.evaluate(READ) / 1000)
            context.close()
        browser.close()
    seconds = median(opened)
    seen = {
        "opens in": f"{seconds:.2f} s",
        "is": f"{len(content) / 1e6:.1f} MB",
        "takes the run": f"{1000 * taken:.1f} ms a message",
    }
    return Finding(seen=seen, result=seconds, target=at_most(2, "s"))


MEASURES = [Measure(number="14", title="the report of a run of 2,000 messages opens", rounds=7, take=take)]
