"""Which host names are those of SES, and what they say."""

from __future__ import annotations

from urllib.parse import urlsplit

import botocore.loaders
import pytest
from botocore.endpoint_provider import EndpointProvider

from pytest_sesfake.wire import hosts
from pytest_sesfake.wire.hosts import SesHost


@pytest.mark.parametrize(
    "name, found",
    [
        ("email.us-east-1.amazonaws.com", SesHost("https", "us-east-1")),
        ("email-fips.us-gov-west-1.amazonaws.com", SesHost("https", "us-gov-west-1")),
        ("email.eu-west-1.api.aws", SesHost("https", "eu-west-1")),
        ("email-fips.ca-central-1.api.aws", SesHost("https", "ca-central-1")),
        ("email.cn-north-1.amazonaws.com.cn", SesHost("https", "cn-north-1")),
        ("email.cn-northwest-1.api.amazonwebservices.com.cn", SesHost("https", "cn-northwest-1")),
        ("email.eusc-de-east-1.amazonaws.eu", SesHost("https", "eusc-de-east-1")),
        ("email-smtp.ap-southeast-5.amazonaws.com", SesHost("smtp", "ap-southeast-5")),
        ("email-smtp-fips.us-west-2.amazonaws.com", SesHost("smtp", "us-west-2")),
        ("EMAIL-SMTP.Eu-West-1.Amazonaws.COM.", SesHost("smtp", "eu-west-1")),
        ("email.eu-west-1.amazonaws.com:443", SesHost("https", "eu-west-1")),
        ("abcdef12.g3h.endpoints.email.amazonaws.com", SesHost("https", None, "abcdef12.g3h")),
        ("abcdef12.endpoints.email.global.api.aws", SesHost("https", None, "abcdef12")),
        ("abcdef12.endpoints.email.us-gov.amazonaws.com", SesHost("https", None, "abcdef12")),
        ("email-verification.eu-west-1.amazonaws.com", SesHost("link", "eu-west-1", None, "email-verification")),
        ("email-unsubscribe.us-east-1.amazonaws.com", SesHost("link", "us-east-1", None, "email-unsubscribe")),
    ],
)
def test_a_host_name_of_ses_says_its_kind_and_region(name: str, found: SesHost) -> None:
    assert hosts.find(name) == found
    assert (hosts.kind(name), hosts.region(name)) == (found.kind, found.region)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "localhost",
        "127.0.0.1",
        "email.example.com",
        "sns.us-east-1.amazonaws.com",
        "email.amazonaws.com",
        "email.us-east-1.amazonaws.com.example.com",
        "xemail.us-east-1.amazonaws.com",
        "email-smtp.us-east-1.example.com",
        "inbound-smtp.us-east-1.amazonaws.com",
        "feedback-smtp.us-east-1.amazonses.com",
        "endpoints.email.amazonaws.com",
        "s3.us-east-1.amazonaws.com",
    ],
)
def test_any_other_host_name_says_nothing(name: str) -> None:
    assert hosts.find(name) is None
    assert hosts.kind(name) is None
    assert hosts.region(name) is None


@pytest.fixture(scope="module")
def provider() -> EndpointProvider:
    """What botocore itself computes endpoints with."""
    loader = botocore.loaders.create_loader()
    return EndpointProvider(
        ruleset_data=loader.load_service_model("sesv2", "endpoint-rule-set-1"),
        partition_data=loader.load_data("partitions"),
    )


@pytest.mark.parametrize("dual_stack", [False, True])
@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-5", "cn-north-1", "us-gov-east-1"])
def test_every_endpoint_that_botocore_computes_is_known(
    provider: EndpointProvider, region: str, *, dual_stack: bool, fips: bool
) -> None:
    endpoint = provider.resolve_endpoint(Region=region, UseDualStack=dual_stack, UseFIPS=fips)

    assert hosts.find(urlsplit(endpoint.url).netloc) == SesHost("https", region)


@pytest.mark.needs_model("SendEmail.EndpointId")
@pytest.mark.parametrize("dual_stack", [False, True])
@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-east-1"])
def test_every_multi_region_endpoint_that_botocore_computes_is_known(
    provider: EndpointProvider, region: str, *, dual_stack: bool
) -> None:
    endpoint = provider.resolve_endpoint(Region=region, UseDualStack=dual_stack, UseFIPS=False, EndpointId="ab12.cd3")

    assert hosts.find(urlsplit(endpoint.url).netloc) == SesHost("https", None, "ab12.cd3")
