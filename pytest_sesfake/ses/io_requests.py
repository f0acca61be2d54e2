"""Errands: what takes time in the middle of the world's work, and lies outside of it.

Work that needs one is a generator, and yields it. Whoever drives the work does each errand and sends in the answer, or
throws in what went wrong: with the lock held for each step of the work, and without it during an errand.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Literal, NamedTuple, TypeAlias


class IORequest(NamedTuple):
    """One thing to be done outside.

    ``"read"`` asks for the object at the URL ``target``, answered by its bytes, ``None`` where there is none;
    ``"store"`` puts ``body`` there. ``"publish"`` tells the topic ``target`` of ``body``, ``"ask"`` asks the function.
    """

    kind: Literal["read", "store", "publish", "ask"]
    target: str
    body: Any = None


BackgroundJob: TypeAlias = Generator[IORequest, Any, None]
"""Work that nobody waits for; the cloud keeps it until the call that caused it was answered."""
