"""Dedicated IP addresses and their pools.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateDedicatedIpPool.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetDedicatedIp.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v2
from pytest_sesfake.operations.tags import read_tags
from pytest_sesfake.ses import dedicated_ips
from pytest_sesfake.ses.collection import BadToken, page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.dedicated_ips import DedicatedIp
    from pytest_sesfake.ses.simulation import RegionState

    T = TypeVar("T")

_MODES = {"STANDARD": False, "MANAGED": True}
_MOST_LISTED = 1000


# Pools


@v2("CreateDedicatedIpPool", does="modelled", texts=("reported", "chosen"))
def create_dedicated_ip_pool(
    region_state: RegionState, *, PoolName: str, Tags: Sequence[Json] = (), ScalingMode: str = "STANDARD"
) -> None:
    """Create a pool."""
    managed = _mode(ScalingMode or "STANDARD")
    given = read_tags(Tags)
    dedicated_ips.create_pool(region_state, PoolName, managed=managed)
    region_state.tags.put(dedicated_ips.arn(region_state, PoolName), given)


@v2("GetDedicatedIpPool", does="modelled", texts=("reported", "chosen"))
def get_dedicated_ip_pool(region_state: RegionState, *, PoolName: str) -> Json:
    """Describe a pool. SES does not describe its own pools."""
    dedicated_ips.check_name(PoolName)
    pool = region_state.dedicated.pools.get(PoolName)
    return {"DedicatedIpPool": {"PoolName": pool.name, "ScalingMode": "MANAGED" if pool.managed else "STANDARD"}}


@v2("DeleteDedicatedIpPool", does="modelled", texts=("reported", "chosen"))
def delete_dedicated_ip_pool(region_state: RegionState, *, PoolName: str) -> None:
    """Delete a pool. Its addresses stay."""
    dedicated_ips.remove_pool(region_state, PoolName)


@v2("ListDedicatedIpPools", does="modelled", texts="reported")
def list_dedicated_ip_pools(
    region_state: RegionState, *, NextToken: str | None = None, PageSize: int | None = None
) -> Json:
    """List the names of the pools, oldest first."""
    names = region_state.dedicated.names()
    shown, following = _page(region_state, "pool", ((name, name) for name in names), PageSize, NextToken)
    return {"DedicatedIpPools": shown, "NextToken": following}


@v2("PutDedicatedIpPoolScalingAttributes", does="modelled", texts=("reported", "chosen"))
def put_dedicated_ip_pool_scaling_attributes(region_state: RegionState, *, PoolName: str, ScalingMode: str) -> None:
    """Change a pool to managed scaling. It cannot be changed back."""
    managed = _mode(ScalingMode)
    dedicated_ips.check_name(PoolName)
    pool = region_state.dedicated.pools.get(PoolName)
    if pool.managed and not managed:
        raise say("BadRequestException", "The ScalingMode parameter is invalid.")
    if managed:
        dedicated_ips.manage(region_state, pool)


# Addresses


@v2("GetDedicatedIp", does="modelled", texts="reported")
def get_dedicated_ip(region_state: RegionState, *, Ip: str) -> Json:
    """Describe an address."""
    return {"DedicatedIp": _show(region_state, region_state.dedicated.addresses.get(Ip))}


@v2("GetDedicatedIps", does="modelled", texts="reported")
def get_dedicated_ips(
    region_state: RegionState, *, PoolName: str | None = None, NextToken: str | None = None, PageSize: int | None = None
) -> Json:
    """List the addresses: all, or those of one pool."""
    if PoolName is not None and PoolName not in region_state.dedicated.names():
        region_state.dedicated.pools.get(PoolName)
    found = (
        (address.ip, address)
        for address in region_state.dedicated.addresses
        if PoolName is None or address.pool == PoolName
    )
    shown, following = _page(region_state, f"address {PoolName}", found, PageSize, NextToken)
    return {"DedicatedIps": [_show(region_state, address) for address in shown], "NextToken": following}


@v2("PutDedicatedIpInPool", does="modelled", texts=("reported", "chosen"))
def put_dedicated_ip_in_pool(region_state: RegionState, *, Ip: str, DestinationPoolName: str) -> None:
    """Move an address into another pool."""
    dedicated_ips.move(region_state, Ip, DestinationPoolName)


@v2("PutDedicatedIpWarmupAttributes", does="modelled", texts=("reported", "chosen"))
def put_dedicated_ip_warmup_attributes(region_state: RegionState, *, Ip: str, WarmupPercentage: int) -> None:
    """Set the warm-up percentage of an address."""
    dedicated_ips.warm(region_state, Ip, WarmupPercentage)


def _mode(given: str) -> bool:
    if given not in _MODES:
        raise say("BadRequestException", "The ScalingMode parameter is invalid.")
    return _MODES[given]


def _show(region_state: RegionState, address: DedicatedIp) -> Json:
    if region_state.dedicated.is_managed(address.pool):
        return {
            "Ip": address.ip,
            "WarmupStatus": "NOT_APPLICABLE",
            "WarmupPercentage": -1,
            "PoolName": address.pool,
        }
    percentage = dedicated_ips.percentage(region_state, address)
    return {
        "Ip": address.ip,
        "WarmupStatus": "DONE" if percentage >= dedicated_ips.WARM else "IN_PROGRESS",
        "WarmupPercentage": percentage,
        "PoolName": address.pool,
    }


def _page(
    region_state: RegionState, kind: str, entries: Iterable[tuple[str, T]], size: int | None, token: str | None
) -> tuple[list[T], str | None]:
    if size is not None and not 1 <= size <= _MOST_LISTED:
        raise say("BadRequestException", f"The page size must be in [1, {_MOST_LISTED}] range.")
    try:
        return page(entries, size, token, kind=f"dedicated {kind} {region_state.region}", most=_MOST_LISTED)
    except BadToken:
        raise say("BadRequestException", "Invalid next token.") from None
