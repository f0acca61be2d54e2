"""The plain SMTP shapes that cross rooms: a login, an envelope with its mail, and the reply to it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, frozen=True)
class Login:
    """What a client sent with AUTH, and the host name it connected to as far as that is known (from SNI).

    ``trial`` is the same where a client tries one mechanism after the other, as libraries do that were refused.
    """

    user: str
    password: str
    host: str | None = None
    trial: str = field(default="", compare=False)


@dataclass(slots=True)
class Envelope:
    """One mail as DATA brought it: ``data`` holds the bytes after dot-unstuffing, lines ended as they came.

    ``login`` is the session's login, ``helo`` the name of EHLO or HELO, ``tls`` the protocol version of the
    connection (``"TLSv1.3"``) or ``None``. ``caller`` is the place in the user's code, ``(file, line)``, if known.
    """

    mail_from: str
    recipients: list[str]
    data: bytes
    login: Login
    host: str | None = None
    helo: str = ""
    peer: str = "127.0.0.1"
    tls: str | None = None
    caller: tuple[str, int] | None = None


@dataclass(slots=True, frozen=True)
class Reply:
    """One SMTP reply. The front waits ``delay`` seconds, outside every lock, before it sends it."""

    code: int
    text: str
    delay: float = 0.0
