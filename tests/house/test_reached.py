"""The instrument that watches the whole suite finds what reaches beyond this machine, in children too."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Reached

# An address for examples (RFC 5737); to connect a datagram socket sends nothing.
REACH = """
import socket
socket.getaddrinfo("192.0.2.1", 80)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.connect(("192.0.2.1", 9))
"""
FOUND = ["socket.getaddrinfo 192.0.2.1", "socket.connect 192.0.2.1"]


def test_what_this_process_reaches_is_found(reached: Reached) -> None:
    exec(REACH, {})  # noqa: S102 - the code is a constant of this file

    assert reached.take() == FOUND


@pytest.mark.parametrize(
    "script", [REACH, f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {REACH!r}])"]
)
def test_what_a_child_reaches_is_found(reached: Reached, script: str) -> None:
    subprocess.run([sys.executable, "-c", script], check=True)

    assert reached.take() == FOUND


def test_this_machine_is_not_beyond_it(reached: Reached) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        socket.getaddrinfo("localhost", 80)

    assert reached.take() == []
