"""One call of the application, answered or refused, with what it led to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.recipients import Addressed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.scripts import Fault
    from pytest_sesfake.ses.simulation import Simulation


class Call(Addressed):
    """One call of the API, or one DATA of SMTP.

    What a client library repeats by itself within a call counts in ``attempts``, not as calls of their own.
    """

    __slots__ = (
        "_params",
        "account_id",
        "api",
        "attempts",
        "caller",
        "drafts",
        "envelope",
        "error",
        "fault",
        "ignored_params",
        "messages",
        "met",
        "operation",
        "region",
        "simulation",
        "status",
        "text",
        "time",
    )

    api: str
    """``"ses"``, ``"sesv2"`` or ``"smtp"``."""
    operation: str | None
    """The operation's name; ``None`` for SMTP."""
    region: str
    account_id: str
    """Whose call it was: the fake's account, unless it was signed with a key id that is another account's number."""
    error: str | None
    """The code of the error it was answered with, for SMTP the reply's code; ``None`` when it was accepted."""
    text: str | None
    """The text of that error."""
    status: int | None
    """The HTTP status or SMTP code of the answer; ``None`` when there was no answer."""
    attempts: int
    messages: tuple[Message, ...]
    """The messages that it sent: none, one, or one for each entry of a bulk call."""
    envelope: tuple[str, ...]
    """The recipients of the message; empty for calls that do not send."""
    drafts: Sequence[Message]
    """The messages that it was to send and did not, or not yet: of a refused call, or entries of a bulk call."""
    caller: tuple[str, int] | None
    """File and line of the application's code that made the call, where known."""
    ignored_params: tuple[str, ...]
    """Parameters that were accepted and that have no effect in this fake."""

    def __init__(
        self,
        simulation: Simulation,
        api: str,
        operation: str | None,
        region: str,
        time: float,
        *,
        caller: tuple[str, int] | None = None,
    ) -> None:
        self.simulation = simulation
        self.api = api
        self.operation = operation
        self.region = region
        self.account_id = simulation.account_id
        self.time = time
        self.caller = caller
        self._params: dict[str, Any] | None = None
        self.error = None
        self.text = None
        self.status = None
        self.attempts = 0
        self.messages = ()
        self.drafts = ()
        self.envelope = ()
        self.ignored_params = ()
        self.fault: Fault | None = None  # what its first attempt met, kept for those that follow
        self.met: Fault | None = None  # what the attempt under way met

    def __repr__(self) -> str:
        name = f"{self.api} {self.operation}" if self.operation else self.api
        tries = f" attempts={self.attempts}" if self.attempts != 1 else ""
        return f"<Call {name} {self.at:%H:%M:%S} {self.error or self.status}{tries}>"

    @property
    def at(self) -> datetime:
        """When its first attempt came, an aware datetime in UTC."""
        return moment(self.time)

    @property
    def message(self) -> Message | None:
        """The message that it sent, the first one of a bulk call; ``None`` if it sent none."""
        return self.messages[0] if self.messages else None

    @property
    def params(self) -> dict[str, Any]:
        """Its parameters in AWS's own keys; for SMTP the envelope and the data."""
        if self._params is None:
            return self.simulation.collaborators.params_of(self)
        return self._params

    def asked(self, params: dict[str, Any]) -> None:
        """Note its parameters."""
        self._params = params

    def answered(self, status: int | None, error: str | None = None, text: str | None = None) -> None:
        """Note how its latest attempt was answered."""
        self.status = status
        self.error = error
        self.text = text

    def accepted(self, messages: tuple[Message, ...]) -> None:
        """Note the messages that it sent; its parameters are theirs from now on, and not kept twice."""
        self.messages = messages
        self.drafts = () if len(messages) == len(self.drafts) else [one for one in self.drafts if one not in messages]
        self._params = None
