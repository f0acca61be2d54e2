"""Signs SNS messages with a fixed key, so that applications can verify them as messages of SNS.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509.oid import NameOID

from pytest_sesfake.delivery.public_keys import OF_A_STRANGER, OF_SNS, make_key
from pytest_sesfake.delivery.sns import site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import rsa

HOST = "sns.amazonaws.com"
FOREIGN = ".example.net"
"""The suffix that makes the name of an SNS host a foreign one that only looks similar."""

# Verifiers compare these dates with the clock, which a test may have frozen at any time.
_VALID_FROM = datetime(1970, 1, 1, tzinfo=timezone.utc)
_VALID_UNTIL = datetime(2100, 1, 1, tzinfo=timezone.utc)

_SERIAL_NUMBER = 20260326  # random for certificates of others; a fixed one makes the certificate repeat

_HASHES: dict[int, type[hashes.SHA1 | hashes.SHA256]] = {1: hashes.SHA1, 2: hashes.SHA256}
_SIGNED = {"Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")}
_SIGNED_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")

_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key, the certificate with its public key (PEM), and the file name under which SNS serves it.

    A signer with a ``domain`` does not belong to SNS; its host only looks like one of SNS.
    """

    key: rsa.RSAPrivateKey
    certificate: bytes
    file_name: str
    domain: str = ""

    def sign(self, fields: Mapping[str, str], version: int = 1) -> str:
        """Return the base64 signature of an envelope's fields.

        Version 1 uses SHA-1, version 2 SHA-256. Any other version raises ValueError.
        """
        if version not in _HASHES:
            raise ValueError(f"SNS knows signature versions {' and '.join(map(str, _HASHES))}, not {version!r}")
        signature = self.key.sign(string_to_sign(fields).encode(), padding.PKCS1v15(), _HASHES[version]())
        return base64.b64encode(signature).decode()

    def certificate_url(self, region: str) -> str:
        """Return the URL from which a verifier in the region gets the certificate."""
        return f"{site(region)}{self.domain}/{self.file_name}"


def signer() -> Signer:
    """Return the only signer. There is just one, because verifiers cache certificates by URL."""
    with _LOCK:
        return _made("")


def stranger() -> Signer:
    """Return the signer for forgeries, whose certificate is on a host that does not belong to Amazon."""
    with _LOCK:
        return _made(FOREIGN)


def signers() -> list[Signer]:
    """Return both signers. The fake serves both certificates."""
    return [signer(), stranger()]


@cache
def _made(domain: str) -> Signer:
    key = make_key(OF_A_STRANGER if domain else OF_SNS)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    certificate = _certify(key).public_bytes(serialization.Encoding.PEM)
    return Signer(key, certificate, f"SimpleNotificationService-{hashlib.sha256(public).hexdigest()[:32]}.pem", domain)


def _certify(key: rsa.RSAPrivateKey) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    # Verifiers without the chain check the name of the issuer. So it names Amazon, but the key itself signs it.
    issuer = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Amazon"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Amazon RSA 2048 M04"),
        ]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(_SERIAL_NUMBER)
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_UNTIL)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def string_to_sign(fields: Mapping[str, str]) -> str:
    """Return the text that an envelope's signature covers. Its ``Type`` decides which fields that has."""
    names = _SIGNED.get(fields["Type"], _SIGNED_CONFIRMATION)
    return "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
