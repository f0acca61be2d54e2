"""The settings of a fake: their names, defaults and meanings, and where a test says them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pytest

    from pytest_sesfake.world.outcomes import Outcome


class Given(TypedDict, total=False):
    """The settings as keywords of ``SesFake`` and of the marker."""

    region: str
    account_id: str
    verified: Iterable[str]
    verification: str
    sandbox: bool
    quota: float | None
    rate: float | None
    request_rate: float | None
    suppression: Iterable[str]
    smtp_auth: str
    strict: bool
    unused_scripts: str
    outcomes: Mapping[str, Outcome | Sequence[Outcome]]
    seed: str | int


# A plain table and a plain class: a frozen dataclass of this size costs each start of pytest three milliseconds.
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
    "outcomes": {},
    "seed": "",
}
NAMES = tuple(DEFAULTS)
GUARD = "guard"  # a keyword of the marker alone, about tests without a fake
INI = tuple(name for name in NAMES if name != "outcomes")
_MORE_INI = ("autouse", "guard")


class Settings:
    """The settings of one fake.

    ``region`` and ``account_id`` are those of clients that name none. ``verified`` are identities to send from; with
    ``"*"`` among them the sender is not checked. ``verification`` says whether new identities stay ``"pending"`` or are
    verified ``"instant"``. ``quota`` (recipients a day), ``rate`` (recipients a second) and ``request_rate``
    (API requests a second that are no sends) are enforced where set. ``suppression`` holds the reasons that put an
    address on the account's list. ``smtp_auth`` admits ``"any"`` login, or only ``"derived"`` passwords. ``strict``
    fails a test whose calls use what this fake gives no meaning to. An unused script fails the test with
    ``unused_scripts="error"``, and is ignored with ``"ignore"``. ``outcomes`` are scripts by address; with ``exempt``,
    as several tests share them, they may stay unused. ``seed`` makes all ids.
    """

    region: str
    account_id: str
    verified: tuple[str, ...]
    verification: str
    sandbox: bool
    quota: float | None
    rate: float | None
    request_rate: float | None
    suppression: tuple[str, ...]
    smtp_auth: str
    strict: bool
    unused_scripts: str
    outcomes: dict[str, Outcome | Sequence[Outcome]]
    seed: str

    def __init__(self, values: Mapping[str, Any], *, exempt: bool = False) -> None:
        vars(self).update({**DEFAULTS, **values})
        self.exempt = exempt


_CHOICES = {
    "verification": ("pending", "instant"),
    "smtp_auth": ("any", "derived"),
    "unused_scripts": ("error", "ignore"),
    "suppression": ("BOUNCE", "COMPLAINT"),
}
_LISTS = {"verified": "identities", "suppression": "reasons"}
_FLAGS = ("sandbox", "strict")
_NUMBERS = {"quota": "recipients", "rate": "recipients", "request_rate": "requests"}


def make(given: Mapping[str, Any], *, exempt: bool = False) -> Settings:
    """Make settings of the names and values given; an unknown name is a TypeError, a wrong value a ValueError."""
    values = {name: _checked(name, value) for name, value in given.items()}
    return Settings(values, exempt=exempt)


def _unknown(name: str, names: Sequence[str]) -> str:
    import difflib  # noqa: PLC0415 - costs a millisecond at every start

    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"the settings are {', '.join(names)}"
    return f"{name!r} is not a setting of sesfake; {hint}"


def _checked(name: str, value: Any) -> Any:  # noqa: ANN401 - one value of many kinds
    if name not in NAMES:
        raise TypeError(_unknown(name, NAMES))
    read = _READ.get(name)
    value = str(value) if read is None else read(name, value)
    for choice in value if name in _LISTS else (value,):
        if name in _CHOICES and choice not in _CHOICES[name]:
            raise ValueError(f"{name} takes {' or '.join(map(repr, _CHOICES[name]))}, not {choice!r}")
    return value


def _flag(name: str, value: Any) -> bool:  # noqa: ANN401 - whatever was given
    if not isinstance(value, bool):
        raise ValueError(f"{name} takes True or False, not {value!r}")  # noqa: TRY004 - one kind of error for all values
    return value


def _number(name: str, value: Any) -> float | None:  # noqa: ANN401 - whatever was given
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0):
        raise ValueError(f"{name} takes a number of {_NUMBERS[name]} above zero, or None, not {value!r}")
    return value


def _list(name: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - whatever was given
    values = (value,) if isinstance(value, str) else tuple(value) if hasattr(value, "__iter__") else (value,)
    if not all(isinstance(each, str) for each in values):
        raise ValueError(f"{name} takes a list of {_LISTS[name]}, not {value!r}")
    return values


def _region(name: str, value: Any) -> str:  # noqa: ANN401 - whatever was given
    if not re.fullmatch("[a-z]{2,}(-[a-z]+)+-[0-9]+", str(value)):
        raise ValueError(f"{name} takes the name of a region, 'eu-west-1' for one, not {value!r}")
    return str(value)


def _account(name: str, value: Any) -> str:  # noqa: ANN401 - whatever was given
    if not re.fullmatch("[0-9]{12}", str(value)):
        raise ValueError(f"{name} takes twelve digits, not {value!r}")
    return str(value)


def _identities(name: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - whatever was given
    """Read identities; whatever looks like an address or a domain may be one."""
    values = _list(name, value)
    for each in values:
        if each != "*" and not re.fullmatch(r"[^\s@*]+@[^\s@*]+|[^\s@.*]+(\.[^\s@.*]+)+", each):
            raise ValueError(f"{name} takes addresses and domains, or '*' for any sender, not {each!r}")
    return values


def _seed(name: str, value: Any) -> str:  # noqa: ANN401 - whatever was given
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(f"{name} takes a text or a whole number, not {value!r}")  # noqa: TRY004 - as above
    return str(value)


def _by_address(name: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever was given
    if not hasattr(value, "items") or not all(isinstance(address, str) for address in value):
        raise ValueError(f"{name} takes outcomes by address, {{'*@example.com': Bounce()}} for one, not {value!r}")
    for address, outcome in value.items():
        if not {"@", "*"} & set(address):
            raise ValueError(f"{name} takes addresses, or patterns like '*@example.com', not {address!r}")
        if isinstance(outcome, (list, tuple)) and not outcome:
            raise ValueError(f"{name}[{address!r}] takes one outcome at least, Delivery() for one, not {outcome!r}")
    return dict(value)


_READ: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(_LISTS, _list),
    **dict.fromkeys(_FLAGS, _flag),
    **dict.fromkeys(_NUMBERS, _number),
    "verified": _identities,
    "account_id": _account,
    "region": _region,
    "seed": _seed,
    "outcomes": _by_address,
}


def add_ini(parser: pytest.Parser) -> None:
    """Declare the ini keys, ``sesfake_<name>`` for each setting that a file can say."""
    for name in INI:
        kind: Any = "linelist" if name in _LISTS else "bool" if name in _FLAGS else "string"
        parser.addini(f"sesfake_{name}", f"pytest-sesfake: {name}, see its documentation", type=kind, default=None)
    parser.addini("sesfake_autouse", "pytest-sesfake: run every test with an active fake", type="bool", default=False)


def check_ini(config: pytest.Config) -> None:
    """Refuse ini keys of ours that there are not, and values that make no sense, once and not in every test.

    Of keys pytest itself only warns, and of ``-o`` not even that.
    """
    for name in (*_FLAGS, *_MORE_INI):
        _check_flag(config, f"sesfake_{name}")
    overridden = (entry.partition("=")[0] for entry in config.getoption("override_ini") or ())
    # Which keys a file has pytest tells nobody: its own name for them is looked for, without insisting.
    said = vars(config).get("_inicfg") or vars(config).get("inicfg") or ()
    for key in (*said, *overridden):
        if key.startswith("sesfake_"):
            try:
                config.getini(key)
            except ValueError:
                import difflib  # noqa: PLC0415 - costs a millisecond at every start

                import pytest  # noqa: PLC0415 - the type checker's import above is enough for everything else

                near = difflib.get_close_matches(key, [f"sesfake_{name}" for name in (*INI, *_MORE_INI)], n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                msg = f"{key!r} is no ini key of sesfake{hint}"
                raise pytest.UsageError(msg) from None
    try:
        of_session(config)
    except ValueError as error:
        import pytest  # noqa: PLC0415 - as above

        raise pytest.UsageError(f"sesfake_{error}") from None


def _check_flag(config: pytest.Config, key: str) -> None:
    """Refuse what is neither true nor false; pytest itself does not say which key it is."""
    import pytest  # noqa: PLC0415 - the type checker's import above is enough for everything else

    try:
        config.getini(key)
    except (ValueError, pytest.UsageError) as error:
        raise pytest.UsageError(f"{key} takes true or false: {error}") from None


def activates(item: pytest.Item) -> bool:
    """Tell whether a marker asks for the fake: one that speaks of nothing but the guard does not."""
    return any(marker.args or set(marker.kwargs) != {GUARD} for marker in item.iter_markers("sesfake"))


def of_item(item: pytest.Item) -> Settings:
    """Return the settings of a test: ini file, then module, class and function markers, merged key by key.

    What cannot be right is a ``pytest.UsageError`` that names the test.
    """
    import pytest  # noqa: PLC0415 - the type checker's import above is enough for everything else

    given = of_ini(item.config)
    shared = True
    for node, marker in reversed(list(item.iter_markers_with_node("sesfake"))):
        if marker.args:
            msg = f"{item.nodeid}: the marker sesfake takes keywords only, not {marker.args!r}"
            raise pytest.UsageError(msg)
        for name, value in marker.kwargs.items():
            if name not in (*NAMES, GUARD):
                raise pytest.UsageError(f"{item.nodeid}: {_unknown(name, (*NAMES, GUARD))}")
            if name != GUARD:
                given[name] = value
        if "outcomes" in marker.kwargs:
            shared = node is not item
    given.setdefault("seed", item.nodeid)
    try:
        return make(given, exempt=shared)
    except (TypeError, ValueError) as error:
        msg = f"{item.nodeid}: {error}"
        raise pytest.UsageError(msg) from None


def of_session(config: pytest.Config) -> Settings:
    """Return what the ini file alone says, for what outlives a test."""
    return make(of_ini(config))


def of_ini(config: pytest.Config) -> dict[str, Any]:
    """Return what the ini file says."""
    given: dict[str, Any] = {}
    for name in INI:
        value = config.getini(f"sesfake_{name}")
        if value is None or value in ("", []):
            continue
        given[name] = float(value) if name in _NUMBERS and isinstance(value, str) and _is_number(value) else value
    return given


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
