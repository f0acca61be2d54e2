"""Resource tags: one place for the tags of every resource of a world, by its ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.ses.simulation import RegionState

    Find = Callable[[RegionState, str], str | None]

MOST = 50
"""How many tags a resource can have."""

TAGGABLE: dict[str, Find] = {}
"""By the kind that stands in an ARN, ``identity`` for one, what tells which resources of that kind there are."""


def taggable(kind: str, find: Find) -> None:
    """Let the resources of a kind have tags; their room says so once, when it is imported.

    ``find(world, name)`` takes what stands behind ``kind/`` in an ARN, and returns the ARN by which that resource's
    tags are kept, ``None`` where there is no such resource.
    """
    if kind in TAGGABLE:
        msg = f"two rooms say which resources of kind {kind!r} there are"
        raise TypeError(msg)
    TAGGABLE[kind] = find


def find(region_state: RegionState, kind: str, name: str) -> str | None:
    """Return the ARN by which a resource's tags are kept, ``None`` where there is no such resource."""
    look = TAGGABLE.get(kind)
    return None if look is None else look(region_state, name)


class Tags:
    """Tags by ARN. A resource's room puts them here when it is made and forgets them when it is deleted."""

    def __init__(self) -> None:
        self._by_arn: dict[str, dict[str, str]] = {}

    def of(self, arn: str) -> dict[str, str]:
        """Return the tags of a resource, a copy, in the order in which they came."""
        return dict(self._by_arn.get(arn, {}))

    def put(self, arn: str, tags: dict[str, str]) -> None:
        """Add tags to a resource, in the place of those of the same key."""
        if tags:
            self._by_arn.setdefault(arn, {}).update(tags)

    def take(self, arn: str, keys: list[str]) -> None:
        """Take tags away from a resource; a key that it lacks is no error."""
        held = self._by_arn.get(arn, {})
        for key in keys:
            held.pop(key, None)

    def forget(self, arn: str) -> None:
        """Forget a resource that is no more."""
        self._by_arn.pop(arn, None)
