"""Email address validation: what SES can say about an address without sending mail to it.

The fake judges only what it knows: the syntax, the suppression list, and the results of earlier mail to the address.

https://docs.aws.amazon.com/ses/latest/dg/email-validation-api.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_sesfake.ses.events import Bounced, Delivered
from pytest_sesfake.ses.mail.addresses import fault, normal_form, parse_address
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
# A top-level domain that never exists in DNS (RFC 2606). Tests use `example` and `test` for ordinary domains.
_NOWHERE = "invalid"
_RANDOM = re.compile(r"[bcdfghjklmnpqrstvwxz]{6}")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The confidence of SES in each check."""

    syntax: Verdict
    records: Verdict
    mailbox: Verdict
    role: Verdict
    disposable: Verdict
    random: Verdict

    @property
    def valid(self) -> Verdict:
        """The confidence that the address is valid."""
        if "low" in (self.syntax, self.records, self.mailbox):
            return "low"
        return "medium" if "high" in (self.role, self.disposable, self.random) else "high"


def evaluate(region_state: RegionState, address: str) -> Evaluation:
    """Run all checks for an address."""
    plain, _, domain = parse_address(address)
    local = plain.rpartition("@")[0].partition("+")[0].lower()
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


def _sure(answer: bool) -> Verdict:  # noqa: FBT001 - converts a boolean
    return "high" if answer else "low"


def _exists(region_state: RegionState, address: str) -> bool:
    """Tell whether the mailbox exists. The last delivery or hard bounce decides, then the suppression list."""
    wanted = normal_form(address)
    for event in reversed(region_state.simulation.events):
        fact = event.fact
        if isinstance(fact, (Bounced, Delivered)) and wanted in map(normal_form, event.recipients):
            if isinstance(fact, Delivered):
                return True
            if fact.kind == "Permanent" and fact.was_tried:
                return False
    entry = region_state.suppression.find_for(address)
    if entry is not None and entry.reason == "BOUNCE":
        return False
    simulated = outcome(address)
    return simulated is None or simulated.delivers
