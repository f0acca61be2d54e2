"""Intercepts the calls of ``requests`` and answers them without a socket, also in tests that use ``responses``.

URLs that the call handler serves get a special adapter, which answers through its own registry of ``responses``.
``get_adapter`` is patched because a session calls it before the adapter methods that other libraries patch.
requests-mock replaces ``get_adapter`` for each request, in whatever order the two start, so its adapter is patched too.
"""

from __future__ import annotations

import functools
import re
import sys
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from pytest_sesfake.transports.caller import find_caller
from pytest_sesfake.transports.patches import Patch
from pytest_sesfake.wire import hosts
from pytest_sesfake.wire.http import NoAnswer, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.transports.call_handler import CallHandler

# The timeout of the current call. Adapters get it, but `responses` does not pass it to callbacks.
_read_timeout: ContextVar[Any] = ContextVar("sesfake_read_timeout", default=None)
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


class RequestsInterceptor:
    """The patch of ``requests``. ``top`` returns the call handler of the active fake."""

    def __init__(self, top: Callable[[], CallHandler | None]) -> None:
        self._top = top
        self._adapter: Any = None
        self._requests_mock: Any = None
        self._patches = [Patch(requests.Session, "get_adapter", self._wrap_get_adapter)]

    def put(self) -> None:
        """Apply every patch that is missing."""
        requests_mock = sys.modules.get("requests_mock")
        if requests_mock is not self._requests_mock and hasattr(requests_mock, "Adapter"):
            self._requests_mock = requests_mock
            self._patches.append(Patch(self._requests_mock.Adapter, "send", self._wrap_mocked_send))
        for patch in self._patches:
            patch.put()

    def lift(self) -> None:
        """Remove every patch that nobody else has replaced."""
        for patch in self._patches:
            patch.lift()

    def _wrap_get_adapter(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def get_adapter(session: requests.Session, url: str) -> Any:
            call_handler = self._top()
            if call_handler is None or not _is_served(call_handler, url):
                return original(session, url)
            return self._answering_adapter()

        return get_adapter

    def _wrap_mocked_send(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def send(adapter: Any, request: requests.PreparedRequest, **kwargs: Any) -> Any:
            call_handler = self._top()
            if call_handler is None or not _is_served(call_handler, request.url or ""):
                return original(adapter, request, **kwargs)
            return self._answering_adapter().send(request, **kwargs)

        return send

    def _answering_adapter(self) -> Any:
        if self._adapter is None:
            self._adapter = self._make_adapter()
        return self._adapter

    def _make_adapter(self) -> Any:
        """Make an adapter that answers every request. ``responses`` is imported here because few tests need it."""
        import responses

        registry = responses.RequestsMock(assert_all_requests_are_fired=False)
        for method in _METHODS:
            registry.add_callback(method, re.compile(""), callback=self._answer, content_type=None)
        send = registry.unbound_on_send()

        class Answering(requests.adapters.HTTPAdapter):
            def send(self, *args: Any, **kwargs: Any) -> requests.Response:
                token = _read_timeout.set(kwargs.get("timeout"))
                try:
                    return send(self, *args, **kwargs)
                finally:
                    _read_timeout.reset(token)
                    registry.calls.reset()

        return Answering()

    def _answer(self, prepared: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        call_handler = self._top()
        if call_handler is None:
            raise requests.ConnectionError("the fake has gone", request=prepared)
        answer = call_handler.handle(_to_request(prepared))
        read_timeout = _read_timeout.get()
        if isinstance(read_timeout, tuple):
            _, read_timeout = read_timeout
        if isinstance(read_timeout, (int, float)) and answer.delay > read_timeout:
            raise requests.ReadTimeout("the answer is slower than the read time-out", request=prepared)
        time.sleep(answer.delay)
        if isinstance(answer, NoAnswer):
            kind = requests.ReadTimeout if answer.kind == "timeout" else requests.ConnectionError
            raise kind(f"no answer, by a scripted {answer.kind}", request=prepared)
        call_handler.after()
        return answer.status, answer.headers, b"" if prepared.method == "HEAD" else answer.body


def _is_served(call_handler: CallHandler, url: str) -> bool:
    place = urlsplit(url)
    if place.hostname is None:
        return False
    is_api = place.scheme == "https" and place.port in (None, 443) and hosts.kind(place.hostname) == "https"
    return is_api or call_handler.serves(place.hostname, f"{place.path or '/'}?{place.query}")


def _to_request(prepared: requests.PreparedRequest) -> Request:
    """Convert the HTTP request that ``requests`` would send."""
    place = urlsplit(prepared.url or "")
    body: Any = prepared.body or b""
    return Request(
        method=prepared.method or "GET",
        host=place.netloc,
        path=place.path or "/",
        query=place.query,
        headers={
            name.lower(): value.decode("latin-1") if isinstance(value, bytes) else value
            for name, value in prepared.headers.items()
        },
        body=body.encode() if isinstance(body, str) else bytes(body),
        caller=find_caller(),
    )
