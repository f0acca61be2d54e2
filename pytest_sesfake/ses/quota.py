"""What an account may send: a rolling day and a token bucket, both counted in recipients.

https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING

from pytest_sesfake.ses.outcomes.simulator import is_simulator
from pytest_sesfake.ses.refusals import Exceeded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.ses.account import Account

DAY = 86_400.0


class Bucket:
    """Tokens that come back at a rate: those of one second, and at least one, can be saved up."""

    __slots__ = ("_filled", "_tokens")

    def __init__(self) -> None:
        self._tokens = 0.0
        self._filled = float("-inf")

    def left(self, rate: float, now: float) -> float:
        """Return how many tokens there are."""
        most = max(rate, 1.0)
        came = max(0.0, now - self._filled) * rate
        self._tokens = min(most, self._tokens + came) if self._filled > float("-inf") else most
        self._filled = now
        return self._tokens

    def take(self, count: int) -> None:
        """Take tokens; more than there are is a debt."""
        self._tokens -= count


class Meter:
    """Counts the recipients of one account and region; two packed arrays, so that a send costs sixteen bytes."""

    def __init__(self) -> None:
        self._times = array("d")
        self._totals = array("q")
        self._recipients = Bucket()
        self._requests = Bucket()

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
        if account.rate_enforced and self._recipients.left(account.rate, now) - ahead < 1:
            raise Exceeded("rate")

    def count(self, recipients: Sequence[str], account: Account, now: float) -> None:
        """Count a send that was accepted; those to the mailbox simulator take time, and nothing of the day's quota."""
        people = len(recipients) - sum(map(is_simulator, recipients))
        self._times.append(max(now, self._times[-1]) if self._times else now)
        self._totals.append((self._totals[-1] if self._totals else 0) + people)
        if account.rate_enforced:
            self._recipients.take(len(recipients))

    def count_request(self, account: Account, now: float) -> None:
        """Count a request that is no send, or refuse it where they come too fast."""
        if account.request_rate is not None:
            if self._requests.left(account.request_rate, now) < 1:
                raise Exceeded("requests")
            self._requests.take(1)
