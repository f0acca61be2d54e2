"""Every form in which an application may receive an event. `fake/` gives this module to the simulation."""

from __future__ import annotations

from pytest_sesfake.delivery.bodies import detail, feedback, payload
from pytest_sesfake.delivery.envelopes import (
    eventbridge_event,
    firehose_record,
    http_request,
    lambda_event,
    sns_notification,
    sqs_message,
)

__all__ = [
    "detail",
    "eventbridge_event",
    "feedback",
    "firehose_record",
    "http_request",
    "lambda_event",
    "payload",
    "sns_notification",
    "sqs_message",
]
