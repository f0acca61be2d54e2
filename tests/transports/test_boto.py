"""boto3 calls reach the call handler, and its answers reach the application as SES's own would."""

from __future__ import annotations

import io
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.stub import Stubber

from newest import only_newest
from pytest_sesfake.transports import runtime
from pytest_sesfake.wire.http import NoAnswer, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.transports.conftest import Session, StubCallHandler

SERVICES = ["ses", "sesv2"]
ONCE = Config(retries={"total_max_attempts": 1})


@pytest.mark.parametrize("service", SERVICES)
def test_a_call_arrives_as_it_would_have_been_sent(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any], service: str
) -> None:
    answer = send(clients(service))

    (request,) = call_handler.requests
    assert answer["MessageId"] == ("id-1" if service == "ses" else "id-2")
    assert request.method == "POST"
    assert request.host == "email.eu-west-1.amazonaws.com"
    assert request.path == ("/" if service == "ses" else "/v2/email/outbound-emails")
    assert request.query == ""
    assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=testing/")
    assert request.headers["amz-sdk-invocation-id"]
    assert all(name == name.lower() and type(value) is str for name, value in request.headers.items())
    assert type(request.body) is bytes
    assert b"Hello" in request.body


@only_newest  # older models ask for lists by other paths
def test_a_query_string_arrives_undecoded(call_handler: StubCallHandler, clients: Callable[..., Any]) -> None:
    call_handler.answers = [Response(200, {}, b'{"EmailIdentities": []}')]
    clients("sesv2").list_contacts(ContactListName="a/b c", PageSize=5, NextToken="x+y=")

    (request,) = call_handler.requests
    assert request.path == "/v2/email/contact-lists/a%2Fb%20c/contacts/list"
    assert json.loads(request.body) == {"PageSize": 5, "NextToken": "x+y="}


def test_a_call_without_a_body_arrives_with_an_empty_one(
    call_handler: StubCallHandler, clients: Callable[..., Any]
) -> None:
    call_handler.answers = [Response(200, {}, b"{}")]
    clients("sesv2").get_account()

    assert call_handler.requests[0].body == b""
    assert call_handler.requests[0].method == "GET"


def test_a_body_that_a_handler_made_a_file_is_read(
    call_handler: StubCallHandler, send: Callable[..., Any], session: Session
) -> None:
    client = session.client("sesv2", region_name="eu-west-1")

    def as_file(request: Any, **_kwargs: object) -> None:
        request.body = io.BytesIO(request.body)

    client.meta.events.register("before-send.sesv2", as_file)
    send(client)

    assert json.loads(call_handler.requests[0].body)["FromEmailAddress"] == "me@example.com"


@pytest.mark.parametrize("service", SERVICES)
def test_a_client_older_than_the_fake_is_answered(
    stub: StubCallHandler, send: Callable[..., Any], session: Session, service: str
) -> None:
    client = session.client(
        service, region_name="us-east-1", aws_access_key_id="AKIAOLD", aws_secret_access_key="secret"
    )
    runtime.enter(stub.call_handler)
    send(client)
    runtime.leave(stub.call_handler)

    assert "Credential=AKIAOLD/" in stub.requests[0].headers["authorization"]


def test_the_innermost_fake_answers(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any]
) -> None:
    inner = call_handler.__class__()
    client = clients("ses")
    runtime.enter(inner.call_handler)
    send(client)
    runtime.leave(inner.call_handler)
    send(client)

    assert (len(inner.requests), len(call_handler.requests)) == (1, 1)


def test_without_a_fake_a_call_goes_its_own_way(
    call_handler: StubCallHandler, stub: StubCallHandler, send: Callable[..., Any], session: Session
) -> None:
    # Port 9 of this machine: nobody answers there.
    client = session.client("ses", region_name="us-east-1", endpoint_url="http://127.0.0.1:9", config=ONCE)
    send(client)
    runtime.leave(call_handler.call_handler)
    try:
        with pytest.raises(Exception, match="Could not connect"):
            send(client)
    finally:
        runtime.enter(stub.call_handler)

    assert len(call_handler.requests) == 1


def test_a_modelled_error_is_raised_as_its_class(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any]
) -> None:
    call_handler.answers = [
        Response(
            400,
            {"Content-Type": "text/xml"},
            b'<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type>'
            b"<Code>MessageRejected</Code><Message>Not verified.</Message></Error><RequestId>r</RequestId>"
            b"</ErrorResponse>",
        ),
        Response(404, {"X-Amzn-ErrorType": "NotFoundException"}, b'{"message": "None here."}'),
    ]
    v1, v2 = (clients(service) for service in SERVICES)

    with pytest.raises(v1.exceptions.MessageRejected, match=r"Not verified\."):
        send(v1)
    with pytest.raises(v2.exceptions.NotFoundException, match=r"None here\."):
        send(v2)


@pytest.mark.parametrize("kind, error", [("timeout", ReadTimeoutError), ("disconnect", ConnectionClosedError)])
def test_no_answer_is_the_exception_of_the_library(
    call_handler: StubCallHandler,
    send: Callable[..., Any],
    clients: Callable[..., Any],
    kind: Literal["timeout", "disconnect"],
    error: type[Exception],
) -> None:
    call_handler.answers = [NoAnswer(kind)]
    started = time.monotonic()
    with pytest.raises(error, match=r"https://email\.eu-west-1\.amazonaws\.com/"):
        send(clients("ses", attempts=1))

    assert time.monotonic() - started < 5


def test_a_lost_answer_is_tried_again_as_botocore_does(
    call_handler: StubCallHandler,
    send: Callable[..., Any],
    clients: Callable[..., Any],
    accept: Callable[[Request], Response],
) -> None:
    call_handler.answers = [NoAnswer("timeout"), NoAnswer("disconnect"), accept]
    answer = send(clients("ses"))

    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert len({request.headers["amz-sdk-invocation-id"] for request in call_handler.requests}) == 1


def test_a_slow_answer_takes_its_time(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any]
) -> None:
    call_handler.answers = [Response(200, {}, b"{}", delay=0.2)]
    client = clients("sesv2")
    started = time.monotonic()
    send(client)

    assert 0.2 <= time.monotonic() - started < 2


@pytest.mark.parametrize("answer", [Response(200, {}, b"{}", delay=30), NoAnswer("disconnect", delay=30)])
def test_an_answer_slower_than_the_read_timeout_is_a_timeout_at_once(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any], answer: Response | NoAnswer
) -> None:
    call_handler.answers = [answer]
    started = time.monotonic()
    with pytest.raises(ReadTimeoutError):
        send(clients("sesv2", attempts=1, read_timeout=20))

    assert time.monotonic() - started < 5


def test_what_a_call_caused_runs_in_the_callers_thread_when_the_answer_is_there(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any]
) -> None:
    ran: list[tuple[int, int]] = []
    call_handler.after = lambda: ran.append((len(call_handler.requests), threading.get_ident()))
    send(clients("ses"))

    assert ran == [(1, threading.get_ident())]


def test_what_a_call_caused_runs_also_when_its_answer_was_lost(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any]
) -> None:
    ran: list[bool] = []
    call_handler.after = lambda: ran.append(True)
    call_handler.answers = [NoAnswer("timeout")]
    with pytest.raises(ReadTimeoutError):
        send(clients("ses", attempts=1))

    assert ran == [True]


@pytest.mark.parametrize("service", SERVICES)
def test_the_caller_is_the_line_of_the_application(
    call_handler: StubCallHandler, clients: Callable[..., Any], service: str
) -> None:
    client = clients(service)
    call_handler.answers = [Response(200, {}, b"{}" if service == "sesv2" else b"<r><VerifyEmailIdentityResult/></r>")]
    line = test_the_caller_is_the_line_of_the_application.__code__.co_firstlineno
    if service == "ses":
        client.verify_email_identity(EmailAddress="me@example.com")
    else:
        client.create_email_identity(EmailIdentity="me@example.com")

    caller = call_handler.requests[0].caller
    assert caller is not None
    assert caller[0] == __file__
    assert line < caller[1] < line + 12


def test_the_caller_is_found_behind_a_thread_pool(call_handler: StubCallHandler, clients: Callable[..., Any]) -> None:
    client = clients("ses")

    def job() -> None:
        client.get_send_quota()

    call_handler.answers = [Response(200, {}, b"<r><GetSendQuotaResult/></r>")]
    with ThreadPoolExecutor(1) as pool:
        pool.submit(job).result()
        pool.submit(client.get_send_quota).result()

    in_job, direct = (request.caller for request in call_handler.requests)
    assert in_job == (__file__, job.__code__.co_firstlineno + 1)
    assert direct is None


def test_many_threads_with_many_clients_are_all_answered(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any]
) -> None:
    each = [clients(SERVICES[number % 2]) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, each * 5))

    assert len(answers) == len(call_handler.requests) == 40


def test_a_stubber_wins(call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any]) -> None:
    client = clients("ses")
    with Stubber(client) as stubber:
        stubber.add_response("send_email", {"MessageId": "stubbed"})

        assert send(client)["MessageId"] == "stubbed"
    assert call_handler.requests == []


def test_the_users_own_handler_wins_and_nothing_is_done_after(
    call_handler: StubCallHandler, send: Callable[..., Any], session: Session
) -> None:
    client = session.client("ses", region_name="eu-west-1")
    ran: list[bool] = []
    call_handler.after = lambda: ran.append(True)

    class Body(io.BytesIO):
        def stream(self) -> list[bytes]:
            return [self.getvalue()]

    def answer(request: Any, **_kwargs: object) -> AWSResponse:
        body = Body(b"<r><SendEmailResult><MessageId>handled</MessageId></SendEmailResult></r>")
        return AWSResponse(request.url, 200, {}, body)  # type: ignore[arg-type]

    client.meta.events.register("before-send.ses.SendEmail", answer)

    assert send(client)["MessageId"] == "handled"
    assert (call_handler.requests, ran) == ([], [])


def test_other_services_are_none_of_our_business(call_handler: StubCallHandler, session: Session) -> None:
    pinpoint = session.client("pinpoint-email", region_name="us-east-1", endpoint_url="http://127.0.0.1:9", config=ONCE)
    with pytest.raises(Exception, match="Could not connect"):
        pinpoint.get_account()

    assert call_handler.requests == []


def test_only_the_innermost_fake_answers_when_a_library_wrapped_our_patch(
    call_handler: StubCallHandler,
    send: Callable[..., Any],
    clients: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from botocore.endpoint import Endpoint

    ours = vars(Endpoint)["_do_get_response"]
    ran: list[bool] = []
    call_handler.after = lambda: ran.append(True)
    inner = call_handler.__class__(after=lambda: ran.append(False))
    with monkeypatch.context() as patch:
        patch.setattr(Endpoint, "_do_get_response", lambda *args: (*ours(*args),))
        runtime.enter(inner.call_handler)
        send(clients("ses"))
        runtime.leave(inner.call_handler)

    assert (len(inner.requests), len(call_handler.requests), ran) == (1, 0, [False])


def test_an_error_of_the_call_handler_reaches_the_application(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any]
) -> None:
    def fail(_request: Request) -> Response:
        raise LookupError("no such template")

    call_handler.answers = [fail]
    with pytest.raises(LookupError, match="no such template"):
        send(clients("ses"))


def test_errors_keep_the_name_of_the_operation(
    call_handler: StubCallHandler, send: Callable[..., Any], clients: Callable[..., Any]
) -> None:
    call_handler.answers = [Response(400, {"X-Amzn-ErrorType": "BadRequestException"}, b'{"message": "No."}')]
    with pytest.raises(ClientError, match="calling the SendEmail operation"):
        send(clients("sesv2"))
