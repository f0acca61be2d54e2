"""The SMTP interface of SES: the protocol on the wire, up to the point where the call handler checks a message.

SES checks nearly everything after DATA. Before that it only requires TLS, a login and commands in the right order.
https://docs.aws.amazon.com/ses/latest/dg/send-email-smtp.html
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import logging
import warnings
from collections import defaultdict
from typing import TYPE_CHECKING, AnyStr

from pytest_sesfake.transports.commands import (
    MESSAGE_LIMIT,
    TOO_LONG,
    decode_response,
    is_address,
    judge_options,
    split_path,
)
from pytest_sesfake.transports.listener import Listener, Shared
from pytest_sesfake.transports.trust import ServerContext
from pytest_sesfake.wire.smtp import Envelope, Login, Reply

# aiosmtpd 1.4.6 imports typing.ByteString. Python 3.15 warns of that; with warnings as errors the import would fail.
# `catch_warnings` changes the filters of every thread, so this block holds nothing but the import. It runs once, on
# the first use of SMTP, while the lock of the runtime is held.
with warnings.catch_warnings():
    _MESSAGE = r"'typing\.ByteString' and 'collections\.abc\.ByteString' are deprecated"
    warnings.filterwarnings("ignore", _MESSAGE, DeprecationWarning)
    from aiosmtpd.smtp import SMTP, TLSSetupException

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, MutableMapping

    from aiosmtpd.smtp import Envelope as Draft
    from aiosmtpd.smtp import Session

    from pytest_sesfake.transports.call_handler import CallHandler
    from pytest_sesfake.wire.http import NoAnswer

NAME = "email-smtp.amazonaws.com"  # the same in every region
IDLE_BEFORE_LOGIN = 10.0  # seconds
IDLE = 300.0

_WELCOME, _ADMITTED, _CLOSING = 220, 235, 421
_CLOSED = "421 Service not available: no test uses the fake at the moment"

_log = logging.getLogger(__name__)
_serial = itertools.count(1)


def _ident() -> str:
    """Make the ids of the greeting. They are not random, so that the ``random`` state of tests does not change."""
    digest = base64.b32encode(hashlib.sha256(b"%d" % next(_serial)).digest()).decode()
    return f"ESMTP SimpleEmailService-d-{digest[:9]} {digest[9:29]}"


class SmtpListener(Listener["Conversation"]):
    """The listener of SMTP: clients use STARTTLS at ``port``, and TLS from the first byte at ``tls_port``."""

    def __init__(
        self,
        shared: Shared,
        top: Callable[[], CallHandler | None],
        callers: MutableMapping[int, tuple[str, int] | None],
        ports: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__(shared, top, callers, ports)
        # aiosmtpd logs every command at level INFO. That would fill the `caplog` of the user's tests.
        logging.getLogger("mail.log").addFilter(self._is_not_ours)

    def stop(self) -> None:
        """Close the listeners and every connection."""
        super().stop()
        logging.getLogger("mail.log").removeFilter(self._is_not_ours)

    def _is_not_ours(self, record: logging.LogRecord) -> bool:
        return record.thread != self._thread.ident

    def _connect(self, starttls: ServerContext | None) -> Conversation:
        return Conversation(self, starttls)

    async def _close(self, connections: list[Conversation]) -> None:
        for conversation in connections:
            conversation.drop()
        for conversation in connections:
            await conversation.end()


class Conversation(SMTP):
    """One connection of a client."""

    session: Session
    envelope: Draft
    transport: asyncio.Transport | None

    # In aiosmtpd this limits the lines of a mail. Here it is only the size of one read: SES has no line limit.
    line_length_limit = 64 * 1024
    command_size_limit = 2048
    command_size_limits: dict[str, int] = defaultdict(lambda: Conversation.command_size_limit)  # noqa: RUF012 - aiosmtpd reads this class attribute

    def __init__(self, listener: SmtpListener, context: ServerContext | None) -> None:
        self._listener = listener
        self._login: Login | None = None
        self._tried: set[str] = set()
        self._trial = ""
        super().__init__(
            None,
            data_size_limit=None,
            hostname=NAME,
            ident=_ident(),
            tls_context=context,
            timeout=IDLE,
            loop=listener.workers.loop,
        )
        for command in ("EXPN", "HELP", "VRFY"):  # aiosmtpd has these commands, SES has not
            del self._smtp_methods[command]

    # -- the connection -------------------------------------------------------------------------------------------

    def hang_up(self) -> None:
        """Close the connection in an orderly way."""
        if self.transport is not None:
            self.transport.close()

    def drop(self) -> None:
        """Close the connection at once, even in the middle of a command."""
        if self.transport is not None:
            self.transport.abort()

    async def end(self) -> None:
        """Wait until the task of this connection has ended."""
        if self._handler_coroutine is not None:
            await asyncio.wait([self._handler_coroutine])

    def _tls(self) -> ssl.SSLObject | None:
        return self.transport.get_extra_info("ssl_object") if self.transport else None

    def _host(self) -> str | None:
        tls = self._tls()
        return tls.context.host if tls and isinstance(tls.context, ServerContext) else None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the connection. Called a second time after STARTTLS."""
        self._peer: tuple[str, int] = transport.get_extra_info("peername") or ("", 0)
        super().connection_made(transport)
        self._listener.open.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Clean up after the connection."""
        self._listener.open.discard(self)
        self._listener.callers.pop(self._peer[1], None)
        if self.transport is not None:
            self.transport.close()  # needed for TLS in Python 3.10, which still counts as open
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        if (call_handler := await self._call_handler()) is None:
            return
        answer = await self._listener.workers.ask(call_handler.greet, self._host())
        if isinstance(answer, Reply) and answer.code == _WELCOME:
            await asyncio.sleep(answer.delay)
            await super()._handle_client()
        else:
            await self._answer(call_handler, answer)
            self.hang_up()

    async def push(self, status: AnyStr) -> None:
        """Send a reply. A closed connection raises ConnectionResetError, so later commands are not executed."""
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError
        await super().push(status)

    async def handle_exception(self, error: Exception) -> str:
        """Log an unexpected error and return the reply. A failed TLS handshake is not logged."""
        if not isinstance(error, TLSSetupException):
            _log.error("in an SMTP connection of sesfake", exc_info=error)
        return "451 Temporary service failure"

    def _reset_timeout(self, duration: float | None = None) -> None:
        super()._reset_timeout(duration or (IDLE if self._login else IDLE_BEFORE_LOGIN))

    def _timeout_cb(self) -> None:
        if self.transport is not None:
            self._writer.write(b"451 4.4.2 Timeout waiting for data from client.\r\n")
            self.transport.close()

    # -- what may come when ---------------------------------------------------------------------------------------

    async def _call_handler(self) -> CallHandler | None:
        """Return the call handler of the active fake. If no fake is active, hang up and return ``None``."""
        call_handler = self._listener.top()
        if call_handler is None:
            await self.push(_CLOSED)
            self.hang_up()
        return call_handler

    async def _is_refused(self, *, login: bool = True) -> bool:
        """Return True, after sending the reply, if a command may not come yet."""
        if await self._call_handler() is None:
            return True
        if self._tls() is None:
            await self.push("530 Must issue a STARTTLS command first")
        elif not self.session.host_name:
            await self.push("503 Error: send EHLO first")
        elif login and self._login is None:
            await self.push("530 Authentication required")
        else:
            return False
        return True

    # -- commands -------------------------------------------------------------------------------------------------

    async def smtp_EHLO(self, hostname: str | None) -> None:
        """List the extensions. SES offers no SIZE, no PIPELINING and no SMTPUTF8."""
        if await self._greet("EHLO", hostname):
            starttls = () if self._tls() else ("STARTTLS",)
            lines = (NAME, "8BITMIME", *starttls, "AUTH PLAIN LOGIN")
            await self.push("".join(f"250-{line}\r\n" for line in lines) + "250 Ok")

    async def smtp_HELO(self, hostname: str | None) -> None:
        """Greet a client that uses no extensions."""
        if await self._greet("HELO", hostname):
            await self.push(f"250 {NAME}")

    async def _greet(self, command: str, hostname: str | None) -> bool:
        if not hostname:
            await self.push(f"501 Syntax: {command} hostname")
            return False
        self.envelope = self._create_envelope()
        self.session.extended_smtp = command == "EHLO"
        self.session.host_name = hostname
        return True

    async def smtp_NOOP(self, _arg: str | None) -> None:
        """Do nothing."""
        await self.push("250 Ok")

    async def smtp_RSET(self, _arg: str | None) -> None:
        """Discard the current mail."""
        self.envelope = self._create_envelope()
        await self.push("250 Ok")

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """Switch to TLS. The session starts again, as after connecting."""
        if self._tls() is not None:
            await self.push("503 Error: TLS is already active")
        else:
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str | None) -> None:
        """Log in with PLAIN or LOGIN, with or without an initial response."""
        if await self._is_refused(login=False):
            return
        mechanism, _, initial = (arg or "").partition(" ")
        if self._login is not None:
            await self.push("503 Already authenticated")
        elif mechanism.upper() not in ("PLAIN", "LOGIN"):
            await self.push("504 Unrecognized authentication type")
        else:
            try:
                user, password = await (self._plain if mechanism.upper() == "PLAIN" else self._in_two_steps)(
                    initial.strip()
                )
            except (ValueError, asyncio.LimitOverrunError):
                await self.push("501 Invalid authentication response")
            else:
                await self._log_in(Login(user, password, self._host(), self._try(mechanism.upper())))

    async def _plain(self, initial: str) -> tuple[str, str]:
        _, user, password = (decode_response(initial) if initial else await self._challenge("")).split("\0")
        return user, password

    async def _in_two_steps(self, initial: str) -> tuple[str, str]:
        user = decode_response(initial) if initial else await self._challenge("Username:")
        return user, await self._challenge("Password:")

    def _try(self, mechanism: str) -> str:
        """Return the id of the login attempt. A mechanism that was already tried begins a new attempt."""
        if mechanism in self._tried or not self._trial:
            self._tried, self._trial = set(), f"login {next(_serial)}"
        self._tried.add(mechanism)
        return self._trial

    async def _challenge(self, question: str) -> str:
        await self.push(f"334 {base64.b64encode(question.encode()).decode()}")
        return decode_response((await self._reader.readuntil()).decode("ascii").strip())

    async def _log_in(self, login: Login) -> None:
        if (call_handler := await self._call_handler()) is None:
            return
        answer = await self._listener.workers.ask(call_handler.authenticate, login)
        if isinstance(answer, Reply) and answer.code == _ADMITTED:
            self._login = login
            self._reset_timeout()
        await self._answer(call_handler, answer)

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Begin a mail. SES refuses the empty sender, because it accepts no bounces."""
        if await self._is_refused():
            return
        address, options = split_path("FROM:", arg)
        if self.envelope.mail_from:
            await self.push("503 Error: nested MAIL command")
        elif address is None or not is_address(address):
            await self.push("501 Invalid MAIL FROM address provided")
        elif refusal := judge_options(options):
            await self.push(refusal)
        else:
            self.envelope.mail_from = address
            await self.push("250 Ok")

    async def smtp_RCPT(self, arg: str | None) -> None:
        """Add a recipient. SES checks the number and the syntax of recipients after DATA."""
        if await self._is_refused():
            return
        address, options = split_path("TO:", arg)
        if not self.envelope.mail_from:
            await self.push("503 Error: need MAIL command")
        elif address is None:
            await self.push("501 Invalid RCPT TO address provided")
        elif options:
            await self.push("555 RCPT TO parameters not recognized or not implemented")
        else:
            self.envelope.rcpt_tos.append(address)
            await self.push("250 Ok")

    # -- the mail itself ------------------------------------------------------------------------------------------

    async def smtp_DATA(self, arg: str | None) -> None:
        """Read the mail and pass it to the call handler."""
        if await self._is_refused():
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
        elif arg:
            await self.push("501 Syntax: DATA")
        else:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            data = await self._read_data()
            draft, self.envelope = self.envelope, self._create_envelope()
            if data is None:
                await self.push(TOO_LONG)
            elif call_handler := await self._call_handler():
                await self._submit(call_handler, draft, data)

    async def _read_data(self) -> bytes | None:
        """Read the mail up to the line with a single dot. Return ``None`` for a mail that is too long."""
        data = bytearray()
        length = 0
        while not (data.endswith(b"\r\n.\r\n") or (data == b".\r\n" and length == len(data))):
            try:
                piece = await self._reader.readuntil(b".\r\n")
            except asyncio.LimitOverrunError as overrun:
                piece = await self._reader.readexactly(overrun.consumed)
                self._reset_timeout()
            data += piece
            length += len(piece)
            if length > MESSAGE_LIMIT + 3:
                del data[:-5]
        if length > MESSAGE_LIMIT + 3:
            return None
        del data[-3:]
        # The client doubles a dot at the start of a line (RFC 5321, 4.5.2).
        if data.startswith(b"."):
            del data[0]
        return bytes(data.replace(b"\r\n.", b"\r\n") if b"\r\n." in data else data)

    async def _submit(self, call_handler: CallHandler, draft: Draft, data: bytes) -> None:
        tls = self._tls()
        envelope = Envelope(
            mail_from=draft.mail_from or "",
            recipients=draft.rcpt_tos,
            data=data,
            login=self._login or Login("", ""),
            host=self._host(),
            helo=self.session.host_name or "",
            peer=self._peer[0],
            tls=tls.version() if tls else None,
            caller=self._listener.callers.get(self._peer[1]),
        )
        await self._answer(
            call_handler, await self._listener.workers.ask(call_handler.submit, envelope, then=call_handler.after)
        )

    async def _answer(self, call_handler: CallHandler, answer: Reply | NoAnswer) -> None:
        if answer.delay:
            await asyncio.sleep(answer.delay)
        if isinstance(answer, Reply):
            *more, last = answer.text.splitlines() or [""]
            lines = [*(f"{answer.code}-{line}" for line in more), f"{answer.code} {last}"]
            await self.push("\r\n".join(lines).encode())
            if answer.code == _CLOSING:
                self.hang_up()
        else:
            if answer.kind == "timeout":
                await self._listener.hold(self, call_handler)
            self.hang_up()
