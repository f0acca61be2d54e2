"""Gives clients of SES the region of the ini file from the start of a run, also in conftest files and at collection."""

from __future__ import annotations

import pytest

INI = "sesfake_default_region"
_BEGAN = pytest.StashKey[bool]()


def start(config: pytest.Config) -> None:
    """Begin once in a run, and end when the configuration of the run ends, also after a usage error."""
    if config.stash.setdefault(_BEGAN, False):
        return
    config.stash[_BEGAN] = True
    from pytest_sesfake.transports import default_region

    def find_region() -> str | None:
        from pytest_sesfake.fake.settings import DEFAULTS

        if not _is_on(config):
            return None
        region: str = config.getini("sesfake_region") or DEFAULTS["region"]
        return region

    default_region.begin(find_region)
    config.add_cleanup(lambda: default_region.end(find_region))


def _is_on(config: pytest.Config) -> bool:
    """Tell whether the ini file leaves it on. A wrong value counts as on here: ``options.check_ini`` refuses it."""
    try:
        return bool(config.getini(INI))
    except (ValueError, pytest.UsageError):
        return True
