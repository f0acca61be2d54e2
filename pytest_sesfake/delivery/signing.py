"""Signs what SNS publishes, with a key of this process, so that verifiers of SNS find nothing amiss.

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
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from pytest_sesfake.delivery.sns import site

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = "sns.amazonaws.com"
FOREIGN = ".example.net"
"""What follows the name of a host of SNS in the name of one that only looks like it."""

# Tests freeze clocks, and verifiers ask the clock whether a certificate is valid.
_VALID_FROM = datetime(1970, 1, 1, tzinfo=timezone.utc)
_VALID_UNTIL = datetime(2100, 1, 1, tzinfo=timezone.utc)

_HASHES: dict[int, type[hashes.SHA1 | hashes.SHA256]] = {1: hashes.SHA1, 2: hashes.SHA256}
_SIGNED = {"Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")}
_SIGNED_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")

_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, the certificate that tells its public half (PEM), and the file name that SNS serves that under.

    A signer of a foreign ``domain`` is none of SNS's, and only looks like one.
    """

    key: rsa.RSAPrivateKey
    certificate: bytes
    file_name: str
    domain: str = ""

    def sign(self, fields: Mapping[str, str], version: int = 1) -> str:
        """Return the signature of an envelope's fields in base64: version 1 is by SHA-1, version 2 by SHA-256."""
        if version not in _HASHES:
            msg = f"SNS knows signature versions {' and '.join(map(str, _HASHES))}, not {version!r}"
            raise ValueError(msg)
        signature = self.key.sign(string_to_sign(fields).encode(), padding.PKCS1v15(), _HASHES[version]())
        return base64.b64encode(signature).decode()

    def certificate_url(self, region: str) -> str:
        """Return the address that a verifier in the region fetches the certificate from."""
        return f"{site(region)}{self.domain}/{self.file_name}"


def signer() -> Signer:
    """Return the process's one signer, made when it is first needed: verifiers keep certificates by address."""
    with _LOCK:
        return _made("")


def stranger() -> Signer:
    """Return another signer, whose certificate lies on a host that is not Amazon's: its signatures are forgeries."""
    with _LOCK:
        return _made(FOREIGN)


def signers() -> list[Signer]:
    """Return both signers: the certificate of either is served to whoever asks for it."""
    return [signer(), stranger()]


@cache
def _made(domain: str) -> Signer:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    certificate = _certify(key).public_bytes(serialization.Encoding.PEM)
    return Signer(key, certificate, f"SimpleNotificationService-{hashlib.sha256(public).hexdigest()[:32]}.pem", domain)


def _certify(key: rsa.RSAPrivateKey) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    # Verifiers without the chain look for the issuer's name: the certificate names Amazon and is signed by itself.
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
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_UNTIL)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def string_to_sign(fields: Mapping[str, str]) -> str:
    """Return what the signature of an envelope covers; which fields, its ``Type`` says."""
    names = _SIGNED.get(fields["Type"], _SIGNED_CONFIRMATION)
    return "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
