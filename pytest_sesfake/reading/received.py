"""Incoming mail as tests read it: the SMTP reply, and what each receipt rule did with the mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery import receipts
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.mail.views import parse

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_sesfake.ses.mail.views import View
    from pytest_sesfake.ses.receiving import Done, Notice, Reception
    from pytest_sesfake.ses.system_mail import SystemMail


class ReceiptNotification:
    """A notification that SES published to a topic about an incoming mail."""

    __slots__ = ("_notice",)

    type = "Received"

    def __init__(self, notice: Notice) -> None:
        self._notice = notice

    def __repr__(self) -> str:
        return f"<ReceiptNotification {self._notice.action.type} to {self.topic}>"

    @property
    def topic(self) -> str:
        """The ARN of the topic."""
        return self._notice.action.topic or ""

    @property
    def body(self) -> dict[str, Any]:
        """The notification with the keys of SES."""
        return receipts.payload(self._notice)

    @property
    def text(self) -> str:
        """The notification as the JSON text that SES publishes."""
        return receipts.payload_text(self._notice)

    def sns(self, *, signature: int = 1) -> dict[str, str]:
        """Return the signed envelope in which SNS delivers it to subscribers. ``signature`` is its version, 1 or 2."""
        return receipts.sns_notification(self._notice, self.topic, signature=signature)


class ActionTaken:
    """An action of a receipt rule on incoming mail: S3, SNS, Bounce, Lambda, Stop, AddHeader, WorkMail or Connect."""

    __slots__ = ("_done",)

    def __init__(self, done: Done) -> None:
        self._done = done

    def __repr__(self) -> str:
        failed = f" failed: {self.error}" if self.error is not None else ""
        return f"<ActionTaken {self.type} of rule {self.rule!r}{failed}>"

    @property
    def type(self) -> str:
        """The type of the action, as notifications spell it."""
        return self._done.notice.action.type

    @property
    def rule(self) -> str:
        """The name of the rule."""
        return self._done.notice.rule.name

    @property
    def recipients(self) -> list[str]:
        """The recipients that the rule applies to."""
        return list(self._done.notice.recipients)

    @property
    def raw(self) -> bytes:
        """The mail as SES passed it to the action."""
        return self._done.notice.data

    @property
    def url(self) -> str | None:
        """The URL of the mail in S3, ``s3://bucket/key``; ``None`` if it was not stored."""
        return self._done.url

    @property
    def event(self) -> dict[str, Any]:
        """The event that a Lambda function gets."""
        return receipts.lambda_event(self._done.notice)

    @property
    def answer(self) -> Any:
        """The value that the Lambda function returned."""
        return self._done.answer

    @property
    def system_mail(self) -> SystemMail | None:
        """The bounce that the action sent; ``None`` if it sent none."""
        return self._done.system_mail

    @property
    def error(self) -> Exception | None:
        """The error of the action; ``None`` if it succeeded."""
        return self._done.error


class Received:
    """An incoming mail: what SES replied to the other server, and what the receipt rules did with the mail."""

    __slots__ = ("_reception", "_view")

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._view: View | None = None

    def __repr__(self) -> str:
        done = ", ".join(action.type for action in self.actions) or "nothing"
        what = f"{self.message_id}: {done}" if self.accepted else "refused"
        return f"<Received {self.reply} {what}>"

    @property
    def accepted(self) -> bool:
        """Whether SES accepted the mail."""
        return self._reception.accepted

    @property
    def reply(self) -> int:
        """The code of the SMTP reply: 250, or 550 if no rule of the active rule set applies to any recipient."""
        return self._reception.reply

    @property
    def reply_text(self) -> str:
        """The text of the SMTP reply."""
        return self._reception.text

    @property
    def message_id(self) -> str | None:
        """The id that SES gave the mail (``mail.messageId``); ``None`` if SES refused it."""
        return self._reception.id or None

    @property
    def received_at(self) -> datetime:
        """When the mail came in, an aware datetime in UTC."""
        return moment(self._reception.at)

    @property
    def region(self) -> str:
        """The region that received the mail."""
        return self._reception.region_state.region

    @property
    def source(self) -> str:
        """The sender of the envelope; an empty string for a bounce."""
        return self._reception.mail.sender

    @property
    def recipients(self) -> list[str]:
        """The recipients of the envelope that SES accepted."""
        return list(self._reception.recipients)

    @property
    def refused(self) -> list[str]:
        """The recipients of the envelope that SES refused."""
        return [address for address in self._reception.mail.recipients if address not in self._reception.recipients]

    @property
    def actions(self) -> list[ActionTaken]:
        """The actions of the rules on the mail, in order."""
        return [ActionTaken(done) for done in self._reception.done]

    @property
    def notifications(self) -> list[ReceiptNotification]:
        """The notifications that SES published about the mail, in order."""
        return [ReceiptNotification(notice) for notice in self._reception.notices]

    @property
    def objects(self) -> dict[str, bytes]:
        """The mail as it was stored in S3, by URL."""
        return {action.url: action.raw for action in self.actions if action.url is not None}

    @property
    def system_mail(self) -> list[SystemMail]:
        """The bounces that the rules sent to its sender."""
        return [action.system_mail for action in self.actions if action.system_mail is not None]

    @property
    def raw(self) -> bytes:
        """The mail with the header fields that SES and the rules added; unchanged if SES refused it."""
        reception = self._reception
        if not reception.accepted:
            return reception.mail.data
        scanned = any(done.notice.rule.scans for done in reception.done)
        return reception.data(scanned=scanned, added=reception.added)

    @property
    def view(self) -> View:
        """The parsed mail: ``headers``, ``subject``, ``text``, ``html``, ``attachments``, ``links``, ``mime``."""
        if self._view is None:
            self._view = parse(self.raw)
        return self._view
