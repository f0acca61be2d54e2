"""Statistics and metrics of the account, counted from the recorded messages and events.

https://docs.aws.amazon.com/ses/latest/APIReference/API_GetSendStatistics.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_BatchGetMetricData.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v1, v2
from pytest_sesfake.ses import insights, statistics
from pytest_sesfake.ses.clock import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.simulation import RegionState

NO_MANAGER = "To use this feature you must enable Virtual Deliverability Manager"

_MOST_DAYS = 60
_MOST_DIMENSIONS = 3
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_IDENTITY = re.compile(r"[^\s@*]+(@[^\s@*]+)?")


@v1("GetSendStatistics", does="computed")
def get_send_statistics(region_state: RegionState) -> Json:
    """Return the counts of the last two weeks for each 15 minutes, oldest first. Empty intervals are left out."""
    return {
        "SendDataPoints": [
            {
                "Timestamp": moment(start),
                "DeliveryAttempts": counts.attempts,
                "Bounces": counts.bounces,
                "Complaints": counts.complaints,
                "Rejects": counts.rejects,
            }
            for start, counts in statistics.points(region_state)
        ]
    }


@v2("BatchGetMetricData", does="computed", texts="reported")
def batch_get_metric_data(region_state: RegionState, *, Queries: Sequence[Json]) -> Json:
    """Return the requested metrics by day, in UTC. Days without a count are left out."""
    check_manager(region_state)
    if len({query["Id"] for query in Queries}) < len(Queries):
        raise say("BadRequestException", "All queries must have a unique identifier.")
    for number, query in enumerate(Queries, 1):
        _check_dimensions(query.get("Dimensions"), number)
    for query in Queries:
        _check_span(query)
    return {"Results": [_answer(region_state, query) for query in Queries], "Errors": []}


def check_manager(region_state: RegionState, code: str = "NotFoundException") -> None:
    """Refuse the call if the account has no Virtual Deliverability Manager."""
    if not region_state.account.is_managed:
        raise say(code, NO_MANAGER)


def _answer(region_state: RegionState, query: Json) -> Json:
    wanted = {name.lower(): value for name, value in (query.get("Dimensions") or {}).items()}
    start, end = query["StartDate"].timestamp(), query["EndDate"].timestamp()
    found = insights.series(region_state, query["Metric"].lower(), wanted, start, end)
    return {"Id": query["Id"], "Timestamps": list(map(moment, found)), "Values": list(found.values())}


def _check_span(query: Json) -> None:
    start, end = query["StartDate"].timestamp(), query["EndDate"].timestamp()
    if start >= end:
        raise say("BadRequestException", "Expected start date to be before the end date.")
    if end - start > _MOST_DAYS * insights.DAY:
        text = f"Invalid interval, can request at most {_MOST_DAYS} days. Please partition your requested interval."
        raise say("BadRequestException", text)


def _check_dimensions(given: Json | None, number: int) -> None:
    if given is None:
        return
    if any(name.lower() not in insights.DIMENSIONS for name in given):
        raise say("BadRequestException", "Unsupported dimension provided.")
    if not 1 <= len(given) <= _MOST_DIMENSIONS:
        demand = "less than or equal to 3" if given else "greater than or equal to 1"
        raise say(
            "BadRequestException",
            f"1 validation error detected: Value at 'queries.{number}.member.dimensions' failed to satisfy constraint: "
            f"Member must have length {demand}",
        )
    if not _IDENTITY.fullmatch(given.get("EMAIL_IDENTITY", "-")):
        raise say("BadRequestException", "Invalid email identity provided.")
    if not _NAME.fullmatch(given.get("ISP", "-")):
        raise say("BadRequestException", "Invalid ISP name provided.")
    blank = "The configuration set name must be specified."
    _check_name(given.get("CONFIGURATION_SET"), "configuration set name", blank)
    _check_name(given.get("TENANT_NAME"), "tenant name", "TenantName cannot be empty")


def _check_name(name: str | None, what: str, blank: str) -> None:
    if name == "":
        raise say("BadRequestException", blank)
    if name is not None and not _NAME.fullmatch(name):
        text = f"Invalid {what} <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
        raise say("BadRequestException", text)
