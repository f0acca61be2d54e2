"""Notes every name that is looked up, and every address that is reached for, beyond this machine.

The tests' own process loads it, and so does every Python that they start: it stands first in their PYTHONPATH. It
imports nothing that a Python has not loaded anyway, since some tests are about what is loaded.
"""

from __future__ import annotations

import os
import sys
from typing import Any

_NAMES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_ADDRESSES = ("socket.connect", "socket.sendto", "socket.sendmsg")
_SELF = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
_HERE = ("localhost", "::1", "::", "0.0.0.0", "", _SELF)  # noqa: S104 - nothing is bound to it
_SELVES = ("127.", "::ffff:127.")


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _NAMES:
        host = arguments[0]
    elif event in _ADDRESSES and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    if isinstance(name, str) and name not in _HERE and not name.startswith(_SELVES):
        file = os.open(os.environ["SESFAKE_REACHED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, f"{event} {name}\n".encode())
        os.close(file)


# Of a worker's process, say, which loads it by both ways.
if not hasattr(sys, "_sesfake_watches"):
    sys._sesfake_watches = True  # type: ignore[attr-defined]  # it lasts as long as the hook
    sys.addaudithook(_note)
