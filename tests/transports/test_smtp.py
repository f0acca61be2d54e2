"""The SMTP interface says what SES says, line by line."""

from __future__ import annotations

import base64
import re
import threading
import time
from typing import TYPE_CHECKING

import pytest

from pytest_sesfake.transports import commands, runtime, smtp
from pytest_sesfake.wire.smtp import Login, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.transports.conftest import StubCallHandler, Talk

HOST = "email-smtp.eu-west-1.amazonaws.com"


class TestGreeting:
    def test_the_name_is_the_same_in_every_region(self, plain: Talk, secure: Talk) -> None:
        form = r"220 email-smtp\.amazonaws\.com ESMTP SimpleEmailService-d-[A-Z0-9]{9} [A-Za-z0-9]{20}"
        assert re.fullmatch(form, plain.greeting)
        assert re.fullmatch(form, secure.greeting)
        assert plain.greeting != secure.greeting

    def test_extensions_before_tls(self, plain: Talk) -> None:
        assert plain.say("EHLO app.example.com").split("\n") == [
            "250-email-smtp.amazonaws.com",
            "250-8BITMIME",
            "250-STARTTLS",
            "250-AUTH PLAIN LOGIN",
            "250 Ok",
        ]

    def test_extensions_within_tls(self, secure: Talk) -> None:
        assert secure.say("EHLO app.example.com").split("\n") == [
            "250-email-smtp.amazonaws.com",
            "250-8BITMIME",
            "250-AUTH PLAIN LOGIN",
            "250 Ok",
        ]

    def test_helo(self, secure: Talk) -> None:
        assert secure.say("HELO app.example.com") == "250 email-smtp.amazonaws.com"

    @pytest.mark.parametrize("command", ["EHLO", "HELO"])
    def test_a_client_must_say_its_name(self, secure: Talk, command: str) -> None:
        assert secure.say(command) == f"501 Syntax: {command} hostname"


class TestOrder:
    @pytest.mark.parametrize(
        "command", ["AUTH LOGIN", "AUTH PLAIN AAA=", "MAIL FROM:<me@example.com>", "RCPT TO:<ada@example.com>", "DATA"]
    )
    def test_nothing_is_done_before_tls(self, plain: Talk, command: str) -> None:
        plain.say("EHLO app.example.com")
        assert plain.say(command) == "530 Must issue a STARTTLS command first"

    @pytest.mark.parametrize("command", ["MAIL FROM:<me@example.com>", "RCPT TO:<ada@example.com>", "DATA"])
    def test_no_mail_before_a_login(self, secure: Talk, command: str) -> None:
        secure.say("EHLO app.example.com")
        assert secure.say(command) == "530 Authentication required"

    @pytest.mark.parametrize("command", ["MAIL FROM:<me@example.com>", "AUTH LOGIN"])
    def test_nothing_is_done_before_a_greeting(self, secure: Talk, command: str) -> None:
        assert secure.say(command) == "503 Error: send EHLO first"

    def test_starttls_begins_anew(self, plain: Talk) -> None:
        plain.say("EHLO app.example.com")
        assert plain.say("STARTTLS") == "220 Ready to start TLS"
        plain.starttls()

        assert plain.say("MAIL FROM:<me@example.com>") == "503 Error: send EHLO first"
        assert "STARTTLS" not in plain.say("EHLO app.example.com")
        assert plain.say("STARTTLS") == "503 Error: TLS is already active"

    def test_starttls_takes_no_argument(self, plain: Talk) -> None:
        plain.say("EHLO app.example.com")
        assert plain.say("STARTTLS now").startswith("501 ")

    def test_what_was_sent_in_clear_behind_starttls_is_not_obeyed(self, plain: Talk) -> None:
        plain.say("EHLO app.example.com")
        plain.send(b"STARTTLS\r\nNOOP\r\n")
        assert plain.hear() == "220 Ready to start TLS"
        plain.starttls()

        assert plain.say("EHLO app.example.com").startswith("250-email-smtp")

    def test_noop_rset_and_quit(self, plain: Talk) -> None:
        assert plain.say("NOOP") == "250 Ok"
        assert plain.say("RSET") == "250 Ok"
        assert plain.say("QUIT") == "221 Bye"
        assert plain.hear() == ""

    def test_data_needs_a_recipient_and_a_recipient_a_sender(self, ready: Talk) -> None:
        assert ready.say("DATA") == "503 Error: need RCPT command"
        assert ready.say("RCPT TO:<ada@example.com>") == "503 Error: need MAIL command"
        assert ready.say("MAIL FROM:<me@example.com>") == "250 Ok"
        assert ready.say("MAIL FROM:<me@example.com>") == "503 Error: nested MAIL command"
        assert ready.say("DATA") == "503 Error: need RCPT command"

    def test_rset_forgets_the_mail_and_not_the_login(self, ready: Talk) -> None:
        ready.say("MAIL FROM:<me@example.com>")
        ready.say("RSET")

        assert ready.say("RCPT TO:<ada@example.com>") == "503 Error: need MAIL command"
        assert ready.say("MAIL FROM:<me@example.com>") == "250 Ok"


def encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class TestLogin:
    @pytest.fixture
    def greeted(self, secure: Talk) -> Talk:
        secure.say("EHLO app.example.com")
        return secure

    def test_plain_with_an_initial_response(self, greeted: Talk, call_handler: StubCallHandler) -> None:
        assert greeted.say(f"AUTH PLAIN {encode(chr(0) + 'AKIAUSER' + chr(0) + 's3cret')}") == (
            "235 Authentication successful."
        )
        assert call_handler.logins == [Login("AKIAUSER", "s3cret", HOST)]

    def test_plain_after_a_challenge(self, greeted: Talk, call_handler: StubCallHandler) -> None:
        assert greeted.say("auth plain") == "334 "
        assert greeted.say(encode("someone\0user\0secret")) == "235 Authentication successful."
        assert call_handler.logins == [Login("user", "secret", HOST)]

    def test_login_asks_twice(self, greeted: Talk, call_handler: StubCallHandler) -> None:
        assert greeted.say("AUTH LOGIN") == "334 VXNlcm5hbWU6"
        assert greeted.say(encode("user")) == "334 UGFzc3dvcmQ6"
        assert greeted.say(encode("pässword")) == "235 Authentication successful."
        assert call_handler.logins == [Login("user", "pässword", HOST)]

    def test_login_with_an_initial_response_asks_once(self, greeted: Talk, call_handler: StubCallHandler) -> None:
        assert greeted.say(f"AUTH LOGIN {encode('user')}") == "334 UGFzc3dvcmQ6"
        assert greeted.say(encode("secret")) == "235 Authentication successful."
        assert call_handler.logins == [Login("user", "secret", HOST)]

    def test_the_call_handler_refuses_a_login(self, greeted: Talk, call_handler: StubCallHandler) -> None:
        call_handler.admits = Reply(535, "Authentication Credentials Invalid")
        assert greeted.say(f"AUTH PLAIN {encode(chr(0) + 'user' + chr(0) + 'wrong')}") == (
            "535 Authentication Credentials Invalid"
        )
        assert greeted.say("MAIL FROM:<me@example.com>") == "530 Authentication required"

    @pytest.mark.parametrize("response", ["*", "not base64!", encode("no separators"), "=", "", "\xff\xfe"])
    def test_a_response_that_is_none_is_refused(
        self, greeted: Talk, call_handler: StubCallHandler, response: str
    ) -> None:
        assert greeted.say("AUTH PLAIN") == "334 "
        assert greeted.say(response.encode("latin-1")) == "501 Invalid authentication response"
        assert greeted.say("NOOP") == "250 Ok"
        assert call_handler.logins == []

    def test_a_response_of_any_length_is_refused(self, greeted: Talk) -> None:
        assert greeted.say("AUTH PLAIN") == "334 "
        assert greeted.say("A" * 200_000).startswith("501 ")

    @pytest.mark.parametrize("argument", ["", " CRAM-MD5", " XOAUTH2 abc="])
    def test_other_mechanisms_are_not_known(self, greeted: Talk, argument: str) -> None:
        assert greeted.say(f"AUTH{argument}") == "504 Unrecognized authentication type"

    def test_one_login_is_enough(self, ready: Talk) -> None:
        assert ready.say("AUTH LOGIN") == "503 Already authenticated"


class TestPaths:
    @pytest.mark.parametrize(
        "path, address",
        [
            ("FROM:<me@example.com>", "me@example.com"),
            ("from: <me@example.com>", "me@example.com"),
            ("FROM:me@example.com", "me@example.com"),
            ("FROM:<me+tag@Example.COM> BODY=8BITMIME SIZE=1000", "me+tag@Example.COM"),
            ("FROM:<@relay.example.com,@b.example.com:me@example.com>", "me@example.com"),
            ('FROM:<"a b>c"@example.com> AUTH=<>', '"a b>c"@example.com'),
        ],
    )
    def test_a_sender_is_taken_as_written(
        self, ready: Talk, call_handler: StubCallHandler, path: str, address: str
    ) -> None:
        assert ready.say(f"MAIL {path}") == "250 Ok"
        assert ready.say("RCPT TO:<ada@example.com>") == "250 Ok"
        ready.say("DATA")
        ready.say("Subject: Hello\r\n\r\n.")

        assert call_handler.envelopes[0].mail_from == address

    @pytest.mark.parametrize(
        "path", ["FROM:<>", "FROM:", "", "<me@example.com>", "FROM:<me>", "FROM:<a@b@c>", "FROM:<a b@c>"]
    )
    def test_any_other_sender_is_refused(self, ready: Talk, path: str) -> None:
        assert ready.say(f"MAIL {path}") == "501 Invalid MAIL FROM address provided"

    @pytest.mark.parametrize("path", ["TO:<>", "TO:", "", "<ada@example.com>"])
    def test_a_recipient_that_is_none_is_refused(self, ready: Talk, path: str) -> None:
        ready.say("MAIL FROM:<me@example.com>")
        assert ready.say(f"RCPT {path}") == "501 Invalid RCPT TO address provided"

    def test_a_recipient_that_is_no_address_is_judged_after_data(
        self, ready: Talk, call_handler: StubCallHandler
    ) -> None:
        ready.say("MAIL FROM:<me@example.com>")
        assert ready.say("RCPT TO:<ada>") == "250 Ok"
        ready.say("DATA")
        ready.say("Subject: Hello\r\n\r\n.")

        assert call_handler.envelopes[0].recipients == ["ada"]

    def test_a_size_beyond_the_limit_is_refused_before_data(self, ready: Talk) -> None:
        assert ready.say(f"MAIL FROM:<me@example.com> SIZE={40 * 1024 * 1024 + 1}") == "552 Message is too long."
        assert ready.say(f"MAIL FROM:<me@example.com> SIZE={40 * 1024 * 1024}") == "250 Ok"

    @pytest.mark.parametrize("option", ["SMTPUTF8", "RET=FULL", "SIZE=many", "BODY=BINARYMIME"])
    def test_parameters_that_were_not_offered_are_refused(self, ready: Talk, option: str) -> None:
        assert ready.say(f"MAIL FROM:<me@example.com> {option}").startswith("555 ")

    def test_recipients_have_no_parameters(self, ready: Talk) -> None:
        ready.say("MAIL FROM:<me@example.com>")
        assert ready.say("RCPT TO:<ada@example.com> NOTIFY=NEVER").startswith("555 ")


class TestData:
    def test_a_mail_arrives_with_all_that_is_known_of_it(self, ready: Talk, call_handler: StubCallHandler) -> None:
        ready.say("MAIL FROM:<me@example.com>")
        for name in ("ada", "bob", "ada"):
            ready.say(f"RCPT TO:<{name}@example.com>")
        ready.say("DATA")

        assert ready.say("Subject: Hello\r\n\r\nHi\r\n.") == "250 Ok id-3"
        (envelope,) = call_handler.envelopes
        assert envelope.mail_from == "me@example.com"
        assert envelope.recipients == ["ada@example.com", "bob@example.com", "ada@example.com"]
        assert envelope.data == b"Subject: Hello\r\n\r\nHi\r\n"
        assert envelope.login == Login("user", "secret", HOST)
        assert envelope.host == HOST
        assert envelope.helo == "app.example.com"
        assert envelope.peer == "127.0.0.1"
        assert envelope.tls == "TLSv1.3"
        assert envelope.caller is not None
        assert envelope.caller[0].endswith("conftest.py")  # where the connection was opened

    @pytest.mark.parametrize(
        "sent, arrives",
        [
            (b"Subject: 8 bit\r\n\r\n\xff\x00\xc3\xa4\r\n.\r\n", b"Subject: 8 bit\r\n\r\n\xff\x00\xc3\xa4\r\n"),
            (b"..\r\n...\r\n..x\r\n.\r\n", b".\r\n..\r\n.x\r\n"),
            (b"a\nb\rc\r\n.\r\n", b"a\nb\rc\r\n"),
            (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n"),
            (b"ends with a dot.\r\nand goes on.\r\n.\r\n", b"ends with a dot.\r\nand goes on.\r\n"),
            (b"x" * 200_000 + b"\r\n.\r\n", b"x" * 200_000 + b"\r\n"),
            (b"\r\n.\r\n", b"\r\n"),
            (b".\r\n", b""),
        ],
        ids=["8 bit", "dots", "bare line ends", "no smuggling", "dot at the end", "long line", "empty line", "nothing"],
    )
    def test_bytes_arrive_as_they_were(
        self, ready: Talk, call_handler: StubCallHandler, sent: bytes, arrives: bytes
    ) -> None:
        assert ready.mail(sent) == "250 Ok id-3"
        assert call_handler.envelopes[0].data == arrives

    def test_a_large_mail_arrives_whole(self, ready: Talk, call_handler: StubCallHandler) -> None:
        data = b"".join(b"%076d\r\n" % number for number in range(50_000))

        assert ready.mail(data + b".\r\n") == "250 Ok id-3"
        assert call_handler.envelopes[0].data == data

    def test_several_mails_share_a_connection(self, ready: Talk, call_handler: StubCallHandler) -> None:
        assert [ready.mail(b"%d\r\n.\r\n" % number) for number in range(3)] == ["250 Ok id-3"] * 3
        assert [envelope.data for envelope in call_handler.envelopes] == [b"0\r\n", b"1\r\n", b"2\r\n"]

    def test_a_pipeline_is_answered_in_order(self, ready: Talk, call_handler: StubCallHandler) -> None:
        one = b"MAIL FROM:<me@example.com>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\nHi\r\n.\r\n"
        ready.send(one + one + b"QUIT\r\n")

        assert [ready.hear()[:3] for _ in range(9)] == ["250", "250", "354", "250"] * 2 + ["221"]
        assert len(call_handler.envelopes) == 2

    @pytest.mark.parametrize(
        "reply", [Reply(454, "Throttling failure: Maximum sending rate exceeded."), Reply(554, "No")]
    )
    def test_the_call_handler_accepts_or_refuses_the_mail(
        self, ready: Talk, call_handler: StubCallHandler, reply: Reply
    ) -> None:
        call_handler.replies = [reply, Reply(250, "Ok again")]

        assert ready.mail(b"Hi\r\n.\r\n") == f"{reply.code} {reply.text}"
        assert ready.mail(b"Hi\r\n.\r\n") == "250 Ok again"

    def test_a_reply_may_have_several_lines_and_any_characters(
        self, ready: Talk, call_handler: StubCallHandler
    ) -> None:
        call_handler.replies = [Reply(554, "Message rejected:\n<jörg@example.com>")]

        assert ready.mail(b"Hi\r\n.\r\n") == "554-Message rejected:\n554 <jörg@example.com>"

    def test_a_reply_takes_its_time(self, ready: Talk, call_handler: StubCallHandler) -> None:
        call_handler.replies = [Reply(250, "Ok late", delay=0.2)]
        started = time.monotonic()

        assert ready.mail(b"Hi\r\n.\r\n") == "250 Ok late"
        assert time.monotonic() - started >= 0.2

    def test_a_mail_that_is_too_long_is_refused_at_its_end(
        self, ready: Talk, call_handler: StubCallHandler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(smtp, "MESSAGE_LIMIT", 200_000)
        line = b"x" * 98 + b"\r\n"

        assert ready.mail(line * 2000 + b".\r\n") == "250 Ok id-3"
        assert ready.mail(line * 2000 + b"x\r\n.\r\n") == "552 Message is too long."
        assert ready.mail(b"x" * 900_000 + b"\r\n.\r\n") == "552 Message is too long."
        assert ready.mail(b"Hi\r\n.\r\n") == "250 Ok id-3"
        assert [len(envelope.data) for envelope in call_handler.envelopes] == [200_000, 4]
        assert commands.MESSAGE_LIMIT == 40 * 1024 * 1024

    def test_what_it_caused_runs_in_another_thread_and_the_client_does_not_wait_for_it(
        self, ready: Talk, call_handler: StubCallHandler
    ) -> None:
        go_on, threads = threading.Event(), list[str]()

        def after() -> None:
            assert go_on.wait(10)
            threads.append(threading.current_thread().name)

        call_handler.after = after
        assert ready.mail(b"Hi\r\n.\r\n") == "250 Ok id-3"
        assert not runtime.finish(timeout=0.05)
        go_on.set()

        assert runtime.finish(timeout=10)
        assert len(threads) == 1
        assert threads[0] not in ("sesfake-loop", threading.current_thread().name)

    def test_a_mail_that_a_mail_caused_is_taken(
        self, connect: Callable[..., Talk], call_handler: StubCallHandler
    ) -> None:
        def forward() -> None:
            if len(call_handler.envelopes) < 5:
                connect(login=True).mail(b"Forwarded\r\n.\r\n")

        call_handler.after = forward
        connect(login=True).mail(b"Hi\r\n.\r\n")

        assert runtime.finish(timeout=10)
        assert len(call_handler.envelopes) == 5
