"""Row 6: messages a second through `smtplib` over one connection.

Both sides stand behind STARTTLS and a login, and drop or keep the same mail: bare aiosmtpd is set up as our listener
is, so that the ratio tells what recording costs and not what encryption costs.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from contextlib import contextmanager
from functools import partial
from smtplib import SMTP
from threading import Thread
from typing import TYPE_CHECKING

import trustme
from aiosmtpd.smtp import SMTP as Protocol  # noqa: N811 - smtplib has the name first
from aiosmtpd.smtp import AuthResult

from pytest_sesfake import SesFake
from tests.benchmarks.measure import Finding, Measure, at_least, medians

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CALLS = 200
HOST = "127.0.0.1"
SENDER = "sender@example.com"
RECIPIENT = "ada@example.com"
MAIL = "\r\n".join(
    [f"From: {SENDER}", f"To: {RECIPIENT}", "Subject: Welcome", "", "Hello Ada,", "", *["This is a line."] * 40, ""]
).encode()


class Drop:
    """A handler that takes every mail and forgets it."""

    async def handle_DATA(self, *_: object) -> str:
        return "250 OK"


@contextmanager
def session(host: str, port: int, context: ssl.SSLContext, login: tuple[str, str]) -> Iterator[Callable[[], object]]:
    """One connection, encrypted and logged in; gives what sends one mail through it."""
    with SMTP(host, port, timeout=10) as connection:
        connection.starttls(context=context)
        connection.login(*login)
        yield partial(connection.sendmail, SENDER, [RECIPIENT], MAIL)


@contextmanager
def listening(protocol: Callable[[], Protocol]) -> Iterator[int]:
    """A loop in a thread that serves the protocol; gives the port."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(protocol, HOST, 0))
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()


@contextmanager
def bare() -> Iterator[Callable[[], object]]:
    """aiosmtpd with a handler that drops."""
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert(HOST).configure_cert(ours)
    authority.configure_trust(theirs)
    protocol = partial(
        Protocol,
        Drop(),
        hostname="localhost",
        tls_context=ours,
        require_starttls=True,
        auth_required=True,
        authenticator=lambda *_: AuthResult(success=True),
    )
    with listening(protocol) as port, session(HOST, port, theirs, ("user", "password")) as send:
        yield send


@contextmanager
def recording() -> Iterator[Callable[[], object]]:
    """Our listener."""
    with SesFake() as sesfake:
        smtp = sesfake.smtp
        context = ssl.create_default_context(cafile=smtp.ca_file)
        with session(smtp.host, smtp.port, context, (smtp.username, smtp.password)) as send:
            yield send
        assert sesfake.outbox.count() == CALLS + 1


def take(rounds: int) -> Finding:
    # aiosmtpd warns of an attribute that it sets itself at every login.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    seconds = medians({"bare aiosmtpd": bare, "ours": recording}, rounds=rounds, calls=CALLS)
    return Finding(
        seen={name: f"{1 / value:.0f} messages/s" for name, value in seconds.items()},
        result=seconds["bare aiosmtpd"] / seconds["ours"],
        target=at_least(0.85, "× bare aiosmtpd"),
    )


MEASURES = [Measure(number="6", title="SMTP over one connection", rounds=11, take=take)]
