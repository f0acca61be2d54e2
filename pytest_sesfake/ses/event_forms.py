"""The forms in which an application may receive an event: their words, and who makes them.

`delivery/` makes the forms. Events offer them to tests, so a simulation is given what makes them (`Collaborators`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from pytest_sesfake.ses.events import Event

Form = Literal["events", "feedback"]
Via = Literal["sns", "sqs", "eventbridge"]
Forge = Literal["signature", "certificate", "topic", "type", "age"]
SignatureVersion = Literal[1, 2]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request that SNS sends to an application. ``dataclasses.replace`` makes a changed copy.

    The transport adds ``Host``. ``path`` may have a query. Content-Length always matches the body.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def __post_init__(self) -> None:
        # A changed copy needs a new length: with a larger one a server would wait for bytes that never come.
        object.__setattr__(self, "headers", {**self.headers, "Content-Length": str(len(self.body))})

    def json(self) -> Any:
        """Return the body, parsed as JSON."""
        return json.loads(self.body)


class EventForms(Protocol):
    """What makes the forms of an event. `Event` explains the arguments."""

    def detail(self, event: Event) -> dict[str, Any]:
        """Return the object of the event's type."""

    def payload(self, event: Event) -> dict[str, Any]:
        """Return the event as event destinations get it."""

    def feedback(self, event: Event, *, headers: bool) -> dict[str, Any]:
        """Return the notification of an identity's topic."""

    def sns_notification(
        self,
        event: Event,
        *,
        form: Form,
        topic_arn: str | None,
        signature: SignatureVersion,
        forge: Forge | None,
    ) -> dict[str, str]:
        """Return the signed envelope of SNS."""

    def http_request(
        self,
        event: Event,
        *,
        path: str,
        form: Form,
        topic_arn: str | None,
        signature: SignatureVersion,
        forge: Forge | None,
    ) -> HttpRequest:
        """Return the HTTP request of SNS."""

    def sqs_message(self, event: Event, *, form: Form, topic_arn: str | None) -> dict[str, str]:
        """Return the message of a queue."""

    def lambda_event(self, event: Event, via: Via, *, form: Form, topic_arn: str | None) -> dict[str, Any]:
        """Return the argument of a Lambda function."""

    def eventbridge_event(self, event: Event) -> dict[str, Any]:
        """Return the event of EventBridge."""

    def firehose_record(self, event: Event) -> bytes:
        """Return the data of a Firehose record."""
