"""Sending quotas: recipients in the last 24 hours, and recipients per second with a token bucket.

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
    """A token bucket that refills at a rate per second. It holds the tokens of one second, but at least one."""

    __slots__ = ("_filled", "_tokens")

    def __init__(self) -> None:
        self._tokens = 0.0
        self._filled = float("-inf")

    def available(self, rate: float, now: float) -> float:
        """Return the number of available tokens."""
        most = max(rate, 1.0)
        came = max(0.0, now - self._filled) * rate
        self._tokens = min(most, self._tokens + came) if self._filled > float("-inf") else most
        self._filled = now
        return self._tokens

    def take(self, count: int) -> None:
        """Take tokens. The number can become negative."""
        self._tokens -= count


class Meter:
    """Count the recipients of one account in one region. Two packed arrays cost only 16 bytes per send."""

    def __init__(self) -> None:
        self._times = array("d")
        self._totals = array("q")
        self._recipients = Bucket()
        self._requests = Bucket()

    def sent(self, now: float) -> int:
        """Return the number of recipients in the last 24 hours."""
        if not self._totals:
            return 0
        first = bisect_right(self._times, now - DAY)
        return self._totals[-1] - (self._totals[first - 1] if first else 0)

    def check_limits(self, account: Account, now: float, ahead: int = 0) -> None:
        """Raise `Exceeded` if a limit is used up. If anything is left, the whole send is allowed.

        ``ahead`` is the number of recipients that are planned in the same call but not counted yet.
        """
        if account.quota_enforced and 0 <= account.quota <= self.sent(now) + ahead:
            raise Exceeded("quota")
        if account.rate_enforced and self._recipients.available(account.rate, now) - ahead < 1:
            raise Exceeded("rate")

    def count(self, recipients: Sequence[str], account: Account, now: float) -> None:
        """Count an accepted send. The mailbox simulator counts for the rate but not for the daily quota."""
        people = len(recipients) - sum(map(is_simulator, recipients))
        self._times.append(max(now, self._times[-1]) if self._times else now)
        self._totals.append((self._totals[-1] if self._totals else 0) + people)
        if account.rate_enforced:
            self._recipients.take(len(recipients))

    def count_request(self, account: Account, now: float) -> None:
        """Count an API request that does not send. Raises `Exceeded` if the requests come too fast."""
        if account.request_rate is not None:
            if self._requests.available(account.request_rate, now) < 1:
                raise Exceeded("requests")
            self._requests.take(1)
