"""The files that export jobs write, with exactly the format of files that SES wrote.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateExportJob.html
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from pytest_sesfake.ses import insights
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.events import Bounced
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.providers import provider

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import RegionState

MOST_RESULTS = 1000
"""How many messages an export has where nobody says it."""

_ANY = "*"


# Messages


def messages(region_state: RegionState, source: Json, data_format: str) -> tuple[bytes, int]:
    """Write one row for each message of a time span, and return the file and the number of messages examined."""
    start, end = source["StartDate"].timestamp(), source["EndDate"].timestamp()
    found = [message for message in insights.measured_messages(region_state) if start <= message.sent_time <= end]
    include, exclude = source.get("Include") or {}, source.get("Exclude") or {}
    chosen = [
        message
        for message in found
        if _fits(message, include) and not (any(exclude.values()) and _fits(message, exclude))
    ]
    rows = [_row(message) for message in chosen[: source.get("MaxResults") or MOST_RESULTS]]
    return (_rows_csv(rows) if data_format == "CSV" else _rows_json(rows)), len(found)


_FILTERS: Mapping[str, Callable[[Message], str | None]] = {
    "FromEmailAddress": lambda message: parse_address(message.sender).bare,
    "Destination": lambda message: parse_address(message.recipients[0]).bare,
    "Subject": lambda message: message.subject,
    "Isp": lambda message: provider(message.recipients[0]),
    "TenantName": lambda message: message.tenant,
    "LastDeliveryEvent": lambda message: _delivery(insights.last_delivery(message)),
    "LastEngagementEvent": lambda message: _engagement(insights.last_engagement(message)),
}


def _fits(message: Message, wanted: Json) -> bool:
    return all(_FILTERS[name](message) in values for name, values in wanted.items() if values)


def _row(message: Message) -> dict[str, str | None]:
    last, engaged = insights.last_delivery(message), insights.last_engagement(message)
    fact = last.fact
    bounced = fact if isinstance(fact, Bounced) else None
    return {
        "messageid": message.id,
        "sendtimestamp": _instant(message.sent_time),
        "isp": provider(message.recipients[0]),
        "fromaddress": parse_address(message.sender).bare,
        "destination": parse_address(message.recipients[0]).bare,
        "subject": message.subject,
        "last_delivery_event": _delivery(last),
        "last_engagement_event": _engagement(engaged),
        "last_delivery_event_timestamp": _instant(last.at),
        "last_engagement_event_timestamp": None if engaged is None else _instant(engaged.at),
        "bounce_sub_type": None if bounced is None else bounced.subtype,
        "diagnostic_code": None if bounced is None else bounced.status_and_diagnostic(0)[1],
    }


_COLUMNS = (
    "messageid", "sendtimestamp", "isp", "fromaddress", "destination", "subject", "last_delivery_event",
    "last_engagement_event", "last_delivery_event_timestamp", "last_engagement_event_timestamp", "bounce_sub_type",
    "diagnostic_code",
)  # fmt: skip


def _delivery(event: Event) -> str:
    fact = event.fact
    return f"{fact.kind.upper()}_BOUNCE" if isinstance(fact, Bounced) else event.type.upper()


def _engagement(event: Event | None) -> str | None:
    return None if event is None else event.type.upper()


def _instant(seconds: float) -> str:
    return moment(seconds).replace(tzinfo=None).isoformat(" ", timespec="milliseconds") + " UTC"


def _rows_csv(rows: Sequence[Mapping[str, str | None]]) -> bytes:
    # SES ends every line with a comma, which makes a thirteenth column without a name.
    lines = ["".join(f"{_quoted(column)}," for column in _COLUMNS)]
    lines += ["".join(f"{_quoted(row[column] or '')}," for column in _COLUMNS) for row in rows]
    return "".join(f"{line}\n" for line in lines).encode()


def _rows_json(rows: Sequence[Mapping[str, str | None]]) -> bytes:
    told = [{column: value for column, value in row.items() if value is not None} for row in rows]
    objects = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in told]
    return f"[\n{','.join(objects)}]\n".encode()


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


# Metrics


def metrics(region_state: RegionState, source: Json, data_format: str) -> tuple[bytes, int]:
    """Write one row for each combination of dimensions; return the file and the number of messages examined."""
    start, end = source["StartDate"].timestamp(), source["EndDate"].timestamp()
    found = [message for message in insights.measured_messages(region_state) if start <= message.sent_time < end]
    names: list[str] = list(source["Dimensions"])
    columns = [(metric.get("Name") or "", metric.get("Aggregation") or "VOLUME") for metric in source["Metrics"]]
    rows = [
        (
            values,
            [_figure(region_state, column, dict(zip(names, values, strict=True)), start, end) for column in columns],
        )
        for values in itertools.product(*(_values(found, name, source["Dimensions"][name]) for name in names))
    ]
    titles = [f"{name}_{aggregation}" for name, aggregation in columns]
    write = _metrics_csv if data_format == "CSV" else _metrics_json
    return write(names, titles, rows).encode(), len(found)


def _values(found: Sequence[Message], name: str, wanted: Sequence[str]) -> list[str]:
    """Return the values of a dimension that get a row: the requested ones, or all that occur."""
    if _ANY not in wanted:
        return list(dict.fromkeys(wanted))
    there = (insights.DIMENSIONS[name.lower()](message) for message in found)
    return sorted({value for value in there if value is not None})


def _figure(
    region_state: RegionState, column: tuple[str, str], wanted: Mapping[str, str], start: float, end: float
) -> float:
    metric, aggregation = column
    dimensions = {name.lower(): value for name, value in wanted.items()}
    volume = sum(insights.series(region_state, metric.lower(), dimensions, start, end).values())
    if aggregation == "VOLUME":
        return float(volume)
    sent = sum(insights.series(region_state, "send", dimensions, start, end).values())
    return volume / sent if sent else 0.0


def _metrics_csv(names: Sequence[str], titles: Sequence[str], rows: Sequence[tuple[Sequence[str], list[float]]]) -> str:
    lines = [",".join([*names, *titles])]
    lines += [",".join([*map(_plain, values), *(f"{figure:.4f}" for figure in figures)]) for values, figures in rows]
    return "".join(f"{line}\n" for line in lines)


def _metrics_json(
    names: Sequence[str], titles: Sequence[str], rows: Sequence[tuple[Sequence[str], list[float]]]
) -> str:
    objects = []
    for values, figures in rows:
        told = [f"{json.dumps(name.lower())}:{json.dumps(value)}" for name, value in zip(names, values, strict=True)]
        counted = [f"{json.dumps(title)}:{figure:.4f}" for title, figure in zip(titles, figures, strict=True)]
        objects.append("{" + ",".join([*told, f'"metrics":{{{",".join(counted)}}}']) + "}")
    return f"[{','.join(objects)}]\n"


def _plain(text: str) -> str:
    return _quoted(text) if any(mark in text for mark in ',"\n') else text
