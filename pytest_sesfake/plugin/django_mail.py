"""Lets Django send mail with the backend of the project's settings while a fake is active.

The test environment of Django, which pytest-django sets up, replaces that backend by the locmem backend. The ini key
``sesfake_django`` registers this module as a plugin. It puts a function in the place of the backend, once for the whole
run, that opens the one or the other for each connection. So it does not matter how a test gets its fake, or in which
order fixtures and ``override_settings`` begin and end.
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
_SMTP = "django.core.mail.backends.smtp.EmailBackend"  # Django's default for a mailer
_OURS = f"{__name__}.open_connection"
_SENDS_NOTHING = {f"django.core.mail.backends.{name}.EmailBackend" for name in ("console", "dummy", "filebased")}
_SENDS_NOTHING.add(_LOCMEM)
_DEFAULT = "default"


_BACKENDS = pytest.StashKey[dict[str, dict[str, Any]]]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Read the settings of the project before the first test, because then Django replaces them."""
    session.config.stash[_BACKENDS] = _read()


@pytest.fixture(scope="session", autouse=True)
def _sesfake_django(request: pytest.FixtureRequest) -> Iterator[None]:
    """Replace the locmem backend of the test environment until the end of the run."""
    if request.config.pluginmanager.hasplugin("django"):
        request.getfixturevalue("django_test_environment")
    replaced = _read()
    if not replaced or {each.get("BACKEND") for each in replaced.values()} != {_LOCMEM}:
        yield  # nobody has replaced the backend
        return
    before = request.config.stash[_BACKENDS]
    _check(before)
    _project.update(before)
    _write({alias: {"BACKEND": _OURS} for alias in replaced})
    yield
    _write(replaced)
    _project.clear()


def _check(mailers: dict[str, dict[str, Any]]) -> None:
    backends = {each.get("BACKEND", _SMTP) for each in mailers.values()}
    if backends <= _SENDS_NOTHING:
        raise pytest.UsageError(
            f"sesfake_django: Django's settings have the mail backend {', '.join(sorted(backends))}, which sends "
            "nothing to SES. Write the backend of production there, for example django_ses.SESBackend: tests without a "
            "fake keep the locmem backend"
        )


# The mailers of the project's settings, by alias. Django finds a backend by a path, so its state is in this module.
_project: dict[str, dict[str, Any]] = {}


def open_connection(*args: Any, alias: str | None = None, **kwargs: Any) -> Any:
    """Open the project's backend while a fake is active, otherwise the locmem backend."""
    runtime = sys.modules.get("pytest_sesfake.transports.runtime")
    is_active = runtime is not None and runtime.top() is not None
    config: dict[str, Any] = _project.get(alias or _DEFAULT, {}) if is_active else {"BACKEND": _LOCMEM}
    if alias is not None:  # Django before 6.1 has no aliases
        kwargs = {"alias": alias, **config.get("OPTIONS", {}), **kwargs}
    return _django("django.utils.module_loading").import_string(config.get("BACKEND", _SMTP))(*args, **kwargs)


def _django(name: str) -> Any:
    """Return a module of Django, which only the project imports."""
    return sys.modules[name]


def _read() -> dict[str, dict[str, Any]]:
    """Return the mailers of Django's settings by alias, in the form of ``MAILERS``. Empty without Django."""
    settings = getattr(sys.modules.get("django.conf"), "settings", None)
    if settings is None or not settings.configured:
        return {}
    if hasattr(settings, "MAILERS"):
        return dict(settings.MAILERS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer releases of Django deprecate the setting
        return {_DEFAULT: {"BACKEND": settings.EMAIL_BACKEND}}


def _write(mailers: dict[str, dict[str, Any]]) -> None:
    settings = _django("django.conf").settings
    if hasattr(settings, "MAILERS"):
        settings.MAILERS = mailers
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings.EMAIL_BACKEND = mailers[_DEFAULT]["BACKEND"]
