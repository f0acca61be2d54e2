"""Notifications: what was published to a topic, stream, bus or metric, and how the targets responded."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pytest_sesfake.delivery import envelopes, receipts, sns
from pytest_sesfake.delivery.bodies import json_text
from pytest_sesfake.delivery.metrics import metric
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.events import EventType

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pytest_sesfake.delivery.routes import Route
    from pytest_sesfake.delivery.sns import Handshake
    from pytest_sesfake.ses.announcements import Announcement
    from pytest_sesfake.ses.event_destinations import Kind
    from pytest_sesfake.ses.event_forms import Forge, HttpRequest, SignatureVersion
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.simulation import RegionState

NotificationType = EventType | Literal["Received", "SetUp"]
"""The types by which a test can find a notification."""
RECEIVED = "Received"
"""The type of a notification about incoming mail."""
SET_UP = "SetUp"
"""The type of the notification that a topic gets when SES was set up to publish to it."""

TEST = "Test"
"""The type of a notification that a test published itself."""

_VALIDATED = "Successfully validated SNS topic for Amazon SES event publishing."
_SUBSCRIBED = (
    "You have successfully subscribed your Amazon SNS topic '{topic}' to receive '{kind}' notifications "
    "from Amazon SES for {what}."
)


@dataclass(frozen=True, slots=True)
class TargetResponse:
    """The response of one target to one notification.

    ``status``, ``headers`` and ``body`` come from the HTTP response; ``status`` is ``None`` without one. ``result`` is
    the return value of a function. ``error`` is the exception that the target raised instead. ``where`` says in words
    which request went to which target.
    """

    notification: Notification
    target: Any
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    result: Any = None
    error: Exception | None = None
    where: str = field(default="", repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether the target accepted the notification: no exception, and a 2xx status if there is a status.

        A Lambda function behind a queue lists the messages that it did not accept in ``batchItemFailures``.
        """
        is_fine = self.status is None or 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110
        return self.error is None and is_fine and not self.unprocessed

    @property
    def unprocessed(self) -> bool:
        """Whether a Lambda function left the message in the queue (``batchItemFailures``)."""
        return isinstance(self.result, dict) and bool(self.result.get("batchItemFailures"))


_FOR_TESTS = {
    *("topic", "type", "kind", "event", "recipients", "timestamp", "subject", "text", "body", "envelope"),
    *("responses", "targets", "http_request"),
}


class Notification:
    """One notification that was published to one destination. Its contents are built when a test reads them.

    ``kind`` is the kind of the destination and ``topic`` its ARN (for CloudWatch: the namespace). ``event`` is the
    reported event, or ``None`` if it reports no event. ``responses`` gets one entry for each delivery attempt.
    """

    __slots__ = ("at", "event", "kind", "region_state", "responses", "topic", "type")

    def __init__(
        self,
        region_state: RegionState,
        topic: str,
        type_: str,
        at: float,
        *,
        kind: Kind = "sns",
        event: Event | None = None,
    ) -> None:
        self.region_state = region_state
        self.kind = kind
        self.topic = topic
        self.type = type_
        self.at = at
        self.event = event
        self.responses: list[TargetResponse] = []

    def __dir__(self) -> list[str]:
        """Return the attributes for tests. Completion leaves out those that only this package uses."""
        return [name for name in super().__dir__() if name.startswith("_") or name in _FOR_TESTS]

    def __repr__(self) -> str:
        recipients = f" {', '.join(self.recipients)}" if self.recipients else ""
        return f"<Notification {self.type}{recipients} to {self.topic}>"

    @property
    def timestamp(self) -> datetime:
        """The time of publication, an aware datetime in UTC."""
        return moment(self.at)

    @property
    def recipients(self) -> list[str]:
        """The recipients that it reports on."""
        return [] if self.event is None else list(self.event.recipients)

    @property
    def targets(self) -> list[Any]:
        """The targets that got it so far, each once."""
        found: list[Any] = []
        for answer in self.responses:
            if not any(answer.target is known for known in found):
                found.append(answer.target)
        return found

    @property
    def is_told_here_only(self) -> bool:
        """Whether only subscribers of the fake get it, because SES itself would not publish it."""
        return False

    @property
    def text(self) -> str:
        """The published text."""
        raise NotImplementedError

    @property
    def subject(self) -> str | None:
        """The subject that SES gives to SNS, or ``None``."""
        return None

    @property
    def body(self) -> Any:
        """The published text, parsed as JSON, or the text itself if it is not JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text

    @property
    def envelope(self) -> dict[str, Any]:
        """Its outer form: the signed SNS envelope, the EventBridge event, the Firehose record or the metric itself."""
        return self.in_sns(envelopes.subscription_arn(self.region_state, self.topic))

    @property
    def id(self) -> str:
        """The MessageId of SNS, the same for every subscriber."""
        return self.region_state.simulation.ids.uuid(f"sns {self._what}")

    @property
    def _what(self) -> str:
        """A text that identifies this notification."""
        raise NotImplementedError

    def http_request(
        self, forge: Forge | None = None, *, path: str = "/", signature: SignatureVersion = 1
    ) -> HttpRequest:
        """Return the HTTP request in which SNS sends it to an application. ``forge`` works as in ``Event.sns``.

        A notification that was not published to an SNS topic raises ValueError.
        """
        if self.kind != "sns":
            raise ValueError(f"{self.topic} is not an SNS topic, so nothing is posted")
        return sns.request(
            self.in_sns(envelopes.subscription_arn(self.region_state, self.topic), signature, forge), path=path
        )

    def in_sns(self, subscription_arn: str, signature: int = 1, forge: Forge | None = None) -> dict[str, str]:
        """Return the signed envelope in which SNS sends it to a subscription."""
        return sns.envelope(
            self.region_state.simulation,
            self.text,
            subject=self.subject,
            topic_arn=self.topic,
            subscription_arn=subscription_arn,
            message_id=self.id,
            at=self.at,
            signature=signature,
            forge=forge,
        )

    def in_queue(self, text: str) -> dict[str, str]:
        """Return the message of an SQS queue into which SNS has put a text."""
        return envelopes.queued(self.region_state.simulation.ids, text, self._what)


class OfEvent(Notification):
    """The notification of one event along one route."""

    __slots__ = ("route",)
    event: Event

    def __init__(self, event: Event, route: Route) -> None:
        super().__init__(event.message.region_state, route.topic, event.type, event.at, kind=route.kind, event=event)
        self.route = route

    @property
    def is_told_here_only(self) -> bool:
        """Whether only subscribers of the fake get it, because SES itself would not publish it."""
        return self.route.origin == "subscription"

    @property
    def text(self) -> str:
        """The published text; for a metric, the arguments of ``put_metric_data`` as JSON."""
        if self.kind == "cloudwatch":
            return json.dumps(self.body, default=str)
        if self.kind == "eventbridge":
            return json_text(envelopes.eventbridge_event(self.event))
        return envelopes.told(self.event, self.route.form, headers=self.route.headers)[0]

    @property
    def body(self) -> Any:
        """The published text, parsed as JSON. For EventBridge this is the ``detail`` of the event."""
        if self.kind == "cloudwatch":
            return metric(self.event, self.route.dimensions)
        body = json.loads(self.text)
        return body["detail"] if self.kind == "eventbridge" else body

    @property
    def subject(self) -> str | None:
        """The subject that SES gives to SNS, or ``None``."""
        return envelopes.SUBJECT if self.kind == "sns" and self.route.form == "events" else None

    @property
    def envelope(self) -> dict[str, Any]:
        """Its outer form: the signed SNS envelope, the EventBridge event, the Firehose record or the metric itself."""
        if self.kind == "eventbridge":
            return envelopes.eventbridge_event(self.event)
        if self.kind == "firehose":
            return {"Data": envelopes.firehose_record(self.event)}
        body: dict[str, Any] = self.body
        return super().envelope if self.kind == "sns" else body

    @property
    def _what(self) -> str:
        return f"{self.route.form} {self.topic} {self.event.number}"


class OfAnnouncement(Notification):
    """A notification that reports no event: incoming mail, or the setup of a topic."""

    __slots__ = ("_announcement",)

    def __init__(self, announcement: Announcement) -> None:
        kind = RECEIVED if announcement.occasion == "received" else SET_UP
        super().__init__(announcement.region_state, announcement.topic, kind, announcement.at)
        self._announcement = announcement

    @property
    def recipients(self) -> list[str]:
        """The recipients that it reports on."""
        return list(self._announcement.about.recipients) if self.type == RECEIVED else []

    @property
    def text(self) -> str:
        """The published text."""
        announcement = self._announcement
        if announcement.occasion == "received":
            return receipts.payload_text(announcement.about)
        if announcement.occasion == "destination":
            return _VALIDATED
        if announcement.occasion == "identity":
            name, kind = announcement.about
            what = f"identity '{name}'"
        else:
            kind, what = RECEIVED, "inbound emails"
        said = _SUBSCRIBED.format(topic=self.topic, kind=kind, what=what)
        return json_text({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": said})

    @property
    def subject(self) -> str | None:
        """The subject that SES gives to SNS, or ``None``."""
        return receipts.SUBJECT if self.type == RECEIVED else None

    @property
    def _what(self) -> str:
        return f"announcement {self._announcement.number}"


class OfSubscription(Notification):
    """A message of SNS itself: a subscription waits for its confirmation, or it has ended."""

    __slots__ = ("_subscription", "_token")

    def __init__(
        self, region_state: RegionState, handshake: Handshake, topic: str, *, subscription: str, token: str
    ) -> None:
        super().__init__(region_state, topic, handshake, region_state.simulation.clock.time())
        self._subscription = subscription
        self._token = token

    @property
    def text(self) -> str:
        """The text of the message for human readers."""
        return self.in_sns(self._subscription)["Message"]

    @property
    def _what(self) -> str:
        return f"{self.type} {self._token}"

    def http_request(
        self, forge: Forge | None = None, *, path: str = "/", signature: SignatureVersion = 1
    ) -> HttpRequest:
        """Return the HTTP request in which SNS sends it."""
        fields = self.in_sns(self._subscription, signature, forge)
        return sns.request(fields, subscription_arn=self._subscription, path=path)

    def in_sns(self, subscription_arn: str, signature: int = 1, forge: Forge | None = None) -> dict[str, str]:
        """Return its signed envelope."""
        handshake: Any = self.type
        return sns.confirmation(
            self.region_state.simulation,
            handshake,
            topic_arn=self.topic,
            subscription_arn=subscription_arn,
            token=self._token,
            message_id=self.id,
            at=self.at,
            signature=signature,
            forge=forge,
        )


class OfTest(Notification):
    """A text that a test publishes to a topic itself, as if SES had published it."""

    __slots__ = ("_number", "_subject", "_text")

    def __init__(self, region_state: RegionState, topic: str, text: str, subject: str | None) -> None:
        super().__init__(region_state, topic, TEST, region_state.simulation.clock.time())
        self._text = text
        self._subject = subject
        self._number = region_state.simulation.draw()

    @property
    def text(self) -> str:
        """The published text."""
        return self._text

    @property
    def subject(self) -> str | None:
        """The subject that SES gives to SNS, or ``None``."""
        return self._subject

    @property
    def _what(self) -> str:
        return f"test {self._number}"
