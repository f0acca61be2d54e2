"""An event as tests read it: what happened, and every form in which an application may receive it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery import bodies, envelopes
from pytest_sesfake.ses import events

if TYPE_CHECKING:
    from pytest_sesfake.delivery.envelopes import Form, Via
    from pytest_sesfake.delivery.sns import Forge, HttpRequest, SignatureVersion


_FOR_TESTS = {
    *("type", "message", "recipients", "timestamp", "detail", "payload", "feedback", "sns", "http_request"),
    *("sqs_message", "lambda_event", "eventbridge_event", "firehose_record"),
}


class Event(events.Event):
    """One thing that happened to a message.

    Every form works with and without a configured destination. Each call builds a new object, so a test may change it.
    The next call returns an equal, unchanged one.
    """

    __slots__ = ()

    def __dir__(self) -> list[str]:
        """Return the attributes for tests. Completion leaves out those that only this package uses."""
        return [name for name in super().__dir__() if name.startswith("_") or name in _FOR_TESTS]

    @property
    def detail(self) -> dict[str, Any]:
        """The object of this event type in the keys of SES: ``bounce``, ``complaint``, ``delivery`` and so on."""
        return bodies.detail(self)

    def payload(self) -> dict[str, Any]:
        """Return the event as a configuration set's event destinations get it."""
        return bodies.payload(self)

    def feedback(self, *, headers: bool = False) -> dict[str, Any]:
        """Return the notification that an identity's topic gets.

        ``headers`` stands for the identity's setting that includes the original headers. Identities notify of Bounce,
        Complaint and Delivery only; any other event raises ValueError.
        """
        return bodies.feedback(self, headers=headers)

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
        return envelopes.sns_notification(self, form=form, topic_arn=topic, signature=signature, forge=forge)

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
        return envelopes.http_request(self, path=path, form=form, topic_arn=topic, signature=signature, forge=forge)

    def sqs_message(self, *, form: Form = "events", topic: str | None = None) -> dict[str, str]:
        """Return the message of a queue subscribed to a ``topic``, as boto3's ``receive_message`` returns it."""
        return envelopes.sqs_message(self, form=form, topic_arn=topic)

    def lambda_event(self, via: Via = "sns", *, form: Form = "events", topic: str | None = None) -> dict[str, Any]:
        """Return the argument of a Lambda function that SNS, a queue or EventBridge calls with the event."""
        return envelopes.lambda_event(self, via, form=form, topic_arn=topic)

    def eventbridge_event(self) -> dict[str, Any]:
        """Return the event as EventBridge sends it to its targets."""
        return envelopes.eventbridge_event(self)

    def firehose_record(self) -> bytes:
        """Return the data of the event's record in a Firehose delivery stream: a line of JSON."""
        return envelopes.firehose_record(self)
