"""An index of log items by address, so that an assertion does not search all of 100,000 messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from pytest_sesfake.ses.mail.addresses import parse_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")


class AddressIndex(Generic[T]):
    """Finds the items of a growing list by the addresses that ``read`` returns for them.

    The first search builds the index, and later searches extend it. So the index costs nothing when mail is sent.
    """

    __slots__ = ("_items", "_last", "_length", "_read")

    def __init__(self, read: Callable[[T], Iterable[str]]) -> None:
        self._read = read
        self._items: dict[str, list[T]] = {}
        self._length = 0
        self._last: T | None = None

    def find(self, items: list[T], address: str) -> list[T]:
        """Return the items that have the address, in the order of the list."""
        if self._length and (len(items) < self._length or items[self._length - 1] is not self._last):
            self._items, self._length = {}, 0  # the log is a new one
        self._extend(items)
        return list(self._items.get(parse_address(address).normal, ()))

    def _extend(self, items: list[T]) -> None:
        for place in range(self._length, len(items)):
            item = items[place]
            for address in self._read(item):
                entries = self._items.setdefault(parse_address(address).normal, [])
                if not entries or entries[-1] is not item:
                    entries.append(item)
            self._length, self._last = place + 1, item
