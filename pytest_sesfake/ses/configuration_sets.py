"""Configuration sets: what they switch for the messages that name them, and where those publish their events.

https://docs.aws.amazon.com/ses/latest/dg/using-configuration-sets.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pytest_sesfake.ses import identities, tags
from pytest_sesfake.ses.refusals import Invalid, LimitReached, Missing

if TYPE_CHECKING:
    from pytest_sesfake.ses.event_destinations import EventDestination
    from pytest_sesfake.ses.simulation import RegionState

MOST = 10_000
"""How many configuration sets an account can have in a region."""

_KIND = "configuration set"
_NAME = re.compile(r"[A-Za-z0-9_-]*")
_LONGEST_NAME = 64
# Pools that every account has.
_POOLS = ("ses-shared-pool", "ses-default-dedicated-pool")


@dataclass(slots=True)
class Tracking:
    """How opens and clicks are tracked: by links to the ``domain``, which redirects to SES, with this use of HTTPS."""

    domain: str
    https: Literal["optional", "require", "require_open_only"] | None = None


@dataclass(slots=True)
class Validation:
    """Whether addresses that are not likely to exist are suppressed, and how likely they must be."""

    enabled: bool
    threshold: Literal["medium", "high", "managed"] | None = None


@dataclass(slots=True)
class ConfigurationSet:
    """One configuration set.

    ``None`` means: as the account has it, or nothing. ``suppressed_reasons`` are those that count for its messages,
    ``scope`` whose suppression list they meet. ``fresh_start`` is when the reputation was last counted from zero,
    ``max_delivery_seconds`` the seconds after which a delivery is given up, ``archive`` the ARN of the archive
    that gets a copy, ``shared_pool_delivery`` whether mail from shared addresses may leave from other regions too.
    """

    name: str
    sending: bool = True
    suppressed_reasons: frozenset[str] | None = None
    scope: Literal["account", "tenant"] | None = None
    validation: Validation | None = None
    tls_required: bool = False
    pool: str | None = None
    max_delivery_seconds: int | None = None
    shared_pool_delivery: Literal["global", "regional", "account"] | None = None
    reputation_metrics: bool = True
    fresh_start: float | None = None
    tracking: Tracking | None = None
    engagement_metrics: bool | None = None
    optimized_delivery: bool | None = None
    archive: str | None = None
    signing: Literal["none", "smime"] | None = None
    destinations: dict[str, EventDestination] = field(default_factory=dict)

    def switch(self, *, sending: bool, at: float) -> None:
        """Switch sending; switching it on again gives the reputation a fresh start."""
        if sending and not self.sending:
            self.fresh_start = at
        self.sending = sending


def arn(region_state: RegionState, name: str) -> str:
    """Return the ARN of a configuration set."""
    return region_state.arn(f"configuration-set/{name}")


tags.taggable(
    "configuration-set",
    lambda region_state, name: arn(region_state, name) if name in region_state.configuration_sets else None,
)


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a configuration set."""
    if not _NAME.fullmatch(name):
        text = f"Invalid configuration set name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
        raise Invalid(text)
    if not name:
        text = "Configuration set name must be specified."
        raise Invalid(text)
    if len(name) > _LONGEST_NAME:
        text = f"Configuration set name cannot exceed {_LONGEST_NAME} characters."
        raise Invalid(text)


def add(region_state: RegionState, made: ConfigurationSet) -> None:
    """Add a new configuration set; refuse one whose name is taken, or for which there is no room."""
    if made.name not in region_state.configuration_sets and len(region_state.configuration_sets) >= MOST:
        text = f"Maximum of {MOST} configuration sets allowed per account."
        raise LimitReached(text)
    region_state.configuration_sets.add(made.name, made)


def find(region_state: RegionState, name: str) -> ConfigurationSet:
    """Return the configuration set of that name; refuse what cannot be a name, or is none."""
    check_name(name)
    return region_state.configuration_sets.get(name)


def remove(region_state: RegionState, name: str) -> None:
    """Remove a configuration set, its event destinations and its tags."""
    check_name(name)
    region_state.tenants.check_unused(arn(region_state, name))
    if region_state.configuration_sets.discard(name) is None:
        raise Missing(_KIND, name)
    region_state.tags.forget(arn(region_state, name))


def check_redirect(region_state: RegionState, domain: str) -> None:
    """Refuse to track by a domain that is not verified, itself or as part of one that is."""
    if region_state.simulation.any_sender:
        return
    if not any(found.verified for found in identities.covering(region_state, domain) if found.is_domain):
        text = f"Domain <{domain}> is not verified under this account."
        raise Invalid(text)


def has_pool(region_state: RegionState, name: str) -> bool:
    """Tell whether there is a pool of dedicated addresses to send from."""
    kind = "dedicated-ip-pool"
    return name in _POOLS or kind not in tags.TAGGABLE or tags.find(region_state, kind, name) is not None
