"""Import jobs: they run when the call that made them was answered, and change the lists."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import get_session
from moto import mock_aws

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sesv2 import SESV2Client

    from pytest_sesfake import SesFake

    Refused = Callable[..., tuple[str, int, str | None]]

NOON = datetime(2026, 3, 26, 12, tzinfo=timezone.utc)
URL = "s3://uploads/lists/addresses"


def to_suppression(action: str = "PUT") -> Any:
    return {"SuppressionListDestination": {"SuppressionListImportAction": action}}


def to_contacts(action: str = "PUT", name: str = "readers") -> Any:
    return {"ContactListDestination": {"ContactListName": name, "ContactListImportAction": action}}


def start(v2: Any, destination: Any, data_format: str = "CSV", url: str = URL) -> str:
    source = {"S3Url": url, "DataFormat": data_format}
    name: str = v2.create_import_job(ImportDestination=destination, ImportDataSource=source)["JobId"]
    return name


def run(v2: SESV2Client, destination: Any, data_format: str = "CSV") -> dict[str, Any]:
    answer = v2.get_import_job(JobId=start(v2, destination, data_format))
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def upload(data: bytes) -> None:
    storage: Any = get_session().create_client("s3", region_name="us-east-1")
    storage.create_bucket(Bucket="uploads")
    storage.put_object(Bucket="uploads", Key="lists/addresses", Body=data)


def suppressed(v2: SESV2Client) -> dict[str, str]:
    found = v2.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    return {entry["EmailAddress"]: entry["Reason"] for entry in found}


def failures(sesfake: SesFake, job: dict[str, Any]) -> list[dict[str, str]]:
    lines = sesfake.get_object(job["FailureInfo"]["FailedRecordsS3Url"]).decode().splitlines()
    return [json.loads(line) for line in lines]


# Imports into the suppression list


@pytest.mark.parametrize(
    "data_format, data",
    [
        ("CSV", "a@example.com,BOUNCE\r\n\r\nb@Example.com, COMPLAINT\r\n"),
        (
            "JSON",
            (
                '{"emailAddress":"a@example.com","reason":"BOUNCE"}\n'
                '{"emailAddress":"b@Example.com","reason":"COMPLAINT"}\n'
            ),
        ),
        ("CSV", b"\xef\xbb\xbfa@example.com,BOUNCE\nb@example.com,COMPLAINT"),
    ],
)
def test_an_import_is_done_when_its_call_returns(
    sesfake: SesFake, v2: SESV2Client, data_format: str, data: bytes | str
) -> None:
    sesfake.clock.freeze(NOON)
    sesfake.put_object(URL, data)

    job = run(v2, to_suppression(), data_format)

    assert job == {
        "JobId": job["JobId"],
        "ImportDestination": to_suppression(),
        "ImportDataSource": {"S3Url": URL, "DataFormat": data_format},
        "JobStatus": "COMPLETED",
        "CreatedTimestamp": NOON,
        "CompletedTimestamp": NOON,
        "ProcessedRecordsCount": 2,
        "FailedRecordsCount": 0,
    }
    assert suppressed(v2) == {"a@example.com": "BOUNCE", "b@example.com": "COMPLAINT"}
    assert sesfake.send("a@example.com").status["a@example.com"] == "Suppressed"


def test_a_record_that_cannot_be_applied_does_not_stop_the_others(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.put_object(
        URL, "a@example.com,BOUNCE\nnobody,BOUNCE\nb@example.com,SPAM\nc@example.com\nd@example.com,BOUNCE"
    )

    job = run(v2, to_suppression())

    assert (job["JobStatus"], job["ProcessedRecordsCount"], job["FailedRecordsCount"]) == ("COMPLETED", 5, 3)
    assert list(suppressed(v2)) == ["a@example.com", "d@example.com"]
    assert failures(sesfake, job) == [
        {"record": "nobody,BOUNCE", "error": "Missing final '@domain'"},
        {"record": "b@example.com,SPAM", "error": "The reason has to be one of BOUNCE, COMPLAINT."},
        {"record": "c@example.com", "error": "Expected 2 column(s) but found 1."},
    ]


def test_addresses_are_taken_off_the_list(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.suppress("a@example.com")
    sesfake.suppress("b@example.com")
    sesfake.put_object(URL, "a@example.com\nnobody@example.com\n")

    job = run(v2, to_suppression("DELETE"))

    assert suppressed(v2) == {"b@example.com": "BOUNCE"}
    (failure,) = failures(sesfake, job)
    assert failure["error"] == "Email address nobody@example.com does not exist on your suppression list."


@pytest.mark.parametrize(
    "line, error",
    [
        ("{", "The line is no JSON."),
        ("[]", "The line must be a JSON object with a string emailAddress."),
        ('{"emailAddress": 1}', "The line must be a JSON object with a string emailAddress."),
    ],
)
def test_a_line_that_is_no_record_fails(sesfake: SesFake, v2: SESV2Client, line: str, error: str) -> None:
    sesfake.put_object(URL, line)

    assert failures(sesfake, run(v2, to_suppression(), "JSON")) == [{"record": line, "error": error}]


@pytest.mark.parametrize(
    "data, error",
    [
        (None, f"The object {URL} could not be read."),
        (b"\xff\xfe", "The object is not encoded in UTF-8."),
        ("a@example.com\n" * 10_001, "The object has more than 10000 records."),
    ],
)
def test_an_import_without_a_readable_object_fails(
    sesfake: SesFake, v2: SESV2Client, data: bytes | str | None, error: str
) -> None:
    if data is not None:
        sesfake.put_object(URL, data)

    job = run(v2, to_suppression("DELETE"))

    assert (job["JobStatus"], job["FailureInfo"]) == ("FAILED", {"ErrorMessage": error})
    assert job["CompletedTimestamp"] >= job["CreatedTimestamp"]


def test_an_object_of_moto_is_read(v2: SESV2Client) -> None:
    with mock_aws():
        upload(b"a@example.com,BOUNCE")
        assert run(v2, to_suppression())["JobStatus"] == "COMPLETED"

    assert list(suppressed(v2)) == ["a@example.com"]
    assert run(v2, to_suppression())["JobStatus"] == "FAILED"  # moto is gone, and its buckets with it


def test_what_is_placed_comes_before_what_moto_has(sesfake: SesFake, v2: SESV2Client) -> None:
    sesfake.put_object(URL, "placed@example.com,BOUNCE")
    with mock_aws():
        upload(b"moto@example.com,BOUNCE")
        run(v2, to_suppression())

    assert list(suppressed(v2)) == ["placed@example.com"]


def test_a_place_is_an_s3_url(sesfake: SesFake) -> None:
    for url in ("https://example.com/a", "s3://bucket", "s3:///key"):
        with pytest.raises(ValueError, match="'s3://bucket/key'"):
            sesfake.put_object(url, "")
    with pytest.raises(LookupError, match=r"no object is stored at 's3://a/b'\. The stored objects are: none"):
        sesfake.get_object("s3://a/b")


# Imports into a contact list

CONTACTS_CSV = (
    "emailAddress,unsubscribeAll,attributesData,topicPreferences.sports,topicPreferences.cars\n"
    'ada@example.com,false,{"Name": "Ada"},OPT_IN,\n'
    "bob@example.com,true,,OPT_OUT,OPT_OUT\n"
)
CONTACTS_JSON = (
    '{"emailAddress":"ada@example.com","attributesData":"{\\"Name\\": \\"Ada\\"}",'
    '"topicPreferences":[{"topicName":"sports","subscriptionStatus":"OPT_IN"}]}\n'
    '{"emailAddress":"bob@example.com","unsubscribeAll":true,"topicPreferences":'
    '[{"topicName":"sports","subscriptionStatus":"OPT_OUT"},{"topicName":"cars","subscriptionStatus":"OPT_OUT"}]}\n'
)


@pytest.fixture
def readers(v2: SESV2Client) -> SESV2Client:
    """A client whose account has a contact list."""
    topics: Any = [
        {"TopicName": name, "DisplayName": name, "DefaultSubscriptionStatus": "OPT_OUT"} for name in ("sports", "cars")
    ]
    v2.create_contact_list(ContactListName="readers", Topics=topics)
    return v2


def contact(v2: SESV2Client, address: str) -> dict[str, Any]:
    found = v2.get_contact(ContactListName="readers", EmailAddress=address)
    return {name: found.get(name) for name in ("UnsubscribeAll", "AttributesData", "TopicPreferences")}


@pytest.mark.parametrize("data_format, data", [("CSV", CONTACTS_CSV), ("JSON", CONTACTS_JSON)])
def test_contacts_are_imported_with_what_is_said_of_them(
    sesfake: SesFake, readers: SESV2Client, data_format: str, data: str
) -> None:
    sesfake.put_object(URL, data)

    job = run(readers, to_contacts(), data_format)

    assert (job["JobStatus"], job["FailedRecordsCount"]) == ("COMPLETED", 0)
    assert contact(readers, "ada@example.com") == {
        "UnsubscribeAll": False,
        "AttributesData": '{"Name": "Ada"}',
        "TopicPreferences": [{"TopicName": "sports", "SubscriptionStatus": "OPT_IN"}],
    }
    assert contact(readers, "bob@example.com")["UnsubscribeAll"] is True


def test_an_imported_contact_replaces_the_existing_one(sesfake: SesFake, readers: SESV2Client) -> None:
    sesfake.put_object(URL, CONTACTS_CSV)
    run(readers, to_contacts())
    sesfake.put_object(URL, "emailAddress\nbob@example.com\n")

    run(readers, to_contacts())

    found = contact(readers, "bob@example.com")
    assert (found["UnsubscribeAll"], found["AttributesData"]) == (False, None)
    assert not found["TopicPreferences"]


def test_contacts_are_removed(sesfake: SesFake, readers: SESV2Client) -> None:
    sesfake.put_object(URL, CONTACTS_CSV)
    run(readers, to_contacts())
    sesfake.put_object(URL, "emailAddress\nada@example.com\nnobody@example.com\n")

    job = run(readers, to_contacts("DELETE"))

    left = readers.list_contacts(ContactListName="readers")["Contacts"]
    assert [found["EmailAddress"] for found in left] == ["bob@example.com"]
    assert failures(sesfake, job) == [
        {"record": "nobody@example.com", "error": "nobody@example.com doesn't exist in List."}
    ]


HEADER = "emailAddress,unsubscribeAll,topicPreferences.sports,topicPreferences.news\n"
PREFERENCE = "A topic preference must have a topicName, and OPT_IN or OPT_OUT as status."


@pytest.mark.parametrize(
    "data_format, data, error",
    [
        ("CSV", HEADER + "a@example.com,perhaps,,", "unsubscribeAll must be true or false."),
        ("CSV", HEADER + "a@example.com,,MAYBE,", "A topic preference must be OPT_IN or OPT_OUT."),
        ("CSV", HEADER + "a@example.com,,,OPT_IN", "List: readers doesn't contain Topic: news"),
        ("CSV", HEADER + "a@example.com", "Expected 4 column(s) but found 1."),
        ("CSV", HEADER + "nobody,,,", "EmailAddress <nobody> is invalid"),
        ("JSON", '{"emailAddress":"a@example.com","unsubscribeAll":1}', "unsubscribeAll must be true or false."),
        ("JSON", '{"emailAddress":"a@example.com","attributesData":{}}', "attributesData must be a string."),
        ("JSON", '{"emailAddress":"a@example.com","topicPreferences":[{"topicName":"sports"}]}', PREFERENCE),
        ("JSON", '{"emailAddress":"a@example.com","topicPreferences":7}', PREFERENCE),
    ],
)
def test_a_contact_that_cannot_be_is_not_imported(
    sesfake: SesFake, readers: SESV2Client, data_format: str, data: str, error: str
) -> None:
    sesfake.put_object(URL, data)

    job = run(readers, to_contacts(), data_format)

    assert [failure["error"] for failure in failures(sesfake, job)] == [error]
    assert readers.list_contacts(ContactListName="readers")["Contacts"] == []


def test_a_file_of_contacts_has_a_header(sesfake: SesFake, readers: SESV2Client) -> None:
    sesfake.put_object(URL, "ada@example.com\n")

    job = run(readers, to_contacts())

    text = "The first line of a CSV file has to be a header line with the column emailAddress."
    assert (job["JobStatus"], job["FailureInfo"]) == ("FAILED", {"ErrorMessage": text})


# Imports that are refused


def test_an_import_has_one_destination_that_there_is(v2: SESV2Client, refused: Refused) -> None:
    text = "Exactly one of SuppressionListDestination and ContactListDestination must be specified."
    for destination in ({}, {**to_suppression(), **to_contacts()}):
        answer = refused(lambda to=destination: start(v2, to), v2.exceptions.BadRequestException)
        assert answer == ("BadRequestException", 400, text)

    answer = refused(lambda: start(v2, to_contacts()), v2.exceptions.NotFoundException)
    assert answer == ("NotFoundException", 404, "ContactList <readers> doesn't exist")
    answer = refused(lambda: start(v2, to_suppression(), url="uploads/a"), v2.exceptions.BadRequestException)
    assert (answer[2] or "").startswith("1 validation error detected: Value at 'importDataSource.s3Url' failed")
    assert v2.list_import_jobs()["ImportJobs"] == []


def test_the_sandbox_has_no_imports(sesfake: SesFake, v2: SESV2Client, refused: Refused) -> None:
    sesfake.sandbox = True
    calls: list[Callable[[], object]] = [
        lambda: start(v2, to_suppression()),
        lambda: v2.get_import_job(JobId="x"),
        v2.list_import_jobs,
    ]

    for call in calls:
        text = "Your account must have production access to import addresses."
        assert refused(call, v2.exceptions.BadRequestException) == ("BadRequestException", 400, text)


def test_imports_are_listed_page_by_page_and_by_destination(
    sesfake: SesFake, readers: SESV2Client, refused: Refused
) -> None:
    sesfake.put_object(URL, "emailAddress\n")
    names = [start(readers, to) for to in (to_suppression(), to_contacts(), to_suppression("DELETE"))]

    first = readers.list_import_jobs(PageSize=2)
    second = readers.list_import_jobs(PageSize=2, NextToken=first["NextToken"])

    assert [job["JobId"] for page in (first, second) for job in page["ImportJobs"]] == names
    assert "NextToken" not in second
    only = readers.list_import_jobs(ImportDestinationType="CONTACT_LIST")["ImportJobs"]
    assert [job["JobId"] for job in only] == names[1:2]
    assert only[0]["JobStatus"] == "COMPLETED"
    invalid = readers.exceptions.BadRequestException
    answer = refused(lambda: readers.list_import_jobs(NextToken="x"), invalid)
    assert answer == ("BadRequestException", 400, "Invalid Next Token")
    for size, demand in {0: "greater than or equal to 1", 101: "less than or equal to 100"}.items():
        answer = refused(lambda size=size: readers.list_import_jobs(PageSize=size), invalid)
        assert (answer[2] or "").endswith(
            f"Value '{size}' at 'pageSize' failed to satisfy constraint: Member must have value {demand}"
        )


def test_an_unknown_import_is_not_found(v2: SESV2Client, refused: Refused) -> None:
    answer = refused(lambda: v2.get_import_job(JobId="x"), v2.exceptions.NotFoundException)

    assert answer == ("NotFoundException", 404, "Import job x does not exist.")
