"""The class `SesFake`: everything that a test may type, in one place. The parts behind it do the work."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, overload

from pytest_sesfake.fake.account_state import AccountState
from pytest_sesfake.fake.backend import Backend
from pytest_sesfake.fake.forwarding import forward
from pytest_sesfake.fake.hooks import Hooks
from pytest_sesfake.fake.inbound import Inbound
from pytest_sesfake.fake.listeners import Endpoint, Smtp
from pytest_sesfake.fake.misuse import attribute_error
from pytest_sesfake.fake.script import line_of_test
from pytest_sesfake.fake.settings import Settings, make
from pytest_sesfake.fake.setup import Setup
from pytest_sesfake.fake.simulate import Simulator
from pytest_sesfake.fake.subscribe import Subscriber
from pytest_sesfake.fake.verdict import Verdict
from pytest_sesfake.reading import runs
from pytest_sesfake.reading.calls import Calls
from pytest_sesfake.reading.event_log import Events
from pytest_sesfake.reading.expecting import Expectation
from pytest_sesfake.reading.notifications import Notifications
from pytest_sesfake.reading.outbox import Outbox
from pytest_sesfake.reading.suggestions import suggest
from pytest_sesfake.reading.system_mail import SystemMailLog
from pytest_sesfake.transports import client, runtime

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType
    from typing import Literal

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client
    from typing_extensions import Self, Unpack

    from pytest_sesfake.fake.settings import Given
    from pytest_sesfake.ses.clock import Clock
    from pytest_sesfake.ses.events import EventType
    from pytest_sesfake.ses.simulation import Simulation
    from pytest_sesfake.ses.suppression import SuppressionReason
    from pytest_sesfake.transports.client import ClientConfig, Service


class SesFake:
    """A fake of Amazon SES in this process. While it is active, it answers every client.

    Enter it with ``with SesFake() as sesfake:``. The keyword arguments are settings, see
    ``docs/reference/settings.md``. Within pytest, a setting without a keyword has its value from the ini file. Raises
    TypeError for an unknown setting, and ValueError for a wrong value. The exit raises AssertionError for an unused
    script or an error inside a call, unless another exception is active.
    """

    is_active = False

    def __init__(self, **settings: Unpack[Given]) -> None:
        __tracebackhide__ = True
        self._begin(make({**runs.settings(), **settings}), Hooks())

    def _begin(self, settings: Settings, hooks: Hooks) -> None:
        self._backend = backend = Backend(settings, hooks)
        self._verdict = Verdict(backend)
        self._setup = Setup(backend)
        self._simulator = Simulator(backend)
        self._inbound = Inbound(backend)
        self._subscriber = Subscriber(backend)
        self._account = AccountState(backend)
        self._smtp: Smtp | None = None
        self._endpoint: Endpoint | None = None
        # The logs live as long as the fake. After `reset` they show the new simulation.
        simulation = backend.simulation
        self._outbox, self._events, self._calls = Outbox(simulation), Events(simulation), Calls(simulation)
        self._system_mail = SystemMailLog(simulation)
        self._notifications = Notifications(simulation, backend.read_notifications)

    @property
    def _simulation(self) -> Simulation:
        return self._backend.simulation

    if not TYPE_CHECKING:  # a type checker knows the attributes

        def __getattr__(self, name: str) -> Any:
            __tracebackhide__ = True
            raise attribute_error(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse an attribute that does not exist, because setting it changes nothing. Subclasses may add their own."""
        __tracebackhide__ = True
        ours = type(self).__module__.startswith("pytest_sesfake.")
        if ours and not name.startswith("_") and not hasattr(type(self), name):
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r} to set{_suggest_attribute(name)}"
            )
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        simulation = self._simulation
        return f"<SesFake {simulation.region} {len(simulation.messages)} messages, {len(simulation.calls)} calls>"

    # Being active.

    def __enter__(self) -> Self:
        """Answer every client of this process from now on. A fake that was left continues with its former state."""
        __tracebackhide__ = True
        if self.is_active:
            raise RuntimeError(
                "this fake is already active. Reset it by `with sesfake.fresh():`, "
                "or enter another SesFake(...) inside it"
            )
        backend = self._backend
        self._call_handler = backend.call_handler()
        runtime.enter(self._call_handler, region=backend.settings.region)
        backend.dispatcher.is_open = self.is_active = True
        if runs.runs:
            runs.runs[-1].entered(self)
        try:
            backend.hooks.configure(self, backend.simulation)
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop answering. Raise AssertionError for an unused script or an error inside a call."""
        __tracebackhide__ = True
        self._leave()
        if error is None:
            verdict = self._verdict
            verdict.own_file = verdict.own_file or line_of_test()[0]
            texts = verdict.at_exit()
            if texts:
                raise AssertionError("\n".join(texts))
            verdict.warn()

    def _leave(self) -> None:
        """Stop answering. The logs can still be read."""
        if not self.is_active:
            raise RuntimeError("this fake is not active")
        runtime.check_innermost(self._call_handler)
        self._backend.dispatcher.close()  # first, because an application that is being notified may call this fake
        runtime.leave(self._call_handler)
        self.is_active = False

    def reset(self) -> None:
        """Remove all messages, calls, scripts and resources. The settings and the clients stay."""
        backend = self._backend
        backend.dispatcher.close()
        backend.start_over()
        self._verdict.start_over()
        for log in (self._outbox, self._events, self._calls, self._system_mail, self._notifications):
            log.simulation = backend.simulation
        backend.dispatcher.is_open = self.is_active
        if self.is_active:
            backend.hooks.configure(self, backend.simulation)

    @contextmanager
    def fresh(self) -> Iterator[Self]:
        """Reset the fake at the start of a block, and check the scripts at its end: ``with sesfake.fresh():``.

        Use it for each example of a property-based test. Raises AssertionError for an unused script.
        """
        self.reset()
        yield self
        texts = self._verdict.complaints()
        if texts:
            raise AssertionError("\n".join(texts))

    # Reading.

    @property
    def outbox(self) -> Outbox:
        """The messages that SES sent, oldest first."""
        return self._outbox

    @property
    def events(self) -> Events:
        """Everything that happened to messages, oldest first."""
        return self._events

    @property
    def calls(self) -> Calls:
        """Every call of the application, by API and SMTP, refused calls included."""
        return self._calls

    @property
    def system_mail(self) -> SystemMailLog:
        """The mail that SES itself wrote, oldest first. Messages of the application are in ``outbox``."""
        return self._system_mail

    @property
    def notifications(self) -> Notifications:
        """Everything that was published to topics, streams, buses and as metrics, oldest first."""
        return self._notifications

    @property
    def problems(self) -> list[Exception]:
        """Errors of the fake and of user code inside calls; any of them fails the test."""
        return self._backend.problems

    @property
    def clock(self) -> Clock:
        """The fake's clock."""
        return self._simulation.clock

    def expect(
        self, *, sent: int | None = None, events: int | Mapping[EventType, int] | None = None, calls: int | None = None
    ) -> Expectation:
        """Expect exact numbers of messages, events and calls in a ``with`` block. ``None`` allows any number.

        ``events`` is the number of all events, or a mapping of types to numbers. If the numbers differ at the end of
        the block, it raises AssertionError with a list of what happened in it.
        """
        __tracebackhide__ = True
        return Expectation(self._outbox, self._events, self._calls, {"sent": sent, "events": events, "calls": calls})

    # Setting up: `fake/setup.py`.

    verify = forward("_setup", Setup.verify)
    authorize = forward("_setup", Setup.authorize)
    suppress = forward("_setup", Setup.suppress)
    contact_list = forward("_setup", Setup.contact_list)
    configuration_set = forward("_setup", Setup.configuration_set)
    template = forward("_setup", Setup.template)
    dedicated_ips = forward("_setup", Setup.dedicated_ips)
    put_object = forward("_setup", Setup.put_object)
    get_object = forward("_setup", Setup.get_object)

    # What SES does: `fake/simulate.py`.

    on = forward("_simulator", Simulator.on)
    send = forward("_simulator", Simulator.send)
    apply = forward("_simulator", Simulator.apply)
    outage = forward("_simulator", Simulator.outage)

    # Mail that comes in: `fake/inbound.py`.

    receive = forward("_inbound", Inbound.receive)
    lambda_function = forward("_inbound", Inbound.lambda_function)

    # Notifications: `fake/subscribe.py`.

    subscribe = forward("_subscriber", Subscriber.subscribe)
    notify = forward("_subscriber", Subscriber.notify)
    notify_async = forward("_subscriber", Subscriber.notify_async)

    # The account: `fake/account_state.py`.

    pause = forward("_account", AccountState.pause)
    resume = forward("_account", AccountState.resume)

    @property
    def sandbox(self) -> bool:
        """Whether the account is in the sandbox: only verified recipients, and 200 a day if no quota is set."""
        return not self._account.current.production

    @sandbox.setter
    def sandbox(self, is_on: bool) -> None:
        self._account.set_sandbox(is_on)

    @property
    def vdm(self) -> bool:
        """Whether the Virtual Deliverability Manager is on. Without it SES has no metrics and insights."""
        return self._account.current.is_managed

    @vdm.setter
    def vdm(self, is_on: bool) -> None:
        self._account.set_vdm(is_on=is_on)

    @property
    def quota(self) -> float:
        """The recipients in 24 hours that SES reports. A number is enforced; ``None`` stops enforcing it."""
        return self._account.current.quota

    @quota.setter
    def quota(self, recipients: float | None) -> None:
        self._account.set_limit("quota", recipients)

    @property
    def rate(self) -> float:
        """The recipients per second that SES reports. A number is enforced; ``None`` stops enforcing it."""
        return self._account.current.rate

    @rate.setter
    def rate(self, recipients: float | None) -> None:
        self._account.set_limit("rate", recipients)

    @property
    def suppression(self) -> list[SuppressionReason]:
        """The reasons for which SES adds addresses to the suppression list of the account, and uses the list."""
        return self._account.suppression

    @suppression.setter
    def suppression(self, reasons: Iterable[SuppressionReason]) -> None:
        self._account.set_suppression(reasons)

    # Clients and addresses.

    @overload
    def client(
        self, service: Literal["sesv2"] = "sesv2", region: str | None = None, *, config: ClientConfig | None = None
    ) -> SESV2Client: ...
    @overload
    def client(
        self, service: Literal["ses"], region: str | None = None, *, config: ClientConfig | None = None
    ) -> SESClient: ...
    def client(
        self, service: Service = "sesv2", region: str | None = None, *, config: ClientConfig | None = None
    ) -> Any:
        """Return a botocore client for the test's own use. The fake also answers every other client.

        ``service`` is ``"ses"`` or ``"sesv2"``. ``region`` is by default that of the settings. ``config`` is a botocore
        Config; without it the client is cached.

        Type checkers know its methods if ``boto3-stubs[ses,sesv2]`` is installed.
        """
        return client.make(service, region or self._backend.settings.region, config)

    @property
    def smtp(self) -> Smtp:
        """The SMTP interface on a port of this machine. It starts when it is first used."""
        if self._smtp is None:
            self._smtp = Smtp(self._backend.passwords, self._backend.settings.region)
        return self._smtp

    @property
    def endpoint(self) -> Endpoint:
        """Both APIs on a port of this machine. They start when they are first used."""
        if self._endpoint is None:
            self._endpoint = Endpoint(self._backend.settings.region)
        return self._endpoint


def make_fake(settings: Settings, hooks: Hooks) -> SesFake:
    """Make a fake of settings that are checked already."""
    fake = SesFake.__new__(SesFake)
    fake._begin(settings, hooks)  # noqa: SLF001 - the constructor without its check of settings
    return fake


def _suggest_attribute(name: str) -> str:
    """Return which attribute was probably meant, or the list of those that can be set."""
    states = [each for each, found in vars(SesFake).items() if isinstance(found, property) and found.fset]
    return suggest(name, states, otherwise="Settings are arguments of SesFake. A test can set")
