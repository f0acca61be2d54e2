"""An ordered collection of named resources, with pages. Every kind of resource is in one."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Generic, TypeVar

from pytest_sesfake.ses.refusals import Invalid, Missing, Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

T = TypeVar("T")


class BadToken(Invalid):
    """A page token that this fake did not create."""


def page(
    entries: Iterable[tuple[str, T]], size: int | None, token: str | None, *, kind: str, most: int = 100
) -> tuple[list[T], str | None]:
    """Return one page of named entries, in their order, and the token of the next page or ``None``.

    ``size`` is the number of entries on the page, limited to ``most``. A token contains the name of the last returned
    entry and its index. So the next page is right even if entries were added or removed between two calls. Raises
    ``BadToken`` if the token does not belong to a list of this ``kind``.
    """
    rows = list(entries)
    start = 0
    if token is not None:
        last, place = _read_token(token, kind)
        names = [name for name, _ in rows]
        start = names.index(last) + 1 if last in names else place
    end = start + min(size or most, most)
    shown = rows[start:end]
    following = _write_token(kind, shown[-1][0], end - 1) if shown and end < len(rows) else None
    return [value for _, value in shown], following


def _write_token(kind: str, name: str, place: int) -> str:
    return base64.urlsafe_b64encode(f"{kind}\0{place}\0{name}".encode()).decode().rstrip("=")


def _read_token(token: str, kind: str) -> tuple[str, int]:
    try:
        # Python 3.15 warns of these two characters. No token of this fake has them.
        text = (
            "" if "+" in token or "/" in token else base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        )
    except (binascii.Error, UnicodeError, ValueError):
        text = ""
    owner, _, rest = text.partition("\0")
    place, mark, name = rest.partition("\0")
    if owner != kind or not mark or not place.isdecimal():
        raise BadToken("Invalid NextToken.")
    return name, int(place)


class Collection(Generic[T]):
    """Resources of one ``kind`` by name, in the order in which they were added.

    ``key`` converts a name to the form in which names are compared. By default names must match exactly.
    """

    def __init__(self, kind: str, *, key: Callable[[str], str] | None = None) -> None:
        self.kind = kind
        self._key = key or str
        self._things: dict[str, T] = {}

    def __contains__(self, name: str) -> bool:
        return self._key(name) in self._things

    def __iter__(self) -> Iterator[T]:
        return iter(self._things.values())

    def __len__(self) -> int:
        return len(self._things)

    def names(self) -> list[str]:
        """Return the names, in the form in which they are compared."""
        return list(self._things)

    def add(self, name: str, thing: T) -> T:
        """Add a new resource. Raise ``Taken`` if the name is in use."""
        if name in self:
            raise Taken(self.kind, name)
        self._things[self._key(name)] = thing
        return thing

    def replace(self, name: str, thing: T) -> T:
        """Add a resource. It replaces a resource of the same name."""
        self._things[self._key(name)] = thing
        return thing

    def get(self, name: str) -> T:
        """Return the resource of that name. Raise ``Missing`` if it does not exist."""
        try:
            return self._things[self._key(name)]
        except KeyError:
            raise Missing(self.kind, name) from None

    def find(self, name: str) -> T | None:
        """Return the resource of that name, or ``None``."""
        return self._things.get(self._key(name))

    def discard(self, name: str) -> T | None:
        """Remove the resource of that name. Return it, or ``None`` if it does not exist."""
        return self._things.pop(self._key(name), None)

    def page(
        self, size: int | None = None, token: str | None = None, *, most: int = 100, only: Sequence[str] | None = None
    ) -> tuple[list[T], str | None]:
        """Return one page of resources and the token of the next page. ``only`` limits the list to these names."""
        entries = self._things.items() if only is None else [(name, self._things[name]) for name in only]
        return page(entries, size, token, kind=self.kind, most=most)
