"""The addresses of the fake on this machine, for a test or a process that it starts."""

from __future__ import annotations

from pytest_sesfake.transports import runtime
from pytest_sesfake.wire.passwords import derive

_NOBODY = "testing"


class Smtp:
    """The address of the SMTP interface on this machine, and a login that it accepts.

    ``port`` takes STARTTLS, ``tls_port`` TLS from the start; ``ca_file`` holds the authority behind its certificate.
    """

    def __init__(self, passwords: dict[str, str], region: str) -> None:
        listener = runtime.smtp()
        self._passwords = passwords
        self._region = region
        self.host: str = listener.host
        self.port: int = listener.port
        self.tls_port: int = listener.tls_port
        self.ca_file: str = str(listener.ca_file)
        self.username = _NOBODY
        self.password = self.password_for(_NOBODY, region)

    def __repr__(self) -> str:
        return f"<Smtp {self.host}:{self.port}, TLS {self.tls_port}>"

    @property
    def url(self) -> str:
        """The interface as a URL, login included, its password percent-encoded."""
        from urllib.parse import quote

        return f"smtp://{self.username}:{quote(self.password, safe='')}@{self.host}:{self.port}"

    def password_for(self, secret: str, region: str | None = None) -> str:
        """Return the password that SES derives from a secret access key for a region. SMTP accepts it from now on."""
        where = region or self._region
        password = derive(secret, where)
        self._passwords[password] = where
        return password


class Endpoint:
    """The address of both APIs on this machine, for other processes and languages.

    ``url`` is the interface over HTTP; ``tls_port`` speaks HTTPS, with a certificate for whatever host it is asked for,
    of the authority in ``ca_file``. ``env`` is what a process needs beside its own environment: the AWS SDKs read it.
    """

    def __init__(self, region: str) -> None:
        listener = runtime.endpoint()
        self.host: str = listener.host
        self.port: int = listener.port
        self.tls_port: int = listener.tls_port
        self.ca_file: str = str(listener.ca_file)
        self.url = f"http://{self.host}:{self.port}"
        self.env = {
            "AWS_ENDPOINT_URL_SES": self.url,
            "AWS_ENDPOINT_URL_SESV2": self.url,
            "AWS_ACCESS_KEY_ID": _NOBODY,
            "AWS_SECRET_ACCESS_KEY": _NOBODY,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "NODE_EXTRA_CA_CERTS": self.ca_file,
        }

    def __repr__(self) -> str:
        return f"<Endpoint {self.url}, TLS {self.tls_port}>"


class Listeners:
    """Both interfaces for a whole session: for servers and workers that outlive a test.

    What comes in is answered by the fake of the running test. Between fakes it is refused, with 503 or 421.
    """

    def __init__(self, region: str) -> None:
        self.endpoint = Endpoint(region)
        self.smtp = Smtp({}, region)
