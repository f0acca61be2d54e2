"""Patches of foreign modules and classes: how they are applied, and how they are removed again."""

from __future__ import annotations

import _socket
import functools
import socket
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The resolvers, sockets and TLS contexts of gevent and eventlet. None of these modules is imported here.
_RESOLVERS = ("gevent._socketcommon", "gevent.socket", "eventlet.green._socket_nodns", "eventlet.green.socket")
_SOCKETS = (("gevent.socket", "socket"), ("eventlet.greenio.base", "GreenSocket"))
_CONTEXTS = (("gevent.ssl", "SSLContext"), ("eventlet.green.ssl", "GreenSSLContext"))

_MARK = "_sesfake_patch"


class PatchMark(NamedTuple):
    """The attribute of a wrapper that tells which patch made it, and what it wraps.

    It also names the wrapper itself: ``functools.wraps`` copies all attributes, so a foreign wrapper around ours has
    the same mark.
    """

    patch: Patch
    wrapper: Any
    wrapped: Any
    was_inherited: bool


class Patch:
    """Wraps one attribute of a module or class, from ``put`` to ``lift``.

    Other libraries patch the same attributes, in any order. So ``put`` wraps the current value, also again after
    somebody has replaced the wrapper. ``lift`` restores the original only if the wrapper is still in place. A wrapper
    that cannot be removed must therefore do nothing when no fake is active. If several patches of this package wrap
    one attribute, the first one stays the innermost.
    """

    def __init__(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        self._owner = owner
        self._name = name
        self._wrap = wrap
        self._wrapper: Any = None

    @property
    def current(self) -> Any:
        """The current value. A class method comes unbound from ``vars``; ``getattr`` would bind it."""
        return vars(self._owner).get(self._name) or getattr(self._owner, self._name)

    def put(self) -> None:
        """Wrap the current value, unless it already contains the wrapper of this patch."""
        current = self.current
        if current is not self._wrapper and not self._is_within(current):
            last = self._mark(self._wrapper)
            if last is None or last.wrapped is not current:
                self._wrapper = self._wrap(current)
            mark = PatchMark(self, self._wrapper, current, was_inherited=self._name not in vars(self._owner))
            setattr(self._wrapper, _MARK, mark)
            setattr(self._owner, self._name, self._wrapper)

    def lift(self) -> None:
        """Restore the original, unless somebody else has replaced the wrapper."""
        mark = self._mark(self.current)
        if mark is not None:
            if mark.was_inherited:
                delattr(self._owner, self._name)
            else:
                setattr(self._owner, self._name, mark.wrapped)

    def _is_within(self, candidate: object) -> bool:
        """Tell whether a value is the wrapper of this patch, or other patches of this package around it."""
        mark: PatchMark | None = getattr(candidate, _MARK, None)
        while mark is not None and mark.wrapper is candidate:
            if mark.patch is self:
                return True
            candidate = mark.wrapped
            mark = getattr(candidate, _MARK, None)
        return False

    def _mark(self, candidate: object) -> PatchMark | None:
        """Return the mark of a value if it is a wrapper of this patch, otherwise ``None``."""
        mark: PatchMark | None = getattr(candidate, _MARK, None)
        return mark if mark is not None and mark.patch is self and mark.wrapper is candidate else None


class EveryPatch:
    """Patches one attribute in every module or class that ``find_owners`` returns.

    ``put`` calls ``find_owners`` each time. ``wrap`` gets the owner and the original. If owners refuse the patch,
    ``put`` patches the others and then raises TypeError.
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
            except (AttributeError, TypeError) as error:  # noqa: PERF203 - the other owners must still be patched
                errors.append(f"{owner.__module__}.{owner.__qualname__}: {error}")
        if errors:
            raise TypeError(f"cannot patch {self._name}: {'; '.join(errors)}")

    def lift(self) -> None:
        """Remove every patch that nobody else has replaced."""
        for patch in self._patches.values():
            patch.lift()

    def _is_own(self, owner: Any, owners: list[Any]) -> bool:
        """Tell whether an owner has the attribute and does not inherit it from another owner."""
        bases = [base for base in getattr(owner, "__mro__", ())[1:] if base in owners]
        return hasattr(owner, self._name) and (self._name in vars(owner) or not bases)


def find_resolvers() -> list[Any]:
    """Return the modules that look up host names: ``socket``, and the loaded ones of gevent and eventlet."""
    return [socket, *(sys.modules[name] for name in _RESOLVERS if name in sys.modules)]


def find_sockets() -> list[Any]:
    """Return the socket classes: the original ones, and the loaded ones of gevent and eventlet.

    The original classes are found through their base class, because ``socket.socket`` may be a replacement and
    eventlet loads ``socket`` a second time.
    """
    return [*_find_originals(_socket.socket, "socket"), *_find_loaded(_SOCKETS)]


def find_contexts() -> list[Any]:
    """Return the classes of TLS contexts, found like the socket classes."""
    import ssl

    base = next(base for base in ssl.SSLContext.__mro__ if base.__module__ == "_ssl")
    return [*_find_originals(base, "ssl"), *_find_loaded(_CONTEXTS)]


def is_original(kind: type) -> bool:
    """Tell whether a class of sockets or TLS contexts is an original one, which blocks all greenlets while it waits."""
    return kind.__module__ in ("socket", "ssl")


def _find_originals(base: Any, module: str) -> Iterator[type]:
    return (kind for kind in base.__subclasses__() if kind.__module__ == module)


def _find_loaded(names: tuple[tuple[str, str], ...]) -> Iterator[Any]:
    found = (getattr(sys.modules.get(module), name, None) for module, name in names)
    return (kind for kind in found if kind is not None)


def is_shut(patch: Patch) -> bool:
    """Tell whether pytest-socket has forbidden all sockets.

    Patches are useless then. They would also keep pytest-socket from removing its own patch later.
    """
    guard = sys.modules.get("pytest_socket")
    return guard is not None and patch.current in (
        getattr(guard, "_guarded_getaddrinfo", None),
        getattr(guard, "_guarded_gethostbyname", None),
    )
