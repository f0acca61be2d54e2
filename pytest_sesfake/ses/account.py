"""Account settings of one region: sandbox or production, sending limits, pricing plan and account details.

SES keeps these settings separately in every region. The fake reports the limits of an account always, but enforces
them only in the sandbox or if a test asks for it.

https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pytest_sesfake.ses.clock import UTC, moment
from pytest_sesfake.ses.refusals import Invalid

if TYPE_CHECKING:
    from pytest_sesfake.ses.configuration_sets import Validation

LIMITS = {True: (50_000.0, 14.0), False: (200.0, 1.0)}
"""The default limits with production access (``True``) and in the sandbox: recipients in 24 hours, and per second."""

PricingPlan = Literal["none", "essentials", "pro", "enterprise"]
SharedPoolDelivery = Literal["global", "regional"]


@dataclass(frozen=True, slots=True)
class Details:
    """Account details: what the owner told SES about the mail of the account.

    ``case`` is the id of the review that the owner requested with them, or ``None``.
    """

    mail: Literal["marketing", "transactional"]
    website: str
    language: Literal["en", "ja"] | None = None
    use: str | None = None
    contacts: tuple[str, ...] = ()
    case: str | None = None


@dataclass(frozen=True, slots=True)
class DeliverabilityManager:
    """Settings of the Virtual Deliverability Manager.

    ``engagement`` switches the measuring of opens and clicks, ``optimized`` the optimized shared delivery.
    """

    enabled: bool
    engagement: bool = False
    optimized: bool = False


@dataclass(slots=True)
class Pricing:
    """The current pricing plan, and the plan that starts next month, if the owner chose another one.

    ``turn`` is the time of the change in epoch seconds.
    """

    chosen: bool = False
    current: PricingPlan = "none"
    following: PricingPlan | None = None
    turn: float = 0.0

    def at(self, now: float) -> tuple[PricingPlan, PricingPlan | None]:
        """Return the plan at the time ``now`` (epoch seconds), and the plan that follows it or ``None``."""
        if self.following is not None and now >= self.turn:
            return self.following, None
        return self.current, self.following

    def choose(self, plan: PricingPlan, now: float) -> bool:
        """Choose a pricing plan. Return whether SES accepts the choice.

        The first plan starts immediately, a change of plan starts next month. While a change is pending, SES accepts
        only the pending plan again, or the current plan, which cancels the change.
        """
        self.current, self.following = self.at(now)
        if self.following is not None and plan not in (self.current, self.following):
            return False
        self.chosen = True
        if plan == self.current:
            self.following = None
        elif self.current == "none":
            self.current = plan
        else:
            self.following, self.turn = plan, next_month(now)
        return True


@dataclass(slots=True)
class Account:
    """The settings of an account in one region.

    * ``quota`` is the number of recipients in 24 hours, ``rate`` the number per second. SES reports both; the fake
      enforces them only if ``quota_enforced`` or ``rate_enforced`` is true.
    * ``request_rate`` is the number of requests per second that do not send. ``None`` means no limit.
    * ``warm_up`` says whether SES warms up dedicated IP addresses automatically.
    * ``shared_pool_delivery`` says whether mail from shared IP addresses may also leave from other regions.

    In the other attributes ``None`` means that the owner never set them.
    """

    production: bool = True
    sending: bool = True
    suppressed_reasons: frozenset[str] = frozenset({"BOUNCE", "COMPLAINT"})
    validation: Validation | None = None
    quota: float = LIMITS[True][0]
    rate: float = LIMITS[True][1]
    quota_enforced: bool = False
    rate_enforced: bool = False
    request_rate: float | None = None
    warm_up: bool = True
    shared_pool_delivery: SharedPoolDelivery = "global"
    details: Details | None = None
    manager: DeliverabilityManager | None = None
    pricing: Pricing = field(default_factory=Pricing)

    def move(self, *, production: bool) -> None:
        """Move the account into the sandbox or out of it. In the sandbox the quota is always enforced.

        Limits that a test has set stay as they are.
        """
        if production == self.production:
            return
        was, now = LIMITS[self.production], LIMITS[production]
        self.production = production
        if self.quota == was[0]:
            self.quota, self.quota_enforced = now[0], not production
        if self.rate == was[1]:
            self.rate = now[1]

    @property
    def is_managed(self) -> bool:
        """Whether the Virtual Deliverability Manager is enabled for the account."""
        return self.manager is not None and self.manager.enabled

    @property
    def is_reviewed(self) -> bool:
        """Whether the owner requested production access and SES has not answered yet."""
        return not self.production and self.details is not None and self.details.case is not None


def check_website(url: str) -> None:
    """Check the website in the account details. Raises `Invalid` if it is not a URL."""
    try:
        parts = urlsplit(url)
        right = bool(parts.scheme and parts.hostname)
    except ValueError:
        right = False
    if not right:
        raise Invalid("Url contains invalid format")


def next_month(now: float) -> float:
    """Return the start of the next month in UTC, in epoch seconds."""
    day = moment(now)
    return datetime(day.year + day.month // 12, day.month % 12 + 1, 1, tzinfo=UTC).timestamp()
