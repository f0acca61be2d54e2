"""Dedicated IP addresses and their pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

IP, OTHER = "198.51.100.1", "198.51.100.2"
DEFAULT, SHARED = "ses-default-dedicated-pool", "ses-shared-pool"
ARN = "arn:aws:ses:us-east-1:123456789012:dedicated-ip-pool/news"
NO_POOL = "The requested pool <news> does not exist."
NO_IP = f"Could not find dedicated IP <{IP}> under this account."
BAD_MODE = "The ScalingMode parameter is invalid."
NOT_DESCRIBED = "Pool name describes either a shared or default dedicated ip pool"


def pools(v2: SESV2Client) -> list[str]:
    return v2.list_dedicated_ip_pools()["DedicatedIpPools"]


def mode(v2: SESV2Client) -> str:
    return v2.get_dedicated_ip_pool(PoolName="news")["DedicatedIpPool"]["ScalingMode"]


def seen(v2: SESV2Client, ip: str = IP) -> tuple[str, int, str]:
    found = v2.get_dedicated_ip(Ip=ip)["DedicatedIp"]
    assert found["Ip"] == ip
    return found["WarmupStatus"], found["WarmupPercentage"], found["PoolName"]


def listed(v2: SESV2Client, **more: Any) -> list[str]:
    return [address["Ip"] for address in v2.get_dedicated_ips(**more)["DedicatedIps"]]


# Pools


def test_a_pool_is_made_described_and_removed(v2: SESV2Client, refused: Refused) -> None:
    v2.create_dedicated_ip_pool(PoolName="news", Tags=[{"Key": "team", "Value": "blue"}])

    assert pools(v2) == ["news"]
    assert mode(v2) == "STANDARD"
    assert v2.list_tags_for_resource(ResourceArn=ARN)["Tags"] == [{"Key": "team", "Value": "blue"}]

    v2.delete_dedicated_ip_pool(PoolName="news")

    assert pools(v2) == []
    missing = v2.exceptions.NotFoundException
    assert refused(lambda: mode(v2), missing) == ("NotFoundException", 404, NO_POOL)
    assert refused(lambda: v2.delete_dedicated_ip_pool(PoolName="news"), missing) == ("NotFoundException", 404, NO_POOL)
    v2.create_dedicated_ip_pool(PoolName="news")
    assert v2.list_tags_for_resource(ResourceArn=ARN)["Tags"] == []


def test_a_pool_is_made_once(v2: SESV2Client, refused: Refused) -> None:
    v2.create_dedicated_ip_pool(PoolName="news", ScalingMode="MANAGED")

    answer = refused(lambda: v2.create_dedicated_ip_pool(PoolName="news"), v2.exceptions.AlreadyExistsException)

    assert answer == ("AlreadyExistsException", 400, "The pool <news> already exists.")
    assert mode(v2) == "MANAGED"


@pytest.mark.parametrize(
    "name, text",
    [
        (" ", "Pool name can't be blank."),
        (SHARED, NOT_DESCRIBED),
        (
            "News",
            (
                "Invalid pool name <News>: only up to 64 lowercase letters, numbers, periods, dashes and underscores "
                "are allowed."
            ),
        ),
    ],
)
def test_a_pool_needs_a_name_of_its_own(v2: SESV2Client, refused: Refused, name: str, text: str) -> None:
    answer = refused(lambda: v2.create_dedicated_ip_pool(PoolName=name), v2.exceptions.BadRequestException)

    assert answer == ("BadRequestException", 400, text)
    assert pools(v2) == []


def test_an_unknown_mode_is_refused(loose_v2: SESV2Client, refused: Refused) -> None:
    loose_v2.create_dedicated_ip_pool(PoolName="news")
    invalid = loose_v2.exceptions.BadRequestException
    calls: list[Callable[[], object]] = [
        lambda: loose_v2.create_dedicated_ip_pool(PoolName="mail", ScalingMode="BIG"),  # type: ignore[arg-type] # wrong
        lambda: loose_v2.put_dedicated_ip_pool_scaling_attributes(PoolName="none", ScalingMode="BIG"),  # type: ignore[arg-type] # wrong
    ]

    for call in calls:
        assert refused(call, invalid) == ("BadRequestException", 400, BAD_MODE)


def test_a_pool_that_was_left_to_ses_is_not_given_back(v2: SESV2Client, refused: Refused) -> None:
    v2.create_dedicated_ip_pool(PoolName="news")
    v2.put_dedicated_ip_pool_scaling_attributes(PoolName="news", ScalingMode="STANDARD")
    v2.put_dedicated_ip_pool_scaling_attributes(PoolName="news", ScalingMode="MANAGED")
    assert mode(v2) == "MANAGED"

    def take_back() -> object:
        return v2.put_dedicated_ip_pool_scaling_attributes(PoolName="news", ScalingMode="STANDARD")

    assert refused(take_back, v2.exceptions.BadRequestException) == ("BadRequestException", 400, BAD_MODE)
    v2.delete_dedicated_ip_pool(PoolName="news")
    assert refused(take_back, v2.exceptions.NotFoundException) == ("NotFoundException", 404, NO_POOL)


def test_ses_looks_after_five_pools(v2: SESV2Client, refused: Refused) -> None:
    for number in range(5):
        v2.create_dedicated_ip_pool(PoolName=f"pool-{number}", ScalingMode="MANAGED")
    v2.create_dedicated_ip_pool(PoolName="own")
    text = "The maximum number of managed dedicated IP pools (5) is reached."
    full = v2.exceptions.LimitExceededException

    def make() -> object:
        return v2.create_dedicated_ip_pool(PoolName="one-more", ScalingMode="MANAGED")

    assert refused(make, full) == ("LimitExceededException", 400, text)
    assert "one-more" not in pools(v2)
    v2.delete_dedicated_ip_pool(PoolName="pool-0")
    make()


def test_pools_are_listed_page_by_page(v2: SESV2Client, refused: Refused) -> None:
    names = [f"pool-{number}" for number in range(5)]
    for name in names:
        v2.create_dedicated_ip_pool(PoolName=name)

    found, token = [], None
    while True:
        page = v2.list_dedicated_ip_pools(PageSize=2, **({"NextToken": token} if token else {}))
        found.append(page["DedicatedIpPools"])
        token = page.get("NextToken")
        if token is None:
            break

    assert found == [names[:2], names[2:4], names[4:]]
    invalid = v2.exceptions.BadRequestException
    text = "The page size must be in [1, 1000] range."
    for size in (0, 1001):
        answer = refused(lambda size=size: v2.list_dedicated_ip_pools(PageSize=size), invalid)
        assert answer == ("BadRequestException", 400, text)
    answer = refused(lambda: v2.list_dedicated_ip_pools(NextToken="x"), invalid)
    assert answer == ("BadRequestException", 400, "Invalid next token.")


def test_a_configuration_set_sends_from_pools_that_there_are(v2: SESV2Client, refused: Refused) -> None:
    v2.create_configuration_set(ConfigurationSetName="set")

    def choose() -> object:
        return v2.put_configuration_set_delivery_options(ConfigurationSetName="set", SendingPoolName="news")

    assert refused(choose)[2] == "SendingPool <news> doesn't exist"
    v2.create_dedicated_ip_pool(PoolName="news")
    choose()


# Addresses


def test_an_account_has_no_address_until_a_test_gives_it_one(v2: SESV2Client, refused: Refused) -> None:
    v2.create_dedicated_ip_pool(PoolName="news")
    missing = v2.exceptions.NotFoundException
    calls: list[Callable[[], object]] = [
        lambda: v2.get_dedicated_ip(Ip=IP),
        lambda: v2.put_dedicated_ip_in_pool(Ip=IP, DestinationPoolName="nowhere"),
        lambda: v2.put_dedicated_ip_warmup_attributes(Ip=IP, WarmupPercentage=50),
        lambda: v2.get_blacklist_reports(BlacklistItemNames=[IP]),
    ]

    for call in calls:
        assert refused(call, missing) == ("NotFoundException", 404, NO_IP)
    assert listed(v2) == listed(v2, PoolName="news") == []


def test_a_test_leases_addresses_in_one_line(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.dedicated_ips(IP, OTHER)
    sesfake.dedicated_ips("198.51.100.3", pool="news", warmup=20)

    assert seen(v2) == ("DONE", 100, DEFAULT)
    assert seen(v2, "198.51.100.3") == ("IN_PROGRESS", 20, "news")
    assert listed(v2) == [IP, OTHER, "198.51.100.3"]
    assert listed(v2, PoolName="news") == ["198.51.100.3"]
    assert listed(v2, PoolName=DEFAULT) == [IP, OTHER]
    assert pools(v2) == ["news", DEFAULT, SHARED]
    assert listed(sesfake.client("sesv2", "eu-west-1")) == [IP, OTHER, "198.51.100.3"]


def test_a_warmup_above_100_percent_raises_value_error(sesfake: SesFake) -> None:
    with pytest.raises(ValueError, match="a warmup of 0 to 100 percent, not 101"):
        sesfake.dedicated_ips(IP, warmup=101)


def test_an_address_moves_to_another_pool_and_back(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    sesfake.dedicated_ips(IP)
    v2.create_dedicated_ip_pool(PoolName="news")

    v2.put_dedicated_ip_in_pool(Ip=IP, DestinationPoolName="news")
    assert seen(v2)[2] == "news"

    v2.put_dedicated_ip_in_pool(Ip=IP, DestinationPoolName=DEFAULT)
    assert seen(v2)[2] == DEFAULT

    def move(pool: str) -> object:
        return v2.put_dedicated_ip_in_pool(Ip=IP, DestinationPoolName=pool)

    blank = refused(lambda: move(" "), v2.exceptions.BadRequestException)
    assert blank == ("BadRequestException", 400, "Pool name can't be blank.")
    v2.delete_dedicated_ip_pool(PoolName="news")
    assert refused(lambda: move("news"), v2.exceptions.NotFoundException) == ("NotFoundException", 404, NO_POOL)


def test_an_address_without_a_pool_is_in_the_default_one(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.dedicated_ips(IP, pool="news")

    v2.delete_dedicated_ip_pool(PoolName="news")

    assert seen(v2) == ("DONE", 100, DEFAULT)


@pytest.mark.parametrize("pool", [DEFAULT, SHARED])
def test_ses_does_not_describe_the_pools_that_it_made(
    sesfake: SesFake, v2: SESV2Client, refused: Refused, pool: str
) -> None:
    sesfake.dedicated_ips(IP)
    invalid = v2.exceptions.BadRequestException
    calls: list[Callable[[], object]] = [
        lambda: v2.get_dedicated_ip_pool(PoolName=pool),
        lambda: v2.delete_dedicated_ip_pool(PoolName=pool),
        lambda: v2.put_dedicated_ip_pool_scaling_attributes(PoolName=pool, ScalingMode="MANAGED"),
    ]

    for call in calls:
        assert refused(call, invalid) == ("BadRequestException", 400, NOT_DESCRIBED)


def test_addresses_of_an_unknown_pool_are_refused(v2: SESV2Client, refused: Refused) -> None:
    answer = refused(lambda: listed(v2, PoolName="news"), v2.exceptions.NotFoundException)

    assert answer == ("NotFoundException", 404, NO_POOL)


def test_an_address_is_warm_after_45_days(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.dedicated_ips(IP, warmup=0)
    assert seen(v2)[:2] == ("IN_PROGRESS", 0)

    sesfake.clock.advance(days=9)
    assert seen(v2)[:2] == ("IN_PROGRESS", 20)

    v2.put_dedicated_ip_warmup_attributes(Ip=IP, WarmupPercentage=50)
    sesfake.clock.advance(days=9)
    assert seen(v2)[:2] == ("IN_PROGRESS", 70)

    sesfake.clock.advance(days=14)
    assert seen(v2)[:2] == ("DONE", 100)


def test_an_address_stays_as_it_is_while_the_warm_up_is_switched_off(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.dedicated_ips(IP, warmup=0)
    sesfake.clock.advance(days=9)

    v2.put_account_dedicated_ip_warmup_attributes(AutoWarmupEnabled=False)
    sesfake.clock.advance(days=9)
    assert seen(v2)[:2] == ("IN_PROGRESS", 20)

    v2.put_account_dedicated_ip_warmup_attributes(AutoWarmupEnabled=True)
    sesfake.clock.advance(days=9)
    assert seen(v2)[:2] == ("IN_PROGRESS", 40)


@pytest.mark.parametrize("percentage", [-1, 101])
def test_a_percentage_is_one_of_a_hundred(sesfake: SesFake, v2: SESV2Client, refused: Refused, percentage: int) -> None:
    sesfake.dedicated_ips(IP)

    answer = refused(
        lambda: v2.put_dedicated_ip_warmup_attributes(Ip=IP, WarmupPercentage=percentage),
        v2.exceptions.BadRequestException,
    )

    assert answer == ("BadRequestException", 400, "Warmup Percentage must be between 0 and 100.")


def test_ses_alone_looks_after_the_addresses_of_a_managed_pool(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    v2.create_dedicated_ip_pool(PoolName="news", ScalingMode="MANAGED")
    sesfake.dedicated_ips(IP, pool="news")
    sesfake.dedicated_ips(OTHER)

    assert seen(v2) == ("NOT_APPLICABLE", -1, "news")
    invalid = v2.exceptions.BadRequestException
    not_moved, not_warmed = (
        f"Dedicated IPs of a managed pool {what}" for what in ("can't be moved.", "are warmed up by SES.")
    )
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: v2.put_dedicated_ip_in_pool(Ip=IP, DestinationPoolName=DEFAULT), not_moved),
        (lambda: v2.put_dedicated_ip_in_pool(Ip=OTHER, DestinationPoolName="news"), not_moved),
        (lambda: v2.put_dedicated_ip_warmup_attributes(Ip=IP, WarmupPercentage=1), not_warmed),
    ]
    for call, text in calls:
        assert refused(call, invalid) == ("BadRequestException", 400, text)


def test_addresses_are_listed_page_by_page_for_the_pool_that_was_asked_for(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.dedicated_ips(IP, OTHER, pool="news")

    first = v2.get_dedicated_ips(PoolName="news", PageSize=1)
    second = v2.get_dedicated_ips(PoolName="news", PageSize=1, NextToken=first["NextToken"])

    assert [page["DedicatedIps"][0]["Ip"] for page in (first, second)] == [IP, OTHER]
    assert "NextToken" not in second
    answer = refused(lambda: v2.get_dedicated_ips(NextToken=first["NextToken"]), v2.exceptions.BadRequestException)
    assert answer == ("BadRequestException", 400, "Invalid next token.")


def test_blacklists_name_the_addresses_that_a_test_says(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.dedicated_ips(IP, listed=["zen.spamhaus.org"])
    sesfake.dedicated_ips(OTHER)

    report = v2.get_blacklist_reports(BlacklistItemNames=[IP, OTHER])["BlacklistReport"]

    (entry,) = report[IP]
    assert entry["RblName"] == "zen.spamhaus.org"
    assert entry["ListingTime"] <= sesfake.clock.now()
    assert report[OTHER] == []
