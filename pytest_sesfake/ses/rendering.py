"""Templates as SES renders them: Handlebars that does not escape, and does without no attribute that it prints.

The engine is ``dotpromptz-handlebars``, which takes Handlebars.js for its measure. Its strict mode is what SES does: to
print what is not there is a failure, to ask for it in a condition is none. What SES, a Java program, does otherwise is
settled here, before the engine sees a template or its data.

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


class Unrenderable(Exception):  # noqa: N818 - what becomes of a message, and no error of ours
    """A template and data that do not fit; ``attribute`` is what the data lacks, if that is the reason."""

    def __init__(self, text: str, attribute: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.attribute = attribute


# Templates.

_OPERATION = re.compile(r"\{\{\{?~?\s*[#^/>]")
_NO_HELPER = re.compile(r'Missing helper: "(.*)"', re.DOTALL)


def fault(source: str) -> str | None:
    """Return what is wrong with the grammar of a template, ``None`` if nothing is."""
    try:
        _compiled(source)
    except Exception as error:  # noqa: BLE001 - the engine stumbles over broken templates in several ways
        return _reported(error)
    return None


def _reported(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "the template cannot be read"


def has_operations(source: str) -> bool:
    """Tell whether a template does more than to print attributes: it has blocks or partials."""
    return _OPERATION.search(source) is not None


def render(source: str, data: Data) -> str:
    """Return a template filled in; ``Unrenderable`` where the data lacks what it prints."""
    lacking = _engine().lacking
    try:
        return _compiled(source)(_usable(data))
    except lacking as error:
        _lacks(error.path)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the template's and not the caller's fault
        # To SES a helper that there is not is one more attribute that is missing, as in a mail whose {{#if}} was
        # written {{#IF}} by mistake.
        unknown = _NO_HELPER.fullmatch(str(error))
        if unknown is not None:
            _lacks(unknown[1])
        raise Unrenderable(_reported(error)) from None


def _lacks(attribute: str) -> NoReturn:
    raise Unrenderable(f"Attribute '{attribute}' is not present in the rendering data.", attribute) from None


@lru_cache(maxsize=256)
def _compiled(source: str) -> Callable[[Data], str]:
    return _engine().handlebars.compile(handlebars.spelt(source))


class _Engine(NamedTuple):
    """The engine, and what it raises for a missing attribute.

    They are kept together: pytester drops modules that were first imported inside it, and the class of the next import
    would be another one.
    """

    handlebars: Handlebars
    lacking: type[StrictModeError]


@cache
def _engine() -> _Engine:
    from dotpromptz_handlebars import Handlebars, StrictModeError  # noqa: PLC0415 - a test without templates needs none

    engine = Handlebars(escape_html=False, strict=True)
    engine.register_helper("log", lambda _, __: "")  # the engine's own one prints
    engine.register_helper("lookup", _lookup)  # the engine's own one gives back what is empty
    return _Engine(engine, StrictModeError)


# Data.


def read(text: str) -> dict[str, Any]:
    """Return template data, which is a JSON object; refuse anything else."""
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Invalid("Unable to parse template data (invalid JSON).") from None
    if not isinstance(found, dict):
        raise Invalid("The template data is invalid")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are JSON to Python alone


def merge(default: Data, replacement: Data) -> dict[str, Any]:
    """Return default data with replacements in it, at every depth; a list is replaced as a whole."""
    merged = dict(default)
    for name, value in replacement.items():
        known = merged.get(name)
        merged[name] = merge(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def _lookup(args: list[Any], _: object) -> Any:
    """Return what has a name in an object, or a place in a list; of what is neither, that which is as good as no."""
    collection, key = [*args, None, None][:2]
    name = str(key)
    if isinstance(collection, dict):
        return collection.get(name)
    if not isinstance(collection, _List):
        return None if collection else collection
    return collection[name] if name == "length" or name in collection.keys() else None  # noqa: SIM118 - it has others


_LARGEST_EXACT = 2**53


def _usable(value: Any) -> Any:
    """Return data as the engine needs it: null is as good as missing, and numbers print as JavaScript has them."""
    if isinstance(value, dict):
        return {name: _usable(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return _List(map(_usable, value))
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > _LARGEST_EXACT):
        return _Number(str(value))  # of a number that is too big, the text becomes infinite and the number an error
    return value


class _List(list[Any]):
    """A list that the engine can ask for its ``length`` as it asks objects; in JavaScript it is one."""

    def __contains__(self, name: object) -> bool:
        return name == "length"

    def __getitem__(self, place: Any) -> Any:
        return len(self) if place == "length" else super().__getitem__(int(place))

    def keys(self) -> Iterator[str]:
        """Yield the places, as JavaScript has them."""
        return map(str, range(len(self)))

    def items(self) -> Iterator[tuple[int, Any]]:
        """Yield the elements, each with its place."""
        return enumerate(self)


Mapping.register(_List)


class _Number(float):
    """A number that the engine prints by ``str``."""

    def is_integer(self) -> bool:
        """Say no: the engine prints whole numbers in a way of its own."""
        return False

    def __str__(self) -> str:
        return _number(float(self))


_LONGEST_WHOLE = 21
_SMALLEST_POINT = -6


def _number(value: float) -> str:
    """Return a number as JavaScript writes it (ECMA-262, Number::toString)."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    if math.isinf(value):
        return f"{sign}Infinity"
    mantissa, _, power = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = int(power or 0) - len(fraction) + len(digits)  # where the point is, counted from the first digit
    digits = digits.rstrip("0")
    if len(digits) <= point <= _LONGEST_WHOLE:
        return sign + digits.ljust(point, "0")
    if 0 < point <= _LONGEST_WHOLE:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if _SMALLEST_POINT < point <= 0:
        return f"{sign}0.{digits.rjust(len(digits) - point, '0')}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{point - 1:+d}"
