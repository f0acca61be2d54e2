"""Ids of SES's shapes, each a hash of the seed and of what it is for: nothing is drawn, so a replay is equal."""

from __future__ import annotations

import hashlib

from pytest_sesfake.ses.regions import code


class Ids:
    """Makes the ids of one fake from its ``seed``."""

    def __init__(self, seed: str) -> None:
        self._seed = hashlib.blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=32).digest()
        self._request = self.uuid("request").rpartition("-")[0]

    def hex(self, what: str, digits: int = 32) -> str:
        """Return ``digits`` (at most 128) hexadecimal digits that belong to ``what``."""
        digest = hashlib.blake2b(what.encode("utf-8", "surrogatepass"), digest_size=(digits + 1) // 2, key=self._seed)
        return digest.hexdigest()[:digits]

    def request_id(self, number: int) -> str:
        """Return the id of the ``number``-th request; cheap, because every call has one."""
        return f"{self._request}-{number:012x}"

    def uuid(self, what: str) -> str:
        """Return an id of the shape of a UUID that belongs to ``what``."""
        text = self.hex(what)
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def message_id(self, region: str, at: float, what: str) -> str:
        """Return an id as SES gives messages: region, milliseconds, and a UUID-like rest that belongs to ``what``."""
        return f"{code(region)}{round(at * 1000):012x}-{self.uuid(what)}-000000"
