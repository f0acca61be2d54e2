"""The settings of a fake: their names, defaults, meanings and checks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pytest_sesfake.ses.outcomes.outcomes import Outcome
    from pytest_sesfake.ses.suppression import SuppressionReason

Verification = Literal["pending", "instant"]
SmtpAuth = Literal["any", "derived"]
Severity = Literal["error", "warn", "ignore"]


class Given(TypedDict, total=False):
    """The settings as keyword arguments of ``SesFake`` and of the marker. ``docs/reference/settings.md`` lists them."""

    region: str
    account_id: str
    verified: Iterable[str]
    verification: Verification
    sandbox: bool
    quota: float | None
    rate: float | None
    request_rate: float | None
    suppression: SuppressionReason | Iterable[SuppressionReason]
    smtp_auth: SmtpAuth
    strict: bool
    unused_scripts: Severity
    unfinished: Severity
    outcomes: Mapping[str, Outcome | Sequence[Outcome]]
    seed: str | int


# A dict and a plain class, because a frozen dataclass of this size adds three milliseconds to each start of pytest.
DEFAULTS: dict[str, Any] = {
    "region": "us-east-1",
    "account_id": "123456789012",
    "verified": ("*",),
    "verification": "pending",
    "sandbox": False,
    "quota": None,
    "rate": None,
    "request_rate": None,
    "suppression": ("BOUNCE", "COMPLAINT"),
    "smtp_auth": "any",
    "strict": False,
    "unused_scripts": "error",
    "unfinished": "warn",
    "outcomes": {},
    "seed": "",
}
NAMES = tuple(DEFAULTS)


class Settings:
    """The settings of one fake.

    - ``region``: the region of clients that do not name one.
    - ``account_id``: the AWS account of the callers, 12 digits.
    - ``verified``: the identities that may send; ``"*"`` switches the check of senders off.
    - ``verification``: ``"pending"`` leaves new identities pending, ``"instant"`` verifies them at once.
    - ``sandbox``: whether the account is in the SES sandbox.
    - ``quota``, ``rate``: the limits in recipients per 24 hours and per second, enforced only if set.
    - ``request_rate``: the limit in API requests per second, not counting sends, enforced only if set.
    - ``suppression``: the reasons for which SES puts an address on the suppression list of the account.
    - ``smtp_auth``: ``"any"`` accepts each SMTP password, ``"derived"`` only those that SES derives.
    - ``strict``: whether a test fails if its calls have parameters that the fake ignores.
    - ``unused_scripts``: ``"error"`` fails a test with an unused script, ``"warn"`` warns, ``"ignore"`` allows it.
    - ``unfinished``: the same choice for set-up that a passed test did not finish.
    - ``outcomes``: scripts by address. If ``exempt``, they may stay unused, because several tests share them.
    - ``seed``: the fake computes all ids from it.
    """

    region: str
    account_id: str
    verified: tuple[str, ...]
    verification: Verification
    sandbox: bool
    quota: float | None
    rate: float | None
    request_rate: float | None
    suppression: tuple[SuppressionReason, ...]
    smtp_auth: SmtpAuth
    strict: bool
    unused_scripts: Severity
    unfinished: Severity
    outcomes: dict[str, Outcome | Sequence[Outcome]]
    seed: str

    def __init__(self, values: Mapping[str, Any], *, exempt: bool = False) -> None:
        vars(self).update({**DEFAULTS, **values})
        self.exempt = exempt


_CHOICES = {
    "verification": get_args(Verification),
    "smtp_auth": get_args(SmtpAuth),
    "unused_scripts": get_args(Severity),
    "unfinished": get_args(Severity),
    "suppression": ("BOUNCE", "COMPLAINT"),  # a test compares it with SuppressionReason, whose module loads slowly
}
_LISTS = {"verified": "identities", "suppression": "reasons"}
_FLAGS = ("sandbox", "strict")
_NUMBERS = {"quota": "recipients", "rate": "recipients", "request_rate": "requests"}


def make(given: Mapping[str, Any], *, exempt: bool = False) -> Settings:
    """Check settings and return them. Raises TypeError for an unknown name, and ValueError for a wrong value."""
    values = {name: _check(name, value) for name, value in given.items()}
    return Settings(values, exempt=exempt)


def unknown(name: str, names: Sequence[str]) -> str:
    """Return the error text for an unknown setting. It names the setting that was probably meant."""
    from pytest_sesfake.reading.suggestions import suggest  # not at the top: pytest loads this module in every run

    hint = suggest(name, names, otherwise="The settings are", cures={"unused": "unused_scripts"})
    return f"Unknown setting {name!r} of sesfake{hint}"


def _check(name: str, value: Any) -> Any:
    if name not in NAMES:
        raise TypeError(unknown(name, NAMES))
    check = _CHECKS.get(name)
    value = str(value) if check is None else check(name, value)
    for choice in value if name in _LISTS else (value,):
        if name in _CHOICES and choice not in _CHOICES[name]:
            raise ValueError(f"{name} takes {' or '.join(map(repr, _CHOICES[name]))}, not {choice!r}")
    return value


def _check_flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} takes True or False, not {value!r}")  # noqa: TRY004 - all settings raise ValueError for a wrong value
    return value


def _check_number(name: str, value: Any) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0):
        raise ValueError(f"{name} takes a number of {_NUMBERS[name]} above zero, or None, not {value!r}")
    return value


def _check_list(name: str, value: Any) -> tuple[str, ...]:
    values = (value,) if isinstance(value, str) else tuple(value) if hasattr(value, "__iter__") else (value,)
    if not all(isinstance(each, str) for each in values):
        raise ValueError(f"{name} takes a list of {_LISTS[name]}, not {value!r}")
    return values


def _check_region(name: str, value: Any) -> str:
    if not re.fullmatch("[a-z]{2,}(-[a-z]+)+-[0-9]+", str(value)):
        raise ValueError(f"{name} takes the name of a region, such as 'eu-west-1', not {value!r}")
    return str(value)


def _check_account(name: str, value: Any) -> str:
    if not re.fullmatch("[0-9]{12}", str(value)):
        raise ValueError(f"{name} takes twelve digits, not {value!r}")
    return str(value)


def _check_identities(name: str, value: Any) -> tuple[str, ...]:
    """Check that each value has the form of an address or a domain, or is ``"*"``."""
    values = _check_list(name, value)
    for each in values:
        if each != "*" and not re.fullmatch(r"[^\s@*]+@[^\s@*]+|[^\s@.*]+(\.[^\s@.*]+)+", each):
            raise ValueError(f"{name} takes addresses and domains, or '*' for any sender, not {each!r}")
    return values


def _check_seed(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(f"{name} takes a text or a whole number, not {value!r}")  # noqa: TRY004 - all settings raise ValueError for a wrong value
    return str(value)


def _check_outcomes(name: str, value: Any) -> dict[str, Any]:
    if not hasattr(value, "items") or not all(isinstance(address, str) for address in value):
        raise ValueError(
            f"{name} takes a dict of addresses and outcomes, such as {{'*@example.com': Bounce()}}, not {value!r}"
        )
    for address, outcome in value.items():
        if not {"@", "*"} & set(address):
            raise ValueError(f"{name} takes addresses, or patterns like '*@example.com', not {address!r}")
        if isinstance(outcome, (list, tuple)) and not outcome:
            raise ValueError(f"{name}[{address!r}] takes at least one outcome, such as Delivery(), not {outcome!r}")
    return dict(value)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(_LISTS, _check_list),
    **dict.fromkeys(_FLAGS, _check_flag),
    **dict.fromkeys(_NUMBERS, _check_number),
    "verified": _check_identities,
    "account_id": _check_account,
    "region": _check_region,
    "seed": _check_seed,
    "outcomes": _check_outcomes,
}
