"""Every operation that lists in pages, by botocore's paginators, and every waiter that botocore has."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, UnknownServiceError, WaiterError
from botocore.loaders import Loader
from botocore.paginate import Paginator

from pytest_sesfake.ses import receipt_rules
from pytest_sesfake.wire import model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_sesfake import SesFake

    Invoke = Callable[..., Any]
    Smallest = Callable[[str, str], dict[str, Any]]

ACCOUNT = "123456789012"
MANY = 5
# Sizes of pages by the names that the two APIs have for them; one operation lets nobody choose.
SIZES = ("MaxItems", "MaxResults", "PageSize")
UNCHOSEN = 100


def shipped(api: str, kind: str, entry: str) -> dict[str, Any]:
    """What botocore has for an API, nothing where it has no file of that kind."""
    try:
        found: dict[str, Any] = Loader().load_service_model(api, kind)[entry]
    except UnknownServiceError:
        return {}
    return found


def pageable(api: str) -> Iterator[str]:
    for name, operation in model.api(api).operations.items():
        if (
            operation.input
            and operation.output
            and "NextToken" in operation.input.members.keys() & operation.output.members
        ):
            yield name


PAGED = [(api, name) for api in ("ses", "sesv2") for name in pageable(api)]
PAGINATORS = [(api, name) for api in ("ses", "sesv2") for name in shipped(api, "paginators-1", "pagination")]
WAITERS = [(api, name) for api in ("ses", "sesv2") for name in shipped(api, "waiters-2", "waiters")]


class Maker:
    """Makes things to list, by calls whose smallest arguments get another name each time."""

    def __init__(self, sesfake: SesFake, invoke: Invoke, smallest: Smallest) -> None:
        self.sesfake, self.invoke, self.smallest = sesfake, invoke, smallest

    def make(self, api: str, operation: str, member: str, names: Iterable[str]) -> None:
        for name in names:
            given = self.smallest(api, operation)
            outer, _, inner = member.partition(".")
            given[outer] = {**given[outer], inner: name} if inner else name
            self.invoke(api, operation, **given)


def numbered(form: str, many: int = MANY) -> list[str]:
    return [form.format(number) for number in range(many)]


NAMES, DOMAINS, PEOPLE = numbered("thing{}"), numbered("thing{}.example"), numbered("reader{}@thing.example")


def made_by(api: str, operation: str, member: str, names: Iterable[str] = NAMES) -> Callable[[Maker], None]:
    return lambda maker: maker.make(api, operation, member, names)


def make_rule_sets(maker: Maker) -> None:
    maker.make("ses", "CreateReceiptRuleSet", "RuleSetName", numbered("thing{}", UNCHOSEN + MANY))


def make_certificates(maker: Maker) -> None:
    maker.sesfake.verify("thing.example")
    maker.make("sesv2", "AssociateEmailIdentityCertificate", "FromAddress", PEOPLE)


def make_associations_of_a_set(maker: Maker) -> None:
    maker.make("sesv2", "CreateConfigurationSet", "ConfigurationSetName", ["thing"])
    maker.make("sesv2", "CreateTenant", "TenantName", NAMES)
    maker.make("sesv2", "CreateTenantResourceAssociation", "TenantName", NAMES)


def make_associations_of_a_tenant(maker: Maker) -> None:
    maker.make("sesv2", "CreateConfigurationSet", "ConfigurationSetName", NAMES)
    maker.make("sesv2", "CreateTenant", "TenantName", ["thing"])
    arns = [f"arn:aws:ses:us-east-1:{ACCOUNT}:configuration-set/{name}" for name in NAMES]
    maker.make("sesv2", "CreateTenantResourceAssociation", "ResourceArn", arns)


def make_contacts(maker: Maker) -> None:
    maker.sesfake.contact_list("thing", contacts=PEOPLE)


def make_suppressions(maker: Maker) -> None:
    for address in PEOPLE:
        maker.sesfake.suppress(address)


def make_addresses(maker: Maker) -> None:
    maker.sesfake.dedicated_ips(*numbered("192.0.2.{}"))


def watch(maker: Maker) -> None:
    maker.sesfake.verify("thing.example")
    domains = [{"Domain": "thing.example"}]
    maker.invoke("sesv2", "PutDeliverabilityDashboardOption", DashboardEnabled=True, SubscribedDomains=domains)


def make_test_reports(maker: Maker) -> None:
    watch(maker)
    maker.make("sesv2", "CreateDeliverabilityTestReport", "ReportName", NAMES)


def make_campaigns(maker: Maker) -> None:
    maker.sesfake.clock.freeze(datetime(2024, 1, 1, 12, tzinfo=timezone.utc))
    watch(maker)
    for subject in NAMES:
        maker.sesfake.send("ada@example.com", sender="hello@thing.example", subject=subject)


def make_advice(maker: Maker) -> None:
    maker.sesfake.vdm = True
    maker.make("sesv2", "CreateEmailIdentity", "EmailIdentity", DOMAINS)
    for domain in DOMAINS:
        maker.sesfake.send("ada@example.com", sender=f"hello@{domain}")
    maker.sesfake.clock.advance(timedelta(days=1))


def make_exports(maker: Maker) -> None:
    maker.sesfake.vdm = True
    for _ in NAMES:
        maker.invoke("sesv2", "CreateExportJob", **maker.smallest("sesv2", "CreateExportJob"))


def make_imports(maker: Maker) -> None:
    maker.sesfake.put_object("s3://bucket/thing", "ada@example.com,BOUNCE\n")
    for _ in NAMES:
        maker.invoke("sesv2", "CreateImportJob", **maker.smallest("sesv2", "CreateImportJob"))


MADE: dict[tuple[str, str], Callable[[Maker], None]] = {
    ("ses", "ListConfigurationSets"): made_by("ses", "CreateConfigurationSet", "ConfigurationSet.Name"),
    ("ses", "ListCustomVerificationEmailTemplates"): made_by(
        "ses", "CreateCustomVerificationEmailTemplate", "TemplateName"
    ),
    ("ses", "ListIdentities"): made_by("ses", "VerifyDomainIdentity", "Domain", DOMAINS),
    ("ses", "ListReceiptRuleSets"): make_rule_sets,
    ("ses", "ListTemplates"): made_by("ses", "CreateTemplate", "Template.TemplateName"),
    ("sesv2", "GetDedicatedIps"): make_addresses,
    ("sesv2", "ListConfigurationSets"): made_by("sesv2", "CreateConfigurationSet", "ConfigurationSetName"),
    ("sesv2", "ListContactLists"): make_contacts,
    ("sesv2", "ListContacts"): make_contacts,
    ("sesv2", "ListCustomVerificationEmailTemplates"): made_by(
        "sesv2", "CreateCustomVerificationEmailTemplate", "TemplateName"
    ),
    ("sesv2", "ListDedicatedIpPools"): made_by("sesv2", "CreateDedicatedIpPool", "PoolName"),
    ("sesv2", "ListDeliverabilityTestReports"): make_test_reports,
    ("sesv2", "ListDomainDeliverabilityCampaigns"): make_campaigns,
    ("sesv2", "ListEmailIdentities"): made_by("sesv2", "CreateEmailIdentity", "EmailIdentity", PEOPLE),
    ("sesv2", "ListEmailIdentityCertificates"): make_certificates,
    ("sesv2", "ListEmailTemplates"): made_by("sesv2", "CreateEmailTemplate", "TemplateName"),
    ("sesv2", "ListExportJobs"): make_exports,
    ("sesv2", "ListImportJobs"): make_imports,
    ("sesv2", "ListMultiRegionEndpoints"): made_by("sesv2", "CreateMultiRegionEndpoint", "EndpointName"),
    ("sesv2", "ListRecommendations"): make_advice,
    ("sesv2", "ListReputationEntities"): made_by("sesv2", "CreateTenant", "TenantName"),
    ("sesv2", "ListResourceTenants"): make_associations_of_a_set,
    ("sesv2", "ListSuppressedDestinations"): make_suppressions,
    ("sesv2", "ListTenantResources"): make_associations_of_a_tenant,
    ("sesv2", "ListTenants"): made_by("sesv2", "CreateTenant", "TenantName"),
}
# An account has one contact list at most, so that there is never a second page of them.
SINGLE = {("sesv2", "ListContactLists")}


def paginator(api: str, name: str, client: Any) -> Paginator[Any]:
    """botocore's own paginator, and where it ships none the one that it would ship."""
    if (api, name) in PAGINATORS:
        found: Paginator[Any] = client.get_paginator(xform_name(name))
        return found
    operation = client.meta.service_model.operation_model(name)
    config = {"input_token": "NextToken", "output_token": "NextToken", "result_key": listed(api, name)}
    size = size_of(api, name)
    return Paginator(getattr(client, xform_name(name)), {**config, **({"limit_key": size} if size else {})}, operation)


def listed(api: str, name: str) -> str:
    """The member of a result that is the list."""
    output = model.api(api).operations[name].output
    assert output is not None
    (found,) = (key for key, member in output.members.items() if member.shape.kind == "list")
    return found


def size_of(api: str, name: str) -> str | None:
    asked = model.api(api).operations[name].input
    return next((size for size in SIZES if asked is not None and size in asked.members), None)


@pytest.fixture
def maker(sesfake: SesFake, invoke: Invoke, smallest: Smallest, monkeypatch: pytest.MonkeyPatch) -> Maker:
    monkeypatch.setattr(receipt_rules, "MOST_SETS", 2 * UNCHOSEN)  # SES allows fewer than fit a page
    return Maker(sesfake, invoke, smallest)


@pytest.mark.parametrize("api,name", [pair for pair in PAGED if pair not in SINGLE])
def test_a_paginator_finds_everything_once_over_several_pages(
    api: str, name: str, maker: Maker, loose: dict[str, Any]
) -> None:
    MADE[api, name](maker)
    given = maker.smallest(api, name)
    size = size_of(api, name)
    whole = maker.invoke(api, name, **given, **({size: 2 * MANY} if size else {}))
    config = {"PageSize": 2} if size else {}

    pages = list(paginator(api, name, loose[api]).paginate(**given, PaginationConfig=config))

    found = [entry for page in pages for entry in page[listed(api, name)]]
    assert len(found) == (MANY if size else UNCHOSEN + MANY)
    assert len(pages) == (3 if size else 2)
    assert found[: len(whole[listed(api, name)])] == whole[listed(api, name)]
    assert len({str(entry) for entry in found}) == len(found)


@pytest.mark.parametrize("api,name", PAGED)
def test_a_token_that_ses_never_gave_is_refused(api: str, name: str, maker: Maker) -> None:
    MADE[api, name](maker)

    with pytest.raises(ClientError) as caught:
        maker.invoke(api, name, **{**maker.smallest(api, name), "NextToken": "bm9uZQ=="})

    assert caught.value.response["Error"]["Code"] in {
        "InvalidParameterValue",
        "BadRequestException",
        "InvalidNextTokenException",
    }


def test_every_paginator_of_botocore_is_among_them() -> None:
    assert PAGINATORS
    assert set(PAGINATORS) <= set(PAGED)


# Waiters


def identity_exists(sesfake: SesFake, invoke: Invoke) -> tuple[dict[str, Any], Callable[[], None]]:
    invoke("ses", "VerifyEmailIdentity", EmailAddress="ada@example.com")
    return {"Identities": ["ada@example.com"]}, lambda: sesfake.verify("ada@example.com")


# What a waiter is called with, and what makes the wait end.
AWAITED = {("ses", "IdentityExists"): identity_exists}


@pytest.mark.parametrize("api,name", WAITERS)
def test_a_waiter_waits_until_it_is_true(  # noqa: PLR0917 - fixtures
    api: str,
    name: str,
    sesfake: SesFake,
    invoke: Invoke,
    loose: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given, come_true = AWAITED[api, name](sesfake, invoke)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) > 1:
            come_true()

    monkeypatch.setattr("botocore.waiter.time", SimpleNamespace(sleep=sleep))

    loose[api].get_waiter(xform_name(name)).wait(**given)

    assert len(waits) == 2


@pytest.mark.parametrize("api,name", WAITERS)
def test_a_waiter_gives_up(api: str, name: str, sesfake: SesFake, invoke: Invoke, loose: dict[str, Any]) -> None:
    given, _ = AWAITED[api, name](sesfake, invoke)

    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        loose[api].get_waiter(xform_name(name)).wait(**given, WaiterConfig={"Delay": 0, "MaxAttempts": 3})
