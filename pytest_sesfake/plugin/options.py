"""The settings of a run: ini keys and markers, and how both become the settings of a fake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pytest_sesfake.plugin import default_region, github

if TYPE_CHECKING:
    from pytest_sesfake.fake.settings import Settings

GUARD = "guard"  # a keyword that only the marker has; it is for tests without a fake


class _Key(NamedTuple):
    """An ini key: its type for pytest, and its help text."""

    kind: str
    help: str


_KEYS = {
    "region": _Key("string", "The region of clients that name none (default: us-east-1)."),
    "account_id": _Key("string", "The AWS account id of the caller, 12 digits (default: 123456789012)."),
    "verified": _Key(
        "linelist",
        "Identities that may send, one per line. The default '*' accepts every sender.",
    ),
    "verification": _Key("string", "New identities are 'pending' (the default) or verified at once with 'instant'."),
    "sandbox": _Key("bool", "The account is in the SES sandbox: recipients must be verified too (default: false)."),
    "quota": _Key("string", "How many recipients SES accepts in 24 hours. Not enforced by default."),
    "rate": _Key("string", "How many recipients SES accepts per second. Not enforced by default."),
    "request_rate": _Key("string", "How many API requests, other than sends, per second. Not enforced by default."),
    "suppression": _Key(
        "linelist",
        "Reasons that put an address on the suppression list: BOUNCE, COMPLAINT or both (default: both).",
    ),
    "smtp_auth": _Key(
        "string", "SMTP accepts 'any' login (the default), or only passwords 'derived' from a secret key."
    ),
    "strict": _Key("bool", "A call that uses what this fake does not model fails the test (default: false)."),
    "unused_scripts": _Key("string", "A script that was never used: 'error' (the default), 'warn' or 'ignore'."),
    "unfinished": _Key(
        "string",
        "Set-up that a passed test did not finish, such as a step that was never reached: "
        "'warn' (the default), 'error' or 'ignore'.",
    ),
    "seed": _Key("string", "The seed of all ids (default: the id of the test)."),
}
_FLAGS = tuple(name for name, key in _KEYS.items() if key.kind == "bool")
_MORE = ("autouse", "default_region", "django", "github", "guard")
_NUMBERS = ("quota", "rate", "request_rate")


def add_ini(parser: pytest.Parser) -> None:
    """Declare the ini keys: ``sesfake_<name>`` for each setting that an ini file can have.

    Their default is ``None``, so that `of_ini` can tell which keys the file has.
    """
    for name, key in _KEYS.items():
        kind: Any = key.kind
        parser.addini(f"sesfake_{name}", f"pytest-sesfake: {key.help}", type=kind, default=None)
    parser.addini(
        "sesfake_autouse",
        "pytest-sesfake: Run every test with an active fake, without asking for the fixture (default: false).",
        type="bool",
        default=False,
    )
    parser.addini(
        default_region.INI,
        "pytest-sesfake: Clients of SES that find no region get the one of sesfake_region (default: true).",
        type="bool",
        default=True,
    )
    parser.addini(
        github.INI,
        "pytest-sesfake: In GitHub Actions, annotate failed tests and show their mail in the summary (default: false).",
        type="bool",
        default=False,
    )
    parser.addini(
        "sesfake_django",
        "pytest-sesfake: While a fake is active, Django sends with the mail backend of its settings, and not with "
        "the locmem backend of pytest-django (default: false).",
        type="bool",
        default=False,
    )


def check_ini(config: pytest.Config) -> None:
    """Raise ``pytest.UsageError`` for unknown ini keys and wrong values, once at the start of the run.

    pytest itself only warns about unknown keys in a file, and does not check those of ``-o``.
    """
    for name in (*_FLAGS, *_MORE):
        _check_flag(config, f"sesfake_{name}")
    overridden = (entry.partition("=")[0] for entry in config.getoption("override_ini") or ())
    # pytest has no public list of the keys in a file. If its private attribute is missing, only `-o` is checked.
    said = vars(config).get("_inicfg") or vars(config).get("inicfg") or ()
    for key in (*said, *overridden):
        if key.startswith("sesfake_"):
            try:
                config.getini(key)
            except ValueError:
                from pytest_sesfake.reading.suggestions import suggest

                known = [f"sesfake_{name}" for name in (*_KEYS, *_MORE)]
                hint = suggest(key, known, otherwise="The ini keys are")
                raise pytest.UsageError(f"Unknown ini key {key!r} of pytest-sesfake{hint}") from None
    try:
        of_session(config)
    except ValueError as error:
        raise pytest.UsageError(f"sesfake_{error}") from None


def _check_flag(config: pytest.Config, key: str) -> None:
    """Raise an error that names the key if its value is not a boolean. The error of pytest does not name the key."""
    try:
        config.getini(key)
    except (ValueError, pytest.UsageError) as error:
        raise pytest.UsageError(f"{key} takes true or false: {error}") from None


def activates(item: pytest.Item) -> bool:
    """Tell whether a marker asks for a fake of the test's own.

    A marker with only ``guard`` does not, nor does a marker of a module whose tests share a fake.
    """
    is_shared = not {"sesfake_module", "sesfake_session"}.isdisjoint(getattr(item, "fixturenames", ()))
    return any(
        marker.args or set(marker.kwargs) != {GUARD}
        for node, marker in item.iter_markers_with_node("sesfake")
        if node is item or not is_shared
    )


def of_node(item: pytest.Item | pytest.Collector) -> Settings:
    """Return the settings of a test, a module or the session: the ini file, then the markers, merged key by key.

    A wrong key or value raises ``pytest.UsageError`` with the id of the node.
    """
    from pytest_sesfake.fake.settings import NAMES, make, unknown

    given = of_ini(item.config)
    shared = True
    for node, marker in reversed(list(item.iter_markers_with_node("sesfake"))):
        if marker.args:
            raise pytest.UsageError(f"{item.nodeid}: the marker sesfake takes keywords only, not {marker.args!r}")
        for name, value in marker.kwargs.items():
            if name not in (*NAMES, GUARD):
                raise pytest.UsageError(f"{item.nodeid}: {unknown(name, (*NAMES, GUARD))}")
            if name != GUARD:
                given[name] = value
        if "outcomes" in marker.kwargs:
            shared = node is not item
    given.setdefault("seed", item.nodeid)
    try:
        return make(given, exempt=shared)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"{item.nodeid}: {error}") from None


def of_session(config: pytest.Config) -> Settings:
    """Return the settings of the ini file alone, for fixtures of the session."""
    from pytest_sesfake.fake.settings import make

    return make(of_ini(config))


def of_ini(config: pytest.Config) -> dict[str, Any]:
    """Return the settings that the ini file has. Numbers are converted; other values are checked later."""
    given: dict[str, Any] = {}
    for name in _KEYS:
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
