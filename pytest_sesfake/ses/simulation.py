"""The cloud: every account and region of one fake, with one lock, one clock and one order of what happens."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses import contacts, feedback, reputation, suppression
from pytest_sesfake.ses.account import Account
from pytest_sesfake.ses.calls import Call
from pytest_sesfake.ses.clock import Clock
from pytest_sesfake.ses.collection import Collection
from pytest_sesfake.ses.dedicated_ips import Dedicated
from pytest_sesfake.ses.deliverability import DeliverabilityDashboard
from pytest_sesfake.ses.events import DELIVERED, SENT, Event, Fact, Resubscribed
from pytest_sesfake.ses.identities import Identity, key
from pytest_sesfake.ses.ids import Ids
from pytest_sesfake.ses.jobs import Jobs
from pytest_sesfake.ses.outcomes import simulator
from pytest_sesfake.ses.outcomes.scripts import Scripts
from pytest_sesfake.ses.quota import Meter
from pytest_sesfake.ses.receipt_rules import Receipts
from pytest_sesfake.ses.regions import partition
from pytest_sesfake.ses.schedule import Schedule
from pytest_sesfake.ses.suppression import SuppressionList
from pytest_sesfake.ses.tags import Tags
from pytest_sesfake.ses.tenants import Tenants

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_sesfake.ses.announcements import Announcement
    from pytest_sesfake.ses.configuration_sets import ConfigurationSet
    from pytest_sesfake.ses.contacts import ContactList
    from pytest_sesfake.ses.custom_verification import VerificationTemplate
    from pytest_sesfake.ses.io_requests import BackgroundJob
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.multi_region import MultiRegionEndpoint
    from pytest_sesfake.ses.outcomes.outcomes import Outcome
    from pytest_sesfake.ses.receiving import Reception
    from pytest_sesfake.ses.sending import Plan
    from pytest_sesfake.ses.system_mail import SystemMail
    from pytest_sesfake.ses.templates import Template
    from pytest_sesfake.ses.verification import Link


class RegionState:
    """SES as one account sees it in one region."""

    def __init__(self, simulation: Simulation, account_id: str, region: str) -> None:
        self.simulation = simulation
        self.account_id = account_id
        self.region = region
        self.account = Account()
        self.meter = Meter()
        self.identities: Collection[Identity] = Collection("identity", key=key)
        self.configuration_sets: Collection[ConfigurationSet] = Collection("configuration set")
        self.suppression = SuppressionList()
        self.contact_lists: Collection[ContactList] = Collection("contact list")
        self.tenants = Tenants()
        self.dedicated: Dedicated = Dedicated()
        self.dashboard: DeliverabilityDashboard = DeliverabilityDashboard()
        self.multi_region_endpoints: Collection[MultiRegionEndpoint] = Collection("multi-region endpoint")
        self.jobs = Jobs()
        self.receipts = Receipts()
        self.tags = Tags()
        self.templates: Collection[Template] = Collection("template")
        self.verification_templates: Collection[VerificationTemplate] = Collection("custom verification template")
        self.verification_links: dict[str, Link] = {}

    def __repr__(self) -> str:
        return f"<World {self.account_id} {self.region}>"

    def arn(self, resource: str) -> str:
        """Return the ARN of a resource, ``identity/example.com`` for one, of this account and region."""
        return f"arn:{partition(self.region)}:ses:{self.region}:{self.account_id}:{resource}"


class Simulation:
    """All worlds of one fake, and the logs of what was called, sent and came of it.

    Nobody changes a world without holding ``lock``. What the cloud must ask the outside is given to it here:
    ``ask(message, address)`` is the outcome that the mailbox simulator wants, or a plugin after it, ``exists(arn)``
    whether a neighbour has a resource,
    ``routes(event)`` where an event is published, a pure function, ``event_type`` the class that events are made of
    and ``params_of(call)`` the parameters of a call that sent messages, in AWS's keys.
    """

    def __init__(
        self,
        *,
        account_id: str,
        region: str,
        seed: str,
        any_sender: bool,
        instant_verification: bool,
        ask: Callable[[Message, str], Outcome | None] = simulator.ask,
        exists: Callable[[str], bool | None] | None = None,
        routes: Callable[[Event], tuple[Any, ...]] | None = None,
        event_type: type[Event] = Event,
        params_of: Callable[[Call], dict[str, Any]],
    ) -> None:
        self.renew_lock()
        self.account_id = account_id
        self.region = region
        self.any_sender = any_sender
        self.instant_verification = instant_verification
        self.ask = ask
        self.exists = exists
        self.params_of = params_of
        self.ids = Ids(seed)
        self.clock = Clock(self.settle)
        self.schedule = Schedule()
        self.objects: dict[str, bytes] = {}  # what lies in buckets that no neighbour has, by URL
        self.functions: dict[str, Callable[[Any, Any], Any]] = {}  # what tests give for Lambda functions, by name
        self.work: list[BackgroundJob] = []  # what is to be done when the call under way was answered
        self.scripts = Scripts()
        self.globally_suppressed = SuppressionList()
        self.messages: list[Message] = []
        self.events: list[Event] = []
        self.calls: list[Call] = []
        self.system_mail: list[SystemMail] = []
        self.announcements: list[Announcement] = []
        self.receptions: list[Reception] = []
        self.routed = 0  # to how many places events are published, all in all
        self.signed: set[str] = set()  # the hosts that may be asked for the certificates behind signatures
        self.current = Call(self, "", None, region, 0.0)  # the call that is being answered; nobody's at first
        self._routes = routes
        self._event_type = event_type
        self._region_states: dict[tuple[str, str], RegionState] = {}
        self._everywhere: list[Callable[[RegionState], object]] = []
        self._drawn = 0

    def renew_lock(self) -> None:
        """Take a new lock: in a forked child the old one may be held by a thread that is no more."""
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)

    def at(self, account_id: str, region: str) -> RegionState:
        """Return the world of an account in a region, made when it is first asked for."""
        region_state = self._region_states.get((account_id, region))
        if region_state is None:
            region_state = self._region_states[account_id, region] = RegionState(self, account_id, region)
            for arrange in self._everywhere if account_id == self.account_id else ():
                arrange(region_state)
        return region_state

    def everywhere(self, arrange: Callable[[RegionState], object]) -> None:
        """Set something up in every world of the fake's own account, also in those that are first used later."""
        with self.lock:
            self._everywhere.append(arrange)
            for region_state in list(self._region_states.values()):
                if region_state.account_id == self.account_id:
                    arrange(region_state)

    def region_states(self) -> list[RegionState]:
        """Return the worlds that are in use."""
        return list(self._region_states.values())

    def draw(self) -> int:
        """Return the next number for an id; only sends and other changes draw, never a look."""
        self._drawn += 1
        return self._drawn

    def commit(self, plans: Sequence[Plan]) -> None:
        """Let planned messages happen. No code of users runs in here, and nothing in here can fail."""
        for plan in plans:
            message = plan.message
            at = message.sent_time
            if plan.is_sent:
                message.number = len(self.messages)
                self.messages.append(message)
                message.region_state.meter.count(message.envelope, message.region_state.account, at)
                contacts.enrol(message)
                self.happen(message, message.envelope, SENT, at)
            for script, address in plan.consumed:
                script.meet(message, address)
            for after, recipients, fact in plan.timeline:
                if after > 0:
                    self.schedule.add(at + after, message, recipients, fact)
                else:
                    self.happen(message, recipients, fact, at)
        self.changed.notify_all()

    def happen(self, message: Message, recipients: tuple[str, ...], fact: Fact, at: float) -> None:
        """Log that something happened, fix where it is published, and let it have its consequences."""
        if isinstance(fact, Resubscribed):
            changed = contacts.unsubscribe(message, recipients[0], fact, at)
            if changed is None:
                return
            fact = changed
        event = self._event_type(message, len(self.events), at, recipients, fact)
        self.events.append(event)
        message.note(event)
        if self._routes is not None:
            event.routes = self._routes(event)
            self.routed += len(event.routes)
        if fact is not SENT and fact is not DELIVERED:
            suppression.note(message.region_state, event)
            reputation.note(message.region_state, event)
            feedback.note(message.region_state, event)

    def settle(self) -> None:
        """Let everything that is due happen, in order, each thing at its own instant."""
        with self.lock:
            if not self.schedule:
                return
            now = self.clock.time()
            happened = False
            while (entry := self.schedule.due(now)) is not None:
                at, _, message, recipients, fact = entry
                self.happen(message, recipients, fact, at)
                happened = True
            if happened:
                self.changed.notify_all()

    def called(self, call: Call) -> None:
        """Log a call of the application."""
        self.calls.append(call)
        if not call.messages:  # else `commit` has told whoever waits
            self.changed.notify_all()
