"""Custom verification mails: their templates, the letter that asks for a proof, and where its link leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import SesFake
from pytest_sesfake.ses import verification

if TYPE_CHECKING:
    from typing import Literal

    Version = Literal["ses", "sesv2"]
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    Refused = Callable[..., tuple[str, int, str | None]]

REST: Any = {
    "FromEmailAddress": "hello@example.org",
    "TemplateSubject": "Is it you?",
    "TemplateContent": "<html><body><h1>Welcome to the shop</h1></body></html>",
    "SuccessRedirectionURL": "https://shop.example.org/welcome",
    "FailureRedirectionURL": "https://shop.example.org/sorry?again=1",
}
WHOLE: Any = {"TemplateName": "ask", **REST}
LISTED: Any = {name: value for name, value in WHOLE.items() if name != "TemplateContent"}
MISSING = "Custom verification email template <ask> does not exist"
UNVERIFIED = "The from email address <hello@example.org> is not verified"


@pytest.fixture
def strict() -> Iterator[SesFake]:
    """A fake whose senders must be verified."""
    with SesFake(verified=[]) as fake:
        yield fake


def without_headers(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in {"ResponseMetadata", "Tags"}}


def follow(sesfake: SesFake, link: str) -> str | None:
    """Do what a reader's click does; the front that answers browsers comes on top of this."""
    region_state = sesfake._simulation.at("123456789012", link.split(".")[1])
    followed = verification.follow(region_state, link.partition("&Signature=")[2])
    if followed is None:
        return None
    link_, is_verified = followed
    return link_.success if is_verified else link_.failure


def state(v1: SESClient, address: str = "ada@example.com") -> str | None:
    found = v1.get_identity_verification_attributes(Identities=[address])["VerificationAttributes"]
    return found[address]["VerificationStatus"] if address in found else None


# Templates


def test_a_template_of_v1_is_seen_by_v2(v1: SESClient, v2: SESV2Client) -> None:
    v1.create_custom_verification_email_template(**WHOLE)

    assert without_headers(v2.get_custom_verification_email_template(TemplateName="ask")) == WHOLE
    assert v2.list_custom_verification_email_templates()["CustomVerificationEmailTemplates"] == [LISTED]


def test_a_template_of_v2_is_seen_by_v1(v1: SESClient, v2: SESV2Client) -> None:
    v2.create_custom_verification_email_template(**WHOLE)

    assert without_headers(v1.get_custom_verification_email_template(TemplateName="ask")) == WHOLE
    assert v1.list_custom_verification_email_templates()["CustomVerificationEmailTemplates"] == [LISTED]


def test_v1_updates_the_given_fields_and_v2_all_fields(v1: SESClient, v2: SESV2Client) -> None:
    v1.create_custom_verification_email_template(**WHOLE)

    v1.update_custom_verification_email_template(TemplateName="ask", TemplateSubject="You?")
    changed = {**WHOLE, "TemplateSubject": "You?"}
    assert without_headers(v2.get_custom_verification_email_template(TemplateName="ask")) == changed
    v2.update_custom_verification_email_template(**WHOLE)
    assert without_headers(v1.get_custom_verification_email_template(TemplateName="ask")) == WHOLE


def test_a_template_that_one_version_removes_is_gone_for_the_other(
    v1: SESClient, v2: SESV2Client, refused: Refused
) -> None:
    v1.create_custom_verification_email_template(**WHOLE)
    v2.delete_custom_verification_email_template(TemplateName="ask")
    assert v1.list_custom_verification_email_templates()["CustomVerificationEmailTemplates"] == []

    v1.delete_custom_verification_email_template(TemplateName="ask")
    delete = lambda: v2.delete_custom_verification_email_template(TemplateName="ask")
    assert refused(delete, v2.exceptions.NotFoundException) == ("NotFoundException", 404, MISSING)


def test_a_template_has_tags(v2: SESV2Client) -> None:
    arn = "arn:aws:ses:us-east-1:123456789012:custom-verification-email-template/ask"
    tags: Any = [{"Key": "team", "Value": "blue"}]
    v2.create_custom_verification_email_template(**WHOLE, Tags=tags)

    assert v2.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags
    v2.update_custom_verification_email_template(**WHOLE)
    assert v2.get_custom_verification_email_template(TemplateName="ask")["Tags"] == tags
    v2.delete_custom_verification_email_template(TemplateName="ask")
    v2.create_custom_verification_email_template(**WHOLE)
    assert v2.get_custom_verification_email_template(TemplateName="ask")["Tags"] == []


def test_every_template_is_found_page_by_page(v1: SESClient, v2: SESV2Client) -> None:
    names = [f"t{number}" for number in range(7)]
    for name in names:
        v1.create_custom_verification_email_template(**{**WHOLE, "TemplateName": name})

    paginator = v1.get_paginator("list_custom_verification_email_templates")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 3}))
    shown = [[entry["TemplateName"] for entry in page["CustomVerificationEmailTemplates"]] for page in pages]
    assert shown == [names[:3], names[3:6], names[6:]]
    first = v2.list_custom_verification_email_templates(PageSize=4)
    rest = v2.list_custom_verification_email_templates(PageSize=4, NextToken=first["NextToken"])
    assert [entry["TemplateName"] for entry in rest["CustomVerificationEmailTemplates"]] == names[4:]
    assert "NextToken" not in rest


def test_a_wrong_token_is_refused(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    first = lambda: v1.list_custom_verification_email_templates(NextToken="no")
    second = lambda: v2.list_custom_verification_email_templates(NextToken="no")
    assert refused(first) == ("InvalidParameterValue", 400, "Invalid NextToken.")
    assert refused(second, v2.exceptions.BadRequestException) == ("BadRequestException", 400, "Invalid NextToken.")


# What SES does not keep


def test_a_template_can_be_made_once(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    v1.create_custom_verification_email_template(**WHOLE)
    text = "Custom verification email template <ask> already exists"

    with pytest.raises(v1.exceptions.CustomVerificationEmailTemplateAlreadyExistsException) as caught:
        v1.create_custom_verification_email_template(**WHOLE)
    assert caught.value.response["Error"]["Code"] == "CustomVerificationEmailTemplateAlreadyExists"
    assert caught.value.response["Error"]["Message"] == text
    assert caught.value.response.get("CustomVerificationEmailTemplateName") == "ask"
    again = lambda: v2.create_custom_verification_email_template(**WHOLE)
    assert refused(again, v2.exceptions.AlreadyExistsException) == ("AlreadyExistsException", 400, text)


def test_v1_misses_a_template(v1: SESClient) -> None:
    calls: list[tuple[Callable[[], object], str]] = [
        (lambda: v1.get_custom_verification_email_template(TemplateName="ask"), MISSING),
        (lambda: v1.update_custom_verification_email_template(TemplateName="ask"), MISSING),
        (
            lambda: v1.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask"),
            "Template <ask> does not exist",
        ),
    ]
    for call, text in calls:
        with pytest.raises(v1.exceptions.CustomVerificationEmailTemplateDoesNotExistException) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "CustomVerificationEmailTemplateDoesNotExist"
        assert caught.value.response["Error"]["Message"] == text
        assert caught.value.response.get("CustomVerificationEmailTemplateName") == "ask"


def test_v2_misses_a_template(v2: SESV2Client, refused: Refused) -> None:
    calls: list[Callable[[], object]] = [
        lambda: v2.get_custom_verification_email_template(TemplateName="ask"),
        lambda: v2.update_custom_verification_email_template(**WHOLE),
        lambda: v2.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask"),
    ]
    for call in calls:
        assert refused(call, v2.exceptions.NotFoundException) == ("NotFoundException", 404, MISSING)


def test_the_sender_must_be_verified(strict: SesFake, refused: Refused) -> None:
    v1, v2 = strict.client("ses"), strict.client("sesv2")
    strict.verify("example.org")
    v1.create_custom_verification_email_template(**{**WHOLE, "TemplateName": "known"})
    v1.delete_identity(Identity="example.org")

    of_v1: list[Callable[[], object]] = [
        lambda: v1.create_custom_verification_email_template(**WHOLE),
        lambda: v1.update_custom_verification_email_template(TemplateName="known", TemplateSubject="You?"),
        lambda: v1.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="known"),
    ]
    for call in of_v1:
        with pytest.raises(v1.exceptions.FromEmailAddressNotVerifiedException) as caught:
            call()
        response: Any = caught.value.response  # botocore puts the members of the error beside its code
        assert response["Error"]["Message"] == UNVERIFIED
        assert response["FromEmailAddress"] == "hello@example.org"
    of_v2: list[Callable[[], object]] = [
        lambda: v2.create_custom_verification_email_template(**WHOLE),
        lambda: v2.update_custom_verification_email_template(**{**WHOLE, "TemplateName": "known"}),
        lambda: v2.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="known"),
    ]
    for call in of_v2:
        assert refused(call, v2.exceptions.NotFoundException) == ("NotFoundException", 404, UNVERIFIED)
    assert not strict.system_mail


@pytest.mark.parametrize(
    "url", ["", "shop.example.org", "ftp://shop.example.org", "https://", "https://a b.org", "//[x"]
)
@pytest.mark.parametrize("outcome", ["Success", "Failure"])
def test_a_link_must_lead_somewhere(v1: SESClient, v2: SESV2Client, refused: Refused, outcome: str, url: str) -> None:
    wrong: Any = {**WHOLE, f"{outcome}RedirectionURL": url}
    text = f"The {outcome.lower()} redirection URL is invalid"

    assert refused(lambda: v1.create_custom_verification_email_template(**wrong)) == (
        "InvalidParameterValue",
        400,
        text,
    )
    assert refused(
        lambda: v2.create_custom_verification_email_template(**wrong), v2.exceptions.BadRequestException
    ) == ("BadRequestException", 400, text)


@pytest.mark.parametrize(
    "content, text",
    [
        (" ", "The template content must be specified."),
        ("<script>alert(1)</script>", "The template content has an element that is not allowed: <script>."),
        ("<p>Hi</p><!-- me -->", "The template content has an element that is not allowed: <!-->."),
        ("x" * 10 * 1024 * 1024, "The template content must be smaller than 10 MB."),
    ],
)
def test_content_has_its_limits(v1: SESClient, v2: SESV2Client, refused: Refused, content: str, text: str) -> None:
    v1.create_custom_verification_email_template(**{**WHOLE, "TemplateName": "known"})
    wrong: Any = {**WHOLE, "TemplateContent": content}
    create = lambda: v1.create_custom_verification_email_template(**wrong)
    update = lambda: v1.update_custom_verification_email_template(**{**wrong, "TemplateName": "known"})

    for call in (create, update):
        assert refused(call, v1.exceptions.CustomVerificationEmailInvalidContentException) == (
            "CustomVerificationEmailInvalidContent",
            400,
            text,
        )
    assert refused(
        lambda: v2.create_custom_verification_email_template(**wrong), v2.exceptions.BadRequestException
    ) == ("BadRequestException", 400, text)


def test_an_account_has_room_for_50_templates(v1: SESClient, v2: SESV2Client, refused: Refused) -> None:
    for number in range(50):
        v1.create_custom_verification_email_template(**{**WHOLE, "TemplateName": f"t{number}"})

    text = "Maximum of 50 custom verification email templates allowed per account."
    first = lambda: v1.create_custom_verification_email_template(**WHOLE)
    second = lambda: v2.create_custom_verification_email_template(**WHOLE)
    assert refused(first, v1.exceptions.LimitExceededException) == ("LimitExceeded", 400, text)
    assert refused(second, v2.exceptions.LimitExceededException) == ("LimitExceededException", 400, text)


# SystemMailLog


@pytest.mark.parametrize("version", ["ses", "sesv2"])
def test_the_owner_of_an_address_gets_a_verification_mail(sesfake: SesFake, v1: SESClient, version: Version) -> None:
    v1.create_custom_verification_email_template(**WHOLE)
    client = sesfake.client(version)

    answer = client.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask")

    mail = sesfake.system_mail.one(kind="verification", to="ada@example.com", subject="Is it you?")
    assert mail.id == answer["MessageId"]
    assert (mail.sender, mail.text, mail.region) == ("hello@example.org", None, "us-east-1")
    (link,) = mail.links
    assert link.startswith("https://email-verification.us-east-1.amazonaws.com/?Context=123456789012&")
    assert "Identity.IdentityName=ada%40example.com&" in link
    html = mail.html
    assert html is not None
    assert html.startswith("<html><body><h1>Welcome to the shop</h1><p><a href=")
    assert "<p>If you did not request to verify this email address, please disregard this message.</p>" in html
    assert html.endswith("</body></html>")
    assert b"Subject: Is it you?\r\n" in mail.raw
    assert (mail.headers["To"], mail.mime["From"]) == ("ada@example.com", "hello@example.org")
    assert not mail.attachments
    assert state(v1) == "Pending"
    assert not sesfake.outbox
    assert not sesfake.events


def test_content_without_a_body_gets_the_link_at_its_end(sesfake: SesFake, v1: SESClient) -> None:
    v1.create_custom_verification_email_template(**{**WHOLE, "TemplateContent": "<p>Hi</p>"})
    v1.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask")

    mail = sesfake.system_mail.one(html="<p>Hi</p>\n<p><a href=")
    assert len(mail.links) == 1


def test_who_follows_the_link_has_proved_the_address(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    v1.create_custom_verification_email_template(**WHOLE)
    v2.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask")
    (link,) = sesfake.system_mail.one().links
    v1.delete_custom_verification_email_template(TemplateName="ask")

    assert follow(sesfake, link) == "https://shop.example.org/welcome"
    assert state(v1) == "Success"
    assert v2.get_email_identity(EmailIdentity="ada@example.com")["VerifiedForSendingStatus"] is True
    assert follow(sesfake, link) == "https://shop.example.org/welcome"


def test_a_link_is_good_for_a_day(sesfake: SesFake, v1: SESClient) -> None:
    v1.create_custom_verification_email_template(**WHOLE)
    v1.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask")
    (link,) = sesfake.system_mail.one().links
    sesfake.clock.advance(hours=24)

    assert follow(sesfake, link) == "https://shop.example.org/sorry?again=1"
    assert state(v1) == "Failed"
    v1.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask")
    assert state(v1) == "Pending"
    assert follow(sesfake, sesfake.system_mail.last().links[0]) == "https://shop.example.org/welcome"


def test_a_link_of_an_identity_that_was_removed_leads_to_the_failure(sesfake: SesFake, v1: SESClient) -> None:
    v1.create_custom_verification_email_template(**WHOLE)
    v1.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask")
    v1.delete_identity(Identity="ada@example.com")

    assert follow(sesfake, sesfake.system_mail.one().links[0]) == "https://shop.example.org/sorry?again=1"
    assert state(v1) is None
    assert follow(sesfake, sesfake.system_mail.one().links[0] + "0") is None


def test_a_second_verification_mail_restarts_the_24_hours(sesfake: SesFake, v1: SESClient) -> None:
    v1.create_custom_verification_email_template(**WHOLE)
    for _ in range(2):
        v1.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask")
        sesfake.clock.advance(hours=20)

    assert state(v1) == "Pending"
    first, second = sesfake.system_mail
    assert first.links != second.links


def test_an_address_that_is_verified_stays_so(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.verify("ada@example.com")
    v1.create_custom_verification_email_template(**WHOLE)
    v1.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask")

    assert len(sesfake.system_mail) == 1
    assert state(v1) == "Success"


@pytest.mark.parametrize(
    "address, text",
    [
        ("", "Email address not specified."),
        ("ada", "Invalid email address<ada>."),
        ("Ada <ada@example.com>", "Invalid email address<Ada <ada@example.com>>."),
    ],
)
def test_only_an_address_can_be_asked(
    v1: SESClient, v2: SESV2Client, refused: Refused, address: str, text: str
) -> None:
    v1.create_custom_verification_email_template(**WHOLE)
    first = lambda: v1.send_custom_verification_email(EmailAddress=address, TemplateName="ask")
    second = lambda: v2.send_custom_verification_email(EmailAddress=address, TemplateName="ask")

    assert refused(first) == ("InvalidParameterValue", 400, text)
    assert refused(second, v2.exceptions.BadRequestException) == ("BadRequestException", 400, text)


def test_the_sandbox_and_a_pause_stop_verification_mail(sesfake: SesFake, v1: SESClient, v2: SESV2Client) -> None:
    v1.create_custom_verification_email_template(**WHOLE)
    call: Any = {"EmailAddress": "ada@example.com", "TemplateName": "ask"}

    with pytest.raises(v1.exceptions.ConfigurationSetDoesNotExistException):
        v1.send_custom_verification_email(**call, ConfigurationSetName="none")
    with pytest.raises(v2.exceptions.NotFoundException, match="Configuration set <none> does not exist"):
        v2.send_custom_verification_email(**call, ConfigurationSetName="none")
    sesfake.configuration_set("paused", sending=False)
    with pytest.raises(v2.exceptions.SendingPausedException, match="configuration set paused"):
        v2.send_custom_verification_email(**call, ConfigurationSetName="paused")
    sesfake.pause()
    with pytest.raises(v2.exceptions.SendingPausedException):
        v2.send_custom_verification_email(**call)
    sesfake.resume()
    sesfake.sandbox = True
    with pytest.raises(v1.exceptions.ProductionAccessNotGrantedException):
        v1.send_custom_verification_email(**call)
    with pytest.raises(v2.exceptions.BadRequestException):
        v2.send_custom_verification_email(**call)
    assert not sesfake.system_mail
    assert state(v1) is None


@pytest.mark.parametrize(
    "code, version",
    [
        ("MessageRejected", "ses"),
        ("MessageRejected", "sesv2"),
        ("LimitExceededException", "sesv2"),
        ("MailFromDomainNotVerifiedException", "sesv2"),
    ],
)
def test_a_script_makes_ses_say_no(sesfake: SesFake, code: str, version: Version) -> None:
    client = sesfake.client(version)
    client.create_custom_verification_email_template(**WHOLE)
    sesfake.on(operation="SendCustomVerificationEmail").fail(code)

    with pytest.raises(getattr(client.exceptions, code)):
        client.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask")
    assert not sesfake.system_mail


def test_a_fake_that_verifies_at_once_does_so_here() -> None:
    with SesFake(verification="instant") as fake:
        v1 = fake.client("ses")
        v1.create_custom_verification_email_template(**WHOLE)
        v1.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask")

        assert state(v1) == "Success"
        assert len(fake.system_mail) == 1


def test_a_failed_query_of_system_mail_shows_existing_mail(sesfake: SesFake, v1: SESClient) -> None:
    v1.create_custom_verification_email_template(**WHOLE)
    v1.send_custom_verification_email(EmailAddress="ada@example.com", TemplateName="ask")

    with pytest.raises(AssertionError) as caught:
        sesfake.system_mail.one(to="bob@example.com")
    assert "exactly one system mail with to='bob@example.com'" in str(caught.value)
    assert "'bob@example.com' is not in ['ada@example.com']" in str(caught.value)
    assert repr(sesfake.system_mail).startswith("SystemMailLog([<SystemMail verification ")
    sesfake.reset()
    assert sesfake.system_mail == []
