"""Verification states: SES waits for DNS records or a click on a link before it trusts a domain or an address.

https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pytest_sesfake.ses.clock import Clock
    from pytest_sesfake.ses.simulation import RegionState

    State = Literal["pending", "success", "failed", "temporary_failure", "not_started"]

HOUR = 3600.0
RECORDS = 72 * HOUR
"""The seconds for which SES looks for DNS records."""
LINK = 24 * HOUR
"""The seconds for which the link in a verification mail is valid."""


@dataclass(slots=True)
class VerificationState:
    """The state of one verification. It is pending until `settle` is called, and failed after ``window`` seconds.

    ``succeeded`` is the time of the last success in seconds, or ``None``.
    """

    clock: Clock
    window: float = RECORDS
    succeeded: float | None = None
    _state: State = "not_started"
    _since: float = 0.0

    @property
    def state(self) -> State:
        """The current state."""
        is_open = self._state in ("pending", "temporary_failure")
        return "failed" if is_open and self.clock.time() - self._since >= self.window else self._state

    @property
    def checked(self) -> float | None:
        """The time of the check that led to the current state, or ``None`` if there was no check yet."""
        if self._state in ("pending", "temporary_failure") and self.state == "failed":
            return self._since + self.window
        return None if self._state in ("pending", "not_started") else self._since

    def begin(self) -> None:
        """Make the verification pending, starting now."""
        self.settle("pending")

    def settle(self, state: State, at: float | None = None) -> None:
        """Set the state, as if SES had checked now or ``at`` a time in seconds."""
        self._state, self._since = state, self.clock.time() if at is None else at
        if state == "success":
            self.succeeded = self._since


def begin(region_state: RegionState, verification_state: VerificationState) -> None:
    """Start a verification. It succeeds immediately if the fake is configured with instant verification."""
    verification_state.begin()
    if region_state.simulation.instant_verification:
        verification_state.settle("success")
