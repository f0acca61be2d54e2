"""The text of a failed assertion on a log.

It shows what the test expected, the closest item with the fields that differ, the other items in short form, and hints
at possible causes. The closest item is the one with the fewest differences; of several, the one whose strings are most
similar. With ``-vv`` nothing is shortened or left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pytest_sesfake.reading.hints import hints
from pytest_sesfake.reading.matching import NOTHING, Difference, differences
from pytest_sesfake.reading.runs import verbosity
from pytest_sesfake.reading.showing import WIDTH, is_secret, masked, show, show_both

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_sesfake.reading.search import Search

T = TypeVar("T")
Candidate = tuple[int, T, dict[str, Difference]]

FULL = 2
"""From this verbosity on (``-vv``) nothing is shortened or left out."""
MOST_HINTS = 3
MOST_MATCHES = 5
MOST_OTHERS = 5
# To compare all texts of a large log would take too long. So only so many items and characters are compared.
_COMPARED = 100
_COMPARED_TEXT = 200


def failure(search: Search[Any], expected: str, *, within: str = "", too_many: bool = False) -> str:
    """Return the text of a failed assertion.

    ``expected`` says what the test expected, for example ``"exactly one message"``; ``within`` adds a time limit to it.
    ``too_many`` means that there are too many matches, so the text leaves out the items that do not match.
    """
    lines = [f"expected {expected}{asked(search.matchers)}{within}: {_verdict(search)}"]
    matching = {id(item) for item in search.found}
    numbered = list(enumerate(search.items, 1))
    lines += listed("matches", [f"#{n} {search.kind.describe(item)}" for n, item in numbered if id(item) in matching])
    if not too_many and search.matchers:
        candidates = [
            (n, item, differences(search.kind.differs, search.matchers, item))
            for n, item in numbered
            if id(item) not in matching
        ]
        lines += _candidates(search, candidates)
    return "\n".join([*lines, *_causes(search, too_many=too_many)])


def _causes(search: Search[Any], *, too_many: bool = False) -> list[str]:
    causes = hints(search, width(), too_many=too_many)
    return [f"  hint   : {hint}" for hint in (causes if is_full() else causes[:MOST_HINTS])]


def missing(search: Search[Any], what: str) -> str:
    """Return the text of an IndexError. ``what`` is the expression, for example ``outbox[0]`` of an empty outbox."""
    held = listed("holds", [f"#{n} {search.kind.describe(item)}" for n, item in enumerate(search.items, 1)])
    lines = [f"{what} does not exist: {_verdict(search)}", *held]
    return "\n".join([*lines, *_causes(search)])


def asked(matchers: Mapping[str, object]) -> str:
    """Return the matchers as the test typed them, `` with to='ada@example.com'``; without matchers, an empty text."""
    words = ", ".join(f"{name}={show(value, width())}" for name, value in matchers.items())
    return f" with {words}" if words else ""


def is_full() -> bool:
    """Tell whether nothing is shortened or left out."""
    return verbosity() >= FULL


def width() -> int | None:
    """Return the most characters that are shown of a value; ``None`` for all."""
    return None if is_full() else WIDTH


def _verdict(search: Search[Any]) -> str:
    total, found = search.total, len(search.found)
    if not total:
        return f"there are no {search.kind.noun}s"
    if not search.matchers:
        return f"there {'is' if total == 1 else 'are'} {total}"
    if not found:
        return "the only one does not match" if total == 1 else f"none of {total} matches"
    return f"{found} of {total} match{'es' if found == 1 else ''}"


def listed(label: str, entries: list[str]) -> list[str]:
    """Return one line for each entry, the first one with a label. Unless everything is shown, a long list is cut."""
    hidden = 0 if is_full() else len(entries[MOST_MATCHES:])
    shown = entries[: len(entries) - hidden] + ([f"and {hidden} more"] if hidden else [])
    return [f"  {label if not place else '':7}{' ' if place else ':'} {entry}" for place, entry in enumerate(shown)]


def _candidates(search: Search[T], candidates: list[Candidate[T]]) -> list[str]:
    """Return the lines about items that do not match: the closest with its differences, the others in short form."""
    if not candidates:
        return []
    if is_full():
        lines = []
        for place, candidate in enumerate(_nearest_first(candidates)):
            lines += _reported(search, candidate, "closest" if place == 0 else "other")
        return lines
    nearest, *_ = _nearest_first(candidates)
    others = [candidate for candidate in candidates if candidate is not nearest]
    return _reported(search, nearest, "closest") + _others(search, others)


def _reported(search: Search[T], candidate: Candidate[T], label: str) -> list[str]:
    number, item, differing = candidate
    column = max(map(len, differing), default=0) + 1
    return [
        f"  {label:7}: #{number} {search.kind.describe(item)}",
        *(f"      {name:{column}}: {_difference(difference)}" for name, difference in differing.items()),
    ]


def _others(search: Search[T], others: list[Candidate[T]]) -> list[str]:
    if not others:
        return []
    addresses = search.addresses
    briefs = [f"#{number} {search.kind.brief(item, addresses)}" for number, item, _ in others[:MOST_OTHERS]]
    more = [f"and {len(others) - MOST_OTHERS} more"] if len(others) > MOST_OTHERS else []
    return [f"  others : {' · '.join(briefs + more)}"]


def _difference(difference: Difference) -> str:
    wanted, relation, found, path = difference
    where = f"{path} " if path else ""
    if is_secret(path):
        wanted, found = (masked({path: value})[path] for value in (wanted, found))
    if relation == "!=" and isinstance(wanted, str) and isinstance(found, str):
        left, right = show_both(wanted, found, width())
        return f"{where}{left} != {right}"
    shown = "" if found is NOTHING else f" {show(found, width())}"
    return f"{where}{show(wanted, width())} {relation}{shown}"


def _nearest_first(candidates: Sequence[Candidate[T]]) -> list[Candidate[T]]:
    """Sort by the number of differences, then by the similarity of their strings, then newest first."""
    ordered = sorted(candidates, key=lambda candidate: (len(candidate[2]), -candidate[0]))
    fewest = len(ordered[0][2])
    head = [candidate for candidate in ordered[:_COMPARED] if len(candidate[2]) == fewest]
    head.sort(key=lambda candidate: _likeness(candidate[2].values()), reverse=True)
    return head + ordered[len(head) :]


def _likeness(differing: Iterable[Difference]) -> float:
    return sum(_similarity(difference.wanted, difference.found) for difference in differing)


def _similarity(wanted: object, found: object) -> float:
    if isinstance(found, (list, tuple)):
        return max((_similarity(wanted, entry) for entry in found), default=0.0)
    if not isinstance(wanted, str) or not isinstance(found, str):
        return 0.0
    from difflib import SequenceMatcher  # not at the top: only a failure needs it

    return SequenceMatcher(None, wanted[:_COMPARED_TEXT], found[:_COMPARED_TEXT], autojunk=False).ratio()
