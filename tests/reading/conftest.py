"""A fake whose clock stands at noon, and one way to send that names nothing but what a test is about."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import SesFake
from pytest_sesfake.reading import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_sesfake import Message

NOON = datetime(2026, 3, 26, 12, 0, 0, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of code are shown from the working directory."""
    monkeypatch.chdir(Path(__file__).parents[2])


@pytest.fixture
def sesfake() -> Iterator[SesFake]:
    with SesFake(unfinished="ignore") as fake:
        fake.clock.freeze(NOON)
        yield fake


@pytest.fixture
def send(sesfake: SesFake) -> Callable[..., Message]:
    """Sends by a real v2 SendEmail, as an application would, and returns the message."""

    def send(
        *to: str,
        sender: str = "me@x.com",
        cc: tuple[str, ...] = (),
        bcc: tuple[str, ...] = (),
        reply_to: tuple[str, ...] = (),
        subject: str | None = "A subject",
        text: str | None = "A text.",
        html: str | None = None,
        region: str | None = None,
        content: dict[str, Any] | None = None,
        **fields: Any,
    ) -> Message:
        body = {name: {"Data": data} for name, data in (("Text", text), ("Html", html)) if data is not None}
        simple: Any = {"Subject": {"Data": subject}, "Body": body, **(content or {})}
        answer = sesfake.client(region=region).send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": list(to), "CcAddresses": list(cc), "BccAddresses": list(bcc)},
            ReplyToAddresses=list(reply_to),
            Content={"Simple": simple},
            **fields,
        )
        return next(message for message in sesfake.outbox if message.id == answer["MessageId"])

    return send


@pytest.fixture
def failure() -> Callable[[Callable[[], object]], str]:
    """Returns what a look says that fails."""

    def text(look: Callable[[], object]) -> str:
        with pytest.raises(AssertionError) as caught:
            look()
        return str(caught.value)

    return text


@pytest.fixture
def hints(failure: Callable[[Callable[[], object]], str]) -> Callable[[Callable[[], object]], list[str]]:
    """Returns the hints of a look that fails."""

    def found(look: Callable[[], object]) -> list[str]:
        mark = "  hint   : "
        return [line.removeprefix(mark) for line in failure(look).splitlines() if line.startswith(mark)]

    return found


@pytest.fixture
def in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with ``-vv``."""
    monkeypatch.setattr(explain, "verbosity", lambda: 2)
