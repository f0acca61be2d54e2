"""Events of messages: an `Event` says at what time a `Fact` happened, and to which recipients.

A fact is a frozen value without time and recipients, one class for each type of event of SES. Facts are shared, so an
ordinary delivery costs only one small `Event`.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.recipients import Addressed

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_sesfake.ses.event_forms import EventForms, Forge, Form, HttpRequest, SignatureVersion, Via
    from pytest_sesfake.ses.messages import Message

Reporter = Literal["remote", "mail", "relay", "ses", "reply"]
EventType = Literal[
    "Send",
    "Reject",
    "Bounce",
    "Complaint",
    "Delivery",
    "Open",
    "Click",
    "RenderingFailure",
    "DeliveryDelay",
    "Subscription",
]
State = Literal["Pending", "Delayed", "Delivered", "Bounced", "Suppressed", "Rejected", "Complained"]


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened, without the time and the recipients.

    * ``type`` is the event type of SES.
    * ``per`` says whether SES publishes one event for the message, for each domain or for each recipient.
    * ``state`` is the new status of the recipient, or ``None`` if the status does not change.
    """

    type: ClassVar[EventType]
    per: ClassVar[Literal["message", "domain", "recipient"]] = "recipient"
    state: ClassVar[State | None] = None

    @property
    def group_key(self) -> object:
        """The key that facts of one message share to become one event, or ``None`` if each is its own event."""
        return None

    @property
    def new_state(self) -> State | None:
        """The new status of the recipient, or ``None`` if the status does not change."""
        return self.state


@dataclass(frozen=True, slots=True)
class Sent(Fact):
    """SES accepted the message and will try to deliver it."""

    type = "Send"
    per = "message"


@dataclass(frozen=True, slots=True)
class Delivered(Fact):
    """The recipient's mail server accepted the mail. ``response`` is its SMTP reply."""

    type = "Delivery"
    per = "domain"
    state = "Delivered"

    response: str = "250 2.0.0 OK"


@dataclass(frozen=True, slots=True)
class Bounced(Fact):
    """The mail did not reach its recipient, or came back.

    ``reporter`` is who reported the bounce:

    * ``"remote"``: the recipient's server, in the SMTP dialogue.
    * ``"mail"``: the recipient's server, with a bounce mail after a delivery.
    * ``"relay"``: a server of SES that could not reach the recipient's server.
    * ``"ses"``: SES itself, which did not try to deliver.
    * ``"reply"``: the mailbox, with an automatic reply after a delivery.

    ``grouped`` merges the bounces of one message into one event. If they differ, ``each`` holds the status and the
    diagnostic text of every recipient.
    """

    type = "Bounce"

    kind: str = "Permanent"
    subtype: str = "General"
    status: str | None = "5.1.1"
    diagnostic: str | None = "smtp; 550 5.1.1 user unknown"
    reporter: Reporter = "remote"
    grouped: bool = False
    each: tuple[tuple[str | None, str | None], ...] = ()

    @property
    def group_key(self) -> object:
        """The key that facts of one message share to become one event, or ``None`` if each is its own event."""
        return (self.kind, self.subtype, self.reporter) if self.grouped else None

    @property
    def was_tried(self) -> bool:
        """Whether SES tried to deliver the mail."""
        return self.reporter != "ses"

    def status_and_diagnostic(self, place: int) -> tuple[str | None, str | None]:
        """Return the status and the diagnostic text of the recipient at index ``place`` of the event."""
        return self.each[place] if self.each else (self.status, self.diagnostic)

    @property
    def new_state(self) -> State | None:
        """The new status of the recipient, or ``None`` if the status does not change."""
        if self.reporter == "reply":
            return None
        return "Suppressed" if self.subtype in SUPPRESSED else "Bounced"


@dataclass(frozen=True, slots=True)
class Complained(Fact):
    """The recipient marked the mail as spam. With a ``subtype`` SES did not send it because of an earlier complaint.

    A ``redacted`` report hides the recipient. It then concerns all recipients at the same mailbox provider.
    """

    type = "Complaint"

    feedback: str | None = "abuse"
    user_agent: str | None = "ReturnPathFBL/1.0"
    subtype: str | None = None
    grouped: bool = False
    redacted: bool = False

    @property
    def group_key(self) -> object:
        """The key that facts of one message share to become one event, or ``None`` if each is its own event."""
        return (self.feedback, self.user_agent, self.subtype) if self.grouped else None

    @property
    def new_state(self) -> State | None:
        """The new status of the recipient, or ``None`` if the status does not change."""
        return "Complained" if self.subtype is None else "Suppressed"


@dataclass(frozen=True, slots=True)
class RejectedMessage(Fact):
    """SES accepted the message, but did not send it to any recipient. ``reason`` says why."""

    type = "Reject"
    per = "message"
    state = "Rejected"

    reason: str = "Bad content"


@dataclass(frozen=True, slots=True)
class Unrendered(Fact):
    """SES accepted the call, but could not render the template, so there is no mail. ``text`` says why.

    ``template`` is ``None`` if the call contained the template instead of its name.
    """

    type = "RenderingFailure"
    per = "message"

    text: str
    template: str | None


@dataclass(frozen=True, slots=True)
class Delayed(Fact):
    """SES could not deliver the mail yet and will try again. ``reason`` is the delay type of SES.

    SES gives up ``max_delivery_seconds`` after it accepted the message.
    """

    type = "DeliveryDelay"
    state = "Delayed"

    reason: str
    status: str | None
    diagnostic: str | None
    max_delivery_seconds: float


@dataclass(frozen=True, slots=True)
class Opened(Fact):
    """The recipient opened the mail, and the mail program loaded the tracking image of SES."""

    type = "Open"

    user_agent: str


@dataclass(frozen=True, slots=True)
class Clicked(Fact):
    """The recipient followed a link in the mail."""

    type = "Click"

    link: str
    user_agent: str


class Preferences(NamedTuple):
    """The preferences of a contact: for each topic, whether the contact wants it.

    ``topics`` are explicit preferences, ``defaults`` the values of the other topics. ``nothing`` is true if the contact
    wants no mail of the list at all.
    """

    nothing: bool
    topics: tuple[tuple[str, bool], ...] = ()
    defaults: tuple[tuple[str, bool], ...] = ()


EVERYTHING = Preferences(nothing=False)


@dataclass(frozen=True, slots=True)
class Resubscribed(Fact):
    """The recipient changed the subscription to a contact list: by the header of the mail, or on the page of SES.

    The recipient leaves one ``topic``, or (with ``None``) the whole list, or has ``chosen`` preferences on the page.
    ``contact_list``, ``before`` and ``after`` are filled in when the change is applied.
    """

    type = "Subscription"

    topic: str | None
    by_header: bool
    contact_list: str = ""
    before: Preferences = EVERYTHING
    after: Preferences = EVERYTHING
    chosen: Preferences | None = None


SUPPRESSED = frozenset(
    {
        "Suppressed",
        "OnAccountSuppressionList",
        "OnTenantSuppressionList",
        "UnsubscribedRecipient",
        "EmailValidationSuppressed",
    }
)
"""The subtypes of bounces for which SES did not try to deliver."""

SENT = Sent()
DELIVERED = Delivered()


_FOR_TESTS = {
    *("type", "message", "recipients", "timestamp", "detail", "payload", "feedback", "sns", "http_request"),
    *("sqs_message", "lambda_event", "eventbridge_event", "firehose_record"),
}


class Event(Addressed):
    """One thing that happened to one or several recipients of a message.

    ``number`` is its index in the log, ``at`` its time in epoch seconds. ``routes`` are the places to which it is
    published. They are fixed when it happens, so later changes of the configuration do not affect it.

    Every form works with and without a configured destination. Each call builds a new object, so a test may change it.
    The next call returns an equal, unchanged one.
    """

    __slots__ = ("at", "envelope", "fact", "message", "number", "routes")

    def __init__(self, message: Message, number: int, at: float, recipients: tuple[str, ...], fact: Fact) -> None:
        self.message = message
        self.number = number
        self.at = at
        self.envelope = recipients
        self.fact = fact
        self.routes: tuple[Any, ...] = ()

    def __repr__(self) -> str:
        return f"<{self.type} {', '.join(self.recipients)} {self.timestamp:%H:%M:%S} {self.message.id}>"

    @property
    def type(self) -> EventType:
        """The event type of SES: ``"Send"``, ``"Delivery"``, ``"Bounce"``, ``"RenderingFailure"``..."""
        return self.fact.type

    @property
    def timestamp(self) -> datetime:
        """The time of the event, an aware datetime in UTC."""
        return moment(self.at)

    @property
    def feedback_id(self) -> str:
        """The feedback id of a bounce or complaint. It looks like a message id."""
        return self.message.region_state.simulation.ids.message_id(self.message.region, self.at, f"event {self.number}")

    @property
    def _forms(self) -> EventForms:
        return self.message.region_state.simulation.collaborators.forms

    def __dir__(self) -> list[str]:
        """Return the attributes for tests. Completion leaves out those that only this package uses."""
        return [name for name in super().__dir__() if name.startswith("_") or name in _FOR_TESTS]

    @property
    def detail(self) -> dict[str, Any]:
        """The object of this event type in the keys of SES: ``bounce``, ``complaint``, ``delivery`` and so on."""
        return self._forms.detail(self)

    def payload(self) -> dict[str, Any]:
        """Return the event as a configuration set's event destinations get it."""
        return self._forms.payload(self)

    def feedback(self, *, headers: bool = False) -> dict[str, Any]:
        """Return the notification that an identity's topic gets.

        ``headers`` stands for the identity's setting that includes the original headers. Identities notify of Bounce,
        Complaint and Delivery only; any other event raises ValueError.
        """
        return self._forms.feedback(self, headers=headers)

    def sns(
        self,
        forge: Forge | None = None,
        *,
        form: Form = "events",
        topic: str | None = None,
        signature: SignatureVersion = 1,
    ) -> dict[str, str]:
        """Return the signed envelope in which SNS sends the event to the subscribers of a ``topic``.

        ``forge`` makes one part wrong, so that an application must refuse the envelope. ``"signature"``: the signature
        does not fit. ``"certificate"``: another signer made it, and its certificate is on a foreign host. ``"topic"``:
        the topic belongs to another account. ``"type"``: SNS has no such message type. ``"age"``: the envelope is a
        month old. All other parts stay correct.
        """
        return self._forms.sns_notification(self, form=form, topic_arn=topic, signature=signature, forge=forge)

    def http_request(
        self,
        forge: Forge | None = None,
        *,
        path: str = "/",
        form: Form = "events",
        topic: str | None = None,
        signature: SignatureVersion = 1,
    ) -> HttpRequest:
        """Return the HTTP request in which SNS sends the event to an application. ``forge`` works as in ``sns``."""
        return self._forms.http_request(self, path=path, form=form, topic_arn=topic, signature=signature, forge=forge)

    def sqs_message(self, *, form: Form = "events", topic: str | None = None) -> dict[str, str]:
        """Return the message of a queue subscribed to a ``topic``, as boto3's ``receive_message`` returns it."""
        return self._forms.sqs_message(self, form=form, topic_arn=topic)

    def lambda_event(self, via: Via = "sns", *, form: Form = "events", topic: str | None = None) -> dict[str, Any]:
        """Return the argument of a Lambda function that SNS, a queue or EventBridge calls with the event."""
        return self._forms.lambda_event(self, via, form=form, topic_arn=topic)

    def eventbridge_event(self) -> dict[str, Any]:
        """Return the event as EventBridge sends it to its targets."""
        return self._forms.eventbridge_event(self)

    def firehose_record(self) -> bytes:
        """Return the data of the event's record in a Firehose delivery stream: a line of JSON."""
        return self._forms.firehose_record(self)
