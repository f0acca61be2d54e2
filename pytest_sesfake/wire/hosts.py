"""The one list of the host names under which Amazon SES answers, and what each name says."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal, NamedTuple

Kind = Literal["https", "smtp", "link"]

# Every partition has a suffix of its own and one more for its dual-stack names.
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
    """What a host name of SES says.

    ``kind`` is the protocol behind it; of a ``"link"``, where those go who follow a link of a mail, ``page`` is which.
    ``region`` is ``None`` for a multi-region endpoint, whose id is ``endpoint``.
    """

    kind: Kind
    region: str | None = None
    endpoint: str | None = None
    page: str | None = None


def find(host: str) -> SesHost | None:
    """Tell what a host name says if it is one of SES, in any case, with or without a final dot or a port.

    https://docs.aws.amazon.com/general/latest/gr/ses.html
    """
    return _find(host) if "email" in host.lower() else None


def kind(host: str) -> Kind | None:
    """Tell the protocol behind a host name of SES, or ``None`` for any other name."""
    found = find(host)
    return found.kind if found else None


def region(host: str) -> str | None:
    """Tell the region that a host name of SES stands for, or ``None`` where it names none."""
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
    """Compile the forms when the first name is looked at: the guard loads this module at every start of pytest."""
    return [(kind_, re.compile(form)) for kind_, form in _FORMS]
