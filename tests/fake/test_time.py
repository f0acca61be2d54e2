"""Due events happen in the order of the clock, whatever moves it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import time_machine
from freezegun import freeze_time

from pytest_sesfake import Bounce, Complaint, SesFake, SoftBounce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Tick = Callable[[float], object]

ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"
START = datetime(2026, 3, 1, 9, 30, tzinfo=timezone.utc)


@pytest.fixture(params=["freezegun", "time-machine", "sesfake"])
def tick(request: pytest.FixtureRequest, sesfake: SesFake) -> Iterator[Tick]:
    """One of three who stop the time at nine thirty, and move it."""
    if request.param == "freezegun":
        with freeze_time(START) as frozen:
            yield lambda seconds: frozen.tick(timedelta(seconds=seconds))
    elif request.param == "time-machine":
        with time_machine.travel(START, tick=False) as traveller:
            yield traveller.shift
    else:
        sesfake.clock.freeze(START)
        yield lambda seconds: sesfake.clock.advance(seconds=seconds)


def test_what_is_due_happens_in_order_and_each_thing_at_its_own_instant(sesfake: SesFake, tick: Tick) -> None:
    sesfake.send(ADA, outcome=Bounce(after=7200))
    sesfake.send(BOB, outcome=SoftBounce(attempts=2))
    tick(600)
    sesfake.send(EVE, outcome=Complaint(after=timedelta(hours=1)))
    tick(24 * 3600)

    events = [(event.type, event.recipients[0], (event.timestamp - START).total_seconds()) for event in sesfake.events]
    assert events == [
        ("Send", ADA, 0),
        ("Delivery", ADA, 0),
        ("Send", BOB, 0),
        ("DeliveryDelay", BOB, 0),
        ("Send", EVE, 600),
        ("Delivery", EVE, 600),
        ("DeliveryDelay", BOB, 900),
        ("Delivery", BOB, 2700),
        ("Complaint", EVE, 4200),
        ("Bounce", ADA, 7200),
    ]


@pytest.mark.parametrize(
    "look",
    [
        lambda fake, _: fake.events.last("Bounce"),
        lambda _, message: message.events[-1],
        lambda _, message: message.status[ADA].event,
        lambda fake, _: fake.client("sesv2").get_suppressed_destination(EmailAddress=ADA),
        lambda fake, _: fake.events.wait("Bounce", timeout=0.5)[0],
    ],
    ids=["events", "message", "status", "call", "wait"],
)
def test_whatever_looks_sees_what_has_become_due(
    sesfake: SesFake, tick: Tick, look: Callable[[SesFake, object], object]
) -> None:
    message = sesfake.send(ADA, outcome=Bounce(after=60))
    tick(61)

    assert look(sesfake, message)
    assert sesfake.events.last().type == "Bounce"


def test_a_late_bounce_suppresses_from_its_own_instant_on(sesfake: SesFake, tick: Tick) -> None:
    sesfake.on(recipient=ADA).bounce(after=3600).then.deliver()
    sesfake.send(ADA)
    tick(3599)
    assert sesfake.send(ADA).status[ADA] == "Delivered"
    tick(1)
    assert sesfake.send(ADA).status[ADA] == "Suppressed"
    entry = sesfake.client("sesv2").get_suppressed_destination(EmailAddress=ADA)["SuppressedDestination"]
    assert entry["LastUpdateTime"] == START + timedelta(hours=1)


@pytest.mark.sesfake(suppression=[])
def test_the_global_list_forgets_an_address_after_fourteen_days(sesfake: SesFake, tick: Tick) -> None:
    sesfake.suppress(ADA, scope="global")
    tick(14 * 86_400 - 1)
    message = sesfake.send(ADA)
    assert message.status[ADA] == "Suppressed"
    assert message.events[-1].detail["bounceSubType"] == "Suppressed"
    tick(1)
    assert sesfake.send(ADA).status[ADA] == "Delivered"


def test_a_day_s_quota_is_a_rolling_one(sesfake: SesFake, tick: Tick) -> None:
    sesfake.quota = 2
    sesfake.send(ADA)
    tick(12 * 3600)
    sesfake.send(BOB)
    with pytest.raises(Exception, match="quota"):
        sesfake.send(EVE)
    tick(12 * 3600)
    sesfake.send(EVE)
    with pytest.raises(Exception, match="quota"):
        sesfake.send(ADA)


def test_the_clock_of_the_fake_moves_on_top_of_a_stopped_time(sesfake: SesFake) -> None:
    with freeze_time(START) as frozen:
        message = sesfake.send(ADA, outcome=Bounce(after=3600))
        sesfake.clock.advance(minutes=30)
        assert sesfake.clock.now() == START + timedelta(minutes=30)
        frozen.tick(timedelta(minutes=30))
        assert message.status[ADA] == "Bounced"
        assert sesfake.clock.now() == START + timedelta(hours=1)


def test_nothing_happens_twice_or_is_undone_where_time_goes_back(sesfake: SesFake) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        message = sesfake.send(ADA, outcome=Bounce("Transient", "General", after=60))
        traveller.shift(120)
        assert message.status[ADA] == "Bounced"
        traveller.shift(-120)
        assert message.status[ADA] == "Bounced"
        traveller.shift(240)
        assert sesfake.events.count("Bounce") == 1
