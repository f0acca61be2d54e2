"""The kinds of targets that can be subscribed, and how each kind gets a notification."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

from pytest_sesfake.delivery import envelopes, logins, sns, webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.delivery.logins import Auth
    from pytest_sesfake.delivery.notifications import Notification, OfEvent
    from pytest_sesfake.delivery.subscriptions import Subscription

    As = Literal["http", "wsgi", "asgi", "request", "lambda", "sqs", "eventbridge", "firehose"]

WEB = ("http", "wsgi", "asgi", "request")
"""The kinds that get HTTP requests and have to confirm their subscription."""
KINDS = (*WEB, "lambda", "sqs", "eventbridge", "firehose")
SERVICES = {"sns": (*WEB, "lambda", "sqs"), "events": ("eventbridge",), "firehose": ("firehose",)}
"""The kinds of targets that can be subscribed, by the service in the ARN."""

_ENVIRON = ("environ", "env")
_SCOPE = ("scope", "receive", "send")
_HANDLER = ("event", "context")


@dataclass(frozen=True, slots=True)
class Context:
    """The context argument of a Lambda function."""

    aws_request_id: str
    invoked_function_arn: str
    log_stream_name: str
    function_name: str = "ses-events"
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "128"
    log_group_name: str = "/aws/lambda/ses-events"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Return the remaining time in milliseconds. It never decreases: the fake sets no limit."""
        return 900_000


def kind_of(target: Any, topic: str | None) -> As:
    """Return the kind of a target, by its form and its topic. Raises TypeError if these do not decide it."""
    only = {"events": "eventbridge", "firehose": "firehose"}.get(_service(topic))
    if only is not None:
        return only  # type: ignore[return-value]
    if isinstance(target, str):
        if target.startswith(("http://", "https://")):
            return "http"
    elif callable(target):
        found = _called_with(target)
        if found is not None:
            return found
    what = "a URL" if isinstance(target, str) else "an application or a function"
    raise TypeError(f"subscribe() cannot tell {what} by {target!r}: target_type= says what it is, {_either(KINDS)}")


def _called_with(target: Callable[..., Any]) -> As | None:
    names = _parameters(target)
    if names == list(_SCOPE) or (len(names) == 3 and is_async(target)):  # noqa: PLR2004 - scope, receive, send
        return "asgi"
    if len(names) == 2 and (names[0] in _ENVIRON or names[1] == "start_response"):  # noqa: PLR2004 - PEP 3333
        return "wsgi"
    if is_handler(target) and any(name in _HANDLER for name in _parameters(target, optional=True)[:2]):
        return "lambda"
    return "request" if len(names) == 1 else None


def _parameters(target: Callable[..., Any], *, optional: bool = False) -> list[str]:
    """Return the names of the required positional parameters; with ``optional``, also of the optional ones."""
    try:
        found = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):  # some functions written in C have no signature
        return []
    placed = [each for each in found if each.kind <= each.POSITIONAL_OR_KEYWORD]
    return [each.name for each in placed if optional or each.default is each.empty]


def is_handler(target: Callable[..., Any]) -> bool:
    """Tell whether a function is a Lambda handler: it takes an event and a context, which may be optional."""
    names = _parameters(target)
    bare = len(names) == 1 and _parameters(target, optional=True)[1:2] == ["context"]
    return bare or len(names) == 2  # noqa: PLR2004 - event, context


def is_async(target: Any) -> bool:
    """Tell whether a target is asynchronous."""
    return inspect.iscoroutinefunction(target) or inspect.iscoroutinefunction(getattr(target, "__call__", None))  # noqa: B004 - callable() does not tell async ones


def check(kind: str, topic: str | None, *, form: str, raw: bool) -> None:
    """Refuse an unknown kind of target, and a kind that cannot be subscribed to the service of the ARN."""
    if kind not in KINDS:
        raise ValueError(f"subscribe() takes target_type={_either(KINDS)}, not {kind!r}")
    if form not in ("events", "feedback"):
        raise ValueError(f"subscribe() takes form='events' or 'feedback', not {form!r}")
    if topic is not None:
        takers = SERVICES.get(_service(topic))
        if takers is None:
            raise ValueError(f"subscribe() takes the ARN of a topic, an event bus or a delivery stream, not {topic!r}")
        if kind not in takers:
            raise ValueError(f"{topic} has no subscribers of the kind {kind!r}, only {_either(takers)}")
        if form != "events":
            raise ValueError(
                f"subscribe() takes form={form!r} for what is told of every event; what {topic} gets is what SES "
                "publishes there: leave one of form= and topic= out"
            )
    if form == "feedback" and kind in ("eventbridge", "firehose"):
        raise ValueError(f"of the kind {kind!r} is who gets events, and no feedback")
    if raw and kind not in (*WEB, "sqs"):
        raise ValueError(f"raw delivery is for web applications and queues, and not for {kind!r}")


def _service(topic: str | None) -> str:
    parts = (topic or "arn:aws:sns").split(":")
    return parts[2] if len(parts) > 2 and parts[0] == "arn" else ""  # noqa: PLR2004 - an ARN


def _either(names: tuple[str, ...]) -> str:
    shown = [repr(name) for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def named(target: Any) -> str:
    """Return the name of a target for error texts."""
    return target if isinstance(target, str) else getattr(target, "__name__", None) or repr(target)


# Delivery to each kind. These functions return a reply, or an awaitable of one.


def deliver(subscription: Subscription, notification: Notification) -> Any:
    """Deliver a notification to the target of a subscription."""
    if subscription.wish.target_type in WEB:
        return post(subscription, request(subscription, notification))
    given = _MAKERS[subscription.wish.target_type](subscription, notification)
    function = subscription.target
    result = function(given, _context(notification)) if is_handler(function) else function(given)
    return _returned(result) if inspect.isawaitable(result) else webhook.WebhookReply(None, {}, b"", result)


def request(subscription: Subscription, notification: Notification) -> sns.HttpRequest:
    """Return the HTTP request in which a subscriber gets a notification."""
    fields = notification.in_sns(subscription.arn, subscription.wish.signature)
    raw = subscription.wish.raw and fields["Type"] == "Notification"
    return sns.request(fields, subscription_arn=subscription.arn, path=subscription.wish.path, raw=raw)


def post(subscription: Subscription, request: sns.HttpRequest) -> Any:
    """Send a request to a subscriber. Send it again with a login if the subscriber demands one."""
    wish = subscription.wish
    reach = _REACH[wish.target_type](subscription)

    def again(reply: webhook.WebhookReply) -> sns.HttpRequest | None:
        where = webhook.uri(wish.target if wish.target_type == "http" else wish.path)
        return None if wish.auth is None else logins.answered(request, reply, wish.auth, where)

    first = reach(request)
    if inspect.isawaitable(first):
        return _then(first, reach, again)
    second = again(first)
    return first if second is None else reach(second)


async def _then(first: Any, reach: Callable[..., Any], again: Callable[..., Any]) -> webhook.WebhookReply:
    reply: webhook.WebhookReply = await first
    second = again(reply)
    return reply if second is None else await reach(second)


_REACH: dict[str, Callable[[Subscription], Callable[[sns.HttpRequest], Any]]] = {
    "http": lambda subscription: webhook.at_url(subscription.target),
    "wsgi": lambda subscription: webhook.in_wsgi(subscription.target, subscription.wish.path),
    "asgi": lambda subscription: webhook.in_asgi(subscription.target, subscription.wish.path),
    "request": lambda subscription: webhook.in_function(subscription.target),
}


async def _returned(result: Any) -> webhook.WebhookReply:
    return webhook.WebhookReply(None, {}, b"", await result)


def _context(notification: Notification) -> Context:
    region_state = notification.region_state
    arn = f"arn:aws:lambda:{region_state.region}:{region_state.account_id}:function:ses-events"
    return Context(notification.id, arn, region_state.simulation.ids.hex(notification.id))


def _of_lambda(subscription: Subscription, notification: Notification) -> Any:
    return {"Records": [envelopes.sns_record(_in_sns(subscription, notification), subscription.arn)]}


def _of_sqs(subscription: Subscription, notification: Notification) -> Any:
    text = notification.text if subscription.wish.raw else sns.written(_in_sns(subscription, notification))
    message = notification.in_queue(text)
    if not is_handler(subscription.target):
        return message
    queue = envelopes.stand_in(notification.region_state, "sqs")
    return {"Records": [envelopes.sqs_record(message, notification.at, queue)]}


def _in_sns(subscription: Subscription, notification: Notification) -> dict[str, str]:
    return notification.in_sns(subscription.arn, subscription.wish.signature)


def _of_bus(_: Subscription, notification: Notification) -> Any:
    event: OfEvent = notification  # type: ignore[assignment]  # only events are published there
    return envelopes.eventbridge_event(event.event)


def _of_stream(_: Subscription, notification: Notification) -> Any:
    event: OfEvent = notification  # type: ignore[assignment]  # only events are published there
    return envelopes.firehose_record(event.event)


_MAKERS: dict[str, Callable[[Subscription, Notification], Any]] = {
    "lambda": _of_lambda,
    "sqs": _of_sqs,
    "eventbridge": _of_bus,
    "firehose": _of_stream,
}


def login_of(url: str) -> tuple[str, Auth | None]:
    """Split a URL into the URL without its login, and the name and password, as SNS does."""
    place = urlsplit(url)
    if place.username is None:
        return url, None
    netloc = place.netloc.rpartition("@")[2]
    return place._replace(netloc=netloc).geturl(), (unquote(place.username), unquote(place.password or ""))
