"""The host names of Amazon SES, and the protocol and region that each name stands for."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal, NamedTuple

Kind = Literal["https", "smtp", "link"]

# Every partition has its own suffix, and another one for dual-stack names.
_SUFFIX = (
    r"(?:amazonaws\.com|api\.aws"
    r"|amazonaws\.com\.cn|api\.amazonwebservices\.com\.cn"
    r"|amazonaws\.eu|api\.amazonwebservices\.eu)"
)
_REGION = r"(?P<region>[a-z]{2,}(?:-[a-z]+)+-[0-9]+)"
_FORMS: tuple[tuple[Kind, str], ...] = (
    ("https", rf"email(?:-fips)?\.{_REGION}\.{_SUFFIX}"),
    ("smtp", rf"email-smtp(?:-fips)?\.{_REGION}\.{_SUFFIX}"),
    ("link", rf"(?P<page>email-verification|email-unsubscribe)\.{_REGION}\.{_SUFFIX}"),
    ("https", rf"(?P<endpoint>[a-z0-9][a-z0-9.-]*)\.endpoints\.email\.(?:global\.|us-gov\.)?{_SUFFIX}"),
)


class SesHost(NamedTuple):
    """The meaning of a host name of SES.

    ``kind`` is the protocol. For ``"link"``, the hosts of links in mail, ``page`` tells which page the link opens.
    ``region`` is ``None`` for a multi-region endpoint, and ``endpoint`` is its id.
    """

    kind: Kind
    region: str | None = None
    endpoint: str | None = None
    page: str | None = None


def find(host: str) -> SesHost | None:
    """Return the meaning of a host name of SES, ``None`` for others. Case, a final dot and a port are ignored.

    https://docs.aws.amazon.com/general/latest/gr/ses.html
    """
    return _find(host) if "email" in host.lower() else None


def kind(host: str) -> Kind | None:
    """Return the protocol of a host name of SES, ``None`` for any other name."""
    found = find(host)
    return found.kind if found else None


def region(host: str) -> str | None:
    """Return the region in a host name of SES, ``None`` if it has none."""
    found = find(host)
    return found.region if found else None


@lru_cache(maxsize=512)
def _find(host: str) -> SesHost | None:
    name = host.partition(":")[0].rstrip(".").lower()
    for kind_, form in _forms():
        if match := form.fullmatch(name):
            return SesHost(kind_, **match.groupdict())
    return None


@cache
def _forms() -> list[tuple[Kind, re.Pattern[str]]]:
    """Compile the patterns at first use, because pytest imports this module at every start."""
    return [(kind_, re.compile(form)) for kind_, form in _FORMS]
