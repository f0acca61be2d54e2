"""The account in one region: what it may send, and what SES does for it."""

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
"""The quota and the rate of an account that has production access, and of one that has not."""

PricingPlan = Literal["none", "essentials", "pro", "enterprise"]
SharedPoolDelivery = Literal["global", "regional"]


@dataclass(frozen=True, slots=True)
class Details:
    """What the account's owner has told SES of what is sent.

    ``case`` names the review that this asked for, ``None`` where it asked for none.
    """

    mail: Literal["marketing", "transactional"]
    website: str
    language: Literal["en", "ja"] | None = None
    use: str | None = None
    contacts: tuple[str, ...] = ()
    case: str | None = None


@dataclass(frozen=True, slots=True)
class DeliverabilityManager:
    """Whether SES measures what becomes of mail, and what it does about it."""

    enabled: bool
    engagement: bool = False
    optimized: bool = False


@dataclass(slots=True)
class Pricing:
    """The plan that is paid for, and the one that follows it at the ``turn`` of the month, if another was chosen."""

    chosen: bool = False
    current: PricingPlan = "none"
    following: PricingPlan | None = None
    turn: float = 0.0

    def at(self, now: float) -> tuple[PricingPlan, PricingPlan | None]:
        """Return the plan of an instant, and the one that is to follow."""
        if self.following is not None and now >= self.turn:
            return self.following, None
        return self.current, self.following

    def choose(self, plan: PricingPlan, now: float) -> bool:
        """Choose a plan: the first at once, another from next month on; tell whether that is possible.

        Who has a change ahead can only take it back, by choosing the plan that is paid for.
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
    """What SES keeps of an account in one region.

    ``quota`` (recipients in 24 hours) and ``rate`` (recipients a second) are what SES reports; they are enforced
    where ``quota_enforced`` and ``rate_enforced`` say so. ``request_rate`` (requests a second that are no sends) is
    enforced where there is one. ``warm_up`` says whether dedicated addresses become warm by
    themselves, ``shared_pool_delivery`` whether mail from shared addresses may leave from other regions too. ``None``
    means that nobody has said anything.
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
        """Put the account into the sandbox, whose quota is always enforced, or take it out.

        Limits that somebody has set stay as they are.
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
        """Whether SES measures what becomes of the account's mail."""
        return self.manager is not None and self.manager.enabled

    @property
    def is_reviewed(self) -> bool:
        """Whether the owner has asked to leave the sandbox, and has no answer yet."""
        return not self.production and self.details is not None and self.details.case is not None


def check_website(url: str) -> None:
    """Refuse what is not the URL of a website."""
    try:
        parts = urlsplit(url)
        right = bool(parts.scheme and parts.hostname)
    except ValueError:
        right = False
    if not right:
        raise Invalid("Url contains invalid format")


def next_month(now: float) -> float:
    """Return the first instant of the month that follows, in UTC."""
    day = moment(now)
    return datetime(day.year + day.month // 12, day.month % 12 + 1, 1, tzinfo=UTC).timestamp()
