"""Bounce mails: they tell the sender of a mail why it was not delivered (RFC 3464)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_sesfake.ses import system_mail
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.mail.compose import mail_date
from pytest_sesfake.ses.messages import Message
from pytest_sesfake.ses.regions import OUTGOING_IP, message_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.system_mail import SystemMail

    Extensions = Sequence[tuple[str, str]]

SUBJECT = "Delivery Status Notification (Failure)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRecipient:
    """The result for one recipient, with the fields of RFC 3464. ``attempted`` is a time in seconds."""

    recipient: str
    action: str = "failed"
    status: str
    diagnostic: str | None = None
    remote_mta: str | None = None
    attempted: float | None = None
    extensions: Extensions = ()

    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield the fields of this recipient in the report."""
        yield "Action", self.action
        yield "Final-Recipient", f"rfc822; {self.recipient}"
        if self.remote_mta is not None:
            yield "Remote-MTA", self.remote_mta
        if self.diagnostic is not None:
            yield "Diagnostic-Code", self.diagnostic
        yield "Status", self.status
        if self.attempted is not None:
            yield "Last-Attempt-Date", mail_date(self.attempted)
        yield from self.extensions


class BounceReport(Message):
    """A bounce mail: an explanation for people, a report for programs, and the original mail."""

    __slots__ = ("_parts", "_seed")

    def __init__(self, region_state: RegionState, sender: str, to: str, parts: Sequence[bytes]) -> None:
        super().__init__(region_state, api="ses", operation=None, source=sender, recipients=(to,))
        self._parts = parts
        self._seed = f"report {region_state.simulation.draw()}"

    @property
    def submitted(self) -> bytes:
        """The MIME that SES writes."""
        return write(self, self._parts, seed=self._seed)

    @property
    def raw(self) -> bytes:
        """The MIME that the recipient received. Its return path is empty, so it cannot cause another bounce."""
        return b"Return-Path: <>\r\n" + self.submitted

    def size(self, limit: int) -> int:  # noqa: ARG002 - the size is always exact
        """Return the size of the mail in bytes."""
        return len(self.submitted)


def write(
    mail: Message, parts: Sequence[bytes], *, seed: str, subject: str = SUBJECT, kind: str = "delivery-status"
) -> bytes:
    """Return a multipart report as MIME. The boundary between the parts is derived from ``seed``."""
    at = round(mail.sent_time * 1000)
    digits = mail.region_state.simulation.ids.hex(f"boundary of {seed}", 14)
    boundary = f"----=_Part_{int(digits[:5], 16)}_{int(digits[5:], 16) >> 5}.{at}"
    head = lines(
        (
            ("From", mail.source),
            ("To", mail.recipients[0]),
            ("Subject", subject),
            ("Message-ID", f"<{mail.id}@{message_host(mail.region)}>"),
            ("MIME-Version", "1.0"),
            ("Content-Type", f'multipart/report; boundary="{boundary}"; report-type={kind}'),
            ("Date", mail_date(mail.sent_time)),
            ("X-SES-Outgoing", f"{moment(mail.sent_time):%Y.%m.%d}-{OUTGOING_IP}"),
        )
    )
    delimiter = f"--{boundary}".encode()
    body = b"".join(delimiter + b"\r\n" + piece + b"\r\n" for piece in parts)
    return head + b"\r\n" + body + delimiter + b"--\r\n"


def post(
    region_state: RegionState,
    *,
    sender: str,
    to: str,
    failures: Sequence[FailedRecipient],
    original: bytes,
    reporting_mta: str,
    explanation: str | None = None,
    arrived: float | None = None,
    extensions: Extensions = (),
) -> SystemMail:
    """Send a bounce mail to the sender of ``original``. Without ``explanation`` it has the default text of SES."""
    parts = write_parts(
        failures,
        original,
        reporting_mta=reporting_mta,
        explanation=explanation,
        arrived=arrived,
        extensions=extensions,
    )
    return system_mail.post(region_state, "bounce", BounceReport(region_state, sender, to, parts))


def write_parts(
    failures: Sequence[FailedRecipient],
    original: bytes,
    *,
    reporting_mta: str,
    explanation: str | None = None,
    arrived: float | None = None,
    extensions: Extensions = (),
) -> tuple[bytes, bytes, bytes]:
    """Return the three parts of a bounce mail: explanation, delivery status and original mail."""
    if explanation is None:
        concerned = "".join(f"\r\n{failure.recipient}" for failure in failures)
        explanation = f"An error occurred while trying to deliver the mail to the following recipients:{concerned}"
    about = [("Reporting-MTA", reporting_mta)]
    if arrived is not None:
        about.append(("Arrival-Date", mail_date(arrived)))
    blocks = [lines((*about, *extensions)), *(lines(failure.fields()) for failure in failures)]
    return (
        text_part(explanation),
        part("message/delivery-status", "Delivery Status Notification", b"\r\n".join(blocks)),
        part("message/rfc822", "Undelivered Message", original),
    )


def text_part(text: str) -> bytes:
    """Return the text part for people."""
    body = "\r\n".join(text.splitlines())
    if body.isascii():
        return part("text/plain; charset=us-ascii", "Notification", body.encode("ascii"))
    encoded = base64.encodebytes(body.encode("utf-8", "replace")).replace(b"\n", b"\r\n")
    return part("text/plain; charset=utf-8", "Notification", encoded, "base64")


def part(content_type: str, description: str, body: bytes, encoding: str | None = None) -> bytes:
    """Return a part with its header fields."""
    head = lines(
        (
            ("Content-Type", content_type),
            ("Content-Transfer-Encoding", encoding or ("7bit" if body.isascii() else "8bit")),
            ("Content-Description", description),
        )
    )
    return head + b"\r\n" + body


def lines(fields: Iterable[tuple[str, str]]) -> bytes:
    """Return header fields as lines. Line breaks inside a field become spaces: they would start another field."""
    return b"".join(
        f"{' '.join(name.split())}: {' '.join(value.splitlines())}\r\n".encode("utf-8", "replace")
        for name, value in fields
    )
