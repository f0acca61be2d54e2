"""What the tests of the face share."""

from __future__ import annotations

import pytest

from pytest_sesfake import SesFake


@pytest.fixture(scope="session", autouse=True)
def _all_is_imported() -> None:
    """pytester forgets modules that were first imported inside it, and would import them a second time."""
    with SesFake() as sesfake:
        sesfake.client("ses").get_send_quota()
        sesfake.client("sesv2").get_account()
