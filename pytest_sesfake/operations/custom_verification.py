"""Custom verification mails: their templates, and the calls that send them.

https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html#send-email-verify-address-custom
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v1, v2
from pytest_sesfake.operations.tags import read_tags, show_tags
from pytest_sesfake.ses import configuration_sets, custom_verification, identities
from pytest_sesfake.ses.custom_verification import VerificationTemplate
from pytest_sesfake.ses.refusals import Invalid, Missing, Paused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.ses.simulation import RegionState

Json = dict[str, Any]

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
    _check_v1(region_state, made)
    custom_verification.create(region_state, made)


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
    kept = region_state.verification_templates.get(TemplateName)
    changes = {
        "sender": FromEmailAddress,
        "subject": TemplateSubject,
        "content": TemplateContent,
        "success": SuccessRedirectionURL,
        "failure": FailureRedirectionURL,
    }
    made = replace(kept, **{name: value for name, value in changes.items() if value is not None})
    _check_v1(region_state, made)
    region_state.verification_templates.replace(TemplateName, made)


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
    _check_target(region_state, EmailAddress, ConfigurationSetName)
    kept = region_state.verification_templates.find(TemplateName)
    if kept is None:
        raise say(
            "CustomVerificationEmailTemplateDoesNotExist",
            f"Template <{TemplateName}> does not exist",
            CustomVerificationEmailTemplateName=TemplateName,
        )
    if not region_state.account.production:
        raise say("ProductionAccessNotGranted", _SANDBOX)
    _check_sender_v1(region_state, kept.sender)
    return {"MessageId": custom_verification.send(region_state, kept, EmailAddress, api="ses").id}


def _check_v1(region_state: RegionState, template: VerificationTemplate) -> None:
    _check_sender_v1(region_state, template.sender)
    custom_verification.check_redirects(template)
    fault = custom_verification.content_fault(template.content)
    if fault is not None:
        raise say("CustomVerificationEmailInvalidContent", fault)


def _check_sender_v1(region_state: RegionState, sender: str) -> None:
    if not custom_verification.may_send(region_state, sender):
        raise say("FromEmailAddressNotVerified", _UNVERIFIED.format(sender), FromEmailAddress=sender)


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
    _check_v2(region_state, made)
    custom_verification.create(region_state, made)
    region_state.tags.put(custom_verification.arn(region_state, TemplateName), added)


@v2("GetCustomVerificationEmailTemplate", does="modelled", texts="reported")
def get_custom_verification_email_template_v2(region_state: RegionState, *, TemplateName: str) -> Json:
    """Return a template with its tags."""
    kept = region_state.verification_templates.get(TemplateName)
    tags = show_tags(region_state, custom_verification.arn(region_state, TemplateName))
    return {**_show(kept), "TemplateContent": kept.content, "Tags": tags}


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
    kept = region_state.verification_templates.get(TemplateName)
    made = VerificationTemplate(
        kept.name, FromEmailAddress, TemplateSubject, TemplateContent, SuccessRedirectionURL, FailureRedirectionURL
    )
    _check_v2(region_state, made)
    region_state.verification_templates.replace(TemplateName, made)


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
    _check_target(region_state, EmailAddress, ConfigurationSetName)
    kept = region_state.verification_templates.get(TemplateName)
    if not region_state.account.production:
        raise Invalid(_SANDBOX)
    _check_sender_v2(region_state, kept.sender)
    return {"MessageId": custom_verification.send(region_state, kept, EmailAddress, api="sesv2").id}


def _check_v2(region_state: RegionState, template: VerificationTemplate) -> None:
    _check_sender_v2(region_state, template.sender)
    custom_verification.check_redirects(template)
    fault = custom_verification.content_fault(template.content)
    if fault is not None:
        raise Invalid(fault)


def _check_sender_v2(region_state: RegionState, sender: str) -> None:
    if not custom_verification.may_send(region_state, sender):
        raise say("NotFoundException", _UNVERIFIED.format(sender))


# Both

_UNVERIFIED = "The from email address <{}> is not verified"
_SANDBOX = "Custom verification emails can only be sent by accounts with production access."


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
