"""What a profile of the AWS configuration says of the region: read as botocore reads it, from both of its files."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from botocore.configloader import load_config, raw_config_parse
from botocore.exceptions import BotoCoreError

_PROFILES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")  # the first one that is set counts
_CONFIG = ("AWS_CONFIG_FILE", "~/.aws/config")
_CREDENTIALS = ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")


def region() -> str | None:
    """Return the region of the profile that the environment names, ``None`` if it has none."""
    name = next((os.environ[name] for name in _PROFILES if name in os.environ), "default")
    return _region(name, _state(*_CONFIG), _state(*_CREDENTIALS))


def _state(variable: str, usual: str) -> tuple[str, int, int]:
    """Return a file's path and what changes when it does: a fake for each test must not parse it each time."""
    path = Path(os.path.expandvars(os.environ.get(variable, usual))).expanduser()
    try:
        seen = path.stat()
    except OSError:
        return str(path), 0, -1
    return str(path), seen.st_mtime_ns, seen.st_size


@lru_cache(maxsize=16)
def _region(profile: str, config: tuple[str, int, int], credentials: tuple[str, int, int]) -> str | None:
    found: str | None = None
    # Either file may be missing, or one that botocore itself will complain of.
    with suppress(BotoCoreError):
        found = load_config(config[0])["profiles"].get(profile, {}).get("region")
    with suppress(BotoCoreError):
        # What stands in both files counts as it stands in this one.
        found = raw_config_parse(credentials[0]).get(profile, {}).get("region", found)
    return found or None
