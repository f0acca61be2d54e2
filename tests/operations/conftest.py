"""Both APIs of the running test's fake, as clients of boto3, and what they say when they say no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]


@pytest.fixture
def v1(sesfake: SesFake) -> SESClient:
    client: SESClient = sesfake.client("ses")
    return client


@pytest.fixture
def v2(sesfake: SesFake) -> SESV2Client:
    client: SESV2Client = sesfake.client("sesv2")
    return client


@pytest.fixture
def loose_v2(sesfake: SesFake) -> SESV2Client:
    """SESv2 for a client library that leaves all judging to it."""
    client: SESV2Client = sesfake.client("sesv2", config=Config(parameter_validation=False))
    return client


@pytest.fixture
def refused() -> Refused:
    """Returns code, status and text of what a call is refused with, after checking the class of the error."""

    def refused(call: Callable[[], object], error: type[ClientError] = ClientError) -> tuple[str, int, str | None]:
        with pytest.raises(error) as caught:
            call()
        answer = caught.value.response
        return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"].get("Message")

    return refused


@pytest.fixture
def news(v2: SESV2Client) -> str:
    """A contact list with a topic that everybody gets and one that nobody gets unasked."""
    v2.create_contact_list(
        ContactListName="news",
        Topics=[
            {"TopicName": "weekly", "DisplayName": "Weekly digest", "DefaultSubscriptionStatus": "OPT_IN"},
            {"TopicName": "offers", "DisplayName": "Offers", "DefaultSubscriptionStatus": "OPT_OUT"},
        ],
    )
    return "news"


@pytest.fixture
def readers(sesfake: SesFake, v2: SESV2Client) -> None:
    """One list on which readers c1 to c7 said different things of a topic that is in and one that is out."""
    sesfake.contact_list(
        "news",
        topics={"tin": "OPT_IN", "tout": "OPT_OUT"},
        contacts={
            "c1@example.com": {"tin": "OPT_OUT", "tout": "OPT_IN"},
            "c2@example.com": {"tin": "OPT_IN", "tout": "OPT_OUT"},
            "c3@example.com": {},
            "c4@example.com": "OPT_OUT",
            "c5@example.com": {"tin": "OPT_IN", "tout": "OPT_IN"},
            "c6@example.com": {"tin": "OPT_OUT"},
            "c7@example.com": {"tout": "OPT_IN"},
        },
    )
    v2.update_contact(ContactListName="news", EmailAddress="c5@example.com", UnsubscribeAll=True)


@pytest.fixture
def acme(sesfake: SesFake, v2: SESV2Client) -> str:
    """A tenant who may send as example.org, with the set news."""
    sesfake.verify("example.org")
    sesfake.configuration_set("news")
    v2.create_tenant(TenantName="acme")
    for resource in ("identity/example.org", "configuration-set/news"):
        arn = f"arn:aws:ses:us-east-1:123456789012:{resource}"
        v2.create_tenant_resource_association(TenantName="acme", ResourceArn=arn)
    return "acme"
