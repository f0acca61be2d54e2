"""Set-up in one line: state that the API would create, and messages that the fake itself sends."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses import (
    configuration_sets,
    event_destinations,
    identities,
    policies,
    sending,
    submission,
    templates,
)
from pytest_sesfake.ses import contacts as lists
from pytest_sesfake.ses.account import DeliverabilityManager
from pytest_sesfake.ses.calls import Call
from pytest_sesfake.ses.clock import to_seconds
from pytest_sesfake.ses.contacts import Contact, ContactList, Topic
from pytest_sesfake.ses.dedicated_ips import DEFAULT, WARM, DedicatedIp, Pool
from pytest_sesfake.ses.event_destinations import EventDestination
from pytest_sesfake.ses.mail.compose import Parts
from pytest_sesfake.ses.outcomes.outcomes import SUPPRESSIONS
from pytest_sesfake.ses.outcomes.retries import MAX_DELIVERY_SECONDS, MIN_DELIVERY_SECONDS
from pytest_sesfake.ses.refusals import BrokenTemplate, Invalid, LimitReached
from pytest_sesfake.ses.suppression import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import timedelta

    from pytest_sesfake.ses.account import Account
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.outcomes.outcomes import Outcome
    from pytest_sesfake.ses.simulation import RegionState, Simulation
    from pytest_sesfake.ses.verification_state import State

SENDER = "sender@example.com"
"""Who sends the messages of the fake itself where nobody else is named."""


def arrange(simulation: Simulation, region: str | None, change: Callable[[RegionState], object]) -> None:
    """Change the state of one region, or of every region, also of regions that are first used later."""
    with simulation.lock:
        if region is None:
            simulation.everywhere(change)
        else:
            change(simulation.at(simulation.account_id, region))


STATUSES: dict[str, State] = {
    "SUCCESS": "success",
    "PENDING": "pending",
    "FAILED": "failed",
    "TEMPORARY_FAILURE": "temporary_failure",
}
"""The results of verifying an identity, in the words of AWS."""


def verify(simulation: Simulation, names: Sequence[str], region: str | None, status: str = "SUCCESS") -> None:
    """Make identities that are verified, or let SES find out something else; likewise for MAIL FROM domains in use."""
    if status not in STATUSES:
        raise ValueError(f"verify() takes the status {', '.join(map(repr, STATUSES))}, not {status!r}")
    state = STATUSES[status]
    for name in names:
        _check_identity(name)
    with simulation.lock:
        at = simulation.clock.time()  # a region that is first used later knows it from now on
        here = [region_state for region_state in simulation.region_states() if region in (None, region_state.region)]
        for name in names:
            used = [region_state for region_state in here if identities.verify_mail_from(region_state, name, state)]
            if not used or any(name in region_state.identities for region_state in here):
                arrange(simulation, region, partial(identities.verify, name=name, state=state, at=at))


def _check_identity(name: str) -> None:
    try:
        (identities.check_address if "@" in name else identities.check_domain)(name)
    except Invalid as refusal:
        raise ValueError(f"verify() takes addresses and domains, not {name!r}: {refusal.text}") from None


def verify_in(region_state: RegionState, names: Sequence[str]) -> None:
    """Make identities of one region that are verified."""
    for name in names:
        identities.verify(region_state, name)


def authorize(
    simulation: Simulation, name: str, *, account: str, policy: str | Mapping[str, Any] | None, region: str | None
) -> str:
    """Make a verified identity of another account, with a policy; return its ARN."""
    if not _ACCOUNT.fullmatch(account) or account == simulation.account_id:
        raise ValueError(f"authorize() takes the id of another account, 12 digits, not {account!r}")
    with simulation.lock:
        owner = simulation.at(account, region or simulation.region)
        arn = identities.arn(owner, name)
        if policy is None:
            statement = {
                "Effect": "Allow",
                "Principal": {"AWS": simulation.account_id},
                "Action": "ses:*",
                "Resource": arn,
            }
            policy = {"Version": "2012-10-17", "Statement": [statement]}
        text = policy if isinstance(policy, str) else json.dumps(policy)
        wrong = policies.fault(owner, name, text)
        if wrong is not None:
            raise ValueError(f"authorize(): {wrong}")
        policies.put(identities.verify(owner, name), "authorize", text)
        return arn


_ACCOUNT = re.compile(r"[0-9]{12}")


def suppress(
    simulation: Simulation, address: str, reason: str, scope: str, *, tenant: str | None, region: str | None
) -> None:
    """Put an address on the suppression list of the account, of a tenant that is there, or of all accounts."""
    if not isinstance(address, str):
        raise TypeError(f"suppress() takes one address at a time, as text, not {address!r}")
    if reason not in REASONS:
        raise ValueError(f"suppress() takes the reason {' or '.join(map(repr, REASONS))}, not {reason!r}")
    if scope not in SUPPRESSIONS:
        raise ValueError(f"suppress() takes the scope {', '.join(map(repr, SUPPRESSIONS))}, not {scope!r}")
    if (scope == "tenant") != (tenant is not None):
        raise ValueError("suppress() takes scope='tenant' together with the name of the tenant")
    if scope == "global" and reason != "BOUNCE":
        raise ValueError(f"the global suppression list knows the reason 'BOUNCE' only, not {reason!r}")
    with simulation.lock:
        at = simulation.clock.time()
        if scope == "account":
            arrange(simulation, region, lambda region_state: region_state.suppression.put(address, reason, at))
            return
        lists = [simulation.globally_suppressed]
        if tenant is not None:
            here = [
                region_state for region_state in simulation.region_states() if region in (None, region_state.region)
            ]
            lists = [
                found.suppression for region_state in here if (found := region_state.tenants.find(tenant)) is not None
            ]
        if not lists:
            raise ValueError(f"there is no tenant {tenant!r}; create_tenant() of a client makes one")
        for entries in lists:
            entries.put(address, reason, at)


def contact_list(
    simulation: Simulation,
    name: str,
    *,
    topics: Iterable[str] | Mapping[str, str],
    contacts: Iterable[str] | Mapping[str, str | Mapping[str, str]],
    description: str | None,
    region: str | None,
) -> None:
    """Make a contact list with topics and contacts, in the place of the one that may be there."""
    try:
        lists.check_name(name, "name")
        lists.check_description(description)
        known = lists.check_topics(Topic(topic, topic, _is_in(said)) for topic, said in _answers(topics).items())
        people: dict[str, tuple[dict[str, bool], bool]] = {}
        for address, said in _answers(contacts).items():
            lists.check_address(address)
            preferences = {topic: _is_in(status) for topic, status in said.items()} if isinstance(said, Mapping) else {}
            lists.check_preferences(ContactList(name, 0, 0, known), preferences)
            people[address] = preferences, isinstance(said, str) and not _is_in(said)
    except Invalid as refusal:
        raise ValueError(f"contact_list(): {refusal.text}") from None
    with simulation.lock:
        at = simulation.clock.time()

    def change(region_state: RegionState) -> None:
        for other in list(region_state.contact_lists):
            lists.remove(region_state, other.name)
        made = region_state.contact_lists.add(name, ContactList(name, at, at, dict(known), description))
        for address, (preferences, unsubscribed) in people.items():
            made.contacts.replace(address, Contact(address, at, at, dict(preferences), unsubscribed))

    arrange(simulation, region, change)


def _answers(given: Iterable[str] | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was said of each name; those that are only named are in."""
    if isinstance(given, Mapping):
        return given
    return dict.fromkeys((given,) if isinstance(given, str) else given, "OPT_IN")


def _is_in(status: str) -> bool:
    if status not in {"OPT_IN", "OPT_OUT"}:
        raise ValueError(f"contact_list() takes the status 'OPT_IN' or 'OPT_OUT', not {status!r}")
    return status == "OPT_IN"


def configuration_set(
    simulation: Simulation,
    name: str,
    *,
    topic: str | None,
    events: Iterable[str] | None,
    sending: bool,
    suppression: Iterable[str] | None,
    max_delivery_seconds: timedelta | float | None,
    tags: dict[str, str] | None,
    region: str | None,
) -> None:
    """Make a configuration set, and a destination of its events."""
    types = _event_types(events)
    seconds = None if max_delivery_seconds is None else int(to_seconds(max_delivery_seconds))
    if seconds is not None and not MIN_DELIVERY_SECONDS <= seconds <= MAX_DELIVERY_SECONDS:
        limits = f"{MIN_DELIVERY_SECONDS} to {MAX_DELIVERY_SECONDS:.0f} seconds"
        raise ValueError(f"max_delivery_seconds takes {limits}, or a timedelta, not {max_delivery_seconds!r}")
    if topic is None and events is not None:
        raise ValueError("configuration_set() takes events together with the topic that gets them")
    kind = None if topic is None else event_destinations.kind_of(topic)
    if topic is not None and kind is None:
        services = ", ".join(event_destinations.SERVICES)
        raise ValueError(f"configuration_set() takes as topic an ARN of one of {services}, not {topic!r}")
    reasons = None if suppression is None else frozenset(suppression)
    if reasons is not None and not reasons <= set(REASONS):
        raise ValueError(f"suppression takes {' and '.join(map(repr, REASONS))}, not {sorted(reasons - set(REASONS))}")

    def change(region_state: RegionState) -> None:
        made = configuration_sets.ConfigurationSet(name, sending, reasons, max_delivery_seconds=seconds)
        if kind is not None:
            role = f"arn:aws:iam::{region_state.account_id}:role/sesfake" if kind == "firehose" else None
            made.destinations["sesfake"] = EventDestination("sesfake", kind, topic, types, enabled=True, role=role)
        arn = configuration_sets.arn(region_state, name)
        region_state.configuration_sets.replace(name, made)
        region_state.tags.forget(arn)
        region_state.tags.put(arn, tags or {})

    arrange(simulation, region, change)


def _event_types(given: Iterable[str] | None) -> tuple[str, ...]:
    known = event_destinations.EVENT_TYPES
    if given is None:
        return known
    chosen = (given,) if isinstance(given, str) else tuple(given)
    wrong = [kind for kind in chosen if kind not in known]
    if wrong or not chosen:
        raise ValueError(f"events takes some of {', '.join(known)}, not {', '.join(map(repr, wrong)) or 'none'}")
    return tuple(kind for kind in known if kind in chosen)


def template(
    simulation: Simulation, name: str, *, subject: str, text: str | None, html: str | None, region: str | None
) -> None:
    """Keep a template, in the place of one of that name."""
    made = templates.Template(name, subject, text, html, simulation.clock.time())
    try:
        templates.check(made)
    except (BrokenTemplate, Invalid, LimitReached) as refusal:
        raise ValueError(f"template({name!r}) is not accepted by SES: {refusal.text}") from None
    arrange(simulation, region, lambda region_state: region_state.templates.replace(name, made))


def send(
    simulation: Simulation,
    to: str | Sequence[str],
    outcomes: tuple[Outcome, ...],
    *,
    sender: str | None,
    subject: str,
    text: str,
    html: str | None,
    region: str | None,
    **fields: Any,
) -> Message:
    """Send a message as a v2 SendEmail would be sent, with a fate; every recipient gets it without it, too."""
    with simulation.lock:
        simulation.settle()
        region_state = simulation.at(simulation.account_id, region or simulation.region)
        known = (identity.name for identity in region_state.identities if identity.verified)
        source = sender or next((name if "@" in name else f"sender@{name}" for name in known), SENDER)
        parts = Parts(subject, text, html, (to,) if isinstance(to, str) else tuple(to), (), (), ())
        given = submission.parted(region_state, parts, api="sesv2", operation="SendEmail", source=source, **fields)
        call = Call(simulation, "sesv2", "SendEmail", region_state.region, simulation.clock.time())
        if not outcomes:
            sending.interrupt(call, given.message)
        made = sending.plan(region_state, call, given, fate=outcomes or None)
        simulation.commit([made])
        return made.message


def dedicated_ips(
    simulation: Simulation,
    addresses: Sequence[str],
    *,
    pool: str | None,
    warmup: int,
    listed: Sequence[str],
    region: str | None,
) -> None:
    """Lease addresses, and put them into a pool."""
    if not 0 <= warmup <= WARM:
        raise ValueError(f"dedicated_ips() takes a warmup of 0 to {WARM} percent, not {warmup}")
    now = simulation.clock.time()  # a region that is first used later has had them since now

    def change(region_state: RegionState) -> None:
        dedicated = region_state.dedicated
        if pool is not None and pool not in dedicated.pools:
            dedicated.pools.add(pool, Pool(pool))
        for ip in addresses:
            leased = DedicatedIp(ip, pool or DEFAULT, warmup, now, dict.fromkeys(listed, now))
            dedicated.addresses.replace(ip, leased)

    arrange(simulation, region, change)


def put_object(simulation: Simulation, url: str, data: bytes | str) -> None:
    """Put an object where import jobs find it."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not url.startswith("s3://") or not bucket or not key:
        raise ValueError(f"put_object() takes a URL of the form 's3://bucket/key', not {url!r}")
    with simulation.lock:
        simulation.objects[url] = data.encode() if isinstance(data, str) else bytes(data)


def get_object(simulation: Simulation, url: str) -> bytes:
    """Return the object at a URL; what a signed URL says after its question mark is not looked at."""
    with simulation.lock:
        found = simulation.objects.get(url.partition("?")[0])
        if found is None:
            known = ", ".join(simulation.objects) or "none"
            raise LookupError(f"no object is stored at {url!r}; those that are: {known}")
        return found


def _meant(name: str) -> str:
    """Return what was probably meant by a state that there is not, or what there is."""
    states = [each for each, found in vars(AccountState).items() if isinstance(found, property) and found.fset]
    near = difflib.get_close_matches(name, states, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(states)}, and settings for the rest"


class AccountState:
    """The part of the fake that shows and changes the state of the account."""

    _simulation: Simulation

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse an attribute that does not exist, because setting it changes nothing. Subclasses may add their own."""
        __tracebackhide__ = True
        ours = type(self).__module__.startswith("pytest_sesfake.")
        if ours and not name.startswith("_") and not hasattr(type(self), name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r} to set{_meant(name)}")
        super().__setattr__(name, value)

    @property
    def _account(self) -> Account:
        return self._simulation.at(self._simulation.account_id, self._simulation.region).account

    def _set(self, **values: Any) -> None:
        def change(region_state: RegionState) -> None:
            for name, value in values.items():
                setattr(region_state.account, name, value)

        arrange(self._simulation, None, change)

    @property
    def sandbox(self) -> bool:
        """Whether the account is in the sandbox: only verified recipients, and 200 a day if no quota is set."""
        return not self._account.production

    @sandbox.setter
    def sandbox(self, on: bool) -> None:
        if not isinstance(on, bool):
            raise ValueError(f"sandbox takes True or False, not {on!r}")  # noqa: TRY004 - as the setting does
        arrange(self._simulation, None, lambda region_state: region_state.account.move(production=not on))

    @property
    def vdm(self) -> bool:
        """Whether the Virtual Deliverability Manager is on. Without it SES has no metrics and insights."""
        return self._account.is_managed

    @vdm.setter
    def vdm(self, on: bool) -> None:
        self._set(manager=DeliverabilityManager(on, engagement=on))

    @property
    def quota(self) -> float:
        """The recipients in 24 hours that SES reports. A number is enforced; ``None`` stops enforcing it."""
        return self._account.quota

    @quota.setter
    def quota(self, recipients: float | None) -> None:
        self._limit("quota", recipients)

    @property
    def rate(self) -> float:
        """The recipients per second that SES reports. A number is enforced; ``None`` stops enforcing it."""
        return self._account.rate

    @rate.setter
    def rate(self, recipients: float | None) -> None:
        self._limit("rate", recipients)

    def _limit(self, name: str, recipients: float | None) -> None:
        if recipients is None:
            self._set(**{f"{name}_enforced": False})
        elif isinstance(recipients, bool) or not isinstance(recipients, (int, float)) or recipients <= 0:
            raise ValueError(f"{name} takes a number of recipients above zero, or None, not {recipients!r}")
        else:
            self._set(**{name: float(recipients), f"{name}_enforced": True})

    @property
    def suppression(self) -> list[str]:
        """The reasons that put an address on the account's suppression list, and that count for sends."""
        return sorted(self._account.suppressed_reasons)

    @suppression.setter
    def suppression(self, reasons: Iterable[str]) -> None:
        chosen = frozenset(reasons)
        if not chosen <= set(REASONS):
            raise ValueError(
                f"suppression takes {' and '.join(map(repr, REASONS))}, not {sorted(chosen - set(REASONS))}"
            )
        self._set(suppressed_reasons=chosen)

    def pause(self) -> None:
        """Switch sending off for the account."""
        self._set(sending=False)

    def resume(self) -> None:
        """Switch sending on again."""
        self._set(sending=True)
