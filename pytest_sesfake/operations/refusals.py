"""The error codes and texts of refusals, as SES words them in v1, in v2 and in SMTP.

An operation with an error text of its own raises it with ``say``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses.collection import BadToken
from pytest_sesfake.ses.refusals import (
    BrokenTemplate,
    Denied,
    Exceeded,
    Interrupted,
    Invalid,
    LimitReached,
    MailFromUnverified,
    Missing,
    Paused,
    Refusal,
    Rejected,
    Taken,
    TooLong,
    Unverified,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.outcomes.scripts import Fault


class WordedRefusal(Refusal):
    """A refusal in the wording of one API: the code, the text and the members of the error."""

    def __init__(self, code: str, text: str | None, members: dict[str, Any], status: int | None = None) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text
        self.members = members
        self.status = status


def say(code: str, text: str | None, **members: Any) -> WordedRefusal:
    """Return a refusal with this code and text. The caller raises it."""
    return WordedRefusal(code, text, members)


def entry(refusal: Refusal, api: str) -> tuple[str, str | None]:
    """Return the status and the error text of a refused entry of a bulk call."""
    said = words(refusal, "ses")
    is_quota = said.code in _THROTTLES and said.text == _LIMITS["quota"]
    name = "AccountDailyQuotaExceeded" if is_quota else said.code
    is_temporary = said.code in _INTERNAL or (said.status or 0) >= _SERVER_ERROR
    statuses = ENTRY_STATUSES.get(name, ENTRY_STATUSES["TransientFailure" if is_temporary else "Failed"])
    return statuses[api == "sesv2"], said.text


def unanswered(operation: str) -> WordedRefusal:
    """Return the refusal of an operation that the fake does not implement. Client libraries do not retry it."""
    return WordedRefusal("NotImplemented", f"pytest-sesfake does not answer {operation} yet.", {}, 501)


def words(refusal: Refusal, api: str) -> WordedRefusal:
    """Return a refusal in the wording of an API, ``"ses"`` or ``"sesv2"``."""
    if isinstance(refusal, WordedRefusal):
        return refusal
    return _WORDS[type(refusal)](refusal, api == "ses")


def reply(refusal: Refusal) -> tuple[int, str]:
    """Return the SMTP reply code and text of a refusal."""
    if isinstance(refusal, TooLong):
        return 552, "Message is too long."
    if isinstance(refusal, Interrupted):
        return _fault_reply(refusal.fault)
    said = words(refusal, "ses")
    if said.code == "Throttling":
        return 454, f"Throttling failure: {said.text}"
    if said.code in _REJECTING:
        return 554, f"Message rejected: {said.text}"
    return 554, f"{_PREFIXES.get(type(refusal), 'Transaction failed')}: {said.text}"


_REJECTING = {
    *("MessageRejected", "AccountSendingPausedException", "ConfigurationSetSendingPausedException"),
    *("AccountSuspended", "AccountSuspendedException"),
}
_PREFIXES: dict[type[Refusal], str] = {
    Denied: "Access denied",
    MailFromUnverified: "MAIL FROM domain not verified",
}
_SERVER_ERROR = 500


def _fault_reply(fault: Fault) -> tuple[int, str]:
    said = _fault(fault, v1=True)
    if _REPLY_CODE.fullmatch(fault.code):
        return int(fault.code), said.text or ""
    if said.code in _THROTTLES:
        return 454, f"Throttling failure: {said.text}"
    if said.code in _REJECTING:
        return 554, f"Message rejected: {said.text}"
    if fault.code in _INTERNAL or (said.status or 0) >= _SERVER_ERROR:
        return 451, "Temporary service failure"
    return 554, f"Transaction failed: {said.text}"


_THROTTLES = {"Throttling", "ThrottlingException", "TooManyRequestsException"}
_INTERNAL = {"InternalFailure", "InternalServiceErrorException", "ServiceUnavailable"}
_REPLY_CODE = re.compile("[45][0-9][0-9]")  # an SMTP error code, which SMTP calls record as their error
_TEXTS = {
    "421": "Too many concurrent SMTP connections",
    "451": "Temporary service failure",
    "454": "Temporary service failure",
    "535": "Authentication Credentials Invalid",
    "552": "Message is too long.",
    "MessageRejected": "Message rejected by a scripted fault.",
    "InternalFailure": "An internal failure has occurred.",
    "ServiceUnavailable": "Service is unavailable.",
    "AccountSuspendedException": (
        "Sending suspended for this account. For more information, please check the inbox of the email address "
        "associated with your AWS account."
    ),
}


def _fault(fault: Fault, *, v1: bool) -> WordedRefusal:
    if not fault.code:
        code = "Throttling" if v1 else "TooManyRequestsException"
        return WordedRefusal(code, fault.text or "Maximum sending rate exceeded.", {}, fault.status)
    text = fault.text if fault.text is not None else _TEXTS.get(fault.code, f"{fault.code} by a scripted fault.")
    return WordedRefusal(fault.code, text, {}, fault.status)


# Statuses of bulk entries: that of v1, that of v2, and the error codes that they stand for.
_STATUSES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("MessageRejected", "MESSAGE_REJECTED", ()),
    ("MailFromDomainNotVerified", "MAIL_FROM_DOMAIN_NOT_VERIFIED", ("MailFromDomainNotVerifiedException",)),
    ("ConfigurationSetDoesNotExist", "CONFIGURATION_SET_NOT_FOUND", ()),
    ("TemplateDoesNotExist", "TEMPLATE_NOT_FOUND", ()),
    ("AccountSuspended", "ACCOUNT_SUSPENDED", ("AccountSuspendedException",)),
    ("AccountThrottled", "ACCOUNT_THROTTLED", ("Throttling", "ThrottlingException", "TooManyRequestsException")),
    ("AccountDailyQuotaExceeded", "ACCOUNT_DAILY_QUOTA_EXCEEDED", ()),
    ("InvalidSendingPoolName", "INVALID_SENDING_POOL_NAME", ()),
    ("AccountSendingPaused", "ACCOUNT_SENDING_PAUSED", ("AccountSendingPausedException", "SendingPausedException")),
    (
        "ConfigurationSetSendingPaused",
        "CONFIGURATION_SET_SENDING_PAUSED",
        ("ConfigurationSetSendingPausedException",),
    ),
    ("InvalidParameterValue", "INVALID_PARAMETER", ("BadRequestException", "ValidationError")),
    ("TransientFailure", "TRANSIENT_FAILURE", ()),
    ("Failed", "FAILED", ()),
)
# The statuses of bulk entries in v1 and v2, by each of these names and by error codes that lead to them.
ENTRY_STATUSES = {name: (old, new) for old, new, codes in _STATUSES for name in (old, new, *codes)}


def _missing(refusal: Missing, v1: bool) -> WordedRefusal:  # noqa: FBT001 - one of a table of two columns
    return _of_kind(_MISSING, refusal, "NotFoundException", v1=v1)


def _taken(refusal: Taken, v1: bool) -> WordedRefusal:  # noqa: FBT001 - one of a table of two columns
    return _of_kind(_TAKEN, refusal, "AlreadyExistsException", v1=v1)


def _of_kind(
    table: dict[str, tuple[str, str, str | None]], refusal: Missing | Taken, code_v2: str, *, v1: bool
) -> WordedRefusal:
    code, text, member = table[refusal.kind]
    said = text.format(refusal.name)
    if v1:
        return WordedRefusal(code, said, {member: refusal.name} if member else {})
    return WordedRefusal(code_v2, said, {})


# By kind: v1's code, the text, and v1's member that holds the name.
_MISSING: dict[str, tuple[str, str, str | None]] = {
    "contact list": ("InvalidParameterValue", "List with name: {} doesn't exist.", None),
    "tenant": ("InvalidParameterValue", "The requested tenant <{}> does not exist.", None),
    "sending tenant": ("InvalidParameterValue", "Tenant {} not found.", None),
    "configuration set": (
        "ConfigurationSetDoesNotExist",
        "Configuration set <{}> does not exist.",
        "ConfigurationSetName",
    ),
    "identity": ("InvalidParameterValue", "Email identity {} does not exist.", None),
    "policy": ("InvalidParameterValue", "Policy <{}> does not exist", None),
    "receipt rule set": ("RuleSetDoesNotExist", "Rule set does not exist: {}", "Name"),
    "receipt rule": ("RuleDoesNotExist", "Rule does not exist: {}", "Name"),
    "pool": ("InvalidParameterValue", "The requested pool <{}> does not exist.", None),
    "dedicated IP": ("InvalidParameterValue", "Could not find dedicated IP <{}> under this account.", None),
    "domain": ("InvalidParameterValue", "The domain <{}> is not a verified identity of this account.", None),
    "subscribed domain": ("InvalidParameterValue", "The Deliverability dashboard does not watch <{}>.", None),
    "deliverability test report": ("InvalidParameterValue", "The requested report <{}> does not exist.", None),
    "campaign": ("InvalidParameterValue", "The requested campaign <{}> does not exist.", None),
    "multi-region endpoint": ("InvalidParameterValue", "Multi-region endpoint <{}> does not exist.", None),
    "import job": ("InvalidParameterValue", "Import job {} does not exist.", None),
    "template": ("TemplateDoesNotExist", "Template {} does not exist.", "TemplateName"),
    "custom verification template": (
        "CustomVerificationEmailTemplateDoesNotExist",
        "Custom verification email template <{}> does not exist",
        "CustomVerificationEmailTemplateName",
    ),
}
_TAKEN: dict[str, tuple[str, str, str | None]] = {
    "configuration set": (
        "ConfigurationSetAlreadyExists",
        "Configuration set {} already exists.",
        "ConfigurationSetName",
    ),
    "identity": ("AlreadyExists", "Email identity {} already exist.", None),
    "policy": ("AlreadyExists", "Policy <{}> already exists", None),
    "receipt rule set": ("AlreadyExists", "Rule set already exists: {}", "Name"),
    "receipt rule": ("AlreadyExists", "Rule already exists: {}", "Name"),
    "receipt filter": ("AlreadyExists", "Filter already exists: {}", "Name"),
    "pool": ("AlreadyExists", "The pool <{}> already exists.", None),
    "multi-region endpoint": ("AlreadyExists", "Multi-region endpoint <{}> already exists.", None),
    "template": ("AlreadyExists", "Template {} already exists.", "Name"),
    "custom verification template": (
        "CustomVerificationEmailTemplateAlreadyExists",
        "Custom verification email template <{}> already exists",
        "CustomVerificationEmailTemplateName",
    ),
}


def _paused(refusal: Paused, v1: bool) -> WordedRefusal:  # noqa: FBT001 - one of a table of two columns
    if refusal.name is None:
        return WordedRefusal(
            "AccountSendingPausedException" if v1 else "SendingPausedException",
            "Email sending is disabled for your account.",
            {},
        )
    if refusal.kind != "configuration set":
        text = f"Sending is paused for {refusal.kind} {refusal.name}"
        return WordedRefusal("MessageRejected" if v1 else "SendingPausedException", text, {})
    return WordedRefusal(
        "ConfigurationSetSendingPausedException" if v1 else "SendingPausedException",
        f"Sending is paused for configuration set {refusal.name}",
        {"ConfigurationSetName": refusal.name} if v1 else {},
    )


_LIMITS = {
    "rate": "Maximum sending rate exceeded.",
    "quota": "Daily message quota exceeded.",
    "requests": "Rate exceeded",
}
_UNVERIFIED = "Email address is not verified. The following identities failed the check in region {}: {}"

_WORDS: dict[type[Refusal], Callable[[Any, bool], WordedRefusal]] = {
    Invalid: lambda refusal, v1: WordedRefusal(
        "InvalidParameterValue" if v1 else "BadRequestException", refusal.text, {}
    ),
    BadToken: lambda refusal, v1: WordedRefusal(
        "InvalidParameterValue" if v1 else "BadRequestException", refusal.text, {}
    ),
    TooLong: lambda refusal, v1: WordedRefusal(
        "InvalidParameterValue" if v1 else "BadRequestException",
        f"Message length is more than {refusal.limit} bytes long: '{refusal.size}'.",
        {},
    ),
    Missing: _missing,
    Taken: _taken,
    BrokenTemplate: lambda refusal, v1: WordedRefusal(
        "InvalidTemplate" if v1 else "BadRequestException", refusal.text, {"TemplateName": refusal.name} if v1 else {}
    ),
    LimitReached: lambda refusal, v1: WordedRefusal(
        "LimitExceeded" if v1 else "LimitExceededException", refusal.text, {}
    ),
    Denied: lambda refusal, v1: WordedRefusal("AccessDenied" if v1 else "AccessDeniedException", refusal.text, {}),
    MailFromUnverified: lambda *_: WordedRefusal(
        "MailFromDomainNotVerifiedException", "DNS setup for MAIL FROM domain is invalid.", {}
    ),
    Unverified: lambda refusal, _: WordedRefusal(
        "MessageRejected", _UNVERIFIED.format(refusal.region.upper(), ", ".join(refusal.identities)), {}
    ),
    Rejected: lambda refusal, _: WordedRefusal("MessageRejected", refusal.text, {}),
    Paused: _paused,
    Exceeded: lambda refusal, v1: WordedRefusal(
        "Throttling" if v1 else "TooManyRequestsException", _LIMITS[refusal.limit], {}
    ),
    Interrupted: lambda refusal, v1: _fault(refusal.fault, v1=v1),
}
