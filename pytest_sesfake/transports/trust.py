"""The temporary certificate authority, and the certificates of the host names that the fake answers for."""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

# The names of a listener for clients that connect to its own address.
_LOCAL = ("localhost", "127.0.0.1", "::1")


if TYPE_CHECKING:
    _Original = ssl.SSLContext
else:
    # gevent and eventlet replace `ssl.SSLContext` by a subclass for their sockets. asyncio needs the original.
    _Original = next(kind for kind in ssl.SSLContext.__mro__ if kind.__module__ == "ssl")


class ServerContext(_Original):
    """A TLS context with one certificate. ``host`` is the host that the client asked for (SNI)."""

    host: str | None = None


class Authority:
    """The certificate authority of this process. Nothing outside the process trusts it.

    The certificates of trustme are valid from 2000 to 3000, so a frozen clock does not matter.
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
        """Return a context of class ``kind`` with full verification, which trusts only this authority.

        gevent and eventlet have their own classes, whose sockets let other greenlets run.
        """
        if kind not in self._clients:
            context = kind(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(cadata=self._ca.cert_pem.bytes().decode("ascii"))
            self._clients[kind] = context
        return self._clients[kind]

    def server_context(self) -> ServerContext:
        """Return the context of a listener. Each client gets a certificate for the exact name that it asked for.

        Wildcards would not work: a wildcard covers only the first label, and the region is a later one.
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
        """Answer SNI. A name that no certificate can contain gets a TLS alert, not an exception inside OpenSSL."""
        if name and name not in _LOCAL:
            try:
                connection.context = self._server(name.lower())
            except (ValueError, OSError):
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None
