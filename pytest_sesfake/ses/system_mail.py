"""SystemMailLog: mail that SES itself writes, to people who own addresses and to those who send.

They are no messages of the application: nothing happens to them, and no limit counts them.
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
    """One mail of SES's own; ``kind`` says what it is for."""

    __slots__ = ("_message", "kind")

    def __init__(self, kind: Kind, message: Message) -> None:
        self._message = message
        self.kind: Kind = kind

    def __repr__(self) -> str:
        return f"<SystemMail {self.kind} {self.sent_at:%H:%M:%S} to={self.to} subject={self.subject!r}>"

    @property
    def id(self) -> str:
        """The id that SES gave it."""
        return self._message.id

    @property
    def region(self) -> str:
        """The region whose SES wrote it."""
        return self._message.region

    @property
    def sent_at(self) -> datetime:
        """When SES wrote it, an aware datetime in UTC."""
        return self._message.sent_at

    @property
    def sender(self) -> str:
        """The From header."""
        return self._message.sender

    @property
    def to(self) -> list[str]:
        """Who gets it."""
        return list(self._message.recipients)

    @property
    def subject(self) -> str | None:
        """The subject, decoded; ``None`` when there is none."""
        return self._message.subject

    @property
    def text(self) -> str | None:
        """The plain text, lines ended by a newline; ``None`` when there is none."""
        return self._message.text

    @property
    def html(self) -> str | None:
        """The html, lines ended by a newline; ``None`` when there is none."""
        return self._message.html

    @property
    def links(self) -> list[str]:
        """The links of html and text, in their order, without duplicates."""
        return self._message.links

    @property
    def headers(self) -> Headers:
        """The header fields, looked up without case; ``get_all`` gives every field of a name."""
        return self._message.headers

    @property
    def attachments(self) -> Attachments:
        """The attachments: a sequence, and looked up by file name."""
        return self._message.attachments

    @property
    def raw(self) -> bytes:
        """The mail as its recipient got it."""
        return self._message.raw

    @property
    def mime(self) -> EmailMessage:
        """The mail as the standard library's ``email.message.EmailMessage``."""
        return self._message.mime


def post(
    region_state: RegionState, kind: Kind, message: Message, *, at: float | None = None, what: str | None = None
) -> SystemMail:
    """Send a mail of SES; ``message`` is that mail, which nobody else sends.

    It is of this moment, or of an instant ``at`` which it was due; its id belongs to ``what`` it is, if that is told.
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
