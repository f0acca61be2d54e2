"""The fake: the only place where the rooms meet."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_sesfake import arranging, scripting
from pytest_sesfake.fronts import client, exchange
from pytest_sesfake.fronts.front import Desk
from pytest_sesfake.operations.sending import params_of
from pytest_sesfake.reaching import Smtp
from pytest_sesfake.reading import explain
from pytest_sesfake.reading.calls import Calls
from pytest_sesfake.reading.events import Event
from pytest_sesfake.reading.happened import Events, unrendered
from pytest_sesfake.reading.letters import Letters
from pytest_sesfake.reading.outbox import Outbox
from pytest_sesfake.service import Service
from pytest_sesfake.settings import Settings, make
from pytest_sesfake.world.cloud import Cloud
from pytest_sesfake.world.outcomes import Outcome
from pytest_sesfake.world.suppression import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from typing_extensions import Self, Unpack

    from pytest_sesfake.scripting import On, Selectors
    from pytest_sesfake.settings import Given
    from pytest_sesfake.wire.http import NoAnswer, Request, Response
    from pytest_sesfake.wire.smtp import Envelope, Login, Reply
    from pytest_sesfake.world.account import Account
    from pytest_sesfake.world.clock import Clock
    from pytest_sesfake.world.cloud import World
    from pytest_sesfake.world.messages import Message


class SesFake:
    """Amazon SES, faked in this process: while it is active every client is answered by it.

    Takes the settings as keywords, see ``docs/reference/settings.md``; an unknown one is a TypeError, a wrong value a
    ValueError. It is inert until it is entered (``with SesFake() as sesfake:``). Leaving it is an AssertionError if a
    script was never used or something went wrong inside a call, unless an exception is on its way already.
    """

    def __init__(self, **settings: Unpack[Given]) -> None:
        __tracebackhide__ = True
        self._begin(make(settings))

    @classmethod
    def of(cls, settings: Settings, *, verbosity: int = 0) -> Self:
        """Make a fake of settings that are checked already; ``verbosity`` is pytest's, and says how much is told."""
        explain.verbosity = verbosity
        self = cls.__new__(cls)
        self._begin(settings)
        return self

    def _begin(self, settings: Settings) -> None:
        self._settings = settings
        self._passwords: dict[str, str] = {}
        self._smtp: Smtp | None = None
        cloud = self._new_cloud()
        # One object each for the whole test, whatever is started over.
        self._outbox, self._events, self._calls = Outbox(cloud), Events(cloud), Calls(cloud)
        self._letters = Letters(cloud)
        self._open(cloud)

    def _new_cloud(self) -> Cloud:
        settings = self._settings
        return Cloud(
            account_id=settings.account_id,
            region=settings.region,
            seed=settings.seed,
            any_sender="*" in settings.verified,
            instant_verification=settings.verification == "instant",
            event_type=Event,
            params_of=params_of,
        )

    def _open(self, cloud: Cloud) -> None:
        settings = self._settings
        self._cloud = cloud
        self._problems: list[Exception] = []
        self._service = Service(
            cloud,
            strict=settings.strict,
            derived=settings.smtp_auth == "derived",
            passwords=self._passwords,
            failed=self._problems.append,
        )
        self._outbox.cloud = self._events.cloud = self._calls.cloud = self._letters.cloud = cloud
        cloud.everywhere(self._found)
        for address, outcome in settings.outcomes.items():
            script = cloud.scripts.add({"to": address}, None, optional=settings.exempt)
            scripting.RecipientScript.of(script).happens(outcome)

    def _found(self, world: World) -> None:
        """Give a new world what the settings say of every region."""
        settings, account = self._settings, world.account
        account.production = not settings.sandbox
        if settings.sandbox:
            account.quota, account.rate = 200.0, 1.0
            account.quota_enforced = True
        if settings.quota is not None:
            account.quota, account.quota_enforced = float(settings.quota), True
        if settings.rate is not None:
            account.rate, account.rate_enforced = float(settings.rate), True
        account.suppressed_reasons = frozenset(settings.suppression)
        arranging.verify_in(world, [name for name in settings.verified if name != "*"])

    def __repr__(self) -> str:
        cloud = self._cloud
        return f"<SesFake {cloud.region} {len(cloud.messages)} messages, {len(cloud.calls)} calls>"

    # Being active.

    def __enter__(self) -> Self:
        """Answer every client of this process from now on."""
        self._desk = Desk(
            handle=self._handle,
            after=lambda: None,
            authenticate=self._authenticate,
            submit=self._submit,
            advance=lambda seconds: self.clock.advance(seconds=seconds),
        )
        exchange.enter(self._desk, region=self._settings.region)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop answering; fail if a script was never used or a problem is open."""
        __tracebackhide__ = True
        self.leave()
        if error is None:
            texts = self.complaints()
            if texts:
                raise AssertionError("\n".join(texts))

    # Looked up anew for each call, because reset() makes a new service.

    def _handle(self, request: Request) -> Response | NoAnswer:
        return self._service.answer(request)

    def _authenticate(self, login: Login) -> Reply | None:
        return self._service.authenticate(login)

    def _submit(self, envelope: Envelope) -> Reply | NoAnswer:
        return self._service.submit(envelope)

    def leave(self) -> None:
        """Stop answering; what was recorded can still be read."""
        exchange.leave(self._desk)

    def complaints(self) -> list[str]:
        """Return what a passed test must fail for: problems inside calls and scripts that were never used."""
        texts = [f"sesfake: {type(problem).__name__} inside a call: {problem}" for problem in self._problems]
        if self._settings.strict:
            texts += ["sesfake: " + text for text in unrendered(self._cloud)]
        if self._settings.unused == "error":
            texts += ["sesfake: " + text for text in scripting.unused(self._cloud, _shortened)]
        return texts

    def reset(self) -> None:
        """Start over: no messages, calls, scripts or resources; the settings stay, and so do the clients."""
        self._open(self._new_cloud())

    @contextmanager
    def fresh(self) -> Iterator[Self]:
        """Start over for a block, and check its scripts at its end: for the examples of a property-based test."""
        self.reset()
        yield self
        texts = self.complaints()
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
        """Every call of the application, API and SMTP, the refused ones too."""
        return self._calls

    @property
    def letters(self) -> Letters:
        """The mail that SES itself wrote, oldest first: no message of the application."""
        return self._letters

    @property
    def problems(self) -> list[Exception]:
        """Errors of the fake and of user code inside calls; any of them fails the test."""
        return self._problems

    @property
    def clock(self) -> Clock:
        """The fake's clock."""
        return self._cloud.clock

    # Scripting.

    def on(self, *, optional: bool = False, **selectors: Unpack[Selectors]) -> On:
        """Start a script: what happens to the recipients, or to the calls, that fit all selectors.

        A script that is never used fails the test, unless it is ``optional``. An unknown selector is a TypeError.
        """
        __tracebackhide__ = True
        return scripting.on(self._cloud, dict(selectors), optional=optional, depth=2)

    def send(  # noqa: PLR0913 - the words of a message
        self,
        to: str | Iterable[str],
        *,
        outcome: Outcome | Iterable[Outcome] | None = None,
        sender: str | None = None,
        subject: str = "A message",
        text: str = "A text.",
        html: str | None = None,
        tags: dict[str, str] | None = None,
        configuration_set: str | None = None,
        region: str | None = None,
    ) -> Message:
        """Send a message by the fake itself, as v2 ``SendEmail`` would, and let ``outcome`` happen to each recipient.

        It is in ``outbox`` and ``events``, and not in ``calls``. Several outcomes happen one after the other.
        """
        outcomes = () if outcome is None else (outcome,) if isinstance(outcome, Outcome) else tuple(outcome)
        return arranging.send(
            self._cloud,
            (to,) if isinstance(to, str) else tuple(to),
            outcomes,
            sender=sender,
            subject=subject,
            text=text,
            html=html,
            region=region,
            tags=tags,
            configuration_set=configuration_set,
        )

    # Setting up.

    def verify(self, *identities: str, region: str | None = None, status: str = "SUCCESS") -> None:
        """Make addresses and domains verified identities, in every region or in one.

        Their DKIM keys and MAIL FROM domains are verified with them. A ``status`` of ``"FAILED"``, ``"PENDING"`` or
        ``"TEMPORARY_FAILURE"`` is what SES finds instead. The name of a MAIL FROM domain that is in use stands for
        the records of that domain alone.
        """
        arranging.verify(self._cloud, identities, region, status)

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
        arranging.suppress(self._cloud, address, reason, scope, tenant=tenant, region=region)

    def contact_list(
        self,
        name: str,
        *,
        topics: Iterable[str] = (),
        contacts: Iterable[str] = (),
        description: str | None = None,
        region: str | None = None,
    ) -> None:
        """Make the contact list of every region, or of one, in the place of the one that may be there.

        ``topics`` are names, or a mapping of names to what counts for contacts who have said nothing: ``"OPT_IN"`` or
        ``"OPT_OUT"``. ``contacts`` are addresses, or a mapping of addresses to what they said: ``"OPT_OUT"`` of
        everything, or a mapping of topics to their answers.
        """
        arranging.contact_list(
            self._cloud, name, topics=topics, contacts=contacts, description=description, region=region
        )

    def configuration_set(  # noqa: PLR0913 - the words of a configuration set
        self,
        name: str,
        *,
        topic: str | None = None,
        events: Iterable[str] | None = None,
        sending: bool = True,
        suppression: Iterable[str] | None = None,
        tags: dict[str, str] | None = None,
        region: str | None = None,
    ) -> None:
        """Make a configuration set, in every region or in one; it takes the place of one of that name.

        ``topic`` is the ARN of what its events are published to: a topic, a Firehose stream, an event bus or a Pinpoint
        application. ``events`` are their types, all by default, in the words of ``Event.type``. ``sending=False``
        pauses it. ``suppression`` are the reasons that count for its messages, ``None`` those of the account. ``tags``
        are the tags of the set itself.
        """
        arranging.configuration_set(
            self._cloud,
            name,
            topic=topic,
            events=events,
            sending=sending,
            suppression=suppression,
            tags=tags,
            region=region,
        )

    def template(
        self, name: str, *, subject: str, text: str | None = None, html: str | None = None, region: str | None = None
    ) -> None:
        """Keep a template, in every region or in one; it takes the place of one of that name.

        What SES would not keep is a ValueError.
        """
        arranging.template(self._cloud, name, subject=subject, text=text, html=html, region=region)

    @property
    def _account(self) -> Account:
        return self._cloud.at(self._cloud.account_id, self._cloud.region).account

    def _set(self, **values: Any) -> None:  # noqa: ANN401 - values of many kinds
        def change(world: World) -> None:
            for name, value in values.items():
                setattr(world.account, name, value)

        arranging.arrange(self._cloud, None, change)

    @property
    def sandbox(self) -> bool:
        """Whether the account is in the sandbox: only verified recipients."""
        return not self._account.production

    @sandbox.setter
    def sandbox(self, on: bool) -> None:
        self._set(production=not on)

    @property
    def quota(self) -> float:
        """The recipients of 24 hours that SES reports; setting it enforces it, ``None`` lifts that."""
        return self._account.quota

    @quota.setter
    def quota(self, recipients: float | None) -> None:
        self._set(quota_enforced=recipients is not None, **({} if recipients is None else {"quota": float(recipients)}))

    @property
    def rate(self) -> float:
        """The recipients a second that SES reports; setting it enforces it, ``None`` lifts that."""
        return self._account.rate

    @rate.setter
    def rate(self, recipients: float | None) -> None:
        self._set(rate_enforced=recipients is not None, **({} if recipients is None else {"rate": float(recipients)}))

    @property
    def suppression(self) -> list[str]:
        """The reasons that put an address on the account's suppression list, and that count for sends."""
        return sorted(self._account.suppressed_reasons)

    @suppression.setter
    def suppression(self, reasons: Iterable[str]) -> None:
        chosen = frozenset(reasons)
        if not chosen <= set(REASONS):
            msg = f"suppression takes {' and '.join(map(repr, REASONS))}, not {sorted(chosen - set(REASONS))}"
            raise ValueError(msg)
        self._set(suppressed_reasons=chosen)

    def pause(self) -> None:
        """Switch sending off for the account."""
        self._set(sending=False)

    def resume(self) -> None:
        """Switch sending on again."""
        self._set(sending=True)

    # Reaching it.

    def client(self, service: str = "sesv2", region: str | None = None, *, config: Any = None) -> Any:  # noqa: ANN401 - botocore's
        """Return a botocore client for the test's own use, ``"ses"`` or ``"sesv2"``; cached where ``config`` is None.

        Every client is answered by the fake, this one is a convenience.
        """
        return client.make(service, region or self._settings.region, config)

    @property
    def smtp(self) -> Smtp:
        """The SMTP interface on a port of this machine, started when first asked for."""
        if self._smtp is None:
            self._smtp = Smtp(self._passwords, self._settings.region)
        return self._smtp


def _shortened(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return re.sub(r".*/(site-packages|lib)/", "", path)
