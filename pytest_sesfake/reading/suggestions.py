"""The end of each error text about an unknown name: the name that was probably meant, or the names that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def suggest(name: str, known: Iterable[str], *, otherwise: str = "", cures: Mapping[str, str] | None = None) -> str:
    """Return ``. Did you mean 'x'?`` for an error text about an unknown name.

    ``cures`` has the right names, or the right code, for well-known mistakes. If no known name is similar, the result
    is ``otherwise`` and all known names; without ``otherwise``, an empty text.
    """
    names = list(known)
    cure = (cures or {}).get(name) or find_nearest(name, names)
    if cure is not None:
        return f". Did you mean {repr(cure) if cure.isidentifier() else cure}?"
    return f". {otherwise} {', '.join(names)}." if otherwise else ""


def find_nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar, whatever its capitals; ``None`` if all are too different."""
    from difflib import get_close_matches  # not at the top: only a mistake needs it, and it would slow every start

    spellings = {word.lower(): word for word in known}
    close = get_close_matches(name.lower(), spellings, n=1)
    return spellings[close[0]] if close else None
