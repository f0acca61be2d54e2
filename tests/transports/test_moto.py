"""Beside moto the fake answers SES and nothing else, in whichever order they start."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from pytest_sesfake import SesFake
from pytest_sesfake.transports import runtime

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.transports.conftest import Session, StubCallHandler

REGION = "us-east-1"


def make_bucket(session: Session) -> list[str]:
    storage = session.client("s3", region_name=REGION)
    storage.create_bucket(Bucket="attachments")
    return [bucket["Name"] for bucket in storage.list_buckets()["Buckets"]]


def identities_of_moto(session: Session) -> list[str]:
    identities: list[str] = session.client("ses", region_name=REGION).list_identities()["Identities"]
    return identities


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_a_fake_inside_moto_takes_ses(
    stub: StubCallHandler, send: Callable[..., Any], session: Session, service: str
) -> None:
    with mock_aws():
        client = session.client(service, region_name=REGION)
        runtime.enter(stub.call_handler)
        send(client)
        assert make_bucket(session) == ["attachments"]
        runtime.leave(stub.call_handler)

    assert len(stub.requests) == 1


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_a_fake_around_moto_takes_ses(
    call_handler: StubCallHandler, send: Callable[..., Any], session: Session, service: str
) -> None:
    with mock_aws():
        send(session.client(service, region_name=REGION))
        assert make_bucket(session) == ["attachments"]
    send(session.client(service, region_name=REGION))

    assert len(call_handler.requests) == 2


def test_moto_has_ses_again_when_the_fake_has_gone(
    stub: StubCallHandler, send: Callable[..., Any], session: Session
) -> None:
    with mock_aws():
        client = session.client("ses", region_name=REGION)
        client.verify_email_identity(EmailAddress="moto@example.com")
        runtime.enter(stub.call_handler)
        send(client)
        runtime.leave(stub.call_handler)

        assert identities_of_moto(session) == ["moto@example.com"]
        assert client.get_send_quota()["SentLast24Hours"] == 0
    assert not hasattr(BotocoreStubber.__call__, "__wrapped__")


def test_the_fake_answers_when_moto_excludes_ses(
    call_handler: StubCallHandler, send: Callable[..., Any], session: Session
) -> None:
    with mock_aws(config={"core": {"service_whitelist": ["s3"]}}):
        send(session.client("ses", region_name=REGION))

    assert len(call_handler.requests) == 1


def test_the_users_own_handlers_still_see_every_call_beside_moto(
    call_handler: StubCallHandler, send: Callable[..., Any], session: Session
) -> None:
    seen: list[str] = []

    def note(event_name: str, **_kwargs: Any) -> None:
        seen.append(event_name)

    with mock_aws():
        client = session.client("ses", region_name=REGION)
        client.meta.events.register("before-send", note)
        send(client)

    assert (seen, len(call_handler.requests)) == (["before-send.ses.SendEmail"], 1)


@pytest.mark.parametrize("order", [*itertools.permutations(("fake", "moto", "responses"))], ids="-".join)
def test_requests_is_answered_beside_moto_and_responses_in_every_order(order: tuple[str, ...]) -> None:
    made: dict[str, Callable[[], Any]] = {"fake": SesFake, "moto": mock_aws, "responses": responses.RequestsMock}
    before = requests.Session.get_adapter, requests.adapters.HTTPAdapter.send
    with contextlib.ExitStack() as stack:
        entered = {name: stack.enter_context(made[name]()) for name in order}
        answer = requests.get(f"https://email.{REGION}.amazonaws.com/v2/email/account", timeout=10)
        assert answer.json()["SendQuota"]["Max24HourSend"] == 50_000
        if order.index("responses") > order.index("moto"):  # which lets pass whatever it does not know
            entered["responses"].get("https://other.example.com/", body="theirs")
            assert requests.get("https://other.example.com/", timeout=10).text == "theirs"
        assert entered["fake"].calls.one().operation == "GetAccount"

    assert (requests.Session.get_adapter, requests.adapters.HTTPAdapter.send) == before
