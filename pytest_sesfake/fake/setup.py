"""Set-up in one line: state that an application would need several calls to create."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_args

from pytest_sesfake.ses import configuration_sets, event_destinations, policies, templates
from pytest_sesfake.ses import contacts as lists
from pytest_sesfake.ses.clock import to_seconds
from pytest_sesfake.ses.contacts import Contact, ContactList, Topic
from pytest_sesfake.ses.dedicated_ips import DEFAULT, WARM, DedicatedIp, Pool
from pytest_sesfake.ses.event_destinations import EventDestination
from pytest_sesfake.ses.identities import arn as identity_arn
from pytest_sesfake.ses.identities import check_address, check_domain, verify_mail_from
from pytest_sesfake.ses.identities import verify as verify_identity
from pytest_sesfake.ses.outcomes.outcomes import SUPPRESSIONS
from pytest_sesfake.ses.outcomes.retries import MAX_DELIVERY_SECONDS, MIN_DELIVERY_SECONDS
from pytest_sesfake.ses.refusals import BrokenTemplate, Invalid, LimitReached
from pytest_sesfake.ses.suppression import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import timedelta

    from pytest_sesfake.fake.backend import Backend
    from pytest_sesfake.ses.events import EventType
    from pytest_sesfake.ses.outcomes.outcomes import SuppressionScope
    from pytest_sesfake.ses.simulation import RegionState, Simulation
    from pytest_sesfake.ses.suppression import SuppressionReason
    from pytest_sesfake.ses.verification_state import State

    # Not Iterable[str]: a mapping with a misspelt status is that too.
    Names = Sequence[str] | AbstractSet[str] | Iterator[str]

VerificationStatus = Literal["SUCCESS", "PENDING", "FAILED", "TEMPORARY_FAILURE"]
STATUSES: dict[VerificationStatus, State] = {
    "SUCCESS": "success",
    "PENDING": "pending",
    "FAILED": "failed",
    "TEMPORARY_FAILURE": "temporary_failure",
}
"""The results of verifying an identity, in the words of AWS."""

SubscriptionStatus = Literal["OPT_IN", "OPT_OUT"]
"""Whether a contact gets the mail of a topic or of a whole list, in the words of AWS."""

_ACCOUNT = re.compile(r"[0-9]{12}")


def arrange(simulation: Simulation, region: str | None, change: Callable[[RegionState], object]) -> None:
    """Change the state of one region, or of every region, also of regions that are first used later."""
    with simulation.lock:
        if region is None:
            simulation.everywhere(change)
        else:
            change(simulation.at(simulation.account_id, region))


def verify_in(region_state: RegionState, names: Sequence[str]) -> None:
    """Make names verified identities of one region."""
    for name in names:
        verify_identity(region_state, name)


class Setup:
    """Creates the state that a test starts from. Wrong values raise ValueError or TypeError at the line of the test."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def verify(self, *identities: str, region: str | None = None, status: VerificationStatus = "SUCCESS") -> None:
        """Make addresses and domains verified identities, in every region or in one.

        This also verifies their DKIM keys and MAIL FROM domains. ``status`` is the VerificationStatus that SES finds:
        ``"SUCCESS"``, ``"FAILED"``, ``"PENDING"`` or ``"TEMPORARY_FAILURE"``. If an identity uses the name as its MAIL
        FROM domain, the call changes only the DNS records of that domain. Raises ValueError for a text that is neither
        an address nor a domain.
        """
        simulation = self._backend.simulation
        if status not in STATUSES:
            raise ValueError(f"verify() takes the status {', '.join(map(repr, STATUSES))}, not {status!r}")
        state = STATUSES[status]
        for name in identities:
            _check_identity(name)
        with simulation.lock:
            at = simulation.clock.time()  # a region that is first used later knows it from now on
            here = [
                region_state for region_state in simulation.region_states() if region in (None, region_state.region)
            ]
            for name in identities:
                used = [region_state for region_state in here if verify_mail_from(region_state, name, state)]
                if not used or any(name in region_state.identities for region_state in here):
                    arrange(simulation, region, partial(verify_identity, name=name, state=state, at=at))

    def authorize(
        self,
        identity: str,
        *,
        account: str = "999999999999",
        policy: str | Mapping[str, Any] | None = None,
        region: str | None = None,
    ) -> str:
        """Create a verified identity that another account owns, and return its ARN.

        ``account`` is the owner, 12 digits. ``policy`` is its sending authorization policy, a mapping or JSON; by
        default it lets this account send. Pass the ARN to a send as SourceArn or FromEmailAddressIdentityArn. Raises
        ValueError for a policy that SES refuses.
        """
        simulation = self._backend.simulation
        if not _ACCOUNT.fullmatch(account) or account == simulation.account_id:
            raise ValueError(f"authorize() takes the id of another account, 12 digits, not {account!r}")
        with simulation.lock:
            owner = simulation.at(account, region or simulation.region)
            arn = identity_arn(owner, identity)
            if policy is None:
                statement = {
                    "Effect": "Allow",
                    "Principal": {"AWS": simulation.account_id},
                    "Action": "ses:*",
                    "Resource": arn,
                }
                policy = {"Version": "2012-10-17", "Statement": [statement]}
            text = policy if isinstance(policy, str) else json.dumps(policy)
            wrong = policies.fault(owner, identity, text)
            if wrong is not None:
                raise ValueError(f"authorize(): {wrong}")
            policies.put(verify_identity(owner, identity), "authorize", text)
            return arn

    def suppress(
        self,
        address: str,
        reason: SuppressionReason = "BOUNCE",
        scope: SuppressionScope = "account",
        region: str | None = None,
        *,
        tenant: str | None = None,
    ) -> None:
        """Put an address on a suppression list, in every region or in one.

        ``reason`` is ``"BOUNCE"`` or ``"COMPLAINT"``. ``scope`` is the list: ``"account"``, ``"tenant"`` (with the name
        of the ``tenant``) or ``"global"``. All accounts share the global list. An address stays on it for 14 days. SES
        uses it if the list of the account does not apply to a message, for example because of ``suppression=[]``.
        Raises ValueError for an unknown reason, scope or tenant.
        """
        simulation = self._backend.simulation
        if not isinstance(address, str):
            raise TypeError(f"suppress() takes one address at a time, as text, not {address!r}")
        if reason not in REASONS:
            raise ValueError(f"suppress() takes the reason {' or '.join(map(repr, REASONS))}, not {reason!r}")
        if scope not in SUPPRESSIONS:
            raise ValueError(f"suppress() takes the scope {', '.join(map(repr, SUPPRESSIONS))}, not {scope!r}")
        if (scope == "tenant") != (tenant is not None):
            raise ValueError("suppress() takes scope='tenant' and tenant='...' only together")
        if scope == "global" and reason != "BOUNCE":
            raise ValueError(f"suppress(scope='global') takes only the reason 'BOUNCE', not {reason!r}")
        with simulation.lock:
            at = simulation.clock.time()
            if scope == "account":
                arrange(simulation, region, lambda region_state: region_state.suppression.put(address, reason, at))
                return
            suppressions = [simulation.globally_suppressed]
            if tenant is not None:
                here = [
                    region_state for region_state in simulation.region_states() if region in (None, region_state.region)
                ]
                suppressions = [
                    found.suppression
                    for region_state in here
                    if (found := region_state.tenants.find(tenant)) is not None
                ]
            if not suppressions:
                raise ValueError(
                    f"suppress(): no tenant is named {tenant!r}. Create it first with create_tenant() of a client"
                )
            for entries in suppressions:
                entries.put(address, reason, at)

    def contact_list(
        self,
        name: str,
        *,
        topics: Names | Mapping[str, SubscriptionStatus] = (),
        contacts: Names | Mapping[str, SubscriptionStatus | Mapping[str, SubscriptionStatus]] = (),
        description: str | None = None,
        region: str | None = None,
    ) -> None:
        """Create the contact list of every region, or of one region. It replaces an existing list.

        ``topics`` are names, or a mapping of names to their default status, ``"OPT_IN"`` or ``"OPT_OUT"``. ``contacts``
        are addresses, or a mapping of addresses to their preferences: ``"OPT_OUT"`` of everything, or a mapping of
        topics to ``"OPT_IN"`` or ``"OPT_OUT"``.
        """
        simulation = self._backend.simulation
        try:
            lists.check_name(name, "name")
            lists.check_description(description)
            known = lists.check_topics(
                Topic(topic, topic, _is_opted_in(said)) for topic, said in _read_statuses(topics).items()
            )
            people: dict[str, tuple[dict[str, bool], bool]] = {}
            for address, said in _read_statuses(contacts).items():
                lists.check_address(address)
                preferences = (
                    {topic: _is_opted_in(status) for topic, status in said.items()} if isinstance(said, Mapping) else {}
                )
                lists.check_preferences(ContactList(name, 0, 0, known), preferences)
                people[address] = preferences, isinstance(said, str) and not _is_opted_in(said)
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

    def configuration_set(
        self,
        name: str,
        *,
        topic: str | None = None,
        events: EventType | Iterable[EventType] | None = None,
        sending: bool = True,
        suppression: Iterable[SuppressionReason] | None = None,
        max_delivery_seconds: timedelta | float | None = None,
        tags: dict[str, str] | None = None,
        region: str | None = None,
    ) -> None:
        """Create a configuration set, in every region or in one. It replaces a set of the same name.

        Its events are published to ``topic``, the ARN of an SNS topic, a Firehose stream, an event bus or a Pinpoint
        application. ``events`` are the types that are published, by default all, named as in ``Event.type``.
        ``sending=False`` pauses the set. ``suppression`` lists the reasons for which SES suppresses its messages; with
        ``None`` the list of the account applies. SES tries to deliver its messages for ``max_delivery_seconds``
        (MaxDeliverySeconds), 300 seconds to 14 hours. ``tags`` are the tags of the set itself.
        """
        simulation = self._backend.simulation
        types = _check_event_types(events)
        seconds = None if max_delivery_seconds is None else int(to_seconds(max_delivery_seconds))
        if seconds is not None and not MIN_DELIVERY_SECONDS <= seconds <= MAX_DELIVERY_SECONDS:
            limits = f"{MIN_DELIVERY_SECONDS} to {MAX_DELIVERY_SECONDS:.0f} seconds"
            raise ValueError(f"max_delivery_seconds takes {limits}, or a timedelta, not {max_delivery_seconds!r}")
        if topic is None and events is not None:
            raise ValueError(
                "configuration_set(events=...) needs a topic that gets the events: give topic='arn:aws:sns:...' too"
            )
        kind = None if topic is None else event_destinations.kind_of(topic)
        if topic is not None and kind is None:
            services = ", ".join(event_destinations.SERVICES)
            raise ValueError(f"configuration_set(topic=...) takes an ARN of {services}, not {topic!r}")
        reasons = None if suppression is None else frozenset(suppression)
        if reasons is not None and not reasons <= set(REASONS):
            raise ValueError(
                f"suppression takes {' and '.join(map(repr, REASONS))}, not {sorted(reasons - set(REASONS))}"
            )

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

    def template(
        self, name: str, *, subject: str, text: str | None = None, html: str | None = None, region: str | None = None
    ) -> None:
        """Create a template, in every region or in one. It replaces a template of the same name.

        The parts may have placeholders such as ``{{name}}``. Raises ValueError for a template that SES refuses.
        """
        simulation = self._backend.simulation
        made = templates.Template(name, subject, text, html, simulation.clock.time())
        try:
            templates.check(made)
        except (BrokenTemplate, Invalid, LimitReached) as refusal:
            raise ValueError(f"SES does not accept template({name!r}): {refusal.text}") from None
        arrange(simulation, region, lambda region_state: region_state.templates.replace(name, made))

    def dedicated_ips(
        self,
        *addresses: str,
        pool: str | None = None,
        warmup: int = 100,
        listed: Iterable[str] = (),
        region: str | None = None,
    ) -> None:
        """Lease dedicated IP addresses to the account, in every region or in one, and put them into a pool.

        A pool that does not exist is created. ``warmup`` is the warm-up percentage, 0 to 100. ``listed`` names the
        blacklists that the addresses are on.
        """
        simulation = self._backend.simulation
        if not 0 <= warmup <= WARM:
            raise ValueError(f"dedicated_ips() takes a warmup of 0 to {WARM} percent, not {warmup}")
        blacklists = tuple(listed)
        now = simulation.clock.time()  # also for a region that is first used later

        def change(region_state: RegionState) -> None:
            dedicated = region_state.dedicated
            if pool is not None and pool not in dedicated.pools:
                dedicated.pools.add(pool, Pool(pool))
            for ip in addresses:
                leased = DedicatedIp(ip, pool or DEFAULT, warmup, now, dict.fromkeys(blacklists, now))
                dedicated.addresses.replace(ip, leased)

        arrange(simulation, region, change)

    def put_object(self, url: str, data: bytes | str) -> None:
        """Store an object at an ``s3://bucket/key`` URL, for import jobs. Raises ValueError for other URLs."""
        simulation = self._backend.simulation
        bucket, _, key = url.removeprefix("s3://").partition("/")
        if not url.startswith("s3://") or not bucket or not key:
            raise ValueError(f"put_object() takes a URL of the form 's3://bucket/key', not {url!r}")
        with simulation.lock:
            simulation.objects[url] = data.encode() if isinstance(data, str) else bytes(data)

    def get_object(self, url: str) -> bytes:
        """Return the content of the object at an ``s3://`` URL, or at the signed URL of an export.

        ``put_object``, export jobs and import jobs store objects; an import job stores the records that it refused.
        Raises LookupError if no object is stored at the URL.
        """
        simulation = self._backend.simulation
        with simulation.lock:
            found = simulation.objects.get(url.partition("?")[0])
            if found is None:
                known = ", ".join(simulation.objects) or "none"
                raise LookupError(f"no object is stored at {url!r}. The stored objects are: {known}")
            return found


def _check_identity(name: str) -> None:
    try:
        (check_address if "@" in name else check_domain)(name)
    except Invalid as refusal:
        raise ValueError(f"verify() takes addresses and domains, not {name!r}: {refusal.text}") from None


def _read_statuses(given: Names | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the status of each name. Names without a status are opted in."""
    if isinstance(given, Mapping):
        return given
    return dict.fromkeys((given,) if isinstance(given, str) else given, "OPT_IN")


def _is_opted_in(status: str) -> bool:
    if status not in get_args(SubscriptionStatus):
        raise ValueError(f"contact_list() takes the status 'OPT_IN' or 'OPT_OUT', not {status!r}")
    return status == "OPT_IN"


def _check_event_types(given: EventType | Iterable[EventType] | None) -> tuple[str, ...]:
    known = event_destinations.EVENT_TYPES
    if given is None:
        return known
    chosen = (given,) if isinstance(given, str) else tuple(given)
    wrong = [kind for kind in chosen if kind not in known]
    if wrong or not chosen:
        raise ValueError(f"events takes some of {', '.join(known)}, not {', '.join(map(repr, wrong)) or 'none'}")
    return tuple(kind for kind in known if kind in chosen)
