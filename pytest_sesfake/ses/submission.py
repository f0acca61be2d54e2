"""Turn what the application sends (parts, a template or MIME) into a `Submission`: a message that is not sent yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses.authorization import Arns, SendingAuthorization, pair_arns
from pytest_sesfake.ses.events import Unrendered
from pytest_sesfake.ses.mail import mime
from pytest_sesfake.ses.mail.addresses import addresses_of, split
from pytest_sesfake.ses.messages import Listed, Message, PartedMessage, RawMessage
from pytest_sesfake.ses.refusals import Invalid, Refusal
from pytest_sesfake.ses.rendering import Unrenderable
from pytest_sesfake.ses.templates import Template, TemplatedMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_sesfake.ses.mail.compose import Parts
    from pytest_sesfake.ses.simulation import RegionState

    Content = tuple[Template, Mapping[str, Any]]

# https://docs.aws.amazon.com/ses/latest/dg/header-fields.html
_CONFIGURATION_SET = "x-ses-configuration-set"
_TAGS = "x-ses-message-tags"
_TENANT = "x-ses-tenant"
_LIST = "x-ses-list-management-options"
_ARNS = ("x-ses-source-arn", "x-ses-from-arn", "x-ses-return-path-arn")

# SES writes these header fields itself, so a custom header of an API call must not use their names.
_OWN = frozenset(
    {
        "bcc",
        "cc",
        "content-disposition",
        "content-type",
        "date",
        "from",
        "message-id",
        "mime-version",
        "reply-to",
        "return-path",
        "subject",
        "to",
    }
)

# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html
_HEADER_NAME = re.compile(r"[!-9;-~]+")
_HEADER_VALUE = re.compile(r"[ -~]*")
_LONGEST_HEADER_NAME = 126
_LONGEST_HEADER = 996


@dataclass(slots=True)
class Submission:
    """A message that is not sent yet.

    * ``senders`` are the addresses that must be verified to send it.
    * ``recipients`` are spelt as the application gave them, because error texts of SES quote them so.
    * ``authorizations`` say which senders use an identity of another account, by its ARN.
    * ``lines`` are the header lines of a raw mail.
    * ``refusal`` is an error in the content. `inspect` raises it.
    * ``failure`` says that SES could not render the template. SES accepts such a call and reports an event.
    """

    message: Message
    senders: Sequence[str]
    recipients: Sequence[str]
    authorizations: tuple[SendingAuthorization, ...] = ()
    lines: Sequence[tuple[str, str]] = ()
    refusal: Refusal | None = None
    failure: Unrendered | None = None

    def inspect(self) -> None:
        """Check the content: MIME, custom headers, attachment names, template. Raises a `Refusal` if SES refuses it."""
        if self.refusal is not None:
            raise self.refusal
        message = self.message
        if isinstance(message, RawMessage) and message.submitted:
            mime.check(self.lines, message.submitted)
        elif isinstance(message, PartedMessage):
            _check_parts(message.parts)


def from_parts(region_state: RegionState, parts: Parts, **fields: Any) -> Submission:
    """Return the submission of a message that the application gave as parts (subject, text, html)."""
    recipients = (*parts.to, *parts.cc, *parts.bcc)
    message = PartedMessage(region_state, parts, recipients=addresses_of(recipients), **fields)
    return Submission(message, _drop_empty(message.source, message.return_path), recipients, _pair_arns_of(message))


def from_template(
    region_state: RegionState,
    parts: Parts,
    content: Callable[[], Content],
    **fields: Any,
) -> Submission:
    """Return the submission of a message from a template. ``content`` returns the template and its data.

    A refusal of ``content`` is stored and raised later by `Submission.inspect`, because a scripted fault comes first.
    """
    template: Template | None = None
    data, refusal, failure = None, None, None
    try:
        template, data = content()
        parts = template.fill(parts, data)
    except Refusal as error:
        refusal = error
    except Unrenderable as error:
        failure = Unrendered(error.text, template.name if template else None)
    recipients = (*parts.to, *parts.cc, *parts.bcc)
    message = TemplatedMessage(
        region_state,
        parts,
        recipients=addresses_of(recipients),
        template=template.name if template else None,
        template_data=data,
        **fields,
    )
    known = _drop_empty(message.source, message.return_path)
    return Submission(message, known, recipients, _pair_arns_of(message), refusal=refusal, failure=failure)


def _pair_arns_of(message: Message) -> tuple[SendingAuthorization, ...]:
    return pair_arns(message.arns, message.source, (), message.return_path)


def from_mime(
    region_state: RegionState,
    data: bytes,
    *,
    api: str,
    operation: str | None,
    source: str | None = None,
    recipients: Sequence[str] | None = None,
    return_path: str | None = None,
    configuration_set: str | None = None,
    tags: dict[str, str] | None = None,
    tenant: str | None = None,
    listed: Listed | None = None,
    helo: str | None = None,
    arns: Arns | None = None,
) -> Submission:
    """Return the submission of a message that the application gave as MIME.

    Parameters override header fields. ``recipients`` (if given) are the whole envelope; otherwise To, Cc and Bcc are.
    """
    lines = mime.header_lines(data)
    fields: dict[str, list[str]] = {}
    for name, value in lines:
        fields.setdefault(name.lower(), []).append(value)
    authors = _addresses(fields, "from")
    if recipients is None:
        recipients = [address for name in ("to", "cc", "bcc") for address in _addresses(fields, name)]
    named = _first(fields, "return-path")
    if return_path is None and (
        api == "smtp" or source is None
    ):  # otherwise bounces and complaints go to the Source of the call
        return_path = named
    message = RawMessage(
        region_state,
        data,
        api=api,
        operation=operation,
        source=source or (authors[0] if authors else ""),
        recipients=addresses_of(recipients),
        return_path=return_path,
        configuration_set=configuration_set or _first(fields, _CONFIGURATION_SET),
        tags=tags or _tags(_first(fields, _TAGS)),
        tenant=tenant or _first(fields, _TENANT),
        listed=listed or _read_list_options(_first(fields, _LIST)),
        helo=helo,
        arns=_arns(arns or Arns(), fields),
    )
    others = [*authors, *_addresses(fields, "sender")]
    senders = _drop_empty(message.source, *others, message.return_path or named)
    return Submission(
        message,
        senders,
        recipients,
        pair_arns(message.arns, message.source, others, message.return_path or named),
        lines,
    )


def _check_parts(parts: Parts) -> None:
    for name, value in parts.headers:
        if not name:
            raise Invalid("The header name must be specified.")
        if name.lower() in _OWN:
            raise Invalid(f"Header '{name}' cannot be given as a custom header.")
        # The limits are documented. The texts are modelled on those for tags.
        if not _HEADER_NAME.fullmatch(name):
            raise Invalid(f"Invalid header name <{name}>: only printable ASCII characters but ':' are allowed.")
        if not _HEADER_VALUE.fullmatch(value):
            raise Invalid(f"Invalid header value <{value}>: only printable ASCII characters are allowed.")
        if len(name) > _LONGEST_HEADER_NAME or len(name) + len(value) > _LONGEST_HEADER:
            raise Invalid(f"Header cannot exceed {_LONGEST_HEADER} characters, its name {_LONGEST_HEADER_NAME}.")
    for attached in parts.attachments:
        mime.check_file_name(attached.file_name)


def _drop_empty(*addresses: str | None) -> list[str]:
    return [address for address in addresses if address]


def _addresses(fields: dict[str, list[str]], name: str) -> list[str]:
    return [address for value in fields.get(name, ()) for address in split(value)]


def _first(fields: dict[str, list[str]], name: str) -> str | None:
    """Return the first field with a name, or ``None``. SES uses the first of repeated X-SES fields."""
    values = fields.get(name)
    return values[0].strip() or None if values else None


def _arns(given: Arns, fields: dict[str, list[str]]) -> Arns | None:
    """Return the identity ARNs from parameters, else from header fields. The source ARN is the default for the rest."""
    source, author, return_path = (named or _first(fields, name) for named, name in zip(given, _ARNS, strict=True))
    return Arns(source, author or source, return_path or source) if source or author or return_path else None


def _read_list_options(value: str | None) -> Listed | None:
    if value is None:
        return None
    name, *options = (part.strip() for part in value.split(";"))
    topics = (text.strip() for key, _, text in (option.partition("=") for option in options) if key.strip() == "topic")
    return Listed(name, next(topics, None) or None)


def _tags(value: str | None) -> dict[str, str] | None:
    if value is None:
        return None
    pairs = (entry.strip().partition("=") for entry in value.split(",") if entry.strip())
    return {name.strip(): text.strip() for name, _, text in pairs}
