"""Receive mail as SES does: accept or refuse it, then apply the active receipt rules.

`run` is a generator. It yields an `IORequest` for everything outside the simulation (buckets, topics, Lambda
functions). Its caller performs the request without holding the lock of the simulation and sends the result back.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-concepts.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses import identities, receipt_filters, reports, unsubscribing
from pytest_sesfake.ses.io_requests import IORequest
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.mail.views import parse
from pytest_sesfake.ses.receipt_rules import (
    Action,
    AddHeader,
    Ask,
    BounceAction,
    Connect,
    PublishAction,
    Rule,
    StopAction,
    Store,
)
from pytest_sesfake.ses.received_mail import Incoming, Stamp, add_fields, incoming_host, message_id
from pytest_sesfake.ses.regions import bounce_host
from pytest_sesfake.ses.reports import FailedRecipient

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.system_mail import SystemMail

MOST_BYTES = 40 * 1024 * 1024
"""The largest mail that SES accepts, in bytes."""
MOST_BYTES_PUBLISHED = 150 * 1024
"""The largest mail that SES publishes to a topic, in bytes."""
MOST_ATTACHMENTS = 10
"""The largest number of attachments of a mail for Amazon Connect."""
ANSWERABLE = 24 * 60 * 60
"""The seconds after arrival during which the application can send a bounce for a received mail."""

# AWS documents that SES refuses these cases, but not the reply codes and texts.
_UNKNOWN = 550, "5.1.1 Requested action not taken: mailbox unavailable"
_BLOCKED = 554, "5.7.1 Connection from this address is not accepted"
_NEEDS_TLS = 530, "5.7.0 Must issue a STARTTLS command first"
_TOO_LONG = 552, "5.3.4 Message too large"
_OK = 250


class TooMuch(Exception):  # noqa: N818 - SES reacts with a bounce; this is no error in this package
    """A mail exceeds a limit of an action. SES bounces it."""


@dataclass(slots=True)
class Reception:
    """One incoming mail and what happened to it.

    * ``reply`` and ``text`` are the SMTP reply to the sending server.
    * ``id`` is empty unless the mail was accepted.
    * ``recipients`` are the accepted recipients of the envelope.
    * ``done`` are the actions of the rules, in order.
    * ``notices`` are the notifications to topics.
    * ``added`` are the header fields that rules added.
    """

    region_state: RegionState
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
        """Whether SES accepted the mail."""
        return self.reply == _OK

    def data(self, *, scanned: bool, added: Sequence[tuple[str, str]]) -> bytes:
        """Return the mail as SES passes it on, with the ``added`` header fields.

        ``scanned`` says whether SES scanned it for spam and viruses.
        """
        stamp = Stamp(self.region_state, self.id, self.at, self.recipients)
        return add_fields(self.mail, stamp, scanned=scanned, added=added)


@dataclass(slots=True)
class Done:
    """The result of one action of a rule.

    ``notice`` holds the mail as it was at that time. ``url`` is the stored object, ``answer`` the return value of a
    Lambda function, ``system_mail`` the bounce that was sent, and ``error`` the reason of a failure.
    """

    notice: Notice
    url: str | None = None
    answer: Any = None
    system_mail: SystemMail | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """The information about a mail that an action sends to a topic or a Lambda function.

    ``recipients`` are the recipients that the rule matched. ``added`` are the header fields that rules had added so
    far.
    """

    reception: Reception
    rule: Rule
    action: Action
    at: float
    recipients: tuple[str, ...]
    added: tuple[tuple[str, str], ...]

    @property
    def data(self) -> bytes:
        """The mail as SES passes it on."""
        return self.reception.data(scanned=self.rule.scans, added=self.added)

    @property
    def verdicts(self) -> dict[str, str]:
        """The results of the checks for spam, virus, SPF, DKIM and DMARC, by name."""
        return self.reception.mail.verdicts.seen(scanned=self.rule.scans)


def run(region_state: RegionState, mail: Incoming) -> Generator[IORequest, Any, Reception]:
    """Receive a mail: accept or refuse it, then apply the active rules. Return the `Reception`."""
    region_state.simulation.settle()
    reception = _accept(region_state, mail)
    region_state.simulation.receptions.append(reception)
    if not reception.accepted:
        return reception
    readers = _unsubscribe_readers(region_state, reception)
    for rule in region_state.receipts.rules():
        concerned = tuple(
            address for address in reception.recipients if address not in readers and rule.matches(address)
        )
        if concerned and (yield from _apply(reception, rule, concerned)):
            break
    return reception


# Accepting a mail.


def _accept(region_state: RegionState, mail: Incoming) -> Reception:
    at = region_state.simulation.clock.time()
    if receipt_filters.is_blocked(region_state.receipts.filters, mail.ip):
        return Reception(region_state, mail, at, *_BLOCKED)
    replies = [(address, _refusal(region_state, mail, address)) for address in mail.recipients]
    accepted = tuple(address for address, refusal in replies if refusal is None)
    if not accepted:
        return Reception(region_state, mail, at, *next((refusal for _, refusal in replies if refusal), _UNKNOWN))
    if len(mail.data) > MOST_BYTES:
        return Reception(region_state, mail, at, *_TOO_LONG)
    name = message_id(region_state)
    reception = Reception(region_state, mail, at, _OK, f"OK {name}", name, accepted)
    region_state.receipts.received[name] = reception
    return reception


def _unsubscribe_readers(region_state: RegionState, reception: Reception) -> set[str]:
    """Process unsubscribe mail, which goes to addresses of SES itself. Return those addresses."""
    found = {address: unsubscribing.by_mail(region_state.simulation, address) for address in reception.recipients}
    for message in found.values():
        if message is not None:
            unsubscribing.leave(message)
    return {address for address, message in found.items() if message is not None}


def _refusal(region_state: RegionState, mail: Incoming, address: str) -> tuple[int, str] | None:
    """Return the SMTP reply that refuses a recipient. Return ``None`` if a rule matches it or it belongs to SES."""
    if unsubscribing.by_mail(region_state.simulation, address) is not None:
        return None
    if not _is_ours(region_state, address):
        return _UNKNOWN
    rules = [rule for rule in region_state.receipts.rules() if rule.matches(address)]
    if not rules:
        return _UNKNOWN
    return _NEEDS_TLS if not mail.tls and any(rule.tls_required for rule in rules) else None


def _is_ours(region_state: RegionState, address: str) -> bool:
    """Tell whether the address is in a verified domain. Always true if the fake accepts any sender."""
    if region_state.simulation.any_sender:
        return True
    return any(found.is_domain and found.verified for found in identities.find_covering(region_state, address))


# The actions of rules.


def _apply(reception: Reception, rule: Rule, concerned: tuple[str, ...]) -> Generator[IORequest, Any, bool]:
    """Run the actions of a rule. Return whether to skip all further rules."""
    for action in rule.actions:
        at = reception.region_state.simulation.clock.time()
        done = Done(Notice(reception, rule, action, at, concerned, tuple(reception.added)))
        reception.done.append(done)
        try:
            yield from _do(reception, done, action)
        except TooMuch as refusal:
            done.error = refusal
            sender = f"MAILER-DAEMON@{bounce_host(reception.region_state.region)}"
            done.system_mail = _bounce(
                done, BounceAction(code="552", status="5.3.4", message=str(refusal), sender=sender)
            )
        except Exception as error:  # noqa: BLE001 - a failure outside SES stops neither SES nor the other actions
            done.error = error
        if isinstance(action, StopAction) or _disposition(done) == "STOP_RULE_SET":
            return True
        if _disposition(done) == "STOP_RULE":
            return False
    return False


def _do(reception: Reception, done: Done, action: Action) -> Generator[IORequest, Any, None]:
    notice = done.notice
    if isinstance(action, Store):
        url = f"s3://{action.bucket}/{action.object_key(reception.id)}"
        yield IORequest("store", url, notice.data)
        done.url = url
    elif isinstance(action, Ask):
        done.answer = yield IORequest("ask", action.function, notice)
    elif isinstance(action, BounceAction):
        done.system_mail = _bounce(done, action)
    elif isinstance(action, AddHeader):
        reception.added.append((action.name, action.value))
    elif isinstance(action, PublishAction) and len(notice.data) > MOST_BYTES_PUBLISHED:
        raise TooMuch(f"Message is larger than {MOST_BYTES_PUBLISHED} bytes")
    elif isinstance(action, Connect) and len(parse(reception.mail.data).attachments) > MOST_ATTACHMENTS:
        raise TooMuch(f"Message has more than {MOST_ATTACHMENTS} attachments")
    if action.topic is not None:
        yield IORequest("publish", action.topic, notice)
        reception.notices.append(notice)


def _disposition(done: Done) -> object:
    """Return the disposition from a Lambda function, or ``None`` if SES does not wait for it."""
    action = done.notice.action
    is_heeded = isinstance(action, Ask) and action.waits and isinstance(done.answer, dict)
    return done.answer.get("disposition") if is_heeded else None


# Bounces.


def _bounce(done: Done, bounce: BounceAction) -> SystemMail | None:
    status = bounce.status or f"{bounce.code[0]}.0.0"
    diagnostic = f"smtp; {bounce.code} {status} {bounce.message}"
    failures = [
        FailedRecipient(recipient=each, status=status, diagnostic=diagnostic) for each in done.notice.recipients
    ]
    return answer(done.notice.reception, sender=bounce.sender, failures=failures, explanation=bounce.message)


def answer(
    reception: Reception,
    *,
    sender: str,
    failures: Sequence[FailedRecipient],
    explanation: str | None = None,
    reporting_mta: str | None = None,
    arrived: float | None = None,
    extensions: Sequence[tuple[str, str]] = (),
) -> SystemMail | None:
    """Send a bounce to the sender of a received mail. Return ``None`` if the mail has no envelope sender."""
    if not reception.mail.sender:
        return None
    region_state = reception.region_state
    return reports.post(
        region_state,
        sender=sender,
        to=reception.mail.sender,
        failures=failures,
        explanation=explanation,
        reporting_mta=reporting_mta or f"dns; {incoming_host(region_state.region)}",
        arrived=reception.at if arrived is None else arrived,
        extensions=extensions,
        original=reception.mail.data,
    )


def answerable(region_state: RegionState, name: str) -> Reception | None:
    """Return the received mail with this id, or ``None`` if it is unknown or too old for a bounce."""
    found = region_state.receipts.received.get(name)
    return None if found is None or region_state.simulation.clock.time() - found.at > ANSWERABLE else found


def was_for(reception: Reception, address: str) -> bool:
    """Tell whether an address is in the envelope of a received mail."""
    return parse_address(address).normal in {parse_address(recipient).normal for recipient in reception.mail.recipients}
