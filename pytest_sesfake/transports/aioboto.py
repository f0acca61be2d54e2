"""Intercepts the calls of aiobotocore and aioboto3, in the caller's own event loop.

The patches work whether aiobotocore is imported before or during a fake. Its classes derive from botocore's, so
``__init_subclass__`` of the base classes reports a late import. Its asynchronous methods are copies of botocore's, so
each patch here has a twin in ``boto``.
"""

from __future__ import annotations

import copy
import functools
import io
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import botocore.endpoint
import botocore.signers
from botocore.exceptions import CapacityNotAvailableError

from pytest_sesfake.transports.boto import AnsweredEndpoint, answering, given, is_answered
from pytest_sesfake.transports.patches import Patch
from pytest_sesfake.transports.services import SERVICE_IDS, SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from botocore.awsrequest import AWSPreparedRequest, AWSRequest
    from botocore.model import OperationModel

    from pytest_sesfake.transports.boto import BotoInterceptor
    from pytest_sesfake.transports.call_handler import CallHandler
    from pytest_sesfake.wire.http import Response

_ENDPOINT = ("aiobotocore.endpoint", "AioEndpoint")
_SIGNER = ("aiobotocore.signers", "AioRequestSigner")
_BUCKET = ("aiobotocore.retries.bucket", "AsyncTokenBucket")

_retrying: ContextVar[CallHandler | None] = ContextVar("sesfake_retrying", default=None)


class AioBotoInterceptor:
    """The patches of aiobotocore.

    ``top`` returns the call handler of the active fake. ``boto`` is the interceptor of botocore itself.
    """

    def __init__(self, top: Callable[[], CallHandler | None], boto: BotoInterceptor) -> None:
        self._top = top
        self._boto = boto
        self._hooks = [
            Patch(botocore.endpoint.Endpoint, "__init_subclass__", self._wrap_init_subclass),
            Patch(botocore.signers.RequestSigner, "__init_subclass__", self._wrap_init_subclass),
        ]
        self._patches: dict[tuple[str, str], list[Patch]] = {}

    def put(self) -> None:
        """Apply every patch that is missing."""
        for hook in self._hooks:
            hook.put()
        for name in (_ENDPOINT, _SIGNER, _BUCKET):
            self._look_for(name)
        for patches in self._patches.values():
            for patch in patches:
                patch.put()

    def lift(self) -> None:
        """Remove every patch that nobody else has replaced."""
        for patch in [*self._hooks, *(patch for patches in self._patches.values() for patch in patches)]:
            patch.lift()

    def _wrap_init_subclass(self, original: Any) -> Any:
        """Patch classes of aiobotocore as soon as they are created, while a fake is active."""

        def __init_subclass__(cls: type, /, **kwargs: Any) -> None:  # noqa: N807 - Python's own
            (original.__get__(None, cls) if isinstance(original, classmethod) else original)(**kwargs)
            if self._top() is not None:
                for patch in self._meet(cls):
                    patch.put()

        return classmethod(__init_subclass__)

    def _look_for(self, name: tuple[str, str]) -> None:
        """Patch a class if its module is loaded."""
        found = getattr(sys.modules.get(name[0]), name[1], None)
        if found is not None:
            for patch in self._meet(found):
                patch.put()

    def _meet(self, cls: type) -> list[Patch]:
        """Make the patches of a class of aiobotocore. Return only new ones: a class is patched once."""
        name = (cls.__module__, cls.__name__)
        if name in self._patches or name not in {_ENDPOINT, _SIGNER, _BUCKET}:
            return []
        if name == _SIGNER:
            patches = [Patch(cls, "sign", self._wrap_sign)]
        elif name == _BUCKET:
            patches = [Patch(cls, "acquire", self._wrap_acquire)]
        else:
            patches = [
                Patch(cls, "_do_get_response", self._wrap_get_response),
                Patch(cls, "_needs_retry", self._wrap_needs_retry),
                Patch(sys.modules[cls.__module__], "asyncio", _Asyncio),
            ]
        self._patches[name] = patches
        return patches

    # -- answering ------------------------------------------------------------------------------------------------

    def _wrap_get_response(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        async def _do_get_response(
            endpoint: Any,
            request: AWSPreparedRequest,
            operation_model: OperationModel,
            context: dict[str, Any],
        ) -> Any:
            call_handler = self._top()
            if (
                call_handler is None
                or not is_answered(call_handler, operation_model, request)
                or isinstance(endpoint, AnsweredEndpoint)
            ):
                return await original(endpoint, request, operation_model, context)
            answered = _AnsweredAioEndpoint(endpoint, call_handler, context)
            token = self._boto.keep_from_moto(operation_model)
            try:
                result = await original(answered, request, operation_model, context)
            finally:
                answering.reset(token)
            if answered.was_asked:
                await _run_in_thread(endpoint, call_handler.after)
            return result

        return _do_get_response

    # -- waiting --------------------------------------------------------------------------------------------------

    def _wrap_needs_retry(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Make the back-off between attempts of an SES call advance the fake clock instead of sleeping."""

        @functools.wraps(original)
        async def _needs_retry(
            endpoint: Any,
            attempts: int,
            operation_model: OperationModel,
            *args: Any,
            **kwargs: Any,
        ) -> Any:
            call_handler = self._top()
            if call_handler is None or operation_model.service_model.service_name not in SERVICES:
                return await original(endpoint, attempts, operation_model, *args, **kwargs)
            self._look_for(_BUCKET)  # no subclass of a botocore class; a patch at the first retry is early enough
            token = _retrying.set(call_handler)
            try:
                return await original(
                    _RetryingEndpoint(endpoint, call_handler), attempts, operation_model, *args, **kwargs
                )
            finally:
                _retrying.reset(token)

        return _needs_retry

    def _wrap_acquire(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Make the adaptive retry mode, which delays calls before sending, delay SES calls by the fake clock."""

        @functools.wraps(original)
        async def acquire(bucket: Any, amount: float = 1, block: bool = True) -> Any:  # noqa: FBT001, FBT002 - as the original
            while block and answering.get() is not None:
                try:
                    return await original(bucket, amount, block=False)
                except CapacityNotAvailableError:  # noqa: PERF203 - the bucket has no tokens left
                    self._boto.pace(bucket, amount)
            return await original(bucket, amount, block)

        return acquire

    # -- signing --------------------------------------------------------------------------------------------------

    def _wrap_sign(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Sign with test credentials if the client has none, or if it would have to request them from a provider."""

        @functools.wraps(original)
        async def sign(
            signer: Any,
            operation_name: str,
            request: AWSRequest,
            *args: Any,
            **kwargs: Any,
        ) -> None:
            plain = sys.modules["aiobotocore.credentials"].AioCredentials
            if (
                signer._service_id not in SERVICE_IDS  # noqa: SLF001 - botocore has no public name
                or type(signer._credentials) is plain  # noqa: SLF001 - plain keys need no provider
                or self._top() is None
            ):
                await original(signer, operation_name, request, *args, **kwargs)
                return
            borrower = copy.copy(signer)  # a copy for this call: threads share the signer and its credentials
            borrower._credentials = plain("testing", "testing")  # noqa: SLF001 - botocore has no public name
            await original(borrower, operation_name, request, *args, **kwargs)

        return sign


class _AnsweredAioEndpoint(AnsweredEndpoint):
    """An endpoint that sends requests to the call handler instead of the network."""

    async def _send(self, request: AWSPreparedRequest) -> Any:  # type: ignore[override]
        answer = self.ask(request)
        if answer.delay:
            await _sleep(self, answer.delay)
        response = given(answer, request.url)
        make = sys.modules["aiobotocore.awsrequest"].AioAWSResponse
        return make(request.url, response.status, response.headers, _Body(response))


class _Body:
    """A body that aiobotocore can await. Older releases also read the raw headers of aiohttp from it."""

    def __init__(self, response: Response) -> None:
        self._data = io.BytesIO(response.body)
        self.raw_headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]

    async def read(self) -> bytes:
        return self._data.read()


class _RetryingEndpoint:
    """An endpoint whose ``_sleep`` advances the fake clock. aiobotocore before 3 calls ``asyncio.sleep`` instead."""

    def __init__(self, endpoint: object, call_handler: CallHandler) -> None:
        self._endpoint = endpoint
        self._call_handler = call_handler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._endpoint, name)

    async def _sleep(self, seconds: float) -> None:
        self._call_handler.advance(seconds)


class _Asyncio:
    """The module ``asyncio`` as ``aiobotocore.endpoint`` sees it."""

    def __init__(self, original: ModuleType) -> None:
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    async def sleep(self, seconds: float) -> None:
        call_handler = _retrying.get()
        if call_handler is None:
            await self._original.sleep(seconds)
        else:
            call_handler.advance(seconds)


async def _sleep(endpoint: Any, seconds: float) -> None:
    """Wait in the event loop of the endpoint."""
    own = getattr(endpoint, "_sleep", None)
    await (own or sys.modules["asyncio"].sleep)(seconds)


async def _run_in_thread(endpoint: Any, work: Callable[[], None]) -> None:
    """Run work that may take time in a thread, so that the event loop of the endpoint is not blocked."""
    anyio_endpoint = getattr(sys.modules[_ENDPOINT[0]], "AnyioEndpoint", ())
    if isinstance(endpoint, anyio_endpoint):
        await _sleep(endpoint, 0)  # loads anyio, which may not be imported before the first wait
        await sys.modules["anyio"].to_thread.run_sync(work)
    else:
        await sys.modules["asyncio"].to_thread(work)
