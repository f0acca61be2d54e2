"""Why the world says no: facts, without a word of AWS in them.

``operations.refusals`` says how each API and SMTP words them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pytest_sesfake.ses.outcomes.scripts import Fault


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """A no."""


class Invalid(Refusal):
    """A value that SES does not take; ``text`` is what SES says of it on every interface."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class TooLong(Refusal):
    """A mail of ``size`` bytes where ``limit`` are allowed."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"a mail of {size} bytes is longer than {limit}")
        self.size = size
        self.limit = limit


class Missing(Refusal):
    """No ``kind`` of that ``name`` exists."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is no {kind} {name!r}")
        self.kind = kind
        self.name = name


class Taken(Refusal):
    """A ``kind`` of that ``name`` exists already."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"there is a {kind} {name!r} already")
        self.kind = kind
        self.name = name


class LimitReached(Refusal):
    """More of a kind than SES keeps; ``text`` says of what."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class BrokenTemplate(Refusal):
    """A template that cannot be kept or used; ``text`` says why. One that a call brings along has no ``name``."""

    def __init__(self, name: str | None, text: str) -> None:
        super().__init__(f"the template {name or 'of the call'} cannot be used: {text}")
        self.name = name
        self.text = text


class MailFromUnverified(Refusal):
    """The MAIL FROM domain of the sender's identity is not proved, and the identity will not do without."""

    def __init__(self, domain: str) -> None:
        super().__init__(f"the MAIL FROM domain {domain} is not verified")
        self.domain = domain


class Unverified(Refusal):
    """Identities that are not verified in ``region``, each as the caller spelt it."""

    def __init__(self, identities: list[str], region: str) -> None:
        super().__init__(f"not verified in {region}: {', '.join(identities)}")
        self.identities = identities
        self.region = region


class Rejected(Refusal):
    """A message that SES will not send; ``text`` says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Paused(Refusal):
    """Sending is switched off, for the account or for the configuration set, or another ``kind``, of that ``name``."""

    def __init__(self, name: str | None = None, kind: str = "configuration set") -> None:
        super().__init__(f"sending is paused for {'the account' if name is None else f'the {kind} {name}'}")
        self.name = name
        self.kind = kind


class Denied(Refusal):
    """What somebody may not do; ``text`` says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Exceeded(Refusal):
    """A limit of the account: sends a second, sends a day, or API requests a second."""

    def __init__(self, limit: Literal["rate", "quota", "requests"]) -> None:
        super().__init__(f"the account's {limit} is used up")
        self.limit = limit


class Interrupted(Refusal):
    """A scripted fault meets the call."""

    def __init__(self, fault: Fault) -> None:
        what = (fault.code or "throttling") if fault.kind == "error" else f"a {fault.kind}"
        super().__init__(f"a script or an outage meets the call: {what}")
        self.fault = fault
