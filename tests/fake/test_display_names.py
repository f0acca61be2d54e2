"""Display names stay in the header fields of a mail, and the envelope has bare addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake import SesFake

    Send = Callable[[SesFake], object]

ADA = "Ada Lovelace <ada@example.com>"
RAW = f"From: me@example.org\r\nTo: {ADA}\r\nSubject: Welcome\r\n\r\nHello\r\n".encode()
BODY: Any = {"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "Hello"}}}
TO: Any = {"Destination": {"ToAddresses": [ADA]}}
WAYS: dict[str, Send] = {
    "v1": lambda sesfake: sesfake.client("ses").send_email(Source="me@example.org", Message=BODY, **TO),
    "v1 raw": lambda sesfake: sesfake.client("ses").send_raw_email(RawMessage={"Data": RAW}),
    "v1 raw, by Destinations": lambda sesfake: sesfake.client("ses").send_raw_email(
        RawMessage={"Data": RAW}, Destinations=[ADA]
    ),
    "v1 templated": lambda sesfake: sesfake.client("ses").send_templated_email(
        Source="me@example.org", Template="welcome", TemplateData="{}", **TO
    ),
    "v2": lambda sesfake: sesfake.client("sesv2").send_email(
        FromEmailAddress="me@example.org", Content={"Simple": BODY}, **TO
    ),
}


@pytest.fixture(params=WAYS)
def send(request: pytest.FixtureRequest, sesfake: SesFake) -> Callable[[], object]:
    """Sends to Ada by her name and address."""
    sesfake.template("welcome", subject="Welcome", text="Hello")
    way = WAYS[request.param]
    return lambda: way(sesfake)


def test_the_envelope_has_bare_addresses_and_the_header_keeps_names(
    sesfake: SesFake, send: Callable[[], object]
) -> None:
    send()
    message = sesfake.outbox.one(to="ada@example.com")
    assert list(message.recipients) == ["ada@example.com"]
    assert message.to == [ADA]
    assert list(sesfake.events.one("Delivery").recipients) == ["ada@example.com"]
    assert sesfake.events.one("Send").payload()["mail"]["destination"] == ["ada@example.com"]


@pytest.mark.parametrize("to", [re.compile(r"^ada@example\.com$"), lambda address: address == "ada@example.com"])
def test_patterns_and_functions_of_scripts_are_asked_of_bare_addresses(
    sesfake: SesFake, send: Callable[[], object], to: object
) -> None:
    sesfake.on(recipient=to).bounce()
    send()
    assert sesfake.outbox.one().status["ada@example.com"] == "Bounced"


def test_a_name_makes_no_second_recipient(sesfake: SesFake) -> None:
    message = sesfake.send([ADA, "ada@example.com", "ADA@Example.com"])
    assert list(message.recipients) == ["ada@example.com", "ADA@Example.com"]


@pytest.mark.sesfake(sandbox=True)
def test_a_refusal_names_recipients_as_the_call_spells_them(sesfake: SesFake) -> None:
    with pytest.raises(ClientError, match=re.escape(f"US-EAST-1: {ADA}")):
        WAYS["v2"](sesfake)
