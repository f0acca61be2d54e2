"""The kinds of targets that can be subscribed, and how each kind gets a notification."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import unquote, urlsplit

from pytest_sesfake.delivery import envelopes, logins, sns, webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_sesfake.delivery.logins import Auth
    from pytest_sesfake.delivery.notifications import Notification, OfEvent
    from pytest_sesfake.ses.event_forms import Form, HttpRequest, SignatureVersion

TargetType = Literal["http", "wsgi", "asgi", "request", "lambda", "sqs", "eventbridge", "firehose"]
KINDS: tuple[TargetType, ...] = get_args(TargetType)
WEB: tuple[TargetType, ...] = ("http", "wsgi", "asgi", "request")
"""The kinds that get HTTP requests and have to confirm their subscription."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionOptions:
    """The arguments of ``subscribe``: a target and how it gets notifications. ``target_type`` is a kind of target."""

    target: Any
    topic: str | None = None
    path: str = "/"
    form: Form = "events"
    target_type: TargetType | None = None
    raw: bool = False
    confirm: bool = True
    immediate: bool = False
    signature: SignatureVersion = 1
    auth: Auth | None = None

    def checked(self) -> SubscriptionOptions:
        """Return the options with all defaults filled in: the kind of the target, and the login that a URL holds.

        An invalid combination raises ValueError. An unknown kind of target raises TypeError.
        """
        kind = self.target_type or kind_of(self.target, self.topic)
        _check_kind(kind, self.topic, form=self.form, raw=self.raw)
        if self.signature not in (1, 2):
            raise ValueError(f"subscribe() takes signature=1 or 2, not {self.signature!r}")
        if self.auth is not None and (isinstance(self.auth, str) or [type(each) for each in self.auth] != [str, str]):
            raise TypeError("subscribe() takes auth=(user, password), two strings")
        if kind not in WEB:
            unused = {"path": self.path != "/", "auth": self.auth is not None}
            given = [name for name, is_given in unused.items() if is_given]
            if given:
                raise ValueError(
                    f"subscribe() takes {' and '.join(given)} only for web applications, not for target_type={kind!r}. "
                    f"Leave {'them' if len(given) > 1 else 'it'} out, or give another target_type"
                )
        target, auth = self.target, self.auth
        if kind == "http":
            if self.path != "/":
                raise TypeError(
                    "subscribe() takes path only for an application in this process. Write the path into the URL"
                )
            target, login = login_of(target)
            auth = auth or login
        return replace(self, target=target, target_type=kind, confirm=self.confirm and kind in WEB, auth=auth)


def kind_of(target: Any, topic: str | None) -> TargetType:
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
    what = "a URL, an application or a function"
    raise TypeError(f"subscribe() does not recognize {target!r} as {what}. Give target_type={_either(KINDS)}")


def _called_with(target: Callable[..., Any]) -> TargetType | None:
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


def _check_kind(kind: str, topic: str | None, *, form: str, raw: bool) -> None:
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
            raise ValueError(f"{topic} takes subscribers with target_type={_either(takers)}, not {kind!r}")
        if form != "events":
            raise ValueError(
                f"subscribe() takes form={form!r} only without topic=, because subscribers of {topic} get what SES "
                "publishes there. Leave out form= or topic="
            )
    if form == "feedback" and kind in ("eventbridge", "firehose"):
        raise ValueError(f"subscribe() takes form='events' for target_type={kind!r}, not form='feedback'")
    if raw and kind not in (*WEB, "sqs"):
        raise ValueError(
            f"subscribe() takes raw=True only for web applications and queues, not for target_type={kind!r}"
        )


def _service(topic: str | None) -> str:
    parts = (topic or "arn:aws:sns").split(":")
    return parts[2] if len(parts) > 2 and parts[0] == "arn" else ""  # noqa: PLR2004 - an ARN


def _either(names: tuple[str, ...]) -> str:
    shown = [repr(name) for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def named(target: Any) -> str:
    """Return the name of a target for error texts: its URL, or its place of import, as in ``shop.urls:app``."""
    if isinstance(target, str):
        return target
    name = getattr(target, "__qualname__", None)
    if name is not None:
        return f"{target.__module__}:{name}"
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is target and not name.startswith("_"):
                return f"{module.__name__}:{name}"
    kind = type(target)
    return f"an object of {kind.__module__}:{kind.__qualname__}"


def describe(options: SubscriptionOptions, topic: str) -> str:
    """Return where a subscription sends its notifications, for error texts: the request, the target and the topic."""
    name = named(options.target)
    if options.target_type == "http":
        return f"POST {name} (TopicArn {topic})"
    if options.target_type in WEB:
        return f"POST {options.path} of {name} (TopicArn {topic})"
    return f"{name} ({topic})"


# Delivery to each kind. These functions return a reply, or an awaitable of one.


def deliver(options: SubscriptionOptions, subscription_arn: str, notification: Notification) -> Any:
    """Deliver a notification to the target of a subscription."""
    kind = options.target_type or ""  # `checked` has filled it in
    if kind in WEB:
        return post(options, request(options, subscription_arn, notification))
    given = _MAKERS[kind](options, subscription_arn, notification)
    function = options.target
    result = function(given, _context(notification)) if is_handler(function) else function(given)
    return _returned(result) if inspect.isawaitable(result) else webhook.WebhookReply(None, {}, b"", result)


def request(options: SubscriptionOptions, subscription_arn: str, notification: Notification) -> HttpRequest:
    """Return the HTTP request in which a subscriber gets a notification."""
    fields = notification.in_sns(subscription_arn, options.signature)
    raw = options.raw and fields["Type"] == "Notification"
    return sns.request(fields, subscription_arn=subscription_arn, path=options.path, raw=raw)


def post(options: SubscriptionOptions, request: HttpRequest) -> Any:
    """Send a request to a subscriber. Send it again with a login if the subscriber demands one."""
    reach = _REACH[options.target_type or ""](options)

    def again(reply: webhook.WebhookReply) -> HttpRequest | None:
        where = webhook.uri(options.target if options.target_type == "http" else options.path)
        return None if options.auth is None else logins.answered(request, reply, options.auth, where)

    first = reach(request)
    if inspect.isawaitable(first):
        return _then(first, reach, again)
    second = again(first)
    return first if second is None else reach(second)


async def _then(first: Any, reach: Callable[..., Any], again: Callable[..., Any]) -> webhook.WebhookReply:
    reply: webhook.WebhookReply = await first
    second = again(reply)
    return reply if second is None else await reach(second)


_REACH: dict[str, Callable[[SubscriptionOptions], Callable[[HttpRequest], Any]]] = {
    "http": lambda options: webhook.at_url(options.target),
    "wsgi": lambda options: webhook.in_wsgi(options.target, options.path),
    "asgi": lambda options: webhook.in_asgi(options.target, options.path),
    "request": lambda options: webhook.in_function(options.target),
}


async def _returned(result: Any) -> webhook.WebhookReply:
    return webhook.WebhookReply(None, {}, b"", await result)


def _context(notification: Notification) -> Context:
    region_state = notification.region_state
    arn = f"arn:aws:lambda:{region_state.region}:{region_state.account_id}:function:ses-events"
    return Context(notification.id, arn, region_state.simulation.ids.hex(notification.id))


def _of_lambda(options: SubscriptionOptions, subscription_arn: str, notification: Notification) -> Any:
    return {"Records": [envelopes.sns_record(_in_sns(options, subscription_arn, notification), subscription_arn)]}


def _of_sqs(options: SubscriptionOptions, subscription_arn: str, notification: Notification) -> Any:
    text = notification.text if options.raw else sns.written(_in_sns(options, subscription_arn, notification))
    message = notification.in_queue(text)
    if not is_handler(options.target):
        return message
    queue = envelopes.stand_in(notification.region_state, "sqs")
    return {"Records": [envelopes.sqs_record(message, notification.at, queue)]}


def _in_sns(options: SubscriptionOptions, subscription_arn: str, notification: Notification) -> dict[str, str]:
    return notification.in_sns(subscription_arn, options.signature)


def _of_bus(_: SubscriptionOptions, __: str, notification: Notification) -> Any:
    event: OfEvent = notification  # type: ignore[assignment]  # only events are published there
    return envelopes.eventbridge_event(event.event)


def _of_stream(_: SubscriptionOptions, __: str, notification: Notification) -> Any:
    event: OfEvent = notification  # type: ignore[assignment]  # only events are published there
    return envelopes.firehose_record(event.event)


_MAKERS: dict[str, Callable[[SubscriptionOptions, str, Notification], Any]] = {
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
