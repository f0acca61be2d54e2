"""A misspelt operation, error code or region is an error at its line, with the nearest name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from pytest_sesfake import SesFake

if TYPE_CHECKING:
    from collections.abc import Callable

ADA = "ada@example.com"


@pytest.mark.parametrize(
    "operation, text",
    [
        (
            "send_email",
            "on(operation='send_email') never matches: SES has no operation of this name. Did you mean 'SendEmail'?",
        ),
        (
            "SendEmial",
            "on(operation='SendEmial') never matches: SES has no operation of this name. Did you mean 'SendEmail'?",
        ),
        (
            "Send*",
            (
                "on(operation='Send*') never matches: SES has no operation of this name. A name takes no wildcard. "
                "Did you mean re.compile('Send')?"
            ),
        ),
        ("Fax", "on(operation='Fax') never matches: SES has no operation of this name."),
        (
            re.compile("Sned"),
            "on(operation=re.compile('Sned')) never matches: no operation of SES matches this pattern.",
        ),
    ],
)
def test_an_operation_that_ses_does_not_have_is_refused(sesfake: SesFake, operation: Any, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        sesfake.on(operation=operation)


@pytest.mark.parametrize("operation", ["SendEmail", "CONNECT", "AUTH", re.compile("^Send"), str.istitle])
def test_an_operation_that_exists_is_taken(operation: Any) -> None:
    with SesFake(unused_scripts="ignore") as sesfake:
        sesfake.on(operation=operation).throttle()


def test_an_outage_checks_its_operation_and_its_region(sesfake: SesFake) -> None:
    with pytest.raises(ValueError, match=r"^outage\(operation='SendMail'\) never matches: .* Did you mean 'SendEmail'"):
        sesfake.outage(operation="SendMail")
    with pytest.raises(ValueError, match=r"^outage\(region='eu-west1'\) never matches: .* Did you mean 'eu-west-1'"):
        sesfake.outage(region="eu-west1")


@pytest.mark.parametrize(
    "region, near", [("eu-west1", "eu-west-1"), ("eu-wset-1", "eu-west-1"), ("US-EAST-1", "us-east-1")]
)
def test_a_region_that_resembles_a_known_one_is_refused(sesfake: SesFake, region: str, near: str) -> None:
    with pytest.raises(ValueError, match="AWS has no such region") as caught:
        sesfake.on(region=region)

    assert str(caught.value) == (f"on(region={region!r}) never matches: AWS has no such region. Did you mean {near!r}?")


@pytest.mark.parametrize("region", ["eu-west-1", "eu-west-9", "ap-southeast-7", "xx-moon-1"])
def test_a_region_that_may_be_new_is_taken(region: str) -> None:
    with SesFake(unused_scripts="ignore") as sesfake:
        sesfake.on(region=region).throttle()


@pytest.mark.parametrize(
    "code, text",
    [
        (
            "MessageRejectd",
            (
                "fail('MessageRejectd'): SES has no such error code. Did you mean 'MessageRejected'? "
                "Write fail('MessageRejectd', custom=True) for a code of your own."
            ),
        ),
        (
            "Xyzzy",
            ("fail('Xyzzy'): SES has no such error code. Write fail('Xyzzy', custom=True) for a code of your own."),
        ),
    ],
)
def test_an_error_code_that_ses_does_not_have_is_refused(sesfake: SesFake, code: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        sesfake.on(operation="SendEmail").fail(code)


def test_a_custom_error_code_reaches_the_client(sesfake: SesFake) -> None:
    sesfake.on(operation="GetAccount").fail("Xyzzy", "Nothing happens.", custom=True)

    with pytest.raises(ClientError, match=r"\(Xyzzy\).*Nothing happens"):
        sesfake.client().get_account()


@pytest.mark.parametrize("code", ["MessageRejected", "Throttling", "ExpiredTokenException", "AccountSuspended", "554"])
def test_codes_of_both_apis_of_all_services_of_bulk_entries_and_of_smtp_are_taken(code: str) -> None:
    with SesFake(unused_scripts="ignore") as sesfake:
        sesfake.on(operation="SendEmail").fail(code)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda fake: fake.on(recipient=ADA).bounce("Nope"),
        lambda fake: fake.on(recipient=ADA).bounce(colour="red"),
        lambda fake: fake.on(recipient=ADA).deliver().soft_bounce(),
        lambda fake: fake.on(recipient=ADA).bounce().then.bounce("Nope"),
        lambda fake: fake.on(recipient=ADA).bounce(times=None).then,
        lambda fake: fake.on(recipient=ADA).fail("MessageRejectd"),
        lambda fake: fake.on(recipient=ADA).throttle().then.throttle(times=0),
    ],
)
def test_a_step_that_raises_leaves_no_script_behind(wrong: Callable[[SesFake], object]) -> None:
    with SesFake() as sesfake:
        with pytest.raises((TypeError, ValueError)):
            wrong(sesfake)

        message = sesfake.send(ADA)

        assert message.status[ADA] == "Delivered"
