"""Intercepts the calls of botocore and boto3.

The patches replace the place where botocore sends a signed HTTP request. So they work for every SES client, also for
one that was made before the fake. Serialisation, signing, retries, parsing and error classes remain botocore's own.
Only this file uses private names of botocore itself.
"""

from __future__ import annotations

import copy
import functools
import io
import sys
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import botocore.auth
import botocore.endpoint
import botocore.regions
import botocore.retries.bucket
import botocore.signers
from botocore.awsrequest import AWSResponse
from botocore.credentials import Credentials
from botocore.exceptions import CapacityNotAvailableError, ConnectionClosedError, ReadTimeoutError

from pytest_sesfake.transports.caller import find_caller
from pytest_sesfake.transports.patches import Patch
from pytest_sesfake.transports.services import SERVICE_IDS, SERVICES
from pytest_sesfake.wire.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextvars import Token

    from botocore.awsrequest import AWSPreparedRequest, AWSRequest
    from botocore.model import OperationModel

    from pytest_sesfake.transports.call_handler import CallHandler
    from pytest_sesfake.wire.http import NoAnswer

_SNS_ACTIONS = frozenset({"ConfirmSubscription", "Unsubscribe"})
_MOTO = "moto.core.botocore_stubber"
_LEAST_PAUSE = 0.001  # seconds; a shorter pause may be lost to rounding when it is added to a time of day

answering: ContextVar[str | None] = ContextVar("sesfake_answering", default=None)
"""The operation being answered now, as ``service.Operation``. A context variable, because tasks share a thread."""


class BotoInterceptor:
    """The patches of botocore. ``top`` returns the call handler of the active fake."""

    def __init__(self, top: Callable[[], CallHandler | None]) -> None:
        self._top = top
        self._retrying = threading.local()
        self._paced = 0.0
        endpoint = botocore.endpoint.Endpoint
        self._patches = [
            Patch(endpoint, "_do_get_response", self._wrap_get_response),
            Patch(endpoint, "_needs_retry", self._wrap_needs_retry),
            Patch(botocore.endpoint, "time", functools.partial(_Time, self._retrying)),
            Patch(botocore.retries.bucket.TokenBucket, "acquire", self._wrap_acquire),
            Patch(botocore.retries.bucket.Clock, "current_time", self._wrap_current_time),
            Patch(botocore.signers.RequestSigner, "sign", self._wrap_sign),
            Patch(botocore.regions.EndpointRulesetResolver, "auth_schemes_to_signing_ctx", self._wrap_auth_schemes),
        ]
        self._moto: Patch | None = None

    def put(self) -> None:
        """Apply every patch that is missing."""
        for patch in self._patches:
            patch.put()

    def lift(self) -> None:
        """Remove every patch that nobody else has replaced."""
        for patch in self._patches:
            patch.lift()
        if self._moto is not None:
            self._moto.lift()

    # -- answering ------------------------------------------------------------------------------------------------

    def _wrap_get_response(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def _do_get_response(
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
                return original(endpoint, request, operation_model, context)
            answered = AnsweredEndpoint(endpoint, call_handler, context)
            token = self.keep_from_moto(operation_model)
            try:
                result = original(answered, request, operation_model, context)
            finally:
                answering.reset(token)
            if answered.was_asked:
                call_handler.after()
            return result

        return _do_get_response

    def keep_from_moto(self, operation_model: OperationModel) -> Token[str | None]:
        """Make moto ignore a call until ``answering`` is reset with the returned token."""
        if self._moto is None and _MOTO in sys.modules:
            self._moto = Patch(sys.modules[_MOTO].BotocoreStubber, "__call__", self._wrap_moto)
        if self._moto is not None:
            self._moto.put()
        return answering.set(f"{operation_model.service_model.service_name}.{operation_model.name}")

    def _wrap_moto(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Make moto ignore SES. Moto still answers every other service, and the user's own handlers see every call."""

        @functools.wraps(original)
        def __call__(stubber: object, event_name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N807 - moto's
            _, service, operation = event_name.split(".")[:3]
            is_ses = service in SERVICES and self._top() is not None
            if is_ses or f"{service}.{operation}" == answering.get():
                return None
            return original(stubber, event_name, *args, **kwargs)

        return __call__

    # -- waiting --------------------------------------------------------------------------------------------------

    def _wrap_needs_retry(self, original: Callable[..., bool]) -> Callable[..., bool]:
        """Make the back-off between attempts of an SES call advance the fake clock instead of sleeping."""

        @functools.wraps(original)
        def _needs_retry(
            endpoint: object,
            attempts: int,
            operation_model: OperationModel,
            *args: Any,
            **kwargs: Any,
        ) -> bool:
            is_ours = operation_model.service_model.service_name in SERVICES
            outer = getattr(self._retrying, "call_handler", None)
            self._retrying.call_handler = self._top() if is_ours else None
            try:
                return original(endpoint, attempts, operation_model, *args, **kwargs)
            finally:
                self._retrying.call_handler = outer

        return _needs_retry

    def _wrap_acquire(self, original: Callable[..., bool]) -> Callable[..., bool]:
        """Make the adaptive retry mode, which delays calls before sending, delay SES calls by the fake clock."""

        @functools.wraps(original)
        def acquire(bucket: Any, amount: float = 1, block: bool = True) -> bool:  # noqa: FBT001, FBT002 - as the original
            while block and answering.get() is not None:
                try:
                    return original(bucket, amount, block=False)
                except CapacityNotAvailableError:  # noqa: PERF203 - the bucket has no tokens left
                    self.pace(bucket, amount)
            return original(bucket, amount, block)

        return acquire

    def pace(self, bucket: Any, amount: float) -> None:
        """Advance the fake clock and the clock of the buckets until ``bucket`` has ``amount`` tokens."""
        seconds = max((amount - bucket.available_capacity) / bucket.max_rate, _LEAST_PAUSE)
        self._paced += seconds
        call_handler = self._top()
        if call_handler is not None:
            call_handler.advance(seconds)

    def _wrap_current_time(self, original: Callable[..., float]) -> Callable[..., float]:
        @functools.wraps(original)
        def current_time(clock: object) -> float:
            return original(clock) + self._paced  # for all clients and for ever: this clock must never go back

        return current_time

    # -- signing --------------------------------------------------------------------------------------------------

    def _wrap_sign(self, original: Callable[..., None]) -> Callable[..., None]:
        """Sign with test credentials if the client has none, or if it would have to request them from a provider."""

        @functools.wraps(original)
        def sign(
            signer: Any,
            operation_name: str,
            request: AWSRequest,
            *args: Any,
            **kwargs: Any,
        ) -> None:
            if (
                signer._service_id not in SERVICE_IDS  # noqa: SLF001 - botocore has no public name
                or type(signer._credentials) is Credentials  # noqa: SLF001 - plain keys need no provider
                or self._top() is None
            ):
                original(signer, operation_name, request, *args, **kwargs)
                return
            borrower = copy.copy(signer)  # a copy for this call: threads share the signer and its credentials
            borrower._credentials = Credentials("testing", "testing")  # noqa: SLF001 - botocore has no public name
            original(borrower, operation_name, request, *args, **kwargs)

        return sign

    def _wrap_auth_schemes(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Sign calls to multi-region endpoints with SigV4 where SigV4A would need the awscrt package."""

        @functools.wraps(original)
        def auth_schemes_to_signing_ctx(resolver: object, auth_schemes: list[dict[str, Any]]) -> Any:
            if "v4a" not in botocore.auth.AUTH_TYPE_MAPS and self._top() is not None:
                auth_schemes = [_without_sigv4a(scheme) for scheme in auth_schemes]
            return original(resolver, auth_schemes)

        return auth_schemes_to_signing_ctx


class AnsweredEndpoint:
    """An endpoint that sends requests to the call handler instead of the network."""

    def __init__(self, endpoint: object, call_handler: CallHandler, context: dict[str, Any]) -> None:
        vars(self).update(vars(endpoint))  # most look-ups on an endpoint end here; `__getattr__` is slower
        self._endpoint = endpoint
        self._call_handler = call_handler
        self._context = context
        self.was_asked = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._endpoint, name)

    def _send(self, request: AWSPreparedRequest) -> AWSResponse:
        answer = self.ask(request)
        if answer.delay:
            time.sleep(answer.delay)
        response = given(answer, request.url)
        return AWSResponse(request.url, response.status, response.headers, _Body(response.body))  # type: ignore[arg-type]

    def ask(self, request: AWSPreparedRequest) -> Response | NoAnswer:
        """Return the answer of the call handler.

        A delay above the client's read timeout raises ReadTimeoutError at once, without waiting.
        """
        self.was_asked = True
        answer = self._call_handler.handle(to_request(request))
        if answer.delay:
            read_timeout = self._context.get("read_timeout") or self._context["client_config"].read_timeout
            if read_timeout is not None and answer.delay > read_timeout:
                raise ReadTimeoutError(endpoint_url=request.url)
        return answer


class _Body(io.BytesIO):
    """A response body that botocore can stream."""

    def stream(self, **_kwargs: object) -> Iterator[bytes]:
        yield self.getvalue()


class _Time:
    """The module ``time`` as ``botocore.endpoint`` sees it."""

    def __init__(self, retrying: threading.local, original: Any) -> None:
        self._retrying = retrying
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def sleep(self, seconds: float) -> None:
        call_handler: CallHandler | None = getattr(self._retrying, "call_handler", None)
        if call_handler is None:
            self._original.sleep(seconds)
        else:
            call_handler.advance(seconds)


def given(answer: Response | NoAnswer, url: str) -> Response:
    """Return the response. A NoAnswer raises the botocore error of a client that gets no answer."""
    if isinstance(answer, Response):
        return answer
    if answer.kind == "timeout":
        raise ReadTimeoutError(endpoint_url=url)
    raise ConnectionClosedError(endpoint_url=url)


def is_answered(call_handler: CallHandler, operation_model: OperationModel, prepared: AWSPreparedRequest) -> bool:
    """Tell whether the fake answers a call.

    It answers the calls of SES, and the SNS calls that confirm or end a subscription of the fake.
    """
    service = operation_model.service_model.service_name
    if service in SERVICES:
        return True
    if service != "sns" or operation_model.name not in _SNS_ACTIONS:
        return False
    request = to_request(prepared)
    return call_handler.serves(request.host, f"{request.path}?{request.body.decode('utf-8', 'replace')}")


def to_request(prepared: AWSPreparedRequest) -> Request:
    """Convert the HTTP request that botocore would send."""
    _, _, rest = prepared.url.partition("://")
    address, _, query = rest.partition("?")
    host, _, path = address.partition("/")
    body: Any = prepared.body
    headers: Any = prepared.headers
    if body is None:
        body = b""
    elif isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, (bytes, bytearray)):
        body = body.read()
    return Request(
        method=prepared.method,
        host=host,
        path=f"/{path}",
        query=query,
        headers={
            name._lower: value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)  # noqa: SLF001 - botocore has no public name
            for name, value in headers._dict.items()  # noqa: SLF001 - the public `items` is six times slower
        },
        body=bytes(body),
        caller=find_caller(),
    )


def _without_sigv4a(scheme: dict[str, Any]) -> dict[str, Any]:
    """Replace SigV4A of SES, which names a set of regions, by SigV4, which uses the region of the client."""
    if scheme.get("name") == "sigv4a" and scheme.get("signingName") == "ses":
        return {"name": "sigv4", "signingName": "ses"}
    return scheme
