"""The clients of `sesfake.client` raise the classes of `boto3.client`, whichever session came first."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import boto3
import pytest
from botocore.config import Config

if TYPE_CHECKING:
    from pytest_sesfake import SesFake

pytestmark = pytest.mark.sesfake(sandbox=True)


def send(client: Any) -> None:
    client.send_email(
        Source="me@example.com",
        Destination={"ToAddresses": ["ada@example.com"]},
        Message={"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}},
    )


@pytest.fixture
def refused(sesfake: SesFake, monkeypatch: pytest.MonkeyPatch) -> SesFake:
    """A fake that refuses each mail by its sandbox, while boto3 has no default session yet."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return sesfake


def test_a_default_session_that_comes_later_raises_the_classes_of_the_fakes_client(refused: SesFake) -> None:
    expected = refused.client("ses").exceptions.MessageRejected
    with pytest.raises(expected):
        send(boto3.client("ses", region_name="us-east-1"))


def test_a_default_session_that_came_before_raises_them_too(refused: SesFake) -> None:
    client = boto3.client("ses", region_name="us-east-1")
    with pytest.raises(refused.client("ses").exceptions.MessageRejected):
        send(client)
    with pytest.raises(client.exceptions.MessageRejected):
        send(refused.client("ses"))


def test_a_session_that_the_application_sets_up_is_followed(refused: SesFake) -> None:
    mine = refused.client("ses")
    former = mine.exceptions.MessageRejected
    boto3.setup_default_session(region_name="eu-west-1")
    assert mine.exceptions.MessageRejected is not former
    with pytest.raises(mine.exceptions.MessageRejected):
        send(boto3.client("ses"))
    with pytest.raises(boto3.client("ses").exceptions.MessageRejected):
        send(mine)


def test_a_client_with_a_configuration_of_its_own_raises_them_too(refused: SesFake) -> None:
    mine = refused.client("ses", config=Config(retries={"total_max_attempts": 1}))
    assert mine.exceptions.MessageRejected is boto3.client("ses", "us-east-1").exceptions.MessageRejected


def test_another_session_still_has_its_own_classes(refused: SesFake) -> None:
    other = boto3.Session().client("ses", region_name="us-east-1")
    with pytest.raises(other.exceptions.MessageRejected) as caught:
        send(other)
    assert not isinstance(caught.value, refused.client("ses").exceptions.MessageRejected)


def test_a_profile_that_does_not_exist_breaks_no_error(refused: SesFake, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = refused.client("ses")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(mine.exceptions.MessageRejected):
        send(mine)


def test_a_mock_in_the_place_of_the_default_session_breaks_no_error(
    refused: SesFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", MagicMock())
    with pytest.raises(refused.client("ses").exceptions.MessageRejected):
        send(refused.client("ses"))


def test_boto3_is_not_imported_for_it() -> None:
    code = (
        "import sys\n"
        "from pytest_sesfake import SesFake\n"
        "with SesFake() as fake: print(fake.client('ses').exceptions.MessageRejected.__name__, 'boto3' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == "MessageRejected False\n"
