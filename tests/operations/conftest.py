"""boto3 clients of both APIs for the running test's fake, and fixtures that read refusals."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from pytest_sesfake.wire import model

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake
    from pytest_sesfake.wire.model import Shape

    Refused = Callable[..., tuple[str, int, str | None]]
    Invoke = Callable[..., Any]


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
    """A v2 client without botocore's parameter validation, so that SES itself refuses parameters."""
    client: SESV2Client = sesfake.client("sesv2", config=Config(parameter_validation=False))
    return client


@pytest.fixture
def refused() -> Refused:
    """Returns code, status and text of a refused call, after checking the class of the error."""

    def refused(call: Callable[[], object], error: type[ClientError] = ClientError) -> tuple[str, int, str | None]:
        with pytest.raises(error) as caught:
            call()
        answer = caught.value.response
        return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"].get("Message")

    return refused


@pytest.fixture
def inbox(v1: SESClient) -> str:
    """The name of an empty receipt rule set."""
    v1.create_receipt_rule_set(RuleSetName="inbox")
    return "inbox"


@pytest.fixture
def news(v2: SESV2Client) -> str:
    """A contact list with an opt-in topic and an opt-out topic."""
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
    """A contact list with an opt-in and an opt-out topic, and contacts c1 to c7 with different preferences."""
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


# Arguments for every operation. They name the same resources, so that a call that creates a resource fits those that
# need it.

ACCOUNT = "123456789012"
ADDRESS, DOMAIN = "somebody@thing.example", "thing.example"
PERMISSION = {
    "Effect": "Allow",
    "Principal": {"AWS": ACCOUNT},
    "Action": "ses:SendEmail",
    "Resource": f"arn:aws:ses:us-east-1:{ACCOUNT}:identity/{DOMAIN}",
}
TO_METRICS: Any = {
    "Dimensions": {"ISP": ["*"]},
    "Namespace": "VDM",
    "Metrics": [{"Name": "SEND", "Aggregation": "VOLUME"}],
    "StartDate": datetime(2024, 1, 1, tzinfo=timezone.utc),
    "EndDate": datetime(2024, 1, 2, tzinfo=timezone.utc),
}
# Values by the name of the member, and of structures by the name of the shape. Every other string is "thing".
SAMPLES: dict[str, Any] = {
    "CertificateArn": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/thing",
    "Cidr": "192.0.2.0/24",
    "DefaultTemplateData": "{}",
    "EndDate": TO_METRICS["EndDate"],
    "FailureRedirectionURL": f"https://{DOMAIN}/no",
    "Policy": json.dumps({"Version": "2012-10-17", "Statement": [PERMISSION]}),
    "Region": "eu-west-1",
    "ReputationEntityPolicy": "arn:aws:ses:us-east-1:aws:reputation-policy/strict",
    "ReputationEntityReference": f"arn:aws:ses:us-east-1:{ACCOUNT}:tenant/thing/tn-thing",
    "ResourceArn": f"arn:aws:ses:us-east-1:{ACCOUNT}:configuration-set/thing",
    "S3Url": "s3://bucket/thing",
    "StartDate": TO_METRICS["StartDate"],
    "SuccessRedirectionURL": f"https://{DOMAIN}/yes",
    "TemplateData": "{}",
    "WebsiteURL": f"https://{DOMAIN}",
    **dict.fromkeys(("BounceSender", "EmailAddress", "FromEmailAddress", "Recipient", "Source"), ADDRESS),
    **dict.fromkeys(("Domain", "EmailIdentity", "Identities", "Identity", "SubscribedDomain"), DOMAIN),
    **dict.fromkeys(("BlacklistItemNames", "Ip"), "192.0.2.1"),
}
STRUCTURES: dict[str, Any] = {
    "ses Body": {"Text": {"Data": "Text."}},
    "ses BouncedRecipientInfo": {"Recipient": ADDRESS, "BounceType": "DoesNotExist"},
    "ses Destination": {"ToAddresses": [ADDRESS]},
    "ses EventDestination": {
        "Name": "thing",
        "MatchingEventTypes": ["send"],
        "SNSDestination": {"TopicARN": f"arn:aws:sns:us-east-1:{ACCOUNT}:thing"},
    },
    "ses Template": {"TemplateName": "thing", "SubjectPart": "Thing", "TextPart": "Text."},
    "ses TrackingOptions": {"CustomRedirectDomain": DOMAIN},
    "sesv2 BulkEmailContent": {"Template": {"TemplateName": "thing", "TemplateData": "{}"}},
    "sesv2 Destination": {"ToAddresses": [ADDRESS]},
    "sesv2 EmailContent": {"Simple": {"Subject": {"Data": "Thing"}, "Body": {"Text": {"Data": "Text."}}}},
    "sesv2 EmailTemplateContent": {"Subject": "Thing", "Text": "Text."},
    "sesv2 EventDestinationDefinition": {
        "MatchingEventTypes": ["SEND"],
        "SnsDestination": {"TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:thing"},
    },
    "sesv2 ExportDataSource": {"MetricsDataSource": TO_METRICS},
    "sesv2 ImportDestination": {"SuppressionListDestination": {"SuppressionListImportAction": "PUT"}},
}
# Arguments that SES requires and the model does not.
BESIDE: dict[tuple[str, str], dict[str, Any]] = {
    ("ses", "SetActiveReceiptRuleSet"): {"RuleSetName": "thing"},
    ("sesv2", "AssociateEmailIdentityCertificate"): {"FromAddress": ADDRESS},
    ("sesv2", "DisassociateEmailIdentityCertificate"): {"FromAddress": ADDRESS},
    ("sesv2", "SendBulkEmail"): {"FromEmailAddress": ADDRESS},
    ("sesv2", "SendEmail"): {"FromEmailAddress": ADDRESS, "Destination": {"ToAddresses": [ADDRESS]}},
}


def smallest_value(api: str, shape: Shape, name: str = "") -> Any:
    if shape.kind == "structure":
        required = {key: member.shape for key, member in shape.members.items() if member.required}
        given = STRUCTURES.get(f"{api} {shape.name}")
        return given or {key: smallest_value(api, inner, key) for key, inner in required.items()}
    if shape.kind == "list":
        return [smallest_value(api, shape.item, name)]
    if "enum" in shape.traits:
        return shape.traits["enum"][0]
    others = {"boolean": True, "integer": 1, "blob": b"From: a@thing.example\r\nTo: b@thing.example\r\n\r\nText."}
    return SAMPLES.get(name, others.get(shape.kind, "thing"))


@pytest.fixture(scope="session")
def smallest() -> Callable[[str, str], dict[str, Any]]:
    """Returns the smallest valid arguments of an operation."""

    def smallest(api: str, operation: str) -> dict[str, Any]:
        shape = model.api(api).operations[operation].input
        return {} if shape is None else {**smallest_value(api, shape), **BESIDE.get((api, operation), {})}

    return smallest


@pytest.fixture(scope="session")
def loose() -> dict[str, Any]:
    """Clients of both APIs without parameter validation and retries."""
    config = Config(region_name="us-east-1", parameter_validation=False, retries={"total_max_attempts": 1})
    return {api: boto3.client(api, config=config) for api in ("ses", "sesv2")}


@pytest.fixture
def invoke(sesfake: SesFake, loose: dict[str, Any]) -> Invoke:
    """Calls an operation by its name, and checks that the call caused no internal error."""

    def invoke(api: str, operation: str, /, **arguments: Any) -> Any:
        try:
            return getattr(loose[api], xform_name(operation))(**arguments)
        finally:
            assert sesfake.problems == []

    return invoke


# States of the fake in which operations refuse valid calls.


def asks_who_sends(fake: SesFake) -> None:
    fake._simulation.any_sender = False


def has_a_template(fake: SesFake) -> None:
    fake.template("thing", subject="Hello {{name}}", text="Text.")


def insists_on_mail_from(fake: SesFake) -> None:
    fake.verify(DOMAIN)
    given: dict[str, Any] = {"MailFromDomain": f"mail.{DOMAIN}", "BehaviorOnMxFailure": "REJECT_MESSAGE"}
    fake.client().put_email_identity_mail_from_attributes(EmailIdentity=DOMAIN, **given)


def is_busy(fake: SesFake) -> None:
    fake.clock.freeze()
    fake.rate = 1
    fake._account.current.request_rate = 1.0
    fake.send(ADDRESS)
    fake.client().get_account()


def knows_nothing(fake: SesFake) -> None:
    fake._simulation.collaborators.exists = lambda _: False


def plans_to_pay(fake: SesFake) -> None:
    for plan in ("ESSENTIALS", "PRO"):  # now, and in the next month
        fake.client().put_account_pricing_attributes(Plan=plan)


def wants_to_leave_the_sandbox(fake: SesFake) -> None:
    fake.sandbox = True
    said: dict[str, Any] = {"MailType": "MARKETING", "WebsiteURL": f"https://{DOMAIN}", "UseCaseDescription": "News."}
    fake.client().put_account_details(**said, ProductionAccessEnabled=True)


def watches(fake: SesFake) -> None:
    fake.client().put_deliverability_dashboard_option(DashboardEnabled=True, SubscribedDomains=[])


@pytest.fixture(scope="session")
def states() -> dict[str, Callable[[SesFake], None]]:
    """Functions that bring the fake into a state, by the name of the state."""
    return {
        "asks who sends": asks_who_sends,
        "has a template": has_a_template,
        "insists on MAIL FROM": insists_on_mail_from,
        "is busy": is_busy,
        "is in the sandbox": lambda fake: setattr(fake, "sandbox", True),
        "is paused": lambda fake: fake.pause(),
        "knows nothing": knows_nothing,
        "manages": lambda fake: setattr(fake, "vdm", True),
        "pauses a set": lambda fake: fake.configuration_set("paused", sending=False),
        "plans to pay": plans_to_pay,
        "verifies": lambda fake: fake.verify(DOMAIN),
        "wants to leave the sandbox": wants_to_leave_the_sandbox,
        "watches": watches,
    }
