"""Sending: the calls that hand SES a message.

https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v1, v2
from pytest_sesfake.operations.templates import template_of
from pytest_sesfake.ses import rendering, sending, submission, templates
from pytest_sesfake.ses.authorization import Arns
from pytest_sesfake.ses.mail.compose import Attached, Parts
from pytest_sesfake.ses.messages import Listed, PartedMessage
from pytest_sesfake.ses.refusals import Invalid
from pytest_sesfake.ses.templates import TemplatedMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.calls import Call
    from pytest_sesfake.ses.simulation import RegionState
    from pytest_sesfake.ses.submission import Content as Rendered


@v1("SendEmail", does="modelled", texts=("recorded", "reported", "chosen"), sends=True)
def send_email(
    region_state: RegionState,
    *,
    Source: str,
    Destination: Json,
    Message: Json,
    ReplyToAddresses: Sequence[str] = (),
    ReturnPath: str | None = None,
    Tags: Sequence[Json] = (),
    ConfigurationSetName: str | None = None,
    SourceArn: str | None = None,
    ReturnPathArn: str | None = None,
) -> Json:
    """Send a message from its parts: subject, text and html."""
    sent = sending.send(
        region_state,
        submission.from_parts(
            region_state,
            to_parts(Destination, ReplyToAddresses, Message),
            api="ses",
            operation="SendEmail",
            source=Source,
            return_path=ReturnPath,
            configuration_set=ConfigurationSetName,
            tags=to_tags(Tags),
            arns=to_arns(SourceArn, ReturnPathArn),
        ),
    )
    return {"MessageId": sent.id}


@v1("SendRawEmail", does="modelled", texts=("recorded", "reported", "chosen"), sends=True)
def send_raw_email(
    region_state: RegionState,
    *,
    RawMessage: Json,
    Source: str | None = None,
    Destinations: Sequence[str] = (),
    Tags: Sequence[Json] = (),
    ConfigurationSetName: str | None = None,
    SourceArn: str | None = None,
    FromArn: str | None = None,
    ReturnPathArn: str | None = None,
) -> Json:
    """Send a message that the caller wrote as MIME."""
    sent = sending.send(
        region_state,
        submission.from_mime(
            region_state,
            RawMessage.get("Data", b""),
            api="ses",
            operation="SendRawEmail",
            source=Source,
            recipients=Destinations or None,
            configuration_set=ConfigurationSetName,
            tags=to_tags(Tags),
            arns=Arns(SourceArn, FromArn, ReturnPathArn),
        ),
    )
    return {"MessageId": sent.id}


@v1("SendTemplatedEmail", does="modelled", texts=("recorded", "reported", "chosen"), sends=True)
def send_templated_email(
    region_state: RegionState,
    *,
    Source: str,
    Destination: Json,
    Template: str,
    TemplateData: str,
    ReplyToAddresses: Sequence[str] = (),
    ReturnPath: str | None = None,
    Tags: Sequence[Json] = (),
    ConfigurationSetName: str | None = None,
    TemplateArn: str | None = None,
    SourceArn: str | None = None,
    ReturnPathArn: str | None = None,
) -> Json:
    """Send a message that SES renders from a template."""
    given: Json = {"Template": Template, "TemplateData": TemplateData}
    if TemplateArn is not None:
        given["TemplateArn"] = TemplateArn
    sent = sending.send(
        region_state,
        submission.from_template(
            region_state,
            to_parts(Destination, ReplyToAddresses, {}),
            lambda: (templates.find(region_state, TemplateArn or Template), rendering.read(TemplateData)),
            given=given,
            api="ses",
            operation="SendTemplatedEmail",
            source=Source,
            return_path=ReturnPath,
            configuration_set=ConfigurationSetName,
            tags=to_tags(Tags),
            arns=to_arns(SourceArn, ReturnPathArn),
        ),
    )
    return {"MessageId": sent.id}


@v2("SendEmail", does="modelled", texts=("recorded", "reported", "chosen"), sends=True)
def send_email_v2(
    region_state: RegionState,
    *,
    Content: Json,
    FromEmailAddress: str | None = None,
    Destination: Json | None = None,
    ReplyToAddresses: Sequence[str] = (),
    FeedbackForwardingEmailAddress: str | None = None,
    EmailTags: Sequence[Json] = (),
    ConfigurationSetName: str | None = None,
    TenantName: str | None = None,
    ListManagementOptions: Json | None = None,
    FromEmailAddressIdentityArn: str | None = None,
    FeedbackForwardingEmailAddressIdentityArn: str | None = None,
) -> Json:
    """Send a message from its parts (Simple), as MIME (Raw), or rendered from a template (Template)."""
    common: Json = {
        "api": "sesv2",
        "operation": "SendEmail",
        "source": FromEmailAddress,
        "return_path": FeedbackForwardingEmailAddress,
        "configuration_set": ConfigurationSetName,
        "tags": to_tags(EmailTags),
        "tenant": TenantName,
        "listed": _listed(ListManagementOptions),
        # For raw mail, FromEmailAddressIdentityArn overrides the headers X-SES-SOURCE-ARN and X-SES-FROM-ARN.
        "arns": to_arns(FromEmailAddressIdentityArn, FeedbackForwardingEmailAddressIdentityArn),
    }
    given = submitted(region_state, Content, Destination or {}, ReplyToAddresses, common)
    return {"MessageId": sending.send(region_state, given).id}


def submitted(
    region_state: RegionState, content: Json, destination: Json, reply_to: Sequence[str], common: Json
) -> submission.Submission:
    """Return the message that SESv2's Content describes. ``common`` holds the arguments that every kind shares."""
    source = common["source"]
    if content.get("Raw") is not None:
        return submission.from_mime(
            region_state, content["Raw"].get("Data", b""), recipients=_everybody(destination) or None, **common
        )
    if content.get("Simple") is not None:
        if not source:
            raise say("BadRequestException", None)
        return submission.from_parts(region_state, to_parts(destination, reply_to, content["Simple"]), **common)
    if content.get("Template") is not None:
        template = content["Template"]
        return submission.from_template(
            region_state,
            to_parts(destination, reply_to, template),
            lambda: _rendered(region_state, source, template),
            given=template,
            **{**common, "source": source or ""},
        )
    raise say("BadRequestException", "Exactly one of Simple, Raw and Template must be given as Content.")


def _rendered(region_state: RegionState, source: str | None, template: Json) -> Rendered:
    if not source:
        raise Invalid(NO_SOURCE)
    return template_of(region_state, template), rendering.read(template.get("TemplateData") or "")


NO_SOURCE = "Source cannot be empty"


def params_of(call: Call) -> Json:
    """Return the parameters of a sending call, rebuilt from the messages that it sent."""
    message = call.message
    if message is None:
        return {}
    if call.operation is None:
        return {"MailFrom": message.source, "Recipients": list(message.recipients), "Data": message.submitted}
    first = call.api == "ses"
    found: Json = {
        "Source" if first else "FromEmailAddress": message.source,
        "ConfigurationSetName": message.configuration_set,
        "Tags" if first else "EmailTags": [{"Name": name, "Value": value} for name, value in message.tags.items()],
    }
    arns = message.arns or Arns()
    found["SourceArn" if first else "FromEmailAddressIdentityArn"] = arns.source
    found["ReturnPathArn" if first else "FeedbackForwardingEmailAddressIdentityArn"] = arns.return_path
    if not first:
        found["TenantName"] = message.tenant
        found["ListManagementOptions"] = _options(message.listed)
    if isinstance(message, PartedMessage):
        parts = message.parts
        destination = {"ToAddresses": parts.to, "CcAddresses": parts.cc, "BccAddresses": parts.bcc}
        found["Destination"] = {name: list(addresses) for name, addresses in destination.items() if addresses}
        found["ReplyToAddresses"] = list(parts.reply_to)
        found["ReturnPath" if first else "FeedbackForwardingEmailAddress"] = message.return_path
        if isinstance(message, TemplatedMessage):
            found.update(message.given if first else {"Content": {"Template": message.given}})
        else:
            content = _content(parts)
            found.update({"Message": content} if first else {"Content": {"Simple": content}})
    else:
        raw = {"Data": message.submitted}
        found.update({"RawMessage": raw} if first else {"Content": {"Raw": raw}})
        if first:
            found["FromArn"] = arns.author
            found["Destinations"] = list(message.recipients)
        else:
            found["Destination"] = {"ToAddresses": list(message.recipients)}
    return {name: value for name, value in found.items() if value not in (None, [], {})}


def _options(listed: Listed | None) -> Json | None:
    if listed is None:
        return None
    return {"ContactListName": listed.contact_list, **({"TopicName": listed.topic} if listed.topic else {})}


def _content(parts: Parts) -> Json:
    def said(data: str | None, charset: str | None) -> Json | None:
        return None if data is None else {"Data": data, **({"Charset": charset} if charset else {})}

    body = {"Text": said(parts.text, parts.text_charset), "Html": said(parts.html, parts.html_charset)}
    content: Json = {
        "Subject": said(parts.subject, parts.subject_charset),
        "Body": {kind: value for kind, value in body.items() if value is not None},
    }
    if parts.headers:
        content["Headers"] = [{"Name": name, "Value": value} for name, value in parts.headers]
    if parts.attachments:
        content["Attachments"] = list(map(_attachment, parts.attachments))
    return content


def _attachment(attached: Attached) -> Json:
    said = {member: getattr(attached, field) for member, field in _ATTACHED.items()}
    return {member: value for member, value in said.items() if value not in (None, "ATTACHMENT")}


def _everybody(destination: Json | None) -> list[str]:
    if destination is None:
        return []
    return [address for kind in ("To", "Cc", "Bcc") for address in destination.get(f"{kind}Addresses") or ()]


def _listed(options: Json | None) -> Listed | None:
    return None if options is None else Listed(options["ContactListName"], options.get("TopicName") or None)


def to_tags(tags: Sequence[Json]) -> dict[str, str] | None:
    """Return message tags as a dictionary, ``None`` if there are no tags."""
    return {tag.get("Name", ""): tag.get("Value", "") for tag in tags} if tags else None


def to_arns(source: str | None, return_path: str | None) -> Arns | None:
    """Return the ARNs of the identities that a call names. The source ARN also counts for the From address."""
    return Arns(source, source, return_path) if source or return_path else None


def to_parts(destination: Json, reply_to: Sequence[str], content: Json) -> Parts:
    """Return the parts of a message, from v1's Message, v2's Simple or v2's Template."""
    subject = content.get("Subject") or {}
    body = content.get("Body") or {}
    text = body.get("Text") or {}
    html = body.get("Html") or {}
    return Parts(
        subject.get("Data"),
        text.get("Data"),
        html.get("Data"),
        tuple(destination.get("ToAddresses") or ()),
        tuple(destination.get("CcAddresses") or ()),
        tuple(destination.get("BccAddresses") or ()),
        tuple(reply_to),
        subject.get("Charset"),
        text.get("Charset"),
        html.get("Charset"),
        tuple((header["Name"], header["Value"]) for header in content.get("Headers") or ()),
        tuple(map(_attached, content.get("Attachments") or ())),
    )


def _attached(attachment: Json) -> Attached:
    return Attached(**{field: attachment[member] for member, field in _ATTACHED.items() if member in attachment})


_ATTACHED = {
    "RawContent": "content",
    "FileName": "file_name",
    "ContentType": "content_type",
    "ContentDisposition": "disposition",
    "ContentId": "content_id",
    "ContentDescription": "description",
    "ContentTransferEncoding": "encoding",
}
