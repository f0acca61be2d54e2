"""The objects that belong to one event type: ``bounce``, ``delivery``, ``open`` and so on.

``[guess]`` marks what no capture shows.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.events import (
    Bounced,
    Clicked,
    Complained,
    Delayed,
    Delivered,
    Fact,
    Opened,
    Preferences,
    RejectedMessage,
    Resubscribed,
    Sent,
    Unrendered,
)
from pytest_sesfake.ses.feedback import reporting_mta
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.regions import REMOTE_IP, outgoing_host
from pytest_sesfake.ses.tracking import READER_IP, tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_sesfake.ses.events import Event

Json = dict[str, Any]


def iso(seconds: float) -> str:
    """Return an instant as notifications write it: UTC, three fractional digits, ``Z``."""
    return moment(seconds).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


# The registry, and one body for each kind of fact.


@dataclass(frozen=True, slots=True)
class Body:
    """The JSON form of one kind of fact.

    ``make`` builds the detail object, and ``key`` is its name. If ``leads`` is true, it comes before ``mail``. ``name``
    is the eventType of SES and ``bridge`` the detail-type of EventBridge. ``feedback`` tells whether identity topics
    get this kind.
    """

    make: Callable[[Event, Any], Json]
    key: str
    name: str
    bridge: str
    leads: bool
    feedback: bool


BODIES: dict[type[Fact], Body] = {}

F = TypeVar("F", bound=Fact)


def body(
    kind: type[F], key: str, bridge: str, *, name: str | None = None, leads: bool = False, feedback: bool = False
) -> Callable[[Callable[[Event, F], Json]], Callable[[Event, F], Json]]:
    """Register the function that builds the detail object of a kind of fact."""

    def register(make: Callable[[Event, F], Json]) -> Callable[[Event, F], Json]:
        if kind in BODIES:
            raise TypeError(f"{kind.__name__} has two bodies: {BODIES[kind].make.__name__} and {make.__name__}")
        BODIES[kind] = Body(make, key, name or kind.type, bridge, leads, feedback)
        return make

    return register


@body(Sent, "send", "Email Sent")
def _send(_event: Event, _fact: Sent) -> Json:
    return {}


@body(Delivered, "delivery", "Email Delivered", feedback=True)
def _delivery(event: Event, fact: Delivered) -> Json:
    return {
        "timestamp": iso(event.at),
        "processingTimeMillis": (event.timestamp - event.message.sent_at) // timedelta(milliseconds=1),
        "recipients": [parse_address(address).bare for address in event.recipients],
        "smtpResponse": fact.response,
        "remoteMtaIp": REMOTE_IP,
        "reportingMTA": outgoing_host(event.message.region),
    }


@body(Bounced, "bounce", "Email Bounced", leads=True, feedback=True)
def _bounce(event: Event, fact: Bounced) -> Json:
    # If SES understood no report (an auto-reply, an Undetermined bounce), a recipient has only its address.
    # In identity notifications of 2022 the timestamp has no milliseconds. Here both families have the same timestamp.
    reports = [fact.status_and_diagnostic(place) for place in range(len(event.recipients))]
    is_reported = fact.reporter != "reply" and any(status or diagnostic for status, diagnostic in reports)
    detail: Json = {
        "feedbackId": event.feedback_id,
        "bounceType": fact.kind,
        "bounceSubType": fact.subtype,
        "bouncedRecipients": [
            {
                "emailAddress": parse_address(address).bare,
                **({"action": "failed"} if is_reported else {}),
                **({"status": status} if is_reported and status is not None else {}),
                **({"diagnosticCode": diagnostic} if is_reported and diagnostic is not None else {}),
            }
            for address, (status, diagnostic) in zip(event.recipients, reports, strict=True)
        ],
        "timestamp": iso(event.at),
    }
    if is_reported and fact.reporter == "remote":
        detail["remoteMtaIp"] = REMOTE_IP
    if is_reported:
        detail["reportingMTA"] = reporting_mta(event)
    return detail


@body(Complained, "complaint", "Email Complaint Received", leads=True, feedback=True)
def _complaint(event: Event, fact: Complained) -> Json:
    detail: Json = {
        "feedbackId": event.feedback_id,
        "complaintSubType": fact.subtype,  # null, not missing, if the recipient complained about this mail
        "complainedRecipients": [{"emailAddress": parse_address(address).bare} for address in event.recipients],
        "timestamp": iso(event.at),
    }
    if fact.user_agent is not None:
        detail["userAgent"] = fact.user_agent
    if fact.feedback is not None:
        detail["complaintFeedbackType"] = fact.feedback
    if fact.feedback is not None or fact.subtype is not None:
        detail["arrivalDate"] = iso(event.at)
    return detail


@body(RejectedMessage, "reject", "Email Rejected")
def _reject(_event: Event, fact: RejectedMessage) -> Json:
    return {"reason": fact.reason}


@body(Unrendered, "failure", "Email Rendering Failed", name="Rendering Failure")
def _failure(_event: Event, fact: Unrendered) -> Json:
    # The templateName for an inline template, which has no name, is a [guess].
    return {"errorMessage": fact.text, "templateName": fact.template}


@body(Delayed, "deliveryDelay", "Email Delivery Delayed")
def _delay(event: Event, fact: Delayed) -> Json:
    told = {"status": fact.status, "diagnosticCode": fact.diagnostic}
    known = {key: value for key, value in told.items() if value is not None}
    return {
        "timestamp": iso(event.at),
        "delayType": fact.reason,
        "expirationTime": iso(event.message.sent_time + fact.max_delivery_seconds),
        "delayedRecipients": [{"emailAddress": parse_address(address).bare, **known} for address in event.recipients],
    }


# No capture shows a human reader. Keys that Open events do not have are left out of Click events, too. [guess]


@body(Opened, "open", "Email Opened")
def _open(event: Event, fact: Opened) -> Json:
    return {
        "timestamp": iso(event.at),
        "userAgent": fact.user_agent,
        "ipAddress": READER_IP,
        "isBotEvent": "Unlikely",
    }


@body(Clicked, "click", "Email Clicked")
def _click(event: Event, fact: Clicked) -> Json:
    return {
        "timestamp": iso(event.at),
        "ipAddress": READER_IP,
        "userAgent": fact.user_agent,
        "link": fact.link,
        "linkTags": tags(event.message, fact.link),
        "isBotEvent": "Unlikely",
    }


@body(Resubscribed, "subscription", "Email Subscribed")
def _subscription(event: Event, fact: Resubscribed) -> Json:
    return {
        "contactList": fact.contact_list,
        "timestamp": iso(event.at),
        "source": "UnsubscribeHeader" if fact.by_header else "SubscriptionPage",  # the latter is a [guess]
        "newTopicPreferences": _preferences(fact.after),
        "oldTopicPreferences": _preferences(fact.before),
    }


def _preferences(wanted: Preferences) -> Json:
    def told(topics: Iterable[tuple[str, bool]]) -> list[Json]:
        return [{"topicName": name, "subscriptionStatus": "OptIn" if is_in else "OptOut"} for name, is_in in topics]

    return {
        "unsubscribeAll": wanted.nothing,
        "topicSubscriptionStatus": told(wanted.topics),
        **({"topicDefaultSubscriptionStatus": told(wanted.defaults)} if wanted.defaults else {}),
    }
