"""Mail addresses: parse, compare and check them, with SES's error texts for invalid ones."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pytest_sesfake.ses.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_PLAIN = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_ROUTE = re.compile(r'\s*(?:"(?:[^"\\]|\\.)*"|[^<>"])*<([^<>]*)>\s*')
_CONTROL_OR_SPACE = re.compile(r"[\x00-\x20\x7f]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ENTRY = re.compile(r'((?:"(?:\\.|[^"\\])*"|<[^>]*>|\((?:\\.|[^()\\])*\)|[^,;:])+)([,;:]|$)')
_NOT_DOMAIN = re.compile(r"[^A-Za-z0-9._\[\]:-]")


class Address(NamedTuple):
    """A mail address, parsed once.

    ``bare`` is the address without display name and angle brackets: ``ada@x.com`` of ``Ada <ada@x.com>``. ``normal`` is
    the form for comparisons: the bare address, with its ``domain`` in lower case.
    """

    bare: str
    normal: str
    domain: str


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address:
    """Parse an address of an envelope or a header field. A broken address is its own bare form; `check` refuses it."""
    route = _ROUTE.fullmatch(text) if "<" in text else None
    bare = (text if route is None else route[1]).strip()
    local, at, written = bare.rpartition("@")
    domain = written.lower()
    # Nearly every address is written in its normal form, and then the two share one string.
    return Address(bare, bare if domain == written else local + at + domain, domain)


def normal_form(text: str) -> str:
    """Return the form in which addresses are compared, as a key of a collection."""
    return parse_address(text).normal


@lru_cache(maxsize=4096)
def fault(address: str) -> str | None:
    """Return SES's error text for an invalid address, ``None`` for a valid one."""
    plain = parse_address(address).bare
    if _PLAIN.fullmatch(plain):
        return None
    return _fault(plain)


def check(addresses: Iterable[str]) -> None:
    """Refuse the first invalid address, as SES does."""
    for address in addresses:
        text = fault(address)
        if text is not None:
            raise Invalid(text)


# SES's error texts for the parts of an address, in the order of its checks.
_FAULTS: tuple[tuple[Callable[[str, str], object], str], ...] = (
    (lambda local, _: not local, "Illegal address"),
    (lambda _, domain: not domain, "Missing domain"),
    (lambda local, _: _NOT_ASCII.search(local), "Local address contains illegal character"),
    (
        lambda local, _: not local.startswith('"') and _CONTROL_OR_SPACE.search(local),
        "Local address contains control or whitespace",
    ),
    (lambda _, domain: _CONTROL_OR_SPACE.search(domain), "Domain contains control or whitespace"),
    (lambda _, domain: _NOT_DOMAIN.search(domain), "Domain contains illegal character"),
)


def _fault(plain: str) -> str | None:
    local, at, domain = plain.rpartition("@")
    if not at:
        return "Missing final '@domain'"
    known = next((text for broken, text in _FAULTS if broken(local, domain)), None)
    return known or _odd(plain)


def _odd(plain: str) -> str | None:
    """Check the rare forms with email_validator: quoted local parts, domain literals, consecutive dots."""
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(
            plain,
            allow_quoted_local=True,
            allow_domain_literal=True,
            allow_smtputf8=False,
            check_deliverability=False,
            test_environment=True,
        )
    except EmailNotValidError:
        return "Illegal address"
    return None


def split(value: str) -> list[str]:
    """Split a header's list of addresses at its commas. Spellings stay; a group is replaced by its members."""
    if "," not in value and ":" not in value and ";" not in value:
        return [value.strip()] if value.strip() else []
    return [
        entry.strip()
        for entry, mark in _ENTRY.findall(value)
        if entry.strip() and mark != ":"  # the text before a colon is the name of a group
    ]


def addresses_of(values: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses of an envelope: bare, in order, without duplicates. The first spelling counts."""
    if len(values) == 1:
        return (parse_address(values[0]).bare,)
    found: dict[str, str] = {}
    for address in map(parse_address, values):
        found.setdefault(address.normal, address.bare)
    return tuple(found.values())
