"""Conditions of policies: evaluate the ``Condition`` block of a statement for a send.

An operator has a name such as ``StringEquals``, optionally with a quantifier before it (``ForAnyValue:``) and
``IfExists`` behind it. Each operator becomes a function that compares two texts; negated operators (``StringNotLike``)
use the function of the positive one. An operator that IAM does not know never matches.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
import operator
import re
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Context = Mapping[str, Sequence[str]]
    Compare = Callable[[str, str], bool]


def like(pattern: str, text: str) -> bool:
    """Tell whether a text matches a pattern of the policy language, with the wildcards ``*`` and ``?``."""
    return _compile(pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def as_list(value: object) -> list[Any]:
    """Return an element of a policy as a list. The policy language allows a single value instead of a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def are_met(conditions: Mapping[str, Any], context: Context) -> bool:
    """Tell whether all conditions of a statement match. ``context`` holds the values by key, in lower case.

    An operator that the policy language does not have never matches.
    """
    return all(
        _is_met(spelt, [_text(each) for each in as_list(wanted)], context.get(key.lower(), ()))
        for spelt, keys in conditions.items()
        for key, wanted in (keys.items() if isinstance(keys, dict) else [("", None)])
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_met(spelt: str, wanted: Sequence[str], values: Sequence[str]) -> bool:
    quantifier, _, name = spelt.lower().rpartition(":")
    if name == "null":
        return (not values) is (wanted[:1] == ["true"])
    may_lack = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    is_negated = "not" in name
    compare = _OPERATORS.get(name.replace("not", "", 1))
    if compare is None:
        return False
    if not values:  # IAM: a missing key matches negated operators, IfExists and ForAllValues
        return quantifier != "foranyvalue" and (may_lack or is_negated or quantifier == "forallvalues")
    fits = [any(compare(value, each) for each in wanted) is not is_negated for value in values]
    return all(fits) if quantifier == "forallvalues" else any(fits)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")  # not equal to, less than or greater than any number


def _instant(text: str) -> float:
    """Convert a date, or a number of epoch seconds, to epoch seconds. Return NaN if it is neither."""
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return _number(text)
    return (at if at.tzinfo else at.replace(tzinfo=timezone.utc)).timestamp()


def _is_within(value: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _comparison(read: Callable[[str], float], how: Callable[[float, float], bool]) -> Compare:
    return lambda value, wanted: how(read(value), read(wanted))


_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "equals": operator.eq,
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}
# By name in lower case, without the "Not" of negated operators.
_OPERATORS: dict[str, Compare] = {
    "stringequals": operator.eq,
    "stringequalsignorecase": lambda value, wanted: value.lower() == wanted.lower(),
    "stringlike": lambda value, wanted: like(wanted, value),
    "arnequals": lambda value, wanted: like(wanted, value),
    "arnlike": lambda value, wanted: like(wanted, value),
    "bool": lambda value, wanted: value.lower() == wanted.lower(),
    "ipaddress": _is_within,
    **{f"numeric{name}": _comparison(_number, how) for name, how in _ORDERS.items()},
    **{f"date{name}": _comparison(_instant, how) for name, how in _ORDERS.items()},
}
