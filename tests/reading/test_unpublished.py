"""A failed query of notifications explains why an event was published nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Bounce

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import SesFake

    Hints = Callable[..., list[str]]

TOPIC = "arn:aws:sns:us-east-1:123456789012:mine"
NOWHERE = "the Bounce of ada@example.com was not published: "


@pytest.fixture
def hints(sesfake: SesFake, failure: Callable[[Callable[[], object]], str]) -> Hints:
    """Returns the hints of a look for a Bounce that fails."""

    def found(**matchers: Any) -> list[str]:
        mark = "  hint   : "
        text = failure(lambda: sesfake.notifications.one("Bounce", **matchers))
        return [line.removeprefix(mark) for line in text.splitlines() if line.startswith(mark)]

    return found


def destination(sesfake: SesFake, *, enabled: bool) -> None:
    """Have the configuration set "cs" publish bounces, or not yet."""
    sesfake.client().create_configuration_set_event_destination(
        ConfigurationSetName="cs",
        EventDestinationName="d",
        EventDestination={
            "Enabled": enabled,
            "MatchingEventTypes": ["BOUNCE"],
            "SnsDestination": {"TopicArn": TOPIC},
        },
    )


def test_it_was_sent_without_a_configuration_set(sesfake: SesFake, hints: Hints) -> None:
    sesfake.configuration_set("cs", topic=TOPIC)
    sesfake.send("bob@example.com", configuration_set="cs")
    sesfake.send("ada@example.com", outcome=Bounce())

    expected = NOWHERE + "the message has no configuration set, and the sender has no identity"
    assert hints() == hints(topic=TOPIC) == [expected]
    assert hints(recipient="ada@example.com")[-1] == expected
    assert hints(recipient="bob@example.com") == []


def test_its_configuration_set_publishes_other_types(sesfake: SesFake, hints: Hints) -> None:
    sesfake.verify("example.com")
    sesfake.configuration_set("cs", topic=TOPIC, events=["Delivery", "Send"])
    sesfake.send("ada@example.com", outcome=Bounce(), configuration_set="cs")

    (hint,) = hints()
    assert hint.startswith(NOWHERE + "configuration set 'cs' publishes only ")
    assert hint.endswith(", and the identity example.com has no topic for Bounce")
    assert "Delivery" in hint
    assert "Send" in hint


def test_its_configuration_set_publishes_nothing(sesfake: SesFake, hints: Hints) -> None:
    sesfake.configuration_set("cs")
    sesfake.send("ada@example.com", outcome=Bounce(), configuration_set="cs")

    assert hints()[-1].startswith(NOWHERE + "configuration set 'cs' has no event destination, and ")


def test_the_event_destination_is_not_enabled(sesfake: SesFake, hints: Hints) -> None:
    sesfake.configuration_set("cs")
    destination(sesfake, enabled=False)
    sesfake.send("ada@example.com", outcome=Bounce(), configuration_set="cs")

    assert hints()[-1].startswith(NOWHERE + "the event destination 'd' of 'cs' is not enabled, and ")


def test_it_was_set_later(sesfake: SesFake, hints: Hints) -> None:
    sesfake.configuration_set("cs")
    sesfake.send("ada@example.com", outcome=Bounce(), configuration_set="cs")
    destination(sesfake, enabled=True)

    assert hints() == [NOWHERE + "the settings that publish it were made after it happened"]


def test_an_event_published_elsewhere_is_shown_without_another_cause(sesfake: SesFake, hints: Hints) -> None:
    sesfake.configuration_set("cs", topic=TOPIC)
    sesfake.send("ada@example.com", outcome=Bounce(), configuration_set="cs")

    assert hints(topic=TOPIC + "s") == []
