"""What SES can tell of an address without sending anything to it.

Only what the fake knows counts: how the address is spelt, whether it is suppressed, and what became of mail to it.

https://docs.aws.amazon.com/ses/latest/dg/email-validation-api.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_sesfake.ses.events import Bounced, Delivered
from pytest_sesfake.ses.mail.addresses import bare, domain_of, fault, normal
from pytest_sesfake.ses.outcomes.simulator import outcome

if TYPE_CHECKING:
    from pytest_sesfake.ses.simulation import RegionState

    Verdict = Literal["low", "medium", "high"]

_ROLES = frozenset({
    "abuse", "admin", "administrator", "billing", "contact", "help", "hostmaster", "info", "mail", "marketing",
    "no-reply", "noreply", "office", "postmaster", "root", "sales", "security", "support", "webmaster",
})  # fmt: skip
_DISPOSABLE = frozenset({
    "10minutemail.com", "dispostable.com", "guerrillamail.com", "mailinator.com", "maildrop.cc", "sharklasers.com",
    "temp-mail.org", "tempmail.com", "throwawaymail.com", "trashmail.com", "yopmail.com",
})  # fmt: skip
# The top-level domain that is in no DNS (RFC 2606); example and test are what tests write for any domain.
_NOWHERE = "invalid"
_RANDOM = re.compile(r"[bcdfghjklmnpqrstvwxz]{6}")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How sure SES is of each thing that it looks at."""

    syntax: Verdict
    records: Verdict
    mailbox: Verdict
    role: Verdict
    disposable: Verdict
    random: Verdict

    @property
    def valid(self) -> Verdict:
        """How sure SES is that mail to the address arrives where it should."""
        if "low" in (self.syntax, self.records, self.mailbox):
            return "low"
        return "medium" if "high" in (self.role, self.disposable, self.random) else "high"


def evaluate(region_state: RegionState, address: str) -> Evaluation:
    """Look at an address."""
    plain = bare(address)
    local = plain.rpartition("@")[0].partition("+")[0].lower()
    domain = domain_of(plain)
    is_spelt = fault(plain) is None
    is_found = is_spelt and domain.rpartition(".")[2] != _NOWHERE
    return Evaluation(
        syntax=_sure(is_spelt),
        records=_sure(is_found),
        mailbox=_sure(is_found and _exists(region_state, plain)),
        role=_sure(local in _ROLES),
        disposable=_sure(domain in _DISPOSABLE),
        random=_sure(_RANDOM.search(local) is not None),
    )


def _sure(answer: bool) -> Verdict:  # noqa: FBT001 - yes or no is the question
    return "high" if answer else "low"


def _exists(region_state: RegionState, address: str) -> bool:
    """Tell whether there is a mailbox: the last mail to it decides, else whether it is suppressed for a bounce."""
    for event in reversed(region_state.simulation.events):
        fact = event.fact
        if isinstance(fact, (Bounced, Delivered)) and normal(address) in map(normal, event.recipients):
            if isinstance(fact, Delivered):
                return True
            if fact.kind == "Permanent" and fact.was_tried:
                return False
    entry = region_state.suppression.meets(address)
    if entry is not None and entry.reason == "BOUNCE":
        return False
    simulated = outcome(address)
    return simulated is None or simulated.delivers
