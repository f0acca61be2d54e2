"""The class `SesFake`: it connects the rooms. No other module does."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery import io_requests, neighbours
from pytest_sesfake.delivery.dispatcher import Dispatcher
from pytest_sesfake.delivery.events import Event
from pytest_sesfake.delivery.routes import routes
from pytest_sesfake.delivery.sns_handler import SnsHandler
from pytest_sesfake.fake import script, setup, verdict
from pytest_sesfake.fake.hooks import HookError, Hooks
from pytest_sesfake.fake.inbound import Inbound
from pytest_sesfake.fake.listeners import Endpoint, Smtp
from pytest_sesfake.fake.misuse import attribute_error, suggest_keywords
from pytest_sesfake.fake.settings import Settings, make
from pytest_sesfake.fake.setup import AccountState
from pytest_sesfake.fake.simulate import Simulate
from pytest_sesfake.fake.subscribe import Subscribing
from pytest_sesfake.fake.unused_scripts import unused
from pytest_sesfake.fake.verdict import Verdict, at
from pytest_sesfake.operations.sending import params_of
from pytest_sesfake.operations.table import OPERATIONS
from pytest_sesfake.reading import explain, matching
from pytest_sesfake.reading.calls import Calls
from pytest_sesfake.reading.event_log import Events, unrendered
from pytest_sesfake.reading.expecting import Expectation
from pytest_sesfake.reading.notifications import Notifications
from pytest_sesfake.reading.outbox import Outbox
from pytest_sesfake.reading.system_mail import SystemMailLog
from pytest_sesfake.service import Service
from pytest_sesfake.ses.outcomes import simulator
from pytest_sesfake.ses.simulation import Simulation
from pytest_sesfake.transports import client, runtime
from pytest_sesfake.transports.call_handler import CallHandler
from pytest_sesfake.wire import hosts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import timedelta
    from types import TracebackType

    from typing_extensions import Self, Unpack

    from pytest_sesfake.fake.settings import Given
    from pytest_sesfake.ses.clock import Clock
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.wire.http import NoAnswer, Request, Response
    from pytest_sesfake.wire.smtp import Envelope, Login, Reply


matching.operations |= {"CONNECT", "AUTH", *(name for _, name in OPERATIONS)}  # SMTP's two are for scripts


class SesFake(Simulate, Inbound, Subscribing, AccountState):
    """A fake of Amazon SES in this process. While it is active, it answers every client.

    It takes the settings as keywords, see ``docs/reference/settings.md``. An unknown setting raises TypeError, a wrong
    value raises ValueError. It does nothing until it is entered (``with SesFake() as sesfake:``). Leaving it raises
    AssertionError if a script was never used or if a call ran into a problem, unless another exception is active.
    """

    is_active = False

    def __init__(self, **settings: Unpack[Given]) -> None:
        __tracebackhide__ = True
        self._begin(make(settings))

    def _begin(self, settings: Settings, hooks: Hooks | None = None) -> None:
        self._settings = settings
        self._verdict = Verdict(self._complaints)
        self._hooks = hooks or Hooks()
        self._hooks.failed = lambda problem: self._problems.append(problem)  # noqa: PLW0108 - read it at each call, because reset() replaces it
        self._passwords: dict[str, str] = {}
        self._smtp: Smtp | None = None
        self._endpoint: Endpoint | None = None
        simulation = self._new_simulation()
        # One object each for the whole test, whatever is started over.
        self._outbox, self._events, self._calls = Outbox(simulation), Events(simulation), Calls(simulation)
        self._system_mail = SystemMailLog(simulation)
        self._notifications = Notifications(simulation, lambda: self._dispatcher.published())  # noqa: PLW0108 - read it at each call, because reset() replaces it
        self._open(simulation)

    def _new_simulation(self) -> Simulation:
        settings = self._settings
        return Simulation(
            account_id=settings.account_id,
            region=settings.region,
            seed=settings.seed,
            any_sender="*" in settings.verified,
            instant_verification=settings.verification == "instant",
            ask=self._hooks.behind(simulator.ask),
            exists=neighbours.exists,
            routes=routes,
            event_type=Event,
            params_of=params_of,
        )

    def _open(self, simulation: Simulation) -> None:
        settings = self._settings
        self._simulation = simulation
        self._verdict.start_over()
        self._problems: list[Exception] = []
        self._service = Service(
            simulation,
            strict=settings.strict,
            derived=settings.smtp_auth == "derived",
            passwords=self._passwords,
            failed=self._problems.append,
        )
        self._dispatcher = Dispatcher(simulation, self._problems.append)
        self._sns = SnsHandler(simulation, self._dispatcher)
        for log in (self._outbox, self._events, self._calls, self._system_mail, self._notifications):
            log.simulation = simulation
        simulation.clock.follow(self._after)
        simulation.everywhere(self._found)
        for address, outcome in settings.outcomes.items():
            script.foresee(simulation, address, outcome, optional=settings.exempt)

    def _found(self, region_state: RegionState) -> None:
        """Apply the settings to a region that is used for the first time."""
        settings, account = self._settings, region_state.account
        account.move(production=not settings.sandbox)
        if settings.quota is not None:
            account.quota, account.quota_enforced = float(settings.quota), True
        if settings.rate is not None:
            account.rate, account.rate_enforced = float(settings.rate), True
        account.request_rate = settings.request_rate
        account.suppressed_reasons = frozenset(settings.suppression)
        setup.verify_in(region_state, [name for name in settings.verified if name != "*"])

    if not TYPE_CHECKING:  # a type checker knows what there is

        def __getattr__(self, name: str) -> Any:
            __tracebackhide__ = True
            raise attribute_error(self, name)

    def __repr__(self) -> str:
        simulation = self._simulation
        return f"<SesFake {simulation.region} {len(simulation.messages)} messages, {len(simulation.calls)} calls>"

    # Being active.

    def __enter__(self) -> Self:
        """Answer every client of this process from now on. A fake that was left continues with its former state."""
        __tracebackhide__ = True
        if self.is_active:
            raise RuntimeError(
                "this fake is active already: `with sesfake.fresh():` starts it over, "
                "and another SesFake(...) may be entered within it"
            )
        self._call_handler = CallHandler(
            handle=self._handle,
            after=self._after,
            authenticate=self._authenticate,
            greet=lambda host: self._service.greet(host),  # noqa: PLW0108 - reset() makes another service
            submit=self._submit,
            advance=lambda seconds: self.clock.advance(seconds=seconds),
            serves=lambda host, target: hosts.kind(host) == "link" or self._sns.serves(host, target),
            forked=lambda: self._simulation.renew_lock(),  # noqa: PLW0108 - reset() makes another simulation
        )
        runtime.enter(self._call_handler, region=self._settings.region)
        self._dispatcher.is_open = self.is_active = True
        for tell in verdict.watchers[-1:]:
            tell(self)
        try:
            self._hooks.configure(self, self._simulation)
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop answering. Raise AssertionError if a script was never used or a call ran into a problem."""
        __tracebackhide__ = True
        self._leave()
        if error is None:
            texts = self._verdict.at_exit()
            if texts:
                raise AssertionError("\n".join(texts))

    # Looked up anew for each call, because reset() makes a new service.

    def _handle(self, request: Request) -> Response | NoAnswer:
        is_for_sns = bool(self._simulation.signed) and self._sns.serves(request.host)
        if is_for_sns:
            return self._sns.answer(request)
        # What begins as no host of an API does is rare, so that calls pay next to nothing for it.
        is_link = request.host.startswith("email-") and hosts.kind(request.host) == "link"
        return self._service.follow(request) if is_link else self._service.answer(request)

    def _after(self) -> None:
        if self._simulation.work:
            io_requests.finish(self._simulation, self._problems.append)
        self._hooks.tell(self._simulation)
        self._dispatcher.after()

    def _authenticate(self, login: Login) -> Reply | NoAnswer:
        return self._service.authenticate(login)

    def _submit(self, envelope: Envelope) -> Reply | NoAnswer:
        return self._service.submit(envelope)

    def _leave(self) -> None:
        """Stop answering. The logs can still be read."""
        if not self.is_active:
            raise RuntimeError("this fake is not active")
        runtime.check_innermost(self._call_handler)
        self._dispatcher.close()  # first, because an application that is being notified may call this fake
        runtime.leave(self._call_handler)
        self.is_active = False

    def _complaints(self, *, scripts: bool = True) -> list[str]:
        """Return what a passed test must fail for: problems inside calls and scripts that were never used."""
        self._hooks.tell(self._simulation)
        told = (
            f"sesfake: {problem}"
            if isinstance(problem, HookError)
            else f"sesfake: {type(problem).__name__} inside a call: {problem}{at(problem, _shortened)}"
            for problem in self._problems
        )
        texts = list(dict.fromkeys(told))  # a client library repeats what failed
        if self._settings.strict:
            texts += ["sesfake: " + text for text in unrendered(self._simulation)]
        if (
            scripts and not texts and self._settings.unused_scripts == "error"
        ):  # trouble explains scripts that were not met
            texts += ["sesfake: " + text for text in unused(self._simulation, _shortened)]
        return texts

    def reset(self) -> None:
        """Remove all messages, calls, scripts and resources. The settings and the clients stay."""
        self._dispatcher.close()
        self._open(self._new_simulation())
        self._dispatcher.is_open = self.is_active
        if self.is_active:
            self._hooks.configure(self, self._simulation)

    @contextmanager
    def fresh(self) -> Iterator[Self]:
        """Reset the fake for a block, and check the scripts at its end. For examples of a property-based test."""
        self.reset()
        yield self
        texts = self._complaints()
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

    def expect(
        self, *, sent: int | None = None, events: int | Mapping[str, int] | None = None, calls: int | None = None
    ) -> Expectation:
        """Expect exact numbers of messages, events and calls in a ``with`` block. ``None`` allows any number.

        ``events`` is a number of all, or a mapping of types to numbers. At the end of the ``with`` block another count
        is an AssertionError that lists what happened in it.
        """
        __tracebackhide__ = True
        return Expectation(self._outbox, self._events, self._calls, {"sent": sent, "events": events, "calls": calls})

    @property
    def problems(self) -> list[Exception]:
        """Errors of the fake and of user code inside calls; any of them fails the test."""
        return self._problems

    @property
    def clock(self) -> Clock:
        """The fake's clock."""
        return self._simulation.clock

    # Setting up.

    def verify(self, *identities: str, region: str | None = None, status: str = "SUCCESS") -> None:
        """Make addresses and domains verified identities, in every region or in one.

        Their DKIM keys and MAIL FROM domains are verified with them. A ``status`` of ``"FAILED"``, ``"PENDING"`` or
        ``"TEMPORARY_FAILURE"`` is what SES finds instead. The name of a MAIL FROM domain that is in use stands for
        the records of that domain alone.
        """
        setup.verify(self._simulation, identities, region, status)

    def authorize(
        self,
        identity: str,
        *,
        account: str = "999999999999",
        policy: str | Mapping[str, Any] | None = None,
        region: str | None = None,
    ) -> str:
        """Create a verified identity that another account owns, and return its ARN for a call to name.

        ``policy``, a mapping or JSON, is the sending authorization policy that is attached to it, by default one that
        lets this account send. What SES would not attach is a ValueError.
        """
        return setup.authorize(self._simulation, identity, account=account, policy=policy, region=region)

    def suppress(
        self,
        address: str,
        reason: str = "BOUNCE",
        scope: str = "account",
        region: str | None = None,
        *,
        tenant: str | None = None,
    ) -> None:
        """Put an address on a suppression list: the account's, in every region or in one, or a tenant's.

        With the scope ``"global"`` it is on the list that all accounts share, for 14 days: it counts for messages for
        which no reason counts, as with ``suppression=[]``.
        """
        setup.suppress(self._simulation, address, reason, scope, tenant=tenant, region=region)

    def contact_list(
        self,
        name: str,
        *,
        topics: Iterable[str] | Mapping[str, str] = (),
        contacts: Iterable[str] | Mapping[str, str | Mapping[str, str]] = (),
        description: str | None = None,
        region: str | None = None,
    ) -> None:
        """Create the contact list of every region, or of one region. It replaces an existing list.

        ``topics`` are names, or a mapping of names to what counts for contacts who have said nothing: ``"OPT_IN"`` or
        ``"OPT_OUT"``. ``contacts`` are addresses, or a mapping of addresses to what they said: ``"OPT_OUT"`` of
        everything, or a mapping of topics to their answers.
        """
        setup.contact_list(
            self._simulation, name, topics=topics, contacts=contacts, description=description, region=region
        )

    @suggest_keywords
    def configuration_set(
        self,
        name: str,
        *,
        topic: str | None = None,
        events: Iterable[str] | None = None,
        sending: bool = True,
        suppression: Iterable[str] | None = None,
        max_delivery_seconds: timedelta | float | None = None,
        tags: dict[str, str] | None = None,
        region: str | None = None,
    ) -> None:
        """Create a configuration set, in every region or in one. It replaces a set of the same name.

        ``topic`` is the ARN of what its events are published to: a topic, a Firehose stream, an event bus or a Pinpoint
        application. ``events`` are their types, all by default, in the words of ``Event.type``. ``sending=False``
        pauses it. ``suppression`` are the reasons that count for its messages, ``None`` those of the account.
        ``max_delivery_seconds`` is how long SES tries to deliver them (MaxDeliverySeconds), 300 seconds to 14 hours.
        ``tags`` are the tags of the set itself.
        """
        setup.configuration_set(
            self._simulation,
            name,
            topic=topic,
            events=events,
            sending=sending,
            suppression=suppression,
            max_delivery_seconds=max_delivery_seconds,
            tags=tags,
            region=region,
        )

    def template(
        self, name: str, *, subject: str, text: str | None = None, html: str | None = None, region: str | None = None
    ) -> None:
        """Create a template, in every region or in one. It replaces a template of the same name.

        What SES would not keep is a ValueError.
        """
        setup.template(self._simulation, name, subject=subject, text=text, html=html, region=region)

    def dedicated_ips(
        self,
        *addresses: str,
        pool: str | None = None,
        warmup: int = 100,
        listed: Iterable[str] = (),
        region: str | None = None,
    ) -> None:
        """Lease dedicated IP addresses to the account, in every region or in one, and put them into a pool.

        A pool that is not there is made. ``warmup`` is how many percent warm they are; ``listed`` are blacklists that
        name them.
        """
        setup.dedicated_ips(self._simulation, addresses, pool=pool, warmup=warmup, listed=tuple(listed), region=region)

    def put_object(self, url: str, data: bytes | str) -> None:
        """Put an object at an ``s3://bucket/key`` URL, where import jobs find it."""
        setup.put_object(self._simulation, url, data)

    def get_object(self, url: str) -> bytes:
        """Return the object at a URL: an object of ``put_object``, an export, or the records that an import refused."""
        return setup.get_object(self._simulation, url)

    # Reaching it.

    def client(self, service: str = "sesv2", region: str | None = None, *, config: Any = None) -> Any:
        """Return a botocore client for the test's own use, ``"ses"`` or ``"sesv2"``. Cached if ``config`` is None.

        Every client is answered by the fake, this one is a convenience.
        """
        return client.make(service, region or self._settings.region, config)

    @property
    def smtp(self) -> Smtp:
        """The SMTP interface on a port of this machine. It starts when it is first used."""
        if self._smtp is None:
            self._smtp = Smtp(self._passwords, self._settings.region)
        return self._smtp

    @property
    def endpoint(self) -> Endpoint:
        """Both APIs on a port of this machine. They start when they are first used."""
        if self._endpoint is None:
            self._endpoint = Endpoint(self._settings.region)
        return self._endpoint


def make_fake(settings: Settings, *, verbosity: int = 0, hooks: Hooks | None = None) -> SesFake:
    """Make a fake of settings that are checked already. ``verbosity`` is that of pytest: how much failures show."""
    explain.verbosity = verbosity
    fake = SesFake.__new__(SesFake)
    fake._begin(settings, hooks)  # noqa: SLF001 - the constructor without its check of settings
    return fake


def _shortened(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return re.sub(r".*/(site-packages|lib)/", "", path)
