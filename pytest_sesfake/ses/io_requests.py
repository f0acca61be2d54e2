"""I/O requests: I/O that the simulation needs in the middle of its work, done by the caller without the lock.

Work that needs I/O is a generator that yields requests. Its driver does each request and sends in the answer, or
throws in the error. It holds the lock for each step of the work, and releases it during a request.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Literal, NamedTuple, TypeAlias


class IORequest(NamedTuple):
    """One thing to be done outside.

    ``"read"`` asks for the object at the URL ``target``, answered by its bytes, or ``None`` if it does not exist;
    ``"store"`` puts ``body`` there. ``"publish"`` tells the topic ``target`` of ``body``, ``"ask"`` asks the function.
    """

    kind: Literal["read", "store", "publish", "ask"]
    target: str
    body: Any = None


BackgroundJob: TypeAlias = Generator[IORequest, Any, None]
"""Work that nobody waits for. The simulation keeps it until the call that caused it was answered."""
