"""The hint for a call that named a missing resource: it exists in another region, or under a similar name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_sesfake.reading.suggestions import find_nearest
from pytest_sesfake.ses.collection import Collection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_sesfake.ses.calls import Call
    from pytest_sesfake.ses.simulation import RegionState


def describe_elsewhere(calls: Iterable[Call]) -> Iterator[str]:
    """Yield where the resources that these calls missed are, or what they are probably called."""
    found: dict[str, None] = {}
    for call in calls:
        if call.missing is not None:
            text = _describe(call, *call.missing)
            if text is not None:
                found[text] = None
    yield from found


def _describe(call: Call, kind: str, name: str) -> str | None:
    states = call.simulation.region_states()
    others = [state.region for state in states if state.region != call.region and _has(state, kind, name)]
    if others:
        return f"{kind} {name!r} exists in {' and '.join(dict.fromkeys(others))}, but the call went to {call.region}"
    here = [state for state in states if (state.region, state.account_id) == (call.region, call.account_id)]
    near = find_nearest(name, [known for state in here for known in _names(state, kind)])
    return None if near is None else f"{call.region} has no {kind} {name!r}. Did you mean {near!r}?"


def _has(state: RegionState, kind: str, name: str) -> bool:
    return any(name in collection for collection in _collections(state, kind))


def _names(state: RegionState, kind: str) -> list[str]:
    return [name for collection in _collections(state, kind) for name in collection.names()]


def _collections(state: RegionState, kind: str) -> list[Collection[object]]:
    return [each for each in vars(state).values() if isinstance(each, Collection) and each.kind == kind]
