"""Bulk sends: a message for each destination, and a status for each that SES does not take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from pytest_sesfake import SesFake

if TYPE_CHECKING:
    from typing import Literal

    Version = Literal["ses", "sesv2"]
    from collections.abc import Callable, Iterable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    Refused = Callable[..., tuple[str, int, str | None]]

ME = "me@example.org"
MANY = [f"user{number}@example.com" for number in range(51)]
NO_VALUE = "The tag value must be specified."
NO_JSON = "Unable to parse template data (invalid JSON)."
PEOPLE = ("ada@example.com", "bob@example.com", "eve@example.com")


@pytest.fixture(autouse=True)
def _news(sesfake: SesFake) -> None:
    """Keep a template that needs a name and a town, and has a plan only for those who have one."""
    sesfake.template("news", subject="News for {{name}}", text="{{town.name}} {{town.zip}}{{#if plan}} {{plan}}{{/if}}")


DEFAULT = json.dumps({"name": "reader", "town": {"name": "Bath", "zip": 1}})


def entry_v1(address: str, data: str | None = "{}", **more: Any) -> Any:
    given = {} if data is None else {"ReplacementTemplateData": data}
    return {"Destination": {"ToAddresses": [address]}, **given, **more}


def entry_v2(address: str, data: str | None = "{}", **more: Any) -> Any:
    given = {} if data is None else {"ReplacementTemplate": {"ReplacementTemplateData": data}}
    return {"Destination": {"ToAddresses": [address]}, "ReplacementEmailContent": given, **more}


def send_v1(v1: SESClient, entries: Iterable[Any] = (), **changes: Any) -> list[Any]:
    call: Any = {"Source": ME, "Template": "news", "DefaultTemplateData": DEFAULT, **changes}
    return list(
        v1.send_bulk_templated_email(Destinations=list(entries) or list(map(entry_v1, PEOPLE)), **call)["Status"]
    )


def send_v2(v2: SESV2Client, entries: Iterable[Any] = (), **changes: Any) -> list[Any]:
    template = {"TemplateName": "news", "TemplateData": DEFAULT, **changes.pop("template", {})}
    call: Any = {"FromEmailAddress": ME, "DefaultContent": {"Template": template}, **changes}
    entries = list(entries) or list(map(entry_v2, PEOPLE))
    return list(v2.send_bulk_email(BulkEmailEntries=entries, **call)["BulkEmailEntryResults"])


def statuses(results: Iterable[Any]) -> list[str]:
    return [result["Status"] for result in results]


# A message for each


def test_v1_sends_a_message_to_each_destination(sesfake: SesFake, v1: SESClient) -> None:
    results = send_v1(v1, [entry_v1("ada@example.com", '{"name": "Ada"}'), entry_v1("bob@example.com")])

    ada, bob = sesfake.outbox
    assert results == [{"Status": "Success", "MessageId": ada.id}, {"Status": "Success", "MessageId": bob.id}]
    assert (ada.recipients, ada.subject, ada.text) == (("ada@example.com",), "News for Ada", "Bath 1")
    assert (bob.recipients, bob.subject, bob.text) == (("bob@example.com",), "News for reader", "Bath 1")
    assert [event.type for event in sesfake.events] == ["Send", "Delivery", "Send", "Delivery"]
    assert ada.events[0].payload()["mail"]["tags"]["ses:operation"] == ["SendBulkTemplatedEmail"]
    call = sesfake.calls.one(message=ada)
    assert (call.messages, call.recipients) == ((ada, bob), ("ada@example.com", "bob@example.com"))


def test_v2_sends_a_message_to_each_entry(sesfake: SesFake, v2: SESV2Client) -> None:
    results = send_v2(v2, [entry_v2("ada@example.com", '{"name": "Ada"}'), entry_v2("bob@example.com")])

    ada, bob = sesfake.outbox
    assert results == [{"Status": "SUCCESS", "MessageId": ada.id}, {"Status": "SUCCESS", "MessageId": bob.id}]
    assert (ada.subject, bob.subject) == ("News for Ada", "News for reader")
    assert (ada.operation, ada.template) == ("SendBulkEmail", "news")
    assert bob.events[0].payload()["mail"]["tags"]["ses:operation"] == ["SendBulkTemplatedEmail"]


@pytest.mark.parametrize("version", ["ses", "sesv2"])
def test_replacements_go_into_the_default_data_at_every_depth(sesfake: SesFake, version: Version) -> None:
    data = [None, "{}", '{"town": {"name": "York"}}', '{"name": "Ada", "town": {"zip": 7}, "plan": "gold"}']
    client: Any = sesfake.client(version)
    if version == "ses":
        send_v1(client, [entry_v1("ada@example.com", given) for given in data])
    else:
        send_v2(client, [entry_v2("ada@example.com", given) for given in data])

    assert [message.text for message in sesfake.outbox] == ["Bath 1", "Bath 1", "York 1", "Bath 7 gold"]
    assert sesfake.outbox[3].template_data == {"name": "Ada", "town": {"name": "Bath", "zip": 7}, "plan": "gold"}


def test_v2_does_without_default_data(sesfake: SesFake, v2: SESV2Client) -> None:
    content: Any = {"Template": {"TemplateName": "news"}}
    v2.send_bulk_email(FromEmailAddress=ME, DefaultContent=content, BulkEmailEntries=[entry_v2(PEOPLE[0], DEFAULT)])

    assert sesfake.outbox.one().text == "Bath 1"


def test_a_destination_may_be_several_people(sesfake: SesFake, v1: SESClient) -> None:
    destination = {"ToAddresses": ["a@x.com"], "CcAddresses": ["c@x.com"], "BccAddresses": ["b@x.com"]}
    send_v1(v1, [{"Destination": destination}], ReplyToAddresses=["r@x.com"], ReturnPath="back@x.com")

    message = sesfake.outbox.one()
    assert (message.to, message.cc, message.bcc) == (["a@x.com"], ["c@x.com"], ["b@x.com"])
    assert (message.reply_to, message.return_path) == (["r@x.com"], "back@x.com")


@pytest.mark.parametrize("version", ["ses", "sesv2"])
def test_replacement_tags_come_before_those_of_all(sesfake: SesFake, version: Version) -> None:
    default: Any = [{"Name": "kind", "Value": "news"}, {"Name": "shop", "Value": "a"}]
    own: Any = [{"Name": "kind", "Value": "extra"}, {"Name": "more", "Value": "x"}]
    client: Any = sesfake.client(version)
    if version == "ses":
        send_v1(client, [entry_v1("a@x.com"), entry_v1("b@x.com", ReplacementTags=own)], DefaultTags=default)
    else:
        send_v2(client, [entry_v2("a@x.com"), entry_v2("b@x.com", ReplacementTags=own)], DefaultEmailTags=default)

    first, second = sesfake.outbox
    assert first.tags == {"kind": "news", "shop": "a"}
    assert second.tags == {"kind": "extra", "shop": "a", "more": "x"}


def test_replacement_headers_take_the_place_of_those_of_the_same_name(sesfake: SesFake, v2: SESV2Client) -> None:
    default: Any = {"Headers": [{"Name": "X-Shop", "Value": "a"}, {"Name": "X-Kind", "Value": "news"}]}
    own: Any = [{"Name": "x-shop", "Value": "b"}, {"Name": "X-More", "Value": "y"}]
    send_v2(v2, [entry_v2("a@x.com"), entry_v2("b@x.com", ReplacementHeaders=own)], template=default)

    fields = [
        [pair for pair in message.submitted_headers.items() if pair[0].lower()[:2] == "x-"]
        for message in sesfake.outbox
    ]
    assert fields == [
        [("X-Shop", "a"), ("X-Kind", "news")],
        [("x-shop", "b"), ("X-Kind", "news"), ("X-More", "y")],
    ]


def test_every_message_gets_the_attachments(sesfake: SesFake, v2: SESV2Client) -> None:
    send_v2(v2, template={"Attachments": [{"FileName": "terms.txt", "RawContent": b"Terms"}]})

    assert [message.attachments["terms.txt"].content for message in sesfake.outbox] == [b"Terms"] * 3


def test_the_template_is_known_by_its_arn_or_brought_along(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    arn = "arn:aws:ses:us-east-1:123456789012:template/news"
    entries: Any = [entry_v2("ada@example.com")]
    brought: Any = {"TemplateContent": {"Subject": "Hi {{name}}", "Text": "Hello"}, "TemplateData": DEFAULT}

    send_v1(v1, [entry_v1("ada@example.com")], TemplateArn=arn)
    for template in ({"TemplateArn": arn, "TemplateData": DEFAULT}, brought):
        content: Any = {"Template": template}
        v2.send_bulk_email(FromEmailAddress=ME, DefaultContent=content, BulkEmailEntries=entries)

    subjects = [(message.template, message.subject) for message in sesfake.outbox]
    assert subjects == [("news", "News for reader"), ("news", "News for reader"), (None, "Hi reader")]


def test_the_parameters_of_the_call_are_kept_as_they_were(sesfake: SesFake, v2: SESV2Client) -> None:
    call: Any = {
        "FromEmailAddress": ME,
        "DefaultContent": {"Template": {"TemplateName": "news", "TemplateData": '{"name":   "reader"}'}},
        "BulkEmailEntries": [entry_v2("ada@example.com", '{"town":{}}'), entry_v2("bad")],
    }
    v2.send_bulk_email(**call)

    assert sesfake.calls.one(params={"BulkEmailEntries": call["BulkEmailEntries"]}).params == call


# A status for each


@pytest.mark.parametrize(
    "entry, text",
    [
        ({"address": "ada"}, "Missing final '@domain'"),
        ({"address": "ada@example.com", "data": "{"}, NO_JSON),
        ({"address": "ada@example.com", "data": "[]"}, "The template data is invalid"),
        ({"address": "", "Destination": {"ToAddresses": MANY}}, "Recipient count exceeds 50."),
        ({"address": "", "Destination": {"ToAddresses": []}}, "Missing required header 'To'."),
        ({"address": "ada@example.com", "ReplacementTags": [{"Name": "kind", "Value": ""}]}, NO_VALUE),
    ],
)
def test_what_is_wrong_with_one_entry_is_its_own(sesfake: SesFake, entry: dict[str, Any], text: str) -> None:
    first, good = send_v1(sesfake.client("ses"), [entry_v1(**entry), entry_v1("bob@example.com")])
    assert (first, good["Status"]) == ({"Status": "InvalidParameterValue", "Error": text}, "Success")
    first, good = send_v2(sesfake.client("sesv2"), [entry_v2(**entry), entry_v2("bob@example.com")])
    assert (first, good["Status"]) == ({"Status": "INVALID_PARAMETER", "Error": text}, "SUCCESS")

    assert [message.to for message in sesfake.outbox] == [["bob@example.com"]] * 2
    assert sesfake.calls.count(error=None) == 2


def test_default_data_that_is_no_json_spoils_every_entry(v1: SESClient, v2: SESV2Client) -> None:
    assert send_v1(v1, DefaultTemplateData="x") == [{"Status": "InvalidParameterValue", "Error": NO_JSON}] * 3
    assert send_v2(v2, template={"TemplateData": "x"}) == [{"Status": "INVALID_PARAMETER", "Error": NO_JSON}] * 3


def test_an_entry_that_cannot_be_rendered_is_a_success_without_a_mail(sesfake: SesFake, v1: SESClient) -> None:
    results = send_v1(v1, [entry_v1("ada@example.com", '{"name": null}'), entry_v1("bob@example.com")])

    assert statuses(results) == ["Success", "Success"]
    event = sesfake.events.one("RenderingFailure")
    assert (event.recipients, event.message.id) == (("ada@example.com",), results[0]["MessageId"])
    assert event.detail["errorMessage"] == "Attribute 'name' is not present in the rendering data."
    assert sesfake.outbox.one().to == ["bob@example.com"]


@pytest.mark.parametrize(
    "limit, status, text",
    [
        ("quota", "AccountDailyQuotaExceeded", "Daily message quota exceeded."),
        ("rate", "AccountThrottled", "Maximum sending rate exceeded."),
    ],
)
def test_a_limit_ends_in_the_middle_of_a_call(sesfake: SesFake, limit: str, status: str, text: str) -> None:
    sesfake.clock.freeze()
    setattr(sesfake, limit, 2)

    assert statuses(send_v1(sesfake.client("ses"))) == ["Success", "Success", status]
    refused = send_v2(sesfake.client("sesv2"), [entry_v2("ada@example.com")])
    assert refused == [{"Status": STATUSES[status], "Error": text}]
    assert len(sesfake.outbox) == 2


def test_in_the_sandbox_an_entry_for_somebody_unknown_is_rejected() -> None:
    with SesFake(sandbox=True) as fake:
        fake.template("news", subject="News", text="News")
        fake.verify("ada@example.com")
        good, bad = send_v1(fake.client("ses"), [entry_v1("ada@example.com"), entry_v1("bob@example.com")])

    assert (good["Status"], bad["Status"]) == ("Success", "MessageRejected")
    assert bad["Error"].endswith("failed the check in region US-EAST-1: bob@example.com")


# What scripts do


def test_a_script_for_somebody_sets_the_status_of_that_entry(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.on(recipient="bob@example.com").throttle()

    assert statuses(send_v1(v1)) == ["Success", "AccountThrottled", "Success"]
    assert statuses(send_v1(v1)) == ["Success", "Success", "Success"]
    assert [call.attempts for call in sesfake.calls] == [1, 1]


@pytest.mark.parametrize(
    "selector",
    [
        {"subject": "News for Bob"},
        {"tag": {"kind": "b"}},
        {"where": lambda message: message.template_data["name"] == "Bob"},
    ],
)
def test_a_script_picks_entries_by_what_they_say(sesfake: SesFake, v2: SESV2Client, selector: Any) -> None:
    sesfake.on(**selector).fail("MessageRejected", "no", times=None)
    tag: Any = [{"Name": "kind", "Value": "b"}]
    results = send_v2(
        v2, [entry_v2("ada@example.com"), entry_v2("bob@example.com", '{"name": "Bob"}', ReplacementTags=tag)]
    )

    assert results[0]["Status"] == "SUCCESS"
    assert results[1] == {"Status": "MESSAGE_REJECTED", "Error": "no"}


def test_a_script_for_a_template_meets_entry_after_entry(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.on(template="news").fail("MessageRejected", times=1).then.accept(times=1).then.throttle()

    assert statuses(send_v1(v1)) == ["MessageRejected", "Success", "AccountThrottled"]


STATUSES = {
    "MessageRejected": "MESSAGE_REJECTED", "MailFromDomainNotVerified": "MAIL_FROM_DOMAIN_NOT_VERIFIED",
    "ConfigurationSetDoesNotExist": "CONFIGURATION_SET_NOT_FOUND", "TemplateDoesNotExist": "TEMPLATE_NOT_FOUND",
    "AccountSuspended": "ACCOUNT_SUSPENDED", "AccountThrottled": "ACCOUNT_THROTTLED",
    "AccountDailyQuotaExceeded": "ACCOUNT_DAILY_QUOTA_EXCEEDED", "AccountSendingPaused": "ACCOUNT_SENDING_PAUSED",
    "ConfigurationSetSendingPaused": "CONFIGURATION_SET_SENDING_PAUSED", "Failed": "FAILED",
    "InvalidSendingPoolName": "INVALID_SENDING_POOL_NAME", "InvalidParameterValue": "INVALID_PARAMETER",
    "TransientFailure": "TRANSIENT_FAILURE",
}  # fmt: skip
CODES = {
    "MailFromDomainNotVerifiedException": "MailFromDomainNotVerified", "AccountSuspendedException": "AccountSuspended",
    "TooManyRequestsException": "AccountThrottled", "SendingPausedException": "AccountSendingPaused",
    "ConfigurationSetSendingPausedException": "ConfigurationSetSendingPaused",
    "BadRequestException": "InvalidParameterValue", "InternalFailure": "TransientFailure", "Nonsense": "Failed",
}  # fmt: skip


@pytest.mark.parametrize("code, status", [*((name, name) for name in STATUSES), *CODES.items()])
def test_every_status_can_be_had(sesfake: SesFake, v1: SESClient, v2: SESV2Client, code: str, status: str) -> None:
    sesfake.on(recipient="bob@example.com").fail(code, "no", times=2, custom=code == "Nonsense")

    assert send_v1(v1)[1] == {"Status": status, "Error": "no"}
    assert send_v2(v2)[1] == {"Status": STATUSES[status], "Error": "no"}


def test_a_status_of_a_server_error_is_a_transient_failure(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.on(recipient="bob@example.com").fail("Nonsense", status=503, custom=True)

    assert statuses(send_v1(v1)) == ["Success", "TransientFailure", "Success"]


def test_a_script_for_the_operation_takes_the_whole_call(sesfake: SesFake, v1: SESClient, refused: Refused) -> None:
    sesfake.on(operation="SendBulkTemplatedEmail", sender=ME).fail("MessageRejected", "no")

    assert refused(lambda: send_v1(v1), v1.exceptions.MessageRejected) == ("MessageRejected", 400, "no")
    assert not sesfake.outbox
    assert sesfake.calls.one().recipients == PEOPLE


def test_the_library_overcomes_what_is_throttled_as_a_whole(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.on(operation="SendBulkEmail").throttle(attempts=2)

    assert statuses(send_v2(v2)) == ["SUCCESS"] * 3
    assert (sesfake.calls.one().attempts, len(sesfake.outbox)) == (3, 3)


def test_a_timeout_for_somebody_takes_the_whole_call(sesfake: SesFake) -> None:
    once = sesfake.client("ses", config=Config(retries={"total_max_attempts": 1}))
    sesfake.on(recipient="eve@example.com").timeout(accepted=True)
    sesfake.on(recipient="bob@example.com").timeout()

    for sent in (0, 3):
        with pytest.raises(ReadTimeoutError):
            send_v1(once)
        assert len(sesfake.outbox) == sent


def test_entries_use_up_the_steps_of_a_recipient_one_after_the_other(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.on(recipient="*@example.com").bounce("Transient", "MailboxFull").then.deliver()
    send_v1(v1, map(entry_v1, ["ada@example.com", "ada@example.com", "bob@example.com"]))

    outcomes = [str(message.status[message.recipients[0]]) for message in sesfake.outbox]
    assert outcomes == ["Bounced", "Delivered", "Bounced"]


def test_an_error_in_a_function_of_the_test_leaves_no_message(sesfake: SesFake) -> None:
    once = sesfake.client("ses", config=Config(retries={"total_max_attempts": 1}))
    sesfake.on(where=lambda message: message.nonsense, optional=True).fail("MessageRejected")

    with pytest.raises(once.exceptions.ClientError, match="InternalFailure"):
        send_v1(once)
    assert not sesfake.outbox
    assert len(sesfake.problems) == 1
    sesfake.problems.clear()


# What takes the whole call


def refused_by_both(
    fake: SesFake, refused: Refused, *, v1: dict[str, Any] | None = None, v2: dict[str, Any] | None = None
) -> list[tuple[str, int, str | None]]:
    """Return what each version says to a call, after checking that it sent nothing."""
    one, two = fake.client("ses"), fake.client("sesv2")
    said = [refused(lambda: send_v1(one, **(v1 or {}))), refused(lambda: send_v2(two, **(v2 or {})))]
    assert not fake.outbox
    return said


def test_an_unknown_template_refuses_the_call(sesfake: SesFake, refused: Refused) -> None:
    said = refused_by_both(sesfake, refused, v1={"Template": "none"}, v2={"template": {"TemplateName": "none"}})

    text = "Template none does not exist."
    assert said == [("TemplateDoesNotExist", 400, text), ("NotFoundException", 404, text)]


def test_an_unknown_or_paused_configuration_set_refuses_the_call(sesfake: SesFake, refused: Refused) -> None:
    text = "Configuration set <none> does not exist."
    name = {"ConfigurationSetName": "none"}
    said = refused_by_both(sesfake, refused, v1=name, v2=name)
    assert said == [("ConfigurationSetDoesNotExist", 400, text), ("NotFoundException", 404, text)]

    sesfake.configuration_set("none", sending=False)
    text = "Sending is paused for configuration set none"
    said = refused_by_both(sesfake, refused, v1=name, v2=name)
    assert said == [("ConfigurationSetSendingPausedException", 400, text), ("SendingPausedException", 400, text)]


def test_a_paused_account_refuses_the_call(sesfake: SesFake, refused: Refused) -> None:
    sesfake.pause()

    codes = [code for code, _, _ in refused_by_both(sesfake, refused)]
    assert codes == ["AccountSendingPausedException", "SendingPausedException"]


def test_a_sender_who_is_not_verified_refuses_the_call(refused: Refused) -> None:
    with SesFake(verified=["example.net"]) as fake:
        fake.template("news", subject="News", text="News")
        said = refused_by_both(fake, refused)

    text = f"Email address is not verified. The following identities failed the check in region US-EAST-1: {ME}"
    assert said == [("MessageRejected", 400, text)] * 2


def test_a_mail_from_domain_that_is_not_proved_refuses_the_call(sesfake: SesFake, refused: Refused) -> None:
    sesfake.verify("example.org")
    sesfake.client("ses").set_identity_mail_from_domain(
        Identity="example.org", MailFromDomain="mail.example.org", BehaviorOnMXFailure="RejectMessage"
    )

    text = "DNS setup for MAIL FROM domain is invalid."
    assert refused_by_both(sesfake, refused) == [("MailFromDomainNotVerifiedException", 400, text)] * 2


def test_a_tag_of_all_that_is_wrong_refuses_the_call(sesfake: SesFake, refused: Refused) -> None:
    tags = [{"Name": "kind", "Value": ""}]
    said = refused_by_both(sesfake, refused, v1={"DefaultTags": tags}, v2={"DefaultEmailTags": tags})

    assert said == [("InvalidParameterValue", 400, NO_VALUE), ("BadRequestException", 400, NO_VALUE)]


@pytest.mark.parametrize(
    "people, demand", [([], "length greater than or equal to 1"), (MANY, "length less than or equal to 50")]
)
def test_a_call_has_one_destination_at_least_and_fifty_at_most(
    v1: SESClient, v2: SESV2Client, refused: Refused, people: list[str], demand: str
) -> None:
    old: Any = {"Source": ME, "Template": "news", "DefaultTemplateData": DEFAULT}
    new: Any = {"FromEmailAddress": ME, "DefaultContent": {"Template": {"TemplateName": "news"}}}
    first = lambda: v1.send_bulk_templated_email(Destinations=list(map(entry_v1, people)), **old)
    second = lambda: v2.send_bulk_email(BulkEmailEntries=list(map(entry_v2, people)), **new)

    text = "1 validation error detected: Value at '{}' failed to satisfy constraint: Member must have " + demand
    assert refused(first) == ("ValidationError", 400, text.format("destinations"))
    assert refused(second) == ("BadRequestException", 400, text.format("bulkEmailEntries"))


def test_fifty_destinations_are_taken(v1: SESClient) -> None:
    assert statuses(send_v1(v1, map(entry_v1, MANY[:50]))) == ["Success"] * 50


def test_v2_demands_a_sender_and_a_template(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    entries: Any = [entry_v2("ada@example.com")]
    assert refused(lambda: send_v2(v2, entries, FromEmailAddress=""))[2] == "Source cannot be empty"
    assert refused(lambda: v2.send_bulk_email(FromEmailAddress=ME, DefaultContent={}, BulkEmailEntries=entries))[2] == (
        "Either TemplateContent, or one of TemplateName and TemplateArn, must be given as Template."
    )
    assert not sesfake.outbox
