"""Rows 3 and 4: what one test pays, with a mail and without any."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import boto3
from moto import mock_aws
from moto.ses.models import ses_backends

from pytest_sesfake import SesFake
from tests.benchmarks.measure import Finding, Measure, at_least, at_most, durations, medians

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_ses import SESClient

ACCOUNT = "123456789012"  # moto's
SENDER = "sender@example.com"
RECIPIENT = "ada@example.com"


def new_client() -> SESClient:
    return boto3.client("ses", region_name="us-east-1")


def send(client: SESClient) -> None:
    client.send_email(
        Source=SENDER,
        Destination={"ToAddresses": [RECIPIENT]},
        Message={"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "Hello Ada"}}},
    )


def a_test_with_moto() -> None:
    with mock_aws():
        client = new_client()
        client.verify_email_identity(EmailAddress=SENDER)
        send(client)
        (message,) = ses_backends[ACCOUNT]["us-east-1"].sent_messages
        assert message.subject == "Welcome"


def a_test_with_ours() -> None:
    with SesFake() as sesfake:
        send(new_client())
        assert sesfake.outbox.one(to=RECIPIENT).subject == "Welcome"


def nothing_with_moto() -> None:
    with mock_aws():
        pass


def nothing_with_ours() -> None:
    with SesFake():
        pass


@contextmanager
def plain(function: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """A contender that needs nothing around it."""
    yield function


def take_a_test(rounds: int) -> Finding:
    contenders = {"moto": partial(plain, a_test_with_moto), "ours": partial(plain, a_test_with_ours)}
    seconds = medians(contenders, rounds=rounds, calls=5)
    return Finding(
        seen=durations(seconds),
        result=seconds["moto"] / seconds["ours"],
        target=at_least(20, "× faster"),
    )


def take_nothing(rounds: int) -> Finding:
    contenders = {"moto": partial(plain, nothing_with_moto), "ours": partial(plain, nothing_with_ours)}
    seconds = medians(contenders, rounds=rounds, calls=50)
    return Finding(seen=durations(seconds), result=1000 * seconds["ours"], target=at_most(0.3, "ms"))


MEASURES = [
    Measure(number="3", title="a typical test: new client, one send, one assertion", rounds=15, take=take_a_test),
    Measure(number="4", title="set-up and tear-down when nothing is sent", rounds=31, take=take_nothing),
]
