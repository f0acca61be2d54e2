"""Verifiers and parsers of applications, unmodified: they accept our notifications and refuse forged ones."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.request import urlopen

import httpx
import pytest
import requests
from aws_lambda_powertools.utilities.data_classes import (
    EventBridgeEvent,
    SESEvent,
    SNSEvent,
    SQSEvent,
    event_source,
)
from aws_lambda_powertools.utilities.parser import envelopes, event_parser, parse
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel, SesModel, SnsModel, SqsModel
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.wrappers import Response

from pytest_sesfake import Bounce, Click, Complaint, Delay, Delivery, NotifyError, Open, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer
    from werkzeug.wrappers import Request

    from pytest_sesfake import Event, Outcome, SesFake
    from tests.delivery.conftest import Shop

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:inbox"


@pytest.fixture
def event(sesfake: SesFake) -> Event:
    return sesfake.send("ada@example.com", outcome=Bounce()).events[-1]


def by_urllib(url: str) -> None:
    urlopen(url, timeout=10).read()  # noqa: S310 - it is SNS's


class TestSnsMessageValidator:
    """An independent validator: it fetches the certificate by a cached session of requests."""

    @pytest.fixture
    def validate(self) -> Callable[[dict[str, Any]], None]:
        validator = pytest.importorskip("sns_message_validator").SNSMessageValidator()
        validate: Callable[[dict[str, Any]], None] = validator.validate_message
        return validate

    @pytest.mark.parametrize("form", ["events", "feedback"])
    def test_it_takes_notifications(
        self,
        event: Event,
        validate: Callable[[dict[str, Any]], None],
        form: Any,
    ) -> None:
        validate(event.sns(form=form))
        validate(event.http_request(form=form).json())

    @pytest.mark.parametrize(
        "outcome, last",
        [
            (Bounce("Transient", "MailboxFull"), "Bounce"),
            (Complaint(), "Complaint"),
            (Delay(60), "Delivery"),
            (Delivery(), "Delivery"),
            (Open(), "Open"),
            (Click(), "Click"),
            (Rejection(), "Reject"),
        ],
    )
    def test_it_takes_every_event_by_every_way(
        self, sesfake: SesFake, validate: Callable[[dict[str, Any]], None], outcome: Outcome, last: str
    ) -> None:
        message = sesfake.send("ada@example.com", outcome=outcome, html='<a href="https://example.com/">x</a>')
        sesfake.clock.advance(days=1)

        assert message.events[-1].type == last
        for event in message.events:
            validate(event.sns())
            SnsModel(**event.lambda_event())
            SqsModel(**event.lambda_event("sqs"))
            EventBridgeModel(**event.eventbridge_event())
            assert json.loads(event.http_request().json()["Message"]) == event.payload()
            assert json.loads(event.firehose_record()) == event.eventbridge_event()["detail"] == event.payload()

    def test_it_takes_confirmations_and_all_that_follows(
        self, sesfake: SesFake, shop: Shop, validate: Callable[[dict[str, Any]], None]
    ) -> None:
        subscription = sesfake.subscribe(shop)
        sesfake.send("ada@example.com")
        sesfake.notify()
        subscription.unsubscribe()
        sesfake.notify()

        assert [envelope["Type"] for envelope in shop.envelopes] == [
            "SubscriptionConfirmation",
            "Notification",
            "Notification",
            "UnsubscribeConfirmation",
        ]
        for envelope in shop.envelopes:
            validate(envelope)

    @pytest.mark.parametrize(
        "forge, refusal",
        [
            ("signature", "SignatureVerificationFailureException"),
            ("certificate", "InvalidCertURLException"),
            ("type", "InvalidMessageTypeException"),
        ],
    )
    def test_it_refuses_forgeries(
        self,
        event: Event,
        validate: Callable[[dict[str, Any]], None],
        forge: Any,
        refusal: str,
    ) -> None:
        with pytest.raises(Exception, match=r".") as refused:
            validate(event.sns(forge))

        assert type(refused.value).__name__ == refusal

    def test_it_refuses_what_was_changed_on_the_way(
        self, event: Event, validate: Callable[[dict[str, Any]], None]
    ) -> None:
        with pytest.raises(Exception, match="Invalid signature"):
            validate({**event.sns(), "Message": "{}"})

    def test_an_application_that_uses_it_answers_forgeries_as_it_should(
        self, sesfake: SesFake, event: Event, validate: Callable[[dict[str, Any]], None]
    ) -> None:
        def application(request: Any) -> int:
            try:
                validate(request.json())
            except Exception:  # noqa: BLE001 - whatever is wrong
                return 403
            return 200

        hook = sesfake.subscribe(application, confirm=False)

        assert hook.post(event.http_request()).status == 200
        assert hook.post(event.http_request("signature")).status == 403
        assert hook.post(event.http_request("certificate")).status == 403

    @pytest.mark.parametrize("visit", [by_urllib, requests.get, httpx.get], ids=["urllib", "requests", "httpx"])
    def test_a_server_on_a_socket_that_uses_it_confirms_and_answers_as_it_should(
        self,
        sesfake: SesFake,
        httpserver: HTTPServer,
        validate: Callable[[dict[str, Any]], None],
        visit: Callable[[str], object],
    ) -> None:
        types: list[str] = []

        def answer(request: Request) -> Response:
            try:
                envelope = json.loads(request.data)
                validate(envelope)
            except Exception:  # noqa: BLE001 - whatever is wrong
                return Response(status=403)
            if envelope["Type"] == "SubscriptionConfirmation":
                visit(envelope["SubscribeURL"])
            else:
                types.append(json.loads(envelope["Message"])["eventType"])
            return Response(status=204)

        httpserver.expect_request("/hook", method="POST").respond_with_handler(answer)
        hook = sesfake.subscribe(httpserver.url_for("/hook"))
        event = sesfake.send("ada@example.com", outcome=Bounce()).events[-1]

        assert [each.status for each in sesfake.notify()] == [204, 204, 204]
        assert hook.confirmed
        for forge in ("signature", "certificate", "type"):
            assert hook.post(event.http_request(forge=forge)).status == 403
        assert hook.post(replace(event.http_request(), body=b"{")).status == 403
        assert types == ["Send", "Bounce"]


class BouncedRecipient(BaseModel):
    emailAddress: str  # noqa: N815 - SES's spelling
    status: str


class BounceDetail(BaseModel):
    bounceType: str  # noqa: N815 - SES's spelling
    bouncedRecipients: list[BouncedRecipient]  # noqa: N815 - SES's spelling


class Told(BaseModel):
    model_config = ConfigDict(extra="allow")

    eventType: Literal["Send", "Delivery", "Bounce", "Complaint"]  # noqa: N815 - SES's spelling
    bounce: BounceDetail | None = None


class TestPowertools:
    """AWS's own library for functions."""

    def test_models_take_every_form(self, event: Event) -> None:
        SnsModel(**event.lambda_event())
        SnsModel(**event.lambda_event(form="feedback"))
        SqsModel(**event.lambda_event("sqs"))
        EventBridgeModel(**event.lambda_event("eventbridge"))

    @pytest.mark.parametrize(
        "envelope, via",
        [
            (envelopes.SnsEnvelope, "sns"),
            (envelopes.SnsSqsEnvelope, "sqs"),
            (envelopes.EventBridgeEnvelope, "eventbridge"),
        ],
    )
    def test_envelopes_of_powertools_parse_the_event(self, event: Event, envelope: Any, via: Any) -> None:
        found: Any = parse(event=event.lambda_event(via), model=Told, envelope=envelope)
        parsed = found[0] if isinstance(found, list) else found

        assert parsed.eventType == "Bounce"
        assert parsed.bounce.bounceType == "Permanent"
        assert parsed.bounce.bouncedRecipients[0].status == "5.1.1"

    def test_data_classes_read_it(self, event: Event) -> None:
        (sns,) = SNSEvent(event.lambda_event()).records
        assert json.loads(sns.sns.message) == event.payload()
        assert (sns.sns.subject, sns.sns.get_type) == ("Amazon SES Email Event Notification", "Notification")
        assert sns.sns.signing_cert_url == event.sns()["SigningCertURL"]
        (sqs,) = SQSEvent(event.lambda_event("sqs")).records
        assert json.loads(sqs.decoded_nested_sns_event.message) == event.payload()
        assert sqs.aws_region == "us-east-1"
        bridged = EventBridgeEvent(event.lambda_event("eventbridge"))
        assert (bridged.detail_type, bridged.source, bridged.detail) == ("Email Bounced", "aws.ses", event.payload())

    def test_a_handler_of_it_can_be_subscribed(self, sesfake: SesFake) -> None:
        closed: list[str] = []

        @event_parser(model=Told, envelope=envelopes.SnsEnvelope)
        def handler(event: list[Told], context: Any) -> None:
            assert context.aws_request_id
            closed.extend(
                each.emailAddress
                for each_event in event
                if each_event.bounce
                for each in each_event.bounce.bouncedRecipients
            )

        @event_source(data_class=SNSEvent)
        def reader(event: SNSEvent, context: Any) -> int:
            assert context.function_name
            return len(list(event.records))

        sesfake.subscribe(handler)
        sesfake.subscribe(reader)
        sesfake.send("ada@example.com", outcome=Bounce())
        sesfake.send("eve@example.com", outcome=Complaint())
        answers = sesfake.notify()

        assert closed == ["ada@example.com"]
        assert [answer.result for answer in answers if answer.target is reader] == [1] * 5

    @pytest.mark.parametrize(
        "text, fault",
        [
            ("{", "JSON"),
            ('{"eventType": "Novelty"}', "eventType"),
            ('{"eventType": "Bounce", "bounce": {}}', "bouncedRecipients"),
        ],
    )
    @pytest.mark.parametrize(
        "target_type, envelope", [("lambda", envelopes.SnsEnvelope), ("sqs", envelopes.SnsSqsEnvelope)]
    )
    def test_it_refuses_nonsense_and_what_it_does_not_know(
        self,
        sesfake: SesFake,
        text: str,
        fault: str,
        target_type: Any,
        envelope: Any,
    ) -> None:
        @event_parser(model=Told, envelope=envelope)
        def handler(event: list[Told], context: Any) -> int:
            return len(event)

        hook = sesfake.subscribe(handler, target_type=target_type)

        assert fault in str(hook.post(text).error)
        assert hook.post('{"eventType": "Send"}').result == 1

    def test_a_handler_that_finds_fault_has_failed(self, sesfake: SesFake) -> None:
        @event_parser(model=Told, envelope=envelopes.SnsEnvelope)
        def handler(event: list[Told], context: Any) -> None:
            raise AssertionError(event, context)

        sesfake.subscribe(handler, form="feedback")
        sesfake.send("ada@example.com")

        with pytest.raises(NotifyError, match="eventType"):
            sesfake.notify()

    def test_mail_that_came_in_is_read_too(self, sesfake: SesFake) -> None:
        event = came_in(sesfake)

        ses = next(SESEvent(event).records).ses
        assert (ses.mail.common_headers.subject, ses.receipt.recipients) == ("Hello", ["ada@example.com"])
        assert ses.receipt.action.function_arn == FUNCTION
        (record,) = SesModel(**event).Records
        assert record.ses.mail.commonHeaders.subject == "Hello"
        assert record.ses.receipt.processingTimeMillis > 0
        assert record.ses.receipt.spamVerdict.status == "PASS"

    @pytest.mark.parametrize(
        "rule, fault",
        [({"scan": False}, "spamVerdict.status"), ({"invocation": "RequestResponse"}, "action.invocationType")],
    )
    def test_its_model_of_mail_that_came_in_knows_less_than_ses(
        self, sesfake: SesFake, rule: dict[str, Any], fault: str
    ) -> None:
        event = came_in(sesfake, **rule)

        with pytest.raises(ValidationError, match=fault):
            SesModel(**event)
        assert next(SESEvent(event).records).ses.receipt.recipients == ["ada@example.com"]


def came_in(sesfake: SesFake, *, scan: bool = True, invocation: str = "Event") -> dict[str, Any]:
    """Return the Lambda event of a mail."""
    client = sesfake.client("ses")
    client.create_receipt_rule_set(RuleSetName="s")
    action = {"FunctionArn": FUNCTION, "InvocationType": invocation}
    rule: Any = {"Name": "r", "Enabled": True, "ScanEnabled": scan, "Actions": [{"LambdaAction": action}]}
    client.create_receipt_rule(RuleSetName="s", Rule=rule)
    client.set_active_receipt_rule_set(RuleSetName="s")
    return sesfake.receive(to="ada@example.com", subject="Hello").actions[0].event
