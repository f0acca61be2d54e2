"""Row 10: a templated bulk send of 50 destinations against 50 templated sends."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from pytest_sesfake import SesFake
from tests.benchmarks.measure import Finding, Measure, at_most, durations, medians
from tests.benchmarks.rows.send import SENDER, client_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_sesv2 import SESV2Client

DESTINATIONS = 50
CALLS = 5
TEMPLATE = "welcome"
READERS = {f"reader{number}@example.com": json.dumps({"name": f"reader {number}"}) for number in range(DESTINATIONS)}


def in_bulk(client: SESV2Client) -> None:
    client.send_bulk_email(
        FromEmailAddress=SENDER,
        DefaultContent={"Template": {"TemplateName": TEMPLATE, "TemplateData": "{}"}},
        BulkEmailEntries=[
            {
                "Destination": {"ToAddresses": [address]},
                "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}},
            }
            for address, data in READERS.items()
        ],
    )


def one_by_one(client: SESV2Client) -> None:
    for address, data in READERS.items():
        client.send_email(
            FromEmailAddress=SENDER,
            Destination={"ToAddresses": [address]},
            Content={"Template": {"TemplateName": TEMPLATE, "TemplateData": data}},
        )


@contextmanager
def sending(send: Callable[[SESV2Client], None]) -> Iterator[Callable[[], object]]:
    with SesFake() as sesfake:
        sesfake.template(TEMPLATE, subject="Welcome, {{name}}", text="Hello {{name}}")
        yield partial(send, client_for("sesv2"))
        assert sesfake.outbox.count() == (CALLS + 1) * DESTINATIONS
        assert sesfake.outbox.last().subject == f"Welcome, reader {DESTINATIONS - 1}"


def take(rounds: int) -> Finding:
    contenders = {"one by one": partial(sending, one_by_one), "in bulk": partial(sending, in_bulk)}
    seconds = medians(contenders, rounds=rounds, calls=CALLS)
    return Finding(
        seen=durations(seconds),
        result=seconds["in bulk"] / seconds["one by one"],
        target=at_most(0.3, "× one by one"),
    )


MEASURES = [Measure(number="10", title="a templated bulk send of 50 destinations", rounds=15, take=take)]
