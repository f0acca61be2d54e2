"""The files that import jobs read: addresses as CSV, or as one JSON object per line.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html#sending-email-suppression-list-manual-add-bulk
https://docs.aws.amazon.com/ses/latest/dg/sending-email-list-management.html#configuring-list-management-bulk-import
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Literal

from pytest_sesfake.ses.jobs import Broken, ImportRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Destination = Literal["put", "delete", "contacts"]

_TOPIC = "topicPreferences."
_SUBSCRIBED = {"OPT_IN": True, "OPT_OUT": False}
_TRUTH = {"true": True, "false": False, "": False}


def reader(data_format: str, destination: Destination) -> Callable[[bytes], Iterator[ImportRecord]]:
    """Return the function that reads the records of a file, for the format and the destination of a job."""
    read = _json if data_format == "JSON" else _csv

    def records(data: bytes) -> Iterator[ImportRecord]:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Broken("The object is not encoded in UTF-8.") from None
        return read(text, destination)

    return records


def _csv(text: str, destination: Destination) -> Iterator[ImportRecord]:
    rows = (row for row in csv.reader(io.StringIO(text, newline="")) if any(field.strip() for field in row))
    if destination == "contacts":
        header = [field.strip() for field in next(rows, [])]
        if "emailAddress" not in header:
            raise Broken("The first line of a CSV file has to be a header line with the column emailAddress.")
        return (_contact_row(header, row) for row in rows)
    return (_row(row, 2 if destination == "put" else 1) for row in rows)


def _row(row: Sequence[str], width: int) -> ImportRecord:
    line = ",".join(row)
    if len(row) != width:
        return ImportRecord(line, fault=f"Expected {width} column(s) but found {len(row)}.")
    return ImportRecord(line, row[0].strip(), row[1].strip() if width > 1 else None)


def _contact_row(header: Sequence[str], row: Sequence[str]) -> ImportRecord:
    line = ",".join(row)
    if len(row) != len(header):
        return ImportRecord(line, fault=f"Expected {len(header)} column(s) but found {len(row)}.")
    given = dict(zip(header, row, strict=True))
    told = given.get("unsubscribeAll", "").strip().lower()
    if told not in _TRUTH:
        return ImportRecord(line, fault="unsubscribeAll must be true or false.")
    topics = [(name[len(_TOPIC) :], said.strip()) for name, said in given.items() if name.startswith(_TOPIC)]
    said_of = [(topic, said) for topic, said in topics if said]
    if any(said not in _SUBSCRIBED for _, said in said_of):
        return ImportRecord(line, fault="A topic preference must be OPT_IN or OPT_OUT.")
    return ImportRecord(
        line,
        given["emailAddress"].strip(),
        unsubscribed=_TRUTH[told],
        attributes=given.get("attributesData") or None,
        preferences=tuple((topic, _SUBSCRIBED[said]) for topic, said in said_of),
    )


def _json(text: str, destination: Destination) -> Iterator[ImportRecord]:
    read = _contact_object if destination == "contacts" else _object
    return (_parsed(line, read) for line in map(str.strip, text.splitlines()) if line)


def _parsed(line: str, read: Callable[[str, dict[str, Any]], ImportRecord]) -> ImportRecord:
    try:
        given = json.loads(line)
    except ValueError:
        return ImportRecord(line, fault="The line is no JSON.")
    if not isinstance(given, dict) or not isinstance(given.get("emailAddress"), str):
        return ImportRecord(line, fault="The line must be a JSON object with a string emailAddress.")
    return read(line, given)


def _object(line: str, given: dict[str, Any]) -> ImportRecord:
    return ImportRecord(line, given["emailAddress"].strip(), given.get("reason"))


def _contact_object(line: str, given: dict[str, Any]) -> ImportRecord:
    unsubscribed, attributes = given.get("unsubscribeAll") or False, given.get("attributesData")
    if not isinstance(unsubscribed, bool):
        return ImportRecord(line, fault="unsubscribeAll must be true or false.")
    if attributes is not None and not isinstance(attributes, str):
        return ImportRecord(line, fault="attributesData must be a string.")
    try:
        topics = [(each["topicName"], _SUBSCRIBED[each["subscriptionStatus"]]) for each in _listed(given)]
    except (KeyError, TypeError):
        return ImportRecord(line, fault="A topic preference must have a topicName, and OPT_IN or OPT_OUT as status.")
    return ImportRecord(
        line,
        given["emailAddress"].strip(),
        unsubscribed=unsubscribed,
        attributes=attributes,
        preferences=tuple(topics),
    )


def _listed(given: dict[str, Any]) -> list[Any]:
    return given.get("topicPreferences") or []
