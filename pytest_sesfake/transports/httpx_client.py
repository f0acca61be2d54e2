"""Answers requests of ``httpx`` for addresses that the fake has given to an application, before an HTTP mock sees them.

These are the addresses of SNS, such as a SubscribeURL, and the links in mail. pytest-httpx and respx replace parts of
``httpx`` below ``Client.send``, so ``Client.send`` is patched. All other requests go on unchanged. ``httpx`` is
patched only if the application or a test has imported it.
"""

from __future__ import annotations

import functools
import sys
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pytest_sesfake.transports.arrivals import Arrivals
from pytest_sesfake.transports.caller import find_caller
from pytest_sesfake.transports.patches import Patch
from pytest_sesfake.wire.http import NoAnswer, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.transports.call_handler import CallHandler


class HttpxInterceptor:
    """The patches of ``httpx``. ``top`` returns the call handler of the active fake."""

    def __init__(self, top: Callable[[], CallHandler | None]) -> None:
        self._top = top
        self._httpx: Any = None
        self._patches: list[Patch] = []
        self._arrivals = Arrivals(("httpx",), self.put)

    def put(self) -> None:
        """Apply every patch that is missing."""
        httpx = sys.modules.get("httpx")
        if httpx is not self._httpx and hasattr(httpx, "AsyncClient"):
            self._httpx = httpx
            self._patches += [
                Patch(self._httpx.Client, "send", self._wrap_send),
                Patch(self._httpx.AsyncClient, "send", self._wrap_send_async),
            ]
        for patch in self._patches:
            patch.put()
        self._arrivals.put()

    def lift(self) -> None:
        """Remove every patch that nobody else has replaced."""
        self._arrivals.lift()
        for patch in self._patches:
            patch.lift()

    def _wrap_send(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def send(client: Any, request: Any, *, stream: bool = False, **kwargs: Any) -> Any:
            call_handler = self._find_handler(client, request)
            if call_handler is None:
                return original(client, request, stream=stream, **kwargs)
            for hook in client.event_hooks["request"]:
                hook(request)
            request.read()
            response = self._answer(call_handler, request)
            call_handler.after()
            for hook in client.event_hooks["response"]:
                hook(response)
            if not stream:
                response.read()
            return response

        return send

    def _wrap_send_async(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        async def send(client: Any, request: Any, *, stream: bool = False, **kwargs: Any) -> Any:
            call_handler = self._find_handler(client, request)
            if call_handler is None:
                return await original(client, request, stream=stream, **kwargs)
            for hook in client.event_hooks["request"]:
                await hook(request)
            await request.aread()
            response = self._answer(call_handler, request)
            await _run_in_thread(call_handler.after)
            for hook in client.event_hooks["response"]:
                await hook(response)
            if not stream:
                await response.aread()
            return response

        return send

    def _find_handler(self, client: Any, request: Any) -> CallHandler | None:
        """Return the call handler if it answers a request. A closed client raises its own error instead."""
        call_handler = self._top()
        if call_handler is None or client.is_closed:
            return None
        url = request.url
        return call_handler if call_handler.serves(url.host, url.raw_path.decode("ascii")) else None

    def _answer(self, call_handler: CallHandler, request: Any) -> Any:
        """Return the response of the fake, as a response of ``httpx`` whose body was not read yet."""
        url = request.url
        answer = call_handler.handle(
            Request(
                method=request.method,
                host=url.netloc.decode("ascii"),
                path=url.raw_path.decode("ascii").partition("?")[0],
                query=url.query.decode("ascii"),
                headers={name.lower(): value for name, value in request.headers.items()},
                body=request.content,
                caller=find_caller(),
            )
        )
        if isinstance(answer, NoAnswer):
            raise self._httpx.ReadError(f"no answer, by a scripted {answer.kind}", request=request)
        body = self._httpx.ByteStream(b"" if request.method == "HEAD" else answer.body)
        response = self._httpx.Response(answer.status, headers=answer.headers, stream=body, request=request)
        response.elapsed = timedelta(seconds=answer.delay)
        return response


async def _run_in_thread(work: Callable[[], None]) -> None:
    """Run work that may take time in a thread, so that the event loop of the client, trio or asyncio, goes on."""
    trio: Any = sys.modules.get("trio")
    with suppress(RuntimeError):
        if trio is not None and trio.lowlevel.current_task():
            await trio.to_thread.run_sync(work)
            return
    import asyncio

    await asyncio.to_thread(work)
