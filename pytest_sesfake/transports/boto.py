"""How botocore's calls come in: every client of SES, whenever it was made, answered below retries and signing.

Serialisation, signing, retries, parsing and error classes stay botocore's own. This is the only file that touches
what botocore keeps to itself.
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
from pytest_sesfake.wire.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextvars import Token

    from botocore.awsrequest import AWSPreparedRequest, AWSRequest
    from botocore.model import OperationModel

    from pytest_sesfake.transports.call_handler import CallHandler
    from pytest_sesfake.wire.http import NoAnswer

SERVICES = frozenset({"ses", "sesv2"})
SERVICE_IDS = frozenset({"SES", "SESv2"})  # the same, as a signer knows them; Pinpoint signs as "ses" too
_SNS_ACTIONS = frozenset({"ConfirmSubscription", "Unsubscribe"})
_MOTO = "moto.core.botocore_stubber"
_LEAST_PAUSE = 0.001  # less than that may be lost when it is added to a time of day

answering: ContextVar[str | None] = ContextVar("sesfake_answering", default=None)
"""The event of the operation that is answered at the moment; a context variable, as tasks share their thread."""


class BotoInterceptor:
    """The patches of botocore. ``top`` gives the desk that serves now."""

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
        """Put every patch where it is missing."""
        for patch in self._patches:
            patch.put()

    def lift(self) -> None:
        """Take every patch away that is still ours."""
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
        """Have moto leave a call to us until ``answering`` is reset with the token."""
        if self._moto is None and _MOTO in sys.modules:
            self._moto = Patch(sys.modules[_MOTO].BotocoreStubber, "__call__", self._wrap_moto)
        if self._moto is not None:
            self._moto.put()
        return answering.set(f"{operation_model.service_model.service_name}.{operation_model.name}")

    def _wrap_moto(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Have moto leave SES to us; it keeps every other service, and the user's own handlers see everything."""

        @functools.wraps(original)
        def __call__(stubber: object, event_name: str, *args: Any, **kwargs: Any) -> Any:  # noqa: N807 -- moto's
            _, service, operation = event_name.split(".")[:3]
            is_ses = service in SERVICES and self._top() is not None
            if is_ses or f"{service}.{operation}" == answering.get():
                return None
            return original(stubber, event_name, *args, **kwargs)

        return __call__

    # -- waiting --------------------------------------------------------------------------------------------------

    def _wrap_needs_retry(self, original: Callable[..., bool]) -> Callable[..., bool]:
        """Have the back-off between attempts of an SES call move the fake's clock."""

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
        """Have adaptive mode, which paces calls before it sends them, pace those of SES by the fake's clock."""

        @functools.wraps(original)
        def acquire(bucket: Any, amount: float = 1, block: bool = True) -> bool:  # noqa: FBT001, FBT002 -- as the original
            while block and answering.get() is not None:
                try:
                    return original(bucket, amount, block=False)
                except CapacityNotAvailableError:  # noqa: PERF203 -- how a bucket says no
                    self.pace(bucket, amount)
            return original(bucket, amount, block)

        return acquire

    def pace(self, bucket: Any, amount: float) -> None:
        """Let the fake's clock, and the one of the bucket, wait until there are so many tokens."""
        seconds = max((amount - bucket.available_capacity) / bucket.max_rate, _LEAST_PAUSE)
        self._paced += seconds
        call_handler = self._top()
        if call_handler is not None:
            call_handler.advance(seconds)

    def _wrap_current_time(self, original: Callable[..., float]) -> Callable[..., float]:
        @functools.wraps(original)
        def current_time(clock: object) -> float:
            return original(clock) + self._paced  # of all clients, and ever after: no such clock may go back

        return current_time

    # -- signing --------------------------------------------------------------------------------------------------

    def _wrap_sign(self, original: Callable[..., None]) -> Callable[..., None]:
        """Lend credentials to whoever has none, or would have to ask somebody for them."""

        @functools.wraps(original)
        def sign(
            signer: Any,
            operation_name: str,
            request: AWSRequest,
            *args: Any,
            **kwargs: Any,
        ) -> None:
            if (
                signer._service_id not in SERVICE_IDS  # noqa: SLF001
                or type(signer._credentials) is Credentials  # noqa: SLF001 -- plain keys: signing with them asks nobody
                or self._top() is None
            ):
                original(signer, operation_name, request, *args, **kwargs)
                return
            borrower = copy.copy(signer)  # of this call alone: threads share the signer, and keep what it has
            borrower._credentials = Credentials("testing", "testing")  # noqa: SLF001
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
    """An endpoint that asks the desk where the real one asks the network."""

    def __init__(self, endpoint: object, call_handler: CallHandler, context: dict[str, Any]) -> None:
        vars(self).update(vars(endpoint))  # most of what is asked of an endpoint: `__getattr__` takes longer
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
        """Ask the desk. An answer slower than the client's read time-out is that time-out, which is not waited for."""
        self.was_asked = True
        answer = self._call_handler.handle(to_request(request))
        if answer.delay:
            read_timeout = self._context.get("read_timeout") or self._context["client_config"].read_timeout
            if read_timeout is not None and answer.delay > read_timeout:
                raise ReadTimeoutError(endpoint_url=request.url)
        return answer


class _Body(io.BytesIO):
    """A body that botocore can stream."""

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
    """Give the answer, or raise what a client meets that gets none."""
    if isinstance(answer, Response):
        return answer
    if answer.kind == "timeout":
        raise ReadTimeoutError(endpoint_url=url)
    raise ConnectionClosedError(endpoint_url=url)


def is_answered(call_handler: CallHandler, operation_model: OperationModel, prepared: AWSPreparedRequest) -> bool:
    """Tell whether a call is for the desk: those of SES are, and of SNS those that answer a message of ours."""
    service = operation_model.service_model.service_name
    if service in SERVICES:
        return True
    if service != "sns" or operation_model.name not in _SNS_ACTIONS:
        return False
    request = to_request(prepared)
    return call_handler.serves(request.host, f"{request.path}?{request.body.decode('utf-8', 'replace')}")


def to_request(prepared: AWSPreparedRequest) -> Request:
    """Read off what botocore would have sent."""
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
            name._lower: value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)  # noqa: SLF001
            for name, value in headers._dict.items()  # noqa: SLF001 -- its own `items` takes six times as long
        },
        body=bytes(body),
        caller=find_caller(),
    )


def _without_sigv4a(scheme: dict[str, Any]) -> dict[str, Any]:
    """Turn SigV4A of SES, which names a set of regions, into SigV4, which takes the client's."""
    if scheme.get("name") == "sigv4a" and scheme.get("signingName") == "ses":
        return {"name": "sigv4", "signingName": "ses"}
    return scheme
