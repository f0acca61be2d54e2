"""What every test of this repository stands on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

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
