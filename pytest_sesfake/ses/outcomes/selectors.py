"""When a value fits what a test asked for: one meaning for scripts and for matchers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses.mail.addresses import bare, normal

if TYPE_CHECKING:
    from collections.abc import Iterable


def value_fits(expected: object, actual: Any) -> bool:
    """Tell whether ``actual`` is what was asked for.

    A compiled pattern searches, a function is asked, ``None`` means "has none"; everything else is compared with
    ``==``, the expected value on the right so that its ``__eq__`` may decide.
    """
    if isinstance(expected, re.Pattern):
        return actual is not None and expected.search(actual) is not None
    if expected is None:
        return actual is None or (not isinstance(actual, (bool, int, float)) and not actual)
    if callable(expected) and type(expected).__eq__ is object.__eq__:
        return bool(expected(actual))
    return bool(actual == expected)


def equals(expected: object, actual: list[Any]) -> bool:
    """Tell whether an object that has an ``__eq__`` of its own says that it is equal to a list as a whole."""
    decides = not isinstance(expected, (str, re.Pattern)) and type(expected).__eq__ is not object.__eq__
    return decides and bool(actual == expected)


def is_exact(expected: object) -> bool:
    """Tell whether an address selector names one address."""
    return isinstance(expected, str) and "*" not in expected


def address_fits(expected: object, actual: str) -> bool:
    """Tell whether one address is what was asked for.

    A string is compared as a bare address, the domain without case, ``*`` as the only wildcard. Anything else may fit
    the bare address or the whole spelling, with its display name.
    """
    if isinstance(expected, str):
        wanted = normal(expected)
        if "*" in wanted:
            return _wildcard(wanted).fullmatch(normal(actual)) is not None
        return wanted == normal(actual)
    return value_fits(expected, actual) or ("<" in actual and value_fits(expected, bare(actual)))


def addresses_fit(expected: object, actual: list[str] | tuple[str, ...]) -> bool:
    """Tell whether a list of addresses is what was asked for.

    One element suffices for a single value; a list asks for the same addresses in any order; ``None`` for no address.
    An object with an ``__eq__`` of its own may be equal to one of them, or to the list, of whatever spelling.
    """
    if expected is None:
        return not actual
    if isinstance(expected, (list, tuple, set, frozenset)):
        rest = list(actual)
        for wanted in sorted(expected, key=lambda wanted: not is_exact(wanted)):  # a wildcard takes what is left over
            found = next((address for address in rest if address_fits(wanted, address)), None)
            if found is None:
                return False
            rest.remove(found)
        return not rest
    if any(address_fits(expected, address) for address in actual):
        return True
    return equals(expected, list(actual)) or equals(expected, list(map(bare, actual)))


def subset_fits(expected: object, actual: object) -> bool:
    """Tell whether ``actual`` holds what ``expected``, a mapping, asks for; other values are asked as a whole."""
    return subset_misfit(expected, actual) is None


def subset_misfit(expected: object, actual: object, path: str = "") -> tuple[str, object, object] | None:
    """Return the first place where ``actual`` lacks what ``expected`` asks for: its path and the values of both.

    Of a mapping only the keys that are asked for count, at every depth; lists are compared element by element.
    """
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        pairs: Iterable[tuple[str, object, object]] = (
            (f"{path}.{key}" if path else str(key), value, actual.get(key)) for key, value in expected.items()
        )
    elif isinstance(expected, (list, tuple)) and isinstance(actual, (list, tuple)) and len(expected) == len(actual):
        pairs = ((f"{path}[{place}]", *both) for place, both in enumerate(zip(expected, actual, strict=True)))
    else:
        return None if value_fits(expected, actual) else (path, expected, actual)
    misfits = (subset_misfit(wanted, found, where) for where, wanted, found in pairs)
    return next((misfit for misfit in misfits if misfit is not None), None)


@lru_cache(maxsize=256)
def _wildcard(wanted: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in wanted.split("*")), re.DOTALL)
