"""Events as metrics of CloudWatch.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-cloudwatch.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery.bodies import payload
from pytest_sesfake.delivery.routes import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.ses.event_destinations import Dimension
    from pytest_sesfake.ses.events import Event


def metric(event: Event, dimensions: Sequence[Dimension]) -> dict[str, Any]:
    """Return the arguments of CloudWatch's ``put_metric_data`` for an event."""
    told = payload(event)
    return {
        "Namespace": NAMESPACE,
        "MetricData": [
            {
                "MetricName": event.type,
                "Dimensions": [{"Name": each.name, "Value": _value(told, each)} for each in dimensions],
                "Timestamp": event.timestamp,
                "Value": 1.0,
                "Unit": "Count",
            }
        ],
    }


def _value(told: dict[str, Any], dimension: Dimension) -> str:
    """Return the value of a dimension, or its default if the mail or the link has no value."""
    mail = told["mail"]
    if dimension.source == "header":
        found = [each["value"] for each in mail.get("headers", ()) if each["name"].lower() == dimension.name.lower()]
    elif dimension.source == "link":
        found = ((told.get("click") or {}).get("linkTags") or {}).get(dimension.name, ())
    else:
        found = mail["tags"].get(dimension.name, ())
    return next(iter(found), "") or dimension.default
