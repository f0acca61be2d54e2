"""Names the HTTP mock that answered a request of an application to SNS, and the line that lets the request through."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Mocks that the fake cannot come before, because the client library has no public place for that.
_LINES = {"aioresponses": 'aioresponses(passthrough=["https://sns."])'}
_SNS = "://sns."


def let_through(error: BaseException) -> str | None:
    """Return a sentence for an error text if a mock raised this error, or one of its causes, for a request to SNS."""
    for each in _chain(error):
        frames = list(traceback.walk_tb(each.__traceback__))
        raised_in = frames[-1][0].f_globals.get("__name__", "").partition(".")[0] if frames else ""
        if raised_in in _LINES and _SNS in str(each):
            return f"{raised_in} kept the request from SNS: {_LINES[raised_in]} lets it through to sesfake"
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
