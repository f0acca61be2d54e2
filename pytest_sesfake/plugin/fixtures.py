"""The fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_sesfake.plugin import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_sesfake.fake.listeners import Endpoint, Listeners, Smtp
    from pytest_sesfake.fake.ses_fake import SesFake
    from pytest_sesfake.reading.outbox import Outbox


@pytest.fixture
def sesfake(request: pytest.FixtureRequest) -> Iterator[SesFake]:
    """Give an active fake of Amazon SES: every client in this process is answered by it."""
    from pytest_sesfake.fake import verdict
    from pytest_sesfake.fake.hooks import Hooks
    from pytest_sesfake.fake.ses_fake import make_fake

    hooks, given = Hooks(request.node.ihook), options.of_item(request.node)
    try:
        fake = make_fake(given, hooks)
    except ValueError as error:  # about outcomes: whether they make sense is for the fake to say
        raise pytest.UsageError(f"{request.node.nodeid}: {error}") from None
    fake.__enter__()
    try:
        yield fake
    finally:
        verdict.leave(fake)


@pytest.fixture
def sesfake_outbox(sesfake: SesFake) -> Outbox:
    """Give the messages that SES sent, of an active fake."""
    return sesfake.outbox


@pytest.fixture
def sesfake_smtp(sesfake: SesFake) -> Smtp:
    """Give the SMTP interface of an active fake: host, ports, a login and the certificate authority."""
    return sesfake.smtp


@pytest.fixture
def sesfake_endpoint(sesfake: SesFake) -> Iterator[Endpoint]:
    """Give both APIs of an active fake on a port of this machine; what children need is in the environment."""
    endpoint = sesfake.endpoint
    # One of its own: the test's may be older than the fake, and would give back what the fake had only lent.
    with pytest.MonkeyPatch.context() as patch:
        for name, value in endpoint.env.items():
            patch.setenv(name, value)
        yield endpoint


@pytest.fixture(scope="session")
def sesfake_listeners(request: pytest.FixtureRequest) -> Listeners:
    """Give ports that stay for the session; the fake of the running test answers, between fakes calls are refused."""
    from pytest_sesfake.fake.listeners import Listeners

    return Listeners(options.of_session(request.config).region)
