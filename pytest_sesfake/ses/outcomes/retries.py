"""The retries of SES after a temporary failure: the pauses, the time limit and the reported texts.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html#event-publishing-retrieving-sns-contents-delivery-delay-object
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from pytest_sesfake.ses.events import Reporter

DelayReason = Literal[
    "InternalFailure",
    "General",
    "MailboxFull",
    "SpamDetected",
    "RecipientServerError",
    "IPFailure",
    "TransientCommunicationFailure",
    "BYOIPHostNameLookupUnavailable",
    "Undetermined",
    "SendingDeferral",
]

MAX_DELIVERY_SECONDS = 50_400.0
"""The seconds after which SES gives up by default: 14 hours. A configuration set can set another value."""
MIN_DELIVERY_SECONDS = 300
"""The smallest MaxDeliverySeconds that a configuration set accepts."""
FIRST_PAUSE = 900.0
"""The seconds between the first and the second attempt. Each further pause is twice as long. [guess]"""


class Deferral(NamedTuple):
    """Why an attempt failed temporarily.

    ``reason`` is the delayType of SES; ``status`` and ``reply`` come from the remote server. If SES gives up in the
    end, it reports a bounce with ``kind``, ``subtype`` and ``reporter``.
    """

    reason: str
    status: str | None
    reply: str | None
    kind: str = "Transient"
    subtype: str = "General"
    reporter: Reporter = "remote"


# The reasons are documented by SES. The replies are typical texts of mail servers.
_DEFERRALS = (
    Deferral("InternalFailure", "4.3.0", "451 4.3.0 internal failure"),
    Deferral("General", "4.0.0", "450 4.0.0 temporary failure"),
    Deferral("MailboxFull", "4.2.2", "452 4.2.2 mailbox full", subtype="MailboxFull"),
    Deferral("SpamDetected", "4.7.1", "451 4.7.1 looks like spam, try again later"),
    Deferral("RecipientServerError", "4.3.2", "421 4.3.2 too many connections"),
    Deferral("IPFailure", "4.7.1", "421 4.7.1 too much mail from your IP address"),
    Deferral("TransientCommunicationFailure", "4.4.1", "421 4.4.1 Unable to connect to remote host"),
    Deferral("BYOIPHostNameLookupUnavailable", "4.4.3", "451 4.4.3 host name lookup failed"),
    Deferral("Undetermined", None, None),
    Deferral("SendingDeferral", "4.4.5", "451 4.4.5 sending deferred"),
)
REASONS = {deferral.reason: deferral for deferral in _DEFERRALS}
"""All delayType values of SES, by name."""

SILENCE = REASONS["TransientCommunicationFailure"]


def seconds_before_retry(attempts: int) -> float:
    """Return the seconds after acceptance of the next attempt, after ``attempts`` failed attempts."""
    return sum(FIRST_PAUSE * (1 << pause) for pause in range(attempts))


MOST_ATTEMPTS = next(attempts for attempts in range(100) if seconds_before_retry(attempts + 1) > MAX_DELIVERY_SECONDS)
"""The largest number of failed attempts that still leaves time for a delivery."""


def expiry_text(max_delivery_seconds: float, reply: str | None) -> str:
    """Return the diagnostic of SES when it gives up. It contains the last reply of the remote server, if any."""
    last = f"<{reply}>" if reply is not None else ""
    return f"smtp; 550 4.4.7 Message expired: unable to deliver in {round(max_delivery_seconds / 60)} minutes.{last}"
