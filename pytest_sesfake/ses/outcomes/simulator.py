"""The outcomes of the addresses of the SES mailbox simulator.

https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-email-simulator
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.ses.events import Bounced, Complained, Delivered
from pytest_sesfake.ses.mail.addresses import parse_address
from pytest_sesfake.ses.outcomes.outcomes import Answered, Outcome

if TYPE_CHECKING:
    from pytest_sesfake.ses.messages import Message

DOMAIN = "simulator.amazonses.com"

_OK = Delivered("250 Ok")


def is_simulator(address: str) -> bool:
    """Tell whether the address belongs to the mailbox simulator."""
    return DOMAIN in address.lower() and parse_address(address).normal.endswith("@" + DOMAIN)


def ask(_: Message, address: str) -> Outcome | None:
    """Return the outcome for a recipient, or ``None``. This is the default for ``ask`` of the simulation."""
    return outcome(address) if DOMAIN in address.lower() else None


def outcome(address: str) -> Outcome | None:
    """Return the outcome of mail to a simulator address, or ``None`` for any other address."""
    parsed = parse_address(address)
    if parsed.domain != DOMAIN:
        return None
    plain = parsed.bare
    name = plain.rpartition("@")[0].partition("+")[0].lower()
    if name == "success":
        return Answered((Delivered("250 2.6.0 Message received"),))
    if name == "ooto":
        return Answered((_OK, Bounced("Transient", "General", None, None, "reply", grouped=True)))
    if name == "complaint":
        return Answered((_OK, Complained("abuse", "Amazon SES Mailbox Simulator", grouped=True)))
    reason = "suppressed address: " + plain if name == "suppressionlist" else None
    text = f"({reason})" if reason else f"<{plain}>"
    return Answered(
        (Bounced("Permanent", "General", "5.1.1", f"smtp; 550 5.1.1 As requested: user unknown {text}", grouped=True),)
    )
