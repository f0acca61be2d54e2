"""Reads the region of an AWS profile as botocore does: from the config file and the credentials file."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from botocore.configloader import load_config, raw_config_parse
from botocore.exceptions import BotoCoreError

_PROFILES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")  # the first one that is set wins
_CONFIG = ("AWS_CONFIG_FILE", "~/.aws/config")
_CREDENTIALS = ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")


def region() -> str | None:
    """Return the region of the profile that the environment selects, or ``None`` if the profile has no region."""
    name = next((os.environ[name] for name in _PROFILES if name in os.environ), "default")
    return _region(name, _state(*_CONFIG), _state(*_CREDENTIALS))


def _state(variable: str, usual: str) -> tuple[str, int, int]:
    """Return the path, modification time and size of a file: a cache key that changes with the file.

    Thanks to the cache, the file is not parsed again for each test.
    """
    path = Path(os.path.expandvars(os.environ.get(variable, usual))).expanduser()
    try:
        seen = path.stat()
    except OSError:
        return str(path), 0, -1
    return str(path), seen.st_mtime_ns, seen.st_size


@lru_cache(maxsize=16)
def _region(profile: str, config: tuple[str, int, int], credentials: tuple[str, int, int]) -> str | None:
    found: str | None = None
    # A file may be missing or invalid. For an invalid file, botocore itself will raise an error later.
    with suppress(BotoCoreError):
        found = load_config(config[0])["profiles"].get(profile, {}).get("region")
    with suppress(BotoCoreError):
        # If both files have the region, the credentials file wins.
        found = raw_config_parse(credentials[0]).get(profile, {}).get("region", found)
    return found or None
