"""The settings of a fake: their names, defaults and meanings, and where a test says them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

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
    unused: str
    outcomes: Mapping[str, Outcome]
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
    "unused": "error",
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
    fails a test whose calls use what this fake gives no meaning to. ``unused`` says what an unused script is: an
    ``"error"`` or to ``"ignore"``. ``outcomes`` are scripts by address; with ``exempt``, as several tests share them,
    they may stay unused. ``seed`` makes all ids.
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
    unused: str
    outcomes: dict[str, Outcome]
    seed: str

    def __init__(self, values: Mapping[str, Any], *, exempt: bool = False) -> None:
        vars(self).update({**DEFAULTS, **values})
        self.exempt = exempt


_CHOICES = {
    "verification": ("pending", "instant"),
    "smtp_auth": ("any", "derived"),
    "unused": ("error", "ignore"),
    "suppression": ("BOUNCE", "COMPLAINT"),
}
_LISTS = ("verified", "suppression")
_FLAGS = ("sandbox", "strict")
_NUMBERS = {"quota": "recipients", "rate": "recipients", "request_rate": "requests"}


def make(given: Mapping[str, Any], *, exempt: bool = False) -> Settings:
    """Make settings of the names and values given; an unknown name is a TypeError, a wrong value a ValueError."""
    values = {name: _checked(name, value) for name, value in given.items()}
    return Settings(values, exempt=exempt)


def _checked(name: str, value: Any) -> Any:  # noqa: ANN401 - one value of many kinds
    if name not in NAMES:
        import difflib  # noqa: PLC0415 - costs a millisecond at every start

        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"the settings are {', '.join(NAMES)}"
        raise TypeError(f"{name!r} is not a setting of sesfake; {hint}")
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
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0):
        raise ValueError(f"{name} takes a number of {_NUMBERS[name]} above zero, or None, not {value!r}")
    return value


def _account(name: str, value: Any) -> str:  # noqa: ANN401 - whatever was given
    if not re.fullmatch("[0-9]{12}", str(value)):
        raise ValueError(f"{name} takes twelve digits, not {value!r}")
    return str(value)


_READ: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(_LISTS, lambda _, value: (value,) if isinstance(value, str) else tuple(value)),
    **dict.fromkeys(_FLAGS, _flag),
    **dict.fromkeys(_NUMBERS, _number),
    "account_id": _account,
    "outcomes": lambda _, value: dict(value),
}


def add_ini(parser: pytest.Parser) -> None:
    """Declare the ini keys, ``sesfake_<name>`` for each setting that a file can say."""
    for name in INI:
        kind: Any = "linelist" if name in _LISTS else "bool" if name in _FLAGS else "string"
        parser.addini(f"sesfake_{name}", f"pytest-sesfake: {name}, see its documentation", type=kind, default=None)
    parser.addini("sesfake_autouse", "pytest-sesfake: run every test with an active fake", type="bool", default=False)


def check_ini(config: pytest.Config) -> None:
    """Refuse ini keys of ours that there are not: pytest itself only warns of them, and of ``-o`` not even that."""
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
        given.update({name: value for name, value in marker.kwargs.items() if name != GUARD})
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
    return text.replace(".", "", 1).isdecimal()
