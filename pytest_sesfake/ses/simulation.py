"""The simulation behind one fake: all its accounts and regions, with one lock, one clock and one event log.

`Simulation` owns the logs (calls, messages, events). `RegionState` holds the resources of one account in one region.
The modules beside this one contain the rules of SES; they change this state while they hold the lock.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses import contacts, feedback, reputation, suppression
from pytest_sesfake.ses.account import Account
from pytest_sesfake.ses.calls import Call
from pytest_sesfake.ses.clock import Clock
from pytest_sesfake.ses.collaborators import Collaborators
from pytest_sesfake.ses.collection import Collection
from pytest_sesfake.ses.dedicated_ips import Dedicated
from pytest_sesfake.ses.deliverability import DeliverabilityDashboard
from pytest_sesfake.ses.events import DELIVERED, SENT, Event, Fact, Resubscribed
from pytest_sesfake.ses.identities import Identity, key
from pytest_sesfake.ses.ids import Ids
from pytest_sesfake.ses.jobs import Jobs
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
    from pytest_sesfake.ses.receiving import Reception
    from pytest_sesfake.ses.sending import Plan
    from pytest_sesfake.ses.system_mail import SystemMail
    from pytest_sesfake.ses.templates import Template
    from pytest_sesfake.ses.verification import Link


class RegionState:
    """The SES resources of one account in one region: identities, templates, suppression list and so on."""

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
        return f"<RegionState {self.account_id} {self.region}>"

    def arn(self, resource: str) -> str:
        """Return the ARN of a resource of this account and region, such as ``identity/example.com``."""
        return f"arn:{partition(self.region)}:ses:{self.region}:{self.account_id}:{resource}"


class Simulation:
    """All region states of one fake, and the logs of its calls, messages and events.

    Hold ``lock`` to change a region state. ``collaborators`` are what other rooms do for the simulation.
    """

    def __init__(
        self,
        *,
        account_id: str,
        region: str,
        seed: str,
        any_sender: bool,
        instant_verification: bool,
        collaborators: Collaborators | None = None,
    ) -> None:
        self.renew_lock()
        self.account_id = account_id
        self.region = region
        self.any_sender = any_sender
        self.instant_verification = instant_verification
        self.collaborators = collaborators or Collaborators()
        self.ids = Ids(seed)
        self.clock = Clock(self.settle)
        self.schedule = Schedule()
        self.objects: dict[str, bytes] = {}  # objects in buckets that no neighbour has, by URL
        self.functions: dict[str, Callable[[Any, Any], Any]] = {}  # handlers of Lambda functions, by name
        self.work: list[BackgroundJob] = []  # jobs to run after the current call was answered
        self.scripts = Scripts()
        self.globally_suppressed = SuppressionList()
        self.messages: list[Message] = []
        self.events: list[Event] = []
        self.calls: list[Call] = []
        self.system_mail: list[SystemMail] = []
        self.announcements: list[Announcement] = []
        self.receptions: list[Reception] = []
        self.routed = 0  # the total number of places to which events were published
        self.signed: set[str] = set()  # the hosts that serve the certificates for signatures
        self.current = Call(self, "", None, region, 0.0)  # the call that is being answered; at first an empty one
        self._region_states: dict[tuple[str, str], RegionState] = {}
        self._everywhere: list[Callable[[RegionState], object]] = []
        self._drawn = 0

    def renew_lock(self) -> None:
        """Create a new lock.

        A forked child needs one: a thread that exists only in the parent may hold the old lock for ever.
        """
        self.lock = threading.RLock()  # reentrant: a call holds it and settles time, which takes it again
        self.changed = threading.Condition(self.lock)

    def at(self, account_id: str, region: str) -> RegionState:
        """Return the state of an account in a region. Create it at the first use."""
        region_state = self._region_states.get((account_id, region))
        if region_state is None:
            region_state = self._region_states[account_id, region] = RegionState(self, account_id, region)
            for arrange in self._everywhere if account_id == self.account_id else ():
                arrange(region_state)
        return region_state

    def everywhere(self, arrange: Callable[[RegionState], object]) -> None:
        """Apply a setup function to every region of the fake's own account, now and when a region is first used."""
        with self.lock:
            self._everywhere.append(arrange)
            for region_state in list(self._region_states.values()):
                if region_state.account_id == self.account_id:
                    arrange(region_state)

    def region_states(self) -> list[RegionState]:
        """Return the states of all regions that were used so far."""
        return list(self._region_states.values())

    def draw(self) -> int:
        """Return the next number for an id.

        Call it only when state changes, not for reads: ids must not depend on how often a test looks.
        """
        self._drawn += 1
        return self._drawn

    def commit(self, plans: Sequence[Plan]) -> None:
        """Send planned messages: log them, count them, and schedule their events.

        No user code runs in here and nothing in here can fail. So all plans of a call take effect together.
        """
        for plan in plans:
            message = plan.message
            at = message.sent_time
            if plan.is_sent:
                message.number = len(self.messages)
                self.messages.append(message)
                message.region_state.meter.count(message.envelope, message.region_state.account, at)
                contacts.enrol(message)
                self.record(message, message.envelope, SENT, at)
            for script, address in plan.consumed:
                script.count_use(message, address)
            for after, recipients, fact in plan.timeline:
                if after > 0:  # otherwise the fact happens within the call, so a test sees it right after the send
                    self.schedule.add(at + after, message, recipients, fact)
                else:
                    self.record(message, recipients, fact, at)
        self.changed.notify_all()  # wake threads that wait for messages or events

    def record(self, message: Message, recipients: tuple[str, ...], fact: Fact, at: float) -> None:
        """Log a fact as an event, decide where it is published, and apply its consequences.

        Consequences are entries on suppression lists, reputation figures and feedback mail. ``at`` is in seconds of
        the simulated clock.
        """
        if isinstance(fact, Resubscribed):
            changed = contacts.unsubscribe(message, recipients[0], fact, at)
            if changed is None:
                return
            fact = changed
        event = Event(message, len(self.events), at, recipients, fact)
        self.events.append(event)
        message.note(event)
        event.routes = self.collaborators.routes(event)
        self.routed += len(event.routes)
        if fact is not SENT and fact is not DELIVERED:
            suppression.note(message.region_state, event)
            reputation.note(message.region_state, event)
            feedback.note(message.region_state, event)

    def settle(self) -> None:
        """Apply all scheduled facts that are due, in order. Each event gets its own scheduled time."""
        with self.lock:  # the clock calls this without holding the lock
            if not self.schedule:
                return
            now = self.clock.time()
            happened = False
            while (entry := self.schedule.due(now)) is not None:
                at, _, message, recipients, fact = entry
                self.record(message, recipients, fact, at)
                happened = True
            if happened:
                self.changed.notify_all()

    def log_call(self, call: Call) -> None:
        """Log an API call of the application."""
        self.calls.append(call)
        if not call.messages:  # otherwise `commit` has already woken the waiting threads
            self.changed.notify_all()
