"""Compare values with what a test asked for. Scripts and matchers use the same rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses.mail.addresses import parse_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    class Comparer(Protocol):
        """An object of dirty-equals. A protocol of ``__eq__`` would also accept every misspelt text."""

        def equals(self, other: Any, /) -> bool:
            """Tell whether the object is equal to another one."""

    Condition = re.Pattern[str] | Callable[[str], object] | Comparer


def value_fits(expected: object, actual: Any) -> bool:
    """Tell whether ``actual`` matches ``expected``.

    A compiled pattern is searched in the value. A function is called with the value. ``None`` matches an empty value
    (but not 0 or False). Everything else is compared with ``==``, and an ``__eq__`` of the expected object can decide.
    """
    if isinstance(expected, re.Pattern):
        return actual is not None and expected.search(actual) is not None
    if expected is None:
        return actual is None or (not isinstance(actual, (bool, int, float)) and not actual)
    if callable(expected) and type(expected).__eq__ is object.__eq__:
        return bool(expected(actual))
    return bool(actual == expected)


def equals(expected: object, actual: list[Any]) -> bool:
    """Tell whether ``expected`` has its own ``__eq__`` and is equal to the whole list."""
    decides = not isinstance(expected, (str, re.Pattern)) and type(expected).__eq__ is not object.__eq__
    return decides and bool(actual == expected)


def is_exact(expected: object) -> bool:
    """Tell whether an address selector is one exact address, without a wildcard."""
    return isinstance(expected, str) and "*" not in expected


def address_fits(expected: object, actual: str) -> bool:
    """Tell whether one address matches ``expected``.

    A string is compared with the bare address; the case of the domain is ignored, and ``*`` is the only wildcard.
    Any other value may match the bare address or the full form with its display name.
    """
    if isinstance(expected, str):
        wanted = parse_address(expected).normal
        if "*" in wanted:
            return _wildcard(wanted).fullmatch(parse_address(actual).normal) is not None
        return wanted == parse_address(actual).normal
    return value_fits(expected, actual) or ("<" in actual and value_fits(expected, parse_address(actual).bare))


def addresses_fit(expected: object, actual: list[str] | tuple[str, ...]) -> bool:
    """Tell whether a list of addresses matches ``expected``.

    A single value must match at least one address. A list must match all addresses, in any order. ``None`` matches an
    empty list. An object with its own ``__eq__`` may be equal to one address or to the whole list. The list is
    compared both with and without display names.
    """
    if expected is None:
        return not actual
    if isinstance(expected, (list, tuple, set, frozenset)):
        rest = list(actual)
        for wanted in sorted(expected, key=lambda wanted: not is_exact(wanted)):  # wildcards last
            found = next((address for address in rest if address_fits(wanted, address)), None)
            if found is None:
                return False
            rest.remove(found)
        return not rest
    if any(address_fits(expected, address) for address in actual):
        return True
    return equals(expected, list(actual)) or equals(expected, [parse_address(each).bare for each in actual])


def subset_fits(expected: object, actual: object) -> bool:
    """Tell whether ``actual`` contains all keys and values of the mapping ``expected``.

    Other values than mappings are compared as a whole.
    """
    return subset_misfit(expected, actual) is None


def subset_misfit(expected: object, actual: object, path: str = "") -> tuple[str, object, object] | None:
    """Return the first difference as (path, expected value, actual value), or ``None``.

    Extra keys in ``actual`` are ignored, at every depth. Lists are compared element by element.
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
