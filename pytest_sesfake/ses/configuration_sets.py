"""Configuration sets: settings for the messages that name them, and the destinations of the events of these messages.

A message uses the configuration set that the call names, or else the default of its identity. Most settings can be
``None``; then the setting of the account applies.

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
"""The largest number of configuration sets of an account in a region."""

_KIND = "configuration set"
_NAME = re.compile(r"[A-Za-z0-9_-]*")
_LONGEST_NAME = 64
# Pools of IP addresses that every account has.
_POOLS = ("ses-shared-pool", "ses-default-dedicated-pool")


@dataclass(slots=True)
class Tracking:
    """Tracking of opens and clicks by a custom ``domain`` that redirects to SES. ``https`` is its HTTPS policy."""

    domain: str
    https: Literal["optional", "require", "require_open_only"] | None = None


@dataclass(slots=True)
class Validation:
    """Address validation: whether SES suppresses recipients that probably do not exist, and its threshold."""

    enabled: bool
    threshold: Literal["medium", "high", "managed"] | None = None


@dataclass(slots=True)
class ConfigurationSet:
    """One configuration set.

    ``None`` means that the setting of the account applies, or that the feature is not used.

    * ``suppressed_reasons`` are the reasons for which SES suppresses recipients of its messages.
    * ``scope`` says whose suppression list SES uses.
    * ``pool`` is the name of the pool of IP addresses.
    * ``max_delivery_seconds`` is how long SES tries to deliver, in seconds.
    * ``fresh_start`` is the time (epoch seconds) since when SES counts its reputation.
    * ``archive`` is the ARN of the archive that gets a copy of each message.
    * ``shared_pool_delivery`` says whether mail from shared IP addresses may also leave from other regions.
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
        """Enable or disable sending. Enabling it again starts the reputation afresh. ``at`` is in epoch seconds."""
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
    """Check the name of a configuration set. Raises `Invalid` if SES does not accept it."""
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
    """Add a new configuration set. Raises `Taken` if the name is in use, `LimitReached` if there are too many."""
    if made.name not in region_state.configuration_sets and len(region_state.configuration_sets) >= MOST:
        text = f"Maximum of {MOST} configuration sets allowed per account."
        raise LimitReached(text)
    region_state.configuration_sets.add(made.name, made)


def find(region_state: RegionState, name: str) -> ConfigurationSet:
    """Return the configuration set of that name. Raises `Invalid` or `Missing` if there can be none or is none."""
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
    """Check a tracking domain. Raises `Invalid` unless the domain or a domain above it is verified."""
    if region_state.simulation.any_sender:
        return
    if not any(found.verified for found in identities.find_covering(region_state, domain) if found.is_domain):
        text = f"Domain <{domain}> is not verified under this account."
        raise Invalid(text)


def has_pool(region_state: RegionState, name: str) -> bool:
    """Tell whether a pool of dedicated IP addresses exists."""
    kind = "dedicated-ip-pool"
    return name in _POOLS or kind not in tags.TAGGABLE or tags.find(region_state, kind, name) is not None
