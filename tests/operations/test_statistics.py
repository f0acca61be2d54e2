"""Statistics and metrics: counted from what happened, whenever somebody asks."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Bounce, Complaint, Rejection, SesFake

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 3, 26, tzinfo=timezone.utc)
NO_MANAGER = "To use this feature you must enable Virtual Deliverability Manager"


def points(v1: SESClient) -> list[tuple[datetime, int, int, int, int]]:
    return [
        (
            point["Timestamp"],
            point["DeliveryAttempts"],
            point["Bounces"],
            point["Complaints"],
            point["Rejects"],
        )
        for point in v1.get_send_statistics()["SendDataPoints"]
    ]


def query(metric: str = "SEND", name: str = "q", **more: Any) -> Any:
    span = {"StartDate": MIDNIGHT - DAY, "EndDate": MIDNIGHT + 2 * DAY}
    return {"Id": name, "Namespace": "VDM", "Metric": metric, **span, **more}


def counts(v2: SESV2Client, metric: str = "SEND", **more: Any) -> dict[datetime, int]:
    answer = v2.batch_get_metric_data(Queries=[query(metric, **more)])
    assert answer["Errors"] == []
    (result,) = answer["Results"]
    return dict(zip(result["Timestamps"], result["Values"], strict=True))


def total(v2: SESV2Client, metric: str = "SEND", **dimensions: str) -> int:
    more = {"Dimensions": dimensions} if dimensions else {}
    return sum(counts(v2, metric, **more).values())


# GetSendStatistics


def test_nothing_sent_is_no_point(v1: SESClient) -> None:
    assert points(v1) == []


def test_points_are_quarters_of_an_hour_in_which_something_happened(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.clock.freeze(NOON + timedelta(minutes=14, seconds=59))
    sesfake.send(["a@example.com", "b@example.com"])
    sesfake.clock.advance(seconds=1)
    sesfake.send("c@example.com", outcome=Bounce())
    sesfake.clock.advance(hours=1)
    sesfake.send("d@example.com", outcome=Complaint())
    sesfake.send("e@example.com", outcome=Rejection())

    assert points(v1) == [
        (NOON, 2, 0, 0, 0),
        (NOON + timedelta(minutes=15), 1, 1, 0, 0),
        (NOON + timedelta(minutes=75), 2, 0, 1, 1),
    ]


def test_a_bounce_counts_when_it_comes_and_not_when_its_mail_was_sent(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.clock.freeze(NOON)
    sesfake.send("a@example.com", outcome=Bounce(after=3600))
    assert points(v1) == [(NOON, 1, 0, 0, 0)]

    sesfake.clock.advance(hours=2)

    assert points(v1) == [(NOON, 1, 0, 0, 0), (NOON + timedelta(hours=1), 0, 1, 0, 0)]


def test_soft_bounces_and_suppressed_recipients_do_not_count_and_global_suppression_does(
    sesfake: SesFake, v1: SESClient
) -> None:
    sesfake.clock.freeze(NOON)
    sesfake.suppress("bounced@example.com")
    sesfake.suppress("complained@example.com", "COMPLAINT")
    sesfake.send(["bounced@example.com", "complained@example.com"])
    sesfake.send("full@example.com", outcome=Bounce("Transient", "MailboxFull"))
    assert points(v1) == [(NOON, 3, 0, 0, 0)]

    sesfake.send("known@example.com", outcome=Bounce("Permanent", "Suppressed"))
    assert points(v1) == [(NOON, 4, 1, 0, 0)]


def test_the_mailbox_simulator_does_not_count(sesfake: SesFake, v1: SESClient) -> None:
    for name in ("success", "bounce", "complaint"):
        sesfake.send(f"{name}@simulator.amazonses.com")

    assert points(v1) == []


def test_a_report_of_no_spam_is_no_complaint(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.clock.freeze(NOON)
    sesfake.send("a@example.com", outcome=Complaint("not-spam"))

    assert points(v1) == [(NOON, 1, 0, 0, 0)]


def test_statistics_go_back_two_weeks(sesfake: SesFake, v1: SESClient) -> None:
    sesfake.clock.freeze(NOON)
    sesfake.send("a@example.com")
    sesfake.clock.advance(days=14)
    assert len(points(v1)) == 1

    sesfake.clock.advance(seconds=1)
    assert points(v1) == []


def test_statistics_are_those_of_one_region(sesfake: SesFake) -> None:
    sesfake.send("a@example.com", region="eu-west-1")

    assert points(sesfake.client("ses")) == []
    assert len(points(sesfake.client("ses", "eu-west-1"))) == 1


# BatchGetMetricData


def test_metrics_want_the_manager_to_be_on(v2: SESV2Client, refused: Refused) -> None:
    answer = refused(lambda: v2.batch_get_metric_data(Queries=[query()]), v2.exceptions.NotFoundException)

    assert answer == ("NotFoundException", 404, NO_MANAGER)


def test_metrics_are_counted_by_day_and_a_day_without_any_is_left_out(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.vdm = True
    sesfake.clock.freeze(MIDNIGHT - timedelta(seconds=1))
    sesfake.send("a@example.com")
    sesfake.clock.advance(days=1)
    sesfake.send("b@example.com")
    sesfake.send("c@example.com")

    assert counts(v2) == {MIDNIGHT - DAY: 1, MIDNIGHT: 2}
    assert counts(v2, StartDate=MIDNIGHT, EndDate=MIDNIGHT + DAY) == {MIDNIGHT: 2}
    assert counts(v2, EndDate=MIDNIGHT) == {MIDNIGHT - DAY: 1}
    assert counts(v2, "OPEN") == {}


def test_each_outcome_counts_as_what_it_is(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.vdm = True
    sesfake.clock.freeze(NOON)
    sesfake.suppress("listed@example.com")
    sesfake.suppress("angry@example.com", "COMPLAINT")
    for to, outcome in {
        "fine@example.com": None,
        "gone@example.com": Bounce(),
        "full@example.com": Bounce("Transient", "MailboxFull"),
        "odd@example.com": Bounce("Undetermined", "Undetermined"),
        "spam@example.com": Complaint(),
        "spam@yahoo.com": Complaint(),
        "fine@gmail.com": None,
        "listed@example.com": None,
        "angry@example.com": None,
    }.items():
        sesfake.send(to, outcome=outcome)

    found = {
        metric: total(v2, metric)
        for metric in ("SEND", "DELIVERY", "PERMANENT_BOUNCE", "TRANSIENT_BOUNCE", "COMPLAINT", "DELIVERY_COMPLAINT")
    }
    assert found == {
        "SEND": 9,
        "DELIVERY": 4,
        "PERMANENT_BOUNCE": 1,
        "TRANSIENT_BOUNCE": 1,
        "COMPLAINT": 2,
        "DELIVERY_COMPLAINT": 3,  # Gmail would tell nothing of a complaint
    }


def test_the_manager_takes_no_notice_of_several_recipients_and_of_the_simulator(
    sesfake: SesFake, v2: SESV2Client
) -> None:
    sesfake.vdm = True
    sesfake.clock.freeze(NOON)
    sesfake.send(["a@example.com", "b@example.com"])
    sesfake.send("bounce@simulator.amazonses.com")

    assert total(v2) == total(v2, "PERMANENT_BOUNCE") == 0


def test_dimensions_choose_whose_messages_count(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.vdm = True
    sesfake.clock.freeze(NOON)
    sesfake.configuration_set("news")
    sesfake.send("ada@gmail.com", sender="me@shop.example.com", configuration_set="news")
    sesfake.send("bob@googlemail.com", sender="You <you@shop.example.com>")
    sesfake.send("cyd@example.com", sender="me@example.org", configuration_set="news")

    assert total(v2, EMAIL_IDENTITY="shop.example.com") == 2
    assert total(v2, EMAIL_IDENTITY="you@shop.example.com") == 1
    assert total(v2, EMAIL_IDENTITY="example.com") == 0
    assert total(v2, CONFIGURATION_SET="news") == 2
    assert total(v2, ISP="Gmail") == 2
    assert total(v2, ISP="UNKNOWN_ISP", CONFIGURATION_SET="news") == 1
    assert total(v2, ISP="Yahoo") == total(v2, TENANT_NAME="nobody") == 0


def test_several_queries_are_answered_by_their_ids(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.vdm = True
    sesfake.clock.freeze(NOON)
    sesfake.send("a@example.com")

    answer = v2.batch_get_metric_data(Queries=[query("SEND", "sent"), query("COMPLAINT", "angry")])

    assert [(result["Id"], result["Values"]) for result in answer["Results"]] == [("sent", [1]), ("angry", [])]


def test_deliveries_of_mail_that_is_tracked_are_what_opens_and_clicks_are_shares_of(
    sesfake: SesFake, v2: SESV2Client
) -> None:
    sesfake.clock.freeze(NOON)
    v2.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    sesfake.configuration_set("quiet")
    sesfake.configuration_set("opens", topic="arn:aws:sns:us-east-1:123456789012:opens", events=["Open"])
    page = '<p><a href="https://example.com/">Shop</a></p>'
    sesfake.send("a@example.com", html=page, configuration_set="quiet")
    assert total(v2, "DELIVERY_OPEN") == total(v2, "DELIVERY_CLICK") == 0

    sesfake.send("b@example.com", html=page, configuration_set="opens")
    sesfake.send("c@example.com", configuration_set="opens")  # text alone has no pixel

    assert total(v2, "DELIVERY_OPEN") == 1
    assert total(v2, "DELIVERY_CLICK") == 0

    metrics: Any = {"VdmEnabled": "ENABLED", "DashboardAttributes": {"EngagementMetrics": "ENABLED"}}
    v2.put_account_vdm_attributes(VdmAttributes=metrics)
    assert total(v2, "DELIVERY_OPEN") == total(v2, "DELIVERY_CLICK") == 2

    options: Any = {"DashboardOptions": {"EngagementMetrics": "DISABLED"}}
    v2.put_configuration_set_vdm_options(ConfigurationSetName="quiet", VdmOptions=options)
    assert total(v2, "DELIVERY_CLICK") == 1


NAME_RULE = "only alphanumeric ASCII characters, '_', and '-' are allowed."


@pytest.mark.parametrize(
    "more, text",
    [
        ({"Dimensions": {"EMAIL_IDENTITY": " "}}, "Invalid email identity provided."),
        ({"Dimensions": {"EMAIL_IDENTITY": "@example.com"}}, "Invalid email identity provided."),
        ({"Dimensions": {"ISP": "G mail"}}, "Invalid ISP name provided."),
        ({"Dimensions": {"CONFIGURATION_SET": ""}}, "The configuration set name must be specified."),
        ({"Dimensions": {"CONFIGURATION_SET": "a b"}}, f"Invalid configuration set name <a b>: {NAME_RULE}"),
        ({"Dimensions": {"TENANT_NAME": ""}}, "TenantName cannot be empty"),
        ({"Dimensions": {"TENANT_NAME": "a b"}}, f"Invalid tenant name <a b>: {NAME_RULE}"),
        ({"Dimensions": {"COUNTRY": "x"}}, "Unsupported dimension provided."),
        (
            {"Dimensions": {}},
            (
                "1 validation error detected: Value at 'queries.1.member.dimensions' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            ),
        ),
        (
            {"Dimensions": dict.fromkeys(("EMAIL_IDENTITY", "CONFIGURATION_SET", "ISP", "TENANT_NAME"), "x")},
            (
                "1 validation error detected: Value at 'queries.1.member.dimensions' failed to satisfy constraint: "
                "Member must have length less than or equal to 3"
            ),
        ),
        ({"EndDate": MIDNIGHT - DAY}, "Expected start date to be before the end date."),
        (
            {"EndDate": MIDNIGHT + 60 * DAY},
            "Invalid interval, can request at most 60 days. Please partition your requested interval.",
        ),
        (
            {"metric": "SENDS"},
            (
                "1 validation error detected: Value at 'queries.1.member.metric' failed to satisfy constraint: "
                "Member must satisfy enum value set: [DELIVERY_COMPLAINT, CLICK, SEND, OPEN, COMPLAINT, DELIVERY, "
                "DELIVERY_OPEN, PERMANENT_BOUNCE, DELIVERY_CLICK, TRANSIENT_BOUNCE]"
            ),
        ),
    ],
)
def test_a_query_that_cannot_be_is_refused(
    sesfake: SesFake, loose_v2: SESV2Client, refused: Refused, more: dict[str, Any], text: str
) -> None:
    sesfake.vdm = True

    answer = refused(
        lambda: loose_v2.batch_get_metric_data(Queries=[query(**more)]), loose_v2.exceptions.BadRequestException
    )

    assert answer == ("BadRequestException", 400, text)


def test_two_queries_of_one_id_are_refused(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    sesfake.vdm = True

    answer = refused(
        lambda: v2.batch_get_metric_data(Queries=[query(), query("OPEN")]), v2.exceptions.BadRequestException
    )

    assert answer == ("BadRequestException", 400, "All queries must have a unique identifier.")
