"""Notifications: what was published, to which topic, stream or bus, and what became of it there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery import envelopes, receipts, sns
from pytest_sesfake.delivery.bodies import json_text
from pytest_sesfake.delivery.metrics import metric
from pytest_sesfake.ses.clock import moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pytest_sesfake.delivery.events import Event
    from pytest_sesfake.delivery.routes import Route
    from pytest_sesfake.delivery.sns import Forge, Handshake
    from pytest_sesfake.ses.announcements import Announcement
    from pytest_sesfake.ses.event_destinations import Kind
    from pytest_sesfake.ses.simulation import RegionState

RECEIVED = "Received"
"""The type of what a topic is told of a mail that came in."""
SET_UP = "SetUp"
"""The type of what a topic is told when SES was connected to it."""

TEST = "Test"
"""The type of what a test published itself."""

_VALIDATED = "Successfully validated SNS topic for Amazon SES event publishing."
_SUBSCRIBED = (
    "You have successfully subscribed your Amazon SNS topic '{topic}' to receive '{kind}' notifications "
    "from Amazon SES for {what}."
)


@dataclass(frozen=True, slots=True)
class TargetResponse:
    """What one target answered to one notification.

    ``status``, ``headers`` and ``body`` are those of an HTTP answer, the status ``None`` where there was none.
    ``result`` is what a function returned, ``error`` the exception that came instead.
    """

    notification: Notification
    target: Any
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    result: Any = None
    error: Exception | None = None

    @property
    def ok(self) -> bool:
        """Whether the target took it: without an exception, and with a status of 2xx if it has one.

        A Lambda function behind a queue says what it did not take in ``batchItemFailures``.
        """
        is_fine = self.status is None or 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110
        return self.error is None and is_fine and not self.unprocessed

    @property
    def unprocessed(self) -> bool:
        """Whether a Lambda function left it in the queue (``batchItemFailures``)."""
        return isinstance(self.result, dict) and bool(self.result.get("batchItemFailures"))


class Notification:
    """One thing that was published to one place; what it says is made when somebody looks.

    ``kind`` is that of the place, ``topic`` its ARN, of CloudWatch the namespace. ``event`` is what is told, ``None``
    where it is no event. ``responses`` grows with each attempt.
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

    def __repr__(self) -> str:
        whom = f" {', '.join(self.recipients)}" if self.recipients else ""
        return f"<Notification {self.type}{whom} to {self.topic}>"

    @property
    def timestamp(self) -> datetime:
        """When it was published, an aware datetime in UTC."""
        return moment(self.at)

    @property
    def recipients(self) -> list[str]:
        """The recipients whom it is about."""
        return [] if self.event is None else list(self.event.recipients)

    @property
    def targets(self) -> list[Any]:
        """Who was told of it so far."""
        found: list[Any] = []
        for answer in self.responses:
            if not any(answer.target is known for known in found):
                found.append(answer.target)
        return found

    @property
    def is_told_here_only(self) -> bool:
        """Whether it is for subscribers of the fake alone, and nothing that SES publishes."""
        return False

    @property
    def text(self) -> str:
        """What was published."""
        raise NotImplementedError

    @property
    def subject(self) -> str | None:
        """The subject under which SNS got it."""
        return None

    @property
    def body(self) -> Any:
        """What was published, read as JSON; the text where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text

    @property
    def envelope(self) -> dict[str, Any]:
        """What it travels in: SNS's signed envelope, the event of a bus, the record of a stream, the metric itself."""
        return self.in_sns(envelopes.subscription_arn(self.region_state, self.topic))

    @property
    def id(self) -> str:
        """The id that SNS gives it, the same for whoever is subscribed."""
        return self.region_state.simulation.ids.uuid(f"sns {self._what}")

    @property
    def _what(self) -> str:
        """What tells it from every other one."""
        raise NotImplementedError

    def http_request(self, forge: Forge | None = None, *, path: str = "/", signature: int = 1) -> sns.HttpRequest:
        """Return the post in which SNS brings it to an application; ``forge`` names what is wrong, as for events."""
        if self.kind != "sns":
            raise ValueError(f"{self.topic} is not an SNS topic, so nothing is posted")
        return sns.request(
            self.in_sns(envelopes.subscription_arn(self.region_state, self.topic), signature, forge), path=path
        )

    def in_sns(self, subscription_arn: str, signature: int = 1, forge: Forge | None = None) -> dict[str, str]:
        """Return the signed envelope in which SNS hands it to a subscription."""
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
        """Return the message of a queue that SNS has put a text into."""
        return envelopes.queued(self.region_state.simulation.ids, text, self._what)


class OfEvent(Notification):
    """What is told of an event along one route."""

    __slots__ = ("route",)
    event: Event

    def __init__(self, event: Event, route: Route) -> None:
        super().__init__(event.message.region_state, route.topic, event.type, event.at, kind=route.kind, event=event)
        self.route = route

    @property
    def is_told_here_only(self) -> bool:
        """Whether it is for subscribers of the fake alone, and nothing that SES publishes."""
        return self.route.origin == "subscription"

    @property
    def text(self) -> str:
        """What was published; of a metric the words of ``put_metric_data``."""
        if self.kind == "cloudwatch":
            return json.dumps(self.body, default=str)
        if self.kind == "eventbridge":
            return json_text(envelopes.eventbridge_event(self.event))
        return envelopes.told(self.event, self.route.form, headers=self.route.headers)[0]

    @property
    def body(self) -> Any:
        """What was published, read as JSON; an event of a bus is its ``detail``."""
        if self.kind == "cloudwatch":
            return metric(self.event, self.route.dimensions)
        body = json.loads(self.text)
        return body["detail"] if self.kind == "eventbridge" else body

    @property
    def subject(self) -> str | None:
        """The subject under which SNS got it."""
        return envelopes.SUBJECT if self.kind == "sns" and self.route.form == "events" else None

    @property
    def envelope(self) -> dict[str, Any]:
        """What it travels in: SNS's signed envelope, the event of a bus, the record of a stream, the metric itself."""
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
    """What a topic is told beside events."""

    __slots__ = ("_announcement",)

    def __init__(self, announcement: Announcement) -> None:
        kind = RECEIVED if announcement.occasion == "received" else SET_UP
        super().__init__(announcement.region_state, announcement.topic, kind, announcement.at)
        self._announcement = announcement

    @property
    def recipients(self) -> list[str]:
        """The recipients whom it is about."""
        return list(self._announcement.about.recipients) if self.type == RECEIVED else []

    @property
    def text(self) -> str:
        """What was published."""
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
        """The subject under which SNS got it."""
        return receipts.SUBJECT if self.type == RECEIVED else None

    @property
    def _what(self) -> str:
        return f"announcement {self._announcement.number}"


class OfSubscription(Notification):
    """What SNS itself tells a subscriber: that a subscription waits to be confirmed, or has ended."""

    __slots__ = ("_subscription", "_token")

    def __init__(
        self, region_state: RegionState, handshake: Handshake, topic: str, *, subscription: str, token: str
    ) -> None:
        super().__init__(region_state, topic, handshake, region_state.simulation.clock.time())
        self._subscription = subscription
        self._token = token

    @property
    def text(self) -> str:
        """What it says to people."""
        return self.in_sns(self._subscription)["Message"]

    @property
    def _what(self) -> str:
        return f"{self.type} {self._token}"

    def http_request(self, forge: Forge | None = None, *, path: str = "/", signature: int = 1) -> sns.HttpRequest:
        """Return the post of it."""
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
    """What a test itself publishes to a topic, as if SES had."""

    __slots__ = ("_number", "_subject", "_text")

    def __init__(self, region_state: RegionState, topic: str, text: str, subject: str | None) -> None:
        super().__init__(region_state, topic, TEST, region_state.simulation.clock.time())
        self._text = text
        self._subject = subject
        self._number = region_state.simulation.draw()

    @property
    def text(self) -> str:
        """What was published."""
        return self._text

    @property
    def subject(self) -> str | None:
        """The subject under which SNS got it."""
        return self._subject

    @property
    def _what(self) -> str:
        return f"test {self._number}"
