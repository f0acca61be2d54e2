"""Clients that get no answer, that talk garbage, that go away, and that nobody serves."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import freezegun
import pytest

from pytest_sesfake.transports import runtime, smtp
from pytest_sesfake.transports.listener import HOLD
from pytest_sesfake.wire.http import NoAnswer
from pytest_sesfake.wire.smtp import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.transports.conftest import StubCallHandler, Talk


class TestNoAnswer:
    def test_a_disconnect_is_a_closed_connection(self, ready: Talk, call_handler: StubCallHandler) -> None:
        call_handler.replies = [NoAnswer("disconnect")]

        assert ready.mail(b"Hi\r\n.\r\n") == ""

    def test_a_client_that_waits_gives_up_by_itself(self, ready: Talk, call_handler: StubCallHandler) -> None:
        call_handler.replies = [NoAnswer("timeout")]
        ready._socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            ready.mail(b"Hi\r\n.\r\n")
        ready.close()

        wait_until(lambda: not runtime.smtp().held)

    def test_the_end_of_the_test_ends_the_waiting(self, connect: Callable[..., Talk], stub: StubCallHandler) -> None:
        stub.replies = [NoAnswer("timeout")]
        runtime.enter(stub.call_handler)
        talk = connect(login=True)
        heard: list[str] = []
        client = threading.Thread(target=lambda: heard.append(talk.mail(b"Hi\r\n.\r\n")))
        client.start()
        wait_until(lambda: bool(runtime.smtp().held))
        started = time.monotonic()
        runtime.leave(stub.call_handler)
        left = time.monotonic()
        client.join(10)

        assert heard == [""]
        assert left - started < 1
        assert time.monotonic() - started < 5

    def test_nobody_waits_for_ever(
        self, ready: Talk, call_handler: StubCallHandler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert HOLD == 30
        monkeypatch.setattr("pytest_sesfake.transports.listener.HOLD", 0.1)
        call_handler.replies = [NoAnswer("timeout")]

        assert ready.mail(b"Hi\r\n.\r\n") == ""


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class TestTrouble:
    @pytest.fixture(autouse=True)
    def _nothing_is_logged(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        with caplog.at_level("DEBUG"):
            yield
        assert [record for record in caplog.records if record.name != "asyncio"] == []

    @pytest.mark.parametrize(
        "garbage",
        [
            b"",
            b"\x00\x01\x02",
            b"\xff\xfe\xfd",
            b"MAIL FROM:<j\xc3\xb6rg@example.com>",
            b"GET / HTTP/1.1",
            b"VRFY ada",
            b"EXPN all",
            b"HELP",
            b"X" * 5000,
            b"MAIL FROM:<" + b"x" * 150_000 + b"@example.com>",
        ],
    )
    def test_garbage_gets_an_error_and_the_next_command_its_reply(self, ready: Talk, garbage: bytes) -> None:
        assert ready.say(garbage)[:2] == "50"
        assert ready.say("NOOP") == "250 Ok"

    def test_a_client_that_talks_only_garbage_is_dismissed(self, ready: Talk) -> None:
        replies = [ready.say(b"WHATEVER") for _ in range(5)]

        assert replies[-1].startswith("502 ")
        assert ready.hear() == ""

    def test_what_a_dismissed_client_says_besides_is_not_obeyed(
        self, ready: Talk, call_handler: StubCallHandler
    ) -> None:
        mail = b"MAIL FROM:<me@example.com>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\nHi\r\n.\r\n"
        ready.send(b"WHATEVER\r\n" * 12 + mail)
        heard = list(iter(ready.hear, ""))

        ready.close()

        assert (len(heard), heard[-1][:4]) == (5, "502 ")
        wait_until(lambda: not runtime.smtp().open)
        assert call_handler.envelopes == []

    @pytest.mark.parametrize("sent", [b"", b"MAIL FR", b"AUTH LOGIN\r\n", b"DATA\r\nhalf a ma"])
    def test_a_client_may_go_away_at_any_time(self, ready: Talk, call_handler: StubCallHandler, sent: bytes) -> None:
        ready.say("MAIL FROM:<me@example.com>")
        ready.say("RCPT TO:<ada@example.com>")
        ready.send(sent)
        ready.close()

        wait_until(lambda: not runtime.smtp().open)
        assert call_handler.envelopes == []

    def test_a_client_may_reset_the_connection(self, ready: Talk) -> None:
        ready.send(b"NOOP\r\n" * 1000)
        ready._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        ready.close()

        wait_until(lambda: not runtime.smtp().open)

    @pytest.mark.parametrize("hello", [b"EHLO in.clear\r\n", b"\x16\x03\x01\x00\x05hello", b""])
    def test_a_client_that_fails_at_tls_is_gone(self, call_handler: StubCallHandler, hello: bytes) -> None:
        listener = runtime.smtp()
        with socket.create_connection((listener.host, listener.tls_port), timeout=10) as client:
            client.sendall(hello)
            client.shutdown(socket.SHUT_WR)
            while client.recv(1000):
                pass
        wait_until(lambda: not listener.open)
        assert call_handler.logins == []

    @pytest.mark.parametrize("hello", [b"EHLO in.clear\r\n", b"\x16\x03\x01\x00\x05hello", b""])
    def test_a_client_that_fails_at_starttls_is_gone(self, plain: Talk, hello: bytes) -> None:
        plain.say("EHLO app.example.com")
        plain.say("STARTTLS")
        plain.send(hello)
        plain._socket.shutdown(socket.SHUT_WR)
        while plain._socket.recv(1000):
            pass

        wait_until(lambda: not runtime.smtp().open)

    def test_a_silent_client_is_dismissed(
        self, connect: Callable[..., Talk], call_handler: StubCallHandler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert (smtp.IDLE_BEFORE_LOGIN, smtp.IDLE) == (10, 300)
        monkeypatch.setattr(smtp, "IDLE_BEFORE_LOGIN", 0.1)
        talk = connect()

        assert talk.hear() == "451 4.4.2 Timeout waiting for data from client."
        assert talk.hear() == ""
        assert call_handler.logins == []


class TestWithoutFake:
    def test_a_client_is_turned_away(self, stub: StubCallHandler) -> None:
        listener = runtime.smtp()
        with socket.create_connection((listener.host, listener.port), timeout=10) as client, client.makefile() as file:
            assert file.readline().startswith("421 ")
            assert file.readline() == ""
        assert stub.logins == []

    def test_a_connection_that_outlives_its_test_is_closed(
        self, connect: Callable[..., Talk], stub: StubCallHandler
    ) -> None:
        runtime.enter(stub.call_handler)
        talk = connect(login=True)
        runtime.leave(stub.call_handler)

        assert talk.say("MAIL FROM:<me@example.com>").startswith("421 ")
        assert talk.hear() == ""

    def test_a_connection_may_be_used_by_the_next_test(
        self, connect: Callable[..., Talk], stub: StubCallHandler
    ) -> None:
        later = stub.__class__()
        runtime.enter(stub.call_handler)
        talk = connect(login=True)
        runtime.leave(stub.call_handler)
        runtime.enter(later.call_handler)
        assert talk.mail(b"Hi\r\n.\r\n") == "250 Ok id-3"
        runtime.leave(later.call_handler)

        assert (len(stub.envelopes), len(later.envelopes)) == (0, 1)


def test_an_error_of_the_call_handler_is_a_temporary_failure_and_is_logged(
    connect: Callable[..., Talk], call_handler: StubCallHandler, caplog: pytest.LogCaptureFixture
) -> None:
    talk = connect(login=True)
    call_handler.replies = []

    assert talk.mail(b"Hi\r\n.\r\n") == "451 Temporary service failure"
    assert talk.say("NOOP") == "250 Ok"
    assert "IndexError" in caplog.text


@pytest.mark.usefixtures("call_handler")
def test_the_bytes_of_a_session_never_fill_the_log_of_the_user(
    connect: Callable[..., Talk], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        connect(login=True).mail(b"Hi\r\n.\r\n")

    assert [record.name for record in caplog.records if record.name == "mail.log"] == []


def test_a_frozen_clock_stops_nobody(connect: Callable[..., Talk], stub: StubCallHandler) -> None:
    runtime.close()
    stub.replies = [Reply(250, "Ok late", delay=0.05)]
    with freezegun.freeze_time("2001-02-03"):
        runtime.enter(stub.call_handler)
        talk = connect(login=True)
        heard = talk.mail(b"Hi\r\n.\r\n")
        runtime.leave(stub.call_handler)

    assert heard == "250 Ok late"
