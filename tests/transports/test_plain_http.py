"""Calls of requests to hosts of the call handler are answered here, beside other libraries that patch requests."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import requests
import responses

from pytest_sesfake.transports import runtime
from pytest_sesfake.transports.call_handler import CallHandler
from pytest_sesfake.wire.http import NoAnswer, Request, Response
from pytest_sesfake.wire.smtp import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SERVED = "https://sns.eu-west-1.amazonaws.com/ours?a=b"


class ServingCallHandler:
    """A call handler that serves one address."""

    def __init__(self) -> None:
        self.answer: Response | NoAnswer = Response(200, {"Content-Type": "text/plain", "x-a": "b"}, b"ours")
        self.requests: list[Request] = []
        self.after: Callable[[], None] = lambda: None
        self.call_handler = CallHandler(
            handle=self._handle,
            after=lambda: self.after(),  # noqa: PLW0108 - a test changes it
            authenticate=lambda _: Reply(235, ""),
            submit=lambda _: NoAnswer("disconnect"),
            advance=lambda _: None,
            serves=lambda host, target: host == "sns.eu-west-1.amazonaws.com" and target in ("", "/ours?a=b"),
        )

    def _handle(self, request: Request) -> Response | NoAnswer:
        self.requests.append(request)
        return self.answer


@pytest.fixture
def call_handler() -> Iterator[ServingCallHandler]:
    made = ServingCallHandler()
    runtime.enter(made.call_handler)
    yield made
    runtime.leave(made.call_handler)


def test_a_served_address_is_answered(call_handler: ServingCallHandler) -> None:
    answer = requests.post(SERVED, data={"c": "d"}, headers={"X-One": "1"}, timeout=10)

    (request,) = call_handler.requests
    assert (request.method, request.host, request.path, request.query) == (
        "POST",
        "sns.eu-west-1.amazonaws.com",
        "/ours",
        "a=b",
    )
    assert (request.body, request.headers["x-one"]) == (b"c=d", "1")
    assert request.caller is not None
    assert request.caller[0] == __file__
    assert (answer.status_code, answer.content, answer.headers["x-a"]) == (200, b"ours", "b")
    assert answer.headers["Content-Type"] == "text/plain"


@pytest.mark.parametrize("method", ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"])
def test_by_every_method(call_handler: ServingCallHandler, method: str) -> None:
    assert requests.request(method, SERVED, timeout=10).status_code == 200
    assert call_handler.requests[0].method == method


def test_sessions_of_any_age_and_kind_are_answered(call_handler: ServingCallHandler) -> None:
    class Mine(requests.Session):
        pass

    for session in (requests.Session(), Mine()):
        session.mount("https://", requests.adapters.HTTPAdapter(max_retries=2))
        assert session.get(SERVED, timeout=10).content == b"ours"
    assert len(call_handler.requests) == 2


@responses.activate
def test_others_may_have_the_rest(call_handler: ServingCallHandler) -> None:
    responses.get("https://sns.eu-west-1.amazonaws.com/theirs", body="theirs")

    assert requests.get("https://sns.eu-west-1.amazonaws.com/theirs", timeout=10).content == b"theirs"
    assert requests.get(SERVED, timeout=10).content == b"ours"
    assert len(call_handler.requests) == 1
    assert len(responses.calls) == 1


@pytest.mark.parametrize("kind, error", [("timeout", requests.ReadTimeout), ("disconnect", requests.ConnectionError)])
def test_no_answer_is_an_error_of_requests(call_handler: ServingCallHandler, kind: str, error: type[Exception]) -> None:
    call_handler.answer = NoAnswer(kind)  # type: ignore[arg-type]

    with pytest.raises(error, match=f"no answer, by a scripted {kind}"):
        requests.get(SERVED, timeout=10)


def test_what_a_call_caused_follows_in_the_same_thread(call_handler: ServingCallHandler) -> None:
    caused: list[int] = []
    call_handler.after = lambda: caused.append(len(call_handler.requests))
    requests.get(SERVED, timeout=10)

    assert caused == [1]


def test_nothing_is_left_of_it(call_handler: ServingCallHandler) -> None:
    inner = ServingCallHandler()
    runtime.enter(inner.call_handler)
    runtime.leave(inner.call_handler)
    assert hasattr(requests.Session.get_adapter, "__wrapped__")
    runtime.leave(call_handler.call_handler)
    assert not hasattr(requests.Session.get_adapter, "__wrapped__")
    runtime.enter(call_handler.call_handler)


def test_requests_is_never_imported_to_be_patched() -> None:
    code = (
        "import sys\n"
        "from pytest_sesfake import SesFake\n"
        "with SesFake() as sesfake:\n"
        "    sesfake.send('ada@example.com')\n"
        "print({'requests', 'responses', 'h11', 'cryptography'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout == "set()\n"


def test_requests_may_be_imported_in_the_middle_of_a_test() -> None:
    code = (
        "from pytest_sesfake import SesFake\n"
        "with SesFake() as sesfake:\n"
        "    url = sesfake.send('ada@example.com').events[0].sns()['SigningCertURL']\n"
        "    import requests, responses\n"
        "    print(requests.get(url, timeout=10).text[:27])\n"
        "    sesfake.subscribe(print, target_type='sqs')\n"
        "    with responses.RequestsMock():\n"
        "        print(requests.get(url, timeout=10).text[:27])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)

    assert done.stdout == "-----BEGIN CERTIFICATE-----\n" * 2, done.stderr
