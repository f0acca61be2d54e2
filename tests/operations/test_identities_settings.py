"""Envelope sender, feedback, notifications and default configuration set of identities."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from sends import send_email

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake
    from pytest_sesfake.fake.setup import VerificationStatus

    Refused = Callable[..., tuple[str, int, str | None]]

DOMAIN, ADDRESS = "example.com", "ada@example.com"
TOPIC = "arn:aws:sns:us-east-1:123456789012:feedback"


def sender_v1(v1: SESClient, name: str = DOMAIN) -> Any:
    return v1.get_identity_mail_from_domain_attributes(Identities=[name])["MailFromDomainAttributes"][name]


def sender_v2(v2: SESV2Client, name: str = DOMAIN) -> Any:
    return v2.get_email_identity(EmailIdentity=name)["MailFromAttributes"]


def notification_attributes(v1: SESClient, name: str = DOMAIN) -> dict[str, Any]:
    return dict(v1.get_identity_notification_attributes(Identities=[name])["NotificationAttributes"][name])


def send(v1: SESClient, source: str = ADDRESS) -> None:
    send_email(v1, "bob@example.net", sender=source)


# MAIL FROM


def test_a_mail_from_domain_is_pending_until_it_is_verified(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    sesfake.verify(DOMAIN)
    assert sender_v1(v1) == {"BehaviorOnMXFailure": "UseDefaultValue"}

    v2.put_email_identity_mail_from_attributes(
        EmailIdentity=DOMAIN, MailFromDomain="Mail.example.com", BehaviorOnMxFailure="REJECT_MESSAGE"
    )
    assert sender_v1(v1) == {
        "MailFromDomain": "mail.example.com",
        "MailFromDomainStatus": "Pending",
        "BehaviorOnMXFailure": "RejectMessage",
    }

    sesfake.verify(DOMAIN)
    assert sender_v2(v2) == {
        "MailFromDomain": "mail.example.com",
        "MailFromDomainStatus": "SUCCESS",
        "BehaviorOnMxFailure": "REJECT_MESSAGE",
    }


@pytest.mark.sesfake(verification="instant")
def test_a_mail_from_domain_is_verified_at_once_where_the_fake_is_set_so(v1: SESClient) -> None:
    v1.verify_domain_identity(Domain=DOMAIN)

    v1.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain="mail.example.com")

    assert sender_v1(v1)["MailFromDomainStatus"] == "Success"


def test_the_records_of_a_mail_from_domain_can_be_verified_alone(sesfake: SesFake, v1: SESClient) -> None:
    v1.verify_domain_identity(Domain=DOMAIN)
    v1.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain="mail.example.com")

    sesfake.verify("mail.example.com", status="FAILED")
    assert sender_v1(v1)["MailFromDomainStatus"] == "Failed"
    sesfake.verify("mail.example.com")
    assert sender_v1(v1)["MailFromDomainStatus"] == "Success"

    assert sesfake.client("ses", "eu-west-1").list_identities()["Identities"] == []
    assert v1.list_identities()["Identities"] == [DOMAIN]
    stands = v1.get_identity_verification_attributes(Identities=[DOMAIN])["VerificationAttributes"][DOMAIN]
    assert stands["VerificationStatus"] == "Pending"


def test_a_mail_from_domain_fails_after_72_hours_without_its_record(sesfake: SesFake, v1: SESClient) -> None:
    v1.verify_domain_identity(Domain=DOMAIN)
    v1.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain="mail.example.com")

    sesfake.clock.advance(hours=72)

    assert sender_v1(v1)["MailFromDomainStatus"] == "Failed"


@pytest.mark.parametrize("nothing", [{}, {"MailFromDomain": ""}])
def test_without_a_domain_the_envelope_sender_is_as_before(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, nothing: dict[str, Any]
) -> None:
    sesfake.verify(DOMAIN)
    for version in (v1, v2):
        v1.set_identity_mail_from_domain(
            Identity=DOMAIN, MailFromDomain="m.example.com", BehaviorOnMXFailure="RejectMessage"
        )
        if version is v1:
            v1.set_identity_mail_from_domain(Identity=DOMAIN, **nothing)
        else:
            v2.put_email_identity_mail_from_attributes(EmailIdentity=DOMAIN, **nothing)
        assert sender_v1(v1) == {"BehaviorOnMXFailure": "UseDefaultValue"}


def test_what_happens_without_the_record_can_be_changed_alone(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify(DOMAIN)
    v1.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain="m.example.com")
    sesfake.verify(DOMAIN)

    v1.set_identity_mail_from_domain(
        Identity=DOMAIN, MailFromDomain="m.example.com", BehaviorOnMXFailure="RejectMessage"
    )

    assert (sender_v1(v1)["MailFromDomainStatus"], sender_v1(v1)["BehaviorOnMXFailure"]) == ("Success", "RejectMessage")


@pytest.mark.parametrize("name", [DOMAIN, ADDRESS])
@pytest.mark.parametrize("domain", ["example.org", "example.com", "notexample.com", "mail.example.org"])
def test_a_mail_from_domain_is_below_the_identity(sesfake: SesFake, refused: Refused, name: str, domain: str) -> None:
    v1, v2 = sesfake.client("ses"), sesfake.client("sesv2")
    sesfake.verify(name)
    text = f"Provided MAIL-FROM domain '{domain}' is not subdomain of the domain of the identity 'example.com'."

    assert refused(lambda: v1.set_identity_mail_from_domain(Identity=name, MailFromDomain=domain)) == (
        "InvalidParameterValue",
        400,
        text,
    )
    assert refused(
        lambda: v2.put_email_identity_mail_from_attributes(EmailIdentity=name, MailFromDomain=domain),
        v2.exceptions.BadRequestException,
    ) == ("BadRequestException", 400, text)


def test_a_missing_identity_has_no_mail_from_domain(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    text = "Identity <example.com> does not exist."

    assert refused(lambda: v1.set_identity_mail_from_domain(Identity=DOMAIN)) == ("InvalidParameterValue", 400, text)
    assert refused(
        lambda: v2.put_email_identity_mail_from_attributes(EmailIdentity=DOMAIN), v2.exceptions.NotFoundException
    ) == ("NotFoundException", 404, text)


def test_a_behaviour_that_is_none_is_refused(sesfake: SesFake, loose_v2: SESV2Client, refused: Refused) -> None:
    loose_v1: Any = sesfake.client("ses", config=Config(parameter_validation=False))

    assert refused(lambda: loose_v1.set_identity_mail_from_domain(Identity=DOMAIN, BehaviorOnMXFailure="Never")) == (
        "ValidationError",
        400,
        (
            "1 validation error detected: Value at 'behaviorOnMXFailure' failed to satisfy constraint: "
            "Member must satisfy enum value set: [RejectMessage, UseDefaultValue]"
        ),
    )
    never: Any = "NEVER"
    assert refused(
        lambda: loose_v2.put_email_identity_mail_from_attributes(EmailIdentity=DOMAIN, BehaviorOnMxFailure=never),
        loose_v2.exceptions.BadRequestException,
    ) == (
        "BadRequestException",
        400,
        (
            "1 validation error detected: Value at 'behaviorOnMxFailure' failed to satisfy constraint: "
            "Member must satisfy enum value set: [REJECT_MESSAGE, USE_DEFAULT_VALUE]"
        ),
    )


@pytest.mark.parametrize("status", ["PENDING", "FAILED", "TEMPORARY_FAILURE"])
def test_a_strict_identity_sends_nothing_without_its_mail_from_domain(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, refused: Refused, status: VerificationStatus
) -> None:
    sesfake.verify(DOMAIN)
    v1.set_identity_mail_from_domain(
        Identity=DOMAIN, MailFromDomain="mail.example.com", BehaviorOnMXFailure="RejectMessage"
    )
    sesfake.verify("mail.example.com", status=status)
    said = ("MailFromDomainNotVerifiedException", 400, "DNS setup for MAIL FROM domain is invalid.")

    assert refused(lambda: send(v1), v1.exceptions.MailFromDomainNotVerifiedException) == said
    assert (
        refused(
            lambda: v2.send_email(
                FromEmailAddress=ADDRESS,
                Destination={"ToAddresses": ["bob@example.net"]},
                Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}},
            ),
            v2.exceptions.MailFromDomainNotVerifiedException,
        )
        == said
    )
    assert sesfake.outbox == []

    sesfake.verify("mail.example.com")
    send(v1)
    assert len(sesfake.outbox) == 1


def test_smtp_says_which_domain_is_meant_before_it_says_why(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify(DOMAIN)
    v1.set_identity_mail_from_domain(
        Identity=DOMAIN, MailFromDomain="m.example.com", BehaviorOnMXFailure="RejectMessage"
    )

    with smtplib.SMTP("email-smtp.us-east-1.amazonaws.com", 587) as server:
        server.starttls()
        server.login("user", "password")
        with pytest.raises(smtplib.SMTPDataError) as caught:
            server.sendmail(ADDRESS, ["bob@example.net"], f"From: {ADDRESS}\r\nTo: bob@example.net\r\n\r\nHello")

    assert (caught.value.smtp_code, caught.value.smtp_error) == (
        554,
        b"MAIL FROM domain not verified: DNS setup for MAIL FROM domain is invalid.",
    )


def test_the_envelope_sender_is_the_mail_from_domain_once_it_is_verified(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify(DOMAIN)
    v1.set_identity_mail_from_domain(Identity=DOMAIN, MailFromDomain="mail.example.com")
    send(v1)
    sesfake.verify("mail.example.com")
    send(v1)

    first, second = sesfake.outbox
    assert first.raw.startswith(f"Return-Path: <{first.id}@amazonses.com>".encode())
    assert second.raw.startswith(f"Return-Path: <{second.id}@mail.example.com>".encode())


def test_an_address_that_is_an_identity_does_not_send_by_its_domains_mail_from(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify(DOMAIN, ADDRESS)
    v1.set_identity_mail_from_domain(
        Identity=DOMAIN, MailFromDomain="mail.example.com", BehaviorOnMXFailure="RejectMessage"
    )

    send(v1, ADDRESS)

    assert sesfake.outbox[0].raw.startswith(f"Return-Path: <{sesfake.outbox[0].id}@amazonses.com>".encode())


# Feedback


def test_a_new_identity_forwards_feedback_and_notifies_nobody(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify(DOMAIN)

    assert notification_attributes(v1) == {
        "ForwardingEnabled": True,
        "HeadersInBounceNotificationsEnabled": False,
        "HeadersInComplaintNotificationsEnabled": False,
        "HeadersInDeliveryNotificationsEnabled": False,
    }


def test_forwarding_can_be_off_only_with_topics_for_bounces_and_complaints(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.verify(DOMAIN)
    v1.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Bounce", SnsTopic=TOPIC)
    assert refused(lambda: v1.set_identity_feedback_forwarding_enabled(Identity=DOMAIN, ForwardingEnabled=False)) == (
        "InvalidParameterValue",
        400,
        (
            "Feedback forwarding can only be disabled when Amazon SNS topics are specified "
            "for both bounces and complaints."
        ),
    )

    v1.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Complaint", SnsTopic=TOPIC)
    v1.set_identity_feedback_forwarding_enabled(Identity=DOMAIN, ForwardingEnabled=False)

    assert v2.get_email_identity(EmailIdentity=DOMAIN)["FeedbackForwardingStatus"] is False
    v2.put_email_identity_feedback_attributes(EmailIdentity=DOMAIN, EmailForwardingEnabled=True)
    assert notification_attributes(v1)["ForwardingEnabled"] is True


def test_v2_switches_forwarding_off_without_topics(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    sesfake.verify(DOMAIN)

    v2.put_email_identity_feedback_attributes(EmailIdentity=DOMAIN)

    assert notification_attributes(v1)["ForwardingEnabled"] is False


def test_feedback_of_a_missing_identity_is_refused(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    text = "Identity example.com is invalid. Must be a verified email address or domain."

    assert refused(lambda: v1.set_identity_feedback_forwarding_enabled(Identity=DOMAIN, ForwardingEnabled=True)) == (
        "InvalidParameterValue",
        400,
        text,
    )
    assert refused(
        lambda: v2.put_email_identity_feedback_attributes(EmailIdentity=DOMAIN), v2.exceptions.BadRequestException
    ) == ("BadRequestException", 400, text)


# Notifications


def test_a_topic_is_set_for_each_kind_and_cleared_by_leaving_it_out(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify(DOMAIN)
    arn = f"arn:aws:ses:us-east-1:123456789012:identity/{DOMAIN}"
    v1.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Bounce", SnsTopic=TOPIC)
    v1.set_identity_notification_topic(Identity=arn, NotificationType="Delivery", SnsTopic=TOPIC + "-2")
    assert (notification_attributes(v1)["BounceTopic"], notification_attributes(v1)["DeliveryTopic"]) == (
        TOPIC,
        TOPIC + "-2",
    )
    assert "ComplaintTopic" not in notification_attributes(v1)

    v1.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Bounce")
    v1.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Delivery", SnsTopic="")

    assert not {"BounceTopic", "DeliveryTopic"} & notification_attributes(v1).keys()


@pytest.mark.parametrize(
    "topic", ["feedback", "arn:aws:sns:eu-west-1:123456789012:feedback", TOPIC + ".fifo", TOPIC.replace("sns", "sqs")]
)
def test_a_topic_that_ses_cannot_publish_to_is_refused(
    sesfake: SesFake, v1: SESClient, refused: Refused, topic: str
) -> None:
    sesfake.verify(DOMAIN)

    assert refused(
        lambda: v1.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Bounce", SnsTopic=topic)
    ) == ("InvalidParameterValue", 400, f"SNS topic {topic} is invalid.")
    assert "BounceTopic" not in notification_attributes(v1)


def test_a_topic_that_the_neighbour_does_not_have_is_refused(sesfake: SesFake, v1: SESClient, refused: Refused) -> None:
    sesfake.verify(DOMAIN)
    sesfake._simulation.collaborators.exists = lambda arn: arn == TOPIC

    v1.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Bounce", SnsTopic=TOPIC)
    assert refused(
        lambda: v1.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Bounce", SnsTopic=TOPIC + "2")
    ) == ("InvalidParameterValue", 400, f"SNS topic {TOPIC}2 is invalid.")


@pytest.mark.parametrize("name", [DOMAIN, "arn:aws:ses:us-east-1:999999999999:identity/example.com"])
def test_a_missing_identity_has_no_topics(v1: SESClient, refused: Refused, name: str) -> None:
    assert refused(
        lambda: v1.set_identity_notification_topic(Identity=name, NotificationType="Bounce", SnsTopic=TOPIC)
    ) == ("InvalidParameterValue", 400, f"Identity {name} is invalid. It must be a verified email address or domain.")


def test_header_fields_are_in_the_notifications_of_the_kinds_that_are_switched_on(
    sesfake: SesFake, v1: SESClient
) -> None:
    sesfake.verify(DOMAIN)

    v1.set_identity_headers_in_notifications_enabled(Identity=DOMAIN, NotificationType="Bounce", Enabled=True)
    v1.set_identity_headers_in_notifications_enabled(Identity=DOMAIN, NotificationType="Delivery", Enabled=True)
    v1.set_identity_headers_in_notifications_enabled(Identity=DOMAIN, NotificationType="Delivery", Enabled=False)

    kinds = ("Bounce", "Complaint", "Delivery")
    assert [notification_attributes(v1)[f"HeadersIn{kind}NotificationsEnabled"] for kind in kinds] == [
        True,
        False,
        False,
    ]


def test_an_unknown_kind_is_refused_before_the_identity_is_looked_for(v1: SESClient, refused: Refused) -> None:
    kind: Any = "Open"

    assert refused(
        lambda: v1.set_identity_headers_in_notifications_enabled(Identity=DOMAIN, NotificationType=kind, Enabled=True)
    ) == (
        "InvalidParameterValue",
        400,
        "Invalid notification type: Open. Valid values are: Bounce, Complaint, Delivery.",
    )


def test_header_fields_for_a_missing_identity_are_a_rejected_message(v1: SESClient, refused: Refused) -> None:
    assert refused(
        lambda: v1.set_identity_headers_in_notifications_enabled(
            Identity=DOMAIN, NotificationType="Bounce", Enabled=True
        ),
        v1.exceptions.MessageRejected,
    ) == ("MessageRejected", 400, "Identity example.com is not verified or does not exist.")


# The default configuration set


def test_mail_that_names_no_configuration_set_has_that_of_its_identity(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client
) -> None:
    sesfake.configuration_set("domains")
    sesfake.configuration_set("addresses")
    sesfake.verify(DOMAIN, ADDRESS)
    v2.put_email_identity_configuration_set_attributes(EmailIdentity=DOMAIN, ConfigurationSetName="domains")
    v2.put_email_identity_configuration_set_attributes(EmailIdentity=ADDRESS, ConfigurationSetName="addresses")

    send(v1, "bob@example.com")
    send(v1, ADDRESS)
    v2.put_email_identity_configuration_set_attributes(EmailIdentity=ADDRESS)
    send(v1, ADDRESS)

    assert [message.configuration_set for message in sesfake.outbox] == ["domains", "addresses", "domains"]
    assert "ConfigurationSetName" not in v2.get_email_identity(EmailIdentity=ADDRESS)


def test_a_default_configuration_set_that_was_deleted_refuses_mail(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, refused: Refused
) -> None:
    sesfake.configuration_set("news")
    sesfake.verify(DOMAIN)
    v2.put_email_identity_configuration_set_attributes(EmailIdentity=DOMAIN, ConfigurationSetName="news")
    v2.delete_configuration_set(ConfigurationSetName="news")

    assert refused(lambda: send(v1), v1.exceptions.ConfigurationSetDoesNotExistException)[2] == (
        "Configuration set <news> does not exist."
    )


def test_a_default_configuration_set_exists_and_so_does_the_identity(
    sesfake: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    assert refused(
        lambda: v2.put_email_identity_configuration_set_attributes(EmailIdentity=DOMAIN, ConfigurationSetName="news"),
        v2.exceptions.NotFoundException,
    ) == ("NotFoundException", 404, "Identity <example.com> does not exist.")
    sesfake.verify(DOMAIN)
    assert refused(
        lambda: v2.put_email_identity_configuration_set_attributes(EmailIdentity=DOMAIN, ConfigurationSetName="news"),
        v2.exceptions.NotFoundException,
    ) == ("NotFoundException", 404, "Configuration set <news> does not exist.")
