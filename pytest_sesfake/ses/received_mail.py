"""Incoming mail: what the sending server submits, and the header fields that SES adds before it passes the mail on."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.mail.addresses import parse_address, split
from pytest_sesfake.ses.mail.encoded_words import encode
from pytest_sesfake.ses.mail.mime import head_end, header_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_sesfake.ses.simulation import RegionState

MailVerdict = Literal["PASS", "FAIL", "GRAY", "PROCESSING_FAILED"]
VERDICTS: tuple[MailVerdict, ...] = get_args(MailVerdict)
"""The results of a check: passed, failed, no result, or SES could not run the check."""
DmarcPolicy = Literal["none", "quarantine", "reject"]
POLICIES: tuple[DmarcPolicy, ...] = get_args(DmarcPolicy)
"""The DMARC policies of a domain: what receivers should do with mail that fails DMARC."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The results of the checks of a mail. ``policy`` matters only if DMARC fails."""

    spam: str = "PASS"
    virus: str = "PASS"
    spf: str = "PASS"
    dkim: str = "PASS"
    dmarc: str = "PASS"
    policy: str = "none"

    def seen(self, *, scanned: bool) -> dict[str, str]:
        """Return the verdicts by name. Spam and virus are DISABLED unless the rule has mail ``scanned``."""
        return {
            "spam": self.spam if scanned else "DISABLED",
            "virus": self.virus if scanned else "DISABLED",
            "spf": self.spf,
            "dkim": self.dkim,
            "dmarc": self.dmarc,
        }


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail as another server submits it: its bytes, its envelope and the connection.

    ``sender`` is empty for a bounce, which has the null return path.
    """

    data: bytes
    sender: str
    recipients: tuple[str, ...]
    ip: str
    helo: str
    tls: bool
    verdicts: Verdicts


def message_id(region_state: RegionState) -> str:
    """Return a new id for a received mail, in the format of SES."""
    digits = region_state.simulation.ids.hex(f"received mail {region_state.simulation.draw()}", 48)
    return base64.b32hexencode(bytes.fromhex(digits) + b"\x01").decode("ascii").lower()


def incoming_host(region: str) -> str:
    """Return the name of the host that receives mail for the region."""
    return f"inbound-smtp.{region}.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What SES knows about an accepted mail: region, id, time and recipients."""

    region_state: RegionState
    id: str
    at: float
    recipients: tuple[str, ...]


def add_fields(mail: Incoming, stamp: Stamp, *, scanned: bool, added: Sequence[tuple[str, str]] = ()) -> bytes:
    """Return the mail as SES passes it on.

    The header fields of SES come first, and fields that rules ``added`` come last. SES also signs the mail; this
    package does not imitate the signature.
    """
    end, _ = head_end(mail.data)
    head = mail.data[:end]
    if head and not head.endswith(b"\n"):
        head += b"\r\n"
    top = "".join(f"{name}: {value}\r\n" for name, value in _own_fields(mail, stamp, scanned=scanned))
    bottom = "".join(f"{name}: {encode(value)}\r\n" for name, value in added)
    return b"".join((_encode(top), head, _encode(bottom), mail.data[end:] or b"\r\n"))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _own_fields(mail: Incoming, stamp: Stamp, *, scanned: bool) -> Iterator[tuple[str, str]]:
    from email.utils import format_datetime

    # All captured mails have one recipient. That SES hides several recipients from each other is a guess.
    reader = f"\r\n for {stamp.recipients[0]}" if len(stamp.recipients) == 1 else ""
    verdicts = mail.verdicts.seen(scanned=scanned)
    spf = _spf(mail)
    yield "Return-Path", f"<{mail.sender}>"
    path = f"from {mail.helo} ({mail.helo} [{mail.ip}])\r\n by {incoming_host(stamp.region_state.region)}"
    yield "Received", f"{path} with SMTP id {stamp.id}{reader};\r\n {format_datetime(moment(stamp.at))} (UTC)"
    yield "X-SES-Spam-Verdict", verdicts["spam"]
    yield "X-SES-Virus-Verdict", verdicts["virus"]
    yield "Received-SPF", spf
    yield "Authentication-Results", "\r\n ".join(("amazonses.com;", f"spf={spf}", *_authentication(mail)))
    token = stamp.region_state.simulation.ids.hex(f"receipt token {stamp.id}", 128)
    yield "X-SES-RECEIPT", base64.b64encode(b"\0AAAAAAAA" + bytes.fromhex(token)).decode("ascii")


# The spelling of GRAY and PROCESSING_FAILED results is known only for SPF; the others are a guess.
_SPF = {
    "PASS": "pass (spfCheck: domain of {domain} designates {ip} as permitted sender)",
    "FAIL": "fail (spfCheck: domain of {domain} does not designate {ip} as permitted sender)",
    "GRAY": "none (spfCheck: {ip} is neither permitted nor denied by domain of {domain})",
    "PROCESSING_FAILED": "temperror (spfCheck: error in processing during lookup of {domain})",
}
_RESULTS = {"PASS": "pass", "FAIL": "fail", "GRAY": "none", "PROCESSING_FAILED": "temperror"}


def _spf(mail: Incoming) -> str:
    domain = parse_address(mail.sender).domain or mail.helo
    found = _SPF[mail.verdicts.spf].format(domain=domain, ip=mail.ip)
    return f"{found} client-ip={mail.ip}; envelope-from={mail.sender}; helo={mail.helo};"


def _authentication(mail: Incoming) -> Iterator[str]:
    author = next(
        (
            parse_address(each).domain
            for name, value in header_lines(mail.data)
            if name.lower() == "from"
            for each in split(value)
        ),
        "",
    )
    if mail.verdicts.dkim != "GRAY":  # SES does not mention DKIM for an unsigned mail
        yield f"dkim={_RESULTS[mail.verdicts.dkim]} header.i=@{author};"
    yield f"dmarc={_RESULTS[mail.verdicts.dmarc]} header.from={author};"
