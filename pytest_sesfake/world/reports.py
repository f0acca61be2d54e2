"""Bounce mails: they tell the sender of a mail that it was not delivered, and why (RFC 3464)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_sesfake.world import letters
from pytest_sesfake.world.clock import moment
from pytest_sesfake.world.compose import mail_date
from pytest_sesfake.world.messages import Message
from pytest_sesfake.world.regions import OUTGOING_IP, message_host

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_sesfake.world.cloud import World
    from pytest_sesfake.world.letters import Letter

    Extensions = Sequence[tuple[str, str]]

SUBJECT = "Delivery Status Notification (Failure)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What became of a mail for one recipient, in the words of RFC 3464; ``attempted`` is an instant."""

    recipient: str
    action: str = "failed"
    status: str
    diagnostic: str | None = None
    remote_mta: str | None = None
    attempted: float | None = None
    extensions: Extensions = ()

    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield the fields of its block in the report."""
        yield "Final-Recipient", f"rfc822; {self.recipient}"
        yield "Action", self.action
        yield "Status", self.status
        if self.remote_mta is not None:
            yield "Remote-MTA", self.remote_mta
        if self.diagnostic is not None:
            yield "Diagnostic-Code", self.diagnostic
        if self.attempted is not None:
            yield "Last-Attempt-Date", mail_date(self.attempted)
        yield from self.extensions


class Report(Message):
    """The mail itself: an explanation for people, a report for programs, and the mail that it is about."""

    __slots__ = ("_parts", "_seed")

    def __init__(self, world: World, sender: str, to: str, parts: Sequence[bytes]) -> None:
        super().__init__(world, api="ses", operation=None, source=sender, recipients=(to,))
        self._parts = parts
        self._seed = world.cloud.draw()

    @property
    def submitted(self) -> bytes:
        """The mail as SES writes it."""
        at = round(self.sent_time * 1000)
        digits = self.world.cloud.ids.hex(f"boundary of report {self._seed}", 14)
        boundary = f"----=_Part_{int(digits[:5], 16)}_{int(digits[5:], 16) >> 5}.{at}"
        head = _lines(
            (
                ("From", self.source),
                ("To", self.recipients[0]),
                ("Subject", SUBJECT),
                ("Message-ID", f"<{self.id}@{message_host(self.region)}>"),
                ("MIME-Version", "1.0"),
                ("Content-Type", f'multipart/report; boundary="{boundary}"; report-type=delivery-status'),
                ("Date", mail_date(self.sent_time)),
                ("X-SES-Outgoing", f"{moment(self.sent_time):%Y.%m.%d}-{OUTGOING_IP}"),
            )
        )
        delimiter = f"--{boundary}".encode()
        body = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in self._parts)
        return head + b"\r\n" + body + delimiter + b"--\r\n"

    @property
    def raw(self) -> bytes:
        """The mail as its recipient got it: nobody is told when it bounces in turn."""
        return b"Return-Path: <>\r\n" + self.submitted

    def size(self, limit: int) -> int:  # noqa: ARG002 - exact anyway
        """Return the bytes of the mail."""
        return len(self.submitted)


def post(  # noqa: PLR0913 - what there is to say of a mail that was not delivered
    world: World,
    *,
    sender: str,
    to: str,
    failures: Sequence[Failure],
    original: bytes,
    reporting_mta: str,
    explanation: str | None = None,
    arrived: float | None = None,
    extensions: Extensions = (),
) -> Letter:
    """Send a bounce mail to the sender of the ``original``; without an explanation SES has one of its own."""
    if explanation is None:
        concerned = "".join(f"\r\n{failure.recipient}" for failure in failures)
        explanation = f"An error occurred while trying to deliver the mail to the following recipients:{concerned}"
    about = [("Reporting-MTA", reporting_mta)]
    if arrived is not None:
        about.append(("Arrival-Date", mail_date(arrived)))
    blocks = [_lines((*about, *extensions)), *(_lines(failure.fields()) for failure in failures)]
    parts = (
        _text(explanation),
        _part("message/delivery-status", "Delivery Status Notification", b"\r\n".join(blocks)),
        _part("message/rfc822", "Undelivered Message", original),
    )
    return letters.post(world, "bounce", Report(world, sender, to, parts))


def _text(text: str) -> bytes:
    body = "\r\n".join(text.splitlines())
    if body.isascii():
        return _part("text/plain; charset=us-ascii", "Notification", body.encode("ascii"))
    encoded = base64.encodebytes(body.encode("utf-8", "replace")).replace(b"\n", b"\r\n")
    return _part("text/plain; charset=utf-8", "Notification", encoded, "base64")


def _part(content_type: str, description: str, body: bytes, encoding: str | None = None) -> bytes:
    head = _lines(
        (
            ("Content-Type", content_type),
            ("Content-Transfer-Encoding", encoding or ("7bit" if body.isascii() else "8bit")),
            ("Content-Description", description),
        )
    )
    return head + b"\r\n" + body


def _lines(fields: Iterable[tuple[str, str]]) -> bytes:
    """Return fields as lines of their own; a line break in one would begin another."""
    return b"".join(
        f"{' '.join(name.split())}: {' '.join(value.splitlines())}\r\n".encode("utf-8", "replace")
        for name, value in fields
    )
