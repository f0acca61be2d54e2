"""Incoming mail: makes a mail from the arguments of ``receive()``, and passes it to SES as another server would."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypedDict

from pytest_sesfake.delivery import io_requests
from pytest_sesfake.reading.received import Received
from pytest_sesfake.ses import receiving
from pytest_sesfake.ses.mail.addresses import addresses_of, parse_address, split
from pytest_sesfake.ses.mail.compose import Attached, Parts, mail_date
from pytest_sesfake.ses.mail.mime import header_lines
from pytest_sesfake.ses.messages import PartedMessage
from pytest_sesfake.ses.received_mail import POLICIES, VERDICTS, Incoming, Verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from email.message import Message

    from typing_extensions import Unpack

    from pytest_sesfake.fake.backend import Backend
    from pytest_sesfake.ses.received_mail import DmarcPolicy, MailVerdict
    from pytest_sesfake.ses.simulation import RegionState, Simulation

    Raw = bytes | str | Message

SENDER = "sender@example.net"
"""The sender of an incoming mail if neither the test nor the mail names one."""
ADDRESS = "192.0.2.1"
"""The IP address of the sending server if the test does not give one."""

_TEXTS = ("subject", "text", "html")
_DOMAIN = re.compile(r"[a-z0-9.-]+")
_LINE_END = re.compile(rb"\r\n|\n|\r")


class Fields(TypedDict, total=False):
    """The keyword arguments of ``receive()``."""

    to: str | Iterable[str]
    sender: str
    subject: str
    text: str
    html: str
    attachments: Mapping[str, bytes | str]
    spam: bool | MailVerdict
    virus: bool | MailVerdict
    spf: MailVerdict
    dkim: MailVerdict
    dmarc: MailVerdict
    dmarc_policy: DmarcPolicy
    tls: bool
    ip: str
    helo: str
    region: str
    check: bool


class Inbound:
    """Receives mail for the domains of the account, as another mail server would deliver it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def receive(self, raw: Raw | None = None, /, **fields: Unpack[Fields]) -> Received:
        """Receive a mail through the IP filters and the active receipt rule set, and return what SES did.

        The mail is either ``raw``, as MIME (bytes, str or email.message.Message), or ``subject``, ``text``, ``html``
        and ``attachments``, a mapping of file names to contents. ``to`` and ``sender`` are the envelope; by default SES
        gets the addresses in the header of the mail. ``sender=""`` is the null return path of a bounce.

        ``spam`` and ``virus`` are True if the scan finds something. ``spf``, ``dkim`` and ``dmarc`` are the results of
        the other checks: ``"PASS"``, ``"FAIL"``, ``"GRAY"`` or ``"PROCESSING_FAILED"``; ``spam`` and ``virus`` take
        these too. ``dmarc_policy`` is the policy of the sender's domain: ``"none"``, ``"quarantine"`` or ``"reject"``.
        ``tls``, ``ip`` and ``helo`` describe the connection of the sending server. ``region`` receives the mail.

        If an action fails, for example because a Lambda function raises, the other actions still run. Then ``receive``
        raises the first error. With ``check=False`` it raises nothing, and each action has its ``error``.
        """
        try:
            return receive(self._backend.simulation, raw, **fields)
        finally:
            self._backend.after()

    def lambda_function(self, arn: str, handler: Callable[[Any, Any], Any]) -> None:
        """Call ``handler(event, context)`` when a receipt rule invokes the Lambda function with this ARN or name."""
        simulation = self._backend.simulation
        with simulation.lock:
            simulation.functions[arn] = handler


def receive(
    simulation: Simulation,
    raw: Raw | None,
    /,
    *,
    to: str | Iterable[str] | None = None,
    sender: str | None = None,
    spam: bool | str = False,
    virus: bool | str = False,
    spf: str = "PASS",
    dkim: str = "PASS",
    dmarc: str = "PASS",
    dmarc_policy: str = "none",
    tls: bool = True,
    ip: str = ADDRESS,
    helo: str | None = None,
    region: str | None = None,
    check: bool = True,
    **parts: Any,
) -> Received:
    """Receive a mail and run the actions of the receipt rules, see ``Inbound.receive``."""
    _check_parts(parts)
    if raw is not None and parts:
        raise TypeError(f"receive() takes either a mail as MIME or {', '.join(parts)}, not both")
    verdicts = Verdicts(
        _check_scan_verdict("spam", spam),
        _check_scan_verdict("virus", virus),
        _check_verdict("spf", spf),
        _check_verdict("dkim", dkim),
        _check_verdict("dmarc", dmarc),
        _check_verdict("dmarc_policy", dmarc_policy, POLICIES),
    )
    given = () if to is None else (to,) if isinstance(to, str) else tuple(to)
    with simulation.lock:
        region_state = simulation.at(simulation.account_id, region or simulation.region)
        data = _compose(region_state, given, sender, **parts) if raw is None else _normalize_line_ends(_to_bytes(raw))
    recipients = given or tuple(_find_addresses(data, "to", "cc", "bcc"))
    if not recipients:
        raise TypeError("receive() needs recipients. Give to=..., or a mail with a To field")
    if sender is None:
        sender = next(iter(_find_addresses(data, "from")), SENDER)
    mail = Incoming(
        data,
        parse_address(sender).bare,
        addresses_of([parse_address(address).bare for address in recipients]),
        str(ip_address(ip)),
        helo or f"mail.{_find_host(sender) or parse_address(SENDER).domain}",
        tls,
        verdicts,
    )
    received = Received(io_requests.drive(simulation, receiving.run(region_state, mail)))
    errors = [
        error for action in received.actions if (error := action.error) is not None and action.system_mail is None
    ]
    if check and errors:
        raise errors[0]
    return received


def _check_parts(parts: Mapping[str, Any]) -> None:
    for name, value in parts.items():
        if name == "attachments":
            if not (value is None or (isinstance(value, Mapping) and all(map(_is_file, value.items())))):
                raise TypeError(f"receive() takes attachments as a dict of file names to bytes or text, not {value!r}")
        elif name not in _TEXTS:
            raise TypeError(f"receive() got an unexpected keyword argument {name!r}")
        elif not (value is None or isinstance(value, str)):
            raise TypeError(f"receive() takes {name} as a str, not {value!r}")


def _is_file(item: tuple[object, object]) -> bool:
    name, content = item
    return isinstance(name, str) and isinstance(content, (str, bytes, bytearray))


def _check_scan_verdict(name: str, value: bool | str) -> str:  # noqa: FBT001 - a verdict is a bool or a text
    return ("FAIL" if value else "PASS") if isinstance(value, bool) else _check_verdict(name, value)


def _check_verdict(name: str, value: str, known: tuple[str, ...] = VERDICTS) -> str:
    if value not in known:
        raise ValueError(f"receive({name}=...) takes one of {', '.join(map(repr, known))}, not {value!r}")
    return value


def _find_host(address: str) -> str:
    """Return the domain of an address, or an empty text if no host can have this name."""
    domain = parse_address(address).domain if "@" in address else ""
    return domain if _DOMAIN.fullmatch(domain) else ""


# The mail.


def _to_bytes(raw: Raw) -> bytes:
    if isinstance(raw, str):
        return raw.encode("utf-8", "surrogateescape")
    if isinstance(raw, (bytes, bytearray, memoryview)):
        return bytes(raw)
    if not hasattr(raw, "as_bytes"):
        raise TypeError(f"receive() takes a mail as bytes, str or an email.message.Message, not {raw!r}")
    return raw.as_bytes()


def _normalize_line_ends(data: bytes) -> bytes:
    """Return a mail as a server submits it: every line ends with CR and LF."""
    return _LINE_END.sub(b"\r\n", data)


def _find_addresses(data: bytes, *names: str) -> list[str]:
    values = [value for name in names for spelt, value in header_lines(data) if spelt.lower() == name]
    return [address for value in values for address in split(value)]


def _compose(
    region_state: RegionState,
    to: tuple[str, ...],
    sender: str | None,
    *,
    subject: str | None = "A message",
    text: str | None = None,
    html: str | None = None,
    attachments: Mapping[str, bytes | str] | None = None,
) -> bytes:
    """Return the MIME of a mail, as a mail program writes it."""
    if text is None and html is None:
        text = "A text."
    files = tuple(
        Attached(content.encode() if isinstance(content, str) else content, name)
        for name, content in (attachments or {}).items()
    )
    author = sender or (SENDER if sender is None else f"MAILER-DAEMON@{parse_address(SENDER).domain}")
    parts = Parts(subject, text, html, to, attachments=files)
    message = PartedMessage(region_state, parts, api="smtp", operation=None, source=author, recipients=to)
    message.sent_time = region_state.simulation.clock.time()
    message.id = region_state.simulation.ids.uuid(f"mail that comes in {region_state.simulation.draw()}")
    head = f"Date: {mail_date(message.sent_time)}\r\nMessage-ID: <{message.id}@{parse_address(author).domain}>\r\n"
    return head.encode("utf-8", "replace") + message.submitted
