"""Gives clients of SES a region where the application names none.

botocore refuses to create a client without a region. An application that creates its client when it is imported would
therefore fail at collection, before any fake can set a region. Only clients of SES and SESv2 get the region, and the
environment stays as it is. No library is imported: botocore and aiobotocore are patched when somebody imports them.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

from pytest_sesfake.transports.arrivals import Arrivals
from pytest_sesfake.transports.services import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.transports.patches import Patch

    FindRegion = Callable[[], str | None]

_BOTO = "botocore.session"
_AIOBOTO = "aiobotocore.session"


class DefaultRegion:
    """The default region of one process. Use the functions of this module instead of this class."""

    def __init__(self) -> None:
        self._runs: list[FindRegion] = []
        self._patches: dict[type, Patch] = {}
        self._arrivals = Arrivals((_BOTO, _AIOBOTO), self._put)

    def begin(self, find_region: FindRegion) -> None:
        """Use the region that ``find_region`` returns, until ``end``. With ``None``, botocore decides.

        pytest may run within pytest. The run that began last decides.
        """
        self._runs.append(find_region)
        self._put()

    def end(self, find_region: FindRegion) -> None:
        """Undo ``begin``."""
        self._runs.remove(find_region)
        if not self._runs:
            self._arrivals.lift()
            for patch in self._patches.values():
                patch.lift()

    def _put(self) -> None:
        self._arrivals.put()
        for name, owner, method, wrap in (
            (_BOTO, "Session", "create_client", self._wrap_create_client),
            (_AIOBOTO, "AioSession", "_create_client", self._wrap_create_client_async),
        ):
            found: type | None = getattr(sys.modules.get(name), owner, None)
            if found is not None and found not in self._patches:
                # Its import is slow, and a run that creates no client does not need it.
                from pytest_sesfake.transports.patches import Patch

                self._patches[found] = Patch(found, method, wrap)
        for patch in self._patches.values():
            patch.put()

    def _wrap_create_client(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def create_client(session: Any, service_name: str, region_name: Any = None, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(session, service_name, region_name, *args, **kwargs)
            except Exception as error:
                region = self._find_region(service_name, error)
                if region is None:
                    raise
            return original(session, service_name, region, *args, **kwargs)

        return create_client

    def _wrap_create_client_async(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        async def _create_client(
            session: Any, service_name: str, region_name: Any = None, *args: Any, **kwargs: Any
        ) -> Any:
            try:
                return await original(session, service_name, region_name, *args, **kwargs)
            except Exception as error:
                region = self._find_region(service_name, error)
                if region is None:
                    raise
            return await original(session, service_name, region, *args, **kwargs)

        return _create_client

    def _find_region(self, service_name: str, error: Exception) -> str | None:
        """Return the region for a client that could not be created because it has none, otherwise ``None``.

        botocore looks for a region in many places. Its error tells that it has found none, in every release.
        """
        missing = getattr(sys.modules.get("botocore.exceptions"), "NoRegionError", ())
        if not self._runs or service_name not in SERVICES or not isinstance(error, missing):
            return None
        return self._runs[-1]()


_default_region = DefaultRegion()
begin = _default_region.begin
end = _default_region.end
