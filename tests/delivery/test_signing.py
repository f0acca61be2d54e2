"""The signatures of SNS, verified as applications verify them: by the certificate alone."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from freezegun import freeze_time

from pytest_sesfake.delivery import signing

ALGORITHMS = {1: hashes.SHA1(), 2: hashes.SHA256()}  # noqa: S303 - SNS's version 1 is by SHA-1

NOTIFICATION = {
    "Type": "Notification",
    "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    "TopicArn": "arn:aws:sns:us-west-2:123456789012:MyTopic",
    "Subject": "My First Message",
    "Message": "Grüße\n",
    "Timestamp": "2012-05-02T00:54:06.655Z",
}
CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
    "Token": "2336412f37f",
    "TopicArn": "arn:aws:sns:us-west-2:123456789012:MyTopic",
    "Message": "You have chosen to subscribe",
    "SubscribeURL": "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription",
    "Timestamp": "2012-04-26T20:45:04.751Z",
}


def verify(signature: str, text: str, version: int) -> None:
    key = x509.load_pem_x509_certificate(signing.signer().certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(signature), text.encode(), padding.PKCS1v15(), ALGORITHMS[version])


def test_a_notification_is_signed_over_these_lines() -> None:
    assert signing.string_to_sign(NOTIFICATION) == (
        "Message\nGrüße\n\nMessageId\n22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\nSubject\nMy First Message\n"
        "Timestamp\n2012-05-02T00:54:06.655Z\nTopicArn\narn:aws:sns:us-west-2:123456789012:MyTopic\n"
        "Type\nNotification\n"
    )


def test_a_notification_without_a_subject_is_signed_without_one() -> None:
    fields = {name: value for name, value in NOTIFICATION.items() if name != "Subject"}

    assert "Subject" not in signing.string_to_sign(fields)
    assert "324\nTimestamp\n" in signing.string_to_sign(fields)


def test_a_confirmation_is_signed_over_these_lines() -> None:
    assert signing.string_to_sign(CONFIRMATION) == (
        "Message\nYou have chosen to subscribe\nMessageId\n165545c9-2a5c-472c-8df2-7ff2be2b3b1b\n"
        "SubscribeURL\nhttps://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription\n"
        "Timestamp\n2012-04-26T20:45:04.751Z\nToken\n2336412f37f\n"
        "TopicArn\narn:aws:sns:us-west-2:123456789012:MyTopic\nType\nSubscriptionConfirmation\n"
    )


@pytest.mark.parametrize("fields", [NOTIFICATION, CONFIRMATION])
def test_version_1_signs_by_sha1_and_version_2_by_sha256(fields: dict[str, str]) -> None:
    text = signing.string_to_sign(fields)
    signer = signing.signer()

    verify(signer.sign(fields), text, 1)
    verify(signer.sign(fields, 1), text, 1)
    verify(signer.sign(fields, 2), text, 2)
    with pytest.raises(InvalidSignature):
        verify(signer.sign(fields, 2), text, 1)
    with pytest.raises(InvalidSignature):
        verify(signer.sign(fields), text + "x", 1)


def test_another_version_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="versions 1 and 2, not 3"):
        signing.signer().sign(NOTIFICATION, 3)


def test_the_certificate_is_sns_s_by_its_names() -> None:
    certificate = x509.load_pem_x509_certificate(signing.signer().certificate)

    assert certificate.subject.rfc4514_string() == "CN=sns.amazonaws.com"
    (organization,) = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert organization.value == "Amazon"


def test_the_certificate_is_valid_whenever_a_clock_is_frozen() -> None:
    certificate = x509.load_pem_x509_certificate(signing.signer().certificate)

    assert certificate.not_valid_before_utc <= datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert certificate.not_valid_after_utc >= datetime(2099, 12, 31, tzinfo=timezone.utc)


def test_a_key_can_be_made_while_the_clock_is_frozen() -> None:
    with freeze_time("2001-02-03"):
        made = signing._made.__wrapped__("")

    certificate = x509.load_pem_x509_certificate(made.certificate)
    assert certificate.not_valid_after_utc.year == 2100


@pytest.mark.parametrize(
    "region, start",
    [
        ("eu-west-1", "https://sns.eu-west-1.amazonaws.com/"),
        ("us-gov-west-1", "https://sns.us-gov-west-1.amazonaws.com/"),
        ("cn-north-1", "https://sns.cn-north-1.amazonaws.com.cn/"),
    ],
)
def test_the_address_of_the_certificate_is_one_that_verifiers_trust(region: str, start: str) -> None:
    url = signing.signer().certificate_url(region)

    assert url.startswith(start)
    # what django-ses demands, word for word
    assert re.match(
        r"(?i)^https://sns\.[a-z0-9\-]+\.amazonaws\.com(\.cn)?/SimpleNotificationService\-[a-z0-9]+\.pem$", url
    )
    assert re.search(r"-[0-9a-f]{32}\.pem$", url)


def test_threads_that_ask_at_once_get_one_key() -> None:
    signing._made.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        signers = list(pool.map(lambda _: signing.signer(), range(4)))

    assert len({signer.file_name for signer in signers}) == 1


def test_nothing_of_cryptography_is_loaded_until_something_is_signed() -> None:
    code = (
        "import sys, pytest_sesfake.delivery.forms as forms, pytest_sesfake.delivery.envelopes;"
        "sys.exit('cryptography' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
