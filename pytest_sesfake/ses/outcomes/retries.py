"""How SES tries again when mail cannot be delivered for now, for how long, and what it says of it.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html#event-publishing-retrieving-sns-contents-delivery-delay-object
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pytest_sesfake.ses.events import Reporter

MAX_DELIVERY_SECONDS = 50_400.0
"""The seconds after which SES gives up, where the configuration set says nothing else: 14 hours."""
MIN_DELIVERY_SECONDS = 300
"""The least that a configuration set can say."""
FIRST_PAUSE = 900.0
"""The seconds after which SES tries for the second time; each further pause is twice as long. [guess]"""


class Deferral(NamedTuple):
    """Why an attempt failed for now: SES's word for it, the status and the ``reply`` of the remote server.

    If SES has to give up for it in the end, that is a bounce of that ``kind``, ``subtype`` and ``reporter``.
    """

    reason: str
    status: str | None
    reply: str | None
    kind: str = "Transient"
    subtype: str = "General"
    reporter: Reporter = "remote"


# SES's words are documented; the replies are such as servers give.
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
"""The reasons of a delay that SES knows, by name."""

SILENCE = REASONS["TransientCommunicationFailure"]


def reached_after(attempts: int) -> float:
    """Return the seconds after which SES tries once more when so many attempts failed."""
    return sum(FIRST_PAUSE * (1 << pause) for pause in range(attempts))


MOST_ATTEMPTS = next(attempts for attempts in range(100) if reached_after(attempts + 1) > MAX_DELIVERY_SECONDS)
"""How many attempts can fail before one that succeeds."""


def expired(max_delivery_seconds: float, reply: str | None) -> str:
    """Return what SES says when it gives up, with the last reply that it got."""
    last = f"<{reply}>" if reply is not None else ""
    return f"smtp; 550 4.4.7 Message expired: unable to deliver in {round(max_delivery_seconds / 60)} minutes.{last}"
