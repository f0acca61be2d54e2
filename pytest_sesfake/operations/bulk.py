"""Bulk sending: one template, and up to 50 destinations. Each destination gets its own message.

https://docs.aws.amazon.com/ses/latest/APIReference/API_SendBulkTemplatedEmail.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pytest_sesfake.operations import refusals
from pytest_sesfake.operations.sending import NO_SOURCE, to_arns, to_parts, to_tags
from pytest_sesfake.operations.table import v1, v2
from pytest_sesfake.operations.templates import template_of
from pytest_sesfake.ses import bulk, rendering, submission, templates
from pytest_sesfake.ses.refusals import Invalid, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.rendering import Data
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.submission import Content, Submission
    from pytest_sesfake.ses.templates import Template as Found


@dataclass(frozen=True, slots=True)
class Common:
    """The values that all entries of a call share. ``refusal`` is set if the whole call cannot send."""

    template: Found | None
    refusal: Refusal | None
    default: Data | Refusal
    tags: dict[str, str]

    def content(self, replacement: str | None) -> Content:
        """Return the content of one entry: the template and its data."""
        if self.refusal is not None or self.template is None:
            raise self.refusal or Refusal
        if isinstance(self.default, Refusal):
            raise self.default
        return self.template, rendering.merge(self.default, rendering.read(replacement or "{}"))


@v1("SendBulkTemplatedEmail", does="modelled", texts=("recorded", "reported", "chosen"), sends=True)
def send_bulk_templated_email(
    region_state: RegionState,
    *,
    Source: str,
    Template: str,
    Destinations: Sequence[Json],
    DefaultTemplateData: str | None = None,  # older service models do not require it
    ReplyToAddresses: Sequence[str] = (),
    ReturnPath: str | None = None,
    ConfigurationSetName: str | None = None,
    DefaultTags: Sequence[Json] = (),
    TemplateArn: str | None = None,
    SourceArn: str | None = None,
    ReturnPathArn: str | None = None,
) -> Json:
    """Send a message to each destination, rendered from a template."""
    common = _common(
        lambda: templates.find(region_state, TemplateArn or Template), DefaultTemplateData or "{}", DefaultTags
    )
    given = [
        submission.from_template(
            region_state,
            to_parts(entry["Destination"], ReplyToAddresses, {}),
            partial(common.content, entry.get("ReplacementTemplateData")),
            api="ses",
            operation="SendBulkTemplatedEmail",
            source=Source,
            return_path=ReturnPath,
            arns=to_arns(SourceArn, ReturnPathArn),
            configuration_set=ConfigurationSetName,
            tags={**common.tags, **(to_tags(entry.get("ReplacementTags") or ()) or {})},
        )
        for entry in Destinations
    ]
    return {"Status": _send(region_state, given, common, "ses")}


@v2("SendBulkEmail", does="modelled", texts=("recorded", "reported", "chosen"), sends=True)
def send_bulk_email(
    region_state: RegionState,
    *,
    DefaultContent: Json,
    BulkEmailEntries: Sequence[Json],
    FromEmailAddress: str | None = None,
    ReplyToAddresses: Sequence[str] = (),
    FeedbackForwardingEmailAddress: str | None = None,
    DefaultEmailTags: Sequence[Json] = (),
    ConfigurationSetName: str | None = None,
    TenantName: str | None = None,
    FromEmailAddressIdentityArn: str | None = None,
    FeedbackForwardingEmailAddressIdentityArn: str | None = None,
) -> Json:
    """Send a message to each entry, rendered from a template."""
    template = DefaultContent.get("Template") or {}

    def find() -> Found:
        if not FromEmailAddress:
            raise Invalid(NO_SOURCE)
        return template_of(region_state, template)

    common = _common(find, template.get("TemplateData") or "{}", DefaultEmailTags)
    given = [
        submission.from_template(
            region_state,
            to_parts(
                entry["Destination"],
                ReplyToAddresses,
                {**template, "Headers": _headers(template.get("Headers") or (), entry.get("ReplacementHeaders") or ())},
            ),
            partial(common.content, _replacement(entry)),
            api="sesv2",
            operation="SendBulkEmail",
            source=FromEmailAddress or "",
            return_path=FeedbackForwardingEmailAddress,
            arns=to_arns(FromEmailAddressIdentityArn, FeedbackForwardingEmailAddressIdentityArn),
            configuration_set=ConfigurationSetName,
            tags={**common.tags, **(to_tags(entry.get("ReplacementTags") or ()) or {})},
            tenant=TenantName,
        )
        for entry in BulkEmailEntries
    ]
    return {"BulkEmailEntryResults": _send(region_state, given, common, "sesv2")}


def _replacement(entry: Json) -> str | None:
    content = entry.get("ReplacementEmailContent") or {}
    text: str | None = (content.get("ReplacementTemplate") or {}).get("ReplacementTemplateData")
    return text


def _headers(default: Iterable[Json], replacement: Iterable[Json]) -> list[Json]:
    """Merge header fields. A field of the entry replaces, in place, the default field of the same name."""
    found = {header["Name"].lower(): header for header in default}
    found.update({header["Name"].lower(): header for header in replacement})
    return list(found.values())


def _common(find: Callable[[], Found], data: str, tags: Sequence[Json]) -> Common:
    template, refusal = None, None
    try:
        template = find()
    except Refusal as error:
        refusal = error
    default: Data | Refusal
    try:
        default = rendering.read(data)
    except Refusal as error:
        default = error
    return Common(template, refusal, default, to_tags(tags) or {})


def _send(region_state: RegionState, given: Sequence[Submission], common: Common, api: str) -> list[Json]:
    call = region_state.simulation.current
    params = call.params
    results = bulk.send(region_state, given, refusal=common.refusal, tags=common.tags)
    call.set_params(params)  # the messages do not show which values the entries shared
    shown = []
    for result in results:
        if isinstance(result, Refusal):
            status, text = refusals.entry(result, api)
            shown.append({"Status": status, "Error": text})
        else:
            shown.append({"Status": "Success" if api == "ses" else "SUCCESS", "MessageId": result.id})
    return shown
