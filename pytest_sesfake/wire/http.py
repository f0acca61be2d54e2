"""The plain HTTP shapes that cross rooms: what a front hands in and gets back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class Request:
    """One HTTP request as a front received it.

    ``headers`` has lower-case names. ``path`` and ``query`` are as sent (percent-encoded), the query without
    its question mark. ``caller`` is the place in the user's code that made the call, as ``(file, line)``.
    """

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    caller: tuple[str, int] | None = None
    peer: str = "127.0.0.1"


@dataclass(slots=True)
class Response:
    """One HTTP answer. The front waits ``delay`` seconds, outside every lock, before it hands the answer out."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0


@dataclass(slots=True, frozen=True)
class NoAnswer:
    """The caller gets no answer: the front raises its library's own exception, or keeps or drops the connection."""

    kind: Literal["timeout", "disconnect"]
    delay: float = 0.0
