"""SMTP logins, envelopes and replies, as plain values between the transports and the service."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, frozen=True)
class Login:
    """The credentials that a client sent with AUTH, and the host name that it connected to, if known (from SNI).

    ``trial`` stays the same if a refused client tries another mechanism, as SMTP libraries do.
    """

    user: str
    password: str
    host: str | None = None
    trial: str = field(default="", compare=False)


@dataclass(slots=True)
class Envelope:
    """One mail from DATA. ``data`` holds the bytes after dot-unstuffing, with their original line ends.

    ``login`` is the session's login, ``helo`` the name of EHLO or HELO, ``tls`` the TLS version of the
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
    """One SMTP reply. The transport waits ``delay`` seconds before it sends it. It holds no lock while it waits."""

    code: int
    text: str
    delay: float = 0.0
