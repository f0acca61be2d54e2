"""Who may import whom. The table below is the plan of the house; `docs/architecture.md` gives its reasons."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
LIGHT = ("settings", "hookspecs", "fixtures", "guarding", "reporting", "plugin")
OUTSIDE_WORLD = ("asyncio", "http", "select", "selectors", "smtplib", "socket", "ssl", "subprocess", "urllib.request")

FACE = Law(
    ours=LIGHT,
    lazily=("fake", "hooks", "reaching", "reading.comparing"),
    for_types=(EVERYTHING,),
    third_party={"*": ("pytest", "_pytest", "pluggy")},
    never=("asyncio", "email", "ssl"),
)

LAWS: dict[str, Law] = {
    # what is true in SES: no I/O
    "world": Law(
        third_party={"addresses": ("email_validator",), "rendering": ("dotpromptz_handlebars",)},
        never=OUTSIDE_WORLD,
    ),
    # events are of a class that is given to the cloud, and only type checkers are told which one a test sees
    "world.messages": Law(ours=("world",), for_types=("reading.events",), never=OUTSIDE_WORLD),
    # paper: plain shapes that cross rooms
    "wire.http": Law(),
    "wire.smtp": Law(),
    "wire.hosts": Law(),
    # bytes to arguments and results to bytes; ElementTree costs a sixth of a call
    "wire": Law(ours=PAPER, third_party={"model": ("botocore",)}, never=(*OUTSIDE_WORLD, "xml")),
    # what each call means
    "operations": Law(ours=("world",), never=OUTSIDE_WORLD),
    # carries what happened; moto is met through sys.modules only
    "delivery": Law(ours=("world", *PAPER), third_party={"signing": ("cryptography",)}),
    # what is told of an event names it, as the class that a test sees
    "delivery.notifications": Law(ours=("delivery", "world"), for_types=("reading.events",)),
    # where calls come in; aioboto and resolvers work through sys.modules only
    "fronts": Law(
        ours=PAPER,
        third_party={
            "boto": ("botocore",),
            "aioboto": ("botocore",),  # whose classes aiobotocore's derive from; aiobotocore itself through sys.modules
            "client": ("botocore",),
            "endpoint": ("h11",),
            "plain_http": ("requests", "responses"),
            "profiles": ("botocore",),
            "smtp": ("aiosmtpd",),
            "trust": ("trustme",),
        },
    ),
    # one request, one response
    "service": Law(ours=("wire", "operations", "world"), never=OUTSIDE_WORLD),
    # builds the house; nobody else does
    "fake": Law(
        ours=(
            *("wire", "operations", "world", "delivery", "fronts", "service"),
            *(
                "scripting",
                "unused",
                "arranging",
                "happening",
                "judging",
                "inbound",
                "subscribing",
                "reaching",
                "reading",
                "report",
            ),
            *("hooks", "settings"),
        ),
    ),
    # where a test finds the listeners of the fronts
    "reaching": Law(ours=("fronts", "wire.passwords")),
    # when a fake says what is wrong
    "judging": Law(),
    "scripting": Law(ours=("world", "steps"), never=OUTSIDE_WORLD),
    "unused": Law(ours=("world",), never=OUTSIDE_WORLD),
    "steps": Law(ours=("world",), never=OUTSIDE_WORLD),
    # what a test lets happen: scripts, fates, outages
    "happening": Law(ours=("world", "scripting", "arranging"), never=OUTSIDE_WORLD),
    "arranging": Law(ours=("world",), never=OUTSIDE_WORLD),
    # mail that comes in: what tests give, and what they get back
    "inbound": Law(ours=("world", "delivery", "reading"), never=OUTSIDE_WORLD),
    # applications that are told of events
    "subscribing": Law(ours=("world", "delivery", "fronts", "reading"), never=OUTSIDE_WORLD),
    # what tests read
    "reading": Law(
        ours=("world", *(f"delivery.{form}" for form in ("bodies", "envelopes", "notifications", "receipts", "sns"))),
    ),
    # what people read
    "report": Law(ours=("world", "reading"), for_types=("delivery.notifications",)),
    "report.html": Law(third_party={"*": ("jinja2",)}),
    # what plugins may decide and see: asked by the fake, loaded with it
    "hooks": Law(ours=("world",), for_types=("fake",), third_party={"*": ("pytest", "pluggy")}, never=OUTSIDE_WORLD),
    # what pytest sees: light as air
    **dict.fromkeys(LIGHT, FACE),
    "guarding": replace(FACE, lazily=("fronts.guard", "fronts.exchange")),
    # what is told of the fakes of a test, those that it entered itself among them
    "reporting": replace(FACE, ours=(*LIGHT, "judging"), lazily=("report",)),
    # the lazy names
    "": Law(lazily=(EVERYTHING,)),
}

# `typing_extensions` is there for type checkers only: nothing of it is needed to run.
FOR_TYPE_CHECKERS = ("typing_extensions", "_typeshed")


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
        ("world.cloud", IN_A_FUNCTION + "from pytest_sesfake.delivery import courier"),
        ("world.cloud", FOR_TYPES + "from pytest_sesfake.wire.http import Request"),
        ("world.cloud", "from ..fronts import front"),
        ("world.cloud", "import socket"),
        ("world.cloud", "from urllib.request import urlopen"),
        ("world.cloud", "import email_validator"),
        ("wire.http", "from pytest_sesfake.wire import model"),
        ("wire.query", "from xml.etree import ElementTree"),
        ("operations.sending", "import pytest_sesfake.wire.http"),
        ("fronts.aioboto", IN_A_FUNCTION + "import_module('aiobotocore.endpoint')"),
        ("fronts.boto", "from pytest_sesfake import world"),
        ("plugin", "from pytest_sesfake.fake import SesFake"),
        ("plugin", IN_A_FUNCTION + "import asyncio"),
        ("fixtures", IN_A_FUNCTION + "from pytest_sesfake.reading.outbox import Outbox"),
        ("report.html", "from pytest_sesfake.world import messages"),
        ("attic", "import json"),
    ],
)
def test_the_plan_forbids(place: str, code: str, source: Callable[[str, str], Source]) -> None:
    assert any(breaks(place, found) for found in source(place, code).imports)


@pytest.mark.parametrize(
    "place, code",
    [
        ("world.cloud", "from pytest_sesfake.world.shelf import Shelf"),
        ("world.addresses", "import email_validator"),
        ("wire.query", "from pytest_sesfake.wire.http import Response"),
        ("fronts.boto", "import botocore.endpoint"),
        ("fronts.boto", FOR_TYPES + "from typing_extensions import Unpack"),
        ("delivery.desk", "from ..wire.http import Request"),
        ("plugin", IN_A_FUNCTION + "from pytest_sesfake.fake import SesFake"),
        ("fixtures", FOR_TYPES + "from pytest_sesfake.reading.outbox import Outbox"),
        ("report.html", "import jinja2"),
    ],
)
def test_the_plan_allows(place: str, code: str, source: Callable[[str, str], Source]) -> None:
    imports = source(place, code).imports

    assert imports
    assert [breaks(place, found) for found in imports] == [None] * len(imports)
