"""Decides what SES does in a test: scripts, messages with an outcome, outcomes for sent mail, and outages."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Literal

from pytest_sesfake.fake import known_names, script
from pytest_sesfake.ses import sending, submission
from pytest_sesfake.ses.calls import Call
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.mail.compose import Parts
from pytest_sesfake.ses.messages import Listed
from pytest_sesfake.ses.outcomes import event_grouping
from pytest_sesfake.ses.outcomes.engagement import Click, Open
from pytest_sesfake.ses.outcomes.scripts import Fault
from pytest_sesfake.ses.refusals import Interrupted, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from typing_extensions import Never, Unpack

    from pytest_sesfake.fake.backend import Backend
    from pytest_sesfake.fake.script import On, Selectors
    from pytest_sesfake.ses.calls import Api
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome
    from pytest_sesfake.ses.outcomes.scripts import Script
    from pytest_sesfake.ses.simulation import Simulation

    Outcomes = Outcome | Iterable[Outcome]

SENDER = "sender@example.com"
"""The sender of ``send()`` if the test does not name one and no identity is verified."""

OutageKind = Literal["unavailable", "timeout", "disconnect"]
_OUTAGES: dict[OutageKind, Fault] = {
    "unavailable": Fault("error", times=None, code="ServiceUnavailable", status=503),
    "timeout": Fault("timeout", times=None),
    "disconnect": Fault("disconnect", times=None),
}


class Outage:
    """What ``outage()`` returns: a context manager. SES is out of service inside its block."""

    def __init__(
        self, simulation: Simulation, fault: Fault, selectors: dict[str, str], origin: tuple[str, int]
    ) -> None:
        self._simulation = simulation
        self._fault = fault
        self._selectors = selectors
        self._origin = origin
        self._scripts: list[Script] = []

    def __enter__(self) -> None:
        """Begin the outage."""
        with self._simulation.lock:
            self._scripts.append(self._simulation.scripts.begin_outage(self._selectors, self._origin, self._fault))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the outage."""
        with self._simulation.lock:
            self._simulation.scripts.end_outage(self._scripts.pop())


class Simulator:
    """Decides the outcomes of messages and calls."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def on(self, *wrong: Never, optional: bool = False, **selectors: Unpack[Selectors]) -> On:
        """Start a script for the recipients or the calls that match all selectors.

        The steps follow: ``sesfake.on(recipient="ada@example.com").bounce()``. An unused script fails the test, unless
        it is ``optional``. Raises TypeError for an unknown selector or a value that can never match, and ValueError for
        an operation that SES does not have or a misspelled region.
        """
        __tracebackhide__ = True
        if wrong:
            raise TypeError(f"on() takes keywords only. Did you mean on(recipient={wrong[0]!r})?")
        return script.on(self._backend.simulation, dict(selectors), optional=optional)

    def send(
        self,
        to: str | Iterable[str],
        *,
        outcome: Outcomes | None = None,
        sender: str | None = None,
        subject: str = "A message",
        text: str = "A text.",
        html: str | None = None,
        tags: dict[str, str] | None = None,
        configuration_set: str | None = None,
        contact_list: str | None = None,
        topic: str | None = None,
        region: str | None = None,
    ) -> Message:
        """Send a message from the fake itself, like v2 ``SendEmail``, and apply ``outcome`` to each recipient.

        ``outcome`` is one outcome or several, which apply one after the other; by default the scripts decide. The
        message is in ``outbox`` and ``events``, but not in ``calls``. ``html`` is made for you if the outcome is an
        ``Open`` or a ``Click``. ``contact_list`` and ``topic`` are the ListManagementOptions of the message. Raises
        ValueError with the reason if SES refuses the mail.
        """
        __tracebackhide__ = True
        recipients = (to,) if isinstance(to, str) else tuple(to)
        chosen = () if outcome is None else event_grouping.check_outcomes(outcome, recipients)
        try:
            message = _send(
                self._backend.simulation,
                Parts(subject, text, _make_html(text, chosen) if html is None else html, recipients, (), (), ()),
                chosen,
                sender=sender,
                region=region,
                tags=tags,
                configuration_set=configuration_set,
                listed=None if contact_list is None else Listed(contact_list, topic),
            )
        except Interrupted:
            raise  # a script or an outage refuses it; the test gets the same error as an application
        except Refusal as refusal:
            raise ValueError(f"send(): SES does not accept this mail: {refusal}") from None
        self._backend.after()
        return message

    def apply(self, message: Message, outcome: Outcomes, recipient: str | Iterable[str] | None = None) -> None:
        """Apply an outcome to a sent message now: for one ``recipient``, for several, or (by default) for all.

        A bounce of delivered mail is an asynchronous bounce. A delivery of delayed mail ends the delay. ``after=`` of
        the outcome counts from now. Raises ValueError for an impossible outcome, such as a complaint about mail that
        bounced, and for an address that is not a recipient of the message.
        """
        __tracebackhide__ = True
        simulation = self._backend.simulation
        if message.region_state.simulation is not simulation or message.number < 0:
            raise ValueError(f"apply() takes a message that this fake sent, one of sesfake.outbox, not {message!r}")
        recipients = message.recipients if recipient is None else _find_recipients(message, recipient)
        chosen = event_grouping.check_outcomes(outcome, recipients)
        with simulation.lock:
            event_grouping.apply_outcomes(message, chosen, recipients)
        self._backend.after()

    def outage(
        self,
        kind: OutageKind = "unavailable",
        *,
        operation: str | None = None,
        api: Api | None = None,
        region: str | None = None,
    ) -> Outage:
        """Take SES out of service for a block: ``with sesfake.outage(): ...``.

        ``kind`` says how every attempt of a call fails: ``"unavailable"`` (ServiceUnavailable with HTTP 503, SMTP 451),
        ``"timeout"`` or ``"disconnect"``. It affects all calls, or only those of an ``operation``, an ``api`` or a
        ``region``. Outages come before scripts. An outage without any call in its block fails the test, like an unused
        script. Raises ValueError for an unknown kind or operation, or a misspelled region.
        """
        __tracebackhide__ = True
        if kind not in _OUTAGES:
            raise ValueError(f"outage() takes {', '.join(map(repr, _OUTAGES))}, not {kind!r}")
        selectors = {"operation": operation, "api": api, "region": region}
        given = {name: value for name, value in selectors.items() if value is not None}
        known_names.check_selectors("outage", given, self._backend.simulation.collaborators.operations)
        return Outage(self._backend.simulation, _OUTAGES[kind], given, script.line_of_test())


def _send(
    simulation: Simulation,
    parts: Parts,
    outcomes: tuple[Outcome, ...],
    *,
    sender: str | None,
    region: str | None,
    **fields: Any,
) -> Message:
    """Send a message as v2 ``SendEmail`` does. Without ``outcomes`` the scripts decide for each recipient."""
    with simulation.lock:
        simulation.settle()
        region_state = simulation.at(simulation.account_id, region or simulation.region)
        verified = (identity.name for identity in region_state.identities if identity.verified)
        source = sender or next((name if "@" in name else f"sender@{name}" for name in verified), SENDER)
        given = submission.from_parts(region_state, parts, api="sesv2", operation="SendEmail", source=source, **fields)
        call = Call(simulation, "sesv2", "SendEmail", region_state.region, simulation.clock.time())
        if not outcomes:
            sending.interrupt(call, given.message)
        made = sending.plan(region_state, call, given, forced=outcomes or None)
        simulation.commit([made])
        return made.message


def _find_recipients(message: Message, wanted: str | Iterable[str]) -> tuple[str, ...]:
    known = {parse_address(recipient).normal: recipient for recipient in message.recipients}
    chosen = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    for address in chosen:
        if parse_address(address).normal not in known:
            raise ValueError(
                f"apply(): {address!r} is not a recipient of this message. "
                f"Its recipients are {list(message.recipients)}"
            )
    return tuple(known[parse_address(address).normal] for address in chosen)


def _make_html(text: str, chosen: Iterable[Outcome]) -> str | None:
    """Return html with the links that the outcomes click, or ``None`` if no outcome opens or clicks the mail."""
    links = [outcome.link for outcome in chosen if isinstance(outcome, Click)]
    if not links and not any(isinstance(outcome, Open) for outcome in chosen):
        return None
    addresses = [link for link in links if isinstance(link, str)] or ["https://example.com/"]
    anchors = "".join(f' <a href="{escape(link)}">Read on</a>' for link in addresses)
    return f"<p>{escape(text)}{anchors}</p>"
