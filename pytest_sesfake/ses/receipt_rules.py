"""Receipt rules: what SES does with received mail, for which recipients, and in which order.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-concepts.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pytest_sesfake.ses import announcements, identities
from pytest_sesfake.ses.collection import Collection
from pytest_sesfake.ses.io_requests import IORequest
from pytest_sesfake.ses.mail.addresses import fault
from pytest_sesfake.ses.refusals import Invalid, LimitReached, Missing, Refusal, Taken
from pytest_sesfake.ses.regions import partition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_sesfake.ses.io_requests import BackgroundJob
    from pytest_sesfake.ses.receipt_filters import IpFilter
    from pytest_sesfake.ses.receiving import Reception
    from pytest_sesfake.ses.simulation import RegionState, Simulation

MOST_SETS = 40
MOST_RULES = 200
MOST_ACTIONS = 10
MOST_RECIPIENTS = 500
"""The largest number of recipients of a rule. Older AWS pages say 100, but real SES accepted 101."""
LONGEST_NAME = 64
LONGEST_HEADER_NAME = 50
LONGEST_HEADER_VALUE = 2048

_TRIAL_NAME = "AMAZON_SES_SETUP_NOTIFICATION"
_TRIAL = (
    b"From: Amazon Web Services <no-reply-aws@amazon.com>\r\n"
    b"To: recipient@example.com\r\n"
    b"Subject: Amazon SES Setup Notification\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=UTF-8\r\n"
    b"\r\n"
    b"Hello,\r\n\r\n"
    b"You received this message because you attempted to set up Amazon SES to deliver emails to this S3 bucket.\r\n\r\n"
    b"Please ignore this email.\r\n\r\n"
    b"Thank you,\r\nAmazon Web Services Team\r\n"
)

_SET, _RULE = "receipt rule set", "receipt rule"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")
_DOMAIN = re.compile(r"\.?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):[0-9]{12}:(.+)")
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:([a-z0-9-]+):[0-9]{12}:function:(.+)")
_HEADER_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322
_NO_HEADER_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_REPLY_CODE = re.compile(r"[45][0-9]{2}")
_STATUS_CODE = re.compile(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}")


class Unusable(Refusal):
    """A rule cannot use the topic, bucket or function called ``name``. ``text`` says why."""

    def __init__(self, kind: Literal["topic", "bucket", "function"], name: str, text: str) -> None:
        super().__init__(kind, name, text)
        self.kind = kind
        self.name = name
        self.text = text


# Actions.


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of a rule. ``topic`` is the ARN of a topic that SES notifies of the action."""

    type: ClassVar[str]
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(Action):
    """Store the mail in an S3 bucket. The key is the optional prefix and the id of the mail."""

    type = "S3"
    bucket: str
    prefix: str | None = None
    key: str | None = None
    role: str | None = None

    def object_key(self, name: str) -> str:
        """Return the object key of a mail: prefix and id. SES adds a slash to a prefix that does not end with one."""
        prefix = self.prefix or ""
        return f"{prefix}{'' if not prefix or prefix.endswith('/') else '/'}{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishAction(Action):
    """Publish the whole mail to the topic."""

    type = "SNS"
    encoding: str = "UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceAction(Action):
    """Send a bounce to the sender of the mail."""

    type = "Bounce"
    code: str
    status: str | None = None
    message: str
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Action):
    """Call a Lambda function. With the invocation type ``RequestResponse`` its return value controls the next rules."""

    type = "Lambda"
    function: str
    invocation: str | None = None

    @property
    def waits(self) -> bool:
        """Whether SES waits for the function and uses its return value."""
        return self.invocation == "RequestResponse"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAction(Action):
    """Skip all further actions and rules."""

    type = "Stop"
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddHeader(Action):
    """Add a header field to the mail."""

    type = "AddHeader"
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandToWorkMail(Action):
    """Pass the mail to an Amazon WorkMail organisation."""

    type = "WorkMail"
    organization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect(Action):
    """Start a contact in Amazon Connect."""

    type = "Connect"
    instance: str
    role: str


# Rules and rule sets.


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: recipients and actions. Without ``recipients`` the rule matches every recipient."""

    name: str
    enabled: bool = False
    tls_required: bool = False
    recipients: tuple[str, ...] | None = None
    actions: tuple[Action, ...] = ()
    scans: bool = False

    def matches(self, address: str) -> bool:
        """Tell whether the rule matches an address. It ignores case, and the label in ``ada+label@...``.

        The recipient ``example.com`` matches that domain only; ``.example.com`` matches all of its subdomains.
        """
        if not self.recipients:
            return True
        local, _, domain = address.lower().rpartition("@")
        addresses = (f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}")
        return any(
            entry in addresses if "@" in entry else domain.endswith(entry) if entry.startswith(".") else entry == domain
            for entry in self.recipients
        )


@dataclass(slots=True)
class RuleSet:
    """A rule set: rules in the order in which SES applies them."""

    name: str
    created: float
    rules: list[Rule] = field(default_factory=list)

    def place(self, name: str) -> int:
        """Return the index of the rule called ``name``. Raises `Missing` if the set has no such rule."""
        for place, rule in enumerate(self.rules):
            if rule.name == name:
                return place
        raise Missing(_RULE, name)

    def place_after(self, name: str | None) -> int:
        """Return the index after the rule called ``name``, or 0 for ``None``."""
        return 0 if name is None else self.place(name) + 1


class Receipts:
    """Rule sets of a region (at most one is active), IP filters, and received mail by id."""

    def __init__(self) -> None:
        self.sets: Collection[RuleSet] = Collection(_SET)
        self.active: str | None = None
        self.filters: Collection[IpFilter] = Collection("receipt filter")
        self.received: dict[str, Reception] = {}

    def rules(self) -> list[Rule]:
        """Return the enabled rules of the active set, in order."""
        return [] if self.active is None else [rule for rule in self.sets.get(self.active).rules if rule.enabled]


def check_name(what: str, name: str) -> None:
    """Check the name of a rule, a rule set or a filter. Raises `Invalid` if SES does not accept it."""
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise Invalid(f"Not a valid {what}: {name}")


def create_set(region_state: RegionState, name: str, rules: Iterable[Rule] = ()) -> None:
    """Create a rule set. It is not active."""
    sets = region_state.receipts.sets
    if name in sets:
        raise Taken(sets.kind, name)
    if len(sets) >= MOST_SETS:
        raise LimitReached("Too many rule sets")
    sets.add(name, RuleSet(name, region_state.simulation.clock.time(), list(rules)))


def clone_set(region_state: RegionState, name: str, original: str) -> None:
    """Create a rule set as a copy of another one. Later changes to one do not affect the other."""
    sets = region_state.receipts.sets
    if name in sets:
        raise Taken(sets.kind, name)
    create_set(region_state, name, sets.get(original).rules)


def activate(region_state: RegionState, name: str | None) -> None:
    """Make a rule set the active one. With ``None`` no rule set is active."""
    region_state.receipts.active = None if name is None else region_state.receipts.sets.get(name).name


def reorder(region_state: RegionState, name: str, order: Sequence[str]) -> None:
    """Reorder the rules of a set. ``order`` must contain every rule name exactly once; otherwise raises `Invalid`."""
    chosen = region_state.receipts.sets.get(name)
    for place, rule in enumerate(order):
        if rule in order[:place]:
            raise Invalid(f"Multiple positions found for rule: {rule}")
    left_out = [rule.name for rule in chosen.rules if rule.name not in order]
    if left_out:
        raise Invalid(f"Positions for rules not found: {', '.join(left_out)}")
    chosen.rules = [chosen.rules[chosen.place(rule)] for rule in order]


def add_rule(region_state: RegionState, name: str, rule: Rule, after: str | None) -> None:
    """Add a rule to a set, after the rule called ``after`` or (with ``None``) at the front."""
    check_rule(rule)
    chosen = region_state.receipts.sets.get(name)
    if any(known.name == rule.name for known in chosen.rules):
        raise Taken(_RULE, rule.name)
    if len(chosen.rules) >= MOST_RULES:
        raise LimitReached("Too many rules")
    place = chosen.place_after(after)
    _check_targets(region_state, rule)
    chosen.rules.insert(place, rule)
    _introduce(region_state, rule)


def replace_rule(region_state: RegionState, name: str, rule: Rule) -> None:
    """Replace the rule of the same name completely, at the same position."""
    check_rule(rule)
    chosen = region_state.receipts.sets.get(name)
    place = chosen.place(rule.name)
    _check_targets(region_state, rule)
    chosen.rules[place] = rule
    _introduce(region_state, rule)


def move_rule(region_state: RegionState, name: str, rule: str, after: str | None) -> None:
    """Move a rule after another one, or with ``None`` to the front. After itself it does not move."""
    chosen = region_state.receipts.sets.get(name)
    place = chosen.place(rule)
    if rule == after:
        return
    chosen.place_after(after)
    moved = chosen.rules.pop(place)
    chosen.rules.insert(chosen.place_after(after), moved)


def remove_rule(region_state: RegionState, name: str, rule: str) -> None:
    """Remove a rule from a set. A missing rule is no error."""
    chosen = region_state.receipts.sets.get(name)
    chosen.rules = [known for known in chosen.rules if known.name != rule]


def _introduce(region_state: RegionState, rule: Rule) -> None:
    """Send the setup notification to the topics of a rule, and write a test object to its buckets, as SES does."""
    for topic in dict.fromkeys(action.topic for action in rule.actions):
        if topic is not None:
            announcements.post(region_state, "receipts", topic)
    for action in rule.actions:
        if isinstance(action, Store):
            region_state.simulation.work.append(_try(f"s3://{action.bucket}/{action.object_key(_TRIAL_NAME)}"))


def _try(url: str) -> BackgroundJob:
    yield IORequest("store", url, _TRIAL)


# Checks of rules.


def to_recipients(given: Iterable[str]) -> tuple[str, ...]:
    """Return the recipients of a rule as SES stores them: lower case, sorted, without duplicates."""
    return tuple(sorted({entry.lower() for entry in given}))


def check_rule(rule: Rule) -> None:
    """Check everything about a rule that does not depend on its set or on other resources."""
    check_name("ruleName", rule.name)
    if len(rule.recipients or ()) > MOST_RECIPIENTS:
        raise LimitReached("Too many recipients")
    for entry in rule.recipients or ():
        if not _is_recipient(entry):
            raise Invalid(f"Invalid recipient: {entry}")
    if len(rule.actions) > MOST_ACTIONS:
        raise LimitReached("Too many actions")
    if any(isinstance(action, StopAction) for action in rule.actions[:-1]):
        raise Invalid("Stop action, if any, must be placed at the end of the actions list")
    for action in rule.actions:
        if isinstance(action, AddHeader):
            _check_header(action)


def _is_recipient(entry: str) -> bool:
    local, at, domain = entry.rpartition("@")
    if at:
        return fault(entry) is None and not domain.startswith(".") and bool(local) and _is_domain(domain)
    return _is_domain(entry)


def _is_domain(text: str) -> bool:
    return _DOMAIN.fullmatch(text) is not None and "." in text.lstrip(".") and len(text) <= 255  # noqa: PLR2004 - RFC 1035


def _check_header(action: AddHeader) -> None:
    # The AWS pages allow letters, digits and dashes. Real SES accepted every name that RFC 5322 allows.
    if not _HEADER_NAME.fullmatch(action.name) or len(action.name) > LONGEST_HEADER_NAME:
        raise Invalid(f"Invalid header name: {action.name}")
    # Real SES accepts a NUL and can then no longer show the rule. Here a NUL is refused like a line break.
    if _NO_HEADER_VALUE.search(action.value) or len(action.value) > LONGEST_HEADER_VALUE:
        shown = _NO_HEADER_VALUE.sub(lambda found: f"0x{ord(found[0]):04x}", action.value)
        raise Invalid(f"Invalid header value: {shown}")


def _check_targets(region_state: RegionState, rule: Rule) -> None:
    """Check the resources that a rule uses. Refuse a resource that is known not to exist."""
    for action in rule.actions:
        if action.topic is not None:
            _check_topic(region_state, action.topic)
        check = _CHECKS.get(type(action))
        if check is not None:
            check(region_state, action)


def _check_topic(region_state: RegionState, arn: str) -> None:
    found = _TOPIC.fullmatch(arn)
    if found is None or found[1] != region_state.region or found[2].endswith(".fifo"):
        raise Unusable("topic", arn, f"Invalid SNS topic: {arn}")
    if _is_missing(region_state, arn):
        raise Unusable("topic", arn, f"Could not publish to SNS topic: {arn}")


def _check_bucket(region_state: RegionState, action: Store) -> None:
    if not action.bucket:
        raise Invalid("Bucket name must not be empty")
    if _is_missing(region_state, f"arn:{partition(region_state.region)}:s3:::{action.bucket}"):
        raise Unusable("bucket", action.bucket, f"No such bucket: {action.bucket}")


def _check_function(region_state: RegionState, action: Ask) -> None:
    if not action.function:
        raise Invalid("Lambda function ARN must not be empty")
    found = _FUNCTION.fullmatch(action.function)
    if found is None or found[1] != region_state.region:
        raise Unusable("function", action.function, f"Invalid Lambda function: {action.function}")
    if function_of(region_state.simulation, action.function) is None and _is_missing(region_state, action.function):
        raise Unusable("function", action.function, f"Could not invoke Lambda function: {action.function}")


def _check_bounce(region_state: RegionState, action: BounceAction) -> None:
    # Real SES refused empty values here. That it refuses other invalid values is a guess.
    if not _REPLY_CODE.fullmatch(action.code):
        raise Invalid(f"Invalid SMTP reply code: {action.code}")
    if action.status is not None and not _STATUS_CODE.fullmatch(action.status):
        raise Invalid(f"Invalid SMTP status code: {action.status}")
    if not action.message:
        raise Invalid(f"Invalid SMTP response message: {action.message}")
    if not region_state.simulation.any_sender and not identities.is_verified(region_state, action.sender):
        raise Invalid(f"Identity is not verified: {action.sender}")


_CHECKS: dict[type[Action], Callable[..., None]] = {
    Store: _check_bucket,
    Ask: _check_function,
    BounceAction: _check_bounce,
}


def function_of(simulation: Simulation, arn: str) -> Callable[[Any, Any], Any] | None:
    """Return the handler that a test gave for a Lambda function, by its ARN or its name."""
    name = arn.rpartition(":function:")[2].partition(":")[0]
    return simulation.functions.get(arn) or simulation.functions.get(name)


def _is_missing(region_state: RegionState, arn: str) -> bool:
    return region_state.simulation.collaborators.exists(arn) is False
