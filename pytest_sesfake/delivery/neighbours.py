"""Works with neighbours: other fakes of AWS in this process, such as moto.

A neighbour is used only if the test has already imported it. This module never imports one.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery.notifications import OfEvent
from pytest_sesfake.delivery.routes import sent_as

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.delivery.notifications import Notification

_S3 = "s3://"


def read_object(url: str) -> bytes | None:
    """Return the object at an ``s3://`` URL, or ``None`` if no neighbour has it."""
    bucket, _, key = url.removeprefix(_S3).partition("/")
    storage = _storage(bucket)
    found = None if storage is None else storage.get_object(bucket, key)
    return None if found is None else bytes(found.value)


def store_object(url: str, data: bytes) -> bool:
    """Store an object at an ``s3://`` URL. Return False if no neighbour has the bucket."""
    bucket, _, key = url.removeprefix(_S3).partition("/")
    storage = _storage(bucket)
    if storage is None:
        return False
    storage.put_object(bucket, key, data)
    return True


# Publishing.


def exists(arn: str) -> bool | None:
    """Tell whether a topic, delivery stream or bucket exists. Return ``None`` if no neighbour can know."""
    service = next(iter(arn.split(":")[2:]), "")
    known = _KNOWN.get(service)
    return known(arn) if known is not None and _is_near(service) else None


def take(notification: Notification) -> None:
    """Publish a notification in the neighbour that has its destination, if there is such a neighbour.

    If the bounce or complaint topic of an identity no longer exists, SES removes it from the identity and sends
    this feedback by mail again.
    """
    service = _SERVICES.get(notification.kind)
    if service is None or not _is_near(service) or notification.is_told_here_only:
        return
    if exists(notification.topic) is not False:
        _TAKERS[notification.kind](notification, _client(service, notification.region_state.region))
    elif isinstance(notification, OfEvent) and notification.route.origin == "identity":
        with notification.region_state.simulation.lock:
            identity = sent_as(notification.event.message)
            if identity is not None:
                identity.topic_is_gone(notification.type, notification.topic)


def _publish(notification: Notification, client: Any) -> None:
    subject = {} if notification.subject is None else {"Subject": notification.subject}
    client.publish(TopicArn=notification.topic, Message=notification.text, **subject)


def _put_record(notification: Notification, client: Any) -> None:
    client.put_record(DeliveryStreamName=notification.topic.rpartition("/")[2], Record=notification.envelope)


def _put_event(notification: Notification, client: Any) -> None:
    told = notification.envelope
    entry = {
        "Source": told["source"],
        "DetailType": told["detail-type"],
        "Detail": json.dumps(told["detail"]),
        "Resources": told["resources"],
        "Time": notification.timestamp,
    }
    client.put_events(Entries=[entry])


_SERVICES = {"sns": "sns", "firehose": "firehose", "eventbridge": "events", "cloudwatch": "cloudwatch"}
_TAKERS: dict[str, Callable[[Notification, Any], object]] = {
    "sns": _publish,
    "firehose": _put_record,
    "eventbridge": _put_event,
    "cloudwatch": lambda notification, client: client.put_metric_data(**notification.body),
}
_KNOWN: dict[str, Callable[[str], bool]] = {
    "sns": lambda arn: arn in getattr(_backend("sns", arn), "topics", ()),
    "firehose": lambda arn: arn.rpartition("/")[2] in getattr(_backend("firehose", arn), "delivery_streams", ()),
    "s3": lambda arn: _storage(arn.rpartition(":")[2]) is not None,
}


# moto.


def _is_near(service: str) -> bool:
    """Tell whether moto is active and simulates a service."""
    mocking, settings = sys.modules.get("moto.core.models"), sys.modules.get("moto.core.config")
    if mocking is None or settings is None or not mocking.MockAWS._mocks_active:  # noqa: SLF001 - moto has no public way
        return False
    core = settings.default_user_config.get("core", {})
    allowed = core.get("service_whitelist")
    passed = core.get("passthrough", {}).get("services", ())
    return (allowed is None or service in allowed) and service not in passed


def _backend(service: str, arn: str) -> Any:
    """Return the backend of moto for an ARN, or ``None`` if moto has not loaded it yet."""
    module = sys.modules.get(f"moto.{service}.models")
    if module is None or not _is_near(service):
        return None
    region, account_id = arn.split(":")[3:5]
    return getattr(module, f"{service}_backends")[account_id][region]


@cache
def _client(service: str, region: str) -> Any:
    """Return a boto3 client that moto answers. The internals of moto change between versions; its clients do not."""
    nobody = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    config = sys.modules["botocore.config"].Config(ignore_configured_endpoint_urls=True)
    return sys.modules["boto3"].session.Session(**nobody).client(service, region_name=region, config=config)


def _storage(bucket: str) -> Any:
    """Return the S3 backend of moto for the account that owns the bucket, or ``None``."""
    storing = sys.modules.get("moto.s3.models")
    if storing is None or not _is_near("s3"):
        return None
    owner = storing.s3_backends.bucket_accounts.get(bucket)
    if owner is None:
        return None
    partition, account_id = owner
    return storing.s3_backends[account_id][partition]
