"""A listener that cannot start: the error is raised, nothing stays open, and the next start works."""

from __future__ import annotations

import asyncio
import logging
import socket
import tempfile
import threading
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from pytest_sesfake.transports import runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.transports.conftest import StubCallHandler

Address: TypeAlias = "tuple[str, int]"
STARTS = {"smtp": runtime.smtp, "endpoint": runtime.endpoint}


@pytest.fixture(params=STARTS)
def start(request: pytest.FixtureRequest, call_handler: StubCallHandler) -> Iterator[Callable[[], Any]]:
    assert runtime.top() is call_handler.call_handler
    runtime.close()
    yield STARTS[request.param]
    runtime.close()


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> list[Address]:
    """Where sockets were bound, in this order."""
    addresses: list[Address] = []
    bind = socket.socket.bind

    def noted(self: socket.socket, address: Address) -> None:
        bind(self, address)
        addresses.append(self.getsockname())

    monkeypatch.setattr(socket.socket, "bind", noted)
    return addresses


def is_open(address: Address) -> bool:
    try:
        socket.create_connection(address, timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_second_socket_that_fails_closes_the_first(
    start: Callable[[], Any], bound: list[Address], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        bind = socket.socket.bind

        def once(self: socket.socket, address: Address) -> None:
            if bound:
                raise OSError("no port is free")
            bind(self, address)

        patch.setattr(socket.socket, "bind", once)
        with pytest.raises(OSError, match="no port is free"):
            start()

    assert [is_open(address) for address in bound] == [False]
    assert start().port


def test_tls_that_fails_closes_both_sockets(
    start: Callable[[], Any], bound: list[Address], monkeypatch: pytest.MonkeyPatch
) -> None:
    filters = list(logging.getLogger("mail.log").filters)
    with monkeypatch.context() as patch:
        create = asyncio.SelectorEventLoop.create_server

        async def without_tls(*args: Any, ssl: object, **options: Any) -> asyncio.Server:
            if ssl is not None:
                raise ValueError("TLS is broken")
            return await create(*args, ssl=ssl, **options)

        patch.setattr(asyncio.SelectorEventLoop, "create_server", without_tls)
        with pytest.raises(ValueError, match="TLS is broken"):
            start()

    assert [is_open(address) for address in bound] == [False, False]
    assert logging.getLogger("mail.log").filters == filters
    assert start().tls_port


def test_a_thread_that_does_not_start_leaves_no_loop_and_no_certificate(
    start: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with monkeypatch.context() as patch:
        begin = threading.Thread.start

        def fail(self: threading.Thread) -> None:
            if self.name == "sesfake-loop":
                raise RuntimeError("can't start new thread")
            begin(self)

        patch.setattr(threading.Thread, "start", fail)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            start()

    assert list(tmp_path.iterdir()) == []
    assert start() is not None
    runtime.close()
    assert list(tmp_path.iterdir()) == []
