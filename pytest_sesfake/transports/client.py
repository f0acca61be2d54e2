"""Plain botocore clients for a test's own use. The fake answers their calls like those of any other client."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

_NOBODY = "testing"


def make(service: str, region: str, config: Any = None) -> Any:
    """Return a client of ``"ses"`` or ``"sesv2"`` for a region.

    Without ``config``, repeated calls return the same client. Any other service raises ValueError.
    """
    if service not in ("ses", "sesv2"):
        raise ValueError(f"client() takes 'ses' or 'sesv2', not {service!r}")
    return _shared(service, region) if config is None else _make(service, region, config)


def _make(service: str, region: str, config: Any) -> Any:
    return _session().create_client(
        service, region, aws_access_key_id=_NOBODY, aws_secret_access_key=_NOBODY, config=config
    )


@lru_cache(maxsize=64)
def _shared(service: str, region: str) -> Any:
    return _make(service, region, None)


@lru_cache(maxsize=1)
def _session() -> Any:
    from botocore.session import get_session

    return get_session()
