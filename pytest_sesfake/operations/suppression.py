"""Suppression lists of the account and of tenants, and the reasons that count for them.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_PutSuppressedDestination.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.operations.configuration_options import read_validation
from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v2
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.collection import BadToken, page
from pytest_sesfake.ses.mail.addresses import check, parse_address

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.suppression import SuppressedAddress, SuppressionList

_MOST_LISTED = 1000


@v2("PutSuppressedDestination", does="modelled", texts=("reported", "chosen"))
def put_suppressed_destination(
    region_state: RegionState, *, EmailAddress: str, Reason: str, TenantName: str | None = None
) -> None:
    """Add an address to a suppression list, or update the reason and time of its entry."""
    _check_address(EmailAddress)
    check((EmailAddress,))
    entries = _entries(region_state, TenantName)
    if not region_state.account.production:
        text = "Your account must have production access to add addresses to the suppression list."
        raise say("BadRequestException", text)
    entries.put(EmailAddress, Reason, region_state.simulation.clock.time())


@v2("GetSuppressedDestination", does="modelled", texts="reported")
def get_suppressed_destination(region_state: RegionState, *, EmailAddress: str, TenantName: str | None = None) -> Json:
    """Describe the entry of an address, which must match exactly. Entries from an event also have message ids."""
    _check_address(EmailAddress)
    entry = _entries(region_state, TenantName).entries.find(EmailAddress)
    if entry is None:
        raise _absent(EmailAddress, TenantName)
    attributes = {"MessageId": entry.message_id, "FeedbackId": entry.feedback_id}
    shown = _summary(entry)
    shown["Attributes"] = attributes if entry.message_id is not None else None
    shown["TenantName"] = TenantName
    return {"SuppressedDestination": shown}


@v2("DeleteSuppressedDestination", does="modelled", texts="reported")
def delete_suppressed_destination(
    region_state: RegionState, *, EmailAddress: str, TenantName: str | None = None
) -> None:
    """Remove an address from a suppression list. It must match exactly."""
    _check_address(EmailAddress)
    if _entries(region_state, TenantName).discard(EmailAddress) is None:
        raise _absent(EmailAddress, TenantName)


@v2("ListSuppressedDestinations", does="modelled", texts="reported")
def list_suppressed_destinations(
    region_state: RegionState,
    *,
    TenantName: str | None = None,
    Reasons: Sequence[str] = (),
    StartDate: datetime | None = None,
    EndDate: datetime | None = None,
    NextToken: str | None = None,
    PageSize: int | None = None,
) -> Json:
    """List the entries, least recently updated first. A token is valid only with the filters of its first call."""
    if PageSize is not None and not 1 <= PageSize <= _MOST_LISTED:
        text = f"Page size {PageSize} is invalid, expected a number between 1 and {_MOST_LISTED}"
        raise say("BadRequestException", text)
    first = StartDate.timestamp() if StartDate is not None else None
    last = EndDate.timestamp() if EndDate is not None else None
    found = [
        (f"{entry.at:020.6f} {entry.address}", entry)
        for entry in _entries(region_state, TenantName).entries
        if (not Reasons or entry.reason in Reasons)
        and (first is None or entry.at >= first)
        and (last is None or entry.at <= last)
    ]
    found.sort(key=lambda row: row[0])
    kind = f"suppressed destination {region_state.region} {TenantName} {sorted(Reasons)} {first} {last}"
    try:
        shown, following = page(found, PageSize, NextToken, kind=kind, most=_MOST_LISTED)
    except BadToken:
        raise say("InvalidNextTokenException", "Token is invalid.") from None
    return {"SuppressedDestinationSummaries": [_summary(entry) for entry in shown], "NextToken": following}


@v2("PutAccountSuppressionAttributes", does="modelled", keeps=("ValidationAttributes",))
def put_account_suppression_attributes(
    region_state: RegionState, *, SuppressedReasons: Sequence[str] = (), ValidationAttributes: Json | None = None
) -> None:
    """Set the account's suppression reasons (missing means none) and its address validation."""
    account = region_state.account
    account.suppressed_reasons = frozenset(SuppressedReasons)
    if ValidationAttributes is not None:
        account.validation = read_validation(ValidationAttributes, account.validation)


def _entries(region_state: RegionState, tenant: str | None) -> SuppressionList:
    return region_state.suppression if tenant is None else region_state.tenants.get(tenant).suppression


def _check_address(address: str) -> None:
    if not address.strip():
        raise say("BadRequestException", "EmailAddress is required.")


def _absent(address: str, tenant: str | None) -> Exception:
    whose = "your suppression list" if tenant is None else "your tenant suppression list"
    return say("NotFoundException", f"Email address {parse_address(address).normal} does not exist on {whose}.")


def _summary(entry: SuppressedAddress) -> Json:
    return {"EmailAddress": entry.address, "Reason": entry.reason, "LastUpdateTime": moment(entry.at)}
