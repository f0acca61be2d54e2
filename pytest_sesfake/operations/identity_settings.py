"""The settings of an identity: DKIM, MAIL FROM domain, feedback, notifications, default configuration set.

https://docs.aws.amazon.com/ses/latest/dg/verify-addresses-and-domains.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.operations.identities import STATES, STATES_V1, known, sign
from pytest_sesfake.operations.refusals import say
from pytest_sesfake.operations.table import v1, v2
from pytest_sesfake.ses import dkim, identities
from pytest_sesfake.ses.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_sesfake.operations.table import Json
    from pytest_sesfake.ses.identities import Identity as Found
    from pytest_sesfake.ses.simulation import RegionState

# DKIM.


@v1("SetIdentityDkimEnabled", does="modelled", texts="reported")
def set_identity_dkim_enabled(region_state: RegionState, *, Identity: str, DkimEnabled: bool) -> None:
    """Enable or disable DKIM signing for the mail of an identity."""
    dkim.enable(region_state, Identity, on=DkimEnabled)


@v2("PutEmailIdentityDkimAttributes", does="modelled", texts="reported")
def put_email_identity_dkim_attributes(
    region_state: RegionState, *, EmailIdentity: str, SigningEnabled: bool = False
) -> None:
    """Enable or disable DKIM signing for the mail of an identity."""
    dkim.enable(region_state, EmailIdentity, on=SigningEnabled)


@v2("PutEmailIdentityDkimSigningAttributes", does="modelled", texts=("reported", "chosen"))
def put_email_identity_dkim_signing_attributes(
    region_state: RegionState,
    *,
    EmailIdentity: str,
    SigningAttributesOrigin: str,
    SigningAttributes: Json | None = None,
) -> Json:
    """Set the keys that sign a domain's mail. The identity stays verified while SES looks for the new keys in DNS."""
    if "@" in EmailIdentity or not EmailIdentity.strip():
        raise Invalid("The EmailIdentity value must be a valid domain.")
    identity = region_state.identities.get(EmailIdentity)
    signing = SigningAttributes or {}
    if "DomainSigningAttributesOrigin" in signing:
        raise Invalid("DomainSigningAttributesOrigin is not supported, use SigningAttributesOrigin.")
    sign(region_state, identity, SigningAttributesOrigin, signing)
    keys = identity.dkim
    return {
        "DkimStatus": STATES[keys.verification_state.state],
        "DkimTokens": list(keys.tokens),
        "SigningHostedZone": keys.zone,
    }


# MAIL FROM.


@v1("SetIdentityMailFromDomain", does="modelled", texts="reported")
def set_identity_mail_from_domain(
    region_state: RegionState,
    *,
    Identity: str,
    MailFromDomain: str | None = None,
    BehaviorOnMXFailure: str = "UseDefaultValue",
) -> None:
    """Set the custom MAIL FROM domain. Without one, SES uses its own domain."""
    identity = region_state.identities.find(Identity)
    if identity is None:
        raise Invalid(f"Identity <{Identity}> does not exist.")
    identities.set_mail_from(region_state, identity, MailFromDomain, strict=BehaviorOnMXFailure == "RejectMessage")


@v2("PutEmailIdentityMailFromAttributes", does="modelled", texts="reported")
def put_email_identity_mail_from_attributes(
    region_state: RegionState,
    *,
    EmailIdentity: str,
    MailFromDomain: str | None = None,
    BehaviorOnMxFailure: str = "USE_DEFAULT_VALUE",
) -> None:
    """Set the custom MAIL FROM domain. Without one, SES uses its own domain."""
    identity = _present(region_state, EmailIdentity)
    identities.set_mail_from(region_state, identity, MailFromDomain, strict=BehaviorOnMxFailure == "REJECT_MESSAGE")


@v1("GetIdentityMailFromDomainAttributes", does="modelled", texts="chosen")
def get_identity_mail_from_domain_attributes(region_state: RegionState, *, Identities: Sequence[str]) -> Json:
    """Return the MAIL FROM domains of identities. Unknown names are left out."""
    return {
        "MailFromDomainAttributes": {name: _mail_from(identity) for name, identity in known(region_state, Identities)}
    }


def _mail_from(identity: Found) -> Json:
    chosen = identity.mail_from
    if chosen is None:
        return {"BehaviorOnMXFailure": "UseDefaultValue"}
    return {
        "MailFromDomain": chosen.domain,
        "MailFromDomainStatus": STATES_V1[chosen.verification_state.state],
        "BehaviorOnMXFailure": "RejectMessage" if chosen.strict else "UseDefaultValue",
    }


# Feedback and notifications.


@v1("SetIdentityFeedbackForwardingEnabled", does="modelled", texts="reported")
def set_identity_feedback_forwarding_enabled(
    region_state: RegionState, *, Identity: str, ForwardingEnabled: bool
) -> None:
    """Enable or disable feedback mail. It can be disabled only if both bounces and complaints have a topic."""
    identity = _valid(region_state, Identity)
    if not ForwardingEnabled and not {"Bounce", "Complaint"} <= identity.topics.keys():
        raise Invalid(
            "Feedback forwarding can only be disabled when Amazon SNS topics are specified "
            "for both bounces and complaints."
        )
    identity.forwarding = ForwardingEnabled


@v2("PutEmailIdentityFeedbackAttributes", does="modelled", texts="reported")
def put_email_identity_feedback_attributes(
    region_state: RegionState, *, EmailIdentity: str, EmailForwardingEnabled: bool = False
) -> None:
    """Enable or disable feedback mail. If disabled, SES still mails events that have no topic."""
    _valid(region_state, EmailIdentity).forwarding = EmailForwardingEnabled


@v1("SetIdentityNotificationTopic", does="modelled", texts=("reported", "chosen"))
def set_identity_notification_topic(
    region_state: RegionState, *, Identity: str, NotificationType: str, SnsTopic: str | None = None
) -> None:
    """Set the SNS topic for one type of notification. Without one, SES publishes none."""
    identity = region_state.identities.find(identities.name_of(region_state, Identity))
    if identity is None:
        raise Invalid(f"Identity {Identity} is invalid. It must be a verified email address or domain.")
    identities.set_topic(region_state, identity, NotificationType, SnsTopic)


@v1("SetIdentityHeadersInNotificationsEnabled", does="modelled", texts="recorded")
def set_identity_headers_in_notifications_enabled(
    region_state: RegionState, *, Identity: str, NotificationType: str, Enabled: bool
) -> None:
    """Set whether one type of notification contains the header fields of the mail."""
    if NotificationType not in identities.NOTIFIED:
        raise Invalid(
            f"Invalid notification type: {NotificationType}. Valid values are: {', '.join(identities.NOTIFIED)}."
        )
    identity = region_state.identities.find(Identity)
    if identity is None:
        raise say("MessageRejected", f"Identity {Identity} is not verified or does not exist.")
    if Enabled:
        identity.headers.add(NotificationType)
    else:
        identity.headers.discard(NotificationType)


@v1("GetIdentityNotificationAttributes", does="modelled", texts="chosen")
def get_identity_notification_attributes(region_state: RegionState, *, Identities: Sequence[str]) -> Json:
    """Return the notification settings of identities. Unknown names are left out."""
    return {
        "NotificationAttributes": {
            name: {
                **{f"{kind}Topic": identity.topics.get(kind) for kind in identities.NOTIFIED},
                "ForwardingEnabled": identity.forwarding,
                **{f"HeadersIn{kind}NotificationsEnabled": kind in identity.headers for kind in identities.NOTIFIED},
            }
            for name, identity in known(region_state, Identities)
        }
    }


# The default configuration set.


@v2("PutEmailIdentityConfigurationSetAttributes", does="modelled", texts="reported")
def put_email_identity_configuration_set_attributes(
    region_state: RegionState, *, EmailIdentity: str, ConfigurationSetName: str | None = None
) -> None:
    """Set or remove the default configuration set, which applies to mail that names none."""
    identity = _present(region_state, EmailIdentity)
    if ConfigurationSetName:
        region_state.configuration_sets.get(ConfigurationSetName)
    identity.configuration_set = ConfigurationSetName or None


def _present(region_state: RegionState, name: str) -> Found:
    identity = region_state.identities.find(name)
    if identity is None:
        raise say("NotFoundException", f"Identity <{name}> does not exist.")
    return identity


def _valid(region_state: RegionState, name: str) -> Found:
    identity = region_state.identities.find(name)
    if identity is None:
        raise Invalid(f"Identity {name} is invalid. Must be a verified email address or domain.")
    return identity
