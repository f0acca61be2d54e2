"""Insights into messages and addresses, and the advice that follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Bounce, Complaint, SesFake

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake.ses.suppression import SuppressionReason

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
NO_MANAGER = "To use this feature you must enable Virtual Deliverability Manager"


@pytest.fixture
def managed(sesfake: SesFake) -> SesFake:
    """A fake whose account has the Virtual Deliverability Manager."""
    sesfake.vdm = True
    sesfake.clock.freeze(NOON)
    return sesfake


def events(v2: SESV2Client, message_id: str) -> list[dict[str, Any]]:
    (insight,) = v2.get_message_insights(MessageId=message_id)["Insights"]
    return [dict(event) for event in insight["Events"]]


# GetMessageInsights


def test_message_insights_show_sender_recipients_and_events(managed: SesFake, v2: SESV2Client) -> None:
    managed.configuration_set("news")
    message = managed.send(
        "Ada <ada@gmail.com>",
        sender="Shop <me@example.com>",
        subject="Welcome",
        tags={"campaign": "spring"},
        configuration_set="news",
    )

    answer = v2.get_message_insights(MessageId=message.id)

    assert {name: value for name, value in answer.items() if name != "ResponseMetadata"} == {
        "MessageId": message.id,
        "FromEmailAddress": "me@example.com",
        "Subject": "Welcome",
        "EmailTags": [{"Name": "ses:configuration-set", "Value": "news"}, {"Name": "campaign", "Value": "spring"}],
        "Insights": [
            {
                "Destination": "ada@gmail.com",
                "Isp": "Gmail",
                "Events": [{"Timestamp": NOON, "Type": "SEND"}, {"Timestamp": NOON, "Type": "DELIVERY"}],
            }
        ],
    }


def test_bounces_and_complaints_say_which(managed: SesFake, v2: SESV2Client) -> None:
    full = managed.send("full@example.com", outcome=Bounce("Transient", "MailboxFull", "450 4.2.2 full"))
    angry = managed.send("angry@example.com", outcome=Complaint("fraud", after=60))
    managed.clock.advance(minutes=1)

    assert events(v2, full.id)[1:] == [
        {
            "Timestamp": NOON,
            "Type": "BOUNCE",
            "Details": {
                "Bounce": {
                    "BounceType": "TRANSIENT",
                    "BounceSubType": "MAILBOX_FULL",
                    "DiagnosticCode": "smtp; 450 4.2.2 full",
                }
            },
        }
    ]
    assert events(v2, angry.id)[1:] == [
        {"Timestamp": NOON, "Type": "DELIVERY"},
        {
            "Timestamp": NOON + timedelta(minutes=1),
            "Type": "COMPLAINT",
            "Details": {"Complaint": {"ComplaintFeedbackType": "fraud"}},
        },
    ]


@pytest.mark.parametrize("reason, kind", [("BOUNCE", "Bounce"), ("COMPLAINT", "Complaint")])
def test_a_suppressed_message_names_the_list(
    managed: SesFake, v2: SESV2Client, reason: SuppressionReason, kind: str
) -> None:
    managed.suppress("ada@example.com", reason)
    message = managed.send("ada@example.com")

    details = events(v2, message.id)[1]["Details"][kind]

    assert details[f"{kind}SubType"] == "ON_ACCOUNT_SUPPRESSION_LIST"


def test_messages_that_the_manager_does_not_look_at_are_not_found(
    managed: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    several = managed.send(["a@example.com", "b@example.com"])
    simulated = managed.send("success@simulator.amazonses.com")
    elsewhere = managed.send("a@example.com", region="eu-west-1")
    old = managed.send("a@example.com")
    managed.clock.advance(days=30, seconds=1)

    for name in (several.id, simulated.id, elsewhere.id, old.id, "nobody"):
        answer = refused(lambda name=name: v2.get_message_insights(MessageId=name), v2.exceptions.NotFoundException)
        assert answer == ("NotFoundException", 404, f"Message <{name}> not found for account <123456789012>")


def test_insights_and_advice_want_the_manager_to_be_on(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    message = sesfake.send("ada@example.com")
    calls: list[Callable[[], object]] = [
        lambda: v2.get_message_insights(MessageId=message.id),
        v2.list_recommendations,
    ]

    for call in calls:
        assert refused(call, v2.exceptions.NotFoundException) == ("NotFoundException", 404, NO_MANAGER)


# GetEmailAddressInsights


def verdicts(v2: Any, address: str) -> dict[str, str]:
    found = v2.get_email_address_insights(EmailAddress=address)["MailboxValidation"]
    verdicts = {name: verdict["ConfidenceVerdict"] for name, verdict in found["Evaluations"].items()}
    return {"IsValid": found["IsValid"]["ConfidenceVerdict"], **verdicts}


PLAIN = {
    "IsValid": "HIGH",
    "HasValidSyntax": "HIGH",
    "HasValidDnsRecords": "HIGH",
    "MailboxExists": "HIGH",
    "IsRoleAddress": "LOW",
    "IsDisposable": "LOW",
    "IsRandomInput": "LOW",
}
NOBODY = {"IsValid": "LOW", "MailboxExists": "LOW"}


@pytest.mark.parametrize(
    "address, otherwise",
    [
        ("ada@example.com", {}),
        ("Ada <ada@example.com>", {}),
        ("ada lovelace@example.com", {**NOBODY, "HasValidSyntax": "LOW", "HasValidDnsRecords": "LOW"}),
        ("ada@nowhere.invalid", {**NOBODY, "HasValidDnsRecords": "LOW"}),
        ("bounce@simulator.amazonses.com", NOBODY),
        ("success@simulator.amazonses.com", {}),
        ("Support+eu@example.com", {"IsValid": "MEDIUM", "IsRoleAddress": "HIGH"}),
        ("ada@mailinator.com", {"IsValid": "MEDIUM", "IsDisposable": "HIGH"}),
        ("hjkxwqzt@example.com", {"IsValid": "MEDIUM", "IsRandomInput": "HIGH"}),
    ],
)
def test_an_address_is_judged_by_how_it_is_spelt(v2: SESV2Client, address: str, otherwise: dict[str, str]) -> None:
    assert verdicts(v2, address) == {**PLAIN, **otherwise}


def test_a_mailbox_that_bounced_does_not_exist_until_it_takes_mail_again(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.suppression = []
    sesfake.send("ada@example.com", outcome=Bounce("Transient", "MailboxFull"))
    assert verdicts(v2, "ada@example.com")["MailboxExists"] == "HIGH"

    sesfake.send("ada@example.com", outcome=Bounce())
    assert verdicts(v2, "ada@Example.com") == {**PLAIN, **NOBODY}

    sesfake.send("ada@example.com")
    assert verdicts(v2, "ada@example.com") == PLAIN


def test_a_mailbox_that_is_suppressed_for_a_bounce_does_not_exist(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.suppress("gone@example.com")
    sesfake.suppress("angry@example.com", "COMPLAINT")

    assert verdicts(v2, "gone@example.com")["MailboxExists"] == "LOW"
    assert verdicts(v2, "angry@example.com")["MailboxExists"] == "HIGH"


def test_no_address_is_none(v2: Any, refused: Refused) -> None:
    answer = refused(lambda: verdicts(v2, " "), v2.exceptions.BadRequestException)

    assert answer == ("BadRequestException", 400, "EmailAddress is required.")


# ListRecommendations


@dataclass(frozen=True)
class Advice:
    type: str
    resource: str
    status: str
    impact: str
    created: datetime
    updated: datetime


def advice(v2: SESV2Client, **more: Any) -> list[Advice]:
    return [
        Advice(
            found["Type"],
            found["ResourceArn"].rpartition(":")[2],
            found["Status"],
            found["Impact"],
            found["CreatedTimestamp"],
            found["LastUpdatedTimestamp"],
        )
        for found in v2.list_recommendations(**more)["Recommendations"]
    ]


def test_a_domain_is_to_be_signed_until_its_keys_are_found(managed: SesFake, v2: SESV2Client) -> None:
    v2.create_email_identity(EmailIdentity="example.com")
    assert advice(v2) == [Advice("DKIM", "identity/example.com", "OPEN", "HIGH", NOON, NOON)]

    managed.clock.advance(hours=1)
    managed.verify("example.com")

    later = NOON + timedelta(hours=1)
    assert advice(v2) == [Advice("DKIM", "identity/example.com", "FIXED", "HIGH", NOON, later)]


def test_a_domain_that_was_verified_from_the_first_is_in_order(managed: SesFake, v2: SESV2Client) -> None:
    managed.verify("example.com", "ada@example.com")

    assert advice(v2) == []


def test_a_mail_from_domain_without_records_is_advised_against(managed: SesFake, v2: SESV2Client) -> None:
    managed.verify("example.com")
    v2.put_email_identity_mail_from_attributes(EmailIdentity="example.com", MailFromDomain="mail.example.com")

    assert [(found.type, found.status) for found in advice(v2)] == [("SPF", "OPEN")]


def test_rates_and_blacklists_are_advised_against(managed: SesFake, v2: SESV2Client) -> None:
    managed.verify("example.com", "example.org")
    managed.dedicated_ips("198.51.100.1", listed=["zen.spamhaus.org"])
    for number in range(100):
        outcome = Bounce() if number < 5 else Complaint() if number < 6 else None
        managed.send(f"{number}@example.net", sender="me@example.com", outcome=outcome)
        managed.send(f"{number}@example.net", sender="me@example.org")

    assert [(found.type, found.resource) for found in advice(v2)] == [
        ("BOUNCE", "identity/example.com"),
        ("COMPLAINT", "identity/example.com"),
        ("IP_LISTING", "dedicated-ip-pool/ses-default-dedicated-pool"),
    ]


def test_advice_is_filtered_by_one_thing_or_by_a_pair(managed: SesFake, v2: SESV2Client, refused: Refused) -> None:
    v2.create_email_identity(EmailIdentity="example.com")
    v2.create_email_identity(EmailIdentity="example.org")
    managed.clock.advance(hours=1)
    managed.verify("example.org")
    arn = "arn:aws:ses:us-east-1:123456789012:identity/example.com"

    def names(**wanted: str) -> list[str]:
        return [found.resource.rpartition("/")[2] for found in advice(v2, Filter=wanted)]

    assert names(STATUS="OPEN") == names(RESOURCE_ARN=arn) == ["example.com"]
    assert names(STATUS="FIXED", TYPE="DKIM") == names(STATUS="FIXED", IMPACT="HIGH") == ["example.org"]
    assert names(TYPE="SPF") == names(IMPACT="LOW") == []
    answer = refused(lambda: names(TYPE="DKIM", IMPACT="HIGH"), v2.exceptions.BadRequestException)
    text = "Only STATUS and IMPACT, or STATUS and TYPE, can be filtered by together."
    assert answer == ("BadRequestException", 400, text)


def test_advice_is_listed_page_by_page(managed: SesFake, v2: SESV2Client, refused: Refused) -> None:
    for name in ("a.com", "b.com", "c.com"):
        v2.create_email_identity(EmailIdentity=name)
        managed.clock.advance(seconds=1)

    first = v2.list_recommendations(PageSize=2)
    second = v2.list_recommendations(PageSize=2, NextToken=first["NextToken"])

    found = [each["ResourceArn"][-5:] for page in (first, second) for each in page["Recommendations"]]
    assert found == ["a.com", "b.com", "c.com"]
    assert "NextToken" not in second
    invalid = v2.exceptions.BadRequestException
    answer = refused(lambda: v2.list_recommendations(PageSize=101), invalid)
    assert answer == ("BadRequestException", 400, "PageSize must be between 1 and 100")
    answer = refused(lambda: v2.list_recommendations(NextToken="x"), invalid)
    assert answer == ("BadRequestException", 400, "Invalid NextToken.")
