"""The state of the account that a test may read and change while the fake is active."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.fake.setup import arrange
from pytest_sesfake.ses.account import DeliverabilityManager
from pytest_sesfake.ses.suppression import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_sesfake.fake.backend import Backend
    from pytest_sesfake.ses.account import Account
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.suppression import SuppressionReason


class AccountState:
    """Reads the account in the region of the settings, and changes it in every region."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @property
    def current(self) -> Account:
        """The account in the region of the settings."""
        simulation = self._backend.simulation
        return simulation.at(simulation.account_id, simulation.region).account

    @property
    def suppression(self) -> list[SuppressionReason]:
        """The reasons for which SES adds addresses to the suppression list of the account, and uses the list."""
        return [reason for reason in REASONS if reason in self.current.suppressed_reasons]

    def set_sandbox(self, is_on: object) -> None:
        """Put the account into the sandbox, or move it out."""
        if not isinstance(is_on, bool):
            raise ValueError(f"sandbox takes True or False, not {is_on!r}")  # noqa: TRY004 - as the setting does
        arrange(self._backend.simulation, None, lambda region_state: region_state.account.move(production=not is_on))

    def set_vdm(self, *, is_on: bool) -> None:
        """Switch the Virtual Deliverability Manager on or off."""
        self._set(manager=DeliverabilityManager(is_on, engagement=is_on))

    def set_limit(self, name: str, recipients: object) -> None:
        """Set and enforce ``quota`` or ``rate``, a number of recipients. ``None`` stops enforcing it."""
        if recipients is None:
            self._set(**{f"{name}_enforced": False})
        elif isinstance(recipients, bool) or not isinstance(recipients, (int, float)) or recipients <= 0:
            raise ValueError(f"{name} takes a number of recipients above zero, or None, not {recipients!r}")
        else:
            self._set(**{name: float(recipients), f"{name}_enforced": True})

    def set_suppression(self, reasons: Iterable[SuppressionReason]) -> None:
        """Set the reasons for which SES adds addresses to the suppression list of the account, and uses the list."""
        chosen = frozenset(reasons)
        if not chosen <= set(REASONS):
            raise ValueError(
                f"suppression takes {' and '.join(map(repr, REASONS))}, not {sorted(chosen - set(REASONS))}"
            )
        self._set(suppressed_reasons=chosen)

    def pause(self) -> None:
        """Switch off sending for the account. SES then refuses each send, until ``resume()``."""
        self._set(sending=False)

    def resume(self) -> None:
        """Switch on sending for the account again, after ``pause()``."""
        self._set(sending=True)

    def _set(self, **values: Any) -> None:
        def change(region_state: RegionState) -> None:
            for name, value in values.items():
                setattr(region_state.account, name, value)

        arrange(self._backend.simulation, None, change)
