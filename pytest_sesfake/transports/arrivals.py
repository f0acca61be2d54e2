"""An import hook that reports the import of a library, so that it can be patched without importing it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class Arrivals:
    """An import hook that calls ``arrived`` after a module of ``names`` was imported. It finds no modules itself.

    ``loading`` has the modules of ``names`` whose import has begun and not ended: they are in ``sys.modules``, and
    parts of them are missing. For example, ``asyncio.base_events`` imports ``ssl`` before it defines its classes.
    """

    def __init__(self, names: Collection[str], arrived: Callable[[], None]) -> None:
        self.loading: set[str] = set()
        self._names = names
        self._arrived = arrived
        self._looking = False

    def put(self) -> None:
        """Install the hook."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def lift(self) -> None:
        """Remove the hook."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Ask the other finders for a module of ``names``, and wrap its loader."""
        if name not in self._names or self._looking:
            return None
        self._looking = True
        try:
            found = (finder.find_spec(name, path, target) for finder in list(sys.meta_path) if finder is not self)
            spec = next((spec for spec in found if spec is not None), None)
        finally:
            self._looking = False
        if spec is not None and spec.loader is not None:
            loader: Any = _Loader(spec.loader, self.loading, self._arrived)
            spec.loader = loader
        return spec


class _Loader:
    """A loader that calls ``arrived`` after the import. The module itself keeps its original loader."""

    def __init__(self, loader: Any, loading: set[str], arrived: Callable[[], None]) -> None:
        self._loader = loader
        self._loading = loading
        self._arrived = arrived

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loading.add(module.__name__)
        try:
            self._loader.exec_module(module)
        finally:
            self._loading.discard(module.__name__)
        self._arrived()
