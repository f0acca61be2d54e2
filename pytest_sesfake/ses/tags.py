"""Resource tags: the tags of all resources of an account in a region, by ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.simulation import RegionState

    Find = Callable[[RegionState, str], str | None]

MOST = 50
"""The largest number of tags of a resource."""

TAGGABLE: dict[str, Find] = {}
"""The function that finds a resource, by the kind in its ARN, such as ``identity``."""


def taggable(kind: str, find: Find) -> None:
    """Register a kind of resource that can have tags. Its module calls this once, when it is imported.

    ``find(region_state, name)`` gets the part of an ARN after ``kind/``. It returns the ARN under which the tags of the
    resource are stored, or ``None`` if the resource does not exist. Raises TypeError if the kind is registered already.
    """
    if kind in TAGGABLE:
        raise TypeError(f"two rooms say which resources of kind {kind!r} there are")
    TAGGABLE[kind] = find


def find(region_state: RegionState, kind: str, name: str) -> str | None:
    """Return the ARN under which the tags of a resource are stored, or ``None`` if the resource does not exist."""
    look = TAGGABLE.get(kind)
    return None if look is None else look(region_state, name)


class Tags:
    """Tags by ARN. The module of a resource adds its tags when it is created and removes them when it is deleted."""

    def __init__(self) -> None:
        self._by_arn: dict[str, dict[str, str]] = {}

    def of(self, arn: str) -> dict[str, str]:
        """Return a copy of the tags of a resource, in the order in which they were added."""
        return dict(self._by_arn.get(arn, {}))

    def put(self, arn: str, tags: dict[str, str]) -> None:
        """Add tags to a resource. A tag replaces an existing one with the same key."""
        if tags:
            self._by_arn.setdefault(arn, {}).update(tags)

    def take(self, arn: str, keys: list[str]) -> None:
        """Remove tags from a resource. A missing key is no error."""
        held = self._by_arn.get(arn, {})
        for key in keys:
            held.pop(key, None)

    def forget(self, arn: str) -> None:
        """Remove all tags of a deleted resource."""
        self._by_arn.pop(arn, None)
