"""A failure of `pytest.raises` that shows the same name twice says that there are two classes, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., pytest.RunResult]

TESTS = """
    import unittest
    import boto3
    import pytest

    def send():
        boto3.Session().client("ses", region_name="us-east-1").send_email(
            Source="me@example.com",
            Destination={"ToAddresses": ["ada@example.com"]},
            Message={"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}},
        )

    @pytest.fixture(autouse=True)
    def refused(sesfake):
        sesfake.on(operation="SendEmail").fail("MessageRejected", "No.")
        return sesfake

    def test_block(sesfake):
        with pytest.raises(sesfake.client("ses").exceptions.MessageRejected):
            send()

    def test_function(sesfake):
        rejected = sesfake.client("ses").exceptions.MessageRejected
        pytest.raises((ValueError, rejected), send)

    def test_other_version(sesfake):
        with pytest.raises(sesfake.client().exceptions.MessageRejected, match="No"):
            send()

    class TestCase(unittest.TestCase):
        def test_method(self):
            with self.assertRaises(boto3.client("ses", "us-east-1").exceptions.MessageRejected):
                send()

    def test_not_expected(sesfake):
        sesfake.client("ses").exceptions.MessageRejected
        send()

    def test_another_name_expected(sesfake):
        sesfake.client("ses").exceptions.MessageRejected
        with pytest.raises(sesfake.client("ses").exceptions.AccountSendingPausedException):
            send()

    def test_expected_later(sesfake):
        rejected = sesfake.client("ses").exceptions.MessageRejected
        send()
        with pytest.raises(rejected):
            send()

    def test_another_error(sesfake):
        with pytest.raises(sesfake.client("ses").exceptions.MessageRejected):
            raise ValueError("MessageRejected")
"""


@pytest.mark.parametrize(
    "test, expected",
    [
        ("test_block", r"sesfake.client('ses').exceptions.MessageRejected (test_it.py:18)"),
        ("test_function", r"rejected (test_it.py:23)"),
        ("test_other_version", r"sesfake.client().exceptions.MessageRejected (test_it.py:26)"),
        ("test_method", r"boto3.client('ses', 'us-east-1').exceptions.MessageRejected (test_it.py:31)"),
    ],
)
def test_a_test_that_expects_the_other_class_of_the_name_learns_of_both(run: Run, test: str, expected: str) -> None:
    result = run(TESTS, "-k", test)
    result.assert_outcomes(failed=1)
    shown = result.outlines
    start = next(
        at for at, line in enumerate(shown) if line.strip("- ") == "sesfake: two classes named MessageRejected"
    )
    assert shown[start + 1 : start + 5] == [
        f"boto3 made two classes named MessageRejected: the test expects {expected},",
        "and SendEmail raised the other one. Each session has its own for 'ses' and 'sesv2'.",
        "Use the exceptions of the client that makes the call, or catch botocore.exceptions.ClientError and",
        "compare error.response['Error']['Code'] with 'MessageRejected'.",
    ]


@pytest.mark.parametrize(
    "test", ["test_not_expected", "test_another_name_expected", "test_expected_later", "test_another_error"]
)
def test_other_failures_do_not_speak_of_classes(run: Run, test: str) -> None:
    result = run(TESTS, "-k", test)
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*two classes*")
