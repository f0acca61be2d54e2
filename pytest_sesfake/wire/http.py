"""HTTP requests and responses, as plain values between the transports and the service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class Request:
    """One HTTP request, as a transport received it.

    ``headers`` has lower-case names. ``path`` and ``query`` are as sent (percent-encoded), and the query has
    no question mark. ``caller`` is the place in the user's code that made the call, as ``(file, line)``.
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
    """One HTTP response. The transport waits ``delay`` seconds before it sends it. It holds no lock while it waits."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0


@dataclass(slots=True, frozen=True)
class NoAnswer:
    """No response. The transport raises the exception of its library, or keeps or closes the connection."""

    kind: Literal["timeout", "disconnect"]
    delay: float = 0.0
