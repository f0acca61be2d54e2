"""The parts behind one fake: the simulation of SES, connected to the other packages. Only this module connects them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.delivery import forms, io_requests, neighbours
from pytest_sesfake.delivery.dispatcher import Dispatcher
from pytest_sesfake.delivery.routes import routes
from pytest_sesfake.delivery.sns_handler import SnsHandler
from pytest_sesfake.fake import script, setup
from pytest_sesfake.operations.sending import params_of
from pytest_sesfake.operations.table import OPERATIONS
from pytest_sesfake.reading.run_log import RunLog
from pytest_sesfake.service import Service
from pytest_sesfake.ses.collaborators import Collaborators
from pytest_sesfake.ses.outcomes import simulator
from pytest_sesfake.ses.simulation import Simulation
from pytest_sesfake.transports.call_handler import CallHandler
from pytest_sesfake.wire import hosts

if TYPE_CHECKING:
    from pytest_sesfake.delivery.notifications import Notification
    from pytest_sesfake.fake.hooks import Hooks
    from pytest_sesfake.fake.settings import Settings
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.wire.http import NoAnswer, Request, Response
    from pytest_sesfake.wire.smtp import Envelope, Login, Reply

SCRIPTED_IN_SMTP = ("CONNECT", "AUTH")
"""Steps of an SMTP session that the selector ``operation`` of a script can name."""


class Backend:
    """The simulation behind one fake, with the service and the dispatcher that use it.

    ``start_over`` replaces the simulation and all objects that belong to it. Therefore every other object of the fake
    keeps the backend and asks it for the simulation each time.
    """

    def __init__(self, settings: Settings, hooks: Hooks) -> None:
        self.settings = settings
        self.hooks = hooks
        self.passwords: dict[str, str] = {}  # SMTP passwords that a test asked for, with their regions
        hooks.failed = self._note_problem
        self.start_over()

    def start_over(self) -> None:
        """Make a new simulation with the settings of the fake."""
        settings = self.settings
        self.problems: list[Exception] = []
        self.notifications_were_read = False
        self.simulation = simulation = Simulation(
            account_id=settings.account_id,
            region=settings.region,
            seed=settings.seed,
            any_sender="*" in settings.verified,
            instant_verification=settings.verification == "instant",
            collaborators=Collaborators(
                ask=self.hooks.behind(simulator.ask),
                exists=neighbours.exists,
                routes=routes,
                forms=forms,
                params_of=params_of,
                operations=frozenset([*SCRIPTED_IN_SMTP, *(name for _, name in OPERATIONS)]),
            ),
        )
        self._service = Service(
            simulation,
            strict=settings.strict,
            derived=settings.smtp_auth == "derived",
            passwords=self.passwords,
            failed=self.problems.append,
        )
        self.log = RunLog(simulation, self._get_published)
        self.dispatcher = Dispatcher(simulation, self.problems.append, self.log.write_response)
        self._sns = SnsHandler(simulation, self.dispatcher)
        simulation.clock.follow(self.after)
        simulation.everywhere(self._apply_settings)
        for address, outcome in settings.outcomes.items():
            script.add_from_settings(simulation, address, outcome, optional=settings.exempt)

    def _get_published(self) -> list[Notification]:
        return self.dispatcher.published()

    def _note_problem(self, problem: Exception) -> None:
        self.problems.append(problem)

    def _apply_settings(self, region_state: RegionState) -> None:
        """Apply the settings to a region that is used for the first time."""
        settings, account = self.settings, region_state.account
        account.move(production=not settings.sandbox)
        if settings.quota is not None:
            account.quota, account.quota_enforced = float(settings.quota), True
        if settings.rate is not None:
            account.rate, account.rate_enforced = float(settings.rate), True
        account.request_rate = settings.request_rate
        account.suppressed_reasons = frozenset(settings.suppression)
        setup.verify_in(region_state, [name for name in settings.verified if name != "*"])

    def read_notifications(self) -> list[Notification]:
        """Return the published notifications to a test, and remember that it asked for them."""
        self.notifications_were_read = True
        return self.dispatcher.published()

    def after(self) -> None:
        """Run what a call or a step of the clock caused: jobs, log lines, hooks of plugins, immediate notifications."""
        if self.simulation.work:
            io_requests.finish(self.simulation, self.problems.append)
        self.log.write()
        self.hooks.tell(self.simulation)
        self.dispatcher.after()

    # For transports. The service is looked up for each call, because `start_over` makes another one.

    def call_handler(self) -> CallHandler:
        """Return the functions through which transports pass their calls to this fake."""
        return CallHandler(
            handle=self.handle,
            after=self.after,
            authenticate=self._authenticate,
            greet=self._greet,
            submit=self._submit,
            advance=self._advance,
            serves=self._serves,
            forked=self._renew_lock,
        )

    def handle(self, request: Request) -> Response | NoAnswer:
        """Answer a request to SES, to SNS, or to a link in a mail."""
        is_for_sns = bool(self.simulation.signed) and self._sns.serves(request.host)
        if is_for_sns:
            return self._sns.answer(request)
        # The first check is cheap and false for every API call, so API calls skip the slower second check.
        is_link = request.host.startswith("email-") and hosts.kind(request.host) == "link"
        return self._service.follow(request) if is_link else self._service.answer(request)

    def _serves(self, host: str, target: str) -> bool:
        return hosts.kind(host) == "link" or self._sns.serves(host, target)

    def _greet(self, host: str | None) -> Reply | NoAnswer:
        return self._service.greet(host)

    def _authenticate(self, login: Login) -> Reply | NoAnswer:
        return self._service.authenticate(login)

    def _submit(self, envelope: Envelope) -> Reply | NoAnswer:
        return self._service.submit(envelope)

    def _advance(self, seconds: float) -> None:
        self.simulation.clock.advance(seconds=seconds)

    def _renew_lock(self) -> None:
        self.simulation.renew_lock()
