"""What is counted of opens and clicks: once a message, and of the latest that counts most."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Complaint, SesFake
from pytest_sesfake.ses import deliverability, insights
from pytest_sesfake.ses.events import Clicked, Opened

if TYPE_CHECKING:
    from pytest_sesfake import Message
    from pytest_sesfake.ses.events import Fact
    from pytest_sesfake.ses.simulation import RegionState

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
MIDNIGHT = datetime(2026, 3, 26, tzinfo=timezone.utc).timestamp()


OPENED, CLICKED = Opened("Mozilla/5.0"), Clicked("https://example.com/", "Mozilla/5.0")


@pytest.fixture
def fake(sesfake: SesFake) -> SesFake:
    sesfake.clock.freeze(NOON)
    return sesfake


def region_state(fake: SesFake) -> RegionState:
    return fake._simulation.at("123456789012", "us-east-1")


def engage(fake: SesFake, message: Message, fact: Fact) -> None:
    """Let the recipient of a message open it or click into it, a minute later."""
    fake.clock.advance(minutes=1)
    fake._simulation.record(message, message.recipients, fact, fake.clock.now().timestamp())


def total(fake: SesFake, metric: str, start: float = 0.0) -> int:
    return sum(insights.series(region_state(fake), metric, {}, start, float("inf")).values())


def test_a_message_is_opened_once_however_often_it_is_looked_at(fake: SesFake) -> None:
    first, second = fake.send("a@example.com"), fake.send("b@example.com")
    for message in (first, first, second):
        engage(fake, message, OPENED)

    assert total(fake, "open") == 2
    # The first of the opens counts, at its own instant.
    assert total(fake, "open", (NOON + timedelta(minutes=2)).timestamp()) == 1
    assert total(fake, "click") == 0


def test_a_click_counts_more_than_an_open_that_comes_after_it(fake: SesFake) -> None:
    message = fake.send("a@example.com")
    assert insights.last_engagement(message) is None
    for fact in (OPENED, CLICKED, CLICKED, OPENED):
        engage(fake, message, fact)

    last: Any = insights.last_engagement(message)

    assert (last.type, last.timestamp) == ("Click", NOON + timedelta(minutes=3))


def test_a_complaint_counts_more_than_the_delivery_before_it(fake: SesFake) -> None:
    message = fake.send("a@example.com", outcome=Complaint(after=60))
    assert insights.last_delivery(message).type == "Delivery"

    fake.clock.advance(minutes=1)

    assert insights.last_delivery(message).type == "Complaint"


def test_mail_that_is_opened_is_read(fake: SesFake) -> None:
    message = fake.send(["a@example.com", "b@example.com"], sender="me@example.com")
    engage(fake, message, OPENED)
    fake.send("c@example.com", sender="me@example.com")
    fake.send("d@example.com", sender="me@example.com")

    volume = deliverability.count(
        deliverability.copies(region_state(fake), "example.com", MIDNIGHT, MIDNIGHT + deliverability.DAY)
    )

    assert (volume.read, volume.share(volume.read)) == (2, 50.0)
