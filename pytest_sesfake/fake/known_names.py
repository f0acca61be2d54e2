"""Refuses misspelt names of AWS in scripts: operations, error codes and regions.

A script with a misspelt name would decide nothing, or would answer with a code that no client knows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

from pytest_sesfake.operations.refusals import ENTRY_STATUSES
from pytest_sesfake.reading.suggestions import find_nearest, suggest
from pytest_sesfake.ses.calls import Api
from pytest_sesfake.ses.regions import NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

# The codes of every AWS service, and those that botocore repeats.
# https://docs.aws.amazon.com/ses/latest/APIReference/CommonErrors.html
_COMMON_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InternalFailure",
        "InternalServerError",
        "InvalidAction",
        "InvalidClientTokenId",
        "InvalidParameterCombination",
        "InvalidParameterValue",
        "InvalidQueryParameter",
        "InvalidSignatureException",
        "MalformedQueryString",
        "MissingAction",
        "MissingAuthenticationToken",
        "MissingParameter",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SignatureDoesNotMatch",
        "Throttling",
        "ThrottlingException",
        "UnrecognizedClientException",
        "ValidationError",
        "ValidationException",
    }
)
_SMTP_REPLY = re.compile("[2-5][0-9]{2}")
_REGION = re.compile("[a-z]{2,}(-[a-z]+)+-[0-9]+")


def check_code(code: str) -> None:
    """Refuse an error code that neither SES nor every AWS service has. Three digits are a reply of SMTP."""
    __tracebackhide__ = True
    if code in _COMMON_CODES or code in ENTRY_STATUSES or _SMTP_REPLY.fullmatch(code):
        return
    known = {*_COMMON_CODES, *ENTRY_STATUSES} | {name for api in ("ses", "sesv2") for name in _api(api).errors}
    if code not in known:
        raise ValueError(
            f"fail({code!r}): SES has no such error code{suggest(code, known) or '.'} "
            f"Write fail({code!r}, custom=True) for a code of your own."
        )


def check_selectors(verb: str, selectors: Mapping[str, Any], operations: Collection[str]) -> None:
    """Refuse selectors that can never match: an unknown API, an operation that SES lacks, or a misspelt region."""
    __tracebackhide__ = True
    api = selectors.get("api")
    if isinstance(api, str) and api not in get_args(Api):
        raise ValueError(f"{verb}(api=...) takes {', '.join(map(repr, get_args(Api)))}, not {api!r}")
    if "operation" in selectors:
        _check_operation(verb, selectors["operation"], operations)
    region = selectors.get("region")
    if isinstance(region, str):
        _check_region(verb, region)


def _check_operation(verb: str, wanted: object, operations: Collection[str]) -> None:
    __tracebackhide__ = True
    if isinstance(wanted, str):
        if wanted not in operations and wanted not in _modelled():
            hint = _suggest(wanted, operations)
            raise ValueError(f"{verb}(operation={wanted!r}) never matches: SES has no operation of this name{hint}")
    elif isinstance(wanted, re.Pattern) and not any(map(wanted.search, {*operations, *_modelled()})):
        raise ValueError(f"{verb}(operation={wanted!r}) never matches: no operation of SES matches this pattern.")


def _suggest(wanted: str, operations: Iterable[str]) -> str:
    """Return the likely operation. boto3's methods are the operations in snake case, so ``send_email`` is SendEmail."""
    names = {name.lower(): name for name in operations}
    named = names.get(wanted.replace("_", "").lower())
    if named is not None:
        return f". Did you mean {named!r}?"
    if "*" in wanted:
        start = wanted.partition("*")[0]
        return f". A name takes no wildcard. Did you mean re.compile({start!r})?"
    return suggest(wanted, operations) or "."


def _check_region(verb: str, region: str) -> None:
    """Refuse a region that looks like a misspelt one. AWS may have regions that this package does not know."""
    __tracebackhide__ = True
    place = region.rpartition("-")[0]
    may_be_new = _REGION.fullmatch(region) and any(name.rpartition("-")[0] == place for name in NAMES)
    near = None if region in NAMES or may_be_new else find_nearest(region, NAMES)
    if near is not None:
        raise ValueError(f"{verb}(region={region!r}) never matches: AWS has no such region. Did you mean {near!r}?")


def _modelled() -> set[str]:
    return {name for api in ("ses", "sesv2") for name in _api(api).operations}


def _api(name: str) -> Any:
    from pytest_sesfake.wire import model  # not at the top: a script for recipients needs no service model

    return model.api(name)
