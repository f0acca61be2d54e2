"""Custom verification mails: their templates, and the calls that send them.

https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html#send-email-verify-address-custom
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v1, v2
from pytest_sesfake.operations.tags import read_tags, show_tags
from pytest_sesfake.ses import configuration_sets, custom_verification, identities
from pytest_sesfake.ses.custom_verification import VerificationTemplate
from pytest_sesfake.ses.refusals import Invalid, Missing, Paused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.simulation import RegionState

_LARGEST_PAGE = 50


# Version 1


@v1("CreateCustomVerificationEmailTemplate", does="modelled", texts=("reported", "chosen"))
def create_custom_verification_email_template(
    region_state: RegionState,
    *,
    TemplateName: str,
    FromEmailAddress: str,
    TemplateSubject: str,
    TemplateContent: str,
    SuccessRedirectionURL: str,
    FailureRedirectionURL: str,
) -> None:
    """Create a template."""
    made = VerificationTemplate(
        TemplateName, FromEmailAddress, TemplateSubject, TemplateContent, SuccessRedirectionURL, FailureRedirectionURL
    )
    _create(region_state, made, api="ses")


@v1("GetCustomVerificationEmailTemplate", does="modelled", texts="reported")
def get_custom_verification_email_template(region_state: RegionState, *, TemplateName: str) -> Json:
    """Return a template."""
    kept = region_state.verification_templates.get(TemplateName)
    return {**_show(kept), "TemplateContent": kept.content}


@v1("UpdateCustomVerificationEmailTemplate", does="modelled", texts=("reported", "chosen"))
def update_custom_verification_email_template(
    region_state: RegionState,
    *,
    TemplateName: str,
    FromEmailAddress: str | None = None,
    TemplateSubject: str | None = None,
    TemplateContent: str | None = None,
    SuccessRedirectionURL: str | None = None,
    FailureRedirectionURL: str | None = None,
) -> None:
    """Change a template. Missing parts keep their values."""
    parts = (FromEmailAddress, TemplateSubject, TemplateContent, SuccessRedirectionURL, FailureRedirectionURL)
    _update(region_state, TemplateName, parts, api="ses")


@v1("DeleteCustomVerificationEmailTemplate", does="modelled")
def delete_custom_verification_email_template(region_state: RegionState, *, TemplateName: str) -> None:
    """Delete a template. An unknown template is no error."""
    custom_verification.remove(region_state, TemplateName)


@v1("ListCustomVerificationEmailTemplates", does="modelled", texts="chosen")
def list_custom_verification_email_templates(
    region_state: RegionState, *, NextToken: str | None = None, MaxResults: int | None = None
) -> Json:
    """List the templates without their contents, oldest first."""
    return _list(region_state, MaxResults, NextToken)


@v1("SendCustomVerificationEmail", does="modelled", texts=("reported", "chosen"))
def send_custom_verification_email(
    region_state: RegionState, *, EmailAddress: str, TemplateName: str, ConfigurationSetName: str | None = None
) -> Json:
    """Create an address identity and send its custom verification mail."""
    return _send(region_state, EmailAddress, TemplateName, ConfigurationSetName, api="ses")


# Version 2


@v2("CreateCustomVerificationEmailTemplate", does="modelled", texts=("reported", "chosen"))
def create_custom_verification_email_template_v2(
    region_state: RegionState,
    *,
    TemplateName: str,
    FromEmailAddress: str,
    TemplateSubject: str,
    TemplateContent: str,
    SuccessRedirectionURL: str,
    FailureRedirectionURL: str,
    Tags: Sequence[Json] = (),
) -> None:
    """Create a template with tags."""
    made = VerificationTemplate(
        TemplateName, FromEmailAddress, TemplateSubject, TemplateContent, SuccessRedirectionURL, FailureRedirectionURL
    )
    added = read_tags(Tags)
    _create(region_state, made, api="sesv2")
    region_state.tags.put(custom_verification.arn(region_state, TemplateName), added)


@v2("GetCustomVerificationEmailTemplate", does="modelled", texts="reported")
def get_custom_verification_email_template_v2(region_state: RegionState, *, TemplateName: str) -> Json:
    """Return a template with its tags."""
    shown = get_custom_verification_email_template(region_state, TemplateName=TemplateName)
    return {**shown, "Tags": show_tags(region_state, custom_verification.arn(region_state, TemplateName))}


@v2("UpdateCustomVerificationEmailTemplate", does="modelled", texts=("reported", "chosen"))
def update_custom_verification_email_template_v2(
    region_state: RegionState,
    *,
    TemplateName: str,
    FromEmailAddress: str,
    TemplateSubject: str,
    TemplateContent: str,
    SuccessRedirectionURL: str,
    FailureRedirectionURL: str,
) -> None:
    """Replace the template of this name. Its tags stay."""
    parts = (FromEmailAddress, TemplateSubject, TemplateContent, SuccessRedirectionURL, FailureRedirectionURL)
    _update(region_state, TemplateName, parts, api="sesv2")


@v2("DeleteCustomVerificationEmailTemplate", does="modelled", texts="reported")
def delete_custom_verification_email_template_v2(region_state: RegionState, *, TemplateName: str) -> None:
    """Delete a template. An unknown template is an error."""
    if custom_verification.remove(region_state, TemplateName) is None:
        raise Missing(region_state.verification_templates.kind, TemplateName)


@v2("ListCustomVerificationEmailTemplates", does="modelled", texts="chosen")
def list_custom_verification_email_templates_v2(
    region_state: RegionState, *, NextToken: str | None = None, PageSize: int | None = None
) -> Json:
    """List the templates without their contents, oldest first."""
    return _list(region_state, PageSize, NextToken)


@v2("SendCustomVerificationEmail", does="modelled", texts=("reported", "chosen"))
def send_custom_verification_email_v2(
    region_state: RegionState, *, EmailAddress: str, TemplateName: str, ConfigurationSetName: str | None = None
) -> Json:
    """Create an address identity and send its custom verification mail."""
    return _send(region_state, EmailAddress, TemplateName, ConfigurationSetName, api="sesv2")


# Both

_SANDBOX = "Custom verification emails can only be sent by accounts with production access."


def _create(region_state: RegionState, template: VerificationTemplate, *, api: str) -> None:
    _check(region_state, template, api)
    custom_verification.create(region_state, template)


def _update(region_state: RegionState, name: str, parts: tuple[str | None, ...], *, api: str) -> None:
    kept = region_state.verification_templates.get(name)
    changes = zip(("sender", "subject", "content", "success", "failure"), parts, strict=True)
    made = replace(kept, **{field: value for field, value in changes if value is not None})
    _check(region_state, made, api)
    region_state.verification_templates.replace(name, made)


def _send(region_state: RegionState, address: str, template: str, configuration_set: str | None, *, api: str) -> Json:
    _check_target(region_state, address, configuration_set)
    kept = region_state.verification_templates.find(template)
    if kept is None and api == "ses":
        raise say(
            "CustomVerificationEmailTemplateDoesNotExist",
            f"Template <{template}> does not exist",
            CustomVerificationEmailTemplateName=template,
        )
    if kept is None:
        raise Missing(region_state.verification_templates.kind, template)
    if not region_state.account.production:
        raise say("ProductionAccessNotGranted", _SANDBOX) if api == "ses" else Invalid(_SANDBOX)
    _check_sender(region_state, kept.sender, api)
    return {"MessageId": custom_verification.send(region_state, kept, address, api=api).id}


def _check(region_state: RegionState, template: VerificationTemplate, api: str) -> None:
    _check_sender(region_state, template.sender, api)
    custom_verification.check_redirects(template)
    fault = custom_verification.content_fault(template.content)
    if fault is not None:
        raise say("CustomVerificationEmailInvalidContent", fault) if api == "ses" else Invalid(fault)


def _check_sender(region_state: RegionState, sender: str, api: str) -> None:
    if not custom_verification.may_send(region_state, sender):
        text = f"The from email address <{sender}> is not verified"
        raise (
            say("FromEmailAddressNotVerified", text, FromEmailAddress=sender)
            if api == "ses"
            else say("NotFoundException", text)
        )


def _check_target(region_state: RegionState, address: str, configuration_set: str | None) -> None:
    if not address:
        raise Invalid("Email address not specified.")
    identities.check_address(address)
    if configuration_set is not None:
        chosen = configuration_sets.find(region_state, configuration_set)
        if not chosen.sending:
            raise Paused(chosen.name)
    if not region_state.account.sending:
        raise Paused


def _show(template: VerificationTemplate) -> Json:
    return {
        "TemplateName": template.name,
        "FromEmailAddress": template.sender,
        "TemplateSubject": template.subject,
        "SuccessRedirectionURL": template.success,
        "FailureRedirectionURL": template.failure,
    }


def _list(region_state: RegionState, size: int | None, token: str | None) -> Json:
    size = size if size is not None and size > 0 else None
    shown, following = region_state.verification_templates.page(size, token, most=_LARGEST_PAGE)
    return {"CustomVerificationEmailTemplates": list(map(_show, shown)), "NextToken": following}
