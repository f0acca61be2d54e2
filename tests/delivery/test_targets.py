"""Who can be subscribed, what each of them gets, and what its answer means."""

from __future__ import annotations

import gzip
import json
import zlib
from http import HTTPStatus
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from wsgiref.validate import validator

import aiohttp.web
import httpx
import pytest
from asgiref.sync import async_to_sync
from werkzeug.wrappers import Request, Response

from pytest_sesfake import Bounce, HttpRequest, NotifyError
from pytest_sesfake.delivery import targets, webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

    from pytest_sesfake import SesFake
    from tests.delivery.conftest import Shop

TOPIC = "arn:aws:sns:us-east-1:123456789012:mine"
BUS = "arn:aws:events:us-east-1:123456789012:event-bus/default"
STREAM = "arn:aws:firehose:us-east-1:123456789012:deliverystream/mail"


class TestWsgi:
    def test_an_application_is_called_as_a_server_calls_it(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.subscribe(shop, path="/ses/events?key=a%20b", confirm=False)
        message = sesfake.send("ada@example.com", outcome=Bounce())
        answers = sesfake.notify()

        environ = shop.environs[-1]
        assert (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", "/ses/events")
        assert (environ["QUERY_STRING"], environ["SCRIPT_NAME"]) == ("key=a%20b", "")
        assert (environ["HTTP_HOST"], environ["wsgi.url_scheme"], environ["SERVER_PORT"]) == (
            "testserver",
            "https",
            "443",
        )
        assert environ["CONTENT_TYPE"] == "text/plain; charset=UTF-8"
        assert environ["HTTP_X_AMZ_SNS_MESSAGE_TYPE"] == "Notification"
        assert "HTTP_CONTENT_TYPE" not in environ
        assert json.loads(shop.envelopes[-1]["Message"]) == message.events[-1].payload()
        assert (answers[-1].status, answers[-1].body) == (200, b"thank you")
        assert (answers[-1].headers, answers[-1].ok) == ({"Content-Type": "text/plain"}, True)

    def test_a_validator_of_the_protocol_finds_nothing_amiss(self, sesfake: SesFake) -> None:
        def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
            environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "9")])
            return [b"thank you"]

        sesfake.subscribe(validator(app), target_type="wsgi", path="/a%20hook?a=b", confirm=False)
        sesfake.send("ada@example.com")

        assert [answer.body for answer in sesfake.notify()] == [b"thank you"] * 2

    def test_a_path_may_be_a_whole_url(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.subscribe(shop, path="http://shop.example.com:8080/h%C3%B6k", confirm=False)
        sesfake.send("ada@example.com")
        sesfake.notify()

        environ = shop.environs[0]
        assert (environ["HTTP_HOST"], environ["SERVER_NAME"]) == ("shop.example.com:8080", "shop.example.com")
        assert (environ["SERVER_PORT"], environ["wsgi.url_scheme"]) == ("8080", "http")
        assert environ["PATH_INFO"].encode("latin-1").decode() == "/hök"

    def test_a_real_framework_reads_it(self, sesfake: SesFake) -> None:
        seen: list[Request] = []

        @Request.application
        def app(request: Request) -> Response:
            request.get_data()
            seen.append(request)
            return Response("gone", status=410)

        sesfake.subscribe(app, path="/hook", target_type="wsgi", confirm=False)
        sesfake.send("ada@example.com")
        answers = sesfake.notify(check=False)

        assert {answer.status for answer in answers} == {410}
        assert seen[0].url == "https://testserver/hook"
        assert seen[0].headers["x-amz-sns-topic-arn"].endswith(":ses-events")
        assert json.loads(seen[0].data)["Type"] == "Notification"

    def test_what_was_written_the_old_way_counts_and_the_answer_is_closed(self, sesfake: SesFake) -> None:
        closed: list[bool] = []

        class Pieces(list[bytes]):
            def close(self) -> None:
                closed.append(True)

        def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Pieces:
            write = start_response("200 OK", [], None)
            write(b"first ")
            return Pieces([b"then"])

        sesfake.subscribe(app, confirm=False)
        sesfake.send("ada@example.com")

        assert [answer.body for answer in sesfake.notify()] == [b"first then"] * 2
        assert closed == [True, True]

    def test_an_application_that_never_starts_its_answer_has_failed(self, sesfake: SesFake) -> None:
        sesfake.subscribe(lambda environ, start_response: [], confirm=False)
        sesfake.send("ada@example.com")

        with pytest.raises(NotifyError, match="without calling start_response"):
            sesfake.notify()


class TestAsgi:
    def test_an_application_is_called_as_a_server_calls_it(self, sesfake: SesFake) -> None:
        seen: list[tuple[dict[str, Any], list[Any]]] = []

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            received = [await receive()]
            await send({"type": "http.response.start", "status": 202, "headers": [(b"x-a", b"b")]})
            await send({"type": "http.response.body", "body": b"thank ", "more_body": True})
            await send({"type": "http.response.body", "body": b"you"})
            received.append(await receive())
            seen.append((scope, received))

        sesfake.subscribe(app, path="/ses/h%20k?a=b", confirm=False)
        sesfake.send("ada@example.com")
        answer = sesfake.notify()[0]

        scope, (first, second) = seen[0]
        assert (answer.status, answer.headers, answer.body) == (202, {"x-a": "b"}, b"thank you")
        assert (scope["type"], scope["method"], scope["path"]) == ("http", "POST", "/ses/h k")
        assert (scope["raw_path"], scope["query_string"]) == (b"/ses/h%20k", b"a=b")
        assert (scope["scheme"], scope["server"], scope["asgi"]["version"]) == ("https", ("testserver", 443), "3.0")
        assert (b"x-amz-sns-message-type", b"Notification") in scope["headers"]
        assert (b"host", b"testserver") in scope["headers"]
        assert json.loads(first["body"])["Type"] == "Notification"
        assert (first["type"], first["more_body"], second) == ("http.request", False, {"type": "http.disconnect"})

    def test_an_application_that_does_not_answer_has_failed(self, sesfake: SesFake) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()

        sesfake.subscribe(app, confirm=False)
        sesfake.send("ada@example.com")

        with pytest.raises(NotifyError, match="without an answer"):
            sesfake.notify()


class TestUrls:
    def test_a_server_on_a_socket_gets_what_sns_sends(self, sesfake: SesFake, httpserver: HTTPServer) -> None:
        httpserver.expect_request("/hook", method="POST", query_string="a=b").respond_with_data("thank you", status=201)
        sesfake.subscribe(httpserver.url_for("/hook?a=b"), confirm=False)
        message = sesfake.send("ada@example.com", outcome=Bounce())
        answers = sesfake.notify()

        request = httpserver.log[-1][0]
        assert request.headers["x-amz-sns-message-type"] == "Notification"
        assert request.headers["User-Agent"] == "Amazon Simple Notification Service Agent"
        assert request.headers["Accept-Encoding"] == "gzip,deflate"
        assert request.headers["Host"] == f"{httpserver.host}:{httpserver.port}"
        assert json.loads(json.loads(request.data)["Message"]) == message.events[-1].payload()
        assert (answers[-1].status, answers[-1].body) == (201, b"thank you")

    @pytest.mark.parametrize("encoding, compress", [("gzip", gzip.compress), ("deflate", zlib.compress)])
    def test_an_answer_may_be_packed(
        self, sesfake: SesFake, httpserver: HTTPServer, encoding: str, compress: Callable[[bytes], bytes]
    ) -> None:
        httpserver.expect_request("/").respond_with_data(compress(b"thank you"), headers={"Content-Encoding": encoding})
        sesfake.subscribe(httpserver.url_for("/"), confirm=False)
        sesfake.send("ada@example.com")

        assert sesfake.notify()[0].body == b"thank you"

    def test_a_redirection_is_not_followed_and_the_text_says_where_it_leads(
        self, sesfake: SesFake, httpserver: HTTPServer
    ) -> None:
        httpserver.expect_request("/hook").respond_with_data("gone", status=301, headers={"location": "/hook/"})
        sesfake.subscribe(httpserver.url_for("/hook"), confirm=False)
        sesfake.send("ada@example.com")

        with pytest.raises(
            NotifyError, match=r"/hook \(TopicArn .*\): 301, a redirection to /hook/. SNS does not follow redirections$"
        ):
            sesfake.notify()
        assert len(httpserver.log) == 2

    def test_a_server_that_is_not_there_has_failed(self, sesfake: SesFake) -> None:
        sesfake.subscribe("http://127.0.0.1:9/hook", confirm=False)
        sesfake.send("ada@example.com")

        with pytest.raises(
            NotifyError, match=r"Send for ada@example.com: POST http://127.0.0.1:9/hook .*: ConnectionRef"
        ):
            sesfake.notify()


class TestFunctions:
    def test_a_function_of_one_request_gets_it(self, sesfake: SesFake) -> None:
        seen: list[HttpRequest] = []
        sesfake.subscribe(seen.append, target_type="request", path="/hook", confirm=False)
        message = sesfake.send("ada@example.com", outcome=Bounce())
        answers = sesfake.notify()

        assert isinstance(seen[-1], HttpRequest)
        assert (seen[-1].method, seen[-1].path) == ("POST", "/hook")
        assert json.loads(seen[-1].json()["Message"]) == message.events[-1].payload()
        assert [(answer.status, answer.result) for answer in answers] == [(200, None), (200, None)]

    @pytest.mark.parametrize(
        "result, status, body",
        [
            (None, 200, b""),
            (204, 204, b""),
            ("fine", 200, b""),
            (True, 200, b""),
            (HTTPStatus.NO_CONTENT, 204, b""),
            (Response("gone", status=410), 410, b"gone"),
            (httpx.Response(410, content=b"gone"), 410, b"gone"),
            (aiohttp.web.Response(status=410, body=b"gone"), 410, b"gone"),
            (SimpleNamespace(status=410), 200, b""),
        ],
    )
    def test_what_it_returns_may_be_an_answer(self, sesfake: SesFake, result: Any, status: int, body: bytes) -> None:
        sesfake.subscribe(lambda request: result, confirm=False)
        sesfake.send("ada@example.com")

        answer = sesfake.notify(check=False)[0]
        assert (answer.status, answer.body, answer.result) == (status, body, result)
        assert answer.ok is (status < 300)

    def test_it_may_be_asynchronous(self, sesfake: SesFake) -> None:
        async def hook(request: HttpRequest) -> int:
            return len(request.body) and 202

        sesfake.subscribe(hook, confirm=False)
        sesfake.send("ada@example.com")

        assert [answer.status for answer in sesfake.notify()] == [202, 202]

    def test_a_lambda_handler_gets_records_of_sns_and_a_context(self, sesfake: SesFake) -> None:
        seen: list[tuple[Any, Any]] = []

        def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
            seen.append((event, context))
            return {"statusCode": 200}

        subscription = sesfake.subscribe(handler)
        message = sesfake.send("ada@example.com")
        answers = sesfake.notify()

        event, context = seen[-1]
        (record,) = event["Records"]
        expected = message.events[-1].lambda_event()["Records"][0]
        assert record["Sns"]["Message"] == expected["Sns"]["Message"]
        assert record["EventSubscriptionArn"] == subscription.arn
        assert record["Sns"].keys() == expected["Sns"].keys()
        assert context.invoked_function_arn.startswith("arn:aws:lambda:us-east-1:123456789012:function:")
        assert context.get_remaining_time_in_millis() > 0
        assert [(answer.status, answer.result, answer.ok) for answer in answers] == [
            (None, {"statusCode": 200}, True)
        ] * 2
        assert len(answers) == 2  # a function need not confirm anything

    def test_a_lambda_handler_by_any_names_can_be_said_to_be_one(self, sesfake: SesFake) -> None:
        seen: list[Any] = []
        sesfake.subscribe(lambda a, b: seen.append((a, b)), target_type="lambda")
        sesfake.send("ada@example.com")
        sesfake.notify()

        assert "Records" in seen[0][0]

    def test_a_consumer_of_a_queue_gets_messages(self, sesfake: SesFake) -> None:
        seen: list[Any] = []
        sesfake.subscribe(seen.append, target_type="sqs")
        message = sesfake.send("ada@example.com")
        sesfake.notify()

        assert seen[0].keys() == message.events[0].sqs_message().keys()
        assert json.loads(json.loads(seen[0]["Body"])["Message"]) == message.events[0].payload()
        assert seen[0]["MessageId"] != seen[1]["MessageId"]

    def test_raw_delivery_to_a_queue_is_the_text_alone(self, sesfake: SesFake) -> None:
        seen: list[Any] = []
        sesfake.subscribe(seen.append, target_type="sqs", raw=True)
        message = sesfake.send("ada@example.com")
        sesfake.notify()

        assert json.loads(seen[0]["Body"]) == message.events[0].payload()

    def test_a_lambda_handler_behind_a_queue_gets_records_of_sqs(self, sesfake: SesFake) -> None:
        seen: list[Any] = []

        def handler(event: dict[str, Any], context: Any) -> None:
            seen.append(event)

        sesfake.subscribe(handler, target_type="sqs")
        message = sesfake.send("ada@example.com")
        sesfake.notify()

        (record,) = seen[0]["Records"]
        (expected,) = message.events[0].lambda_event("sqs")["Records"]
        assert record.keys() == expected.keys()
        assert json.loads(json.loads(record["body"])["Message"]) == message.events[0].payload()

    def test_a_handler_that_can_do_without_a_context_gets_one_and_records(self, sesfake: SesFake) -> None:
        seen: list[Any] = []

        def handler(event: dict[str, Any], context: Any = None) -> None:
            seen.append((event["Records"][0], context.aws_request_id))

        sesfake.subscribe(handler)
        sesfake.subscribe(handler, target_type="sqs")
        sesfake.send("ada@example.com")
        sesfake.notify()

        assert {record.get("EventSource") or record["eventSource"] for record, _ in seen} == {"aws:sns", "aws:sqs"}

    def test_what_a_handler_behind_a_queue_leaves_there_comes_again(self, sesfake: SesFake) -> None:
        seen: list[str] = []

        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            (record,) = event["Records"]
            seen.append(record["messageId"])
            left = [{"itemIdentifier": record["messageId"]}] if len(seen) == 1 else []
            return {"batchItemFailures": left}

        sesfake.subscribe(handler, target_type="sqs")
        sesfake.send("ada@example.com")
        with pytest.raises(
            NotifyError, match=r"Send for ada@example.com: .*handler .*: it is named in batchItemFailures"
        ):
            sesfake.notify()
        (answer,) = sesfake.notify()

        assert answer.ok
        assert seen[0] == seen[2] != seen[1]

    def test_a_bus_hands_on_its_events(self, sesfake: SesFake) -> None:
        seen: list[Any] = []
        sesfake.configuration_set("cs", topic=BUS)
        sesfake.subscribe(seen.append, topic=BUS)
        sesfake.subscribe(lambda event, context: seen.append(event), target_type="eventbridge")
        message = sesfake.send("ada@example.com", configuration_set="cs")
        sesfake.notify()

        first, second = (event.eventbridge_event() for event in message.events)
        assert seen == [first, first, second, second]

    def test_a_stream_hands_on_its_records(self, sesfake: SesFake) -> None:
        seen: list[Any] = []
        sesfake.configuration_set("cs", topic=STREAM, events=["Delivery"])
        sesfake.subscribe(seen.append, topic=STREAM)
        message = sesfake.send("ada@example.com", configuration_set="cs")
        sesfake.notify()

        assert seen == [message.events[1].firehose_record()]


class TestWhatIsWhat:
    """A target's form says what it is, where it can."""

    class Callable3:
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            """An ASGI application as frameworks make them."""

    class Flasklike:
        def __call__(self, environ: Any, start_response: Any) -> None:
            """A WSGI application as frameworks make them."""

    @pytest.mark.parametrize(
        "target, kind",
        [
            ("http://localhost/hook", "http"),
            ("https://localhost/hook", "http"),
            (Flasklike(), "wsgi"),
            (lambda environ, respond: None, "wsgi"),
            (lambda env, start_response: None, "wsgi"),
            (Callable3(), "asgi"),
            (lambda scope, receive, send: None, "asgi"),
            (lambda event, context: None, "lambda"),
            (lambda event, _: None, "lambda"),
            (lambda event, context=None: None, "lambda"),
            (lambda request: None, "request"),
            (lambda request, retries=3: None, "request"),
            (lambda event, retries=3: None, "request"),
        ],
    )
    def test_it_is_seen(self, target: object, kind: str) -> None:
        assert targets.kind_of(target, None) == kind
        assert targets.kind_of(target, TOPIC) == kind

    @pytest.mark.parametrize("topic, kind", [(BUS, "eventbridge"), (STREAM, "firehose")])
    def test_a_bus_and_a_stream_have_one_kind_each(self, topic: str, kind: str) -> None:
        assert targets.kind_of(lambda thing: None, topic) == kind

    @pytest.mark.parametrize("target", ["localhost/hook", 3, lambda a, b: None, lambda: None, lambda *a: None, dict])
    def test_what_cannot_be_seen_has_to_be_said(self, sesfake: SesFake, target: object) -> None:
        with pytest.raises(TypeError, match=r"subscribe\(\) does not recognize .* Give target_type='http', 'wsgi'"):
            sesfake.subscribe(target)

    @pytest.mark.parametrize(
        "wrong, text",
        [
            ({"target_type": "email"}, "takes target_type='http', 'wsgi', .* or 'firehose', not 'email'"),
            ({"form": "records"}, "takes form='events' or 'feedback', not 'records'"),
            ({"signature": 3}, "takes signature=1 or 2, not 3"),
            ({"topic": "mine"}, "takes the ARN of a topic, an event bus or a delivery stream, not 'mine'"),
            ({"topic": "arn:aws:sqs:us-east-1:1:q"}, "takes the ARN of a topic"),
            ({"topic": TOPIC, "target_type": "firehose"}, "takes subscribers with target_type='http', "),
            ({"topic": BUS, "target_type": "lambda"}, "takes subscribers with target_type='eventbridge', not 'lambda'"),
            (
                {"target_type": "firehose", "form": "feedback"},
                "takes form='events' for target_type='firehose', not form='feedback'",
            ),
            ({"topic": TOPIC, "form": "feedback"}, "subscribers of arn:aws:.* get what SES publishes there"),
            ({"topic": BUS, "form": "feedback"}, "Leave out form= or topic="),
            (
                {"target_type": "lambda", "path": "/hook"},
                "takes path only for web applications, not for target_type='lambda'",
            ),
            (
                {"target_type": "sqs", "auth": ("a", "b"), "path": "/"},
                "takes auth only for web .*Leave it out, or give another target_type",
            ),
            (
                {"topic": STREAM, "auth": ("a", "b"), "path": "/x"},
                r"takes path and auth only for web .*\. Leave them out",
            ),
            (
                {"target_type": "lambda", "raw": True},
                "takes raw=True only for web applications and queues, not for target_type='lambda'",
            ),
        ],
    )
    def test_what_cannot_be_is_said_at_once(self, sesfake: SesFake, wrong: dict[str, Any], text: str) -> None:
        with pytest.raises(ValueError, match=text):
            sesfake.subscribe(lambda event: None, **wrong)

    def test_a_url_has_its_own_path(self, sesfake: SesFake) -> None:
        with pytest.raises(TypeError, match="Write the path into the URL"):
            sesfake.subscribe("http://localhost/", path="/hook")


def test_an_event_belongs_to_the_loop_that_runs() -> None:
    import asyncio

    import trio

    async def make() -> Any:
        return webhook._event()

    assert isinstance(async_to_sync(make)(), asyncio.Event)
    assert isinstance(trio.run(make), trio.Event)
