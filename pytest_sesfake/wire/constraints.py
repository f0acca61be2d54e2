"""Check arguments against the constraints of the service model, with the error texts of SES's validation layer.

The constraints of each operation are compiled into functions when the operation is first called.
"""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pytest_sesfake.wire.model import Member, Operation, Shape

    Judge = Callable[[Any], "Sequence[Failure]"]


class Failure(NamedTuple):
    """One violated constraint: the path of the value, the value as the error text shows it, and the constraint."""

    path: str
    shown: str
    demand: str


# Members, as API and "Shape.Member", whose values this module does not check. SES ignores the model's constraints for
# them, or uses other error texts. This module still checks that they are not null.
SKIPPED: frozenset[tuple[str, str]] = frozenset({
    ("ses", "MessageTag.Name"),
    ("ses", "MessageTag.Value"),
    ("ses", "SetIdentityHeadersInNotificationsEnabledRequest.NotificationType"),
    ("sesv2", "MessageTag.Name"),
    ("sesv2", "MessageTag.Value"),
    ("sesv2", "MessageHeader.Name"),
    ("sesv2", "MessageHeader.Value"),
    ("sesv2", "CreateContactListRequest.ContactListName"),
    ("sesv2", "CreateContactListRequest.Description"),
    ("sesv2", "UpdateContactListRequest.Description"),
    ("sesv2", "Topic.TopicName"),
    ("sesv2", "Topic.DisplayName"),
    ("sesv2", "Topic.Description"),
    ("sesv2", "CreateConfigurationSetEventDestinationRequest.EventDestinationName"),
    ("sesv2", "CreateDedicatedIpPoolRequest.ScalingMode"),
    ("sesv2", "PutDedicatedIpPoolScalingAttributesRequest.ScalingMode"),
    ("sesv2", "BatchGetMetricDataQuery.Dimensions"),
    ("sesv2", "PutConfigurationSetSuppressionOptionsRequest.SuppressedReasons"),
    ("sesv2", "ListConfigurationSetsRequest.Filter"),
    ("sesv2", "GetTenantRequest.TenantName"),
    ("sesv2", "DeleteTenantRequest.TenantName"),
    ("sesv2", "CreateTenantResourceAssociationRequest.TenantName"),
    ("sesv2", "DeleteTenantResourceAssociationRequest.TenantName"),
    ("sesv2", "ListTenantResourcesRequest.TenantName"),
    ("sesv2", "PutTenantSuppressionAttributesRequest.TenantName"),
})  # fmt: skip

# Constraints of SES that the model lacks.
ADDED: Mapping[tuple[str, str], Mapping[str, Any]] = MappingProxyType({
    ("ses", "SendBulkTemplatedEmailRequest.Destinations"): {"min": 1, "max": 50},
    ("sesv2", "SendBulkEmailRequest.BulkEmailEntries"): {"min": 1, "max": 50},
    ("sesv2", "TagResourceRequest.Tags"): {"min": 1},
})  # fmt: skip

# The order in which SES lists the values of an enum, if it is known and differs from the model's order.
ENUM_ORDERS: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType({
    ("ses", "BehaviorOnMXFailure"): ("RejectMessage", "UseDefaultValue"),
    ("ses", "IdentityType"): ("Domain", "EmailAddress"),
    ("ses", "InvocationType"): ("RequestResponse", "Event"),
    ("ses", "ReceiptFilterPolicy"): ("Allow", "Block"),
    ("ses", "SNSActionEncoding"): ("Base64", "UTF-8"),
    ("ses", "TlsPolicy"): ("Optional", "Require"),
    ("sesv2", "BehaviorOnMxFailure"): ("REJECT_MESSAGE", "USE_DEFAULT_VALUE"),
    ("sesv2", "FeatureStatus"): ("ENABLED", "DISABLED"),
    ("sesv2", "HttpsPolicy"): ("OPTIONAL", "REQUIRE", "REQUIRE_OPEN_ONLY"),
    ("sesv2", "Metric"): (
        "DELIVERY_COMPLAINT", "CLICK", "SEND", "OPEN", "COMPLAINT", "DELIVERY", "DELIVERY_OPEN", "PERMANENT_BOUNCE",
        "DELIVERY_CLICK", "TRANSIENT_BOUNCE",
    ),
    ("sesv2", "IdentityFilterKey"): ("IDENTITY_NAME_CONTAINS", "VERIFICATION_STATUS", "IDENTITY_TYPE"),
    ("sesv2", "ListTenantsFilterKey"): ("SENDING_STATUS", "TENANT_NAME_CONTAINS"),
    ("sesv2", "SubscriptionStatus"): ("OPT_OUT", "OPT_IN"),
    ("sesv2", "SuppressionListReason"): ("BOUNCE", "COMPLAINT"),
    ("sesv2", "SuppressionListScope"): ("TENANT", "ACCOUNT"),
    ("sesv2", "TlsPolicy"): ("OPTIONAL", "REQUIRE"),
})  # fmt: skip

# Shapes of v1 whose failed values SES does not show: some enums, as seen in real error texts, and values that are too
# long. For all other members, v1 shows the failed value. v2 never shows it.
UNSHOWN: frozenset[str] = frozenset({
    "BehaviorOnMXFailure", "InvocationType", "ReceiptFilterPolicy", "SNSActionEncoding", "StopScope", "TlsPolicy",
    "BulkEmailDestinationList", "TemplateData",
})  # fmt: skip

_NUMBERS = ("integer", "long", "double", "float")
_COMPOSITE = ("structure", "list", "map")


def check(operation: Operation, arguments: Mapping[str, Any]) -> str | None:
    """Return SES's error text for arguments that violate the model, ``None`` if they are valid.

    The error code is ``ValidationError`` in v1 and ``BadRequestException`` in v2.
    """
    judge = _judge_of(operation)
    failures = judge(arguments) if judge else ()
    if not failures:
        return None
    texts = [f"Value{shown} at '{path}' failed to satisfy constraint: {demand}" for path, shown, demand in failures]
    return f"{len(texts)} validation error{'s' if len(texts) > 1 else ''} detected: {'; '.join(texts)}"


# Judges: one function for each part of the arguments that has constraints, compiled at the first call


@cache
def _judge_of(operation: Operation) -> Judge | None:
    return _judge(operation.api, operation.input, operation.input.traits, ()) if operation.input else None


def _judge(api: str, shape: Shape, traits: Mapping[str, Any], above: tuple[Shape, ...]) -> Judge | None:
    """Return the function that checks values of a shape, ``None`` if the shape has no constraints."""
    if shape in above:
        return None  # a recursive shape is checked only on its outermost level
    above = (*above, shape)
    if shape.kind == "structure":
        return _structure_judge(api, shape, above)
    demands = _demands(api, shape, traits)[::-1]
    items = _judge(api, shape.item, shape.item.traits, above) if shape.kind == "list" and _holds(shape.item) else None
    if not demands and items is None:
        return None
    is_shown = api == "ses" and not shape.sensitive and shape.name not in UNSHOWN

    def judge(value: Any) -> Sequence[Failure]:
        failures = [
            Failure("", _shown(value) if is_shown else "", demand.text)
            for demand in demands
            if not demand.is_met(value)
        ]
        if items is not None:
            for number, item in enumerate(value, 1):
                failures += _below(f"{number}.member", items(item))
        return failures

    return judge


def _holds(shape: Shape) -> bool:
    """Tell whether SES reports the items of a list one by one. For plain values it reports the list as a whole."""
    return shape.kind in _COMPOSITE


def _structure_judge(api: str, shape: Shape, above: tuple[Shape, ...]) -> Judge | None:
    null = " null" if api == "ses" else ""
    checks = []
    for member in _in_order_of_report(list(shape.members.values())):
        place = (api, f"{shape.name}.{member.name}")
        traits = {**member.shape.traits, **ADDED.get(place, {})}
        judge = None if place in SKIPPED else _judge(api, member.shape, traits, above)
        if member.required or judge is not None:
            checks.append((member.name, _part(member.name), member.required, judge))
    if not checks:
        return None

    def judge_members(value: Mapping[str, Any]) -> Sequence[Failure]:
        failures: Sequence[Failure] = ()
        for name, part, required, judge in checks:
            inner = value.get(name)
            if inner is None:
                if required:
                    failures = [*failures, Failure(part, null, "Member must not be null")]
            elif judge is not None:
                found = judge(inner)
                if found:
                    failures = [*failures, *_below(part, found)]
        return failures

    return judge_members


def _below(part: str, failures: Sequence[Failure]) -> list[Failure]:
    return [failure._replace(path=f"{part}.{failure.path}" if failure.path else part) for failure in failures]


def _part(name: str) -> str:
    return name[:1].lower() + name[1:]


def _in_order_of_report(members: list[Member]) -> list[Member]:
    """Order members as SES reports them: in the order of a Java hash table of their names.

    All published error texts with several failures agree with this order. They do not agree with the model's order or
    with the alphabet.
    """
    size = 16
    while len(members) > size * 0.75:
        size *= 2

    def slot(member: Member) -> int:
        code = 0
        for letter in _part(member.name):
            code = (31 * code + ord(letter)) & 0xFFFFFFFF
        return (code ^ code >> 16) & (size - 1)

    return sorted(members, key=slot)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return f" '{{{', '.join(f'{key}={item}' for key, item in value.items())}}}'"
    if isinstance(value, list):
        return f" '[{', '.join(map(str, value))}]'"
    return "" if isinstance(value, bytes) else f" '{value}'"


# Constraints


class Demand(NamedTuple):
    """One constraint: its text in SES's errors, and the function that tells whether a value meets it."""

    text: str
    is_met: Callable[[Any], bool]


def _demands(api: str, shape: Shape, traits: Mapping[str, Any]) -> list[Demand]:
    """Return the constraints on a value as a whole, in the order in which SES lists them."""
    demands = _size_demands(shape, traits)
    if "pattern" in traits:
        pattern = _pattern(traits["pattern"])
        if pattern is not None:
            demands.append(Demand(f"Member must satisfy regular expression pattern: {traits['pattern']}", pattern))
    if "enum" in traits:
        values = _enum(traits["enum"], ENUM_ORDERS.get((api, shape.name), ()))
        demands.append(Demand(f"Member must satisfy enum value set: [{', '.join(values)}]", set(values).__contains__))
    if shape.kind == "list" and not _holds(shape.item):
        demands += _joined("Member", _demands(api, shape.item, shape.item.traits), iter)
    elif shape.kind == "map":
        demands += _map_demands(api, shape)
    return demands


def _map_demands(api: str, shape: Shape) -> list[Demand]:
    keys = _joined("Map keys", _demands(api, shape.key, shape.key.traits), iter)
    values = _joined("Map value", _demands(api, shape.value, shape.value.traits), dict.values)
    if not (keys and values):
        return keys + values
    (key,), (value,) = keys, values
    # For a map with an invalid key, SES reports only the key.
    return [key, Demand(value.text, lambda entries: not key.is_met(entries) or value.is_met(entries))]


def _size_demands(shape: Shape, traits: Mapping[str, Any]) -> list[Demand]:
    demands = []
    noun, measure = ("value", _itself) if shape.kind in _NUMBERS else ("length", len)
    if "max" in traits:
        most = traits["max"]
        demands.append(
            Demand(f"Member must have {noun} less than or equal to {most}", lambda value: measure(value) <= most)
        )
    if traits.get("min"):
        least = traits["min"]
        demands.append(
            Demand(f"Member must have {noun} greater than or equal to {least}", lambda value: measure(value) >= least)
        )
    return demands


def _itself(value: float) -> float:
    return value


def _joined(what: str, demands: list[Demand], parts: Callable[[Any], Iterable[Any]]) -> list[Demand]:
    """Combine the constraints on each part of a value into one constraint on the value."""
    if not demands:
        return []
    text = f"{what} must satisfy constraint: [{', '.join(demand.text for demand in demands)}]"
    return [Demand(text, lambda value: all(demand.is_met(part) for part in parts(value) for demand in demands))]


def _enum(values: list[str], order: tuple[str, ...]) -> list[str]:
    """Return the model's values: first those in ``order``, then the others."""
    return sorted(values, key=lambda value: order.index(value) if value in order else len(order))


def _pattern(pattern: str) -> Callable[[str], bool] | None:
    """Return a function that matches whole strings, ``None`` if Python cannot compile the pattern."""
    try:
        compiled = re.compile(pattern, re.ASCII)
    except (re.error, FutureWarning):
        return None
    return lambda value: compiled.fullmatch(value) is not None
