"""Ids that look like those of SES. Each is a hash of the seed and of what it names.

So no random number is drawn, and a test that runs again gets the same ids.
"""

from __future__ import annotations

import hashlib

from pytest_sesfake.ses.regions import code


class Ids:
    """Makes the ids of one fake from its ``seed``. The same arguments always give the same id."""

    def __init__(self, seed: str) -> None:
        self._seed = hashlib.blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=32).digest()
        self._request = self.uuid("request").rpartition("-")[0]

    def hex(self, what: str, digits: int = 32) -> str:
        """Return ``digits`` hexadecimal digits (at most 128) for ``what``."""
        digest = hashlib.blake2b(what.encode("utf-8", "surrogatepass"), digest_size=(digits + 1) // 2, key=self._seed)
        return digest.hexdigest()[:digits]

    def request_id(self, number: int) -> str:
        """Return the id of the request with this number. It computes no hash, because every call needs one."""
        return f"{self._request}-{number:012x}"

    def uuid(self, what: str) -> str:
        """Return an id in the form of a UUID for ``what``."""
        text = self.hex(what)
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def message_id(self, region: str, at: float, what: str) -> str:
        """Return a message id as SES forms it: region code, epoch milliseconds, and a UUID for ``what``."""
        return f"{code(region)}{round(at * 1000):012x}-{self.uuid(what)}-000000"
