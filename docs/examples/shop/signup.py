"""The sign-up mail, sent with boto3 and SESv2."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from shop.accounts import Account, Accounts

SENDER = "The Shop <hello@shop.example>"

# Made when the module is imported, long before any test runs.
ses = boto3.client("sesv2", region_name="eu-west-1")


def sign_up(accounts: Accounts, email: str, name: str) -> Account:
    """Open an account and welcome its owner."""
    account = accounts.add(email, name)
    ses.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": [f"{name} <{email}>"]},
        ReplyToAddresses=["support@shop.example"],
        Content={
            "Simple": {
                "Subject": {"Data": f"Welcome, {name}"},
                "Body": {
                    "Text": {"Data": f"Hello {name}, confirm at https://shop.example/confirm?user={email}"},
                    "Html": {"Data": f'<p>Hello {name}, <a href="https://shop.example/confirm">Confirm</a></p>'},
                },
            }
        },
        EmailTags=[{"Name": "kind", "Value": "welcome"}],
    )
    return account


def sign_up_patiently(accounts: Accounts, email: str, name: str, tries: int = 3) -> Account:
    """Sign up as ``sign_up`` does, and try again when SES says that mail comes too fast."""
    try:
        return sign_up(accounts, email, name)
    except ses.exceptions.TooManyRequestsException:
        if tries == 1:
            raise
        time.sleep(0.01)
        return sign_up_patiently(accounts, email, name, tries - 1)
