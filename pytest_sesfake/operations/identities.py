"""Identities: create, verify, list and delete addresses and domains.

The settings of an identity are in ``identity_settings``.

https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v1, v2
from pytest_sesfake.operations.tags import read_tags, show_tags
from pytest_sesfake.ses import dkim, identities, verification
from pytest_sesfake.ses.clock import moment
from pytest_sesfake.ses.collection import BadToken, page
from pytest_sesfake.ses.refusals import Invalid, Missing, Taken
from pytest_sesfake.ses.verification_state import begin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.dkim import Dkim
    from pytest_sesfake.ses.identities import Identity as Found
    from pytest_sesfake.ses.simulation import RegionState

# How each API version spells the verification states.
STATES_V1 = {
    "pending": "Pending",
    "success": "Success",
    "failed": "Failed",
    "temporary_failure": "TemporaryFailure",
    "not_started": "NotStarted",
}
STATES = {
    "pending": "PENDING",
    "success": "SUCCESS",
    "failed": "FAILED",
    "temporary_failure": "TEMPORARY_FAILURE",
    "not_started": "NOT_STARTED",
}
_MISTAKES = {
    "not_found": "REPLICATION_PRIMARY_NOT_FOUND",
    "own_keys": "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED",
    "replica": "REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED",
    "region": "REPLICATION_PRIMARY_INVALID_REGION",
}
_KIND = "identity"
_MOST_ASKED = 100
_LARGEST_PAGE = 1000
_ORDINARY_PAGE = 25
_NAME_PART = (3, 320)


def existing(region_state: RegionState, name: str) -> Found:
    """Return an identity. Refuse an unknown one with the error of the operations on its settings."""
    identity = region_state.identities.find(name)
    if identity is None:
        raise say("NotFoundException", f"Email identity <{name}> does not exist.")
    return identity


def known(region_state: RegionState, names: Sequence[str]) -> Iterable[tuple[str, Found]]:
    """Return each name or ARN that belongs to an identity, with the identity. Skip the others."""
    if len(names) > _MOST_ASKED:
        raise Invalid(f"Number of identities exceeds {_MOST_ASKED}.")
    found = ((name, region_state.identities.find(identities.name_of(region_state, name))) for name in names)
    return [(name, identity) for name, identity in found if identity is not None]


# Create.


@v1("VerifyEmailIdentity", does="modelled", texts=("reported", "chosen"))
@v1("VerifyEmailAddress", does="modelled", texts=("reported", "chosen"))
def verify_email_identity(region_state: RegionState, *, EmailAddress: str) -> None:
    """Create an address identity and send the verification mail. A repeated call sends it again."""
    identities.check_address(EmailAddress)
    verification.send_mail(region_state, EmailAddress, api="ses")


@v1("VerifyDomainIdentity", does="modelled", texts=("reported", "chosen"))
def verify_domain_identity(region_state: RegionState, *, Domain: str) -> Json:
    """Create a domain identity. A repeated call returns the same token."""
    identities.check_domain(Domain)
    return {"VerificationToken": identities.register(region_state, Domain).token}


@v1("VerifyDomainDkim", does="modelled", texts=("reported", "chosen"))
def verify_domain_dkim(region_state: RegionState, *, Domain: str) -> Json:
    """Create the DKIM keys of a domain, and its identity if needed. A repeated call returns the same tokens."""
    identities.check_domain(Domain)
    identity = region_state.identities.find(Domain) or identities.create(region_state, Domain)
    if not identity.dkim.tokens:
        dkim.use_easy_dkim(region_state, identity)
    elif identity.dkim.verification_state.state == "failed":
        begin(region_state, identity.dkim.verification_state)
    return {"DkimTokens": list(identity.dkim.tokens)}


@v2("CreateEmailIdentity", does="modelled", texts=("reported", "chosen"))
def create_email_identity(
    region_state: RegionState,
    *,
    EmailIdentity: str,
    Tags: Sequence[Json] = (),
    DkimSigningAttributes: Json | None = None,
    ConfigurationSetName: str | None = None,
) -> Json:
    """Create an address identity, with a verification mail, or a domain identity. A refused call creates nothing."""
    if "@" in EmailIdentity:
        identities.check_address(EmailIdentity)
        if DkimSigningAttributes is not None:
            raise Invalid("The EmailIdentity value must be a valid domain.")
    else:
        identities.check_domain(EmailIdentity)
    signing = DkimSigningAttributes or {}
    origin = _origin(signing)
    if EmailIdentity in region_state.identities:
        raise Taken(_KIND, EmailIdentity)
    labels = read_tags(Tags)
    if ConfigurationSetName:
        region_state.configuration_sets.get(ConfigurationSetName)
    identity = identities.create(region_state, EmailIdentity)
    identity.configuration_set = ConfigurationSetName or None
    region_state.tags.put(identities.arn(region_state, EmailIdentity), labels)
    answer = {"IdentityType": _kind(identity), "VerifiedForSendingStatus": identity.verified}
    if not identity.is_domain:
        verification.send_mail(region_state, EmailIdentity, api="sesv2")
        return answer
    sign(region_state, identity, origin, signing)
    attributes = _dkim(identity.dkim)
    if identity.dkim.verification_state.state == "pending":
        attributes["Status"] = "NOT_STARTED"  # SES has not started the DNS check
    return {**answer, "VerifiedForSendingStatus": identity.verified, "DkimAttributes": attributes}


def sign(region_state: RegionState, identity: Found, origin: str, signing: Mapping[str, Any]) -> None:
    """Set the keys that sign a domain's mail, from ``origin`` (SigningAttributesOrigin) and the signing attributes."""
    if origin == "EXTERNAL":
        if not (signing.get("DomainSigningSelector") and signing.get("DomainSigningPrivateKey")):
            raise Invalid("DomainSigningSelector and DomainSigningPrivateKey must both be given for EXTERNAL DKIM.")
        dkim.use_own_key(region_state, identity, signing["DomainSigningSelector"])
    elif origin == "AWS_SES":
        length = signing.get("NextSigningKeyLength")
        dkim.use_easy_dkim(region_state, identity, int(length.split("_")[1]) if length else None)
    else:
        dkim.replicate(region_state, identity, origin.removeprefix("AWS_SES_").lower().replace("_", "-"))


def _origin(signing: Mapping[str, Any]) -> str:
    """Return the signing origin that the signing attributes of a new domain imply."""
    own_keys = "DomainSigningSelector" in signing or "DomainSigningPrivateKey" in signing
    origin: str | None = signing.get("DomainSigningAttributesOrigin")
    if origin in ("AWS_SES", "EXTERNAL") or (own_keys and (origin or "NextSigningKeyLength" in signing)):
        raise Invalid("The combination of DkimSigningAttributes is not supported.")
    if own_keys and len(signing.keys() & {"DomainSigningSelector", "DomainSigningPrivateKey"}) == 1:
        raise Invalid("DomainSigningSelector and DomainSigningPrivateKey must both be given for EXTERNAL DKIM.")
    return origin or ("EXTERNAL" if own_keys else "AWS_SES")


# Delete.


@v1("DeleteIdentity", does="modelled", texts="reported")
def delete_identity(region_state: RegionState, *, Identity: str) -> None:
    """Delete an identity. An unknown identity is no error."""
    _remove(region_state, Identity)


@v1("DeleteVerifiedEmailAddress", does="modelled", texts="reported")
def delete_verified_email_address(region_state: RegionState, *, EmailAddress: str) -> None:
    """Delete an address identity. An unknown address is no error."""
    _remove(region_state, EmailAddress)


@v2("DeleteEmailIdentity", does="modelled", texts="reported")
def delete_email_identity(region_state: RegionState, *, EmailIdentity: str) -> None:
    """Delete an identity. An unknown identity is an error."""
    if not _remove(region_state, EmailIdentity):
        raise Missing(_KIND, EmailIdentity)


def _remove(region_state: RegionState, name: str) -> bool:
    identity = region_state.identities.find(name)
    if identity is not None and identity.certificates:
        raise say(
            "BadRequestException",
            f"Cannot delete <{identities.arn(region_state, name)}> because it has certificates associated with it. "
            "Disassociate all certificates and try again.",
        )
    return identities.remove(region_state, name) is not None


# List.


@v1("ListIdentities", does="modelled", texts="reported")
def list_identities(
    region_state: RegionState,
    *,
    IdentityType: str | None = None,
    MaxItems: int | None = None,
    NextToken: str | None = None,
) -> Json:
    """List address identities, domain identities or both, oldest first."""
    wanted = None if IdentityType is None else IdentityType == "Domain"
    found = [identity for identity in region_state.identities if wanted in (None, identity.is_domain)]
    shown, following = _page(found, "MaxItems", MaxItems, NextToken, "identity", _LARGEST_PAGE)
    return {"Identities": [identity.name for identity in shown], "NextToken": following}


@v1("ListVerifiedEmailAddresses", does="modelled")
def list_verified_email_addresses(region_state: RegionState) -> Json:
    """List the verified addresses, oldest first."""
    return {
        "VerifiedEmailAddresses": [
            identity.name for identity in region_state.identities if identity.verified and not identity.is_domain
        ]
    }


@v2("ListEmailIdentities", does="modelled", texts="reported")
def list_email_identities(
    region_state: RegionState,
    *,
    Filter: Mapping[str, str] | None = None,
    NextToken: str | None = None,
    PageSize: int | None = None,
) -> Json:
    """List identities, oldest first. Filters select by part of the name, type and state."""
    _check_size("PageSize", PageSize)
    chosen = dict(Filter or {})
    _check_filter(chosen)
    found = [identity for identity in region_state.identities if _passes(identity, chosen)]
    kind = f"identity {sorted(chosen.items())}" if chosen else "identity"
    shown, following = _page(found, "PageSize", PageSize, NextToken, kind, _ORDINARY_PAGE)
    return {
        "EmailIdentities": [
            {
                "IdentityType": _kind(identity),
                "IdentityName": identity.name,
                "SendingEnabled": identity.verified,
                "VerificationStatus": STATES[identity.verification],
            }
            for identity in shown
        ],
        "NextToken": following,
    }


def _page(  # noqa: PLR0917 - the parts of a page
    found: list[Found], parameter: str, size: int | None, token: str | None, kind: str, ordinary: int
) -> tuple[list[Found], str | None]:
    _check_size(parameter, size)
    rows = [(identities.key(identity.name), identity) for identity in found]
    try:
        return page(rows, size or ordinary, token or None, kind=kind, most=_LARGEST_PAGE)
    except BadToken:
        # SES repeats the token only in calls without a filter.
        raise Invalid(f"Invalid NextToken <{token}>." if kind == "identity" else "Invalid NextToken.") from None


def _check_size(parameter: str, size: int | None) -> None:
    if size is not None and not 1 <= size <= _LARGEST_PAGE:
        raise Invalid(
            f"Value {size} for parameter {parameter} is invalid. {parameter} must be between 1 and {_LARGEST_PAGE}."
        )


def _check_filter(chosen: dict[str, str]) -> None:
    least, most = _NAME_PART
    if "IDENTITY_NAME_CONTAINS" in chosen:
        part = chosen["IDENTITY_NAME_CONTAINS"] = chosen["IDENTITY_NAME_CONTAINS"].strip().lower()
        if len(part) < least:
            raise Invalid(f"Filter IDENTITY_NAME_CONTAINS must be at least {least} characters.")
        if len(part) > most:
            raise Invalid(f"Filter IDENTITY_NAME_CONTAINS must be at most {most} characters.")
    kind = chosen.get("IDENTITY_TYPE", "DOMAIN")
    if kind not in ("DOMAIN", "EMAIL_ADDRESS"):
        raise Invalid(f"Invalid identity type <{kind}> in filter.")
    state = chosen.get("VERIFICATION_STATUS", "PENDING")
    if state == "NOT_STARTED":
        raise Invalid("Invalid verification status <NotStarted>.")
    if state not in STATES.values():
        raise Invalid(f"Invalid verification status <{state}> in filter.")


def _passes(identity: Found, chosen: Mapping[str, str]) -> bool:
    return (
        chosen.get("IDENTITY_NAME_CONTAINS", "") in identity.name.lower()
        and chosen.get("IDENTITY_TYPE", _kind(identity)) == _kind(identity)
        and chosen.get("VERIFICATION_STATUS", STATES[identity.verification]) == STATES[identity.verification]
    )


# Describe.


@v1("GetIdentityVerificationAttributes", does="modelled", texts="chosen")
def get_identity_verification_attributes(region_state: RegionState, *, Identities: Sequence[str]) -> Json:
    """Return the verification state of identities. Unknown names are left out."""
    return {
        "VerificationAttributes": {
            name: {
                "VerificationStatus": STATES_V1[identity.verification],
                "VerificationToken": identity.token or None,
            }
            for name, identity in known(region_state, Identities)
        }
    }


@v1("GetIdentityDkimAttributes", does="modelled", texts="chosen")
def get_identity_dkim_attributes(region_state: RegionState, *, Identities: Sequence[str]) -> Json:
    """Return the DKIM state of identities. An address has the keys of its domain, if the domain is an identity."""
    return {
        "DkimAttributes": {
            name: {
                "DkimEnabled": keys.enabled,
                "DkimVerificationStatus": STATES_V1[keys.verification_state.state],
                "DkimTokens": list(keys.tokens) or None,
            }
            for name, keys in (
                (name, dkim.keys_of(region_state, identity)) for name, identity in known(region_state, Identities)
            )
        }
    }


@v2("GetEmailIdentity", does="modelled", texts="reported")
def get_email_identity(region_state: RegionState, *, EmailIdentity: str) -> Json:
    """Describe an identity."""
    identity = region_state.identities.find(EmailIdentity)
    if identity is None:
        raise say("NotFoundException", f"Identity {EmailIdentity} does not exist.")
    return {
        "IdentityType": _kind(identity),
        "FeedbackForwardingStatus": identity.forwarding,
        "VerifiedForSendingStatus": identity.verified,
        "DkimAttributes": _dkim(dkim.keys_of(region_state, identity)),
        "MailFromAttributes": _mail_from(identity),
        "Policies": dict(identity.policies),
        "Tags": show_tags(region_state, identities.arn(region_state, identity.name)),
        "ConfigurationSetName": identity.configuration_set,
        "VerificationStatus": STATES[identity.verification],
        "VerificationInfo": _info(identity),
    }


def _kind(identity: Found) -> str:
    return "DOMAIN" if identity.is_domain else "EMAIL_ADDRESS"


def _mail_from(identity: Found) -> Json:
    chosen = identity.mail_from
    if chosen is None:
        return {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
    return {
        "MailFromDomain": chosen.domain,
        "MailFromDomainStatus": STATES[chosen.verification_state.state],
        "BehaviorOnMxFailure": "REJECT_MESSAGE" if chosen.strict else "USE_DEFAULT_VALUE",
    }


def _dkim(keys: Dkim) -> Json:
    origins = {"ses": "AWS_SES", "own": "EXTERNAL"}
    return {
        "SigningEnabled": keys.enabled,
        "Status": STATES[keys.verification_state.state],
        "Tokens": list(keys.tokens) or None,
        "SigningHostedZone": keys.zone,
        "SigningAttributesOrigin": origins.get(keys.origin) or "AWS_SES_" + keys.origin.upper().replace("-", "_"),
        "NextSigningKeyLength": keys.next_length and f"RSA_{keys.next_length}_BIT",
        "CurrentSigningKeyLength": keys.length and f"RSA_{keys.length}_BIT",
        "LastKeyGenerationTimestamp": None if keys.generated is None else moment(keys.generated),
    }


def _info(identity: Found) -> Json:
    """Return the result of the DNS check. It is empty for addresses, which SES does not look up in DNS."""
    if not identity.is_domain:
        return {}
    verification_state, mistake = identity.verification_state, identity.dkim.mistake
    error = mistake and _MISTAKES[mistake]
    if verification_state.state == "failed":
        error = error or "HOST_NOT_FOUND"
    return {
        "LastCheckedTimestamp": None if verification_state.checked is None else moment(verification_state.checked),
        "LastSuccessTimestamp": None if verification_state.succeeded is None else moment(verification_state.succeeded),
        "ErrorType": error,
    }
