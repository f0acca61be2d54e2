"""Neighbours: other fakes of AWS in this process, and what they have.

They are met where they are loaded, and never imported: moto is one.
"""

from __future__ import annotations

import sys
from typing import Any

_S3 = "s3://"


def read_object(url: str) -> bytes | None:
    """Return the object at an ``s3://`` URL, ``None`` where no neighbour has it."""
    bucket, _, key = url.removeprefix(_S3).partition("/")
    storage = _storage(bucket)
    found = None if storage is None else storage.get_object(bucket, key)
    return None if found is None else bytes(found.value)


def _storage(bucket: str) -> Any:  # noqa: ANN401 - moto's
    """Return moto's S3, of the account that has the bucket, while it is active."""
    mocking, storing = sys.modules.get("moto.core.models"), sys.modules.get("moto.s3.models")
    if mocking is None or storing is None or not mocking.MockAWS._mocks_active:  # noqa: SLF001 - there is no public way
        return None
    owner = storing.s3_backends.bucket_accounts.get(bucket)
    if owner is None:
        return None
    partition, account_id = owner
    return storing.s3_backends[account_id][partition]
