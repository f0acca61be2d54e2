"""Plain botocore clients for a test's own use. The fake answers their calls like those of any other client.

They raise the exception classes of ``boto3.client``: each botocore session makes classes of its own, and a test that
writes ``pytest.raises(sesfake.client("ses").exceptions.MessageRejected)`` means the one that the application gets.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from botocore.config import Config

    ClientConfig = Config

Service = Literal["ses", "sesv2"]

_NOBODY = "testing"


def make(service: Service, region: str, config: ClientConfig | None = None) -> Any:
    """Return a client of ``"ses"`` or ``"sesv2"`` for a region.

    Without ``config``, repeated calls return the same client. Any other service raises ValueError.
    """
    if service not in get_args(Service):
        raise ValueError(f"client() takes 'ses' or 'sesv2', not {service!r}")
    return _shared(service, region) if config is None else _make(service, region, config)


def _make(service: str, region: str, config: ClientConfig | None) -> Any:
    return _session().create_client(
        service, region, aws_access_key_id=_NOBODY, aws_secret_access_key=_NOBODY, config=config
    )


@lru_cache(maxsize=64)
def _shared(service: str, region: str) -> Any:
    return _make(service, region, None)


@lru_cache(maxsize=1)
def _session() -> Any:
    from botocore.session import get_session

    session = get_session()
    session.register("creating-client-class", _replace_exceptions)
    return session


def _replace_exceptions(**event: Any) -> None:
    """Give a client class the property ``exceptions`` of this module. botocore calls this for each class it makes."""
    event["class_attributes"]["exceptions"] = property(_find_exceptions)


def _find_exceptions(client: Any) -> Any:
    """Return the exception classes of boto3's default session, or those of our session if boto3 is not loaded.

    A cached client must not keep them, because an application may set up another default session.
    """
    factory = _factory_of(_default_session()) or _factory_of(_session())
    return factory.create_client_exceptions(client.meta.service_model)


def _default_session() -> Any:
    """Return the botocore session in boto3's default session.

    If there is no default session yet, boto3 makes it now. Otherwise the application's first client would make it
    later, with other classes than those that the test already has.
    """
    boto3: Any = sys.modules.get("boto3")
    if boto3 is not None and getattr(boto3, "DEFAULT_SESSION", None) is None:
        with suppress(Exception):  # a broken profile, or a boto3 that is just being imported
            boto3.setup_default_session()
    return getattr(getattr(boto3, "DEFAULT_SESSION", None), "_session", None)


def _factory_of(session: Any) -> Any:
    """Return the part of a botocore session that makes exception classes, or ``None``, for example for a mock."""
    from botocore.errorfactory import ClientExceptionsFactory

    found = None
    with suppress(AttributeError, ValueError):
        # `get_component` is the public way, but botocore warns that this component is internal.
        found = session._get_internal_component("exceptions_factory")  # noqa: SLF001 - see the line above
    return found if isinstance(found, ClientExceptionsFactory) else None
