"""Templates: create, change, list, delete and test them.

https://docs.aws.amazon.com/ses/latest/APIReference/API_CreateTemplate.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailTemplate.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v1, v2
from pytest_sesfake.operations.tags import read_tags, show_tags
from pytest_sesfake.ses import rendering, templates
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.refusals import Invalid, Missing
from pytest_sesfake.ses.rendering import Unrenderable
from pytest_sesfake.ses.templates import Template as Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.simulation import RegionState

_ORDINARY_PAGE = 10
_LARGEST_PAGE = 100
_BAD_DATA = "Template rendering data is invalid"


def template_of(region_state: RegionState, given: Json) -> Kept:
    """Return the template of v2's ``Template``: a stored one, by name or ARN, or the inline one."""
    brought = given.get("TemplateContent")
    name = given.get("TemplateName") or given.get("TemplateArn")
    if (brought is None) is (name is None):
        raise Invalid("Either TemplateContent, or one of TemplateName and TemplateArn, must be given as Template.")
    if brought is None:
        return templates.find(region_state, name or "")
    made = _read_v2(None, brought)
    templates.check_brought(made)
    return made


# Version 1


@v1("CreateTemplate", does="modelled", texts=("reported", "chosen"))
def create_template(region_state: RegionState, *, Template: Json) -> None:
    """Create a template."""
    templates.create(region_state, _read_v1(Template))


@v1("GetTemplate", does="modelled", texts="reported")
def get_template(region_state: RegionState, *, TemplateName: str) -> Json:
    """Return a template."""
    kept = region_state.templates.get(TemplateName)
    return {
        "Template": {
            "TemplateName": kept.name,
            "SubjectPart": kept.subject,
            "TextPart": kept.text,
            "HtmlPart": kept.html,
        }
    }


@v1("UpdateTemplate", does="modelled", texts=("reported", "chosen"))
def update_template(region_state: RegionState, *, Template: Json) -> None:
    """Replace the template of this name. Missing parts are removed."""
    templates.update(region_state, _read_v1(Template))


@v1("DeleteTemplate", does="modelled")
def delete_template(region_state: RegionState, *, TemplateName: str) -> None:
    """Delete a template. An unknown template is no error."""
    templates.remove(region_state, TemplateName)


@v1("ListTemplates", does="modelled", texts="chosen")
def list_templates(region_state: RegionState, *, NextToken: str | None = None, MaxItems: int | None = None) -> Json:
    """List the templates, oldest first."""
    return _list(region_state, MaxItems, NextToken, "Name")


@v1("TestRenderTemplate", does="computed", texts=("recorded", "reported"))
def test_render_template(region_state: RegionState, *, TemplateName: str, TemplateData: str) -> Json:
    """Render a template as a send would, and return the mail."""
    kept = region_state.templates.get(TemplateName)
    try:
        return {"RenderedTemplate": templates.preview(region_state, kept, rendering.read(TemplateData))}
    except Invalid:
        raise say("InvalidRenderingParameter", _BAD_DATA, TemplateName=TemplateName) from None
    except Unrenderable as error:
        code = "InvalidRenderingParameter" if error.attribute is None else "MissingRenderingAttribute"
        raise say(code, error.text, TemplateName=TemplateName) from None


def _read_v1(given: Json) -> Kept:
    return Kept(given["TemplateName"], given.get("SubjectPart"), given.get("TextPart"), given.get("HtmlPart"))


# Version 2


@v2("CreateEmailTemplate", does="modelled", texts=("reported", "chosen"))
def create_email_template(
    region_state: RegionState, *, TemplateName: str, TemplateContent: Json, Tags: Sequence[Json] = ()
) -> None:
    """Create a template with tags."""
    added = read_tags(Tags)
    templates.create(region_state, _read_v2(TemplateName, TemplateContent))
    region_state.tags.put(templates.arn(region_state, TemplateName), added)


@v2("GetEmailTemplate", does="modelled", texts="reported")
def get_email_template(region_state: RegionState, *, TemplateName: str) -> Json:
    """Return a template with its tags."""
    kept = region_state.templates.get(TemplateName)
    return {
        "TemplateName": kept.name,
        "TemplateContent": {"Subject": kept.subject, "Text": kept.text, "Html": kept.html},
        "Tags": show_tags(region_state, templates.arn(region_state, TemplateName)),
    }


@v2("UpdateEmailTemplate", does="modelled", texts=("reported", "chosen"))
def update_email_template(region_state: RegionState, *, TemplateName: str, TemplateContent: Json) -> None:
    """Replace the template of this name. Missing parts are removed."""
    templates.update(region_state, _read_v2(TemplateName, TemplateContent))


@v2("DeleteEmailTemplate", does="modelled", texts="reported")
def delete_email_template(region_state: RegionState, *, TemplateName: str) -> None:
    """Delete a template. An unknown template is an error."""
    if templates.remove(region_state, TemplateName) is None:
        raise Missing(region_state.templates.kind, TemplateName)


@v2("ListEmailTemplates", does="modelled", texts="chosen")
def list_email_templates(
    region_state: RegionState, *, NextToken: str | None = None, PageSize: int | None = None
) -> Json:
    """List the templates, oldest first."""
    return _list(region_state, PageSize, NextToken, "TemplateName")


@v2("TestRenderEmailTemplate", does="computed", texts=("recorded", "reported"))
def test_render_email_template(region_state: RegionState, *, TemplateName: str, TemplateData: str) -> Json:
    """Render a template as a send would, and return the mail."""
    kept = region_state.templates.get(TemplateName)
    try:
        return {"RenderedTemplate": templates.preview(region_state, kept, rendering.read(TemplateData))}
    except Invalid:
        raise say("BadRequestException", _BAD_DATA) from None
    except Unrenderable as error:
        raise say("BadRequestException", error.text) from None


def _read_v2(name: str | None, given: Json) -> Kept:
    return Kept(name, given.get("Subject"), given.get("Text"), given.get("Html"))


def _list(region_state: RegionState, size: int | None, token: str | None, called: str) -> Json:
    size = size if size is not None and size > 0 else _ORDINARY_PAGE
    shown, following = region_state.templates.page(size, token, most=_LARGEST_PAGE)
    found = [{called: kept.name, "CreatedTimestamp": moment(kept.created)} for kept in shown]
    return {"TemplatesMetadata": found, "NextToken": following}
