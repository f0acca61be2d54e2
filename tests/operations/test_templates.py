"""Templates: what each version makes of them, how they are tried out, and what SES does not keep."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from email import message_from_string
from email.policy import default
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
PARTS: Any = {"SubjectPart": "Welcome, {{name}}", "TextPart": "Hello {{name}}", "HtmlPart": "<p>Hello {{name}}</p>"}
OLD: Any = {"TemplateName": "welcome", **PARTS}
NEW: Any = {"Subject": "Welcome, {{name}}", "Text": "Hello {{name}}", "Html": "<p>Hello {{name}}</p>"}
LACKING = "Attribute 'name' is not present in the rendering data."
BAD_NAME = (
    "Template name can contain alphanumeric characters, underscores(_) and hyphens(-). It can contain up to 128 "
    "characters and it should start with an alphanumeric character."
)


@pytest.fixture
def welcome(sesfake: SesFake) -> str:
    """A template that needs a name."""
    sesfake.template("welcome", subject="Welcome, {{name}}", text="Hello {{name}}", html="<p>Hello {{name}}</p>")
    return "welcome"


# Keeping


def test_a_template_of_v1_is_seen_by_v2(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    v1.create_template(Template=OLD)

    assert v1.get_template(TemplateName="welcome")["Template"] == OLD
    found = v2.get_email_template(TemplateName="welcome")
    assert (found["TemplateName"], found["TemplateContent"]) == ("welcome", NEW)
    assert v2.list_email_templates()["TemplatesMetadata"] == [{"TemplateName": "welcome", "CreatedTimestamp": NOON}]


def test_a_template_of_v2_is_seen_by_v1(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    v2.create_email_template(TemplateName="welcome", TemplateContent=NEW)

    assert v1.get_template(TemplateName="welcome")["Template"] == OLD
    assert v1.list_templates()["TemplatesMetadata"] == [{"Name": "welcome", "CreatedTimestamp": NOON}]


def test_what_a_template_has_not_is_not_shown(v1: SESClient, v2: SESV2Client) -> None:
    v1.create_template(Template={"TemplateName": "short", "SubjectPart": "Hi", "TextPart": "Hello"})

    assert set(v1.get_template(TemplateName="short")["Template"]) == {"TemplateName", "SubjectPart", "TextPart"}
    assert v2.get_email_template(TemplateName="short")["TemplateContent"] == {"Subject": "Hi", "Text": "Hello"}


def test_an_update_leaves_nothing_of_the_old_parts(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    sesfake.clock.freeze(NOON)
    v1.create_template(Template=OLD)
    sesfake.clock.advance(hours=1)

    v2.update_email_template(TemplateName="welcome", TemplateContent={"Subject": "Hi", "Html": "<p>Hi</p>"})
    assert v1.get_template(TemplateName="welcome")["Template"] == {
        "TemplateName": "welcome",
        "SubjectPart": "Hi",
        "HtmlPart": "<p>Hi</p>",
    }
    v1.update_template(Template=OLD)
    assert v2.get_email_template(TemplateName="welcome")["TemplateContent"] == NEW
    assert v1.list_templates()["TemplatesMetadata"] == [{"Name": "welcome", "CreatedTimestamp": NOON}]


def test_a_template_that_one_version_removes_is_gone_for_the_other(v1: SESClient, v2: SESV2Client) -> None:
    v1.create_template(Template=OLD)
    v2.delete_email_template(TemplateName="welcome")
    assert v1.list_templates()["TemplatesMetadata"] == []

    v2.create_email_template(TemplateName="welcome", TemplateContent=NEW)
    v1.delete_template(TemplateName="welcome")
    assert v2.list_email_templates()["TemplatesMetadata"] == []


def test_a_removal_that_is_repeated_is_an_error_to_v2_only(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    v1.delete_template(TemplateName="welcome")

    assert refused(lambda: v2.delete_email_template(TemplateName="welcome"), v2.exceptions.NotFoundException) == (
        "NotFoundException",
        404,
        "Template welcome does not exist.",
    )


def test_a_template_has_tags(v1: SESClient, v2: SESV2Client) -> None:
    arn = "arn:aws:ses:us-east-1:123456789012:template/welcome"
    tags: Any = [{"Key": "team", "Value": "blue"}]
    v2.create_email_template(TemplateName="welcome", TemplateContent=NEW, Tags=tags)

    assert v2.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags
    v2.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "red"}])
    v2.update_email_template(TemplateName="welcome", TemplateContent=NEW)
    assert v2.get_email_template(TemplateName="welcome")["Tags"] == [{"Key": "team", "Value": "red"}]
    v1.delete_template(TemplateName="welcome")
    v1.create_template(Template=OLD)
    assert v2.get_email_template(TemplateName="welcome")["Tags"] == []


def test_a_template_that_a_tenant_uses_stays(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    arn = "arn:aws:ses:us-east-1:123456789012:template/welcome"
    v1.create_template(Template=OLD)
    v2.create_tenant(TenantName="acme")
    v2.create_tenant_resource_association(TenantName="acme", ResourceArn=arn)

    text = f"Cannot delete <{arn}> because it has tenant associations. Remove all tenant associations and try again."
    assert refused(lambda: v2.delete_email_template(TemplateName="welcome")) == ("BadRequestException", 400, text)
    assert v1.get_template(TemplateName="welcome")["Template"] == OLD


def test_templates_stay_in_their_region(sesfake: SesFake, v1: SESClient) -> None:
    v1.create_template(Template=OLD)

    assert sesfake.client("sesv2", "eu-west-1").list_email_templates()["TemplatesMetadata"] == []


def test_a_template_that_is_set_up_is_there_in_every_region(sesfake: SesFake, welcome: str) -> None:
    for region in ("us-east-1", "eu-west-1"):
        assert sesfake.client("sesv2", region).get_email_template(TemplateName=welcome)["TemplateContent"] == NEW

    sesfake.template("welcome", subject="Hi", text="Hi", region="eu-west-1")
    assert sesfake.client("ses", "eu-west-1").get_template(TemplateName=welcome)["Template"]["SubjectPart"] == "Hi"
    assert sesfake.client("ses").get_template(TemplateName=welcome)["Template"] == OLD


@pytest.mark.parametrize(
    "name, parts, text",
    [
        ("a b", {"text": "x"}, BAD_NAME),
        ("welcome", {}, "The text or the HTML must be specified."),
        ("welcome", {"html": "{{#if x}}"}, "The html is no valid template: unclosed block"),
    ],
)
def test_what_ses_would_not_keep_cannot_be_set_up(
    sesfake: SesFake, name: str, parts: dict[str, str], text: str
) -> None:
    with pytest.raises(ValueError, match="SES does not accept") as caught:
        sesfake.template(name, subject="Hi", **parts)

    assert str(caught.value) == f"SES does not accept template({name!r}): {text}"


# Lists


def test_every_template_is_found_page_by_page(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    names = [f"t{number}" for number in range(23)]
    for name in names:
        sesfake.template(name, subject="Hi", text="Hi")

    pages = list(v1.get_paginator("list_templates").paginate())
    assert [len(page["TemplatesMetadata"]) for page in pages] == [10, 10, 3]
    assert [entry["Name"] for page in pages for entry in page["TemplatesMetadata"]] == names
    first = v2.list_email_templates(PageSize=20)
    v1.delete_template(TemplateName="t19")
    rest = v2.list_email_templates(PageSize=20, NextToken=first["NextToken"])
    assert [entry["TemplateName"] for entry in rest["TemplatesMetadata"]] == names[20:]
    assert "NextToken" not in rest


@pytest.mark.parametrize("size, shown", [(101, 100), (100, 100), (3, 3), (0, 10), (-1, 10)])
def test_a_page_has_100_templates_at_most(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, size: int, shown: int
) -> None:
    for number in range(101):
        sesfake.template(f"t{number}", subject="Hi", text="Hi")

    assert len(v1.list_templates(MaxItems=size)["TemplatesMetadata"]) == shown
    assert len(v2.list_email_templates(PageSize=size)["TemplatesMetadata"]) == shown


@pytest.mark.parametrize("token", ["nonsense", "dGVtcGxhdGU"])
def test_a_wrong_token_is_refused(v1: SESClient, v2: SESV2Client, refused: Refused, token: str) -> None:
    assert refused(lambda: v1.list_templates(NextToken=token)) == ("InvalidParameterValue", 400, "Invalid NextToken.")
    assert refused(lambda: v2.list_email_templates(NextToken=token), v2.exceptions.BadRequestException) == (
        "BadRequestException",
        400,
        "Invalid NextToken.",
    )


# What SES does not keep


def test_a_template_can_be_made_once(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    v1.create_template(Template=OLD)

    with pytest.raises(v1.exceptions.AlreadyExistsException) as caught:
        v1.create_template(Template=OLD)
    assert caught.value.response["Error"]["Code"] == "AlreadyExists"
    assert caught.value.response["Error"]["Message"] == "Template welcome already exists."
    assert caught.value.response.get("Name") == "welcome"
    assert refused(
        lambda: v2.create_email_template(TemplateName="welcome", TemplateContent=NEW),
        v2.exceptions.AlreadyExistsException,
    ) == ("AlreadyExistsException", 400, "Template welcome already exists.")


@pytest.mark.parametrize("name", ["a b", "-a", "_a", "größe", "a.b", "a" * 129])
def test_a_name_has_its_rules(v1: SESClient, v2: SESV2Client, refused: Refused, name: str) -> None:
    old: Any = {**PARTS, "TemplateName": name}
    assert refused(lambda: v1.create_template(Template=old)) == ("InvalidParameterValue", 400, BAD_NAME)
    create = lambda: v2.create_email_template(TemplateName=name, TemplateContent=NEW)
    assert refused(create) == ("BadRequestException", 400, BAD_NAME)


@pytest.mark.parametrize(
    "parts, text",
    [
        ({"TextPart": "Hello"}, "The subject must be specified."),
        ({"SubjectPart": "", "TextPart": "Hello"}, "The subject must be specified."),
        ({"SubjectPart": "Hi"}, "The text or the HTML must be specified."),
        ({"SubjectPart": "Hi", "HtmlPart": ""}, "The text or the HTML must be specified."),
    ],
)
def test_a_template_has_a_subject_and_a_body(
    v1: SESClient, v2: SESV2Client, refused: Refused, parts: dict[str, str], text: str
) -> None:
    of_v2: Any = {name.removesuffix("Part"): part for name, part in parts.items()}
    v1.create_template(Template=OLD)

    for call in (v1.create_template, v1.update_template):
        name = "other" if call == v1.create_template else "welcome"
        template: Any = {"TemplateName": name, **parts}
        assert refused(lambda call=call, template=template: call(Template=template)) == (
            "InvalidParameterValue",
            400,
            text,
        )
    for change, name in ((v2.create_email_template, "other"), (v2.update_email_template, "welcome")):
        assert refused(
            lambda change=change, name=name: change(TemplateName=name, TemplateContent=of_v2),
            v2.exceptions.BadRequestException,
        ) == ("BadRequestException", 400, text)
    assert v1.get_template(TemplateName="welcome")["Template"] == OLD


@pytest.mark.parametrize(
    "broken, text",
    [
        ({"SubjectPart": "{{name"}, "The subject is no valid template: unclosed tag"),
        ({"TextPart": "{{#if name}}Hi"}, "The text is no valid template: unclosed block"),
        ({"HtmlPart": "{{/each}}"}, "The html is no valid template: unexpected closing tag each"),
    ],
)
def test_broken_handlebars_are_refused(
    v1: SESClient, v2: SESV2Client, refused: Refused, broken: dict[str, str], text: str
) -> None:
    of_v1: Any = {**OLD, **broken}
    of_v2: Any = {**NEW, **{name.removesuffix("Part"): part for name, part in broken.items()}}
    v1.create_template(Template={"TemplateName": "known", "SubjectPart": "Hi", "TextPart": "Hello"})

    with pytest.raises(v1.exceptions.InvalidTemplateException) as caught:
        v1.create_template(Template=of_v1)
    assert caught.value.response["Error"]["Message"] == text
    assert caught.value.response.get("TemplateName") == "welcome"
    of_v1["TemplateName"] = "known"
    assert refused(
        lambda: v1.update_template(Template=of_v1),
        v1.exceptions.InvalidTemplateException,
    ) == ("InvalidTemplate", 400, text)
    for call, name in ((v2.create_email_template, "welcome"), (v2.update_email_template, "known")):
        assert refused(
            lambda call=call, name=name: call(TemplateName=name, TemplateContent=of_v2),
            v2.exceptions.BadRequestException,
        ) == ("BadRequestException", 400, text)
    assert v1.get_template(TemplateName="known")["Template"]["SubjectPart"] == "Hi"


def test_a_template_may_be_500_kilobytes_big(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    room = 500 * 1024 - len("Hi") - len("ä".encode())
    v1.create_template(Template={"TemplateName": "big", "SubjectPart": "Hi", "TextPart": "ä", "HtmlPart": "x" * room})

    text = "Template size cannot exceed 500 KB."
    assert refused(
        lambda: v1.create_template(
            Template={"TemplateName": "more", "SubjectPart": "Hi", "TextPart": "ä", "HtmlPart": "x" * (room + 1)}
        ),
        v1.exceptions.LimitExceededException,
    ) == ("LimitExceeded", 400, text)
    assert refused(
        lambda: v2.create_email_template(
            TemplateName="more", TemplateContent={"Subject": "Hi", "Text": "ä", "Html": "x" * (room + 1)}
        ),
        v2.exceptions.LimitExceededException,
    ) == ("LimitExceededException", 400, text)


def test_an_account_has_room_for_20000_templates(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, refused: Refused
) -> None:
    for number in range(20_000):
        sesfake.template(f"t{number}", subject="Hi", text="Hi", region="us-east-1")

    text = "Maximum of 20000 templates allowed per account."
    old = lambda: v1.create_template(Template=OLD)
    new = lambda: v2.create_email_template(TemplateName="welcome", TemplateContent=NEW)
    assert refused(old, v1.exceptions.LimitExceededException) == ("LimitExceeded", 400, text)
    assert refused(new, v2.exceptions.LimitExceededException) == ("LimitExceededException", 400, text)


def test_v1_misses_a_template(v1: SESClient) -> None:
    calls: list[Callable[[], object]] = [
        lambda: v1.get_template(TemplateName="welcome"),
        lambda: v1.update_template(Template=OLD),
        lambda: v1.test_render_template(TemplateName="welcome", TemplateData="{}"),
    ]
    for call in calls:
        with pytest.raises(v1.exceptions.TemplateDoesNotExistException) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "TemplateDoesNotExist"
        assert caught.value.response["Error"]["Message"] == "Template welcome does not exist."
        assert caught.value.response.get("TemplateName") == "welcome"


def test_v2_misses_a_template(v2: SESV2Client, refused: Refused) -> None:
    calls: list[Callable[[], object]] = [
        lambda: v2.get_email_template(TemplateName="welcome"),
        lambda: v2.update_email_template(TemplateName="welcome", TemplateContent=NEW),
        lambda: v2.test_render_email_template(TemplateName="welcome", TemplateData="{}"),
    ]
    for call in calls:
        assert refused(call, v2.exceptions.NotFoundException) == (
            "NotFoundException",
            404,
            "Template welcome does not exist.",
        )


# Trying out


def test_both_versions_show_the_mail_that_a_template_becomes(
    sesfake: SesFake, v1: SESClient, v2: SESV2Client, welcome: str
) -> None:
    sesfake.clock.freeze(NOON)
    data = '{"name": "Ada Büron"}'

    shown = v1.test_render_template(TemplateName=welcome, TemplateData=data)["RenderedTemplate"]

    assert shown == v2.test_render_email_template(TemplateName=welcome, TemplateData=data)["RenderedTemplate"]
    mail = message_from_string(shown, policy=default)
    assert mail.keys() == ["Date", "Subject", "MIME-Version", "Content-Type"]
    assert mail["Date"] == "Thu, 26 Mar 2026 12:00:00 +0000"
    assert mail["Subject"] == "Welcome, Ada Büron"
    assert [(part.get_content_type(), part.get_content()) for part in mail.iter_parts()] == [
        ("text/plain", "Hello Ada Büron"),
        ("text/html", "<p>Hello Ada Büron</p>"),
    ]
    assert not sesfake.outbox
    assert not sesfake.events


def test_a_mail_of_one_part_is_shown_without_an_alternative(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.clock.freeze(NOON)
    sesfake.template("short", subject="Hi {{name}}", text="Hello {{name}}")

    assert v1.test_render_template(TemplateName="short", TemplateData='{"name": "Ada"}')["RenderedTemplate"] == (
        "Date: Thu, 26 Mar 2026 12:00:00 +0000\r\n"
        "Subject: Hi Ada\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=UTF-8\r\n"
        "Content-Transfer-Encoding: 7bit\r\n"
        "\r\n"
        "Hello Ada"
    )


@pytest.mark.usefixtures("welcome")
@pytest.mark.parametrize(
    "data, said",
    [
        ("{}", ("MissingRenderingAttribute", LACKING)),
        ("{'name': 'Ada'}", ("InvalidRenderingParameter", "Template rendering data is invalid")),
        ("[]", ("InvalidRenderingParameter", "Template rendering data is invalid")),
    ],
)
def test_data_that_does_not_fit_is_refused(
    v1: SESClient, v2: SESV2Client, refused: Refused, data: str, said: tuple[str, str]
) -> None:
    code, text = said
    with pytest.raises(getattr(v1.exceptions, f"{code}Exception")) as caught:
        v1.test_render_template(TemplateName="welcome", TemplateData=data)
    assert (caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]) == said
    assert caught.value.response["TemplateName"] == "welcome"
    assert refused(
        lambda: v2.test_render_email_template(TemplateName="welcome", TemplateData=data),
        v2.exceptions.BadRequestException,
    ) == ("BadRequestException", 400, text)


def test_an_unknown_partial_is_found_by_a_test_rendering(sesfake: SesFake, v1: SESClient, refused: Refused) -> None:
    sesfake.template("broken", subject="Hi", text="{{> footer}}")

    assert refused(
        lambda: v1.test_render_template(TemplateName="broken", TemplateData="{}"),
        v1.exceptions.InvalidRenderingParameterException,
    ) == ("InvalidRenderingParameter", 400, "The partial footer could not be found")


def test_data_has_262144_characters_at_most(v1: SESClient, v2: SESV2Client, refused: Refused, welcome: str) -> None:
    most = json.dumps({"name": "x" * (262_144 - len('{"name": ""}'))})
    text = (
        "1 validation error detected: Value at 'templateData' failed to satisfy constraint: "
        "Member must have length less than or equal to 262144"
    )

    v1.test_render_template(TemplateName=welcome, TemplateData=most)
    assert refused(lambda: v1.test_render_template(TemplateName=welcome, TemplateData=most + " ")) == (
        "ValidationError",
        400,
        text,
    )
    assert refused(
        lambda: v2.test_render_email_template(TemplateName=welcome, TemplateData=most + " "),
        v2.exceptions.BadRequestException,
    ) == ("BadRequestException", 400, text)
