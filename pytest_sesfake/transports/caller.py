"""Finds the line of the user's code that made a call."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

# The packages between a line of the application and the socket: client libraries, mail packages, the threads and
# event loops that run them, and this package.
_BETWEEN = frozenset(
    {
        "aioboto3",
        "aiobotocore",
        "aiodns",
        "aiohappyeyeballs",
        "aiohttp",
        "aiosmtplib",
        "anyio",
        "asyncio",
        "awscli",
        "boto3",
        "botocore",
        "concurrent",
        "contextvars",
        "eventlet",
        "gevent",
        "greenlet",
        "http",
        "httpcore",
        "httpx",
        "pytest_sesfake",
        "requests",
        "requests_mock",
        "responses",
        "s3transfer",
        "smtplib",
        "socket",
        "ssl",
        "threading",
        "trio",
        "urllib",
        "urllib3",
        "uvloop",
    }
)
_is_between: dict[str, bool] = {}


def find_caller() -> tuple[str, int] | None:
    """Return the file and line of the innermost frame of the user's code, or ``None`` if no frame is the user's.

    The module name decides whether a frame is the user's. The decision is cached for each module, so a walk up
    through botocore takes about two microseconds.
    """
    # Walking the frames is fast. `inspect.stack` would read source files.
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only way to read the caller's line
    while frame is not None:
        name = frame.f_globals.get("__name__") or ""
        between = _is_between.get(name)
        if between is None:
            between = _is_between[name] = name.partition(".")[0] in _BETWEEN
        if not between:
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None
