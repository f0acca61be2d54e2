"""What an account may send: a rolling day and a token bucket, both counted in recipients.

https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING

from pytest_sesfake.world.refusals import Exceeded

if TYPE_CHECKING:
    from pytest_sesfake.world.account import Account

DAY = 86_400.0


class Meter:
    """Counts the recipients of one account and region; two packed arrays, so that a send costs sixteen bytes."""

    def __init__(self) -> None:
        self._times = array("d")
        self._totals = array("q")
        self._tokens = 0.0
        self._filled = float("-inf")

    def sent(self, now: float) -> int:
        """Return the recipients of the last 24 hours."""
        if not self._totals:
            return 0
        first = bisect_right(self._times, now - DAY)
        return self._totals[-1] - (self._totals[first - 1] if first else 0)

    def judge(self, account: Account, now: float, ahead: int = 0) -> None:
        """Refuse a send where a limit is used up; where anything is left of it, the whole send goes through.

        ``ahead`` are recipients who are as good as sent to, and not counted yet.
        """
        if account.quota_enforced and 0 <= account.quota <= self.sent(now) + ahead:
            raise Exceeded("quota")
        if account.rate_enforced:
            self._fill(account.rate, now)
            if self._tokens - ahead < 1:
                raise Exceeded("rate")

    def count(self, recipients: int, account: Account, now: float) -> None:
        """Count a send that was accepted."""
        self._times.append(max(now, self._times[-1]) if self._times else now)
        self._totals.append((self._totals[-1] if self._totals else 0) + recipients)
        if account.rate_enforced:
            self._tokens -= recipients

    def _fill(self, rate: float, now: float) -> None:
        burst = max(rate, 1.0)
        self._tokens = min(burst, self._tokens + (now - self._filled) * rate) if self._filled > float("-inf") else burst
        self._filled = now
