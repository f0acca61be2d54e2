"""Export jobs: they are done when somebody asks how far they are, and leave a file."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pytest_sesfake import Bounce, Complaint, SesFake

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
MIDNIGHT = datetime(2026, 3, 26, tzinfo=timezone.utc)
DAY = timedelta(days=1)
SPAN = {"StartDate": MIDNIGHT, "EndDate": MIDNIGHT + DAY}
NO_MANAGER = "To use this feature you must enable Virtual Deliverability Manager"
COLUMNS = [
    "messageid",
    "sendtimestamp",
    "isp",
    "fromaddress",
    "destination",
    "subject",
    "last_delivery_event",
    "last_engagement_event",
    "last_delivery_event_timestamp",
    "last_engagement_event_timestamp",
    "bounce_sub_type",
    "diagnostic_code",
    "",
]


@pytest.fixture
def managed(sesfake: SesFake) -> SesFake:
    """A fake whose account has the Virtual Deliverability Manager."""
    sesfake.vdm = True
    sesfake.clock.freeze(NOON)
    return sesfake


def messages(**more: Any) -> Any:
    return {"MessageInsightsDataSource": {**SPAN, **more}}


def metrics(dimensions: Any, *columns: tuple[str, str], **more: Any) -> Any:
    asked = [{"Name": name, "Aggregation": aggregation} for name, aggregation in columns or [("SEND", "VOLUME")]]
    return {"MetricsDataSource": {"Dimensions": dimensions, "Namespace": "VDM", "Metrics": asked, **SPAN, **more}}


def create(v2: SESV2Client, source: Any, data_format: str = "CSV", **more: Any) -> str:
    destination: Any = {"DataFormat": data_format, **more}
    return v2.create_export_job(ExportDataSource=source, ExportDestination=destination)["JobId"]


def seen(v2: SESV2Client, name: str) -> dict[str, Any]:
    answer = v2.get_export_job(JobId=name)
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def status(v2: SESV2Client, name: str) -> str:
    found: str = seen(v2, name)["JobStatus"]
    return found


def written(sesfake: SesFake, source: Any, data_format: str = "CSV") -> str:
    v2 = sesfake.client("sesv2")
    return sesfake.get_object(seen(v2, create(v2, source, data_format))["ExportDestination"]["S3Url"]).decode()


def recipients(sesfake: SesFake, **more: Any) -> list[str]:
    """Return the recipients of the exported messages, by local part."""
    rows = csv.DictReader(io.StringIO(written(sesfake, messages(**more))))
    return [row["destination"].partition("@")[0] for row in rows]


# The life of an export


def test_an_export_is_done_when_it_is_asked_for(managed: SesFake, v2: SESV2Client) -> None:
    managed.send("ada@example.com")
    managed.send(["a@example.com", "b@example.com"])
    name = create(v2, messages())
    managed.clock.advance(seconds=3)

    job = seen(v2, name)

    url = job["ExportDestination"].pop("S3Url")
    assert job == {
        "JobId": name,
        "ExportSourceType": "MESSAGE_INSIGHTS",
        "JobStatus": "COMPLETED",
        "ExportDestination": {"DataFormat": "CSV"},
        "ExportDataSource": messages(),
        "CreatedTimestamp": NOON,
        "CompletedTimestamp": NOON + timedelta(seconds=3),
        "Statistics": {"ProcessedRecordsCount": 1},
    }
    assert f"/20260326_120003_{name.replace('-', '')[:10]}.csv?X-Amz-Algorithm=" in url
    assert "X-Amz-Date=20260326T120003Z&X-Amz-Expires=300&" in url


def test_a_file_stays_what_it_was_and_gets_a_new_url_each_time(managed: SesFake, v2: SESV2Client) -> None:
    name = create(v2, messages())
    first = seen(v2, name)["ExportDestination"]["S3Url"]
    managed.send("ada@example.com")
    managed.clock.advance(minutes=5)

    second = seen(v2, name)["ExportDestination"]["S3Url"]

    assert first != second
    assert managed.get_object(first) == managed.get_object(second)
    assert b"ada@example.com" not in managed.get_object(second)


def test_an_export_that_nobody_asked_for_yet_can_be_called_off(
    managed: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    assert managed.vdm
    name = create(v2, messages())

    v2.cancel_export_job(JobId=name)

    job = seen(v2, name)
    assert job["JobStatus"] == "CANCELLED"
    assert job["CompletedTimestamp"] == NOON
    assert "S3Url" not in job["ExportDestination"]
    assert "Statistics" not in job
    answer = refused(lambda: v2.cancel_export_job(JobId=name), v2.exceptions.BadRequestException)
    assert answer == ("BadRequestException", 400, "Cannot cancel an export job that has a <CANCELLED> status.")


def test_an_export_that_is_done_cannot_be_called_off(managed: SesFake, v2: SESV2Client, refused: Refused) -> None:
    assert managed.vdm
    name = create(v2, messages())
    assert status(v2, name) == "COMPLETED"

    answer = refused(lambda: v2.cancel_export_job(JobId=name), v2.exceptions.BadRequestException)

    assert answer == ("BadRequestException", 400, "Cannot cancel an export job that has a <COMPLETED> status.")


def test_an_unknown_export_is_a_bad_request(v2: SESV2Client, refused: Refused) -> None:
    calls: list[Callable[[], object]] = [
        lambda: v2.get_export_job(JobId="x"),
        lambda: v2.cancel_export_job(JobId="x"),
    ]

    for call in calls:
        assert refused(call, v2.exceptions.BadRequestException) == ("BadRequestException", 400, "Invalid JobId")


def test_twenty_exports_are_made_at_once(managed: SesFake, v2: SESV2Client, refused: Refused) -> None:
    assert managed.vdm
    names = [create(v2, messages()) for _ in range(20)]

    answer = refused(lambda: create(v2, metrics({"ISP": ["*"]})), v2.exceptions.LimitExceededException)

    assert answer == (
        "LimitExceededException",
        400,
        (
            "There are too many <METRICS_DATA> export jobs running - either cancel one of the jobs or wait for it to "
            "complete before resubmitting."
        ),
    )
    v2.cancel_export_job(JobId=names[0])
    create(v2, messages())


def test_exports_are_listed_newest_first_page_by_page_and_by_kind(
    managed: SesFake, v2: SESV2Client, refused: Refused
) -> None:
    assert managed.vdm
    names = [create(v2, source) for source in (messages(), metrics({"ISP": ["*"]}), messages())]
    v2.cancel_export_job(JobId=names[0])

    first = v2.list_export_jobs(PageSize=2)
    second = v2.list_export_jobs(PageSize=2, NextToken=first["NextToken"])

    def listed(**more: Any) -> list[str]:
        return [job["JobId"] for job in v2.list_export_jobs(**more)["ExportJobs"]]

    assert [job["JobId"] for page in (first, second) for job in page["ExportJobs"]] == names[::-1]
    assert [job["JobStatus"] for job in first["ExportJobs"]] == ["COMPLETED", "COMPLETED"]
    assert "NextToken" not in second
    assert listed(ExportSourceType="METRICS_DATA") == names[1:2]
    assert listed(JobStatus="CANCELLED") == names[:1]
    assert listed(ExportSourceType="MESSAGE_INSIGHTS", JobStatus="COMPLETED") == names[2:]
    invalid = v2.exceptions.BadRequestException
    for size in (0, 101):
        answer = refused(lambda size=size: listed(PageSize=size), invalid)
        assert answer == ("BadRequestException", 400, "PageSize must be between 1 and 100")
    answer = refused(lambda: listed(NextToken=first["NextToken"], JobStatus="FAILED"), invalid)
    assert answer == ("BadRequestException", 400, "Failed to deserialize token. ")


# What is refused


def test_exports_want_the_manager_to_be_on(v2: SESV2Client, refused: Refused) -> None:
    answer = refused(lambda: create(v2, messages()), v2.exceptions.BadRequestException)

    assert answer == ("BadRequestException", 400, NO_MANAGER)


@pytest.mark.parametrize(
    "source, text",
    [
        ({}, "One data source must be provided"),
        ({**messages(), **metrics({"ISP": ["*"]})}, "One data source must be provided"),
        (messages(EndDate=MIDNIGHT), "Invalid date range"),
        (
            metrics({"ISP": ["*"]}, StartDate=MIDNIGHT - timedelta(hours=1)),
            (
                "To get daily aggregated data you must not specify partial-day timestamps. "
                "Please make your interval go from midnight to midnight UTC."
            ),
        ),
    ],
)
def test_an_export_that_cannot_be_is_refused(
    managed: SesFake,
    v2: SESV2Client,
    refused: Refused,
    source: Any,
    text: str,
) -> None:
    assert managed.vdm

    answer = refused(lambda: create(v2, source), v2.exceptions.BadRequestException)

    assert answer == ("BadRequestException", 400, text)
    assert v2.list_export_jobs()["ExportJobs"] == []


def test_nobody_chooses_where_an_export_goes(managed: SesFake, v2: SESV2Client, refused: Refused) -> None:
    assert managed.vdm

    answer = refused(lambda: create(v2, messages(), S3Url="s3://mine/exports"), v2.exceptions.BadRequestException)

    assert answer == ("BadRequestException", 400, "Providing a custom S3 URL is not supported")


# Files of messages


def test_a_file_of_messages_has_a_row_for_each(managed: SesFake) -> None:
    message = managed.send("ada@gmail.com", sender="Shop <me@example.com>", subject='All "new", now', outcome=Bounce())

    text = written(managed, messages())

    header, row = csv.reader(io.StringIO(text))
    assert header == COLUMNS
    assert text.splitlines()[1].startswith(f'"{message.id}","2026-03-26 12:00:00.000 UTC","Gmail",')
    assert row == [
        message.id,
        "2026-03-26 12:00:00.000 UTC",
        "Gmail",
        "me@example.com",
        "ada@gmail.com",
        'All "new", now',
        "PERMANENT_BOUNCE",
        "",
        "2026-03-26 12:00:00.000 UTC",
        "",
        "General",
        "smtp; 550 5.1.1 user unknown",
        "",
    ]
    assert text.endswith(",\n")


def test_a_json_export_of_messages_leaves_out_missing_values(managed: SesFake) -> None:
    managed.send("ada@example.com", sender="me@example.com", subject="Grüße")
    managed.send("bob@example.com", sender="me@example.com")

    text = written(managed, messages(), "JSON")

    first, second = json.loads(text)
    assert text.startswith('[\n{"messageid":"')
    assert '"}\n,{"messageid":"' in text
    assert text.endswith('"}\n]\n')
    assert "Grüße" in text
    assert list(first) == [*COLUMNS[:7], "last_delivery_event_timestamp"]
    assert (first["last_delivery_event"], second["destination"]) == ("DELIVERY", "bob@example.com")


def test_a_file_without_messages_is_its_header(managed: SesFake) -> None:
    assert written(managed, messages()) == "".join(f'"{column}",' for column in COLUMNS[:-1]) + "\n"
    assert written(managed, messages(), "JSON") == "[\n]\n"


def test_messages_are_chosen_by_what_is_included_and_excluded(managed: SesFake) -> None:
    managed.send("a@gmail.com", sender="me@example.com", subject="Spring")
    managed.send("b@example.com", sender="me@example.com", subject="Summer", outcome=Bounce())
    managed.send("c@example.com", sender="you@example.com", subject="Spring", outcome=Complaint())
    managed.send("d@example.com", sender="you@example.com", outcome=Bounce("Transient", "MailboxFull"))

    assert recipients(managed) == ["a", "b", "c", "d"]
    assert recipients(managed, Include={"FromEmailAddress": ["me@example.com"]}) == ["a", "b"]
    assert recipients(managed, Include={"Subject": ["Spring"], "Isp": ["Gmail"]}) == ["a"]
    assert recipients(managed, Include={"Destination": ["b@example.com", "c@example.com"]}) == ["b", "c"]
    assert recipients(managed, Include={"LastDeliveryEvent": ["PERMANENT_BOUNCE", "COMPLAINT"]}) == ["b", "c"]
    assert recipients(managed, Include={"LastDeliveryEvent": ["TRANSIENT_BOUNCE"]}) == ["d"]
    assert recipients(managed, Include={"LastEngagementEvent": ["OPEN"]}) == []
    assert recipients(managed, Exclude={"FromEmailAddress": ["me@example.com"], "Subject": ["Summer"]}) == [
        "a",
        "c",
        "d",
    ]
    assert recipients(managed, Exclude={"FromEmailAddress": []}) == ["a", "b", "c", "d"]
    assert recipients(managed, MaxResults=2) == ["a", "b"]


def test_messages_are_chosen_by_tenant(managed: SesFake, v2: SESV2Client) -> None:
    v2.create_email_identity(EmailIdentity="example.com")
    v2.create_tenant(TenantName="blue")
    arn = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
    v2.create_tenant_resource_association(TenantName="blue", ResourceArn=arn)
    content: Any = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hi."}}}}
    to: Any = {"ToAddresses": ["a@example.com"]}
    v2.send_email(FromEmailAddress="me@example.com", Destination=to, Content=content, TenantName="blue")
    managed.send("b@example.com", sender="me@example.com")

    assert recipients(managed, Include={"TenantName": ["blue"]}) == ["a"]
    assert recipients(managed, Exclude={"TenantName": ["blue"]}) == ["b"]


def test_both_ends_of_a_span_belong_to_it(managed: SesFake) -> None:
    managed.send("noon@example.com")

    assert recipients(managed, StartDate=NOON) == recipients(managed, EndDate=NOON) == ["noon"]
    assert recipients(managed, StartDate=NOON + timedelta(seconds=1)) == []


# Files of metrics


def test_a_file_of_metrics_counts_as_the_metrics_do(managed: SesFake) -> None:
    managed.send("a@gmail.com")
    managed.send("b@gmail.com", outcome=Bounce())
    managed.send("c@example.com")
    asked = metrics({"ISP": ["*"]}, ("SEND", "VOLUME"), ("PERMANENT_BOUNCE", "RATE"), ("COMPLAINT", "RATE"))

    assert written(managed, asked) == (
        "ISP,SEND_VOLUME,PERMANENT_BOUNCE_RATE,COMPLAINT_RATE\n"
        "Gmail,2.0000,0.5000,0.0000\n"
        "UNKNOWN_ISP,1.0000,0.0000,0.0000\n"
    )
    assert written(managed, asked, "JSON") == (
        '[{"isp":"Gmail","metrics":{"SEND_VOLUME":2.0000,"PERMANENT_BOUNCE_RATE":0.5000,"COMPLAINT_RATE":0.0000}},'
        '{"isp":"UNKNOWN_ISP","metrics":{"SEND_VOLUME":1.0000,"PERMANENT_BOUNCE_RATE":0.0000,"COMPLAINT_RATE":0.0000}}]\n'
    )


def test_values_that_are_named_have_a_row_even_without_mail(managed: SesFake, v2: SESV2Client) -> None:
    managed.configuration_set("news")
    managed.send("a@gmail.com", sender="me@example.com", configuration_set="news")
    dimensions = {"EMAIL_IDENTITY": ["example.com", "example.org"], "CONFIGURATION_SET": ["*"]}
    name = create(v2, metrics(dimensions))

    job = seen(v2, name)

    url = job["ExportDestination"]["S3Url"]
    assert f"/ses-metrics-20260326_120000-{name}.csv?" in url
    assert managed.get_object(url).decode() == (
        "EMAIL_IDENTITY,CONFIGURATION_SET,SEND_VOLUME\nexample.com,news,1.0000\nexample.org,news,0.0000\n"
    )


def test_a_rate_without_sends_is_zero_and_the_default_aggregation_is_volume(managed: SesFake, v2: SESV2Client) -> None:
    asked = metrics({"ISP": ["Gmail", 'A,"B"']}, ("OPEN", "RATE"))
    asked["MetricsDataSource"]["Metrics"].append({"Name": "CLICK"})
    name = create(v2, asked)

    text = managed.get_object(seen(v2, name)["ExportDestination"]["S3Url"]).decode()

    assert text == 'ISP,OPEN_RATE,CLICK_VOLUME\nGmail,0.0000,0.0000\n"A,""B""",0.0000,0.0000\n'
