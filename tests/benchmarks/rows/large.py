"""Row 7: `SendRawEmail` of 10 MB with an attachment, its time (7a) and its memory (7b)."""

from __future__ import annotations

import base64
import gc
import tracemalloc
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from pytest_sesfake import SesFake
from tests.benchmarks.measure import Finding, Measure, at_most, durations, medians
from tests.benchmarks.rows.send import SENDER, canned, client_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.benchmarks.measure import Contender

BYTES = 10_000_000  # below SES's 10 MiB
HEAD = (
    f"From: {SENDER}\r\nTo: ada@example.com\r\nSubject: Terms\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/mixed; boundary="border"\r\n\r\n'
    "--border\r\nContent-Type: text/plain\r\n\r\nHello Ada\r\n"
    "--border\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
    'Content-Disposition: attachment; filename="terms.pdf"\r\n\r\n'
).encode()
TAIL = b"\r\n--border--\r\n"


def mail() -> bytes:
    # 57 bytes make a line of 76 characters, which ends in two more.
    lines = (BYTES - len(HEAD) - len(TAIL)) // 78
    content = base64.encodebytes(bytes(range(256)) * (57 * lines // 256)).replace(b"\n", b"\r\n")
    return HEAD + content + TAIL


@contextmanager
def floor(raw: bytes) -> Iterator[Callable[[], object]]:
    """Botocore with a canned answer."""
    client = client_for("ses")
    client.meta.events.register("before-send.ses.SendRawEmail", canned("ses", "SendRawEmail"))
    yield partial(client.send_raw_email, RawMessage={"Data": raw})


@contextmanager
def ours(raw: bytes) -> Iterator[Callable[[], object]]:
    with SesFake() as sesfake:
        yield partial(client_for("ses").send_raw_email, RawMessage={"Data": raw})
        assert all(len(message.submitted) == len(raw) for message in sesfake.outbox)


def contenders() -> Mapping[str, Contender]:
    raw = mail()
    return {"floor": partial(floor, raw), "ours": partial(ours, raw)}


def take_time(rounds: int) -> Finding:
    seconds = medians(contenders(), rounds=rounds, calls=2)
    return Finding(seen=durations(seconds), result=seconds["ours"] / seconds["floor"], target=at_most(1.6, "× floor"))


def take_memory(rounds: int) -> Finding:
    peaks = {}
    for name, contender in contenders().items():
        with contender() as call:
            call()
            gc.collect()
            tracemalloc.start()
            call()
            peaks[name] = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    return Finding(
        seen={name: f"{peak / 1e6:.1f} MB" for name, peak in peaks.items()},
        result=(peaks["ours"] - peaks["floor"]) / BYTES,
        target=at_most(1, "× the message more"),
    )


MEASURES = [
    Measure(number="7a", title="`SendRawEmail` of 10 MB", rounds=9, take=take_time),
    Measure(number="7b", title="its peak of memory", rounds=1, take=take_memory),
]
