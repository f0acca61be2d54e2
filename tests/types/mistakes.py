"""What a type checker must find in a user's tests: each line that is ignored here is an error, or the run fails.

It is checked and never run: mypy's `warn_unused_ignores` and pyright's `reportUnnecessaryTypeIgnoreComment` tell of a
mistake that is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake import Bounce, SesFake

if TYPE_CHECKING:
    from pytest_sesfake import Event, Message


def matchers(sesfake: SesFake) -> None:
    sesfake.outbox.one(subjct="Welcome")  # type: ignore[call-arg]
    sesfake.outbox.one("ada@example.com")  # type: ignore[call-arg]
    sesfake.outbox.wait(type="Bounce")  # type: ignore[call-arg]
    sesfake.outbox.wait("ada@example.com")  # type: ignore[arg-type]
    sesfake.events.wait("Bounce", "2")  # type: ignore[call-overload]
    sesfake.events.one("Bounce", operatoin="SendEmail")  # type: ignore[call-arg]
    sesfake.calls.one(subject="Welcome")  # type: ignore[call-arg]
    sesfake.outbox.one(where=True)  # type: ignore[arg-type]


def results(sesfake: SesFake) -> None:
    message: Message = sesfake.events.one()  # type: ignore[assignment]
    event: Event = sesfake.outbox.all()  # type: ignore[assignment]
    del message, event


def scripts(sesfake: SesFake) -> None:
    sesfake.on(to="ada@example.com")  # type: ignore[call-arg]
    sesfake.on(recipient="ada@example.com").bounce().throttle()  # type: ignore[attr-defined]
    sesfake.on(operation="SendEmail").throttle().bounce()  # type: ignore[attr-defined]
    sesfake.on(recipient="ada@example.com").bounce(subtyp="General")  # type: ignore[call-arg]
    sesfake.send("ada@example.com", outcome="Bounce")  # type: ignore[arg-type]


def settings(sesfake: SesFake) -> None:
    SesFake(regoin="eu-west-1")  # type: ignore[call-arg]
    SesFake(sandbox="yes")  # type: ignore[arg-type]
    Bounce(subtyp="General")  # type: ignore[call-arg]
    sesfake.expect(send=1)  # type: ignore[call-arg]
