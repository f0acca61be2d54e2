"""Feedback by mail: SES mails bounces, complaints and automatic replies of mailboxes to the sender of a message.

SES does so if the identity of the sender forwards feedback (the default), or if no topic gets the event. A feedback
mail is noted when its event happens, and written when somebody reads it.

https://docs.aws.amazon.com/ses/latest/dg/monitor-sending-activity-using-notifications-email.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pytest_sesfake.ses import authorization, reports, system_mail
from pytest_sesfake.ses.events import Bounced, Complained
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.mail.compose import mail_date
from pytest_sesfake.ses.mail.encoded_words import encode
from pytest_sesfake.ses.messages import Message
from pytest_sesfake.ses.regions import OUTGOING_IP, bounce_host, message_host, outgoing_host

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.simulation import RegionState

    Kind = Literal["bounce", "complaint", "reply"]


def note(region_state: RegionState, event: Event) -> None:
    """Mail a bounce, complaint or automatic reply to the sender, if the sender's identity forwards feedback."""
    kind = _kind(event)
    if kind is None:
        return
    message = event.message
    identity = authorization.find_identity(message)
    if identity is None or identity.forwards(event.type):
        what = f"system mail of event {event.number}"
        system_mail.post(region_state, kind, Feedback(region_state, event, kind), at=event.at, what=what)


def _kind(event: Event) -> Kind | None:
    fact = event.fact
    if isinstance(fact, Bounced):
        return "reply" if fact.reporter == "reply" else "bounce"
    # AWS does not document whether SES mails a complaint with a subtype (mail that it did not send). Here it does not.
    return "complaint" if isinstance(fact, Complained) and fact.subtype is None else None


def reporting_mta(event: Event) -> str:
    """Return the Reporting-MTA field (RFC 3464) of a bounce: the recipient's server, SES, or a server of SES."""
    reporter = event.fact.reporter if isinstance(event.fact, Bounced) else "remote"
    if reporter == "mail":
        return f"dns; mail.{parse_address(event.recipients[0]).domain}"
    return "dns; amazonses.com" if reporter == "ses" else f"dns; {outgoing_host(event.message.region)}"


def _sender(event: Event, kind: Kind) -> str:
    region = event.message.region
    if kind == "reply":
        return parse_address(event.recipients[0]).bare
    if kind == "complaint":
        return f"complaints@{'' if region == 'us-east-1' else f'{region}.'}email-abuse.amazonses.com"
    # After a delivery the bounce mail comes from the recipient's server. SES only passes it on.
    is_handed_on = isinstance(event.fact, Bounced) and event.fact.reporter == "mail"
    return f"MAILER-DAEMON@{parse_address(event.recipients[0]).domain if is_handed_on else bounce_host(region)}"


class Feedback(Message):
    """A feedback mail. Its MIME is written when somebody reads it."""

    __slots__ = ("_event", "_kind")

    def __init__(self, region_state: RegionState, event: Event, kind: Kind) -> None:
        about = event.message
        to = parse_address(about.return_path or about.source).bare
        sender = _sender(event, kind)
        super().__init__(region_state, api="ses", operation=None, source=sender, recipients=(to,))
        self._event = event
        self._kind = kind

    @property
    def submitted(self) -> bytes:
        """The mail as SES writes it or passes it on."""
        event = self._event
        about = f"feedback of event {event.number}"
        if self._kind == "reply":
            return _reply(self, event)
        if self._kind == "complaint":
            subject = encode(f"Fw: {event.message.subject or ''}".strip())
            return reports.write(self, _complaint(event), seed=about, subject=subject, kind="feedback-report")
        return reports.write(self, _bounce(event), seed=about)

    @property
    def raw(self) -> bytes:
        """The mail as its recipient got it. Its return path is empty, so it cannot cause another bounce."""
        return b"Return-Path: <>\r\n" + self.submitted

    def size(self, limit: int) -> int:  # noqa: ARG002 - the size is always exact
        """Return the size of the mail in bytes."""
        return len(self.submitted)


def _bounce(event: Event) -> Sequence[bytes]:
    fact = event.fact
    failures = []
    if isinstance(fact, Bounced):
        for place, recipient in enumerate(event.recipients):
            status, diagnostic = fact.status_and_diagnostic(place)
            failures.append(
                reports.FailedRecipient(
                    recipient=parse_address(recipient).bare, status=status or "5.0.0", diagnostic=diagnostic
                )
            )
    return reports.write_parts(failures, event.message.raw, reporting_mta=reporting_mta(event))


def _complaint(event: Event) -> Sequence[bytes]:
    fact, message = event.fact, event.message
    fields = [("Feedback-Type", "abuse"), ("User-Agent", "ReturnPathFBL/1.0"), ("Version", "1")]
    if isinstance(fact, Complained):
        fields[:2] = [("Feedback-Type", fact.feedback or "other"), ("User-Agent", fact.user_agent or "unknown")]
    fields.append(("Original-Mail-From", f"<{message.id}@{message.mail_from or bounce_host(message.region)}>"))
    if not (isinstance(fact, Complained) and fact.redacted):
        fields += [("Original-Rcpt-To", parse_address(recipient).bare) for recipient in event.recipients]
    fields += [
        ("Received-Date", mail_date(message.sent_time)),
        ("Reported-Domain", parse_address(message.source).domain),
        ("Source-IP", OUTGOING_IP),
    ]
    text = f"This is an email abuse report for an email message from amazonses.com on {mail_date(message.sent_time)}"
    return (
        reports.text_part(text),
        reports.part("message/feedback-report", "Feedback Report", reports.lines(fields)),
        reports.part("message/rfc822", "Original Message", message.raw),
    )


def _reply(mail: Message, event: Event) -> bytes:
    message = event.message
    fields = (
        ("From", mail.source),
        ("To", mail.recipients[0]),
        ("Subject", encode(f"Automatic reply: {message.subject or ''}".strip())),
        ("Message-ID", f"<{mail.id}@{parse_address(mail.source).domain}>"),
        ("In-Reply-To", f"<{message.id}@{message_host(message.region)}>"),
        ("Auto-Submitted", "auto-replied"),
        ("Date", mail_date(mail.sent_time)),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=us-ascii"),
    )
    return reports.lines(fields) + b"\r\nI am out of the office, and will read your mail when I am back.\r\n"
