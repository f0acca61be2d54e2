"""While a fake is active, calls of SES need no credentials and ask nobody for any."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING, Any

import boto3
import botocore.auth
import botocore.session
import pytest
from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials, RefreshableCredentials
from botocore.exceptions import NoCredentialsError
from botocore.signers import RequestSigner

from pytest_sesfake import SesFake
from pytest_sesfake.transports import runtime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.transports.conftest import Session, StubCallHandler

NOBODY = "Credential=testing/"


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_a_client_without_credentials_can_send(
    clients: Callable[..., Any], call_handler: StubCallHandler, send: Callable[..., Any], service: str
) -> None:
    send(clients(service))

    assert NOBODY in call_handler.requests[0].headers["authorization"]


def test_the_lent_credentials_need_nothing_that_older_signers_lack(
    clients: Callable[..., Any],
    call_handler: StubCallHandler,
    send: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = RequestSigner.get_auth_instance

    def get_auth_instance(signer: RequestSigner, *args: Any, **kwargs: Any) -> Any:
        assert "request_credentials" not in kwargs, "botocore 1.34.0 does not know this argument"
        return original(signer, *args, **kwargs)

    monkeypatch.setattr(RequestSigner, "get_auth_instance", get_auth_instance)
    send(clients("ses"))

    assert NOBODY in call_handler.requests[0].headers["authorization"]


@pytest.mark.sesfake(guard=False)  # it replaces the error of botocore
def test_a_client_without_credentials_has_none_afterwards(
    clients: Callable[..., Any], stub: StubCallHandler, send: Callable[..., Any]
) -> None:
    client = clients("ses")
    runtime.enter(stub.call_handler)
    send(client)
    runtime.leave(stub.call_handler)

    with pytest.raises(NoCredentialsError):
        send(client)


def test_a_client_made_under_the_fake_finds_the_lent_credentials_and_region(
    call_handler: StubCallHandler, send: Callable[..., Any]
) -> None:
    send(boto3.Session().client("ses"))

    (request,) = call_handler.requests
    assert request.host == "email.us-east-1.amazonaws.com"
    assert NOBODY in request.headers["authorization"]


def _refuse() -> dict[str, str]:
    raise AssertionError("somebody was asked for credentials")


def _expired() -> RefreshableCredentials:
    past = dt.datetime(2001, 1, 1, tzinfo=dt.timezone.utc)
    return RefreshableCredentials("KEY", "secret", "token", past, _refuse, "sso")


@pytest.mark.parametrize(
    "credentials", [lambda: DeferredRefreshableCredentials(_refuse, "sso"), _expired], ids=["deferred", "expired"]
)
def test_credentials_that_would_have_to_be_refreshed_are_not(
    call_handler: StubCallHandler,
    send: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    credentials: Callable[[], RefreshableCredentials],
) -> None:
    session = botocore.session.Session()
    monkeypatch.setattr(session, "_credentials", credentials())
    client = session.create_client("sesv2", region_name="eu-west-1")
    send(client)

    assert NOBODY in call_handler.requests[0].headers["authorization"]


def test_a_profile_with_single_sign_on_asks_nobody(
    stub: StubCallHandler, send: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile work]\nregion = eu-west-1\nsso_start_url = https://example.invalid/start\nsso_region = eu-west-1\n"
        "sso_account_id = 123456789012\nsso_role_name = Developer\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "work")
    runtime.enter(stub.call_handler)
    try:
        send(boto3.Session().client("ses"))
        assert "AWS_ACCESS_KEY_ID" not in os.environ
    finally:
        runtime.leave(stub.call_handler)

    assert stub.requests[0].host == "email.eu-west-1.amazonaws.com"
    assert NOBODY in stub.requests[0].headers["authorization"]


def test_plain_keys_of_the_application_are_used(call_handler: StubCallHandler, send: Callable[..., Any]) -> None:
    send(boto3.client("ses", region_name="eu-west-1", aws_access_key_id="AKIAMINE", aws_secret_access_key="secret"))

    assert "Credential=AKIAMINE/" in call_handler.requests[0].headers["authorization"]


def test_an_unsigned_client_stays_unsigned(
    call_handler: StubCallHandler, send: Callable[..., Any], session: Session
) -> None:
    send(session.client("ses", region_name="eu-west-1", config=Config(signature_version=botocore.UNSIGNED)))

    assert "authorization" not in call_handler.requests[0].headers


@pytest.mark.usefixtures("call_handler")
def test_other_services_get_no_credentials_from_us(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:  # what was lent is back before it is returned
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.delenv(name)
        queue = boto3.Session().client("sqs", region_name="eu-west-1", endpoint_url="http://127.0.0.1:9")

        with pytest.raises(NoCredentialsError):
            queue.list_queues()


def test_signing_leaves_the_context_of_the_call_as_it_was(
    session: Session, call_handler: StubCallHandler, send: Callable[..., Any]
) -> None:
    client = session.client("ses", region_name="eu-west-1")
    contexts: list[dict[str, Any]] = []
    client.meta.events.register("before-call.ses", lambda context, **_: contexts.append(context))
    send(client)

    assert call_handler.requests
    assert "request_credentials" not in contexts[0].get("signing", {})


def test_a_multi_region_endpoint_needs_no_further_package(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any]
) -> None:
    send(clients("sesv2"), EndpointId="ab12.cd3")

    (request,) = call_handler.requests
    assert request.host == "ab12.cd3.endpoints.email.amazonaws.com"
    if "v4a" not in botocore.auth.AUTH_TYPE_MAPS:
        assert "/eu-west-1/ses/aws4_request" in request.headers["authorization"]


@pytest.mark.usefixtures("call_handler")
def test_a_signer_that_somebody_made_alone_still_signs() -> None:
    session = botocore.session.Session()
    client = session.create_client("ses", region_name="eu-west-1")
    signer = vars(client)["_request_signer"]
    assert isinstance(signer, RequestSigner)
    url = signer.generate_presigned_url(
        {"method": "GET", "url": "https://email.eu-west-1.amazonaws.com/", "headers": {}, "body": {}, "context": {}},
        "SendEmail",
    )

    assert "X-Amz-Credential=testing" in url


def test_a_key_id_that_is_an_account_s_number_acts_in_that_account(send: Callable[..., Any], session: Session) -> None:
    with SesFake(region="eu-west-1") as sesfake:
        own = session.client("sesv2", region_name="eu-west-1")
        other = session.client(
            "sesv2",
            region_name="eu-west-1",
            aws_access_key_id="111122223333",
            aws_secret_access_key="secret",
        )
        other.create_email_identity(EmailIdentity="example.com")
        send(other)
        seen = [client.list_email_identities()["EmailIdentities"] for client in (own, other)]

    assert [[each["IdentityName"] for each in identities] for identities in seen] == [[], ["example.com"]]
    assert [call.account_id for call in sesfake.calls] == ["111122223333"] * 2 + ["123456789012", "111122223333"]
    assert sesfake.events.one("Send").payload()["mail"]["sendingAccountId"] == "111122223333"
