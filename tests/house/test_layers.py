"""Which room may import which. The table below is the plan; `docs/architecture.md` gives the reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.house.conftest import Import, Source


@dataclass(frozen=True, kw_only=True)
class Law:
    """What one room, or one module that has a law of its own, may import beside itself and the standard library."""

    ours: tuple[str, ...] = ()  # rooms and modules of the package
    lazily: tuple[str, ...] = ()  # more of them, inside functions and for type checkers only
    for_types: tuple[str, ...] = ()  # more of them, for type checkers only
    third_party: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by module of the room; "*" is each
    never: tuple[str, ...] = ()  # forbidden parts of the standard library


EVERYTHING = "*"
PAPER = ("wire.http", "wire.smtp", "wire.hosts")
OUTSIDE_WORLD = ("asyncio", "http", "select", "selectors", "smtplib", "socket", "ssl", "subprocess", "urllib.request")

# What pytest loads at its start: every import of another room happens inside a function.
PLUGIN = Law(
    lazily=(
        "fake",
        "reading.comparing",
        "reading.runs",
        "reading.suggestions",
        "report",
        "transports.default_region",
        "transports.guard",
        "transports.runtime",
    ),
    for_types=(EVERYTHING,),
    third_party={"*": ("pytest", "_pytest", "pluggy")},
    never=("asyncio", "email", "ssl"),
)

LAWS: dict[str, Law] = {
    # the simulated service: no I/O, no spelling of AWS
    "ses": Law(
        third_party={"mail.addresses": ("email_validator",), "rendering": ("dotpromptz_handlebars",)},
        never=OUTSIDE_WORLD,
    ),
    # plain shapes that cross rooms
    **dict.fromkeys(PAPER, Law()),
    # bytes to arguments and results to bytes; ElementTree costs a sixth of a call
    "wire": Law(ours=PAPER, third_party={"model": ("botocore",)}, never=(*OUTSIDE_WORLD, "xml")),
    # what each call means
    "operations": Law(ours=("ses",), never=OUTSIDE_WORLD),
    # carries events out; moto is reached through sys.modules only
    "delivery": Law(ours=("ses", *PAPER), third_party={"signing": ("cryptography",), "public_keys": ("cryptography",)}),
    # where calls come in; aioboto and resolvers work through sys.modules only
    "transports": Law(
        ours=PAPER,
        third_party={
            "boto": ("botocore",),
            "aioboto": ("botocore",),  # the base of aiobotocore's classes; aiobotocore itself through sys.modules
            "client": ("botocore",),
            "endpoint": ("h11",),
            "plain_http": ("requests", "responses"),
            "profiles": ("botocore",),
            "smtp": ("aiosmtpd",),
            "trust": ("trustme",),
        },
    ),
    # one request, one response
    "service": Law(ours=("wire", "operations", "ses"), never=OUTSIDE_WORLD),
    # what tests read
    "reading": Law(
        ours=(
            "ses",
            *(f"delivery.{form}" for form in ("bodies", "envelopes", "notifications", "receipts", "sns")),
        ),
    ),
    # what people read
    "report": Law(ours=("ses", "reading"), for_types=("delivery",), third_party={"html": ("jinja2",)}),
    # what a test types; it wires the rooms together, and nobody else does
    "fake": Law(
        ours=("wire", "operations", "ses", "delivery", "transports", "service", "reading", "report"),
        third_party={"hooks": ("pytest", "pluggy")},
    ),
    "plugin": PLUGIN,
    # the public names, imported when they are first used
    "": Law(lazily=(EVERYTHING,)),
}

# These are there for type checkers only: nothing of them is needed to run.
FOR_TYPE_CHECKERS = ("typing_extensions", "_typeshed", "mypy_boto3_ses", "mypy_boto3_sesv2")


def law_of(place: str) -> tuple[str, Law] | None:
    """The nearest law above a module, and the room that it is the law of."""
    parts = place.split(".")
    names = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next(((name, LAWS[name]) for name in names if name in LAWS), None)


def is_in(place: str, rooms: tuple[str, ...]) -> bool:
    return any(room in (EVERYTHING, place) or place.startswith(f"{room}.") for room in rooms)


def breaks(place: str, found: Import) -> str | None:
    """Why a module may not make an import, or None if it may."""
    named = law_of(place)
    if named is None:
        return "this room has no law: give it one"
    room, law = named
    name = room or "the package itself"
    if found.is_ours:
        more = {"start": (), "function": law.lazily, "typing": law.lazily + law.for_types}[found.when]
        rooms = (*filter(None, [room]), *law.ours, *more)
        return None if is_in(found.place, rooms) else f"{name} may import {', '.join(law.ours) or 'nothing of ours'}"
    if found.is_third_party:
        module = place.removeprefix(room).removeprefix(".")
        allowed = (*law.third_party.get(module, ()), *law.third_party.get("*", ()))
        known = allowed + (FOR_TYPE_CHECKERS if found.when == "typing" else ())
        return None if found.top in known else f"third-party packages allowed here: {', '.join(allowed) or 'none'}"
    return f"{name} keeps away from {found.target}" if is_in(found.target, law.never) else None


def test_every_import_follows_the_plan_of_the_house(sources: dict[str, Source]) -> None:
    offences = [
        f"{source.at(found.line)} imports {found.target} ({found.when}): {reason}"
        for source in sources.values()
        for found in source.imports
        if (reason := breaks(source.place, found))
    ]

    assert not offences, "\n".join(offences)


IN_A_FUNCTION = "def f():\n    "
FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "


@pytest.mark.parametrize(
    "place, code",
    [
        ("ses.simulation", IN_A_FUNCTION + "from pytest_sesfake.delivery import dispatcher"),
        ("ses.simulation", FOR_TYPES + "from pytest_sesfake.wire.http import Request"),
        ("ses.simulation", "from ..transports import call_handler"),
        ("ses.simulation", "import socket"),
        ("ses.simulation", "from urllib.request import urlopen"),
        ("ses.simulation", "import email_validator"),
        ("wire.http", "from pytest_sesfake.wire import model"),
        ("wire.query", "from xml.etree import ElementTree"),
        ("operations.sending", "import pytest_sesfake.wire.http"),
        ("transports.aioboto", IN_A_FUNCTION + "import_module('aiobotocore.endpoint')"),
        ("transports.boto", "from pytest_sesfake import ses"),
        ("plugin", "from pytest_sesfake.fake.ses_fake import SesFake"),
        ("plugin", IN_A_FUNCTION + "import asyncio"),
        ("plugin.fixtures", IN_A_FUNCTION + "from pytest_sesfake.reading.outbox import Outbox"),
        ("report.html", "from pytest_sesfake.delivery import signing"),
        ("attic", "import json"),
    ],
)
def test_the_plan_forbids(place: str, code: str, source: Callable[[str, str], Source]) -> None:
    assert any(breaks(place, found) for found in source(place, code).imports)


@pytest.mark.parametrize(
    "place, code",
    [
        ("ses.simulation", "from pytest_sesfake.ses.collection import Collection"),
        ("ses.mail.addresses", "import email_validator"),
        ("wire.query", "from pytest_sesfake.wire.http import Response"),
        ("transports.boto", "import botocore.endpoint"),
        ("transports.boto", FOR_TYPES + "from typing_extensions import Unpack"),
        ("delivery.sns_handler", "from ..wire.http import Request"),
        ("plugin", IN_A_FUNCTION + "from pytest_sesfake.fake.ses_fake import SesFake"),
        ("plugin.fixtures", FOR_TYPES + "from pytest_sesfake.reading.outbox import Outbox"),
        ("report.html", "import jinja2"),
    ],
)
def test_the_plan_allows(place: str, code: str, source: Callable[[str, str], Source]) -> None:
    imports = source(place, code).imports

    assert imports
    assert [breaks(place, found) for found in imports] == [None] * len(imports)
