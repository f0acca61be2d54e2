"""Row 13: a campaign of 100,000 recipients over a virtual week; one in ten has a scripted outcome.

Each recipient has a message, sent in bulk and rendered from a template. The figures have to add up, or there is no row.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import boto3

from pytest_sesfake import SesFake
from tests.benchmarks.measure import Finding, Measure, at_most

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

RECIPIENTS = 100_000
DAYS = 7
CALL = 50
DOMAINS = ("gone", "full", "slow", "angry", "late", "closed", "away", "keen", "never", "odd")
SHARE = RECIPIENTS // 100  # each of these domains is one in a hundred


def script(sesfake: SesFake) -> None:
    sesfake.on(recipient="*@gone.example").bounce()
    sesfake.on(recipient="*@full.example").soft_bounce()
    sesfake.on(recipient="*@slow.example").soft_bounce(attempts=2)
    sesfake.on(recipient="*@angry.example").complain(after=timedelta(hours=5))
    sesfake.on(recipient="*@late.example").bounce(after=timedelta(hours=2))
    sesfake.on(recipient="*@closed.example").suppress()
    sesfake.on(recipient="*@away.example").auto_reply(after=60)
    sesfake.on(recipient="*@keen.example").open(after=600).click(after=700)
    sesfake.on(recipient="*@never.example").deliver(after=timedelta(hours=13))
    sesfake.on(recipient="*@odd.example").bounce("Undetermined")


def send(client: SESClient, numbers: range) -> None:
    domains = [DOMAINS[number % 100] if number % 100 < len(DOMAINS) else "fine" for number in numbers]
    client.send_bulk_templated_email(
        Source="news@example.com",
        Template="news",
        DefaultTemplateData="{}",
        Destinations=[
            {
                "Destination": {"ToAddresses": [f"reader{number}@{domain}.example"]},
                "ReplacementTemplateData": json.dumps({"name": f"reader {number}"}),
            }
            for number, domain in zip(numbers, domains, strict=True)
        ],
    )


def campaign() -> None:
    with SesFake() as sesfake:
        sesfake.clock.freeze(datetime(2026, 3, 2, 8, 0, tzinfo=timezone.utc))
        sesfake.template("news", subject="News for {{name}}", html='<a href="https://news.example/">{{name}}</a>')
        script(sesfake)
        client = boto3.client("ses", region_name="us-east-1")
        calls = [range(first, min(first + CALL, RECIPIENTS)) for first in range(0, RECIPIENTS, CALL)]
        for number, call in enumerate(calls, start=1):
            send(client, call)
            if number * DAYS // len(calls) > (number - 1) * DAYS // len(calls):
                sesfake.clock.advance(days=1)
        status = Counter(str(status) for message in sesfake.outbox for status in message.status.values())
        assert status == {
            "Delivered": RECIPIENTS - 6 * SHARE,
            "Bounced": 4 * SHARE,
            "Complained": SHARE,
            "Suppressed": SHARE,
        }, status
        events = Counter(event.type for event in sesfake.events)
        assert events == {
            "Send": RECIPIENTS,
            "Delivery": RECIPIENTS - 4 * SHARE,
            "Bounce": 6 * SHARE,
            "Complaint": SHARE,
            "DeliveryDelay": 8 * SHARE,
            "Open": SHARE,
            "Click": SHARE,
        }, events


def take(rounds: int) -> Finding:
    taken = []
    for _ in range(rounds):
        started = perf_counter()
        campaign()
        taken.append(perf_counter() - started)
    seconds = median(taken)
    return Finding(seen={"ours": f"{seconds:.1f} s"}, result=seconds, target=at_most(60, "s"))


MEASURES = [Measure(number="13", title="a campaign of 100,000 recipients over a week", rounds=1, take=take)]
