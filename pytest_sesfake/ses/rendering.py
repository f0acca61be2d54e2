"""Render templates as SES does: Handlebars without escaping, where every printed attribute must exist.

The engine is ``dotpromptz-handlebars``, which follows Handlebars.js. Its strict mode behaves like SES: printing a
missing attribute fails, but a condition may test it. SES uses a Java implementation; this module handles the
differences before the engine sees a template or its data.

https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-advanced.html
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from pytest_sesfake.ses import handlebars
from pytest_sesfake.ses.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dotpromptz_handlebars import Handlebars, StrictModeError

    Data = Mapping[str, Any]


class Unrenderable(Exception):  # noqa: N818 - a regular outcome of a message, not an error in this package
    """SES cannot render a template with this data. ``attribute`` is the missing attribute, if that is the reason."""

    def __init__(self, text: str, attribute: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.attribute = attribute


# Templates.

_OPERATION = re.compile(r"\{\{\{?~?\s*[#^/>]")
_NO_HELPER = re.compile(r'Missing helper: "(.*)"', re.DOTALL)


def fault(source: str) -> str | None:
    """Return the syntax error of a template, or ``None``."""
    try:
        _compile(source)
    except Exception as error:  # noqa: BLE001 - the engine raises many exception types for broken templates
        return _error_text(error)
    return None


def _error_text(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "the template cannot be read"


def has_operations(source: str) -> bool:
    """Tell whether a template has blocks or partials, not just attributes."""
    return _OPERATION.search(source) is not None


def render(source: str, data: Data) -> str:
    """Return the rendered template. Raises `Unrenderable`, for example if the data lacks a printed attribute."""
    lacking = _engine().lacking
    try:
        return _compile(source)(_usable(data))
    except lacking as error:
        _lacks(error.path)
    except Exception as error:  # noqa: BLE001 - any exception here is a fault of the template, not of the caller
        # SES reports an unknown helper as a missing attribute. So {{#IF}}, a misspelt {{#if}}, is a missing attribute
        # of the data.
        unknown = _NO_HELPER.fullmatch(str(error))
        if unknown is not None:
            _lacks(unknown[1])
        raise Unrenderable(_error_text(error)) from None


def _lacks(attribute: str) -> NoReturn:
    raise Unrenderable(f"Attribute '{attribute}' is not present in the rendering data.", attribute) from None


@lru_cache(maxsize=256)
def _compile(source: str) -> Callable[[Data], str]:
    return _engine().handlebars.compile(handlebars.rewrite(source))


class _Engine(NamedTuple):
    """The Handlebars engine and its exception class for a missing attribute.

    Both are kept together, because pytester removes modules that were first imported inside it. The next import would
    create a different exception class, which an ``except`` clause here would not match.
    """

    handlebars: Handlebars
    lacking: type[StrictModeError]


@cache
def _engine() -> _Engine:
    from dotpromptz_handlebars import Handlebars, StrictModeError

    engine = Handlebars(escape_html=False, strict=True)
    engine.register_helper("log", lambda _, __: "")  # the default helper prints to stdout
    engine.register_helper("lookup", _lookup)  # the default helper returns empty values
    return _Engine(engine, StrictModeError)


# Data.


def read(text: str) -> dict[str, Any]:
    """Parse template data. Raises a `Refusal` unless it is a JSON object."""
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Invalid("Unable to parse template data (invalid JSON).") from None
    if not isinstance(found, dict):
        raise Invalid("The template data is invalid")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # only Python accepts NaN and Infinity as JSON


def merge(default: Data, replacement: Data) -> dict[str, Any]:
    """Merge replacement data into default data, at every depth. A list is replaced as a whole."""
    merged = dict(default)
    for name, value in replacement.items():
        known = merged.get(name)
        merged[name] = merge(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def _lookup(args: list[Any], _: object) -> Any:
    """Return an attribute of an object or an element of a list. For any other value return a false value."""
    collection, key = [*args, None, None][:2]
    name = str(key)
    if isinstance(collection, dict):
        return collection.get(name)
    if not isinstance(collection, _List):
        return None if collection else collection
    return collection[name] if name == "length" or name in collection.keys() else None  # noqa: SIM118 - the type defines `in` differently


_LARGEST_EXACT = 2**53


def _usable(value: Any) -> Any:
    """Convert data for the engine: null counts as missing, and numbers print as in JavaScript."""
    if isinstance(value, dict):
        return {name: _usable(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return _List(map(_usable, value))
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > _LARGEST_EXACT):
        return _Number(str(value))  # via text: float() of a huge int raises OverflowError, of its text gives inf
    return value


class _List(list[Any]):
    """A list with a ``length`` attribute and indexes as keys, as in JavaScript, where lists are objects."""

    def __contains__(self, name: object) -> bool:
        return name == "length"

    def __getitem__(self, place: Any) -> Any:
        return len(self) if place == "length" else super().__getitem__(int(place))

    def keys(self) -> Iterator[str]:
        """Yield the indexes as strings, as JavaScript does."""
        return map(str, range(len(self)))

    def items(self) -> Iterator[tuple[int, Any]]:
        """Yield pairs of index and element."""
        return enumerate(self)


Mapping.register(_List)


class _Number(float):
    """A number that the engine prints with ``str``."""

    def is_integer(self) -> bool:
        """Return False, so that the engine does not use its own format for whole numbers."""
        return False

    def __str__(self) -> str:
        return _number(float(self))


_LONGEST_WHOLE = 21
_SMALLEST_POINT = -6


def _number(value: float) -> str:
    """Return a number as JavaScript prints it (ECMA-262, Number::toString)."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    if math.isinf(value):
        return f"{sign}Infinity"
    mantissa, _, power = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = int(power or 0) - len(fraction) + len(digits)  # position of the decimal point, counted from the first digit
    digits = digits.rstrip("0")
    if len(digits) <= point <= _LONGEST_WHOLE:
        return sign + digits.ljust(point, "0")
    if 0 < point <= _LONGEST_WHOLE:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if _SMALLEST_POINT < point <= 0:
        return f"{sign}0.{digits.rjust(len(digits) - point, '0')}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{point - 1:+d}"
