"""Conditions of policies: whether what is known of a send meets them.

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
    """Tell whether a pattern of the policy language, with ``*`` and ``?``, fits a text."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def listed(value: object) -> list[Any]:
    """Return a part of a policy as a list: the language lets one value stand for a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def are_met(conditions: Mapping[str, Any], context: Context) -> bool:
    """Tell whether every condition of a statement is met; ``context`` has the values by key in lower case.

    An operator that the policy language does not have is never met.
    """
    return all(
        _is_met(spelt, [_text(each) for each in listed(wanted)], context.get(key.lower(), ()))
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
    if not values:  # what is not there is unlike anything, and all of nothing is as it should be
        return quantifier != "foranyvalue" and (may_lack or is_negated or quantifier == "forallvalues")
    fits = [any(compare(value, each) for each in wanted) is not is_negated for value in values]
    return all(fits) if quantifier == "forallvalues" else any(fits)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")  # which is like nothing


def _instant(text: str) -> float:
    """Read a date, or the seconds since the epoch."""
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


def _compared(read: Callable[[str], float], how: Callable[[float, float], bool]) -> Compare:
    return lambda value, wanted: how(read(value), read(wanted))


_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "equals": operator.eq,
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}
# By name in lower case, without the Not of those that mean the contrary.
_OPERATORS: dict[str, Compare] = {
    "stringequals": operator.eq,
    "stringequalsignorecase": lambda value, wanted: value.lower() == wanted.lower(),
    "stringlike": lambda value, wanted: like(wanted, value),
    "arnequals": lambda value, wanted: like(wanted, value),
    "arnlike": lambda value, wanted: like(wanted, value),
    "bool": lambda value, wanted: value.lower() == wanted.lower(),
    "ipaddress": _is_within,
    **{f"numeric{name}": _compared(_number, how) for name, how in _ORDERS.items()},
    **{f"date{name}": _compared(_instant, how) for name, how in _ORDERS.items()},
}
