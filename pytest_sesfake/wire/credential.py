"""Read the account and the region from the signature of a request. The fake does not verify signatures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from pytest_sesfake.wire.http import Request

_TERMINATOR = "aws4_request"
# Parts of a credential scope. A SigV4A scope has no region: X-Amz-Region-Set names the regions.
_DIGITS = 12
_SIGV4 = 5
_SIGV4A = 4
_IN_HEADER = re.compile(r"[ ,]Credential=([^,\s]+)")


@dataclass(slots=True, frozen=True)
class Credential:
    """The scope of a signature. ``region`` is ``None`` if all regions are valid (SigV4A). ``dated`` is YYYYMMDD."""

    key_id: str
    region: str | None
    service: str
    dated: str

    @property
    def account_id(self) -> str | None:
        """The account, if the access key id is an account number. Other key ids do not tell the account."""
        key_id = self.key_id
        return key_id if len(key_id) == _DIGITS and key_id.isascii() and key_id.isdigit() else None


def read(request: Request) -> Credential | None:
    """Return the credential of a signed or presigned request, ``None`` if the request is unsigned."""
    header = request.headers.get("authorization", "")
    signed = _IN_HEADER.search(header) if header.startswith("AWS4-") else None
    if signed:
        return _credential(signed.group(1), request.headers.get("x-amz-region-set", ""))
    if "X-Amz-Credential=" in request.query:
        query = parse_qs(request.query)
        return _credential(query.get("X-Amz-Credential", [""])[0], query.get("X-Amz-Region-Set", [""])[0])
    return None


def _credential(scope: str, region_set: str) -> Credential | None:
    parts = scope.split("/")
    if parts[-1] != _TERMINATOR:
        return None
    if len(parts) == _SIGV4:
        key_id, dated, region, service, _ = parts
        return Credential(key_id, region or None, service, dated)
    if len(parts) == _SIGV4A:
        key_id, dated, service, _ = parts
        first = region_set.partition(",")[0].strip()
        return Credential(key_id, None if first in ("", "*") else first, service, dated)
    return None
