"""The SNS handler: answers the HTTP requests of applications that got a signed message of the fake, and no others.

https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from pytest_sesfake.wire.http import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.delivery.dispatcher import Dispatcher
    from pytest_sesfake.delivery.subscriptions import Subscription
    from pytest_sesfake.ses.simulation import Simulation
    from pytest_sesfake.wire.http import Request

    Params = dict[str, str]

_NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"


class SnsHandler:
    """Serves certificates, and confirms and ends the subscriptions of a dispatcher."""

    def __init__(self, simulation: Simulation, dispatcher: Dispatcher) -> None:
        self._simulation = simulation
        self._dispatcher = dispatcher
        self._actions: dict[str, Callable[[Params, bool], Response]] = {
            "ConfirmSubscription": self._confirm,
            "Unsubscribe": self._unsubscribe,
        }

    def serves(self, host: str, target: str = "") -> bool:
        """Tell whether the fake has signed a message whose certificate is at ``host``.

        With a ``target``, also tell whether the fake answers this target. A target is a path with a query. For a POST
        request, its form takes the place of the query.
        """
        name = host.partition(":")[0].rstrip(".").lower()
        if name not in self._simulation.signed:
            return False
        path, _, query = target.partition("?")
        if not target or self._certificate(path) is not None:
            return True
        params = dict(parse_qsl(query))
        action = params.get("Action")
        found = self._waiting(params) if action == "ConfirmSubscription" else self._subscribed(params)
        return action in self._actions and found is not None

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        certificate = self._certificate(request.path)
        if certificate is not None:
            return Response(200, {"Content-Type": "application/x-pem-file"}, certificate)
        given = request.query if request.method == "GET" else request.body.decode("utf-8", "replace")
        params = dict(parse_qsl(given))
        act = self._actions.get(params.get("Action", ""))
        if act is None:
            return self._refusal(400, "InvalidAction", "The action or operation requested is invalid.")
        return act(params, "authorization" in request.headers)

    def _certificate(self, path: str) -> bytes | None:
        if not path.endswith(".pem"):
            return None
        from pytest_sesfake.delivery import signing

        return next((each.certificate for each in signing.signers() if path == f"/{each.file_name}"), None)

    # Actions. A request with credentials counts as signed.

    def _confirm(self, params: Params, _is_signed: bool) -> Response:  # noqa: FBT001 - all actions have the same signature
        with self._simulation.lock:
            found = self._waiting(params)
            guarded = params.get("AuthenticateOnUnsubscribe", "").lower() == "true"
            if found is None or not found.confirm(guarded=guarded):
                return self._refusal(400, "InvalidParameter", "Invalid parameter: Token")
        return self._result("ConfirmSubscription", {"SubscriptionArn": found.arn})

    def _unsubscribe(self, params: Params, is_signed: bool) -> Response:  # noqa: FBT001 - all actions have the same signature
        found = self._subscribed(params)
        if found is None:
            return self._refusal(404, "NotFound", "Subscription does not exist")
        if found.guarded and not is_signed:
            return self._refusal(403, "AuthorizationError", "Anonymous users cannot unsubscribe from this topic")
        found.unsubscribe()
        return self._result("Unsubscribe", None)

    def _waiting(self, params: Params) -> Subscription | None:
        token, topic = params.get("Token"), params.get("TopicArn")
        known = (each for each in self._dispatcher.subscriptions if each.token and each.token == token)
        return next((each for each in known if each.topic == topic), None)

    def _subscribed(self, params: Params) -> Subscription | None:
        arn = params.get("SubscriptionArn")
        return next((each for each in self._dispatcher.subscriptions if each.arn == arn), None)

    # Answers.

    def _result(self, action: str, result: dict[str, str] | None) -> Response:
        members = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in (result or {}).items())
        told = "" if result is None else f"<{action}Result>{members}</{action}Result>"
        return self._xml(
            200,
            f'<{action}Response xmlns="{_NAMESPACE}">{told}'
            f"<ResponseMetadata><RequestId>{self._request_id()}</RequestId></ResponseMetadata></{action}Response>",
        )

    def _refusal(self, status: int, code: str, text: str) -> Response:
        return self._xml(
            status,
            f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
            f"<Message>{escape(text)}</Message></Error><RequestId>{self._request_id()}</RequestId></ErrorResponse>",
        )

    def _request_id(self) -> str:
        with self._simulation.lock:
            return self._simulation.ids.request_id(self._simulation.draw())

    def _xml(self, status: int, text: str) -> Response:
        return Response(status, {"Content-Type": "text/xml"}, text.encode())
