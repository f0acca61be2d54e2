"""System mail: mail that SES itself writes, to owners of addresses (verification) and to senders (such as bounces).

It is separate from the messages of the application: it has no events, and no limit counts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import EmailMessage

    from pytest_sesfake.ses.mail.views import Attachments, Headers
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import RegionState

    Kind = Literal["verification", "bounce", "complaint", "reply"]


class SystemMail:
    """One mail that SES wrote. ``kind`` says for which purpose."""

    __slots__ = ("_message", "kind")

    def __init__(self, kind: Kind, message: Message) -> None:
        self._message = message
        self.kind: Kind = kind

    def __repr__(self) -> str:
        return f"<SystemMail {self.kind} {self.sent_at:%H:%M:%S} to={self.to} subject={self.subject!r}>"

    @property
    def id(self) -> str:
        """The message id."""
        return self._message.id

    @property
    def region(self) -> str:
        """The region in which SES wrote the mail."""
        return self._message.region

    @property
    def sent_at(self) -> datetime:
        """The time at which SES wrote the mail, as an aware datetime in UTC."""
        return self._message.sent_at

    @property
    def sender(self) -> str:
        """The From header."""
        return self._message.sender

    @property
    def to(self) -> list[str]:
        """The recipients."""
        return list(self._message.recipients)

    @property
    def subject(self) -> str | None:
        """The decoded subject, or ``None``."""
        return self._message.subject

    @property
    def text(self) -> str | None:
        """The plain text, or ``None``. Its line breaks are single newline characters."""
        return self._message.text

    @property
    def html(self) -> str | None:
        """The html, or ``None``. Its line breaks are single newline characters."""
        return self._message.html

    @property
    def links(self) -> list[str]:
        """The links of html and text, in order, without duplicates."""
        return self._message.links

    @property
    def headers(self) -> Headers:
        """The header fields. Lookups ignore case; ``get_all`` returns every field of a name."""
        return self._message.headers

    @property
    def attachments(self) -> Attachments:
        """The attachments: a sequence that can also be indexed by file name."""
        return self._message.attachments

    @property
    def raw(self) -> bytes:
        """The MIME that the recipient received."""
        return self._message.raw

    @property
    def mime(self) -> EmailMessage:
        """The mail as the standard library's ``email.message.EmailMessage``."""
        return self._message.mime


def post(
    region_state: RegionState, kind: Kind, message: Message, *, at: float | None = None, what: str | None = None
) -> SystemMail:
    """Log a mail that SES sends. ``message`` is a message that was built only for this and is sent nowhere else.

    ``at`` is the time in seconds of the simulated clock, now by default. ``what`` (if given) is the seed of the id;
    otherwise the id comes from a running number.
    """
    simulation = region_state.simulation
    message.sent_time = simulation.clock.time() if at is None else at
    message.id = simulation.ids.message_id(
        region_state.region, message.sent_time, what or f"system mail {simulation.draw()}"
    )
    mail = SystemMail(kind, message)
    with simulation.changed:
        simulation.system_mail.append(mail)
        simulation.changed.notify_all()
    return mail
