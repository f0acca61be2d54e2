"""Whatever is asked of an operation, the answer is one of AWS and never an internal failure."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from newest import IS_NEWEST, lacks
from pytest_sesfake.operations import table
from pytest_sesfake.wire import model
from pytest_sesfake.wire.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pytest_sesfake import SesFake
    from pytest_sesfake.wire.model import Operation, Shape

    Invoke = Callable[..., Any]
    Smallest = Callable[[str, str], dict[str, Any]]

OPERATIONS = [(api, name) for api in ("ses", "sesv2") for name in model.api(api).operations]
NAMESPACE = "{http://ses.amazonaws.com/doc/2010-12-01/}"
ROUNDS = 10


def bare_request(operation: Operation) -> Request:
    """The request of an operation to which nothing is said, as no client of botocore would send it."""
    if operation.api == "ses":
        body = f"Action={operation.name}&Version=2010-12-01".encode()
        return Request("POST", "localhost", "/", "", {}, body)
    path = operation.path
    for name in operation.input.members if operation.input else ():
        path = path.replace(f"{{{name}}}", "-")
    return Request(operation.method, "localhost", path, "", {}, b"")


def error_code(operation: Operation, response: Response) -> str | None:
    """The code of the error that an answer is, ``None`` for a result; fails for what AWS would not send."""
    if operation.api == "sesv2":
        assert isinstance(json.loads(response.body), dict)
        assert ("x-amzn-errortype" in {name.lower() for name in response.headers}) is (response.status != 200)
        return response.headers.get("x-amzn-ErrorType") if response.status != 200 else None
    root = ET.fromstring(response.body)  # noqa: S314 - our own
    if response.status == 200:
        assert root.tag == f"{NAMESPACE}{operation.name}Response"
        return None
    assert root.tag == f"{NAMESPACE}ErrorResponse"
    return root.findtext(f"{NAMESPACE}Error/{NAMESPACE}Code")


@pytest.mark.parametrize("api,name", OPERATIONS)
def test_an_empty_request_has_a_response_of_aws(api: str, name: str, sesfake: SesFake) -> None:
    operation = model.api(api).operations[name]
    members = operation.input.members.values() if operation.input else ()

    response = sesfake._backend.handle(bare_request(operation))

    assert isinstance(response, Response)
    assert response.status < 500
    code = error_code(operation, response)
    if any(member.required and member.location != "uri" for member in members):
        assert code == ("ValidationError" if api == "ses" else "BadRequestException")
    assert sesfake.problems == []


# Random arguments of the right types, which often are about what is there


class Plausible:
    """Random arguments for any operation, the same ones for the same seed; ``known`` are ids that the fake gave."""

    def __init__(self, seed: str, now: datetime, known: list[str]) -> None:
        self.random = random.Random(seed)  # noqa: S311 - these need no secrecy
        self.midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        self.known = known
        # How much is said that could as well be left out.
        self.wordy = self.random.choice([0.02, 0.1, 0.3, 0.8])

    def value(self, shape: Shape, name: str = "") -> Any:
        return getattr(self, shape.kind)(shape, name)

    def structure(self, shape: Shape, _: str) -> dict[str, Any]:
        members = dict(shape.members)
        members.pop("EndpointId", None)  # botocore itself judges it
        if shape.name in EITHER:
            chosen = self.random.choice(EITHER[shape.name])
            return {key: self.value(members[key].shape, key) for key in chosen if key in members}
        return {
            key: self.value(member.shape, key)
            for key, member in members.items()
            if member.location == "uri" or self.random.random() < (0.97 if member.required else self.wordy)
        }

    def list(self, shape: Shape, name: str) -> list[Any]:
        return [self.value(shape.item, name) for _ in range(self.random.choice([0, 1, 1, 1, 2]))]

    def map(self, shape: Shape, name: str) -> dict[str, Any]:
        return {self.value(shape.key, name): self.value(shape.value, name) for _ in range(self.random.randrange(3))}

    def string(self, shape: Shape, name: str) -> str:
        if self.random.random() < 0.06:
            return self.random.choice(ODD)
        if "enum" in shape.traits:
            return str(self.random.choice(shape.traits["enum"]))
        if name in THINGS and self.random.random() < 0.8:
            return self.random.choice(THINGS[name])
        return self.random.choice([*TEXTS, *self.known])

    def blob(self, *_: object) -> bytes:
        return self.random.choice([b"", MIME, MIME.replace(b"\r\n", b"\n"), b"\xff\x00", self.random.randbytes(20)])

    def boolean(self, *_: object) -> bool:
        return self.random.random() < 0.5

    def integer(self, *_: object) -> int:
        return self.random.choice([0, 1, 2, 50, 100, 300, 1000, 50_400, -1, 2**31 - 1])

    long = integer

    def double(self, *_: object) -> float:
        return self.random.choice([0.0, 1.5, -1.0, 1e9])

    def timestamp(self, *_: object) -> datetime:
        return self.midnight + timedelta(days=self.random.choice([-100, -2, -1, 0, 1, 2]), hours=self.boolean())


MIME = b"From: somebody@thing.example\r\nTo: ada@example.com\r\nSubject: Hello\r\n\r\nText."
ODD = [
    "漢字😀", " ", "a" * 300, "x\r\ny: z", "{{", "{{#if x}}", "{{> x}}", "%s{}", "\x00", "a/b?c#d", "..", "é@ü.example",
    "'\"&<", "-", "arn:aws:ses:::", "x@y@z", "a@", "http://[::1", "[1", '{"a":', "1e400", "null",
]  # fmt: skip
TEXTS = [
    "thing", "other", "thing.example", "sub.thing.example", "other.example", "somebody@thing.example", "nope",
    "ada@example.com", "Ada <ada@example.com>", "bounce@simulator.amazonses.com", '{"name": "Ada"}', "{}",
    "Hello {{name}}", "<p><a href='https://thing.example'>Here</a></p>", "https://thing.example/x", "utf-8",
    "s3://bucket/thing", "arn:aws:ses:us-east-1:123456789012:identity/thing.example",
    "arn:aws:sns:us-east-1:123456789012:thing",
    "arn:aws:ses:us-east-1:123456789012:configuration-set/thing", "192.0.2.1", "eu-west-1", "550",
]  # fmt: skip
# What is likely to be right, by the names of the members.
LIKELY: dict[str, tuple[str, ...]] = {
    "FromEmailAddress Source BounceSender Sender Recipient ReturnPath": ("somebody@thing.example",),
    "ToAddresses EmailAddress Destinations": ("ada@example.com", "somebody@thing.example"),
    "Identity EmailIdentity Identities Domain SubscribedDomain": ("thing.example",),
    "TemplateData DefaultTemplateData ReplacementTemplateData": ('{"name": "Ada"}', "{}"),
    "SuccessRedirectionURL FailureRedirectionURL": ("https://thing.example/x",),
    "TopicARN TopicArn": ("arn:aws:sns:us-east-1:123456789012:thing",),
    "Ip BlacklistItemNames": ("192.0.2.1",),
    "Cidr": ("10.0.0.0/8",),
    "MailFromDomain": ("mail.thing.example",),
    "S3Url": ("s3://bucket/thing",),
    "After ConfigurationSetName ContactListName DestinationPoolName EndpointName EventDestinationName Name "
    "OriginalRuleSetName PolicyName PoolName RuleName RuleNames RuleSetName SendingPoolName Template TemplateName "
    "TenantName TopicName": ("thing", "thing", "other"),
}
THINGS = {name: values for names, values in LIKELY.items() for name in names.split()}
# Structures in which SES accepts only one member, or only some of them together.
EITHER: dict[str, list[tuple[str, ...]]] = {
    "BouncedRecipientInfo": [("Recipient", "BounceType"), ("Recipient", "RecipientDsnFields")],
    "EmailContent": [("Simple",), ("Raw",), ("Template",)],
    "ReceiptAction": [("AddHeaderAction",), ("BounceAction",), ("LambdaAction",), ("S3Action",), ("SNSAction",)],
}

# What there is when the random calls begin.
MADE = {
    "ses": "CreateReceiptRuleSet CreateReceiptRule SetActiveReceiptRuleSet CreateReceiptFilter CreateTemplate "
    "CreateCustomVerificationEmailTemplate CreateConfigurationSet CreateConfigurationSetEventDestination "
    "CreateConfigurationSetTrackingOptions PutIdentityPolicy SendEmail",
    "sesv2": "CreateContactList CreateContact CreateDedicatedIpPool CreateTenant CreateTenantResourceAssociation "
    "CreateMultiRegionEndpoint PutDeliverabilityDashboardOption CreateDeliverabilityTestReport CreateImportJob "
    "CreateExportJob PutSuppressedDestination SendEmail",
}


def made() -> list[tuple[str, str]]:
    """Return the calls of ``MADE``, less those that an older botocore lacks."""
    pairs = [(api, name) for api, names in MADE.items() for name in names.split()]
    return pairs if IS_NEWEST else [(api, name) for api, name in pairs if not lacks(name)]


def furnish(sesfake: SesFake, invoke: Invoke, smallest: Smallest) -> list[str]:
    """Make one thing of each kind, and return the ids of those that SES names itself."""
    sesfake.verify("thing.example")
    sesfake.vdm = True
    sesfake.dedicated_ips("192.0.2.1")
    sesfake.put_object("s3://bucket/thing", "ada@example.com,BOUNCE\n")
    answers = [invoke(api, name, **smallest(api, name)) for api, name in made()]
    received = sesfake.receive(to="somebody@thing.example")
    given = [
        answer[key] for answer in answers for key in ("JobId", "ReportId", "MessageId", "TenantArn") if key in answer
    ]
    return [*given, received.message_id or ""]


@pytest.mark.parametrize("number", range(ROUNDS))
def test_random_arguments_never_lead_to_an_internal_failure(
    number: int, sesfake: SesFake, invoke: Invoke, smallest: Smallest, loose: dict[str, Any]
) -> None:
    known = furnish(sesfake, invoke, smallest)
    order = random.Random(number).sample(OPERATIONS, len(OPERATIONS))  # noqa: S311 - these need no secrecy
    order.sort(key=lambda pair: pair[1].startswith("Delete"))
    for api, name in order:
        shape = model.api(api).operations[name].input
        plausible = Plausible(f"{number} {name}", sesfake.clock.now(), known)
        given = plausible.value(shape) if shape is not None else {}
        with suppress(ClientError):
            getattr(loose[api], xform_name(name))(**given)
        assert sesfake.problems == [], (name, given)
        assert (sesfake.calls[-1].status or 0) < 500 or name in FAIL_IN_SES, (name, given)
    sesfake.clock.advance(days=1)
    assert [event.payload() for event in sesfake.events]


# SES was seen to answer some calls by an internal failure of its own, and so does the fake.
FAIL_IN_SES = {"CreateConfigurationSet"}


def test_every_operation_is_asked() -> None:
    assert set(OPERATIONS) <= table.load().keys()
