"""What every test of this repository stands on."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

import botocore
import freezegun
import pytest
from hypothesis import settings

from pytest_sesfake.wire import model

if TYPE_CHECKING:
    from collections.abc import Iterator

# A shared machine is slow now and then, and that is no failure of the code under test.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# freezegun looks into every loaded module; this one then makes its lazy ones, in which the time stands still for ever.
freezegun.configure(extend_ignore_list=["aws_lambda_powertools"])


# What the operations of this package were written for. Older models lack members, and then they may be left out.
NEWEST = (1, 44, 5)


@pytest.fixture(scope="session", autouse=True)
def _misspelt_members_are_found() -> Iterator[None]:
    """Make a member that the model lacks an error of ours, where the model is as new as the operations."""
    with pytest.MonkeyPatch.context() as patch:
        loaded = tuple(int(part) for part in botocore.__version__.split(".")[:3])
        patch.setattr(model, "refuses_unknown", loaded >= NEWEST)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_aws_settings_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Profiles, bundles and endpoints of whoever runs the tests must not decide how they end."""
    nowhere = tmp_path_factory.mktemp("aws")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", str(nowhere / "config"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere / "credentials"))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


_reached: list[str] = []


def _note_what_is_reached(event: str, arguments: tuple[Any, ...]) -> None:
    """Note every name that is looked up and every address that is connected to, but for those of this machine."""
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name and not _is_here(name):
        _reached.append(f"{event} {name}")


def _is_here(name: str) -> bool:
    if name in ("localhost", socket.gethostname()):  # smtplib asks for the name of its own machine
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or mapped.is_unspecified


sys.addaudithook(_note_what_is_reached)


@pytest.fixture(autouse=True)
def reached() -> Iterator[list[str]]:
    """Fail the test in whose time anybody looked a name up, or connected, beyond this machine."""
    _reached.clear()
    yield _reached
    assert _reached == []
