"""Resource tags: labels on identities, configuration sets and other resources with an ARN.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_TagResource.html
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v2
from pytest_sesfake.ses import tags
from pytest_sesfake.ses.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.simulation import RegionState

# The name in error texts for each kind of resource in an ARN.
_CALLED = {
    "configuration-set": "ConfigurationSet",
    "contact-list": "ContactList",
    "custom-verification-email-template": "CustomVerificationEmailTemplate",
    "dedicated-ip-pool": "DedicatedIpPool",
    "deliverability-test-report": "DeliverabilityTestReport",
    "identity": "EmailIdentity",
    "multi-region-endpoint": "MultiRegionEndpoint",
    "template": "Template",
    "tenant": "Tenant",
}
# SES ignores the partition and the service of the ARN.
_ARN = re.compile(r"arn:[^:]+:[^:]+:([^:]*):([^:]*):([a-z-]+)/(.+)", re.DOTALL)
_ACCOUNT = re.compile(r"[0-9]{12}")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_SET, _LONGEST_TEMPLATE = 64, 128
_LONGEST = {"Key": 128, "Value": 256}
_MARKS = frozenset("_.:/=+-@")
_CHARACTERS = "Tags can only contain letters, numbers, spaces, and the following special characters: _ . : / = + - @"
_TEMPLATE_NAME = (
    "Template name can contain alphanumeric characters, underscores(_) and hyphens(-). It can contain up to 128 "
    "characters and it should start with an alphanumeric character."
)
_TOO_MANY = (
    f"Maximum of {tags.MOST} user tags are allowed per resource, consider reducing the number of tags in the request"
)


@v2("TagResource", does="stored", texts="reported")
def tag_resource(region_state: RegionState, *, ResourceArn: str, Tags: Sequence[Json]) -> None:
    """Add tags to a resource. A tag with a known key replaces the old value."""
    region, arn = _resolve(region_state, ResourceArn)
    if region != region_state.region:
        raise say("BadRequestException", "Failed to tag resource")
    added = read_tags(Tags)
    if len({**region_state.tags.of(arn), **added}) > tags.MOST:
        raise say("BadRequestException", f"{_TOO_MANY} or delete existing tags and retry")
    region_state.tags.put(arn, added)


@v2("UntagResource", does="stored", texts="reported")
def untag_resource(region_state: RegionState, *, ResourceArn: str, TagKeys: Sequence[str]) -> None:
    """Remove tags from a resource. An unknown key is no error."""
    region, arn = _resolve(region_state, ResourceArn)
    if region != region_state.region:
        raise say("BadRequestException", "Failed to untag resource")
    region_state.tags.take(arn, list(TagKeys))


@v2("ListTagsForResource", does="stored", texts="reported")
def list_tags_for_resource(region_state: RegionState, *, ResourceArn: str) -> Json:
    """List the tags of a resource. If the ARN names another region, the list is empty."""
    region, arn = _resolve(region_state, ResourceArn)
    return {"Tags": show_tags(region_state, arn) if region == region_state.region else []}


def read_tags(given: Sequence[Json]) -> dict[str, str]:
    """Return the resource tags of a call as a dictionary. Refuse invalid tags."""
    if len(given) > tags.MOST:
        raise Invalid(_TOO_MANY)
    keys = [tag["Key"] for tag in given]
    if not all(_is_plain(tag[part]) for tag in given for part in ("Key", "Value")):
        raise Invalid(_CHARACTERS)
    if any(key.lower().startswith("aws:") for key in keys):
        text = "Caller is an end user and not allowed to mutate system tags"
        raise Invalid(text)
    long = list(_too_long(given))
    if long:
        text = f"{len(long)} validation error{'s' if len(long) > 1 else ''} detected: {'; '.join(long)}"
        raise Invalid(text)
    if not all(keys):
        raise say("BadRequestException", None)
    if len(set(keys)) < len(keys):
        text = "Cannot provide multiple tags with the same key"
        raise Invalid(text)
    return {tag["Key"]: tag["Value"] for tag in given}


def show_tags(region_state: RegionState, arn: str) -> list[Json]:
    """Return the tags of a resource as SESv2 shows them."""
    return [{"Key": key, "Value": value} for key, value in region_state.tags.of(arn).items()]


def _is_plain(text: str) -> bool:
    return all(character in _MARKS or unicodedata.category(character)[0] in "LNZ" for character in text)


def _too_long(given: Iterable[Json]) -> Iterable[str]:
    for number, tag in enumerate(given, 1):
        for part in ("Value", "Key"):
            if len(tag[part]) > _LONGEST[part]:
                yield (
                    f"Value at 'tags.{number}.member.{part.lower()}' failed to satisfy constraint: "
                    f"Member must have length less than or equal to {_LONGEST[part]}"
                )


def _resolve(region_state: RegionState, given: str) -> tuple[str, str]:
    """Return the region in an ARN, and the ARN of the resource of that kind and name in this region."""
    region, account, kind, name = _parts(given)
    if account != region_state.account_id:
        text = "Operations on a resource created in a different account is not allowed"
        raise say("BadRequestException", text)
    if kind == "configuration-set" and not _is_name(name, _LONGEST_SET):
        raise say("ValidationException", None)
    if kind == "template" and not _is_name(name, _LONGEST_TEMPLATE):
        raise say("BadRequestException", _TEMPLATE_NAME)
    arn = tags.find(region_state, kind, name)
    if arn is None:
        raise say("NotFoundException", f"No {_CALLED[kind]} present with name: {_shown(kind, name)}")
    return region, arn


def _parts(given: str) -> tuple[str, str, str, str]:
    """Return region, account, kind and name of an ARN. Refuse an invalid one."""
    found = _ARN.fullmatch(given)
    region, account, kind, name = found.groups() if found else ("", "", "", "")
    if kind == "identity":
        if not _ACCOUNT.fullmatch(account) or not _is_identity(name):
            raise say("BadRequestException", "Provided resource identifier is not an SES resource")
    elif kind not in _CALLED or not account or not name.strip() or ":" in name or name.count("/") > (kind == "tenant"):
        raise say("BadRequestException", "ResourceArn is not the expected format")
    return region, account, kind, name


def _is_name(name: str, longest: int) -> bool:
    return len(name) <= longest and _NAME.fullmatch(name) is not None


def _is_identity(name: str) -> bool:
    local, at, domain = name.rpartition("@")
    if at:
        return bool(local and domain)
    labels = name.split(".")
    return all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


def _shown(kind: str, name: str) -> str:
    """Return a name as SES shows it in error texts. A tenant's name has two parts; a single part is the last."""
    if kind != "tenant":
        return name
    first, _, last = name.rpartition("/")
    return f"{first or 'null'}with tenantId: {last}"
