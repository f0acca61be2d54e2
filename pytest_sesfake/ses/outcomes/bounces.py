"""The bounce types and subtypes of SES, with the status code and the text that SES reports for each.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_sesfake.ses.events import Reporter

    Cause = tuple[str | None, str | None, Reporter]

BounceType = Literal["Permanent", "Transient", "Undetermined"]
SoftBounceSubtype = Literal["General", "MailboxFull", "MessageTooLarge", "ContentRejected", "AttachmentRejected"]
BounceSubtype = (
    SoftBounceSubtype
    | Literal[
        "NoEmail",
        "Suppressed",
        "OnAccountSuppressionList",
        "OnTenantSuppressionList",
        "UnsubscribedRecipient",
        "EmailValidationSuppressed",
        "CustomTimeoutExceeded",
        "Undetermined",
    ]
)

ACCOUNT_LIST = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your account. "
    "For more information about removing addresses from the suppression list, see the Amazon SES Developer Guide at "
    "https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html"
)
GLOBAL_LIST = (
    "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid "
    "address. For more information about how to remove an address from the suppression list, see the Amazon SES "
    "Developer Guide: http://docs.aws.amazon.com/ses/latest/DeveloperGuide/remove-from-suppressionlist.html "
)
TENANT_LIST = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your tenant."
)
UNSUBSCRIBED = "Amazon SES did not send the message to this address because its contact has unsubscribed."
INVALIDATED = "Amazon SES did not send the message to this address because its validation found it to be invalid."

BOUNCES: dict[tuple[str, str], Cause] = {
    ("Permanent", "General"): ("5.1.1", "smtp; 550 5.1.1 user unknown", "remote"),
    ("Permanent", "NoEmail"): ("5.1.1", "smtp; 550 5.1.1 mailbox does not exist", "remote"),
    ("Permanent", "Suppressed"): ("5.1.1", GLOBAL_LIST, "ses"),
    ("Permanent", "OnAccountSuppressionList"): ("5.1.1", ACCOUNT_LIST, "ses"),
    ("Permanent", "OnTenantSuppressionList"): ("5.1.1", TENANT_LIST, "ses"),
    ("Permanent", "UnsubscribedRecipient"): ("5.1.1", UNSUBSCRIBED, "ses"),
    ("Permanent", "EmailValidationSuppressed"): ("5.1.1", INVALIDATED, "ses"),
    ("Transient", "General"): ("4.0.0", "smtp; 450 4.0.0 temporary failure", "remote"),
    ("Transient", "MailboxFull"): ("4.2.2", "smtp; 452 4.2.2 mailbox full", "remote"),
    ("Transient", "MessageTooLarge"): ("5.3.4", "smtp; 552 5.3.4 message too large", "remote"),
    ("Transient", "ContentRejected"): ("5.6.1", "smtp; 554 5.6.1 message content rejected", "remote"),
    ("Transient", "AttachmentRejected"): ("5.7.1", "smtp; 552 5.7.1 attachment rejected", "remote"),
    ("Transient", "CustomTimeoutExceeded"): ("4.4.7", "smtp; 450 4.4.7 delivery time expired", "remote"),
    ("Undetermined", "Undetermined"): (None, None, "remote"),
}
"""By type and subtype: the enhanced status code, the diagnostic text, and who reports the bounce."""
IMPATIENT = "CustomTimeoutExceeded"
"""The subtype of a bounce after the MaxDeliverySeconds of a configuration set."""

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")


def one_of(what: str, value: str, known: Iterable[str]) -> str:
    """Return ``value`` if it is one of the ``known`` values. Raises ValueError that lists them otherwise."""
    names = list(known)
    if value not in names:
        raise ValueError(f"{what} {value!r} is not known to SES; it is one of {', '.join(map(repr, names))}")
    return value


def check_kind(kind: str, subtype: str) -> None:
    """Check a pair of bounceType and bounceSubType.

    Raises ValueError if SES does not have it. The error suggests the right pair if it can.
    """
    if (kind, subtype) in BOUNCES:
        return
    kinds = dict.fromkeys(known for known, _ in BOUNCES)
    meant = subtype if kind in kinds or subtype != "General" else kind
    right = next((pair for pair in BOUNCES if pair[1] == meant != "General"), None)
    if right is not None:
        raise ValueError(f"{meant!r} is the subtype of a {right[0]} bounce: write {right[0]!r}, {meant!r}")
    one_of("bounce type", kind, kinds)
    one_of(f"subtype of a {kind} bounce", subtype, [known for each, known in BOUNCES if each == kind])


def check_text(diagnostic: object) -> None:
    """Check the text of a remote server. Raises TypeError unless it is a string or ``None``."""
    if diagnostic is not None and not isinstance(diagnostic, str):
        raise TypeError(
            f"diagnostic= takes the text of the remote server, such as '550 5.1.1 user unknown', not {diagnostic!r}"
        )


def reply_of(diagnostic: str) -> str:
    """Return a diagnostic without the prefix ``smtp; ``."""
    return diagnostic.removeprefix("smtp;").lstrip()


def status_of(diagnostic: str, otherwise: str | None) -> str | None:
    """Return the enhanced status code in a diagnostic, or ``otherwise`` if it contains no code."""
    given = _STATUS.search(diagnostic)
    return given[1] if given else otherwise
