"""The throw-away certificate authority, and the certificates of every host name that we answer for."""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

# What a client names that connects to a listener by its own address.
_LOCAL = ("localhost", "127.0.0.1", "::1")


if TYPE_CHECKING:
    _Original = ssl.SSLContext
else:
    # gevent and eventlet derive their contexts from it. Those are for sockets, and asyncio uses none of them.
    _Original = next(kind for kind in ssl.SSLContext.__mro__ if kind.__module__ == "ssl")


class ServerContext(_Original):
    """A context that shows one certificate, and remembers the host that a client asked for (from SNI)."""

    host: str | None = None


class Authority:
    """One certificate authority for the process, made of nothing and trusted by nobody else.

    trustme's certificates are valid from 2000 to 3000, so frozen clocks do not matter.
    """

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self._lock = threading.Lock()
        self._servers: dict[str | None, ServerContext] = {}
        self._clients: dict[type[ssl.SSLContext], ssl.SSLContext] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="sesfake-"))
        self._owner = os.getpid()
        self.ca_file = str(self._folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.ca_file)

    def close(self) -> None:
        """Remove the certificate file, unless this process is a fork of the one that wrote it."""
        if os.getpid() == self._owner:
            shutil.rmtree(self._folder, ignore_errors=True)

    def client_context(self, kind: type[ssl.SSLContext]) -> ssl.SSLContext:
        """Return a context of a class that verifies as strictly as any, and trusts this authority alone.

        gevent and eventlet have classes of their own, whose sockets let other greenlets run.
        """
        if kind not in self._clients:
            context = kind(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(cadata=self._ca.cert_pem.bytes().decode("ascii"))
            self._clients[kind] = context
        return self._clients[kind]

    def server_context(self) -> ServerContext:
        """Make the context of a listener: each client is shown a certificate for the very name that it asked for.

        Wildcards would not do: one covers a single label, and a region's name is in the middle.
        """
        return self._server(None)

    def _server(self, host: str | None) -> ServerContext:
        with self._lock:
            if host not in self._servers:
                self._servers[host] = self._issue(host)
            return self._servers[host]

    def _issue(self, host: str | None) -> ServerContext:
        context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
        context.host = host
        context.sni_callback = self._show
        certificate = self._ca.issue_cert(*((host,) if host else _LOCAL))
        with certificate.private_key_and_cert_chain_pem.tempfile() as file:
            context.load_cert_chain(file)
        return context

    def _show(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        """Answer SNI. A name that no certificate can carry gets an alert, never an exception out of OpenSSL."""
        if name and name not in _LOCAL:
            try:
                connection.context = self._server(name.lower())
            except (ValueError, OSError):
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None
