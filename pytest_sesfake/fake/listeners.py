"""The local addresses of the fake, for a test and for the processes that it starts."""

from __future__ import annotations

from pytest_sesfake.transports import runtime
from pytest_sesfake.wire.passwords import derive

_NOBODY = "testing"


class Smtp:
    """The SMTP interface on this machine: its address, and a user name and password that it accepts.

    Clients use STARTTLS at ``port``, and TLS from the start at ``tls_port``. ``ca_file`` is the CA certificate that
    clients must trust.
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
        """The URL ``smtp://username:password@host:port``. The password is percent-encoded."""
        from urllib.parse import quote

        return f"smtp://{self.username}:{quote(self.password, safe='')}@{self.host}:{self.port}"

    def password_for(self, secret: str, region: str | None = None) -> str:
        """Return the SMTP password for a secret access key and a region. The fake accepts it from now on.

        It is the password that SES derives. By default the region is that of the settings.
        https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html
        """
        where = region or self._region
        password = derive(secret, where)
        self._passwords[password] = where
        return password


class Endpoint:
    """Both APIs of SES on this machine, for other processes and other languages.

    ``url`` is the address for HTTP. ``tls_port`` serves HTTPS: it makes a certificate for each host name that a client
    asks for, signed by the CA in ``ca_file``. ``env`` holds the environment variables that lead the AWS SDKs of another
    process to the fake. Add them to the environment of that process.
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
    """The APIs and SMTP at ports that stay the same for the whole session, for servers and workers that outlive a test.

    The fake of the running test answers. While no fake is active, calls fail with HTTP 503, and SMTP with 421.
    """

    def __init__(self, region: str) -> None:
        self.endpoint = Endpoint(region)
        self.smtp = Smtp({}, region)
