"""How a seam is put into somebody else's module or class, and how it steps aside again."""

from __future__ import annotations

import _socket
import functools
import socket
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Where gevent and eventlet keep their own resolvers, socket and TLS context. None of them is imported here.
_RESOLVERS = ("gevent._socketcommon", "gevent.socket", "eventlet.green._socket_nodns", "eventlet.green.socket")
_SOCKETS = (("gevent.socket", "socket"), ("eventlet.greenio.base", "GreenSocket"))
_CONTEXTS = (("gevent.ssl", "SSLContext"), ("eventlet.green.ssl", "GreenSSLContext"))

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


class EveryPatch:
    """Patches of one attribute, in every module or class that ``find_owners`` finds, each time that they are ``put``.

    ``wrap`` gets the owner and the original. An owner that refuses the patch is an error, after the others are patched.
    """

    def __init__(self, find_owners: Callable[[], list[Any]], name: str, wrap: Callable[[Any, Any], Any]) -> None:
        self._find_owners = find_owners
        self._name = name
        self._wrap = wrap
        self._patches: dict[Any, Patch] = {}

    def put(self) -> None:
        """Patch each owner that is not patched yet."""
        owners = self._find_owners()
        for owner in owners:
            if owner not in self._patches and self._is_own(owner, owners):
                self._patches[owner] = Patch(owner, self._name, functools.partial(self._wrap, owner))
        errors: list[str] = []
        for owner, patch in self._patches.items():
            try:
                if not is_shut(patch):
                    patch.put()
            except (AttributeError, TypeError) as error:  # noqa: PERF203 -- the others are patched all the same
                errors.append(f"{owner.__module__}.{owner.__qualname__}: {error}")
        if errors:
            raise TypeError(f"cannot patch {self._name}: {'; '.join(errors)}")

    def lift(self) -> None:
        """Remove every patch that is still ours."""
        for patch in self._patches.values():
            patch.lift()

    def _is_own(self, owner: Any, owners: list[Any]) -> bool:
        """Tell whether an owner has the attribute, and not from another owner."""
        bases = [base for base in getattr(owner, "__mro__", ())[1:] if base in owners]
        return hasattr(owner, self._name) and (self._name in vars(owner) or not bases)


def find_resolvers() -> list[Any]:
    """Return the modules whose functions look up names: ``socket``, and those of gevent and eventlet where loaded."""
    return [socket, *(sys.modules[name] for name in _RESOLVERS if name in sys.modules)]


def find_sockets() -> list[Any]:
    """Return the classes of sockets: the original ones, and those of gevent and eventlet where loaded.

    ``socket.socket`` may be a replacement, and eventlet loads ``socket`` a second time, so the original classes are
    found by their base.
    """
    return [*_find_originals(_socket.socket, "socket"), *_find_loaded(_SOCKETS)]


def find_contexts() -> list[Any]:
    """Return the classes of TLS contexts, in the same way."""
    import ssl  # noqa: PLC0415 -- slow to import, and only a fake and a loaded `ssl` need it

    base = next(base for base in ssl.SSLContext.__mro__ if base.__module__ == "_ssl")
    return [*_find_originals(base, "ssl"), *_find_loaded(_CONTEXTS)]


def is_original(kind: type) -> bool:
    """Tell whether a class of sockets or TLS contexts is an original one: no greenlet runs while it waits."""
    return kind.__module__ in ("socket", "ssl")


def _find_originals(base: Any, module: str) -> Iterator[type]:
    return (kind for kind in base.__subclasses__() if kind.__module__ == module)


def _find_loaded(names: tuple[tuple[str, str], ...]) -> Iterator[Any]:
    found = (getattr(sys.modules.get(module), name, None) for module, name in names)
    return (kind for kind in found if kind is not None)


def is_shut(patch: Patch) -> bool:
    """Tell whether pytest-socket has forbidden all sockets.

    A name is of no use then, and what pytest-socket does not find as it left it, it does not open again.
    """
    guard = sys.modules.get("pytest_socket")
    return guard is not None and patch.current in (
        getattr(guard, "_guarded_getaddrinfo", None),
        getattr(guard, "_guarded_gethostbyname", None),
    )
