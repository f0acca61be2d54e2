"""Exceptions for requests that SES refuses. They carry facts, not AWS error codes.

``operations.refusals`` turns them into the error codes and texts of each API and of SMTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pytest_sesfake.ses.outcomes.scripts import Fault


class Refusal(Exception):  # noqa: N818 - a refusal is a regular response of SES, not an error in this package
    """SES refuses the request. Base class of all refusals."""


class Invalid(Refusal):
    """SES does not accept a value. ``text`` is the error text of SES, the same on every interface."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class TooLong(Refusal):
    """A mail of ``size`` bytes exceeds ``limit`` bytes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"a mail of {size} bytes is longer than {limit}")
        self.size = size
        self.limit = limit


class Missing(Refusal):
    """No resource of this ``kind`` and ``name`` exists."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} {name!r}")
        self.kind = kind
        self.name = name


class Taken(Refusal):
    """A resource of this ``kind`` and ``name`` exists already."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is a {kind} {name!r} already")
        self.kind = kind
        self.name = name


class LimitReached(Refusal):
    """The account has reached a limit for a kind of resource. ``text`` says which limit."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class BrokenTemplate(Refusal):
    """A template cannot be stored or used. ``text`` says why. An inline template has no ``name``."""

    def __init__(self, name: str | None, text: str) -> None:
        super().__init__(f"the template {name or 'of the call'} cannot be used: {text}")
        self.name = name
        self.text = text


class MailFromUnverified(Refusal):
    """The MAIL FROM domain of the identity is not verified, and the identity refuses to send without it."""

    def __init__(self, domain: str) -> None:
        super().__init__(f"the MAIL FROM domain {domain} is not verified")
        self.domain = domain


class Unverified(Refusal):
    """Some identities are not verified in ``region``. They are spelt as the caller gave them."""

    def __init__(self, identities: list[str], region: str) -> None:
        super().__init__(f"not verified in {region}: {', '.join(identities)}")
        self.identities = identities
        self.region = region


class Rejected(Refusal):
    """SES rejects the message. ``text`` says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Paused(Refusal):
    """Sending is disabled: for the account, or for the configuration set (or another ``kind``) called ``name``."""

    def __init__(self, name: str | None = None, kind: str = "configuration set") -> None:
        super().__init__(f"sending is paused for {'the account' if name is None else f'the {kind} {name}'}")
        self.name = name
        self.kind = kind


class Denied(Refusal):
    """The caller is not allowed to do this. ``text`` says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Exceeded(Refusal):
    """The account has used up a limit: sends per second, sends per day, or API requests per second."""

    def __init__(self, limit: Literal["rate", "quota", "requests"]) -> None:
        super().__init__(f"the account's {limit} is used up")
        self.limit = limit


class Interrupted(Refusal):
    """A scripted fault or an outage interrupts the call."""

    def __init__(self, fault: Fault) -> None:
        what = (fault.code or "throttling") if fault.kind == "error" else f"a {fault.kind}"
        super().__init__(f"a script or an outage interrupts the call: {what}")
        self.fault = fault
