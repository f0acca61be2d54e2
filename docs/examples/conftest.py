"""What the tests of the shop share."""

from __future__ import annotations

import os

import pytest

from shop.accounts import Accounts

# The shop makes its clients when it is imported, before any fake is active. Where there are no credentials, botocore
# would ask for some at an address that only machines of EC2 have, and wait.
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def accounts() -> Accounts:
    """Give an empty set of accounts."""
    return Accounts()
