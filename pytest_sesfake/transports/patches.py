"""How a seam is put into somebody else's module or class, and how it steps aside again."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

# pytest-socket may have put a subclass in its place, which goes away again with the test.
SOCKET: type[socket.socket] = next(kind for kind in socket.socket.__mro__ if kind.__module__ == "socket")

_MARK = "_sesfake_patch"


class PatchMark(NamedTuple):
    """What a wrapper of ours says of itself: whose it is, and what it took the place of.

    It names the wrapper too, since ``functools.wraps`` copies all attributes to whatever others put around it.
    """

    patch: Patch
    wrapper: Any
    wrapped: Any
    was_inherited: bool


class Patch:
    """One attribute of a module or class, wrapped while it is ``put``.

    Others patch the same attributes, in any order. So ``put`` wraps whatever is there, also again when somebody
    replaced our wrapper, and ``lift`` restores only what is still ours. A wrapper that cannot be taken away must
    therefore pass through by itself when no fake is active. Of several patches of ours of one attribute, the one that
    was put first stays where it is, beneath the others.
    """

    def __init__(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        self._owner = owner
        self._name = name
        self._wrap = wrap
        self._wrapper: Any = None

    @property
    def current(self) -> Any:
        """What is there now; of an owner's own class methods the very object, which ``getattr`` would have bound."""
        return vars(self._owner).get(self._name) or getattr(self._owner, self._name)

    def put(self) -> None:
        """Wrap what is there now, unless a wrapper of ours is there already."""
        current = self.current
        if current is not self._wrapper and not self._is_within(current):
            last = self._mark(self._wrapper)
            if last is None or last.wrapped is not current:
                self._wrapper = self._wrap(current)
            mark = PatchMark(self, self._wrapper, current, was_inherited=self._name not in vars(self._owner))
            setattr(self._wrapper, _MARK, mark)
            setattr(self._owner, self._name, self._wrapper)

    def lift(self) -> None:
        """Put back what was there, unless somebody else has replaced our wrapper since."""
        mark = self._mark(self.current)
        if mark is not None:
            if mark.was_inherited:
                delattr(self._owner, self._name)
            else:
                setattr(self._owner, self._name, mark.wrapped)

    def _is_within(self, candidate: object) -> bool:
        """Tell whether something is our wrapper, or wrapped around it by other patches of this package."""
        mark: PatchMark | None = getattr(candidate, _MARK, None)
        while mark is not None and mark.wrapper is candidate:
            if mark.patch is self:
                return True
            candidate = mark.wrapped
            mark = getattr(candidate, _MARK, None)
        return False

    def _mark(self, candidate: object) -> PatchMark | None:
        """Read the mark of a wrapper, if it is one of ours."""
        mark: PatchMark | None = getattr(candidate, _MARK, None)
        return mark if mark is not None and mark.patch is self and mark.wrapper is candidate else None


def is_shut(patch: Patch) -> bool:
    """Tell whether pytest-socket has forbidden all sockets.

    A name is of no use then, and what pytest-socket does not find as it left it, it does not open again.
    """
    guard = sys.modules.get("pytest_socket")
    return guard is not None and patch.current in (
        getattr(guard, "_guarded_getaddrinfo", None),
        getattr(guard, "_guarded_gethostbyname", None),
    )
