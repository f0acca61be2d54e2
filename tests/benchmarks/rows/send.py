"""Rows 1 and 2: one `SendEmail` through a boto3 client, recorded, with its events made.

The floor is everything that botocore does for a call when the answer is there at once: a `before-send` handler hands
out a canned one.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from pytest_sesfake import SesFake
from tests.benchmarks.measure import Finding, Measure, at_most, durations, medians

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from botocore.awsrequest import AWSPreparedRequest

CALLS = 50
SENDER = "sender@example.com"
BODY = {"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "Hello Ada,\n\nwelcome.\n"}}}
DESTINATION = {"ToAddresses": ["ada@example.com"]}
PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "ses": {"Source": SENDER, "Destination": DESTINATION, "Message": BODY},
    "sesv2": {"FromEmailAddress": SENDER, "Destination": DESTINATION, "Content": {"Simple": BODY}},
}
MESSAGE_ID = "0100018f00000000-00000000-0000-0000-0000-000000000000-000000"
XML = f"""\
<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">
  <SendEmailResult><MessageId>{MESSAGE_ID}</MessageId></SendEmailResult>
  <ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>
</SendEmailResponse>
"""
ANSWERS = {
    "ses": ("text/xml", XML),
    "sesv2": ("application/json", json.dumps({"MessageId": MESSAGE_ID})),
}


class Raw(BytesIO):
    """The body of a canned answer, as botocore reads it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def client_for(api: str) -> Any:
    return boto3.client(api, region_name="us-east-1")  # type: ignore[call-overload]


def canned(api: str, operation: str = "SendEmail") -> Callable[..., AWSResponse]:
    """Make a handler that has the answer to an operation at once."""
    content_type, body = ANSWERS[api]
    body = body.replace("SendEmail", operation)

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        headers: Any = {"Content-Type": content_type}  # a plain dict, as moto has it: nothing is cheaper
        return AWSResponse(request.url, 200, headers, Raw(body.encode()))

    return answer


@contextmanager
def floor(api: str) -> Iterator[Callable[[], object]]:
    """Botocore with a canned answer."""
    client = client_for(api)
    client.meta.events.register(f"before-send.{api}.SendEmail", canned(api))
    yield partial(client.send_email, **PARAMETERS[api])


@contextmanager
def moto(api: str) -> Iterator[Callable[[], object]]:
    with mock_aws():
        client = client_for(api)
        client_for("ses").verify_email_identity(EmailAddress=SENDER)
        yield partial(client.send_email, **PARAMETERS[api])


@contextmanager
def ours(api: str) -> Iterator[Callable[[], object]]:
    with SesFake() as sesfake:
        yield partial(client_for(api).send_email, **PARAMETERS[api])
        # One call more than were timed: the one that warms up.
        assert [sesfake.outbox.count(), sesfake.events.count("Delivery")] == [CALLS + 1] * 2


def take(api: str, rounds: int) -> Finding:
    contenders = {"floor": partial(floor, api), "moto": partial(moto, api), "ours": partial(ours, api)}
    seconds = medians(contenders, rounds=rounds, calls=CALLS)
    return Finding(
        seen=durations(seconds),
        result=seconds["ours"] / seconds["floor"],
        target=at_most(1.25, "× floor"),
    )


MEASURES = [
    Measure(number="1", title="one v1 `SendEmail`", rounds=40, take=partial(take, "ses")),
    Measure(number="2", title="one v2 `SendEmail`", rounds=40, take=partial(take, "sesv2")),
]
