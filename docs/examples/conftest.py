"""What the tests of the shop share."""

from __future__ import annotations

import pytest

from shop.accounts import Accounts


@pytest.fixture
def accounts() -> Accounts:
    """Give an empty set of accounts."""
    return Accounts()
