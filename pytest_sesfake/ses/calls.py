"""Calls of the application: the record of one call, its answer and the messages that it sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.recipients import Addressed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.scripts import Fault
    from pytest_sesfake.ses.simulation import Simulation


Api = Literal["ses", "sesv2", "smtp"]
"""The ways by which an application calls SES."""

_FOR_TESTS = {
    *("operation", "api", "region", "account_id", "params", "error", "text", "status", "attempts"),
    *("message", "messages", "recipients", "at", "caller", "ignored_params"),
}


class Call(Addressed):
    """One call of the API, or one DATA command of SMTP.

    A retry by the client library is no new call. It counts in ``attempts``.
    """

    __slots__ = (
        "_params",
        "account_id",
        "api",
        "attempts",
        "caller",
        "current_fault",
        "drafts",
        "envelope",
        "error",
        "fault",
        "ignored_params",
        "messages",
        "missing",
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
    """The account that made the call.

    It is the account of the fake, unless the access key id of the call is the number of another account.
    """
    error: str | None
    """The error code of the answer, for SMTP the reply code. ``None`` if the call was accepted."""
    text: str | None
    """The text of that error."""
    status: int | None
    """The HTTP status or the SMTP reply code of the answer. ``None`` if the call got no answer."""
    attempts: int
    messages: tuple[Message, ...]
    """The messages that it sent. A bulk call can send several."""
    envelope: tuple[str, ...]
    """The recipients of the message; empty for calls that do not send."""
    drafts: Sequence[Message]
    """The messages that it tried to send but has not sent: of a refused call, or of refused entries of a bulk call."""
    caller: tuple[str, int] | None
    """The file and line of the application's code that made the call, or ``None`` if they are unknown."""
    ignored_params: tuple[str, ...]
    """The parameters that the fake accepts but ignores."""

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
        self.missing: tuple[str, str] | None = None  # kind and name of the resource that does not exist
        self.fault: Fault | None = None  # the scripted fault of the first attempt; retries see the same one
        self.current_fault: Fault | None = None  # the fault of the current attempt

    def __dir__(self) -> list[str]:
        """Return the attributes for tests. Completion leaves out those that only this package uses."""
        return [name for name in super().__dir__() if name.startswith("_") or name in _FOR_TESTS]

    def __repr__(self) -> str:
        name = f"{self.api} {self.operation}" if self.operation else self.api
        tries = f" attempts={self.attempts}" if self.attempts != 1 else ""
        return f"<Call {name} {self.at:%H:%M:%S} {self.error or self.status}{tries}>"

    @property
    def at(self) -> datetime:
        """The time of its first attempt, an aware datetime in UTC."""
        return moment(self.time)

    @property
    def message(self) -> Message | None:
        """The message that it sent (in a bulk call: the first one), or ``None``."""
        return self.messages[0] if self.messages else None

    @property
    def params(self) -> dict[str, Any]:
        """Its parameters with the keys of AWS. For SMTP they are the envelope and the data."""
        if self._params is None:
            return self.simulation.collaborators.params_of(self)
        return self._params

    def set_params(self, params: dict[str, Any]) -> None:
        """Store its parameters."""
        self._params = params

    def set_answer(self, status: int | None, error: str | None = None, text: str | None = None) -> None:
        """Store the answer to its latest attempt."""
        self.status = status
        self.error = error
        self.text = text

    def set_messages(self, messages: tuple[Message, ...]) -> None:
        """Store the messages that it sent.

        This drops the stored parameters: `params` makes them from the messages again, which saves memory.
        """
        self.messages = messages
        self.drafts = () if len(messages) == len(self.drafts) else [one for one in self.drafts if one not in messages]
        self._params = None
