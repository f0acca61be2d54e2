"""The fixtures that tests use."""

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
    """Give an active fake of Amazon SES. It answers every client in this process."""
    from pytest_sesfake.fake import verdict

    fake = _make_fake(request.node)
    fake.__enter__()
    try:
        yield fake
    finally:
        verdict.leave(fake)  # the report of the test has the verdict


@pytest.fixture(scope="module")
def sesfake_module(request: pytest.FixtureRequest) -> Iterator[SesFake]:
    """Give an active fake that the tests of a module share until ``reset()``. ``sesfake`` nests in it."""
    with _make_fake(request.node) as fake:
        yield fake


@pytest.fixture(scope="session")
def sesfake_session(request: pytest.FixtureRequest) -> Iterator[SesFake]:
    """Give an active fake that all tests share until ``reset()``. ``sesfake`` and ``sesfake_module`` nest in it."""
    with _make_fake(request.node) as fake:
        yield fake


def _make_fake(node: pytest.Item | pytest.Collector) -> SesFake:
    """Make a fake with the settings of the ini file and of the markers of a test, a module or the session."""
    from pytest_sesfake.fake.hooks import Hooks
    from pytest_sesfake.fake.ses_fake import make_fake

    try:
        return make_fake(options.of_node(node), Hooks(node.ihook))
    except ValueError as error:  # only the fake can check the setting `outcomes`
        raise pytest.UsageError(f"{node.nodeid}: {error}") from None


@pytest.fixture
def sesfake_outbox(sesfake: SesFake) -> Outbox:
    """Give the messages that SES sent, from an active fake."""
    return sesfake.outbox


@pytest.fixture
def sesfake_smtp(sesfake: SesFake) -> Smtp:
    """Give the SMTP interface of an active fake: host, ports, login and certificate authority."""
    return sesfake.smtp


@pytest.fixture
def sesfake_endpoint(sesfake: SesFake) -> Iterator[Endpoint]:
    """Give both APIs of an active fake on a local port, and set the environment that child processes need."""
    endpoint = sesfake.endpoint
    # Not the fixture `monkeypatch`: it may be older than the fake, and would then restore values that the fake set.
    with pytest.MonkeyPatch.context() as patch:
        for name, value in endpoint.env.items():
            patch.setenv(name, value)
        yield endpoint


@pytest.fixture(scope="session")
def sesfake_listeners(request: pytest.FixtureRequest) -> Listeners:
    """Give ports that stay open for the session. The running test's fake answers; without one, calls are refused."""
    from pytest_sesfake.fake.listeners import Listeners

    return Listeners(options.of_session(request.config).region)
