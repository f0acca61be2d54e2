"""An event as tests read it: what happened, and each form in which an application meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery import bodies, envelopes
from pytest_sesfake.ses import events

if TYPE_CHECKING:
    from pytest_sesfake.delivery.envelopes import Form, Via
    from pytest_sesfake.delivery.sns import Forge, HttpRequest


class Event(events.Event):
    """One thing that happened to a message.

    Every form is made when it is asked for, whether or not a destination is configured: it may be changed freely, and
    the next look is equal to this one.
    """

    __slots__ = ()

    @property
    def detail(self) -> dict[str, Any]:
        """What SES tells of this kind of event, in its keys: the ``bounce``, ``complaint``, ``delivery``... object."""
        return bodies.detail(self)

    def payload(self) -> dict[str, Any]:
        """Return the event as a configuration set's event destinations get it."""
        return bodies.payload(self)

    def feedback(self, *, headers: bool = False) -> dict[str, Any]:
        """Return the notification that an identity's topic gets; with ``headers`` if that is switched on for it.

        Identities notify of Bounce, Complaint and Delivery; of any other event this is a ValueError.
        """
        return bodies.feedback(self, headers=headers)

    def sns(
        self, forge: Forge | None = None, *, form: Form = "events", topic: str | None = None, signature: int = 1
    ) -> dict[str, str]:
        """Return the signed envelope in which SNS hands the event to whoever is subscribed to a ``topic``.

        ``forge`` names what is wrong with it, for an application to refuse: the ``"signature"`` does not fit, the
        ``"certificate"`` is of somebody else and on a host of theirs, the ``"topic"`` is somebody else's, the
        ``"type"`` is none that there is, the ``"age"`` is a month. All the rest is right even then.
        """
        return envelopes.sns_notification(self, form=form, topic_arn=topic, signature=signature, forge=forge)

    def http_request(
        self,
        forge: Forge | None = None,
        *,
        path: str = "/",
        form: Form = "events",
        topic: str | None = None,
        signature: int = 1,
    ) -> HttpRequest:
        """Return the post in which SNS brings the event to an application; ``forge`` as for ``sns``."""
        return envelopes.http_request(self, path=path, form=form, topic_arn=topic, signature=signature, forge=forge)

    def sqs_message(self, *, form: Form = "events", topic: str | None = None) -> dict[str, str]:
        """Return the message of a queue subscribed to a ``topic``, as boto3's ``receive_message`` returns it."""
        return envelopes.sqs_message(self, form=form, topic_arn=topic)

    def lambda_event(self, via: Via = "sns", *, form: Form = "events", topic: str | None = None) -> dict[str, Any]:
        """Return what a Lambda function is called with when SNS, a queue or EventBridge hands it the event."""
        return envelopes.lambda_event(self, via, form=form, topic_arn=topic)

    def eventbridge_event(self) -> dict[str, Any]:
        """Return the event as EventBridge hands it to its targets."""
        return envelopes.eventbridge_event(self)

    def firehose_record(self) -> bytes:
        """Return the data of the event's record in a Firehose delivery stream: a line of JSON."""
        return envelopes.firehose_record(self)
