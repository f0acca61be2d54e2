"""Events of one simulation with fixed ids and timestamps."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from pytest_sesfake.delivery import forms
from pytest_sesfake.ses.collaborators import Collaborators
from pytest_sesfake.ses.configuration_sets import ConfigurationSet
from pytest_sesfake.ses.events import Event
from pytest_sesfake.ses.identities import name_for_sender, verify
from pytest_sesfake.ses.mail.compose import Parts
from pytest_sesfake.ses.messages import PartedMessage, RawMessage
from pytest_sesfake.ses.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_sesfake.ses.events import Fact
    from pytest_sesfake.ses.messages import Message
from pytest_sesfake.ses.simulation import RegionState

SENT_AT = datetime(2026, 3, 26, 2, 13, 21, 662000, tzinfo=timezone.utc).timestamp()


@pytest.fixture
def simulation() -> Simulation:
    return Simulation(
        account_id="123456789012",
        region="us-east-1",
        seed="the seed of this test",
        any_sender=True,
        instant_verification=False,
        collaborators=Collaborators(forms=forms),
    )


@pytest.fixture
def region_state(simulation: Simulation) -> RegionState:
    return arranged(simulation.at("123456789012", "us-east-1"))


@pytest.fixture
def abroad(simulation: Simulation) -> RegionState:
    """Another account's China."""
    return arranged(simulation.at("210987654321", "cn-north-1"))


def arranged(region_state: RegionState) -> RegionState:
    verify(region_state, "example.com")
    region_state.configuration_sets.add("cs", ConfigurationSet("cs"))
    return region_state


@pytest.fixture
def sent(region_state: RegionState) -> Callable[..., Message]:
    """Makes a message given in parts, sent in March 2026 from an address of example.com to ada@example.net."""

    def send(parts: Parts | None = None, *, region_state: RegionState = region_state, **fields: Any) -> Message:
        recipients = fields.setdefault("recipients", ("ada@example.net",))
        given = parts or Parts(
            subject="Hi", text="Hello", html=None, to=recipients[:1], cc=(), bcc=recipients[1:], reply_to=()
        )
        about = {"api": "sesv2", "operation": "SendEmail", "source": "shop@example.com", "configuration_set": "cs"}
        return stamped(PartedMessage(region_state, given, **{**about, **fields}))

    return send


@pytest.fixture
def sent_raw(region_state: RegionState) -> Callable[..., Message]:
    """Makes a message given as MIME, sent at the same instant."""

    def send(data: bytes, **fields: Any) -> Message:
        about = {
            "api": "ses",
            "operation": "SendRawEmail",
            "source": "shop@example.com",
            "recipients": ("ada@example.net",),
            "configuration_set": "cs",
        }
        return stamped(RawMessage(region_state, data.replace(b"\n", b"\r\n"), **{**about, **fields}))

    return send


def stamped(message: Message) -> Message:
    simulation = message.region_state.simulation
    message.sent_time = SENT_AT
    message.identity = name_for_sender(message.region_state, message.source)
    message.id = simulation.ids.message_id(message.region, SENT_AT, f"message {simulation.draw()}")
    return message


@pytest.fixture
def happened(sent: Callable[..., Message]) -> Callable[..., Event]:
    """Lets something happen to a message, 601 milliseconds after it was sent."""

    def happen(fact: Fact, message: Message | None = None, *recipients: str, after: float = 0.601) -> Event:
        message = message or sent()
        simulation = message.region_state.simulation
        simulation.record(message, recipients or message.recipients, fact, message.sent_time + after)
        event = simulation.events[-1]
        assert isinstance(event, Event)
        return event

    return happen


@dataclass
class Shop:
    """A WSGI application that confirms its subscriptions and keeps the requests that it got."""

    status: str = "200 OK"
    confirms: bool = True
    environs: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    does: Callable[[dict[str, Any]], object] = lambda _: None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        self.environs.append(environ)
        self.bodies.append(body)
        envelope = json.loads(body)
        if self.confirms and envelope.get("Type") == "SubscriptionConfirmation":
            urlopen(envelope["SubscribeURL"], timeout=10).read()  # noqa: S310 - it is SNS's
        elif envelope.get("Type") == "Notification":
            self.does(envelope)
        start_response(self.status, [("Content-Type", "text/plain")])
        return [b"thank ", b"you"]

    @property
    def envelopes(self) -> list[dict[str, Any]]:
        """The envelopes of SNS that it got."""
        return [json.loads(body) for body in self.bodies]

    @property
    def got(self) -> list[str]:
        """The types of the events that it got, and of other notifications the type of the envelope."""
        return [_type(envelope) for envelope in self.envelopes]


def _type(envelope: dict[str, Any]) -> str:
    if envelope.get("Type") == "Notification":
        message = json.loads(envelope["Message"])
        return str(message.get("eventType") or message["notificationType"])
    return str(envelope["Type"])


@pytest.fixture
def shop() -> Shop:
    return Shop()
