"""The HTTP listener: what it makes of requests, and what clients get."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from freezegun import freeze_time

from pytest_sesfake.transports import endpoint, runtime
from pytest_sesfake.wire.http import NoAnswer, Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.transports.conftest import StubCallHandler


def echo(request: Request) -> Response:
    return Response(200, {"Content-Type": "text/plain", "x-path": request.path}, request.body)


@pytest.fixture
def connection(call_handler: StubCallHandler) -> Iterator[http.client.HTTPConnection]:
    call_handler.answers = [echo]
    listener = runtime.endpoint()
    connection = http.client.HTTPConnection(listener.host, listener.port, timeout=10)
    yield connection
    connection.close()


def raw(data: bytes) -> bytes:
    """Send bytes, and return all that comes back until the connection is closed."""
    listener = runtime.endpoint()
    with socket.create_connection((listener.host, listener.port), timeout=10) as client:
        client.sendall(data)
        received = b""
        while piece := client.recv(65536):
            received += piece
    return received


def test_a_request_comes_in_whole(call_handler: StubCallHandler, connection: http.client.HTTPConnection) -> None:
    connection.request("PUT", "/a%20b?c=d&e", b"body", {"X-One": "1", "Host": "email.eu-west-1.amazonaws.com"})
    answer = connection.getresponse()

    (request,) = call_handler.requests
    assert (request.method, request.host) == ("PUT", "email.eu-west-1.amazonaws.com")
    assert (request.path, request.query, request.body) == ("/a%20b", "c=d&e", b"body")
    assert request.headers["x-one"] == "1"
    assert request.peer == "127.0.0.1"
    assert request.caller is not None
    assert request.caller[0] == __file__
    assert (answer.status, answer.read(), answer.headers["x-path"]) == (200, b"body", "/a%20b")
    assert answer.headers["Content-Length"] == "4"


def test_a_connection_is_kept_for_the_next_request(
    call_handler: StubCallHandler, connection: http.client.HTTPConnection
) -> None:
    for number in range(3):
        connection.request("POST", f"/{number}", b"x" * number)
        assert connection.getresponse().read() == b"x" * number
    assert connection.sock is not None

    assert [request.path for request in call_handler.requests] == ["/0", "/1", "/2"]


def test_a_body_may_come_in_pieces_and_be_large(
    call_handler: StubCallHandler, connection: http.client.HTTPConnection
) -> None:
    pieces = [b"a" * 100_000, b"b" * 1_000_000, b"c"]
    connection.request("POST", "/", iter(pieces), {"Transfer-Encoding": "chunked"}, encode_chunked=True)

    assert connection.getresponse().read() == b"".join(pieces)
    assert call_handler.requests[0].body == b"".join(pieces)


def test_headers_of_one_name_are_one(call_handler: StubCallHandler, connection: http.client.HTTPConnection) -> None:
    connection.putrequest("GET", "/")
    connection.putheader("X-Many", "1", "2")
    connection.putheader("X-many", "3")
    connection.endheaders()
    connection.getresponse().read()

    assert call_handler.requests[0].headers["x-many"].split(",")[-1].strip() == "3"


def test_a_client_that_expects_100_continue_gets_it(call_handler: StubCallHandler) -> None:
    call_handler.answers = [echo]
    listener = runtime.endpoint()
    with socket.create_connection((listener.host, listener.port), timeout=10) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"body")
        assert client.recv(65536).endswith(b"body")


def test_the_answer_to_head_has_no_body(connection: http.client.HTTPConnection) -> None:
    connection.request("HEAD", "/")
    assert connection.getresponse().read() == b""
    connection.request("GET", "/again")

    assert connection.getresponse().headers["x-path"] == "/again"


def test_requests_that_come_at_once_are_answered_in_turn(call_handler: StubCallHandler) -> None:
    call_handler.answers = [echo]
    received = raw(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert [request.path for request in call_handler.requests] == ["/1", "/2"]
    assert received.index(b"x-path: /1") < received.index(b"x-path: /2")


def test_an_address_may_be_given_as_to_a_proxy(call_handler: StubCallHandler) -> None:
    raw(b"GET http://sns.eu-west-1.amazonaws.com/a?b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    (request,) = call_handler.requests
    assert (request.host, request.path, request.query) == ("sns.eu-west-1.amazonaws.com", "/a", "b")


@pytest.mark.parametrize(
    "data", [b"EHLO there\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n"]
)
def test_a_malformed_request_is_answered_with_400(call_handler: StubCallHandler, data: bytes) -> None:
    assert raw(data).startswith(b"HTTP/1.1 400 ")
    assert call_handler.requests == []


def test_a_client_that_goes_away_is_no_error(call_handler: StubCallHandler, caplog: pytest.LogCaptureFixture) -> None:
    listener = runtime.endpoint()
    with socket.create_connection((listener.host, listener.port), timeout=10) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
    while listener.open:
        time.sleep(0.005)

    assert call_handler.requests == []
    assert caplog.records == []


def test_https_shows_a_certificate_for_any_name(call_handler: StubCallHandler) -> None:
    call_handler.answers = [echo]
    listener = runtime.endpoint()
    trusting = ssl.create_default_context(cafile=listener.ca_file)
    answer = httpx.get(f"https://localhost:{listener.tls_port}/x", verify=trusting)

    assert (answer.status_code, answer.headers["x-path"]) == (200, "/x")


def test_the_answer_comes_before_what_the_call_caused(
    call_handler: StubCallHandler, connection: http.client.HTTPConnection
) -> None:
    answered = threading.Event()
    order: list[bool] = []
    call_handler.after = lambda: order.append(answered.wait(10))
    connection.request("GET", "/")
    connection.getresponse().read()
    answered.set()

    assert runtime.finish()
    assert order == [True]


def test_an_answer_may_take_its_time_also_while_clocks_stand_still(
    call_handler: StubCallHandler, connection: http.client.HTTPConnection
) -> None:
    call_handler.answers = [Response(200, {}, b"late", delay=0.2)]
    begun = time.monotonic()
    with freeze_time("2026-03-26"):
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"late"

    assert time.monotonic() - begun >= 0.2


def test_no_answer_may_be_a_lost_connection(
    call_handler: StubCallHandler, connection: http.client.HTTPConnection
) -> None:
    call_handler.answers = [NoAnswer("disconnect")]
    connection.request("GET", "/")

    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()


def test_no_answer_may_be_silence_until_the_test_ends(stub: StubCallHandler) -> None:
    runtime.enter(stub.call_handler)
    stub.answers = [NoAnswer("timeout")]
    listener = runtime.endpoint()
    connection = http.client.HTTPConnection(listener.host, listener.port, timeout=10)
    connection.request("GET", "/")
    while not listener.held:
        time.sleep(0.005)
    runtime.leave(stub.call_handler)

    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()


def test_silence_ends_by_itself(
    call_handler: StubCallHandler, connection: http.client.HTTPConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_sesfake.transports.listener.HOLD", 0.05)
    call_handler.answers = [NoAnswer("timeout")]
    connection.request("GET", "/")

    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()


def test_a_connection_that_nobody_uses_is_closed(
    call_handler: StubCallHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "IDLE", 0.05)

    assert raw(b"") == b""
    assert call_handler.requests == []


def test_between_tests_calls_are_refused(stub: StubCallHandler) -> None:
    runtime.enter(stub.call_handler)
    listener = runtime.endpoint()
    runtime.leave(stub.call_handler)

    runtime.take_strays()
    assert httpx.get(f"http://{listener.host}:{listener.port}/").status_code == 503
    assert stub.requests == []
    assert runtime.take_strays() == ["HTTP"]


def test_an_error_of_the_call_handler_is_answered(
    call_handler: StubCallHandler, connection: http.client.HTTPConnection, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(request: Request) -> Response:
        raise KeyError(request.path)

    call_handler.answers = [fail]
    connection.request("GET", "/")

    assert connection.getresponse().status == 500
    assert "KeyError" in caplog.text


def test_it_is_started_once_and_again_after_a_stop(call_handler: StubCallHandler) -> None:
    first = runtime.endpoint()
    assert runtime.endpoint() is first
    runtime.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((first.host, first.port), timeout=10)
    runtime.renew()

    assert runtime.endpoint() is not first
    assert raw(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    assert len(call_handler.requests) == 1


@pytest.mark.parametrize("target", ["http://[::/", "//[", "http://[x"])
def test_a_wrong_url_is_answered_with_400_and_not_logged(
    call_handler: StubCallHandler, caplog: pytest.LogCaptureFixture, target: str
) -> None:
    assert raw(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode()).startswith(b"HTTP/1.1 400 ")
    assert (call_handler.requests, caplog.records) == ([], [])


def test_a_header_of_an_answer_is_spelt_in_what_headers_hold(
    call_handler: StubCallHandler, connection: http.client.HTTPConnection
) -> None:
    call_handler.answers = [Response(400, {"x-error": " Zu groß\r\nx: y\x00€ "})]
    connection.request("GET", "/")

    assert connection.getresponse().headers["x-error"].rstrip() == "Zu groß  x: y ?"


def test_a_client_that_ends_tls_in_the_middle_is_no_error(
    call_handler: StubCallHandler, caplog: pytest.LogCaptureFixture
) -> None:
    go_on = threading.Event()

    def wait(_: Request) -> Response:
        go_on.wait(10)
        return Response(200)

    call_handler.answers = [wait]
    listener = runtime.endpoint()
    context = ssl.create_default_context(cafile=listener.ca_file)
    with socket.create_connection((listener.host, listener.tls_port), timeout=10) as client:
        secure = context.wrap_socket(client, server_hostname="localhost")
        secure.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        while not call_handler.requests:
            time.sleep(0.005)
        with contextlib.suppress(OSError):
            secure.unwrap()
        secure.close()
    while listener.open:
        time.sleep(0.005)
    go_on.set()

    assert runtime.finish()
    assert caplog.records == []
