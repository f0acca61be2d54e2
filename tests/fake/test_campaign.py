"""A campaign over a week: whatever becomes of its mail, the figures of every view add up to each other."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_sesfake import SesFake

START = datetime(2026, 3, 2, 8, 0, tzinfo=timezone.utc)
RECIPIENTS = 5_000
DAYS = 7
CALL = 50

# Of each hundred recipients: how many have mail of a domain, and what becomes of it there.
MIX = {"gone": 3, "full": 2, "slow": 2, "angry": 1, "late": 1, "closed": 2, "away": 1, "keen": 5, "never": 1}


@pytest.fixture
def addresses(sesfake: SesFake) -> list[str]:
    """The recipients, and scripts for their domains."""
    sesfake.on(recipient="*@gone.example").bounce()
    sesfake.on(recipient="*@full.example").soft_bounce()
    sesfake.on(recipient="*@slow.example").soft_bounce(attempts=3)
    sesfake.on(recipient="*@angry.example").complain(after=timedelta(hours=5))
    sesfake.on(recipient="*@late.example").bounce(after=timedelta(hours=2))
    sesfake.on(recipient="*@closed.example").suppress()
    sesfake.on(recipient="*@away.example").auto_reply(after=60)
    sesfake.on(recipient="*@keen.example").open(after=600).click(after=700)
    sesfake.on(recipient="*@never.example").deliver(after=timedelta(hours=13))
    domains = [domain for domain, share in MIX.items() for _ in range(share)]
    domains += ["fine"] * (100 - len(domains))
    return [f"reader{number}@{domains[number % 100]}.example" for number in range(RECIPIENTS)]


def test_the_figures_of_a_campaign_add_up(sesfake: SesFake, addresses: list[str]) -> None:
    sesfake.clock.freeze(START)
    sesfake.template("news", subject="News for {{name}}", html='<a href="https://news.example/">{{name}}</a>')
    client = sesfake.client("ses")
    a_day = -(-RECIPIENTS // DAYS)
    for day in range(DAYS):
        today = addresses[day * a_day : (day + 1) * a_day]
        for first in range(0, len(today), CALL):
            entries: list[Any] = [
                {"Destination": {"ToAddresses": [address]}, "ReplacementTemplateData": json.dumps({"name": address})}
                for address in today[first : first + CALL]
            ]
            client.send_bulk_templated_email(
                Source="news@example.com", Template="news", DefaultTemplateData="{}", Destinations=entries
            )
        if day < DAYS - 1:
            sesfake.clock.advance(days=1)
    last_day = len(addresses) - (DAYS - 1) * a_day

    # What nobody waited for yet is on its way, and all else has its end.
    now = Counter(str(status) for message in sesfake.outbox for status in message.status.values())
    assert sum(now.values()) == RECIPIENTS
    on_the_last_day = Counter(address.partition("@")[2].partition(".")[0] for address in addresses[-last_day:])
    assert now["Pending"] == on_the_last_day["never"]
    assert now["Delayed"] == on_the_last_day["full"] + on_the_last_day["slow"]

    sesfake.clock.advance(days=1)
    there = {domain: share * RECIPIENTS // 100 for domain, share in MIX.items()}
    fine = RECIPIENTS - sum(there.values())

    # Recipients, by what became of them.
    status = Counter(str(status) for message in sesfake.outbox for status in message.status.values())
    assert status == {
        "Delivered": fine + there["slow"] + there["away"] + there["keen"] + there["never"],
        "Bounced": there["gone"] + there["late"] + there["full"],
        "Complained": there["angry"],
        "Suppressed": there["closed"],
    }

    # Events, by type.
    events = Counter(event.type for event in sesfake.events)
    assert events == {
        "Send": RECIPIENTS,
        "Delivery": RECIPIENTS - there["gone"] - there["full"] - there["closed"],
        "Bounce": there["gone"] + there["full"] + there["late"] + there["closed"] + there["away"],
        "Complaint": there["angry"],
        "DeliveryDelay": 6 * there["full"] + 3 * there["slow"],
        "Open": there["keen"],
        "Click": there["keen"],
    }
    moments = [event.timestamp for event in sesfake.events]
    assert moments == sorted(moments)

    # What SES counts: hard bounces and complaints, those of the global list too.
    points = client.get_send_statistics()["SendDataPoints"]
    assert sum(point["DeliveryAttempts"] for point in points) == RECIPIENTS
    assert sum(point["Bounces"] for point in points) == there["gone"] + there["late"] + there["closed"]
    assert sum(point["Complaints"] for point in points) == there["angry"]
    assert client.get_send_quota()["SentLast24Hours"] == 0.0

    # Who is not mailed again, and what the sender got back.
    listed: Counter[str] = Counter()
    more: dict[str, Any] = {}
    v2 = sesfake.client("sesv2")
    while not listed or more:
        page = v2.list_suppressed_destinations(PageSize=1000, **more)
        listed.update(entry["Reason"] for entry in page["SuppressedDestinationSummaries"])
        more = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
    assert listed == {"BOUNCE": there["gone"] + there["late"], "COMPLAINT": there["angry"]}
    kinds = Counter(mail.kind for mail in sesfake.system_mail)
    assert kinds == {
        "bounce": events["Bounce"] - there["away"],
        "complaint": there["angry"],
        "reply": there["away"],
    }
