"""Proofs: what SES waits to see before it trusts a name, records in DNS or a click on a link.

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
"""How long SES looks for records in DNS, in seconds."""
LINK = 24 * HOUR
"""How long the link of a verification mail is good, in seconds."""


@dataclass(slots=True)
class VerificationState:
    """One proof: it is pending until somebody settles it, and failed when its ``window`` of seconds is over.

    ``succeeded`` is when it was last found, ``None`` if it never was.
    """

    clock: Clock
    window: float = RECORDS
    succeeded: float | None = None
    _state: State = "not_started"
    _since: float = 0.0

    @property
    def state(self) -> State:
        """The state now."""
        is_open = self._state in ("pending", "temporary_failure")
        return "failed" if is_open and self.clock.time() - self._since >= self.window else self._state

    @property
    def checked(self) -> float | None:
        """When SES came to the present state by looking; ``None`` where it has not found out anything yet."""
        if self._state in ("pending", "temporary_failure") and self.state == "failed":
            return self._since + self.window
        return None if self._state in ("pending", "not_started") else self._since

    def begin(self) -> None:
        """Wait for it, from now on."""
        self.settle("pending")

    def settle(self, state: State, at: float | None = None) -> None:
        """Let SES find out how it stands, now or ``at`` an instant."""
        self._state, self._since = state, self.clock.time() if at is None else at
        if state == "success":
            self.succeeded = self._since


def begin(region_state: RegionState, verification_state: VerificationState) -> None:
    """Begin to wait for a proof, or have it at once where the fake is set so."""
    verification_state.begin()
    if region_state.simulation.instant_verification:
        verification_state.settle("success")
