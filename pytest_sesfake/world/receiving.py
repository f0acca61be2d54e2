"""Receiving: how SES takes a mail that comes in, and what the active rules do with it.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-concepts.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_sesfake.world import identities, receipt_filters, reports
from pytest_sesfake.world.addresses import normal
from pytest_sesfake.world.errands import Errand
from pytest_sesfake.world.receipt_rules import (
    Action,
    AddHeader,
    Ask,
    Bounce,
    Connect,
    HandToWorkMail,
    Publish,
    Rule,
    Stop,
    Store,
)
from pytest_sesfake.world.received_mail import Incoming, Stamp, incoming_host, message_id, stamped
from pytest_sesfake.world.regions import bounce_host
from pytest_sesfake.world.reports import Failure
from pytest_sesfake.world.views import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from pytest_sesfake.world.cloud import World
    from pytest_sesfake.world.letters import Letter

    Errands = Generator[Errand, Any, None]

MOST_BYTES = 40 * 1024 * 1024
"""The size of a mail that SES takes."""
MOST_BYTES_PUBLISHED = 150 * 1024
"""The size of a mail that SES publishes to a topic."""
MOST_ATTACHMENTS = 10
"""The attachments of a mail that SES hands to Amazon Connect."""
ANSWERABLE = 24 * 60 * 60
"""For so many seconds a mail that came in can be answered with a bounce."""

# Of these replies only that there is one for each case is documented.
_UNKNOWN = 550, "5.1.1 Requested action not taken: mailbox unavailable"
_BLOCKED = 554, "5.7.1 Connection from this address is not accepted"
_NEEDS_TLS = 530, "5.7.0 Must issue a STARTTLS command first"
_TOO_LONG = 552, "5.3.4 Message too large"
_OK = 250


class TooMuch(Exception):  # noqa: N818 - SES answers with a bounce, which is no error of ours
    """A mail that is too much for an action; it is bounced."""


@dataclass(slots=True)
class Reception:
    """One mail that came in, and what became of it.

    ``reply`` and ``text`` are what the other server was told; only of a mail that was accepted is there an ``id``.
    ``recipients`` are those of the envelope that were accepted, ``done`` what the rules did, in order, ``notices`` what
    topics were told.
    """

    world: World
    mail: Incoming
    at: float
    reply: int
    text: str
    id: str = ""
    recipients: tuple[str, ...] = ()
    done: list[Done] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    added: list[tuple[str, str]] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Whether SES took it."""
        return self.reply == _OK

    def data(self, *, scanned: bool) -> bytes:
        """Return the mail as SES hands it on just now."""
        return stamped(self.mail, self.stamp, scanned=scanned, added=self.added)

    @property
    def stamp(self) -> Stamp:
        """Where and when it was taken."""
        return Stamp(self.world, self.id, self.at, self.recipients)


@dataclass(slots=True)
class Done:
    """What a rule did with a mail.

    ``url`` is where it was stored, ``notice`` what a function was told and ``answer`` what it returned, ``letter`` the
    bounce that was sent; ``error`` is why it failed.
    """

    rule: Rule
    action: Action
    url: str | None = None
    notice: Notice | None = None
    answer: Any = None
    letter: Letter | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What a topic or a function is told of a mail, ``data``, and of the action of a rule that does it."""

    reception: Reception
    rule: Rule
    action: Action
    at: float
    data: bytes
    recipients: tuple[str, ...]


def run(world: World, mail: Incoming) -> Generator[Errand, Any, Reception]:
    """Let a mail come in: take it or not, and do with it what the rules say."""
    world.cloud.settle()
    reception = _take(world, mail)
    if not reception.accepted:
        return reception
    for rule in world.receipts.rules():
        concerned = tuple(address for address in reception.recipients if rule.matches(address))
        if concerned and (yield from _apply(reception, rule, concerned)):
            break
    with world.cloud.changed:
        world.cloud.changed.notify_all()
    return reception


# Taking a mail.


def _take(world: World, mail: Incoming) -> Reception:
    at = world.cloud.clock.time()
    if receipt_filters.blocked(world.receipts.filters, mail.ip):
        return Reception(world, mail, at, *_BLOCKED)
    replies = [(address, _refusal(world, mail, address)) for address in mail.recipients]
    accepted = tuple(address for address, refusal in replies if refusal is None)
    if not accepted:
        return Reception(world, mail, at, *next((refusal for _, refusal in replies if refusal), _UNKNOWN))
    if len(mail.data) > MOST_BYTES:
        return Reception(world, mail, at, *_TOO_LONG)
    name = message_id(world)
    reception = Reception(world, mail, at, _OK, f"OK {name}", name, accepted)
    world.receipts.received[name] = reception
    return reception


def _refusal(world: World, mail: Incoming, address: str) -> tuple[int, str] | None:
    """Return the reply that refuses one recipient, ``None`` where a rule is for it."""
    if not _is_ours(world, address):
        return _UNKNOWN
    rules = [rule for rule in world.receipts.rules() if rule.matches(address)]
    if not rules:
        return _UNKNOWN
    return _NEEDS_TLS if not mail.tls and any(rule.tls_required for rule in rules) else None


def _is_ours(world: World, address: str) -> bool:
    """Tell whether the address is of a verified domain, or nobody asks for that."""
    if world.cloud.any_sender:
        return True
    return any(found.is_domain and found.verified for found in identities.covering(world, address))


# What rules do. Each of these is one action, and returns the notice of it.


def _apply(reception: Reception, rule: Rule, concerned: tuple[str, ...]) -> Generator[Errand, Any, bool]:
    """Do what a rule says, and tell whether no further rule is looked at."""
    for action in rule.actions:
        done = Done(rule, action)
        reception.done.append(done)
        notice = _notice(reception, rule, action, concerned)
        try:
            yield from _DO[type(action)](reception, done, notice)
        except TooMuch as refusal:
            done.error = refusal
            done.letter = _bounce(reception, concerned, _daemon(reception.world), "552", "5.3.4", str(refusal))
        except Exception as error:  # noqa: BLE001 - what fails outside stops neither SES nor the other actions
            done.error = error
        else:
            if action.topic is not None and not isinstance(action, Publish):
                yield from _publish(reception, done, notice)
        if isinstance(action, Stop):
            return True
        if isinstance(action, Ask) and action.waits:
            wish = done.answer.get("disposition") if isinstance(done.answer, dict) else None
            if wish == "STOP_RULE_SET":
                return True
            if wish == "STOP_RULE":
                return False
    return False


def _notice(reception: Reception, rule: Rule, action: Action, concerned: tuple[str, ...]) -> Notice:
    at = reception.world.cloud.clock.time()
    return Notice(reception, rule, action, at, reception.data(scanned=rule.scans), concerned)


def _publish(reception: Reception, done: Done, notice: Notice) -> Errands:
    topic = notice.action.topic or ""
    try:
        yield Errand("publish", topic, notice)
    except Exception as error:  # noqa: BLE001 - as above
        done.error = error
    else:
        reception.notices.append(notice)


def _store(reception: Reception, done: Done, notice: Notice) -> Errands:
    action: Store = done.action  # type: ignore[assignment] # by the table below
    url = f"s3://{action.bucket}/{action.object_key(reception.id)}"
    yield Errand("store", url, notice.data)
    done.url = url


def _publish_all(reception: Reception, done: Done, notice: Notice) -> Errands:
    if len(notice.data) > MOST_BYTES_PUBLISHED:
        raise TooMuch(f"Message is larger than {MOST_BYTES_PUBLISHED} bytes")
    yield from _publish(reception, done, notice)


def _ask(_: Reception, done: Done, notice: Notice) -> Errands:
    action: Ask = done.action  # type: ignore[assignment] # by the table below
    done.notice = notice
    done.answer = yield Errand("ask", action.function, notice)


def _send_bounce(reception: Reception, done: Done, notice: Notice) -> Errands:
    action: Bounce = done.action  # type: ignore[assignment] # by the table below
    done.letter = _bounce(
        reception, notice.recipients, action.sender, action.code, action.status, action.message, action.message
    )
    yield from ()


def _add_header(reception: Reception, done: Done, _: Notice) -> Errands:
    action: AddHeader = done.action  # type: ignore[assignment] # by the table below
    reception.added.append((action.name, action.value))
    yield from ()


def _connect(_: Reception, __: Done, notice: Notice) -> Errands:
    if len(parse(notice.data).attachments) > MOST_ATTACHMENTS:
        raise TooMuch(f"Message has more than {MOST_ATTACHMENTS} attachments")
    yield from ()


def _nothing(_: Reception, __: Done, ___: Notice) -> Errands:
    yield from ()


_DO: dict[type[Action], Callable[[Reception, Done, Notice], Errands]] = {
    Store: _store,
    Publish: _publish_all,
    Ask: _ask,
    Bounce: _send_bounce,
    AddHeader: _add_header,
    Connect: _connect,
    HandToWorkMail: _nothing,
    Stop: _nothing,
}


# Bounces.


def _daemon(world: World) -> str:
    return f"MAILER-DAEMON@{bounce_host(world.region)}"


def _bounce(  # noqa: PLR0913 - what there is to say of it
    reception: Reception,
    concerned: Sequence[str],
    sender: str,
    code: str,
    status: str | None,
    message: str,
    explanation: str | None = None,
) -> Letter | None:
    """Answer the sender that the mail was not delivered; to a mail without a sender there is no answer."""
    status = status or f"{code[0]}.0.0"
    diagnostic = f"smtp; {code} {status} {message}"
    failures = [Failure(recipient=address, status=status, diagnostic=diagnostic) for address in concerned]
    return answer(reception, sender=sender, failures=failures, explanation=explanation)


def answer(
    reception: Reception,
    *,
    sender: str,
    failures: Sequence[Failure],
    explanation: str | None = None,
    reporting_mta: str | None = None,
    arrived: float | None = None,
    extensions: Sequence[tuple[str, str]] = (),
) -> Letter | None:
    """Send a bounce to the sender of a mail that came in; ``None`` where it has no sender."""
    if not reception.mail.sender:
        return None
    world = reception.world
    return reports.post(
        world,
        sender=sender,
        to=reception.mail.sender,
        failures=failures,
        explanation=explanation,
        reporting_mta=reporting_mta or f"dns; {incoming_host(world.region)}",
        arrived=reception.at if arrived is None else arrived,
        extensions=extensions,
        original=reception.mail.data,
    )


def answerable(world: World, name: str) -> Reception | None:
    """Return the mail of that id, if it came in and can still be answered with a bounce."""
    found = world.receipts.received.get(name)
    return None if found is None or world.cloud.clock.time() - found.at > ANSWERABLE else found


def was_for(reception: Reception, address: str) -> bool:
    """Tell whether a mail came in for an address."""
    return normal(address) in {normal(recipient) for recipient in reception.mail.recipients}
