"""Convert single values from the wire and to the wire."""

from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d))?", re.ASCII
)
_INTEGER = re.compile(r"[+-]?\d{1,20}", re.ASCII)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")
_LINE_ENDS = b"\r\n"
_SHOWN = 64


# From the wire: invalid values raise `ValueError`


def to_bytes(encoded: bytes) -> bytes:
    """Decode base64 and ignore line ends. Raises ``ValueError`` with the text of Coral, AWS's service framework."""
    if b"\n" in encoded:
        encoded = encoded.translate(None, _LINE_ENDS)
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        shown = encoded[:_SHOWN].decode("latin-1")
        strange = _NOT_BASE64.search(encoded)
        if strange:
            why = f"Invalid base64 character: '{strange.group().decode('latin-1')}'"
        else:
            why = f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(encoded)}"
        raise ValueError(f"'{shown}' can not be converted to a Blob: {why}") from None


def to_datetime(text: str) -> datetime:
    """Read a timestamp: ISO 8601, in UTC unless it has a time zone, or seconds since 1970."""
    found = _ISO.fullmatch(text)
    if found is None:
        return from_epoch(float(text))
    *fields, fraction, sign, hours, minutes = found.groups()
    year, month, day, hour, minute, second = map(int, fields)
    microsecond = int((fraction or "").ljust(6, "0")[:6])
    instant = datetime(year, month, day, hour, minute, second, microsecond, timezone.utc)
    if sign is None:
        return instant
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        return instant - offset if sign == "+" else instant + offset
    except OverflowError as error:
        raise ValueError(str(error)) from None


def from_epoch(seconds: float) -> datetime:
    """Return the time for a number of seconds since 1970."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError as error:
        raise ValueError(str(error)) from None


def to_integer(text: str, kind: str) -> int:
    """Read an ``integer`` or a ``long``."""
    if _INTEGER.fullmatch(text) and is_integer(int(text), kind):
        return int(text)
    raise ValueError(text)


def is_integer(value: float, kind: str) -> bool:
    """Tell whether a number fits into an ``integer`` or a ``long``."""
    limit = 1 << (63 if kind == "long" else 31)
    return -limit <= value < limit


# To the wire: values of the wrong type raise `TypeError`


def text_of(value: object) -> str:
    """Return a string."""
    if isinstance(value, str):
        return value
    raise TypeError(f"{value!r} is not a string")


def integer_of(value: object) -> int:
    """Return a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"{value!r} is not a whole number")


def number_of(value: object) -> float:
    """Return a number as a float."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise TypeError(f"{value!r} is not a number")


def flag_of(value: object) -> bool:
    """Return a boolean."""
    if isinstance(value, bool):
        return value
    raise TypeError(f"{value!r} is not a bool")


def base64_of(value: object) -> str:
    """Return bytes as base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"{value!r} is not bytes")


def epoch_of(value: object) -> int | float:
    """Return seconds since 1970, with milliseconds if there are any, as SES sends them."""
    seconds = round(_instant_of(value).timestamp(), 3)
    return int(seconds) if seconds.is_integer() else seconds


def iso_of(value: object) -> str:
    """Return ISO 8601 in UTC, with milliseconds if there are any."""
    utc = _instant_of(value).astimezone(timezone.utc)
    millisecond = utc.microsecond // 1000
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{millisecond:03}Z" if millisecond else f"{utc:%Y-%m-%dT%H:%M:%SZ}"


def instant_writer(form: str | None, usual: str) -> Callable[[object], str | int | float]:
    """Return the function that writes timestamps in the format of the model, or else in the protocol's default."""
    return _INSTANTS[(form or usual).lower()]


def _instant_of(value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    raise TypeError(f"{value!r} is not a datetime with a zone")


# AWS's third format, RFC 822, is for HTTP headers. Neither API has a member in a header.
_INSTANTS: dict[str, Callable[[object], str | int | float]] = {"iso8601": iso_of, "unixtimestamp": epoch_of}
